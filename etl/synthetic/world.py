"""Places, providers and hospitals: the same for all blocks of a run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import polars as pl

from etl.synthetic.catalogue import read
from etl.synthetic.numbers import Array

#: Kinds of hospital: its letter stands in the synthetic FINESS.
PUBLIC, PRIVATE, REHABILITATION, HOME, PSYCHIATRY, CENTRE = range(6)
_HOSPITAL_LABELS = (
    ("CENTRE HOSPITALIER DE SYNTHESE", 355),
    ("CLINIQUE DE SYNTHESE", 128),
    ("CENTRE DE READAPTATION DE SYNTHESE", 109),
    ("HAD DE SYNTHESE", 127),
    ("CENTRE PSYCHIATRIQUE DE SYNTHESE", 292),
    ("CENTRE DE SANTE DE SYNTHESE", 439),
)
_PERSONS_PER_HOSPITAL = (60_000, 90_000, 120_000, 300_000, 150_000, 60_000)


def finess_key(finess8: str) -> str:
    """Ninth character of a FINESS: Luhn, Corsican letters read as 1 and 2 (R28)."""
    digits = [int({"A": "1", "B": "2"}.get(letter, letter)) for letter in finess8]
    total = 0
    for position, digit in enumerate(reversed(digits)):
        doubled = digit * 2 if position % 2 == 0 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return str((10 - total % 10) % 10)


@dataclass(frozen=True)
class World:
    """``persons`` sets how many providers there are; everything else is fixed."""

    persons: int

    @cached_property
    def communes(self) -> pl.DataFrame:
        """insee, department (number), pmsi_department, postal, weight."""
        return read("communes").with_columns(pl.col("weight").cast(pl.Float64))

    @cached_property
    def departments(self) -> list[str]:
        return self.communes["department"].unique(maintain_order=True).to_list()

    @cached_property
    def commune_department(self) -> Array:
        """Department number of each commune."""
        places = {name: number for number, name in enumerate(self.departments)}
        return np.array([places[name] for name in self.communes["department"]], dtype=np.int32)

    @cached_property
    def commune_weight(self) -> Array:
        weight = self.communes["weight"].to_numpy()
        return np.asarray(weight / weight.sum())

    def _share(self, department: int) -> float:
        return float(self.commune_weight[self.commune_department == department].sum())

    @cached_property
    def types(self) -> dict[str, int]:
        """Number of each type of provider."""
        return {name: number for number, name in enumerate(read("provider_types")["type"])}

    @cached_property
    def providers(self) -> pl.DataFrame:
        """One row per liberal provider: number (PFS_PFS_NUM), type, speciality, activity, place."""
        types = read("provider_types")
        rows: list[tuple[str, int, int, int, int]] = []
        sequence: dict[str, int] = {}
        for place, department in enumerate(self.departments):
            for kind, (_, speciality, activity, digit, ratio, _) in enumerate(types.iter_rows()):
                count = max(1, round(self.persons * self._share(place) / int(ratio)))
                prefix = {"2A": "20", "2B": "20"}.get(department, department[:2]) + digit
                for _ in range(count):
                    sequence[prefix] = sequence.get(prefix, 0) + 1
                    number = f"{prefix}{sequence[prefix]:05d}"
                    rows.append((number, kind, int(speciality), int(activity), place))
        columns = ["number", "type", "speciality", "activity", "place"]
        return pl.DataFrame(rows, schema=columns, orient="row")

    @cached_property
    def _provider_base(self) -> tuple[Array, Array]:
        """First provider and count of providers, by place and type."""
        shape = (len(self.departments), len(self.types))
        code = self.providers["place"].to_numpy() * shape[1] + self.providers["type"].to_numpy()
        count = np.bincount(code, minlength=shape[0] * shape[1])
        first = np.concatenate([[0], np.cumsum(count)[:-1]])
        return first.reshape(shape), count.reshape(shape)

    def pick_provider(self, place: Array, kind: Array, anchor: Array) -> Array:
        """A provider of the kind in the place, always the same for the same anchor."""
        first, count = self._provider_base
        spread = (anchor.astype(np.int64) * 2_654_435_761 + kind * 97) % 1_000_003
        return np.asarray(first[place, kind] + spread % count[place, kind])

    @cached_property
    def hospitals(self) -> pl.DataFrame:
        """One row per hospital: finess9, finess8, kind, category, place, label."""
        rows: list[tuple[str, str, int, int, int, str]] = []
        for place, department in enumerate(self.departments):
            prefix = department if department[:2] != "97" else "97"
            for kind, (label, category) in enumerate(_HOSPITAL_LABELS):
                ratio = _PERSONS_PER_HOSPITAL[kind]
                count = max(1, round(self.persons * self._share(place) / ratio))
                for rank in range(min(count, 90)):
                    # Corsican numbers have zeros after their department.
                    where = 0 if prefix in ("2A", "2B") else place % 100
                    tail = f"{where:02d}{kind}{rank:02d}"
                    finess8 = f"{prefix}0{tail}"
                    name = f"{label} {department}-{rank + 1}"
                    rows.append(
                        (finess8 + finess_key(finess8), finess8, kind, category, place, name)
                    )
        columns = ["finess9", "finess8", "kind", "category", "place", "label"]
        return pl.DataFrame(rows, schema=columns, orient="row")

    @cached_property
    def _hospital_base(self) -> tuple[Array, Array]:
        shape = (len(self.departments), len(_HOSPITAL_LABELS))
        code = self.hospitals["place"].to_numpy() * shape[1] + self.hospitals["kind"].to_numpy()
        count = np.bincount(code, minlength=shape[0] * shape[1])
        first = np.concatenate([[0], np.cumsum(count)[:-1]])
        return first.reshape(shape), count.reshape(shape)

    def pick_hospital(self, place: Array, kind: Array, anchor: Array) -> Array:
        """A hospital of the kind in the place, always the same for the same anchor."""
        first, count = self._hospital_base
        spread = (anchor.astype(np.int64) * 40_503 + 11) % 1_000_003
        return np.asarray(first[place, kind] + spread % count[place, kind])


@cache
def world_of(persons: int) -> World:
    """The world of a run, built once a process."""
    return World(persons)
