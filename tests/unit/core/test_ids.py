"""Ids are provenance: nothing overflows, everything decodes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.ids import (
    MAX_CHUNK,
    MAX_LINE,
    MAX_TABLE,
    VARIANTS,
    cdm_id_range,
    decode_cdm_id,
    decode_row_id,
    first_row_id,
)


@given(
    st.integers(1, MAX_TABLE), st.integers(0, MAX_CHUNK), st.integers(0, MAX_LINE),
    st.integers(0, VARIANTS - 1),
)  # fmt: skip
def test_an_id_says_where_its_row_stands(table: int, chunk: int, line: int, variant: int) -> None:
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
    ("table", "chunk"), [(0, 0), (MAX_TABLE + 1, 0), (1, -1), (1, MAX_CHUNK + 1)]
)
def test_a_number_that_does_not_fit_is_an_error(table: int, chunk: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        first_row_id(table, chunk)
