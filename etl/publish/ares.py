"""A folder tree that OHDSI's Ares reads: one source, one release, only counts that may leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from etl.publish.cells import Cell, Family, Key
from etl.publish.control import Shown
from etl.publish.margins import Most
from etl.publish.writers import write_json, write_table
from etl.release.achilles import domains
from etl.release.manifest import Manifest


def write_ares(
    folder: Path,
    manifest: Manifest,
    counts: Iterable[Sequence[Any]],
    rows: Mapping[str, int],
    dqd: Mapping[str, Any] | None,
) -> None:
    """Write ``ares/source/<date>/…`` and the index of the network.

    Args:
        folder: the share pack.
        counts: rows of achilles_results that may be shown.
        rows: rows of tables that may be shown.
        dqd: DQD results as they may be shown.
    """
    identity = manifest.identity
    date = identity.cdm_release_date.replace("-", "")
    # Fixed words: a setting is not a name of a folder.
    source = folder / "ares" / "source"
    release = source / date
    release.mkdir(parents=True)
    known = list(counts)
    write_table(
        release / "cdmsource.csv",
        [name for name in type(identity).model_fields if name != "etl_version"],
        [[value for name, value in identity if name != "etl_version"]],
    )
    persons = next((row[6] for row in known if str(row[0]) == "1"), None)
    write_json(
        release / "person.json",
        {
            "SUMMARY": [{"ATTRIBUTE_NAME": "Number of persons", "ATTRIBUTE_VALUE": persons}],
            "GENDER_DATA": _pairs(known, 2),
            "BIRTH_YEAR_DATA": _pairs(known, 3),
        },
    )
    write_json(
        release / "observationperiod.json",
        {"OBSERVED_BY_MONTH": _pairs(known, 110), "PERIODS_PER_PERSON": _pairs(known, 113)},
    )
    write_json(release / "death.json", {"PREVALENCE_BY_MONTH": _pairs(known, 502)})
    write_table(
        release / "records-by-domain.csv",
        ["domain", "count_records"],
        [[domain.table, rows[domain.table]] for domain in domains() if domain.table in rows],
    )
    write_table(
        release / "datadensity-total.csv",
        ["domain", "month", "count_records"],
        [
            [domain.table, row[1], row[6]]
            for domain in domains()
            for row in known
            if str(row[0]) == str(domain.block + 20)
        ],
    )
    for domain in domains():
        records = {row[1]: row[6] for row in known if str(row[0]) == str(domain.block + 1)}
        people = {row[1]: row[6] for row in known if str(row[0]) == str(domain.block)}
        write_table(
            release / f"domain-summary-{domain.table}.csv",
            ["concept_id", "persons", "records"],
            [[concept, people.get(concept, ""), count] for concept, count in records.items()],
        )
    if dqd is not None:
        write_json(release / "dq-result.json", dqd)
    entry = {
        "source": identity.source_abbreviation,
        "release": date,
        "cdm_version": identity.cdm_version,
        "vocabulary_version": identity.vocabulary_version,
        "persons": persons,
    }
    write_json(source / "data-source-history-index.json", {"releases": [entry]})
    write_json(folder / "ares" / "index.json", {"sources": [entry]})


_OF_THE_MODEL = frozenset({"cdmTable", "cdmField"})
"""Checks of tables and columns that exist: they see no row."""
_VERDICT = ("failed", "passed", "isError", "notApplicable")
_REASON = "notApplicableReason"


def dqd_family(dqd: Mapping[str, Any], most: Most, minimum: int) -> Family:
    """Rows seen and rows at fault by check; few persons at fault, or few sound, hide both.

    A result has rows only: persons are at least rows by the most that one person has in the table.
    The verdict goes with the rows at fault: hidden or kept with them.
    """
    cells: dict[Key, Cell] = {}
    small: set[Key] = set()
    for check in dqd.get("CheckResults", []):
        violated = int(check.get("numViolatedRows") or 0)
        rows = int(check.get("numDenominatorRows") or 0)
        table = str(check.get("cdmTableName") or "").lower()
        verdict = (*(str(check.get(name, "")) for name in _VERDICT), str(check.get(_REASON) or ""))
        faults, seen = (check["checkId"], "violated"), (check["checkId"], "rows")
        cells[faults] = Cell(violated, most.at_least(violated, table), derived=verdict)
        cells[seen] = Cell(rows, most.at_least(rows, table))
        sound = most.at_least(max(0, rows - violated), table)
        if 0 < sound < minimum or any(0 < cells[key].behind < minimum for key in (faults, seen)):
            small.update((faults, seen))
    return Family("dqd", cells, small=frozenset(small), shows_zero=True)


def shareable_dqd(dqd: Mapping[str, Any], part: Shown) -> dict[str, Any]:
    """DQD's results whose counts may be shown, and those of the model.

    A check that saw no row is as absent as one whose counts are hidden: else the concepts that few
    persons have would be those that are not listed as missing. The query text is left out, and
    shares keep two decimals.
    """
    hidden = ("queryText", "numViolatedRows", "numDenominatorRows", "pctViolatedRows")
    shared = []
    for check in dqd.get("CheckResults", []):
        entry = {key: value for key, value in check.items() if key not in hidden}
        faults, seen = (check["checkId"], "violated"), (check["checkId"], "rows")
        violated, rows = part.counts.get(faults), part.counts.get(seen)
        verdict = part.derived.get(faults, ())
        if check.get("checkName") in _OF_THE_MODEL:
            shared.append(entry)
        elif violated is not None and rows and verdict:
            *numbers, reason = verdict
            entry |= {name: int(text) for name, text in zip(_VERDICT, numbers, strict=True) if text}
            entry.pop(_REASON, None)
            if reason:
                entry[_REASON] = reason
            entry["numViolatedRows"] = violated
            entry["numDenominatorRows"] = rows
            entry["pctViolatedRows"] = round(violated / rows, 2)
            shared.append(entry)
    kept = {key: dqd[key] for key in ("Metadata",) if key in dqd}
    return {"CheckResults": shared, **kept}


def passed(dqd: Mapping[str, Any], column: str, value: str) -> float | None:
    """Share of the applicable checks among shared results that passed."""
    of = [check for check in dqd["CheckResults"] if check.get(column) == value]
    counted = [int(check.get("passed", 0)) for check in of if not check.get("notApplicable")]
    return round(sum(counted) / len(counted), 4) if counted else None


def _pairs(known: Iterable[Sequence[Any]], analysis: int) -> list[dict[str, Any]]:
    return [
        {"STRATUM_1": row[1], "COUNT_VALUE": row[6]}
        for row in known
        if str(row[0]) == str(analysis)
    ]
