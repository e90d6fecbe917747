"""Section 11: the population against published figures, and its ages."""

from __future__ import annotations

from typing import Any

from data_quality.checks.benchmarks import Benchmark, benchmarks
from data_quality.report.geometry import Scale, round_top
from data_quality.report.material import Material
from data_quality.report.shown import Shown
from data_quality.report.tables import table
from data_quality.report.words import Words

BAND = (300.0, 22.0)
PYRAMID = (300.0, 7.0)
"""Width of one side, height of one bar."""
SEXES = (("8507", "men"), ("8532", "women"))
OLDEST = 95


def population(material: Material, words: Words, shown: Shown) -> dict[str, Any]:
    """Each figure in its band with the published one, and the pyramid of ages."""
    lines = [_line(benchmark, material, words, shown) for benchmark in benchmarks()]
    return {
        "lines": lines,
        "size": BAND,
        "table": table(
            "benchmarks",
            (
                words("population.figure"),
                words("population.measured"),
                words("population.published"),
                words("population.band"),
                words("population.source"),
            ),
            [
                (line["label"], line["measured"], line["published"], line["band"], line["source"])
                for line in lines
            ],
            (1, 2, 3),
        ),
        "pyramid": _pyramid(material, words, shown),
    }


def _line(benchmark: Benchmark, material: Material, words: Words, shown: Shown) -> dict[str, Any]:
    measured = material.number("benchmark", benchmark.name, "measured")
    n = material.number("benchmark", benchmark.name, "n") or 0
    unit = "%" if benchmark.unit == "%" else words("population.per_thousand")
    scale = Scale(0, benchmark.high * 1.35, 0, BAND[0])
    base = 100 if benchmark.unit == "%" else 1000
    judged = measured is not None and n >= benchmark.from_n
    # A share of a known whole would reveal a small count.
    is_shown = judged and not shown.is_hidden((measured or 0) * n / base)

    def formatted(value: float) -> str:
        return f"{shown.plain(value, 1)} {unit}"

    return {
        "label": benchmark.label_fr if words.language == "fr" else benchmark.label_en,
        "measured": formatted(measured or 0) if is_shown else words("population.not_judged"),
        "published": f"{formatted(benchmark.published)} ({benchmark.year})",
        "band": f"{formatted(benchmark.low)} – {formatted(benchmark.high)}",
        "source": benchmark.source,
        "x": scale(min(measured or 0, benchmark.high * 1.33)) if is_shown else None,
        "published_x": scale(benchmark.published),
        "low_x": scale(benchmark.low),
        "width": round(scale(benchmark.high) - scale(benchmark.low), 2),
        "inside": is_shown and benchmark.low <= (measured or 0) <= benchmark.high,
    }


def _pyramid(material: Material, words: Words, shown: Shown) -> dict[str, Any]:
    counts: dict[tuple[int, str], float] = {}
    for row in material.figure("persons_by_age"):
        age = min(int(row["label"]), OLDEST)
        if age >= 0:
            counts[age, row["detail"]] = counts.get((age, row["detail"]), 0.0) + row["value"]
    ages = list(range(0, OLDEST + 5, 5))
    top = round_top(max([shown.safe(n) for n in counts.values()], default=0))
    scale = Scale(0, top, 0, PYRAMID[0])
    bars: list[dict[str, Any]] = [
        {
            "label": f"{age}–{age + 4}" if age < OLDEST else f"{OLDEST}+",
            "men": scale(shown.safe(counts.get((age, "8507"), 0))),
            "women": scale(shown.safe(counts.get((age, "8532"), 0))),
            "men_text": shown.count(counts.get((age, "8507"), 0)),
            "women_text": shown.count(counts.get((age, "8532"), 0)),
        }
        for age in ages
    ]
    return {
        "bars": bars,
        "width": PYRAMID[0],
        "bar": PYRAMID[1],
        "empty": not counts,
        "table": table(
            "ages",
            (words("population.age"), words("population.men"), words("population.women")),
            [(bar["label"], bar["men_text"], bar["women_text"]) for bar in bars],
            (1, 2),
        ),
    }
