"""Words in capitals that stand for a value on a command line, in French."""

from __future__ import annotations

import re

WORDS = {
    "INTEGER RANGE": "NOMBRE",
    "INTEGER": "NOMBRE",
    "DIRECTORY": "DOSSIER",
    "DIR": "DOSSIER",
    "FILE": "FICHIER",
    "PATHS": "CHEMINS",
    "PATH": "CHEMIN",
    "TEXT": "TEXTE",
    "COMMAND": "COMMANDE",
    "ARGS": "ARGUMENTS",
    "BEFORE": "AVANT",
    "AFTER": "APRÈS",
    "OLD": "ANCIEN",
    "NEW": "NOUVEAU",
    "NUMBER": "NUMÉRO",
    "MANIFEST": "MANIFESTE",
    "RELEASE_ID": "VERSION",
    "WHAT": "OBJET",
    "%Y-%m-%d": "AAAA-MM-JJ",
}
_ANY = re.compile(r"(?<![\w-])(?:" + "|".join(map(re.escape, WORDS)) + r")(?![\w-])")


def french_placeholders(text: str) -> str:
    """The text with its placeholders in French; other words stay."""
    return _ANY.sub(lambda found: WORDS[found[0]], text)
