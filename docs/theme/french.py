"""Spaces of French pages: a line never begins with a colon, nor with the end of a number."""

from __future__ import annotations

import re
from typing import Any

CODE = re.compile(r"(<pre\b.*?</pre>|<code\b.*?</code>|<svg\b.*?</svg>|<[^>]+>)", re.DOTALL)
BEFORE = re.compile(r" (?=[:;?!»%€])")
AFTER = re.compile(r"« ")
THOUSANDS = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")


def french_spaces(html: str) -> str:
    """The page with no-break spaces in its text; tags and code stay as they are."""
    parts = CODE.split(html)
    for index in range(0, len(parts), 2):
        text = BEFORE.sub("\u00a0", parts[index])
        parts[index] = THOUSANDS.sub("\u202f", AFTER.sub("«\u00a0", text))
    return "".join(parts)


def on_page_content(html: str, page: Any, **_: Any) -> str:
    """Called by mkdocs with the page as HTML."""
    return french_spaces(html) if page.file.src_uri.startswith("fr/") else html
