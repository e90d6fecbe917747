"""Every message exists in both languages: read from the source, so that none is forgotten."""

from __future__ import annotations

import ast
import errno
import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from data_quality.checks.model import Severity
from data_quality.gate import Policy, Waiver
from etl.clauses import MODEL_FRENCH, Clause, joined, of_model, of_system
from etl.cli import VERBS, words_fr
from etl.configuration import NOT_SETTINGS, load_settings
from etl.errors import SndsOmopError
from etl.loaders.report import Status as FileStatus
from etl.publish.metadata.steward import Steward
from etl.settings import Settings
from etl.vocabulary.diff import STATES

ROOT = Path(__file__).resolve().parents[3]
# Calls that take a sentence in English, then in French, and where the English stands.
BILINGUAL = {
    "Clause": 0,
    "RefusedValueError": 0,
    "WholeBuildNeededError": 0,
    "SndsOmopError": 1,
    "error": 2,
    "warning": 2,
    "graded": 2,
}


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    for package in ("etl", "data_quality"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    name = getattr(node.func, "id", "")
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", name, node


def words(node: ast.expr) -> str:
    """The letters of a string or an f-string, without what it inserts and without paths."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    constants = (part.value for part in parts if isinstance(part, ast.Constant))
    text = re.sub(r"\S*[./]\S+", " ", " ".join(map(str, constants)).lower())
    return re.sub(r"[^a-zà-ÿ]+", " ", text).strip()


def inserted(node: ast.expr) -> set[str]:
    """The names of what a sentence inserts; both sides of a clause count as one."""
    found = {
        other.id if isinstance(other, ast.Name) else other.attr
        for part in ast.walk(node)
        if isinstance(part, ast.FormattedValue)
        for other in ast.walk(part.value)
        if isinstance(other, ast.Name | ast.Attribute)
    }
    return found - {"english", "french"}


def test_every_sentence_stands_in_both_languages_with_the_same_parts() -> None:
    seen = 0
    for where, name, call in calls():
        start = BILINGUAL.get(name)
        if start is None or any(isinstance(one, ast.Starred) for one in call.args):
            continue
        assert len(call.args) >= start + 2, where
        english, french = call.args[start : start + 2]
        sentences = ast.Constant, ast.JoinedStr
        if not isinstance(english, sentences):  # the words of a library, or of a variable
            continue
        seen += 1
        assert isinstance(french, sentences), where
        assert inserted(english) == inserted(french), where
        assert not words(english) or words(english) != words(french), where
    assert seen > 200


def test_only_names_are_the_same_in_both_languages() -> None:
    for where, name, call in calls():
        if name == "same":
            assert (
                not isinstance(call.args[0], ast.Constant)
                or "-" in call.args[0].value
                or (call.args[0].value.isidentifier())
            ), where
            assert not words(call.args[0]) or isinstance(call.args[0], ast.Constant), where


def test_texts_of_the_command_line_are_in_both_languages() -> None:
    """A text alone may hold a name, a path or the verb of the command: no other word."""
    verbs = {
        *VERBS,
        "publish",
        "ares",
        "network",
        "postgres",
        "parquet",
        "metadata",
        "share",
        "diff",
        "suggestions",
        "targeting",
        "s",
        "cdm",
    }
    for where, _, call in calls():
        attribute = getattr(call.func, "attr", "")
        if not where.startswith("etl/cli") or attribute not in ("say", "warn", "progress"):
            continue
        if len(call.args) == 1 and isinstance(call.args[0], ast.Constant | ast.JoinedStr):
            assert set(words(call.args[0]).split()) <= verbs, where
        elif len(call.args) == 2:
            french = {one.removesuffix("_fr") for one in inserted(call.args[1])}
            assert inserted(call.args[0]) <= french, where


def test_words_of_results_have_their_french() -> None:
    assert words_fr.FILE.keys() == set(get_args(FileStatus))
    assert words_fr.SEVERITY.keys() == set(Severity)
    assert words_fr.MAPPING.keys() == set(STATES)


def test_an_error_without_its_french_cannot_be_made() -> None:
    with pytest.raises(TypeError):
        SndsOmopError("SO-106", "no candidate")  # type: ignore[call-arg]


def test_several_clauses_are_joined_as_one() -> None:
    clause = joined([Clause("one", "un"), Clause("two", "deux")])
    assert (clause.say("en"), clause.say("fr")) == ("one; two", "un ; deux")


def test_the_system_speaks_french() -> None:
    for number in (errno.EACCES, errno.ENOSPC, errno.ENOENT, errno.EROFS):
        one = of_system(OSError(number, os.strerror(number)))
        assert one.english == os.strerror(number)
        assert one.french not in ("", one.english) and "erreur du système" not in one.french
    assert of_system(OSError()).french == "erreur du système (OSError)"


NUMBERS = (-1, 1.5, float("inf"), 10**30)
WRONG: tuple[Any, ...] = (None, "x!", "", "y" * 99, *NUMBERS, [], [7], {}, True)


@pytest.mark.parametrize("model", [Settings, Policy, Waiver, Steward])
def test_every_refusal_of_a_model_has_french_and_shows_no_value(model: Any) -> None:
    """All leaves are given all kinds of wrong values; an unforeseen kind of refusal fails here."""

    def places(of: Any) -> Iterator[tuple[str, ...]]:
        for name, field in of.model_fields.items():
            yield (name,)
            if hasattr(field.annotation, "model_fields"):
                yield from ((name, *rest) for rest in places(field.annotation))

    kinds = set()
    for place in [*places(model), ("unknown",), ("input", "unknown")]:
        for value in (*WRONG, "a value of a person"):
            tree: Any = value
            for part in reversed(place):
                tree = {part: tree}
            try:
                model.model_validate(tree)
            except ValidationError as error:
                for fault, clause in zip(error.errors(), of_model(error), strict=True):
                    kinds.add(fault["type"])
                    assert "valeur refusée (" not in clause.french, fault
                    assert "a value of a person" not in clause.english + clause.french
    assert kinds - {"value_error"} <= MODEL_FRENCH.keys()
    assert "extra_forbidden" in kinds


def test_a_rule_that_may_not_be_off_is_refused_in_french(tmp_path: Path) -> None:
    path = tmp_path / "snds-omop.toml"
    path.write_text('[rules]\noff = ["R999"]\n')
    with pytest.raises(SndsOmopError) as caught:
        load_settings(path, environment={})
    assert "rules.off : R999 n'est pas une règle" in caught.value.line("fr")
    path.write_text("[rules\n")
    with pytest.raises(SndsOmopError) as caught:
        load_settings(path, environment={})
    assert "le fichier n'est pas du TOML (ligne 1, colonne 7)" in caught.value.line("fr")


def test_a_refused_setting_is_shown_with_the_place_it_comes_from(tmp_path: Path) -> None:
    path = tmp_path / "snds-omop.toml"
    path.write_text("[engine]\nthreads = 0\n")
    for name, places in (
        ("SNDS_OMOP_ENGINE__THREAD", f"{path}, SNDS_OMOP_ENGINE__THREAD"),
        ("SNDS_OMOP_ENGINE__THREADS", "SNDS_OMOP_ENGINE__THREADS"),
        ("SNDS_OMOP_ENGINES__THREADS", f"{path}, SNDS_OMOP_ENGINES__THREADS"),
    ):
        with pytest.raises(SndsOmopError) as caught:
            load_settings(path, environment={name: "0", "SNDS_OMOP_RELEASE__KEEP": "2"})
        assert caught.value.where == places


def test_a_mistyped_variable_is_refused_and_the_right_one_is_named() -> None:
    with pytest.raises(SndsOmopError) as caught:
        load_settings(environment={"SNDS_OMOP_ENGINE_THREADS": "2"})
    assert (caught.value.code, caught.value.where) == ("SO-101", "SNDS_OMOP_ENGINE_THREADS")
    assert "perhaps SNDS_OMOP_ENGINE__THREADS" in caught.value.line("en")
    assert "peut-être SNDS_OMOP_ENGINE__THREADS" in caught.value.line("fr")
    names = dict.fromkeys(NOT_SETTINGS, "1")
    assert load_settings(environment={**names, "SNDS_OMOPX": "1"}) == Settings()
    given = {"SNDS_OMOP_OBSERVATION__START": "2019-01-01"}
    assert load_settings(environment=given).observation.start == date(2019, 1, 1)


def test_every_variable_that_the_product_reads_is_known() -> None:
    """As written in code, dbt project and documents; settings have a double underscore.

    That of the completion of a shell begins with an underscore: click alone reads it.
    """
    read: set[str] = set()
    variable = re.compile(r"(?<!_)SNDS_OMOP_[A-Z0-9_]*[A-Z0-9]")
    for folder in ("etl", "data_quality", "dbt_project", "docs"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".sql", ".yml", ".md", ".j2", ".sh"):
                read.update(variable.findall(path.read_text("utf-8")))
    assert {name for name in read if "__" not in name} == NOT_SETTINGS
