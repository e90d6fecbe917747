"""No narrowing cast of a model on delivered values is left unguarded: one cell ends no build."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import jinja2
import pytest

from etl.resources import dbt_project_dir

# What cannot overflow: parts of a date, sums and counts in a type as wide as there is, parts of row
# ids that we wrote, numbers of the registry of persons, months and years computed from dates.
SAFE = re.compile(
    r"^(?:extract\(|sum\(|count\(|min\(last_year\)|floor\(number / 12\)|mod\(number, 12\)"
    r"|right\(strongest\.place|substr\(strongest\.place|coalesce\((?:delivered|disposed)\.|case\b"
    r"|null as |\d+ as |row_number\(|person_id as bigint|coalesce\(max\(book\.build\), 0\) \+ 1)"
)
NARROW = re.compile(r"\s+as\s+(?:tinyint|smallint|int|integer|bigint|date|decimal\(.*\))$")


def casts(sql: str) -> Iterator[str]:
    """Inner text of each plain ``cast(…)``, as it is written in the model."""
    for found in re.finditer(r"(?<![\w.])cast\(", sql):
        depth, end = 1, found.end()
        while depth and end < len(sql):
            depth += {"(": 1, ")": -1}.get(sql[end], 0)
            end += 1
        yield " ".join(sql[found.end() : end - 1].split())


def unguarded(sql: str) -> list[str]:
    narrowing = [inner for inner in casts(sql) if NARROW.search(inner)]
    return [inner for inner in narrowing if not SAFE.match(inner)]


def models() -> list[Path]:
    return sorted((dbt_project_dir() / "models").rglob("*.sql"))


def test_no_model_narrows_without_the_macro() -> None:
    found = {
        path.stem: faults for path in models() if (faults := unguarded(path.read_text("utf-8")))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("sql", "count"),
    [
        ("select cast(TIP_ACT_QSN as integer)", 1),
        ("select cast(coalesce(a, abs(b)) as decimal(18, 2))", 1),
        ("select cast(BEN_DCD_DTE as date)", 1),
        ("select try_cast(a as integer)", 0),
        ("select cast(a as string)", 0),
        ("select cast(a as double)", 0),
        ("select cast(extract(year from d) as integer)", 0),
        ("select cast(sum(a) as decimal(38, 2))", 0),
    ],
)
def test_the_scan_finds_what_it_must(sql: str, count: int) -> None:
    assert len(unguarded(sql)) == count


def macro(call: str) -> str:
    folder = dbt_project_dir() / "macros"
    text = "".join(
        (folder / name).read_text("utf-8")
        for name in ("portable/numbers.sql", "portable/dates.sql", "cdm_columns.sql")
    )
    environment = jinja2.Environment(autoescape=False, extensions=["jinja2.ext.do"])  # noqa: S701
    template = environment.from_string(f"{text}{{{{ {call} }}}}")
    rendered = template.render(portable_type=lambda kind: kind)
    return rendered.strip()


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        ("integer", "2147483647", True),
        ("integer", "2147483648", False),
        ("integer", "-2147483648", True),
        ("integer", "-2147483649", False),
        ("integer", "12345678901", False),
        ("integer", "1e308", False),
        ("integer", "'nan'::double", False),
        ("integer", "'inf'::double", False),
        ("integer", "null", False),
        ("decimal(18, 2)", "9999999999999999.99", True),
        ("decimal(18, 2)", "10000000000000000.00", False),
        ("decimal(18, 2)", "1e17", False),
        ("double", "99999999999999999999999999999999999999::hugeint", True),
    ],
)
def test_a_value_that_does_not_fit_a_column_is_null(kind: str, value: str, kept: bool) -> None:
    column = macro(f"to_cdm({value!r}, {kind!r})")
    assert duckdb.sql(f"select ({column}) is not null").fetchall() == [(kept,)]


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [
        ("2020", "2", "2020-02-01"),
        ("2020", "null", "2020-01-01"),
        ("2020", "0", "2020-01-01"),
        ("2020", "12", "2020-12-01"),
        ("2020", "13", "2020-01-01"),
        ("2020", "2147483647", "2020-01-01"),
        ("0", "1", None),
        ("9999", "1", "9999-01-01"),
        ("10000", "1", None),
        ("2147483647", "1", None),
        ("null", "1", None),
    ],
)
def test_the_first_day_of_a_month_that_is_none(year: str, month: str, day: str | None) -> None:
    values = f"(select {year}::bigint as y, {month}::bigint as m)"
    day_of = macro("first_day('y', 'm')")
    found = duckdb.sql(f"select cast({day_of} as varchar) from {values}").fetchall()
    assert found == [(day,)]
