"""UTF-16 with a byte-order mark or without."""

from __future__ import annotations

_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_HEAD, _SHORTEST = 64, 8  # bytes that show it, and as few as a file may have


def utf16_of(first: bytes) -> str | None:
    """The kind of UTF-16 that the first bytes of a file show: by its mark, or by its zeros.

    Without a mark, a header of letters has one zero byte in each pair, always on the same side.
    """
    if first[:2] in _MARKS:
        return _MARKS[first[:2]]
    head = first[:_HEAD] if len(first) >= _HEAD else first[: len(first) & ~1]
    if len(head) < _SHORTEST:
        return None
    even, odd = head[::2], head[1::2]
    if not any(odd) and all(even):
        return "utf-16-le"
    if not any(even) and all(odd):
        return "utf-16-be"
    return None
