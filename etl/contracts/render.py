"""Renders dbt sources and staging views from the contracts: ``python -m etl.contracts.render``.

One folder per product under ``models/staging``: its sources, its models' descriptions and one view
per table. ``macros/contracts.sql`` has what SQL asks of the contracts: roles and keys. With
``--check`` nothing is written, and the exit code is 1 when a file is stale.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

from etl.contracts.models import Column, Contract, PartKey
from etl.contracts.registry import contracts
from etl.resources import dbt_project_dir

_NOTICE = "Rendered from the contracts by `python -m etl.contracts.render`: do not edit."
_LAKE = "{{ env_var('SNDS_OMOP_LAKE', '../workspace/lake') }}"
_OWN_COLUMNS = (
    (
        "_row_id",
        "Where the row came from: table, file chunk and line.",
    ),
    ("_source_year", "Year in the name of the file; NULL when the name has none."),
)


@cache
def render() -> Mapping[str, str]:
    """Content of every rendered file by its path below ``models/staging``."""
    files: dict[str, str] = {}
    ordered = sorted(contracts().values(), key=lambda contract: (contract.product, contract.number))
    for product, group in groupby(ordered, key=lambda contract: contract.product):
        tables = list(group)
        files[f"{product}/_{product}__sources.yml"] = _sources(product, tables)
        files[f"{product}/_{product}__models.yml"] = _models(tables)
        for contract in tables:
            files[f"{product}/{staging_name(contract)}.sql"] = staging_sql(contract)
    return files


def staging_name(contract: Contract) -> str:
    """Name of the staging view: ``stg_dcir__er_prs_f``."""
    return f"stg_{contract.product}__{contract.model_name}"


def staging_sql(contract: Contract) -> str:
    """The staging view: same rows, same names; sentinels become NULL and lost zeros come back."""
    expressions = [name for name, _ in _OWN_COLUMNS]
    expressions += [_expression(contract, column) for column in contract.kept]
    body = ",\n".join(f"    {expression}" for expression in expressions)
    source = f"{{{{ source('snds', '{contract.model_name}') }}}}"
    return f"-- {_NOTICE}\nselect\n{body}\nfrom {source}\n"


def contract_macros() -> str:
    """What SQL asks of the contracts: roles of tables, keys of stays and of their parts."""
    ordered = sorted(contracts().values(), key=lambda contract: (contract.product, contract.number))
    roles = {contract.model_name: contract.role for contract in ordered}
    stays = {contract.table: list(contract.stay) for contract in ordered if contract.stay}
    parts = {
        contract.table: [*contract.part.of, _part(contract.part)]
        for contract in ordered
        if contract.part
    }
    macros: list[tuple[str, str, Mapping[str, object]]] = [
        ("table_roles", "What becomes of the rows of a table, by the name of its source.", roles),
        (
            "stay_keys",
            "R13: tables whose rows have no key of their own: establishment, stay (or bill).",
            stays,
        ),
        (
            "part_keys",
            "Parts of stays: establishment, stay (or patient), and SQL of the part's key.",
            parts,
        ),
    ]
    return f"{{# {_NOTICE} #}}\n" + "".join(
        f"\n{{# {doc} #}}\n{{% macro {name}() -%}}\n    {{{{ return({{\n"
        + "".join(
            f"        {json.dumps(key)}: {json.dumps(value)},\n" for key, value in held.items()
        )
        + "    }) }}\n{%- endmacro %}\n"
        for name, doc, held in macros
    )


def macro_file() -> Path:
    return dbt_project_dir() / "macros" / "contracts.sql"


def _part(part: PartKey) -> str:
    """SQL of a key that is NULL when a column that names the part is empty."""
    columns = [*part.key, *(f"coalesce({name}, '')" for name in part.more)]
    return " || '|' || ".join(columns)


def _expression(contract: Contract, column: Column) -> str:
    name = column.name
    if column.pad is not None:
        return f"{{{{ pad_code('{name}', {column.pad}) }}}} as {name}"
    if column.type == "date" and name not in contract.key:
        # A date of the key is compared and filtered as it is: NULL would break joins, and a
        # function would keep the engine from skipping the months it does not need.
        return f"{{{{ real_date('{name}') }}}} as {name}"
    if column.type == "month":
        return f"{{{{ real_month('{name}') }}}} as {name}"
    return name


def _sources(product: str, tables: Iterable[Contract]) -> str:
    return _yaml(
        {
            "sources": [
                {
                    "name": "snds",
                    "schema": product,
                    "config": {
                        "meta": {
                            "external_location": (
                                f"read_parquet('{_LAKE}/{product}/{{name}}/**/*.parquet')"
                            )
                        }
                    },
                    "tables": [
                        {
                            "name": contract.model_name,
                            "description": _sentence(contract),
                            "columns": _columns(contract, typed=True),
                        }
                        for contract in tables
                    ],
                }
            ]
        }
    )


def _models(tables: Iterable[Contract]) -> str:
    return _yaml(
        {
            "models": [
                {
                    "name": staging_name(contract),
                    "description": f"{_sentence(contract)}\nSource: {contract.table}.",
                    "columns": _columns(contract, typed=False),
                }
                for contract in tables
            ]
        }
    )


def _sentence(contract: Contract) -> str:
    return contract.grain.rstrip(".") + "."


def _columns(contract: Contract, *, typed: bool) -> list[dict[str, str]]:
    own_types = {"_row_id": "bigint", "_source_year": "integer"}
    rows = [(name, own_types[name], doc) for name, doc in _OWN_COLUMNS]
    rows += [(column.name, column.sql_type, column.doc) for column in contract.kept]
    return [
        {"name": name, **({"data_type": sql_type} if typed else {}), "description": doc}
        for name, sql_type, doc in rows
    ]


def _yaml(content: dict[str, Any]) -> str:
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    return f"# {_NOTICE}\nversion: 2\n\n{text}"


def stale(root: Path) -> list[str]:
    """Paths that differ from what the contracts render, and rendered ones that no contract has.

    Only files that bear the notice are ours: the same folders hold hand-written models.
    """
    wanted = render()
    different = [
        name
        for name, content in wanted.items()
        if not (root / name).is_file() or (root / name).read_text(encoding="utf-8") != content
    ]
    rendered = {
        path.relative_to(root).as_posix()
        for path in root.glob("*/*")
        if path.is_file() and _NOTICE in path.read_text(encoding="utf-8").partition("\n")[0]
    }
    return sorted([*different, *(rendered - set(wanted))])


def write(root: Path) -> None:
    """Write every file and remove those that no contract stands for."""
    wanted = render()
    for name in stale(root):
        path = root / name
        if name in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[name], encoding="utf-8")
        else:
            path.unlink()


def main(arguments: list[str]) -> int:
    root, macros = dbt_project_dir() / "models" / "staging", macro_file()
    if "--check" not in arguments:
        write(root)
        macros.write_text(contract_macros(), encoding="utf-8")
        return 0
    names = [f"models/staging/{name}" for name in stale(root)]
    if not macros.is_file() or macros.read_text(encoding="utf-8") != contract_macros():
        names.append("macros/contracts.sql")
    for name in names:
        sys.stderr.write(f"stale: {name}\n")
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
