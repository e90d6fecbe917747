"""What is characterised: ids and strata of OHDSI Achilles 1.7.2 (Apache-2.0), SQL of ours."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ACHILLES_VERSION = "1.7.2"
"""The version whose results our tables look like."""

_FOLDER = Path(__file__).resolve().parent
_HEADER = re.compile(
    r"^-- (?P<id>\d+) \| (?P<form>counts|distribution) \| (?P<category>[^|]+) "
    r"\| (?P<strata>[^|]*)\| (?P<name>.+)$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Analysis:
    """One id. ``query`` is empty when its domain computes it together with others."""

    id: int
    name: str
    category: str
    strata: tuple[str, ...] = ()
    is_distribution: bool = False
    query: str = ""


@dataclass(frozen=True, slots=True)
class Domain:
    """A table of events: ids ``block`` + 0, 1, 2, 3, 5 and 20; + 13 when events have a length."""

    block: int
    table: str
    label: str
    concept: str
    start: str
    type: str
    """Column of the kind of record; empty where Achilles has no such analysis."""
    end: str
    end_within: bool
    """Whether a stay must end, too, within the observation period."""
    distinct_concepts: bool
    """Whether Achilles knows the distribution of concepts per person (id + 3)."""

    def analyses(self) -> Iterator[Analysis]:
        block, label, category = self.block, self.label, self.label.title()
        concept = (self.concept,)
        yield Analysis(block, f"Persons by {label} concept", category, concept)
        yield Analysis(block + 1, f"Records by {label} concept", category, concept)
        yield Analysis(
            block + 2, f"Persons by {label} concept and month", category, (*concept, "month")
        )
        if self.distinct_concepts:
            name = f"Distinct {label} concepts of a person"
            yield Analysis(block + 3, name, category, is_distribution=True)
        if self.type:
            name = f"Records by {label} concept and kind of record"
            yield Analysis(block + 5, name, category, (*concept, self.type))
        if self.end:
            name = f"Days by {label} concept"
            yield Analysis(block + 13, name, category, concept, is_distribution=True)
        yield Analysis(block + 20, f"Records of {label} by month", category, ("month",))


@cache
def domains() -> tuple[Domain, ...]:
    with (_FOLDER / "domains.csv").open(encoding="utf-8", newline="") as handle:
        return tuple(
            Domain(
                block=int(row["block"]),
                table=row["table"],
                label=row["label"],
                concept=row["concept"],
                start=row["start"],
                type=row["type"],
                end=row["end"],
                end_within=row["end_within"] == "yes",
                distinct_concepts=row["distinct_concepts"] == "yes",
            )
            for row in csv.DictReader(handle)
        )


@cache
def population() -> tuple[Analysis, ...]:
    """The analyses of ``population.sql``, each with its query."""
    text = (_FOLDER / "population.sql").read_text(encoding="utf-8")
    headers = list(_HEADER.finditer(text))
    ends = [header.start() for header in headers[1:]] + [len(text)]
    return tuple(
        Analysis(
            id=int(header["id"]),
            name=header["name"],
            category=header["category"],
            strata=tuple(part.strip() for part in header["strata"].split(",") if part.strip()),
            is_distribution=header["form"] == "distribution",
            query=text[header.end() : end].strip(),
        )
        for header, end in zip(headers, ends, strict=True)
    )


def analyses() -> list[Analysis]:
    """Every analysis that is computed, by id."""
    found = [*population(), *(a for domain in domains() for a in domain.analyses())]
    return sorted(found, key=lambda analysis: analysis.id)
