"""Progress without a terminal: a line at least every 30 seconds, for logs of cron and nohup."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from etl.progress import Progress

SECONDS = 30.0


class Heartbeat:
    """Counts units and passes them on; units are the caller's (bytes, nodes, checks)."""

    def __init__(self, inner: Progress) -> None:
        self._inner = inner
        self._begun = time.monotonic()
        self._done = 0
        self._total: int | None = None

    def total(self, amount: int) -> None:
        self._total = amount
        self._inner.total(amount)

    def advance(self, amount: int, label: str = "") -> None:
        self._done += amount
        self._inner.advance(amount, label)

    def state(self) -> tuple[int, int | None, float | None]:
        """Seconds since the start, percent done, seconds left; None while unknown."""
        elapsed = time.monotonic() - self._begun
        if not self._total or not self._done:
            return int(elapsed), None, None
        share = min(self._done / self._total, 1.0)
        return int(elapsed), int(100 * share), elapsed * (1 - share) / share


@contextmanager
def heartbeat(
    inner: Progress, show: Callable[[str, str], None], title: str, *, every: float = SECONDS
) -> Iterator[Heartbeat]:
    """Call `show` (English, French) every `every` seconds until the work ends."""
    beating = Heartbeat(inner)
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(every):
            elapsed, percent, left = beating.state()
            if percent is None or left is None:
                show(f"{title}: running for {elapsed} s", f"{title} : en cours depuis {elapsed} s")
            else:
                show(
                    f"{title}: {percent} % after {elapsed} s, about {left:.0f} s left",
                    f"{title} : {percent} % après {elapsed} s, encore {left:.0f} s environ",
                )

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield beating
    finally:
        ended.set()
        thread.join()
