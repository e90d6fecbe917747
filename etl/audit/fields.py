"""Renders the pages of the hospital fields: ``python -m etl.audit.fields FOLDER``.

Grain of the tables comes from their contracts, the rules and their order from the dbt models, their
titles from the register; ``fields.yml`` gives the rest. `make docs` calls it; the pages
are built, not committed.
"""

from __future__ import annotations

import csv
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from etl.contracts.models import Contract
from etl.contracts.registry import contracts
from etl.resources import dbt_project_dir, mappings_dir

FOLDERS = {"en": "en/reference/fields", "fr": "fr/reference/champs"}
_NOTICE = "<!-- Rendered by `make docs`: do not edit. -->"
_HEADINGS = {
    "en": ("Grain", "Tables", "Rules, in order", "Joins and dates", "Columns filled"),
    "fr": ("Grain", "Tables", "Règles, dans l'ordre", "Jointures et dates", "Colonnes remplies"),
}
_INTRODUCTION = {
    "en": "The first rule that holds names the row in `audit.ledger`.",
    "fr": "La première règle qui s'applique nomme la ligne dans `audit.ledger`.",
}
_RULE = re.compile(r"\b([rn]\d{2}[a-z]?)_\w+\(|then '(R\d{2}[a-z]?)'")


@cache
def fields() -> dict[str, Any]:
    """The fields of fields.yml by name."""
    text = Path(__file__).with_name("fields.yml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)["fields"]
    return found


@cache
def _register() -> dict[str, dict[str, str]]:
    path = mappings_dir() / "rules" / "snds_rules.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["rule_id"]: row for row in csv.DictReader(lines)}


def rules_of(model: str) -> list[str]:
    """Ids of the rules that a model applies, in its order."""
    path = next((dbt_project_dir() / "models").rglob(f"{model}.sql"))
    lists = re.findall(r"first_rule\(\[(.*?)\]\)", path.read_text(encoding="utf-8"), re.DOTALL)
    found = [first.capitalize() if first else second
             for block in lists for first, second in _RULE.findall(block)]  # fmt: skip
    return list(dict.fromkeys(found))


def _concerns(rule: str, products: list[str]) -> bool:
    """A rule of one of these three fields is none of the others'."""
    product = _register()[rule]["product"]
    return product not in ("ssr", "had", "rip") or product in products


def tables_of(field: dict[str, Any]) -> list[Contract]:
    """Contracts of the tables that a page describes; bills and their lines have their own page."""
    bills = {name for other in fields().values() for name in other.get("bills", ())}
    return [
        contract
        for contract in contracts().values()
        if contract.product in field["products"]
        and ("bills" in field)
        is not bills.isdisjoint({contract.table, *(link.to for link in contract.links)})
    ]


def page(field: dict[str, Any], language: str) -> str:
    """One page in one language."""
    place = ("en", "fr").index(language)
    grain, tables, rules, joins, columns = _HEADINGS[language]
    lines = [f"# {field['title'][place]}", "", f"## {grain}", ""]
    lines += [f"- {text[place]}" for text in field["grain"]]
    lines += ["", f"## {tables}", ""]
    for contract in tables_of(field):
        key = ", ".join(contract.key)
        lines.append(f"- `{contract.table}` ({key}): " + (contract.grain, contract.grain_fr)[place])
    lines += ["", f"## {rules}", "", _INTRODUCTION[language]]
    for model in field["models"]:
        lines += ["", f"`{model}`", ""]
        own = [rule for rule in rules_of(model) if _concerns(rule, field["products"])]
        for rank, rule in enumerate(own, 1):
            lines.append(f"{rank}. **{rule}** {_register()[rule][f'title_{language}']}")
    lines += ["", f"## {joins}", ""]
    lines += [f"- {text[place]}" for text in field["joins"]]
    lines += ["", f"## {columns}", ""]
    lines += [f"- `{name}`: {text[place]}" for name, text in field["columns"].items()]
    text = "\n".join(lines) + "\n"
    text = text if language == "en" else re.sub(r"(?<=[)`]): ", " : ", text)
    return f"{_NOTICE}\n\n{text}"


def pages() -> dict[str, str]:
    """Every page by its path below the folder of the documentation."""
    return {
        f"{FOLDERS[language]}/{name}.md": page(field, language)
        for language in FOLDERS
        for name, field in fields().items()
    }


def write(root: Path) -> None:
    """Write every page below a folder."""
    for name, text in pages().items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Write the pages below the folder that the command line names."""
    write(Path(arguments[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
