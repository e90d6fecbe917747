# ruff: noqa: S608 — queries are built from fixed texts over a folder the developer names
"""Clinical rules on the lives of a synthetic SNDS: what never happens, what always follows.

The rules are ``data/clinical_rules.csv``, whose header states how they are read. They are held
against the answer key of one run and against the way out of acute stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import duckdb
import polars as pl

from etl.synthetic.catalogue import packs, read

_ANSWERS = (
    "persons", "visits", "conditions", "drugs", "procedures", "measurements", "deaths",
)  # fmt: skip
#: One table of all that happened: person, kind, code, day (number of days since 1970-01-01).
_EVENTS = """
create macro day(text) as (strptime(text, '%d/%m/%Y')::date - date '1970-01-01')::int;
create table person as select person_key, sex, birth_year::int as birth_year,
    case when death_date <> '' then day(death_date) end as died from a_persons;
create table event as
select person_key, 'diagnosis' as kind, code, day(start_date) as day from a_conditions
    where role <> 'long_term'
union all select person_key, 'reason', code, day(start_date) from a_conditions
    where role in ('primary', 'related')
union all select person_key, 'principal', code, day(start_date) from a_conditions
    where role = 'primary' and source = 'MCO'
union all select person_key, 'mco', code, day(start_date) from a_conditions
    where role = 'primary' and source = 'MCO' and end_date <> start_date
union all select person_key, 'rehabilitation', code, day(start_date) from a_conditions
    where role = 'primary' and source = 'SSR'
union all select person_key, 'ald', code, day(start_date) from a_conditions
    where role = 'long_term'
union all select person_key, 'ald_end', code, day(end_date) from a_conditions
    where role = 'long_term' and end_date <> ''
union all select person_key, 'act', code, day(date) from a_procedures
union all select person_key, 'test', code, day(date) from a_measurements
union all select person_key, 'drug', atc, day(date) from a_drugs join atc using (code)
    where code_system = 'CIP13'
union all select person_key, 'stay', kind, day(start_date) from a_visits
union all select person_key, 'discharge', coalesce(way, ''), day(end_date) from a_visits
    left join leaving using (business_key) where source in ('MCO', 'SSR', 'HAD', 'RIP')
union all select person_key, 'death', '', died from person where died is not null
union all select person_key, 'cause', cause, day(death_date) from a_deaths
    where cause is not null;
"""
#: The way out of an acute stay: SOR_MOD and SOR_DES, by the key that the answers give it.
_LEAVING = """
create table leaving as select distinct business_key,
    coalesce(SOR_MOD::varchar, '') || coalesce(SOR_DES::varchar, '') as way from ways
"""


@dataclass(frozen=True)
class Rule:
    """One row of the table."""

    id: str
    kind: Literal["never", "within"]
    event: str
    sex: str
    age: str
    other: str
    low: int
    high: int
    share: float
    reason: dict[str, str]


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, in the order of the table."""
    return tuple(
        Rule(
            id=row["id"],
            kind="never" if row["kind"] == "never" else "within",
            event=row["event"],
            sex=row["sex"] or "",
            age=row["age"] or "",
            other=row["other"] or "",
            low=int(row["low"] or 0),
            high=int(row["high"] or 0),
            share=float(row["share"] or (0 if row["kind"] == "never" else 100)),
            reason={"fr": row["reason_fr"], "en": row["reason_en"]},
        )
        for row in read("clinical_rules").iter_rows(named=True)
    )


def examine(folder: Path, years: range) -> pl.DataFrame:
    """Each rule on one run.

    Args:
        folder: what :func:`~etl.synthetic.generate.generate` wrote, in Parquet.
        years: those of the run.

    Returns:
        One row per rule: id, seen (events that the rule speaks of), broken (those against it),
        example (one person_key), kept (whether the rule is kept). Without an event, seen is 0.
    """
    with duckdb.connect() as base:
        _open(base, folder, years)
        rows = [(rule.id, *_examined(base, rule, years)) for rule in rules()]
    frame = pl.DataFrame(rows, schema=["id", "seen", "broken", "example"], orient="row")
    limit = pl.DataFrame(
        {
            "id": [rule.id for rule in rules()],
            "allowed": [
                rule.share if rule.kind == "never" else 100 - rule.share for rule in rules()
            ],
        }
    )
    return (
        frame.join(limit, on="id", maintain_order="left")
        .with_columns(kept=pl.col("broken") * 100 <= pl.col("seen") * pl.col("allowed"))
        .drop("allowed")
    )


def _open(base: duckdb.DuckDBPyConnection, folder: Path, years: range) -> None:
    csv = "delim=';', header=true, all_varchar=true, quote=''"
    for name in _ANSWERS:
        path = folder / "answers" / f"{name}.csv"
        base.execute(f"create view a_{name} as select * from read_csv('{path}', {csv})")
    ways = [
        f"select ETA_NUM || '|' || RSA_NUM || '|{year}' as business_key, SOR_MOD, SOR_DES"
        f" from read_parquet('{path}')"
        for year in years
        if (path := folder / f"T_MCO{year % 100:02d}B.parquet").is_file()
    ]
    base.execute(f"create view ways as {' union all by name '.join(ways)}")
    base.register("atc", packs().select("atc", code="cip13").to_arrow())
    base.execute(_LEAVING)
    base.execute(_EVENTS)


def _of(text: str) -> str:
    """Rows of ``event`` of one side of a rule."""
    terms = [one for one in text.split(",") if ":" in one]
    wanted = []
    for term in terms:
        kind, _, pattern = term.partition(":")
        test = "" if pattern == "." else f" and regexp_matches(code, '{pattern}')"
        named = "kind in ('diagnosis', 'act', 'test', 'drug', 'stay')"
        wanted.append(f"({named if kind == 'any' else f'kind = {kind!r}'}{test})")
    return f"select person_key, day from event where {' or '.join(wanted)}"


def _examined(
    base: duckdb.DuckDBPyConnection, rule: Rule, years: range
) -> tuple[int, int, str | None]:
    """Events seen and broken; the age is certain, whatever the month of birth."""
    where = ["true"]
    if rule.sex:
        where.append(f"sex = '{rule.sex}'")
    oldest = "year(date '1970-01-01' + day) - birth_year"
    if rule.age.endswith("+"):
        where.append(f"{oldest} - 1 >= {rule.age[:-1]}")
    elif rule.age:
        where.append(f"{oldest} <= {rule.age.split('-')[1]}")
    events = (
        f"select e.*, died, sex, birth_year from ({_of(rule.event)}) e"
        " join person using (person_key)"
    )
    if not rule.other:
        query = (
            f"select count(*), count(*) filter ({' and '.join(where)}), "
            f"min(person_key) filter ({' and '.join(where)}) from ({events})"
        )
    else:
        if rule.kind == "within":
            begin, end = f"date '{years[0]}-01-01'", f"date '{years[-1]}-12-31'"
            if rule.high < 3000:
                where.append(f"day + {max(rule.high, 0)} <= ({end} - date '1970-01-01')::int")
                where.append(f"(died is null or died >= day + {max(rule.high, 0)})")
            if rule.low > -1000:
                where.append(f"day + {min(rule.low, 0)} >= ({begin} - date '1970-01-01')::int")
        met = (
            f"exists (select 1 from others o where o.person_key = e.person_key "
            f"and o.day between e.day + {rule.low} and e.day + {rule.high})"
        )
        against = met if rule.kind == "never" else f"not {met}"
        query = (
            f"with others as materialized ({_of(rule.other)}), e as (select * from ({events}) "
            f"where {' and '.join(where)}), judged as (select person_key, {against} as bad from e) "
            "select count(*), count(*) filter (bad), min(person_key) filter (bad) from judged"
        )
    found = base.execute(query).fetchone()
    return (int(found[0]), int(found[1]), found[2]) if found else (0, 0, None)
