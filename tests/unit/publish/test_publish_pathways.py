"""Sequences of treatments as a tree whose small branches stay hidden."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from etl.publish.cells import Family, Key, Rule
from etl.publish.control import Shown, control
from etl.publish.memory import Remembered
from etl.publish.pathways import AND_SO_ON, NOTHING, SEPARATOR, picture, tree
from etl.publish.pathways_page import LANGUAGES, page
from etl.publish.protection import Sum, protect
from tests.unit.publish.test_publish_protection import MINIMUM, attack

FOUND = {
    NOTHING: 40,
    "metformin": 30,
    "metformin → aspirin": 4,
    "metformin → aspirin → insulin": 9,
    "metformin → statin": 2,
    "insulin": 3,
}


def test_beginnings_hold_what_begins_so() -> None:
    counts, lines = tree(FOUND)
    assert counts["metformin → …"] == 45
    assert counts["metformin → aspirin → …"] == 13
    assert {name: counts[name] for name in FOUND} == FOUND
    assert f"{NOTHING}{SEPARATOR}{AND_SO_ON}" not in counts
    everybody = {AND_SO_ON: sum(FOUND.values())}
    for total, parts in lines:
        assert {**counts, **everybody}[total] == sum(counts[part] for part in parts)
    assert {part for _, parts in lines for part in parts} == counts.keys()


@pytest.mark.parametrize("seed", range(8))
def test_an_attacker_recovers_no_hidden_branch(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    drugs = "abcd"
    found = {NOTHING: chance.randint(1, 60)}
    for _ in range(25):
        steps = chance.sample(drugs, chance.randint(1, 3))
        found[SEPARATOR.join(steps)] = int(chance.expovariate(1 / 15)) + 1
    counts, lines = tree(found)
    counts[AND_SO_ON] = sum(found.values())
    sums: list[Any] = [Sum(total, parts) for total, parts in lines]
    shown = protect(counts, sums, MINIMUM).shown
    hidden = [name for name in counts if name not in shown]
    bounds: dict[Any, Any] = attack([*counts], dict(shown), sums, hidden)  # type: ignore[arg-type, list-item]
    assert hidden
    assert all(low < high for low, high in bounds.values())


def test_picture_shows_each_beginning_before_what_it_holds() -> None:
    drawn = picture("a < b", {NOTHING: 40, "metformin → …": 50, "metformin": 30, "insulin": 20})
    assert "a &lt; b" in drawn
    places = [drawn.index(f">{text}</text>") for text in ("50", "30", "40", "20")]
    assert places == sorted(places)
    assert "<script" not in drawn


TITLES = {"diabetes": {"en": "Type 2 <diabetes>", "fr": "Diabète de type 2"}}


def controlled(memory: dict[tuple[str, Key], tuple[Remembered, ...]] | None = None) -> Shown:
    counts, lines = tree(FOUND)
    cells: dict[Key, int] = {("pathway", "diabetes", name): n for name, n in counts.items()}
    cells["cohort", "diabetes"] = sum(FOUND.values())
    cells["cohort", "rare"] = 4
    sums = tuple(
        Sum(
            ("cohort", "diabetes") if total == AND_SO_ON else ("pathway", "diabetes", total),
            tuple(("pathway", "diabetes", part) for part in parts),
        )
        for total, parts in lines
    )
    return control(Family.of_persons("cohorts", cells, sums), memory or {}, Rule(MINIMUM), "two")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_page_has_the_numbers_that_may_leave_and_no_other(lang: str) -> None:
    part = controlled()
    html = page(part, TITLES, lang, "20230901-c8bba348", MINIMUM, 10)
    body = html.partition("<body>")[2]
    alone = [int(number) for number in re.findall(r">\s*(\d+)\s*<", body)]
    assert sorted(alone) == sorted(part.counts.values())
    # Insulin alone has 3 persons, statin 2: their names do not appear either.
    assert "statin" not in body and "insulin" not in body
    assert "metformin" in body
    assert TITLES["diabetes"][lang].replace("<", "&lt;").replace(">", "&gt;") in body
    assert "<script" not in html and "http" not in html


def test_page_has_a_place_for_a_cohort_that_is_hidden() -> None:
    html = page(controlled(), TITLES, "en", "one", MINIMUM, 10)
    rare = html[html.index('<section id="rare">') :]
    assert "The number of persons is hidden or zero." in rare
    assert not re.search(r">\s*4\s*<", html)


def test_page_names_the_release_of_a_former_value() -> None:
    key = ("pathway", "diabetes", "metformin")
    known = {("cohorts", key): (Remembered("one", 31, 31, 40),)}
    html = page(controlled(known), TITLES, "fr", "two", MINIMUM, 10)
    row = next(row for row in html.split("<tr") if ">40<" in row)
    assert "<td>metformin</td>" in row and "(valeur de la version one)" in row
