"""What was declared or listed and what was staged: each difference is refused, nothing else is."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from etl.delivery.declaration import Declaration
from etl.loaders.expectations import SHEET, broken, cut_by_a_spreadsheet, in_doubt, unmet
from etl.loaders.manifest import Delivery, LineCounts, OtherFile, StagedFile

ROOT = "/data/one"
DIGEST = "a" * 64


def staged(name: str, rows: int = 5, **changes: Any) -> StagedFile:
    known: dict[str, Any] = {
        "root": ROOT, "name": name, "table": "ER_PHA_F", "year": 2019, "size": 1, "modified": 1,
        "sha256": DIGEST, "contract": "", "forced": "", "number": 1, "position": 0, "room": 1,
        "parts": 1, "rows_read": rows, "rows_staged": rows, "rejected": {}, "unparsed": {},
        "form": "text",
    }  # fmt: skip
    return StagedFile(**known | changes)


def other(name: str, fate: Any = "not data", root: str = ROOT) -> OtherFile:
    return OtherFile(root=root, name=name, fate=fate, code="")


def differences(files: list[StagedFile], **declared: Any) -> list[str]:
    delivery = Delivery(files=tuple(files))
    return [one.name for one in unmet(delivery, ROOT, Declaration.model_validate(declared))]


@pytest.mark.parametrize(
    ("stated", "names"),
    [
        ({"name": "a.csv", "rows": 5}, []), ({"name": "a.csv", "rows": 6}, ["a.csv"]),
        ({"name": "a.csv", "rows": 0}, ["a.csv"]), ({"name": "a.csv"}, []),
        ({"name": "a.csv", "sha256": DIGEST.upper()}, []),
        ({"name": "a.csv", "sha256": "b" * 64}, ["a.csv"]),
        ({"name": "a.csv", "sha256": "b" * 64, "rows": 6}, ["a.csv", "a.csv"]),
        ({"name": "b.csv"}, ["b.csv"]), ({"name": "b.csv", "set_aside": "sent twice"}, []),
    ],
)  # fmt: skip
def test_a_declared_file_is_what_was_stated(stated: dict[str, Any], names: list[str]) -> None:
    files = [staged("a.csv"), staged("b.csv", root="/data/two")]
    assert differences(files, file=[stated]) == names


def test_a_file_that_is_empty_as_declared() -> None:
    assert differences([staged("a.csv", 0)], file=[{"name": "a.csv", "rows": 0}]) == []


@pytest.mark.parametrize(
    ("years", "number"), [([2019], 0), ([2019, 2020], 1), ([2018, 2020], 2), ([], 0)]
)
def test_a_table_and_year_that_are_expected(years: list[int], number: int) -> None:
    files = [staged("a.csv"), staged("b.csv", root="/data/two", year=2020)]
    assert len(differences(files, expected={"ER_PHA_F": years})) == number
    assert len(differences([], expected={"ER_PHA_F": years})) == max(1, len(years))


def lists(tmp_path: Path, text: str, *files: StagedFile, **declared: Any) -> list[tuple[str, str]]:
    """What the list ``liste.csv`` of the data holder leads to."""
    root = str(tmp_path)
    (tmp_path / "liste.csv").write_text(text, encoding="utf-8")
    mine = [file.model_copy(update={"root": root}) for file in files]
    delivery = Delivery(
        files=(*mine, staged("z.csv", root="/else")),
        others=(other("liste.csv", root=root), other("liste.csv", root="/else")),
    )
    return [
        (one.name, str(one.error))
        for one in broken(delivery, root, Declaration.model_validate(declared))
    ]


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        (("5", "7"), []), (("6", "8"), []),  # all of them count the header
        (("5", "8"), ["b.csv"]), (("6", "7"), ["a.csv"]), (("4", "6"), ["a.csv", "b.csv"]),
        (("", ""), []), (("7", "9"), ["a.csv", "b.csv"]), (("6", ""), []),
    ],
)  # fmt: skip
def test_rows_of_a_list_with_or_without_headers(
    tmp_path: Path, rows: tuple[str, str], names: list[str]
) -> None:
    text = f"fichier;lignes\na.csv;{rows[0]}\nb.csv;{rows[1]}\n"
    found = lists(tmp_path, text, staged("a.csv", 5), staged("b.csv", 7))
    assert [name for name, _ in found] == names


def test_a_table_that_is_listed_and_absent(tmp_path: Path) -> None:
    """Neither an archive, nor what is set aside, nor a file that is no table."""
    text = "fichier;lignes\nER_PHA_F_2019.csv;5\nLISEZMOI.txt;5\nER_BIO_F_2019.csv;5\n"
    unused = {"name": "x/ER_BIO_F_2019.csv", "set_aside": "unused"}
    found = lists(tmp_path, text, file=[unused])
    assert [name for name, _ in found] == ["ER_PHA_F_2019.csv"]
    assert "liste.csv lists it" in found[0][1]


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
@pytest.mark.parametrize("is_right", [True, False])
def test_checksums_of_a_list(tmp_path: Path, algorithm: str, *, is_right: bool) -> None:
    """That of the content as it was read, or of the file where the list has another one."""
    (tmp_path / "a.csv").write_bytes(b"content")
    right = hashlib.new(algorithm, b"content").hexdigest()
    digest = right if is_right else right[:-1] + ("0" if right[-1] != "0" else "1")
    file = staged("a.csv", sha256=hashlib.sha256(b"content").hexdigest())
    found = lists(tmp_path, f"{digest}  a.csv\n", file)
    assert [name for name, _ in found] == ([] if is_right else ["a.csv"])


def test_a_file_that_cannot_be_read_again_is_refused(tmp_path: Path) -> None:
    found = lists(tmp_path, f"{'0' * 32}  a.csv\n", staged("a.csv"))
    assert [name for name, _ in found] == ["a.csv"]
    # a SHA-256 was computed while the file was read
    assert lists(tmp_path, f"{DIGEST}  a.csv\n", staged("a.csv")) == []


def test_checksums_of_archives(tmp_path: Path) -> None:
    """That of an archive is checked; one of a file inside is from before it was put in."""
    (tmp_path / "p.zip").write_bytes(b"archive")
    inside = staged("p.zip/a.csv")
    good, bad = hashlib.sha256(b"archive").hexdigest(), "0" * 64
    assert lists(tmp_path, f"{good}  p.zip\n", inside) == []
    assert [name for name, _ in lists(tmp_path, f"{bad}  p.zip\n", inside)] == ["p.zip"]
    assert lists(tmp_path, f"{bad}  p.zip/a.csv\n", inside) == []


def test_hidden_lists_and_files_of_another_fate_are_no_lists(tmp_path: Path) -> None:
    root = str(tmp_path)
    for name in (".liste.csv", "refused.csv"):
        (tmp_path / name).write_text("fichier;lignes\nER_PHA_F_2019.csv;5\n", encoding="utf-8")
    others = (other(".liste.csv", root=root), other("refused.csv", "refused", root))
    assert list(broken(Delivery(others=others), root, Declaration())) == []


@pytest.mark.parametrize(
    ("changes", "is_cut"),
    [
        ({}, True), ({"form": "gzip"}, True), ({"form": "parquet"}, False), ({"form": ""}, False),
        ({"lines": LineCounts(physical=SHEET - 1)}, False),
        ({"lines": LineCounts(physical=SHEET + 1)}, False), ({"root": "/data/two"}, False),
        ({"name": "stated.csv"}, False),
    ],
)  # fmt: skip
def test_a_file_of_as_many_lines_as_a_sheet(changes: dict[str, Any], *, is_cut: bool) -> None:
    """Excel: 1,048,576 rows. Who states the number of rows knows it."""
    assert SHEET == 1_048_576
    file = staged(**{"name": "a.csv", "lines": LineCounts(physical=SHEET)} | changes)
    declared = Declaration.model_validate(
        {"file": [{"name": "stated.csv", "rows": 9}, {"name": "a.csv"}]}
    )
    found = list(cut_by_a_spreadsheet(Delivery(files=(file,)), ROOT, declared))
    assert [one.code for one in found] == (["SO-256"] if is_cut else [])


OPEN, MONTH, DAY = {"D": "open"}, {"D": "month"}, {"D": "day"}


@pytest.mark.parametrize(
    ("own", "same", "elsewhere", "is_doubtful"),
    [
        (OPEN, MONTH, {}, True), (OPEN, DAY, {}, False), (OPEN, {}, {}, False),
        (OPEN, {}, MONTH, True), (OPEN, {}, DAY, False), (OPEN, DAY, MONTH, False),
        (OPEN, MONTH, DAY, True), (OPEN, {}, {"D": "month", "E": "day"}, False),
        (DAY, MONTH, {}, False), ({}, MONTH, {}, False), (OPEN, OPEN, MONTH, True),
    ],
)  # fmt: skip
def test_dates_that_do_not_show_their_order(
    own: dict[str, str], same: dict[str, str], elsewhere: dict[str, str], *, is_doubtful: bool
) -> None:
    """Files of the same table count; those of others where these show nothing and agree."""
    files = (
        staged("own.csv", orders=own), staged("same.csv", orders=same),
        staged("far.csv", orders=elsewhere, table="ER_BIO_F"),
        staged("two.csv", orders=MONTH, root="/data/two"),
    )  # fmt: skip
    found = [one for one in in_doubt(Delivery(files=files), ROOT) if one.name == "own.csv"]
    assert [one.code for one in found] == (["SO-216"] if is_doubtful else [])
