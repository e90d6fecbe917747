"""How a made-up delivery differs from a real one: it lists its own files, with their hashes.

The list is a hidden file, which no loader looks at. Data are taken for synthetic only when every
staged file is listed, byte for byte; whatever else they are, they are treated as real.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from etl.errors import SndsOmopError
from etl.loaders.blocks import content_hash
from etl.loaders.manifest import Delivery

MARK = ".synthetic.sha256"
#: Work of a run that was interrupted.
PARTS = ".parts-"


def write_mark(output: Path, files: Iterable[Path]) -> None:
    """List the files as ``sha256sum`` does."""
    lines = (f"{content_hash(f)}  {f.relative_to(output).as_posix()}\n" for f in sorted(files))
    (output / MARK).write_text("".join(lines), encoding="utf-8")


def clear_made(output: Path) -> None:
    """Remove what an earlier run wrote into a folder; refuse a folder that holds anything else.

    Hidden files of other programs stay: no loader looks at them.

    Raises:
        SndsOmopError: SO-137 a file is not listed by the mark, or was changed since.
        OSError: the folder cannot be read.
    """
    if not output.is_dir():
        return
    listed: dict[str, str] = {}
    mark = output / MARK
    if mark.is_file():
        for line in mark.read_text(encoding="utf-8").splitlines():
            digest, _, name = line.partition("  ")
            listed[name] = digest
    made: list[Path] = []
    for path in sorted(output.iterdir()):
        if path.name.startswith(".") or (path.name == "answers" and listed and path.is_dir()):
            continue
        files = [path]
        if path.is_dir():
            files = [one for one in sorted(path.rglob("*")) if not one.is_dir()]
        for file in files:
            if not _listed(file, listed.get(file.relative_to(output).as_posix())):
                raise SndsOmopError(
                    "SO-137",
                    "one of them has the name shown",
                    "le nom de l'un d'eux est indiqué",
                    where=str(file),
                )
        made += files
    for path in made:
        path.unlink()
    for path in output.glob(f"{PARTS}*"):
        shutil.rmtree(path, ignore_errors=True)
    mark.unlink(missing_ok=True)


def _listed(file: Path, digest: str | None) -> bool:
    return digest is not None and file.is_file() and content_hash(file) == digest


def refuse_real(delivery: Delivery, made_up: Path) -> None:
    """Refuse to put made-up persons next to staged data that are not known to be made up.

    Args:
        made_up: folder that `demo` writes itself, whose files may come from another run of it.

    Raises:
        SndsOmopError: SO-138.
    """
    others = tuple(file for file in delivery.files if Path(file.root) != made_up.resolve())
    if others and not is_synthetic(Delivery(files=others)):
        raise SndsOmopError(
            "SO-138",
            f"{len(others)} staged files are not of the generator",
            f"{len(others)} fichier(s) chargé(s) ne viennent pas du générateur",
        )


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
