"""The verbs that meet faults, and the workspace that they meet them in."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_PREPARE = """
import sys
from pathlib import Path
from etl.cli import execute
from tests.small_candidate import released
root = Path(sys.argv[1])
released(root / "workspace")
assert execute(["--quiet", "synth", "--output", str(root / "delivery"), "--persons", "5"]) == 0
"""


@dataclass(frozen=True, slots=True)
class Verb:
    """A command line below a place."""

    name: str
    words: tuple[str, ...]
    usual: tuple[int, ...] = (0,)
    """Exit codes without a fault."""
    is_once: bool = False
    """Whether the command refuses to run a second time."""

    def arguments(self, place: Path) -> list[str]:
        words = [word.format(place=place) for word in self.words]
        return ["--workspace", str(place / "workspace"), "--json", *words]


VERBS = (
    Verb("list", ("release", "list")),
    Verb("verify", ("release", "verify")),
    Verb("create", ("release",)),
    Verb("rollback", ("release", "rollback"), usual=(2,)),
    Verb("report", ("report",), usual=(0, 2)),
    Verb("doctor", ("doctor",), usual=(0, 2)),
    Verb("share", ("publish", "share", "--output", "{place}/pack"), is_once=True),
    Verb("parquet", ("publish", "parquet", "--output", "{place}/parquet"), is_once=True),
    Verb("network", ("publish", "network", "--output", "{place}/network")),
    Verb("stage", ("stage", "--input", "{place}/delivery")),
    Verb("synth", ("synth", "--output", "{place}/more", "--persons", "3"), is_once=True),
    Verb("vocab load", ("vocab", "load")),
)


def prepare(template: Path) -> None:
    """A workspace with a release, and a delivery: made in a process of its own, since engines
    whose threads run must not be copied into children."""
    template.mkdir()
    subprocess.run([sys.executable, "-c", _PREPARE, str(template)], check=True)
