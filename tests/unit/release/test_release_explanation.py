"""From a line of a file to its rows in a release: which file, which line, and every refusal."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from etl.errors import SndsOmopError
from etl.release.explanation import ReleaseTracer
from etl.release.manifest import InputRecord


def record(name: str, first: int | None, last: int | None, **changes: Any) -> InputRecord:
    known: dict[str, Any] = {
        "source_table": "ER_PHA_F", "source_year": None, "file_name": name, "sha256": name,
        "rows_read": 5, "rows_staged": 5, "rows_quarantined": 0,
        "first_row_id": first, "last_row_id": last,
    }  # fmt: skip
    return InputRecord(**known | changes)


RECORDS = (
    record("2019/PHA.csv", 100, 105),
    record("2020/PHA.csv", 200, 202),
    record("2020/REFUSED.csv", None, None),
    record("B.csv", 300, 301, source_table="T_MCOaaB", source_year=2019),
    record("OTHER.csv", 400, 401, source_table=None),
    record("SAME.csv", 500, 501), record("SAME.csv", 510, 511),
)  # fmt: skip


class Tracer(ReleaseTracer):
    """One without a workspace: files staged now, and lines in quarantine, are given."""

    def __init__(self, *staged: tuple[str, str], quarantine: tuple[int, ...] = ()) -> None:
        self._records = RECORDS
        self._release = SimpleNamespace(id="r1")  # type: ignore[assignment]
        self._delivery: Any = SimpleNamespace(files=[
            SimpleNamespace(table=table, sha256=digest, row_id=lambda line: 9000 + line)
            for table, digest in staged
        ])  # fmt: skip
        self._lines = quarantine

    def _quarantined(self, file: Any, line: int) -> dict[str, Any] | None:
        return {"line": line} if line in self._lines else None

    def _source(self, file: Any, line: int, row_id: int) -> Any:
        return (file.sha256, line, row_id)

    def _given(self, row_id: int) -> list[dict[str, Any]]:
        return [{"row_id": row_id}]


ALL = tuple((one.source_table or "", one.file_name) for one in RECORDS)


@pytest.mark.parametrize(
    ("table", "file", "line", "row_id"),
    [
        ("ER_PHA_F", "2019/PHA.csv", 1, 101), ("er_pha_f", "2019/PHA.csv", 5, 105),
        ("ER_PHA_F", "2020/PHA.csv", 2, 202), ("T_MCOaaB", "B.csv", 1, 301),
        ("T_MCO19B", "B.csv", 1, 301),
    ],
)  # fmt: skip
def test_a_line_is_its_place_after_the_first_row(
    table: str, file: str, line: int, row_id: int
) -> None:
    found = Tracer(*ALL).source_row(table, file, line)
    assert found.asked == f"{file}:{line}"
    assert found.source == (file, line, 9000 + line)
    assert found.cdm_rows == [{"row_id": row_id}]
    assert found.quarantine is None


def test_the_end_of_a_name_is_enough_where_one_file_has_it() -> None:
    with pytest.raises(SndsOmopError, match="2 files of the release"):
        Tracer(*ALL).source_row("ER_PHA_F", "PHA.csv", 1)
    with pytest.raises(SndsOmopError, match="0 files of the release"):
        Tracer(*ALL).source_row("ER_PHA_F", "HA.csv", 1)


@pytest.mark.parametrize(
    ("table", "file", "words"),
    [
        ("ER_PHA_F", "2020/REFUSED.csv", "0 files"), ("ER_PHA_F", "OTHER.csv", "0 files"),
        ("ER_PHA_F", "SAME.csv", "2 files"), ("ER_BIO_F", "2019/PHA.csv", "0 files"),
        ("T_MCO18B", "B.csv", "0 files"),
    ],
)  # fmt: skip
def test_a_name_that_no_file_or_two_files_bear(table: str, file: str, words: str) -> None:
    with pytest.raises(SndsOmopError, match=words) as caught:
        Tracer(*ALL).source_row(table, file, 1)
    assert (caught.value.code, caught.value.where) == ("SO-108", file)


@pytest.mark.parametrize("line", [-1, 0, 6])
def test_a_line_that_the_file_has_not(line: int) -> None:
    with pytest.raises(SndsOmopError, match="no such line") as caught:
        Tracer(*ALL).source_row("ER_PHA_F", "2019/PHA.csv", line)
    assert caught.value.where == f"2019/PHA.csv:{line}"


@pytest.mark.parametrize(
    ("row_id", "line"), [(100, 0), (105, 5), (200, 0), (99, None), (106, None), (199, None)]
)
def test_a_row_belongs_to_the_file_that_spans_it(row_id: int, line: int | None) -> None:
    if line is None:
        with pytest.raises(SndsOmopError, match="records no file") as caught:
            Tracer(*ALL)._explain("x", row_id)
        assert (caught.value.code, caught.value.where) == ("SO-108", "r1")
    else:
        found: Any = Tracer(*ALL)._explain("x", row_id).source
        assert found[1] == line


def test_a_line_in_quarantine_has_no_row() -> None:
    found = Tracer(*ALL, quarantine=(3,)).source_row("ER_PHA_F", "2019/PHA.csv", 3)
    assert (found.source, found.quarantine, found.cdm_rows) == (None, {"line": 3}, [])


@pytest.mark.parametrize("staged", [(), (("ER_PHA_F", "other"),), (("ER_BIO_F", "2019/PHA.csv"),)])
def test_a_file_is_found_again_by_table_and_content(staged: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(SndsOmopError, match="no longer staged") as caught:
        Tracer(*staged).source_row("ER_PHA_F", "2019/PHA.csv", 1)
    assert (caught.value.code, caught.value.where) == ("SO-139", "2019/PHA.csv")
    assert "SHA-256 2019/PHA.csv" in str(caught.value)
    found = Tracer(*staged, ("ER_PHA_F", "2019/PHA.csv")).source_row("ER_PHA_F", "2019/PHA.csv", 1)
    assert found.source is not None
