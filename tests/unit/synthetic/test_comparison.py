"""Published figures that the synthetic SNDS is compared with, and the page that shows both."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from etl.synthetic.comparison import (
    HELD_OUT,
    Figure,
    compare,
    figures,
    held_out,
    known_differences,
    measures,
)
from etl.synthetic.generate import generate

DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """docs/images/synthetic/compare.py."""
    path = DOCS / "images" / "synthetic" / "compare.py"
    spec = importlib.util.spec_from_file_location("compare_synthetic", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_sixty_figures_of_twelve_topics_and_more() -> None:
    assert len([one for one in figures() if not one.candidate]) >= 60
    assert len({one.topic for one in figures()}) >= 12
    assert len({one.id for one in figures()}) == len(figures())


@pytest.mark.parametrize("figure", figures(), ids=lambda one: one.id)
def test_a_figure_has_its_source_and_a_tolerance(figure: Figure) -> None:
    assert figure.source and figure.published_year is not None
    assert 0 < figure.tolerance <= max(abs(figure.published), 6)
    assert 2018 <= figure.year <= 2022
    for language in ("fr", "en"):
        assert "{" not in figure.title(language)


def test_every_measure_is_used_and_known() -> None:
    assert {one.measure for one in figures()} == set(measures())


def test_twenty_figures_are_held_out_among_those_that_set_no_rate() -> None:
    candidates = {one.id for one in figures() if one.candidate}
    assert len(held_out()) == HELD_OUT == 20
    assert held_out() < candidates and len(candidates) > HELD_OUT


def test_figures_outside_tolerance_are_those_listed(script: ModuleType) -> None:
    """`comparison.csv` states what was measured: what is outside tolerance has its reason."""
    results = script.read_results()
    outside = set(results.filter(~results["within"])["id"])
    assert outside == set(known_differences())
    assert set(results.filter(results["held_out"])["id"]) == held_out()
    for reasons in known_differences().values():
        assert len(reasons["fr"]) > 20 and len(reasons["en"]) > 20


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_is_that_of_the_results(script: ModuleType, language: str) -> None:
    page = script.PAGES[language].read_text(encoding="utf-8")
    assert page == script.page(script.read_results(), language)
    for name, picture in script.pictures(script.read_results()).items():
        assert (script.HERE / name).read_text(encoding="utf-8") == picture


def test_numbers_are_written_in_the_manner_of_the_language(script: ModuleType) -> None:
    assert script.number(1234.5, "en") == "1,234" and script.number(12.34, "fr") == "12,3"


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_each_figure_is_computed_from_a_small_run(tmp_path: Path, file_format: str) -> None:
    years = range(2018, 2023)
    generate(tmp_path, persons=60, seed=2, years=years, file_format=file_format)  # type: ignore[arg-type]
    results = compare(tmp_path, years)
    shown = [one for one in figures() if not one.candidate or one.id in held_out()]
    assert results["id"].to_list() == [one.id for one in shown]
    assert results["made"].drop_nulls().len() > 80
