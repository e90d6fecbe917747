"""omopgenerics' ``summarised_result``: estimates in rows, of which the counts decide.

Columns: omopgenerics (R, DARWIN EU), ``resultColumns("summarised_result")``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta

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
# IncidencePrevalence counts persons under these names, when it counts a person's first event only.
_AT_RISK = frozenset({"denominator_count", "outcome_count"})
_EVENTS = "analysis_repeated_events"
_RATE = re.compile(r"(incidence_100000_pys|prevalence)(_95CI_(lower|upper))?|person_(days|years)")

# Rows that state how a result was made, by exportSummarisedResult: what a study chose, no data.
SETTINGS = "settings"
_WORDS = re.compile(r"[A-Za-z_&. ,:;()/-]{0,120}")
_VERSION = re.compile(r"\d{1,4}(\.\d{1,4}){1,3}")
_SWITCH = re.compile(r"TRUE|FALSE|NA|Inf|None")
_PARAMETER = re.compile(
    r"min_cell_count|counts_rounded_up_to_multiples_of|\w*_(days|days_prior_observation|washout|"
    r"observation|window|time_at_risk|age_group)|\w*(start|end)_date"
)
_CHOSEN = re.compile(r"-?(\d{1,4}|Inf)( to (-?\d{1,4}|Inf))?|(19|20)\d{2}-\d{2}-\d{2}")
# What an incidence or a prevalence is of: whole months, quarters or years.
_INTERVAL = re.compile(r"(incidence|prevalence)_start_date &&& \1_end_date &&& analysis_interval")
_MONTHS = re.compile(
    r"(\d{4}-\d{2}-01) &&& (\d{4}-\d{2}-\d{2}) &&& (months|quarters|years|overall)"
)


def summarised_faults(rows: Sequence[Mapping[str, str]], minimum: int) -> Iterator[Clause]:
    """Why a summarised result is refused; no clause repeats a value.

    Args:
        rows: by the names of :data:`HEADER`.
        minimum: fewest persons that may be shown.
    """
    stated = [row for row in rows if row["variable_name"] == SETTINGS]
    measured = [row for row in rows if row["variable_name"] != SETTINGS]
    first_events = {
        row["result_id"]
        for row in stated
        if row["estimate_name"] == _EVENTS and row["estimate_value"] == "FALSE"
    }
    counted: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for row in measured:
        if _counts_persons(row, first_events):
            value = row["estimate_value"]
            number = int(value) if re.fullmatch(r"\d{1,12}", value) else 0
            counted[_place(row)].append(number)
    subjects = {where: min(found) for where, found in counted.items()}
    faults: set[Clause] = {fault for row in stated for fault in _of_setting(row)}
    for row in measured:
        of_persons = _counts_persons(row, first_events)
        people = subjects.get(_place(row), 0)
        if row["result_id"] in first_events and _RATE.fullmatch(row["estimate_name"]):
            of_persons = people >= minimum
        faults.update(_of_row(row, people, minimum, of_persons=of_persons))
    yield from sorted(faults)


def _counts_persons(row: Mapping[str, str], first_events: Collection[str]) -> bool:
    if row["result_id"] in first_events and row["estimate_name"] in _AT_RISK:
        return True
    return bool(_SUBJECTS.fullmatch(row["variable_name"])) and row["estimate_name"] == "count"


def _of_setting(row: Mapping[str, str]) -> Iterator[Clause]:
    """A setting is a name and a word, a version, or a number that a study chooses."""
    name, value = row["estimate_name"], row["estimate_value"]
    known = (
        _WORDS.fullmatch(value)
        or _SWITCH.fullmatch(value)
        or (name == "package_version" and _VERSION.fullmatch(value))
        or (_PARAMETER.fullmatch(name) and _CHOSEN.fullmatch(value))
    )
    if not re.fullmatch(r"[a-z][a-z_]{0,60}", name) or not known:
        yield _at("estimate_value", "holds a setting of no known form",
                  "contient un réglage de forme inconnue")  # fmt: skip
    for column in (*_WHERE, "variable_level"):
        if column != "result_id" and row[column] not in {*rules.HIDDEN, "overall"}:
            yield _at(column, "holds more than a setting", "contient plus qu'un réglage")


def _is_interval(row: Mapping[str, str]) -> bool:
    """Whether the additional level is a stretch of whole months."""
    if not _INTERVAL.fullmatch(row["additional_name"]):
        return False
    found = _MONTHS.fullmatch(row["additional_level"])
    try:
        first, last = (
            (date.fromisoformat(day) for day in found.groups()[:2]) if found else (None, None)
        )
    except ValueError:
        return False
    return first is not None and last is not None and (last + timedelta(1)).day == 1


def _place(row: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(row[name] for name in _WHERE)


def _of_row(
    row: Mapping[str, str], people: int, minimum: int, *, of_persons: bool
) -> Iterator[Clause]:
    """Faults of one row.

    Args:
        people: fewest persons counted for the same group, strata and interval.
        of_persons: the value is a count of persons, or a rate both counts of which are shown.
    """
    for name in HEADER:
        if name == "estimate_value" or (name == "additional_level" and _is_interval(row)):
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
        elif int(value) and 0 <= people < minimum and not of_persons:
            yield _at("estimate_value", "counts records of no known persons",
                      "compte des enregistrements de personnes inconnues")  # fmt: skip
    elif not (of_persons and re.fullmatch(r"\d{1,12}(\.\d{1,12})?", value)):
        for fault in rules.measure(estimate, value, people, minimum):
            yield _at("estimate_value", *fault)


def _at(name: str, english: str, french: str) -> Clause:
    return Clause(f"column {name} {english}", f"la colonne {name} {french}")
