"""The synthetic SNDS that the Health Data Hub publishes goes through, defects and all."""

from __future__ import annotations

from pathlib import Path

import pytest
from staging import Site

PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "reference" / "synthetic-snds"

pytestmark = pytest.mark.skipif(
    not PUBLISHED.is_dir(), reason=f"the published synthetic SNDS is not in {PUBLISHED.name}/"
)

# Every value of these tables parses, whatever its style.
CLEAN = ("ER_PRS_F", "ER_PHA_F", "ER_CAM_F", "ER_BIO_F", "ER_UCD_F", "ER_TIP_F", "IR_BEN_R")


def test_every_file_is_staged_or_said(tmp_path: Path) -> None:
    site = Site(tmp_path)
    report = site.stage(PUBLISHED, year=2019)
    delivered = [path for path in PUBLISHED.rglob("*") if path.is_file()]
    assert len(report.files) == len(delivered)
    assert report.refused == []
    assert set(report.counts) == {"staged", "set aside", "not data"}
    # every table of hospitals and causes of death is known by name, loaded or not
    assert {file.code for file in report.of("set aside")} == {"SO-237"}
    unknown = [file.name for file in report.of("not data")]
    assert [name for name in unknown if not name.endswith(".md")] == []

    files = site.manifest().files
    assert len(files) >= 90
    assert {file.rows_read for file in files} == {10}
    assert all(file.rows_read == file.rows_staged + sum(file.rejected.values()) for file in files)
    assert all(set(file.rejected) <= {"SO-222", "SO-223"} for file in files)
    by_table = {file.table: file for file in files}
    assert all(not by_table[table].unparsed for table in CLEAN)
    assert by_table["T_MCOaaC"].rows_staged == 10
    assert by_table["T_MCOaaC"].unparsed == {}
    assert site.stage(PUBLISHED, year=2019).counts["unchanged"] == len(files)
