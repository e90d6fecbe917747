"""Whose data a release holds: names that may be folders, dates that may be, and who asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from etl.audit.doctor import _site
from etl.cli import execute
from etl.configuration import load_settings
from etl.errors import SndsOmopError
from etl.publish import site as publication
from etl.publish.site import require_site
from etl.settings import Settings, SourceSettings
from etl.workspace import Workspace

TODAY = datetime.now(UTC).date()


def refused(**values: Any) -> bool:
    try:
        load_settings(None, options={"source": values}, environment={})
    except SndsOmopError as error:
        assert error.code == "SO-101"
        return True
    return False


@pytest.mark.parametrize(
    ("abbreviation", "expected"),
    [("CHU-X_SNDS", False), ("A", False), ("a" * 25, False), ("a" * 26, True), ("", True),
     ("A b", True), ("../x", True), (".x", True), ("é", True), ("a/b", True)],
)  # fmt: skip
def test_an_abbreviation_may_name_a_folder(
    abbreviation: str, expected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert refused(abbreviation=abbreviation) is expected


@pytest.mark.parametrize("key", ["source_date", "release_date"])
@pytest.mark.parametrize(
    ("day", "expected"),
    [("2005-12-31", True), ("2006-01-01", False), (str(TODAY), False),
     (str(TODAY + timedelta(days=1)), False), (str(TODAY + timedelta(days=2)), True)],
)  # fmt: skip
def test_no_absurd_date_dates_a_release(
    key: str, day: str, expected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert refused(**{key: day}) is expected


def test_what_is_not_stated_is_named() -> None:
    assert SourceSettings().unstated() == ("name", "abbreviation", "holder")
    assert SourceSettings(name="X", holder="Y").unstated() == ("abbreviation",)
    assert SourceSettings(name="X", holder="Y", abbreviation="Z").unstated() == ()


def test_init_writes_the_names_of_the_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = ["--name", 'L\'entrepôt "A"', "--abbreviation", "CHU-X", "--holder", "CHU de X"]
    assert execute(["--quiet", "init", *names, "--source-date", "2024-05-01"]) == 0
    source = load_settings(environment={}).source
    assert (source.name, source.abbreviation, source.holder, str(source.source_date)) == (
        'L\'entrepôt "A"', "CHU-X", "CHU de X", "2024-05-01",
    )  # fmt: skip


def test_init_refuses_a_name_that_cannot_be_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert execute(["--lang", "fr", "init", "--abbreviation", "CHU X"]) == 2
    err = capsys.readouterr().err
    assert "SO-101" in err
    assert "source.abbreviation" in err
    assert "ne peut nommer un dossier" in err
    assert not (tmp_path / "snds-omop.toml").exists()


def release(**changes: str) -> Any:
    stated = {"source_name": "X", "source_abbreviation": "CHU-X", "holder": "CHU de X"} | changes
    return SimpleNamespace(id="r", manifest=SimpleNamespace(identity=SimpleNamespace(**stated)))


@pytest.mark.parametrize(
    ("change", "name"),
    [({"source_name": "SNDS"}, "source.name"), ({"source_abbreviation": "SNDS"}, "source.abbr"),
     ({"holder": "not stated"}, "source.holder")],
)  # fmt: skip
def test_a_network_receives_no_file_of_a_site_without_names(
    change: dict[str, str], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(tmp_path)
    require_site(workspace, release())
    with pytest.raises(SndsOmopError) as caught:
        require_site(workspace, release(**change))
    assert (caught.value.code, caught.value.exit_code) == ("SO-140", 2)
    assert name in caught.value.line("en")
    assert "n'indique pas" in caught.value.line("fr")
    monkeypatch.setattr(publication, "is_synthetic", lambda delivery: True)
    require_site(workspace, release(**change))


def test_doctor_asks_for_the_names_once_data_are_real(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(tmp_path)
    assert _site(workspace, Settings()).is_good, "nothing is staged yet"
    stated = Settings(source=SourceSettings(name="X", abbreviation="Y", holder="Z"))
    assert "Y, Z" in _site(workspace, stated).detail.english
    real = SimpleNamespace(files=("one",))
    monkeypatch.setattr("etl.audit.doctor.Delivery.load", lambda path: real)
    monkeypatch.setattr("etl.audit.doctor.is_synthetic", lambda delivery: False)
    assert not _site(workspace, Settings()).is_good
    monkeypatch.setattr("etl.audit.doctor.is_synthetic", lambda delivery: True)
    assert _site(workspace, Settings()).is_good
