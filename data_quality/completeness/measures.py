"""Measures what is missing: from the audit of the candidate, and by month from the lake."""

# ruff: noqa: S608 - SQL is made of names of our own specification, never of what a user typed.

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from data_quality.completeness.codes import missing_codes
from data_quality.completeness.ends import stops_early
from data_quality.completeness.model import Shortfall, Thresholds
from data_quality.completeness.months import missing_months, without_details
from data_quality.completeness.pairs import uneven_pairs
from data_quality.completeness.unread import Unread, unread_columns, unread_values
from etl.contracts.registry import contracts
from etl.loaders.overlap import REFERENTIALS
from etl.resources import mappings_dir

HERE = Path(__file__).resolve().parent

Ask = Callable[[str], list[tuple[Any, ...]]]
Years = dict[int | None, int]

LINES = ("ER_PRS_F", "NS_PRS_F")
STAYS = "T_MCOaaB"
MAIN = ("T_MCOaaB", "T_SSRaaB", "T_HADaaB", "T_RIPaaRSA", "T_RIPaaR3A")
"""Tables of one file a year whose years follow each other."""
EXPECTED = (*MAIN[:4], "KI_CCI_R", "IR_IMB_R", "IR_ORC_R")
"""What a whole SNDS has; their absence is reported, and refuses nothing."""

TRUNCATED, HEADER_AGAIN = "SO-226", "SO-225"
UNLINKED = frozenset({"R04", "R06", "R09", "R15", "R25", "R31", "R32", "R46"})
"""Rules that exclude for want of a link, a date or a code: they take little of a sound delivery."""
UNKNOWN_PERSON = "R06"
OF_PERSONS = frozenset({"R06", "R09", "R46"})
"""Rules of persons are judged where the person is named: the bills of one stay follow its fate."""
OFTEN_WHOLE = ("N", "R16", "R17", "R18", "R22", "R26", "R37", "R38", "R40", "R43")
"""Rules that may exclude a whole table: another source records it, or it is no event."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """Rows in the lake by table and year, and the relations that hold them."""

    ask: Ask
    relations: Mapping[str, str]
    rows: Mapping[str, Years]
    unread: Unread
    """Values that could not be read, by table, year and column."""

    def total(self, table: str) -> int:
        return sum(self.rows.get(table, {}).values())

    def has(self, relation: str) -> bool:
        return relation in self.relations

    def months(self, table: str, where: str = "true") -> dict[date, int]:
        """Rows by flux month."""
        if not self.total(table) or not self.has(f"lake.{table}"):
            return {}
        month = "cast(date_trunc('month', FLX_DIS_DTD) as date)"
        found = self.ask(
            f"select {month}, count(*) from {self.relations[f'lake.{table}']}"
            f" where FLX_DIS_DTD is not null and ({where}) group by 1"
        )
        return {day: int(n) for day, n in found}


def _read(ask: Ask, relations: Mapping[str, str]) -> Delivered | None:
    if "audit.files" not in relations:
        return None
    rows: dict[str, Years] = defaultdict(dict)
    found = ask(
        "select source_table, source_year, sum(rows_staged) from audit.files"
        " where fate = 'loaded'"
        " group by source_table, source_year"
    )
    for table, year, n in found:
        rows[str(table)][year] = int(n or 0)
    return Delivered(ask, relations, rows, unread_values(ask, relations))


def measure_shortfalls(
    ask: Ask, relations: Mapping[str, str], limits: Thresholds
) -> tuple[Shortfall, ...]:
    """Everything that is missing beyond the thresholds, the gravest first.

    Args:
        ask: answers a query on the candidate.
        relations: what a query may read, as ``lake.ER_PRS_F`` and ``audit.files``.
    """
    delivered = _read(ask, relations)
    if delivered is None:
        return ()
    found = [
        shortfall
        for measure in (
            _beneficiaries,
            _refused_files,
            _quarantine,
            _unparsed,
            _codes,
            _months,
            _years,
            _siblings,
            _pairs,
            _details,
            _rules,
        )
        for shortfall in measure(delivered, limits)
    ]
    return tuple(sorted(found, key=lambda one: one.rank))


def undelivered(ask: Ask, relations: Mapping[str, str]) -> tuple[str, ...]:
    """Main tables of the SNDS without a row."""
    delivered = _read(ask, relations)
    if delivered is None:
        return ()
    return tuple(table for table in EXPECTED if not delivered.total(table))


def _beneficiaries(delivered: Delivered, limits: Thresholds) -> Iterator[Shortfall]:
    if not any(delivered.total(table) for table in REFERENTIALS):
        yield Shortfall("no_beneficiaries", " / ".join(REFERENTIALS))


def _refused_files(delivered: Delivered, limits: Thresholds) -> Iterator[Shortfall]:
    """Files that could not be loaded, or that are not what was declared."""
    for name, code in delivered.ask(
        "select distinct file_name, fate_code from audit.files where fate = 'refused'"
    ):
        yield Shortfall("file_refused", name, column=code)


def _quarantine(delivered: Delivered, limits: Thresholds) -> Iterator[Shortfall]:
    """Lines cut short, and shares of rows that could not be used."""
    if not delivered.has("audit.rejects"):
        return
    rejected: dict[tuple[str, int | None], int] = defaultdict(int)
    for table, year, reason, n in delivered.ask(
        "select source_table, source_year, reason, sum(n_rows) from audit.rejects"
        " group by source_table, source_year, reason"
    ):
        if reason == TRUNCATED:
            yield Shortfall("truncated", table, year)
        if reason != HEADER_AGAIN:
            rejected[table, year] += int(n)
    for (table, year), n in rejected.items():
        read = n + delivered.rows.get(table, {}).get(year, 0)
        if n >= limits.rows_from and n * 100 > read * limits.quarantine_percent:
            yield Shortfall("quarantine", table, year, percent=round(100 * n / read, 1))


def _codes(delivered: Delivered, limits: Thresholds) -> Iterator[Shortfall]:
    """Rows without the code that they are there for."""
    yield from missing_codes(delivered.ask, delivered.relations, delivered.unread, limits)


def _unparsed(delivered: Delivered, limits: Thresholds) -> Iterator[Shortfall]:
    yield from unread_columns(
        delivered.ask, delivered.relations, delivered.rows, delivered.unread, limits
    )


def _months(delivered: Delivered, limits: Thresholds) -> Iterator[Shortfall]:
    """Months of flux, or of exit from hospital, without rows; flux that stops before the exits."""
    exits = _exits(delivered)
    lines = {table: found for table in LINES if (found := delivered.months(table))}
    for table, months in (lines | {STAYS: exits}).items():
        for stretch in missing_months(months, limits):
            yield Shortfall(
                "month_missing", table, first_month=stretch.first, last_month=stretch.last
            )
    last = max(map(max, lines.values()), default=None)
    for table, months in lines.items():
        if max(months) == last:
            yield from stops_early(table, months, exits, limits)


def _exits(delivered: Delivered) -> dict[date, int]:
    """Stays by month of exit."""
    table = STAYS
    if not delivered.total(table) or not delivered.has(f"lake.{table}"):
        return {}
    found = delivered.ask(
        "select make_date(year, month, 1), count(*) from (select"
        " coalesce(try_cast(SOR_ANN as integer), _source_year) as year,"
        f" try_cast(SOR_MOI as integer) as month from {delivered.relations[f'lake.{table}']}) as s"
        " where month between 1 and 12 and year between 2005 and 2099 group by 1"
    )
    return {day: int(n) for day, n in found}


def _years(delivered: Delivered, limits: Thresholds) -> Iterator[Shortfall]:
    """Years of PMSI between two that were delivered."""
    for table in MAIN:
        years = {y: n for y, n in delivered.rows.get(table, {}).items() if y is not None and n}
        if len(years) < 2:
            continue
        for year in range(min(years) + 1, max(years)):
            before = max(y for y in years if y < year)
            after = min(y for y in years if y > year)
            around = min(years[before], years[after])
            if year not in years and around >= limits.year_rows:
                yield Shortfall("year_missing", table, year)


@cache
def _rows_of(name: str) -> tuple[dict[str, str], ...]:
    with (HERE / name).open(encoding="utf-8", newline="") as handle:
        return tuple(csv.DictReader(handle))


def _rows(delivered: Delivered, table: str) -> Years:
    return delivered.rows.get(table, {})


_STAYS = {
    "T_MCOaaB": "count(*) filter (coalesce(GRG_GHM, '') not like '28%')",
    "T_SSRaaB": "count(distinct concat(ETA_NUM, ' ', RHA_NUM))",
}


def _stays(delivered: Delivered, table: str) -> Years:
    """Stays by year: no sessions (GHM 28: a main diagnosis alone), no weeks of one stay."""
    counted = _STAYS.get(table)
    if counted is None or not delivered.total(table) or not delivered.has(f"lake.{table}"):
        return _rows(delivered, table)
    found = delivered.ask(
        f"select _source_year, {counted} from {delivered.relations[f'lake.{table}']} group by 1"
    )
    return {year: int(n) for year, n in found}


def _siblings(delivered: Delivered, limits: Thresholds) -> Iterator[Shortfall]:
    """Tables of a stay that come together; one that other years have is expected from few rows."""
    reported: set[tuple[str, int | None]] = set()
    for row in _rows_of("siblings.csv"):
        parent, sibling = row["parent"], row["sibling"]
        present = {y for y, n in delivered.rows.get(sibling, {}).items() if n}
        is_share = int(row["from_rows"]) > 1
        for year, n in (_stays if is_share else _rows)(delivered, parent).items():
            if year in present or (year or 9999) < int(row["since"] or 0):
                continue
            enough = int(row["from_rows"])
            if present:
                enough = min(enough, limits.sibling_rows)
            if n >= enough and (sibling, year) not in reported:
                reported.add((sibling, year))
                yield Shortfall("sibling_missing", sibling, year, parent)


def _pairs(delivered: Delivered, limits: Thresholds) -> Iterator[Shortfall]:
    yield from uneven_pairs(delivered.rows, limits)


@cache
def _natures(activities: str) -> str:
    """Natures of the activities, as a list of SQL."""
    wanted = set(activities.split())
    path = mappings_dir() / "structural" / "prs_nat_ref.usagi.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        codes = [
            row["sourceCode"] for row in csv.DictReader(handle) if row["ADD_INFO:note"] in wanted
        ]
    return ", ".join(f"'{code}'" for code in codes if code.isdigit())


@cache
def details_of(lines_of: str, activities: str) -> tuple[str, ...]:
    """Tables with details of these activities, first the one that is made for them."""
    wanted = set(activities.split())
    ranks = {
        contract.table: min(map(contract.activities.index, wanted & {*contract.activities}))
        for contract in contracts().values()
        if wanted & {*contract.activities} and any(one.to == lines_of for one in contract.links)
    }
    return tuple(sorted(ranks, key=lambda table: ranks[table]))


def _details(delivered: Delivered, limits: Thresholds) -> Iterator[Shortfall]:
    """Details that the natures of the lines imply, by flux month and by year."""
    for row in _rows_of("implied.csv"):
        activities = row["activities"]
        for lines_of in LINES:
            tables = details_of(lines_of, activities)
            implied = delivered.months(lines_of, f"PRS_NAT_REF in ({_natures(activities)})")
            if not implied:
                continue
            details: dict[date, int] = defaultdict(int)
            for table in tables:
                for month, n in delivered.months(table).items():
                    details[month] += n
            least = int(row["least_percent"])
            # packs of the other months show that this delivery has them: fewer lines are enough
            whole = _has_details(implied, details, least, limits)
            enough = int(row["few_lines" if whole else "from_lines"])
            bare = without_details(implied, details, enough)
            for stretch in bare:
                yield Shortfall(
                    "detail_missing",
                    tables[0],
                    column=lines_of,
                    first_month=stretch.first,
                    last_month=stretch.last,
                )
            bare_months = [(one.first, one.last) for one in bare]
            kept = {
                month: n
                for month, n in implied.items()
                if not any(first <= month <= last for first, last in bare_months)
            }
            yield from _short(tables[0], lines_of, kept, details, least, limits)


def _has_details(
    implied: Mapping[date, int], details: Mapping[date, int], least: int, limits: Thresholds
) -> bool:
    """Whether the months that have details have as many as their lines imply."""
    lines = sum(n for month, n in implied.items() if details.get(month, 0))
    found = sum(details.get(month, 0) for month in implied)
    return lines >= limits.detail_rows and found * 100 >= lines * least


def _short(
    table: str,
    lines_of: str,
    implied: Mapping[date, int],
    details: Mapping[date, int],
    least: int,
    limits: Thresholds,
) -> Iterator[Shortfall]:
    """Years with fewer details than their lines imply, months without any left out."""
    for year in sorted({month.year for month in implied}):
        lines = sum(n for month, n in implied.items() if month.year == year)
        found = sum(details.get(month, 0) for month in implied if month.year == year)
        if lines >= limits.detail_rows and found * 100 < lines * least:
            percent = round(100 * found / lines, 1)
            yield Shortfall("detail_short", table, year, lines_of, percent=percent)


def _rules(delivered: Delivered, limits: Thresholds) -> Iterator[Shortfall]:
    """Rows of a table and year that one rule excludes."""
    if not delivered.has("audit.ledger"):
        return
    totals: dict[tuple[str, int | None], int] = defaultdict(int)
    excluded: dict[tuple[str, int | None, str], int] = defaultdict(int)
    for table, year, disposition, rule, n in delivered.ask(
        "select source_table, source_year, disposition, rule_id, sum(n_rows) from audit.ledger"
        " group by source_table, source_year, disposition, rule_id"
    ):
        totals[table, year] += int(n)
        if disposition == "excluded" and rule:
            excluded[table, year, rule] += int(n)
    for (table, year, rule), n in excluded.items():
        total = totals[table, year]
        if rule.startswith(OFTEN_WHOLE) or (rule in OF_PERSONS and not _names_persons(table)):
            continue
        # details of transport, pensions and rents: R23 excludes all of them, none is a visit
        if rule == "R23" and contracts()[table].role == "no_event":
            continue
        share = 100 * n / total
        if _takes_too_much(rule, total, share, limits):
            yield Shortfall("one_rule", table, year, rule, percent=round(share, 1))


def _takes_too_much(rule: str, total: int, share: float, limits: Thresholds) -> bool:
    """Whether a share (percent) of the rows of a table and year is more than a rule may exclude."""
    if rule not in UNLINKED:
        return total >= limits.any_rule_rows and share > limits.any_rule_percent
    if total >= limits.nearly_all_rows and share > limits.nearly_all_percent:
        return True
    most = limits.unknown_percent if rule == UNKNOWN_PERSON else limits.rule_percent
    return total >= limits.rule_rows and share > most


@cache
def _names_persons(table: str) -> bool:
    contract = contracts().get(table)
    return contract is not None and bool(contract.of_persons("psa", "ano", "idt"))
