"""Counts, days and persons in further writings, and files of other forms, as added tables."""

from __future__ import annotations

import gzip
import io
import zipfile

import polars as pl
import pytest

from tests.added_tables import Reader


@pytest.mark.parametrize(
    "content",
    [
        "group,n\n|||||||,120\n",
        "group,n\nxxxxxxx,120\n",
        "label,n\nthree deceased,120\n",
        "label,n\nthe seventh patient,120\n",
        "label,n\ntrois hospitalisations,120\n",
        "label,n\nhalf a dozen patients,120\n",
        "group,n\n2019-073,120\n",
        "group,n\n2019-0314,120\n",
        "month,n\n2019073,120\n",
        "month,n\n43538,120\n",
        "month,n\n1552521600,120\n",
        "month,n\n190314,120\n",
        "condition_concept_id,n\n987654,120\n",
        "group,n\nP987654,120\n",
        "group,n\n000987654,120\n",
        "group,n\n98-7654,120\n",
        "age_group,n\n<50,120\n<60,127\n",
        "age_group,n\n50+,127\n60+,120\n",
        "age_group,sex,n\n≥50,F,127\n≥60,F,120\n",
        "group,n\nA,120\n\nname,x\nB,7\n",
        "group,n\nA,٧\n",
        "group,n\n٧ cas,120\n",
        "group,n\n七,120\n",
        "group,n\nA⁷,120\n",
        "group,n\n7\ufe0f\u20e3,120\n",
    ],
)
def test_further_writings_of_a_count_a_day_or_a_person_are_refused(
    read: Reader, content: str
) -> None:
    assert read.refused(content)


@pytest.mark.parametrize(
    "content",
    [
        "condition_concept_id,n\n201826,120\n",
        "age_group,n\n<50,120\n<60,131\n",
        "age_group,n\n<50,120\n60+,125\n",
        "quarter,n\n2019-Q1,120\n",
        "category,n\nIII,120\n",
        "month,n\n3,120\n",
    ],
)
def test_ordinary_tables_that_look_like_these_go_along(read: Reader, content: str) -> None:
    assert read.refused(content) == ""


@pytest.mark.parametrize(
    ("persons", "value", "refused"),
    [
        (120, "5.8333333", True),
        (12000, "58.33333", False),
        (120, "94.1666667", True),
        (120, "7.0000001", True),
        (120, "1.0583333333", True),
        (120, "987654", True),
        (120, "23.4567", False),
        (120, "5.8", False),
        (120, "41.6666667", False),
    ],
)
def test_a_long_decimal_is_the_fraction_that_it_was(
    read: Reader, persons: int, value: str, refused: bool
) -> None:
    """7 of 120 in percent, and less 100; 7,000 of 12,000; 50 of 120."""
    side = '[columns]\ngroup = "stratum"\nn = "persons"\nscore = "measure"\n'
    assert bool(read.refused(f"group,n,score\nA,{persons},{value}\n", side=side)) is refused


@pytest.mark.parametrize(
    ("name", "persons", "refused"),
    [("per_1000", 120, True), ("per 100000", 12000, True), ("per_100_000", 12000, True),
     ("per_1000", 1200, False)],
)  # fmt: skip
def test_a_rate_has_the_scale_of_its_name(
    read: Reader, name: str, persons: int, refused: bool
) -> None:
    """58.3333 is 7 of 120 per thousand, 7 of 12,000 per 100,000."""
    side = f'[columns]\ngroup = "stratum"\nn = "persons"\n"{name}" = "measure"\n'
    content = f"group,n,{name}\nA,{persons},58.33333\n"
    assert bool(read.refused(content, side=side)) is refused


def _archive(name: str, content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, content)
    return made.getvalue()


def _frame(form: str) -> bytes:
    made = io.BytesIO()
    frame = pl.DataFrame({"person_id": [1, 2], "n": [7, 8]})
    _ = frame.write_parquet(made) if form == "parquet" else frame.write_ipc(made)
    return made.getvalue()


FORMS = {
    "Excel": _archive("xl/worksheets/sheet1.xml", b"<c><v>7</v></c>"),
    "archive in an archive": _archive("b.zip", _archive("a.csv", b"n\n7\n")),
    "Parquet": _frame("parquet"),
    "Arrow": _frame("arrow"),
    "R data": gzip.compress(b"RDX3\n7"),
    "notebook": b'{"cells": [{"outputs": [{"text": ["7 patients"]}]}]}',
    "PDF": b"%PDF-1.4\n% 7 patients\n%%EOF\n",
    "HTML with a comment": b"<html><!-- 7 patients --><table><tr><td>A<td>120</table></html>\n",
    "XML": b'<?xml version="1.0"?><n>7</n>\n',
    "Japanese encoding": "group,n\n七人,120\n".encode("shift-jis"),
}


@pytest.mark.parametrize("form", FORMS)
def test_other_forms_are_refused_under_the_name_of_a_table(read: Reader, form: str) -> None:
    assert read.refused(FORMS[form])
