"""What is written for PostgreSQL and WebAPI, and a server that answers badly: no server needed."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.dialects import postgresql

from etl.errors import SndsOmopError
from etl.publish.postgres import _sql, database_of
from etl.publish.postgres_schema import (
    INDEXES_FILE,
    Schemas,
    create_table,
    key_steps,
    postgres_tables,
    require_wide_ids,
    wire_types,
)
from etl.publish.postgres_session import connected
from etl.publish.source import SourceTable
from etl.publish.webapi import Database, registration, source_key, statements
from etl.release.manifest import Identity

psycopg = pytest.importorskip("psycopg", reason="needs the extra `postgres`")


def identity(**changes: str) -> Identity:
    known = dict.fromkeys(Identity.model_fields, "x") | changes
    return Identity(**known)


@pytest.mark.parametrize(
    ("url", "host", "port", "name"),
    [
        ("postgresql://me@server:5433/data", "server", "5433", "data"),
        ("postgresql://me@server/data", "server", "5432", "data"),
        ("postgresql://me@server", "server", "5432", "me"),
        ("postgresql://", "localhost", "5432", "postgres"),
        ("postgresql:///data?host=/run/postgresql", "localhost", "5432", "data"),
    ],
)
def test_a_database_as_another_server_reaches_it(url: str, host: str, port: str, name: str) -> None:
    """libpq's own defaults: localhost, 5432, a database named as the user."""
    assert database_of(url) == Database(host, port, name)


def test_a_source_is_made_known_to_webapi() -> None:
    """Kinds of daimon as WebAPI numbers them: 0 CDM, 1 vocabulary, 2 results, 5 temporary."""
    text = registration(
        identity(source_name="L'" + "n" * 300, source_abbreviation="Site é-1"),
        Database("server", "5433", "data"),
        Schemas("c", "v", "r"),
    )
    assert "(values (0, 'c'), (1, 'v'), (2, 'r'), (5, 'r'))" in text
    assert "'jdbc:postgresql://server:5433/data'" in text
    assert text.count("'L''" + "n" * 253 + "'") == 2  # a name has at most 255 letters
    assert text.count("'Site_é_1'") == 6


def test_a_key_has_at_most_fifty_letters() -> None:
    assert source_key(identity(source_abbreviation="a" * 60)) == "a" * 50
    assert source_key(identity(source_abbreviation="a b.c'd2")) == "a_b_c_d2"


def test_lengths_of_stay_are_where_atlas_draws_them_from() -> None:
    """ATLAS reads analysis 211; Achilles 1.7 numbers it 213."""
    *others, last = statements("results")
    assert "select 211, stratum_1" in last
    assert last.endswith("where analysis_id = 213")
    assert all(one.startswith(("create table if not", "create index if not")) for one in others)
    (cohort,) = [one for one in others if '"cohort_inclusion"' in one and "create table" in one]
    assert '"rule_sequence" ' in cohort
    assert " not null" in cohort
    assert any(one.endswith(" where stratum_2 <> ''") for one in others)
    assert not all(one.endswith(" where stratum_2 <> ''") for one in others if "index" in one)


@pytest.mark.parametrize("name", ["cdm", "_x9", "a" * 63])
@pytest.mark.parametrize("place", ["cdm", "vocabulary", "results"])
def test_names_of_schemas(name: str, place: str) -> None:
    Schemas(**{place: name})
    for bad in (name.upper(), f"9{name}", f"{name};", name.ljust(64, "a")):
        with pytest.raises(SndsOmopError) as caught:
            Schemas(**{place: bad})
        assert caught.value.code == "SO-101"


def test_the_vocabulary_is_with_the_cdm_unless_it_is_named() -> None:
    concept = SourceTable("cdm", "concept", (), 0, "")
    person, results = (
        SourceTable("cdm", "person", (), 0, ""),
        SourceTable("results", "x", (), 0, ""),
    )
    homes = Schemas("c", None, "r")
    assert [homes.home(one) for one in (concept, person, results)] == ["c", "c", "r"]
    homes = Schemas("c", "v", "r")
    assert [homes.home(one) for one in (concept, person, results)] == ["v", "c", "r"]


def test_integer_ids_are_refused() -> None:
    require_wide_ids("bigint")
    with pytest.raises(SndsOmopError) as caught:
        require_wide_ids("integer")
    assert (caught.value.code, caught.value.where) == ("SO-101", "--ids")


def tables() -> list[SourceTable]:
    """The columns of persons and their observation periods, and a table of no specification."""
    person = (("person_id", "bigint"), ("gender_concept_id", "integer"),
              ("person_source_value", "varchar"), ("birth_datetime", "timestamp"))  # fmt: skip
    period = (("observation_period_id", "bigint"), ("person_id", "bigint"),
              ("observation_period_end_date", "date"))  # fmt: skip
    other = (("big", "hugeint"), ("money", "decimal(12,2)"), ("flag", "boolean"),
             ("share", "double"), ("text", "varchar"))  # fmt: skip
    return [
        SourceTable("cdm", "person", person, 0, ""),
        SourceTable("cdm", "observation_period", period, 0, ""),
        SourceTable("audit", "other", other, 0, ""),
    ]


def test_tables_have_the_widths_and_obligations_of_the_specification() -> None:
    """OMOP CDM 5.4: person_source_value varchar(50), gender_concept_id required."""
    made = postgres_tables(tables(), "loading")
    ddl = {name: " ".join(_sql(create_table(one)).split()) for name, one in made.items()}
    assert ddl["person"] == (
        "CREATE TABLE loading.person ( person_id BIGINT NOT NULL, gender_concept_id INTEGER NOT "
        "NULL, person_source_value VARCHAR(50), birth_datetime TIMESTAMP WITHOUT TIME ZONE )"
    )
    assert ddl["other"] == (
        "CREATE TABLE loading.other ( big NUMERIC(38, 0), money NUMERIC(12, 2), flag BOOLEAN, "
        "share DOUBLE PRECISION, text TEXT )"
    )
    assert wire_types(tables()[2]) == ["numeric", "numeric", "bool", "float8", "text"]


def test_keys_and_indexes_of_the_tables_that_are_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """Primary keys, then indexes, then foreign keys to tables of the release only."""
    with INDEXES_FILE.open(encoding="utf-8", newline="") as handle:
        rows = [one for one in csv.DictReader(handle) if one["table"] == "person"]
    own = tmp_path / "indexes.csv"
    with own.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, rows[0])
        writer.writeheader()
        writer.writerow(rows[0] | {"column": "person_id", "name": "idx"})
    monkeypatch.setattr("etl.publish.postgres_schema.INDEXES_FILE", own)
    steps = list(key_steps(postgres_tables(tables(), "loading")))
    assert [(one.name, one.table) for one in steps] == [
        ("xpk_person", "person"), ("xpk_observation_period", "observation_period"),
        ("idx", "person"), ("fpk_observation_period_person_id", "observation_period"),
    ]  # fmt: skip
    texts = [str(one.statement.compile(dialect=postgresql.dialect())) for one in steps]
    assert "PRIMARY KEY (person_id)" in texts[0]
    assert "FOREIGN KEY(person_id) REFERENCES loading.person (person_id)" in texts[-1]


class Server:
    """A session whose answers are given."""

    def __init__(self, encoding: str, row: tuple[bool, ...] | None) -> None:
        self.info = SimpleNamespace(parameter_status=lambda name: encoding)
        self.row = row
        self.is_open = True

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *error: object) -> None:
        self.is_open = False

    def execute(self, query: str, parameters: object) -> SimpleNamespace:
        assert query == "select pg_try_advisory_lock(%s)"
        return SimpleNamespace(fetchone=lambda: self.row)


@contextmanager
def session(monkeypatch: pytest.MonkeyPatch, server: Server) -> Iterator[dict[str, Any]]:
    asked: dict[str, Any] = {}

    def connect(url: str, **options: Any) -> Server:
        asked.update(options, url=url)
        return server

    monkeypatch.setattr(psycopg, "connect", connect)
    with connected("postgresql://x") as found:
        assert found is server
        yield asked
    assert not server.is_open


def test_each_statement_of_a_session_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with session(monkeypatch, Server("UTF8", (True,))) as asked:
        assert asked["autocommit"] is True
        assert asked["options"] == "-c datestyle=ISO,YMD"


@pytest.mark.parametrize(
    ("encoding", "row", "words"),
    [
        ("LATIN1", (True,), "encoded in LATIN1"),
        ("SQL_ASCII", (True,), "encoded in SQL_ASCII"),
        ("UTF8", (False,), "another publication"),
        ("UTF8", None, "another publication"),
    ],
)
def test_a_server_that_does_not_serve(
    monkeypatch: pytest.MonkeyPatch, encoding: str, row: tuple[bool, ...] | None, words: str
) -> None:
    server = Server(encoding, row)
    with (
        pytest.raises(SndsOmopError, match=words) as caught,
        session(monkeypatch, server),
    ):
        pytest.fail("no session was to be given")
    assert caught.value.code == "SO-115"
    assert not server.is_open


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (psycopg.ProgrammingError("invalid dsn secret"), "--url is no address"),
        (psycopg.OperationalError("connection refused secret"), "refuse"),
        (psycopg.OperationalError("something else secret"), "OperationalError"),
    ],
)
def test_why_there_is_no_session(
    monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    """An address or an answer of the server may hold a password: neither is repeated."""

    def connect(*arguments: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(psycopg, "connect", connect)
    with pytest.raises(SndsOmopError, match=words) as caught, connected("postgresql://x"):
        pass
    assert caught.value.code == "SO-115"
    assert "secret" not in str(caught.value)
