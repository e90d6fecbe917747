"""What the label of an analysis states against its target; classes of one substance; labels."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from etl.vocabulary.check import check
from etl.vocabulary.mapping_file import MappingRow, read_mapping_file, write_mapping_file
from etl.vocabulary.property_rules import (
    SAME_CLASS,
    classes_elsewhere,
    of_classes,
    of_properties,
    sense_lost,
)
from tests.usagi_rows import GOOD

PRESENCE = "Measles virus Ab [Presence] in Serum"
TITER = "Mitochondria Ab [Titer] in Serum"
MASS = "Protein [Mass/volume] in Body fluid"


def rows(folder: Path, *given: dict[str, str]) -> list[MappingRow]:
    path = folder / "some.usagi.csv"
    write_mapping_file(path, [{**GOOD, **one} for one in given])
    return read_mapping_file(path)


def analysis(label: str, target: str, equivalence: str, comment: str = "") -> dict[str, str]:
    return {
        "sourceCode": "1768",
        "sourceName": label,
        "conceptName": target,
        "equivalence": equivalence,
        "comment": comment,
    }


@pytest.mark.parametrize(
    ("label", "target", "equivalence", "found"),
    [
        ("Rougeole : sd par eia", PRESENCE, "WIDER", True),
        ("Rougeole : sd par eia", PRESENCE, "INEXACT", False),
        ("Rougeole : sd par eia", PRESENCE, "NARROWER", False),
        ("Rougeole : sd de dépistage par eia", PRESENCE, "WIDER", False),
        ("Ac antimitochondries par ifi", TITER, "WIDER", True),
        ("Ac antimitochondries par ifi : titrage", TITER, "WIDER", False),
        ("Sérosité : protéines : dosage", MASS, "EQUIVALENT", True),
        ("Sérosité : protéines : dosage", MASS, "EQUAL", True),
        ("Sérosité : protéines : dosage", MASS, "NARROWER", False),
        ("Sérosité : protéines : dosage", MASS, "WIDER", True),
        ("Testostérone (chez l'homme)", MASS, "NARROWER", True),
        ("Testostérone", MASS, "NARROWER", False),
        ("Recherche des IgM chez l'enfant par eia", PRESENCE, "EQUIVALENT", True),
        ("Recherche des IgM chez l'enfant par eia", PRESENCE, "WIDER", False),
        ("INR sous antivitamine K", TITER, "EQUIVALENT", True),
        ("Isoniazide et son métabolite (sang)", MASS, "NARROWER", True),
        ("Acide hydroxy-indole-acétique (métabolite)", MASS, "NARROWER", False),
        ("Diabète insulino-dépendant : anticorps anti GAD", MASS, "NARROWER", True),
        ("Mycoplasmes : IgM par EIA + itératif", PRESENCE, "NARROWER", True),
        # who is reimbursed is no part of what is measured
        ("TSH, prise en charge limitée chez l'homme", MASS, "NARROWER", False),
        ("Analyse", "Histopathology test", "WIDER", False),
    ],
)
def test_a_property_is_compared_with_the_label(
    tmp_path: Path, label: str, target: str, equivalence: str, found: bool
) -> None:
    lines = rows(tmp_path, analysis(label, target, equivalence))
    assert [one.code for one in of_properties(lines)] == ["SO-445"] * found


def test_a_reason_answers_the_rule_on_properties(tmp_path: Path) -> None:
    line = analysis("Rougeole : sd par eia", PRESENCE, "WIDER", "screening by its chapter")
    assert list(of_properties(rows(tmp_path, line))) == []


def substance(code: str, equivalence: str = "EQUAL", comment: str = "") -> dict[str, str]:
    return {"sourceCode": code, "equivalence": equivalence, "comment": comment}


def both(code: str) -> list[dict[str, str]]:
    return [substance(code) | {"conceptId": target} for target in ("1549786", "1521369")]


def test_the_list_of_other_classes_names_codes_of_substances() -> None:
    for code, others in classes_elsewhere().items():
        assert re.fullmatch(r"[A-Z]\d\d[A-Z]{2}[0-4]\d", code)
        assert others and code not in others.split()


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        ([substance("J01MA01"), substance("S01AE01")], ["3"]),
        ([substance("J01MA01"), substance("S01AE01", "WIDER")], []),
        ([substance("J01MA01"), substance("S01AE01", comment="a source")], ["3"]),
        ([substance("L01FA01", comment=SAME_CLASS), substance("L01XC02", comment=SAME_CLASS)], []),
        # 49 is the last number of a substance, 50 the first of a combination
        ([substance("J01MA01"), substance("N02BE49")], ["3"]),
        ([substance("J01MA01"), substance("N02BE50")], []),
        # one class is in the file, the others are named by a list
        ([substance("N06AA12")], ["2"]),
        ([substance("N06AA12", "WIDER")], []),
        # two substances together have two classes too
        ([*both("G03AA01"), *both("G03AB01")], ["4"]),
        ([*both("G03AA01"), substance("G03AB01")], []),
        # a part of a combination has more than one target
        ([substance("J01MA01"), *both("A10BD07")], []),
    ],
)
def test_a_substance_of_two_classes_equals_neither(
    tmp_path: Path, given: list[dict[str, str]], lines: list[str]
) -> None:
    found = list(of_classes(rows(tmp_path, *given)))
    assert [one.where.split(":")[1] for one in found] == lines
    assert {one.code for one in found} <= {"SO-442"}


@pytest.mark.parametrize(
    ("label", "nomenclature", "lost"),
    [
        ("Sérologie rubéole", {"RUBEOLE : SD PAR IHA OU EIA"}, ("eia", "iha")),
        ("Rubéole par IHA ou EIA", {"RUBEOLE : SD PAR IHA OU EIA"}, ()),
        ("Antigène HBs", {"AG HBS PAR EIA", "ANTIGENE HBS"}, ()),
        ("Radiographie", {"Radiographie bilatérale"}, ("bilaterale",)),
        ("TSH", {"T.S.H. LA PRISE EN CHARGE EST LIMITEE SAUF URGENCE"}, ()),
        ("TSH", set(), ()),
    ],
)
def test_words_that_change_the_sense_are_not_left_out(
    label: str, nomenclature: set[str], lost: tuple[str, ...]
) -> None:
    assert sense_lost(label, nomenclature) == lost


def test_check_compares_labels_with_the_nomenclature() -> None:
    shipped = {"0552": {"GLUCOSE SAUF DANS LES URINES"}}
    found = [one for one in check(nomenclatures={"NABM": shipped}) if one.code == "SO-446"]
    assert [one.message for one in found] == ["the label leaves out: sauf"]


def test_labels_of_the_shipped_files_keep_the_sense_of_the_nomenclatures() -> None:
    folder = Path("../shared/reference/nomenclatures")
    if not folder.is_dir():
        pytest.skip("the nomenclatures are not there")
    from etl.vocabulary.nomenclature import read_nomenclatures

    found = check(nomenclatures=read_nomenclatures(folder))
    assert [one.line() for one in found if one.code == "SO-446"] == []
