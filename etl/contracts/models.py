"""What an SNDS table looks like, year by year: the form of ``tables/<product>/<table>.yml``."""

from __future__ import annotations

import re
from functools import cached_property
from typing import ClassVar, Literal, Self

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from etl.ids import MAX_TABLE, VARIANTS

ColumnType = Literal[
    "text",  # free or opaque text, kept as delivered but for surrounding blanks
    "code",  # code of a nomenclature or an identifier: trimmed text, leading zeros kept
    "numeric_code",  # code stored as a number at the source: "03" and "3.0" become "3"
    "integer",  # counter or quantity
    "decimal",  # money, tariff, coefficient: `scale` digits after the mark
    "date",  # any of the known date styles
    "month",  # YYYYMM, kept as text of six digits
]

_YEAR = r"(?P<year>\d{4})"
_TWO_DIGIT_YEAR = r"(?:(?P<year2>\d{2})|aa)"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Alias(_Model):
    """Another name that a column bore in some years."""

    name: str
    since: int | None = None
    until: int | None = None

    def holds(self, year: int | None) -> bool:
        """True when the alias is in use that year, or when the year is not known."""
        return year is None or (self.since or 0) <= year <= (self.until or 9999)


class Column(_Model):
    """One column of the contract."""

    AFTER_READING: ClassVar[tuple[str, ...]] = ("vocabularies", "person")
    """Fields that decide nothing of how files are read."""

    name: str
    type: ColumnType
    scale: int = Field(2, ge=0, le=8, description="digits after the decimal mark")
    pad: int | None = Field(
        None, description="left-pad with zeros when shorter and all digits (R01)"
    )
    style: Literal["ddmmyyyy", "yyyymmdd"] | None = Field(
        None, description="how the source writes it, for readers; any style is read"
    )
    year: bool = Field(False, description="a code that is a year: four digits")
    month_start: bool = Field(
        False, description="a month, held as its first day: shows whether the day is first"
    )
    kept: bool = Field(
        True, description="false: known, but no model reads it, so it is not brought to the lake"
    )
    aliases: tuple[Alias, ...] = ()
    not_read: bool = Field(False, description="declared absent from a delivery, whatever it has")
    vocabularies: tuple[str, ...] = Field(
        (),
        description="source vocabularies whose codes it holds: a code that has no concept "
        "gets one in the site's half",
    )
    person: Literal["psa", "rank", "ano", "idt", "other"] | None = Field(
        None,
        description="what it is of the person of its row: pseudonym or rank of a right (psa, rank),"
        " number (ano), identifier (idt); other: of another person (a mother)",
    )
    words: tuple[str, ...] = Field(
        (), description="codes of the nomenclature that elsewhere are words for a missing value"
    )
    since: int | None = None
    until: int | None = None
    doc: str = Field("", description="what it holds, in English")
    doc_fr: str = Field("", description="what it holds, in French")

    @property
    def polars_type(self) -> pl.DataType:
        """Type of the column in the lake."""
        match self.type:
            case "integer":
                return pl.Int64()
            case "decimal":
                return pl.Decimal(18, self.scale)
            case "date":
                return pl.Date()
            case _:
                return pl.String()

    @property
    def sql_type(self) -> str:
        """DuckDB name of the same type."""
        match self.type:
            case "integer":
                return "bigint"
            case "decimal":
                return f"decimal(18,{self.scale})"
            case "date":
                return "date"
            case _:
                return "varchar"


Role = Literal["events", "money", "context", "no_event", "not_transformed"]


class PartKey(_Model):
    """What names a part of a stay (unit, week, sequence); one that a file repeats is one."""

    of: tuple[str, str] = Field(
        description="establishment and number of the stay, or of the patient"
    )
    key: tuple[str, ...] = Field(min_length=1, description="empty in one of them: no part is named")
    more: tuple[str, ...] = Field((), description="columns that belong to the key and may be empty")

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.of, *self.key, *self.more)


class Link(_Model):
    """Rows of a table belong to those of another one with the same values, of one year in PMSI."""

    to: str = Field(description="the table whose rows name the person, or lead to one that does")
    by: tuple[str, ...] = Field(min_length=1, description="columns of this table")
    named: tuple[str, ...] = Field(
        (), description="the same columns in the other table, when their names differ"
    )

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Names here and there.

        Raises:
            ValueError: `named` has more or fewer names than `by`.
        """
        return tuple(zip(self.by, self.named or self.by, strict=True))


class Flags(_Model):
    """Columns of 0 and 1 that no contract can list: they change with each version of the table."""

    into: str = Field(description="text column of the lake: names of those that are 1")
    named: str = Field(description="regular expression of their whole name, upper case")

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(self.named)


class Contract(_Model):
    """One SNDS table: name, number, role, keys, columns."""

    AFTER_READING: ClassVar[tuple[str, ...]] = ("role", "stay", "part", "links", "activities")
    """Fields that decide nothing of how files are read."""

    table: str = Field(description="SNDS name; `aa` stands for the two-digit year")
    number: int = Field(ge=1, le=MAX_TABLE, description="part of every row id: never reused")
    product: str = Field(pattern=r"^[a-z]+$", description="folder of the lake and of staging")
    grain: str = Field(pattern=r"^One row per ", description="in English")
    grain_fr: str = Field(pattern=r"^Une ligne par ")
    key: tuple[str, ...] = Field(
        min_length=1, description="NULL in one of them quarantines the row"
    )
    role: Role = Field(
        description="what becomes of its rows: they give rows of the CDM, or money alone; all "
        "describe others; all are money of no event (R23); or this version leaves them (N00)"
    )
    stay: tuple[str, str] | None = Field(
        None,
        description="establishment and number of the stay or bill that its rows, which have no key "
        "of their own, belong to: those of a later file replace them together (R13)",
    )
    part: PartKey | None = Field(None, description="set for the parts of a stay")
    links: tuple[Link, ...] = Field((), description="lines or stays that its rows belong to")
    activities: tuple[str, ...] = Field(
        (),
        description="kinds of care (note of prs_nat_ref) whose lines have their details here, what "
        "it is made for first",
    )
    unique: bool = Field(False, description="the source promises one row per key")
    required: tuple[str, ...] = Field(
        (), description="absent from the header: file refused (in addition to the key)"
    )
    required_any: tuple[str, ...] = Field((), description="at least one must be in the header")
    date: tuple[str, ...] = Field((), description="all NULL: row quarantined")
    slots: tuple[str, ...] = Field(
        ("",),
        description="columns of one row that give rows of their own; the CDM id holds their place",
    )
    columns: tuple[Column, ...]
    version: str | None = Field(
        None, description="column of the version (G11) that the name of a file may hold"
    )
    flags: Flags | None = None
    multiline: tuple[str, ...] = Field(
        (),
        description="free texts that may hold line ends, kept or not; elsewhere a quote that would "
        "swallow a line end quarantines its line",
    )

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        names = [column.name for column in self.columns]
        if len(names) != len(set(names)):
            raise ValueError(f"{self.table}: a column is declared twice")
        parts = self.part.columns if self.part else ()
        linked = (own for link in self.links for own, _ in link.pairs)
        keys = (*self.key, *(self.stay or ()), *parts, *linked)
        of_names = [self.version] if self.version else []
        of_names += [self.flags.into] if self.flags else []
        for used in (*keys, *self.required, *self.required_any, *self.date, *of_names):
            if used not in names:
                raise ValueError(f"{self.table}: {used} is used but not declared")
            if not self.column(used).kept:
                raise ValueError(f"{self.table}: {used} is used but not kept")
        for column in self.columns:
            if column.vocabularies and not column.kept:
                raise ValueError(f"{self.table}: {column.name} has codes but is not kept")
        if len(self.slots) > VARIANTS:
            raise ValueError(f"{self.table}: more than {VARIANTS} slots")
        return self

    @property
    def is_yearly(self) -> bool:
        """True for PMSI names, whose year is part of the table's name."""
        return "aa" in self.table

    @cached_property
    def has_flux(self) -> bool:
        """True for claims, which come by month of flux and are cut by it."""
        return any(column.name == "FLX_DIS_DTD" for column in self.columns)

    @property
    def model_name(self) -> str:
        """Lower-case name used for folders and models: ``t_mcoaab``, ``er_prs_f``."""
        return self.table.lower()

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches the base name (no extension, any case) of the table's files."""
        if self.is_yearly:
            body = re.escape(self.table).replace("aa", _TWO_DIGIT_YEAR, 1)
            return re.compile(rf"^{body}$", re.IGNORECASE)
        return re.compile(rf"^{re.escape(self.table)}(?:_{_YEAR})?$", re.IGNORECASE)

    @cached_property
    def kept(self) -> tuple[Column, ...]:
        """Columns of the lake. Parsing is the cost of staging: what no model reads is left out."""
        return tuple(column for column in self.columns if column.kept)

    def column(self, name: str) -> Column:
        """A column of the contract, or one of its flags.

        Raises:
            KeyError: it is neither.
        """
        for column in self.columns:
            if column.name == name:
                return column
        if self.is_flag(name):
            return Column(name=name, type="numeric_code")
        raise KeyError(name)

    def of_persons(self, *roles: str) -> tuple[str, ...]:
        """Kept columns that name a person, in these roles."""
        return tuple(one.name for one in self.kept if one.person in roles)

    def is_flag(self, name: str) -> bool:
        """True for a column that `flags` gathers; the declared ones are none."""
        return (
            self.flags is not None
            and self.flags.pattern.fullmatch(name) is not None
            and all(name != column.name for column in self.columns)
        )
