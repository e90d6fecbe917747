"""What a cohort is: entry events, then what must follow or precede them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

DEFINITIONS_FILE = Path(__file__).with_name("definitions.yml")

Domain = Literal[
    "condition",
    "drug",
    "procedure",
    "measurement",
    "device",
    "observation",
    "visit",
    "visit_detail",
    "plan",
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Criterion(_Part):
    """Events of one domain, by standard concepts (and their descendants) or by source codes."""

    domain: Domain
    concepts: tuple[int, ...] = ()
    codes: dict[str, tuple[str, ...]] = {}
    """Source vocabulary → prefixes of codes, without dots."""
    source_values: tuple[str, ...] = ()
    """Prefixes of the text of the source, where it has no code; ATLAS cannot express them."""


class Inclusion(_Part):
    """At least one of these events within a window around the entry, in days."""

    start: int = Field(alias="from")
    end: int = Field(alias="to")
    any: tuple[Criterion, ...] = Field(min_length=1)


class Cohort(_Part):
    """One cohort; a person enters with the first entry event that meets every inclusion."""

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    group: Literal["benchmark", "ehds"]
    title: dict[Literal["fr", "en"], str]
    entry: tuple[Criterion, ...] = Field(min_length=1)
    inclusion: tuple[Inclusion, ...] = ()

    @property
    def is_portable(self) -> bool:
        """Whether ATLAS can express it: by concepts alone."""
        return not any(criterion.source_values for criterion in self.criteria())

    def criteria(self) -> list[Criterion]:
        return [*self.entry, *(c for rule in self.inclusion for c in rule.any)]


@cache
def cohorts() -> tuple[Cohort, ...]:
    """The cohorts of ``definitions.yml``, in its order."""
    loaded = yaml.safe_load(DEFINITIONS_FILE.read_text(encoding="utf-8"))
    return tuple(Cohort.model_validate(entry) for entry in loaded)
