"""Files with quotes are read exactly as the csv module does, and their lines are counted."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from etl.loaders.lines import Rejected, check_lines
from etl.loaders.quoted import (
    Blank,
    LineFeed,
    Record,
    Shape,
    Turn,
    Undecodable,
    fits_lines,
    opens_a_field,
    read_records,
)

Item = Record | Rejected | Blank | Turn


def shape(n_fields: int = 2, multiline: frozenset[int] = frozenset({0, 1})) -> Shape:
    return Shape(";", ("KEY", "LABEL", "CODE")[:n_fields], multiline)


def read(text: str, n_fields: int = 2, multiline: tuple[int, ...] = (0, 1)) -> list[Item]:
    feed = LineFeed(iter(io.StringIO(text, newline="\n")), first_line=2)
    return list(read_records(feed, shape(n_fields, frozenset(multiline))))


def rows(text: str) -> list[tuple[int, list[str]]]:
    return [(item.line, item.fields) for item in read(text) if isinstance(item, Record)]


def rejected(text: str) -> dict[int, str]:
    return {item.line: item.reason for item in read(text) if isinstance(item, Rejected)}


def test_separators_newlines_and_quotes_inside_quotes() -> None:
    text = '"1;1";2\n"3\n3";"4"\n5;"call ""me"""\n'
    assert rows(text) == [(2, ["1;1", "2"]), (3, ["3\n3", "4"]), (5, ["5", 'call "me"'])]
    assert rejected(text) == {}


def test_a_quote_inside_an_unquoted_field_is_an_ordinary_character() -> None:
    assert rows('12" tube;x\n') == [(2, ['12" tube', "x"])]


def test_a_quote_that_is_never_closed_costs_its_own_line_only() -> None:
    text = '1;2\n"3;4\n5;6\n' + "".join(f"{n};x\n" for n in range(500))
    assert rejected(text) == {3: "SO-221"}
    assert len(rows(text)) == 502
    assert rows(text)[1] == (4, ["5", "6"])


def test_bad_records_are_named() -> None:
    text = '1;2;3\n"1"\nkey;Label\n1;\0\n"a"b;2\n\n"7";8\n"9"'
    assert rejected(text) == {
        2: "SO-221",
        3: "SO-221",
        4: "SO-225",
        5: "SO-224",
        6: "SO-221",
        9: "SO-226",
    }
    assert rows(text) == [(8, ["7", "8"])]


def test_a_record_with_an_undecodable_line_is_rejected() -> None:
    feed = LineFeed(iter(["1;2\n", Undecodable("?;3\n"), "4;5\n"]), first_line=2)
    items = list(read_records(feed, shape()))
    assert [item.line for item in items] == [2, 3, 4]
    assert isinstance(items[1], Rejected)
    assert items[1].reason == "SO-227"


def test_further_lines_are_asked_for_only_within_a_record() -> None:
    asked = []

    def further() -> Iterator[str] | None:
        asked.append(True)
        return iter(['more";2\n', "3;4\n"])

    feed = LineFeed(iter(["0;0\n", '"one\n']), first_line=2, further=further)
    items = list(read_records(feed, shape()))
    assert [(item.line, item.fields) for item in items if isinstance(item, Record)] == [
        (2, ["0", "0"]),
        (3, ["one\nmore", "2"]),
        (5, ["3", "4"]),
    ]
    assert asked == [True]
    assert feed.line == 6


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (b'"1";"2"\n"3";4\n', True),
        (b'"1;1";"call ""me"""\r\n"";4\r\n', True),
        (b'"1\n1";2\n', False),
        (b'"1";2\n"3;4\n', False),
        (b'12" tube;"2"\n', False),
        (b'"1"x;2\n', False),
    ],
)
def test_quotes_that_go_with_lines(block: bytes, expected: bool) -> None:
    assert fits_lines(block, b";") is expected


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (b'"1";2\n', True),
        (b'1;"2"\n', True),
        (b'1;2\n"3";4\n', True),
        (b'12" tube;2\n', False),
        (b"1;2\n", False),
    ],
)
def test_only_a_quote_that_opens_a_field_matters(block: bytes, expected: bool) -> None:
    assert opens_a_field(block, b";") is expected


# Lines with as many separators as a row are taken for rows: line ends stand in the last field.
FIELD = st.text(alphabet='ab;" ', max_size=6)
LAST = st.text(alphabet='ab"\n ', max_size=6)


@given(st.lists(st.tuples(FIELD, LAST), max_size=20))
def test_whatever_the_csv_module_writes_is_read_back(records: list[tuple[str, str]]) -> None:
    sink = io.StringIO(newline="")
    csv.writer(sink, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(records)
    expected, line = [], 2
    for record in records:
        expected += [(line, list(record))] if any(record) else []
        line += 1 + sum(field.count("\n") for field in record)
    assert rows(sink.getvalue()) == expected


@given(st.text(alphabet='ab;"\n', max_size=40))
@example(';""')
@example('"";\n""\n"";""\n;')
@example('"";""""\n";";\n')
def test_blocks_that_fit_lines_are_counted_as_the_csv_module_does(text: str) -> None:
    block = text.encode()
    if not block or not fits_lines(block, b";"):
        return
    checked = check_lines(
        block,
        separator=b";",
        n_fields=2,
        header=b"KEY;LABEL",
        first_line=2,
        text=bytes.decode,
        quoted=True,
    )
    items = read(text)
    assert checked.lines.tolist() == [item.line for item in items if isinstance(item, Record)]
    assert [item.line for item in checked.rejected] == [
        item.line for item in items if isinstance(item, Rejected)
    ]
    if checked.data:
        schema = {"1": pl.String, "2": pl.String}
        rows = pl.read_csv(checked.data, has_header=False, schema=schema, separator=";")
        found = [[field or "" for field in row] for row in rows.iter_rows()]
        assert found == [item.fields for item in items if isinstance(item, Record)]


def test_two_stray_quotes_swallow_no_line() -> None:
    """D01: a ditto mark in a column of codes, and another one lines later."""
    text = '1;a;x\n2;";x\n3;b;x\n4;";x\n5;c;x\n'
    items = read(text, 3, ())
    assert [item.line for item in items if isinstance(item, Record)] == [2, 4, 6]
    assert {i.line: i.reason for i in items if isinstance(i, Rejected)} == {
        3: "SO-228",
        5: "SO-221",
    }


@pytest.mark.parametrize(
    "text",
    ['1;";x\n2;";x\n3;c;x\n', '1;";x\n2;b;x\n3;";x\n'],
    ids=["on the next line", "two lines later"],
)
def test_stray_quotes_in_a_free_text_swallow_no_line(text: str) -> None:
    """The lines between have the separators of rows: no free text looks so by chance."""
    items = read(text, 3, (1,))
    lines = {item.line for item in items if isinstance(item, Record | Rejected)}
    assert lines == {2, 3, 4}
    assert all(item.lines == 1 for item in items if isinstance(item, Record))


def test_a_free_text_over_lines_is_one_record() -> None:
    (record,) = read('1;"one; two\nthree ""x""";I10\n', 3, (1,))
    assert isinstance(record, Record)
    assert (record.fields, record.lines) == (["1", 'one; two\nthree "x"', "I10"], 2)


def test_a_header_of_another_order_turns() -> None:
    items = read('key;label\n1;2\n"LABEL";key\n', 2)
    assert isinstance(items[0], Rejected)
    assert isinstance(items[2], Turn)
    assert items[2].names == ("LABEL", "KEY")
