"""How much of the data reaches a standard concept: by distinct code and by record."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from etl.clauses import Clause
from etl.errors import SndsOmopError
from etl.vocabulary.masking import masked, text
from etl.vocabulary.meaning_rules import PRECISE, UNINFORMATIVE
from etl.workspace import Workspace

UNMAPPED = "none"
Codes = dict[tuple[str, str, int | None], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Part:
    """One row of audit.mapping_coverage."""

    domain: str
    source_vocabulary: str
    source_year: int | None
    method: str
    equivalence: str
    n_records: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """One line of the report: a domain, a vocabulary, a year (None: all years)."""

    domain: str
    source_vocabulary: str
    source_year: int | None
    n_codes: int
    n_codes_mapped: int
    n_records: int
    n_records_mapped: int
    by_equivalence: dict[str, int] = field(default_factory=dict)
    by_method: dict[str, int] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """Percent of records mapped: the number to look at."""
        return 100 * self.n_records_mapped / self.n_records if self.n_records else 0.0

    @property
    def n_uninformative(self) -> int:
        """Records with an uninformative target: not mapped."""
        return self.by_equivalence.get(UNINFORMATIVE, 0)

    @property
    def n_precise(self) -> int:
        """The headline: records whose target has the meaning of the code; others lift ``share``."""
        return sum(self.by_equivalence.get(name, 0) for name in PRECISE)

    @property
    def n_broad(self) -> int:
        """Records whose target is broader or narrower than their code."""
        return self.n_records_mapped - self.n_precise

    @property
    def code_share(self) -> float:
        """Percent of distinct codes mapped; most codes are rare, so never the headline."""
        return 100 * self.n_codes_mapped / self.n_codes if self.n_codes else 0.0


_EVENTS = Clause(
    "the build did not reach its events", "la construction n'est pas allée jusqu'aux événements"
)


def ask(workspace: Workspace, query: str, unbuilt: Clause = _EVENTS) -> list[tuple[Any, ...]]:
    """What the candidate answers, opened read-only.

    Args:
        unbuilt: the message when the build did not reach the tables that are asked for.

    Raises:
        SndsOmopError: SO-106 when there is no candidate, or not these tables.
    """
    if not workspace.candidate.is_file():
        raise SndsOmopError(
            "SO-106",
            "coverage is measured on a candidate",
            "la couverture se mesure sur une version candidate",
        )
    with duckdb.connect(str(workspace.candidate), read_only=True) as connection:
        try:
            return connection.execute(query).fetchall()
        except duckdb.CatalogException as error:
            raise SndsOmopError("SO-106", *unbuilt) from error


def read_parts(workspace: Workspace) -> list[Part]:
    """What the build counted.

    Raises:
        SndsOmopError: SO-106 when nothing was counted yet.
    """
    rows = ask(
        workspace,
        "select domain, source_vocabulary, source_year, method, "
        "coalesce(equivalence, ''), n_records from audit.mapping_coverage",
        Clause(
            "the build did not reach its audit", "la construction n'est pas allée jusqu'à l'audit"
        ),
    )
    return [Part(*row) for row in rows]


def read_codes(workspace: Workspace, *, by_year: bool) -> Codes:
    """Distinct codes, and those mapped, per domain, vocabulary and year (None without ``by_year``).

    Asked of the events: a code may be in several years, methods and equivalences.

    Raises:
        SndsOmopError: SO-106 when nothing was routed yet.
    """
    year = "cast(extract(year from start_date) as integer)" if by_year else "null"
    nature_year = "source_year" if by_year else "null"
    rows = ask(
        workspace,
        f"""
        select
            domain, source_vocabulary, {year} as source_year,
            count(distinct source_code),
            count(distinct source_code) filter (
                where method <> '{UNMAPPED}' and equivalence is distinct from '{UNINFORMATIVE}'
            )
        from intermediate.int_event__routed
        group by domain, source_vocabulary, source_year
        union all
        select
            'Visit', 'PRS_NAT_REF', {nature_year} as source_year,
            count(distinct source_code),
            count(distinct source_code) filter (where is_reviewed)
        from audit.nature
        group by all
        """,  # noqa: S608
    )
    return {(row[0], row[1], row[2]): (row[3], row[4]) for row in rows}


NAMED_BY_NATURE = (
    "home_nursing",
    "midwifery",
    "nursing",
    "orthoptics",
    "physiotherapy",
    "podiatry",
    "psychology",
    "speech_therapy",
)
"""Kinds of acts that have no code but their nature: a letter of the NGAP and a coefficient."""


def visits_without_act(workspace: Workspace) -> list[tuple[str, int]]:
    """Kinds of acts that give a visit and no procedure, with their lines: no code names the act.

    Raises:
        SndsOmopError: SO-106 when the build did not reach its audit.
    """
    kinds = ", ".join(f"'{kind}'" for kind in NAMED_BY_NATURE)
    rows = ask(
        workspace,
        "select reason, cast(sum(n_records) as bigint) from audit.nature "  # noqa: S608
        f"where gives_visit and reason in ({kinds}) group by reason order by reason",
    )
    return [(kind, n_records) for kind, n_records in rows]


def summarise(parts: Iterable[Part], codes: Codes, *, by_year: bool) -> list[Coverage]:
    """Lines by domain and vocabulary, and by year when asked."""
    groups: dict[tuple[str, str, int | None], list[Part]] = defaultdict(list)
    for part in parts:
        year = part.source_year if by_year else None
        groups[part.domain, part.source_vocabulary, year].append(part)
    lines = []
    for (domain, vocabulary, year), members in groups.items():
        mapped = [
            part
            for part in members
            if part.method != UNMAPPED and part.equivalence != UNINFORMATIVE
        ]
        n_codes, n_codes_mapped = codes.get((domain, vocabulary, year), (0, 0))
        equivalence: dict[str, int] = defaultdict(int)
        method: dict[str, int] = defaultdict(int)
        for part in members:
            equivalence[part.equivalence or "UNMATCHED"] += part.n_records
            method[part.method] += part.n_records
        lines.append(
            Coverage(
                domain,
                vocabulary,
                year,
                n_codes,
                n_codes_mapped,
                sum(part.n_records for part in members),
                sum(part.n_records for part in mapped),
                dict(sorted(equivalence.items())),
                dict(sorted(method.items())),
            )
        )
    return sorted(
        lines,
        key=lambda line: (line.domain, line.source_vocabulary, line.source_year or 0),
    )


def shareable(lines: Iterable[Coverage], minimum: int) -> list[dict[str, str]]:
    """Lines for a file: counts under the minimum hidden, and the shares they would betray."""
    rows = []
    for line in lines:
        records: list[int | None] = masked(
            [line.n_records_mapped, line.n_records - line.n_records_mapped], minimum
        )
        methods = masked(list(line.by_method.values()), minimum)
        equivalences = masked(list(line.by_equivalence.values()), minimum)
        safe = None not in records
        parts = [line.n_precise, line.n_broad, line.n_uninformative]
        shown = masked([*parts, line.n_records - sum(parts)], minimum)
        if line.n_uninformative and shown[2] is None:
            # the methods count these records, the mapped ones do not: a difference reveals them
            records, safe = [None, None], False
        shares = [
            f"{100 * part / line.n_records:.2f}"
            if safe and None not in shown and line.n_records
            else ""
            for part in parts
        ]
        rows.append(
            {
                "domain": line.domain,
                "source_vocabulary": line.source_vocabulary,
                "source_year": str(line.source_year or ""),
                "codes": str(line.n_codes),
                "codes_mapped": str(line.n_codes_mapped),
                "records_mapped": text(records[0]),
                "records_unmapped": text(records[1]),
                "percent_codes": f"{line.code_share:.1f}",
                "percent_records": f"{line.share:.2f}" if safe else "",
                "percent_precise": shares[0],
                "percent_wider": shares[1],
                "percent_uninformative": shares[2],
                "by_method": _breakdown(line.by_method, methods),
                "by_equivalence": _breakdown(line.by_equivalence, equivalences),
            }
        )
    return rows


def _breakdown(names: Iterable[str], counts: list[int | None]) -> str:
    pairs = zip(names, counts, strict=True)
    return ";".join(f"{name}={text(count)}" for name, count in pairs)


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    """A CSV file of equal rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]) if rows else [], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
