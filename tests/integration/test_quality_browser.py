"""The report in a real browser: no request, no complaint, filters and keyboard work."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from data_quality import validate
from data_quality.report.rendering import KEYS
from etl.progress import Silent
from etl.settings import Settings
from etl.workspace import Workspace
from tests.browser import CHROMIUM, Browser, browser
from tests.quality_candidate import good_candidate
from tests.quality_lake import good_lake

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]

SCREENSHOTS = Path(__file__).resolve().parent / "screenshots"
SPOIL = (
    "update cdm.drug_exposure set provider_id = 999 where person_id % 9 = 0",
    "update cdm.condition_occurrence set condition_concept_id = 0 where person_id % 4 = 0",
    "update cdm.visit_occurrence set visit_end_date = visit_start_date - 3 where person_id % 5 = 0",
    "delete from cdm.drug_exposure where drug_exposure_start_date between"
    " '2020-03-01' and '2020-03-31'",
)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = Workspace(tmp_path_factory.mktemp("report"))
    good_candidate(workspace)
    good_lake(workspace)
    with duckdb.connect(str(workspace.candidate)) as connection:
        for statement in SPOIL:
            connection.execute(statement)
    verdict = validate(workspace, Settings(), progress=Silent(), suites=False)
    assert not verdict.accepted
    return workspace.quality


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(params=["en", "fr"])
def opened(request: pytest.FixtureRequest, page: Browser, reports: Path) -> Browser:
    page.requests.clear()
    page.complaints.clear()
    page.size(1300, 900)
    page.open(reports / f"report_{request.param}.html")
    return page


def shown(page: Browser) -> int:
    count = page.evaluate("document.querySelectorAll('#check-rows tr:not([hidden])').length")
    assert page.evaluate("document.getElementById('shown-count').textContent") == str(count)
    return int(count)


def test_nothing_is_fetched_and_nothing_is_complained_of(opened: Browser) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    language = opened.evaluate("document.documentElement.lang")
    opened.screenshot(SCREENSHOTS / f"report_{language}.png")
    fetched = [url for url in opened.requests if not url.startswith("data:")]
    assert len(fetched) == 1, "the page itself, and nothing else"
    assert fetched[0].startswith("file://")
    assert opened.complaints == []


def test_the_sections_come_in_their_order(opened: Browser) -> None:
    order = opened.evaluate("[...document.querySelectorAll('main > section')].map((s) => s.id)")
    assert tuple(order) == KEYS
    links = opened.evaluate(
        "[...document.querySelectorAll('nav ol a')].map((a) => a.hash.slice(1))"
    )
    assert tuple(links) == KEYS


def test_the_other_language_is_a_link_away(opened: Browser, reports: Path) -> None:
    target = opened.evaluate("document.querySelector('nav .language a').getAttribute('href')")
    assert (reports / target).is_file()


def test_failures_are_shown_first_and_all_on_demand(opened: Browser) -> None:
    every = opened.evaluate("document.querySelectorAll('#check-rows tr').length")
    first = shown(opened)
    assert 0 < first < every
    opened.evaluate("document.querySelector('#filters button[type=reset]').click()")
    opened.settle()
    assert shown(opened) == every


def test_a_cell_of_the_map_filters_the_list(opened: Browser) -> None:
    chosen = (
        "document.querySelector('button.cell[data-domain=drug][data-category=Conformance]"
        "[data-context=Verification]')"
    )
    failed = int(opened.evaluate(f"{chosen}.dataset.failed"))
    assert failed > 0
    opened.evaluate(f"{chosen}.click()")
    opened.settle()
    assert shown(opened) == failed
    assert opened.evaluate(f"{chosen}.getAttribute('aria-pressed')") == "true"
    domains = opened.evaluate(
        "[...new Set([...document.querySelectorAll('#check-rows tr:not([hidden])')]"
        ".map((row) => row.dataset.domain))]"
    )
    assert domains == ["drug"]


def test_text_and_severity_filter_together(opened: Browser) -> None:
    opened.evaluate("document.querySelector('#filters button[type=reset]').click()")
    opened.settle()
    opened.evaluate(
        "(() => { const form = document.getElementById('filters');"
        " form.elements.severity.value = 'fatal'; form.elements.text.value = 'provider_id';"
        " form.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )
    ids = opened.evaluate(
        "[...document.querySelectorAll('#check-rows tr:not([hidden])')].map((r) => r.dataset.id)"
    )
    assert ids
    assert all("provider_id" in name for name in ids)


def test_the_keyboard_reaches_verdict_and_map(opened: Browser) -> None:
    opened.press("Tab", 9)
    assert opened.evaluate("document.activeElement.className") == "skip"
    opened.evaluate("document.querySelector('button.cell:not([disabled])').focus()")
    opened.press("Enter", 13)
    opened.settle()
    pressed = opened.evaluate("document.querySelectorAll('.cell[aria-pressed=true]').length")
    assert pressed == 1


def test_drawings_and_controls_have_names(opened: Browser) -> None:
    nameless = opened.evaluate(
        "[...document.querySelectorAll('svg, button, select, input, a')].filter((node) =>"
        " !(node.getAttribute('aria-label') || node.textContent.trim() ||"
        " (node.labels && node.labels.length))).length"
    )
    assert nameless == 0
    levels = opened.evaluate(
        "[...document.querySelectorAll('h1, h2, h3')].map((node) => Number(node.tagName[1]))"
    )
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_the_list_of_checks_is_a_csv_away(opened: Browser) -> None:
    uris = opened.evaluate(
        "[...document.querySelectorAll('.csv a')].map((a) => a.href.slice(0, 35))"
    )
    tables = opened.evaluate("document.querySelectorAll('main table').length")
    assert len(uris) >= tables - 1
    assert all(uri.startswith("data:text/csv;charset=utf-8;base64,") for uri in uris)


def test_the_csv_of_all_checks_has_the_cells_of_the_list(opened: Browser) -> None:
    text = opened.evaluate(
        "(() => { let text = ''; const keep = [Blob, URL.createObjectURL];"
        " window.Blob = class { constructor(parts) { text = parts[0]; } };"
        " URL.createObjectURL = () => ''; HTMLAnchorElement.prototype.click = () => {};"
        " document.getElementById('checks-csv').click();"
        " [window.Blob, URL.createObjectURL] = keep; return text; })()"
    )
    lines = list(csv.reader(text.removeprefix("\ufeff").splitlines()))
    cells = opened.evaluate(
        "[...document.querySelectorAll('#check-rows tr')]"
        ".map((r) => [r.dataset.id, ...[...r.cells].map((c) => c.textContent.trim())])"
    )
    assert lines[1:] == cells
    assert len(lines[0]) == len(cells[0]) == 9
    assert len(cells) > 500


def test_the_page_is_less_than_a_megabyte(reports: Path) -> None:
    for language in ("en", "fr"):
        assert (reports / f"report_{language}.html").stat().st_size < 1_000_000


def test_text_stands_out_from_its_ground(opened: Browser) -> None:
    """Contrast of the map's cells, by the formula of WCAG 2 (4.5 or more)."""
    ratios = opened.evaluate(
        """
        (() => {
          const light = (color) => {
            const [r, g, b] = color.match(/[\\d.]+/g).slice(0, 3).map(Number).map((v) => {
              const s = v / 255;
              return s <= 0.03928 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
            });
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          return [...document.querySelectorAll('.cell:not(.level-error), .badge')].map((node) => {
            const style = getComputedStyle(node);
            const ground = style.backgroundColor === 'rgba(0, 0, 0, 0)' ? 'rgb(255,255,255)'
              : style.backgroundColor;
            const [a, b] = [light(style.color), light(ground)].sort((x, y) => y - x);
            return (a + 0.05) / (b + 0.05);
          });
        })()
        """
    )
    assert min(ratios) >= 4.5


def test_it_prints(opened: Browser) -> None:
    pdf = opened.pdf()
    assert pdf.startswith(b"%PDF")
    assert opened.evaluate("document.querySelectorAll('details.paper:not([open])').length") == 0


def test_a_narrow_screen_does_not_scroll_sideways(opened: Browser) -> None:
    opened.size(420, 900)
    opened.settle()
    language = opened.evaluate("document.documentElement.lang")
    opened.screenshot(SCREENSHOTS / f"narrow_{language}.png")
    assert opened.evaluate("document.documentElement.scrollWidth") <= 420
