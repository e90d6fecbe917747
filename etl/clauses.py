"""What is held to people, in both languages side by side: one place per sentence."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pydantic import ValidationError


class Clause(NamedTuple):
    """A clause for people, in both languages; it names no value of a person."""

    english: str
    french: str

    def say(self, lang: str) -> str:
        return self.french if lang == "fr" else self.english


def same(text: str) -> Clause:
    """What needs no translation: names of tables, columns, files, codes."""
    return Clause(text, text)


def numbered(value: int, english: tuple[str, str], french: tuple[str, str]) -> Clause:
    """A number with its noun, singular and plural: French has the singular for 0 too."""
    plain = f"{value:,}"
    written = {"en": plain, "fr": plain.replace(",", "\u202f")}
    return Clause(f"{written['en']} {english[value != 1]}", f"{written['fr']} {french[value > 1]}")


def joined(clauses: Iterable[Clause], between: str = "; ") -> Clause:
    """Several clauses as one; a French semicolon has a space before it."""
    several = list(clauses)
    french = " ; " if between == "; " else between
    return Clause(
        between.join(one.english for one in several), french.join(one.french for one in several)
    )


_SYSTEM_FRENCH = {
    errno.EACCES: "accès refusé",
    errno.EPERM: "opération interdite",
    errno.ENOENT: "aucun fichier ni dossier de ce nom",
    errno.ENOSPC: "plus de place sur le disque",
    errno.EDQUOT: "le quota du disque est atteint",
    errno.EEXIST: "un fichier porte déjà ce nom",
    errno.EISDIR: "c'est un dossier",
    errno.ENOTDIR: "ce n'est pas un dossier",
    errno.EROFS: "le disque est en lecture seule",
    errno.EIO: "le disque ne répond pas correctement",
    errno.ENAMETOOLONG: "le nom est trop long",
    errno.EMFILE: "trop de fichiers sont ouverts",
    errno.ELOOP: "trop de liens symboliques se suivent",
}


def of_system(error: OSError) -> Clause:
    """What the system answered; it speaks English in itself."""
    english = error.strerror or type(error).__name__
    return Clause(english, _SYSTEM_FRENCH.get(error.errno or 0, f"erreur du système ({english})"))


class RefusedValueError(ValueError):
    """What a validator of ours raises, so that its words exist in both languages."""

    def __init__(self, english: str, french: str) -> None:
        super().__init__(english)
        self.clause = Clause(english, french)


_WHOLE, _NUMBER = "un nombre entier est attendu", "un nombre est attendu"
_DAY = "une date AAAA-MM-JJ est attendue"
_SECTION, _LIST = "une section est attendue", "une liste est attendue"
_TRUTH, _TEXT = "true ou false est attendu", "un texte est attendu"

# Kinds of refusal of pydantic that our models can meet (a test tries them).
MODEL_FRENCH = {
    "missing": "il manque",
    "extra_forbidden": "ce nom n'est pas connu",
    "literal_error": "il faut {expected}",
    "enum": "il faut {expected}",
    "bool_parsing": _TRUTH,
    "bool_type": _TRUTH,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "finite_number": _NUMBER,
    "string_type": _TEXT,
    "path_type": _TEXT,
    "string_too_short": "{min_length} caractère(s) au moins",
    "string_too_long": "{max_length} caractères au plus",
    "string_pattern_mismatch": "la forme attendue est {pattern}",
    "greater_than_equal": "{ge} au moins",
    "greater_than": "plus de {gt}",
    "less_than_equal": "{le} au plus",
    "less_than": "moins de {lt}",
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "too_short": "la liste est trop courte ({min_length} au moins)",
    "tuple_type": _LIST,
    "list_type": _LIST,
    "frozen_set_type": _LIST,
    "dict_type": _SECTION,
    "mapping_type": _SECTION,
    "model_type": _SECTION,
    "model_attributes_type": _SECTION,
}


def of_model(error: ValidationError) -> list[Clause]:
    """Each refusal of a model: the place in the file and what is wrong, never the value."""
    return [_of_fault(fault) for fault in error.errors(include_input=False, include_url=False)]


def _of_fault(fault: Mapping[str, Any]) -> Clause:
    context = dict(fault.get("ctx", {}))
    if isinstance(raised := context.get("error"), RefusedValueError):
        why = raised.clause
    else:
        # lists of pydantic: 'one', 'other' or 'third'
        listed = {name: str(value).replace(" or ", " ou ") for name, value in context.items()}
        french = MODEL_FRENCH.get(fault["type"], f"valeur refusée ({fault['type']})")
        why = Clause(fault["msg"], french.format(**listed))
    place = ".".join(str(part) for part in fault["loc"])
    return Clause(
        f"{place or 'file'}: {why.english}",
        f"{place or 'fichier'} : {why.french}",
    )
