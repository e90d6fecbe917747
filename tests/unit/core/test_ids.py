"""Ids are provenance: nothing overflows, everything decodes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.errors import SndsOmopError
from etl.ids import (
    MAX_CHUNK,
    MAX_LINE,
    MAX_TABLE,
    VARIANTS,
    RowAddress,
    cdm_id_range,
    decode_cdm_id,
    decode_row_id,
    first_row_id,
    whole_blocks,
)


@given(
    st.integers(1, MAX_TABLE), st.integers(0, MAX_CHUNK), st.integers(0, MAX_LINE),
    st.integers(0, VARIANTS - 1),
)  # fmt: skip
def test_an_id_names_the_place_of_its_row(table: int, chunk: int, line: int, variant: int) -> None:
    row_id = first_row_id(table, chunk) + line
    cdm_id = row_id * VARIANTS + variant
    assert cdm_id < 2**53, "a double must hold it exactly"
    assert int(float(cdm_id)) == cdm_id
    address, decoded = decode_cdm_id(cdm_id)
    assert (address.table_number, address.chunk, address.line) == (table, chunk, line)
    assert decoded == variant
    assert decode_row_id(row_id) == address
    first, last = cdm_id_range(row_id)
    assert first <= cdm_id <= last


@pytest.mark.parametrize(
    ("table", "chunk", "bound"),
    [
        (0, 0, "255"),
        (MAX_TABLE + 1, 0, "255"),
        (1, -1, "1099511627776"),
        (1, MAX_CHUNK + 1, "1099511627776"),
    ],
)
def test_a_number_that_does_not_fit_is_an_error(table: int, chunk: int, bound: str) -> None:
    with pytest.raises(SndsOmopError, match=rf"SO-208.*{bound}"):
        first_row_id(table, chunk)


def test_the_largest_numbers_fit() -> None:
    assert decode_row_id(first_row_id(255, 8191) + MAX_LINE) == RowAddress(255, 8191, 2**27 - 1)


@pytest.mark.parametrize(
    ("lines", "room"), [(0, 8192), (1, 8192), (8192, 8192), (8193, 16384), (16384, 16384)]
)
def test_files_take_whole_blocks(lines: int, room: int) -> None:
    assert whole_blocks(lines) == room
