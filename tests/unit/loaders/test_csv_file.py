"""The reader gives the same rows and the same rejects however the file is cut in blocks."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.contracts.registry import contracts
from etl.errors import SndsOmopError
from etl.loaders.csv_file import CsvFile, NotUtf8Error
from etl.settings import InputSettings

CONTRACT = contracts()["T_MCOaaE"]
HEADER = "ETA_NUM;SOC_RAI\n"

Row = tuple[int, tuple[str, ...]]
Reject = tuple[int, str, str]


def read(
    path: Path, block_size: int = 1 << 20, encoding: str | None = None
) -> tuple[list[Row], list[Reject]]:
    file = CsvFile(path, CONTRACT, 2019, InputSettings(), encoding=encoding, block_size=block_size)
    rows: list[Row] = []
    rejects: list[Reject] = []
    for batch in file.batches():
        for line, row in zip(batch.lines.tolist(), batch.rows.rows(), strict=True):
            rows.append((line, tuple(value or "" for value in row)))
        rejects += [(item.line, item.reason, item.raw) for item in batch.rejected]
    return rows, sorted(rejects)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(alphabet='ab;"\n\u00e9', max_size=60), st.integers(1, 30))
def test_blocks_do_not_matter(tmp_path: Path, text: str, block_size: int) -> None:
    path = tmp_path / "T_MCO19E.csv"
    path.write_text(HEADER + text)
    try:
        cut = read(path, block_size)
        whole = read(path)
    except SndsOmopError as error:
        assert error.code == "SO-206"  # refused earlier in a file cut in blocks
        return
    assert cut == whole


def test_bytes_that_are_not_utf8_ask_for_another_reading(tmp_path: Path) -> None:
    path = tmp_path / "T_MCO19E.csv"
    path.write_bytes(HEADER.encode() + b"1;abc\n" * 20 + b"2;H\xf4pital\n")
    for block_size in (32, 1 << 20):
        with pytest.raises(NotUtf8Error):
            read(path, block_size)
    rows, rejects = read(path, encoding="cp1252")
    assert rows[-1] == (22, ("2", "Hôpital"))
    assert rejects == []


@pytest.mark.parametrize(
    ("encoding", "data", "text"),
    [
        ("cp1252", b"\x80uro \xe9t\xe9", "€uro été"),
        ("cp1252", b"\xe9t\xe9", "été"),
        ("latin-1", b"\xe9\x80", "é\x80"),
        ("utf-8", "été".encode(), "été"),
    ],
)
def test_encodings(tmp_path: Path, encoding: str, data: bytes, text: str) -> None:
    path = tmp_path / "T_MCO19E.csv"
    path.write_bytes(HEADER.encode() + b"1;" + data + b"\n")
    assert read(path, encoding=encoding) == ([(2, ("1", text))], [])


def test_raw_is_the_line_itself(tmp_path: Path) -> None:
    path = tmp_path / "T_MCO19E.csv"
    path.write_text(HEADER + '1;a\nbad\n"2";"b ""c"""\n')
    batches = list(CsvFile(path, CONTRACT, 2019, InputSettings(), encoding=None).batches())
    assert [batches[0].raw(index) for index in range(2)] == ["1;a", '"2";"b ""c"""']
