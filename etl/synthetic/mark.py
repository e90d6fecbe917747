"""How a made-up delivery is told from a real one: it lists its own files, with their hashes.

The list is a hidden file, which no loader looks at. Data are taken for synthetic only when every
staged file is listed, byte for byte; whatever else they are, they are treated as real.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from etl.loaders.blocks import content_hash
from etl.loaders.manifest import Delivery

MARK = ".synthetic.sha256"


def write_mark(output: Path, files: Iterable[Path]) -> None:
    """List the files as ``sha256sum`` does."""
    lines = (f"{content_hash(f)}  {f.relative_to(output).as_posix()}\n" for f in sorted(files))
    (output / MARK).write_text("".join(lines), encoding="utf-8")


def is_synthetic(delivery: Delivery) -> bool:
    """Whether everything staged was made by the generator."""
    made: set[str] = set()
    for root in {file.root for file in delivery.files}:
        try:
            lines = (Path(root) / MARK).read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        made.update(line.partition(" ")[0] for line in lines)
    return bool(delivery.files) and all(file.sha256 in made for file in delivery.files)
