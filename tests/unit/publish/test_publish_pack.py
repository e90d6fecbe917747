"""Files of the pack from shown cells: what stands in each, and what is never in one."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from etl.publish import pack
from etl.publish.cells import Family, Key
from etl.publish.columns import Column, Role, column_faults, measure, row_faults, total_faults
from etl.publish.control import Shown
from etl.publish.label import self_assessment
from etl.publish.metadata.facts import Facts
from etl.publish.onboarding import MONTHS, statistics
from etl.release.achilles import domains
from etl.release.manifest import Identity, Manifest

IDENTITY = Identity(
    source_name="Name", source_abbreviation="NM", holder="Holder",
    source_release_date="2022-03-01", cdm_release_date="2022-06-15", cdm_version="5.4",
    vocabulary_version="v5.0", etl_version="1",
)  # fmt: skip
NUMBERS = {"shown": 20, "primary": 3, "complementary": 2, "held": 0}


def part(
    counts: dict[Key, int], name: str = "f", *, hidden: tuple[Key, ...] = (),
    unpublished: tuple[Key, ...] = (), former: dict[Key, str] | None = None,
    report: dict[str, int] | None = None,
) -> Shown:  # fmt: skip
    """A family of these shown counts; of a hidden one the key is known."""
    family = Family.of_persons(name, counts | dict.fromkeys(hidden, 7))
    family = Family(name, family.cells, unpublished=frozenset(unpublished))
    return Shown(family, counts, {}, former or {}, frozenset(), report or NUMBERS)


def release(verdict: dict[str, Any] | None = None, **identity: str) -> Any:
    manifest = Manifest.model_construct(
        identity=IDENTITY.model_copy(update=identity), release_id="r1", rules_off=("R01",),
        verdict=verdict or {"accepted": True},
    )  # fmt: skip
    return SimpleNamespace(id="r1", manifest=manifest)


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.reader(handle))


def empty(*names: str) -> dict[str, Shown]:
    wanted = ("population", "deaths", "cover", *(one.table for one in domains()), *names)
    return {name: part({}, name) for name in wanted}


def test_results_of_achilles_begin_with_the_source() -> None:
    shown = empty() | {
        "population": part(
            {("1",): 100, ("10", "1950", "8507"): 20, ("2", "8507"): 60, ("observed",): 90},
            unpublished=(("observed",),),
        ),
        "condition_occurrence": part({("420", "202101"): 30, ("401", "9"): 40}),
    }
    source: Any = SimpleNamespace(release=release())
    assert pack._achilles(shown, source) == [
        ["0", "NM", pack.ACHILLES_VERSION, "2022-06-15", "", "", 100],
        ["1", "", "", "", "", "", 100], ["2", "8507", "", "", "", "", 60],
        ["10", "1950", "8507", "", "", "", 20], ["401", "9", "", "", "", "", 40],
        ["420", "202101", "", "", "", "", 30],
    ]  # fmt: skip
    shown["population"] = part({}, hidden=(("1",),))
    assert pack._achilles(shown, source)[0][0] == "401"


def test_cohorts_and_their_pathways(tmp_path: Path) -> None:
    shown = part({
        ("cohort", "2"): 40, ("cohort", "1"): 30, ("pathway", "1", "A"): 20,
        ("pathway", "2", "A → B"): 30,
    })  # fmt: skip
    assert pack._cohorts(shown, tmp_path) == 4
    assert rows(tmp_path / "cohorts.csv") == [["cohort", "persons"], ["1", "30"], ["2", "40"]]
    assert rows(tmp_path / "pathways.csv")[1:] == [["1", "A", "20"], ["2", "A → B", "30"]]
    first = (tmp_path / "pathways_1.svg").read_text("utf-8")
    assert ">20<" in first
    assert ">30<" not in first


def test_statistics_of_onboarding(tmp_path: Path) -> None:
    """A hidden count is an empty cell; first and last month are of shown months only."""
    shown = {f"onboarding/{one.name}": part({}) for one in statistics("")}
    shown["onboarding/persons_by_table"] = part({
        ("death", "persons"): 20, ("death", "records"): 30, ("person", "records"): 90
    })  # fmt: skip
    shown["onboarding/records_by_type"] = part({
        ("death", "32817", "records"): 40, ("death", "32818", "records"): 50
    })  # fmt: skip
    shown[MONTHS] = part({
        ("death", "32817", "2021-03", "month"): 11, ("death", "32817", "2020-11", "month"): 12,
        ("death", "32817", "2021-01", "month"): 12, ("person", "32818", "2019-01", "month"): 12,
    })  # fmt: skip
    assert pack._onboarding(shown, tmp_path / "onboarding") == 4
    assert rows(tmp_path / "onboarding" / "persons_by_table.csv") == [
        ["table", "persons", "records"], ["death", "20", "30"], ["person", "", "90"]
    ]  # fmt: skip
    assert rows(tmp_path / "onboarding" / "records_by_type.csv") == [
        ["table", "type_concept_id", "first_month", "last_month", "records"],
        ["death", "32817", "2020-11", "2021-03", "40"], ["death", "32818", "", "", "50"],
    ]  # fmt: skip


def test_former_values_that_are_published() -> None:
    key: Key = ("a", "b")
    shown = {
        "f": part({key: 20, ("s",): 3}, former={key: "r0", ("s",): "r0"}, unpublished=(("s",),)),
        "e": part({("c",): 30}, former={("c",): "r9"}),
    }
    assert pack._former(shown) == [
        ["e", "c", "", "", "", "", "", "r9"], ["f", "a", "b", "", "", "", "", "r0"]
    ]  # fmt: skip
    assert len(["family", *pack._STRATA, "release"]) == len(pack._former(shown)[0])
    assert pack._HEAD[1:] == [f"stratum_{number}" for number in range(1, 6)]


def test_facts_are_those_that_may_leave() -> None:
    """A share needs every method of its domain; months are those of 110."""
    population = part(
        {("1",): 100, ("110", "202103"): 20, ("110", "202011"): 30, ("117", "201901"): 30}
    )
    mapping = part(
        {
            ("mapping", "Drug", "ATC", "exact"): 70, ("mapping", "Drug", "ATC", "none"): 35,
            ("mapping", "Condition", "CIM10", "exact"): 70,
            ("mapping", "Device", "LPP", "exact"): 0, ("mapping", "Drug", "ATC"): 105,
        },
        hidden=(("mapping", "Condition", "CIM10", "none"),),
        unpublished=(("mapping", "Drug", "ATC"),),
    )  # fmt: skip
    found = pack._controlled({"population": population, "mapping": mapping})
    assert found == {
        "persons": 100, "first_month": date(2020, 11, 1), "last_month": date(2021, 3, 1),
        "mapped": {"Drug": 0.67},
    }  # fmt: skip
    found = pack._controlled({"population": part({}), "mapping": part({})})
    assert found == {"persons": None, "first_month": None, "last_month": None, "mapped": {}}


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        ({"shown": 11, "primary": 1, "complementary": 0, "held": 0}, (11, 100, 0)),
        ({"shown": 10, "primary": 60, "complementary": 41, "held": 100}, (100, 200, 100)),
        ({"shown": 0, "primary": 0, "complementary": 0, "held": 101}, (0, 0, 200)),
        ({"shown": 123, "primary": 50, "complementary": 50, "held": 1}, (123, 100, 100)),
    ],
)
def test_numbers_of_hidden_cells_are_rounded_to_the_next_hundred(
    report: dict[str, int], expected: tuple[int, int, int]
) -> None:
    found = pack._suppression({"f": part({}, report=report)}, 11)
    assert tuple(found["families"]["f"].values()) == expected
    assert (found["minimum_persons"], found["rounded_up_to"]) == (11, 10)


def test_what_the_pack_states_of_its_release() -> None:
    found = pack._about(release(), {"population": part({("1",): 100})}, 11)
    assert (found["release"], found["persons"], found["accepted_by_gate"]) == ("r1", 100, True)
    assert (found["minimum_count"], found["identity"]["holder"]) == (11, "Holder")


def facts(**changes: Any) -> Facts:
    known: dict[str, Any] = {
        "persons": 100, "records": 5, "first_month": date(2020, 11, 1), "last_month": None,
        "youngest": None, "oldest": None, "vocabularies": (), "quality": {"Conformance": 0.5},
        "plausible": {}, "unique": 0.25, "mapped": {"Drug": 0.67},
    }  # fmt: skip
    return Facts(**known | changes)


@pytest.mark.parametrize(("day", "delay"), [("2022-03-01", 106), ("2022-06-15", None)])
def test_the_label_is_none_and_what_is_unknown_needs_a_person(day: str, delay: int | None) -> None:
    """15 June is 106 days after 1 March; a source of the same day states no date of its own."""
    label = self_assessment(release(source_release_date=day).manifest, facts())
    assert label["official_label"] is False
    found = {one["name"]: one for part in label["elements"].values() for one in part}
    assert found["timeliness"]["value"] == delay
    assert found["timeliness"]["needs_person"] is (delay is None)
    assert found["first month"]["value"] == "2020-11"
    assert (found["last month"]["value"], found["last month"]["needs_person"]) == (None, True)
    assert (found["validity"]["value"], found["validity"]["needs_person"]) == (0.5, False)
    assert found["completeness"]["needs_person"] is True
    assert found["records with a standard concept"]["value"] == {"drug": 0.67}
    assert found["rules switched off"]["value"] == ["R01"]


GROUP, AREA = Column("group", Role.STRATUM), Column("region", Role.STRATUM)
PERSONS, RECORDS = Column("persons", Role.PERSONS), Column("records", Role.RECORDS)


@pytest.mark.parametrize(
    ("total", "parts", "is_fault"),
    [
        (101, (50, 50), True), (110, (50, 50), True), (111, (50, 50), False),
        (100, (50, 50), False), (90, (50, 50), False), (5, (), False), (60, (50, ""), True),
    ],
)  # fmt: skip
@pytest.mark.parametrize("word", ["total", "ALL", ""])
def test_a_total_without_its_parts(
    total: int, parts: tuple[Any, ...], word: str, *, is_fault: bool
) -> None:
    """Of persons or records; another region has parts of its own."""
    for column in (PERSONS, RECORDS):
        name = column.name
        listed = [{"group": word, "region": "1", name: str(total)}]
        listed += [{"group": f"g{n}", "region": "1", name: str(c)} for n, c in enumerate(parts)]
        listed += [{"group": "g9", "region": "2", name: "40"}]
        found = list(total_faults([GROUP, AREA, column], listed, 11))
        assert bool(found) is is_fault


@pytest.mark.parametrize(
    ("one", "other", "is_fault"),
    [(20, 20, False), (20, 21, True), (20, 30, True), (20, 31, False), (0, 20, False),
     (0, 0, False)],
)  # fmt: skip
def test_two_counts_of_persons_in_one_row(one: int, other: int, *, is_fault: bool) -> None:
    columns = [PERSONS, Column("subjects", Role.PERSONS)]
    for first, second in ((one, other), (other, one)):
        row = {"persons": str(first), "subjects": str(second)}
        found = [clause.english for clause in row_faults(columns, row, 11)]
        assert ("counts of persons in one row differ by a small count" in found) is is_fault


@pytest.mark.parametrize(
    ("value", "people", "is_fault"),
    [("0", "", False), ("40", "", True), ("40", "20", False), ("40", "0", False), ("", "", False)],
)
def test_records_need_known_persons(value: str, people: str, *, is_fault: bool) -> None:
    found = list(row_faults([PERSONS, RECORDS], {"persons": people, "records": value}, 11))
    assert [one.english for one in found] == (
        ["column records has records of no known persons"] if is_fault else []
    )


@pytest.mark.parametrize(
    ("name", "value", "people", "words"),
    [
        ("mean", "40.5", 11, ""), ("mean", "40.5", 10, "too few"), ("mean", "x", 50, "no number"),
        ("mean", "10", 50, "small whole number"), ("mean", "11", 50, ""), ("mean", "0", 50, ""),
        ("mean", "-3", 50, "small whole number"), ("mean", "3,5", 50, ""),
        ("mean", "1", 50, "small whole"),
        ("p25", "40.5", 44, ""), ("p25", "40.5", 43, "quantile"), ("p75", "40.5", 43, "quantile"),
        ("p75", "40.5", 44, ""), ("p90", "40.5", 110, ""), ("p90", "40.5", 109, "quantile"),
        ("q_50", "40.5", 22, ""), ("q_50", "40.5", 21, "quantile"),
        ("p10", "40.5", 109, "quantile"),
        # a share of people is a count of people, and so is what is left
        ("mean", "0.5", 100, ""), ("mean", "0.1", 100, "share"), ("mean", "0.11", 100, ""),
        ("mean", "0.89", 100, ""), ("mean", "0.9", 100, "share"), ("mean", "0.104", 100, "share"),
        ("mean", "0.105", 100, ""), ("mean", "0.896", 100, "share"),
        ("pct", "50", 100, ""), ("pct", "90.5", 100, "share"), ("pct", "10.4", 100, "share"),
        ("pct", "89.4", 100, ""), ("pct", "10.5", 100, ""), ("pct", "100", 100, ""),
        ("pct", "0.5", 100, "share"), ("pct", "0.5", 2100, ""), ("pct", "0.5", 2000, "share"),
        ("pct", "1.5", 100, "share"), ("pct", "1.5", 700, ""), ("mean", "1.05", 100, ""),
        ("pct", "0", 100, ""),
    ],
)  # fmt: skip
def test_a_measure_gives_no_count_back(name: str, value: str, people: int, words: str) -> None:
    found = [english for english, _ in measure(name, value, people, 11)]
    assert len(found) == (1 if words else 0), found
    assert words in "".join(found)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ([GROUP, PERSONS], ""), ([PERSONS, PERSONS], "two columns of one name"),
        ([GROUP, RECORDS], "no column counts persons"), ([GROUP], "without a count of persons"),
        ([Column("code", Role.STRATUM)], ""),
        ([Column("code", Role.STRATUM), GROUP], "without a count of persons"),
        ([PERSONS, Column("max_age", Role.MEASURE)], "is an extreme"),
        ([PERSONS, Column("max_age", Role.STRATUM)], ""),
        ([PERSONS, Column("mean_age", Role.MEASURE)], ""),
        ([PERSONS, Column("personId", Role.STRATUM)], "could identify"),
    ],
)  # fmt: skip
def test_columns_that_are_refused(columns: list[Column], words: str) -> None:
    found = [one.english for one in column_faults(columns)]
    assert len(found) == (1 if words else 0), found
    assert words in "".join(found)
