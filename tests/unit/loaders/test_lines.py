"""Malformed lines are found, numbered and named; the others go on untouched."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.loaders.lines import CheckedBlock, check_lines

HEADER = b"A;B;C"


def check(block: bytes, n_fields: int = 3, **options: object) -> CheckedBlock:
    return check_lines(
        block,
        separator=b";",
        n_fields=n_fields,
        header=HEADER,
        first_line=2,
        text=lambda data: data.decode("latin-1"),
        **options,  # type: ignore[arg-type]
    )


def reasons(checked: CheckedBlock) -> dict[int, str]:
    return {item.line: item.reason for item in checked.rejected}


def test_a_clean_block_is_handed_over_as_it_is() -> None:
    checked = check(b"1;2;3\n4;5;6\n")
    assert checked.data == b"1;2;3\n4;5;6\n"
    assert checked.lines.tolist() == [2, 3]
    assert checked.rejected == []


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"1;2", "SO-221"),
        (b"1;2;3;4", "SO-221"),
        (b"1;\0;3", "SO-224"),
        (HEADER, "SO-225"),
        (b" ", "SO-221"),
    ],
)
def test_a_bad_line_is_rejected_with_its_number(bad: bytes, reason: str) -> None:
    checked = check(b"1;2;3\n" + bad + b"\n4;5;6\n")
    assert checked.data == b"1;2;3\n4;5;6\n"
    assert checked.lines.tolist() == [2, 4]
    assert [(item.line, item.reason) for item in checked.rejected] == [(3, reason)]
    assert checked.rejected[0].raw == bad.decode()


def test_too_few_and_too_many_do_not_make_up_for_each_other() -> None:
    assert reasons(check(b"1;2\n1;2;3;4\n")) == {2: "SO-221", 3: "SO-221"}


def test_a_last_line_without_newline_is_cut_only_when_short() -> None:
    assert reasons(check(b"1;2;3\n1;2")) == {3: "SO-226"}
    assert reasons(check(b"1;2;3\n1;2;3;4")) == {3: "SO-221"}
    assert check(b"1;2;3\n4;5;6").data == b"1;2;3\n4;5;6\n"


def test_blank_lines_are_no_rows_but_count_as_lines() -> None:
    checked = check(b"1;2;3\n\n\n4;5;6\n\n")
    assert checked.lines.tolist() == [2, 5]
    assert checked.physical == 5
    assert checked.rejected == []


@pytest.mark.parametrize("blank", [b";;", b";", b";;;;;", b";;\r"])
def test_lines_of_separators_alone_are_blank(blank: bytes) -> None:
    """A spreadsheet writes one for each row that it showed, however many there were."""
    checked = check(b"1;2;3\n" + (blank + b"\n") * 3 + b"4;;6\n" + blank + b"\n")
    assert checked.lines.tolist() == [2, 6]
    assert (checked.physical, checked.rejected) == (6, [])
    assert reasons(check(b"1;2;3\n" + blank)) == {}


def test_lines_of_empty_quoted_fields_are_blank() -> None:
    checked = check(b'"1";"2";"3"\n"";"";""\n1;"";""\n"";"";"a"\n', quoted=True)
    assert checked.lines.tolist() == [2, 4, 5]
    assert checked.rejected == []


@pytest.mark.parametrize("cut", [b"4;5;" + b"\0" * 9, b"\0" * 4096, b"4;5;6\0"])
def test_zeros_at_the_end_are_what_was_never_copied(cut: bytes) -> None:
    assert reasons(check(b"1;2;3\n" + cut)) == {3: "SO-226"}
    assert reasons(check(b"1;2;3\n4;\0;6\n" + cut)) == {3: "SO-224", 4: "SO-226"}


def test_windows_line_ends_are_taken_off() -> None:
    checked = check(b"1;2;3\r\n\r\nA;B;C\r\n4;5;6\r\n")
    assert checked.data == b"1;2;3\n4;5;6\n"
    assert checked.lines.tolist() == [2, 5]
    assert reasons(checked) == {4: "SO-225"}


def test_a_header_within_a_longer_line_is_no_header() -> None:
    assert reasons(check(b"xA;B;C\nA;B;Cx\n")) == {}


def test_lines_out_of_the_encoding_are_rejected_when_asked() -> None:
    checked = check(b"1;\xe9;3\n4;5;6\n", decodable=lambda line: b"\xe9" not in line)
    assert reasons(checked) == {2: "SO-227"}
    assert check(b"1;\xe9;3\n").rejected == []


def test_raw_gives_back_one_good_line() -> None:
    checked = check(b"1;2;3\nbad\n4;5;6\n7;8;9\n")
    assert [checked.raw(index) for index in range(3)] == [b"1;2;3", b"4;5;6", b"7;8;9"]


def test_lines_longer_than_a_slice_are_counted_too() -> None:
    long = b"x" * (3 << 20)
    checked = check(b"1;2;3\n" + long + b";2;3\n" + long + b"\n4;5;6\n")
    assert checked.lines.tolist() == [2, 3, 5]


LINE = st.text(alphabet="ab;\u00e9 ", max_size=8)


@given(st.lists(LINE, min_size=1, max_size=30), st.booleans())
def test_same_rows_as_the_csv_module(lines: list[str], ended: bool) -> None:
    text = "\n".join(lines) + ("\n" if ended else "")
    if not text:
        return
    expected = {
        number: record
        for number, record in enumerate(
            csv.reader(text.split("\n"), delimiter=";", quoting=csv.QUOTE_NONE), start=2
        )
        if any(record)
    }
    checked = check(text.encode())
    rows = checked.data.decode().splitlines()
    found = {int(line): row.split(";") for line, row in zip(checked.lines, rows, strict=True)}
    assert found == {number: row for number, row in expected.items() if len(row) == 3}
    assert set(reasons(checked)) == {number for number, row in expected.items() if len(row) != 3}


@pytest.mark.parametrize(
    "line",
    [b"ETA_NUM;RSA_NUM;CODE", b"eta_num;Rsa_Num;code", b"\xef\xbb\xbfETA_NUM;RSA_NUM;CODE",
     b' "ETA_NUM"; RSA_NUM ;CODE'],
)  # fmt: skip
def test_the_header_again_in_any_dress(line: bytes) -> None:
    checked = check_lines(
        b"1;2;3\n" + line + b"\n4;5;6\n",
        separator=b";",
        n_fields=3,
        header=b"ETA_NUM;RSA_NUM;CODE",
        first_line=2,
        text=lambda data: data.decode("latin-1"),
    )
    assert reasons(checked) == {3: "SO-225"}
    assert checked.lines.tolist() == [2, 4]
    assert not checked.turn


def test_a_header_of_another_order_stops_the_block() -> None:
    checked = check_lines(
        b"1;2;3\nCODE;ETA_NUM;RSA_NUM\n4;5;6\n",
        separator=b";",
        n_fields=3,
        header=b"ETA_NUM;RSA_NUM;CODE",
        first_line=2,
        text=lambda data: data.decode("latin-1"),
    )
    assert checked.data == b"1;2;3\n"
    assert checked.turn == ("CODE", "ETA_NUM", "RSA_NUM")
    assert (checked.physical, checked.rest) == (2, b"4;5;6\n")
