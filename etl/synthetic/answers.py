"""The answer key: what a correct transformation finds, keyed on source-side identifiers only."""

from __future__ import annotations

import polars as pl

from etl.synthetic.catalogue import ACT, DEVICE, DRUG, HOSPITAL_DRUG, TEST, catalogue
from etl.synthetic.claims import EVENT, Claims
from etl.synthetic.external import External
from etl.synthetic.had import Had
from etl.synthetic.identities import Identities
from etl.synthetic.mco import Mco
from etl.synthetic.mco_bills import Products
from etl.synthetic.numbers import NEVER
from etl.synthetic.options import Options
from etl.synthetic.private_bills import Bills
from etl.synthetic.rip import Rip
from etl.synthetic.ssr import Ssr
from etl.synthetic.ssr_external import CheckUps
from etl.synthetic.world import World
from etl.synthetic.written import text_day

#: Files of ``answers/``; their columns are described in docs/en/explanation/synthetic-data.md.
FILES = (
    "persons", "excluded_persons", "visits", "visit_details", "conditions", "drugs", "procedures",
    "measurements", "devices", "deaths", "links", "costs", "stay_costs", "residences", "schemes",
)  # fmt: skip


def persons(
    identities: Identities, options: Options, world: World
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Persons that must be in the CDM, and those that must not."""
    pairs = identities.rows.group_by("key").agg(psa_rank_pairs=pl.struct("psa", "rank").n_unique())
    people = identities.people.join(pairs, on="key", how="left", maintain_order="left")
    communes = world.communes.with_row_index("commune").select(
        pl.col("commune").cast(pl.Int32), "insee"
    )
    people = people.with_columns(
        commune=pl.when(pl.col("move") <= options.end).then("commune_b").otherwise("commune_a")
    ).join(communes, on="commune", how="left", maintain_order="left")
    kept = people.filter(pl.col("identity") == "real").select(
        person_key="key", sex="sex", birth_year="birth_year",
        death_date=pl.when(pl.col("death") <= options.end).then(text_day("death")),
        psa_rank_pairs="psa_rank_pairs", commune="insee",
    )  # fmt: skip
    dropped = people.filter(pl.col("identity") != "real").select(
        person_key="key",
        reason=pl.when(pl.col("identity") == "ghost").then(pl.lit("R06")).otherwise(pl.lit("R07")),
    )
    return kept, dropped


def _executor() -> pl.Expr:
    """Executing provider, or the establishment when a hospital or health centre did it."""
    return pl.coalesce("exe_number", "finess8")


def _key(eta: str, number: str) -> pl.Expr:
    """Establishment, number and year: what names a stay."""
    return pl.concat_str(eta, number, pl.col("year").cast(pl.String), separator="|")


def stay_key() -> pl.Expr:
    return _key("finess9", "number")


def visits(
    keyed: pl.DataFrame, keys: pl.DataFrame, mco: Mco, ace: External, ssr: Ssr, had: Had, rip: Rip,
    check_ups: CheckUps,
) -> pl.DataFrame:  # fmt: skip
    """Every visit, whatever the field."""
    lines = keyed.filter((pl.col("fate") == EVENT) & (pl.col("visit_kind") != ""))
    town = (
        lines.join(keys, on="person", how="left", maintain_order="left")
        .with_columns(executor=_executor())
        .unique(["key", "day", "visit_kind", "executor"], maintain_order=True)
    )
    day_case = (pl.col("start") == pl.col("end")) & ~pl.col("sessions")
    kind = (
        pl.when(pl.col("sessions")).then(pl.lit("session"))
        .when(pl.col("entry") == "emergency").then(pl.lit("emergency_inpatient"))
        .when(day_case).then(pl.lit("day_case"))
        .otherwise(pl.lit("inpatient"))
    )  # fmt: skip
    bills = ace.bills.filter(pl.col("fate") == "").unique(
        ["key", "finess9", "start"], keep="first", maintain_order=True
    )
    emergency = (
        pl.when("emergency").then(pl.lit("emergency"))
        .when("remote").then(pl.lit("telehealth"))
        .otherwise(pl.lit("external"))
    )  # fmt: skip
    partial = pl.when(pl.col("kind").is_in(["20", "21", "22", "23"]))
    centres = rip.ambulatory.unique(["key", "finess9", "start"], maintain_order=True)
    return pl.concat(
        [
            _visit(town, pl.col("visit_kind"), "DCIR", "day", "day", pl.col("executor")),
            _visit(mco.stays, kind, "MCO", "start", "end", stay_key()),
            _visit(bills, emergency, "MCO_ACE", "start", "start", stay_key()),
            _visit(_whole(ssr.stays), pl.lit("rehabilitation"), "SSR", "start", "end", stay_key()),
            _visit(check_ups.bills, pl.lit("external"), "SSR_ACE", "start", "start", stay_key()),
            _visit(_whole(had.stays), pl.lit("home_hospital"), "HAD", "start", "end", stay_key()),
            _visit(
                _whole(rip.stays),
                partial.then(pl.lit("psychiatric_part_time"))
                .otherwise(pl.lit("psychiatric_full_time")),
                "RIP", "start", "end", stay_key(),
            ),
            _visit(centres, pl.lit("psychiatric_ambulatory"), "RIP_R3A", "start", "start",
                   stay_key()),
        ]
    )  # fmt: skip


def _whole(files: pl.DataFrame) -> pl.DataFrame:
    """One row a stay: name of its first year, end of its last, refused years left out."""
    kept = files.filter(pl.col("fate") == "")
    last = kept.group_by("stay").agg(shown=pl.col("last_day").max())
    first = kept.unique("stay", keep="first", maintain_order=True)
    return first.join(last, on="stay", how="left", maintain_order="left").with_columns(end="shown")


def _visit(
    rows: pl.DataFrame, kind: pl.Expr, source: str, start: str, end: str, business_key: pl.Expr
) -> pl.DataFrame:
    return rows.filter(pl.col("fate") == "").select(
        person_key="key", kind=kind, start_date=text_day(start), end_date=text_day(end),
        source=pl.lit(source), business_key=business_key,
    )  # fmt: skip


def visit_details(mco: Mco, ssr: Ssr, had: Had, rip: Rip) -> pl.DataFrame:
    """Units, weeks, sub-sequences and sequences."""
    units = mco.units.filter(pl.col("fate") == "").with_columns(
        before=pl.col("nights").cum_sum().over("stay") - pl.col("nights")
    )
    begin = pl.col("start") + pl.col("before")
    parts = [
        units.select(
            source=pl.lit("MCO"), business_key=_key("ETA_NUM", "RSA_NUM"),
            rank=pl.col("rank").cast(pl.String),
            start_date=begin.cast(pl.Int32).cast(pl.Date),
            end_date=(begin + pl.col("nights")).cast(pl.Int32).cast(pl.Date),
        )
    ]  # fmt: skip
    for source, rows, rank in (
        ("SSR", ssr.weeks, pl.col("RHS_NUM")),
        ("HAD", had.parts, pl.concat_str("SEQ_NUM", "SSEQ_NUM", separator="-")),
        ("RIP", rip.sequences, pl.col("SEQ_SEQ_NUM")),
    ):
        parts.append(
            rows.filter(pl.col("fate") == "").select(
                source=pl.lit(source), business_key=stay_key(), rank=rank,
                start_date=text_day("from_day"), end_date=text_day("to_day"),
            )
        )  # fmt: skip
    return pl.concat(parts)


def conditions(mco: Mco, ssr: Ssr, had: Had, rip: Rip, diseases: pl.DataFrame) -> pl.DataFrame:
    """Diagnoses of stays and long-term diseases: each code once a stay, with its best role, then in
    the first part, whose first day it has."""
    long_term = diseases.select(
        person_key="key", start_date=text_day("from"),
        end_date=pl.when(pl.col("to") < NEVER).then(text_day("to")), code="code",
        role=pl.lit("long_term"), source=pl.lit("ALD"), business_key=pl.lit(None, pl.String),
    )  # fmt: skip
    parts = [
        _diagnosis(mco.diagnoses, "code", pl.col("role"), "MCO"),
        _diagnosis(ssr.weeks, "main", pl.lit("primary"), "SSR"),
        _diagnosis(_with_key(ssr.diagnoses, ssr.stays), "code", pl.lit("associated"), "SSR"),
        _diagnosis(had.parts, "main", pl.lit("primary"), "HAD"),
        _diagnosis(_with_key(had.diagnoses, had.stays), "code", pl.lit("associated"), "HAD"),
        _diagnosis(rip.sequences, "main", pl.lit("primary"), "RIP"),
        _diagnosis(_with_key(rip.diagnoses, rip.stays), "code", pl.lit("associated"), "RIP"),
    ]
    order = {"primary": 0, "related": 1, "unit": 2, "associated": 3}
    hospital = (
        pl.concat(parts)
        .with_columns(order=pl.col("role").replace_strict(order))
        .sort("source", "stay", "code", "order", "day")
        .unique(["source", "stay", "code"], keep="first", maintain_order=True)
        .drop("order", "stay", "day")
    )
    return pl.concat([hospital, long_term])


def _with_key(rows: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    """Person and dates of the stay, of the year's file, that a diagnosis hangs on."""
    known = stays.select("stay", "year", "key", "start", "end")
    return rows.join(known, on=["stay", "year"], how="left", maintain_order="left")


def _diagnosis(rows: pl.DataFrame, code: str, role: pl.Expr, source: str) -> pl.DataFrame:
    return rows.filter(pl.col("fate") == "").select(
        person_key="key", start_date=text_day("from_day"), end_date=text_day("end"), code=code,
        role=role, source=pl.lit(source), business_key=stay_key(),
        stay=pl.col("stay").cast(pl.Int64), day=pl.col("from_day").cast(pl.Int64),
    )  # fmt: skip


def netted(claims: Claims, keyed: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """Details of DCIR that count, one row per business key (R20)."""
    texts = catalogue().frame.select(code=pl.col("index").cast(pl.Int32), text="code")
    lines = keyed.filter(pl.col("fate").is_in([EVENT, "R23", "R18"])).select(
        "line", "person", "day", "sign", "pre_number", executor=_executor(),
        in_stay=pl.col("fate") == "R18",
    )  # fmt: skip
    by = ["kind", "key", "day", "text", "executor", "pre_number", "activity", "phase"]
    return (
        claims.details.filter(pl.col("fate") == EVENT)
        .join(lines, on="line", how="inner", maintain_order="left")
        # R26: drugs paid in addition to a private stay are in DCIR, its acts in PMSI.
        .filter(~pl.col("in_stay") | (pl.col("kind") == HOSPITAL_DRUG))
        .join(keys, on="person", how="left", maintain_order="left")
        .join(texts, on="code", how="left", maintain_order="left")
        .group_by(by, maintain_order=True)
        .agg(quantity=pl.col("quantity").sum(), acts=pl.col("sign").sum())
        .filter(pl.col("acts") > 0)
    )


_NONE = pl.lit(None, pl.String)
#: Classes of products that are used in one day: vaccines, fosfomycin (ADR 69 has the sources).
_ONE_DAY = "^(J07|J01XX01)"


def _days() -> pl.Expr:
    """Days of use of a pack where its class states them, else none."""
    classes = catalogue().frame.filter(
        pl.col("atc").str.contains(_ONE_DAY) & (pl.col("kind") == DRUG)
    )
    return pl.when(pl.col("text").is_in(classes["code"].implode())).then(pl.lit(1, pl.Int32))


def coded(
    rows: pl.DataFrame, mco: Mco, ace: External, ssr: Ssr, had: Had, rip: Rip,
    products: Products, check_ups: CheckUps, bills: Bills,
) -> dict[str, pl.DataFrame]:  # fmt: skip
    """Drugs, procedures, measurements and devices; ``rows`` are those of DCIR."""
    common = {"person_key": pl.col("key"), "date": text_day("day"), "code": pl.col("text")}
    town = {"executor": pl.col("executor"), "source": pl.lit("DCIR"), "business_key": _NONE}
    given = products.drugs.filter(pl.col("fate") == "").with_columns(
        number="RSA_NUM", finess9="ETA_NUM", day="start"
    )
    put = products.devices.filter(pl.col("fate") == "").with_columns(
        number="RSA_NUM", finess9="ETA_NUM", day="start"
    )
    hospital = {"executor": _NONE, "source": pl.lit("MCO"), "business_key": stay_key()}
    drug = pl.when(pl.col("kind") == DRUG).then(pl.lit("CIP13")).otherwise(pl.lit("UCD"))
    quantity = pl.col("quantity").cast(pl.Float64)
    packs = rows.filter(pl.col("kind").is_in([DRUG, HOSPITAL_DRUG]))
    ucd = {"code_system": pl.lit("UCD"), "quantity": quantity, "prescriber": _NONE}
    declared = {"executor": _NONE, "source": pl.col("source"), "business_key": stay_key()}
    no_days = pl.lit(None, pl.Int32)
    drugs = [
        *[
            one.select(**common, **ucd, **declared, days=no_days)
            for one in (ssr.drugs, had.drugs, products.clots, check_ups.drugs, bills.drugs)
        ],
        packs.select(**common, code_system=drug, quantity=quantity, prescriber="pre_number",
                     **town, days=_days()),
        given.select(**common, code_system=pl.lit("UCD"), quantity=quantity, prescriber=_NONE,
                     **hospital, days=no_days),
    ]  # fmt: skip
    devices = [
        rows.filter(pl.col("kind") == DEVICE).select(**common, quantity=quantity, **town),
        put.select(**common, quantity=quantity, **hospital),
        ace.devices.select(**common, quantity=quantity, **declared),
        bills.devices.select(**common, quantity=quantity, **declared),
        check_ups.devices.select(**common, quantity=quantity, **declared),
    ]
    tests = [
        rows.filter(pl.col("kind") == TEST).select(**common, quantity=quantity, **town),
        bills.tests.select(**common, quantity=quantity, **declared),
        ace.tests.filter(pl.col("fate") == "").select(
            person_key="key", date=text_day("day"), code="test", quantity=pl.lit(1.0),
            executor=_NONE, source=pl.lit("MCO_ACE"), business_key=_key("ETA_NUM", "SEQ_NUM"),
        ),
        check_ups.tests.filter(pl.col("fate") == "").select(
            person_key="key", date=text_day("start"), code="test", quantity=pl.lit(1.0),
            executor=_NONE, source=pl.lit("SSR_ACE"), business_key=stay_key(),
        ),
    ]  # fmt: skip
    return {
        "drugs": pl.concat(drugs),
        "procedures": _procedures(rows, common, town, mco, ace, ssr, had, rip, check_ups),
        "measurements": pl.concat(tests),
        "devices": pl.concat(devices),
    }


def _procedures(
    rows: pl.DataFrame, common: dict[str, pl.Expr], town: dict[str, pl.Expr], mco: Mco,
    ace: External, ssr: Ssr, had: Had, rip: Rip, check_ups: CheckUps,
) -> pl.DataFrame:  # fmt: skip
    """Acts dated by the delay of their field; anaesthesia is no second act (R21)."""

    def hospital(
        frame: pl.DataFrame, day: pl.Expr, code: str, source: str, key: pl.Expr
    ) -> pl.DataFrame:
        return frame.filter(pl.col("fate") == "").select(
            person_key="key", date=day.cast(pl.Int32).cast(pl.Date), code=code,
            activity=pl.col("activity").cast(pl.Int32), phase=pl.lit(0, pl.Int32),
            executor=_NONE, source=pl.lit(source), business_key=key,
        )  # fmt: skip

    inpatient = mco.acts.filter(pl.col("activity") != 4)
    acts = rows.filter(pl.col("kind") == ACT)
    delayed = pl.col("start") + pl.col("delay")
    rehabilitation = ssr.acts.with_columns(activity=pl.lit(1))
    at_home = had.acts.with_columns(activity=pl.lit(1), act=pl.lit("EPLF002"))
    scanned = pl.min_horizontal(pl.col("from_day") + 1, "to_day")
    scans = rip.scans.with_columns(activity=pl.lit(1), act=pl.lit("ACQK001"), done=scanned)
    imaging = ssr.imaging.with_columns(activity=pl.lit(1), act=pl.lit("ZZQK002"))
    seen_again = check_ups.acts.with_columns(activity=pl.lit(1))
    return pl.concat(
        [
            acts.select(**common, activity=pl.col("activity").cast(pl.Int32),
                        phase=pl.col("phase").cast(pl.Int32), **town),
            hospital(inpatient, delayed, "text", "MCO", _key("ETA_NUM", "RSA_NUM")),
            hospital(ace.acts, pl.col("day"), "text", "MCO_ACE", _key("ETA_NUM", "SEQ_NUM")),
            hospital(rehabilitation, pl.col("done"), "act", "SSR", stay_key()),
            hospital(at_home, pl.col("from_day"), "act", "HAD", stay_key()),
            hospital(scans, pl.col("done"), "act", "RIP", stay_key()),
            hospital(imaging, pl.col("done"), "act", "SSR", stay_key()),
            hospital(seen_again, pl.col("start"), "act", "SSR_ACE", stay_key()),
        ]
    )  # fmt: skip


def deaths(known: pl.DataFrame) -> pl.DataFrame:
    """Deaths that some table records."""
    return known.filter(pl.col("source").is_not_null()).select(
        person_key="key", death_date=text_day("death"), cause="known_cause", source="source"
    )


def links(mco: Mco) -> pl.DataFrame:
    """Mothers and their children, by their stays."""
    stays = mco.stays.filter(pl.col("link") & (pl.col("fate") == ""))
    known = stays.select("anchor", "key", "start", "entry", business_key=stay_key())
    mothers = known.filter(pl.col("entry") != "birth")
    children = known.filter(pl.col("entry") == "birth")
    pairs = mothers.join(children, on="anchor", how="inner", suffix="_child")
    pairs = pairs.filter((pl.col("start") - pl.col("start_child")).abs() <= 1)
    return pairs.sort("business_key", "business_key_child").select(
        mother_key="key", child_key="key_child", mother_stay="business_key",
        child_stay="business_key_child",
    )  # fmt: skip


def stay_costs(
    products: Products, ace: External, ssr: Ssr, bills: Bills, check_ups: CheckUps, had: Had,
    rip: Rip,
) -> pl.DataFrame:  # fmt: skip
    """What hospitals were paid for each stay, part of a stay or external bill that counts."""
    return pl.concat([one.paid for one in (products, ace, ssr, bills, check_ups, had, rip)])
