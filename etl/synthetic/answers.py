"""The answer key: what a correct transformation finds, keyed on source-side identifiers only."""

from __future__ import annotations

import polars as pl

from etl.synthetic.catalogue import ACT, DRUG, HOSPITAL_DRUG, TEST, catalogue
from etl.synthetic.claims import EVENT, Claims
from etl.synthetic.identities import Identities
from etl.synthetic.mco import Mco
from etl.synthetic.numbers import NEVER
from etl.synthetic.options import Options
from etl.synthetic.world import World
from etl.synthetic.written import text_day

#: Column order of each file of ``answers/``.
FILES = (
    "persons", "excluded_persons", "visits", "conditions", "drugs", "procedures", "measurements",
    "deaths", "traps",
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
        psa_rank_pairs="psa_rank_pairs",
        commune="insee",
    )  # fmt: skip
    dropped = people.filter(pl.col("identity") != "real").select(
        person_key="key",
        reason=pl.when(pl.col("identity") == "ghost").then(pl.lit("R06")).otherwise(pl.lit("R07")),
    )
    return kept, dropped


def _executor() -> pl.Expr:
    """Executing provider, or the establishment when a hospital or health centre did it."""
    return pl.coalesce("exe_number", "finess8")


def dcir_visits(keyed: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """Person, day, kind and executor: one visit."""
    lines = keyed.filter((pl.col("fate") == EVENT) & (pl.col("visit_kind") != ""))
    return (
        lines.join(keys, on="person", how="left", maintain_order="left")
        .with_columns(executor=_executor())
        .unique(["key", "day", "visit_kind", "executor"], maintain_order=True)
        .select(
            person_key="key", kind="visit_kind",
            start_date=text_day("day"), end_date=text_day("day"),
            source=pl.lit("DCIR"), business_key="executor",
        )
    )  # fmt: skip


def mco_visits(mco: Mco) -> pl.DataFrame:
    """Stays that count."""
    stays = mco.stays.filter(pl.col("fate") == "")
    day_case = (pl.col("start") == pl.col("end")) & ~pl.col("sessions")
    kind = (
        pl.when(pl.col("sessions")).then(pl.lit("session"))
        .when(pl.col("entry") == "emergency").then(pl.lit("emergency_inpatient"))
        .when(day_case).then(pl.lit("day_case"))
        .otherwise(pl.lit("inpatient"))
    )  # fmt: skip
    return stays.select(
        person_key="key", kind=kind, start_date=text_day("start"), end_date=text_day("end"),
        source=pl.lit("MCO"), business_key=stay_key(),
    )  # fmt: skip


def stay_key() -> pl.Expr:
    """ETA_NUM, RSA_NUM and year."""
    return pl.concat_str("finess9", "number", pl.col("year").cast(pl.String), separator="|")


def conditions(mco: Mco, diseases: pl.DataFrame) -> pl.DataFrame:
    """Diagnoses of stays and long-term diseases."""
    hospital = mco.diagnoses.filter(pl.col("fate") == "").select(
        person_key="key", start_date=text_day("start"), end_date=text_day("end"), code="code",
        role="role", source=pl.lit("MCO"), business_key=stay_key(),
    )  # fmt: skip
    long_term = diseases.select(
        person_key="key", start_date=text_day("from"),
        end_date=pl.when(pl.col("to") < NEVER).then(text_day("to")), code="code",
        role=pl.lit("long_term"), source=pl.lit("ALD"), business_key=pl.lit(None, pl.String),
    )  # fmt: skip
    return pl.concat([hospital, long_term])


def coded(
    claims: Claims, keyed: pl.DataFrame, keys: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Drugs, procedures and measurements of DCIR, corrections netted (R20)."""
    texts = catalogue().frame.select(code=pl.col("index").cast(pl.Int32), text="code")
    lines = keyed.filter(pl.col("fate").is_in([EVENT, "R23"])).select(
        "line", "person", "day", "sign", "pre_number", executor=_executor()
    )
    rows = (
        claims.details.filter(pl.col("fate") == EVENT)
        .join(lines, on="line", how="inner", maintain_order="left")
        .join(keys, on="person", how="left", maintain_order="left")
        .join(texts, on="code", how="left", maintain_order="left")
    )
    common = {"person_key": pl.col("key"), "date": text_day("day"), "code": pl.col("text")}

    def netted(kind: list[int], *more: str) -> pl.DataFrame:
        by = ["key", "day", "text", "executor", *more]
        return (
            rows.filter(pl.col("kind").is_in(kind))
            .group_by(by, maintain_order=True)
            .agg(quantity=pl.col("quantity").sum(), acts=pl.col("sign").sum())
            .filter(pl.col("acts") > 0)
        )

    drugs = netted([DRUG, HOSPITAL_DRUG], "pre_number", "kind").select(
        **common,
        code_system=pl.when(pl.col("kind") == DRUG).then(pl.lit("CIP13")).otherwise(pl.lit("UCD")),
        quantity="quantity", executor="executor", prescriber="pre_number",
    )  # fmt: skip
    acts = netted([ACT], "activity", "phase").select(
        **common, activity="activity", phase=pl.col("phase").cast(pl.Int32), executor="executor",
        source=pl.lit("DCIR"), business_key=pl.lit(None, pl.String),
    )  # fmt: skip
    tests = netted([TEST]).select(**common, quantity="quantity", executor="executor")
    return drugs, acts, tests


def mco_procedures(mco: Mco) -> pl.DataFrame:
    """Acts of stays, dated by their delay; anaesthesia is no second act (R21)."""
    rows = mco.acts.filter((pl.col("fate") == "") & (pl.col("activity") != 4))
    return rows.select(
        person_key="key",
        date=(pl.col("start") + pl.col("delay")).cast(pl.Int32).cast(pl.Date),
        code="text", activity=pl.col("activity").cast(pl.Int32), phase=pl.lit(0, pl.Int32),
        executor=pl.lit(None, pl.String), source=pl.lit("MCO"),
        business_key=pl.concat_str(
            "ETA_NUM", "RSA_NUM", pl.col("year").cast(pl.String), separator="|"
        ),
    )  # fmt: skip


def deaths(known: pl.DataFrame) -> pl.DataFrame:
    """Deaths that some table tells."""
    return known.filter(pl.col("source").is_not_null()).select(
        person_key="key", death_date=text_day("death"), cause="known_cause", source="source"
    )
