"""A study on a release: cohorts, exact figures, disclosure control, a signed archive.

Order as in ``publish share``: control what may leave given all earlier publications of the
workspace, write apart, look at every file once more, remember, rename.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Collection, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etl.errors import SndsOmopError
from etl.progress import Progress
from etl.publish.cells import Rule
from etl.publish.control import Shown, remember
from etl.publish.disclosure import control_together
from etl.publish.guard import require_shareable
from etl.publish.memory import read_memory, write_memory
from etl.publish.postgres_schema import Schemas
from etl.publish.protection import rounding_base
from etl.publish.site import require_site
from etl.publish.source import opened
from etl.publish.summarised import HEADER
from etl.publish.writers import write_json, write_table
from etl.release import audit_log, signing_key
from etl.release.code import code_version
from etl.release.files import make_durable, remove_tree
from etl.release.manifest import MANIFEST_FILE
from etl.release.signature import PUBLIC_KEY_FILE, SIGNATURE_FILE, sign, write_public_key
from etl.release.store import Release
from etl.settings import Settings
from etl.study.cohorts import Cohort, absent_concepts, make_cohorts, require_persons
from etl.study.definitions import Definition, read_definitions
from etl.study.estimates import figures
from etl.study.protection import FAMILY, family
from etl.study.result import HIDDEN, Writer
from etl.study.server import on_server
from etl.workspace import Workspace

FORMAT = 1
PRIOR_OBSERVATION = 365
ACCEPTABLE = ("concepts", "empty")
_REPORT = "suppression_report.json"


@dataclass(frozen=True, slots=True)
class Study:
    """What was written."""

    file: Path
    rows: int
    cohorts: tuple[str, ...]
    report: Mapping[str, int]
    """Numbers of counts shown, primary, complementary, held."""
    absent: Mapping[str, tuple[int, ...]]
    """Concepts that the vocabulary lacks, by cohort, where they were accepted."""


def run_study(
    workspace: Workspace,
    release: Release,
    paths: Iterable[Path],
    folder: Path,
    settings: Settings,
    *,
    name: str = "study",
    prior_observation: int = PRIOR_OBSERVATION,
    accept: Collection[str] = (),
    progress: Progress | None = None,
    url: str | None = None,
    schemas: Schemas | None = None,
) -> Study:
    """Run cohort definitions on a release; write ``<name>_<site>_<release>.zip``.

    Args:
        paths: files of CIRCE JSON and SQL, or folders of them.
        folder: where the archive goes.
        prior_observation: days of observation before a person is at risk of a first entry.
        accept: ``concepts`` that the vocabulary lacks, ``empty`` cohorts.
        url: a PostgreSQL server that holds the release and makes the cohorts; else DuckDB does.
        schemas: of the server.

    Raises:
        SndsOmopError: SO-115 for a server without this release, SO-160 to SO-164 and SO-504 for
            definitions, SO-110 without Circe, SO-114 for a file that exists, SO-140 for real data
            without a site, SO-501 when the guard refuses, SO-903 and SO-904 for a release that is
            not what was signed.
    """
    definitions = read_definitions(paths)
    require_site(workspace, release)
    site = release.manifest.identity.source_abbreviation
    output = folder / f"{name}_{site.replace(' ', '_')}_{release.id}.zip"
    if output.exists():
        raise SndsOmopError(
            "SO-114", "it would be overwritten", "elle serait écrasée", where=str(output)
        )
    rule = Rule.of(settings.privacy)
    memory = read_memory(workspace)
    with opened(workspace, release, settings.engine) as source, ExitStack() as stack:
        connection, make = source.connection, None
        if url is not None:
            server = stack.enter_context(
                on_server(source, url, schemas or Schemas(), workspace.build / "study", definitions)
            )
            connection, make = server.connection, server.generate
        absent = absent_concepts(connection, definitions)
        if absent and "concepts" not in accept:
            raise _absent(absent)
        cohorts = make_cohorts(connection, definitions, progress, make)
        if "empty" not in accept:
            require_persons(cohorts)
        found = figures(connection, cohorts, prior_observation)
    exact = family(cohorts, found, rule.minimum, prior_observation)
    shown = control_together([exact], memory, rule, release.id)[FAMILY]
    rows = Writer(site, shown, rule.minimum, prior_observation).rows(cohorts)
    _require_hidden(rows, rule.minimum)
    folder.mkdir(parents=True, exist_ok=True)
    building = output.with_name(f"{output.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    try:
        write_table(building / f"results_{site.replace(' ', '_')}.csv", HEADER, rows)
        write_json(building / _REPORT, {"minimum": rule.minimum, **shown.report})
        years = {key[2] for key in exact.cells if key[-1] == "denominator"}
        files = sorted(building.iterdir())
        require_shareable(files, building, rule.minimum, [f"{year}-12-31" for year in years])
        _write_manifest(
            workspace, release, building, definitions, cohorts, shown,
            "duckdb" if url is None else "postgresql",
            {"prior_observation": prior_observation, "minimum_count": rule.minimum,
             "accepted": sorted(accept), "absent_concepts": absent},
        )  # fmt: skip
        draft = building.with_suffix(".archive")
        _archive(building, draft)
        make_durable(building)
        write_memory(workspace, remember([shown], memory, release.id))
        draft.replace(output)
    finally:
        remove_tree(building)
    audit_log.append(workspace, "study run", release=release.id, rows_out=len(rows))
    return Study(output, len(rows), tuple(one.name for one in cohorts), shown.report, absent)


def _absent(absent: Mapping[str, tuple[int, ...]]) -> SndsOmopError:
    listed = "; ".join(
        f"{name}: {', '.join(map(str, concepts[:5]))}{'…' if len(concepts) > 5 else ''}"
        for name, concepts in absent.items()
    )
    return SndsOmopError("SO-161", listed, listed.replace(": ", " : ").replace("; ", " ; "))


def _require_hidden(rows: Iterable[list[str]], minimum: int) -> None:
    """A last look of its own: every count is hidden, or a multiple that is not small."""
    base = rounding_base(minimum)
    for row in rows:
        value, is_count = row[10], row[9] == "integer"
        if is_count and value != HIDDEN and (int(value) < minimum or int(value) % base):
            raise SndsOmopError(
                "SO-501", "a count is small or not rounded", "un effectif est petit ou non arrondi"
            )


def _write_manifest(
    workspace: Workspace,
    release: Release,
    folder: Path,
    definitions: Iterable[Definition],
    cohorts: Collection[Cohort],
    shown: Shown,
    engine: str,
    stated: Mapping[str, Any],
) -> None:
    """What was run, where, by which code; signed with the key of the workspace."""
    key = signing_key(workspace)
    identity = release.manifest.identity
    content = {
        "format": FORMAT,
        "kind": "study",
        "site": {
            "name": identity.source_name,
            "abbreviation": identity.source_abbreviation,
            "holder": identity.holder,
        },
        "release_id": release.id,
        "cdm_version": identity.cdm_version,
        "vocabulary_version": identity.vocabulary_version,
        "code": code_version(),
        "engine": engine,
        "settings": dict(stated),
        "definitions": [
            {"cohort": one.name, "file": one.file, "kind": one.kind, "sha256": one.sha256}
            for one in definitions
        ],
        "former_values": sorted({shown.former[key] for key in shown.former}),
        "files": {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.iterdir())
        },
    }
    (folder / MANIFEST_FILE).write_text(
        json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    sign(folder, key)
    write_public_key(folder, key)


def _archive(folder: Path, target: Path) -> None:
    """A ZIP that depends on the files alone: one order, one date."""
    last = (MANIFEST_FILE, SIGNATURE_FILE, PUBLIC_KEY_FILE)
    files = sorted(folder.iterdir(), key=lambda path: (path.name in last, path.name))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            entry = zipfile.ZipInfo(path.name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, path.read_bytes())
