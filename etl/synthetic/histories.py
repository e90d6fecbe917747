"""Histories of rights (IR_ETM_R, IR_ORC_R, IR_ACS_R, IR_MTT_R) and of events (IR_MAT_R, IR_ESM_R,
Covid-19 vaccines and tests)."""

from __future__ import annotations

import numpy as np
import polars as pl

from etl.synthetic.cases import Cases
from etl.synthetic.catalogue import TEST, catalogue
from etl.synthetic.claims import Claims
from etl.synthetic.identities import Identities
from etl.synthetic.numbers import NEVER
from etl.synthetic.options import Options, day
from etl.synthetic.population import PREGNANCY, Persons
from etl.synthetic.streams import Streams
from etl.synthetic.traps import Planted
from etl.synthetic.world import World
from etl.synthetic.write import Tables
from etl.synthetic.written import month, text_day

_C2S_FROM = day(2019, 11, 1)
_ACS_END = day(2019, 10, 31)
#: Vaccination of children from six months on who are at risk.
_SMALL_CHILDREN = day(2022, 12, 1)
_VACCINES = ("COVID-19 PFIZER-BIONTECH", "COVID-19 MODERNA", "COVID-19 ASTRAZENECA")


def _rights(identities: Identities) -> pl.DataFrame:
    """Real persons with the pseudonyms they had."""
    nir = identities.rows.filter(pl.col("current")).select("person", "nir")
    return identities.people.filter(pl.col("identity") == "real").join(
        nir, on="person", how="left", maintain_order="left"
    )


def _who(**columns: pl.Expr | str) -> dict[str, pl.Expr]:
    """Identifying columns of a history, then its own."""
    own = {
        name: pl.col(value) if isinstance(value, str) else value for name, value in columns.items()
    }
    return {
        "BEN_NIR_PSA": pl.col("psa_b"),
        "BEN_RNG_GEM": pl.col("rank"),
        "BEN_NIR_ANO": pl.col("nir"),
        "BEN_IDT_ANO": pl.col("key"),
        **own,
    }


def render(
    persons: Persons,
    identities: Identities,
    pregnancies: Cases,
    residents: Cases,
    claims: Claims,
    streams: Streams,
    options: Options,
    world: World,
    planted: Planted,
    tables: Tables,
) -> None:
    """Hand all histories over."""
    people = _rights(identities)
    _cover(people, streams, options, tables)
    _doctors(people, persons, options, world, tables)
    _pregnancies(people, pregnancies, options, tables)
    _homes(people, residents, persons, streams, options, planted, tables)
    _vaccines(people, persons, streams, options, planted, tables)
    _covid_tests(people, claims, streams, tables)


def _cover(people: pl.DataFrame, streams: Streams, options: Options, tables: Tables) -> None:
    """Waivers of co-payment, complementary cover (CMU-C then C2S), help to buy one (ACS)."""
    ill = people.filter(pl.col("ald_from") < NEVER)
    tables.add("IR_ETM_R", None, ill.select(
        **_who(BEN_EXO_MTF=pl.lit(4), BEN_EXO_DTD=text_day("ald_from"),
               BEN_EXO_DTF=pl.date(2099, 12, 31))
    ))  # fmt: skip
    covered = people.filter("covered")
    parts = []
    for year in options.years:
        begin, close = day(year), day(year, 12, 31)
        kind = pl.lit("89")
        alive = covered.filter((pl.col("birth") <= begin) & (pl.col("death") > begin))
        parts.append(alive.select(
            **_who(BEN_CTA_TYP=kind, MLL_CTA_DSD=pl.lit(begin, pl.Int32).cast(pl.Date),
                   MLL_CTA_DSF=pl.lit(close, pl.Int32).cast(pl.Date),
                   REF_C2S_COD=pl.lit("P" if begin >= _C2S_FROM else None, pl.String))
        ))  # fmt: skip
    tables.add("IR_ORC_R", None, pl.concat(parts))
    helped = people.filter(
        ~pl.col("covered") & pl.Series(streams.rng("acs").random(people.height) < 0.03)
    )
    if options.start <= _ACS_END:
        tables.add("IR_ACS_R", None, helped.filter(pl.col("birth") < options.start).select(
            **_who(FAM_DRT_VRU=pl.lit("1"),
                   FAM_DRT_DSD=pl.lit(options.start, pl.Int32).cast(pl.Date),
                   FAM_DRT_DSF=pl.lit(min(options.start + 364, _ACS_END), pl.Int32).cast(pl.Date))
        ))  # fmt: skip


def _doctors(
    people: pl.DataFrame, persons: Persons, options: Options, world: World, tables: Tables
) -> None:
    """The referring doctor: the one who is consulted."""
    place = world.commune_department[people["commune_a"].to_numpy()]
    kind = np.full(people.height, world.types["gp"])
    chosen = world.pick_provider(place, kind, people["anchor"].to_numpy())
    numbers = world.providers["number"].gather(chosen)
    adult = people.with_columns(doctor=numbers).filter(
        pl.col("birth") < options.start - int(16 * 365.25)
    )
    tables.add("IR_MTT_R", None, adult.select(
        **_who(MTT_PFS_NUM="doctor", MTT_DEB_DTE=pl.date(2006, 7, 1),
               MTT_FIN_DTE=pl.date(2099, 12, 31), MTT_MTF_COD=pl.lit("01"))
    ))  # fmt: skip


def _pregnancies(
    people: pl.DataFrame, pregnancies: Cases, options: Options, tables: Tables
) -> None:
    begun = pl.DataFrame(
        {
            "person": pregnancies.person.astype(np.int32),
            "grs": pregnancies.onset.astype(np.int32),
            "dra": (pregnancies.onset + PREGNANCY).astype(np.int32),
        }
    )
    rows = people.join(begun, on="person", how="inner", maintain_order="left")
    tables.add("IR_MAT_R", None, rows.select(
        **_who(BEN_GRS_DTE=text_day("grs"), BEN_DRA_AME=month("dra"))
    ))  # fmt: skip


def _homes(
    people: pl.DataFrame,
    residents: Cases,
    persons: Persons,
    streams: Streams,
    options: Options,
    planted: Planted,
    tables: Tables,
) -> None:
    """Stays in nursing homes of dependent persons (N02); open ends are month 299912."""
    age = (np.maximum(residents.onset, options.start) - persons.birth[residents.person]) / 365.25
    goes = (age > 78) & (streams.rng("homes").random(len(residents)) < 0.3)
    begun = pl.DataFrame(
        {
            "person": residents.person[goes].astype(np.int32),
            "begin": (np.maximum(residents.onset[goes], options.start) + 60).astype(np.int32),
        }
    ).unique("person", keep="first", maintain_order=True)
    rows = people.join(begun, on="person", how="inner", maintain_order="left")
    rows = rows.filter(pl.col("begin") < pl.min_horizontal("death", options.end))
    ended = pl.col("death") < NEVER
    planted.note("month_in_a_nursing_home", "N02", "IR_ESM_R", "excluded", rows.height)
    tables.add("IR_ESM_R", None, rows.select(
        BEN_NIR_PSA="psa_b", BEN_RNG_GEM="rank", BEN_NIR_ANO="nir",
        BEN_NAI_ANN="birth_year", BEN_SEX_COD="sex",
        PEC_DEB_DTE=text_day("begin"), PEC_DEB_AME=month("begin"),
        PEC_FIN_DTE=pl.when(ended).then(text_day("death")),
        PEC_FIN_AME=pl.when(ended).then(month("death")).otherwise(pl.lit("299912")),
        ESM_FIN_ANO=pl.concat_str(pl.lit("9"), pl.col("commune_a").cast(pl.String).str.zfill(8)),
        ESM_CAT_COD=pl.lit("500"),
    ))  # fmt: skip


def _vaccines(
    people: pl.DataFrame, persons: Persons, streams: Streams, options: Options, planted: Planted,
    tables: Tables,
) -> None:  # fmt: skip
    """Covid-19 injections: two in 2021 for most, older persons first, a third at its end."""
    rng = streams.rng("covid vaccines")
    size = people.height
    age = (day(2021) - people["birth"].to_numpy()) / 365.25
    takes = (rng.random(size) < 0.86) & (age >= 12)
    first = day(2021, 1, 15) + np.clip((90 - age) * 2.6, 0, 200).astype(np.int64)
    first = first + rng.integers(0, 25, size)
    brand = np.array(_VACCINES)[rng.choice(3, size, p=[0.79, 0.13, 0.08])]
    parts = []
    for rank, wait in enumerate((0, 35, 230)):
        when = first + wait
        done = takes & (rng.random(size) < (1, 0.97, 0.75)[rank])
        done &= (when >= options.start) & (when <= options.end)
        done &= (when < people["death"].to_numpy()) & (when > people["birth"].to_numpy())
        parts.append(
            people.with_columns(
                when=pl.Series(when.astype(np.int32)), brand=pl.Series(brand), dose=pl.lit(rank + 1)
            ).filter(pl.Series(done))
        )
    parts.append(_doses_of_twins(people, options, planted))
    rows = pl.concat(parts).sort("person", "when")
    tables.add("IR_VAC_F", None, rows.select(
        BEN_NIR_PSA="psa_b", BEN_NIR_ANO="nir",
        BEN_AGE_ANN=((pl.col("when") - pl.col("birth")) / 365.25).floor().cast(pl.Int64),
        BEN_SEX_COD="sex", BEN_STA_VAC=pl.col("dose").cast(pl.String),
        EXE_SOI_DTD=text_day("when"), EXE_SOI_AMD=month("when"), INJ_VAC_NOM="brand",
    ))  # fmt: skip


def _doses_of_twins(people: pl.DataFrame, options: Options, planted: Planted) -> pl.DataFrame:
    """A dose of small children at risk, from December 2022 on, for twins who share a right: that of
    the second names its person by the right alone, which means either of them (R08)."""
    when = min(options.end, _SMALL_CHILDREN + 20)
    shared = pl.struct("psa_b").is_duplicated() & (when > _SMALL_CHILDREN)
    old_enough = (pl.col("birth") + 180 < when) & (pl.col("death") > when)
    twins = people.filter(shared & old_enough & (pl.col("birth") + 12 * 365 > when))
    rows = twins.with_columns(
        nir=pl.when(pl.col("rank") == 1).then("nir"),
        when=pl.lit(when, pl.Int32), brand=pl.lit(_VACCINES[0]), dose=pl.lit(1),
    )  # fmt: skip
    nameless = rows["nir"].null_count()
    planted.note("dose_of_a_twin_without_number", "R08", "IR_VAC_F", "excluded", nameless)
    return rows


def _covid_tests(people: pl.DataFrame, claims: Claims, streams: Streams, tables: Tables) -> None:
    """Results of Covid-19 tests: the test of a case is positive nine times out of ten."""
    rng = streams.rng("covid tests")
    code = catalogue().index(TEST, "5271")
    tested = claims.details.filter((pl.col("code") == code) & (pl.col("fate") == ""))
    lines = claims.lines.filter((pl.col("identity") == "real") & (pl.col("sign") == 1))
    lines = lines.join(tested.select("line"), on="line", how="semi").select("person", "day")
    rows = people.join(lines, on="person", how="inner", maintain_order="left")
    positive = pl.Series(rng.random(rows.height) < 0.9)
    rows = rows.with_columns(result=pl.when(positive).then(pl.lit("P")).otherwise(pl.lit("N")))
    rows = rows.filter(pl.col("nir").is_not_null() & pl.col("day").is_not_null())
    tables.add("DE_DEP_F", None, rows.select(
        BEN_NIR_ANO="nir", EXE_SOI_DTD=text_day("day"), TES_TYP_COD=pl.lit("0"),
        TES_RES_COD="result",
    ))  # fmt: skip
