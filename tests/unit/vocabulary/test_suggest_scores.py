"""Scores of suggestions at their bounds, on names made for the purpose."""

from __future__ import annotations

import pytest

from etl.vocabulary import suggest
from etl.vocabulary.suggest import Decided, Name, by_word, candidates, spoken, suggestion_rows
from etl.vocabulary.worklist import OpenCode


def code(name: str, source: str = "CIM10", number: str = "E119") -> OpenCode:
    return OpenCode("SNDS_X", source, number, name, "any", 1, "unmapped")


def names(*texts: str) -> list[Name]:
    return [
        Name(rank, text.title(), "Condition", spoken(text)) for rank, text in enumerate(texts, 1)
    ]


def scores(open_code: OpenCode, known: list[Name], *decided: Decided) -> dict[int, float]:
    found = candidates(open_code, known, by_word(known), decided)
    return {one.concept_id: one.score for one in found}


@pytest.mark.parametrize(
    ("source", "shared"),
    [("CIM10", 3), ("CCAM", 4), ("ATC", 5), ("NABM", 2), ("CSAR", 3), ("CSARR", 3), ("LPP", 3)],
)
def test_codes_of_one_category_are_neighbours(source: str, shared: int) -> None:
    """Categories: three characters in CIM-10, four letters in CCAM, the fifth level in ATC."""
    known = names("one", "two")
    asked = code("zzz", source, "ABCDEFG")
    near = Decided("ABCDEFG"[:shared].ljust(9, "-"), 1, "yyy")
    far = Decided("ABCDEFG"[: shared - 1].ljust(9, "-"), 2, "yyy")
    assert list(scores(asked, known, near, far)) == [1]
    assert scores(code("zzz", "OTHER", "ABCDEFG"), known, near) == {}


def test_a_neighbour_scores_by_shared_characters_and_half_of_its_label() -> None:
    """10, 6 for each of three characters, half of 100 for the same label; never above 100."""
    known = names("one", "two", "three")
    found = scores(
        code("same label", number="E119XYZ12"), known,
        Decided("E11-", 1, "label same"), Decided("E11+", 2, "zzz"),
        Decided("E119XYZ1", 3, spoken("same label")), Decided("E119XYZ12", 2, "zzz"),
    )  # fmt: skip
    assert found == {1: 78.0, 2: 28.0, 3: 100.0}
    assert list(found) == [3, 1, 2]


def test_the_best_of_two_neighbours_counts() -> None:
    known = names("one")
    near = [Decided("E11-", 1, "zzz"), Decided("E119-", 1, "zzz"), Decided("E11+", 1, "zzz")]
    assert scores(code("qqq"), known, *near) == {1: 34.0}


def test_names_alike_beat_a_weak_neighbour() -> None:
    known = names("heart failure", "other words")
    assert scores(code("heart failure"), known, Decided("E11-", 1, "zzz")) == {1: 100.0}


def test_ten_candidates_the_lowest_number_first_where_scores_are_equal() -> None:
    known = names(*["heart failure"] * 12)
    found = candidates(code("failure heart"), known, by_word(known), [])
    assert [one.concept_id for one in found] == list(range(1, 11))


def test_four_rarest_words_choose_what_is_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that shares the fifth word only is not looked at, whatever its score would be."""
    words = ["alpha", "bravo", "charly", "delta", "echo"]
    known = names(*words, "echo")
    monkeypatch.setattr(suggest, "FLOOR", 0)
    assert set(scores(code(" ".join(words)), known)) == {1, 2, 3, 4}


def test_the_floor_is_part_of_what_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    known = names("heart failure of both sides", "nothing else")
    (score,) = scores(code("heart failure"), known).values()
    for floor, is_shown in ((score - 1, True), (score + 1, False)):
        monkeypatch.setattr(suggest, "FLOOR", floor)
        assert bool(scores(code("heart failure"), known)) is is_shown
    monkeypatch.setattr(suggest, "_likeness", lambda one, other: 60.0)
    monkeypatch.setattr(suggest, "_shared", lambda *arguments: 20.0)
    for floor, is_shown in ((60, True), (61, False)):
        monkeypatch.setattr(suggest, "FLOOR", floor)
        assert bool(scores(code("heart failure"), known)) is is_shown


def test_the_better_synonym_gives_the_score() -> None:
    first, second = names("heart failure of the left side", "heart failure")
    one = [first, Name(1, "Heart Failure", "Condition", second.spoken)]
    assert scores(code("heart failure"), one) == {1: 100.0}
    assert scores(code("heart failure"), one[::-1]) == {1: 100.0}


def test_words_are_compared_by_six_letters_without_accents() -> None:
    """Two letters, signs and accents do not count."""
    assert spoken("Fibrinogène, dosage du 3") == spoken("FIBRINOGENE dosage")
    assert spoken("fibrinogen").startswith("fibrin")
    assert len(spoken("zzyzzyzzy")) == 6
    assert spoken("ab xyz") == "xyz"


def test_shared_words_weigh_by_their_rarity() -> None:
    """200 × shared weight, of both names' weights; unknown words of the code count for nothing."""

    def weight(word: str) -> float:
        return {"rare": 3.0, "often": 1.0}[word]

    assert suggest._shared(["rare", "often"], "rare often", weight) == 100.0
    assert suggest._shared(["rare"], "rare often", weight) == pytest.approx(200 * 3 / 7)
    assert suggest._shared(["often"], "rare", weight) == 0.0
    assert suggest._shared([], "", weight) == 0.0


def test_likeness_is_the_mean_of_words_in_common_and_all_words() -> None:
    assert suggest._likeness("heart failure", "failure heart") == 100.0
    assert 50 < suggest._likeness("heart", "heart failure") < 100.0


def test_the_best_candidate_becomes_a_line_to_look_at() -> None:
    known = names("heart failure", "heart failure acute")
    asked = code("heart failure", number="I50")
    found = {"I50": candidates(asked, known, by_word(known), [])}
    (row,) = suggestion_rows([asked, code("none", number="X")], found)
    assert (row["sourceCode"], row["conceptId"], row["matchScore"]) == ("I50", "1", "1.00")
    assert (row["mappingStatus"], row["equivalence"]) == ("AUTO_MAPPED", "UNREVIEWED")
    assert row["ADD_INFO:method"] == "lexical"
