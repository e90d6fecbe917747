"""What newcomers do wrong, and the answer: it states what to do, in both languages."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from etl.cli import execute

# Arguments, code, what the English and the French answer must state.
MISTAKES = {
    "wrong folder": (["run", "--input", "{tmp}/no"], "SO-102", "--input", "--input"),
    "folder without data": (["run", "--input", "{tmp}"], "SO-109", "ER_PRS_F", "ER_PRS_F"),
    "no candidate": (["validate"], "SO-106", "snds-omop build", "snds-omop build"),
    "nothing staged": (["build"], "SO-104", "stage --input DIR", "stage --input DOSSIER"),
    "no verdict": (["report"], "SO-113", "snds-omop validate", "snds-omop validate"),
    "no release": (["release", "verify"], "SO-107", "run --input DIR", "run --input DOSSIER"),
    "unknown release": (["release", "promote", "x"], "SO-107", "release list", "release list"),
    "swapped": (["explain", "12", "person"], "SO-100", "explain person 12", "explain person 12"),
    "a day of two digits": (
        ["persons", "exclude", "--list", "x", "--date", "31/12/2020"],
        "SO-100", "is no date YYYY-MM-DD", "n'est pas une date AAAA-MM-JJ",
    ),
    "a year of two digits": (
        ["stage", "--input", "x", "--year", "19"],
        "SO-100", "19 is not between 2005 and 2099", "19 n'est pas entre 2005 et 2099",
    ),
    "a year in letters": (
        ["stage", "--input", "x", "--year", "y"], "SO-100", "whole number", "nombre entier",
    ),
    "misspelt": (["repport"], "SO-100", "perhaps report", "peut-être report"),
    "one of two": (["release", "diff", "x"], "SO-100", "'AFTER'", "'APRÈS'"),
    "several expected": (["study", "pool", "--output", "x"], "SO-100", "ARCHIVES", "il manque"),
    "no questions answered": (["publish", "metadata"], "SO-107", "--workspace", "--workspace"),
}  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_answer_states_what_to_do(
    tmp_path: Path, mistake: str, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, code, *words = MISTAKES[mistake]
    given = [argument.format(tmp=tmp_path) for argument in arguments]
    done = execute(["--workspace", str(tmp_path / "w"), "--lang", lang, *given])
    assert done in (2, 4)
    printed = " ".join(capsys.readouterr().err.split())
    assert printed.startswith(code)
    assert words[lang == "fr"] in printed
    # the remedy is a sentence of its own
    assert re.search(r"\. [A-ZÀ-Ý`][^.]*", printed)


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_missing_extra_is_named_with_the_line_to_run(
    lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from etl.errors import SndsOmopError
    from etl.publish.postgres_session import connected

    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SndsOmopError) as caught, connected("postgresql://h/d"):
        pass
    line = caught.value.line(lang)
    assert "pip install 'snds-omop[postgres]'" in line
    assert {"en": "in a clone", "fr": "dans un clone"}[lang] in line
