"""What must not leave is refused, whatever file it hides in."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl.errors import SndsOmopError
from etl.publish.guard import require_shareable


def refused(folder: Path, name: str, content: str, days: tuple[str, ...] = ()) -> str:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    try:
        require_shareable([path], folder, 11, days)
    except SndsOmopError as error:
        assert (error.code, error.exit_code) == ("SO-501", 5)
        return error.detail
    return ""


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("region,persons\n11,7\n", "small count"),
        ("region;n_patients\n11;10\n", "small count"),
        ("region\teffectif\n11\t1\n", "small count"),
        ("region,nb_sejours\n11,3.0\n", "small count"),
        ("region,difference_n\n11,-4\n", "small count"),
        ("person_id,n\n1,12\n", "could identify"),
        ("commune,n\n75056,120\n", "could identify"),
        ("month_of_birth,n\n4,120\n", "could identify"),
        ("BEN_IDT_ANO,n\nx,120\n", "could identify"),
        ("group,n\nvBG6bPIN0akjY65XZ,120\n", "pseudonym"),
        ("group,n\n185057512345678,120\n", "NIR"),
        ("group,n\n2850575123456,120\n", "NIR"),
        ("day,n\n2019-03-14,120\n", "exact day"),
    ],
)
def test_refused(tmp_path: Path, content: str, what: str) -> None:
    detail = refused(tmp_path, "table.csv", content)
    assert what in detail
    assert "table.csv" in detail


@pytest.mark.parametrize(
    "content",
    [
        "region,persons\n11,0\n12,20\n",
        "month,n\n2019-03-01,120\n201904,20\n",
        "cip13,n\n3400936484405,120\n",
        "concept_id,persons\n32810,120\n7,110\n",
    ],
)
def test_accepted(tmp_path: Path, content: str) -> None:
    assert refused(tmp_path, "table.csv", content) == ""


def test_days_of_the_release_are_no_ones(tmp_path: Path) -> None:
    assert refused(tmp_path, "a.csv", "day,n\n2022-12-31,20\n", days=("2022-12-31",)) == ""


def test_texts_are_read_too(tmp_path: Path) -> None:
    assert "pseudonym" in refused(tmp_path, "a.json", '{"x": "vBG6bPIN0akjY65XZ"}')
    assert "NIR" in refused(tmp_path, "a.svg", "<text>1 85</text><text>185057512345678</text>")
    assert refused(tmp_path, "b.json", '{"release": "20221231-6452ac2a"}') == ""


def test_counts_of_trees_and_pictures_are_read_too(tmp_path: Path) -> None:
    small = '{"groups": [{"name": "a", "persons": 7}]}'
    assert "persons holds a small count" in refused(tmp_path, "a.json", small)
    assert "small count" in refused(tmp_path, "b.json", '{"n": [20, "3"]}')
    assert "could identify" in refused(tmp_path, "c.json", '{"person_id": 12}')
    assert refused(tmp_path, "d.json", '{"persons": 20, "passed": 1, "count": true}') == ""
    assert "small number" in refused(tmp_path, "a.svg", "<text>metformin</text><text> 4 </text>")
    assert refused(tmp_path, "b.svg", '<text x="4">type 2</text><text>1 020</text>') == ""


@pytest.mark.parametrize("name", ["rows.parquet", "page.html", "notes.txt", "notes.md"])
def test_a_form_that_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    assert "cannot be checked" in refused(tmp_path, name, "persons: 3")


def test_values_are_not_repeated_in_the_refusal(tmp_path: Path) -> None:
    detail = refused(tmp_path, "a.csv", "group,n\nvBG6bPIN0akjY65XZ,7\n")
    assert "vBG6bPIN0akjY65XZ" not in detail
    assert "small count" in detail and "pseudonym" in detail


@pytest.mark.parametrize(
    "inside",
    [
        "<script>1</script>",
        '<img src="https://host.invalid/a.png">',
        "<a href='//host.invalid'>a</a>",
        '<p onclick="x()">a</p>',
        '<link rel="stylesheet" href="a.css">',
        "<td> 7 </td>",
    ],
)
def test_a_page_runs_nothing_and_asks_no_host_for_anything(tmp_path: Path, inside: str) -> None:
    page = f'<!doctype html><a href="other.html">20</a>{inside}'
    assert refused(tmp_path, "pathways_en.html", page)
    assert refused(tmp_path, "pathways_en.html", page.removesuffix(inside)) == ""
