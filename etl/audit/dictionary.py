"""The dictionary: one page, searchable, without network; SNDS variable → staging → CDM, and back.

It joins the contract of each column, what the SQL that was run does with it
(:mod:`etl.audit.lineage`) and what the candidate counted. French and English are in one page.

``python -m etl.audit.dictionary WORKSPACE FOLDER`` renders ``FOLDER/dictionary.html``, without
counts, from the last whole build of a workspace (`make docs`).
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from etl.audit.lineage import Lineage, lineage
from etl.contracts.cdm import CdmField, cdm_tables
from etl.contracts.cdm.render import table_texts
from etl.contracts.models import Contract
from etl.contracts.registry import contracts
from etl.errors import SndsOmopError
from etl.resources import mappings_dir
from etl.state_file import read_record
from etl.workspace import Workspace

PAGE = "dictionary.html"
_RULE = re.compile(r"'([RN]\d{2}[a-z]?)'")


def write_dictionary(workspace: Workspace, path: Path, minimum_count: int) -> Path | None:
    """Write the page of the candidate; counts from 1 to ``minimum_count - 1`` are masked.

    Returns None, and writes nothing, when the last build was not a whole one: dbt then knows
    the SQL of some models only.
    """
    manifest = read_manifest(workspace)
    if manifest is None:
        return None
    path.write_text(
        render(dictionary(manifest, counts(workspace, minimum_count))), encoding="utf-8"
    )
    return path


def read_manifest(workspace: Workspace) -> dict[str, Any] | None:
    """dbt's manifest of a whole build, or None."""
    path = workspace.build / "target" / "manifest.json"
    if not path.is_file():
        return None
    try:
        manifest = read_record(path)
    except SndsOmopError:  # a page less, no reason to stop
        return None
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    return manifest if all(node.get("compiled_code") for node in models) else None


def cdm_lineage(manifest: Mapping[str, Any]) -> dict[str, dict[str, Lineage]]:
    """Lineage of every CDM column, with the SNDS tables under their names."""
    names = {source["name"]: source["name"] for source in manifest["sources"].values()}
    return lineage(manifest, names | {name.lower(): name for name in contracts()})


def counts(workspace: Workspace, minimum_count: int) -> dict[str, Any]:
    """Rows by CDM table and source, dispositions by SNDS table, records by mapping method."""

    def shown(number: int) -> int | str:
        return f"< {minimum_count}" if 0 < number < minimum_count else number

    with duckdb.connect(str(workspace.candidate), read_only=True) as base:
        rows = {
            name: shown(base.execute(f'select count(*) from cdm."{name}"').fetchall()[0][0])  # noqa: S608
            for name in cdm_tables()
        }
        origins = base.execute(
            "select cdm_table, source_table, sum(n_cdm_rows)::bigint from audit.fan_out "
            "group by all order by all"
        ).fetchall()
        ledger = base.execute(
            "select source_table, disposition, sum(n_rows)::bigint from audit.ledger "
            "group by all order by all"
        ).fetchall()
        methods = base.execute(
            "select domain, source_vocabulary, method, sum(n_records)::bigint "
            "from audit.mapping_coverage group by all order by all"
        ).fetchall()
    return {
        "rows": rows,
        "origins": [(*names, shown(number)) for *names, number in origins],
        "ledger": [(*names, shown(number)) for *names, number in ledger],
        "methods": [(*names, shown(number)) for *names, number in methods],
    }


def dictionary(
    manifest: Mapping[str, Any], counted: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Everything the page shows, as JSON; without counts it depends on the code alone."""
    lines = cdm_lineage(manifest)
    counted = counted or {"rows": {}, "origins": [], "ledger": [], "methods": []}
    return {
        "cdm": [
            {
                "name": table.name,
                "en": table_texts()[table.name]["grain_en"],
                "fr": table_texts()[table.name]["grain_fr"],
                "empty": table_texts()[table.name]["empty_because"],
                "rows": counted["rows"].get(table.name),
                "origins": [row[1:] for row in counted["origins"] if row[0] == table.name],
                "rules": _rules_upstream(manifest, table.name),
                "columns": [_cdm_column(field, lines[table.name]) for field in table.fields],
            }
            for table in cdm_tables().values()
        ],
        "snds": [_snds_table(contract, counted["ledger"]) for contract in contracts().values()],
        "rules": {row["rule_id"]: [row["title_en"], row["title_fr"]] for row in _register()},
        "methods": counted["methods"],
    }


def _cdm_column(field: CdmField, lines: Mapping[str, Lineage]) -> dict[str, Any]:
    line = lines[field.name]
    return {
        "name": field.name,
        "type": field.type,
        "required": field.required,
        "en": field.doc_en,
        "fr": field.doc_fr,
        "filled": line.is_filled,
        "main": list(field.filled_from),
        "sources": _names(source for source in line.sources if not source.is_reference),
        "references": _names(source for source in line.sources if source.is_reference),
        "models": sorted(line.models),
    }


def _names(sources: Iterable[Any]) -> list[str]:
    return sorted(f"{source.table}.{source.column}" for source in sources)


def _snds_table(contract: Contract, ledger: Iterable[tuple[Any, ...]]) -> dict[str, Any]:
    return {
        "name": contract.table,
        "en": contract.grain,
        "fr": contract.grain_fr,
        "staging": f"stg_{contract.product}__{contract.table.lower()}",
        "ledger": [row[1:] for row in ledger if row[0] == contract.table],
        "columns": [{"name": c.name, "en": c.doc, "fr": c.doc_fr} for c in contract.columns],
    }


def _rules_upstream(manifest: Mapping[str, Any], table: str) -> list[str]:
    """Ids of the rules that the models on the way to a CDM table apply."""
    known = {row["rule_id"] for row in _register()}
    nodes = manifest["nodes"]
    waiting = [
        key for key, node in nodes.items() if node["name"] == table and node["schema"] == "cdm"
    ]
    seen: set[str] = set()
    while waiting:
        key = waiting.pop()
        if key not in seen and key in nodes:
            seen.add(key)
            waiting += nodes[key].get("depends_on", {}).get("nodes", ())
    texts = (nodes[key].get("compiled_code") or "" for key in seen)
    return sorted({rule for text in texts for rule in _RULE.findall(text)} & known)


@cache
def _register() -> list[dict[str, str]]:
    path = mappings_dir() / "rules" / "snds_rules.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def render(content: Mapping[str, Any]) -> str:
    """The page; its data stand in a script block, where ``<`` must not close it."""
    folder = Path(__file__).resolve().parent
    templates = Environment(loader=FileSystemLoader(folder), autoescape=True, trim_blocks=True)
    data = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return templates.get_template(f"{PAGE}.j2").render(data=Markup(data.replace("<", "\\u003c")))  # noqa: S704


def main(arguments: list[str]) -> int:
    """Write the page of the documentation; 2 when the workspace holds no whole build."""
    manifest = read_manifest(Workspace(Path(arguments[0])))
    if manifest is None:
        return 2
    (Path(arguments[1]) / PAGE).write_text(render(dictionary(manifest)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
