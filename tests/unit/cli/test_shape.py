"""What a person reads on a terminal: whole words, one count, colours that can be switched off."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from etl.clauses import numbered
from etl.cli import VERBS, execute
from etl.cli.console import Console
from etl.cli.shape import folded, number, shaped
from etl.cli.verdict import print_checks, print_reports


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("value", "english", "french"),
    [(0, "0 rows", "0 ligne"), (1, "1 row", "1 ligne"), (2, "2 rows", "2 lignes"),
     (1000, "1,000 rows", "1\u202f000 lignes")],
)  # fmt: skip
def test_a_noun_agrees_with_its_number(value: int, english: str, french: str) -> None:
    assert numbered(value, ("row", "rows"), ("ligne", "lignes")) == (english, french)


def test_thousands_stand_apart_as_the_language_has_it() -> None:
    assert (number(366627, "en"), number(366627, "fr")) == ("366,627", "366\u202f627")


@pytest.mark.parametrize("width", [9, 10])
def test_a_line_is_folded_at_a_space_from_its_width_on(width: int) -> None:
    assert folded("  ab cdefg", width) == {9: "  ab\n    cdefg", 10: "  ab cdefg"}[width]


def test_a_path_is_never_cut() -> None:
    assert "/a/very-long/path" in folded("see /a/very-long/path", 8)


def test_nothing_is_shaped_without_a_terminal() -> None:
    text = "word " * 60
    assert shaped(text, io.StringIO(), "good") == text


def test_a_verdict_is_coloured_unless_no_color_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert shaped("Accepted", Terminal(), "good") == "\033[1;32mAccepted\033[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert shaped("Accepted", Terminal(), "good") == "Accepted"


def verdict() -> Any:
    return SimpleNamespace(
        counts={"pass": 2254, "fail": 10, "error": 0, "not applicable": 546},
        failures={"fatal": 0, "convention": 7, "characterization": 3},
        files={"report_en": Path("e.html"), "report_fr": Path("f.html"), "dqd": Path("d.json")},
    )


@pytest.mark.parametrize(
    ("lang", "line"),
    [
        ("en", "  checks: 2,254 pass, 10 fail (7 convention, 3 characterization), 0 could not run, "
               "546 do not apply"),
        ("fr", "  contrôles : 2\u202f254 réussis, 10 en échec (7 de convention, 3 de "
               "caractérisation), 0 non exécutés, 546 sans objet"),
    ],
)  # fmt: skip
def test_failures_by_severity_add_up_to_what_failed(
    lang: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    print_checks(Console(lang=lang), verdict())
    assert capsys.readouterr().out == line + "\n"


@pytest.mark.parametrize(("lang", "first"), [("en", "e.html"), ("fr", "f.html")])
def test_the_report_of_the_language_asked_for_comes_first(
    lang: str, first: str, capsys: pytest.CaptureFixture[str]
) -> None:
    print_reports(Console(lang=lang), verdict())
    out = capsys.readouterr().out
    assert first in out.splitlines()[0]
    assert "d.json" not in out


@pytest.mark.parametrize("arguments", [[verb] for verb in VERBS] + [["release", "create"]])
def test_every_help_names_the_global_options(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute([*arguments, "--help"]) == 0
    out = capsys.readouterr().out
    for option in ("--workspace DIR", "--lang fr|en", "--json", "--quiet", "--debug"):
        assert option in out


@pytest.mark.parametrize("group", ["release", "publish", "vocab", "persons"])
def test_no_help_cuts_a_sentence(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    execute([group, "--help"])
    assert "..." not in capsys.readouterr().out.partition("Commands:")[2]


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("snds-omop rel", ["plain,release"]),
        ("snds-omop --workspace W release verify 2023", ["plain,20230801-bb", "plain,20230801-aa"]),
        ("snds-omop --workspace W release verify c", ["plain,current"]),
        ("snds-omop --workspace nowhere release verify 2", []),
    ],
)
def test_a_shell_completes_verbs_and_release_ids(
    words: str, completed: list[str], tmp_path: Path
) -> None:
    shelf = tmp_path / "W" / "releases"
    for name in ("20230801-aa", "20230801-bb", "20230801-cc.removing"):
        (shelf / name).mkdir(parents=True)
    (shelf / "current").symlink_to("20230801-bb")
    environment = os.environ | {
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
        "_SNDS_OMOP_COMPLETE": "bash_complete",
        "PYTHONPATH": str(Path(__file__).parents[3]),
    }
    code = "from etl.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, timeout=60, env=environment, cwd=tmp_path,
    )  # fmt: skip
    assert done.stdout.split() == completed
