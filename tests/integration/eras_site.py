"""A small build with packs of every strength, sessions and lost pregnancies; eras in plain Python.

The demo vocabulary knows ingredients only, so six packs are mapped here to products of our own, one
for each way in which DRUG_STRENGTH writes a strength; an ingredient stands for compounded drugs.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from etl.cli import execute

MILLIGRAM, MILLILITRE, HOUR, PUFF = 8576, 8587, 8505, 2_100_000_100
FIXED, INHALED, QUANTIFIED, LIQUID, PATCH, DAILY_PATCH = range(2_100_000_001, 2_100_000_007)
FIRST, SECOND, COMPOUNDED = 1_334_456, 1_503_297, 1_125_315
"""Three ingredients of the demo vocabulary."""

# pieces of a pack and what IR_PHA_R writes of them; a bottle is a box of unknown pieces
CONTENT = {
    FIXED: ("30", "30"),
    INHALED: ("2", "400 DOSES"),
    QUANTIFIED: ("2", "2"),
    LIQUID: ("", "100 ML"),
    PATCH: ("10", "10"),
    DAILY_PATCH: ("7", "7"),
}
# drug, ingredient, amount, amount unit, numerator, its unit, denominator, its unit
STRENGTHS: list[tuple[Any, ...]] = [
    (FIXED, FIRST, 5, MILLIGRAM, None, None, None, None),
    (FIXED, SECOND, 500, MILLIGRAM, None, None, None, None),
    (INHALED, FIRST, None, None, 0.1, MILLIGRAM, None, PUFF),
    (QUANTIFIED, SECOND, None, None, 1250, MILLIGRAM, 5, MILLILITRE),
    (LIQUID, SECOND, None, None, 20, MILLIGRAM, None, MILLILITRE),
    (PATCH, FIRST, None, None, 0.05, MILLIGRAM, None, HOUR),
    (DAILY_PATCH, SECOND, None, None, 9.6, MILLIGRAM, 24, HOUR),
    (COMPOUNDED, COMPOUNDED, None, MILLIGRAM, None, None, None, None),
]
# milligrams of one piece or bottle, a day of 30
DOSES = {
    (FIXED, FIRST): 5 / 30,
    (FIXED, SECOND): 500 / 30,
    (INHALED, FIRST): 200 * 0.1 / 30,
    (QUANTIFIED, SECOND): 1250 / 30,
    (LIQUID, SECOND): 100 * 20 / 30,
}
# whatever the number of patches: 0.05 mg an hour, or 9.6 mg over 24 hours
PATCH_DOSES = {PATCH: 24 * 0.05, DAILY_PATCH: 9.6}

MISCARRIAGE, ABORTION_IN_TOWN = "O034", "2422"
EIGHT_WEEKS = 56
Span = tuple[date, date]


def built(root: Path) -> Path:
    """Generate, change and build; the folder holds the workspace and the delivery."""
    where = ("--quiet", "--workspace", str(root / "workspace"))
    delivery = str(root / "delivery")
    assert execute([*where, "synth", "--output", delivery, "--persons", "60", "--seed", "1"]) == 0
    packs = dict(zip(CONTENT, _most_dispensed(root / "delivery", len(CONTENT)), strict=True))
    _write_contents(root / "delivery" / "IR_PHA_R.csv", packs)
    _plant(root / "delivery" / "T_MCO19B.csv", "DGN_PAL", MISCARRIAGE)
    _plant(root / "delivery" / "T_MCO20B.csv", "DGN_PAL", "Z511")
    _plant(root / "delivery" / "T_MCO21B.csv", "DGN_PAL", "Z5101")
    _plant(root / "delivery" / "ER_PRS_F_2020.csv", "PRS_NAT_REF", ABORTION_IN_TOWN, "1110")
    assert execute([*where, "stage", "--input", delivery]) == 0
    assert execute([*where, "vocab", "load"]) == 0
    _add_products(root / "workspace" / "lake" / "vocabulary", packs)
    assert execute([*where, "build"]) == 0
    return root


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter=";"))


def _most_dispensed(delivery: Path, wanted: int) -> list[str]:
    known = {row["PHA_CIP_C13"] for row in read_rows(delivery / "IR_PHA_R.csv")}
    dispensed = Counter(
        row["PHA_PRS_C13"]
        for path in sorted(delivery.glob("ER_PHA_F_*.csv"))
        for row in read_rows(path)
        if row["PHA_PRS_C13"] in known
    )
    return [code for code, _ in sorted(dispensed.items(), key=lambda pair: (-pair[1], pair[0]))][
        :wanted
    ]


def _write_contents(path: Path, packs: dict[int, str]) -> None:
    rows = read_rows(path)
    contents = {code: CONTENT[drug] for drug, code in packs.items()}
    for row in rows:
        if row["PHA_CIP_C13"] in contents:
            row["PHA_UPC_NBR"], row["PHA_UNT_NBR_DSES"] = contents[row["PHA_CIP_C13"]]
            row["PHA_CND_TOP"], row["PHA_GRD_CND"] = "NGC", "N"
        # the other packs keep their ingredients: no strength but those below
        row["PHA_FRM_LIB"] = ""
    _write(path, rows)


def _plant(path: Path, column: str, code: str, instead_of: str = "") -> None:
    """Small data have few sessions, and no lost pregnancy: some lines are made signs of one."""
    rows = read_rows(path)
    for row in [row for row in rows if not instead_of or row[column] == instead_of][::3]:
        row[column] = code
    _write(path, rows)


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, rows[0].keys(), delimiter=";", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _add_products(vocabulary: Path, packs: dict[int, str]) -> None:
    base = duckdb.connect()
    for name in ("code_map", "concept", "concept_ancestor", "drug_strength"):
        base.execute(f"create table {name} as from '{vocabulary / name}.parquet'")
    for drug, code in packs.items():
        base.execute("delete from code_map where source_code = ?", [code])
        base.execute(
            "insert into code_map values ('CIP13', ?, 0, ?, 'Drug', null, 0, 'approved', 'EQUAL', "
            "0)",
            [code, drug],
        )
        _add_concept(base, drug, f"Product {drug}", "RxNorm Extension", "Clinical Drug", str(drug))
    for unit, symbol in ((PUFF, "{actuat}"), (MILLILITRE, "mL"), (HOUR, "h"), (MILLIGRAM, "mg")):
        base.execute("delete from concept where concept_id = ?", [unit])
        _add_concept(base, unit, symbol, "UCUM", "Unit", symbol)
    for strength in STRENGTHS:
        base.execute(
            "insert into drug_strength values (?, ?, ?, ?, ?, ?, ?, ?, null, "
            "date '1970-01-01', date '2099-12-31', null)",
            strength,
        )
        if strength[0] != strength[1]:
            base.execute(
                "insert into concept_ancestor values (?, ?, 1, 1)", [strength[1], strength[0]]
            )
    for name in ("code_map", "concept", "concept_ancestor", "drug_strength"):
        base.execute(f"copy {name} to '{vocabulary / name}.parquet' (format parquet)")


def _add_concept(
    base: duckdb.DuckDBPyConnection, number: int, name: str, vocabulary: str, kind: str, code: str
) -> None:
    base.execute(
        "insert into concept values (?, ?, 'Drug', ?, ?, 'S', ?, date '1970-01-01', "
        "date '2099-12-31', null)",
        [number, name, vocabulary, kind, code],
    )


def eras(spans: list[Span], window: int = 30) -> list[tuple[date, date, int, int]]:
    """Start, end, number of records and days of gap: what lies between stretches that overlap."""
    covered = sorted(
        {start + timedelta(days) for start, end in spans for days in range((end - start).days + 1)}
    )
    cuts = [0] + [
        place
        for place in range(1, len(covered))
        if (covered[place] - covered[place - 1]).days > window
    ]
    found = []
    for first, after in zip(cuts, [*cuts[1:], len(covered)], strict=True):
        days = covered[first:after]
        records = sum(days[0] <= start <= days[-1] for start, _ in spans)
        inside = sorted(one for one in spans if days[0] <= one[0] <= days[-1])
        gap, reached = 0, inside[0][1]
        for start, end in inside:
            gap += max((start - reached).days, 0)
            reached = max(reached, end)
        found.append((days[0], days[-1], records, gap))
    return found


def expected(rows: Iterable[tuple[Any, ...]], window: int = 30) -> set[tuple[Any, ...]]:
    """Eras of rows (key…, start, end): a set of (key…, start, end, records, gap)."""
    grouped: dict[tuple[Any, ...], list[Span]] = defaultdict(list)
    for *key, start, end in rows:
        grouped[tuple(key)].append((start, max(start, end or start)))
    return {(*key, *era) for key, spans in grouped.items() for era in eras(spans, window)}


def exposures(cdm: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """Person, ingredient, product, quantity, start and end of every exposure."""
    parts: dict[int, set[int]] = defaultdict(set)
    ingredients = {
        number
        for (number,) in cdm.execute(
            "select concept_id from cdm.concept where concept_class_id = 'Ingredient' and "
            "vocabulary_id like 'RxNorm%'"
        ).fetchall()
    }
    for ancestor, descendant in cdm.execute(
        "select ancestor_concept_id, descendant_concept_id from cdm.concept_ancestor"
    ).fetchall():
        if ancestor in ingredients:
            parts[descendant].add(ancestor)
    return [
        (person, ingredient, drug, quantity, start, end)
        for person, drug, quantity, start, end in cdm.execute(
            "select person_id, drug_concept_id, quantity, drug_exposure_start_date, "
            "drug_exposure_end_date from cdm.drug_exposure"
        ).fetchall()
        for ingredient in parts[drug]
    ]
