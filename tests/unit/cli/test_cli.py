"""The command line: speed, JSON, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from etl.cli import VERBS, execute


@pytest.mark.parametrize("verb", list(VERBS))
def test_every_verb_has_help(verb: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "etl", verb, "--help"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Usage: snds-omop")


def test_help_imports_no_engine() -> None:
    """What makes `--help` instant: no heavy module is imported for it."""
    code = (
        "import sys; from etl.cli import execute; execute(['--help']); "
        "print([m for m in ('polars', 'duckdb', 'dbt', 'pydantic', 'rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip().endswith("[]")


def test_unknown_verb_is_usage(command: Any) -> None:
    code, answer, _ = command("nonsense")
    assert (code, answer["error"]) == (2, "SO-100")


@pytest.mark.parametrize(
    ("arguments", "english", "french"),
    [
        ("biuld", "no such command 'biuld', perhaps build", "la commande biuld n'existe pas"),
        ("run --inptu x", "no such option '--inptu', perhaps --input", "l'option --inptu n'existe"),
        ("run", "missing option '--input'", "il manque l'option '--input' [snds-omop run]"),
        ("demo --persons", "'--persons' requires an argument", "'--persons' attend une valeur"),
        ("demo --persons a", "'a' is not a whole number", "'a' n'est pas un nombre entier"),
        ("demo --persons 3", "3 is less than 10", "3 est moins que 10"),
        ("build --target x", "'x' is not one of 'duckdb'", "'x' n'est pas l'un de 'duckdb'"),
        ("release diff a", "missing argument 'AFTER'", "il manque l'argument 'APRÈS'"),
        ("release verify a b", "unexpected extra argument (b)", "argument en trop : b"),
        ("release verify --public-key /x", "'/x' does not exist", "'/x' n'existe pas"),
        ("--quiet=1 doctor", "'--quiet' does not take a value", "'--quiet' n'attend pas de valeur"),
        ("publish parquet --output pyproject.toml", "is a file", "'pyproject.toml' est un fichier"),
        ("stage", "give --input DIR or --from-db URL", "donnez --input DOSSIER ou --from-db URL"),
        ("", "missing command", "il manque une commande"),
    ],
)
def test_wrong_usage_has_a_code_in_both_languages(
    arguments: str,
    english: str,
    french: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(Path(__file__).parents[3])
    for lang, expected in (("en", english), ("fr", french)):
        code = execute(["--lang", lang, "--json", *arguments.split()])
        captured = capsys.readouterr()
        answer = json.loads(captured.out)
        assert (code, answer["exit_code"], answer["error"]) == (2, 2, "SO-100")
        assert expected in answer["message"]
        assert captured.err == answer["message"] + "\n"


def test_no_command_shows_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute([]) == 2
    assert "doctor" in capsys.readouterr().err


def test_a_password_given_in_the_wrong_place_is_not_repeated(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert execute(["--json", "stage", "postgresql://me:secret@server/base"]) == 2
    captured = capsys.readouterr()
    assert "server/base" in captured.err
    assert "secret" not in captured.out + captured.err


@pytest.mark.parametrize(
    "text",
    ["[engine]\nthread = 2\n", '[rules]\npsa_policy = "both"\n'],
    ids=["unknown key", "removed policy"],
)
def test_unknown_setting_is_refused(text: str, tmp_path: Path, command: Any) -> None:
    config = tmp_path / "bad.toml"
    config.write_text(text)
    code, answer, _ = command("--config", config, "--workspace", tmp_path / "w", "doctor")
    assert (code, answer["error"]) == (2, "SO-101")
    assert ("engine.thread" in answer["message"]) != ("psa_policy" in answer["message"])


def test_staging_speaks_french(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(12):
        (tmp_path / "in" / f"unknown_{number:02}.csv").write_text("a;b\n")
    (tmp_path / "in" / "IR_BEN_R.csv").write_text(
        "BEN_NIR_PSA;BEN_RNG_GEM;BEN_NAI_ANN\nPSA;1;1950\nPSA;1\n"
    )
    (tmp_path / "in" / "T_MCOaaD.csv").write_text("ETA_NUM;RSA_NUM;ASS_DGN\n1;1;I10\n")
    arguments = ["--lang", "fr", "--workspace", str(tmp_path / "w"), "stage", "--input"]
    done = subprocess.run(
        [sys.executable, "-m", "etl", *arguments, str(tmp_path / "in")],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 4
    assert "n'est pas connue : T_MCOaaD a un fichier par an [T_MCOaaD.csv]" in done.stderr
    assert "SO-210 des fichiers ont été refusés : 1 fichier(s)" in done.stderr
    assert "SO-221 ligne au mauvais nombre de champs : 1 ligne [IR_BEN_R.csv]" in done.stdout
    assert "unknown_09.csv et 2 autres" in done.stdout
    assert "lignes : 2 lues, 1 chargées, 1 en quarantaine" in done.stdout


def test_unwritable_workspace_is_refused(tmp_path: Path, command: Any) -> None:
    taken = tmp_path / "file"
    taken.write_text("")
    code, answer, _ = command("--workspace", taken / "w", "stage", "--input", tmp_path)
    assert (code, answer["error"]) == (2, "SO-103")


def test_doctor_finds_a_sound_installation(tmp_path: Path, command: Any) -> None:
    _, answer, _ = command("--workspace", tmp_path / "w", "doctor")
    subjects = {finding["subject"]: finding["is_good"] for finding in answer["findings"]}
    assert subjects["dbt-core"] and subjects["contracts"] and subjects["workspace"]


def test_doctor_speaks_french(tmp_path: Path, command: Any) -> None:
    arguments = ["--lang", "fr", "--workspace", str(tmp_path / "w"), "doctor"]
    done = subprocess.run(
        [sys.executable, "-m", "etl", *arguments], capture_output=True, text=True, timeout=60
    )
    for text in ("contrats : ", "espace de travail : ", "disque libre : ", "aucun n'est chargé"):
        assert text in done.stdout
    english = command(*arguments[2:])[1]["findings"]
    french = command(*arguments)[1]["findings"]
    assert [one["subject"] for one in french] == [one["subject"] for one in english]
    assert "aucun n'est chargé" in french[-1]["detail"]


def test_init_writes_settings_that_load(tmp_path: Path, command: Any) -> None:
    path = tmp_path / "snds-omop.toml"
    assert command("--config", path, "init")[0] == 0
    from etl.configuration import load_settings
    from etl.settings import Settings

    assert load_settings(path, environment={}) == Settings()
    assert command("--config", path, "init")[0] == 2


@pytest.mark.parametrize(
    ("population", "declares"), [("esnd", "esnd"), ("unknown", None), (None, None)]
)
def test_init_declares_the_population(
    tmp_path: Path, command: Any, population: str | None, declares: str | None
) -> None:
    from etl.delivery.declaration import read_declaration

    path = tmp_path / "snds-omop.toml"
    options = ["--population", population] if population else []
    assert command("--config", path, "init", *options)[0] == 0
    assert (tmp_path / "delivery.toml").exists() is (declares is not None)
    assert read_declaration(tmp_path).population == declares


def test_a_bug_shows_no_value(capsys: pytest.CaptureFixture[str]) -> None:
    from etl.cli.console import Console

    Console(as_json=True).crash(ValueError("BEN_NIR_PSA of a person"))
    out = capsys.readouterr()
    assert "BEN_NIR_PSA" not in out.out + out.err
    assert "SO-900" in out.err


def test_threads_bind_polars(tmp_path: Path) -> None:
    """Staging nothing imports Polars as staging something does."""
    (tmp_path / "snds-omop.toml").write_text("[engine]\nthreads = 3\n")
    code = (
        "from etl.cli import execute; execute(['stage', '--input', 'nothing']); import sys; "
        "print(sys.modules['polars'].thread_pool_size())"
    )
    environment = {k: v for k, v in os.environ.items() if k != "POLARS_MAX_THREADS"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, timeout=60, cwd=tmp_path,
        env=environment | {"PYTHONPATH": str(Path(__file__).parents[3])},
    )  # fmt: skip
    assert done.stdout.split()[-1] == "3", done.stderr
