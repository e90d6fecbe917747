"""Forms of values that cannot be read without doubt, so that a message can name them."""

from __future__ import annotations

import polars as pl

from etl.clauses import Clause

_SHORT_YEAR = (
    r"^\d{1,2}[/.-]\d{1,2}[/.-]\d{2}(?:\D|$)|^\d{1,2}[ -]?\p{L}{3,5}\.?[ -]?\d{2}(?:\D|$)"
    r"|^\d{6}$|^\d{2}$"
)
#: Name → how such values look, and what to ask for. The first that holds counts.
_FORMS: dict[str, tuple[str, Clause]] = {
    "short_year": (
        _SHORT_YEAR,
        Clause(
            "the year has two digits: ask for four", "l'année a deux chiffres : demandez-en quatre"
        ),
    ),
    "days": (
        r"^\d{4,5}(?:[.,]\d+)?$",
        Clause(
            "a number of days of a spreadsheet or of SAS: ask for dates",
            "un nombre de jours d'un tableur ou de SAS : demandez des dates",
        ),
    ),
    "seconds": (
        r"^\d{9,10}(?:[.,]\d+)?$|^\d{13}$",
        Clause("a number of seconds: ask for dates", "un nombre de secondes : demandez des dates"),
    ),
    "exponent": (
        r"^\d(?:[.,]\d+)?[eE]\+?\d{1,2}$",
        Clause(
            "written with an exponent, its last digits lost: ask for text",
            "écrit avec un exposant, ses derniers chiffres perdus : demandez du texte",
        ),
    ),
    "spreadsheet": (
        r"^#\S*$",
        Clause(
            "an error of a spreadsheet: ask for an export of the source",
            "une erreur de tableur : demandez un export de la source",
        ),
    ),
}
_OF_DATES = ("short_year", "days", "seconds")


def form_of(values: pl.Series, *, dates: bool) -> str:
    """The name of the form that most of some unreadable values have; empty when none is known."""
    text = pl.col(values.name)
    known = {name: form for name, (form, _) in _FORMS.items() if dates or name not in _OF_DATES}
    counts = values.to_frame().select(
        text.str.contains(form).sum().alias(name) for name, form in known.items()
    )
    best, most = max(counts.row(0, named=True).items(), key=lambda pair: pair[1])
    return best if 2 * most > len(values) else ""


def advice(form: str) -> Clause | None:
    """What is to be known of values of a form, and what to ask for."""
    return _FORMS[form][1] if form in _FORMS else None
