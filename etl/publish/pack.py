"""The files of the share pack, written from counts that may leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from etl.publish import pathways, pathways_page
from etl.publish.ares import passed, shareable_dqd, write_ares
from etl.publish.control import Shown
from etl.publish.distributions import MOMENTS, distribution_rows
from etl.publish.exports import write_exports
from etl.publish.label import self_assessment
from etl.publish.metadata.facts import read_facts
from etl.publish.network import readiness, requirements
from etl.publish.onboarding import MONTHS, statistics
from etl.publish.protection import round_up, rounding_base
from etl.publish.source import CATALOG, Source
from etl.publish.writers import write_json, write_page, write_picture, write_table
from etl.release.achilles import ACHILLES_VERSION, analyses, domains
from etl.release.store import Release

_STRATA = [f"key_{number}" for number in range(1, 7)]
_HEAD = ["analysis_id", *(f"stratum_{number}" for number in range(1, 6))]


def write_pack(
    source: Source,
    shown: Mapping[str, Shown],
    folder: Path,
    minimum: int,
    dqd: Mapping[str, Any] | None,
    titles: pathways_page.Titles,
) -> int:
    """Write every file but the user's own; return the number of aggregates."""
    manifest = source.release.manifest
    achilles = _achilles(shown, source)
    written = write_table(folder / "achilles_results.csv", [*_HEAD, "count_value"], achilles)
    distributions = distribution_rows(shown["distributions"])
    written += write_table(folder / "achilles_results_dist.csv", [*_HEAD, *MOMENTS], distributions)
    names = [[a.id, a.name, a.category, " | ".join(a.strata)] for a in analyses()]
    write_table(
        folder / "achilles_analysis.csv", ["analysis_id", "name", "category", "strata"], names
    )
    tables = _plain(shown["tables"], "rows")
    written += write_table(folder / "tables.csv", ["table", "rows"], tables)
    written += write_table(
        folder / "mapping_coverage.csv",
        ["domain", "source_vocabulary", "method", "records"],
        _plain(shown["mapping"], "mapping"),
    )
    written += _cohorts(shown["cohorts"], folder)
    _pages(shown["cohorts"], folder, titles, source.release.id, minimum)
    written += _onboarding(shown, folder / "onboarding")
    write_exports(folder, achilles, distributions, manifest.identity)
    rows = {str(table): int(count) for table, count in tables}
    shared_dqd = shareable_dqd(dqd, shown["dqd"]) if dqd is not None else None
    write_ares(folder, manifest, achilles, rows, shared_dqd)
    _assessments(source, shown, folder, minimum, shared_dqd)
    write_table(folder / "former_values.csv", ["family", *_STRATA, "release"], _former(shown))
    write_json(folder / "release.json", _about(source.release, shown, minimum))
    write_json(folder / "suppression_report.json", _suppression(shown, minimum))
    return written


_VAGUE = 100


def _achilles(shown: Mapping[str, Shown], source: Source) -> list[list[Any]]:
    identity = source.release.manifest.identity
    rows: list[list[Any]] = []
    persons = shown["population"].counts.get(("1",))
    if persons is not None:
        about = [identity.source_abbreviation, ACHILLES_VERSION, identity.cdm_release_date]
        rows.append(["0", *about, "", "", persons])
    for name in ("population", "deaths", "cover", *(domain.table for domain in domains())):
        part = shown[name]
        rows += [
            [key[0], *key[1:], *[""] * (6 - len(key)), count]
            for key, count in part.counts.items()
            if key not in part.family.unpublished
        ]
    return sorted(rows, key=lambda row: (int(row[0]), *map(str, row[1:6])))


def _cohorts(part: Shown, folder: Path) -> int:
    written = write_table(folder / "cohorts.csv", ["cohort", "persons"], _plain(part, "cohort"))
    sequences = _plain(part, "pathway")
    for cohort in sorted({row[0] for row in sequences}):
        drawn = {row[1]: row[2] for row in sequences if row[0] == cohort}
        write_picture(folder / f"pathways_{cohort}.svg", pathways.picture(cohort, drawn))
    return written + write_table(
        folder / "pathways.csv", ["cohort", "sequence", "persons"], sequences
    )


def _pages(
    part: Shown, folder: Path, titles: pathways_page.Titles, release: str, minimum: int
) -> None:
    for lang in pathways_page.LANGUAGES:
        page = pathways_page.page(part, titles, lang, release, minimum, rounding_base(minimum))
        write_page(folder / f"pathways_{lang}.html", page)


def _onboarding(shown: Mapping[str, Shown], folder: Path) -> int:
    """One file per statistic; an empty cell is a hidden count."""
    folder.mkdir()
    written = 0
    for statistic in statistics(""):
        counts = shown[f"onboarding/{statistic.name}"].counts
        names = statistic.columns[-statistic.counts :]
        labels = sorted({key[:-1] for key in counts})
        rows = [[*label, *(counts.get((*label, name), "") for name in names)] for label in labels]
        head = list(statistic.columns)
        if statistic.name == "records_by_type":
            head[2:2] = ["first_month", "last_month"]
            known = shown[MONTHS].counts
            for row in rows:
                months = sorted(key[2] for key in known if key[:2] == (row[0], row[1]))
                row[2:2] = [months[0], months[-1]] if months else ["", ""]
        written += write_table(folder / f"{statistic.name}.csv", head, rows)
    return written


def _former(shown: Mapping[str, Shown]) -> list[list[str]]:
    """Cells that show the value of an earlier release, and that release."""
    return sorted(
        [name, *key, *[""] * (len(_STRATA) - len(key)), release]
        for name, part in shown.items()
        for key, release in part.former.items()
        if key not in part.family.unpublished
    )


def _assessments(
    source: Source,
    shown: Mapping[str, Shown],
    folder: Path,
    minimum: int,
    dqd: Mapping[str, Any] | None,
) -> None:
    found = requirements(source.connection, CATALOG)
    write_json(folder / "network_readiness.json", readiness(found))
    facts = replace(read_facts(source, minimum), **_controlled(shown), **_checked(dqd))
    label = self_assessment(source.release.manifest, facts)
    write_json(folder / "quality_label.json", label)


def _checked(dqd: Mapping[str, Any] | None) -> dict[str, Any]:
    """Shares of checks that passed, of those in ``dq-result.json``: nothing that it does not hold.

    Shares of all checks would change with the one person whose records decide about a check.
    """

    def shares(column: str, *values: str) -> dict[str, float]:
        found = {value: passed(dqd, column, value) for value in values} if dqd else {}
        return {value: share for value, share in found.items() if share is not None}

    return {
        "quality": shares("category", "Completeness", "Conformance", "Plausibility"),
        "plausible": shares("subcategory", "Atemporal", "Temporal"),
        "unique": shares("checkName", "isPrimaryKey").get("isPrimaryKey"),
    }


def _controlled(shown: Mapping[str, Shown]) -> dict[str, Any]:
    """Facts about patients from cells that may leave: persons, months observed, shares mapped."""
    population, mapping = shown["population"], shown["mapping"]
    months = sorted(key[1] for key in population.counts if key[0] == "110")
    shares: dict[str, float] = {}
    for domain in {key[1] for key in mapping.family.cells}:
        keys = [
            key
            for key in mapping.family.cells
            if key[1] == domain and key not in mapping.family.unpublished
        ]
        counts = {key: mapping.counts[key] for key in keys if key in mapping.counts}
        total = sum(counts.values())
        if len(counts) == len(keys) and total:
            shares[domain] = round(
                sum(n for key, n in counts.items() if key[3] != "none") / total, 2
            )
    return {
        "persons": population.counts.get(("1",)),
        "first_month": _month(months[0]) if months else None,
        "last_month": _month(months[-1]) if months else None,
        "mapped": dict(sorted(shares.items())),
    }


def _month(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), 1)


def _suppression(shown: Mapping[str, Shown], minimum: int) -> dict[str, Any]:
    """What was hidden, by family, up to the next hundred: one cell more would reveal a change."""

    def numbers(report: Mapping[str, int]) -> dict[str, int]:
        hidden = report["primary"] + report["complementary"]
        return {
            "cells_shown": report["shown"]
            if report["shown"] >= minimum
            else round_up(report["shown"], _VAGUE),
            "cells_hidden_up_to": round_up(hidden, _VAGUE),
            "cells_with_a_former_value_up_to": round_up(report["held"], _VAGUE),
        }

    return {
        "minimum_persons": minimum,
        "rounded_up_to": rounding_base(minimum),
        "families": {name: numbers(part.report) for name, part in shown.items()},
    }


def _about(release: Release, shown: Mapping[str, Shown], minimum: int) -> dict[str, Any]:
    manifest = release.manifest
    return {
        "release": release.id,
        "identity": manifest.identity.model_dump(),
        "accepted_by_gate": manifest.verdict.get("accepted"),
        "persons": shown["population"].counts.get(("1",)),
        "minimum_count": minimum,
        "note": "Counts are rounded up; a missing row is hidden or zero.",
    }


def _plain(part: Shown, kind: str) -> list[list[Any]]:
    """Rows of the keys of one kind, without the kind."""
    rows = (
        [*key[1:], count]
        for key, count in part.counts.items()
        if key[0] == kind and key not in part.family.unpublished
    )
    return sorted(rows, key=lambda row: [str(cell) for cell in row])
