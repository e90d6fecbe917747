"""Where a setting comes from: option, then variable, then file, then default."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from etl.configuration import load_settings
from etl.errors import SndsOmopError
from etl.settings import Settings

DAYS = "SNDS_OMOP_DRUGS__DAYS"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "snds-omop.toml"
    path.write_text("[drugs]\ndays = 40\ndays_large_pack = 100\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("options", "environment", "days"),
    [
        ({}, {}, 40),
        ({}, {DAYS: "50"}, 50),
        ({"drugs": {"days": 60}}, {DAYS: "50"}, 60),
        ({"drugs": {"days": 60}}, {}, 60),
    ],
)
def test_the_stronger_place_decides_leaf_by_leaf(
    file: Path, options: dict[str, Any], environment: dict[str, str], days: int
) -> None:
    drugs = load_settings(file, options=options, environment=environment).drugs
    assert (drugs.days, drugs.days_large_pack) == (days, 100), "the other leaf is the file's"


def test_without_any_place_the_defaults_hold(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings(environment={}) == Settings()
    assert type(load_settings(environment={})) is Settings


def test_the_file_of_the_folder_is_read(file: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(file.parent)
    assert load_settings(environment={}).drugs.days == 40


def test_lists_and_tables_are_json_in_a_variable() -> None:
    given = {
        "SNDS_OMOP_RULES__OFF": '["R18"]',
        "SNDS_OMOP_OBSERVATION__REGIME_START": '{"02A": "2009-01-01"}',
        "snds_omop_release__keep": "2",
    }
    register = load_settings(environment={k: v for k, v in given.items() if "RULES" not in k})
    assert register.observation.regime_start == {"02A": date(2009, 1, 1)}


@pytest.mark.parametrize(
    ("environment", "where"),
    [
        ({DAYS: "many"}, DAYS),
        ({DAYS: "0"}, DAYS),
        ({"SNDS_OMOP_DRUGS__DAY": "3"}, "SNDS_OMOP_DRUGS__DAY"),
        ({"SNDS_OMOP_DRUGS": "{}"}, "SNDS_OMOP_DRUGS"),
        ({"SNDS_OMOP_RULES__OFF": "R18"}, "SNDS_OMOP_RULES__OFF"),
    ],
)
def test_a_variable_at_fault_is_named_without_its_value(
    environment: dict[str, str], where: str
) -> None:
    with pytest.raises(SndsOmopError, match="SO-101") as caught:
        load_settings(environment=environment)
    assert caught.value.where == where
    assert "many" not in str(caught.value)


def test_a_file_that_was_asked_for_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SndsOmopError, match="SO-101") as caught:
        load_settings(tmp_path / "absent.toml", environment={})
    assert caught.value.where.endswith("absent.toml")
