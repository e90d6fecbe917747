"""Eras, episodes and links of a small build, against plain Python that shares nothing with it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.integration import eras_site
from tests.integration.eras_site import (
    ABORTION_IN_TOWN,
    CONTENT,
    DOSES,
    EIGHT_WEEKS,
    MILLIGRAM,
    MISCARRIAGE,
    PATCH_DOSES,
    expected,
    exposures,
    read_rows,
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return eras_site.built(tmp_path_factory.mktemp("eras"))


@pytest.fixture(scope="module")
def cdm(site: Path) -> Iterable[duckdb.DuckDBPyConnection]:
    with duckdb.connect(
        str(site / "workspace" / "build" / "candidate.duckdb"), read_only=True
    ) as base:
        yield base


def test_condition_eras(cdm: duckdb.DuckDBPyConnection) -> None:
    rows = cdm.execute(
        "select person_id, condition_concept_id, condition_start_date, condition_end_date "
        "from cdm.condition_occurrence where condition_concept_id <> 0"
    ).fetchall()
    built = cdm.execute(
        "select person_id, condition_concept_id, condition_era_start_date, condition_era_end_date, "
        "condition_occurrence_count from cdm.condition_era"
    ).fetchall()
    assert len(built) == len(set(built)) > 30
    # an open condition ends the day after; records of one day are one
    days: dict[tuple[Any, ...], date] = {}
    for person, concept, start, end in rows:
        key = (person, concept, start)
        end = end or start + timedelta(1)
        days[key] = max(days.get(key, end), end)
    assert set(built) == {era[:-1] for era in expected((*key, end) for key, end in days.items())}


def test_drug_eras(cdm: duckdb.DuckDBPyConnection) -> None:
    rows = [(person, part, start, end) for person, part, _, _, start, end in exposures(cdm)]
    built = cdm.execute(
        "select person_id, drug_concept_id, drug_era_start_date, drug_era_end_date, "
        "drug_exposure_count, gap_days from cdm.drug_era"
    ).fetchall()
    assert len(built) == len(set(built)) > 200
    assert set(built) == expected(rows)
    assert any(era[-1] > 0 for era in built)


def test_dose_eras(cdm: duckdb.DuckDBPyConnection) -> None:
    rows = []
    drugs = set()
    for person, part, drug, quantity, start, end in exposures(cdm):
        drugs |= {drug} & {*CONTENT}
        if drug in PATCH_DOSES:
            rows.append((person, part, PATCH_DOSES[drug], start, end))
        elif (drug, part) in DOSES:
            assert (end - start).days == 29
            rows.append((person, part, round(quantity * DOSES[drug, part], 6), start, end))
    assert drugs == set(CONTENT)
    built = cdm.execute(
        "select person_id, drug_concept_id, dose_value, dose_era_start_date, dose_era_end_date "
        "from cdm.dose_era"
    ).fetchall()
    wanted = {
        (person, part, round(dose, 6), *span[:2]) for person, part, dose, *span in expected(rows)
    }
    assert {(person, part, round(dose, 6), *span) for person, part, dose, *span in built} == wanted
    assert len(built) == len(wanted)
    units = cdm.execute("select distinct unit_concept_id from cdm.dose_era").fetchall()
    assert units == [(MILLIGRAM,)]


@pytest.mark.parametrize("table", ["condition_era", "drug_era", "dose_era", "episode"])
def test_ids_are_unique_and_name_a_source_row(cdm: duckdb.DuckDBPyConnection, table: str) -> None:
    rows, distinct, orphans = cdm.execute(
        f"""
        select count(*), count(distinct {table}_id), count(*) filter (where source._row_id is null)
        from cdm.{table}
        left join (
            select _row_id from intermediate.aud_disposition where disposition = 'event'
        ) as source on {table}_id // 32 = source._row_id
        """
    ).fetchone() or (0, 0, 0)
    assert rows == distinct > 0
    assert orphans == 0


def test_mothers_and_children(site: Path, cdm: duckdb.DuckDBPyConnection) -> None:
    with duckdb.connect(str(site / "workspace" / "state" / "registry.duckdb")) as registry:
        keys = dict(
            registry.execute("select person_key, person_id from person_registry").fetchall()
        )
    answers = read_rows(site / "delivery" / "answers" / "links.csv")
    pairs = {(keys[row["mother_key"]], keys[row["child_key"]]) for row in answers}
    built = cdm.execute("select fact_id_1, fact_id_2 from cdm.fact_relationship").fetchall()
    assert pairs
    assert sorted(built) == sorted(pairs | {(child, mother) for mother, child in pairs})


def test_every_long_term_disease_is_an_episode_with_its_own_record(
    cdm: duckdb.DuckDBPyConnection,
) -> None:
    diseases, episodes = cdm.execute(
        "select (select sum(n_rows) from audit.ledger where source_table = 'IR_IMB_R' and "
        "disposition = 'event'), (select count(*) from cdm.episode where episode_source_value "
        "like 'ALD %')"
    ).fetchone() or (0, 0)
    assert diseases == episodes > 0
    empty, foreign = cdm.execute(
        """
        select
            (select count(*) from cdm.episode where episode_id not in
                (select episode_id from cdm.episode_event)),
            (select count(*) from cdm.episode_event where event_id not in
                (select event_id from intermediate.int_event__routed
                union all select visit_occurrence_id from cdm.visit_occurrence))
        """
    ).fetchone() or (1, 1)
    assert (empty, foreign) == (0, 0)
    twice = cdm.execute(
        "select episode_id, event_id, count(*) from cdm.episode_event group by all "
        "having count(*) > 1"
    ).fetchall()
    assert twice == []


def test_a_pregnancy_begins_before_the_stay_that_ends_it(cdm: duckdb.DuckDBPyConnection) -> None:
    lengths = cdm.execute(
        "select episode_end_date - episode_start_date from cdm.episode "
        "where episode_source_value like 'PREGNANCY %'"
    ).fetchall()
    assert any(250 <= days <= 300 for (days,) in lengths)


def signals(cdm: duckdb.DuckDBPyConnection) -> list[tuple[str, int, date, date]]:
    """Kind, person and days of every sign of a treatment or of a miscarriage."""
    found = []
    for person, code, start, end in cdm.execute(
        "select person_id, condition_source_value, condition_start_date, condition_end_date "
        "from cdm.condition_occurrence union all "
        "select person_id, procedure_source_value, procedure_date, procedure_end_date "
        "from cdm.procedure_occurrence union all "
        "select person_id, observation_source_value, observation_date, null from cdm.observation"
    ).fetchall():
        kind = {"Z511": "CHEMOTHERAPY", "Z5101": "RADIOTHERAPY", MISCARRIAGE: "PREGNANCY LOSS"}.get(
            code, "RADIOTHERAPY" if str(code).startswith("ZZNL") else ""
        )
        if kind:
            found.append((kind, person, start, max(start, end or start)))
    return found


def test_treatments_are_episodes_of_sessions(cdm: duckdb.DuckDBPyConnection) -> None:
    sessions = [row for row in signals(cdm) if row[0] != "PREGNANCY LOSS"]
    built = cdm.execute(
        "select regexp_extract(episode_source_value, '^[A-Z]+'), person_id, episode_start_date, "
        "episode_end_date from cdm.episode where episode_source_value similar to "
        "'(CHEMO|RADIO)THERAPY .*'"
    ).fetchall()
    assert sessions
    assert set(built) == {era[:4] for era in expected(sessions, EIGHT_WEEKS)}
    assert len(built) == len(set(built))


def test_pregnancies_without_birth_are_episodes(cdm: duckdb.DuckDBPyConnection) -> None:
    births = cdm.execute(
        "select person_id, episode_start_date, episode_end_date from cdm.episode "
        "where episode_source_value like 'PREGNANCY Z37%'"
    ).fetchall()
    town = cdm.execute(
        "select person_id, visit_start_date from cdm.visit_occurrence "
        f"where visit_source_value = '{ABORTION_IN_TOWN}'"
    ).fetchall()
    signalled = [row[1:3] for row in signals(cdm) if row[0] == "PREGNANCY LOSS"]
    assert town
    assert signalled
    lost = cdm.execute(
        "select person_id, episode_start_date, episode_end_date from cdm.episode "
        "where episode_source_value like 'PREGNANCY LOSS %'"
    ).fetchall()
    days = {
        (who, first + timedelta(day))
        for who, first, last in [*lost, *births]
        for day in range((last - first).days + 1)
    }
    assert {*signalled, *town} <= days
    # each begins or ends with the day of a sign, and none lies within another
    assert all({(who, first), (who, last)} & {*signalled, *town} for who, first, last in lost)
    assert all(
        (later[1] - earlier[2]).days > EIGHT_WEEKS
        for earlier in lost
        for later in lost
        if earlier[0] == later[0] and earlier[1] < later[1]
    )


def test_metadata_counts_the_persons_excluded(site: Path, cdm: duckdb.DuckDBPyConnection) -> None:
    facts = dict(cdm.execute("select name, value_as_number from cdm.metadata").fetchall())
    rows = dict(
        cdm.execute(
            "select 'rows excluded: ' || source_table || ' ' || rule_id, sum(n_rows) "
            "from audit.ledger where source_table like 'IR_BEN_R%' and disposition = 'excluded' "
            "group by all"
        ).fetchall()
    )
    assert rows
    assert {name: facts[name] for name in rows} == rows
    answers = read_rows(site / "delivery" / "answers" / "excluded_persons.csv")
    wanted = sum(row["reason"] == "R07" for row in answers)
    assert facts["persons excluded: R07"] == wanted > 0


def test_the_flow_of_persons_adds_up(site: Path, cdm: duckdb.DuckDBPyConnection) -> None:
    flow = {
        (name, rule): n
        for name, rule, n in cdm.execute(
            "select name, rule_id, n_persons from audit.person_flow"
        ).fetchall()
    }
    step = {name: n for (name, _), n in flow.items() if name != "excluded"}
    excluded = {rule: n for (name, rule), n in flow.items() if name == "excluded"}
    answers = read_rows(site / "delivery" / "answers" / "excluded_persons.csv")
    known = [row for row in answers if row["reason"] == "R07"]
    assert excluded == {"R07": len(known)}
    assert step["person"] == len(read_rows(site / "delivery" / "answers" / "persons.csv"))
    assert step["delivered"] == step["person"] + sum(excluded.values())
    assert step["person"] == step["observed"] + step.get("without observation", 0)
    assert step["observed"] == step["with care"] + step["without care"]
    assert step["with care"] > 0
