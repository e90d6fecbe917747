"""Codes have one written form."""

from __future__ import annotations

import re

import pytest

from etl.resources import dbt_project_dir
from etl.vocabulary.catalogue import catalogue
from etl.vocabulary.codes import cip7, cip13, concept_code, normalise


@pytest.mark.parametrize(
    ("vocabulary", "raw", "expected"),
    [
        ("CIM10", " e11.9 ", "E119"),
        ("CIM10", "D126+0", "D126+0"),
        ("CIM10", "A17.0†", "A170"),
        ("NABM", "552", "0552"),
        ("NABM", "0000552", "0552"),
        ("UCD", "0000009203408", "9203408"),
        ("UCD", "3400892034089", "9203408"),
        ("LPP", "0000001100028", "1100028"),
        ("LPP", " 1100028", "1100028"),
        ("CIP7", "3648061", "3648061"),
        ("CCAM", "hhqe002", "HHQE002"),
        ("CSARR", "alq+183", "ALQ+183"),
        ("INJ_VAC_NOM", " covid-19  Pfizer-BioNTech", "COVID-19 PFIZER-BIONTECH"),
    ],
)
def test_normalise(vocabulary: str, raw: str, expected: str) -> None:
    assert normalise(vocabulary, raw) == expected


def test_normalise_is_idempotent() -> None:
    for vocabulary, raw in (("NABM", "12"), ("UCD", "0000009203408"), ("CIM10", "e11.90")):
        once = normalise(vocabulary, raw)
        assert normalise(vocabulary, once) == once


def test_cim10_concept_code_takes_its_dot_as_in_athena() -> None:
    assert concept_code("CIM10", "E119") == "E11.9"
    assert concept_code("CIM10", "M4800") == "M48.00"
    assert concept_code("CIM10", "D126+0") == "D12.6+0"
    assert concept_code("CIM10", "I10") == "I10"
    assert concept_code("CCAM", "HHQE002") == "HHQE002"


def test_cip_forms_answer_each_other() -> None:
    assert cip13("3648061") == "3400936480612"
    assert cip7("3400936480612") == "3648061"
    assert cip7("3401236480612") is None


def test_every_source_vocabulary_of_the_models_is_in_the_register() -> None:
    """Steward commands name the vocabulary of each code: one that is unknown would stop them."""
    literal = re.compile(r"'([A-Z][A-Z0-9_]+)'\s*(?:end\s*)?as source_vocabulary")
    texts = [path.read_text("utf-8") for path in dbt_project_dir().glob("models/**/*.sql")]
    named = {name for text in texts for name in literal.findall(text)}
    known = {name for one in catalogue().values() for name in one.source_vocabularies}
    assert {"CIM10", "TES_TYP_COD", "INJ_VAC_NOM"} <= named
    assert named <= known
