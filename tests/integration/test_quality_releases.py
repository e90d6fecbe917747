"""From one release to the next: what is new, what is corrected, what moved."""

from __future__ import annotations

import base64
import csv
import io
import re
from pathlib import Path

import duckdb
import polars as pl
import pytest

from data_quality import Verdict, validate
from etl.progress import Silent
from etl.release.creation import create
from etl.settings import Settings
from etl.workspace import Workspace
from tests.quality_candidate import good_candidate

pytestmark = pytest.mark.slow


def gate(workspace: Workspace) -> Verdict:
    return validate(workspace, Settings(), progress=Silent(), suites=False)


def candidate(workspace: Workspace, *statements: str) -> None:
    good_candidate(workspace)
    with duckdb.connect(str(workspace.candidate)) as connection:
        for statement in statements:
            connection.execute(statement)


def table(page: str, name: str) -> list[dict[str, str]]:
    found = re.search(rf'download="{name}\.csv" href="data:[^,]+,([^"]+)"', page)
    assert found
    text = base64.b64decode(found[1]).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_two_releases(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    old = "update cdm.person set gender_concept_id = 4249893 where person_id % 20 = 0"
    candidate(workspace, old)
    assert gate(workspace).accepted
    first = create(workspace, Settings())
    names = {path.name for path in (first.path / "quality").iterdir()}
    assert {"results.parquet", "figures.parquet", "report_fr.html", "dq-result.json"} <= names

    # The same candidate again: nothing new, and the same release.
    assert gate(workspace).accepted
    assert create(workspace, Settings()).id == first.id

    candidate(
        workspace,
        "update cdm.condition_occurrence set condition_concept_id = 1125315 where person_id < 60",
        "delete from cdm.measurement where measurement_date < '2020-06-01'",
    )
    verdict = gate(workspace)
    assert not verdict.accepted
    new = [reason for reason in verdict.reasons if f"new since release {first.id}" in reason]
    assert any("field_fkdomain_condition_occurrence_condition_concept_id" in r for r in new)
    assert any("release_volumekept_measurement" in reason for reason in new)
    results = pl.read_parquet(verdict.files["results"])
    moved = results.filter(pl.col("check_name") == "volumeByMonth", pl.col("status") == "fail")
    assert moved["table_name"].to_list() == ["measurement"]

    page = verdict.files["report_en"].read_text("utf-8")
    changes = {(row["Change"], row["Where"]) for row in table(page, "changes")}
    assert ("new", "condition_occurrence.condition_concept_id") in changes
    assert ("corrected", "person.gender_concept_id") in changes
    trends = table(page, "trends")
    assert list(trends[0]) == ["Figure", first.id, "candidate"]
    assert trends[0][first.id] == trends[0]["candidate"] == "300"

    # A waiver for each lets it pass, and names who answers for it.
    text = "".join(
        f"- check: {reason.rpartition('[')[2].rstrip(']')}\n  owner: A. Person\n"
        "  reason: the laboratory feed starts in June 2020\n  expires: 2099-12-31\n"
        for reason in verdict.reasons
    )
    (workspace.root / "waivers.yml").write_text(text)
    verdict = gate(workspace)
    assert verdict.accepted, verdict.reasons
    assert "A. Person" in verdict.files["report_en"].read_text("utf-8")
    second = create(workspace, Settings())
    assert second.id != first.id

    # What failed then and fails now is not new any more, waived or not.
    (workspace.root / "waivers.yml").unlink()
    assert gate(workspace).accepted
    results = pl.read_parquet(workspace.quality / "results.parquet")
    seen = results.filter(
        pl.col("check_id") == "field_fkdomain_condition_occurrence_condition_concept_id"
    )
    assert seen["first_seen"].item() == second.id
