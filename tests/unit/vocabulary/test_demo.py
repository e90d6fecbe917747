"""The demo vocabulary: closed under its own keys, evidenced, and resolved."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from etl.contracts.cdm import cdm_tables
from etl.vocabulary import load_demo
from etl.vocabulary.athena import FILES
from etl.vocabulary.bundle_rules import refuse_broken_bundle
from etl.vocabulary.mappings import demo_dir, mapping_rows
from etl.vocabulary.meaning_rules import uninformative_targets
from etl.vocabulary.tables import TABLES
from etl.workspace import Workspace

Query = Callable[..., list[tuple[Any, ...]]]


def _foreign_keys() -> list[tuple[str, str, str, str]]:
    return [
        (table, field.name, field.fk_table.lower(), (field.fk_field or "").lower())
        for table in TABLES
        for field in cdm_tables()[table].fields
        if field.fk_table
    ]


@pytest.mark.parametrize(("table", "column", "parent", "key"), _foreign_keys())
def test_every_key_resolves_inside(
    demo: Query, table: str, column: str, parent: str, key: str
) -> None:
    orphans = demo(
        f"select distinct {column} from {table} "
        f"where {column} is not null and {column} not in (select {key} from {parent})"
    )
    assert orphans == []


@pytest.mark.parametrize("table", TABLES)
def test_tables_have_the_columns_and_types_of_the_cdm(demo: Query, table: str) -> None:
    described = demo(f"select column_name, column_type from (describe {table})")
    expected = [(field.name, field.type.upper()) for field in cdm_tables()[table].fields]
    assert described == expected


@pytest.mark.parametrize("table", TABLES)
def test_required_columns_are_filled_and_texts_fit(demo: Query, table: str) -> None:
    for field in cdm_tables()[table].fields:
        if field.required:
            assert demo(f"select count(*) from {table} where {field.name} is null") == [(0,)]
        if field.width and field.type == "varchar":
            too_long = f"select count(*) from {table} where length({field.name}) > {field.width}"
            assert demo(too_long) == [(0,)], field.name


def test_the_demo_passes_what_refuses_a_bundle(workspace: Workspace) -> None:
    """Filled tables, words that their registers list, ids of CONCEPT, maps to standard concepts."""
    load_demo(workspace)
    staged = {name: workspace.vocabulary / f"{name}.parquet" for name in FILES}
    with duckdb.connect() as connection:
        assert refuse_broken_bundle(connection, staged, None) == []


def test_concept_ids_are_unique(demo: Query) -> None:
    assert demo("select concept_id from concept group by 1 having count(*) > 1") == []


def test_only_evidenced_concepts_are_in_the_files() -> None:
    with (demo_dir() / "concept.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    for row in rows:
        concept_id = int(row["concept_id"])
        verified = 32809 <= concept_id <= 32886 or 32890 <= concept_id <= 32911
        assert row["evidence"] in ("A", "B") or (row["evidence"] == "V" and verified)
        assert concept_id < 2_000_000_000


def test_custom_concepts_are_never_standard_and_outside_the_hierarchy(demo: Query) -> None:
    custom = "select concept_id from concept where concept_id > 2000000000"
    assert demo(
        f"select count(*) from concept where concept_id in ({custom}) "
        "and (standard_concept is not null or vocabulary_id not like 'SNDS_%')"
    ) == [(0,)]
    assert demo(
        f"select count(*) from concept_ancestor where descendant_concept_id in ({custom})"
    ) == [(0,)]


def test_every_custom_concept_has_its_french_name_as_synonym(demo: Query) -> None:
    assert demo(
        "select count(*) > 0, count(*) filter (left(synonym.concept_synonym_name, 255) is distinct "
        "from concept.concept_name) from concept left join concept_synonym as synonym "
        "using (concept_id) where concept_id > 2000000000"
    ) == [(True, 0)]


def test_maps_to_rows_come_in_pairs_and_end_in_standard_concepts(demo: Query) -> None:
    assert demo(
        "select count(*) from concept_relationship a where relationship_id = 'Maps to' and not "
        "exists (from concept_relationship b where b.relationship_id = 'Mapped from' "
        "and a.concept_id_1 = b.concept_id_2 and a.concept_id_2 = b.concept_id_1)"
    ) == [(0,)]
    assert demo(
        "select count(*) from concept_relationship join concept on concept_id_2 = concept_id "
        "where relationship_id = 'Maps to' "
        "and (standard_concept is distinct from 'S' or concept.invalid_reason is not null)"
    ) == [(0,)]


def test_the_row_none_carries_the_version(demo: Query) -> None:
    assert demo("select vocabulary_version, is_demo, loaded_from from vocabulary_meta") == (
        demo("select vocabulary_version, true, 'demo' from vocabulary where vocabulary_id = 'None'")
    )


@pytest.mark.parametrize(
    ("vocabulary", "code", "target", "domain", "method"),
    [
        ("CIM10", "E119", 4193704, "Condition", "approved"),
        ("CIM10", "Z992", 4019967, "Observation", "approved"),
        ("CIM10", "Z511", 4273629, "Procedure", "approved"),
        ("CCAM", "HHQE002", 4249893, "Procedure", "approved"),
        ("NABM", "1577", 3004410, "Measurement", "approved"),
        ("CIP13", "3400936480612", 923645, "Drug", "approved"),
        ("CIP7", "3648061", 923645, "Drug", "approved"),
        ("ATC", "A10BA02", 1503297, "Drug", "approved"),
        ("GHM", "01M301", 0, "Observation", "none"),
    ],
)
def test_code_map(
    demo: Query, vocabulary: str, code: str, target: int, domain: str, method: str
) -> None:
    rows = demo(
        "select target_concept_id, target_domain_id, method, target_rank from code_map "
        "where source_vocabulary = ? and source_code = ?",
        vocabulary,
        code,
    )
    assert rows == [(target, domain, method, 0)]


def test_a_code_has_rows_of_one_method_ranked_from_zero(demo: Query) -> None:
    assert (
        demo(
            "select source_vocabulary, source_code from code_map group by all "
            "having count(distinct method) > 1 or max(target_rank) <> count(*) - 1 "
            "or min(target_rank) <> 0 or count(distinct target_rank) <> count(*)"
        )
        == []
    )


def test_custom_source_concepts_are_in_code_map(demo: Query) -> None:
    assert demo(
        "select count(*) from code_map where source_vocabulary <> 'ATC' and source_concept_id = 0"
    ) == [(0,)]


@pytest.mark.parametrize(
    ("name", "code", "target", "event"),
    [
        ("sex", "1", 8507, None),
        ("sex", "9", 0, None),
        ("entry", "8", 0, None),
        ("entry", "8-5", 8870, None),
        ("exit", "9", 0, None),
        ("prs_nat_ref", "1111", 9202, True),
        ("prs_nat_ref", "1211", 581476, True),
        ("prs_nat_ref", "1192", 722455, True),
        ("prs_nat_ref", "3105", 722455, True),
        ("prs_nat_ref", "3142", 722455, True),
        ("prs_nat_ref", "3402", 722455, True),
        ("prs_nat_ref", "1199", 0, False),
        ("prs_nat_ref", "1201", 0, False),
        ("prs_nat_ref", "3601", 0, False),
        ("prs_nat_ref", "3313", 581458, True),
        ("prs_nat_ref", "3211", 32036, True),
        ("prs_nat_ref", "2238", 9203, True),
        ("prs_nat_ref", "4214", 0, False),
        ("prs_nat_ref", "6111", 0, False),
        ("prs_nat_ref", "7111", 0, False),
        ("prs_nat_ref", "3575", 0, False),
        ("prs_nat_ref", "2111", 0, False),
        ("speciality", "1", 38004446, None),
        ("activity", "24", 32581, None),
        ("type_concept", "DCIR_PHA", 32869, None),
        ("condition_status", "MCO_DP", 32903, None),
        ("cost", "EUR", 44818568, None),
    ],
)
def test_structural_map(demo: Query, name: str, code: str, target: int, event: Any) -> None:
    assert demo(
        "select target_concept_id, gives_event from structural_map "
        "where map = ? and source_code = ?",
        name,
        code,
    ) == [(target, event)]


def test_a_structural_code_has_one_row(demo: Query) -> None:
    assert (
        demo("select map, source_code from structural_map group by all having count(*) > 1") == []
    )


def test_every_nature_states_whether_it_gives_an_event(demo: Query) -> None:
    assert demo(
        "select count(*) from structural_map where map = 'prs_nat_ref' "
        "and (gives_event is null or note is null or gives_event <> (target_concept_id > 0))"
    ) == [(0,)]


def test_only_approved_rows_are_used(demo: Query) -> None:
    used = {
        row[0] for row in demo("select target_concept_id from code_map where method = 'approved'")
    }
    approved = {row.concept_id for _, row in mapping_rows() if row.approved}
    assert used <= approved


def test_two_loads_give_equal_bytes(tmp_path: Path) -> None:
    first, second = Workspace(tmp_path / "one"), Workspace(tmp_path / "two")
    load_demo(first)
    load_demo(second)
    for path in sorted(first.vocabulary.glob("*.parquet")):
        assert path.read_bytes() == (second.vocabulary / path.name).read_bytes(), path.name


def test_names_of_vaccines_reach_a_drug(demo: Query) -> None:
    rows = demo(
        "select source_code, target_domain_id, source_concept_id // 1000000 from code_map"
        " where source_vocabulary = 'INJ_VAC_NOM' and target_concept_id <> 0"
    )
    assert len(rows) == 4
    assert {row[1:] for row in rows} == {("Drug", 2012)}


def test_concepts_have_their_public_names_and_french_synonyms(demo: Query) -> None:
    assert demo("select concept_name from concept where concept_id = 134057") == [
        ("Disorder of cardiovascular system",)
    ]
    french = demo(
        "select concept_synonym_name, language_concept_id from concept_synonym "
        "where concept_id = 134057"
    )
    assert french == [("Maladie de l'appareil circulatoire", 4180190)]
    assert demo("select distinct language_concept_id from concept_synonym") == [(4180190,)]


def test_the_hierarchy_is_one(demo: Query) -> None:
    both = """
        select count(*) from concept_ancestor as up inner join concept_ancestor as down
            on up.ancestor_concept_id = down.descendant_concept_id
            and up.descendant_concept_id = down.ancestor_concept_id
        where up.ancestor_concept_id <> up.descendant_concept_id
    """
    assert demo(both) == [(0,)], "no concept is above what is above it"
    orphans = """
        select count(*) from concept_ancestor
        where ancestor_concept_id not in (select concept_id from concept)
        or descendant_concept_id not in (select concept_id from concept)
        or min_levels_of_separation > max_levels_of_separation
    """
    assert demo(orphans) == [(0,)]
    assert demo(
        "select count(*) from (from concept_ancestor) "
        "group by ancestor_concept_id, descendant_concept_id having count(*) > 1"
    ) == []  # fmt: skip


@pytest.mark.parametrize(
    ("ancestor", "descendant"),
    [
        (201820, 201826),  # diabetes: type 2
        (201826, 4193704),  # type 2: without complication
        (1332418, 1332419),  # amlodipine: 5 mg tablets
    ],
)
def test_descendants_are_found(demo: Query, ancestor: int, descendant: int) -> None:
    assert (descendant,) in demo(
        "select descendant_concept_id from concept_ancestor where ancestor_concept_id = ?", ancestor
    )


def test_strengths_are_of_known_drugs_and_units(demo: Query) -> None:
    assert demo("select count(*) > 50 from drug_strength") == [(True,)]
    unknown = """
        select count(*) from drug_strength
        where drug_concept_id not in (select concept_id from concept)
        or ingredient_concept_id not in (select concept_id from concept)
        or coalesce(amount_unit_concept_id, 0) not in (select concept_id from concept)
        or coalesce(amount_value, numerator_value) is null
    """
    assert demo(unknown) == [(0,)]


def test_an_uninformative_target_is_marked_whatever_its_line_states(demo: Query) -> None:
    listed = ", ".join(map(str, sorted(uninformative_targets())))
    found = demo(
        f"select target_concept_id in ({listed}), equivalence = 'UNINFORMATIVE', count(*) "
        "from code_map where method <> 'none' and target_concept_id <> 0 group by all order by all"
    )
    assert [row[:2] for row in found] == [(False, False), (True, True)]
    assert demo("select equivalence from code_map where source_code = 'ZZQK002'") == [
        ("UNINFORMATIVE",)
    ]
