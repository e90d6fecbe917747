"""Lines of a text file that repeat its header or underline it: they are no rows.

The fast way (:mod:`etl.loaders.lines`) and the exact one (:mod:`etl.loaders.quoted`) ask the same
functions, on the same text of one line, so that they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Positions = npt.NDArray[np.int64]

# Two or three words of a short header may stand in a line by chance, names such as BEN_NIR_PSA not.
_MOST = 4
_NAMED = 2
_LOWER = 0x20
_PREFIX = 3
#: What may stand before the first name of a header: blanks of any width in UTF-8 or cp1252, a
#: byte-order mark, a quote.
_BLANKS = "\u00a0\u1680\u202f\u205f\u3000\ufeff".encode()
_BEFORE = bytes({*b' \t\r\v\f\x1c\x1d\x1e\x1f"\xa0', *_BLANKS})
# Most lines begin with none or one of them; those with more than this are looked at one by one.
_AT_ONCE = 32
_DASH = ord("-")
_MARK_MISREAD = "\ufeff".encode().decode("latin-1")  # the mark of UTF-8 in a one-byte encoding


def names_of(line: str, separator: str) -> tuple[str, ...]:
    """Names of a line that may be a header: without mark, quotes, blanks or case."""
    bare = line.removeprefix("\ufeff").removeprefix(_MARK_MISREAD)
    fields = bare.split(separator)
    return tuple(field.strip().strip('"').strip().upper() for field in fields)


def is_header(names: tuple[str, ...], known: tuple[str, ...]) -> bool:
    """True when most columns of a header stand in a line, whatever their order."""
    wanted = {*known} - {""}
    shared = {*names} & wanted
    enough = len(shared) >= _MOST or sum("_" in name for name in shared) >= _NAMED
    return len(shared) == len(wanted) or (enough and 2 * len(shared) > len(wanted))


def header_again(line: str, known: tuple[str, ...], separator: str) -> tuple[str, ...] | None:
    """Names of a line that is the header over again, in any case and order; else None.

    So that millions of lines need no closer look, it must begin as a name of the header does, or
    hold the underscores of half of them.

    Args:
        line: without its end.
        known: names of the header, as :func:`names_of` gives them.
    """
    names = names_of(line, separator)
    if len(names) != len(known) or not is_header(names, known):
        return None
    first = next(filter(None, names), "")
    begins = any(first.startswith(name[:_PREFIX]) for name in known if name)
    return names if begins or line.count("_") >= _underscores(known) else None


def _underscores(known: tuple[str, ...]) -> int:
    """The least number of underscores of a header whose first name is a new one."""
    return max(_NAMED, sum(name.count("_") for name in known) // 2)


def is_rule(line: str, separator: str) -> bool:
    """True for the line of dashes that SQL*Plus and other clients print below a header."""
    if not line.lstrip(' \t"').startswith("-"):
        return False
    fields = [field.strip(' \t\r"') for field in line.split(separator)]
    return all(fields) and not line.strip(' \t\r"-' + separator)


def repeated(
    block: bytes,
    array: Bytes,
    starts: Positions,
    ends: Positions,
    *,
    header: bytes,
    separator: str,
    text: Callable[[bytes], str],
) -> tuple[dict[int, tuple[str, ...]], list[int]]:
    """Lines of a block that are the header again, with their names, and lines that are rules.

    Args:
        block: whole lines.
        array: its bytes.
        starts: where each line begins.
        ends: where the newline of each stands.
        header: bytes of the header line.
        text: decodes a line.
    """
    first = _begun(array, starts, ends, separator)
    known = names_of(text(header), separator)
    headers = {}
    for line in _alike(block, array, first, ends, header, _underscores(known), separator):
        data = block[starts[line] : ends[line]]
        names = known if data == header else header_again(text(data), known, separator)
        if names is not None:
            headers[line] = names
    # a dash that a digit follows is a negative number
    dashed = np.flatnonzero(array[first] == _DASH)
    following = array.take(first[dashed] + 1, mode="clip")
    rules = [
        line
        for line in dashed[(following < 0x30) | (following > 0x39)].tolist()
        if is_rule(text(block[starts[line] : ends[line]]), separator)
    ]
    return headers, rules


def _alike(
    block: bytes,
    array: Bytes,
    first: Positions,
    ends: Positions,
    header: bytes,
    underscores: int,
    separator: str,
) -> list[int]:
    """Lines that begin as a name of the header does, or hold as many underscores as given."""
    packed = np.zeros(len(first), np.uint32)
    for rank in range(_PREFIX):
        byte = array.take(first + rank, mode="clip")
        packed |= (byte | _LOWER).astype(np.uint32) << np.uint32(8 * rank)
    alike = np.zeros(len(first), np.bool_)
    for length, beginnings in _beginnings(header, separator).items():
        alike |= np.isin(packed & np.uint32((1 << 8 * length) - 1), beginnings)
    if block.count(b"_") >= underscores:
        lines = np.searchsorted(ends, np.flatnonzero(array == ord("_")))
        alike |= np.bincount(lines, minlength=len(ends)) >= underscores
    found: list[int] = np.flatnonzero(alike).tolist()
    return found


def _begun(array: Bytes, starts: Positions, ends: Positions, separator: str) -> Positions:
    """The first byte of each line that is no blank, mark, quote or separator; else its newline."""
    before = _BEFORE + separator.encode()
    skipped = np.isin(np.arange(256), np.frombuffer(before, np.uint8))
    first = starts.copy()
    behind = np.flatnonzero(skipped[array[first]])
    for _ in range(_AT_ONCE):
        if not len(behind):
            return first
        first[behind] += 1
        behind = behind[skipped[array[first[behind]]]]
    for line in behind.tolist():
        rest = array[first[line] : ends[line]].tobytes()
        first[line] = ends[line] - len(rest.lstrip(before))
    return first


@cache
def _beginnings(header: bytes, separator: str) -> dict[int, npt.NDArray[np.uint32]]:
    """The first bytes of the names of a header, in small letters, by their number."""
    found: dict[int, set[int]] = {}
    for name in header.split(separator.encode()):
        begin = name.lstrip(_BEFORE)[:_PREFIX]
        for dress in (b'"', b" ", b"\t"):  # a short name, and what may follow it
            begin = begin.partition(dress)[0]
        if begin:
            packed = sum((byte | _LOWER) << 8 * rank for rank, byte in enumerate(begin))
            found.setdefault(len(begin), set()).add(packed)
    return {length: np.array(sorted(some), np.uint32) for length, some in found.items()}
