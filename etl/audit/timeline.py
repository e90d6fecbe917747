"""One person's life in the CDM as one static page: no script, no network, for the closed zone.

A page is drawn of made-up persons. Of a real one it is refused, unless the setting
``privacy.person_pages`` allows it; it stays in the workspace, private to the owner.
"""

# ruff: noqa: S608 - SQL is made of names of this module.

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
from jinja2 import Environment, FileSystemLoader

from etl.audit.naming import GENDERS, WORDS, label, named
from etl.errors import SndsOmopError
from etl.loaders.manifest import Delivery
from etl.settings import Settings
from etl.synthetic.mark import is_synthetic
from etl.workspace import RESTRICTED, Workspace

# Lane → table, concept, source value, start, end; in the order of the page.
LANES = {
    "observation": ("observation_period", "period_type_concept_id", "null",
                    "observation_period_start_date", "observation_period_end_date"),
    "cover": ("payer_plan_period", "payer_concept_id",
              "coalesce(event.plan_source_value, event.payer_source_value)",
              "payer_plan_period_start_date", "payer_plan_period_end_date"),
    "visit": ("visit_occurrence", "visit_concept_id", "visit_source_value",
              "visit_start_date", "visit_end_date"),
    "episode": ("episode", "episode_object_concept_id", "episode_source_value",
                "episode_start_date", "episode_end_date"),
    "condition": ("condition_occurrence", "condition_concept_id", "condition_source_value",
                  "condition_start_date", "condition_end_date"),
    "drug": ("drug_exposure", "drug_concept_id", "drug_source_value",
             "drug_exposure_start_date", "drug_exposure_end_date"),
    "procedure": ("procedure_occurrence", "procedure_concept_id", "procedure_source_value",
                  "procedure_date", "procedure_end_date"),
    "measurement": ("measurement", "measurement_concept_id", "measurement_source_value",
                    "measurement_date", "null"),
    "device": ("device_exposure", "device_concept_id", "device_source_value",
               "device_exposure_start_date", "device_exposure_end_date"),
    "other": ("observation", "observation_concept_id", "observation_source_value",
              "observation_date", "null"),
    "death": ("death", "cause_concept_id", "cause_source_value", "death_date", "null"),
}  # fmt: skip

LEFT, WIDTH, ROW = 330, 1100, 18


@dataclass(frozen=True, slots=True)
class Span:
    """One record: its days, and where they are drawn."""

    start: date
    end: date
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Line:
    """All records of one concept in one lane; ``y`` is its place on the picture."""

    lane: str
    label: str
    y: int
    is_first: bool
    spans: tuple[Span, ...]


def write_timeline(workspace: Workspace, settings: Settings, person_id: int, lang: str) -> Path:
    """Draw a person of the candidate.

    Raises:
        SndsOmopError: SO-106 without candidate, SO-108 when no person has this id, SO-502 (exit 5)
            for a real person, unless the setting allows it.
    """
    made_up = is_synthetic(Delivery.load(workspace.manifest))
    if not made_up and not settings.privacy.person_pages:
        raise SndsOmopError(
            "SO-502",
            "the delivery is not known to be synthetic",
            "rien n'établit que la livraison est synthétique",
        )
    if not workspace.candidate.is_file():
        raise SndsOmopError(
            "SO-106",
            "there is no person to draw",
            "il n'y a personne à dessiner",
            where=str(workspace.root),
        )
    with duckdb.connect(str(workspace.candidate), read_only=True) as base:
        person = base.execute(
            "select year_of_birth, gender_source_value from cdm.person where person_id = ?",
            [person_id],
        ).fetchone()
        if person is None:
            raise SndsOmopError(
                "SO-108", f"person has no row {person_id}", f"person n'a pas de ligne {person_id}"
            )
        records = _records(base, person_id, lang)
    folder = workspace.timelines
    folder.mkdir(exist_ok=True)
    folder.chmod(RESTRICTED)
    path = folder / f"person_{person_id}.{lang}.html"
    lines = _lines(records)
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    page = environment.get_template("timeline.html.j2").render(
        t=WORDS[lang], lang=lang, person_id=person_id, born=person[0],
        gender=named(GENDERS, person[1], lang),
        made_up=made_up, lines=lines, years=_years(records), left=LEFT, width=WIDTH, row=ROW,
        height=(lines[-1].y if lines else 0) + 2 * ROW,
    )  # fmt: skip
    path.write_text(page, encoding="utf-8")
    path.chmod(0o600)
    return path


Record = tuple[str, str, date, date]
"""Lane, label, first and last day."""


def _records(base: duckdb.DuckDBPyConnection, person_id: int, lang: str) -> list[Record]:
    """Every dated record of a person, lane by lane."""
    found: list[Record] = []
    for lane, (table, concept, source, start, end) in LANES.items():
        coded = lane not in ("observation", "cover")
        own = concept.replace("_object", "").replace("_concept_id", "_source_concept_id")
        rows = base.execute(
            f"""
            select
                concept.concept_name,
                synonym.name,
                {"own.concept_name" if coded else "null"},
                {source if "." in source or source == "null" else f"event.{source}"},
                event.{start},
                greatest(event.{start}, {f"event.{end}" if end != "null" else "null"})
            from cdm.{table} as event
            left join cdm.concept as concept
                on event.{concept} = concept.concept_id and event.{concept} <> 0
            left join (
                select synonym.concept_id, min(synonym.concept_synonym_name) as name
                from cdm.concept_synonym as synonym
                inner join cdm.concept as language
                    on synonym.language_concept_id = language.concept_id
                where language.concept_name = 'French language'
                group by synonym.concept_id
            ) as synonym on concept.concept_id = synonym.concept_id
            {
                f"left join cdm.concept as own on event.{own} = own.concept_id and event.{own} <> 0"
                if coded
                else ""
            }
            where event.person_id = ? and event.{start} is not null
            """,
            [person_id],
        ).fetchall()
        found += sorted((lane, label(lane, row[:4], lang), row[4], row[5]) for row in rows)
    return found


def _bounds(records: list[Record]) -> tuple[date, date]:
    """Whole years. A right that is granted for years to come is cut where observation ends."""
    first = min(record[2] for record in records)
    last = max(end if lane == "observation" else start for lane, _, start, end in records)
    return date(first.year, 1, 1), date(last.year + 1, 1, 1)


def _years(records: list[Record]) -> list[tuple[int, float]]:
    """Each year and where it begins on the picture; every second or tenth one of a long life."""
    if not records:
        return []
    first, last = _bounds(records)
    step = 1 if last.year - first.year <= 12 else 10
    years = range(first.year, last.year + 1, step)
    return [(year, _place(date(year, 1, 1), first, last)) for year in years]


def _place(day: date, first: date, last: date) -> float:
    share = (day - first).days / max(1, (last - first).days)
    return round(LEFT + share * (WIDTH - LEFT - 10), 1)


def _lines(records: list[Record]) -> list[Line]:
    """Records of one lane and label on one line, the earliest line of a lane first."""
    if not records:
        return []
    first, last = _bounds(records)
    grouped: dict[tuple[str, str], list[Span]] = {}
    for lane, name, start, end in records:
        x = _place(start, first, last)
        width = max(2.0, round(_place(min(end, last), first, last) - x, 1))
        grouped.setdefault((lane, name), []).append(Span(start, end, x, width))
    order = list(LANES)
    keys = sorted(grouped, key=lambda key: (order.index(key[0]), grouped[key][0].start, key[1]))
    lines: list[Line] = []
    y = 2 * ROW
    before = ""
    for key in keys:
        is_first = key[0] != before
        y += ROW + (ROW if is_first else 0)
        lines.append(Line(key[0], key[1], y, is_first, tuple(grouped[key])))
        before = key[0]
    return lines
