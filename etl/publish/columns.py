"""What a column of an added table may be, and what its values may be: all else is refused."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from etl.clauses import Clause
from etl.publish.guard import DAY, IDENTIFIER_COLUMN, NIR, PSEUDONYM


class Role(StrEnum):
    """What a declared column is."""

    STRATUM = "stratum"
    PERSONS = "persons"
    RECORDS = "records"
    MEASURE = "measure"


# Columns whose names are declarations: the usual ones, those of Strategus and CohortDiagnostics.
_PERSONS = re.compile(
    r"(n|nb|count|effectif|persons?|patients?|subjects?|count_value|"
    r"(n|nb|num|number_of|count_of|nombre_de)_?(persons?|personnes|patients?|subjects?|sujets)|"
    r"(cohort|person|patient|subject)_?(subjects|count|counts|persons))"
)
_RECORDS = re.compile(
    r"(records?|rows|entries|events|enregistrements|cohort_entries|record_count|"
    r"(n|nb|num)_?(records|rows|entries|events|stays|sejours|enregistrements))"
)
_WORDS = re.compile(
    r"(code|label|libelle|name|nom|description|definition|vocabulary|vocabulary_id|domain|"
    r"domain_id|concept_name|concept_class_id|source_code|source_vocabulary|target_concept_id|"
    r"(\w+_)?concept_id)"
)
_STRATA = re.compile(
    r"(group|groupe|stratum(_\d)?|sex|sexe|gender|age_group|age_band|tranche_age|year|annee|"
    r"month|mois|calendar_month|calendar_year|quarter|trimestre|region|department|departement|"
    r"country|category|categorie|table|measure|domain|cohort|cohort_name|cohort_id|"
    r"cohort_definition_id|database_id|database_name|cdm_name|analysis_id|covariate_id|"
    r"covariate_name|time_id|weekday)"
)
# Their small whole numbers are names, not counts.
_NUMBERED = re.compile(
    r"(sex|sexe|gender|month|mois|calendar_month|quarter|trimestre|region|department|"
    r"departement|cohort_id|cohort_definition_id|analysis_id|time_id|weekday)"
)
EXTREME = re.compile(r"(^|_)(min|max|minimum|maximum|first|last|premier|dernier)($|_)")
SHARE = re.compile(
    r"(^|_)(pct|percent(age)?|pourcent(age)?|prop(ortion)?|rate|share|prevalence)($|_)"
)
_QUANTILE = re.compile(r"(^|_)(p|q|pct|percentile|quantile|centile)_?(\d{1,2})($|_)")
# Codes of places finer than a French department, such as postal codes.
_REGIONAL = re.compile(r"(region|department|departement|country)")
_FINER = re.compile(r"\d{4,}|2[AaBb]\d{3}")
# A count in words, in French or English.
_SPELT = re.compile(
    r"\b(one|two|three|four|five|six|seven|eight|nine|ten|dozen|une?|deux|trois|quatre|cinq|sept|"
    r"huit|neuf|dix|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|"
    r"(prem|deux|trois|quatr|cinqu|six|sept|huit|neuv|dix)ième)\s+(\w+\s+)?(patiente?s?|persons?|"
    r"people|personnes?|cases?|cas|subjects?|sujets?|deaths?|décès|deceased|décédée?s|dead|died|"
    r"mort[es]*|women|woman|men|man|femmes?|hommes?|records?|enregistrements?|stays?|séjours?|"
    r"hospitali[sz]ations?|admissions?)\b",
    re.IGNORECASE,
)
_TALLY = re.compile(r"[\W_]{2,}|(\w)\1{3,}")
"""Signs, or one letter again and again: strokes that count."""
_OF_TIME = re.compile(r"(year|annee|month|mois|calendar_month|calendar_year|quarter|trimestre)")
_DAY_OF_YEAR = re.compile(r"(19|20)\d{2}[-.+]\d{3,4}")
_OPEN_BAND = re.compile(r"([<>≥≤])\s?(\d{1,3})|(\d{1,3})\s?(\+)")
_LETTERS = re.compile(r"[A-Za-z]{17,18}")
_TURNS = 6
"""Changes between small and capital letters: names in camel case have fewer, pseudonyms more."""

_WHOLE = re.compile(r"\d{1,12}(\.0+)?")
_NUMBER = re.compile(r"-?\d{1,12}([.,]\d{1,12})?([eE][-+]?\d{1,3})?")
_CODE = re.compile(r"[A-Za-z]{0,4}\d{1,13}[A-Za-z]{0,2}([.+-]\d{1,4})?")
_BAND = re.compile(r"(\[?\d{1,3}\s?(-|–|to|à|,|;)\s?\d{1,3}[\])]?|[<>≥≤]\s?\d{1,3}|\d{1,3}\s?\+)")
_PERIOD = re.compile(r"(19|20)\d{2}(-?(0[1-9]|1[0-2])(-01)?|-?[QT][1-4])?")
_TOTALS = frozenset(
    {"", "total", "all", "overall", "ensemble", "tous", "toutes", "both", "any", "tout", "*"}
)
"""Values of a stratum that stand for all of its values."""
HIDDEN = frozenset({"", "NA", "-", "NULL", "<NA>", "hidden"})
"""What tools write for a value that was hidden."""
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Column:
    """A column with what was declared of it."""

    name: str
    role: Role

    @property
    def plain(self) -> str:
        return plain(self.name)


def plain(name: str) -> str:
    """A name in lower case with underscores, so that ``personId`` is ``person_id``."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name.strip())
    return re.sub(r"[\s.\-]+", "_", parted).lower()


def usual_role(name: str) -> Role | None:
    """The role that a usual name stands for; None must be declared."""
    known = plain(name)
    for role, names in (
        (Role.PERSONS, _PERSONS),
        (Role.RECORDS, _RECORDS),
        (Role.STRATUM, _WORDS),
        (Role.STRATUM, _STRATA),
    ):
        if names.fullmatch(known):
            return role
    return None


def column_faults(columns: Sequence[Column]) -> Iterator[Clause]:
    """Why a set of columns is refused."""
    if len({column.plain for column in columns}) < len(columns):
        yield Clause("two columns of one name", "deux colonnes de même nom")
    for column in columns:
        if IDENTIFIER_COLUMN.search(column.plain):
            yield of_column(column, "could identify a person", "pourrait identifier une personne")
        if column.role is Role.MEASURE and EXTREME.search(column.plain):
            yield of_column(
                column, "is an extreme, of one person", "est un extrême, d'une personne"
            )
    roles = {column.role for column in columns}
    if Role.PERSONS not in roles:
        if roles - {Role.STRATUM}:
            yield Clause("no column counts persons", "aucune colonne ne compte des personnes")
        elif not all(_WORDS.fullmatch(column.plain) for column in columns):
            yield Clause("rows without a count of persons", "des lignes sans nombre de personnes")


def row_faults(columns: Sequence[Column], row: Mapping[str, str], minimum: int) -> Iterator[Clause]:
    """Why a row is refused; no clause repeats a value."""
    counted = [column for column in columns if column.role is Role.PERSONS]
    people = [int(float(row[c.name])) for c in counted if _WHOLE.fullmatch(row[c.name])]
    for column in columns:
        value = row[column.name]
        if column.role is Role.STRATUM:
            yield from (of_column(column, *fault) for fault in _stratum(column, value))
        elif value in HIDDEN:
            continue
        elif column.role is Role.MEASURE:
            yield from (
                of_column(column, *fault)
                for fault in measure(column.plain, value, min(people, default=0), minimum)
            )
        elif is_hidden_small(value, minimum):
            continue
        elif not _WHOLE.fullmatch(value):
            yield of_column(column, "is no whole number", "n'est pas un nombre entier")
        elif 0 < float(value) < minimum:
            yield of_column(column, "holds a small count", "contient un petit effectif")
        elif column.role is Role.RECORDS and float(value) and not people:
            yield of_column(
                column,
                "has records of no known persons",
                "compte des enregistrements de personnes inconnues",
            )
    if counted and any(people) and 0 < max(people) - min(people) < minimum:
        yield Clause(
            "counts of persons in one row differ by a small count",
            "des effectifs d'une même ligne diffèrent d'un petit effectif",
        )


def total_faults(
    columns: Sequence[Column], rows: Sequence[Mapping[str, str]], minimum: int
) -> Iterator[Clause]:
    """Totals that give a small count when their parts are taken away.

    A row whose stratum is ``total``, ``all`` or the like is compared with the rows that differ
    from it in that stratum only.
    """
    strata = [column.name for column in columns if column.role is Role.STRATUM]
    counts = [column for column in columns if column.role in (Role.PERSONS, Role.RECORDS)]
    yield from _band_faults(strata, counts, rows, minimum)
    for stratum in strata:
        totals: dict[tuple[str, ...], Mapping[str, str]] = {}
        parts: dict[tuple[str, ...], list[Mapping[str, str]]] = defaultdict(list)
        for row in rows:
            where = tuple(row[name] for name in strata if name != stratum)
            if row[stratum].lower() in _TOTALS:
                totals[where] = row
            else:
                parts[where].append(row)
        for where, total in totals.items():
            for column in counts:
                whole, *others = (
                    whole_number(row[column.name]) or 0 for row in (total, *parts[where])
                )
                if others and 0 < whole - sum(others) < minimum:
                    yield of_column(
                        column,
                        "has a total that gives a small count",
                        "a un total qui rend un petit effectif",
                    )


def _band_faults(
    strata: Sequence[str],
    counts: Sequence[Column],
    rows: Sequence[Mapping[str, str]],
    minimum: int,
) -> Iterator[Clause]:
    """Open bands that hold one another (``<50`` and ``<60``): what lies between them is a count."""
    for stratum in strata:
        nested: dict[tuple[str, ...], list[tuple[int, Mapping[str, str]]]] = defaultdict(list)
        for row in rows:
            if match := _OPEN_BAND.fullmatch(row[stratum]):
                sign = "<" if match[1] in ("<", "≤") else ">"
                where = (sign, *(row[name] for name in strata if name != stratum))
                nested[where].append((int(match[2] or match[3]), row))
        for found in nested.values():
            ordered = [row for _, row in sorted(found, key=lambda one: one[0])]
            for column in counts:
                known = [whole_number(row[column.name]) for row in ordered]
                numbers = [number for number in known if number is not None]
                if any(0 < abs(b - a) < minimum for a, b in itertools.pairwise(numbers)):
                    yield of_column(
                        column,
                        "has bands whose difference is a small count",
                        "a des tranches dont la différence est un petit effectif",
                    )


def whole_number(value: str) -> int | None:
    """A count as tables write it; None for a hidden one and for what is no whole number."""
    return int(float(value)) if _WHOLE.fullmatch(value) else None


def is_hidden_small(value: str, minimum: int) -> bool:
    """``<11`` or ``-11``: how tools write a hidden count, at the minimum or above."""
    match = re.fullmatch(r"(<\s?=?|-)\s?(\d{1,6})", value)
    return match is not None and int(match[2]) >= minimum


def measure(name: str, value: str, people: int, minimum: int) -> Iterator[tuple[str, str]]:
    """Faults of a mean, a deviation or a share of a number of persons."""
    if not _NUMBER.fullmatch(value):
        yield "is no number", "n'est pas un nombre"
        return
    number = float(value.replace(",", "."))
    quantile = _QUANTILE.search(name)
    if people < minimum:
        yield "is a measure of too few persons", "est une mesure de trop peu de personnes"
    elif quantile and people * min(int(quantile[3]), 100 - int(quantile[3])) < 100 * minimum:
        yield "is a quantile of too few persons", "est un quantile de trop peu de personnes"
    if 0.5 < abs(number) < minimum - 0.5 and abs(number - round(number)) < _GRAIN:
        yield "holds a small whole number", "contient un petit nombre entier"
    elif _is_share_of_few(name, value, people, minimum):
        yield "is a share that gives a small count", "est une part qui rend un petit effectif"
    shares = [number] if 0 < abs(number) < 1 else []
    if SHARE.search(name):
        shares = [number / 100] if abs(number) >= 1 else [number, number / 100]
    if any(0 < abs(part) * people < minimum - 0.5 for part in shares) or any(
        0 < (1 - abs(part)) * people < minimum - 0.5 for part in shares[:1] if abs(part) < 1
    ):
        yield "is a share that gives a small count", "est une part qui rend un petit effectif"


def _is_share_of_few(name: str, value: str, people: int, minimum: int) -> bool:
    """Whether a long decimal is a small count over the persons, or what it lacks of them.

    A share, a percentage, or what the name states (per thousand); a mean is caught too where it is
    a whole number and such a share.
    """
    number = float(value.replace(",", "."))
    decimals = len(re.split(r"[.,]", value)[-1]) if re.search(r"[.,]", value) else 0
    if decimals < _LONG or not people:
        return False
    named = _SCALE.search(name)
    scale = float(named[0].replace("_", "")) if named else 100.0
    parts = [number % 1, *([number / scale] if number < scale else [])]
    parts += [1 - part for part in parts]
    slack = min(people * 10.0**-decimals, _GRAIN)
    return any(
        0.5 < part * people < minimum - 0.5 and abs(part * people - round(part * people)) <= slack
        for part in parts
    )


_SCALE = re.compile(r"10{1,2}_?000?0?(?!\d)")
_LONG = 4
"""Decimals from which on a number gives the fraction that it was."""
_GRAIN = 0.005


def text_faults(value: str) -> Iterator[tuple[str, str]]:
    """Faults of a text wherever it is."""
    if PSEUDONYM.search(value) or any(map(_is_random, _LETTERS.findall(value))):
        yield "holds what looks like a pseudonym", "contient ce qui ressemble à un pseudonyme"
    if NIR.search(re.sub(r"(?<=\d)[ .](?=\d)", "", value)):
        yield "holds what looks like a NIR", "contient ce qui ressemble à un NIR"
    if DAY.search(value) or re.search(r"\d{1,2}[/.]\d{1,2}[/.]\d{2,4}", value):
        yield "holds an exact day", "contient un jour exact"
    if len(value) > _LONGEST or any(not sign.isprintable() for sign in value):
        yield "holds a long text", "contient un texte long"


def _is_random(letters: str) -> bool:
    """Whether small and capital letters follow each other as in a pseudonym."""
    turns = itertools.pairwise(letters)
    return sum(one.isupper() != other.isupper() for one, other in turns) >= _TURNS


def _stratum(column: Column, value: str) -> Iterator[tuple[str, str]]:
    yield from text_faults(value)
    if _SPELT.search(value):
        yield "holds a count in words", "contient un effectif en toutes lettres"
    if value.lower() not in _TOTALS and value not in HIDDEN and _TALLY.fullmatch(value):
        yield "holds signs instead of words", "contient des signes au lieu de mots"
    if not any(sign.isnumeric() for sign in value):
        return
    if _DAY_OF_YEAR.fullmatch(value):
        yield "holds an exact day", "contient un jour exact"
    if _OF_TIME.fullmatch(column.plain) and not re.fullmatch(
        rf"{_PERIOD.pattern}|\d{{1,2}}|[QT][1-4]", value
    ):
        yield "holds no year, quarter or month", "ne contient ni année, ni trimestre, ni mois"
    if _REGIONAL.fullmatch(column.plain) and _FINER.fullmatch(value):
        yield "holds a place finer than a department", "contient un lieu plus fin qu'un département"
    elif re.fullmatch(r"0?\d|10", value) and not _NUMBERED.fullmatch(column.plain):
        yield "holds a small whole number", "contient un petit nombre entier"
    elif re.fullmatch(r"(19|20)\d{2}(0[1-9]|1[0-2])(0[2-9]|[12]\d|3[01])", value):
        yield "holds an exact day", "contient un jour exact"
    elif not any(form.fullmatch(value) for form in (_CODE, _BAND, _PERIOD)):
        yield "holds a text with digits", "contient un texte avec des chiffres"


def of_column(column: Column, english: str, french: str) -> Clause:
    """A clause about one column."""
    return Clause(f"column {column.name} {english}", f"la colonne {column.name} {french}")
