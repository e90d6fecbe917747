"""Which columns of the delivery decide the value of each CDM column, read from compiled SQL.

dbt's manifest holds every model as it was run. The queries are parsed with sqlglot and followed
from the files of the lake to the CDM, one model after the other. A column *decides* when it
stands in the expression of the value; conditions of joins and filters decide of rows, which is the
matter of the rules. A value that was looked up in a vocabulary or a seed is decided by what it was
looked up with too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import Any, ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.spark import Spark


class Dialect(DuckDB):
    """DuckDB's, but ``map`` is the column of our structural map, not a constructor."""

    class Parser(DuckDB.Parser):  # type: ignore[misc, valid-type]
        NO_PAREN_FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
            word: parser
            for word, parser in DuckDB.Parser.NO_PAREN_FUNCTION_PARSERS.items()
            if word != "MAP"
        }


_DIALECTS = {"duckdb": Dialect, "spark": Spark}
"""By the adapter that built: the manifest holds the SQL of its engine."""
_SPARK_FILE = "parquet"
"""Spark reads a file as a table of this schema."""


@dataclass(frozen=True, slots=True)
class Source:
    """A column of what was read: an SNDS table, a vocabulary table, a seed."""

    table: str
    column: str

    @property
    def is_reference(self) -> bool:
        """True for vocabulary, mappings and manifest: ``vocabulary.code_map``."""
        return "." in self.table


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a column is made of; ``is_filled`` is false when it can be nothing but NULL."""

    sources: frozenset[Source] = frozenset()
    models: frozenset[str] = frozenset()
    is_filled: bool = False

    def __or__(self, other: Lineage) -> Lineage:
        return Lineage(
            self.sources | other.sources,
            self.models | other.models,
            self.is_filled or other.is_filled,
        )

    @property
    def is_translation(self) -> bool:
        """True when only reference tables have spoken so far."""
        return bool(self.sources) and all(source.is_reference for source in self.sources)

    def through(self, model: str) -> Lineage:
        return Lineage(self.sources, self.models | {model}, self.is_filled)


NOTHING = Lineage()


@dataclass(frozen=True, slots=True)
class Relation:
    """Columns by lower-case name. A file has ``origin`` and whatever column is asked for."""

    columns: Mapping[str, Lineage] = field(default_factory=dict)
    origin: str | None = None
    is_itself: bool = False
    """What an incremental model wrote before: its columns add nothing to their own lineage."""

    def get(self, column: str) -> Lineage | None:
        found = self.columns.get(column.lower())
        if found is None and self.is_itself:
            return NOTHING
        if found is None and self.origin is not None:
            keeps_case = column.startswith("_") or "." in self.origin
            name = column.lower() if keeps_case else column.upper()
            return Lineage(frozenset({Source(self.origin, name)}), frozenset(), is_filled=True)
        return found


class UnknownColumnError(LookupError):
    """A query names a column that none of its relations has."""


@dataclass(slots=True)
class Project:
    """The relations of a dbt project, completed model by model."""

    relations: dict[str, Relation] = field(default_factory=dict)
    """By ``schema.table``, or by path for a file."""

    def read(self, query: exp.Expr, known: Mapping[str, Relation]) -> Relation:
        """The columns of a query; ``known`` holds the CTEs it may name."""
        scope = dict(known)
        with_ = query.args.get("with_") or query.args.get("with")
        for cte in with_.expressions if with_ else ():
            scope[cte.alias.lower()] = self.read(cte.this, scope)
        if isinstance(query, exp.SetOperation):
            return _side_by_side(self.read(query.left, scope), self.read(query.right, scope))
        if isinstance(query, exp.Subquery):
            return self.read(query.this, scope)
        if not isinstance(query, exp.Select):
            raise UnknownColumnError(f"not a query: {type(query).__name__}")
        return self._select(query, scope)

    def _select(self, select: exp.Select, scope: Mapping[str, Relation]) -> Relation:
        from_ = select.args.get("from_") or select.args.get("from")
        joins: list[exp.Join] = select.args.get("joins") or []
        tables = ([from_.this] if from_ else []) + [join.this for join in joins]
        named = dict(self._named(table, scope) for table in tables)
        keys = {join.this.alias_or_name.lower(): _keys(join) for join in joins}
        columns: dict[str, Lineage] = {}
        origin: str | None = None
        for projected in select.expressions:
            if projected.is_star:
                owner = projected.table if isinstance(projected, exp.Column) else ""
                for relation in [named[owner.lower()]] if owner else named.values():
                    columns.update(relation.columns)
                    origin = relation.origin or origin
            else:
                columns[projected.alias_or_name.lower()] = self._value(
                    projected, _Scope(named, keys, columns), scope
                )
        return Relation(columns, origin)

    def _named(self, table: exp.Expr, scope: Mapping[str, Relation]) -> tuple[str, Relation]:
        alias = table.alias_or_name.lower()
        if isinstance(table, exp.Subquery):
            return alias, self.read(table.this, scope)
        if isinstance(table, exp.Table) and isinstance(table.this, exp.Func):
            path = next(iter(table.this.find_all(exp.Literal))).this
            return alias, self.relations.get(path) or Relation(origin=_file_name(path))
        if not table.args.get("db") and table.name.lower() in scope:
            return alias, scope[table.name.lower()]
        if table.text("db") == _SPARK_FILE:
            return alias, Relation(origin=_file_name(table.name))
        return alias, self.relations[f"{table.text('db')}.{table.name}".lower()]

    def _value(self, projected: exp.Expr, here: _Scope, scope: Mapping[str, Relation]) -> Lineage:
        expression = projected.this if isinstance(projected, exp.Alias) else projected
        line = Lineage(is_filled=_may_be_filled(expression))
        for part in _parts(expression):
            if isinstance(part, exp.Column):
                line |= here.looked_up(part)
            else:
                found = self.read(part, {**scope, **here.named})
                line |= next(iter(found.columns.values()), NOTHING)
        return line


@dataclass(frozen=True, slots=True)
class _Scope:
    """What the expressions of one SELECT may name."""

    named: Mapping[str, Relation]
    keys: Mapping[str, list[exp.Column]]
    """Columns that a joined relation was matched with, by alias."""
    before: Mapping[str, Lineage]
    """Columns of the same SELECT that stand before."""

    def find(self, column: exp.Column) -> tuple[str, Lineage]:
        owner = column.table.lower()
        for alias in [owner] if owner else self.named:
            line = self.named[alias].get(column.name)
            if line is not None:
                return alias, line
        if not owner and column.name.lower() in self.before:
            return "", self.before[column.name.lower()]
        raise UnknownColumnError(column.sql(Dialect))

    def looked_up(self, column: exp.Column) -> Lineage:
        alias, line = self.find(column)
        if line.is_translation:
            for key in self.keys.get(alias, ()):
                line |= self.find(key)[1]
        return line


def _keys(join: exp.Join) -> list[exp.Column]:
    """Columns of other relations in the condition of a join."""
    alias = join.this.alias_or_name.lower()
    condition = join.args.get("on")
    found = condition.find_all(exp.Column) if condition is not None else ()
    return [column for column in found if column.table and column.table.lower() != alias]


def _parts(node: exp.Expr) -> Iterator[exp.Expr]:
    """Columns and scalar queries of an expression; what stands inside a query is its own."""
    if isinstance(node, exp.Query | exp.Column):
        yield node
    else:
        for child in node.iter_expressions():
            yield from _parts(child)


def _may_be_filled(expression: exp.Expr) -> bool:
    """True for an expression that gives a value without any column: a literal, ``count(*)``."""
    if any(True for _ in _parts(expression)):
        return False
    # the digits of a type such as decimal(18, 2) are no value
    nodes = expression.walk(prune=lambda node: isinstance(node, exp.DataType))
    return any(isinstance(node, exp.Literal | exp.Boolean | exp.Count) for node in nodes)


def _side_by_side(left: Relation, right: Relation) -> Relation:
    lines = list(right.columns.values())
    return Relation(
        {
            name: line | (lines[place] if place < len(lines) else NOTHING)
            for place, (name, line) in enumerate(left.columns.items())
        },
        left.origin or right.origin,
    )


def _file_name(path: str) -> str:
    """``…/vocabulary/<address>/code_map.parquet`` is ``vocabulary.code_map``."""
    *_, above, folder, name = path.split("/")
    if above == "vocabulary":
        folder = above
    return f"{folder}.{name.removesuffix('.parquet')}"


def lineage(
    manifest: Mapping[str, Any], tables: Mapping[str, str], schema: str = "cdm"
) -> dict[str, dict[str, Lineage]]:
    """Lineage of every column of every model of ``schema``, by table and column.

    Args:
        manifest: dbt's ``manifest.json`` after a build (models bear their compiled SQL).
        tables: name of the SNDS table of each dbt source, by the source's name.

    Raises:
        UnknownColumnError: a model names a column that cannot be followed.
    """
    project = Project()
    for source in manifest["sources"].values():
        # a file for DuckDB, a table over it for Spark
        _, _, path = source["relation_name"].partition("'")
        place = path.partition("'")[0] or source["relation_name"].lower()
        project.relations[place] = Relation(origin=tables[source["name"]])
    dialect = _DIALECTS[manifest["metadata"]["adapter_type"]]
    nodes = {
        key: node for key, node in manifest["nodes"].items() if node["resource_type"] != "test"
    }
    found: dict[str, dict[str, Lineage]] = {}
    for key in _in_order(nodes):
        node = nodes[key]
        place = f"{node['schema']}.{node['alias']}".lower()
        if node["resource_type"] == "seed":
            project.relations[place] = Relation(origin=f"mappings.{node['name']}")
        elif node["resource_type"] == "model" and node.get("compiled_code"):
            query = sqlglot.parse_one(node["compiled_code"], dialect=dialect)
            project.relations[place] = Relation(is_itself=True)
            try:
                made = project.read(query, {})
            except (UnknownColumnError, KeyError) as error:
                raise UnknownColumnError(f"{node['name']}: {error}") from error
            columns = {name: line.through(node["name"]) for name, line in made.columns.items()}
            project.relations[place] = Relation(columns, made.origin)
            if node["schema"] == schema:
                found[node["name"]] = columns
    return found


def _in_order(nodes: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    """Keys of the nodes, each after those it reads."""
    graph = {
        key: [one for one in node.get("depends_on", {}).get("nodes", ()) if one in nodes]
        for key, node in nodes.items()
    }
    return TopologicalSorter(graph).static_order()
