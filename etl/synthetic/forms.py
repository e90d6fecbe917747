"""Which form of an illness a case has: one diagnosis for its stays, its cover and its death."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from etl.synthetic.catalogue import read
from etl.synthetic.numbers import Array, age_at

if TYPE_CHECKING:
    from etl.synthetic.cases import Cases
    from etl.synthetic.content import Pathway
    from etl.synthetic.population import Persons
    from etl.synthetic.streams import Streams

#: Word of a pathway for the form of the case.
FORM = "form"
_OLDEST = 200


@cache
def _limits() -> dict[str, tuple[int, int, int]]:
    """By prefix of a diagnosis: sex (0: both), youngest and oldest age."""
    return {
        row["prefix"]: (
            int(row["sex"] or 0), int(row["age_from"] or 0), int(row["age_to"] or _OLDEST)
        )
        for row in read("diagnosis_limits").iter_rows(named=True)
    }  # fmt: skip


def suits(code: str, sex: Array, age: Array) -> Array:
    """Whether persons of this sex and age (whole years) may have the diagnosis."""
    known = [prefix for prefix in _limits() if code.startswith(prefix)]
    if not known:
        return np.ones(len(sex), dtype=bool)
    only, youngest, oldest = _limits()[max(known, key=len)]
    return np.asarray(((sex == only) | (only == 0)) & (age >= youngest) & (age <= oldest))


def drawn(choice: Mapping[str, float], sex: Array, age: Array, rng: np.random.Generator) -> Array:
    """A diagnosis of the list for each person, by weight, among those that suit; when none does,
    the last of the list."""
    codes = list(choice)
    weight = np.array([choice[code] for code in codes])
    fits = np.column_stack([suits(code, sex, age) for code in codes])
    cumulated = np.cumsum(weight * fits, axis=1)
    wanted = rng.random(len(sex))[:, None] * cumulated[:, -1:]
    place = np.minimum((cumulated <= wanted).sum(axis=1), len(codes) - 1)
    return np.asarray(np.array(codes, dtype=object)[place])


def forms_of(pathway: Pathway, cases: Cases, persons: Persons, streams: Streams) -> Array:
    """The form of each case; '' when the pathway has none. Asked twice, it gives the same. Of those
    who die of a cause that nothing explains yet, the form is that cause."""
    if pathway.onset.cause:
        return np.asarray(persons.cause[cases.person])
    if not pathway.forms or not len(cases):
        return np.full(len(cases), "", dtype=object)
    age = age_at(persons.birth[cases.person], cases.onset)
    rng = streams.rng(f"form {pathway.id}")
    return drawn(pathway.forms, persons.sex[cases.person], age, rng)


def named(codes: Array | Sequence[str], forms: Array) -> Array:
    """Codes, the word ``form`` replaced by the form of each row."""
    codes = np.asarray(codes, dtype=object)
    return np.where(codes == FORM, forms, codes)
