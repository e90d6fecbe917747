"""The lives of one block: who is born, falls ill of what, and dies when."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from etl.synthetic import mortality
from etl.synthetic.cases import Cases, cases_of
from etl.synthetic.content import Pathway, pathways
from etl.synthetic.numbers import NEVER, Array
from etl.synthetic.options import Options
from etl.synthetic.population import Persons, people
from etl.synthetic.streams import Streams
from etl.synthetic.world import World

Known = list[tuple[Pathway, Cases]]


def lives(streams: Streams, options: Options, world: World) -> tuple[Persons, Known]:
    """Persons of a block and the cases of each pathway, those of the dying last."""
    persons = people(streams, options, world)
    known = [
        (one, cases_of(one, persons, streams, options))
        for one in pathways()
        if one.onset.driver != "dying"
    ]
    known = _in_order(known, len(persons))
    mortality.take_lives(persons, known, streams, options)
    known += [
        (one, cases_of(one, persons, streams, options))
        for one in pathways()
        if one.onset.driver == "dying"
    ]
    return persons, known


def first_days(known: Sequence[tuple[Pathway, Cases]], count: int) -> dict[str, Array]:
    """By pathway, the first onset of each of ``count`` persons; NEVER for those not in it."""
    days = {}
    for pathway, cases in known:
        days[pathway.id] = np.full(count, NEVER, dtype=np.int64)
        np.minimum.at(days[pathway.id], cases.person, cases.onset)
    return days


def _in_order(known: Known, count: int) -> Known:
    """Cases without those that come before what they exclude (`never_before`)."""
    onsets = first_days(known, count)
    kept = []
    for pathway, cases in known:
        stays = np.ones(len(cases), dtype=bool)
        for other in pathway.never_before:
            later = onsets[other][cases.person]
            stays &= (later == NEVER) | (later < cases.onset)
        kept.append((pathway, Cases(cases.person[stays], cases.onset[stays])))
    return kept
