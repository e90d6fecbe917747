"""Why a PostgreSQL server lets no one in: the one place that reads its answers.

libpq gives no code for a connection that failed, only words: of itself, or of the server in its own
language. They may repeat the address, so they are searched for known phrases and never shown.
"""

from __future__ import annotations

import re

from etl.clauses import Clause

# The first phrase that is found decides. French is what a server with lc_messages = fr_FR answers.
_REASONS = (
    (
        r"password authentication failed|no password supplied|authentification par mot de passe",
        Clause(
            "the server does not accept the password of this user (PGPASSWORD, ~/.pgpass)",
            "le serveur n'accepte pas le mot de passe de cet utilisateur (PGPASSWORD, ~/.pgpass)",
        ),
    ),
    (
        r"role .* (?:does not exist|n'existe pas)|le rôle .* n'existe pas",
        Clause("the server knows no such user", "le serveur ne connaît pas cet utilisateur"),
    ),
    (
        r"database .* does not exist|base de données .* n'existe pas",
        Clause(
            "the server has no such database: create it first (`createdb -E UTF8 NAME`)",
            "le serveur n'a pas cette base : créez-la d'abord (`createdb -E UTF8 NOM`)",
        ),
    ),
    (
        r"permission denied for database|droit refusé pour la base",
        Clause("this user may not connect to it", "cet utilisateur n'a pas le droit de connexion"),
    ),
    (
        r"pg_hba\.conf",
        Clause(
            "the server does not accept this user from this machine (pg_hba.conf)",
            "le serveur n'accepte pas cet utilisateur depuis cette machine (pg_hba.conf)",
        ),
    ),
    (
        r"translate host name|name or service not known|nodename nor servname|resolve host"
        r"|traduire le nom d'hôte|failed to resolve",
        Clause("the name of the host is not known", "le nom de la machine est inconnu"),
    ),
    (
        r"connection refused|connexion refusée|no such file or directory",
        Clause(
            "no server listens there: check host and port, and that PostgreSQL runs",
            "aucun serveur n'y écoute : vérifiez machine et port, et que PostgreSQL tourne",
        ),
    ),
    (
        r"timeout|timed out|no route to host|network is unreachable|délai",
        Clause(
            "the server does not answer: a firewall, or a wrong host",
            "le serveur ne répond pas : un pare-feu, ou une machine qui n'est pas la bonne",
        ),
    ),
    (
        r"too many (?:clients|connections)|connection slots|trop de (?:clients|connexions)",
        Clause("it has no connection left", "il n'a plus de connexion libre"),
    ),
    (r"\bSSL\b|certificate", Clause("TLS: see `sslmode` in the address", "TLS : voyez `sslmode`")),
    (
        r"starting up|shutting down|recovery mode|démarr|arrêt",
        Clause("the server starts or stops: wait", "le serveur démarre ou s'arrête : attendez"),
    ),
)


def why_not(words: str) -> Clause | None:
    """What a refused connection means; None when no phrase is known."""
    found = (clause for phrase, clause in _REASONS if re.search(phrase, words, re.IGNORECASE))
    return next(found, None)
