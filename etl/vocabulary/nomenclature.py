"""Value tables of the SNDS that a site may have: which codes exist, and how they are called.

They are not part of the project. ``vocabularies/nomenclature_files.csv`` names the file and
columns that hold the codes and labels of a vocabulary; a table that the folder lacks is not asked.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from etl.errors import SndsOmopError
from etl.resources import vocabularies_dir
from etl.vocabulary.codes import normalise

Codes = Mapping[str, Mapping[str, set[str]]]
"""Source vocabulary → every code of its nomenclature → its labels, in all tables and years."""


def read_nomenclatures(folder: Path) -> Codes:
    """The codes and labels of the value tables found in a folder.

    Raises:
        SndsOmopError: SO-415 when it holds none of them, or one without its column.
    """
    codes: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    register = vocabularies_dir() / "nomenclature_files.csv"
    with register.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            file, source = folder / row["file"], row["source_vocabulary"]
            if file.is_file():
                for code, label in _labelled(file, row):
                    labels = codes[source][normalise(source, code)]
                    if label:
                        labels.add(label)
    if not codes:
        raise SndsOmopError(
            "SO-415",
            "it holds no value table of the SNDS",
            "il ne contient aucune table de valeurs du SNDS",
            where=str(folder),
        )
    return codes


def _labelled(file: Path, row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for line in _lines(file, row["column"]):
        yield line[row["column"]], line.get(row["label"]) or ""


def _lines(file: Path, column: str) -> Iterator[dict[str, str]]:
    content = file.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=";")
    if column not in (reader.fieldnames or ()):
        raise SndsOmopError(
            "SO-415",
            f"no column {column}",
            f"il manque la colonne {column}",
            where=file.name,
        )
    yield from (line for line in reader if line[column])
