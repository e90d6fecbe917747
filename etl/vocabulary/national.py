"""How much of France's care would reach a standard concept: maps weighed by national counts.

``vocabularies/reference_counts.csv`` names the open files that are known, their column of codes and
their column of counts. They are not part of the project.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from etl.clauses import Clause
from etl.errors import SndsOmopError
from etl.resources import vocabularies_dir
from etl.vocabulary.codes import normalise
from etl.vocabulary.coverage import UNMAPPED
from etl.vocabulary.meaning_rules import PRECISE, UNINFORMATIVE
from etl.workspace import Workspace

OWN_COLUMNS = ("source_vocabulary", "source_code", "n_records")
"""Columns of a file that is not among the known ones; ``;`` or ``,`` between them."""

_MODEL = Path("models/intermediate/mapping/int_code__resolved.sql")
_USED = '"candidate"."intermediate"."int_code__used"'

Counts = Mapping[tuple[str, str], float]
"""(source vocabulary, normalised code) → national count."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Codes with their national counts."""

    title: Clause
    counts: Counts


@dataclass(frozen=True, slots=True)
class NationalCoverage:
    """What becomes of the records of one reference, in percent of ``n_records``."""

    title: Clause
    source_vocabulary: str
    n_codes: int
    n_records: int
    precise: float
    wider: float
    uninformative: float

    @property
    def mapped(self) -> float:
        """Percent with an informative target, precise or not."""
        return self.precise + self.wider


@dataclass(frozen=True, slots=True)
class MissingCode:
    """A code without an informative target, and its share of its reference in percent."""

    source_vocabulary: str
    source_code: str
    n_records: int
    percent: float


def read_references(place: Path) -> list[Reference]:
    """References of a folder of open files, or of one file.

    Args:
        place: a folder that holds files of ``reference_counts.csv``, one of these files, or a file
            with the columns ``OWN_COLUMNS``. Files may be compressed by gzip.

    Raises:
        SndsOmopError: SO-416 when there is nothing to read, or a column is missing.
    """
    with (vocabularies_dir() / "reference_counts.csv").open(encoding="utf-8", newline="") as known:
        rows = list(csv.DictReader(known))
    if place.is_dir():
        found = [
            _known(place / row["file"], row) for row in rows if (place / row["file"]).is_file()
        ]
        if not found:
            raise SndsOmopError(
                "SO-416", "no file of known name", "aucun fichier de nom connu", where=str(place)
            )
        return found
    found = [_known(place, row) for row in rows if row["file"] == place.name]
    return found or list(_own(place))


def _known(file: Path, row: Mapping[str, str]) -> Reference:
    counts = _sum(
        file,
        ((row["source_vocabulary"], code, n)
         for code, n in _columns(file, row["code_column"], row["count_column"])
         if not (row["without"] and re.search(row["without"], code))),
    )  # fmt: skip
    return Reference(Clause(row["title"], row["title_fr"]), counts)


def _own(file: Path) -> Iterator[Reference]:
    by_vocabulary: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for vocabulary, code, n in _columns(file, *OWN_COLUMNS):
        by_vocabulary[vocabulary].append((vocabulary, code, n))
    for _, lines in sorted(by_vocabulary.items()):
        yield Reference(Clause(file.name, file.name), _sum(file, lines))


def _columns(file: Path, *names: str) -> list[tuple[str, ...]]:
    """Lines of the named columns, as text; lines with an empty value are left out."""
    try:
        frame = pl.read_csv(file, infer_schema=False, encoding="utf8-lossy", glob=False)
        if len(frame.columns) == 1:
            frame = pl.read_csv(
                file, infer_schema=False, encoding="utf8-lossy", glob=False, separator=";"
            )
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SndsOmopError(
            "SO-416", "no CSV file", "ce n'est pas un fichier CSV", where=file.name
        ) from error
    for name in names:
        if name not in frame.columns:
            raise SndsOmopError(
                "SO-416", f"no column {name}", f"il manque la colonne {name}", where=file.name
            )
    return frame.select(names).drop_nulls().rows()


def _sum(file: Path, lines: Iterator[tuple[str, str, str]] | list[tuple[str, str, str]]) -> Counts:
    counts: dict[tuple[str, str], float] = defaultdict(float)
    for vocabulary, code, n in lines:
        try:
            number = float(n)
        except ValueError as error:
            raise SndsOmopError(
                "SO-416",
                "a count is not a number",
                "un effectif n'est pas un nombre",
                where=file.name,
            ) from error
        counts[vocabulary, normalise(vocabulary, code)] += number
    return counts


def measure(
    workspace: Workspace, references: list[Reference]
) -> tuple[list[NationalCoverage], list[MissingCode]]:
    """Coverage of each reference, and the codes it lacks, the most frequent first.

    Codes are resolved by the query of the candidate's own model ``int_code__resolved``, as the
    build ran it, so that parents and fallbacks answer alike.

    Raises:
        SndsOmopError: SO-106 when the candidate was not built by this workspace.
    """
    resolved = _resolve(workspace, {key for one in references for key in one.counts})
    lines = []
    missing: dict[tuple[str, str], MissingCode] = {}
    for one in references:
        total = sum(one.counts.values())
        by_kind: dict[str, float] = defaultdict(float)
        for key, n in one.counts.items():
            kind = resolved.get(key, UNMAPPED)
            by_kind[kind] += n
            if kind in (UNMAPPED, UNINFORMATIVE) and key not in missing:
                missing[key] = MissingCode(*key, round(n), 100 * n / total if total else 0.0)
        share = {kind: 100 * n / total if total else 0.0 for kind, n in by_kind.items()}
        lines.append(
            NationalCoverage(
                title=one.title,
                source_vocabulary=", ".join(sorted({key[0] for key in one.counts})),
                n_codes=len(one.counts),
                n_records=round(total),
                precise=share.get("precise", 0.0),
                wider=share.get("wider", 0.0),
                uninformative=share.get(UNINFORMATIVE, 0.0),
            )
        )
    order = sorted(
        missing.values(), key=lambda code: (code.source_vocabulary, -code.percent, code.source_code)
    )
    return lines, order


def _resolve(workspace: Workspace, codes: set[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """``precise``, ``wider``, UNINFORMATIVE or ``none`` of each code."""
    query = next((workspace.build / "target" / "compiled").glob(f"*/{_MODEL}"), None)
    if query is None or not workspace.candidate.is_file():
        raise SndsOmopError(
            "SO-106",
            "codes are resolved by the query of a build of this workspace",
            "les codes se résolvent par la requête d'une construction de cet espace",
        )
    ordered = sorted(codes)
    text = query.read_text(encoding="utf-8").replace(_USED, "reference_code")
    with duckdb.connect(str(workspace.candidate), read_only=True) as connection:
        connection.execute(
            "create temp table reference_code as"
            " select unnest($1::varchar[]) as source_vocabulary,"
            " unnest($2::varchar[]) as source_code",
            [[vocabulary for vocabulary, _ in ordered], [code for _, code in ordered]],
        )
        try:
            rows = connection.execute(
                f"""
                select
                    source_vocabulary, source_code,
                    case
                        when bool_or(
                            target_concept_id <> 0 and equivalence in {PRECISE}
                        ) then 'precise'
                        when bool_or(
                            target_concept_id <> 0
                            and equivalence is distinct from '{UNINFORMATIVE}'
                        ) then 'wider'
                        when bool_or(target_concept_id <> 0) then '{UNINFORMATIVE}'
                        else '{UNMAPPED}'
                    end
                from ({text})
                group by source_vocabulary, source_code
                """  # noqa: S608
            ).fetchall()
        except duckdb.CatalogException as error:
            raise SndsOmopError(
                "SO-106",
                "the build did not reach its mappings",
                "la construction n'est pas allée jusqu'à ses alignements",
            ) from error
    return {(vocabulary, code): kind for vocabulary, code, kind in rows}
