"""Draws the terminal of the README: ``terminal.py OUTPUT.txt > terminal.svg``."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

STYLES = {"Accepted": "bold green", "Refused": "bold red", "Release": "bold", "SO-": "yellow"}


def main(output: Path) -> None:
    console = Console(record=True, width=84, file=sys.stderr, force_terminal=True)
    console.print(Text("$ make demo", style="bold"))
    for line in output.read_text(encoding="utf-8").splitlines():
        style = next((style for start, style in STYLES.items() if line.startswith(start)), "")
        console.print(Text(line, style=style, no_wrap=True, overflow="ellipsis"))
    sys.stdout.write(console.export_svg(title="snds-omop"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
