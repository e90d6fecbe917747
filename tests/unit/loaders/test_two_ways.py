"""The fast way through a file and the exact one read the same rows and refuse the same lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.contracts.registry import contracts
from etl.delivery.sources import Source
from etl.errors import SndsOmopError
from etl.loaders import csv_file
from etl.loaders.casts import Caster
from etl.loaders.csv_file import CsvFile
from etl.settings import InputSettings

CONTRACT = contracts()["T_MCOaaE"]
# columns that no contract knows too: with an accent, or without a name as pandas writes them
HEADERS = [["ETA_NUM", "SOC_RAI", "Libell\u00e9"], ["", "SOC_RAI", "ETA_NUM"]]
FIRST = "210000017;caf\u00e9;210000017\n".encode()

_CELLS = st.sampled_from(
    ["", "1", "a b", " ", "x ", " x", "-", "--", "-1", '""', '"a"', '"a;b"', '"a ""b"" c"', '"',
     '""""', 'a"b', '" "', '" a "', "\u00e9", "\u00a0", "\u00a0 x", "a\rb", "\r", "NA", "x" * 70]
)  # fmt: skip
_ROWS = st.lists(_CELLS, min_size=3, max_size=3).map(lambda cells: ";".join(cells).encode())
_WIDE = st.lists(_CELLS, max_size=7).map(lambda cells: ";".join(cells).encode())
_NAME = st.sampled_from(
    ["{}", '"{}"', " {} ", ' "{}"', '" {}"', '"{}" ', "\t{}", "\u00a0{}", "  {}", '   "{}"', '"{}']
)


@st.composite
def _again(draw: st.DrawFn) -> bytes:
    header = draw(st.sampled_from(HEADERS))
    names = draw(st.permutations(header)) if draw(st.booleans()) else header
    cases: list[Callable[[str], str]] = [str.upper, str.lower, str.strip]
    cased = [draw(st.sampled_from(cases))(name) for name in names]
    return ";".join(draw(_NAME).format(name) for name in cased).encode()


_DASHES = ["-", "---", "------", " --", '"---"', "- ", "---\r", ""]
_RULES = st.lists(st.sampled_from(_DASHES), min_size=2, max_size=4).map(
    lambda cells: ";".join(cells).encode()
)
_ODD = st.sampled_from(
    [b"", b";;", b";", b";;;;;;", b'"";"";""', b';"";', b'"";', b" ;;", b"\0\0\0", b"1;\0;3",
     b"1;2;3\0", b"1;\xc3(;3", b"1;\xc3\0;3", b"\xc3;2", b"\x1a", b"\r", b"\r\r", b"\xef\xbb\xbf",
     b"1;H\xf4pital;3", b"\xc3;-;-", b"Total : 3 lignes"]
)  # fmt: skip
_NOISE = st.binary(max_size=12).map(lambda data: data.replace(b"\n", b";"))
_TEXT = st.text(alphabet='ab;"\r \t-\u00e9', max_size=16).map(str.encode)
_LINES = st.one_of(_ROWS, _ROWS, _WIDE, _again(), _RULES, _ODD, _TEXT, _NOISE)
_MARKED = st.tuples(st.sampled_from([b"", b"", b"", b"\xef\xbb\xbf"]), _LINES).map(b"".join)
_ENDS = st.sampled_from([b"\n", b"\n", b"\r\n", b"\r\r\n"])


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    """Lines of all kinds below a header; the last one may lack its end."""
    lines = draw(st.lists(st.tuples(_MARKED, _ENDS), max_size=12))
    body = b"".join(line + end for line, end in lines)
    header = draw(st.sampled_from(["{}", '"{}"']))
    names = [header.format(name) for name in draw(st.sampled_from(HEADERS))]
    return (
        ";".join(names).encode()
        + b"\n"
        + FIRST
        + body
        + (draw(_MARKED) if draw(st.booleans()) else b"")
    )


def outcome(path: Path, *, exact: bool = False, block_size: int = 1 << 20) -> dict[str, Any]:
    """What reading a file comes to: rows as they are cast, lines refused, lines counted."""
    rows: list[tuple[int, tuple[str | None, ...]]] = []
    rejected: list[tuple[int, str, str]] = []
    with pytest.MonkeyPatch.context() as patch:
        if exact:
            patch.setattr(csv_file, "opens_a_field", lambda *_: True)
            patch.setattr(csv_file, "fits_lines", lambda *_: False)
        try:
            file = CsvFile(
                Source(path), CONTRACT, 2019, InputSettings(), encoding=None, block_size=block_size
            )
            caster = Caster([CONTRACT.column(name) for name in file.layout.positions])
            for batch in file.batches():
                cast = caster.cast(batch.rows, trimmed=batch.trimmed, plain=batch.plain)
                rows += zip(batch.lines.tolist(), cast.rows(), strict=True)
                rejected += [(item.line, item.reason, item.raw) for item in batch.rejected]
        except SndsOmopError as error:
            return {"refused": error.code}
    return {"rows": rows, "rejected": sorted(rejected), "lines": file.lines}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents(), st.integers(1, 80))
def test_both_ways_and_all_cuts_agree(tmp_path: Path, content: bytes, block_size: int) -> None:
    path = tmp_path / "T_MCO19E.csv"
    path.write_bytes(content)
    usual = outcome(path)
    assert outcome(path, exact=True) == usual
    assert outcome(path, block_size=block_size) == usual


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents())
def test_every_line_has_a_place(tmp_path: Path, content: bytes) -> None:
    """Lines counted from bytes are the header, rows, refused lines, blank and continuing ones."""
    path = tmp_path / "T_MCO19E.csv"
    path.write_bytes(content)
    found = outcome(path)
    if "refused" in found:
        return
    lines = found["lines"]
    assert lines.physical == content.count(b"\n") + (not content.endswith(b"\n"))
    placed = lines.header + lines.blank + lines.continuation
    assert lines.physical == placed + len(found["rows"]) + len(found["rejected"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents(), st.sampled_from(["utf-16-le", "utf-16-be"]), st.booleans())
def test_utf_16_reads_as_utf_8(tmp_path: Path, content: bytes, encoding: str, mark: bool) -> None:
    text = content.decode(errors="replace")
    path, other = tmp_path / "T_MCO19E.csv", tmp_path / "T_MCO20E.csv"
    path.write_text(text, encoding="utf-8", newline="")
    other.write_bytes((("\ufeff" if mark else "") + text).encode(encoding))
    assert outcome(other) == outcome(path)


def _read(tmp_path: Path, content: bytes) -> dict[str, Any]:
    path = tmp_path / "T_MCO19E.csv"
    path.write_bytes(content)
    usual = outcome(path)
    assert outcome(path, exact=True) == usual
    return usual


def _refused(found: dict[str, Any]) -> dict[int, str]:
    return {line: reason for line, reason, _ in found["rejected"]}


def test_a_second_quoted_export_after_a_mark_is_no_establishment(tmp_path: Path) -> None:
    """The mark before the first quote made it, and the name, part of a value."""
    one = b'"ETA_NUM";"SOC_RAI"\n"210000017";"A"\n'
    found = _read(tmp_path, one + b"\xef\xbb\xbf" + one)
    assert found["rows"] == [(2, ("210000017", "A")), (4, ("210000017", "A"))]
    assert _refused(found) == {3: "SO-225"}


def test_a_second_header_that_begins_with_another_column_is_no_establishment(
    tmp_path: Path,
) -> None:
    content = b"ETA_NUM;SOC_RAI;REG_ETA\n210000017;A;11\nSTA_ETA;SOC_RAI;ETA_NUM\n1;B;210000018\n"
    path = tmp_path / "T_MCO19E.csv"
    path.write_bytes(content)
    assert outcome(path) == {"refused": "SO-215"}
    assert outcome(path, exact=True) == {"refused": "SO-215"}


def test_a_file_cut_after_a_second_header_is_known_as_cut(tmp_path: Path) -> None:
    first = b"ETA_NUM;SOC_RAI\n210000017;A\n"
    found = _read(tmp_path, first + b"SOC_RAI;ETA_NUM\nB;210000018\nC")
    assert _refused(found) == {3: "SO-225", 5: "SO-226"}
    assert found["rows"][-1] == (4, ("210000018", "B"))


def test_a_carriage_return_within_a_line_is_data(tmp_path: Path) -> None:
    rows = b"210000017;one\rtwo\n210000018;A\r\r\n\r\n210000019;B\r"
    found = _read(tmp_path, b"ETA_NUM;SOC_RAI\n" + rows)
    assert found["rows"] == [
        (2, ("210000017", "one\rtwo")),
        (3, ("210000018", "A")),
        (5, ("210000019", "B")),
    ]
    assert (found["rejected"], found["lines"].blank) == ([], 1)


def test_a_character_that_escapes_others_comes_through(tmp_path: Path) -> None:
    rows = "210000017;a\ufdd01b\rc\n210000018;\ufdd00\n"
    found = _read(tmp_path, b"ETA_NUM;SOC_RAI\n" + rows.encode())
    assert [row for _, row in found["rows"]] == [
        ("210000017", "a\ufdd01b\rc"),
        ("210000018", "\ufdd00"),
    ]


@pytest.mark.parametrize("quote", [b"", b'"'], ids=["bare", "quoted"])
def test_a_cell_longer_than_the_csv_module_takes_is_read(tmp_path: Path, quote: bytes) -> None:
    cell = quote + b"x" * 200_000 + quote
    found = _read(tmp_path, b"ETA_NUM;SOC_RAI\n210000017;" + cell + b"\n")
    assert [row for _, row in found["rows"]] == [("210000017", "x" * 200_000)]
