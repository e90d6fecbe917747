"""Every error has both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from etl.cli import execute
from etl.errors import CATALOGUE, SndsOmopError
from etl.errors_fr import FRENCH


def test_every_code_has_its_french() -> None:
    assert FRENCH.keys() == CATALOGUE.keys()


def test_both_languages_name_the_same_commands_options_and_settings() -> None:
    def names(text: str) -> set[str]:
        verbs = re.findall(r"`((?:snds-omop |vocab )?[a-z_.]+(?: [a-z]+)?)", text)
        return {*verbs, *re.findall(r"(--[a-z-]+)", text)}

    for code, kind in CATALOGUE.items():
        assert names(kind.remedy) == names(FRENCH[code][1]), code


def test_one_line_states_what_where_and_the_remedy() -> None:
    error = SndsOmopError("SO-107", "none is older", "aucune n'est plus ancienne", where="w")
    assert error.line().startswith("SO-107 no such release: none is older [w]. `snds-omop release")
    assert error.line("fr").startswith(
        "SO-107 version inconnue : aucune n'est plus ancienne [w]. `snds-omop release"
    )


def test_the_command_line_speaks_the_language_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--workspace", str(tmp_path / "w")]
    assert execute([*where, "--lang", "fr", "release", "verify"]) == 2
    assert (
        "SO-107 version inconnue : aucune version n'est encore en service"
        in capsys.readouterr().err
    )
    assert execute([*where, "release", "verify"]) == 2
    assert "SO-107 no such release" in capsys.readouterr().err
