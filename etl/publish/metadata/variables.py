"""Every column of the CDM, titled and described in French and English."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from etl.contracts.cdm import CdmField, cdm_tables

WORDS_FILE = Path(__file__).with_name("column_words.csv")

# Ending of a column name → how its word is completed; the longest ending first.
_ENDINGS: dict[str, dict[str, str]] = {
    "_source_concept_id": {"en": "{} (source concept)", "fr": "{} (concept source)"},
    "_type_concept_id": {"en": "{}: kind of record", "fr": "{} : type d'enregistrement"},
    "_start_datetime": {"en": "{}: start, with time", "fr": "{} : début, avec l'heure"},
    "_end_datetime": {"en": "{}: end, with time", "fr": "{} : fin, avec l'heure"},
    "_concept_id": {"en": "{} (standard concept)", "fr": "{} (concept standard)"},
    "_source_value": {"en": "{} as in the source", "fr": "{} (valeur de la source)"},
    "_start_date": {"en": "{}: start", "fr": "{} : début"},
    "_end_date": {"en": "{}: end", "fr": "{} : fin"},
    "_datetime": {"en": "{}: date and time", "fr": "{} : date et heure"},
    "_date": {"en": "{}: date", "fr": "{} : date"},
    "_id": {"en": "{} (identifier)", "fr": "{} (identifiant)"},
}
_FACTS = {
    "en": {"key": "Key of the table.", "required": "Always filled.", "refers": "Refers to {}."},
    "fr": {
        "key": "Clé de la table.",
        "required": "Toujours rempli.",
        "refers": "Renvoie à {}.",
    },
}
# CDM type → XML Schema type, for CSVW.
DATATYPES = {
    "bigint": "long",
    "integer": "integer",
    "double": "double",
    "decimal(18,2)": "decimal",
    "date": "date",
    "timestamp": "dateTime",
    "varchar": "string",
}


@dataclass(frozen=True, slots=True)
class Variable:
    """One column, for people: titles and descriptions by language."""

    table: str
    name: str
    datatype: str
    title: dict[str, str]
    description: dict[str, str]


def variables() -> Iterator[Variable]:
    """All columns of the 39 tables, in the order of the specification."""
    for table in cdm_tables().values():
        for field in table.fields:
            yield Variable(
                table=table.name,
                name=field.name,
                datatype=DATATYPES[field.type],
                title={language: title(field.name, language) for language in ("en", "fr")},
                description={language: _describe(field, language) for language in ("en", "fr")},
            )


def title(name: str, language: str) -> str:
    """A column name in words.

    Raises:
        KeyError: the word list does not know the column (a test holds it complete).
    """
    words = _words()
    if name in words:
        return _capital(words[name][language])
    for ending, forms in _ENDINGS.items():
        stem = name.removesuffix(ending)
        if stem != name and stem in words:
            return _capital(forms[language].format(words[stem][language]))
    raise KeyError(name)


def _describe(field: CdmField, language: str) -> str:
    facts = _FACTS[language]
    parts = [f"{title(field.name, language)}."]
    if field.primary_key:
        parts.append(facts["key"])
    elif field.fk_table:
        parts.append(facts["refers"].format(f"{field.fk_table}.{field.fk_field}"))
    if field.required:
        parts.append(facts["required"])
    return " ".join(parts)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


@cache
def _words() -> dict[str, dict[str, str]]:
    with WORDS_FILE.open(encoding="utf-8", newline="") as handle:
        return {row["stem"]: row for row in csv.DictReader(handle)}
