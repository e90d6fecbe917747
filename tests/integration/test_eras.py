"""Eras, episodes and links of a small build, against plain Python that shares nothing with the SQL.

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
import pytest

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


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("eras")
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


@pytest.fixture(scope="module")
def cdm(site: Path) -> Iterable[duckdb.DuckDBPyConnection]:
    with duckdb.connect(
        str(site / "workspace" / "build" / "candidate.duckdb"), read_only=True
    ) as base:
        yield base


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter=";"))


def _most_dispensed(delivery: Path, wanted: int) -> list[str]:
    known = {row["PHA_CIP_C13"] for row in _read(delivery / "IR_PHA_R.csv")}
    dispensed = Counter(
        row["PHA_PRS_C13"]
        for path in sorted(delivery.glob("ER_PHA_F_*.csv"))
        for row in _read(path)
        if row["PHA_PRS_C13"] in known
    )
    return [code for code, _ in sorted(dispensed.items(), key=lambda pair: (-pair[1], pair[0]))][
        :wanted
    ]


def _write_contents(path: Path, packs: dict[int, str]) -> None:
    rows = _read(path)
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
    rows = _read(path)
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


Span = tuple[date, date]


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


def test_condition_eras(cdm: duckdb.DuckDBPyConnection) -> None:
    rows = cdm.execute(
        "select person_id, condition_concept_id, condition_start_date, condition_end_date "
        "from cdm.condition_occurrence where condition_concept_id <> 0"
    ).fetchall()
    built = cdm.execute(
        "select person_id, condition_concept_id, condition_era_start_date, condition_era_end_date, "
        "condition_occurrence_count from cdm.condition_era"
    ).fetchall()
    assert len(built) == len(set(built)) > 30
    # an open condition ends the day after; records of one day are one
    days: dict[tuple[Any, ...], date] = {}
    for person, concept, start, end in rows:
        key = (person, concept, start)
        end = end or start + timedelta(1)
        days[key] = max(days.get(key, end), end)
    assert set(built) == {era[:-1] for era in expected((*key, end) for key, end in days.items())}


def test_drug_eras(cdm: duckdb.DuckDBPyConnection) -> None:
    rows = [(person, part, start, end) for person, part, _, _, start, end in exposures(cdm)]
    built = cdm.execute(
        "select person_id, drug_concept_id, drug_era_start_date, drug_era_end_date, "
        "drug_exposure_count, gap_days from cdm.drug_era"
    ).fetchall()
    assert len(built) == len(set(built)) > 200
    assert set(built) == expected(rows)
    assert any(era[-1] > 0 for era in built)


def test_dose_eras(cdm: duckdb.DuckDBPyConnection) -> None:
    rows = []
    drugs = set()
    for person, part, drug, quantity, start, end in exposures(cdm):
        drugs |= {drug} & {*CONTENT}
        if drug in PATCH_DOSES:
            rows.append((person, part, PATCH_DOSES[drug], start, end))
        elif (drug, part) in DOSES:
            assert (end - start).days == 29
            rows.append((person, part, round(quantity * DOSES[drug, part], 6), start, end))
    assert drugs == set(CONTENT)
    built = cdm.execute(
        "select person_id, drug_concept_id, dose_value, dose_era_start_date, dose_era_end_date "
        "from cdm.dose_era"
    ).fetchall()
    wanted = {
        (person, part, round(dose, 6), *span[:2]) for person, part, dose, *span in expected(rows)
    }
    assert {(person, part, round(dose, 6), *span) for person, part, dose, *span in built} == wanted
    assert len(built) == len(wanted)
    units = cdm.execute("select distinct unit_concept_id from cdm.dose_era").fetchall()
    assert units == [(MILLIGRAM,)]


@pytest.mark.parametrize("table", ["condition_era", "drug_era", "dose_era", "episode"])
def test_ids_are_unique_and_name_a_source_row(cdm: duckdb.DuckDBPyConnection, table: str) -> None:
    rows, distinct, orphans = cdm.execute(
        f"""
        select count(*), count(distinct {table}_id), count(*) filter (where source._row_id is null)
        from cdm.{table}
        left join (
            select _row_id from intermediate.aud_disposition where disposition = 'event'
        ) as source on {table}_id // 32 = source._row_id
        """
    ).fetchone() or (0, 0, 0)
    assert rows == distinct > 0
    assert orphans == 0


def test_mothers_and_children(site: Path, cdm: duckdb.DuckDBPyConnection) -> None:
    with duckdb.connect(str(site / "workspace" / "state" / "registry.duckdb")) as registry:
        keys = dict(
            registry.execute("select person_key, person_id from person_registry").fetchall()
        )
    answers = _read(site / "delivery" / "answers" / "links.csv")
    pairs = {(keys[row["mother_key"]], keys[row["child_key"]]) for row in answers}
    built = cdm.execute("select fact_id_1, fact_id_2 from cdm.fact_relationship").fetchall()
    assert pairs
    assert sorted(built) == sorted(pairs | {(child, mother) for mother, child in pairs})


def test_every_long_term_disease_is_an_episode_with_its_own_record(
    cdm: duckdb.DuckDBPyConnection,
) -> None:
    diseases, episodes = cdm.execute(
        "select (select sum(n_rows) from audit.ledger where source_table = 'IR_IMB_R' and "
        "disposition = 'event'), (select count(*) from cdm.episode where episode_source_value "
        "like 'ALD %')"
    ).fetchone() or (0, 0)
    assert diseases == episodes > 0
    empty, foreign = cdm.execute(
        """
        select
            (select count(*) from cdm.episode where episode_id not in
                (select episode_id from cdm.episode_event)),
            (select count(*) from cdm.episode_event where event_id not in
                (select event_id from intermediate.int_event__routed
                union all select visit_occurrence_id from cdm.visit_occurrence))
        """
    ).fetchone() or (1, 1)
    assert (empty, foreign) == (0, 0)
    twice = cdm.execute(
        "select episode_id, event_id, count(*) from cdm.episode_event group by all "
        "having count(*) > 1"
    ).fetchall()
    assert twice == []


def test_a_pregnancy_begins_before_the_stay_that_ends_it(cdm: duckdb.DuckDBPyConnection) -> None:
    lengths = cdm.execute(
        "select episode_end_date - episode_start_date from cdm.episode "
        "where episode_source_value like 'PREGNANCY %'"
    ).fetchall()
    assert any(250 <= days <= 300 for (days,) in lengths)


def signals(cdm: duckdb.DuckDBPyConnection) -> list[tuple[str, int, date, date]]:
    """Kind, person and days of every sign of a treatment or of a miscarriage."""
    found = []
    for person, code, start, end in cdm.execute(
        "select person_id, condition_source_value, condition_start_date, condition_end_date "
        "from cdm.condition_occurrence union all "
        "select person_id, procedure_source_value, procedure_date, procedure_end_date "
        "from cdm.procedure_occurrence union all "
        "select person_id, observation_source_value, observation_date, null from cdm.observation"
    ).fetchall():
        kind = {"Z511": "CHEMOTHERAPY", "Z5101": "RADIOTHERAPY", MISCARRIAGE: "PREGNANCY LOSS"}.get(
            code, "RADIOTHERAPY" if str(code).startswith("ZZNL") else ""
        )
        if kind:
            found.append((kind, person, start, max(start, end or start)))
    return found


def test_treatments_are_episodes_of_sessions(cdm: duckdb.DuckDBPyConnection) -> None:
    sessions = [row for row in signals(cdm) if row[0] != "PREGNANCY LOSS"]
    built = cdm.execute(
        "select regexp_extract(episode_source_value, '^[A-Z]+'), person_id, episode_start_date, "
        "episode_end_date from cdm.episode where episode_source_value similar to "
        "'(CHEMO|RADIO)THERAPY .*'"
    ).fetchall()
    assert sessions
    assert set(built) == {era[:4] for era in expected(sessions, EIGHT_WEEKS)}
    assert len(built) == len(set(built))


def test_pregnancies_without_birth_are_episodes(cdm: duckdb.DuckDBPyConnection) -> None:
    births = cdm.execute(
        "select person_id, episode_start_date, episode_end_date from cdm.episode "
        "where episode_source_value like 'PREGNANCY Z37%'"
    ).fetchall()
    town = cdm.execute(
        "select person_id, visit_start_date from cdm.visit_occurrence "
        f"where visit_source_value = '{ABORTION_IN_TOWN}'"
    ).fetchall()
    signalled = [row[1:3] for row in signals(cdm) if row[0] == "PREGNANCY LOSS"]
    assert town
    assert signalled
    lost = cdm.execute(
        "select person_id, episode_start_date, episode_end_date from cdm.episode "
        "where episode_source_value like 'PREGNANCY LOSS %'"
    ).fetchall()
    days = {
        (who, first + timedelta(day))
        for who, first, last in [*lost, *births]
        for day in range((last - first).days + 1)
    }
    assert {*signalled, *town} <= days
    # each begins or ends with the day of a sign, and none lies within another
    assert all({(who, first), (who, last)} & {*signalled, *town} for who, first, last in lost)
    assert all(
        (later[1] - earlier[2]).days > EIGHT_WEEKS
        for earlier in lost
        for later in lost
        if earlier[0] == later[0] and earlier[1] < later[1]
    )


def test_metadata_counts_the_persons_excluded(site: Path, cdm: duckdb.DuckDBPyConnection) -> None:
    facts = dict(cdm.execute("select name, value_as_number from cdm.metadata").fetchall())
    rows = dict(
        cdm.execute(
            "select 'rows excluded: ' || source_table || ' ' || rule_id, sum(n_rows) "
            "from audit.ledger where source_table like 'IR_BEN_R%' and disposition = 'excluded' "
            "group by all"
        ).fetchall()
    )
    assert rows
    assert {name: facts[name] for name in rows} == rows
    answers = _read(site / "delivery" / "answers" / "excluded_persons.csv")
    wanted = sum(row["reason"] == "R07" for row in answers)
    assert facts["persons excluded: R07"] == wanted > 0


def test_the_flow_of_persons_adds_up(site: Path, cdm: duckdb.DuckDBPyConnection) -> None:
    flow = {
        (name, rule): n
        for name, rule, n in cdm.execute(
            "select name, rule_id, n_persons from audit.person_flow"
        ).fetchall()
    }
    step = {name: n for (name, _), n in flow.items() if name != "excluded"}
    excluded = {rule: n for (name, rule), n in flow.items() if name == "excluded"}
    answers = _read(site / "delivery" / "answers" / "excluded_persons.csv")
    known = [row for row in answers if row["reason"] == "R07"]
    assert excluded == {"R07": len(known)}
    assert step["person"] == len(_read(site / "delivery" / "answers" / "persons.csv"))
    assert step["delivered"] == step["person"] + sum(excluded.values())
    assert step["person"] == step["observed"] + step.get("without observation", 0)
    assert step["observed"] == step["with care"] + step["without care"]
    assert step["with care"] > 0
