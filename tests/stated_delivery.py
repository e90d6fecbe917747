"""Shortfalls of a delivery that a test states row by row."""

from __future__ import annotations

import duckdb

from data_quality.completeness import Shortfall, Thresholds, measure_shortfalls

LIMITS = Thresholds()


def measured(
    *,
    files: list[tuple[str, int | None, int]],
    rejects: list[tuple[str, int | None, str, int]] = [],  # noqa: B006
    unparsed: list[tuple[str, int | None, str, int]] = [],  # noqa: B006
    ledger: list[tuple[str, int | None, str, str | None, int]] = [],  # noqa: B006
    lines: list[tuple[str, str, int]] = [],  # noqa: B006
    packs: list[tuple[str, int]] = [],  # noqa: B006
    codes: list[tuple[str, int, str | None]] = [],  # noqa: B006
) -> tuple[Shortfall, ...]:
    """Shortfalls of a delivery, from its audit and, for months, from its lines."""
    with duckdb.connect() as connection:
        connection.execute("create schema audit; create schema lake")
        shapes = {
            "audit.files": "source_table varchar, source_year integer, rows_staged bigint,"
            " fate varchar default 'loaded', file_name varchar, fate_code varchar",
            "audit.rejects": "source_table varchar, source_year integer, reason varchar,"
            " n_rows bigint",
            "audit.unparsed": "source_table varchar, source_year integer,"
            " column_name varchar, n_unparsed bigint",
            "audit.ledger": "source_table varchar, source_year integer, disposition varchar,"
            " rule_id varchar, n_rows bigint",
            "lake.ER_PRS_F": "FLX_DIS_DTD date, PRS_NAT_REF varchar,"
            " _source_year integer default 2019",
            "lake.ER_PHA_F": "FLX_DIS_DTD date, PHA_PRS_C13 varchar default '3400930000000',"
            " PHA_PRS_IDE varchar, _source_year integer default 2019",
            "lake.ER_BIO_F": "_source_year integer, BIO_PRS_IDE varchar",
        }
        for name, columns in shapes.items():
            connection.execute(f"create table {name} ({columns})")
        for name, rows in (
            ("audit.files", [("IR_BEN_R", None, 10), *files]),
            ("audit.rejects", rejects),
            ("audit.unparsed", unparsed),
            ("audit.ledger", ledger),
            ("lake.ER_PRS_F", [row[:2] for row in lines for _ in range(row[2])]),
            ("lake.ER_PHA_F", [row[:1] for row in packs for _ in range(row[1])]),
            ("lake.ER_BIO_F", [row[1:] for row in codes]),
        ):
            if rows:
                places = ", ".join("?" * len(rows[0]))
                named = ", ".join(
                    column.split()[0] for column in shapes[name].split(",")[: len(rows[0])]
                )
                connection.executemany(f"insert into {name} ({named}) values ({places})", rows)
        return measure_shortfalls(
            lambda sql: connection.execute(sql).fetchall(),
            {name: name for name in shapes},
            LIMITS,
        )


def kinds(found: tuple[Shortfall, ...]) -> list[tuple[str, str, str]]:
    return [(one.kind, one.what, one.column) for one in found]
