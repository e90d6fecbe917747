"""Every CDM column that holds a value in the demo can be followed back; the release shows it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from etl.audit.dictionary import PAGE, cdm_lineage, dictionary, main, read_manifest, render
from etl.audit.lineage import Lineage
from etl.contracts.cdm import cdm_tables
from etl.contracts.registry import contracts
from etl.workspace import Workspace


@pytest.fixture(scope="module")
def manifest(demo_workspace: Path) -> dict[str, Any]:
    found = read_manifest(Workspace(demo_workspace))
    assert found is not None
    return found


@pytest.fixture(scope="module")
def lines(manifest: dict[str, Any]) -> dict[str, dict[str, Lineage]]:
    return cdm_lineage(manifest)


def test_every_cdm_column_is_known(lines: dict[str, dict[str, Lineage]]) -> None:
    for table in cdm_tables().values():
        assert {field.name for field in table.fields} <= {*lines[table.name]}, table.name


def test_a_filled_column_has_a_lineage(
    demo_workspace: Path, lines: dict[str, dict[str, Lineage]]
) -> None:
    """A column with a value comes from a column or is a constant; one that cannot be is empty."""
    candidate = Workspace(demo_workspace).candidate
    with duckdb.connect(str(candidate), read_only=True) as base:
        filled = {
            (table.name, field.name)
            for table in cdm_tables().values()
            for field, n in zip(
                table.fields,
                base.execute(
                    f"select {', '.join(f'count({f.quoted})' for f in table.fields)} "
                    f'from cdm."{table.name}"'
                ).fetchall()[0],
                strict=True,
            )
            if n
        }
    assert len(filled) > 150
    assert {pair for pair in filled if not lines[pair[0]][pair[1]].is_filled} == set()


def test_sources_are_columns_of_the_contracts(lines: dict[str, dict[str, Lineage]]) -> None:
    known = {
        f"{table}.{column.name}" for table, found in contracts().items() for column in found.columns
    }
    named = {
        f"{source.table}.{source.column}"
        for columns in lines.values()
        for line in columns.values()
        for source in line.sources
        if not source.is_reference and not source.column.startswith("_")
    }
    assert len(named) > 60
    assert named <= known


@pytest.mark.parametrize(
    ("column", "source"),
    [
        ("person.year_of_birth", "IR_BEN_R.BEN_NAI_ANN"),
        ("death.cause_source_value", "KI_CCI_R.DCD_CIM_COD"),
        ("drug_era.drug_concept_id", "ER_PHA_F.PHA_PRS_C13"),
        ("condition_occurrence.condition_concept_id", "IR_IMB_R.MED_MTF_COD"),
        ("visit_occurrence.visit_start_date", "T_MCOaaC.EXE_SOI_DTD"),
        ("provider.specialty_concept_id", "DA_PRA_R.PFS_PRA_SPE"),
    ],
)
def test_known_paths_are_found(
    lines: dict[str, dict[str, Lineage]], column: str, source: str
) -> None:
    table, name = column.split(".")
    assert source in {f"{one.table}.{one.column}" for one in lines[table][name].sources}


def test_the_release_holds_the_page(demo_workspace: Path) -> None:
    page = (demo_workspace / "releases" / "current" / PAGE).read_text(encoding="utf-8")
    data = json.loads(re.findall(r'id="data">(.*?)</script>', page, re.DOTALL)[0])
    assert len(data["cdm"]) == 39
    assert {table["name"] for table in data["snds"]} == {*contracts()}
    assert {row["name"]: row["rows"] for row in data["cdm"]}["person"] > 100
    assert not re.search(r"(https?:)?//[a-z]", page.replace('<html lang="en">', ""))


def test_no_small_count_is_shown(demo_workspace: Path) -> None:
    page = (demo_workspace / "releases" / "current" / PAGE).read_text(encoding="utf-8")
    data = json.loads(re.findall(r'id="data">(.*?)</script>', page, re.DOTALL)[0])
    shown = [
        *(table["rows"] for table in data["cdm"]),
        *(number for table in data["cdm"] for *_, number in table["origins"]),
        *(number for table in data["snds"] for *_, number in table["ledger"]),
        *(number for *_, number in data["methods"]),
    ]
    assert "< 11" in shown
    assert not [one for one in shown if isinstance(one, int) and 0 < one < 11]


def test_without_counts_the_page_depends_on_the_code_alone(manifest: dict[str, Any]) -> None:
    first, second = render(dictionary(manifest)), render(dictionary(manifest))
    assert first == second
    assert '"rows":null' in first


def test_the_documentation_gets_its_page_without_counts(
    demo_workspace: Path, manifest: dict[str, Any], tmp_path: Path
) -> None:
    assert main([str(demo_workspace), str(tmp_path)]) == 0
    page = (tmp_path / PAGE).read_text(encoding="utf-8")
    assert page == render(dictionary(manifest))


def test_a_workspace_without_a_build_gives_no_page(tmp_path: Path) -> None:
    assert main([str(tmp_path), str(tmp_path)]) == 2
    assert not (tmp_path / PAGE).exists()


def test_the_specification_states_what_fills_each_filled_column(
    lines: dict[str, dict[str, Lineage]],
) -> None:
    """``filled_from`` in etl/contracts/cdm/fields.csv and the SQL agree on what is filled."""
    fields = [field for table in cdm_tables().values() for field in table.fields]
    filled = {
        (field.table, field.name) for field in fields if lines[field.table][field.name].is_filled
    }
    assert filled == {(field.table, field.name) for field in fields if field.filled_from}
