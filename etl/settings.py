"""One frozen tree of settings. Precedence: option > SNDS_OMOP_* > snds-omop.toml > default.

An environment variable names a leaf with double underscores: ``SNDS_OMOP_ENGINE__THREADS=4``.
An unknown key, wherever it stands, is an error (SO-101); so is a variable of the
prefix that nothing reads.
"""

from __future__ import annotations

import csv
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    TomlConfigSettingsSource,
)

from etl.clauses import Clause, RefusedValueError, joined, of_model, of_system
from etl.errors import SndsOmopError
from etl.resources import mappings_dir

ENV_PREFIX = "SNDS_OMOP_"
DEFAULT_FILE = "snds-omop.toml"

# Variables of the prefix that are no settings: the address of a database, and what dbt reads
# (dbt_project/profiles.yml), by itself or from us.
NOT_SETTINGS = frozenset(
    f"{ENV_PREFIX}{name}"
    for name in (
        "FROM_DB",
        "LAKE",
        "CANDIDATE",
        "REGISTRY",
        "TEMP",
        "VOCABULARY",
        "THREADS",
        "DBT_THREADS",
        "MEMORY",
        "SPARK",
        "SPARK_FORMAT",
        "SPARK_MEMORY",
        "SPARK_PARTITIONS",
        "SPARK_HOST",
        "SPARK_PORT",
        "SPARK_USER",
        "SPARK_ORGANIZATION",
        "SPARK_CLUSTER",
        "GX_LAKE",
        "GX_CANDIDATE",
    )
)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InputSettings(_Section):
    """How delivery files are read; ``None`` means detected file by file."""

    separator: Literal[",", ";", "\t", "|"] | None = None
    encoding: Literal["utf-8", "latin-1", "cp1252"] | None = None
    timezone: str = Field(
        "Europe/Paris", description="where an instant (a time with Z or an offset) has its day"
    )
    infra_annual: bool = Field(
        False, description="accept T_MCOaa_mmX files (not validated by ATIH)"
    )

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, zone: str) -> str:
        import polars as pl  # slow to import, and seldom needed here

        try:
            pl.select(pl.lit(0).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(zone))
        except pl.exceptions.PolarsError:
            raise RefusedValueError(
                "is no time zone, such as Europe/Paris",
                "n'est pas un fuseau horaire, comme Europe/Paris",
            ) from None
        return zone


class EngineSettings(_Section):
    """What the machine may spend."""

    threads: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    memory_limit: str = Field("4GB", pattern=r"^\d+(MB|GB)$")
    batch: Literal["auto", "one", "year", "month"] = Field(
        "auto",
        description="lines of DCIR joined at a time: all, a flux year, a flux month "
        "(auto: by number and order of lines); changes memory, no output",
    )

    def duckdb(self, spill: Path) -> dict[str, Any]:
        """Configuration of a connection that keeps within these limits.

        Args:
            spill: folder for what does not fit in memory.
        """
        return {
            "threads": self.threads,
            "memory_limit": self.memory_limit,
            "temp_directory": str(spill),
            "preserve_insertion_order": False,
        }


class RulesSettings(_Section):
    """Choices that change output. Rule ids are those of mappings/rules/snds_rules.csv."""

    off: tuple[str, ...] = Field((), description="rules switched off, by id; those of can_be_off")
    psa_policy: Literal["drop", "first"] = Field(
        "drop",
        description="stays of twins who share a pseudonym: excluded (drop), or of the lowest rank "
        "(first; docs/adr/0007)",
    )
    death_tolerance_days: int = Field(
        30, ge=0, description="care is believed until so many days after death (R11b)"
    )
    hcl_external_in_double: bool = Field(
        True,
        description="external care of Lyon's hospitals (HCL) was sent twice until 2017, as their "
        "stays were; two pages of the HDH disagree",
    )

    @field_validator("off")
    @classmethod
    def _may_be_off(cls, ids: tuple[str, ...]) -> tuple[str, ...]:
        if ids:
            path = mappings_dir() / "rules" / "snds_rules.csv"
            with path.open(encoding="utf-8", newline="") as lines:
                register = {row["rule_id"]: row["can_be_off"] for row in csv.DictReader(lines)}
            for one in ids:
                if register.get(one) != "yes":
                    if one in register:
                        fault = Clause("cannot be switched off", "ne peut être arrêtée")
                    else:
                        fault = Clause("is no rule", "n'est pas une règle")
                    raise RefusedValueError(
                        f"{one} {fault.english} (mappings/rules/snds_rules.csv)",
                        f"{one} {fault.french} (mappings/rules/snds_rules.csv)",
                    )
        return ids


class ObservationSettings(_Section):
    """Window in which the delivery is complete; ``start = None`` means derived from the data."""

    start: date | None = None
    end: date | Literal["dcir", "hospital", "both"] = Field(
        "both",
        description="last day observed: dcir, `flux_months` before the last flux month; hospital, "
        "the end of the last year of PMSI; both, the earlier of them; or a day (docs/adr/0009)",
    )
    flux_months: int = Field(
        6, ge=0, le=27, description="flux months that follow the last complete month of care (R12)"
    )
    rule: Literal["window", "visits"] = Field(
        "window",
        description="window: life within the window (docs/adr/0009); visits: first to last visit",
    )
    regime_start: dict[str, date] = Field(
        {},
        description="first complete day by payer (first three characters of ORG_AFF_BEN), "
        'such as {"02A" = "2009-01-01"}',
    )


class DrugSettings(_Section):
    """How long a drug is deemed to be used: the SNDS has neither posology nor days of supply."""

    days: int = Field(30, ge=1, description="days of use of what was dispensed")
    days_large_pack: int = Field(90, ge=1, description="the same of a pack of about three months")


class MappingSettings(_Section):
    """How the site reviews its own mapping files."""

    one_person: bool = Field(
        False,
        description="the site has one person, who may approve what she or he wrote; without it, "
        "an author is never the reviewer",
    )


class SourceSettings(_Section):
    """The fields of cdm_source that only a person knows."""

    name: str = "SNDS"
    abbreviation: str = Field("SNDS", max_length=25)
    holder: str = "not stated"
    description: str = ""
    release_date: date | None = Field(None, description="cdm_release_date; default: last flux date")


USUAL_MINIMUM = 11
"""Practice of French secure access; a smaller number is a decision to be confirmed."""


class PrivacySettings(_Section):
    """What may be shown of a person or of a small group."""

    person_source_value: Literal["empty", "keyed_hash"] = "empty"
    minimum_count: int = Field(
        11, ge=5, description="fewest persons that may be shown; under 11 needs a confirmation"
    )
    minimum_count_confirmed: bool = Field(
        False, description="confirm a minimum_count under 11; every pack states it"
    )
    largest_share: float = Field(
        0.5, gt=0, lt=1, description="largest share of the records of a cell that one person has"
    )
    two_largest_share: float = Field(
        0.75, gt=0, lt=1, description="largest share that two persons have together"
    )
    person_pages: bool = Field(
        False, description="draw a real person's timeline, inside the closed zone only"
    )

    @model_validator(mode="after")
    def _small_minimum_is_confirmed(self) -> PrivacySettings:
        if self.minimum_count < USUAL_MINIMUM and not self.minimum_count_confirmed:
            raise RefusedValueError(
                "minimum_count under 11 needs minimum_count_confirmed = true",
                "minimum_count sous 11 exige minimum_count_confirmed = true",
            )
        return self


class ReleaseSettings(_Section):
    keep: int = Field(5, ge=1, description="releases kept; older ones are removed")
    key_fingerprint: str = Field(
        "",
        pattern=r"^(SHA256:[0-9a-f]{64})?$",
        description="fingerprint that the signing key must have, as `release verify` shows it",
    )


class Settings(_Section):
    """The whole tree."""

    input: InputSettings = InputSettings()
    engine: EngineSettings = EngineSettings()
    rules: RulesSettings = RulesSettings()
    observation: ObservationSettings = ObservationSettings()
    drugs: DrugSettings = DrugSettings()
    mappings: MappingSettings = MappingSettings()
    source: SourceSettings = SourceSettings()
    privacy: PrivacySettings = PrivacySettings()
    release: ReleaseSettings = ReleaseSettings()


def _no_setting(name: str) -> Clause:
    """A variable that nothing reads, and the setting or variable that was perhaps meant."""
    settings = (
        f"{ENV_PREFIX}{section}__{leaf}".upper()
        for section, field in Settings.model_fields.items()
        for leaf in type(field.default).model_fields
    )
    near = get_close_matches(name, [*settings, *NOT_SETTINGS], n=1)
    return Clause(
        "no such environment variable" + "".join(f", perhaps {one}" for one in near),
        "aucune variable d'environnement de ce nom" + "".join(f", peut-être {one}" for one in near),
    )


class _Environment(EnvSettingsSource):
    """The variables that were handed in: tests and callers need not change ``os.environ``."""

    def __init__(self, settings: type[BaseSettings], variables: Mapping[str, str]) -> None:
        self._variables = {name.lower(): value for name, value in variables.items()}
        super().__init__(settings, env_prefix=ENV_PREFIX, env_nested_delimiter="__")

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._variables

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        # A text that is no JSON is left to validation, which names the setting at fault.
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


def _sources(
    file: Path | None, options: Mapping[str, Any], variables: Mapping[str, str]
) -> type[BaseSettings]:
    """The tree as pydantic-settings reads it: option, then variable, then file, then default."""

    class Read(Settings, BaseSettings):  # type: ignore[misc] # two kinds of model_config
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return (
                InitSettingsSource(settings_cls, dict(options)),
                _Environment(settings_cls, variables),
                *([TomlConfigSettingsSource(settings_cls, file)] if file else []),
            )

    return Read


def load_settings(
    file: Path | None = None,
    *,
    options: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Read settings from all their places.

    Args:
        file: a TOML file; ``None`` reads ``snds-omop.toml`` of the current directory if there.
        options: command-line values as a nested mapping, strongest of all.
        environment: default ``os.environ``.

    Raises:
        SndsOmopError: SO-101 for a file that cannot be read, an unknown key or a bad value.
    """
    path = file or Path(DEFAULT_FILE)
    given = os.environ if environment is None else environment
    variables = {
        name: value
        for name, value in given.items()
        if name.startswith(ENV_PREFIX) and name not in NOT_SETTINGS
    }
    unknown: dict[str, Any] = {}
    for name, value in variables.items():
        section, delimiter, leaf = name.removeprefix(ENV_PREFIX).lower().partition("__")
        if not delimiter:
            raise SndsOmopError("SO-101", *_no_setting(name), where=name)
        if section not in Settings.model_fields:
            # pydantic-settings would pass over it: validation refuses it with all other faults.
            unknown.setdefault(section, {})[leaf] = value
    try:
        if file is not None:
            # pydantic-settings reads an absent file as an empty one.
            file.stat()
        read = _sources(
            path if path.is_file() else None, unknown | dict(options or {}), variables
        )()
    except ValidationError as error:
        where = _places(error, variables, path)
        raise SndsOmopError("SO-101", *joined(of_model(error)), where=where) from error
    except OSError as error:
        raise SndsOmopError("SO-101", *of_system(error), where=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SndsOmopError("SO-101", *not_toml(error), where=str(path)) from error
    return Settings(**{name: getattr(read, name) for name in Settings.model_fields})


def _places(error: ValidationError, variables: Iterable[str], file: Path) -> str:
    """Where the settings at fault come from: variables of the environment, or the file."""
    places: list[str] = []
    for fault in error.errors():
        section, leaf = [*map(str, fault["loc"]), ""][:2]
        prefix = f"{ENV_PREFIX}{section}__".upper()
        named = [one for one in variables if one.upper() == f"{prefix}{leaf}".upper()]
        if not leaf:
            named = [one for one in variables if one.upper().startswith(prefix)]
        places += named or [str(file)]
    return ", ".join(dict.fromkeys(places))


def not_toml(error: ValueError) -> Clause:
    """Why a file is no TOML: its encoding, or the place at which it stops being so."""
    if isinstance(error, UnicodeDecodeError):
        return Clause("the file is not UTF-8", "le fichier n'est pas en UTF-8")
    place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    where = f" (ligne {place[1]}, colonne {place[2]})" if place else " (à la fin)"
    english = f"the file is no TOML: {error}"  # the words of the library, which has no French
    return Clause(english, f"le fichier n'est pas du TOML{where}")


def settings_template() -> str:
    """A TOML file that states every setting with its default, commented out."""
    lines = ["# snds-omop settings. Remove the # of a line to change it.", ""]
    for name, section in Settings.model_fields.items():
        model = section.default
        lines.append(f"[{name}]")
        if model.__class__.__doc__:
            lines.append(f"# {model.__class__.__doc__.strip()}")
        for key, field in type(model).model_fields.items():
            if field.description:
                lines.append(f"# {field.description}")
            value = getattr(model, key)
            lines.append(f"# {key} = {_toml(value)}")
        lines.append("")
    return "\n".join(lines)


def _toml(value: object) -> str:
    if value is None:
        return '""  # not set'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {_toml(one)}' for key, one in value.items()) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    return f'"{value}"'
