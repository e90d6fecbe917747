"""A session on the PostgreSQL server that a release is published to, or why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from etl.clauses import Clause
from etl.errors import SndsOmopError
from etl.server_answers import why_not

if TYPE_CHECKING:
    import psycopg

_LOCK = 0x5D50_0B0B
_ENCODING = "UTF8"
_NO_ADDRESS = Clause(
    "--url is no address: write postgresql://user@host:5432/database, and a special sign of a"
    " password as %XX (or give PGPASSWORD)",
    "--url n'est pas une adresse : écrivez postgresql://utilisateur@machine:5432/base, et un signe"
    " spécial du mot de passe sous la forme %XX (ou donnez PGPASSWORD)",
)


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection[Any]]:
    """One session, alone to publish.

    Raises:
        SndsOmopError: SO-110 without psycopg; SO-115 when the address, the server or the database
            does not serve, or when another publication is under way.
    """
    try:
        import psycopg
    except ImportError as error:
        raise SndsOmopError(
            "SO-110",
            "psycopg is absent: pip install 'snds-omop[postgres]'",
            "psycopg est absent : pip install 'snds-omop[postgres]'",
        ) from error
    try:
        server = psycopg.connect(url, autocommit=True, options="-c datestyle=ISO,YMD")
    except psycopg.Error as error:
        kind = type(error).__name__
        unknown = Clause(f"connection failed ({kind})", f"la connexion a échoué ({kind})")
        is_address = not isinstance(error, psycopg.ProgrammingError)
        why = (why_not(str(error)) or unknown) if is_address else _NO_ADDRESS
        # The words may repeat a part of the address, password included.
        raise SndsOmopError("SO-115", *why) from None
    with server:
        encoding = server.info.parameter_status("server_encoding")
        if encoding != _ENCODING:
            raise SndsOmopError(
                "SO-115",
                f"the database is encoded in {encoding}: create it with encoding UTF8"
                " (`createdb -E UTF8 -T template0 NAME`)",
                f"la base est encodée en {encoding} : créez-la avec l'encodage UTF8"
                " (`createdb -E UTF8 -T template0 NOM`)",
            )
        row = server.execute("select pg_try_advisory_lock(%s)", [_LOCK]).fetchone()
        if not row or not row[0]:
            raise SndsOmopError(
                "SO-115", "another publication is under way", "une autre publication est en cours"
            )
        yield server
