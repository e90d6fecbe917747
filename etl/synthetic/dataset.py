# ruff: noqa: T201 — a command that prints
"""A synthetic SNDS that may be given away: ``python -m etl.synthetic.dataset FOLDER``.

The folder gets the SNDS files and their answer key, the same persons in OMOP as Parquet and as
DuckDB without the vocabulary tables, a data card in two languages, snippets that load it, and the
SHA-256 of every file.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

from etl import __version__
from etl.errors import SndsOmopError
from etl.synthetic.catalogue import DATA

#: Tables of the vocabularies, and the table of Achilles that repeats their names: their terms stay
#: under their owners' licences.
VOCABULARY = (
    "concept", "concept_ancestor", "concept_class", "concept_hierarchy",
    "concept_relationship", "concept_synonym",
    "domain", "drug_strength", "relationship", "source_to_concept_map", "vocabulary",
)  # fmt: skip
SUMS = "SHA256SUMS"


def assemble(
    delivery: Path, answers: Path, parquet: Path, output: Path, *, persons: int, seed: int
) -> int:
    """Put the folder together from what `demo` and `publish parquet` wrote.

    Args:
        delivery: SNDS files; answers: their key; parquet: one folder per OMOP table.
        output: new folder.

    Returns:
        The number of files.

    Raises:
        SndsOmopError: SO-114 when ``output`` holds something.
    """
    if output.exists() and any(output.iterdir()):
        raise SndsOmopError(
            "SO-114", "it would be overwritten", "elle serait écrasée", where=str(output)
        )
    for source, name in ((delivery, "snds"), (answers, "answers")):
        (output / name).mkdir(parents=True)
        for path in sorted(source.iterdir()):
            if path.suffix == ".csv":
                _packed(path, output / name / f"{path.name}.gz")
    tables = sorted(
        folder.name
        for folder in parquet.iterdir()
        if folder.is_dir() and folder.name not in VOCABULARY
    )
    rows = 0
    with duckdb.connect(str(output / "omop.duckdb")) as base:
        for table in tables:
            shutil.copytree(parquet / table, output / "omop_parquet" / table)
            files = output / "omop_parquet" / table / "*.parquet"
            base.execute(f"create table {table} as select * from read_parquet('{files}')")  # noqa: S608
            found = base.execute(f"select count(*) from {table}").fetchone()  # noqa: S608
            rows += int(found[0]) if found else 0
    text = (DATA / "dataset_card.md").read_text(encoding="utf-8")
    card = text.format(
        persons=persons, seed=seed, version=__version__, tables=len(tables), rows=rows
    )
    (output / "README.md").write_text(card, encoding="utf-8")
    return _summed(output)


def _packed(source: Path, target: Path) -> None:
    """Gzip without a name or a time: the same file has the same bytes."""
    with (
        source.open("rb") as given,
        target.open("wb") as file,
        gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed,
    ):
        shutil.copyfileobj(given, packed)


def _summed(output: Path) -> int:
    files = sorted(path for path in output.rglob("*") if path.is_file())
    lines = []
    for path in files:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        lines.append(f"{digest}  {path.relative_to(output).as_posix()}\n")
    (output / SUMS).write_text("".join(lines), encoding="utf-8")
    return len(files) + 1


def main() -> None:
    """The demo in a temporary workspace, then the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--persons", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dataset-") as scratch:
        workspace, parquet = Path(scratch) / "workspace", Path(scratch) / "parquet"
        command = [
            str(Path(sys.executable).with_name("snds-omop")),
            "--workspace",
            str(workspace),
            "--quiet",
        ]
        sizes = ["--persons", str(given.persons), "--seed", str(given.seed)]
        subprocess.run([*command, "demo", *sizes], check=True)  # noqa: S603
        subprocess.run([*command, "publish", "parquet", "--output", str(parquet)], check=True)  # noqa: S603
        number = assemble(
            workspace / "demo-delivery", workspace / "demo-answers", parquet, given.folder,
            persons=given.persons, seed=given.seed,
        )  # fmt: skip
    print(f"{given.folder}: {number} files")


if __name__ == "__main__":
    main()
