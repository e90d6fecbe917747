"""omopgenerics' ``summarised_result``: estimates in rows, of which the counts decide.

Columns: omopgenerics (R, DARWIN EU), ``resultColumns("summarised_result")``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from etl.clauses import Clause
from etl.publish import columns as rules

HEADER = (
    *("result_id", "cdm_name", "group_name", "group_level", "strata_name", "strata_level"),
    *("variable_name", "variable_level", "estimate_name", "estimate_type", "estimate_value"),
    *("additional_name", "additional_level"),
)
_WHERE = ("result_id", "cdm_name", "group_name", "group_level", "strata_name", "strata_level",
          "additional_name", "additional_level")  # fmt: skip
_SUBJECTS = re.compile(r"number[ _](of[ _])?(subjects?|persons?|patients?)", re.IGNORECASE)
_COUNT = re.compile(r"(\w+_)?count(_\w+)?")
_LEVEL = re.compile(r"[A-Za-z][A-Za-z0-9 _&.,:;()/<>=+-]*|[\d &,;.<>=+-]{1,20}")


def summarised_faults(rows: Sequence[Mapping[str, str]], minimum: int) -> Iterator[Clause]:
    """Why a summarised result is refused; no clause repeats a value.

    Args:
        rows: by the names of :data:`HEADER`.
        minimum: fewest persons that may be shown.
    """
    subjects: dict[tuple[str, ...], int] = {}
    for row in rows:
        if _SUBJECTS.fullmatch(row["variable_name"]) and row["estimate_name"] == "count":
            value = row["estimate_value"]
            number = int(value) if re.fullmatch(r"\d{1,12}", value) else 0
            where = _place(row)
            subjects[where] = min(number, subjects.get(where, number))
    faults: set[Clause] = set()
    for row in rows:
        faults.update(_of_row(row, subjects.get(_place(row), 0), minimum))
    yield from sorted(faults)


def _place(row: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(row[name] for name in _WHERE)


def _of_row(row: Mapping[str, str], people: int, minimum: int) -> Iterator[Clause]:
    for name in HEADER:
        if name == "estimate_value":
            continue
        for fault in rules.text_faults(row[name]):
            yield _at(name, *fault)
        if row[name] and not _LEVEL.fullmatch(row[name]):
            yield _at(name, "holds a text of no known form", "contient un texte de forme inconnue")
    value, estimate = row["estimate_value"], row["estimate_name"].lower()
    if value in rules.HIDDEN or rules.is_hidden_small(value, minimum):
        return
    if rules.EXTREME.search(estimate):
        yield _at(
            "estimate_value", "is an extreme, of one person", "est un extrême, d'une personne"
        )
    elif _COUNT.fullmatch(estimate):
        if not re.fullmatch(r"\d{1,12}", value):
            yield _at("estimate_value", "is no whole number", "n'est pas un nombre entier")
        elif 0 < int(value) < minimum:
            yield _at("estimate_value", "holds a small count", "contient un petit effectif")
        elif int(value) and 0 <= people < minimum and not _SUBJECTS.fullmatch(row["variable_name"]):
            yield _at("estimate_value", "counts records of no known persons",
                      "compte des enregistrements de personnes inconnues")  # fmt: skip
    else:
        for fault in rules.measure(estimate, value, people, minimum):
            yield _at("estimate_value", *fault)


def _at(name: str, english: str, french: str) -> Clause:
    return Clause(f"column {name} {english}", f"la colonne {name} {french}")
