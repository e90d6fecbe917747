"""Pages of the hospital fields: fresh, whole, and true to the models and the CDM."""

from __future__ import annotations

from pathlib import Path

from etl.audit.fields import fields, main, page, pages, rules_of, tables_of
from etl.contracts.cdm import cdm_tables
from etl.contracts.registry import contracts

#: Products of hospitals and certificates: each of their tables is on a page.
PRODUCTS = ("mco", "ssr", "had", "rip", "cepidc")
#: Those of town care and persons are on pages too.
DESCRIBED = (*PRODUCTS, "dcir", "beneficiary")


def test_pages_are_written_below_the_folder_that_is_named(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 0
    written = {
        path.relative_to(tmp_path).as_posix(): path.read_text("utf-8")
        for path in tmp_path.rglob("*.md")
    }
    assert written == pages()
    assert len(written) == 2 * len(fields())


def test_every_table_is_on_a_page() -> None:
    described = {contract.table for field in fields().values() for contract in tables_of(field)}
    assert described == {one.table for one in contracts().values() if one.product in DESCRIBED}


def test_no_hospital_table_is_left_untransformed() -> None:
    """N00 is for tables that a version does not transform: no hospital table is one."""
    left = [
        one.table
        for one in contracts().values()
        if one.product in PRODUCTS and one.role == "not_transformed"
    ]
    assert left == []


def test_rules_stand_in_the_order_of_the_model() -> None:
    assert rules_of("int_mco_stay__screened")[:6] == [
        "R30a", "R30b", "R30c", "R30d", "R30e", "R09",
    ]  # fmt: skip
    assert rules_of("int_hospital_diagnosis__ranked") == ["R31", "R32"]
    assert rules_of("int_dcir_line__screened") == [
        "N01", "R06", "R46", "R07", "R04", "R04b", "R16", "R17", "R18", "R19", "R11a",
    ]  # fmt: skip


def test_columns_are_those_of_the_cdm() -> None:
    known = {
        f"{table.name}.{field.name}" for table in cdm_tables().values() for field in table.fields
    }
    named = {name for field in fields().values() for name in field["columns"]}
    assert named - known == set()


def test_languages_say_the_same() -> None:
    for field in fields().values():
        english, french = page(field, "en").splitlines(), page(field, "fr").splitlines()
        assert len(english) == len(french)
        assert all(len(text) == 2 for kind in ("grain", "joins") for text in field[kind])
