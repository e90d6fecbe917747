"""The folder that may be given away: what is in it, what is not, and its checksums."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import duckdb
import pytest

from etl.errors import SndsOmopError
from etl.synthetic.dataset import SUMS, VOCABULARY, assemble


@pytest.fixture
def made(tmp_path: Path) -> Path:
    delivery, answers, parquet = (tmp_path / name for name in ("delivery", "answers", "parquet"))
    for folder in (delivery, answers, parquet):
        folder.mkdir()
    (delivery / "ER_PRS_F_2018.csv").write_text("a;b\n1;2\n", encoding="utf-8")
    (delivery / ".synthetic.sha256").write_text("mark", encoding="utf-8")
    (answers / "persons.csv").write_text("person_key;sex\nx;1\n", encoding="utf-8")
    for table, rows in (("person", 3), ("concept", 5), ("death", 1), ("vocabulary", 2),
                        ("concept_hierarchy", 4)):  # fmt: skip
        (parquet / table).mkdir()
        path = parquet / table / "part-00000.parquet"
        duckdb.sql(f"copy (select range as id from range({rows})) to '{path}' (format parquet)")
    (parquet / "publication.json").write_text("{}", encoding="utf-8")
    output = tmp_path / "dataset"
    assert assemble(delivery, answers, parquet, output, persons=3, seed=9) == 7
    return output


def test_both_forms_are_there_without_vocabulary_tables(made: Path) -> None:
    assert gzip.decompress((made / "snds" / "ER_PRS_F_2018.csv.gz").read_bytes()) == b"a;b\n1;2\n"
    assert sorted(path.name for path in (made / "omop_parquet").iterdir()) == ["death", "person"]
    with duckdb.connect(str(made / "omop.duckdb"), read_only=True) as base:
        tables = {name for (name,) in base.execute("show tables").fetchall()}
        counted = base.execute("select count(*) from person").fetchone()
    assert tables == {"person", "death"} and not tables & set(VOCABULARY)
    assert counted == (3,)
    card = (made / "README.md").read_text(encoding="utf-8")
    assert "2 tables, 4 rows" in card and "seed 9" in card and "Licence" in card and "{" not in card


def test_every_other_file_has_its_checksum(made: Path) -> None:
    lines = (made / SUMS).read_text(encoding="utf-8").splitlines()
    stated = {line[66:]: line[:64] for line in lines}
    files = {
        path.relative_to(made).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in made.rglob("*")
        if path.is_file() and path.name != SUMS
    }
    assert stated == files


def test_a_folder_that_holds_something_is_left_alone(made: Path, tmp_path: Path) -> None:
    with pytest.raises(SndsOmopError, match="SO-114"):
        assemble(
            tmp_path / "delivery", tmp_path / "answers", tmp_path / "parquet", made,
            persons=3, seed=9,
        )  # fmt: skip
