"""Identifiers that say where a row came from (DESIGN §6).

``_row_id`` packs **table (7 bits) · file chunk (13 bits) · line (28 bits)**; a CDM id is
``_row_id × 32 + variant``. At most 53 bits in all, so a double (R, JavaScript) holds it exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

TABLE_BITS = 7
CHUNK_BITS = 13
LINE_BITS = 28
VARIANTS = 32

MAX_TABLE = (1 << TABLE_BITS) - 1
MAX_CHUNK = (1 << CHUNK_BITS) - 1
MAX_LINE = (1 << LINE_BITS) - 1


@dataclass(frozen=True, slots=True)
class RowAddress:
    """Where a source row stands: contract number, chunk number and line within the chunk."""

    table_number: int
    chunk: int
    line: int


def first_row_id(table_number: int, chunk: int) -> int:
    """Row id of line 0 of a chunk; add the line number to get a row's id.

    Raises:
        ValueError: a number does not fit its bits (an overflow would name another row).
    """
    if not 1 <= table_number <= MAX_TABLE:
        raise ValueError(f"table number {table_number} is outside 1..{MAX_TABLE}")
    if not 0 <= chunk <= MAX_CHUNK:
        raise ValueError(f"chunk number {chunk} is outside 0..{MAX_CHUNK}")
    return (table_number << (CHUNK_BITS + LINE_BITS)) | (chunk << LINE_BITS)


def decode_row_id(row_id: int) -> RowAddress:
    """Split a ``_row_id`` into its table, chunk and line."""
    return RowAddress(
        table_number=row_id >> (CHUNK_BITS + LINE_BITS),
        chunk=(row_id >> LINE_BITS) & MAX_CHUNK,
        line=row_id & MAX_LINE,
    )


def decode_cdm_id(cdm_id: int) -> tuple[RowAddress, int]:
    """Split a CDM id into the address of its source row and its variant (0..31)."""
    return decode_row_id(cdm_id // VARIANTS), cdm_id % VARIANTS


def cdm_id_range(row_id: int) -> tuple[int, int]:
    """First and last CDM id that a source row can give, both included."""
    return row_id * VARIANTS, row_id * VARIANTS + VARIANTS - 1
