"""Pages that list every column of the CDM: what fills it, its share in a build, or why it is empty.

``python -m etl.audit.completeness WORKSPACE FOLDER`` writes ``FOLDER/en/reference/completeness.md``
and its French twin from the candidate of a workspace (`make docs`, on the demo). Shares are
percentages of the rows of the table.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import duckdb

from etl.contracts.cdm import FIELDS_FILE, CdmField, cdm_tables
from etl.contracts.cdm.render import table_texts
from etl.workspace import Workspace

EMPTY_FILE = FIELDS_FILE.parent / "empty.csv"
"""Columns that no row can fill, each with its reason."""
PAGES = {"en": "en/reference/completeness.md", "fr": "fr/reference/completude.md"}
_NOTICE = "<!-- Rendered from a build of the demo by `make docs`: do not edit. -->"
_TITLES = {
    "en": "# Completeness: every column of the CDM",
    "fr": "# Complétude : chaque colonne du CDM",
}
_INTRODUCTION = {
    "en": "The share is that of the rows of the demo that hold a value. Empty columns: the reason.",
    "fr": "La part est celle des lignes de la démo qui ont une valeur. Colonnes vides : la raison.",
}
_HEADINGS = {
    "en": "| column | filled by | share | |\n|---|---|---|---|",
    "fr": "| colonne | remplie par | part | |\n|---|---|---|---|",
}
_NO_ROW = {"en": "no row in the demo", "fr": "aucune ligne dans la démo"}
_NONE_HERE = {"en": "none in the demo", "fr": "aucune dans la démo"}

Shares = Mapping[tuple[str, str], float | None]
"""Share of rows, 0 to 1, by table and column; None for a table without rows."""


@cache
def reasons() -> dict[tuple[str, str], dict[str, str]]:
    """Why a column is empty, by table and column: texts by language."""
    with EMPTY_FILE.open(encoding="utf-8", newline="") as handle:
        return {
            (row["table"], row["field"]): {"en": row["why_en"], "fr": row["why_fr"]}
            for row in csv.DictReader(handle)
        }


def measured(candidate: Path) -> dict[tuple[str, str], float | None]:
    """Shares of every column of a candidate."""
    found: dict[tuple[str, str], float | None] = {}
    with duckdb.connect(str(candidate), read_only=True) as base:
        for table in cdm_tables().values():
            counted = ", ".join(f"count({field.quoted})" for field in table.fields)
            rows, *filled = base.execute(
                f'select count(*), {counted} from cdm."{table.name}"'  # noqa: S608
            ).fetchall()[0]
            for field, n in zip(table.fields, filled, strict=True):
                found[table.name, field.name] = n / rows if rows else None
    return found


def page(shares: Shares, language: str) -> str:
    """The page in one language."""
    lines = [_NOTICE, "", _TITLES[language], "", _INTRODUCTION[language]]
    for table in cdm_tables().values():
        lines += ["", f"## {table.name}", "", table_texts()[table.name][f"grain_{language}"], ""]
        lines += [_HEADINGS[language], *(_row(field, shares, language) for field in table.fields)]
    return "\n".join(lines) + "\n"


def _row(field: CdmField, shares: Shares, language: str) -> str:
    place = (field.table, field.name)
    share = shares[place]
    filled = "" if share is None else f"{100 * share:.1f} %"
    if share:
        why = ""
    elif place in reasons():
        why = reasons()[place][language]
    else:
        why = (_NO_ROW if share is None else _NONE_HERE)[language]
    sources = ", ".join(f"`{name}`" for name in field.filled_from)
    return f"| `{field.name}` | {sources} | {filled} | {why} |"


def main(arguments: list[str]) -> int:
    """Write both pages; 2 when the workspace holds no candidate."""
    candidate = Workspace(Path(arguments[0])).candidate
    if not candidate.is_file():
        return 2
    shares = measured(candidate)
    for language, name in PAGES.items():
        path = Path(arguments[1]) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(shares, language), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
