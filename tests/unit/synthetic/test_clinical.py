"""Clinical rules on a run: what never happens, what always follows; and that they can fail."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from etl.synthetic.clinical import examine, rules
from etl.synthetic.generate import generate

YEARS = range(2018, 2023)
KINDS = {
    "diagnosis", "reason", "principal", "mco", "rehabilitation", "ald", "ald_end", "act", "test",
    "drug", "stay", "discharge", "death", "cause", "any",
}  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clinical")
    generate(folder, persons=2500, seed=70, years=YEARS, file_format="parquet", processes=1)
    return folder


@pytest.fixture(scope="module")
def results(run: Path) -> pl.DataFrame:
    return examine(run, YEARS)


def test_the_table_is_well_formed() -> None:
    assert len(rules()) >= 120 and len({rule.id for rule in rules()}) == len(rules())
    for rule in rules():
        assert rule.kind in ("never", "within"), rule.id
        for side in (rule.event, rule.other):
            for term in re.split(r",(?=[a-z_]+:)", side) if side else []:
                kind, _, pattern = term.partition(":")
                assert kind in KINDS, (rule.id, term)
                re.compile(pattern)
        assert rule.low <= rule.high and 0 <= rule.share <= 100, rule.id
        assert rule.other or (rule.kind == "never" and (rule.sex or rule.age)), rule.id
        assert len(rule.reason["fr"]) > 10 and len(rule.reason["en"]) > 10, rule.id


def test_nothing_that_never_happens_happens(results: pl.DataFrame) -> None:
    never = results.filter(pl.col("id").is_in([one.id for one in rules() if one.kind == "never"]))
    assert never.filter(~pl.col("kept")).is_empty(), never.filter(~pl.col("kept"))


def test_what_is_owed_follows(results: pl.DataFrame) -> None:
    """A share is asked for; a sample of 2,500 persons may miss it by two standard errors."""
    share = {one.id: one.share / 100 for one in rules() if one.kind == "within"}
    for name, seen, broken, _, _ in results.filter(pl.col("id").is_in(list(share))).iter_rows():
        asked = share[name]
        margin = 2 * (max(asked * (1 - asked), 0) * seen) ** 0.5 + (asked < 1)
        assert seen - broken >= asked * seen - margin, (name, seen, broken)


def test_most_rules_speak_of_someone(results: pl.DataFrame) -> None:
    assert results.filter(pl.col("seen") > 0).height / results.height > 0.85


@pytest.mark.parametrize(
    ("file", "row", "broken"),
    [
        # A man is given a pill; a stay after the death; a birth at 70.
        ("procedures.csv", ("{man}", "01/03/2020", "JKFC005", "1", "0", "", "DCIR", ""),
         "no_womb_act_man"),
        ("conditions.csv", ("{man}", "01/03/2020", "01/03/2020", "O800", "primary", "MCO", ""),
         "no_pregnancy_man"),
        ("measurements.csv", ("{dead}", "{later}", "1104", "1.00", "", "DCIR", ""),
         "no_care_after_death"),
        ("drugs.csv",
         ("{man}", "01/03/2020", "3400935866387", "CIP13", "1.00", "", "", "DCIR", "", ""),
         "no_pill_man"),
    ],
)  # fmt: skip
def test_a_planted_fault_is_found(
    run: Path, results: pl.DataFrame, file: str, row: tuple[str, ...], broken: str
) -> None:
    """Each kind of rule against one row that breaks it; the file is put back after."""
    people = pl.read_csv(run / "answers" / "persons.csv", separator=";", infer_schema=False)
    dead = people.filter(pl.col("death_date").str.ends_with("2019"))["person_key"][0]
    names = {
        "man": people.filter((pl.col("sex") == "1") & (pl.col("birth_year") == "1980"))[
            "person_key"
        ][0],
        "dead": dead,
        "later": "05/06/2022",
    }
    path = run / "answers" / file
    before = path.read_text(encoding="utf-8")
    assert results.row(by_predicate=pl.col("id") == broken, named=True)["broken"] == 0
    try:
        text = ";".join(row).format(**names)
        path.write_text(before + text + "\n", encoding="utf-8")
        after = examine(run, YEARS)
    finally:
        path.write_text(before, encoding="utf-8")
    found = after.row(by_predicate=pl.col("id") == broken, named=True)
    assert found["broken"] == 1 and not found["kept"]
