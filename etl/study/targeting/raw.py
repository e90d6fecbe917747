"""Events of a criterion in the raw tables of the lake, by SQL that knows nothing of the CDM.

Persons are those of IR_BEN_R and its archive: BEN_IDT_ANO, else BEN_NIR_ANO, else pseudonym and
rank. PMSI has no rank: a pseudonym of several persons is left out, as rule R08 does. Usual filters:
GHM 90, return codes of the linkage (``snds_source`` §4.2), lines for information (DPN_QLF 71, 72),
reversals netted by day and code.
"""

# ruff: noqa: S608 - SQL is made of names of contracts and of reviewed codes.

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

from etl.contracts.registry import contracts
from etl.sql_text import literal
from etl.study.targeting.criteria import Algorithm, Criterion, algorithms

SCHEMA = "memory.raw"
TABLES = (
    "IR_BEN_R", "IR_BEN_R_ARC", "IR_IMB_R", "IR_PHA_R", "ER_PRS_F", "ER_PHA_F", "T_MCOaaB",
    "T_MCOaaC", "T_MCOaaD", "T_MCOaaUM", "T_MCOaaA", "T_RIPaaRSA", "T_RIPaaRSAD", "T_RIPaaC",
)  # fmt: skip
_LINE = (
    "FLX_DIS_DTD", "FLX_TRT_DTD", "FLX_EMT_TYP", "FLX_EMT_NUM", "FLX_EMT_ORD", "ORG_CLE_NUM",
    "DCT_ORD_NUM", "PRS_ORD_NUM", "REM_TYP_AFF",
)  # fmt: skip
_RETURNS = ("NIR_RET", "NAI_RET", "SEX_RET", "SEJ_RET", "FHO_RET", "PMS_RET", "DAT_RET",
            "COH_NAI_RET", "COH_SEX_RET")  # fmt: skip


def attach_lake(connection: duckdb.DuckDBPyConnection, lake: Path) -> None:
    """A view for each raw table that the algorithms read, under :data:`SCHEMA`."""
    connection.execute(f"create schema if not exists {SCHEMA}")
    for name in TABLES:
        contract = contracts()[name]
        folder = lake / contract.product / name.lower()
        listed = ", ".join(sorted(literal(path) for path in folder.rglob("*.parquet")))
        connection.execute(
            f"create or replace view {SCHEMA}.{name} as "
            f"select * from read_parquet([{listed}], union_by_name = true)"
        )


def prepare(
    connection: duckdb.DuckDBPyConnection, listed: Iterable[Algorithm] | None = None
) -> None:
    """Persons, stays and dispensings of the raw tables, so that each big table is read once.

    Args:
        listed: algorithms that will be counted; None: all.
    """
    key = (
        "coalesce(nullif(BEN_IDT_ANO, ''), nullif(BEN_NIR_ANO, ''), "
        "BEN_NIR_PSA || '/' || coalesce(BEN_RNG_GEM::varchar, ''))"
    )
    both = " union all ".join(
        f"select _row_id, BEN_NIR_PSA as psa, BEN_RNG_GEM::varchar as rank, {key} as person "
        f"from {SCHEMA}.{name}"
        for name in ("IR_BEN_R", "IR_BEN_R_ARC")
    )
    connection.execute(
        f"create or replace table {SCHEMA}.person as select distinct * from ({both})"
    )
    connection.execute(
        f"create or replace view {SCHEMA}.alone as select psa, min(person) as person "
        f"from {SCHEMA}.person group by psa having count(distinct person) = 1"
    )
    returns = " and ".join(f"coalesce(c.{name}::varchar, '0') = '0'" for name in _RETURNS)
    for field, number, link in (("MCO", "RSA_NUM", "ETA_NUM"), ("RIP", "RIP_NUM", "ETA_NUM_EPMSI")):
        main = "T_MCOaaB" if field == "MCO" else "T_RIPaaRSA"
        group = "coalesce(b.GRG_GHM, '') not like '90%'" if field == "MCO" else "true"
        connection.execute(
            f"""
            create or replace table {SCHEMA}.stay_{field} as
            select distinct
                alone.person,
                b._source_year as y,
                b.{link} as place,
                b.{number} as number,
                b._source_year || '/' || b.{link} || '/' || b.{number} as stay,
                coalesce(c.EXE_SOI_DTD, make_date(b._source_year, 1, 1)) as day
            from {SCHEMA}.{main} as b
            inner join {SCHEMA}.T_{field}aaC as c
                on
                    b._source_year is not distinct from c._source_year
                    and b.{link} is not distinct from c.{link}
                    and b.{number} is not distinct from c.{number}
            inner join {SCHEMA}.alone on c.NIR_ANO_17 = alone.psa
            where {group} and {returns}
            """
        )

    drugs = [
        one
        for algorithm in (algorithms() if listed is None else listed)
        for one in algorithm.criteria
        if one.source == "drug"
    ]
    wanted = " union ".join(packs(one) for one in drugs) or "select null::varchar"
    connection.execute(f"create or replace table {SCHEMA}.dispensing as {_dispensings(wanted)}")


def events(criterion: Criterion, window: tuple[int, int]) -> str:
    """SQL for ``person, stay, day`` of a criterion.

    Args:
        window: first and last year.
    """
    first, last = window
    if criterion.source == "drug":
        return f"""
            select person, null as stay, day
            from {SCHEMA}.dispensing
            where cip in ({packs(criterion)}) and year(day) between {first} and {last}
        """
    if criterion.source == "ald":
        return f"""
            select person.person, null as stay, ald.IMB_ALD_DTD as day
            from {SCHEMA}.IR_IMB_R as ald
            inner join {SCHEMA}.person as person
                on
                    ald.BEN_NIR_PSA = person.psa
                    and ald.BEN_RNG_GEM::varchar is not distinct from person.rank
            where
                {criterion.matches("replace(ald.MED_MTF_COD, '.', '')")}
                and year(ald.IMB_ALD_DTD) <= {last}
                and (
                    ald.IMB_ALD_DTF is null
                    or year(ald.IMB_ALD_DTF) <= 1600
                    or year(ald.IMB_ALD_DTF) >= {first}
                )
        """
    field = "RIP" if criterion.source == "rip" else "MCO"
    parts = [
        f"""
        select stay.person, stay.stay, stay.day
        from {SCHEMA}.stay_{field} as stay
        inner join {SCHEMA}.{table} as one
            on
                stay.y is not distinct from one._source_year
                and stay.place is not distinct from one.{_PLACE[field]}
                and stay.number is not distinct from one.{_NUMBER[field]}
        where
            stay.y between {first} and {last}
            and {criterion.matches(f"replace(one.{column}, '.', '')")}
        """
        for table, column in _columns(criterion)
    ]
    return " union all ".join(parts)


_PLACE = {"MCO": "ETA_NUM", "RIP": "ETA_NUM_EPMSI"}
_NUMBER = {"MCO": "RSA_NUM", "RIP": "RIP_NUM"}
_POSITIONS = {
    "DP": ("T_MCOaaB", "DGN_PAL"),
    "DR": ("T_MCOaaB", "DGN_REL"),
    "DP_RUM": ("T_MCOaaUM", "DGN_PAL"),
    "DR_RUM": ("T_MCOaaUM", "DGN_REL"),
    "DAS": ("T_MCOaaD", "ASS_DGN"),
}


def _columns(criterion: Criterion) -> list[tuple[str, str]]:
    if criterion.source == "ghm":
        return [("T_MCOaaB", "GRG_GHM")]
    if criterion.source == "ccam":
        return [("T_MCOaaA", "CDC_ACT")]
    if criterion.source == "rip":
        return [("T_RIPaaRSA", "DGN_PAL"), ("T_RIPaaRSAD", "ASS_DGN")]
    return [_POSITIONS[place] for place in criterion.places]


def packs(criterion: Criterion) -> str:
    """SQL for the CIP codes of an ATC criterion, by the reference table of drugs."""
    large = f" and PHA_CND_TOP = '{criterion.pack}'" if criterion.pack else ""
    return (
        f"select distinct PHA_CIP_C13::varchar from {SCHEMA}.IR_PHA_R "
        f"where {criterion.matches('PHA_ATC_CLA')}{large}"
    )


def _dispensings(packs_sql: str) -> str:
    """Days on which a pack was given and not taken back, for the packs of any criterion."""
    line = " and ".join(f"prs.{name} is not distinct from pha.{name}" for name in _LINE)
    return f"""
        select
            coalesce(
                person.person, prs.BEN_NIR_PSA || '/' || coalesce(prs.BEN_RNG_GEM::varchar, '')
            ) as person,
            prs.EXE_SOI_DTD as day,
            pha.PHA_PRS_C13::varchar as cip
        from {SCHEMA}.ER_PRS_F as prs
        inner join {SCHEMA}.ER_PHA_F as pha on {line}
        left join {SCHEMA}.person as person
            on
                prs.BEN_NIR_PSA = person.psa
                and prs.BEN_RNG_GEM::varchar is not distinct from person.rank
        where
            pha.PHA_PRS_C13::varchar in ({packs_sql})
            and coalesce(prs.DPN_QLF::varchar, '0') not in ('71', '72')
        group by all
        having sum(coalesce(pha.PHA_ACT_QSN, 0)) > 0
    """
