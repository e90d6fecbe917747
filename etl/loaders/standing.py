"""The manifest while staging changes it: every step leaves lake and manifest in accord."""

from __future__ import annotations

from etl.contracts.registry import contracts
from etl.loaders.lake import Incoming, remove_rows
from etl.loaders.load import Limits, Numbering
from etl.loaders.manifest import Delivery, StagedFile
from etl.workspace import Workspace


class Standing:
    """What is staged in a workspace now."""

    def __init__(self, workspace: Workspace, limits: Limits) -> None:
        self._workspace = workspace
        self._limits = limits
        self.delivery = Delivery.load(workspace.manifest)

    def numbering(self, table: str, known: StagedFile | None) -> Numbering:
        """Numbers for the rows of a file: those it had before, then new ones."""
        return Numbering(
            contracts()[table],
            [chunk.number for chunk in known.chunks] if known else [],
            self.delivery.next_number(table),
            self._limits.lines_per_chunk,
        )

    def replace(self, known: StagedFile | None, file: StagedFile, incoming: Incoming) -> None:
        """Put the rows of a file in place of those it gave before."""
        if known is not None:
            self.forget(known)
        incoming.settle()
        self.save(self.delivery.with_file(file))

    def forget(self, file: StagedFile) -> None:
        """Rows leave the manifest first: a stop in between leaves no claim without rows."""
        self.save(self.delivery.without(file))
        remove_rows(self._workspace, file)

    def save(self, delivery: Delivery) -> None:
        delivery.save(self._workspace.manifest)
        self.delivery = delivery
