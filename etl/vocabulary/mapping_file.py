"""Mapping files: Usagi's columns plus our own, read with file and line of every row."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from etl.clauses import of_system
from etl.errors import SndsOmopError

USAGI_COLUMNS = (
    "sourceCode",
    "sourceName",
    "sourceFrequency",
    "sourceAutoAssignedConceptIds",
    "matchScore",
    "mappingStatus",
    "equivalence",
    "statusSetBy",
    "statusSetOn",
    "conceptId",
    "conceptName",
    "domainId",
    "mappingType",
    "comment",
    "createdBy",
    "createdOn",
    "assignedReviewer",
)
OWN_COLUMNS = (
    "ADD_INFO:method",
    "ADD_INFO:fallback_level",
    "ADD_INFO:source_vocabulary_version",
    "ADD_INFO:target_vocabulary_version",
    "ADD_INFO:evidence",
    "ADD_INFO:reviewer",
)
STRUCTURAL_COLUMNS = ("ADD_INFO:lookup", "ADD_INFO:gives_event", "ADD_INFO:note")
REQUIRED_COLUMNS = (
    "sourceCode",
    "sourceName",
    "mappingStatus",
    "equivalence",
    "conceptId",
    "mappingType",
)
STATUSES = frozenset(
    (
        "APPROVED",
        "UNCHECKED",
        "AUTO_MAPPED",
        "AUTO_MAPPED_TO_1",
        "INVALID_TARGET",
        "FLAGGED",
        "IGNORED",
    )
)
DECIDED = ("APPROVED", "IGNORED")
"""What a person settled; a row of any other status is used by nothing."""
EQUIVALENCES = frozenset(
    ("EQUAL", "EQUIVALENT", "WIDER", "NARROWER", "INEXACT", "UNMATCHED", "UNREVIEWED")
)
MAPPING_TYPES = frozenset(
    (
        "MAPS_TO",
        "MAPS_TO_VALUE",
        "MAPS_TO_UNIT",
        "MAPS_TO_OPERATOR",
        "MAPS_TO_TYPE",
        "MAPS_TO_NUMBER",
    )
)


@dataclass(frozen=True, slots=True)
class MappingRow:
    """One line of a mapping file: a source code and one target, or a decision to have none."""

    file: Path
    line: int
    source_code: str
    source_name: str
    source_frequency: int
    match_score: float
    status: str
    equivalence: str
    status_set_by: str
    concept_id: int
    concept_name: str
    domain_id: str
    mapping_type: str
    comment: str
    created_by: str
    method: str
    evidence: str
    reviewer: str
    lookup: str
    gives_event: str
    note: str
    text: dict[str, str]
    """The line as it stands, so that writing it back loses nothing."""

    @property
    def where(self) -> str:
        return f"{self.file.name}:{self.line}"

    @property
    def approved(self) -> bool:
        return self.status == "APPROVED"


def _number(text: str, where: str, column: str) -> float:
    try:
        return float(text) if text.strip() else 0.0
    except ValueError as error:
        raise SndsOmopError(
            "SO-403", f"{column} is not a number", f"{column} n'est pas un nombre", where=where
        ) from error


def _whole(text: str, where: str, column: str) -> int:
    try:
        return int(text) if text.strip() else 0
    except ValueError as error:
        raise SndsOmopError(
            "SO-403",
            f"{column} is not a whole number",
            f"{column} n'est pas un nombre entier",
            where=where,
        ) from error


def _row(path: Path, line: int, text: dict[str, str]) -> MappingRow:
    where = f"{path.name}:{line}"

    def cell(column: str) -> str:
        return text.get(column) or ""

    return MappingRow(
        file=path,
        line=line,
        source_code=cell("sourceCode"),
        source_name=cell("sourceName"),
        source_frequency=_whole(cell("sourceFrequency"), where, "sourceFrequency"),
        match_score=_number(cell("matchScore"), where, "matchScore"),
        status=cell("mappingStatus"),
        equivalence=cell("equivalence"),
        status_set_by=cell("statusSetBy"),
        concept_id=_whole(cell("conceptId"), where, "conceptId"),
        concept_name=cell("conceptName"),
        domain_id=cell("domainId"),
        mapping_type=cell("mappingType"),
        comment=cell("comment"),
        created_by=cell("createdBy"),
        method=cell("ADD_INFO:method"),
        evidence=cell("ADD_INFO:evidence"),
        reviewer=cell("ADD_INFO:reviewer")
        or cell("assignedReviewer")
        # Usagi has no column of a second person: who set the status is who approved
        or ("" if "ADD_INFO:reviewer" in text else cell("statusSetBy")),
        lookup=cell("ADD_INFO:lookup"),
        gives_event=cell("ADD_INFO:gives_event"),
        note=cell("ADD_INFO:note"),
        text=text,
    )


def read_mapping_file(path: Path) -> Iterator[MappingRow]:
    """Rows of one file; the line counts physical lines, the header is line 1.

    Fields are separated by commas, as Usagi writes them, or by semicolons, as French spreadsheets
    do.

    Raises:
        SndsOmopError: SO-403 for a missing column, a wrong number of fields or no UTF-8.
    """
    try:
        handle = path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise SndsOmopError("SO-403", *of_system(error), where=str(path)) from error
    with handle:
        try:
            delimiter = ";" if "sourceCode;" in handle.readline().replace('"', "") else ","
            handle.seek(0)
            reader = csv.DictReader(handle, restkey="_rest", strict=True, delimiter=delimiter)
            missing = [name for name in REQUIRED_COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise SndsOmopError(
                    "SO-403",
                    f"no column {', '.join(missing)}",
                    f"il manque la colonne {', '.join(missing)}",
                    where=path.name,
                )
            for text in reader:
                if "_rest" in text or None in text.values():
                    where = f"{path.name}:{reader.line_num}"
                    raise SndsOmopError(
                        "SO-403", "wrong number of fields", "mauvais nombre de champs", where=where
                    )
                yield _row(path, reader.line_num, text)
        except UnicodeDecodeError as error:
            raise SndsOmopError(
                "SO-403",
                "the file is in Latin-1 (Windows-1252), not in UTF-8: save it as CSV UTF-8",
                "le fichier est en Latin-1 (Windows-1252) et non en UTF-8 : enregistrez-le en CSV "
                "UTF-8",
                where=path.name,
            ) from error
        except csv.Error as error:
            where = f"{path.name}:{reader.line_num}"
            raise SndsOmopError(
                "SO-403", f"broken CSV ({error})", f"CSV mal formé ({error})", where=where
            ) from error


def mapping_files(folder: Path) -> list[Path]:
    """Mapping files of a vocabulary, in name order."""
    return sorted(folder.glob("*.usagi.csv"))


def write_mapping_file(path: Path, rows: list[dict[str, str]]) -> None:
    """Write lines in Usagi's column order; columns that no line fills are still there."""
    extra = sorted({name for row in rows for name in row} - {*USAGI_COLUMNS, *OWN_COLUMNS})
    columns = [*USAGI_COLUMNS, *OWN_COLUMNS, *extra]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, columns, lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(rows)
