"""Driver of the kill test: forks a releasing process and kills it, again and again.

Usage: kill_releases.py WORKSPACE KILLS SEED FORMAT. The parent never opens a database, so that each
forked child starts its own engine. Three candidates take turns and two
releases are kept, so there is always work to do.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

from etl import release
from etl.settings import Settings
from etl.workspace import Workspace

CANDIDATES = 3


def run_child(workspace: Workspace, settings: Settings) -> int:
    child = os.fork()
    if child == 0:
        try:
            release.create(workspace, settings)
        except BaseException:
            os._exit(1)
        os._exit(0)
    return child


def use(workspace: Workspace, number: int) -> None:
    """Put one of the prepared candidates and its verdict in place."""
    for folder in ("build", "quality"):
        shutil.rmtree(workspace.root / folder)
        shutil.copytree(workspace.root.with_name(f"candidate{number}") / folder,
                        workspace.root / folder, copy_function=shutil.copy2)  # fmt: skip


def main(root: Path, kills: int, seed: int, format_: str) -> None:
    workspace = Workspace(root)
    settings = Settings.model_validate({"release": {"keep": 2, "format": format_}})
    random_ = random.Random(seed)  # noqa: S311
    use(workspace, 0)
    begun = time.monotonic()
    _, status = os.waitpid(run_child(workspace, settings), 0)
    assert status == 0, "the first release must be made"
    longest = time.monotonic() - begun
    key = release.signing_key(workspace).public_key()
    killed = finished = 0
    number = 1
    while killed < kills or not finished:
        use(workspace, number)
        child = run_child(workspace, settings)
        waited = random_.uniform(0, longest * 1.1)
        time.sleep(waited)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            killed += 1
            # the machine may have become slower than it was at first
            longest = max(longest, waited)
        else:
            finished += 1
            assert os.WEXITSTATUS(status) == 0, "a run after a kill must finish"
            number = (number + 1) % CANDIDATES
        present = release.current(workspace)
        assert present is not None
        assert release.verify(present, key) == [], "current must be complete after a kill"
    use(workspace, number)
    _, status = os.waitpid(run_child(workspace, settings), 0)
    assert status == 0, "the last run must finish cleanly"


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
