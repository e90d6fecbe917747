"""Files that a spreadsheet, a client of a database or an old system wrote, through staging.

Each answer was written before the first run.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from staging import HEADER, Site, lines

STAY = "ETA_NUM;RSA_NUM;NIR_ANO_17;EXE_SOI_DTD;EXE_SOI_DTF"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def diagnosis(number: int, code: str = "I10") -> str:
    return f"010000123;{number:010};{code};1"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_utf_16_without_a_mark_is_read_and_its_lines_counted(
    site: Site, encoding: str, end: str
) -> None:
    text = (end or "\n").join([HEADER, diagnosis(1), diagnosis(2)]) + end
    site.put("T_MCO19D.csv", text.encode(encoding))
    (file,) = site.stage().files
    assert (file.status, file.lines, file.rows_staged) == ("staged", 3, 2)
    assert site.rows()["ASS_DGN"].to_list() == ["I10", "I10"]


def test_apostrophes_lose_no_zero_and_make_no_other_stay(site: Site) -> None:
    site.put("T_MCO19D.csv", lines(HEADER, diagnosis(1), "'010000123;'0000000001;'E119';'1"))
    site.stage()
    rows = site.rows()
    assert rows["ASS_DGN"].to_list() == ["I10", "E119"]
    assert rows["ETA_NUM"].n_unique() == rows["RSA_NUM"].n_unique() == 1


@pytest.mark.parametrize("end", ["\x1a", "\n\x1a"])
def test_the_end_of_a_file_of_dos_is_no_part_of_its_last_value(site: Site, end: str) -> None:
    columns = ";".join(HEADER.split(";")[:3])
    last = ";".join(diagnosis(2).split(";")[:3])
    site.put("T_MCO19D.csv", f"{columns}\n010000123;0000000001;I10\n{last}{end}")
    site.stage()
    assert site.rows()["ASS_DGN"].to_list() == ["I10", "I10"]


@pytest.mark.parametrize(
    ("day", "form"),
    [("01/02/19", "the year has two digits"), ("43497", "a number of days of a spreadsheet")],
)
def test_a_date_in_doubt_is_named_by_column_and_form(site: Site, day: str, form: str) -> None:
    site.put("T_MCO19C.csv", lines(STAY, f"010000123;0000000001;{'A' * 17};2019-02-01;{day}"))
    (file,) = site.stage().files
    shown = [n.line(file.name) for n in file.notices if n.code == "SO-231"]
    assert len(shown) == 1
    assert "1 value of EXE_SOI_DTF" in shown[0]
    assert form in shown[0]
    assert day not in shown[0]
    assert site.rows("mco/t_mcoaac")["EXE_SOI_DTF"].to_list() == [None]
