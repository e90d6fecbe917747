"""Labels of the timeline: a name in the reader's language, and no code without one."""

from __future__ import annotations

import pytest

from etl.audit.naming import GENDERS, SCHEMES, WORDS, label, named


@pytest.mark.parametrize(
    ("lane", "names", "english", "french"),
    [
        ("visit", ("Outpatient Visit", None, None, "x"), "Outpatient Visit", "Soin de ville"),
        ("condition", ("Dyspnea", "Dyspnée", "DYSPNEE", "R060"), "Dyspnea", "Dyspnée"),
        ("drug", ("atorvastatin", None, "TAHOR", "34009"), "atorvastatin", "atorvastatin"),
        ("procedure", (None, None, "Exérèse", "QZFA036"), "QZFA036 – Exérèse", "QZFA036 – Exérèse"),
        ("device", (None, None, None, "7219150"), "7219150", "7219150"),
        ("other", (None, None, None, None), "–", "–"),
        ("cover", (None, None, None, "01C"), "General scheme – 01C", "Régime général – 01C"),
        ("cover", (None, None, None, "01M"), "Local mutual sections – 01M",
         "Sections locales mutualistes – 01M"),
        ("cover", (None, None, None, "02A"), "Farm workers (MSA) – 02A",
         "Régime agricole (MSA) – 02A"),
        ("cover", (None, None, None, "C2S"), "Complementary cover – C2S",
         "Complémentaire santé solidaire – C2S"),
        ("cover", (None, None, None, "EXO-4"), "Exempt from the patient's share – EXO-4",
         "Exonération du ticket modérateur – EXO-4"),
        ("measurement", (None, None, None, "POI_NAI"),
         "POI_NAI – Weight at entry of a newborn, grams",
         "POI_NAI – Poids d'entrée du nouveau-né, en grammes"),
        ("cover", (None, None, None, "77X"), "77X", "77X"),
    ],
)  # fmt: skip
def test_a_label_is_a_name_where_one_is_known(
    lane: str, names: tuple[str | None, ...], english: str, french: str
) -> None:
    assert (label(lane, names, "en"), label(lane, names, "fr")) == (english, french)


def test_an_unknown_key_stands_for_itself() -> None:
    assert [named(GENDERS, key, "fr") for key in ("1", "9", None)] == ["masculin", "9", "–"]


def test_both_languages_name_the_same() -> None:
    assert WORDS["en"].keys() == WORDS["fr"].keys()
    assert all(len(key) in (2, 3) for key in SCHEMES)
