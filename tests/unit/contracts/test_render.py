"""The rendered dbt files are those of the contracts, and rendering touches nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from etl.contracts import render
from etl.contracts.models import Contract
from etl.contracts.registry import contracts
from etl.resources import dbt_project_dir


def test_rendered_files_are_not_stale() -> None:
    assert render.stale(dbt_project_dir() / "models" / "staging") == []


def test_macros_of_the_contracts_are_not_stale() -> None:
    assert render.macro_file().read_text(encoding="utf-8") == render.contract_macros()


def test_macros_state_roles_and_keys() -> None:
    text = render.contract_macros()
    assert '"er_pha_f": "events",' in text
    assert '"er_trs_f": "no_event",' in text
    assert '"ir_pha_r": "context",' in text
    assert '"er_aro_f": "money",' in text
    assert '"T_MCOaaD": ["ETA_NUM", "RSA_NUM"],' in text
    assert '"T_HADaaB": ["ETA_NUM_EPMSI", "RHAD_NUM", "SEQ_NUM || \'|\' || SSEQ_NUM"],' in text


def test_a_key_of_a_part_may_end_in_empty_columns() -> None:
    week = contracts()["T_SSRaaB"].part
    assert week is not None
    assert (week.key, week.more) == (("RHS_NUM",), ("NUM_ANO_UM", "AUT_TYP_UM", "HOS_TYP_UM"))
    assert "RHS_NUM || '|' || coalesce(NUM_ANO_UM, '')" in render.contract_macros()


def test_a_key_that_is_no_column_is_refused() -> None:
    unit = contracts()["T_MCOaaUM"].model_dump()
    for wrong in (
        {"stay": ("ETA_NUM", "NO_COLUMN")},
        {"part": {"of": ("ETA_NUM", "RSA_NUM"), "key": ("NO",)}},
    ):
        with pytest.raises(ValueError, match="used but not declared"):
            Contract.model_validate(unit | wrong)


def test_a_changed_or_missing_file_is_stale_and_written_again(tmp_path: Path) -> None:
    render.write(tmp_path)
    assert render.stale(tmp_path) == []
    changed = tmp_path / "dcir" / "stg_dcir__er_prs_f.sql"
    changed.write_text(changed.read_text() + "-- edited\n")
    (tmp_path / "mco" / "stg_mco__t_mcoaab.sql").unlink()
    assert render.stale(tmp_path) == ["dcir/stg_dcir__er_prs_f.sql", "mco/stg_mco__t_mcoaab.sql"]
    render.write(tmp_path)
    assert render.stale(tmp_path) == []


def test_hand_written_models_are_never_removed(tmp_path: Path) -> None:
    ours = tmp_path / "vocabulary" / "stg_vocabulary__code_map.sql"
    by_hand = tmp_path / "dcir" / "stg_dcir__written_by_hand.sql"
    for path in (ours, by_hand):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("select 1\n")
    render.write(tmp_path)
    assert ours.read_text() == by_hand.read_text() == "select 1\n"
    assert render.stale(tmp_path) == []


def test_a_rendered_file_without_contract_is_removed(tmp_path: Path) -> None:
    render.write(tmp_path)
    orphan = tmp_path / "dcir" / "stg_dcir__er_old_f.sql"
    orphan.write_text((tmp_path / "dcir" / "stg_dcir__er_bio_f.sql").read_text())
    assert render.stale(tmp_path) == ["dcir/stg_dcir__er_old_f.sql"]
    render.write(tmp_path)
    assert not orphan.exists()


def test_views_clean_values_but_leave_key_dates_alone() -> None:
    sql = render.staging_sql(contracts()["ER_PRS_F"])
    assert "\n    FLX_DIS_DTD,\n" in sql
    assert "{{ real_date('EXE_SOI_DTD') }} as EXE_SOI_DTD," in sql
    assert "{{ real_month('EXE_SOI_AMD') }} as EXE_SOI_AMD," in sql
    assert "{{ pad_code('BEN_RES_DPT', 3) }} as BEN_RES_DPT," in sql
    assert sql.count("_row_id") == 1


def test_descriptions_begin_with_the_grain() -> None:
    for name, content in render.render().items():
        if name.endswith("__models.yml"):
            for model in yaml.safe_load(content)["models"]:
                assert model["description"].startswith("One row per "), model["name"]
