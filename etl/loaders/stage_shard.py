"""One share of a delivery, read by one of several machines: ``snds-omop stage --shard I/N``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from etl.delivery.declaration import read_declaration
from etl.delivery.inventory import Inventory, delivery_root, take
from etl.loaders.lake import resources_reported
from etl.loaders.load import Limits
from etl.loaders.report import StageReport
from etl.loaders.shards import Shard
from etl.loaders.stage import Stager
from etl.settings import Settings
from etl.workspace import Workspace

if TYPE_CHECKING:
    from etl.progress import Progress


def stage_shard(
    input_dir: Path,
    workspace: Workspace,
    settings: Settings,
    shard: Shard,
    *,
    year: int | None = None,
    declaration: Path | None = None,
    progress: Progress | None = None,
    limits: Limits | None = None,
) -> StageReport:
    """Read the files of one shard; :func:`etl.loaders.stage.stage` then takes their rows.

    The lake is not touched: a declaration is enforced, and files that are refused are recorded, by
    ``stage``. The caller holds the workspace of the shard, not the whole one: shards run at once.

    Raises:
        SndsOmopError: SO-102 no such directory, SO-240 or SO-242 the declaration is refused, SO-902
            the disk is full (run the shard again: files finished before stay).
    """
    root = delivery_root(input_dir)
    declared = read_declaration(root, declaration)
    place = shard.workspace(workspace)
    shard.begin(workspace)
    with resources_reported(place):
        taken = take(root, settings.input, year=year, declaration=declared)
        mine = shard.share(taken.of("loaded"))
        if not mine:
            report = StageReport(input=str(root))
        else:
            stager = Stager(root, place, settings, progress, limits or Limits())
            try:
                report = stager.run(Inventory(root, tuple(mine)))
            finally:
                stager.flush()
    shard.finish(workspace)
    return report.model_copy(update={"shard": f"{shard.index}/{shard.number}"})
