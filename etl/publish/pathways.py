"""Care pathways of a cohort as sequences of treatments: a table and a picture, never a person."""

# ruff: noqa: S608 - SQL is made of the cohort's own SQL and of names of the CDM.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

import duckdb

WITHIN_DAYS = 365
STEPS = 3
NOTHING = "–"
SEPARATOR = " → "

# One colour a step; dark enough for white text (contrast above 4.5).
_COLOURS = ("#1f4e79", "#2e6b4f", "#6b4423")
_WIDTH, _ROW, _COLUMN = 900, 26, 280


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


def picture(title: str, shown: Mapping[str, int]) -> str:
    """The published sequences as bars of boxes, the most frequent first (SVG, no script)."""
    ordered: Sequence[tuple[str, int]] = sorted(shown.items(), key=lambda item: (-item[1], item[0]))
    height = _ROW * (len(ordered) + 2)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" role="img" '
        f'font-family="sans-serif" font-size="12"><title>{escape(title)}</title>',
        f'<text x="4" y="{_ROW - 8}" font-size="14">{escape(title)}</text>',
    ]
    for row, (sequence, persons) in enumerate(ordered, start=1):
        top = row * _ROW
        for step, name in enumerate(sequence.split(SEPARATOR)):
            left = 90 + step * (_COLUMN - 14)
            parts.append(
                f'<rect x="{left}" y="{top}" width="{_COLUMN - 20}" height="{_ROW - 4}" rx="3" '
                f'fill="{_COLOURS[step % len(_COLOURS)]}"/>'
                f'<text x="{left + 6}" y="{top + 15}" fill="#fff">{escape(name[:40])}</text>'
            )
        parts.append(f'<text x="80" y="{top + 15}" text-anchor="end">{persons}</text>')
    parts.append("</svg>")
    return "\n".join(parts) + "\n"
