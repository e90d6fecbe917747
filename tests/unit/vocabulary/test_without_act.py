"""Acts that no code names but their nature: `vocab coverage` states how many give no procedure."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest

from etl.errors import SndsOmopError
from etl.resources import mappings_dir
from etl.vocabulary.coverage import NAMED_BY_NATURE, visits_without_act
from etl.workspace import Workspace


def test_kinds_that_give_a_visit_and_no_procedure(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    workspace.create()
    with duckdb.connect(str(workspace.candidate)) as candidate:
        candidate.execute("create schema audit")
        candidate.execute(
            "create table audit.nature as select * from (values ('nursing', true, 30), "
            "('nursing', true, 12), ('physiotherapy', true, 11), ('technical_act', true, 50), "
            "('nursing', false, 9), (null, true, 5)) as rows (reason, gives_visit, n_records)"
        )
    assert visits_without_act(workspace) == [("nursing", 42), ("physiotherapy", 11)]


def test_a_build_without_its_audit_is_refused(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    workspace.create()
    with pytest.raises(SndsOmopError, match="SO-106"):
        visits_without_act(workspace)


@pytest.mark.parametrize("kind", NAMED_BY_NATURE)
def test_each_kind_is_one_of_the_reviewed_list(kind: str) -> None:
    path = mappings_dir() / "structural" / "prs_nat_ref.usagi.csv"
    with path.open(encoding="utf-8", newline="") as file:
        visits = {
            row["ADD_INFO:note"]
            for row in csv.DictReader(file)
            if row["ADD_INFO:gives_event"] == "yes"
        }
    assert kind in visits
