"""Places of Python and SQL that a mutant may change, found by tokens: none is chosen by hand."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# area -> files below the repository
AREAS = {
    "rules": ("dbt_project/macros/rules/**/*.sql",),
    "models": ("dbt_project/models/intermediate/**/*.sql", "dbt_project/models/omop/**/*.sql"),
    "audit": ("dbt_project/models/audit/**/*.sql", "etl/audit/*.py"),
    "loaders": ("etl/loaders/*.py", "etl/delivery/*.py"),
    "mapping": ("etl/vocabulary/*.py",),
    "guard": ("etl/publish/*.py",),
    "gate": ("data_quality/gate.py", "data_quality/engine/*.py", "data_quality/completeness/*.py"),
    "release": ("etl/release/*.py", "etl/transform/registry.py"),
}
_SWAPS = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "+": "-",
    "and": "or", "or": "and", "any": "all", "all": "any", "min": "max", "max": "min",
    "True": "False", "False": "True", "not": "",
}  # fmt: skip
_SQL = {
    "<=": "<", ">=": ">", "<": "<=", ">": ">=", "=": "<>", "<>": "=", "and": "or", "or": "and",
    "min": "max", "max": "min", "left join": "inner join", "full join": "left join",
    "is not distinct from": "is distinct from", "is distinct from": "is not distinct from",
    "is not null": "is null", "is null": "is not null", "not": "",
}  # fmt: skip
_SQL_TOKEN = re.compile(
    r"(?P<skip>\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}|--[^\n]*|'(?:[^']|'')*'|\"[^\"]*\")"
    r"|(?P<word>\b(?:left join|full join|is (?:not )?distinct from|is (?:not )?null|and|or|not"
    r"|min|max)\b(?!\s*join))"
    r"|(?P<sign><=|>=|<>|(?<![-<>=|])[<>=](?![<>=]))"
    r"|(?P<number>(?<![\w.:])\d+(?![\w.]))",
    re.DOTALL | re.IGNORECASE,
)


_Placed = ast.stmt | ast.expr | ast.keyword


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one file: characters ``start`` to ``end`` become ``after``."""

    area: str
    path: str
    line: int
    start: int
    end: int
    before: str
    after: str

    @property
    def name(self) -> str:
        return f"{self.path}:{self.line} `{self.before}` → `{self.after}`"

    def applied(self, text: str) -> str:
        return text[: self.start] + self.after + text[self.end :]


def places(root: Path) -> list[Mutant]:
    """Every mutant of every area, in the order of files and lines."""
    found: list[Mutant] = []
    for area, patterns in AREAS.items():
        for path in sorted({path for pattern in patterns for path in root.glob(pattern)}):
            text = path.read_text("utf-8")
            of_file = in_python if path.suffix == ".py" else in_sql
            name = path.relative_to(root).as_posix()
            for start, end, after in of_file(text):
                line = text.count("\n", 0, start) + 1
                found.append(Mutant(area, name, line, start, end, text[start:end], after))
    return found


def in_python(text: str) -> Iterator[tuple[int, int, str]]:
    """Changes that still parse, outside of :func:`_unseen`."""
    starts = [0]
    for row in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(row))
    skipped = [
        (
            (node.lineno, _column(text, starts, node.lineno, node.col_offset)),
            _end(text, starts, node),
        )
        for node in _unseen(ast.parse(text))
    ]
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        after = _SWAPS.get(token.string)
        if token.type == tokenize.NUMBER and token.string.isdigit():
            after = str(int(token.string) + 1)
        if after is None or any(first <= token.start < last for first, last in skipped):
            continue
        start = starts[token.start[0] - 1] + token.start[1]
        end = start + len(token.string)
        try:
            compile(text[:start] + after + text[end:], "mutant", "exec", dont_inherit=True)
        except SyntaxError:
            continue
        yield start, end, after


def _unseen(tree: ast.Module) -> Iterator[_Placed]:
    """What no test can see: imports, options of dataclasses, annotations, ``strict`` of ``zip``,
    what runs for a type checker or for ``python -m`` only.

    ``zip(…, strict=True)`` refuses what the code never does; a change of it shows nothing.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If):
            condition = ast.unparse(node.test)
            if "TYPE_CHECKING" in condition or condition.startswith("__name__ =="):
                yield node
        elif isinstance(node, ast.ClassDef):
            yield from node.decorator_list
        elif isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            yield node.annotation
        elif isinstance(node, ast.FunctionDef) and node.returns is not None:
            yield node.returns
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "zip":
            yield from (one for one in node.keywords if one.arg == "strict")


def _column(text: str, starts: list[int], line: int, offset: int) -> int:
    """Characters, where the tree counts bytes."""
    row = text[starts[line - 1] : starts[line]]
    return len(row.encode()[:offset].decode())


def _end(text: str, starts: list[int], node: _Placed) -> tuple[int, int]:
    line = node.end_lineno or node.lineno
    return line, _column(text, starts, line, node.end_col_offset or 0)


def in_sql(text: str) -> Iterator[tuple[int, int, str]]:
    """Changes outside of comments, texts and Jinja; a number becomes its successor."""
    for match in _SQL_TOKEN.finditer(text):
        if match["skip"]:
            continue
        before = " ".join(match[0].lower().split())
        after = str(int(before) + 1) if match["number"] else _SQL.get(before)
        if after is not None:
            yield match.start(), match.end(), after
