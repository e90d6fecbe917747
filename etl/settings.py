"""The settings: one frozen tree of sections, each with its defaults and what it refuses.

:mod:`etl.configuration` reads them from options, variables of the environment and a file.
"""

from __future__ import annotations

import csv
import os
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from etl import connections
from etl.clauses import Clause, RefusedValueError
from etl.resources import mappings_dir


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
    spark: str = Field(
        "local",
        description="where `build --target spark` runs: local, or the Spark Connect server of a "
        "cluster, sc://host:15002 (TLS: sc://host:443/;use_ssl=true). A token comes from the "
        "variable SPARK_CONNECT_AUTHENTICATE_TOKEN",
    )
    spark_root: Path | None = Field(
        None,
        description="absolute path of a folder for the tables of Spark, the same on this machine "
        "and on every executor; not set: build/spark of the workspace",
    )
    spark_conf: dict[str, str] = Field(
        {},
        description="further configuration of the session, such as "
        '{"spark.sql.shuffle.partitions" = "4000"}; no secret',
    )

    _is_local_or_a_server = field_validator("spark")(connections.local_or_server)
    _is_a_shared_folder = field_validator("spark_root")(connections.shared_folder)
    _is_configuration = field_validator("spark_conf")(connections.configuration)

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
    lengths: bool = Field(
        True,
        description="a vaccine or a drug of one intake is used for the days that its public source "
        "gives (mappings/exceptions/drug_lengths.csv)",
    )


class MappingSettings(_Section):
    """How the site reviews its own mapping files."""

    one_person: bool = Field(
        False,
        description="the site has one person, who may approve what she or he wrote; without it, "
        "an author is never the reviewer",
    )


FIRST_DATE = date(2006, 1, 1)
"""First year of the SNDS: no delivery and no release is older."""


def _tomorrow() -> date:
    """Somewhere on earth it is already so late."""
    return datetime.now(UTC).date() + timedelta(days=1)


class SourceSettings(_Section):
    """Who delivers which data; `snds-omop init` asks. They name the files that networks read."""

    name: str = Field("SNDS", min_length=1, max_length=255, description="of the source, in full")
    abbreviation: str = Field(
        "SNDS",
        max_length=25,
        description="short name of the site in the network, one for each site: letters, digits, "
        "- and _; it becomes part of file and folder names",
    )
    holder: str = Field(
        "not stated", min_length=1, max_length=255, description="institution that holds the data"
    )
    description: str = ""
    source_date: date | None = Field(
        None, description="day of the extraction; default: last flux date, else last stay"
    )
    release_date: date | None = Field(
        None, description="cdm_release_date; default: the date of the source"
    )

    @field_validator("abbreviation")
    @classmethod
    def _is_a_file_name(cls, text: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", text):
            raise RefusedValueError(
                "is no name of a folder: letters, digits, - and _, such as CHU-X_SNDS",
                "ne peut nommer un dossier : lettres, chiffres, - et _, comme CHU-X_SNDS",
            )
        return text

    @field_validator("source_date", "release_date")
    @classmethod
    def _is_a_date_of_the_snds(cls, day: date | None) -> date | None:
        if day is not None and not FIRST_DATE <= day <= _tomorrow():
            raise RefusedValueError(
                "is before 2006 or in the future", "est antérieure à 2006 ou dans le futur"
            )
        return day

    def unstated(self) -> tuple[str, ...]:
        """Which of name, abbreviation and holder no person has stated."""
        usual = SourceSettings()
        names = ("name", "abbreviation", "holder")
        return tuple(name for name in names if getattr(self, name) == getattr(usual, name))


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


ReleaseFormat = Literal["duckdb", "parquet"]
"""How a release holds its tables."""


class ReleaseSettings(_Section):
    keep: int = Field(5, ge=1, description="releases kept; older ones are removed")
    format: ReleaseFormat = Field(
        "duckdb",
        description="how a new release holds its tables: one DuckDB file, or Parquet files",
    )
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
