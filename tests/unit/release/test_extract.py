"""An extract holds what its permit grants and nothing else, under numbers that lead nowhere.

One release of 120 persons; answers were written first, from the arithmetic of the small candidate.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from etl.contracts.cdm import cdm_tables
from etl.errors import SndsOmopError
from etl.release.extract import (
    Made,
    read_extracts,
    read_permit,
)
from etl.release.extract.persons import Chosen, choose
from etl.transform.registry import create_registry
from tests.small_candidate import PERSONS
from tests.unit.release.extracted import (
    ALL_TABLES,
    CONDITIONS,
    FINEST,
    Site,
    number,
    of,
    rows,
)


@pytest.fixture(scope="module")
def full(shared: Site) -> Made:
    return shared.make(ALL_TABLES + FINEST)


@pytest.fixture(scope="module")
def plain(shared: Site) -> Made:
    return shared.make()


def chosen_of(site: Site, text: str, persons: str, **cohorts: str) -> tuple[Chosen, list[int]]:
    """Whom a permit grants: how many, and their numbers in the release."""
    permit = read_permit(site.permit(text, persons))
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{site.release.database}' as old (read_only)")
        connection.execute("use old")
        chosen = choose(connection, site.workspace, permit, cohorts)
        found = connection.execute("select person_id from chosen order by 1").fetchall()
    return chosen, [person for (person,) in found]


def ids_of(database: Path) -> set[int]:
    """Every value of every column of ids."""
    selects = [
        f"select {field.quoted} from cdm.{name}"
        for name, table in cdm_tables().items()
        if table.group != "vocabulary"
        for field in table.fields
        if field.type == "bigint"
    ]
    return {value for (value,) in rows(database, " union ".join(selects)) if value is not None}


def test_an_attacker_with_two_extracts_and_the_release_cannot_join_ids(
    shared: Site, full: Made
) -> None:
    site, one, other = shared, full, shared.make(ALL_TABLES + FINEST)
    mine, theirs = (ids_of(made.output / "omop.duckdb") for made in (one, other))
    assert len(mine) == len(theirs) > 2000
    assert not mine & theirs
    assert not (mine | theirs) & ids_of(site.release.database)
    # the order of the numbers shows neither the order of the release nor that of the other extract
    for left, right in (
        (range(1, PERSONS + 1), [site.persons(one)[n] for n in range(1, PERSONS + 1)]),
        ([site.persons(other)[n] for n in range(1, PERSONS + 1)],
         [site.persons(one)[n] for n in range(1, PERSONS + 1)]),
    ):  # fmt: skip
        frame = pl.DataFrame({"left": list(left), "right": right})
        assert abs(frame.select(pl.corr("left", "right", method="spearman")).item()) < 0.5
    # nor does the order in which rows lie on the disk
    for name in ("person", "drug_exposure", "visit_occurrence", "cost"):
        key = cdm_tables()[name].primary_key
        lying = [value for (value,) in of(one, f"select {key} from cdm.{name}")]
        assert lying == sorted(lying)


def test_all_of_it_is_the_release_again_but_for_numbers(shared: Site, full: Made) -> None:
    site, made = shared, full
    for name in ("person", "visit_occurrence", "condition_occurrence", "drug_exposure", "cost",
                 "procedure_occurrence", "measurement", "death", "drug_era", "payer_plan_period",
                 "location", "care_site"):  # fmt: skip
        assert (
            number(made, f"select count(*) from cdm.{name}")
            == (site.parent(f"select count(*) from cdm.{name}")[0][0])
        ), name
    same = """
        select condition_concept_id, condition_start_date, condition_source_value,
            gender_concept_id, year_of_birth, month_of_birth, day_of_birth, visit_start_date, state
        from cdm.condition_occurrence
        inner join cdm.person using (person_id)
        inner join cdm.visit_occurrence using (visit_occurrence_id)
        inner join cdm.location using (location_id)
        order by all
    """
    assert of(made, same) == site.parent(same)
    costs = """
        select total_cost, drug_source_value, drug_exposure_start_date from cdm.cost
        inner join cdm.drug_exposure on cost_event_id = drug_exposure_id order by all
    """
    assert of(made, costs) == site.parent(costs)
    assert len(of(made, costs)) == PERSONS


def test_what_is_not_granted_is_absent(plain: Made) -> None:
    made = plain
    granted = {"person", "observation_period", "cdm_source", "condition_occurrence"}
    for name, table in cdm_tables().items():
        if table.group != "vocabulary":
            assert bool(number(made, f"select count(*) from cdm.{name}")) == (name in granted), name
    filled = of(made, "select * exclude (person_id, gender_concept_id, year_of_birth, "
                      "race_concept_id, ethnicity_concept_id) from cdm.person")  # fmt: skip
    assert {value for row in filled for value in row} == {None}
    hidden = of(made, "select condition_source_value, condition_source_concept_id, "
                      "visit_occurrence_id, provider_id from cdm.condition_occurrence")  # fmt: skip
    assert {value for row in hidden for value in row} == {None}
    schemas = of(made, "select table_name from duckdb_tables() where schema_name = 'audit'")
    assert schemas == []


def test_columns_are_granted_by_name(shared: Site) -> None:
    made = shared.make(
        '[tables]\ndrug_exposure = ["drug_exposure_start_date", "drug_exposure_end_date", '
        '"quantity", "drug_source_value"]'
    )
    found = of(made, "select distinct drug_concept_id, drug_type_concept_id, days_supply, "
                     "visit_occurrence_id from cdm.drug_exposure")  # fmt: skip
    assert found == [(0, 0, None, None)]
    assert number(made, "select count(quantity) from cdm.drug_exposure") == 5 * PERSONS
    assert number(made, "select count(drug_source_value) from cdm.drug_exposure") == 5 * PERSONS


def test_births_and_places_are_as_fine_as_granted(shared: Site, plain: Made, full: Made) -> None:
    """The three places of the release lie in one department."""
    middle = shared.make(
        f'{CONDITIONS}[precision]\nbirth = "month"\nresidence = "department"\naudit = true'
    )
    for made, months, days, places in (
        (plain, 0, 0, 0),
        (middle, PERSONS, 0, 1),
        (full, PERSONS, 1, 3),
    ):
        births = of(made, "select count(month_of_birth), count(day_of_birth) from cdm.person")
        assert births == [(months, days)]
        assert number(made, "select count(*) from cdm.location") == places
        named = of(made, "select count(location_id), count(distinct location_id) from cdm.person")
        assert named == [(PERSONS if places else 0, places)]
    # the audit that was granted names no file and no row
    tables = {name for (name,) in of(middle, "select table_name from duckdb_tables() "
                                             "where schema_name = 'audit'")}  # fmt: skip
    assert "balance" in tables and "files" not in tables


def test_the_period_cuts_rows_and_days(shared: Site) -> None:
    """Visits: one every other day from 2019-01-01; spans and drug eras cross the end of May."""
    site = shared
    made = site.make(ALL_TABLES + FINEST + "[period]\nfirst = 2019-05-01\nlast = 2019-05-31\n")
    assert number(made, "select count(*) from cdm.visit_occurrence") == 16
    days_of = [
        f"select {field.quoted}::date as day from cdm.{name}"
        for name, table in cdm_tables().items()
        if table.group in ("clinical", "derived", "economics") and name != "person"
        for field in table.fields
        if field.type in ("date", "timestamp") and name != "cohort_definition"
    ]
    found = {day for (day,) in of(made, " union ".join(days_of))} - {None}
    assert (min(found), max(found)) == (date(2019, 5, 1), date(2019, 5, 31))
    # an era that the period cuts no longer states its count
    assert of(made, "select count(*), count(drug_exposure_count) from cdm.drug_era") == [(31, 0)]
    dangling = "select count(*) from cdm.cost where cost_event_id not in "
    dangling += "(select drug_exposure_id from cdm.drug_exposure)"
    assert number(made, dangling) == 0
    assert 0 < number(made, "select count(*) from cdm.cost") < PERSONS


@pytest.mark.parametrize(
    ("first", "last", "persons"),
    [
        ("2018-01-01", "2018-01-01", [1]),
        ("2018-01-02", "2018-01-02", [1, 2]),
        ("2022-12-31", "2022-12-31", [1]),
    ],
)
def test_persons_are_observed_in_the_period(
    shared: Site, first: str, last: str, persons: list[int]
) -> None:
    """Observation of person i + 1 begins on 2018-01-01 + i and ends on 2022-12-31 - i."""
    period = f"[period]\nfirst = {first}\nlast = {last}\n"
    assert chosen_of(shared, CONDITIONS + period, 'select = "all"')[1] == persons


def test_a_cohort_by_name(shared: Site) -> None:
    few = "select person_id from cdm.person where person_id < 5"
    _, found = chosen_of(shared, CONDITIONS, 'select = "cohort"\ncohort = "few"', few=few)
    assert found == [1, 2, 3, 4]
    for cohort in ("99", '"unknown"'):
        with pytest.raises(SndsOmopError, match="SO-260"):
            chosen_of(shared, CONDITIONS, f'select = "cohort"\ncohort = {cohort}', few=few)


def test_a_list_with_unknown_and_repeated_rows(shared: Site) -> None:
    listed = shared.folder / "list.csv"
    listed.write_bytes("person_id;remarque\n7;é\n7;é\n9;\n999;\n".encode("cp1252"))
    chosen, found = chosen_of(shared, CONDITIONS, f'select = "list"\nlist = "{listed}"')
    assert found == [7, 9]
    assert (chosen.listed, chosen.unknown) == (3, 1)


def test_a_list_by_keys_of_the_registry(site: Site) -> None:
    """A number, a right, a PSA of one person; a PSA of twins and an unknown number name none."""
    with duckdb.connect(str(site.workspace.registry)) as connection:
        create_registry(connection)
        keys = {"N1": 1, "PA1": 2, "PB1": 3, "PB2": 4, "PC1": 5}
        for key, person in keys.items():
            connection.execute(
                "insert into person_registry by name select ? as person_key, ? as person_id, "
                "1 as build", [key, person],
            )  # fmt: skip
    listed = site.folder / "list.csv"
    listed.write_text("BEN_NIR_PSA;BEN_RNG_GEM;BEN_NIR_ANO\n;;N1\nPA;01;\nPB;;\nPC;;\n;;N9\n")
    chosen, found = chosen_of(site, CONDITIONS, 'select = "list"\nlist = "list.csv"')
    assert found == [1, 2, 5]
    assert (chosen.listed, chosen.unknown) == (5, 2)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("person_id\n", "SO-251"),
        ("nothing\n1\n", "SO-250"),
        ("person_id\n999\n", "SO-261"),
        (None, "SO-250"),
    ],
)
def test_a_list_that_gives_no_person_is_refused(site: Site, content: str | None, code: str) -> None:
    if content is not None:
        (site.folder / "list.csv").write_text(content)
    with pytest.raises(SndsOmopError, match=code):
        site.make(CONDITIONS, 'select = "list"\nlist = "list.csv"')
    assert not (site.folder / "x1").exists() and not (site.folder / "x1.building").exists()
    assert read_extracts(site.workspace).made == ()
