"""Deliveries of other shapes: several faults in one file, files as R, Spark and Hive write them.

Each answer was written before the first run.
"""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import pytest
from staging import HEADER, Site, lines

COLUMNS = HEADER.split(";")


def diagnosis(number: int, code: str = "I10") -> str:
    return f"010000123;{number:010};{code};1"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def refusals(site: Site) -> dict[str, str]:
    """Code of each refused file."""
    found = site.stage().files
    return {file.name: file.code for file in found if file.fate == "refused"}


def test_quotes_header_blank_line_and_footer_in_one_file(site: Site) -> None:
    """Forty rows: the one whose quote never closes is set aside, the others are read."""
    rows = [diagnosis(number) for number in range(1, 41)]
    rows[7] = '010000123;0000000008;"E119;1'
    rows[20] = '010000123;0000000021;E1"19;1'
    again = ";".join(f'"{name}"' for name in COLUMNS)
    text = "\r\n".join(
        [HEADER, *rows[:15], again, *rows[15:30], "", *rows[30:], "40 rows selected.", ""]
    )
    site.put("T_MCO19D.csv", text.replace(";", "|"))
    [file] = site.stage().files
    assert site.rows()["RSA_NUM"].to_list() == [f"{n:010}" for n in range(1, 41) if n != 8]
    assert file.lines == 1 + 40 + 1 + 1 + 1
    assert sorted(site.quarantine()["line"].to_list()) == [9, 17, 44]


def test_a_second_header_in_another_order_joined_to_a_row_refuses_the_file(site: Site) -> None:
    rows = [diagnosis(number) for number in range(1, 7)]
    turned = [";".join(row.split(";")[::-1]) for row in rows[3:]]
    joined = rows[2] + ";".join(COLUMNS[::-1])
    site.put("T_MCO19D.csv", lines(HEADER, *rows[:2], joined, *turned))
    assert refusals(site) == {"T_MCO19D.csv": "SO-215"}


@pytest.mark.parametrize(("width", "code"), [(3, "SO-203"), (4, "SO-215")])
def test_a_second_header_with_another_column_refuses_the_file(
    site: Site, width: int, code: str
) -> None:
    """Of a short table: its rows are not read under the names of the first header."""
    second = ["RSA_NUM", "ETA_NUM", "DGN_PAL", "ASS_DGN"][:width]
    below = ["0000000009", "010000123", "Z511", "E119"][:width]
    texts = [HEADER, diagnosis(1), diagnosis(2)]
    first = [";".join(text.split(";")[:width]) for text in texts]
    site.put("T_MCO19D.csv", lines(*first, ";".join(second), ";".join(below)))
    assert refusals(site) == {"T_MCO19D.csv": code}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        # write.table of R: rows begin with their number, which the header does not name
        (lines(HEADER, *(f'"{n}";{diagnosis(n)}' for n in (1, 2, 3))), "SO-206"),
        # Hive prints the table before each column
        (lines(";".join(f"t_mco19d.{c.lower()}" for c in COLUMNS), diagnosis(1)), "SO-203"),
        # old Macintosh: carriage returns alone
        (lines(HEADER, diagnosis(1), diagnosis(2)).replace("\n", "\r"), "SO-207"),
    ],
    ids=["R", "Hive", "carriage returns"],
)
def test_a_file_that_would_be_read_shifted_or_empty_is_refused(
    site: Site, text: str, code: str
) -> None:
    site.put("T_MCO19D.csv", text)
    assert refusals(site) == {"T_MCO19D.csv": code}


def test_a_folder_of_parts_is_one_table(site: Site) -> None:
    """Text and gzip, a gzip of two members with a header each, papers of Spark between them."""
    site.put("T_MCO19D/part-00000-7f3c-c000.csv", lines(HEADER, diagnosis(1)))
    members = [lines(HEADER, diagnosis(n)).encode() for n in (2, 3)]
    packed = b"".join(gzip.compress(member, mtime=0) for member in members)
    site.put("T_MCO19D/part-00001-7f3c-c000.csv.gz", packed)
    site.put("T_MCO19D/_SUCCESS", "")
    site.put("T_MCO19D/.part-00000-7f3c-c000.csv.crc", b"crc\0")
    assert {file.fate for file in site.stage().files} == {"loaded", "not data"}
    assert site.rows()["RSA_NUM"].to_list() == [f"{n:010}" for n in (1, 2, 3)]


@pytest.mark.parametrize("shortened", ["1.23456789E16", "1,23457E+16", "1E+16"])
def test_a_pseudonym_that_a_tool_shortened_is_no_pseudonym(site: Site, shortened: str) -> None:
    """Two strangers would share it: their rows are set aside, and the value is not printed."""
    header = "BEN_NIR_PSA;BEN_RNG_GEM;BEN_NAI_ANN;BEN_SEX_COD"
    site.put(
        "IR_BEN_R.csv",
        lines(header, f"{shortened};1;1950;1", f"{shortened};1;1985;2", f"{'A' * 17};1;1970;2"),
    )
    [file] = site.stage().files
    assert site.rows("beneficiary/ir_ben_r")["BEN_NAI_ANN"].to_list() == ["1970"]
    assert site.quarantine("beneficiary/ir_ben_r").height == 2
    assert shortened not in str(file)


def test_csar_codes_are_text_in_both_tables(site: Site) -> None:
    """01E04 is no number in scientific notation."""
    for table, column in (("T_SSR25CSAR", "CSAR_COD"), ("T_SSR25CSARR", "CSARR_COD")):
        header = f"ETA_NUM;RHA_NUM;RHS_NUM;{column}"
        site.put(f"{table}.csv", lines(header, "590000121;1;001;01E04", "590000121;1;001;02S10"))
    assert {file.fate for file in site.stage().files} == {"loaded"}
    for table, column in (("t_ssraacsar", "CSAR_COD"), ("t_ssraacsarr", "CSARR_COD")):
        assert site.rows(f"ssr/{table}")[column].to_list() == ["01E04", "02S10"]


@pytest.mark.parametrize("quoted", [False, True])
def test_the_rule_below_a_header_is_no_row(site: Site, quoted: bool) -> None:
    """SQL*Plus prints header and dashes on each page; a number below zero is no rule."""
    rule = "---------;----------; ------;-"
    first = diagnosis(1).replace("I10", '"I10"') if quoted else diagnosis(1)
    below_zero = "-1;-1;I10;-1"
    site.put("T_MCO19D.csv", lines(HEADER, rule, first, HEADER, rule, diagnosis(2), below_zero))
    site.stage()
    assert site.rows()["RSA_NUM"].to_list() == ["0000000001", "0000000002", "-1"]
    assert site.quarantine().select("line", "reason").rows() == [
        (2, "SO-225"),
        (4, "SO-225"),
        (5, "SO-225"),
    ]


def test_codes_wrapped_in_a_formula_are_codes(site: Site) -> None:
    """="0100" keeps the zeros of a code in a spreadsheet; its quotes doubled in a field too."""
    wrapped = '="010000123";="0000000001";="I10";1'
    doubled = '"=""010000123""";"=""0000000002""";"=""NA""";1'
    site.put("T_MCO19D.csv", lines(HEADER, wrapped, doubled, diagnosis(3, "=1+1")))
    site.stage()
    assert site.rows().select("ETA_NUM", "RSA_NUM", "ASS_DGN").rows() == [
        ("010000123", "0000000001", "I10"),
        ("010000123", "0000000002", None),
        ("010000123", "0000000003", "=1+1"),
    ]


def test_a_detail_table_shows_the_month_first_by_its_flux(tmp_path: Path) -> None:
    """Its days are all below 13: only a flux month, a first, shows which number is the month."""
    site = Site(tmp_path)
    key = "DCT_ORD_NUM;FLX_DIS_DTD;FLX_EMT_NUM;FLX_EMT_ORD;FLX_EMT_TYP;FLX_TRT_DTD;ORG_CLE_NUM"
    header = f"{key};PRS_ORD_NUM;REM_TYP_AFF;PHA_PRS_C13;PHA_ACT_QSN"
    row = "{};{:02d}/01/2019;7;2;1;{:02d}/09/2019;01C351000;1;1;3400935955838;1"
    rows = (row.format(month, month, month - 1) for month in range(3, 7))
    site.put("ER_PHA_F_2019.csv", lines(header, *rows))
    assert site.stage().rows == {"read": 4, "staged": 4, "quarantined": 0}
    found = site.rows("dcir/er_pha_f")
    assert found["FLX_DIS_DTD"].dt.month().to_list() == [3, 4, 5, 6]
    assert found["FLX_TRT_DTD"].to_list() == [date(2019, month, 9) for month in range(2, 6)]
