"""A bundle of Athena: nine tab-separated files, in a folder or a zip, streamed to Parquet.

Form of the files (OHDSI/Athena): UTF-8, tabs, no quoting at all (a lone ``"`` is text), dates
as yyyymmdd, header in any case, empty for NULL. The vocabulary and the names ``None`` are text.
CONCEPT_CPT4.csv needs a licence of its own and is not read.
"""

from __future__ import annotations

import csv
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from etl.clauses import Clause, joined
from etl.errors import SndsOmopError
from etl.resources import vocabularies_dir
from etl.settings import Settings
from etl.sql_text import literal
from etl.vocabulary.bundle_rules import refuse_broken_bundle
from etl.vocabulary.demo import french_language
from etl.vocabulary.loading import Base, Loaded, load
from etl.vocabulary.resolution import link_table
from etl.vocabulary.tables import columns, typed_select, write
from etl.workspace import Workspace

FILES = (
    "concept",
    "concept_relationship",
    "concept_ancestor",
    "concept_synonym",
    "concept_class",
    "domain",
    "vocabulary",
    "relationship",
    "drug_strength",
)
CPT4 = "concept_cpt4"
_COMPLETE = ("concept_ancestor", "drug_strength")
"""Tables that French codes never add to: written once, straight from the file."""
_LINE = re.compile(r"CSV Error on Line: (\d+)")


def load_athena(workspace: Workspace, path: Path, settings: Settings | None = None) -> Loaded:
    """Write a bundle of Athena and the resolution tables to a snapshot.

    Args:
        path: the folder or the zip that Athena gave.

    Raises:
        SndsOmopError: SO-401 a file is missing, SO-402 a file cannot be read,
            SO-405 a vocabulary without which no CDM can be built is missing, SO-407 a table
            lacks its rows, SO-408 the files are of several releases, SO-409 two bundles.
    """

    def base(connection: duckdb.DuckDBPyConnection, folder: Path) -> Base:
        return _land_bundle(connection, Bundle.find(path), folder)

    return load(workspace, base, settings or Settings())


@dataclass(frozen=True, slots=True)
class Bundle:
    """Where each of the nine files is: a path, or a member of an archive."""

    origin: Path
    members: dict[str, str]

    @staticmethod
    def find(path: Path) -> Bundle:
        """Locate the nine files, whatever their case or sub-folder.

        Raises:
            SndsOmopError: SO-401 for those missing, SO-402 for a damaged archive, SO-409 when
                two bundles are in one place.
        """
        if path.is_dir():
            names = [str(file.relative_to(path)) for file in path.rglob("*") if file.is_file()]
        elif path.is_file():
            with _archive(path) as archive:
                names = archive.namelist()
        else:
            raise SndsOmopError(
                "SO-401",
                "no such folder or file",
                "aucun dossier ni fichier de ce nom",
                where=str(path),
            )
        stems: dict[str, str] = {}
        for name in sorted(set(names)):
            member = Path(name)
            # what macOS puts into its archives is no file of a bundle
            if member.name.startswith("._") or member.suffix.lower() != ".csv":
                continue
            stem = member.stem.lower()
            if stem in FILES and stem in stems:
                raise SndsOmopError(
                    "SO-409",
                    f"{stem.upper()} stands in {stems[stem]} and in {name}",
                    f"{stem.upper()} figure dans {stems[stem]} et dans {name}",
                    where=path.name,
                )
            stems[stem] = name
        missing = [f"{name.upper()}.csv" for name in FILES if name not in stems]
        if missing:
            raise SndsOmopError(
                "SO-401",
                f"missing {', '.join(missing)}",
                f"il manque {', '.join(missing)}",
                where=path.name,
            )
        found = (*FILES, CPT4) if CPT4 in stems else FILES
        return Bundle(path, {name: stems[name] for name in found})

    @contextmanager
    def open(self, name: str, folder: Path) -> Iterator[Path]:
        """A file on disk; one file of an archive at a time, removed after use."""
        member = self.members[name]
        if self.origin.is_dir():
            yield self.origin / member
            return
        target = folder / f"_{name}.csv"
        try:
            _extract(self.origin, member, target)
            yield target
        finally:
            target.unlink(missing_ok=True)


def _archive(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise SndsOmopError(
            "SO-402",
            "not a zip, or a zip cut short",
            "ce n'est pas un zip, ou il est coupé",
            where=path.name,
        ) from error


def _extract(origin: Path, member: str, target: Path) -> None:
    where = f"{origin.name}:{member}"
    try:
        with (
            _archive(origin) as archive,
            archive.open(member) as source,
            target.open("wb") as sink,
        ):
            shutil.copyfileobj(source, sink, 1 << 22)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise SndsOmopError(
            "SO-402", "the archive is damaged", "l'archive est endommagée", where=where
        ) from error


def scan(name: str, path: Path) -> str:
    """A query that reads one file by the names of its header.

    Raises:
        SndsOmopError: SO-402 for a wrong delimiter, an unknown encoding or a missing column.
    """
    with path.open("rb") as handle:
        first = handle.readline(1 << 16)
    try:
        header = first.decode("utf-8-sig").rstrip("\r\n").lower().split("\t")
    except UnicodeDecodeError as error:
        raise SndsOmopError(
            "SO-402", "the header is not UTF-8", "l'en-tête n'est pas en UTF-8", where=path.name
        ) from error
    kinds = columns(name)
    if len(header) == 1:
        raise SndsOmopError(
            "SO-402",
            "the header is not tab separated",
            "l'en-tête n'est pas séparé par des tabulations",
            where=f"{path.name}:1",
        )
    missing = [column for column in kinds if column not in header]
    if missing:
        raise SndsOmopError(
            "SO-402",
            f"no column {', '.join(missing)}",
            f"il manque la colonne {', '.join(missing)}",
            where=f"{path.name}:1",
        )
    spec = ", ".join(f"'{column}': '{kinds.get(column, 'VARCHAR')}'" for column in header)
    return (
        f"read_csv({literal(path)}, delim = '\t', quote = '', escape = '', header = true, "
        f"nullstr = '', dateformat = '%Y%m%d', auto_detect = false, columns = {{{spec}}})"
    )


def _stage(connection: duckdb.DuckDBPyConnection, bundle: Bundle, name: str, folder: Path) -> Path:
    """One file of the bundle as Parquet, typed as the CDM wants it."""
    target = folder / (f"{name}.parquet" if name in _COMPLETE else f"_{name}.parquet")
    with bundle.open(name, folder) as path:
        query = typed_select(name, list(columns(name)), scan(name, path))
        try:
            write(connection, query, target)
        except duckdb.Error as error:
            line = _LINE.search(str(error))
            where = f"{Path(bundle.members[name]).name}{f':{line[1]}' if line else ''}"
            raise SndsOmopError(
                "SO-402",
                "a line does not have the fields of its header",
                "une ligne n'a pas les champs de son en-tête",
                where=where,
            ) from error
    return target


def _land_bundle(connection: duckdb.DuckDBPyConnection, bundle: Bundle, folder: Path) -> Base:
    staged = {}
    # The register first: a bundle without the needed vocabularies is refused in a second.
    for name in ("vocabulary", *[name for name in FILES if name != "vocabulary"]):
        staged[name] = _stage(connection, bundle, name, folder)
        if name == "vocabulary":
            version = _version(connection, staged[name], bundle.origin)
        if name == "concept":
            concepts = literal(staged[name])
            connection.execute(f"create view concept as from read_parquet({concepts})")
            warnings = _missing_vocabularies(connection, bundle.origin)
            _refuse_twins(connection)
    warnings += refuse_broken_bundle(connection, staged, _cpt4_ids(connection, bundle, folder))
    relationships = literal(staged["concept_relationship"])
    link_table(connection, f"read_parquet({relationships})")
    return Base(
        tables={
            name: f"from read_parquet({literal(path)})"
            for name, path in staged.items()
            if name not in _COMPLETE
        },
        finished=_COMPLETE,
        version=version,
        origin=bundle.origin.name,
        is_demo=False,
        language_concept_id=french_language(connection),
        warnings=warnings,
    )


def _cpt4_ids(connection: duckdb.DuckDBPyConnection, bundle: Bundle, folder: Path) -> str | None:
    """A query of the concepts that need a licence: known, and not loaded."""
    if CPT4 not in bundle.members:
        return None
    with bundle.open(CPT4, folder) as path:
        connection.execute(
            "create or replace temp table cpt4_id as "  # noqa: S608
            "select try_cast(split_part(line, chr(9), 1) as integer) as concept_id "
            f"from read_csv({literal(path)}, columns = {{'line': 'VARCHAR'}}, delim = '\x1f', "
            "quote = '', escape = '', header = true, auto_detect = false)"
        )
    return "select concept_id from cpt4_id"


def _version(connection: duckdb.DuckDBPyConnection, register: Path, origin: Path) -> str:
    found = connection.execute(
        f"select vocabulary_version from read_parquet({literal(register)}) "  # noqa: S608
        "where vocabulary_id = 'None'"
    ).fetchall()
    versions = sorted({str(version) for (version,) in found if version})
    if len(versions) > 1:
        raise SndsOmopError(
            "SO-408",
            f"VOCABULARY gives several versions: {', '.join(versions)}",
            f"VOCABULARY donne plusieurs versions : {', '.join(versions)}",
            where=origin.name,
        )
    if not versions:
        raise SndsOmopError(
            "SO-402",
            "VOCABULARY has no row None with the version of the bundle",
            "VOCABULARY n'a pas de ligne None qui donne la version du lot",
            where=origin.name,
        )
    return versions[0]


def _missing_vocabularies(connection: duckdb.DuckDBPyConnection, origin: Path) -> list[Clause]:
    """What each missing vocabulary costs.

    Raises:
        SndsOmopError: SO-405 when one without which no CDM can be built is missing.
    """
    present = {
        row[0]
        for row in connection.execute("select distinct vocabulary_id from concept").fetchall()
    }
    with (vocabularies_dir() / "athena_selection.csv").open(encoding="utf-8", newline="") as handle:
        missing = [row for row in csv.DictReader(handle) if row["vocabulary_id"] not in present]
    fatal = [row for row in missing if row["need"] == "required"]
    if fatal:
        detail = joined(
            Clause(
                f"{row['vocabulary_id']}: {row['without_en']}",
                f"{row['vocabulary_id']} : {row['without_fr']}",
            )
            for row in fatal
        )
        raise SndsOmopError("SO-405", *detail, where=origin.name)
    return [
        Clause(
            f"without {row['vocabulary_id']}, {row['without_en']}",
            f"sans {row['vocabulary_id']}, {row['without_fr']}",
        )
        for row in missing
    ]


def _refuse_twins(connection: duckdb.DuckDBPyConnection) -> None:
    """An id that stands twice would double every record that maps to it.

    Raises:
        SndsOmopError: SO-402 with the first such id.
    """
    twin = connection.execute(
        "select concept_id from concept group by concept_id having count(*) > 1 "
        "order by concept_id limit 1"
    ).fetchone()
    if twin:
        raise SndsOmopError(
            "SO-402",
            f"concept {twin[0]} stands twice",
            f"le concept {twin[0]} figure deux fois",
            where="CONCEPT.csv",
        )
