"""The page of a profiled delivery: one file a language, in the style of the report."""

from __future__ import annotations

from markupsafe import Markup

from data_quality.completeness.measures import EXPECTED
from data_quality.report.rendering import TEMPLATES, template
from data_quality.report.tables import Table, table
from data_quality.report.words import Words
from data_quality.texts import Language
from etl import __version__
from etl.delivery.profile import DeliveryProfile, FileProfile


def profile_page(found: DeliveryProfile, language: Language) -> str:
    """The whole page: fates, files, columns, months, what is absent."""
    words = Words(language)
    return template("profile.html.j2").render(
        words=words,
        other="en" if language == "fr" else "fr",
        name=found.name,
        tables=[
            ("fates", _fates(found, words)),
            ("problems", _problems(found, words)),
            ("absent", _absent(found, words)),
            ("files", _files(found, words)),
            ("columns", _columns(found, words)),
            ("values", _values(found, words)),
            ("months", _months(found, words)),
        ],
        version=__version__,
        # Our own file, trusted as the template is.
        style=Markup((TEMPLATES / "style.css").read_text("utf-8")),  # noqa: S704
    )


def _head(words: Words, *names: str) -> tuple[str, ...]:
    return tuple(words(f"profile.{name}") for name in names)


def _fates(found: DeliveryProfile, words: Words) -> Table:
    fates = sorted({file.fate for file in found.files})
    rows = [(words(f"profile.fate.{_key(f)}"), str(len(found.of(f)))) for f in fates]
    return table("fates", _head(words, "fate_of", "n_files"), rows, (1,))


def _key(fate: str) -> str:
    return fate.replace(" ", "_")


def _problems(found: DeliveryProfile, words: Words) -> Table:
    rows = [
        (file.name, file.message_fr if words.language == "fr" else file.message)
        for file in found.files
        if file.message
    ]
    return table("problems", _head(words, "file", "why"), rows)


def _absent(found: DeliveryProfile, words: Words) -> Table:
    years = found.years
    rows = [(name, words("profile.whole")) for name in EXPECTED if name not in years]
    rows += [
        (name, ", ".join(str(year) for year in gaps)) for name, gaps in found.missing_years.items()
    ]
    rows += [(name, ", ".join(gaps)) for name, gaps in found.missing_months.items()]
    return table("absent", _head(words, "table", "missing"), sorted(rows))


def _files(found: DeliveryProfile, words: Words) -> Table:
    rows = [
        (
            file.table or "",
            "" if file.year is None else str(file.year),
            file.name,
            str(file.rows),
            str(file.quarantined),
            _range(file),
            repr(file.separator)[1:-1],
            file.encoding,
        )
        for file in found.of("loaded")
    ]
    head = _head(words, "table", "year", "file", "rows", "rejected", "range", "mark", "encoding")
    return table("files", head, rows, (3, 4))


def _range(file: FileProfile) -> str:
    if not file.months:
        return ""
    return f"{file.dates} {min(file.months)} – {max(file.months)}"


def _columns(found: DeliveryProfile, words: Words) -> Table:
    rows = [
        (file.name, ", ".join(file.absent), ", ".join(file.extra))
        for file in found.of("loaded")
        if file.absent or file.extra
    ]
    return table("columns", _head(words, "file", "without", "unknown"), rows)


def _values(found: DeliveryProfile, words: Words) -> Table:
    """Columns with unreadable values or words for a missing one, and those that hold nothing."""
    rows = []
    for file in found.of("loaded"):
        for column in file.columns:
            if file.rows and (column.unparsed or column.words or column.empty == file.rows):
                rows.append(
                    (
                        file.name,
                        column.name,
                        f"{100 * column.empty / file.rows:.1f} %",
                        f"{100 * column.words / file.rows:.1f} %",
                        f"{100 * column.unparsed / file.rows:.1f} %",
                    )
                )
    head = _head(words, "file", "column", "empty", "as_word", "unparsed")
    return table("values", head, rows, (2, 3, 4))


def _months(found: DeliveryProfile, words: Words) -> Table:
    rows = [
        (name, month, str(n))
        for name, counts in found.months.items()
        for month, n in sorted(counts.items())
    ]
    return table("months", _head(words, "table", "month", "rows"), rows, (2,))
