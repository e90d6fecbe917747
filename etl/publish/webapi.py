"""What WebAPI and ATLAS need in PostgreSQL, other than the release itself.

WebAPI writes the results of cohorts, characterisations, incidences and pathways into tables of the
results schema (columns: WebAPI's ``ddl/results``, 2.15); they are created empty and kept when
another release is published. A source is known to WebAPI by rows in its own database: the SQL that
inserts them is written, not run, because that database has another owner.
"""

# ruff: noqa: S608 - names of our own lists and checked schema names; values are quoted.

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from etl.publish.postgres_schema import Schemas
from etl.release.manifest import Identity
from etl.sql_text import literal

TABLES_FILE = Path(__file__).with_name("webapi_tables.csv")
INDEXES_FILE = Path(__file__).with_name("webapi_indexes.csv")

CDM, VOCABULARY, RESULTS, TEMPORARY = 0, 1, 2, 5
"""Kinds of daimon, as WebAPI numbers them."""
KEY_LENGTH = 50
_LENGTH_OF_STAY = 213
_LENGTH_OF_STAY_IN_ATLAS = 211
_DISTRIBUTION = (
    "stratum_1, stratum_2, stratum_3, stratum_4, stratum_5, count_value, min_value, max_value, "
    "avg_value, stdev_value, median_value, p10_value, p25_value, p75_value, p90_value"
)


@dataclass(frozen=True, slots=True)
class Database:
    """Where the release is, as WebAPI's server reaches it."""

    host: str
    port: str
    name: str

    @property
    def address(self) -> str:
        return f"jdbc:postgresql://{self.host}:{self.port}/{self.name}"


def statements(schema: str) -> Iterator[str]:
    """Create WebAPI's tables and indexes where they are absent; what they hold is kept.

    Args:
        schema: the results schema, a checked name.
    """
    with TABLES_FILE.open(encoding="utf-8", newline="") as handle:
        for table, columns in groupby(csv.DictReader(handle), key=lambda row: row["table"]):
            listed = ", ".join(_column(column) for column in columns)
            yield f'create table if not exists "{schema}"."{table}" ({listed})'
    with INDEXES_FILE.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            columns_ = ", ".join(row["columns"].split())
            only = " where stratum_2 <> ''" if row["only"] else ""
            yield (
                f'create index if not exists {row["name"]} on "{schema}"."{row["table"]}" '
                f"({columns_}){only}"
            )
    # ATLAS draws lengths of stay from analysis 211; Achilles 1.7 computes them as 213.
    yield (
        f'insert into "{schema}".achilles_results_dist (analysis_id, {_DISTRIBUTION}) '
        f"select {_LENGTH_OF_STAY_IN_ATLAS}, {_DISTRIBUTION} "
        f'from "{schema}".achilles_results_dist where analysis_id = {_LENGTH_OF_STAY}'
    )


def source_key(identity: Identity) -> str:
    """The abbreviation as a key that may stand in an address."""
    letters = [letter if letter.isalnum() else "_" for letter in identity.source_abbreviation]
    return "".join(letters)[:KEY_LENGTH]


def registration(identity: Identity, database: Database, schemas: Schemas) -> str:
    """SQL for WebAPI's own database: the source, its daimons, and no number of an earlier release.

    It may be run again after each publication.
    """
    key = literal(source_key(identity))
    daimons = ", ".join(
        f"({kind}, {literal(schema)})"
        for kind, schema in (
            (CDM, schemas.cdm),
            (VOCABULARY, schemas.of_vocabulary),
            (RESULTS, schemas.results),
            (TEMPORARY, schemas.results),
        )
    )
    name, address = literal(identity.source_name[:255]), literal(database.address)
    of_source = f"source_id in (select source_id from source where source_key = {key})"
    return f"""\
-- Run in WebAPI's own database, not in that of the release. Then open /WebAPI/source/refresh.
-- If WebAPI's tables are in another schema than webapi, change the next lines; write the user and
-- the password with which WebAPI reads the release (it must be able to write in the results
-- schema), or set them in ATLAS, Configuration, where they are encrypted.
begin;
set local search_path to webapi;

insert into source (
    source_id, source_name, source_key, source_connection, source_dialect,
    username, password, krb_auth_method, is_cache_enabled, check_connection
)
select
    nextval('source_sequence'), {literal(identity.source_name[:255])}, {key},
    {literal(database.address)}, 'postgresql', '', '', 'PASSWORD', false, true
where not exists (select 1 from source where source_key = {key});

update source
set source_name = {name}, source_connection = {address}
where source_key = {key};

-- Kinds: 0 CDM, 1 vocabulary, 2 results, 5 temporary tables.
insert into source_daimon (source_daimon_id, source_id, daimon_type, table_qualifier, priority)
select nextval('source_daimon_sequence'), source.source_id, daimon.kind, daimon.schema_name, 1
from source
cross join (values {daimons}) as daimon (kind, schema_name)
where source.source_key = {key}
on conflict (source_id, daimon_type) do update set table_qualifier = excluded.table_qualifier;

-- Counts of an earlier release that WebAPI keeps.
delete from achilles_cache where {of_source};
delete from cdm_cache where {of_source};
commit;
"""


def write_registration(
    file: Path, identity: Identity, database: Database, schemas: Schemas
) -> Path:
    """Write the SQL of `registration` to a file, over that of an earlier run."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(registration(identity, database, schemas), encoding="utf-8")
    return file


def _column(column: dict[str, str]) -> str:
    required = " not null" if column["required"] else ""
    default = f" default {column['default']}()" if column["default"] else ""
    return f'"{column["column"]}" {column["type"]}{default}{required}'
