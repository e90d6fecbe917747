"""The demo against a second reading of the same files that shares nothing with the SQL.

The reading is plain Python from the facts about the SNDS (``tests/second_reading``): deaths, claims
that stand, days of hospital care, public complementary cover, sick leave, money, observation.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from etl.contracts.registry import contracts
from etl.resources import mappings_dir
from etl.workspace import Workspace
from tests.second_reading import answers
from tests.second_reading.reading import Reading

TABLES = (
    ("condition_occurrence", "condition_start_date", "Condition"),
    ("procedure_occurrence", "procedure_date", "Procedure"),
    ("measurement", "measurement_date", "Measurement"),
    ("observation", "observation_date", "Observation"),
    ("device_exposure", "device_exposure_start_date", "Device"),
    ("drug_exposure", "drug_exposure_start_date", "Drug"),
    ("visit_occurrence", "visit_start_date", "Visit"),
)
EVENTS = " union all ".join(
    f"select person_id, {table.split('_')[0]}_source_value as code, {day} as day, "
    f"{table}_id as id, '{domain}' as domain from cdm.{table}"
    for table, day, domain in TABLES
)
HOSPITAL = re.compile(r"T_(MCOaa(B|UM|D|A)|SSRaa(B|D)|HADaa(B|D|DMPP|DMPA)|RIPaa(RSA|RSAD))")
NUMBERS = re.compile(r"_DEP$|_COT$|^AVQ_|POI_NAI|AGE_GES|IGS2?_COD|COD_IGS|DEL_REG_ENT|SCO_DEP")
"""Numbers of the PMSI are measurements of their own, not codes."""


class Built:
    """The demo's candidate, in the words of the second reading."""

    def __init__(self, workspace: Path) -> None:
        place = Workspace(workspace)
        self.connection = duckdb.connect(str(place.candidate), read_only=True)
        with duckdb.connect(str(place.state / "registry.duckdb"), read_only=True) as registry:
            keys = registry.execute("select person_id, person_key from person_registry").fetchall()
        self.key = dict(keys)
        self.table = {name: contract.number for name, contract in contracts().items()}

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Answers of a query; a person's id comes first and becomes a key."""
        found = self.connection.execute(query, list(values)).fetchall()
        return [(self.key[row[0]], *row[1:]) for row in found]

    def events(self, tables: list[str]) -> list[Any]:
        """Key, code, day and domain of the events that lines of these tables gave."""
        numbers = [self.table[name] for name in tables]
        return self.rows(
            f"select person_id, replace(code, '.', ''), day, domain from ({EVENTS}) "
            "where (id // 32) >> 40 = any(?)",
            numbers,
        )


@pytest.fixture(scope="module")
def read(demo_workspace: Path) -> Reading:
    return Reading(demo_workspace / "demo-delivery")


@pytest.fixture(scope="module")
def built(demo_workspace: Path) -> Iterator[Built]:
    built = Built(demo_workspace)
    yield built
    built.connection.close()


@pytest.fixture(scope="module")
def of_hospital(built: Built) -> list[Any]:
    events = built.events([name for name in built.table if HOSPITAL.fullmatch(name)])
    return [event for event in events if not NUMBERS.search(event[1]) and event[3] != "Visit"]


def fifteenths(first: date, last: date) -> Iterator[date]:
    day = date(first.year, first.month, 15)
    while day <= last:
        if day >= first:
            yield day
        day = date(day.year + day.month // 12, day.month % 12 + 1, 15)


@pytest.mark.slow
def test_the_persons_are_the_real_ones(read: Reading, built: Built) -> None:
    assert {key for (key,) in built.rows("select person_id from cdm.person")} == read.real
    assert len(read.real) > 100


@pytest.mark.slow
def test_each_death_has_its_day(read: Reading, built: Built) -> None:
    assert dict(built.rows("select person_id, death_date from cdm.death")) == read.death
    assert read.death


@pytest.mark.slow
def test_visits_are_those_of_lines_that_stand(read: Reading, built: Built) -> None:
    path = mappings_dir() / "structural" / "prs_nat_ref.usagi.csv"
    with path.open(encoding="utf-8", newline="") as file:
        natures = {
            row["sourceCode"]
            for row in csv.DictReader(file)
            if row["ADD_INFO:gives_event"] == "yes"
        }
    visits = {(key, day) for key, _, day, domain in built.events(["ER_PRS_F"]) if domain == "Visit"}
    assert visits == read.visit_days(natures)
    assert len(visits) > 1000


@pytest.mark.slow
def test_hospital_events_are_dated_in_their_part(read: Reading, of_hospital: list[Any]) -> None:
    days = answers.hospital_days(read)
    outside = [
        (code, day)
        for key, code, day, _ in of_hospital
        if not any(first <= day <= last for first, last in days.get((key, code), []))
    ]
    assert outside == []
    assert len(of_hospital) > 200


@pytest.mark.slow
def test_no_hospital_code_is_lost(read: Reading, of_hospital: list[Any]) -> None:
    lost = set(answers.hospital_days(read)) - {(key, code) for key, code, _, _ in of_hospital}
    # a reason for care (Z) that names the act of its own stay is one procedure with it (ADR 46)
    assert {code for _, code in lost if not code.startswith("Z")} == set()


@pytest.mark.slow
def test_public_complementary_cover_by_month(read: Reading, built: Built) -> None:
    observed: dict[str, list[tuple[date, date]]] = {}
    for key, first, last in built.rows(
        "select person_id, observation_period_start_date, observation_period_end_date "
        "from cdm.observation_period"
    ):
        observed.setdefault(key, []).append((first, last))

    def is_observed(key: str, day: date) -> bool:
        return any(first <= day <= last for first, last in observed.get(key, []))

    spans = built.rows(
        "select person_id, coalesce(plan_source_value, ''), payer_plan_period_start_date, "
        "payer_plan_period_end_date from cdm.payer_plan_period"
    )
    found = {
        (key, name, day)
        for key, plan, first, last in spans
        for name in ("C2S", "CMUC", "ACS")
        if name in plan.replace("-", "")
        for day in fifteenths(first, last)
        if is_observed(key, day)
    }
    expected = {cover for cover in answers.covers(read) if is_observed(cover[0], cover[2])}
    assert found == expected
    assert len(found) > 100


@pytest.mark.slow
def test_spells_of_sick_leave(read: Reading, built: Built) -> None:
    natures = {str(n): ("sickness", "full") for n in (*range(6110, 6117), 6119, 6131, 6132, 6133)}
    natures |= {
        "6117": ("sickness", "part"),
        "6118": ("sickness", "part"),
        "6120": ("work", "full"),
    }
    natures |= {str(n): ("maternity", "full") for n in (*range(6121, 6125), 6210, 6212, 6213)}
    spells = built.rows(
        "select person_id, first_day, last_day, cast(value_as_number as integer) "
        "from audit.allowance_spell inner join cdm.observation using (observation_id, person_id)"
    )
    assert set(spells) == answers.sick_leaves(read, natures)
    assert len(spells) > 10


@pytest.mark.slow
def test_the_scheme_paid_to_the_cent(read: Reading, built: Built) -> None:
    paid: dict[int, Decimal] = {}
    for year, amount in built.connection.execute(
        f"select year(day), sum(paid_by_payer) from cdm.cost inner join ({EVENTS}) as events "
        "on id = cost_event_id and domain = cost_domain_id "
        "where (cost_id // 32) >> 40 = ? group by 1",
        [built.table["ER_PRS_F"]],
    ).fetchall():
        paid[year] = amount
    assert paid == {year: amount for year, amount in answers.paid(read).items() if amount}


@pytest.mark.slow
def test_observation_ends_with_the_delivery(read: Reading, built: Built) -> None:
    last = built.connection.execute(
        "select max(observation_period_end_date) from cdm.observation_period"
    ).fetchone()
    assert last == (answers.last_observed_day(read),)
