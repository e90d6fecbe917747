"""Words that stand for a missing value, and numbers that identify no person."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from etl.contracts.models import Column

_PLAIN = (".", "-", "?", "??", "#N/A", "#N/D", "(null)", "(NULL)", "(Null)", "<NA>", "NaT", r"\N")
_LETTERS = ("NA", "N/A", "NR", "NULL", "None", "NaN", "Missing")
#: Words that programs and people write for a missing value; no code list of the SNDS holds them,
#: but for the exceptions that a contract names.
MISSING_WORDS = frozenset((*_PLAIN, *(f(w) for w in _LETTERS for f in (str, str.lower)))) | {
    "NONE", "NAN", "Null", "MISSING",
}  # fmt: skip

#: A person's own number, their mother's or spouse's: encrypted, 17 characters. Where none is known
#: a tool may write 0, -1, XXXX or a word, and strangers would be one person.
NUMBERS = frozenset(("BEN_NIR_ANO", "BEN_IDT_ANO", "ASS_NIR_ANO", "CTO_IDT_ANO", "NIR_ANO_MAM"))
_NO_NUMBER = ("inconnu", "inconnue", "unknown", "absent", "vide", "aucun", "sans objet")
_FILLERS = tuple("09Xx*#-_.?")  # alone or repeated, but for one 9 or one X


def without_words(
    rows: pl.DataFrame, columns: Mapping[str, Column]
) -> tuple[pl.DataFrame, dict[str, int]]:
    """NULL for what stands for a missing value, whatever the type of its column.

    Args:
        rows: values as text, or already of their type (left alone).
        columns: those of the contract, by name.

    Returns:
        The rows, and the number of such values by column.
    """
    texts = [name for name, dtype in rows.schema.items() if dtype == pl.String]
    if not texts or rows.is_empty():
        return rows, {}
    stands = {name: _stands_for_nothing(columns[name]).fill_null(value=False) for name in texts}
    counts = rows.select(one.sum().alias(name) for name, one in stands.items()).row(0, named=True)
    found = {name: n for name, n in counts.items() if n}
    return rows.with_columns(pl.when(~stands[n]).then(pl.col(n)).alias(n) for n in found), found


def _stands_for_nothing(column: Column) -> pl.Expr:
    text = pl.col(column.name)
    word = text.is_in(sorted(MISSING_WORDS - {*column.words}))
    if column.name not in NUMBERS:
        return word
    first = text.str.head(1)
    repeated = (text.str.strip_chars(first) == "") & first.is_in(_FILLERS)
    single = text.str.contains("^[9Xx]$")
    negative = text.str.contains(r"^-\d+$")
    return word | (repeated & ~single) | negative | text.str.to_lowercase().is_in(_NO_NUMBER)
