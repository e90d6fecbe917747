"""The dictionary finds a column by a word of either language, in either direction."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from etl.audit.dictionary import _snds_table, render
from etl.contracts.cdm import cdm_tables
from etl.contracts.registry import contracts
from tests.browser import CHROMIUM, Browser, browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    folder = tmp_path_factory.mktemp("dictionary")
    cdm = [
        {
            "name": table.name, "en": "", "fr": "", "empty": "", "rows": None, "origins": [],
            "rules": [],
            "columns": [
                {
                    "name": field.name, "type": field.type, "required": field.required,
                    "en": field.doc_en, "fr": field.doc_fr, "filled": True, "main": [],
                    "sources": [], "references": [], "models": [],
                }
                for field in table.fields
            ],
        }
        for table in cdm_tables().values()
    ]  # fmt: skip
    snds = [_snds_table(contract, ()) for contract in contracts().values()]
    path = folder / "dictionary.html"
    path.write_text(render({"cdm": cdm, "snds": snds, "rules": {}, "methods": []}), "utf-8")
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        opened.open(path)
        opened.evaluate("filled.checked = false")
        yield opened


def found(page: Browser, words: str, way: str) -> set[str]:
    page.evaluate(f"query.value = {json.dumps(words)}; way.value = '{way}'; show();")
    columns = page.evaluate(
        "[...list.querySelectorAll('main > details')].flatMap((table) => "
        "[...table.querySelectorAll('tbody > tr > td:first-child > code')]"
        ".map((code) => table.querySelector('summary').textContent.split(' ')[0]"
        " + '.' + code.textContent))"
    )
    return set(columns)


@pytest.mark.parametrize(
    ("french", "english", "way", "column"),
    [
        ("prescripteur", "prescriber", "snds", "ER_PRS_F.PSP_SPE_COD"),
        ("date de naissance", "date of birth", "cdm", "person.birth_datetime"),
        ("date de naissance", "date of birth", "snds", "IR_BEN_R.BEN_NAI_ANN"),
        ("décès", "death", "cdm", "death.death_date"),
        ("décès", "death", "snds", "IR_BEN_R.BEN_DCD_DTE"),
        ("sexe", "gender", "cdm", "person.gender_concept_id"),
        ("médicament", "drug", "cdm", "drug_exposure.drug_concept_id"),
    ],
)
def test_a_word_finds_its_column_in_either_language(
    page: Browser, french: str, english: str, way: str, column: str
) -> None:
    assert column in found(page, french, way)
    assert column in found(page, english, way)


def test_a_word_that_is_nowhere_finds_nothing_and_names_a_remedy(page: Browser) -> None:
    assert found(page, "xyzzy", "cdm") == set()
    text = page.evaluate("document.getElementById('found').textContent")
    assert "“only what is used”" in text or "« seulement l’utilisé »" in text


def test_a_second_word_narrows_the_first(page: Browser) -> None:
    one, both = found(page, "décès", "cdm"), found(page, "décès cause", "cdm")
    assert both < one
    assert "death.cause_concept_id" in both
