"""What the gate accepts, what it refuses, and its reasons."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest

from data_quality import Verdict, validate
from etl.cli import execute
from etl.errors import EXIT_GATE, EXIT_OK, SndsOmopError
from etl.progress import Silent
from etl.release.candidate import require_verdict
from etl.settings import Settings
from etl.workspace import Workspace

Spoil = Callable[..., Workspace]

pytestmark = pytest.mark.usefixtures("without_report")

AFTER_BIRTH = "field_plausibleafterbirth_condition_occurrence_condition_start_date"
ORPHAN = "update cdm.drug_exposure set provider_id = 999 where drug_exposure_id = 35"


def gate(workspace: Workspace) -> Verdict:
    return validate(workspace, Settings(), progress=Silent(), suites=False)


def failed(workspace: Workspace) -> set[str]:
    table = pl.read_parquet(workspace.quality / "results.parquet")
    return set(table.filter(pl.col("status") == "fail")["check_id"])


def waive(workspace: Workspace, check: str, expires: str, owner: str = "A. Person") -> None:
    (workspace.root / "waivers.yml").write_text(
        f"- check: {check}\n  owner: {owner}\n  reason: known\n  expires: {expires}\n"
    )


def test_a_good_candidate_is_accepted(spoiled: Spoil) -> None:
    workspace = spoiled()
    verdict = gate(workspace)
    assert verdict.accepted
    assert verdict.exit_code == EXIT_OK
    assert verdict.reasons == ()
    assert verdict.counts["fail"] == 0
    assert verdict.counts["error"] == 0
    assert require_verdict(workspace)["accepted"] is True


def test_a_fatal_failure_refuses(spoiled: Spoil) -> None:
    verdict = gate(spoiled(ORPHAN))
    assert verdict.exit_code == EXIT_GATE
    assert len(verdict.reasons) == 1
    assert "field_isforeignkey_drug_exposure_provider_id" in verdict.reasons[0]
    assert "1 at fault of 1,200" in verdict.reasons[0]
    assert "Clé orpheline" in verdict.reasons_by_language["fr"][0]


def test_a_refused_candidate_is_not_released(spoiled: Spoil) -> None:
    workspace = spoiled(ORPHAN)
    gate(workspace)
    with pytest.raises(SndsOmopError, match="SO-301"):
        require_verdict(workspace)


def test_a_waiver_lets_a_failure_pass_until_its_day(spoiled: Spoil) -> None:
    workspace = spoiled(ORPHAN)
    check = "field_isforeignkey_drug_exposure_provider_id"
    waive(workspace, check, "2099-12-31")
    assert gate(workspace).accepted
    assert check in failed(workspace), "a waived failure is still reported"
    waive(workspace, check, "2020-01-01")
    kinds = gate(workspace).reasons
    assert any("ended on 2020-01-01" in reason for reason in kinds)


def test_the_ledger_is_never_waived(spoiled: Spoil) -> None:
    workspace = spoiled("update audit.balance set residual = 3 where source_year = 2019")
    waive(workspace, "release_ledgerresidual", "2099-12-31")
    verdict = gate(workspace)
    assert any("release_ledgerresidual" in reason for reason in verdict.reasons)
    assert any("never waived" in reason for reason in verdict.reasons)


def test_an_expired_waiver_of_what_no_longer_fails_is_harmless(spoiled: Spoil) -> None:
    workspace = spoiled()
    waive(workspace, AFTER_BIRTH, "2020-01-01")
    assert gate(workspace).accepted


@pytest.mark.parametrize(
    "text",
    [
        "- check: nonsense\n  owner: a\n  reason: b\n  expires: 2099-01-01\n",
        "- check: [unclosed",
        "a: mapping",
        "- check: release_ledgerresidual\n",
        "\x00",
        "- 12\n",
    ],
)
def test_a_corrupt_waiver_file_is_refused_before_anything_runs(spoiled: Spoil, text: str) -> None:
    workspace = spoiled()
    (workspace.root / "waivers.yml").write_text(text)
    with pytest.raises(SndsOmopError, match="SO-303"):
        gate(workspace)
    assert not (workspace.quality / "verdict.json").exists()


def test_a_policy_with_an_unknown_word_is_refused(spoiled: Spoil) -> None:
    workspace = spoiled()
    (workspace.root / "policy.yml").write_text("refuse_everything: true\n")
    with pytest.raises(SndsOmopError, match="SO-303"):
        gate(workspace)


def test_a_floor_of_mapping_refuses(spoiled: Spoil) -> None:
    workspace = spoiled("update cdm.condition_occurrence set condition_concept_id = 0")
    reasons = gate(workspace).reasons
    assert any("condition_occurrence: 0.0 % of records" in reason for reason in reasons)


def test_new_failures_are_distinguished_from_old_ones(spoiled: Spoil, tmp_path: Path) -> None:
    workspace = spoiled("update cdm.person set gender_concept_id = 4249893 where person_id = 2")
    check = "field_fkdomain_person_gender_concept_id"
    assert gate(workspace).accepted, "a convention that fails does not refuse a first release"
    release = workspace.releases / "2023-01-31-a"
    (release / "quality").mkdir(parents=True)
    workspace.current.symlink_to(release.name)
    target = release / "quality" / "results.parquet"

    table = pl.read_parquet(workspace.quality / "results.parquet")
    table.write_parquet(target)
    assert gate(workspace).accepted, "the release in use fails it too"
    seen = pl.read_parquet(workspace.quality / "results.parquet")
    assert seen.filter(pl.col("check_id") == check)["first_seen"].item() == "2023-01-31-a"

    clean = pl.when(pl.col("check_id") == check).then(pl.lit("pass")).otherwise(pl.col("status"))
    table.with_columns(clean.alias("status")).write_parquet(target)
    reasons = gate(workspace).reasons
    assert [check in reason for reason in reasons] == [True]
    assert "new since release 2023-01-31-a" in reasons[0]

    table.with_columns(
        clean.alias("status"), pl.lit("other").alias("catalogue_version")
    ).write_parquet(target)
    assert gate(workspace).accepted, "failures of another catalogue do not compare"


def test_the_command_answers_in_json_and_by_exit_code(
    spoiled: Spoil, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = spoiled(ORPHAN)
    code = execute(["--workspace", str(workspace.root), "--json", "validate"])
    answer = json.loads(capsys.readouterr().out)
    assert code == EXIT_GATE
    assert answer["exit_code"] == EXIT_GATE
    assert answer["accepted"] is False
    assert answer["counts"]["fail"] == 1


def test_reasons_are_in_the_language_asked_for(
    spoiled: Spoil, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = spoiled(ORPHAN)
    execute(["--workspace", str(workspace.root), "--lang", "fr", "validate"])
    message = capsys.readouterr().err
    assert message.startswith("Refusée, car ")
    assert "Clé orpheline" in message


@pytest.mark.parametrize(("lang", "word"), [("en", "Accepted"), ("fr", "Acceptée")])
def test_the_verdict_and_what_was_not_delivered_are_printed(
    spoiled: Spoil, capsys: pytest.CaptureFixture[str], lang: str, word: str
) -> None:
    execute(["--workspace", str(spoiled().root), "--lang", lang, "validate"])
    lines = capsys.readouterr().out.splitlines()
    assert word in lines
    assert any("T_MCOaaB" in line and "KI_CCI_R" in line for line in lines)


def test_what_is_missing_is_the_first_reason(spoiled: Spoil) -> None:
    verdict = gate(spoiled(ORPHAN, "update audit.rejects set n_rows = 600"))
    assert verdict.exit_code == EXIT_GATE
    assert "ER_PRS_F 2018" in verdict.reasons[0]
    assert "quarantine" in verdict.reasons[0]
    assert "Orphan key" in verdict.reasons[-1]


def test_a_candidate_without_beneficiaries_gives_that_reason_first(spoiled: Spoil) -> None:
    verdict = gate(spoiled("delete from audit.files where source_table = 'IR_BEN_R'"))
    assert "IR_BEN_R" in verdict.reasons[0]


def test_the_audit_of_a_candidate_does_not_depend_on_history(spoiled: Spoil) -> None:
    workspace = spoiled("update cdm.person set gender_concept_id = 4249893 where person_id = 2")
    gate(workspace)
    first = workspace.candidate.stat().st_mtime_ns
    waive(workspace, "field_fkdomain_person_gender_concept_id", "2099-12-31")
    release = workspace.releases / "2023-01-31-a"
    shutil.copytree(workspace.quality, release / "quality")
    workspace.current.symlink_to(release.name)
    gate(workspace)
    assert workspace.candidate.stat().st_mtime_ns == first
    with duckdb.connect(str(workspace.candidate), read_only=True) as connection:
        kinds = connection.execute("select check_name, status from audit.quality_result").fetchall()
    assert ("fkDomain", "fail") in kinds
    assert "volumeKept" not in {kind for kind, _ in kinds}
