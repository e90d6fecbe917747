"""The only way out: aggregates of a release, after disclosure control, as one folder.

Order: collect exact counts → hide and round → compare with the last share → write aside → look at
every file once more → rename → remember. A refusal (exit 5) leaves nothing behind.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from etl.errors import SndsOmopError
from etl.publish import pathways
from etl.publish.distributions import distribution_family, distribution_rows
from etl.publish.exports import write_exports
from etl.publish.families import (
    Family,
    Key,
    achilles_families,
    mapping_family,
    row_family,
)
from etl.publish.guard import require_shareable
from etl.publish.memory import (
    Memory,
    Remembered,
    held,
    must_stay_hidden,
    read_memory,
    write_memory,
)
from etl.publish.protection import Sum, protect, rounding_base
from etl.publish.source import CATALOG, Source, opened
from etl.release import audit_log
from etl.release.achilles import ACHILLES_VERSION, analyses
from etl.release.files import make_durable
from etl.release.store import Release
from etl.settings import Settings
from etl.workspace import Workspace

CohortEntries = Callable[[duckdb.DuckDBPyConnection], Mapping[str, str]]
"""Cohort id → SQL of its entries; handed in, since cohorts live above this package."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What left, and what was held back."""

    rows: int
    report: Mapping[str, Mapping[str, int]]
    """Family → shown, primary, complementary, held."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A family after disclosure control."""

    family: Family
    counts: Mapping[Key, int]
    report: Mapping[str, int]


def publish_share(
    workspace: Workspace,
    release: Release,
    output: Path,
    settings: Settings,
    *,
    cohort_entries: CohortEntries = lambda connection: {},
    additions: Iterable[Path] = (),
) -> Shared:
    """Write the share pack.

    Args:
        output: a new folder.
        cohort_entries: gives the cohorts to count and to draw pathways of.
        additions: files of the user's own, taken in if the guard finds nothing in them.

    Raises:
        SndsOmopError: SO-114 for a folder that holds something, SO-501 (exit 5) when the guard
            refuses, SO-903 and SO-904 for a release that is not what was signed.
    """
    if output.exists() and any(output.iterdir()):
        raise SndsOmopError("SO-114", "it would be overwritten", where=str(output))
    minimum = settings.privacy.minimum_count
    memory = read_memory(workspace)
    aside = output.with_name(f"{output.name}.building")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        with opened(workspace, release, settings.engine) as source:
            families = list(_families(source, minimum, cohort_entries))
            shown = {family.name: control(family, memory, minimum) for family in families}
            rows = _write(source, shown, aside, minimum)
        _take_in(additions, aside)
        files = [path for path in sorted(aside.rglob("*")) if path.is_file()]
        require_shareable(files, aside, minimum, _release_days(release))
        make_durable(aside)
        aside.replace(output)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    write_memory(workspace, remember(shown.values(), memory))
    audit_log.append(workspace, "publish share", release=release.id, rows_out=rows)
    return Shared(rows, {name: part.report for name, part in shown.items()})


def _families(source: Source, minimum: int, cohort_entries: CohortEntries) -> Iterator[Family]:
    yield from achilles_families(source.connection, f"{CATALOG}.results", minimum)
    yield distribution_family(source.connection, f"{CATALOG}.results")
    yield mapping_family(source.connection, f"{CATALOG}.audit")
    yield row_family({table.name: table.rows for table in source.tables if table.schema == "cdm"})
    counts: dict[Key, int] = {}
    sums: list[Sum[Key]] = []
    for cohort, entries in cohort_entries(source.connection).items():
        found = pathways.sequences(source.connection, entries)
        parts: dict[Key, int] = {("pathway", cohort, name): n for name, n in found.items()}
        counts |= parts
        counts["cohort", cohort] = sum(found.values())
        sums.append(Sum(("cohort", cohort), tuple(parts)))
    yield Family("cohorts", counts, tuple(sums))


def control(family: Family, memory: Memory, minimum: int) -> Shown:
    """Hide, round, and keep last time's value where the difference would be a small count."""
    staying = set(must_stay_hidden(family.name, family.counts, memory, minimum))
    protected = protect(family.counts, family.sums, minimum, family.small | staying)
    counts: dict[Key, int] = {}
    kept = 0
    for key, shown in protected.shown.items():
        known = memory.get((family.name, key))
        if held(family.counts[key], shown, known, minimum) and known and known.shown is not None:
            counts[key] = known.shown
            kept += 1
        else:
            counts[key] = shown
    report = {
        "shown": len(counts) - len(family.unpublished & counts.keys()),
        "primary": len(protected.primary),
        "complementary": len(protected.complementary),
        "held": kept,
    }
    return Shown(family, counts, report)


def remember(shown: Iterable[Shown], memory: Memory) -> Memory:
    """Exact values next to what was shown; a held value keeps the exact value it came from."""
    remembered = dict(memory)
    for part in shown:
        for key, exact in part.family.counts.items():
            name = (part.family.name, key)
            value = part.counts.get(key)
            known = memory.get(name)
            if known is not None and known.shown == value:
                continue
            remembered[name] = Remembered(exact, value)
    return remembered


def _write(source: Source, shown: Mapping[str, Shown], aside: Path, minimum: int) -> int:
    identity = source.release.manifest.identity
    persons = shown["population"].counts.get(("1",))
    achilles = [
        ["0", identity.source_abbreviation, ACHILLES_VERSION, identity.cdm_release_date, "", "", n]
        for n in [persons]
        if n is not None
    ]
    for name in ("population", "deaths", "cover", *_domain_names(shown)):
        achilles += _achilles_rows(shown[name])
    columns = [f"stratum_{number}" for number in range(1, 6)]
    head = ["analysis_id", *columns]
    written = _table(aside / "achilles_results.csv", [*head, "count_value"], achilles)
    moments, distributions = distribution_rows(
        source.connection, f"{CATALOG}.results", shown["distributions"].counts, minimum
    )
    written += _table(aside / "achilles_results_dist.csv", [*head, *moments], distributions)
    names = [[a.id, a.name, a.category, " | ".join(a.strata)] for a in analyses()]
    _table(aside / "achilles_analysis.csv", ["analysis_id", "name", "category", "strata"], names)
    written += _table(aside / "tables.csv", ["table", "rows"], _plain(shown["tables"], "rows"))
    written += _table(
        aside / "mapping_coverage.csv",
        ["domain", "source_vocabulary", "method", "records"],
        _plain(shown["mapping"], "mapping", length=4),
    )
    written += _table(
        aside / "cohorts.csv", ["cohort", "persons"], _plain(shown["cohorts"], "cohort")
    )
    sequences = _plain(shown["cohorts"], "pathway")
    written += _table(aside / "pathways.csv", ["cohort", "sequence", "persons"], sequences)
    for cohort in sorted({row[0] for row in sequences}):
        drawn = {row[1]: row[2] for row in sequences if row[0] == cohort}
        (aside / f"pathways_{cohort}.svg").write_text(
            pathways.picture(cohort, drawn), encoding="utf-8"
        )
    write_exports(aside, achilles, distributions, identity)
    _json(aside / "release.json", _about(source.release, persons, minimum))
    report = {name: part.report for name, part in shown.items()}
    _json(
        aside / "suppression_report.json",
        {
            "minimum_count": minimum,
            "rounded_up_to": rounding_base(minimum),
            "families": {
                name: {f"cells_{kind}": _vague(n, minimum) for kind, n in kinds.items()}
                for name, kinds in report.items()
            },
        },
    )
    return written


def _vague(number: int, minimum: int) -> int | str:
    """Numbers of cells follow the rule of numbers of persons: nobody has to tell them apart."""
    return f"< {minimum}" if 0 < number < minimum else number


def _domain_names(shown: Mapping[str, Shown]) -> list[str]:
    others = {"population", "deaths", "cover", "distributions", "mapping", "tables", "cohorts"}
    return [name for name in shown if name not in others]


def _achilles_rows(part: Shown) -> list[list[Any]]:
    rows = []
    for key, count in part.counts.items():
        if key not in part.family.unpublished:
            rows.append([key[0], *key[1:], *[""] * (6 - len(key)), count])
    return sorted(rows, key=lambda row: (int(row[0]), *map(str, row[1:6])))


def _plain(part: Shown, kind: str, *, length: int | None = None) -> list[list[Any]]:
    """Rows of the keys of one kind, without the kind."""
    return sorted(
        [*key[1:], count]
        for key, count in part.counts.items()
        if key[0] == kind and (length is None or len(key) == length)
    )


def _about(release: Release, persons: int | None, minimum: int) -> dict[str, Any]:
    manifest = release.manifest
    return {
        "release": release.id,
        "identity": manifest.identity.model_dump(),
        "accepted_by_gate": manifest.verdict.get("accepted"),
        "persons": persons,
        "minimum_count": minimum,
        "note": "Counts are rounded up; a missing row is hidden or zero.",
    }


def _release_days(release: Release) -> list[str]:
    identity = release.manifest.identity
    return [identity.source_release_date, identity.cdm_release_date]


def _take_in(additions: Iterable[Path], aside: Path) -> None:
    for path in additions:
        (aside / "added").mkdir(exist_ok=True)
        shutil.copyfile(path, aside / "added" / path.name)


def _table(path: Path, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(head)
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


def _json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
