"""From a vocabulary (demo or Athena) and the mapping files to ``lake/vocabulary``.

Everything is written beside, then put in place by renaming: a reader sees the old vocabulary
or the new one, never half of one.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from etl.clauses import Clause
from etl.settings import Settings
from etl.vocabulary import custom, families, resolution, strengths
from etl.vocabulary.catalogue import structural_vocabularies
from etl.vocabulary.check import refuse_broken_site
from etl.vocabulary.demo import land_demo
from etl.vocabulary.listed import LISTS
from etl.vocabulary.mappings import (
    land_mappings,
    land_registry,
    land_vocabularies,
    site_mappings,
)
from etl.vocabulary.seen import register_seen_codes, site_registry
from etl.vocabulary.tables import TABLES, columns, connect, count, literal, typed_select, write
from etl.workspace import Workspace


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

    def base(connection: duckdb.DuckDBPyConnection, _: Path) -> Base:
        land_demo(connection)
        tables = {
            name: f"from base_{name}"
            for name in (
                "vocabulary",
                "domain",
                "concept_class",
                "relationship",
                "concept_relationship",
                "concept_ancestor",
            )
        }
        version = connection.execute(
            "select vocabulary_version from base_vocabulary where vocabulary_id = 'None'"
        ).fetchone()
        return Base(tables, str(version[0]) if version else "", "demo", is_demo=True)

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
    refuse_broken_site(workspace)
    with _aside(workspace.vocabulary) as folder:
        connection = connect(folder, settings.engine)
        with connection:
            base = make_base(connection, folder)
            _resolve(connection, folder, workspace)
            lost = [*_lost_targets(connection), *_absent_words(connection)]
            rows = _write_tables(connection, base, folder)
        shutil.rmtree(folder / "spill", ignore_errors=True)
        for leftover in folder.glob("_*.parquet"):
            leftover.unlink()
    return Loaded(base.version, base.is_demo, rows, [*base.warnings, *lost])


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


@contextmanager
def _aside(target: Path) -> Iterator[Path]:
    """A folder that takes the place of ``target`` when the block ends well."""
    fresh = target.with_name(f".{target.name}.new")
    old = target.with_name(f".{target.name}.old")
    for folder in (fresh, old):
        shutil.rmtree(folder, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        yield fresh
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)


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
    files = literal(lake / "**" / "*.parquet")
    connection.execute(
        f"""
        insert into drug_reference
        select distinct
            lpad(cast(PHA_CIP_C13 as varchar), 13, '0'),
            case when cast(PHA_CIP_UCD as varchar) not in ('', '0')
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
) -> dict[str, int]:
    added = {
        "concept": custom.concept_rows(),
        "vocabulary": "select *, 0 as vocabulary_concept_id from french_vocabulary",
        "concept_relationship": custom.relationship_rows(),
        "concept_synonym": custom.synonym_rows(base.language_concept_id),
        "source_to_concept_map": custom.source_to_concept_rows(),
    }
    queries = {"concept": "from concept", **base.tables}
    rows = {}
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
    return rows
