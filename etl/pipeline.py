"""The sequence of `run` and `demo`: stage, vocabulary, build, validate, release.

Nothing is printed here: each step is reported to a :class:`Listener`, and the checks of quality are
handed in as :class:`Quality`, for this layer does not know them (DESIGN §2).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from etl.errors import CATALOGUE, SndsOmopError
from etl.progress import Progress
from etl.settings import Settings
from etl.workspace import Workspace

if TYPE_CHECKING:
    from etl.loaders import StageReport
    from etl.release import Release
    from etl.transform import BuildReport

Step = Literal["stage", "build", "validate", "release"]


class Verdict(Protocol):
    """What the gate decided."""

    @property
    def accepted(self) -> bool: ...
    @property
    def reasons(self) -> tuple[str, ...]: ...
    @property
    def reasons_by_language(self) -> Mapping[str, tuple[str, ...]]: ...
    @property
    def gaps_by_language(self) -> Mapping[str, tuple[str, ...]]: ...
    @property
    def undelivered(self) -> tuple[str, ...]: ...
    @property
    def notes_by_language(self) -> Mapping[str, tuple[str, ...]]: ...
    @property
    def counts(self) -> Mapping[str, int]: ...
    @property
    def failures(self) -> Mapping[str, int]: ...
    @property
    def files(self) -> Mapping[str, Path]: ...
    @property
    def exit_code(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Quality:
    """The part of the sequence that belongs to ``data_quality``.

    ``validate`` checks the candidate and decides; ``count_cohorts`` counts the cohorts that a
    release carries.
    """

    validate: Callable[[Workspace, Settings, Progress], Verdict]
    count_cohorts: Callable[[Workspace, Settings], object]


class Listener(Protocol):
    """Receives each step as it begins and its result as it ends."""

    def step(self, step: Step) -> AbstractContextManager[Progress]: ...
    def staged(self, report: StageReport) -> None: ...
    def demo_vocabulary(self) -> None: ...
    def built(self, report: BuildReport | None) -> None: ...
    def judged(self, verdict: Verdict, dispositions: Mapping[str, int]) -> None: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a sequence did; a step that was not reached is None.

    ``exit_code``: 0, 3 when the gate refused, 4 when a file was refused. ``build`` is None also
    when the candidate was up to date.
    """

    exit_code: int
    seconds: float
    stage: StageReport
    vocabulary: str | None = None
    build: BuildReport | None = None
    verdict: Verdict | None = None
    dispositions: Mapping[str, int] | None = None
    release: Release | None = None


def run(
    workspace: Workspace,
    settings: Settings,
    input_dir: Path,
    *,
    quality: Quality,
    listener: Listener,
    year: int | None = None,
    declaration: Path | None = None,
) -> Outcome:
    """From delivery files to a release; each step skips what is already done.

    Args:
        input_dir: the delivery's folder.
        year: of files whose name holds a literal ``aa``.
        declaration: read in place of the folder's ``delivery.toml``.

    Raises:
        SndsOmopError: SO-103 for a path that dbt cannot read, SO-109 when there is nothing to load,
            and whatever a step raises.
    """
    begun = time.monotonic()
    workspace.require_readable_path()
    staged = _stage(workspace, settings, input_dir, year, declaration, listener)
    if staged.refused:
        code = CATALOGUE["SO-210"].exit_code
        return Outcome(code, time.monotonic() - begun, staged)
    is_changed = bool(set(staged.counts) - {"unchanged", "set aside", "not data"})
    vocabulary = _vocabulary(workspace, settings, listener, is_stale=is_changed)
    built = _build(workspace, settings, listener)
    with listener.step("validate") as progress:
        verdict = quality.validate(workspace, settings, progress)
    dispositions = _dispositions(workspace)
    listener.judged(verdict, dispositions)
    released = _release(workspace, settings, quality, listener) if verdict.accepted else None
    return Outcome(
        verdict.exit_code,
        time.monotonic() - begun,
        staged,
        vocabulary,
        built,
        verdict,
        dispositions,
        released,
    )


def _stage(
    workspace: Workspace,
    settings: Settings,
    input_dir: Path,
    year: int | None,
    declaration: Path | None,
    listener: Listener,
) -> StageReport:
    from etl.loaders import stage
    from etl.loaders.report import elsewhere

    with listener.step("stage") as progress:
        report = stage(
            input_dir,
            workspace,
            settings,
            year=year,
            declaration=declaration,
            progress=progress,
        )
    listener.staged(report)
    # One delivery under two paths is staged, and the steps behind it may still be due.
    is_known = bool(report.counts.get("unchanged") or elsewhere(report.files))
    if not report.refused and not report.rows["staged"] and not is_known:
        raise SndsOmopError(
            "SO-109", "nothing to load", "il n'y a rien à charger", where=str(input_dir)
        )
    return report


def _vocabulary(
    workspace: Workspace, settings: Settings, listener: Listener, *, is_stale: bool
) -> str | None:
    """A real bundle stays; without one the demo vocabulary is loaded, and the listener informed.

    Args:
        is_stale: files changed, the drug packs (IR_PHA_R) perhaps among them.
    """
    from etl.vocabulary import load_demo, loaded_version

    version = loaded_version(workspace)
    if version is None or (version.is_demo and is_stale):
        load_demo(workspace, settings)
        listener.demo_vocabulary()
        version = loaded_version(workspace)
    return version.vocabulary_version if version else None


def _build(workspace: Workspace, settings: Settings, listener: Listener) -> BuildReport | None:
    from etl.transform import build, is_current

    report = None
    if not is_current(workspace, settings):
        with listener.step("build") as progress:
            report = build(workspace, settings, progress=progress)
    listener.built(report)
    return report


def _dispositions(workspace: Workspace) -> dict[str, int]:
    """Staged rows by what became of them, the most frequent first."""
    import duckdb

    with duckdb.connect(str(workspace.candidate), read_only=True) as candidate:
        found: dict[str, int] = dict(
            candidate.execute(
                "select disposition, sum(n_rows)::bigint as n_rows from audit.ledger "
                "group by disposition order by n_rows desc, disposition"
            ).fetchall()
        )
    return found


def _release(
    workspace: Workspace, settings: Settings, quality: Quality, listener: Listener
) -> Release:
    from etl import release

    with listener.step("release") as progress:
        quality.count_cohorts(workspace, settings)
        return release.create(workspace, settings, progress=progress)
