"""What only a person knows of a dataset, in one file; a missing answer is said, never invented."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from etl.clauses import RefusedValueError, joined, of_model, same
from etl.errors import SndsOmopError

FILE = "steward.toml"
TEMPLATE_FILE = Path(__file__).with_name("steward_template.toml")

Url = str
_TO_ANSWER = "TO BE ANSWERED"


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
    email: str | None = None
    page: Url | None = None
    type: str | None = Field(None, description="code of the publisher-type list")

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
    contact_email: str | None = None
    contact_page: Url | None = None
    access_page: Url
    dataset_type: Literal["STATISTICAL", "SYNTHETIC_DATA", "TEST_DATA"]
    health_categories: tuple[str, ...] = Field(("HRAD",), min_length=1)
    health_themes: tuple[str, ...] = ("HEALTH_SYSTEMS",)
    frequency: str | None = None
    country: str = "FRA"
    population_coverage: Words | None = None
    purpose: Words | None = None
    legal_basis: Words | None = None
    retention_from: str | None = None
    retention_until: str | None = None
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
        return self


def read_answers(path: Path) -> Steward:
    """Read the steward's file.

    Raises:
        SndsOmopError: SO-116 naming every answer that is missing or not usable.
    """
    try:
        answers = tomllib.loads(path.read_text(encoding="utf-8"))
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
        faults = joined(sorted(of_model(error)))
        raise SndsOmopError("SO-116", *faults, where=str(path)) from error


def write_template(path: Path) -> None:
    """Write a file of questions for a steward to answer; never over another.

    Raises:
        SndsOmopError: SO-114 when the file exists.
    """
    if path.exists():
        raise SndsOmopError(
            "SO-114", "the file would be overwritten", "le fichier serait écrasé", where=str(path)
        )
    path.write_text(TEMPLATE_FILE.read_text(encoding="utf-8"), encoding="utf-8")


def _unanswered(answers: Any, name: str = "") -> list[str]:
    if isinstance(answers, dict):
        return [
            question
            for key, value in answers.items()
            for question in _unanswered(value, f"{name}.{key}" if name else key)
        ]
    values = answers if isinstance(answers, list) else [answers]
    return [name] if any(str(value).startswith(_TO_ANSWER) for value in values) else []
