"""The steward report: what it shows, what it must never show."""

from __future__ import annotations

import base64
import csv
import html
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from data_quality import validate
from data_quality.checks import catalogue
from data_quality.report.geometry import Scale, ribbon, round_top
from data_quality.report.rendering import KEYS
from data_quality.report.shown import Shown
from data_quality.report.tables import table
from data_quality.report.words import FILE, Words, keys
from etl.progress import Silent
from etl.settings import Settings
from etl.workspace import Workspace

Spoil = Callable[..., Workspace]
MARK = "QXZ7"
MODELS = Path(__file__).parents[3] / "dbt_project" / "models"

SPOIL = (
    # A few rows each: every count of these must be hidden.
    f"update cdm.condition_occurrence set condition_source_value = '{MARK}RARE',"
    " condition_concept_id = 0 where condition_occurrence_id % 2 = 0 and person_id < 6",
    f"update cdm.person set person_source_value = '{MARK}PERSON' || person_id",
    "update cdm.drug_exposure set provider_id = 999 where drug_exposure_id < 300",
    "update cdm.procedure_occurrence set procedure_date = date '1920-01-01'"
    " where procedure_occurrence_id < 200",
    "update audit.ledger set n_rows = 3 where disposition = 'excluded' and source_year = 2019",
    "update audit.ledger set n_rows = n_rows + 37 where disposition = 'event'"
    " and source_year = 2019",
    "update audit.rejects set n_rows = 4 where source_year = 2020",
    "create table audit.crosswalk as select * from (values"
    " ('Registry', 'matched', 43, 41), ('Registry', 'several persons', 12, 0),"
    " ('Registry', 'no person has this key', 7, 0))"
    " as c (crosswalk_name, outcome, n_external_ids, n_persons)",
    # And many.
    "update cdm.measurement set measurement_source_value = 'NABM1', measurement_concept_id = 0"
    " where person_id % 3 = 0",
    "update cdm.measurement set unit_concept_id = 8512 where person_id % 4 = 0",
)


@pytest.fixture(scope="module")
def pages(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    import shutil

    import duckdb

    workspace = Workspace(tmp_path_factory.mktemp("report"))
    workspace.create()
    shutil.copyfile(pristine, workspace.candidate)
    with duckdb.connect(str(workspace.candidate)) as connection:
        for statement in SPOIL:
            connection.execute(statement)
    verdict = validate(workspace, Settings(), progress=Silent(), suites=False)
    return {
        language: verdict.files[f"report_{language}"].read_text("utf-8")
        for language in ("en", "fr")
    }


def tables_of(page: str) -> dict[str, list[dict[str, str]]]:
    """CSV tables of a page by name."""
    found = {}
    for name, content in re.findall(
        r'download="([^"]+)\.csv" href="data:text/csv;charset=utf-8;base64,([^"]+)"', page
    ):
        text = base64.b64decode(content).decode("utf-8-sig")
        found[name] = list(csv.DictReader(io.StringIO(text)))
    return found | {"checks": list_of_checks(page)}


def list_of_checks(page: str) -> list[dict[str, str]]:
    """The list of all checks, of which the page itself makes the CSV (test_quality_browser.py)."""
    section = page[page.index('<section id="checks"') :]
    head = re.search(r'data-head="([^"]*)"', section)
    assert head is not None
    names = [head[1], *re.findall(r"<th[^>]*>([^<]*)</th>", section)]
    return [
        dict(
            zip(
                names,
                map(html.unescape, (key, *re.findall(r"<td[^>]*>([^<]*)", line))),
                strict=True,
            )
        )
        for key, line in re.findall(
            r'<tr data-id="([^"]*)"(.*?)(?=<tr |</tbody>)', section, re.DOTALL
        )
    ]


def text_of(page: str) -> str:
    """Everything a reader could see, folded or not, tables in CSV included."""
    texts = "".join(
        base64.b64decode(content).decode("utf-8-sig")
        for content in re.findall(r"base64,([^\"]+)", page)
    )
    return page + texts


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_is_one_small_file_without_address(pages: dict[str, str], language: str) -> None:
    page = pages[language]
    assert len(page.encode()) < 5_000_000
    assert not re.findall(r"(?:https?:)?//[a-z]", re.sub(r"base64,[^\"]+", "", page))
    assert "default-src 'none'" in page
    assert f'<html lang="{language}">' in page


@pytest.mark.parametrize("language", ["en", "fr"])
def test_sections_come_in_order_with_the_same_anchors(pages: dict[str, str], language: str) -> None:
    assert tuple(re.findall(r'<section id="([a-z]+)"', pages[language])) == KEYS


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_value_of_the_data_is_shown(pages: dict[str, str], language: str) -> None:
    assert MARK not in text_of(pages[language])


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_count_of_persons_or_rows_from_1_to_10(pages: dict[str, str], language: str) -> None:
    tables = tables_of(pages[language])
    words = Words(language)  # type: ignore[arg-type]
    small = {str(n) for n in range(1, 11)}
    rows_kind = {check.id for check in catalogue() if check.type.counts == "rows"}
    counted = {
        words(key) for key in ("rows", "persons", "failures.violated", "failures.denominator")
    }
    counted |= {
        words(f"ledger.{key}") for key in ("read", "staged", "quarantined", "withdrawn", "disposed")
    }
    counted |= {words("population.men"), words("population.women")}
    looked_at = 0
    for name, rows in tables.items():
        for row in rows:
            if row.get(words("failures.id"), next(iter(rows_kind))) not in rows_kind:
                continue
            for column, cell in row.items():
                if column in counted:
                    looked_at += 1
                    assert cell not in small, (name, row)
    assert looked_at > 2000


def test_hidden_counts_are_hidden_everywhere(pages: dict[str, str]) -> None:
    tables = tables_of(pages["en"])
    few = Shown("en", 11).few
    checks = {row["Identifier"]: row for row in tables["checks"]}
    orphan = checks["field_isforeignkey_drug_exposure_provider_id"]
    assert orphan["At fault"] == few
    assert orphan["Share"].startswith("<")
    rules = {row["Rule or reason"]: row["Rows"] for row in tables["rules"]}
    assert rules["SO-221 line with the wrong number of fields"] == "50"
    assert few in text_of(pages["en"])


def test_what_was_not_delivered_is_shown(pages: dict[str, str]) -> None:
    found = [tuple(row.values()) for row in tables_of(pages["en"])["gaps"]]
    assert found == [
        ("ER_PRS_F", "flux months without any line", "2020-03 – 2020-04"),
    ]
    assert "Ce qui n'a pas été livré" in html.unescape(pages["fr"])


def test_every_file_has_its_fate(pages: dict[str, str]) -> None:
    found = [tuple(row.values()) for row in tables_of(pages["en"])["files"]]
    assert [row[:3] for row in found] == [
        ("duplicate", "copy of/ER_PRS_F_2019.csv", "ER_PRS_F"),
        ("loaded", "6 file(s)", ""),
        ("not data", "read me.pdf", ""),
        ("set aside", "IR_NAT_V.csv", "IR_NAT_V"),
    ]
    assert [row[3].partition(" ")[0] for row in found] == ["SO-209", "", "SO-234", "SO-237"]
    assert "Sort de chaque fichier livré" in html.unescape(pages["fr"])


def test_months_are_complete_partial_or_absent(pages: dict[str, str]) -> None:
    found = [tuple(row.values()) for row in tables_of(pages["en"])["coverage"]]
    assert found == [
        ("Town care (DCIR)", "2018-01 – 2018-02, 2018-04 – 2018-04", "2018-03 – 2018-03", ""),
        ("All delivered fields of PMSI", "", "", "2018-01 – 2018-01"),
    ]
    assert "Mois de soins livrés, par domaine" in html.unescape(pages["fr"])


def test_reasons_hide_small_counts(pages: dict[str, str]) -> None:
    verdict = pages["en"].partition('<section id="rates"')[0]
    assert "Orphan key" in verdict
    assert re.search(r"\((\d+) at fault", verdict) is None or not any(
        int(n) < 11 for n in re.findall(r"\((\d+) at fault", verdict)
    )


def test_external_ids_of_a_crosswalk_are_counted_by_outcome(pages: dict[str, str]) -> None:
    few = "<\u202f11"
    assert [tuple(row.values()) for row in tables_of(pages["en"])["crosswalks"]] == [
        ("Registry", "matched", "50", "50"),
        ("Registry", "unmatched: no person has this key", few, "0"),
        ("Registry", "ambiguous: several persons have this key", "20", "0"),
    ]
    french = [row["Issue"] for row in tables_of(pages["fr"])["crosswalks"]]
    assert french[0] == "appariés"
    assert french[1].startswith("non appariés : ")
    assert french[2].startswith("ambigus : ")


def test_every_reason_of_a_crosswalk_has_words() -> None:
    model = MODELS / "intermediate" / "person" / "int_crosswalk__matched.sql"
    reasons = re.findall(r"then '([^']+)'", model.read_text("utf-8"))
    assert len(reasons) == 4
    for reason in ("matched", *reasons):
        assert Words("en").has(f"ledger.crosswalk_{reason.replace(' ', '_')}"), reason


def test_both_languages_say_the_same_keys() -> None:
    for key in keys():
        for language in ("en", "fr"):
            assert Words(language)(key), key  # type: ignore[arg-type]


def test_every_text_is_used() -> None:
    root = FILE.parent
    source = "".join(
        path.read_text("utf-8")
        for pattern in ("**/*.py", "templates/*.j2")
        for path in root.glob(pattern)
    )
    generated = (
        "causes.", "severities.", "statuses.", "levels.", "domains.", "tables.", "categories.",
        "contexts.", "dispositions.", "studies.", "lights.", "glossary.", "sections.", "lead.",
        "privacy.", "ledger.", "suites.", "rates.", "changes.", "failures.", "origins.",
        "population.", "populations.", "profile.",
    )  # fmt: skip
    unused = [
        key
        for key in keys()
        if f'"{key}"' not in source and f"'{key}'" not in source and not key.startswith(generated)
    ]
    assert unused == []


@pytest.mark.parametrize("count", range(1, 11))
def test_small_counts_are_never_written(count: int) -> None:
    shown = Shown("fr", 11)
    assert shown.count(count) == shown.few
    assert shown.share(count, 1000).startswith("<")
    assert shown.share(1000 - count, 1000).startswith(">")
    assert shown.share(count, count) == "–"
    assert shown.hidden == 4


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0"), (11, "20"), (20, "20"), (21, "30"), (1234, "1,240")]
)
def test_other_counts_are_rounded_up(count: int, text: str) -> None:
    assert Shown("en", 11).count(count) == text


def test_a_colon_of_a_french_label_has_its_space(pages: dict[str, str]) -> None:
    french = re.sub(r"<(style|script)\b.*?</\1>", "", pages["fr"], flags=re.DOTALL)
    assert not re.findall(r"[a-zé]</strong>:|[a-zé]: <code>", french)
    assert "Où regarder d'abord\u00a0:" in french.replace("&#39;", "'")
    assert "Where to look first:" in pages["en"]


def test_numbers_follow_the_language() -> None:
    assert Shown("fr", 11).count(1_234_567) == "1\u202f234\u202f570"
    assert Shown("fr", 11).percent(12.345) == "12,3\u202f%"
    assert Shown("en", 11).percent(12.345) == "12.3%"
    assert Shown("en", 11).percent(0.0001) == "<\u202f0.1%"


def test_a_csv_is_the_table_and_starts_no_formula() -> None:
    made = table("x", ("a", "é"), [("=1+1", "ça"), ("2", "–3")])
    text = base64.b64decode(made.csv.partition("base64,")[2]).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == [["a", "é"], ["'=1+1", "ça"], ["2", "–3"]]


def test_drawings_are_where_they_should_be() -> None:
    scale = Scale(0, 10, 100, 0)
    assert (scale(0), scale(10), scale(5)) == (100, 0, 50)
    assert Scale(3, 3, 7, 9)(3) == 7
    assert [round_top(n) for n in (0, 7, 12, 230, 9999)] == [1, 10, 20, 250, 10000]
    assert ribbon((0, 0, 4), (10, 6, 8)).startswith("M0,0 C5,0 5,6 10,6 L10,8")


def test_persons_without_their_hospital_care_are_counted(pages: dict[str, str]) -> None:
    """Of a shared PSA by sex and decade of birth, small counts hidden; of PMSI alone in one row."""
    found = [tuple(row.values()) for row in tables_of(pages["en"])["hospital_persons"]]
    assert [(row[0].partition(" ")[0], *row[1:]) for row in found] == [
        ("R06", "–", "–", "40"),
        ("R08", "men", "1990", "30"),
        ("R08", "women", "1990", Shown("en", 11).few),
    ]
    assert "Personnes privées de leurs soins hospitaliers" in html.unescape(pages["fr"])
