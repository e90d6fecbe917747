"""A bundle in Athena's form, made of the demo vocabulary, and the next version of it.

Ids above 1,900,000,000 exist in no vocabulary.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from etl.vocabulary.athena import FILES

FIRST_FRENCH = 2_000_000_000
REPLACEMENT = 1_900_000_001
REMAPPED = 1_900_000_002
MAPPED_CODE = 1_900_000_010
"""Concept of the ICD10 code that both versions map, to different targets."""


class AthenaBundle:
    """Tables of a bundle in a DuckDB connection, to be changed by SQL before they are written."""

    def __init__(self, demo: Path, version: str) -> None:
        """Args: ``demo``, the snapshot folder of a loaded demo vocabulary."""
        self.connection = duckdb.connect()
        for name in FILES:
            self.connection.execute(
                f"create table {name} as from read_parquet('{demo / name}.parquet')"
            )
        self.run(
            f"""
            delete from concept where concept_id >= {FIRST_FRENCH};
            delete from concept_relationship
            where concept_id_1 >= {FIRST_FRENCH} or concept_id_2 >= {FIRST_FRENCH};
            delete from concept_synonym where concept_id not in (select concept_id from concept);
            delete from vocabulary where vocabulary_id like 'SNDS%';
            insert into relationship
            select 'Mapped from', 'Mapped from', '0', '0', 'Maps to', 0
            where not exists (from relationship where relationship_id = 'Mapped from');
            """
        )
        self.run("delete from vocabulary where vocabulary_id in ('None', 'ICD10')")
        self.run(
            "insert into vocabulary values "
            f"('None', 'OMOP Standardized Vocabularies', '', '{version}', 0), "
            "('ICD10', 'ICD10 (WHO)', '', '', 0)"
        )

    def run(self, sql: str) -> None:
        self.connection.execute(sql)

    def concept(
        self, concept_id: int, name: str, domain: str, vocabulary: str, standard: str | None
    ) -> None:
        self.connection.execute(
            "insert into concept values"
            " (?, ?, ?, ?, 'Undefined', ?, ?, '1970-01-01', '2099-12-31', null)",
            [concept_id, name, domain, vocabulary, standard, name],
        )

    def relate(self, one: int, relationship: str, two: int) -> None:
        self.connection.execute(
            "insert into concept_relationship values (?, ?, ?, '1970-01-01', '2099-12-31', null)",
            [one, two, relationship],
        )

    def write(self, folder: Path) -> Path:
        """Nine tab-separated files without quotes, days as YYYYMMDD."""
        folder.mkdir(parents=True)
        for name in FILES:
            found = self.connection.execute(f"from {name} order by all")
            header = [column[0] for column in found.description]
            with (folder / f"{name.upper()}.csv").open("w", encoding="utf-8") as handle:
                handle.write("\t".join(header) + "\n")
                for row in found.fetchall():
                    handle.write("\t".join(_cell(value) for value in row) + "\n")
        return folder


def _cell(value: object) -> str:
    if value is None:
        return ""
    if hasattr(value, "strftime"):
        return str(value.strftime("%Y%m%d"))
    return str(value)
