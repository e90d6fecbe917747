"""Room below a limit of address space (``ulimit -v``)."""

from __future__ import annotations

from pathlib import Path

from etl.errors import SndsOmopError

OF_SCIPY = 512 << 20
"""Bytes; below this the OpenBLAS of scipy asks for memory without end (seen with 48 MiB)."""


def require_room(amount: int) -> None:
    """Refuse what would not end without so many bytes.

    For libraries that neither fail nor end where they find none; all others are noticed when they
    end (ADR 60). Without a limit, or on another system than Linux, nothing is refused.

    Raises:
        SndsOmopError: SO-908.
    """
    import resource

    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    used = _used()
    if most == resource.RLIM_INFINITY or used is None or most - used >= amount:
        return
    left, needed = max(most - used, 0) >> 20, amount >> 20
    raise SndsOmopError(
        "SO-908",
        f"{needed} MiB of address space are needed, `ulimit -v` leaves {left}",
        f"{needed} Mio d'espace d'adressage sont nécessaires, `ulimit -v` en laisse {left}",
    )


def _used() -> int | None:
    import resource

    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):
        return None
    return pages * resource.getpagesize()
