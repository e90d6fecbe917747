"""Aggregates of a release that may leave, after disclosure control, as one folder.

Cohorts that a user brings leave by :mod:`etl.study.run`, under the same control and memory.

Order: collect cells with their persons → hide and round, given all earlier packs → write apart →
look at every file once more → remember → rename. A refusal (exit 5) leaves nothing behind; a pack
that is remembered and was never seen only makes the next one more careful.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from etl.errors import SndsOmopError
from etl.publish import pathways
from etl.publish.additions import Addition, added_families, read_additions, require_unlike
from etl.publish.ares import dqd_family
from etl.publish.cells import Family, Key, Rule
from etl.publish.control import as_shown, remember
from etl.publish.disclosure import control_together
from etl.publish.distributions import distribution_family
from etl.publish.families import achilles_families, mapping_family, row_family
from etl.publish.guard import require_shareable
from etl.publish.margins import most_records
from etl.publish.memory import read_memory, write_memory
from etl.publish.onboarding import onboarding_families
from etl.publish.pack import write_pack
from etl.publish.pathways_page import Titles
from etl.publish.protection import Sum
from etl.publish.source import CATALOG, Source, opened
from etl.publish.writers import write_table
from etl.release import audit_log
from etl.release.files import make_durable
from etl.release.store import Release
from etl.settings import Settings
from etl.state_file import read_record
from etl.workspace import Workspace

CohortEntries = Callable[[duckdb.DuckDBPyConnection], Mapping[str, str]]
"""Cohort id → SQL of its entries; handed in, since cohorts live above this package."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What left, and what was held back."""

    rows: int
    report: Mapping[str, Mapping[str, int]]
    """Family → numbers of counts shown, primary, complementary, held."""


def publish_share(
    workspace: Workspace,
    release: Release,
    output: Path,
    settings: Settings,
    *,
    cohort_entries: CohortEntries = lambda connection: {},
    titles: Titles | None = None,
    additions: Iterable[Path] = (),
) -> Shared:
    """Write the share pack.

    Args:
        output: a new folder.
        cohort_entries: gives the cohorts to count and to draw pathways of.
        titles: their titles on the page of pathways.
        additions: tables of the user's own, taken in if their readers refuse nothing.

    Raises:
        SndsOmopError: SO-114 for a folder that holds something, SO-501 (exit 5) when the guard
            refuses, SO-903 and SO-904 for a release that is not what was signed.
    """
    if output.exists() and any(output.iterdir()):
        raise SndsOmopError(
            "SO-114", "it would be overwritten", "elle serait écrasée", where=str(output)
        )
    rule = Rule.of(settings.privacy)
    minimum = rule.minimum
    memory = read_memory(workspace)
    dqd = _dqd(release)
    building = output.with_name(f"{output.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    try:
        with opened(workspace, release, settings.engine) as source:
            tables = read_additions(additions, minimum, source.connection, workspace)
            added = added_families(tables)
            require_unlike(added, memory, minimum)
            _take_in(tables, building)
            families = _families(source, rule, cohort_entries, dqd)
            shown = control_together(families, memory, rule, release.id)
            rows = write_pack(source, shown, building, minimum, dqd, titles or {})
        files = [path for path in sorted(building.rglob("*")) if path.is_file()]
        require_shareable(files, building, minimum, _release_days(release))
        make_durable(building)
        parts = [*shown.values(), *(as_shown(family, memory) for family in added)]
        write_memory(workspace, remember(parts, memory, release.id))
        building.replace(output)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    audit_log.append(workspace, "publish share", release=release.id, rows_out=rows)
    return Shared(rows, {name: part.report for name, part in shown.items()})


def _families(
    source: Source, rule: Rule, cohort_entries: CohortEntries, dqd: Mapping[str, Any] | None
) -> Iterator[Family]:
    connection, cdm, results = source.connection, f"{CATALOG}.cdm", f"{CATALOG}.results"
    most = most_records(connection, cdm)
    yield from achilles_families(connection, results, cdm)
    yield distribution_family(connection, results, cdm, rule)
    yield mapping_family(connection, f"{CATALOG}.audit", most)
    rows = {table.name: table.rows for table in source.tables if table.schema == "cdm"}
    yield row_family(connection, cdm, rows)
    yield _cohorts(source, cohort_entries)
    yield from onboarding_families(connection, cdm)
    if dqd is not None:
        yield dqd_family(dqd, most, rule.minimum)


def _cohorts(source: Source, cohort_entries: CohortEntries) -> Family:
    """Persons of each cohort, and the tree of treatments that adds up to them."""
    counts: dict[Key, int] = {}
    sums: list[Sum[Key]] = []
    for cohort, entries in cohort_entries(source.connection).items():
        found = pathways.sequences(source.connection, entries)
        persons, lines = pathways.tree(found)
        counts |= {("pathway", cohort, name): n for name, n in persons.items()}
        counts["cohort", cohort] = sum(found.values())
        for total, parts in lines:
            key: Key = ("pathway", cohort, total)
            if total == pathways.AND_SO_ON:
                key = ("cohort", cohort)
            sums.append(Sum(key, tuple(("pathway", cohort, part) for part in parts)))
    return Family.of_persons("cohorts", counts, tuple(sums))


def _dqd(release: Release) -> dict[str, Any] | None:
    path = release.path / "quality" / "dq-result.json"
    if not path.is_file():
        return None
    return read_record(path)


def _release_days(release: Release) -> list[str]:
    identity = release.manifest.identity
    return [identity.source_release_date, identity.cdm_release_date]


def _take_in(additions: Iterable[Addition], building: Path) -> None:
    for table in additions:
        (building / "added").mkdir(exist_ok=True)
        write_table(building / "added" / table.name, table.header, table.rows)
