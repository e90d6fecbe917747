"""A table that comes in very many small parts, as Spark writes it."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest

from etl.contracts.registry import contracts
from etl.ids import decode_row_id
from etl.loaders import Delivery, stage
from etl.settings import Settings
from etl.workspace import Workspace

# All 20,000 take minutes: `SNDS_TEST_PARTS=20000 pytest tests/integration/test_stage_many_parts.py`
# The number of files changes nothing but time: a unit test numbers 20,000 of them.
PARTS = int(os.environ.get("SNDS_TEST_PARTS", "400"))


@pytest.mark.slow
def test_many_small_parts_of_one_table(tmp_path: Path) -> None:
    delivery, workspace = tmp_path / "delivery", Workspace(tmp_path / "workspace")
    workspace.create()
    for part in range(PARTS):
        folder = delivery / f"part{part:05d}"
        folder.mkdir(parents=True)
        (folder / "T_MCO19D.csv").write_text(
            f"ETA_NUM;RSA_NUM;ASS_DGN;DGN_ASS_NUM\n010000123;{part:010d};I10;1\n", encoding="utf-8"
        )
    report = stage(delivery, workspace, Settings())
    assert report.counts == {"staged": PARTS}
    rows = pl.read_parquet(workspace.lake / "mco" / "t_mcoaad" / "f*" / "*.parquet")
    assert rows.height == rows["_row_id"].n_unique() == rows["RSA_NUM"].n_unique() == PARTS
    assert {decode_row_id(row_id).chunk for row_id in rows["_row_id"]} == {1 + c for c in range(
        -(-PARTS * 8192 // 2**27)
    )}  # fmt: skip
    manifest = Delivery.load(workspace.manifest)
    assert len(manifest.files) == PARTS
    numbered = rows.select("_row_id", "RSA_NUM").sort("RSA_NUM")
    for row_id, stay in (numbered.row(0), numbered.row(PARTS - 1)):
        file, line = manifest.locate(row_id) or (None, 0)
        assert file is not None
        assert (file.name, line) == (f"part{int(stay):05d}/T_MCO19D.csv", 2)
        assert file.row_id(2) == row_id
    assert stage(delivery, workspace, Settings()).counts == {"unchanged": PARTS}
    assert contracts()["T_MCOaaD"].number == decode_row_id(numbered.row(0)[0]).table_number
