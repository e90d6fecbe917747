"""What only a person knows of a dataset, in one file; a missing answer is named, never invented.

Each value is checked before anything is written: addresses, mails, days, codes of the lists.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from etl.clauses import Clause, RefusedValueError, joined, of_model, same
from etl.errors import SndsOmopError
from etl.publish.metadata.authorities import held_lists, require_code
from etl.state_file import write_whole

FILE = "steward.toml"
TEMPLATES = {
    lang: Path(__file__).with_name(f"steward_template_{lang}.toml") for lang in ("en", "fr")
}


def _address(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s<>\"{}|\\^`/]+(/[^\s<>\"{}|\\^`]*)?", text):
        raise RefusedValueError(
            "an address that begins with https:// or http:// is expected, without spaces",
            "une adresse qui commence par https:// ou http:// est attendue, sans espace",
        )
    return text


def _mail(text: str) -> str:
    if not re.fullmatch(r"[^\s@<>]+@[^\s@<>]+[.][A-Za-z]{2,}", text):
        raise RefusedValueError(
            "a mail address is expected, such as name@example.org",
            "une adresse de courriel est attendue, comme nom@exemple.org",
        )
    return text


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise RefusedValueError(
            "a day of the calendar is expected, YYYY-MM-DD",
            "un jour du calendrier est attendu, AAAA-MM-JJ",
        ) from error


def _code(name: str) -> AfterValidator:
    return AfterValidator(partial(require_code, name))


Url = Annotated[str, AfterValidator(_address)]
Mail = Annotated[str, AfterValidator(_mail)]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$"), AfterValidator(_day)]
_TO_ANSWER = ("TO BE ANSWERED", "À COMPLÉTER")


class _Answers(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_min_length=1)


class Words(_Answers):
    """A text in both languages."""

    fr: str
    en: str


class WordLists(_Answers):
    fr: tuple[str, ...] = Field(min_length=1)
    en: tuple[str, ...] = Field(min_length=1)


class Agent(_Answers):
    """An organisation, with at least one way to reach it."""

    name: str
    email: Mail | None = None
    page: Url | None = None
    type: Annotated[str, _code("publisher_type")] | None = None

    @model_validator(mode="after")
    def _reachable(self) -> Agent:
        if not self.email and not self.page:
            raise RefusedValueError("give email or page", "donnez email ou page")
        return self


class Steward(_Answers):
    """Answers of the steward. Mandatory ones have no default."""

    identifier: str
    uri: Url
    title: Words
    description: Words
    keywords: WordLists
    provenance: Words
    publisher: Agent
    custodian: Agent
    hdab: Agent
    contact_email: Mail | None = None
    contact_page: Url | None = None
    access_page: Url
    dataset_type: Literal["STATISTICAL", "SYNTHETIC_DATA", "TEST_DATA"]
    legal_status: Literal["main_database", "catalogue", "project"]
    health_categories: tuple[Annotated[str, _code("health_category")], ...] = Field(
        ("HRAD",), min_length=1
    )
    health_themes: tuple[Annotated[str, _code("health_theme")], ...] = ("HEALTH_SYSTEMS",)
    frequency: Annotated[str, _code("frequency")] | None = None
    country: str = Field("FRA", pattern="^[A-Z]{3}$")
    population_coverage: Words | None = None
    purpose: Words | None = None
    legal_basis: Words | None = None
    retention_from: Day | None = None
    retention_until: Day | None = None
    sample_page: Url | None = None
    analytics_page: Url | None = None
    licence: Url | None = None
    availability: Annotated[str, _code("availability")] | None = None
    landing_page: Url | None = None
    documentation: tuple[Url, ...] = ()
    publications: tuple[Url, ...] = ()
    sources: tuple[Url, ...] = ()

    @model_validator(mode="after")
    def _contact(self) -> Steward:
        if not self.contact_email and not self.contact_page:
            raise RefusedValueError(
                "give contact_email or contact_page", "donnez contact_email ou contact_page"
            )
        if (self.retention_from or "") > (self.retention_until or "9999"):
            raise RefusedValueError(
                "retention_from is after retention_until",
                "retention_from est après retention_until",
            )
        return self


LEGAL_STATUS = {
    "main_database": Words(fr="Base principale du SNDS.", en="Main database of the SNDS."),
    "catalogue": Words(
        fr="Base du catalogue du SNDS.", en="Database of the catalogue of the SNDS."
    ),
    "project": Words(
        fr="Données extraites pour un projet autorisé.",
        en="Data extracted for an authorised project.",
    ),
}


def read_answers(path: Path) -> Steward:
    """Read the steward's file.

    Raises:
        SndsOmopError: SO-116 naming every answer that is missing, SO-126 naming, with its line,
            every value that a catalogue would refuse.
    """
    try:
        text = path.read_text(encoding="utf-8")
        answers = tomllib.loads(text)
    except FileNotFoundError as error:
        raise SndsOmopError(
            "SO-116", "there is no such file yet", "ce fichier n'existe pas encore", where=str(path)
        ) from error
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SndsOmopError(
            "SO-116", "the file cannot be read", "le fichier ne peut être lu", where=str(path)
        ) from error
    open_questions = sorted(_unanswered(answers))
    if open_questions:
        raise SndsOmopError("SO-116", *same(", ".join(open_questions)), where=str(path))
    try:
        return Steward.model_validate(answers)
    except ValidationError as error:
        faults = list(
            zip(error.errors(include_input=False, include_url=False), of_model(error), strict=True)
        )
        missing = [clause for fault, clause in faults if fault["type"] == "missing"]
        if missing:
            raise SndsOmopError("SO-116", *joined(sorted(missing)), where=str(path)) from error
        wrong = sorted((_line(text, fault["loc"]), clause) for fault, clause in faults)
        clauses = joined(_at(line, clause) for line, clause in wrong)
        raise SndsOmopError("SO-126", *clauses, where=str(path)) from error


def _at(line: int, clause: Clause) -> Clause:
    if not line:
        return clause
    return Clause(f"line {line}: {clause.english}", f"ligne {line} : {clause.french}")


def _line(text: str, place: Sequence[int | str]) -> int:
    """Line of an answer, or of the header of its table; 0 when the file has neither."""
    names = [name for name in place if isinstance(name, str)]
    table: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[([^\[\]]+)\]\s*(#|$)", line):
            table = [name.strip() for name in header[1].split(".")]
            if table == names:
                return number
        elif (key := re.match(r"\s*([\w-]+)\s*=", line)) and [*table, key[1]] == names:
            return number
    return 0


def write_template(path: Path, lang: str = "en") -> None:
    """Write a file of questions for a steward to answer, with the codes that the lists have.

    Args:
        path: never over another file.
        lang: ``en`` or ``fr``, the language of the questions.

    Raises:
        SndsOmopError: SO-114 when the file exists.
    """
    if path.exists():
        raise SndsOmopError(
            "SO-114", "the file would be overwritten", "le fichier serait écrasé", where=str(path)
        )
    text = TEMPLATES[lang].read_text(encoding="utf-8")
    for name, codes in held_lists().items():
        text = text.replace(f"{{{name}}}", ", ".join(sorted(codes)))
    write_whole(path, text.encode())


def _unanswered(answers: Any, name: str = "") -> list[str]:
    if isinstance(answers, dict):
        return [
            question
            for key, value in answers.items()
            for question in _unanswered(value, f"{name}.{key}" if name else key)
        ]
    values = answers if isinstance(answers, list) else [answers]
    return [name] if any(str(value).startswith(_TO_ANSWER) for value in values) else []
