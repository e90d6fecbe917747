"""Why a PostgreSQL server does not serve: real answers of a server, named without the password."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from etl.errors import SndsOmopError
from etl.publish.postgres_session import connected
from etl.server_answers import why_not
from tests import postgres_server

psycopg = pytest.importorskip("psycopg", reason="needs the extra `postgres`")


def refused(url: str) -> str:
    """The error in both languages."""
    with pytest.raises(SndsOmopError) as caught, connected(url):
        pass
    assert caught.value.code == "SO-115"
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    both = f"{caught.value.line()}\n{caught.value.line('fr')}"
    assert "s3cret" not in both
    return both


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres_server.running() as url:
        with psycopg.connect(url, autocommit=True) as session:
            session.execute("create role locked login password 'right'")
            session.execute(
                "create database latin encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'"
                " template template0"
            )
            row = session.execute("show hba_file").fetchone()
            assert row is not None
            rules = Path(row[0])
            rules.write_text(
                "host all locked 127.0.0.1/32 scram-sha-256\nhost all barred 127.0.0.1/32 reject\n"
                + rules.read_text()
            )
            session.execute("create role barred login")
            session.execute("select pg_reload_conf()")
        yield url


@pytest.mark.parametrize(
    "url", ["notaurl", "postgresql://me:s3cret%zz@host/x", "mysql://me:s3cret@host/x"]
)
def test_what_is_no_address(url: str) -> None:
    both = refused(url)
    assert "no address" in both and "n'est pas une adresse" in both


@pytest.mark.parametrize(
    ("url", "english", "french"),
    [
        ("postgresql://me:s3cret@127.0.0.1:1/x", "no server listens", "aucun serveur"),
        ("postgresql://me:s3cret@no.such.host.invalid/x", "name of the host", "nom de la machine"),
    ],
)
def test_no_server(url: str, english: str, french: str) -> None:
    both = refused(url)
    assert english in both and french in both


SERVED = {
    "database": ("tester", "none", "no such database", "n'a pas cette base"),
    "user": ("absent", "postgres", "no such user", "cet utilisateur"),
    "password": ("locked:s3cret", "postgres", "password of this user", "mot de passe"),
    "rule": ("barred", "postgres", "pg_hba.conf", "pg_hba.conf"),
    "encoding": ("tester", "latin", "encoded in LATIN1", "encodée en LATIN1"),
}


@pytest.mark.postgres
@pytest.mark.skipif(postgres_server.binaries() is None, reason="PostgreSQL server not found")
@pytest.mark.parametrize("case", SERVED)
def test_what_a_server_answers(case: str, server: str) -> None:
    user, database, english, french = SERVED[case]
    place = server.partition("@")[2].partition("/")[0]
    both = refused(f"postgresql://{user}@{place}/{database}")
    assert english in both and french in both


@pytest.mark.parametrize(
    ("words", "english"),
    [
        # as PostgreSQL 15 and libpq answer under lc_messages = fr_FR.UTF-8
        ("FATAL:  authentification par mot de passe échouée pour l'utilisateur « u »", "password"),
        ("FATAL:  la base de données « x » n'existe pas", "no such database"),
        ("FATAL:  le rôle « u » n'existe pas", "no such user"),
        ("FATAL:  désolé, trop de clients sont déjà connectés", "no connection left"),
    ],
)
def test_a_server_that_speaks_french(words: str, english: str) -> None:
    found = why_not(words)
    assert found is not None and english in found.english


def test_other_words_are_not_explained() -> None:
    assert why_not("something else") is None
