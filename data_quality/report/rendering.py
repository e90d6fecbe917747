"""Writes the report: one self-contained file per language, nothing fetched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from data_quality.report.domains import DOMAINS
from data_quality.report.material import Material, gather
from data_quality.report.sections.changes import changes
from data_quality.report.sections.failures import every_check, failures, origins
from data_quality.report.sections.fitness import fitness
from data_quality.report.sections.ledger import ledger
from data_quality.report.sections.mapping import unmapped
from data_quality.report.sections.overview import (
    CATEGORIES,
    CONTEXTS,
    SEVERITIES,
    heat_map,
    rates,
    verdict,
)
from data_quality.report.sections.population import population
from data_quality.report.sections.privacy import privacy
from data_quality.report.sections.suites import suites
from data_quality.report.sections.trends import continuity, trends
from data_quality.report.shown import Shown
from data_quality.report.words import Words
from data_quality.texts import LANGUAGES, Language
from etl import __version__
from etl.settings import Settings
from etl.workspace import Workspace

TEMPLATES = Path(__file__).resolve().parent / "templates"

# Order of the page; the first thirteen follow the steward's questions.
KEYS = (
    "verdict",
    "rates",
    "map",
    "changes",
    "failures",
    "origins",
    "unmapped",
    "trends",
    "ledger",
    "continuity",
    "population",
    "fitness",
    "privacy",
    "checks",
    "reading",
)
GLOSSARY = (
    "fatal",
    "convention",
    "characterization",
    "Conformance",
    "Completeness",
    "Plausibility",
    "Verification",
    "Validation",
    "not_applicable",
    "error",
    "mapped",
    "flux",
)


def template(name: str) -> Template:
    """A template of the report; a name that it uses and nothing fills is an error."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def report_path(workspace: Workspace, language: Language) -> Path:
    return workspace.quality / f"report_{language}.html"


def write_reports(workspace: Workspace, settings: Settings) -> dict[Language, Path]:
    """Write ``report_fr.html`` and ``report_en.html`` from the results of the last validation."""
    material = gather(workspace)
    written = {}
    for language in LANGUAGES:
        path = report_path(workspace, language)
        path.write_text(render(material, language, settings), encoding="utf-8")
        written[language] = path
    return written


def render(material: Material, language: Language, settings: Settings) -> str:
    """The whole page in one language."""
    words = Words(language)
    shown = Shown(language, settings.privacy.minimum_count)
    # Privacy last: it lists what the others hid.
    content: dict[str, Any] = {
        "verdict": verdict(material, words, shown),
        "rates": rates(material, words, shown),
        "suites": suites(material, words, shown),
        "map": heat_map(material, words, shown),
        "changes": changes(material, words, shown),
        "failures": failures(material, words, shown),
        "origins": origins(material, words, shown),
        "unmapped": unmapped(material, words, shown),
        "trends": trends(material, words, shown),
        "ledger": ledger(material, words, shown),
        "continuity": continuity(material, words, shown),
        "population": population(material, words, shown),
        "fitness": fitness(material, words, shown),
        "checks": every_check(material, words, shown),
        "privacy": privacy(material, words, shown),
    }
    return template("report.html.j2").render(
        **content,
        words=words,
        other="en" if language == "fr" else "fr",
        source=material.source("cdm_source_name") or "–",
        keys=KEYS,
        categories=CATEGORIES,
        contexts=CONTEXTS,
        severities=SEVERITIES,
        domains=DOMAINS,
        glossary=GLOSSARY,
        minimum=settings.privacy.minimum_count,
        digest=material.digest(),
        version=__version__,
        catalogue=material.verdict["catalogue_version"],
        # Our own files, trusted as the template is.
        style=Markup((TEMPLATES / "style.css").read_text("utf-8")),  # noqa: S704
        script=Markup((TEMPLATES / "script.js").read_text("utf-8")),  # noqa: S704
    )
