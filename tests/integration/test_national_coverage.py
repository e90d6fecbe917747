"""``vocab coverage --reference``: maps weighed by counts that do not come from the candidate."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import duckdb
import pytest

from etl.cli import execute
from etl.errors import SndsOmopError
from etl.vocabulary.national import measure, read_references
from etl.workspace import Workspace

HEADER = "source_vocabulary,source_code,n_records"


def reference(tmp_path: Path, *lines: str, header: str = HEADER) -> Path:
    file = tmp_path / "counts.csv"
    file.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return file


def test_shares_by_count(
    demo_workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """I10 has an equivalent target, I10.9 that of its parent, QZZZ999 and Z9Z none."""
    counts = reference(tmp_path, "CIM10,I10,60", "CIM10,I10.9,25", "CIM10,Z9Z,15", "CCAM,QZZZ999,7")
    missing = tmp_path / "missing.csv"
    code = execute(
        ["--json", "--workspace", str(demo_workspace), "vocab", "coverage",
         "--reference", str(counts), "--missing", str(missing)]
    )  # fmt: skip
    answer = json.loads(capsys.readouterr().out)
    assert code == 0
    shares = {
        row["source_vocabulary"]: [
            row[f"percent_{part}"] for part in ("precise", "wider", "mapped", "uninformative")
        ]
        for row in answer["coverage"]
    }
    assert shares == {
        "CCAM": ["0.0", "0.0", "0.0", "0.0"],
        "CIM10": ["60.0", "25.0", "85.0", "0.0"],
    }
    with missing.open(encoding="utf-8", newline="") as handle:
        left = [(row["source_code"], row["n_records"], row["percent"])
                for row in csv.DictReader(handle)]  # fmt: skip
    assert left == [("QZZZ999", "7", "100.000"), ("Z9Z", "15", "15.000")]


def test_codes_answer_as_in_the_build(demo_workspace: Path, tmp_path: Path) -> None:
    """The codes of the candidate, one record each: the shares are those of its own table."""
    workspace = Workspace(demo_workspace)
    with duckdb.connect(str(workspace.candidate), read_only=True) as connection:
        rows = connection.execute(
            """
            select
                source_vocabulary, source_code,
                bool_or(target_concept_id <> 0 and equivalence in ('EQUAL', 'EQUIVALENT')),
                bool_or(target_concept_id <> 0 and equivalence is distinct from 'UNINFORMATIVE')
            from intermediate.int_code__resolved
            where source_vocabulary in ('CIM10', 'CCAM', 'NABM')
            group by all
            """
        ).fetchall()
    counts = reference(tmp_path, *(f"{vocabulary},{code},1" for vocabulary, code, *_ in rows))
    lines, _ = measure(workspace, read_references(counts))
    assert {line.source_vocabulary for line in lines} == {"CIM10", "CCAM", "NABM"}
    for line in lines:
        own = [row for row in rows if row[0] == line.source_vocabulary]
        assert line.n_codes == len(own) > 10
        assert line.precise == pytest.approx(100 * sum(row[2] for row in own) / len(own))
        assert line.mapped == pytest.approx(100 * sum(row[3] for row in own) / len(own))


def test_a_known_file_sums_the_lines_of_a_code(tmp_path: Path) -> None:
    """Activities of an act stand on lines of their own; supplements are counted apart."""
    header = "ccam_code,activity,grouping,label,acts_2023"
    lines = ("HBJD001,1,AXI,Détartrage,10", "HBJD001,4,AXI,Détartrage,5", "YYYY600,1,ADI,Sup,85")
    file = reference(tmp_path, *lines, header=header)
    file = file.rename(tmp_path / "ccam_liberal_2015_2023.csv.gz")
    found = [one.counts for one in read_references(tmp_path)]
    assert found == [
        {("CCAM", "HBJD001"): 15.0, ("CCAM", "YYYY600"): 85.0},
        {("CCAM", "HBJD001"): 15.0},
        {},
    ]


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("source_vocabulary,code,n_records", "CCAM,HBJD001,1"),
        ("source_vocabulary,source_code,n_records", "CCAM,HBJD001,many"),
    ],
)
def test_refused_counts(tmp_path: Path, header: str, line: str) -> None:
    with pytest.raises(SndsOmopError, match="SO-416") as refused:
        read_references(reference(tmp_path, line, header=header))
    assert "many" not in str(refused.value)


def test_a_folder_without_known_files(tmp_path: Path) -> None:
    with pytest.raises(SndsOmopError, match="SO-416"):
        read_references(tmp_path)
