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
synth = ["--quiet", "synth", "--persons", "5", "--output"]
assert execute([*synth, str(root / "delivery")]) == 0
# a workspace with a lake, and a list of one of its persons
assert execute([*synth, str(root / "former"), "--seed", "3"]) == 0
lake = ["--workspace", str(root / "lake"), "--quiet"]
assert execute([*lake, "stage", "--input", str(root / "former")]) == 0
header, *rows = (root / "former" / "IR_BEN_R.csv").read_text(encoding="utf-8").splitlines()
place = header.split(";").index("BEN_NIR_ANO")
number = next(row.split(";")[place] for row in rows if row.split(";")[place])
(root / "list.csv").write_text(f"BEN_NIR_ANO\\n{number}\\n", encoding="utf-8")
(root / "permit.toml").write_text(
    '''[permit]
number = "EX-1"
holder = "h"
purpose = "p"
expires = 2099-12-31
[persons]
select = "all"
[tables]
drug_exposure = "all"
''', encoding="utf-8")
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
    workspace: str = "workspace"
    """Below the place: one with a release, or ``lake``, which has staged files only."""

    def arguments(self, place: Path) -> list[str]:
        words = [word.format(place=place) for word in self.words]
        return ["--workspace", str(place / self.workspace), "--json", *words]


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
    Verb("diff", ("release", "diff", "current", "current", "--output", "{place}/diff")),
    Verb("pin", ("release", "pin")),
    Verb("ares", ("publish", "ares", "--output", "{place}/ares")),
    Verb("profile", ("profile", "--input", "{place}/delivery", "--output", "{place}/profile")),
    Verb("validate", ("validate",), usual=(3,)),
    Verb(
        "extract",
        ("release", "extract", "--permit", "{place}/permit.toml", "--output", "{place}/extract"),
        is_once=True,
    ),
    Verb("exclude", ("persons", "exclude", "--list", "{place}/list.csv"), workspace="lake"),
    Verb("persons list", ("persons", "list"), workspace="lake"),
)


def prepare(template: Path) -> None:
    """A workspace with a release, one with a lake, and a delivery.

    Made in a process of its own, since engines whose threads run must not be copied into children.
    """
    template.mkdir()
    subprocess.run([sys.executable, "-c", _PREPARE, str(template)], check=True)
