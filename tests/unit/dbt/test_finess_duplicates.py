"""The doubled FINESS numbers of R30d: how many are there each year, and none mistyped."""

from __future__ import annotations

import csv
from collections import Counter

import pytest

from etl.resources import mappings_dir

with (mappings_dir() / "exceptions/finess_duplicates.csv").open(encoding="utf-8") as _file:
    NUMBERS = list(csv.DictReader(_file))


# HDH, activite_en_double: Lyon since 2010, one of its numbers until 2014; one of Paris until 2016;
# another of Paris in 2005 only.
@pytest.mark.parametrize(
    ("year", "marseille", "lyon", "paris"),
    [(2004, 0, 0, 0), (2005, 5, 0, 36), (2009, 5, 0, 35), (2010, 5, 6, 35), (2014, 5, 6, 35),
     (2015, 5, 5, 35), (2016, 5, 5, 35), (2017, 5, 5, 34), (2018, 0, 0, 0)],
)  # fmt: skip
def test_numbers_of_each_year(year: int, marseille: int, lyon: int, paris: int) -> None:
    found = Counter(
        row["hospital_group"]
        for row in NUMBERS
        if int(row["first_year"]) <= year <= int(row["last_year"])
    )
    assert (found["AP-HM"], found["HCL"], found["AP-HP"]) == (marseille, lyon, paris)


def test_the_ninth_digit_is_that_of_the_others() -> None:
    """Luhn's sum of a FINESS number is a multiple of ten."""
    for row in NUMBERS:
        digits = [int(digit) for digit in row["ETA_NUM"]]
        doubled = [2 * digit - 9 * (digit > 4) for digit in digits[-2::-2]]
        assert len(digits) == 9
        assert (sum(digits[::-2]) + sum(doubled)) % 10 == 0, row["ETA_NUM"]
