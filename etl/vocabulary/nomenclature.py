"""Value tables of the SNDS that a site may have: which codes exist.

They are not part of the project. ``vocabularies/nomenclature_files.csv`` names the file and
column that hold the codes of a vocabulary; a table that the folder lacks is not asked.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from etl.errors import SndsOmopError
from etl.resources import vocabularies_dir
from etl.vocabulary.codes import normalise

Codes = Mapping[str, set[str]]
"""Source vocabulary → every code of its nomenclature."""


def read_nomenclatures(folder: Path) -> Codes:
    """The codes of the value tables found in a folder.

    Raises:
        SndsOmopError: SO-415 when it holds none of them, or one without its column.
    """
    codes: dict[str, set[str]] = defaultdict(set)
    register = vocabularies_dir() / "nomenclature_files.csv"
    with register.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            file, source = folder / row["file"], row["source_vocabulary"]
            if file.is_file():
                codes[source].update(normalise(source, code) for code in _column(file, row))
    if not codes:
        raise SndsOmopError(
            "SO-415",
            "it holds no value table of the SNDS",
            "il ne contient aucune table de valeurs du SNDS",
            where=str(folder),
        )
    return codes


def _column(file: Path, row: Mapping[str, str]) -> Iterator[str]:
    # Published tables are of several encodings; codes are ASCII in all of them.
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as handle:
        reader = csv.DictReader(handle, delimiter=";")
        if row["column"] not in (reader.fieldnames or ()):
            raise SndsOmopError(
                "SO-415",
                f"no column {row['column']}",
                f"il manque la colonne {row['column']}",
                where=file.name,
            )
        yield from (line[row["column"]] for line in reader if line[row["column"]])
