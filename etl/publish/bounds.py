"""How tightly a reader who solves all relations together can bound a hidden cell.

Each hidden cell must stay possible over an interval. The solver is asked for numbers that a reader
cannot distinguish from the exact ones; each answer widens what is possible for many cells at once,
so that few programs are solved. Method: the audit of Fischetti and Salazar (2003), with HiGHS.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array, vstack

from etl.publish.relations import Name, Relation

_TOLERANCE = 1e-6
LARGE = 1e9
"""A bound that is none."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a reader knows of one cell without any relation."""

    exact: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Interval:
    """What is possible for one cell."""

    low: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low


def exposed(
    relations: Sequence[Relation], known: Mapping[Name, Known], needed: Mapping[Name, float]
) -> dict[Name, Interval]:
    """Hidden cells that a reader bounds more tightly than allowed, with the bounds.

    Args:
        relations: all that tie the cells.
        known: bounds of every cell by itself; exact values satisfy every relation.
        needed: hidden cells to protect → width that must stay possible.
    """
    # First with every shown cell at its exact value: small systems, in which most are safe.
    fixed = {
        name: one if one.high >= LARGE else Known(one.exact, one.exact, one.exact)
        for name, one in known.items()
    }
    waiting = dict(needed)
    found: dict[Name, Interval] = {}
    for bounds, is_last in ((fixed, False), (known, True)):
        found = {}
        for system in _systems(relations, bounds, waiting):
            found |= system.exposed(one_by_one=is_last)
        waiting = {name: needed[name] for name in found}
    return found


def _systems(
    relations: Sequence[Relation], known: Mapping[Name, Known], needed: Mapping[Name, float]
) -> Iterator[_System]:
    """Parts that share no cell which could differ, those with a cell to protect."""
    free = {name for name, one in known.items() if one.high > one.low}
    parent: dict[Name, Name] = {}

    def root(name: Name) -> Name:
        while (above := parent.setdefault(name, name)) != name:
            parent[name] = parent[above]
            name = above
        return name

    tied = [(one, [name for _, name in one.terms if name in free]) for one in relations]
    for _, names in tied:
        for name in names:
            parent[root(name)] = root(names[0])
    parts: dict[Name, list[Relation]] = defaultdict(list)
    for one, names in tied:
        if names:
            parts[root(names[0])].append(one)
    targets: dict[Name, dict[Name, float]] = defaultdict(dict)
    for name, width in needed.items():
        if name in parent:
            targets[root(name)][name] = width
    for top, those in targets.items():
        yield _System(parts[top], known, those)


class _System:
    """Relations that hang together, as a linear program."""

    def __init__(
        self,
        relations: Sequence[Relation],
        known: Mapping[Name, Known],
        needed: Mapping[Name, float],
    ) -> None:
        self.names = sorted({name for one in relations for _, name in one.terms})
        self.place = {name: number for number, name in enumerate(self.names)}
        self.exact = np.array([known[name].exact for name in self.names])
        self.bounds = np.array([(known[name].low, known[name].high) for name in self.names])
        self.needed = needed
        self.low = np.array(self.exact)
        self.high = np.array(self.exact)
        self.equal = self._matrix([one for one in relations if one.is_equal])
        self.less = self._matrix([one for one in relations if not one.is_equal])

    def _matrix(self, relations: Sequence[Relation]) -> csr_array:
        entries = [
            (line, self.place[name], weight)
            for line, one in enumerate(relations)
            for weight, name in one.terms
        ]
        lines, columns, weights = zip(*entries, strict=True) if entries else ((), (), ())
        shape = (len(relations), len(self.names))
        return coo_array((weights, (lines, columns)), shape=shape).tocsr()

    def exposed(self, *, one_by_one: bool) -> dict[Name, Interval]:
        """Cells that could not be moved far enough: together, then each for itself."""
        waiting = self._unproved(self.needed)
        sign, idle = 1.0, 0
        while waiting and idle < 2:
            self._push(waiting, sign)
            left = self._unproved(waiting)
            idle = idle + 1 if len(left) == len(waiting) else 0
            waiting, sign = left, -sign
        for name in list(waiting) if one_by_one else ():
            for sign in (1.0, -1.0):
                if alone := self._unproved({name: self.needed[name]}):
                    self._push(alone, sign)
        return {
            name: Interval(float(self.low[place]), float(self.high[place]))
            for name in self._unproved(waiting)
            for place in [self.place[name]]
        }

    def _unproved(self, waiting: Mapping[Name, float]) -> dict[Name, float]:
        width = self.high - self.low
        return {
            name: needed
            for name, needed in waiting.items()
            if width[self.place[name]] < needed - _TOLERANCE
        }

    def _push(self, waiting: Mapping[Name, float], sign: float) -> None:
        """Move all waiting cells one way together, each as far as it needs."""
        count, cells = len(waiting), len(self.names)
        places = [self.place[name] for name in waiting]
        # Each has a helper: helper <= sign * (cell - exact), and at most what is needed.
        rows = np.arange(count)
        helped = coo_array(
            (
                np.concatenate([np.full(count, -sign), np.ones(count)]),
                (np.concatenate([rows, rows]), np.concatenate([places, cells + rows])),
            ),
            shape=(count, cells + count),
        )
        less = vstack([_wider(self.less, count), helped], format="csr")
        equal = _wider(self.equal, count)
        helpers = np.array([(0.0, width) for width in waiting.values()])
        solved = linprog(
            np.concatenate([np.zeros(cells), -np.ones(count)]),
            A_ub=less,
            b_ub=np.concatenate([np.zeros(self.less.shape[0]), -sign * self.exact[places]]),
            A_eq=equal if equal.shape[0] else None,
            b_eq=np.zeros(equal.shape[0]) if equal.shape[0] else None,
            bounds=np.concatenate([self.bounds, helpers]),
            method="highs",
        )
        # Without an answer nothing is proved: the cell counts as exposed.
        if solved.status == 0:
            possible = solved.x[:cells]
            self.low = np.minimum(self.low, possible)
            self.high = np.maximum(self.high, possible)


def _wider(matrix: csr_array, columns: int) -> csr_array:
    """The matrix with further columns of zeros."""
    lines, width = matrix.shape
    return csr_array((matrix.data, matrix.indices, matrix.indptr), shape=(lines, width + columns))
