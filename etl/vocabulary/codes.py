"""One written form per code, so that joins need no thought (terminology §1)."""

from __future__ import annotations

import re

_BLANKS = re.compile(r"[\s.†*]")
_DIGITS = {"NABM": 4, "UCD": 7, "LPP": 7, "CIP7": 7, "CIP13": 13}
# 3400 is France's prefix for drug presentations, 9 marks the seven-digit CIP inside.
CIP13_PREFIX = "34009"
# the same prefix, and 8 for the seven-digit UCD inside
UCD13_PREFIX = "34008"


def normalise(source_vocabulary: str, code: str) -> str:
    """The form of a code in code_map: upper case, no dot, no blank, zeros in front.

    UCD codes of the SNDS are padded to 13 digits, LPP codes to 13: the last seven count; a UCD13
    holds its seven digits between a prefix and a key. A vaccine of VAC-SI has no code: its name
    stands for one, words one blank apart.
    """
    if source_vocabulary == "INJ_VAC_NOM":
        return " ".join(code.upper().split())
    text = _BLANKS.sub("", code).upper()
    width = _DIGITS.get(source_vocabulary)
    if width is None or not text.isdigit():
        return text
    if source_vocabulary == "UCD" and len(text) == 13 and text.startswith(UCD13_PREFIX):
        return text[5:12]
    significant = text.lstrip("0") if source_vocabulary in ("UCD", "LPP", "NABM") else text
    return significant.zfill(width)


def concept_code(source_vocabulary: str, code: str) -> str:
    """The form of a normalised code in CONCEPT: CIM-10 takes its dot back, as in Athena."""
    if source_vocabulary == "CIM10" and len(code) > 3 and code[3] != "+":
        return f"{code[:3]}.{code[3:]}"
    return code


def cip7(cip13: str) -> str | None:
    """The CIP7 inside a CIP13; None when the prefix is not that of a drug presentation."""
    if len(cip13) == 13 and cip13.startswith(CIP13_PREFIX):
        return cip13[5:12]
    return None


def cip13(code7: str) -> str:
    """The CIP13 of a CIP7: prefix, seven digits and the EAN-13 key."""
    body = f"{CIP13_PREFIX}{code7}"
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return f"{body}{-weighted % 10}"


def cip13_sql(column: str) -> str:
    """The same key in SQL, for a column of seven-digit texts."""
    body = f"('{CIP13_PREFIX}' || {column})"
    weighted = " + ".join(
        f"cast(substr({body}, {place + 1}, 1) as integer) * {3 if place % 2 else 1}"
        for place in range(12)
    )
    return f"{body} || cast((10 - ({weighted}) % 10) % 10 as varchar)"
