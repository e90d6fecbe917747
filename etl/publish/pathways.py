"""Care pathways of a cohort as sequences of treatments: a table and a picture, never a person."""

# ruff: noqa: S608 - SQL is made of the cohort's own SQL and of names of the CDM.

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape

import duckdb

WITHIN_DAYS = 365
STEPS = 3
NOTHING = "–"
SEPARATOR = " → "
AND_SO_ON = "…"

# One colour a step; dark enough for white text (contrast above 4.5).
_COLOURS = ("#1f4e79", "#2e6b4f", "#6b4423")
_WIDTH, _ROW, _COLUMN, _BAR = 900, 26, 240, 90


def sequences(connection: duckdb.DuckDBPyConnection, entries: str) -> dict[str, int]:
    """Persons by sequence of the first ingredients begun in the year after entry.

    Args:
        connection: with the release in use.
        entries: SQL for ``person_id, start_date``, one row per person of the cohort.

    Returns:
        Exact persons by sequence, such as ``metformin → aspirin``.
    """
    found = connection.execute(
        f"""
        with entry as ({entries}),
        begun as (
            select
                entry.person_id,
                drug_era.drug_concept_id,
                min(drug_era.drug_era_start_date) as first_day
            from entry
            inner join cdm.drug_era
                on
                    entry.person_id = drug_era.person_id
                    and drug_era.drug_era_start_date between
                        entry.start_date and entry.start_date + {WITHIN_DAYS}
            group by all
        ),
        named as (
            select
                begun.person_id,
                list(
                    coalesce(concept.concept_name, begun.drug_concept_id::varchar)
                    order by begun.first_day, begun.drug_concept_id
                )[:{STEPS}] as steps
            from begun
            left join cdm.concept on begun.drug_concept_id = concept.concept_id
            group by begun.person_id
        )
        select
            coalesce(array_to_string(named.steps, '{SEPARATOR}'), '{NOTHING}') as sequence,
            count(*)
        from entry
        left join named on entry.person_id = named.person_id
        group by all
        """
    ).fetchall()
    return dict(found)


def tree(found: Mapping[str, int]) -> tuple[dict[str, int], list[tuple[str, tuple[str, ...]]]]:
    """Sequences and their common beginnings: ``metformin → …`` counts all that begin so.

    Rare sequences are hidden one by one; what they have in common can still be shown.

    Returns:
        Persons by sequence or beginning; and what adds up: a beginning (or ``…``, everybody, who is
        not counted here) and its parts.
    """
    counts = dict(found)
    parts: dict[str, set[str]] = {AND_SO_ON: set()}
    for sequence, persons in found.items():
        steps = sequence.split(SEPARATOR)
        above = AND_SO_ON
        for length in range(1, min(len(steps), STEPS - 1) + 1):
            beginning = SEPARATOR.join([*steps[:length], AND_SO_ON])
            if sequence != NOTHING:
                counts[beginning] = counts.get(beginning, 0) + persons
                parts[above].add(beginning)
                above = beginning
                parts.setdefault(beginning, set())
        parts[above].add(sequence)
    return counts, [(total, tuple(sorted(below))) for total, below in sorted(parts.items())]


def ordered(shown: Mapping[str, int]) -> list[tuple[str, int]]:
    """What is shown, the most frequent first, each beginning before what it holds."""

    def place(sequence: str) -> tuple[tuple[int, str], ...]:
        steps = sequence.removesuffix(SEPARATOR + AND_SO_ON).split(SEPARATOR)
        beginnings = (SEPARATOR.join(steps[: n + 1]) for n in range(len(steps)))
        ranks = [(-shown.get(b + SEPARATOR + AND_SO_ON, shown.get(b, 0)), b) for b in beginnings]
        return (*ranks, *(() if sequence.endswith(AND_SO_ON) else ((0, ""),)))

    return sorted(shown.items(), key=lambda item: place(item[0]))


def picture(title: str, shown: Mapping[str, int]) -> str:
    """What is shown as boxes (SVG, no script).

    The bar next to a number is as long as its share of the largest.
    """
    most = max(shown.values(), default=1) or 1
    rows = ordered(shown)
    height = _ROW * (len(rows) + 2)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" role="img" '
        f'font-family="sans-serif" font-size="12"><title>{escape(title)}</title>',
        f'<text x="4" y="{_ROW - 8}" font-size="14">{escape(title)}</text>',
    ]
    for row, (sequence, persons) in enumerate(rows, start=1):
        top = row * _ROW
        bar = round(_BAR * persons / most, 1)
        parts.append(
            f'<text x="52" y="{top + 15}" text-anchor="end">{persons}</text>'
            f'<rect x="60" y="{top + 4}" width="{bar}" height="{_ROW - 12}" fill="#8a8a8a"/>'
        )
        for step, name in enumerate(sequence.split(SEPARATOR)):
            left = 70 + _BAR + step * (_COLUMN - 14)
            if name == AND_SO_ON:
                parts.append(f'<text x="{left + 6}" y="{top + 15}">{AND_SO_ON}</text>')
                continue
            parts.append(
                f'<rect x="{left}" y="{top}" width="{_COLUMN - 20}" height="{_ROW - 4}" rx="3" '
                f'fill="{_COLOURS[step]}"/>'
                f'<text x="{left + 6}" y="{top + 15}" fill="#fff">{escape(name[:30])}</text>'
            )
    parts.append("</svg>")
    return "\n".join(parts) + "\n"
