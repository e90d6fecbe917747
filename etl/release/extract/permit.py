"""A permit: who may use which persons, days, tables and precision of a release, until when.

A TOML file. What it does not grant is absent from the extract; an unknown key is an error.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from etl.clauses import RefusedValueError, joined, of_model, of_system
from etl.configuration import not_toml
from etl.contracts.cdm import cdm_tables
from etl.errors import SndsOmopError
from etl.release.extract.columns import (
    ALWAYS,
    BY_PRECISION,
    NEEDED,
    columns_needed,
    never_granted,
)

Text = Annotated[str, Field(min_length=1, max_length=500)]
Number = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,79}$")]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Terms(_Model):
    """The permit as the body that granted it states it."""

    number: Number
    holder: Text
    purpose: Text
    expires: date = Field(description="last day of use")
    granted: date | None = None


class Persons(_Model):
    """Whose rows: all persons of the release, a cohort of it, or those of a list."""

    select: Literal["all", "cohort", "list"]
    cohort: int | Annotated[str, Field(pattern=r"^[a-z0-9_]+$")] | None = Field(
        None, description="number in cdm.cohort_definition, or a name of definitions.yml"
    )
    list: Path | None = Field(
        None, description="CSV; a relative path begins at the permit's folder"
    )

    @model_validator(mode="after")
    def _one_way(self) -> Persons:
        wanted = {"all": set(), "cohort": {"cohort"}, "list": {"list"}}[self.select]
        given = {name for name in ("cohort", "list") if getattr(self, name) is not None}
        if given != wanted:
            raise RefusedValueError(
                'select = "cohort" needs cohort, "list" needs list, "all" neither',
                'select = "cohort" demande cohort, "list" demande list, "all" ni l\'un ni l\'autre',
            )
        return self


class Period(_Model):
    """Days of the events, both included; without one all days are granted."""

    first: date | None = None
    last: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Period:
        if self.first and self.last and self.first > self.last:
            raise RefusedValueError("first is after last", "first est après last")
        return self


class Precision(_Model):
    """How finely persons and places are described; each default is the coarsest."""

    birth: Literal["year", "month", "day"] = "year"
    residence: Literal["none", "department", "commune"] = "none"
    providers: Literal["removed", "renumbered"] = "removed"
    care_sites: Literal["removed", "renumbered"] = "removed"
    source_values: bool = Field(False, description="codes as delivered, and their concepts")
    audit: bool = Field(False, description="counts of the ledger of the whole release")


class Permit(_Model):
    """All that a permit file holds."""

    permit: Terms
    persons: Persons
    period: Period = Period()
    tables: Mapping[str, Literal["all"] | tuple[str, ...]]
    """CDM table → all, or its columns."""
    precision: Precision = Precision()

    @field_validator("tables")
    @classmethod
    def _tables_are_known(cls, given: Mapping[str, Any]) -> Mapping[str, Any]:
        if not given:
            raise RefusedValueError("it grants no table", "elle n'accorde aucune table")
        grantable = {
            name
            for name, table in cdm_tables().items()
            if table.group != "vocabulary" and name not in {*ALWAYS, *BY_PRECISION} - {"person"}
        }
        unknown = sorted(set(given) - grantable)
        if unknown:
            raise RefusedValueError(
                f"not a table that can be granted here: {', '.join(unknown)}",
                f"ces tables ne s'accordent pas ici : {', '.join(unknown)}",
            )
        for name, columns in given.items():
            if columns != "all":
                _check_columns(name, columns)
            missing = NEEDED.get(name)
            if missing and missing not in given:
                raise RefusedValueError(
                    f"{name} has no meaning without {missing}",
                    f"{name} n'a pas de sens sans {missing}",
                )
        return given

    @model_validator(mode="after")
    def _persons_are_described_once(self) -> Permit:
        listed = self.tables.get("person")
        if listed is not None and listed != "all":
            fine = sorted(
                {"month_of_birth", "day_of_birth", "birth_datetime", "location_id"} & {*listed}
            )
            if fine:
                raise RefusedValueError(
                    f"person: [precision] grants {', '.join(fine)}",
                    f"person : [precision] accorde {', '.join(fine)}",
                )
        return self

    @cached_property
    def day_range(self) -> tuple[date | None, date | None]:
        return self.period.first, self.period.last

    def require_valid(self, today: date) -> None:
        """Refuse a permit that is no longer, or not yet, in force (SO-503)."""
        if self.permit.expires < today:
            day = self.permit.expires.isoformat()
            raise SndsOmopError(
                "SO-503",
                f"permit {self.permit.number} ended on {day}",
                f"l'autorisation {self.permit.number} a pris fin le {day}",
            )
        if self.permit.granted and self.permit.granted > today:
            day = self.permit.granted.isoformat()
            raise SndsOmopError(
                "SO-503",
                f"permit {self.permit.number} begins on {day}",
                f"l'autorisation {self.permit.number} commence le {day}",
            )


def _check_columns(name: str, columns: tuple[str, ...]) -> None:
    table = cdm_tables()[name]
    unknown = sorted(set(columns) - {field.name for field in table.fields})
    if unknown:
        raise RefusedValueError(
            f"{name} has no column {', '.join(unknown)}",
            f"{name} n'a pas de colonne {', '.join(unknown)}",
        )
    never = sorted(one for one in columns if never_granted(name, one))
    if never:
        raise RefusedValueError(
            f"{name}: never part of an extract: {', '.join(never)}",
            f"{name} : jamais dans un extrait : {', '.join(never)}",
        )
    missing = [one for one in columns_needed(table) if one not in columns]
    if missing:
        raise RefusedValueError(
            f"{name}: the CDM requires {', '.join(missing)}: grant them, or not the table",
            f"{name} : le CDM exige {', '.join(missing)} : accordez-les, ou retirez la table",
        )


def read_permit(path: Path) -> Permit:
    """The permit of a file.

    Raises:
        SndsOmopError: SO-260 the file cannot be read, or grants what cannot be granted.
    """
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        found = Permit.model_validate(tree)
    except OSError as error:
        raise SndsOmopError("SO-260", *of_system(error), where=path.name) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SndsOmopError("SO-260", *not_toml(error), where=path.name) from error
    except ValidationError as error:
        raise SndsOmopError("SO-260", *joined(of_model(error)), where=path.name) from error
    if found.persons.list is None or found.persons.list.is_absolute():
        return found
    persons = found.persons.model_copy(update={"list": path.parent / found.persons.list})
    return found.model_copy(update={"persons": persons})
