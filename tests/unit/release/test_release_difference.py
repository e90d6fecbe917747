"""What changed between two releases, and nothing more."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from etl import release
from etl.release.difference import DISTRIBUTIONS
from etl.release.difference_page import conclusion, render
from etl.release.difference_words import WORDS
from etl.release.drift import level, stability_index
from etl.settings import Settings
from etl.workspace import Workspace
from tests.small_candidate import accept, build_candidate


@pytest.fixture(scope="module")
def changes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Two releases: 5 persons gone, 12 conditions moved, a code remapped, a check failing."""
    workspace = Workspace(tmp_path_factory.mktemp("difference") / "workspace")
    build_candidate(workspace)
    checks(workspace, "pass", "fail")
    first = release.create(workspace, Settings())
    build_candidate(workspace, persons=115)
    with duckdb.connect(str(workspace.candidate)) as connection:
        connection.execute(
            "update cdm.condition_occurrence set condition_start_date = date '2015-06-01' "
            "where person_id <= 12 and condition_start_date < date '2019-03-01'"
        )
        connection.execute(
            "update cdm.condition_occurrence set condition_concept_id = 440417 "
            "where condition_source_value = 'G610'"
        )
        connection.execute("update audit.mapping_coverage set n_records = 300")
        connection.execute("update audit.balance set n_withdrawn = 17, n_read = n_read + 17")
        connection.execute(
            "create table audit.person_change as select * from (values (7, 3, 'merged'), "
            "(9, 3, 'merged'), (4, 121, 'split')) as v (old_person_id, new_person_id, reason)"
        )
    checks(workspace, "fail", "pass")
    accept(workspace)
    second = release.create(workspace, Settings())
    return release.difference(first, second, {})


def checks(workspace: Workspace, one: str, two: str) -> None:
    frame = pl.DataFrame(
        {
            "check_id": ["one", "two", "three"],
            "severity": ["fatal", "convention", "fatal"],
            "status": [one, two, "pass"],
            "violated": [3, 0, 0],
        }
    )
    frame.write_parquet(workspace.quality / "results.parquet")


def test_persons_in_and_out(changes: dict[str, Any]) -> None:
    assert changes["persons"] == {
        "before": 120,
        "after": 115,
        "in": 0,
        "out": 5,
        "merged": 2,
        "split": 1,
        "renumbered": 3,
    }
    assert changes["person_changes"] == [
        {"old": 4, "new": 121, "reason": "split"},
        {"old": 7, "new": 3, "reason": "merged"},
        {"old": 9, "new": 3, "reason": "merged"},
    ]


def test_what_left_for_excluded_persons(changes: dict[str, Any]) -> None:
    assert changes["withdrawn"] == {
        "before": {"persons": 0, "rows": 0},
        "after": {"persons": 0, "rows": 17},
    }


def test_only_tables_that_changed_are_listed(changes: dict[str, Any]) -> None:
    tables = {row["table"]: (row["before"], row["after"]) for row in changes["tables"]}
    assert tables["cdm.person"] == (120, 115)
    assert "cdm.concept" not in tables
    assert "cdm.procedure_occurrence" not in tables


def test_months(changes: dict[str, Any]) -> None:
    months = {(row["table"], row["month"]): row for row in changes["months"]}
    assert months["condition_occurrence", "2015-06"]["before"] == 0
    assert months["condition_occurrence", "2015-06"]["after"] == 12
    assert not any(table == "procedure_occurrence" for table, _ in months)


def test_mappings(changes: dict[str, Any]) -> None:
    assert changes["mappings"]["coverage"][0]["after"] == 300
    assert changes["mappings"]["codes"] == [
        {
            "field": "condition_occurrence.condition_source_value",
            "code": "G610",
            "before": [0],
            "after": [440417],
            "records": changes["mappings"]["codes"][0]["records"],
        }
    ]


def test_checks(changes: dict[str, Any]) -> None:
    assert [row["check"] for row in changes["checks"]["new_failures"]] == ["one"]
    assert [row["check"] for row in changes["checks"]["resolved"]] == ["two"]
    assert changes["checks"]["other"] == []


def test_drift(changes: dict[str, Any]) -> None:
    found = {row["distribution"]: row["level"] for row in changes["drift"]["distributions"]}
    assert found["gender"] == "stable"
    assert found["conditions"] == "shift"
    assert found["devices"] == "not comparable"


def test_stability_index() -> None:
    assert stability_index({"a": 50, "b": 50}, {"a": 100, "b": 100}) == 0
    assert stability_index({"a": 50}, {}) is None
    moved = stability_index({"a": 90, "b": 10}, {"a": 50, "b": 50})
    assert moved is not None
    assert moved == pytest.approx(0.4 * 1.6094379 + 0.4 * 0.5877867, abs=1e-5)
    assert level(moved) == "shift"


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_page_masks_small_counts_and_needs_no_network(changes: dict[str, Any], lang: str) -> None:
    page = render(changes, lang, 11)
    numbers = {
        int(re.sub(r"\D", "", cell)) for cell in re.findall(r'<td class="n">(\d[^<]*)</td>', page)
    }
    assert not numbers & set(range(1, 11))
    assert "http" not in page
    assert f'lang="{lang}"' in page


def test_words_are_the_same_in_both_languages() -> None:
    assert WORDS["fr"].keys() == WORDS["en"].keys()
    for part in ("conclusions", "points", "levels"):
        assert WORDS["fr"][part].keys() == WORDS["en"][part].keys()
    assert set(DISTRIBUTIONS) <= set(WORDS["fr"]["names"])


def test_the_french_page_holds_no_english_word_of_the_comparison(changes: dict[str, Any]) -> None:
    page = render(changes, "fr", 11)
    cells = re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", page)
    english = {"pass", "fail", "gender", "drugs", "devices", "Before", "approved", "Condition",
               "decade of birth", "stable population", "fatal failure", "visit kinds"}  # fmt: skip
    assert not english & set(cells)
    assert "population stability index" not in page
    assert page.index("À examiner avant") < page.index("<table")


def unchanged() -> dict[str, Any]:
    return {
        "tables": [],
        "identity": {},
        "checks": {"new_failures": [], "resolved": [], "other": []},
        "drift": {"distributions": [{"distribution": "gender", "level": "stable"}]},
    }


@pytest.mark.parametrize(
    ("where", "value", "expected"),
    [
        (None, None, "same"),
        ("identity", {"code": {}}, "usual"),
        ("tables", [{"table": "cdm.person", "before": 5, "after": 6}], "usual"),
        ("tables", [{"table": "cdm.person", "before": 5, "after": 0}], "examine"),
        ("tables", [{"table": "cdm.person", "before": 0, "after": 0}], "usual"),
        ("new_failures", [{"severity": "fatal"}], "examine"),
        ("new_failures", [{"severity": "convention"}], "examine"),
        ("new_failures", [{"severity": "characterization"}], "usual"),
        ("resolved", [{"severity": "fatal"}], "usual"),
        ("distributions", [{"distribution": "drugs", "level": "watch"}], "examine"),
        ("distributions", [{"distribution": "drugs", "level": "shift"}], "examine"),
        ("distributions", [{"distribution": "drugs", "level": "not comparable"}], "same"),
    ],
)
def test_the_conclusion_follows_from_what_differs(
    where: str | None, value: Any, expected: str
) -> None:
    found = unchanged()
    part = next((one for one in (found["checks"], found["drift"]) if where in one), found)
    if where:
        part[where] = value
    assert conclusion(found) == expected


def test_a_setting_that_is_a_list_or_a_table_is_shown(changes: dict[str, Any]) -> None:
    found = changes | {
        "identity": {
            "settings.rules.off": {"before": [], "after": ["N02", "N03"]},
            "settings.engine.spark": {"before": None, "after": {"b": 1, "a": 2}},
        }
    }
    page = render(found, "fr", 11)
    row = next(line for line in page.splitlines() if "settings.rules.off" in line)
    assert re.findall(r"<td>([^<]*)</td>", row) == ["settings.rules.off", "–", "N02, N03"]
    assert "{&#34;a&#34;: 2, &#34;b&#34;: 1}" in page


def test_same_release_has_no_difference(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    build_candidate(workspace)
    made = release.create(workspace, Settings())
    found = release.difference(made, made, {})
    assert (found["tables"], found["months"], found["identity"]) == ([], [], {})
