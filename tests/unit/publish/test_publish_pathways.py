"""Sequences of treatments as a tree whose small branches stay hidden."""

from __future__ import annotations

import random
from typing import Any

import pytest

from etl.publish.pathways import AND_SO_ON, NOTHING, SEPARATOR, picture, tree
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
