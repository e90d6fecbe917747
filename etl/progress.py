"""How far long work is, as the work reports it; the command line draws it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """What long work calls as it goes; units are the caller's (bytes, nodes, checks)."""

    def total(self, amount: int) -> None: ...
    def advance(self, amount: int, label: str = "") -> None: ...


class Silent:
    """A progress that shows nothing."""

    def total(self, amount: int) -> None:
        return

    def advance(self, amount: int, label: str = "") -> None:
        return
