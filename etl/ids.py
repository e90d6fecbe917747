"""Identifiers that record where a row came from (DESIGN §6).

``_row_id`` packs **table (8 bits) · file chunk (13 bits) · line (27 bits)**; a CDM id is
``_row_id × 32 + variant``. At most 53 bits in all, so a double (R, JavaScript) holds it exactly.

The lines of a table's files follow one another over its chunks: a file begins at a *position*, the
next multiple of a block, so that small files share a chunk and a long one continues in the next.
"""

from __future__ import annotations

from dataclasses import dataclass

from etl.errors import SndsOmopError

TABLE_BITS = 8
CHUNK_BITS = 13
LINE_BITS = 27
POSITION_BITS = CHUNK_BITS + LINE_BITS
VARIANTS = 32

MAX_TABLE = (1 << TABLE_BITS) - 1
MAX_CHUNK = (1 << CHUNK_BITS) - 1
MAX_LINE = (1 << LINE_BITS) - 1
MAX_POSITION = (1 << POSITION_BITS) - 1

BLOCK_BITS = 13
BLOCK = 1 << BLOCK_BITS
"""Files begin at multiples of so many lines: the block of a row id names its file."""

FIRST_POSITION = 1 << LINE_BITS
"""Of a table's first file: chunk 0 is not used."""


@dataclass(frozen=True, slots=True)
class RowAddress:
    """Where a source row stands: contract number, chunk number and line within the chunk."""

    table_number: int
    chunk: int
    line: int

    @property
    def position(self) -> int:
        return (self.chunk << LINE_BITS) | self.line


def row_id_at(table_number: int, position: int) -> int:
    """Row id of a position of a table; add the line number to get the id of a file's row.

    Raises:
        SndsOmopError: SO-208, a number does not fit its bits (it would name another row).
    """
    if not 1 <= table_number <= MAX_TABLE:
        raise SndsOmopError(
            "SO-208",
            f"table number {table_number} is outside 1 to {MAX_TABLE}",
            f"le numéro de table {table_number} est hors de 1 à {MAX_TABLE}",
        )
    if not 0 <= position <= MAX_POSITION:
        raise SndsOmopError(
            "SO-208",
            f"a table holds {MAX_POSITION + 1} lines",
            f"une table contient {MAX_POSITION + 1} lignes",
        )
    return (table_number << POSITION_BITS) | position


def first_row_id(table_number: int, chunk: int) -> int:
    """Row id of line 0 of a chunk.

    Raises:
        SndsOmopError: SO-208, as :func:`row_id_at`.
    """
    return row_id_at(table_number, chunk << LINE_BITS)


def decode_row_id(row_id: int) -> RowAddress:
    """Split a ``_row_id`` into its table, chunk and line."""
    return RowAddress(
        table_number=row_id >> POSITION_BITS,
        chunk=(row_id >> LINE_BITS) & MAX_CHUNK,
        line=row_id & MAX_LINE,
    )


def decode_cdm_id(cdm_id: int) -> tuple[RowAddress, int]:
    """Split a CDM id into the address of its source row and its variant (0..31)."""
    return decode_row_id(cdm_id // VARIANTS), cdm_id % VARIANTS


def cdm_id_range(row_id: int) -> tuple[int, int]:
    """First and last CDM id that a source row can give, both included."""
    return row_id * VARIANTS, row_id * VARIANTS + VARIANTS - 1


def whole_blocks(lines: int) -> int:
    """Lines of the blocks that hold so many lines, one block at least."""
    return max(1, -(-lines // BLOCK)) * BLOCK
