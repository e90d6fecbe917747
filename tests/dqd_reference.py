"""DQD's checks said plainly: one query for the rows at fault, one for the rows looked at.

A second implementation, to compare the engine with: no scan is shared, persons, deaths, visits
and keys are joined as they lie, and statuses follow DQD's own order of rules. Written from the
documentation of DataQualityDashboard 2.8.4 (descriptions and pages of its check types); the list
of checks, with thresholds, is that of the project.

    python -m tests.dqd_reference WORKSPACE [CSV_FOLDER_OF_DQD]

compares a validated candidate with it, check by check; with DQD's own CSV files of thresholds,
ids and thresholds are compared too.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl

from data_quality.checks import catalogue
from data_quality.checks.model import Check
from etl.contracts.cdm import cdm_tables

SEX = {"male": 8507, "female": 8532}
AFTER_DEATH = 60  # days that records may follow a death
AROUND_VISIT = 7  # days that an event may lie outside its visit

Queries = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the two queries of a check gave, or the error that stopped them."""

    violated: int = 0
    denominator: int = 0
    error: str = ""


def dqd_checks() -> list[Check]:
    return [check for check in catalogue() if check.type.catalogue == "DQD"]


def _where(table: str, condition: str, among: str = "") -> Queries:
    """Rows of a table that meet a condition, among all or some of its rows."""
    return (
        f"select count(*) from cdm.{table} as t where {condition}",
        f"select count(*) from cdm.{table} as t" + (f" where {among}" if among else ""),
    )


def _joined(table: str, join: str, condition: str, among: str | None = None) -> Queries:
    """Rows of a join that meet a condition, among those of the join or of the table alone."""
    rows = f"select count(*) from cdm.{table} as t {join}"
    everything = f"select count(*) from cdm.{table} as t" if among is None else f"{rows}{among}"
    return f"{rows} where {condition}", everything


PERSON = "inner join cdm.person as p on p.person_id = t.person_id"
DEATH = "inner join cdm.death as d on d.person_id = t.person_id"
VISIT = "inner join cdm.visit_occurrence as v on v.visit_occurrence_id = t.visit_occurrence_id"
BORN = (
    "coalesce(cast(p.birth_datetime as date), make_date(p.year_of_birth,"
    " coalesce(p.month_of_birth, 1), coalesce(p.day_of_birth, 1)))"
)


def _kept(table: str, column: str) -> Queries:
    # Each value that is there more than once; a value that is absent repeats nothing.
    repeated = f"select {column} from cdm.{table} group by {column} having count(*) > 1"
    return _where(table, f"t.{column} in ({repeated})")


def _foreign_key(check: Check, column: str) -> Queries:
    target, _, key = check.parameter.partition(".")
    join = f"left join cdm.{target} as k on k.{key} = {column}"
    return _joined(check.table, join, f"k.{key} is null and {column} is not null")


def _of_concept(check: Check, column: str, condition: str) -> Queries:
    join = f"left join cdm.concept as c on c.concept_id = {column}"
    return _joined(check.table, join, f"c.concept_id <> 0 and ({condition})")


def _zero(check: Check, column: str) -> Queries:
    if check.field == "unit_concept_id" and check.table in ("measurement", "observation"):
        return _where(
            check.table,
            f"{column} = 0 and t.value_as_number is not null",
            "t.value_as_number is not null",
        )
    return _where(check.table, f"{column} = 0")


def _source_value(check: Check, column: str) -> Queries:
    distinct = f"select count(*) from (select distinct {column} from cdm.{check.table} as t"
    return f"{distinct} where t.{check.parameter} = 0)", f"{distinct})"


def _bound(check: Check, column: str, today: date) -> Queries:
    sign = "<" if check.name == "plausibleValueLow" else ">"
    kind = cdm_tables()[check.table].field(check.field).type
    bound = {
        "tomorrow": f"date '{today + timedelta(days=1)}'",
        "next year": str(today.year + 1),
    }.get(check.parameter, check.parameter)
    value = column
    if kind in ("date", "timestamp"):
        value = f"cast({column} as date)"
        bound = bound if bound.startswith("date") else f"date '{bound}'"
    return _where(check.table, f"{value} {sign} {bound}", f"{column} is not null")


def _persons(check: Check, column: str) -> Queries:
    absent = (
        f"select count(*) from cdm.person as t left join cdm.{check.table} as e"
        " on e.person_id = t.person_id where e.person_id is null"
    )
    return absent, "select count(*) from cdm.person"


def _eras(check: Check, column: str) -> Queries:
    distinct = "select count(distinct t.person_id) from cdm.condition_occurrence as t"
    join = f" left join cdm.{check.table} as e on e.person_id = t.person_id"
    return f"{distinct}{join} where e.person_id is null", distinct


def _overlap(check: Check, column: str) -> Queries:
    start, end = "observation_period_start_date", "observation_period_end_date"
    return (
        f"select count(distinct a.person_id) from cdm.{check.table} as a"
        f" inner join cdm.{check.table} as b on a.person_id = b.person_id"
        " and a.observation_period_id <> b.observation_period_id"
        f" where a.{start} <= b.{end} + 1 and b.{start} <= a.{end} + 1",
        f"select count(distinct person_id) from cdm.{check.table}",
    )


def _temporal_after(check: Check, column: str) -> Queries:
    table, _, other = check.parameter.partition(".")
    if table == "person":
        june = "coalesce(cast(p.birth_datetime as date), make_date(p.year_of_birth, 6, 1))"
        return _joined(check.table, PERSON, f"{june} > cast({column} as date)")
    return _where(check.table, f"cast(t.{other} as date) > cast({column} as date)")


def _sex(check: Check, column: str) -> Queries:
    wrong = f"p.gender_concept_id <> {SEX[check.parameter]}"
    concepts = ", ".join(str(concept) for concept in check.concepts)
    if check.name == "plausibleGender":
        among = f"{column} in ({concepts})"
        violated, _ = _joined(check.table, PERSON, f"{among} and {wrong}")
        return violated, _where(check.table, "", among)[1]
    below = f"inner join cdm.concept_ancestor as a on a.descendant_concept_id = {column}"
    among = f"a.ancestor_concept_id in ({concepts})"
    violated, _ = _joined(check.table, f"{PERSON} {below}", f"{among} and {wrong}")
    return violated, _joined(check.table, below, among)[0]


def _unit(check: Check, column: str) -> Queries:
    among = f"{column} = {check.concepts[0]} and t.value_as_number is not null"
    units = ", ".join(check.parameter.split())
    return _where(
        check.table, f"{among} and coalesce(t.unit_concept_id, -1) not in ({units})", among
    )


def queries(check: Check, today: date) -> Queries:
    """(rows at fault, rows looked at) of a check of DQD."""
    c = f"t.{cdm_tables()[check.table].field(check.field).quoted}" if check.field else ""
    day = f"cast({c} as date)"
    late = f"{day} > cast(d.death_date as date) + {AFTER_DEATH}"
    null = f"{c} is null"
    said: dict[str, Callable[[], Queries]] = {
        "cdmTable": lambda: (
            f"select 0 from (select * from cdm.{check.table} limit 0)",
            "select 1",
        ),
        "cdmField": lambda: (
            f"select 0 from (select {c} from cdm.{check.table} as t limit 0)",
            "select 1",
        ),
        "isRequired": lambda: _where(check.table, null),
        "measureValueCompleteness": lambda: _where(check.table, null),
        "cdmDatatype": lambda: _where(
            check.table,
            f"{c} is not null"
            f" and not regexp_matches(cast({c} as varchar), '^[-+]?[0-9]+(\\.0+)?$')",
        ),
        "isPrimaryKey": lambda: _kept(check.table, check.field),
        "isForeignKey": lambda: _foreign_key(check, c),
        "fkDomain": lambda: _of_concept(check, c, f"c.domain_id <> '{check.parameter}'"),
        "fkClass": lambda: _of_concept(check, c, f"c.concept_class_id <> '{check.parameter}'"),
        "isStandardValidConcept": lambda: _of_concept(
            check,
            c,
            "c.standard_concept is distinct from 'S' or c.invalid_reason is not null",
        ),
        "standardConceptRecordCompleteness": lambda: _zero(check, c),
        "sourceConceptRecordCompleteness": lambda: _zero(check, c),
        "sourceValueCompleteness": lambda: _source_value(check, c),
        "plausibleValueLow": lambda: _bound(check, c, today),
        "plausibleValueHigh": lambda: _bound(check, c, today),
        "measurePersonCompleteness": lambda: _persons(check, c),
        "measureConditionEraCompleteness": lambda: _eras(check, c),
        "measureObservationPeriodOverlap": lambda: _overlap(check, c),
        "plausibleStartBeforeEnd": lambda: _where(
            check.table,
            f"{day} > cast(t.{check.parameter} as date)",
            f"{c} is not null and t.{check.parameter} is not null",
        ),
        "plausibleAfterBirth": lambda: (
            _joined(check.table, PERSON, f"{day} < {BORN}")[0],
            _where(check.table, "", f"{c} is not null")[1],
        ),
        "plausibleBeforeDeath": lambda: _joined(
            check.table, DEATH, late, f" where {c} is not null"
        ),
        "plausibleDuringLife": lambda: (
            _joined(check.table, DEATH, late)[0],
            _where(check.table, "", "t.person_id in (select person_id from cdm.death)")[1],
        ),
        "plausibleTemporalAfter": lambda: _temporal_after(check, c),
        "withinVisitDates": lambda: _joined(
            check.table,
            VISIT,
            f"{day} < v.visit_start_date - {AROUND_VISIT}"
            f" or {day} > v.visit_end_date + {AROUND_VISIT}",
            "",
        ),
        "plausibleGender": lambda: _sex(check, c),
        "plausibleGenderUseDescendants": lambda: _sex(check, c),
        "plausibleUnitConceptIds": lambda: _unit(check, c),
    }
    return said[check.name]()


def answer(connection: duckdb.DuckDBPyConnection, check: Check, today: date) -> Answer:
    """Both counts of a check, asked one by one."""
    try:
        counts = []
        for sql in queries(check, today):
            row = connection.execute(sql).fetchone()
            counts.append(int(row[0]) if row else 0)
    except duckdb.Error as error:
        return Answer(error=str(error))
    return Answer(*counts)


def statuses(found: Mapping[Check, Answer]) -> dict[str, str]:
    """Status by check id, by DQD's rules: errors, thresholds, then what does not apply."""
    missing_tables, missing_fields, empty_tables, empty_fields = set(), set(), set(), set()
    for check, got in found.items():
        if check.name == "cdmTable" and got.error:
            missing_tables.add(check.table)
        if check.name == "cdmField" and got.error:
            missing_fields.add((check.table, check.field))
        if check.name == "measureValueCompleteness" and not got.error:
            if not got.denominator:
                empty_tables.add(check.table)
            if got.denominator == got.violated:
                empty_fields.add((check.table, check.field))

    def applies(check: Check, got: Answer) -> bool:
        conditions = {"condition_occurrence"} & (missing_tables | empty_tables)
        if check.name == "cdmTable":
            return True
        if check.name in ("cdmField", "measurePersonCompleteness"):
            return check.table not in missing_tables
        if check.name == "measureConditionEraCompleteness":
            return check.table not in missing_tables and not conditions
        place = (check.table, check.field)
        if check.table in missing_tables or place in missing_fields:
            return False
        if got.error:
            return True
        if check.table in empty_tables:
            return False
        if check.name == "measureValueCompleteness":
            return True
        return place not in empty_fields and bool(got.denominator or not check.concepts)

    said = {}
    for check, got in found.items():
        if not applies(check, got):
            said[check.id] = "not applicable"
        elif got.error:
            said[check.id] = "fail" if check.name in ("cdmTable", "cdmField") else "error"
        elif not check.threshold:
            said[check.id] = "fail" if got.violated else "pass"
        else:
            share = 100 * got.violated / got.denominator if got.denominator else 0.0
            said[check.id] = "fail" if share > check.threshold else "pass"
    return said


def run(candidate: Path, today: date) -> tuple[dict[str, str], dict[str, Answer]]:
    """Status and counts by check id, of a candidate whose CDM is in the schema ``cdm``."""
    with duckdb.connect(str(candidate), read_only=True) as connection:
        found = {check: answer(connection, check, today) for check in dqd_checks()}
    return statuses(found), {check.id: got for check, got in found.items()}


def compare(
    theirs: Mapping[str, str], ours: Iterable[tuple[str, str]]
) -> tuple[int, dict[str, tuple[str, str]]]:
    """(checks compared, id → (reference, engine) where they differ)."""
    pairs = [(name, theirs[name], status) for name, status in ours if name in theirs]
    return len(pairs), {name: (a, b) for name, a, b in pairs if a != b}


def _published(folder: Path) -> dict[str, float]:
    """Thresholds by check id, read from the CSV files that DQD publishes."""
    kinds = {check.name: check.type for check in dqd_checks()}
    # These are asked of every table or field, without a column that says so.
    always = {"cdmTable", "cdmField", "measureValueCompleteness"}
    found: dict[str, float] = {}
    for level in ("Table", "Field", "Concept"):
        with (folder / f"OMOP_CDMv5.4_{level}_Level.csv").open(encoding="utf-8-sig") as handle:
            for row in csv.DictReader(handle):
                place = (row["cdmTableName"], row.get("cdmFieldName"), row.get("conceptId"))
                for name, kind in kinds.items():
                    asked = row.get(name) or ""
                    if name == "cdmDatatype" and asked != "integer":
                        continue
                    if kind.level != level.upper() or (asked in ("", "No") and name not in always):
                        continue
                    key = "_".join(part for part in (level, name, *place) if part)
                    found[key.lower().replace(" ", "")] = float(row.get(f"{name}Threshold") or 0)
    return found


def main(arguments: Sequence[str]) -> int:
    root = Path(arguments[0])
    results = pl.read_parquet(root / "quality" / "results.parquet").filter(
        pl.col("catalogue") == "DQD"
    )
    theirs, counts = run(root / "build" / "candidate.duckdb", date.today())  # noqa: DTZ011
    compared, different = compare(theirs, results.select("check_id", "status").iter_rows())
    print(f"{compared} checks, statuses {dict(Counter(theirs.values()))}")
    print(f"agreement {100 * (1 - len(different) / compared):.2f} %")
    for name, (a, b) in sorted(different.items()):
        print(f"  {name}: reference {a}, engine {b} {counts[name].error[:60]}")
    unequal = [
        row["check_id"]
        for row in results.iter_rows(named=True)
        if row["status"] in ("pass", "fail")
        and not counts[row["check_id"]].error
        and (counts[row["check_id"]].violated, counts[row["check_id"]].denominator)
        != (row["violated"], row["denominator"])
        and row["check_id"].split("_")[1] not in ("cdmtable", "cdmfield")
    ]
    print(f"counts differ in {len(unequal)} checks {unequal[:10]}")
    if len(arguments) > 1:
        published = _published(Path(arguments[1]))
        mine = {check.id: check.threshold or 0.0 for check in dqd_checks()}
        shared = set(mine) & set(published)
        print(f"{len(shared)} ids are DQD's; not shared: {sorted(set(mine) ^ set(published))}")
        print(f"other thresholds: {sorted(n for n in shared if mine[n] != published[n])}")
    return int(len(different) > compared / 200)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
