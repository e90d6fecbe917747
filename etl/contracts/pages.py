"""Renders the reference page of the SNDS tables: ``python -m etl.contracts.pages FOLDER``.

One page per language, ``<language>/reference/tables.md``, with one section per table. `make docs`
calls it; the pages are built, not committed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from etl.contracts.models import Alias, Column, Contract
from etl.contracts.registry import contracts, unloaded

_NOTICE = "<!-- Rendered from the contracts by `make docs`: do not edit. -->"


@dataclass(frozen=True, slots=True)
class _Words:
    """The texts of the page other than those of the contracts, in one language."""

    title: str
    introduction: str
    products: dict[str, str]
    files: str
    years: str
    key: str
    unique: str
    required: str
    required_any: str
    date: str
    header: str
    dash: str  # between two years, with their blanks
    since: str
    until: str
    not_loaded: str
    unloaded: str
    stop: str  # ends a label: French puts a blank before the colon


_ENGLISH = _Words(
    title="SNDS tables",
    introduction="""\
What the loader knows of each table it reads. A file is known by its base name, in any case;
`.csv`, `.csv.gz`, `.parquet` and `.sas7bdat` are read. A column that is absent is NULL, and a
column that is not listed is reported and left out. Key columns, and those that identify the
table, must be in the header.

Types: `text` free text; `code` a code or an identifier, kept as text with its zeros;
`numeric_code` a code that the source keeps as a number, in canonical digits; `integer` a count
or a quantity; `decimal` an amount, with its digits after the mark; `date`; `month`, six digits
YYYYMM. `code 9` is left-padded with zeros to 9 characters. Years are those of the files; none
means that no limit is known. A name that the column bore in other years is accepted too. Two
columns stand side by side when a new name came with a new meaning.""",
    products={
        "beneficiary": "Persons, rights and residence",
        "covid": "Covid-19",
        "reference": "Providers, establishments, drugs",
        "dcir": "Reimbursed care (DCIR)",
        "mco": "Acute hospital care (PMSI MCO)",
        "ssr": "Rehabilitation (PMSI SSR)",
        "had": "Home hospitalisation (PMSI HAD)",
        "rip": "Psychiatry (PMSI RIM-P)",
        "cepidc": "Causes of death (CépiDc)",
        "dcirs": "Simplified datamart (DCIRS)",
        "cartography": "Disease cartography (CNAM)",
    },
    files="Files",
    years="Years",
    key="Key",
    unique="one row per key",
    required="Required",
    required_any="At least one of",
    date="At least one date",
    header="| Column | Type | Years | Other names | Description |",
    dash=" to ",
    since="since ",
    until="until ",
    not_loaded="known, not loaded: no model reads it",
    unloaded="Tables known and not loaded",
    stop=":",
)

_FRENCH = _Words(
    title="Tables du SNDS",
    introduction="""\
Ce que le chargeur sait de chaque table qu'il lit. Un fichier se reconnaît à son nom, quelle que
soit la casse ; les formats `.csv`, `.csv.gz`, `.parquet` et `.sas7bdat` sont lus. Une colonne
absente vaut NULL, une colonne qui ne figure pas ici est signalée et n'est pas chargée. Les
colonnes de la clé, et celles qui identifient la table, doivent figurer dans l'en-tête.

Types : `text` texte libre ; `code` code ou identifiant, gardé en texte avec ses zéros ;
`numeric_code` code que la source garde en nombre, en chiffres canoniques ; `integer` compte ou
quantité ; `decimal` montant, avec ses chiffres après la virgule ; `date` ; `month`, six
chiffres AAAAMM. `code 9` est complété à gauche par des zéros jusqu'à 9 caractères. Les années
sont celles des fichiers ; aucune si l'on n'en connaît pas la limite. Le nom que la colonne
portait d'autres années est accepté. Deux colonnes coexistent quand un nouveau nom a changé le
sens.""",
    products={
        "beneficiary": "Personnes, droits et résidence",
        "covid": "Covid-19",
        "reference": "Professionnels, établissements, médicaments",
        "dcir": "Soins remboursés (DCIR)",
        "mco": "Court séjour hospitalier (PMSI MCO)",
        "ssr": "Soins de suite et de réadaptation (PMSI SSR)",
        "had": "Hospitalisation à domicile (PMSI HAD)",
        "rip": "Psychiatrie (PMSI RIM-P)",
        "cepidc": "Causes de décès (CépiDc)",
        "dcirs": "Magasin de données simplifié (DCIRS)",
        "cartography": "Cartographie des pathologies (CNAM)",
    },
    files="Fichiers",
    years="Années",
    key="Clé",
    unique="une ligne par clé",
    required="Obligatoires",
    required_any="Au moins une colonne parmi",
    date="Au moins une date parmi",
    header="| Colonne | Type | Années | Autres noms | Description |",
    dash=" à ",
    since="depuis ",
    until="jusqu'en ",
    not_loaded="connue, non chargée : aucun modèle ne la lit",
    unloaded="Tables connues et non chargées",
    stop=" :",
)

LANGUAGES = {"en": _ENGLISH, "fr": _FRENCH}


def render() -> dict[str, str]:
    """Content of each page by its path below ``docs``."""
    return {f"{language}/reference/tables.md": _page(language) for language in LANGUAGES}


def _page(language: str) -> str:
    words = LANGUAGES[language]
    lines = [_NOTICE, f"# {words.title}", "", words.introduction, ""]
    for product, title in words.products.items():
        lines += [f"## {title}", ""]
        for contract in contracts().values():
            if contract.product == product:
                lines += _section(contract, language)
    lines += [f"## {words.unloaded}", "", *_unloaded(language)]
    return "\n".join(lines).rstrip() + "\n"


def _unloaded(language: str) -> Iterator[str]:
    for table, texts in unloaded().items():
        yield f"- `{table}`{LANGUAGES[language].stop} {texts[language == 'fr']}"


def _section(contract: Contract, language: str) -> Iterator[str]:
    words = LANGUAGES[language]
    grain = contract.grain_fr if language == "fr" else contract.grain
    key = _names(contract.key) + (f" ({words.unique})" if contract.unique else "")
    facts = [
        (words.files, _files(contract)),
        (words.years, _years(*_lifespan(contract), words)),
        (words.key, key),
        (words.required, _names(contract.required)),
        (words.required_any, _names(contract.required_any)),
        (words.date, _names(contract.date)),
    ]
    yield from (f"### {contract.table} · {contract.number}", "", f"{grain}.", "")
    yield from (f"- {label}{words.stop} {value}" for label, value in facts if value)
    yield from ("", words.header, "|---|---|---|---|---|")
    for column in contract.columns:
        yield _row(column, language)
    yield ""


def _row(column: Column, language: str) -> str:
    words = LANGUAGES[language]
    doc = column.doc_fr if language == "fr" else column.doc
    years = _years(column.since, column.until, words)
    others = ", ".join(_alias(alias, words) for alias in column.aliases)
    if not column.kept:
        doc = f"{doc} ({words.not_loaded})"
    cells = (f"`{column.name}`", _type(column), years, others, doc.replace("|", "\\|"))
    return f"| {' | '.join(cells)} |"


def _type(column: Column) -> str:
    if column.type == "decimal":
        return f"decimal {column.scale}"
    return f"{column.type} {column.pad}" if column.pad else column.type


def _alias(alias: Alias, words: _Words) -> str:
    years = _years(alias.since, alias.until, words)
    return f"`{alias.name}` ({years})" if years else f"`{alias.name}`"


def _years(since: int | None, until: int | None, words: _Words) -> str:
    if since and until:
        return str(since) if since == until else f"{since}{words.dash}{until}"
    if since:
        return f"{words.since}{since}"
    return f"{words.until}{until}" if until else ""


def _lifespan(contract: Contract) -> tuple[int | None, int | None]:
    """Years in which the whole key is there: the years of the table."""
    columns = [contract.column(name) for name in contract.key]
    first = [column.since for column in columns if column.since]
    last = [column.until for column in columns if column.until]
    return max(first, default=None), min(last, default=None)


def _files(contract: Contract) -> str:
    """Base names, shown with an example year inside the lifespan of the table."""
    since, until = _lifespan(contract)
    year = min(max(2019, since or 0), until or 9999)
    if contract.is_yearly:
        return f"`{contract.table.replace('aa', f'{year % 100:02d}', 1)}`, `{contract.table}`"
    return f"`{contract.table}`, `{contract.table}_{year}`"


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def write(root: Path) -> None:
    """Write every page."""
    for name, content in render().items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Write the pages below the folder that the command line names."""
    write(Path(arguments[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
