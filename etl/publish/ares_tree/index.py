"""What AresIndexer adds: data quality by table, histories of a source, the index of the network.

Everything is read back from the folders, so that a release that was written earlier stays.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from etl.errors import SndsOmopError
from etl.publish.ares_tree.files import read_csv, read_json, write_csv, write_json
from etl.release.achilles import analyses

FAILED = (
    *("checkName", "checkLevel", "cdmTableName", "category", "subcategory", "context"),
    *("cdmFieldName", "conceptId", "unitConceptId"),
)
_OF_SOURCE = (
    *("CDM_SOURCE_NAME", "CDM_SOURCE_ABBREVIATION", "CDM_SOURCE_KEY", "RELEASE_NAME"),
    "RELEASE_ID",
)
_UNMAPPED = (
    *("CDM_TABLE_NAME", "CDM_FIELD_NAME", "SOURCE_VALUE", "RECORD_COUNT", "DATA_SOURCE_COUNT"),
    "DATA_SOURCES",
)


def augment(release: Path) -> None:
    """Write the issues of a release by table, and into the files of the concepts at fault."""
    failed = _failed(_results(release)) if _has_results(release) else []
    tables = Counter(check["cdmTableName"].lower() for check in failed)
    write_csv(
        release / "domain-issues.csv", ("cdm_table_name", "count_failed"), sorted(tables.items())
    )
    concepts = Counter(
        (check["cdmTableName"].lower(), str(check["conceptId"]))
        for check in failed
        if check.get("conceptId")
    )
    for (table, concept), count in concepts.items():
        path = release / "concepts" / table / f"concept_{concept.strip()}.json"
        content = read_json(path)
        if content is not None:
            write_json(path, {**content, "COUNT_FAILED": [count]})


def write_index(root: Path) -> None:
    """Write the indexes of every source below ``root``, and those of the network."""
    sources, failures, performance = [], [], []
    unmapped: dict[tuple[str, str, str], list[tuple[str, int]]] = {}
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        releases = sorted((path for path in folder.iterdir() if path.is_dir()), reverse=True)
        known = [path for path in releases if _has_results(path)]
        _histories(folder, sorted(releases))
        if not (folder / "notes.json").is_file():
            write_json(folder / "notes.json", [])
        if not known:
            continue
        sources.append(_source(known))
        failures += _failures(known[0])
        performance += _performance(folder.name, known[0])
        _collect(unmapped, known[0])
    write_json(root / "index.json", {"sources": sources})
    if not (root / "notes.json").is_file():
        write_json(root / "notes.json", [])
    # The icon that shows the SQL of a report: there is none to show.
    write_json(root / "export_query_index.json", {})
    write_csv(root / "network-data-quality-summary.csv", (*FAILED, *_OF_SOURCE), failures)
    header = ("TASK", "TIMING", "PACKAGE", "CATEGORY", "SOURCE")
    write_csv(root / "network-performance.csv", header, performance)
    shared = [
        (*key, sum(n for _, n in found), len({s for s, _ in found}), ",".join(s for s, _ in found))
        for key, found in unmapped.items()
        if len({source for source, _ in found}) > 1
    ]
    shared.sort(key=lambda row: (-row[3], row[:3]))
    write_csv(root / "network-unmapped-source-codes.csv", _UNMAPPED, shared)


def _has_results(release: Path) -> bool:
    return (release / "dq-result.json").is_file()


def _results(release: Path) -> dict[str, Any]:
    """Results of the checks of a release that has some.

    Raises:
        SndsOmopError: SO-136 for a file in this folder that is cut or of another kind.
    """
    path = release / "dq-result.json"
    try:
        document = read_json(path)
    except ValueError:
        document = {}
    if not (isinstance(document, dict) and {"Metadata", "Overview", "endTimestamp"} <= {*document}):
        raise SndsOmopError(
            "SO-136",
            "it holds no results of checks; restore it, or remove the folder of its release",
            "il ne contient pas de résultats de contrôles ; restaurez-le, ou retirez le dossier de "
            "sa version",
            where=str(path),
        )
    return document


def _failed(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [check for check in document.get("CheckResults", []) if check.get("failed")]


def _metadata(document: dict[str, Any]) -> dict[str, Any]:
    found = document["Metadata"]
    return dict(found[0] if isinstance(found, list) else found)


def _one(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value


def _executed(document: dict[str, Any]) -> str:
    return str(_one(document["endTimestamp"]))[:10]


def _source(releases: list[Path]) -> dict[str, Any]:
    """One source of the index; releases newest first."""
    newest = _metadata(_results(releases[0]))
    listed = [_release(path) for path in releases]
    days = sorted(date.fromisoformat(release["release_name"]) for release in listed)
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    about = {
        "cdm_source_name": newest.get("cdmSourceName"),
        "cdm_source_abbreviation": newest.get("cdmSourceAbbreviation"),
        "cdm_source_key": str(newest.get("cdmSourceAbbreviation", "")).replace(" ", "_"),
        "cdm_holder": newest.get("cdmHolder"),
        "source_description": newest.get("sourceDescription"),
        "count_releases": len(listed),
        "average_update_interval_days": round(sum(gaps) / len(gaps)) if gaps else "n/a",
    }
    return {
        "releases": listed,
        **{name: value for name, value in about.items() if value is not None},
    }


def _release(path: Path) -> dict[str, Any]:
    document = _results(path)
    metadata, overview = _metadata(document), document["Overview"]
    person = read_json(path / "person.json") or {}
    observed = (read_json(path / "observationperiod.json") or {}).get("OBSERVED_BY_MONTH", [])
    months = [str(row["MONTH_YEAR"]) for row in observed]
    day = str(metadata["cdmReleaseDate"])
    return {
        "release_name": day,
        "release_id": day.replace("-", ""),
        "cdm_version": metadata.get("cdmVersion"),
        "vocabulary_version": metadata.get("vocabularyVersion"),
        "dqd_version": metadata.get("dqdVersion"),
        "count_data_quality_issues": _one(overview["countOverallFailed"]),
        "count_data_quality_checks": _one(overview["countTotal"]),
        "dqd_execution_date": _executed(document),
        "count_person": sum(row["COUNT_PERSON"] for row in person.get("BIRTH_YEAR_DATA", [])),
        "obs_period_start": _month(min(months, default="")),
        "obs_period_end": _month(max(months, default="")),
    }


def _month(text: str) -> str:
    return f"{text[:4]}-{text[4:]}" if text else ""


def _histories(folder: Path, releases: list[Path]) -> None:
    """Data quality and records of a source over its releases."""
    records, stratified, domains = [], [], []
    for path in releases:
        day = f"{path.name[:4]}-{path.name[4:6]}-{path.name[6:]}"
        domains += [
            {**row, "count_records": int(row["count_records"]), "release_date": day}
            for row in read_csv(path / "records-by-domain.csv")
        ]
        if not _has_results(path):
            continue
        document = _results(path)
        metadata, overview = _metadata(document), document["Overview"]
        passed, failed = (_one(overview[n]) for n in ("countPassed", "countOverallFailed"))
        executed = _executed(document)
        records.append(
            {
                "cdm_source_name": metadata.get("cdmSourceName"),
                "cdm_source_abbreviation": metadata.get("cdmSourceAbbreviation"),
                "count_passed": passed,
                "count_failed": failed,
                "count_total": passed + failed,
                "cdm_release_date": metadata.get("cdmReleaseDate"),
                "dqd_execution_date": executed,
                "vocabulary_version": metadata.get("vocabularyVersion"),
            }
        )
        found = Counter(
            (check["category"], check["cdmTableName"].upper()) for check in _failed(document)
        )
        stratified += [
            {
                "category": category,
                "cdm_table_name": table,
                "count_value": count,
                "dqd_execution_date": executed,
                "cdm_release_date": metadata.get("cdmReleaseDate"),
            }
            for (category, table), count in sorted(found.items())
        ]
    write_json(
        folder / "data-quality-index.json",
        {"dataQualityRecords": records, "dataQualityRecordsStratified": stratified},
    )
    write_json(folder / "data-source-history-index.json", {"domainRecords": domains})


def _failures(release: Path) -> list[list[Any]]:
    """Failed checks of the newest release, with the source they are of."""
    document = _results(release)
    metadata = _metadata(document)
    short = str(metadata.get("cdmSourceAbbreviation", ""))
    day = str(metadata["cdmReleaseDate"])
    about = [metadata.get("cdmSourceName"), short, short.replace(" ", "_"), day]
    return [
        [*(check.get(name, "") for name in FAILED), *about, day.replace("-", "")]
        for check in _failed(document)
    ]


def _performance(source: str, release: Path) -> list[list[Any]]:
    category = {str(analysis.id): analysis.category for analysis in analyses()}
    rows: list[list[Any]] = [
        [row["analysis_id"], row["elapsed_seconds"], "ACHILLES", category[row["analysis_id"]]]
        for row in read_csv(release / "achilles-performance.csv")
    ]
    rows += [
        [
            check["checkId"],
            str(check.get("executionTime", "")).removesuffix(" secs"),
            "DQD",
            check["category"],
        ]
        for check in _results(release).get("CheckResults", [])
    ]
    return [[*row, source] for row in rows]


def _collect(unmapped: dict[tuple[str, str, str], list[tuple[str, int]]], release: Path) -> None:
    source = read_csv(release / "cdmsource.csv")[0]["CDM_SOURCE_ABBREVIATION"]
    for row in read_csv(release / "quality-completeness.csv"):
        if row["SOURCE_VALUE"].strip():
            key = (row["CDM_TABLE_NAME"], row["CDM_FIELD_NAME"], row["SOURCE_VALUE"])
            unmapped.setdefault(key, []).append((source, int(row["RECORD_COUNT"])))
