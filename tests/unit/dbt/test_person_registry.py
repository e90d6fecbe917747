"""The registry over the years: which number a person keeps, whichever key they have now.

The two models are rendered and run as they are, build after build; each build is a list of rows of
the referential: PSA, rank, number (or None), and whether a fresher row of the right supersedes it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import duckdb
import pytest
from jinja2 import Environment

from etl.resources import dbt_project_dir
from etl.transform.registry import create_registry

PERSON = dbt_project_dir() / "models" / "intermediate" / "person"

Row = tuple[str, str, str | None, bool]
OLD, NOW = True, False


def rendered(model: str, *, is_incremental: bool = True) -> str:
    template = Environment(autoescape=False).from_string(  # noqa: S701 - SQL, no page
        (PERSON / f"{model}.sql").read_text(encoding="utf-8")
    )
    return template.render(
        config=lambda **_: "",
        target={"type": "duckdb"},
        ref=lambda name: name,
        this="person_registry",
        is_incremental=lambda: is_incremental,
        identity_rank=lambda: "'IBA'",
        value_at_max=lambda value, by: f"max_by({value}, {by})",
    )


class Registry:
    """Builds one after the other on one registry."""

    def __init__(self) -> None:
        self.duckdb = duckdb.connect()
        self.is_new = True

    def build(self, *rows: Row) -> dict[str, int]:
        """Numbers of the persons of a build, by their key of that day."""
        run = self.duckdb.execute
        run(
            "create or replace table int_person_row__classified (BEN_NIR_PSA varchar, "
            "BEN_RNG_GEM varchar, BEN_NIR_ANO varchar, person_key varchar, "
            "is_superseded boolean, excluded_by varchar, unreal varchar)"
        )
        for psa, rank, number, is_superseded in rows:
            run(
                "insert into int_person_row__classified values (?, ?, ?, ?, ?, null, null)",
                [psa, rank, number, number or psa + rank, is_superseded],
            )
        run(f"create or replace table int_person__named as {rendered('int_person__named')}")
        how = "create table person_registry as" if self.is_new else "insert into person_registry"
        run(f"{how} {rendered('person_registry', is_incremental=not self.is_new)}")
        self.is_new = False
        numbered = rendered("int_person__numbered")
        found = run(
            f"with numbered as ({numbered}) select person_key, person_id from numbered "
            "where person_key in (select person_key from int_person__named)"
        ).fetchall()
        assert len({number for _, number in found}) == len(found), "one number, two persons"
        return dict(found)

    def changes(self) -> list[tuple[int, int]]:
        """Former numbers and those that their keys lead to now."""
        return self.duckdb.execute(
            "select distinct former_id, person_id from person_registry "
            "where former_id is not null order by all"
        ).fetchall()


@pytest.fixture
def registry() -> Registry:
    return Registry()


CERTIFIED: Sequence[Row] = (("a", "1", "A", NOW), ("b", "1", "B", NOW))


@pytest.mark.parametrize("kept", [True, False], ids=["increment", "replaced"])
def test_a_certified_number_keeps_the_person(registry: Registry, kept: bool) -> None:
    assert registry.build(("a", "1", None, NOW), ("b", "1", "B", NOW)) == {"B": 1, "a1": 2}
    former: Sequence[Row] = (("a", "1", None, OLD),) if kept else ()
    assert registry.build(*former, *CERTIFIED) == {"A": 2, "B": 1}
    assert registry.build(*former, *CERTIFIED) == {"A": 2, "B": 1}
    assert registry.changes() == []


def test_a_new_psa_with_the_old_one_in_the_register_is_the_same_dependant(
    registry: Registry,
) -> None:
    registry.build(("old", "1", None, NOW))
    second = (("old", "1", None, OLD), ("old", "1", "N", NOW), ("new", "1", "N", NOW))
    assert registry.build(*second) == {"N": 1}


def test_a_rank_that_changes_is_the_same_person(registry: Registry) -> None:
    registry.build(("g", "3", None, NOW))
    assert registry.build(("g", "3", "G", NOW), ("g", "2", "G", NOW)) == {"G": 1}


def test_two_keys_become_one_with_the_lower_number_and_none_is_used_again(
    registry: Registry,
) -> None:
    first = registry.build(("f", "1", None, NOW), ("m", "1", None, NOW), ("z", "1", "A", NOW))
    assert first == {"A": 1, "f1": 2, "m1": 3}
    second = (("f", "1", "C", NOW), ("m", "1", "C", NOW), ("z", "1", "A", NOW))
    assert registry.build(*second, ("new", "1", "0", NOW)) == {"A": 1, "C": 2, "0": 4}
    assert registry.changes() == [(3, 2)]
    # all of them leave: the mark stays
    assert registry.build(("later", "1", "L", NOW)) == {"L": 5}


def test_a_right_without_a_number_that_gets_that_of_a_known_person_is_merged(
    registry: Registry,
) -> None:
    assert registry.build(("a", "1", None, NOW), ("b", "1", "n", NOW)) == {"a1": 1, "n": 2}
    assert registry.build(("a", "1", "n", NOW), ("b", "1", "n", NOW)) == {"n": 1}
    assert registry.changes() == [(2, 1)]


def test_twins_who_exchange_ranks_keep_their_numbers(registry: Registry) -> None:
    first = registry.build(("p", "1", "N1", NOW), ("p", "2", "N2", NOW))
    second = registry.build(
        ("p", "1", "N1", OLD), ("p", "2", "N2", OLD), ("p", "1", "N2", NOW), ("p", "2", "N1", NOW)
    )
    assert first == second == {"N1": 1, "N2": 2}
    assert registry.changes() == []


def test_nothing_merges_through_a_right_that_passed_from_one_number_to_another(
    registry: Registry,
) -> None:
    """The first twin was known by the right, then by a number, and leaves; the other takes over."""
    registry.build(("p", "1", None, NOW), ("p", "2", "N2", NOW))
    registry.build(("p", "1", "N1", NOW), ("p", "2", "N2", NOW))
    assert registry.build(("p", "1", "N2", NOW)) == {"N2": 1}
    assert registry.changes() == []


def test_a_split_leaves_the_number_with_the_person_of_the_number(registry: Registry) -> None:
    registry.build(("p", "1", None, NOW))
    registry.build(("p", "1", "N1", NOW))
    assert registry.build(("p", "1", None, NOW), ("q", "1", "N1", NOW)) == {"N1": 1, "p1": 2}
    assert registry.changes() == [(1, 2)]


def test_a_psa_that_two_persons_share_merges_nothing(registry: Registry) -> None:
    twins = (("t", "1", None, NOW), ("t", "2", None, NOW))
    assert registry.build(*twins) == registry.build(*twins) == {"t1": 1, "t2": 2}
    certified = (("t", "1", "X", NOW), ("t", "2", "Y", NOW))
    assert registry.build(*certified) == {"X": 1, "Y": 2}


def test_new_pseudonyms_give_new_numbers(registry: Registry) -> None:
    registry.build(*CERTIFIED)
    assert registry.build(("x", "1", "C", NOW), ("y", "1", "D", NOW)) == {"C": 3, "D": 4}


def test_a_registry_of_an_earlier_version_goes_on(registry: Registry) -> None:
    """It knew a key and a number only."""
    registry.duckdb.execute(
        "create table person_registry as "
        "select * from (values ('a1', 7::bigint), ('B', 3)) as known (person_key, person_id)"
    )
    create_registry(registry.duckdb)
    registry.is_new = False
    assert registry.build(*CERTIFIED, ("c", "1", "C", NOW)) == {"A": 7, "B": 3, "C": 8}


def test_the_numbers_of_a_million_persons_are_matched_in_linear_time() -> None:
    """Ten times the persons take less than thirty times the CPU; a join of all with all, 100."""
    spent = []
    for persons in (20_000, 200_000):
        one = duckdb.connect(config={"threads": 1})
        one.execute(
            "create table int_person__named as select 'k' || i as person_key, "
            "'k' || (i + j) as name, j = 0 as is_own, false as has_passed "
            f"from range({persons}) as a (i), "
            "range(0, 2000000, 1000000) as b (j)"
        )
        one.execute(
            "create table person_registry as select 'k' || i as person_key, i + 1 as person_id, "
            f"1::bigint as build, null::bigint as former_id from range({persons}) as a (i)"
        )
        begun = time.process_time()
        one.execute(rendered("person_registry")).fetchall()
        spent.append(time.process_time() - begun)
    assert spent[1] < 30 * max(spent[0], 0.05)
