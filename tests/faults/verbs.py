"""The verbs that meet faults, and the workspaces that they meet them in."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_PREPARE = """
import shutil, sys
from pathlib import Path
from etl.cli import execute
from tests.small_candidate import ROWS, released
root = Path(sys.argv[1])
# files of a network need the names of a site
names = {"cdm_source_name": "Site", "cdm_source_abbreviation": "SITE", "cdm_holder": "Holder"}
ROWS["cdm_source"][1].update({column: f"'{name}'" for column, name in names.items()})
released(root / "workspace")
synth = ["--quiet", "synth", "--persons", "5", "--output"]
assert execute([*synth, str(root / "delivery")]) == 0
# a workspace with a lake, and a list of one of its persons
assert execute([*synth, str(root / "former"), "--seed", "3"]) == 0
lake = ["--workspace", str(root / "lake"), "--quiet"]
assert execute([*lake, "stage", "--input", str(root / "former")]) == 0
assert execute([*lake, "vocab", "load"]) == 0
header, *rows = (root / "former" / "IR_BEN_R.csv").read_text(encoding="utf-8").splitlines()
place = header.split(";").index("BEN_NIR_ANO")
number = next(row.split(";")[place] for row in rows if row.split(";")[place])
(root / "list.csv").write_text(f"BEN_NIR_ANO\\n{number}\\n", encoding="utf-8")
(root / "first.sql").write_text(
    "select person_id as subject_id, min(visit_start_date) as cohort_start_date,"
    " max(visit_end_date) as cohort_end_date from cdm.visit_occurrence group by person_id",
    encoding="utf-8")
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
(root / "site.toml").write_text(
    '[source]\\nname = "Site"\\nabbreviation = "SITE"\\nholder = "Holder"\\n', encoding="utf-8")
# and one with a candidate of that lake
shutil.copytree(root / "lake", root / "built", symlinks=True)
built = ["--workspace", str(root / "built"), "--quiet"]
assert execute([*built, "build"]) == 0
assert execute([*built, "validate"]) in (0, 3)
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
    """Below the place: one with a release, ``lake`` (staged files) or ``built`` (a candidate)."""
    config: str = "site.toml"
    is_slow: bool = False
    """A build: half a minute."""

    def arguments(self, place: Path, url: str = "") -> list[str]:
        words = [word.format(place=place, url=url) for word in self.words]
        config = ["--config", str(place / self.config)]
        return ["--workspace", str(place / self.workspace), *config, "--json", *words]

    @property
    def command(self) -> str:
        """The command without its options."""
        words = [word for word in self.words if not word.startswith("-")]
        return " ".join(words[: 2 if words[0] in GROUPS else 1])


GROUPS = ("vocab", "release", "publish", "persons", "study")
NOT_RUN = {
    "demo": "it is synth, stage, vocab load, build, validate and release",
    "vocab register": "it writes into the checkout, not into a workspace",
    "vocab import": "it writes into the checkout, not into a workspace",
    "release end-permit": "it needs an extract; extract is run",
    "study targeting": "it needs the lake of the release; study run is run",
    "study pool": "it needs archives of several sites; study run is run",
}
"""Commands that the table leaves out, and why."""

VERBS = (
    Verb("list", ("release", "list")),
    Verb("verify", ("release", "verify")),
    Verb("create", ("release", "create")),
    Verb("promote", ("release", "promote", "current")),
    Verb("rollback", ("release", "rollback"), usual=(2,)),
    Verb("pin", ("release", "pin")),
    Verb("diff", ("release", "diff", "current", "current", "--output", "{place}/diff")),
    Verb(
        "extract",
        ("release", "extract", "--permit", "{place}/permit.toml", "--output", "{place}/extract"),
        is_once=True,
    ),
    Verb("report", ("report",), workspace="built"),
    Verb("doctor", ("doctor",), usual=(0, 2)),
    Verb("init", ("init", "--force"), is_once=True, config="new.toml"),
    Verb("explain", ("explain", "person", "1"), workspace="built", usual=(0, 2)),
    Verb("postgres", ("publish", "postgres", "--url", "{url}")),
    Verb("parquet", ("publish", "parquet", "--output", "{place}/parquet"), is_once=True),
    Verb("metadata", ("publish", "metadata", "--answers", "{place}/steward.toml")),
    Verb("share", ("publish", "share", "--output", "{place}/pack"), is_once=True),
    Verb("ares", ("publish", "ares", "--output", "{place}/ares"), is_once=True),
    Verb("network", ("publish", "network", "--output", "{place}/network")),
    Verb(
        "study",
        ("study", "run", "{place}/first.sql", "--share", "{place}/studies"),
        is_once=True,
    ),
    Verb("synth", ("synth", "--output", "{place}/more", "--persons", "3"), is_once=True),
    Verb("profile", ("profile", "--input", "{place}/delivery", "--output", "{place}/profile")),
    Verb("stage", ("stage", "--input", "{place}/delivery")),
    Verb("vocab load", ("vocab", "load")),
    Verb("vocab check", ("vocab", "check"), workspace="built", usual=(0, 4)),
    Verb("vocab coverage", ("vocab", "coverage"), workspace="built"),
    Verb("vocab unmapped", ("vocab", "unmapped"), workspace="built"),
    Verb("vocab suggest", ("vocab", "suggest"), workspace="built", usual=(0, 2)),
    Verb(
        "vocab export",
        ("vocab", "export", "--output", "{place}/usagi"),
        workspace="built",
        usual=(0, 2),
    ),
    Verb("vocab diff", ("vocab", "diff", "current", "current"), workspace="built", usual=(0, 2)),
    Verb("exclude", ("persons", "exclude", "--list", "{place}/list.csv"), workspace="lake"),
    Verb(
        "readmit",
        ("persons", "readmit", "--list", "{place}/list.csv"),
        workspace="lake",
        usual=(4,),
    ),
    Verb("persons list", ("persons", "list"), workspace="lake"),
    Verb("validate", ("validate",), workspace="built", usual=(0, 3)),
    Verb("build", ("build",), workspace="lake", is_slow=True),
    Verb("run", ("run", "--input", "{place}/former"), workspace="lake", usual=(0, 3), is_slow=True),
)


def commands() -> set[str]:
    """All commands of the program, as a person types them."""
    import importlib

    import click

    from etl.cli import VERBS as MODULES

    found: set[str] = set()
    for name in MODULES:
        command = importlib.import_module(f"etl.cli.{name}").command
        inner = command.commands if isinstance(command, click.Group) else {"": None}
        found |= {f"{name} {one}".strip() for one in inner}
    return found


def prepare(template: Path) -> None:
    """Workspaces with a release, a lake and a candidate, and a delivery.

    Made in a process of its own, since engines whose threads run must not be copied into children.
    """
    template.mkdir()
    answers = Path(__file__).parents[1] / "unit" / "publish" / "steward.toml"
    (template / "steward.toml").write_bytes(answers.read_bytes())
    subprocess.run([sys.executable, "-c", _PREPARE, str(template)], check=True)
