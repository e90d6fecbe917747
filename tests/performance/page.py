"""The figures of the last kept benchmark, put into the two pages that explain them.

``python -m tests.performance.page`` rewrites the block between the two marks.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parents[2] / "docs"
RESULTS = DOCS / "benchmarks" / "pipeline.json"
SCALE = DOCS / "benchmarks" / "scale.json"
PAGES = {
    "en": DOCS / "en" / "explanation" / "performance.md",
    "fr": DOCS / "fr" / "explication" / "performances.md",
}
BEGIN, END = "<!-- {name}: begin -->", "<!-- {name}: end -->"

WORDS = {
    "en": {
        "machine": "{cores} cores ({processor}), {memory_gib} GiB, Python {python}, "
        "DuckDB {duckdb}, Polars {polars}; medians of {repeats} runs (fewer of large sizes).",
        "head": "| {persons} persons, {rows} rows read | rows per CPU-second | CPU-s | wall s "
        "| peak GiB | spill MB |",
        "bytes": "Delivery {delivery}, lake {lake}, candidate {candidate}, release {release} (MB).",
        "ratio": "The build takes {build} times the CPU of its SQL by hand; the whole road, from "
        "files to an audited release, {road} times that of reading and transforming by hand. "
        "Same tables: {same}.",
        "same": ("yes", "no"),
        "exponent": "CPU time of staging and building against rows, smallest to largest size: "
        "exponent {exponent}.",
        "scale": "{cores} cores ({processor}), {memory_gib} GiB, DuckDB {duckdb}.",
        "scale_head": "| whole build | limit | batches | rows per CPU-second | CPU-s | wall s "
        "| peak GiB | spill MB | candidate GB | times its SQL by hand |",
        "scale_rows": "{rows} source rows",
        "months_head": "| nine-key joins | limit | batches | lines per CPU-second | CPU-s "
        "| wall s | peak GiB | spill MB | candidate GB |",
        "months_rows": "months: {months}; lines: {rows}",
        "copy": "copy the files",
        "parse": "parse them (Polars, as text)",
        "stage": "**stage**",
        "build": "**build**",
        "read": "read them by hand (DuckDB, to typed Parquet)",
        "transform": "the build's SQL by hand (DuckDB, without dbt)",
        "validate": "**validate**",
        "release": "**release**",
    },
    "fr": {
        "machine": "{cores} cœurs ({processor}), {memory_gib} Gio, Python {python}, "
        "DuckDB {duckdb}, Polars {polars} ; médianes de {repeats} passages "
        "(moins pour les grandes tailles).",
        "head": "| {persons} personnes, {rows} lignes lues | lignes par seconde CPU | s CPU "
        "| s écoulées | pic Gio | débord Mo |",
        "bytes": "Livraison {delivery}, lac {lake}, version candidate {candidate}, "
        "version {release} (Mo).",
        "ratio": "La construction prend {build} fois le temps CPU de son SQL à la main ; le "
        "parcours entier, des fichiers à une version auditée, {road} fois celui de la lecture et "
        "de la transformation à la main. Mêmes tables : {same}.",
        "same": ("oui", "non"),
        "exponent": "Temps CPU du chargement et de la construction selon les lignes, de la plus "
        "petite à la plus grande taille : exposant {exponent}.",
        "scale": "{cores} cœurs ({processor}), {memory_gib} Gio, DuckDB {duckdb}.",
        "scale_head": "| construction entière | limite | lots | lignes par seconde CPU | s CPU "
        "| s écoulées | pic Gio | débord Mo | candidate Go | fois son SQL à la main |",
        "scale_rows": "{rows} lignes sources",
        "months_head": "| jointures à neuf clés | limite | lots | lignes par seconde CPU | s CPU "
        "| s écoulées | pic Gio | débord Mo | candidate Go |",
        "months_rows": "mois : {months} ; lignes : {rows}",
        "copy": "copier les fichiers",
        "parse": "les analyser (Polars, en texte)",
        "stage": "**stage**",
        "build": "**build**",
        "read": "les lire à la main (DuckDB, vers du Parquet typé)",
        "transform": "le SQL de la construction à la main (DuckDB, sans dbt)",
        "validate": "**validate**",
        "release": "**release**",
    },
}

BATCHES = {
    "en": {"one": "one", "month": "months", "year": "years", "auto": "auto"},
    "fr": {"one": "un seul", "month": "mois", "year": "années", "auto": "auto"},
}


def write_pages() -> None:
    """Put the kept figures into both pages."""
    for name, file, shown in (("figures", RESULTS, figures), ("scale", SCALE, scale)):
        if not file.is_file():
            continue
        result = json.loads(file.read_text(encoding="utf-8"))
        begin, end = BEGIN.format(name=name), END.format(name=name)
        for language, path in PAGES.items():
            before, _, rest = path.read_text(encoding="utf-8").partition(begin)
            _, _, after = rest.partition(end)
            block = shown(result, language)
            path.write_text(f"{before}{begin}\n\n{block}\n{end}{after}", encoding="utf-8")


def scale(result: dict[str, Any], language: str) -> str:
    """Builds of many rows, and joins of many months, as Markdown."""
    words = WORDS[language]
    lines = [str(words["scale"]).format(**result["machine"]), ""]
    for kind, title in (("rows", "scale"), ("months", "months")):
        if not result.get(kind):
            continue
        head = str(words[f"{title}_head"])
        lines += [head, "|---|---|---|" + "---:|" * (head.count("|") - 4)]
        for row in result[kind]:
            shown = {"rows": _number(row["rows"], language), "months": row.get("months")}
            cells = [
                str(words[f"{title}_rows"]).format(**shown),
                row["memory"],
                BATCHES[language][row["batch"]],
                _number(row["rows"] / row["cpu"], language),
                _number(row["cpu"], language, 1),
                _number(row["wall"], language),
                _number(row["peak_gib"], language, 2),
                _number(row["spill_bytes"] / 1e6, language),
                _number(row["candidate"] / 1e9, language, 2),
            ]
            if kind == "rows":
                by_hand = row.get("by_hand")
                cells.append(_number(row["cpu"] / by_hand["cpu"], language, 2) if by_hand else "")
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def figures(result: dict[str, Any], language: str) -> str:
    """The tables, one per size, as Markdown."""
    words = WORDS[language]
    lines = [str(words["machine"]).format(**result["machine"], repeats=result["repeats"]), ""]
    for size in result["sizes"]:
        lines += [*_table(size, words, language), ""]
    exponent = _number(result["exponent"], language, 2)
    lines.append(str(words["exponent"]).format(exponent=exponent))
    return "\n".join(lines) + "\n"


def _table(size: dict[str, Any], words: dict[str, Any], language: str) -> list[str]:
    steps = size["steps"]
    shown = {name: _number(size[name], language) for name in ("persons", "rows")}
    lines = [words["head"].format(**shown), "|---|---:|---:|---:|---:|---:|"]
    for name, cost in steps.items():
        cells = (
            words[name],
            _number(size["rows"] / cost["cpu"], language),
            _number(cost["cpu"], language, 1),
            _number(cost["wall"], language, 1),
            _number(cost["peak_gib"], language, 2),
            _number(cost["spill_bytes"] / 1e6, language),
        )
        lines.append(f"| {' | '.join(cells)} |")
    ours = sum(steps[name]["cpu"] for name in ("stage", "build", "validate", "release"))
    by_hand = steps["read"]["cpu"] + steps["transform"]["cpu"]
    weights = {name: _number(value / 1e6, language) for name, value in size["bytes"].items()}
    ratio = words["ratio"].format(
        build=_number(steps["build"]["cpu"] / steps["transform"]["cpu"], language, 2),
        road=_number(ours / by_hand, language, 2),
        same=words["same"][0 if size["same_tables"] else 1],
    )
    return [*lines, "", words["bytes"].format(**weights), ratio]


def _number(value: float, language: str, digits: int = 0) -> str:
    text = f"{value:,.{digits}f}"
    if language == "fr":
        text = text.replace(",", "\u202f").replace(".", ",")
    return text


if __name__ == "__main__":
    write_pages()
