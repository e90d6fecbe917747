"""A staging killed at any moment leaves a lake that the next one completes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from staging import HEADER, Site

ROWS_PER_FILE = 4000
YEARS = range(10, 18)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    for year in YEARS:
        texts = (f"0100001{year};{n:010d};I{n % 90 + 10};{n}\n" for n in range(ROWS_PER_FILE))
        site.put(f"T_MCO{year}D.csv", HEADER + "\n" + "".join(texts) + "bad line\n")
    return site


# Stages in many small parts, each made slow, so that a kill falls in the middle of a file.
SCRIPT = """
import sys, time
from pathlib import Path
from etl.loaders import Limits, lake, stage
from etl.settings import Settings
from etl.workspace import Workspace

write = lake.Incoming._write_part
def slow(self):
    write(self)
    time.sleep(0.05)
lake.Incoming._write_part = slow
lake._ROWS_PER_PART = 500
workspace = Workspace(Path(sys.argv[2]))
print("begun", flush=True)
with workspace.locked():
    stage(Path(sys.argv[1]), workspace, Settings(), limits=Limits(block_size=8192))
"""


def start(site: Site) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", SCRIPT, str(site.delivery), str(site.workspace.root)]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


@pytest.mark.slow
def test_killed_again_and_again_then_complete(site: Site) -> None:
    finished: list[int] = []
    for wanted in (0, 2, 4):
        process = start(site)
        assert process.stdout is not None
        process.stdout.readline()
        while len(site.manifest().files) < wanted:
            time.sleep(0.02)
        time.sleep(0.2)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        finished.append(len(site.manifest().files))
    assert finished == sorted(finished)
    assert 4 <= finished[-1] < len(YEARS)

    report = site.stage()
    assert report.counts == {"unchanged": finished[-1], "staged": len(YEARS) - finished[-1]}
    assert site.rows().height == len(YEARS) * ROWS_PER_FILE
    assert site.rows()["_row_id"].n_unique() == len(YEARS) * ROWS_PER_FILE
    assert site.quarantine().height == len(YEARS)
    assert [file.number for file in site.manifest().files] == [*range(1, len(YEARS) + 1)]
    assert not (site.workspace.lake / ".incoming").exists()


def test_leftovers_of_a_kill_are_removed(site: Site) -> None:
    site.stage()
    stray = site.workspace.lake / "mco/t_mcoaad/f00042"
    stray.mkdir()
    (stray / "part-00000.parquet").write_bytes(b"half")
    (site.workspace.lake / ".incoming").mkdir()
    (site.workspace.quarantine / "mco/t_mcoaad/f00042.parquet").write_bytes(b"half")
    site.stage()
    assert "f00042" not in site.folders()
    assert not (site.workspace.lake / ".incoming").exists()
    assert site.quarantine().height == len(YEARS)
