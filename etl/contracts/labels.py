"""How a column of the SNDS is named for a reader, by its contract."""

from __future__ import annotations

from functools import cache

from etl.contracts.registry import contracts


def column_label(name: str, lang: str) -> str:
    """What a column of this name holds, in a language; "" for a name that no contract has.

    Some values of the CDM have no code of their own: their source value is the column that they
    come from (``AGE_GES``, ``POI_NAI``).
    """
    english, french = _labels().get(name, ("", ""))
    return french if lang == "fr" else english


@cache
def _labels() -> dict[str, tuple[str, str]]:
    """Column → its texts, of the first table in order of name that has both."""
    found: dict[str, tuple[str, str]] = {}
    for _, contract in sorted(contracts().items()):
        for column in contract.columns:
            if column.doc and column.doc_fr:
                found.setdefault(column.name, (column.doc, column.doc_fr))
    return found
