"""What a whole build has finished, so that one that was stopped goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from etl.errors import SndsOmopError
from etl.state_file import read_record
from etl.transform.fingerprint import Inputs
from etl.workspace import Workspace

Node = dict[str, Any]
"""A node of dbt's manifest."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What a journal holds: the ids that it noted, and the nodes among them that are whole."""

    noted: set[str]
    nodes: list[Node]


class Journal:
    """Nodes of dbt that are whole in the candidate: a line each, once dbt has committed them."""

    def __init__(self, workspace: Workspace) -> None:
        self._candidate = workspace.candidate
        self._manifest = workspace.build / "target" / "manifest.json"
        self._file = workspace.build / "finished.jsonl"

    def begin(self, built_from: Inputs, found: Finished | None = None) -> list[str]:
        """Names of the nodes that need not be built again; what is not whole is removed.

        From other inputs nothing is kept: the candidate is removed, and the journal begun.

        Args:
            found: what :meth:`finished` gave for the same inputs; read here when it is None.
        """
        found = found or self.finished(built_from)
        noted, finished = found.noted, found.nodes
        if finished:
            self._drop_others({(node["schema"], node["alias"]) for node in finished})
        else:
            self._candidate.unlink(missing_ok=True)
            self._candidate.with_suffix(".duckdb.wal").unlink(missing_ok=True)
        # without a line that was cut
        lines = [
            json.dumps(asdict(built_from)),
            *map(json.dumps, sorted(noted if finished else [])),
        ]
        part = self._file.with_suffix(".tmp")
        part.write_text("\n".join(lines) + "\n", encoding="utf-8")
        part.replace(self._file)
        return [str(node["name"]) for node in finished]

    def finished(self, built_from: Inputs) -> Finished:
        """The nodes that :meth:`begin` would keep; nothing is changed."""
        noted = self._read(built_from)
        return Finished(noted, self._whole(noted))

    def note(self, unique_id: str) -> None:
        """A node has succeeded, or a batch of it."""
        with self._file.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(unique_id) + "\n")

    def end(self) -> None:
        """The candidate is complete, or will be built by other means."""
        self._file.unlink(missing_ok=True)

    def _is_there(self) -> bool:
        return self._candidate.is_file()

    def _read(self, built_from: Inputs) -> set[str]:
        if not (self._file.is_file() and self._manifest.is_file() and self._is_there()):
            return set()
        first, *lines = self._file.read_text(encoding="utf-8").splitlines() or [""]
        if first != json.dumps(asdict(built_from)):
            return set()
        # the last line may have been cut
        return {json.loads(line) for line in lines if line.endswith('"') and len(line) > 1}

    def _whole(self, noted: set[str]) -> list[Node]:
        """Nodes that are whole. One made in batches is noted at the first of them: it is whole when
        another one was made from it."""
        if not noted:
            return []
        nodes = self._nodes()
        if not noted <= nodes.keys():
            return []
        # a seed depends on nothing
        read = {parent for name in noted for parent in nodes[name]["depends_on"].get("nodes", [])}
        return [
            node
            for name, node in nodes.items()
            if (name in read if node["config"]["materialized"] == "incremental" else name in noted)
        ]

    def _nodes(self) -> dict[str, Node]:
        try:
            nodes: dict[str, Node] = read_record(self._manifest)["nodes"]
        except (SndsOmopError, KeyError):  # cut while it was written: the build begins again
            return {}
        return nodes

    def _drop_others(self, whole: set[tuple[str, str]]) -> None:
        with duckdb.connect(str(self._candidate)) as connection:
            found = connection.execute(
                "select table_schema, table_name, table_type from information_schema.tables "
                "where table_catalog = current_database()"
            ).fetchall()
            for schema, name, kind in found:
                if (schema, name) not in whole:
                    form = "view" if kind == "VIEW" else "table"
                    connection.execute(f'drop {form} "{schema}"."{name}"')


class SparkJournal(Journal):
    """The same of a build by Spark, whose tables are folders until they fill the candidate.

    Views are made again: a local session forgets them.
    """

    def __init__(self, workspace: Workspace, warehouse: Path) -> None:
        super().__init__(workspace)
        self._file = workspace.build / "finished-spark.jsonl"
        self._warehouse = warehouse
        self._mark = workspace.build / "built-by-spark"

    def begin(self, built_from: Inputs, found: Finished | None = None) -> list[str]:
        self._mark.unlink(missing_ok=True)
        return super().begin(built_from, found)

    def complete(self) -> None:
        """The candidate holds the tables that stand in the warehouse."""
        self.end()
        self._mark.touch()

    def replaced(self) -> None:
        """The candidate will be DuckDB's: Spark's tables are no longer its own."""
        self.end()
        self._mark.unlink(missing_ok=True)

    def standing(self, without: Collection[str]) -> list[Node]:
        """Tables of the build that the candidate was filled from.

        Args:
            without: names of nodes that will be built again.

        Raises:
            SndsOmopError: SO-121 when the candidate is not Spark's.
        """
        nodes = self._nodes() if self._mark.is_file() else {}
        tables = [node for node in nodes.values() if self._is_table(node)]
        if not tables:
            raise SndsOmopError(
                "SO-121",
                "the candidate was not filled by it",
                "elle n'a pas rempli la version candidate",
                where=str(self._warehouse),
            )
        return [node for node in tables if node["name"] not in without]

    def _is_there(self) -> bool:
        return self._warehouse.is_dir()

    def _whole(self, noted: set[str]) -> list[Node]:
        return [node for node in super()._whole(noted) if self._is_table(node)]

    def _is_table(self, node: Node) -> bool:
        is_kind = node["config"].get("materialized") in ("table", "seed")
        return is_kind and (self._warehouse / f"{node['schema']}.db" / node["alias"]).is_dir()

    def _drop_others(self, whole: set[tuple[str, str]]) -> None:
        """The folders of the others are removed when the session is prepared."""
        self._candidate.unlink(missing_ok=True)
