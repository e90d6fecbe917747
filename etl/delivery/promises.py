"""What the data holder's own lists state of the files: ``md5sum``, ``sha256sum``, rows by file.

A list is recognised by its content, among the files of a delivery that are no data: lines of a
checksum program, or a CSV file whose columns are a name and a number of rows or a checksum.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_LARGEST = 4 << 20
_COREUTILS = re.compile(r"\\?(?P<digest>[0-9a-fA-F]{32,128})[ \t]+\*?(?P<name>\S.*)")
_BSD = re.compile(r"(?:MD5|SHA\d+) ?\((?P<name>.+)\) ?= ?(?P<digest>[0-9a-fA-F]{32,128})")
_ALGORITHMS = {32: "md5", 40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}
_NAMES = {
    "fichier",
    "nom_fichier",
    "nom_du_fichier",
    "nom",
    "file",
    "filename",
    "file_name",
    "name",
}
_ROWS = {
    "lignes", "nb_lignes", "nblignes", "nombre_lignes", "nombre_de_lignes", "rows", "nb_rows",
    "n_rows", "nrows", "row_count", "nobs", "nb_obs", "observations", "enregistrements",
    "nb_enregistrements", "nombre_d_enregistrements", "records",
}  # fmt: skip
_DIGESTS = {"md5", "sha1", "sha256", "sha512", "empreinte", "checksum", "hash", "somme_de_controle"}


@dataclass(frozen=True, slots=True)
class Promise:
    """What a list states of a file."""

    of_list: str  # name of the list below the delivery's folder
    name: str  # as the list writes it, with slashes
    rows: int | None = None
    algorithm: str = ""
    digest: str = ""


def promises(root: Path, names: Iterable[str]) -> tuple[Promise, ...]:
    """Promises of all lists of a delivery.

    Args:
        root: the delivery's folder.
        names: files below it that are no data, with slashes.
    """
    return tuple(one for name in names for one in _of_file(root, name))


def _of_file(root: Path, name: str) -> list[Promise]:
    path = root / name
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return []
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return []
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith(("#", ";"))]
    return _checksums(name, lines) or _table(name, lines)


def _checksums(of_list: str, lines: list[str]) -> list[Promise]:
    found = []
    for line in lines:
        match = _COREUTILS.fullmatch(line) or _BSD.fullmatch(line)
        algorithm = _ALGORITHMS.get(len(match["digest"])) if match else None
        if match is None or algorithm is None:
            return []
        digest = match["digest"].lower()
        found.append(Promise(of_list, _plain(match["name"]), None, algorithm, digest))
    return found


def _table(of_list: str, lines: list[str]) -> list[Promise]:
    if len(lines) < 2:
        return []
    separator = max(";,\t|", key=lines[0].count)
    head = [_key(cell) for cell in next(csv.reader([lines[0]], delimiter=separator), [])]
    ranks = {
        kind: next((rank for rank, cell in enumerate(head) if cell in known), None)
        for kind, known in (("name", _NAMES), ("rows", _ROWS), ("digest", _DIGESTS))
    }
    of_name, of_rows, of_digest = ranks["name"], ranks["rows"], ranks["digest"]
    if of_name is None or (of_rows is None and of_digest is None):
        return []
    found = []
    for cells in csv.reader(lines[1:], delimiter=separator):
        if len(cells) != len(head) or not cells[of_name].strip():
            continue
        number = re.sub(r"\s", "", cells[of_rows]) if of_rows is not None else ""
        digest = cells[of_digest].strip().lower() if of_digest is not None else ""
        algorithm = _ALGORITHMS.get(len(digest), "") if re.fullmatch("[0-9a-f]+", digest) else ""
        found.append(
            Promise(
                of_list,
                _plain(cells[of_name]),
                int(number) if number.isdecimal() else None,
                algorithm,
                digest if algorithm else "",
            )
        )
    return found


def _key(cell: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", cell.strip().strip('"').lower()).strip("_")


def _plain(name: str) -> str:
    return name.strip().replace("\\", "/").removeprefix("./")


def targets(
    promised: Iterable[Promise], known: Mapping[str, object]
) -> Iterator[tuple[Promise, str | None]]:
    """Each promise with the file it is about; None when no file of the delivery is.

    A name counts from the folder of its list, from the delivery's, or alone when one file bears it.
    """
    by_base: dict[str, list[str]] = {}
    for name in known:
        by_base.setdefault(name.rsplit("/", 1)[-1], []).append(name)
    for one in promised:
        folder = one.of_list.rpartition("/")[0]
        below = f"{folder}/{one.name}" if folder else one.name
        alone = by_base.get(one.name.rsplit("/", 1)[-1], [])
        if below in known:
            yield one, below
        elif one.name in known:
            yield one, one.name
        else:
            yield one, alone[0] if len(alone) == 1 else None
