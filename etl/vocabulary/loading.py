"""From a vocabulary (demo or Athena) and the mapping files to a snapshot.

Everything is written apart, then becomes current by renaming: a reader sees the old vocabulary
or the new one, never half of one. What codes are resolved from (files staged, mapping files, value
tables) may change later: ``resolve_again`` then makes another snapshot of the same vocabulary.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import polars as pl

from etl import __version__
from etl.clauses import Clause
from etl.loaders.manifest import Delivery
from etl.resources import mappings_dir, vocabularies_dir
from etl.settings import Settings
from etl.sql_text import literal
from etl.vocabulary import custom, families, resolution, strengths
from etl.vocabulary.catalogue import structural_vocabularies
from etl.vocabulary.check import refuse_broken_site
from etl.vocabulary.demo import french_language, land_demo
from etl.vocabulary.listed import LISTS
from etl.vocabulary.mappings import (
    land_mappings,
    land_registry,
    land_vocabularies,
    site_mappings,
)
from etl.vocabulary.resolution import link_table
from etl.vocabulary.seen import register_seen_codes, site_registry
from etl.vocabulary.snapshot import (
    Resolution,
    current,
    fresh_snapshot,
    read_resolution,
    write_resolution,
)
from etl.vocabulary.tables import TABLES, columns, connect, count, typed_select, write
from etl.workspace import Workspace, pattern


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load gave: version, rows per file, and what the user should know."""

    vocabulary_version: str
    is_demo: bool
    rows: dict[str, int]
    warnings: list[Clause] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Base:
    """What a vocabulary brings before French codes are added.

    ``tables`` gives a query for each CDM vocabulary table that it fills; the connection holds
    ``concept`` and ``link`` (valid 'Maps to', 'Maps to value', 'Concept replaced by').
    """

    tables: dict[str, str]
    version: str
    origin: str
    is_demo: bool
    finished: tuple[str, ...] = ()
    """Tables that are already in place as ``<table>.parquet``."""
    language_concept_id: int = 0
    warnings: list[Clause] = field(default_factory=list)


def load_demo(workspace: Workspace, settings: Settings | None = None) -> Loaded:
    """Write the demo vocabulary and the resolution tables to ``lake/vocabulary``."""

    def base(connection: duckdb.DuckDBPyConnection, folder: Path) -> Base:
        land_demo(connection)
        # packs are matched by strength before the other tables are written
        query = typed_select("drug_strength", list(columns("drug_strength")), "base_drug_strength")
        write(connection, query, folder / "drug_strength.parquet")
        tables = {
            name: f"from base_{name}"
            for name in (
                "vocabulary",
                "domain",
                "concept_class",
                "relationship",
                "concept_relationship",
                "concept_ancestor",
                "concept_synonym",
            )
        }
        version = connection.execute(
            "select vocabulary_version from base_vocabulary where vocabulary_id = 'None'"
        ).fetchone()
        return Base(
            tables,
            str(version[0]) if version else "",
            "demo",
            is_demo=True,
            finished=("drug_strength",),
            language_concept_id=french_language(connection),
        )

    return load(workspace, base, settings or Settings())


def load(
    workspace: Workspace,
    make_base: Callable[[duckdb.DuckDBPyConnection, Path], Base],
    settings: Settings,
) -> Loaded:
    """Build every file of ``lake/vocabulary`` from a base and the mapping files.

    Raises:
        SndsOmopError: SO-411 when a mapping file of the site breaks a rule.
    """
    workspace.create()
    refuse_broken_site(workspace, one_person=settings.mappings.one_person)
    with fresh_snapshot(workspace) as folder:
        connection = connect(folder, settings.engine)
        with connection:
            base = make_base(connection, folder)
            _resolve(connection, folder, workspace)
            lost = [*_lost_targets(connection), *_absent_words(connection)]
            rows, own = _write_tables(connection, base, folder)
        write_resolution(
            folder,
            Resolution(
                resolution_key(workspace), own, base.finished, base.language_concept_id, base.origin
            ),
        )
        shutil.rmtree(folder / "spill", ignore_errors=True)
        for leftover in folder.glob("_*.parquet"):
            leftover.unlink()
    return Loaded(base.version, base.is_demo, rows, [*base.warnings, *lost])


def resolve_again(workspace: Workspace, settings: Settings) -> bool:
    """Resolve codes again if what they are resolved from has changed since the load.

    So that `vocab load`, `stage`, `build` gives what `stage`, `vocab load`, `build` gives.

    Returns:
        True when another snapshot became the current one.
    """
    snapshot = current(workspace)
    known = read_resolution(snapshot)
    if known is None or known.key == resolution_key(workspace):
        return False
    meta = pl.read_parquet(snapshot / "vocabulary_meta.parquet", glob=False).row(0, named=True)

    def base(connection: duckdb.DuckDBPyConnection, folder: Path) -> Base:
        tables = {
            name: f"select * exclude (file_row_number) from read_parquet("  # noqa: S608
            f"{literal(snapshot / f'{name}.parquet')}, file_row_number = true) "
            f"where file_row_number < {rows}"
            for name, rows in known.base_rows.items()
        }
        for name in known.finished:
            os.link(snapshot / f"{name}.parquet", folder / f"{name}.parquet")
        connection.execute(f"create table concept as {tables['concept']}")
        link_table(connection, f"({tables['concept_relationship']})")
        return Base(
            tables,
            meta["vocabulary_version"],
            known.origin,
            bool(meta["is_demo"]),
            known.finished,
            known.language_concept_id,
        )

    load(workspace, base, settings)
    return current(workspace) != snapshot


def resolution_key(workspace: Workspace) -> str:
    """SHA-256 over what codes are resolved from, the vocabulary apart."""
    digest = hashlib.sha256(__version__.encode())
    for file in Delivery.load(workspace.manifest).files:
        # where a file was found, and when it was written, change no code
        digest.update(file.model_dump_json(exclude={"root", "modified"}).encode())
    folders = (
        mappings_dir(),
        vocabularies_dir(),
        site_mappings(workspace),
        families.site_nomenclatures(workspace),
    )
    for folder in folders:
        for path in sorted(folder.rglob("*.csv")):
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _lost_targets(connection: duckdb.DuckDBPyConnection) -> list[Clause]:
    """Approved rows whose target the vocabulary cannot serve, by vocabulary."""
    lost = connection.execute(
        """
        select mapping.vocabulary_id, count(*)
        from mapping
        left join approved
            on mapping.source_vocabulary = approved.source_vocabulary
            and mapping.source_code = approved.source_code
        where mapping.status = 'APPROVED' and mapping.concept_id <> 0
        and approved.source_code is null
        group by mapping.vocabulary_id
        order by mapping.vocabulary_id
        """
    ).fetchall()
    return [
        Clause(
            f"{n} approved rows of {vocabulary} lead to no standard concept of this vocabulary: "
            "see `snds-omop vocab check`",
            f"{n} lignes approuvées de {vocabulary} ne mènent à aucun concept standard de ce "
            "vocabulaire : voyez `snds-omop vocab check`",
        )
        for vocabulary, n in lost
    ]


def _absent_words(connection: duckdb.DuckDBPyConnection) -> list[Clause]:
    """Codes that models name and that have no concept in this vocabulary: 0 will be written."""
    names = ", ".join(literal(name) for name in LISTS)
    absent = connection.execute(
        f"""
        select map, string_agg(source_code, ', ' order by source_code)
        from structural
        where map in ({names}) and mapping_status = 'APPROVED' and target_concept_id = 0
        group by map
        order by map
        """  # noqa: S608
    ).fetchall()
    return [
        Clause(
            f"list {name}: this vocabulary has no concept for {codes}; 0 is written",
            f"liste {name} : ce vocabulaire n'a pas de concept pour {codes} ; on écrit 0",
        )
        for name, codes in absent
    ]


def _resolve(connection: duckdb.DuckDBPyConnection, folder: Path, workspace: Workspace) -> None:
    land_mappings(connection, folder, site_mappings(workspace))
    land_vocabularies(connection, folder)
    _drug_reference(connection, workspace)
    connection.execute("create or replace table structural_name (map VARCHAR)")
    names = [(vocabulary.source_vocabularies[0],) for vocabulary in structural_vocabularies()]
    connection.executemany("insert into structural_name values (?)", names)
    custom.athena_codes(connection)
    register_seen_codes(workspace, connection)
    land_registry(connection, folder, site_registry(workspace))
    resolution.lookups(connection)
    custom.approved_targets(connection)
    custom.custom_concepts(connection)
    resolution.athena_targets(connection)
    resolution.atc_targets(connection)
    strengths.land_strengths(connection, folder)
    strengths.strength_targets(connection)
    resolution.drug_routes(connection)
    families.add_families(connection, families.site_nomenclatures(workspace))
    resolution.code_map(connection)
    resolution.structural_map(connection)


def _drug_reference(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    """Make table ``drug_reference`` from IR_PHA_R when it was delivered, else empty."""
    connection.execute(
        "create or replace table drug_reference"
        " (cip13 VARCHAR, ucd VARCHAR, atc VARCHAR, dose DOUBLE, unit VARCHAR, form VARCHAR)"
    )
    lake = workspace.lake / "reference" / "ir_pha_r"
    if not any(lake.glob("**/*.parquet")):
        return
    files = literal(pattern(lake, "**", "*.parquet"))
    connection.execute(
        f"""
        insert into drug_reference
        select distinct
            lpad(cast(PHA_CIP_C13 as varchar), 13, '0'),
            case when cast(PHA_CIP_UCD as varchar) like '34008________'
                then substr(cast(PHA_CIP_UCD as varchar), 6, 7)
                when cast(PHA_CIP_UCD as varchar) not in ('', '0')
                then lpad(right(ltrim(cast(PHA_CIP_UCD as varchar), '0'), 7), 7, '0') end,
            nullif(upper(trim(cast(PHA_ATC_CLA as varchar))), ''),
            try_cast(replace(trim(PHA_DOS_PRA_DSES), ',', '.') as double),
            upper(trim(PHA_DOS_UNT_DSES)),
            upper(strip_accents(trim(PHA_FRM_LIB)))
        from read_parquet({files}, union_by_name = true)
        where PHA_CIP_C13 is not null
        """  # noqa: S608
    )


def _write_tables(
    connection: duckdb.DuckDBPyConnection, base: Base, folder: Path
) -> tuple[dict[str, int], dict[str, int]]:
    """Rows written by table, and those of them that are the vocabulary's own."""
    added = {
        "concept": custom.concept_rows(),
        "vocabulary": "select *, 0 as vocabulary_concept_id from french_vocabulary",
        "concept_relationship": custom.relationship_rows(),
        "concept_synonym": custom.synonym_rows(base.language_concept_id),
        "source_to_concept_map": custom.source_to_concept_rows(),
    }
    queries = {"concept": "from concept", **base.tables}
    rows: dict[str, int] = {}
    own: dict[str, int] = {}
    for table in TABLES:
        if table in base.finished:
            rows[table] = count(connection, folder / f"{table}.parquet")
            continue
        names = list(columns(table))
        parts = []
        if table in queries:
            parts.append(typed_select(table, names, f"({queries[table]})"))
        if table in added:
            # What we add is small: sorted, so that two loads give equal bytes.
            parts.append(f"(from ({typed_select(table, names, f'({added[table]})')}) order by all)")
        empty = typed_select(table, (), "(select 1)") + " where false"
        rows[table] = write(
            connection, " union all ".join(parts) or empty, folder / f"{table}.parquet"
        )
        if table in queries:
            counted = connection.execute(
                f"select count(*) from ({added[table]})" if table in added else "select 0"  # noqa: S608
            ).fetchone()
            own[table] = rows[table] - int(counted[0] if counted else 0)
    rows["code_map"] = write(
        connection,
        "from code_map order by source_vocabulary, source_code, target_rank",
        folder / "code_map.parquet",
    )
    rows["structural_map"] = write(
        connection,
        "select * exclude (vocabulary_id) from structural order by map, source_code",
        folder / "structural_map.parquet",
    )
    meta = (
        f"select {literal(base.version)} as vocabulary_version, {str(base.is_demo).lower()} "
        f"as is_demo, {literal(base.origin)} as loaded_from"
    )
    rows["vocabulary_meta"] = write(connection, meta, folder / "vocabulary_meta.parquet")
    return rows, own
