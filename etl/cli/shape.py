"""The shape of a line on a terminal: numbers, plurals, folding at words, colours."""

from __future__ import annotations

import os
import shutil
import textwrap
from typing import TextIO

_ANSI = {"good": "\033[1;32m", "bad": "\033[1;31m", "warning": "\033[33m"}
_RESET = "\033[0m"


def number(value: int, lang: str) -> str:
    """Thousands apart: by a comma, or by a narrow no-break space in French."""
    return f"{value:,}" if lang == "en" else f"{value:,}".replace(",", "\u202f")


def seconds(value: float, lang: str) -> str:
    """A time with one decimal, after a comma in French."""
    text = f"{value:.1f} s"
    return text if lang == "en" else text.replace(".", ",")


def folded(text: str, width: int) -> str:
    """No line beyond `width` where a space allows it: paths and names are never cut."""
    return "\n".join(_folded(line, width) for line in text.split("\n"))


def _folded(line: str, width: int) -> str:
    if len(line) <= width:
        return line
    margin = line[: len(line) - len(line.lstrip())]
    parts = textwrap.wrap(
        line.strip(),
        width,
        initial_indent=margin,
        subsequent_indent=f"{margin}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(parts)


def shaped(text: str, stream: TextIO, tone: str = "") -> str:
    """A text as `stream` shows it: folded and coloured on a terminal, unchanged elsewhere.

    `tone` is good, bad, warning or nothing. NO_COLOR (https://no-color.org) switches colours off.
    """
    if not stream.isatty():
        return text
    text = folded(text, shutil.get_terminal_size().columns)
    plain = not tone or "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return text if plain else f"{_ANSI[tone]}{text}{_RESET}"
