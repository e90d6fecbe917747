"""The last look at every file that is about to leave: identifiers and small counts are refused."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etl.clauses import Clause, joined
from etl.errors import SndsOmopError

# Columns that hold counts of persons, stays or records.
COUNT_COLUMN = re.compile(
    r"^(n|nb|count|effectif|persons?|patients?|records?|rows|stays?|sejours?)(_.*)?$|"
    r"_(n|nb|count|effectif|persons|patients|records|count_value)$|^count_value$|"
    r"^num(violated|denominator)rows$",
    re.IGNORECASE,
)
# Columns that could identify: art. R1461-11 CSP and the Cnam guide name the last group.
IDENTIFIER_COLUMN = re.compile(
    r"(^|_)(person_id|subject_id|provider_id|care_site_id|visit_occurrence_id|visit_detail_id|"
    r"nir|nir_psa|idt_ano|num_enq|person_source_value|provider_source_value|npi|finess|pfs_num|"
    r"commune|insee|res_com|code_postal|zip|birth_date|birth_datetime|month_of_birth|day_of_birth|"
    r"date_naissance|death_date|date_deces)($|_)",
    re.IGNORECASE,
)
PSEUDONYM = re.compile(
    r"(?<![A-Za-z0-9])(?=[A-Za-z0-9]*[A-Za-z])(?=[A-Za-z0-9]*[0-9])[A-Za-z0-9]{17}(?![A-Za-z0-9])"
)
NIR = re.compile(r"(?<!\d)[12]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d{8}|\d{10})(?!\d)")
DAY = re.compile(r"(?<!\d)(?:19|20)\d{2}-\d{2}-(?!01(?!\d))\d{2}(?!\d)")

TABLES = (".csv", ".tsv")
TREES = (".json", ".jsonld")
PICTURES = (".svg",)
PAGES = ("pathways_en.html", "pathways_fr.html")
# What a page could run or ask for; the namespace of SVG is a name only.
ACTIVE = re.compile(
    r"<(script|iframe|object|embed|link)\b|\bon[a-z]+\s*=|(src|href)\s*=\s*['\"](https?:|//)",
    re.IGNORECASE,
)
# A whole number that stands alone in a picture, or in a cell of a page, is a count.
ALONE = re.compile(r">\s*([0-9][0-9 .,\u00a0\u202f]*)\s*<")


_COULD_IDENTIFY = Clause("could identify a person", "pourrait identifier une personne")
_SMALL = Clause("holds a small count", "contient un petit effectif")


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason to refuse: where, and what kind; never the value."""

    path: str
    what: Clause

    @property
    def clause(self) -> Clause:
        return Clause(f"{self.path}: {self.what.english}", f"{self.path} : {self.what.french}")


def require_shareable(
    files: Iterable[Path], root: Path, minimum: int, known_days: Iterable[str] = ()
) -> None:
    """Refuse everything when one file holds what must not leave.

    Args:
        files: files of the pack.
        root: where their names start.
        minimum: smallest count that may be shown.
        known_days: days that are no one's: release dates.

    Raises:
        SndsOmopError: SO-501 (exit 5) naming file and kind of every finding.
    """
    days = frozenset(known_days)
    findings = [f for path in files for f in look(path, root, minimum, days)]
    if findings:
        raise SndsOmopError("SO-501", *joined(sorted({finding.clause for finding in findings})))


def look(path: Path, root: Path, minimum: int, days: frozenset[str]) -> Iterator[Finding]:
    """Findings of one file; a form that cannot be read is a finding too."""
    name = path.relative_to(root).as_posix()
    suffix = path.suffix.lower()
    if suffix in TABLES:
        yield from _look_at_table(path, name, minimum, days)
    elif suffix in TREES:
        text = path.read_text(encoding="utf-8")
        yield from (Finding(name, what) for what in _in_text(text, days))
        yield from (Finding(name, what) for what in _in_tree(json.loads(text), "", minimum))
    elif suffix in PICTURES or name in PAGES:
        text = path.read_text(encoding="utf-8")
        yield from (Finding(name, what) for what in _in_text(text, days))
        if ACTIVE.search(text):
            yield Finding(
                name,
                Clause(
                    "holds a script or a link to a host", "contient un script ou un lien externe"
                ),
            )
        if any(_is_small(number, minimum) for number in ALONE.findall(text)):
            yield Finding(
                name,
                Clause(
                    "a small number stands alone in the picture",
                    "un petit nombre est isolé dans l'image",
                ),
            )
    else:
        yield Finding(
            name,
            Clause(
                f"a form that cannot be checked ({suffix or 'no suffix'})",
                f"une forme qui ne peut être contrôlée ({suffix or 'sans suffixe'})",
            ),
        )


def _look_at_table(path: Path, name: str, minimum: int, days: frozenset[str]) -> Iterator[Finding]:
    with path.open(encoding="utf-8", newline="") as handle:
        sample = handle.read(65_536).partition("\n")[0]
        handle.seek(0)
        delimiter = max(",;\t|", key=sample.count)
        rows = csv.reader(handle, delimiter=delimiter)
        header = next(rows, [])
        for column in header:
            if IDENTIFIER_COLUMN.search(column):
                yield Finding(name, _column(column, _COULD_IDENTIFY))
        counts = [place for place, column in enumerate(header) if COUNT_COLUMN.search(column)]
        for row in rows:
            for place in counts:
                if place < len(row) and _is_small(row[place], minimum):
                    yield Finding(name, _column(header[place], _SMALL))
            for place, value in enumerate(row):
                for what in _in_text(value, days):
                    column = header[place] if place < len(header) else str(place)
                    yield Finding(name, _column(column, what))


def _column(name: str, what: Clause) -> Clause:
    return Clause(f"column {name} {what.english}", f"la colonne {name} {what.french}")


def _in_tree(node: Any, name: str, minimum: int) -> Iterator[Clause]:
    """Counts and identifiers are recognised by the names of their keys, as columns are."""
    if isinstance(node, dict):
        for key, value in node.items():
            if IDENTIFIER_COLUMN.search(key):
                yield _key(key, _COULD_IDENTIFY)
            yield from _in_tree(value, key, minimum)
    elif isinstance(node, list):
        for value in node:
            yield from _in_tree(value, name, minimum)
    elif COUNT_COLUMN.search(name) and not isinstance(node, bool) and _is_small(node, minimum):
        yield _key(name, _SMALL)


def _key(name: str, what: Clause) -> Clause:
    return Clause(f"{name} {what.english}", f"{name} {what.french}")


def _is_small(value: object, minimum: int) -> bool:
    try:
        number = float(re.sub(r"\s", "", str(value)).replace(",", "."))
    except ValueError:
        return False
    return 0 < abs(number) < minimum


def _in_text(text: str, days: frozenset[str]) -> Iterator[Clause]:
    if PSEUDONYM.search(text):
        yield Clause(
            "holds what looks like a pseudonym", "contient ce qui ressemble à un pseudonyme"
        )
    if NIR.search(text):
        yield Clause("holds what looks like a NIR", "contient ce qui ressemble à un NIR")
    if any(found not in days for found in DAY.findall(text)):
        yield Clause("holds an exact day", "contient un jour exact")
