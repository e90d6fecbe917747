"""The README as a package index shows it: links to files of the repository are made whole.

The address is ``[project.urls]`` of pyproject.toml, the only place that states it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_LINK = re.compile(r"(!?)(\[[^\]]*\]\()(?![a-z]+:|#)([^)\s]+)")


def with_whole_links(text: str, address: str, version: str) -> str:
    """Markdown in which no link and no picture is relative.

    Args:
        address: the repository, without a final slash.
        version: the tag ``v<version>`` is the one that links name.
    """
    folder = {"": f"{address}/blob/v{version}/", "!": f"{address}/raw/v{version}/"}
    return _LINK.sub(lambda found: found[1] + found[2] + folder[found[1]] + found[3], text)


class Readme(MetadataHookInterface):
    """Asked by hatchling for the field that pyproject.toml calls dynamic."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Put the README into ``metadata``."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        whole = with_whole_links(text, metadata["urls"]["Repository"], metadata["version"])
        metadata["readme"] = {"content-type": "text/markdown", "text": whole}
