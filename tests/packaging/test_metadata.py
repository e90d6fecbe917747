"""What the package states of itself is stated once, and holds wherever the README is read."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest
import yaml

from etl import __version__
from hatch_build import with_whole_links

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
ADDRESS = PROJECT["urls"]["Repository"]


@pytest.fixture(scope="module")
def metadata(tmp_path_factory: pytest.TempPathFactory) -> Message:
    """METADATA of a wheel."""
    output = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(output)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    wheel = zipfile.ZipFile(next(output.glob("*.whl")))
    names = wheel.namelist()
    assert any(name.endswith("licenses/NOTICE") for name in names)
    return message_from_bytes(wheel.read(next(n for n in names if n.endswith("/METADATA"))))


def test_the_wheel_has_the_version_of_the_code(metadata: Message) -> None:
    assert metadata["Version"] == __version__


def test_the_citation_has_the_version_and_the_day_of_the_changelog() -> None:
    newest = re.search(r"^## \[(\d.*)\] - (.*)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    assert newest is not None
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert (newest[1], newest[2]) == (__version__, str(cited["date-released"]))
    assert cited["version"] == __version__


def test_the_dbt_project_has_the_version_of_the_code() -> None:
    project = yaml.safe_load((ROOT / "dbt_project" / "dbt_project.yml").read_text("utf-8"))
    assert project["version"] == __version__


def test_classifiers_are_known_to_the_index() -> None:
    known = pytest.importorskip("trove_classifiers").classifiers
    assert [one for one in PROJECT["classifiers"] if one not in known] == []


def test_no_link_of_the_packaged_readme_is_relative(metadata: Message) -> None:
    text = str(metadata.get_payload())
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    assert len(targets) > 10
    assert [target for target in targets if not target.startswith(("https://", "#"))] == []


def test_links_and_pictures_are_made_whole() -> None:
    text = "[a](docs/a.md) ![b](b.png) [c](https://x.org/) [d](#e)"
    assert with_whole_links(text, "https://h/r", "1.2.3") == (
        "[a](https://h/r/blob/v1.2.3/docs/a.md) ![b](https://h/r/raw/v1.2.3/b.png) "
        "[c](https://x.org/) [d](#e)"
    )


def _texts() -> Iterator[Path]:
    for suffix in ("md", "py", "toml", "yml", "cff", "j2"):
        for path in ROOT.rglob(f"*.{suffix}"):
            if not {".venv", "build", "workspace"} & set(path.relative_to(ROOT).parts):
                yield path


def test_the_address_of_the_repository_is_in_one_place() -> None:
    assert [p.name for p in _texts() if ADDRESS in p.read_text("utf-8")] == ["pyproject.toml"]


def test_every_file_that_the_readme_names_is_there() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    targets = re.findall(r"\]\((?![a-z]+:|#)([^)#\s]+)", text)
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_the_source_archive_holds_its_tests_and_no_workspace(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    needed = {"tests/conftest.py", "Makefile", "requirements/run.txt", "hatch_build.py", "NOTICE"}
    assert needed <= names
    assert [n for n in names if n.startswith(("workspace", ".venv", "build/"))] == []


def test_the_installed_distribution_is_the_only_owner_of_its_import_names() -> None:
    owners = importlib.metadata.packages_distributions()
    assert {name: set(owners.get(name, ["snds-omop"])) for name in ("etl", "data_quality")} == {
        "etl": {"snds-omop"},
        "data_quality": {"snds-omop"},
    }
