"""Renders the dbt contracts of the CDM models from the specification.

``python -m etl.contracts.cdm.render`` writes ``models/omop/<group>/_<group>__models.yml``.
``--check`` only reports whether one is stale (exit 1).
"""

from __future__ import annotations

import csv
import sys
from functools import cache
from pathlib import Path

import yaml

from etl.contracts.cdm import CdmField, cdm_tables
from etl.resources import dbt_project_dir

TABLES_FILE = Path(__file__).resolve().parent / "tables.csv"
REFERENCED = {"person", "visit_occurrence", "visit_detail", "provider", "care_site", "location"}
NOTICE = "# Rendered by `python -m etl.contracts.cdm.render`; edit etl/contracts/cdm instead.\n"


def _column(field: CdmField) -> dict[str, object]:
    filled = f"\n\nFrom / Depuis : {', '.join(field.filled_from)}" if field.filled_from else ""
    column: dict[str, object] = {
        "name": field.name,
        "data_type": field.type,
        "description": f"{field.doc_en}\n\n{field.doc_fr}{filled}",
    }
    if field.quoted != field.name:
        column["quote"] = True
    if field.required:
        column["constraints"] = [{"type": "not_null"}]
    if tests := _data_tests(field):
        column["data_tests"] = tests
    return column


def _data_tests(field: CdmField) -> list[object]:
    """What `dbt test` asks of the rows: keys are keys, and references find their row.

    Concepts are not among them: they need a whole vocabulary, which the quality checks judge.
    """
    if field.primary_key:
        return ["unique", "not_null"]
    if field.fk_table in REFERENCED:
        to = {"to": f"ref('{field.fk_table}')", "field": field.fk_field}
        return [{"relationships": {"arguments": to}}]
    return []


@cache
def table_texts() -> dict[str, dict[str, str]]:
    """The rows of ``tables.csv`` by table: ``grain_en``, ``grain_fr``, ``empty_because``."""
    with TABLES_FILE.open(encoding="utf-8", newline="") as handle:
        return {row["table"]: row for row in csv.DictReader(handle)}


def rendered() -> dict[Path, str]:
    """File contents by path, one file per folder of ``models/omop``."""
    texts = table_texts()
    groups: dict[str, list[dict[str, object]]] = {}
    for table in cdm_tables().values():
        text = texts[table.name]
        why_empty = f" Empty: {text['empty_because']}" if text["empty_because"] else ""
        groups.setdefault(table.group, []).append(
            {
                "name": table.name,
                "description": f"{text['grain_en']}{why_empty}\n\n{text['grain_fr']}",
                "config": {"contract": {"enforced": True}},
                "columns": [_column(field) for field in table.fields],
            }
        )
    folder = dbt_project_dir() / "models" / "omop"
    return {
        folder / group / f"_{group}__models.yml": NOTICE
        + yaml.safe_dump(
            {"version": 2, "models": models}, sort_keys=False, allow_unicode=True, width=100
        )
        for group, models in groups.items()
    }


def stale() -> list[Path]:
    """Files that differ from what the specification renders."""
    return [
        path
        for path, text in rendered().items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]


def main(arguments: list[str]) -> int:
    """Write the files, or with ``--check`` return 1 when one is stale."""
    if "--check" in arguments:
        return 1 if stale() else 0
    for path, text in rendered().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
