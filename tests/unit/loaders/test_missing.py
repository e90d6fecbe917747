"""Words for a missing value, and numbers that identify no person."""

from __future__ import annotations

import polars as pl
import pytest

from etl.contracts.models import Column, ColumnType
from etl.loaders.missing import NUMBERS, without_words


def read(
    name: str, values: list[str], kind: ColumnType = "code", words: tuple[str, ...] = ()
) -> tuple[list[str | None], int]:
    column = Column(name=name, type=kind, words=words)
    rows, found = without_words(pl.DataFrame({name: values}), {name: column})
    return rows[name].to_list(), found.get(name, 0)


@pytest.mark.parametrize(
    "word", ["NA", "na", "N/A", "#N/A", ".", "?", "??", "-", "NR", "nr", "missing", "Missing",
             "NULL", "(null)", "None", "NaN", "\\N", "<NA>"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["code", "text", "date", "decimal"])
def test_a_word_for_a_missing_value_is_none(word: str, kind: ColumnType) -> None:
    assert read("ASS_DGN", ["I10", word], kind) == (["I10", None], 1)


@pytest.mark.parametrize("code", ["N189", "NAQK015", "NR1", "N", "NC", "ND", "0", "-1", "XX"])
def test_other_codes_stay(code: str) -> None:
    assert read("ASS_DGN", [code]) == ([code], 0)


def test_a_contract_may_name_a_word_that_is_a_code() -> None:
    assert read("PSE_SPE_COD", ["NR"], words=("NR",)) == (["NR"], 0)


@pytest.mark.parametrize(
    "filler", ["0", "-1", "99", "XXXXXXXXXXXXXXXXX", "00000000000000000", "INCONNU", "unknown"]
)
@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_a_filler_is_no_number(name: str, filler: str) -> None:
    real = "UALPHAqqqqqqqqqqq"
    assert read(name, [real, filler, filler]) == ([real, None, None], 2)


@pytest.mark.parametrize("number", ["ENR-ANO1", "XXXXXXXXXXXXXXXXD", "001", "AAB"])
def test_other_numbers_stay(number: str) -> None:
    assert read("BEN_NIR_ANO", [number]) == ([number], 0)
