"""A delivery of what another one holds: replaced whole when it is declared, refused otherwise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from etl.clauses import same
from etl.delivery.declaration import FILE, Declaration
from etl.delivery.inventory import Entry, Inventory
from etl.errors import SndsOmopError
from etl.loaders.generation import (
    check_kinship,
    covered,
    covered_error,
    make_current,
    of_persons,
    prepare,
    root_of,
    settle,
)
from etl.loaders.linkage import keep_linkage, read_areas, read_crosswalks
from etl.loaders.manifest import Delivery
from etl.loaders.overlap import compare
from etl.loaders.pseudonyms import extend_exclusions, named_in, note_pairs, read_pairs
from etl.loaders.report import StageReport, refusal
from etl.loaders.screening import screen
from etl.workspace import Workspace

Run = Callable[[Workspace, Inventory], StageReport]


def former_root(workspace: Workspace, root: Path, declared: Declaration) -> str | None:
    """Folder of the delivery that this one replaces; None when it replaces none, or has done so."""
    if declared.replaces is None:
        return None
    return root_of(workspace, declared.replaces, other_than=str(root))


def replace_delivery(
    workspace: Workspace, replaced: str, taken: Inventory, declared: Declaration, run: Run
) -> StageReport:
    """Stage a generation next to the lake; it becomes current if nothing of it is refused.

    Args:
        replaced: folder of the former generation.
        run: stages files of the delivery in a workspace.

    Raises:
        SndsOmopError: SO-243 a third delivery holds the same tables and years, SO-244 the two
            have nothing in common. The former generation then stays.
    """
    root = str(taken.root)
    former = Delivery.load(workspace.manifest)
    others = tuple(file for file in former.files if file.root not in (replaced, root))
    rest = former.model_copy(update={"files": others})
    try:
        if double := covered(rest, root, taken.of("loaded")):
            _refuse(workspace, rest, double, taken, run)
        pairs = read_pairs(taken.root, declared.pseudonyms)
        read_crosswalks(taken.root, declared.crosswalk)
        read_areas(taken.root, declared.area)
        named = named_in(workspace, pairs, "old")
        waiting = prepare(workspace, former)
        report = run(waiting, taken)
        if report.refused:
            kept = refusal(FILE, None, SndsOmopError("SO-245", *same(Path(replaced).name)))
            return report.model_copy(update={"files": (*report.files, kept)})
        extend_exclusions(workspace, pairs)
        withdrawn = screen(workspace, waiting)
        leaving = [file for file in former.files if file.root == replaced]
        found = compare((workspace, leaving), (waiting, Delivery.load(waiting.manifest).files))
        check_kinship(declared, found, root)
        joined = note_pairs(workspace, named, named_in(waiting, pairs, "new"))
        make_current(workspace, root, replaced, declared, found)
        keep_linkage(workspace, taken.root, declared, replaced)
    finally:
        settle(workspace)
    # keys that the new generation links to excluded persons concern other deliveries too
    screen(workspace)
    return report.model_copy(
        update={
            "replaced": declared.replaces,
            "difference": found,
            "withdrawn": withdrawn,
            "pseudonyms": joined,
        }
    )


def check_covered(workspace: Workspace, taken: Inventory, run: Run) -> None:
    """Refuse tables and years that are there until a person declares what they are.

    Raises:
        SndsOmopError: SO-243.
    """
    delivery = Delivery.load(workspace.manifest)
    double = covered(delivery, str(taken.root), taken.of("loaded"))
    if double:
        try:
            _refuse(workspace, delivery, double, taken, run)
        finally:
            settle(workspace)


def _refuse(
    workspace: Workspace, delivery: Delivery, double: list[Entry], taken: Inventory, run: Run
) -> NoReturn:
    """Read what is there twice, count what both hold, and refuse it."""
    waiting = prepare(workspace, delivery)
    entries = [*of_persons(taken.of("loaded")), *double]
    run(waiting, Inventory(taken.root, tuple(entries)))
    tables = {entry.table for entry in entries}
    there = [f for f in delivery.files if f.root != str(taken.root) and f.table in tables]
    found = compare((workspace, there), (waiting, Delivery.load(waiting.manifest).files))
    raise covered_error(double, found, str(taken.root))
