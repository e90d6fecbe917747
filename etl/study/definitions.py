"""Cohort definitions as users bring them: CIRCE JSON of ATLAS or PhenotypeLibrary, or SQL."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from etl.errors import SndsOmopError

SUFFIXES = {".json": "circe", ".sql": "sql"}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_LARGEST = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Definition:
    """One cohort definition."""

    name: str
    """Name of its file in snake_case: the cohort's name in the result."""
    file: str
    kind: Literal["circe", "sql"]
    text: str
    """SQL, or the CIRCE expression alone as JSON."""
    sha256: str
    """Of the file as it was given."""

    @property
    def expression(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text)
        return found


def read_definitions(paths: Iterable[Path]) -> list[Definition]:
    """Read files, and the ``.json`` and ``.sql`` files of folders, in the order of their names.

    Raises:
        SndsOmopError: SO-160 for a file that is absent, of another form, or whose name is that of
            another cohort; for a folder without definitions; and without any.
    """
    found: list[Definition] = []
    for path in _files(paths):
        one = _read(path)
        if any(one.name == other.name for other in found):
            raise _refused(path, "another file has its name", "un autre fichier porte son nom")
        found.append(one)
    if not found:
        raise SndsOmopError(
            "SO-160",
            "no .json and no .sql file was given",
            "aucun fichier .json ni .sql n'est donné",
        )
    return found


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        inside = sorted(one for one in path.iterdir() if one.suffix.lower() in SUFFIXES)
        if not inside:
            raise _refused(path, "it holds no .json and no .sql", "il ne contient ni .json ni .sql")
        yield from inside


def _read(path: Path) -> Definition:
    kind = SUFFIXES.get(path.suffix.lower())
    if kind is None:
        raise _refused(path, "it is neither .json nor .sql", "il n'est ni .json ni .sql")
    name = re.sub(r"[\s.\-]+", "_", path.stem).lower()
    if not _NAME.fullmatch(name):
        raise _refused(
            path,
            "its name is not made of letters, digits and _ (60 at most, a letter first)",
            "son nom n'est pas fait de lettres, chiffres et _ (60 au plus, une lettre d'abord)",
        )
    try:
        if path.stat().st_size > _LARGEST:
            raise _refused(path, "it has more than 8 MiB", "il a plus de 8 Mio")
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise _refused(path, "it cannot be opened", "il ne peut être ouvert") from error
    except UnicodeDecodeError as error:
        raise _refused(path, "it is not UTF-8", "il n'est pas en UTF-8") from error
    if kind == "circe":
        text = json.dumps(_expression(path, text))
    sha256 = hashlib.sha256(raw).hexdigest()
    return Definition(name, path.name, "circe" if kind == "circe" else "sql", text, sha256)


def _expression(path: Path, text: str) -> dict[str, Any]:
    """The expression, also out of the envelope of WebAPI, where it is a text within the JSON."""
    try:
        content = json.loads(text)
        if isinstance(content, dict) and "expression" in content:
            content = content["expression"]
        if isinstance(content, str):
            content = json.loads(content)
    except ValueError as error:
        raise _refused(path, "it is no JSON", "ce n'est pas du JSON") from error
    if not isinstance(content, dict) or not isinstance(content.get("PrimaryCriteria"), dict):
        raise _refused(
            path,
            "it has no PrimaryCriteria: it is no cohort definition of ATLAS",
            "il n'a pas de PrimaryCriteria : ce n'est pas une définition de cohorte d'ATLAS",
        )
    return content


def concepts_of(definition: Definition) -> set[int]:
    """Ids of all concepts that a definition names; of SQL none: it is not looked for."""
    if definition.kind == "sql":
        return set()
    return set(_ids(definition.expression))


def _ids(node: object) -> Iterator[int]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "CONCEPT_ID" and isinstance(value, int):
                yield value
            else:
                yield from _ids(value)
    elif isinstance(node, list):
        for value in node:
            yield from _ids(value)


def _refused(path: Path, english: str, french: str) -> SndsOmopError:
    return SndsOmopError("SO-160", english, french, where=path.name)
