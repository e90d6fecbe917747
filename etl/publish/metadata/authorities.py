"""Codes of the authority lists that a HealthDCAT-AP record cites.

Lists: HealthDCAT-AP Release 8, commit cd7841f (``validator/catalogue``, CC BY 4.0), and the
Publications Office of the EU. Lists that are not held whole (countries, languages, kinds of file,
standards) are not checked: what is taken from them is reported as not verified.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from rdflib import Graph, URIRef

from etl.clauses import Clause, RefusedValueError

CODES_FILE = Path(__file__).with_name("authority_codes.csv")
PROFILE_FILE = Path(__file__).with_name("profile.yml")


@cache
def profile() -> dict[str, Any]:
    """Namespaces and authority lists of the HealthDCAT-AP release in force."""
    loaded: dict[str, Any] = yaml.safe_load(PROFILE_FILE.read_text(encoding="utf-8"))
    return loaded


@cache
def held_lists() -> dict[str, frozenset[str]]:
    """The lists that are held whole, with their codes."""
    with CODES_FILE.open(encoding="utf-8", newline="") as handle:
        rows = [(row["list"], row["code"]) for row in csv.DictReader(handle)]
    return {name: frozenset(code for of, code in rows if of == name) for name, _ in rows}


def require_code(name: str, code: str) -> str:
    """The code, when the list has it or is not held.

    Raises:
        RefusedValueError: the list is held and has no such code.
    """
    codes = held_lists().get(name)
    if codes is not None and code not in codes:
        title = name.replace("_", " ")
        raise RefusedValueError(
            f"a code of the list of {title} is expected: {', '.join(sorted(codes))}",
            f"un code de la liste {title} est attendu : {', '.join(sorted(codes))}",
        )
    return code


def refused_terms(graph: Graph) -> list[Clause]:
    """Terms of a record that their list does not have."""
    found = []
    for name, code in sorted(_cited(graph)):
        if name in held_lists() and code not in held_lists()[name]:
            found.append(
                Clause(
                    f"{code} is not in the list {name}", f"{code} n'est pas dans la liste {name}"
                )
            )
    return found


def unverified_terms(graph: Graph) -> tuple[str, ...]:
    """Terms of a record from lists that are not held, as ``list/code``."""
    return tuple(
        f"{name}/{code}" for name, code in sorted(_cited(graph)) if name not in held_lists()
    )


def _cited(graph: Graph) -> set[tuple[str, str]]:
    prefixes: dict[str, str] = {uri: name for name, uri in profile()["authorities"].items()}
    cited = set()
    for term in set(graph.objects()):
        if isinstance(term, URIRef):
            head, _, code = str(term).rpartition("/")
            if code and (name := prefixes.get(f"{head}/")):
                cited.add((name, code))
    return cited
