"""Archives of one study from several sites, added up.

A count is pooled where every site that has its row shows it: what one site hides stays hidden.
Rates are those of the pooled counts, each taken as the middle of those that are rounded to it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from etl.errors import SndsOmopError
from etl.publish.protection import rounding_base
from etl.publish.summarised import HEADER
from etl.publish.writers import write_table
from etl.release.manifest import MANIFEST_FILE
from etl.release.signature import PUBLIC_KEY_FILE, SIGNATURE_FILE, fingerprint_of
from etl.study.result import HIDDEN, incidence_estimates, prevalence_estimates

POOLED = "pooled"
_LARGEST = 1024**3
_VALUE, _NAME, _VARIABLE = HEADER.index("estimate_value"), HEADER.index("estimate_name"), 6


@dataclass(frozen=True, slots=True)
class Archive:
    """What a site sent, checked against its own signature."""

    file: str
    manifest: dict[str, Any]
    rows: tuple[tuple[str, ...], ...]
    fingerprint: str
    """Of the key that signed it; compare it with the one that the site states elsewhere."""

    @property
    def site(self) -> str:
        return str(self.manifest["site"]["abbreviation"])


def read_archive(path: Path) -> Archive:
    """Read an archive of ``study run``.

    Raises:
        SndsOmopError: SO-165 for a file that is none, SO-904 when it was changed since.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(one.file_size for one in archive.infolist()) > _LARGEST:
                raise _refused(path, "it has more than 1 GiB", "elle a plus de 1 Gio")
            content = {name: archive.read(name) for name in archive.namelist()}
        manifest = json.loads(content[MANIFEST_FILE])
        is_study = manifest["kind"] == "study"
        key = load_pem_public_key(content[PUBLIC_KEY_FILE])
        signature, hashes = content[SIGNATURE_FILE], dict(manifest["files"])
    except (
        OSError,
        zipfile.BadZipFile,
        KeyError,
        TypeError,
        ValueError,
        UnsupportedAlgorithm,
    ) as error:
        raise _refused(
            path, "it is no archive of `study run`", "ce n'est pas une archive de `study run`"
        ) from error
    if not is_study or not isinstance(key, Ed25519PublicKey):
        raise _refused(
            path, "it is no archive of `study run`", "ce n'est pas une archive de `study run`"
        )
    _require_signed(path, content, key, signature, hashes)
    name = next((one for one in hashes if one.startswith("results_")), "")
    rows = list(csv.reader(io.StringIO(content.get(name, b"").decode("utf-8"))))
    if not rows or tuple(rows[0]) != HEADER or any(len(row) != len(HEADER) for row in rows):
        raise _refused(path, "its result is no summarised_result", "son résultat n'en est pas un")
    return Archive(path.name, manifest, tuple(map(tuple, rows[1:])), fingerprint_of(key))


def _require_signed(
    path: Path,
    content: dict[str, bytes],
    key: Ed25519PublicKey,
    signature: bytes,
    hashes: dict[str, str],
) -> None:
    try:
        key.verify(signature, content[MANIFEST_FILE])
    except InvalidSignature as error:
        raise SndsOmopError(
            "SO-904",
            "the manifest was changed or forged",
            "le manifeste a été modifié ou falsifié",
            where=path.name,
        ) from error
    for name, expected in hashes.items():
        if hashlib.sha256(content.get(name, b"")).hexdigest() != expected:
            raise SndsOmopError(
                "SO-904",
                f"{name} is not what the manifest states",
                f"{name} n'est pas ce qu'indique le manifeste",
                where=path.name,
            )


def pool(archives: Sequence[Archive], output: Path) -> int:
    """Write the rows of all sites, then those of the pool, as one ``summarised_result``.

    Returns:
        The number of rows of the pool.

    Raises:
        SndsOmopError: SO-165 for fewer than two sites, two archives of one site, and archives of
            other definitions, settings or minimum; SO-114 for a file that exists.
    """
    if output.exists():
        raise SndsOmopError(
            "SO-114", "it would be overwritten", "il serait écrasé", where=str(output)
        )
    _require_one_study(archives)
    settings = [row for row in archives[0].rows if row[_VARIABLE] == "settings"]
    results = [row for one in archives for row in one.rows if row[_VARIABLE] != "settings"]
    base = rounding_base(int(archives[0].manifest["settings"]["minimum_count"]))
    made = _pooled(results, base)
    rows = sorted([*results, *made], key=lambda row: (int(row[0]), row[1] == POOLED))
    write_table(output, HEADER, [*rows, *settings])
    return len(made)


def _require_one_study(archives: Sequence[Archive]) -> None:
    def study(one: Archive) -> tuple[object, ...]:
        definitions = sorted((d["cohort"], d["sha256"]) for d in one.manifest["definitions"])
        stated = one.manifest["settings"]
        return (definitions, stated["prior_observation"], stated["minimum_count"])

    sites = [one.site for one in archives]
    if len(archives) < 2:
        raise SndsOmopError("SO-165", "there is one only", "il n'y en a qu'une")
    if len(set(sites)) < len(sites):
        twice = sorted({site for site in sites if sites.count(site) > 1})
        raise SndsOmopError(
            "SO-165",
            f"two are of one site: {', '.join(twice)}",
            f"deux sont d'un même site : {', '.join(twice)}",
        )
    for one in archives[1:]:
        if study(one) != study(archives[0]):
            raise _refused(
                Path(one.file),
                "its definitions, prior observation or minimum are others",
                "ses définitions, son observation préalable ou son minimum sont autres",
            )


def _pooled(results: Iterable[tuple[str, ...]], base: int) -> list[tuple[str, ...]]:
    """Counts and days added up by row, then the rates of each place."""
    values: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for row in results:
        values[(row[0], POOLED, *row[2:_VALUE], *row[_VALUE + 1 :])].append(row[_VALUE])
    added: dict[tuple[str, ...], tuple[int, int] | None] = {}
    for key, several in values.items():
        if not _is_rate(key[_NAME]):
            shown = [int(float(value)) for value in several if value != HIDDEN]
            whole = len(shown) == len(several)
            added[key] = (sum(shown), len(shown)) if whole else None
    places: dict[tuple[str, ...], dict[str, tuple[int, int] | None]] = defaultdict(dict)
    for key, value in added.items():
        places[_place(key)][key[_NAME]] = value
    made = []
    for key in values:
        name = key[_NAME]
        text = _rate(name, places[_place(key)], base) if _is_rate(name) else _sum(added[key])
        made.append((*key[:_VALUE], text, *key[_VALUE:]))
    return made


def _is_rate(name: str) -> bool:
    return name == "person_years" or name.startswith(("incidence_", "prevalence"))


def _place(key: tuple[str, ...]) -> tuple[str, ...]:
    """A row without variable and estimate."""
    return (*key[:_VARIABLE], *key[-2:])


def _sum(value: tuple[int, int] | None) -> str:
    return HIDDEN if value is None else str(value[0])


def _rate(name: str, place: dict[str, tuple[int, int] | None], base: int) -> str:
    cases, people, days = (
        place.get(one) for one in ("outcome_count", "denominator_count", "person_days")
    )
    if name == "person_years" or name.startswith("incidence"):
        found = incidence_estimates(cases, days[0] if days else None, base)
    else:
        found = prevalence_estimates(cases, people, base)
    return found[name]


def _refused(path: Path, english: str, french: str) -> SndsOmopError:
    return SndsOmopError("SO-165", english, french, where=path.name)
