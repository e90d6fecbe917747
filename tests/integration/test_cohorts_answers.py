"""Cohorts of the demo count what the generator's answer key holds, by source codes alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from data_quality.cohorts import run_cohorts
from etl.settings import Settings
from etl.synthetic.catalogue import packs
from etl.workspace import Workspace

FIRST, LAST = date(2018, 1, 1), date(2022, 12, 31)
AMOXICILLIN = ("J01CA04", "J01CR02")
#: Ingredients of the definition, in eye and ear drops too.
OTHER_ANTIBIOTICS = (
    "J01MA01", "J01MA02", "J01MA12", "J01FA10", "J01DD04", "J01DD08", "J01AA02", "J01XX01",
    "J01XE01", "S01AA26", "S01AE01", "S01AE03", "S02AA16",
)  # fmt: skip
COLECTOMY = ("HHFA002", "HHFA004", "HHFA005", "HHFA006", "HHFA008", "HHFA009", "HHFA010")


class Answers:
    """The answer key, as events of persons within the window of observation."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        persons = pl.read_csv(folder / "persons.csv", separator=";", infer_schema=False)
        self.persons = persons.select(
            "person_key", end=pl.col("death_date").str.to_date("%d/%m/%Y").fill_null(LAST)
        )

    def events(self, name: str, day: str, code: str = "code") -> pl.DataFrame:
        events = pl.read_csv(self.folder / f"{name}.csv", separator=";", infer_schema=False)
        return (
            events.with_columns(day=pl.col(day).str.to_date("%d/%m/%Y"))
            .join(self.persons, on="person_key")
            .filter(pl.col("day").is_between(FIRST, pl.min_horizontal("end", pl.lit(LAST))))
            .select("person_key", "day", code=pl.col(code).fill_null(""))
        )

    def conditions(self, *prefixes: str) -> pl.DataFrame:
        """Diagnoses of stays and long-term diseases, and underlying causes of death."""
        causes = self.events("deaths", "death_date", code="cause")
        known = pl.concat([self.events("conditions", "start_date"), causes])
        return _coded(known, prefixes)

    def drugs(self, *classes: str) -> pl.DataFrame:
        codes = packs().filter(pl.col("atc").is_in(classes))["cip13"]
        return _coded(self.events("drugs", "date"), codes.to_list())

    def procedures(self, *codes: str) -> pl.DataFrame:
        return _coded(self.events("procedures", "date"), codes)


def _coded(events: pl.DataFrame, prefixes: tuple[str, ...] | list[str]) -> pl.DataFrame:
    known = [pl.col("code").str.starts_with(prefix) for prefix in prefixes]
    return events.filter(pl.any_horizontal(pl.lit(value=False), *known))


def persons(events: pl.DataFrame) -> int:
    return events["person_key"].n_unique()


def followed(entry: pl.DataFrame, other: pl.DataFrame, first: int, last: int) -> int:
    """Persons with an entry and another event from ``first`` to ``last`` days after it."""
    pairs = entry.join(other, on="person_key", suffix="_after")
    days = (pl.col("day_after") - pl.col("day")).dt.total_days()
    return persons(pairs.filter(days.is_between(first, last)))


EXPECTED: dict[str, Callable[[Answers], int]] = {
    "covid_19": lambda a: persons(a.conditions("U071")),
    "diabetes_type_2": lambda a: persons(a.conditions("E11")),
    "guillain_barre": lambda a: persons(a.conditions("G610")),
    "haemorrhagic_stroke": lambda a: persons(a.conditions("I60", "I61", "I62")),
    "ischaemic_stroke": lambda a: persons(a.conditions("I63")),
    "kawasaki": lambda a: persons(a.conditions("M303")),
    "myocarditis": lambda a: persons(a.conditions("I40", "I41", "I514")),
    "antibiotic_change": lambda a: followed(
        a.drugs(*AMOXICILLIN), a.drugs(*OTHER_ANTIBIOTICS), 1, 30
    ),
    "thrombosis_after_covid_19": lambda a: followed(
        a.conditions("U071"), a.conditions("I26", "I80"), 0, 30
    ),
    "cardiac_event_after_diabetes": lambda a: followed(
        a.conditions("E11"), a.conditions("I21", "I22", "I63", "I50"), 0, 1095
    ),
    "colorectal_cancer_operated": lambda a: followed(
        a.conditions("C18", "C19", "C20"), a.procedures(*COLECTOMY), 0, 365
    ),
}


@pytest.fixture(scope="module")
def counted(demo_workspace: Path) -> dict[str, int]:
    results = run_cohorts(Workspace(demo_workspace), Settings())
    return {result.id: result.persons for result in results}


@pytest.mark.slow
@pytest.mark.parametrize("cohort", sorted(EXPECTED))
def test_cohort_equals_the_answer_key(
    demo_workspace: Path, counted: dict[str, int], cohort: str
) -> None:
    assert counted[cohort] == EXPECTED[cohort](Answers(demo_workspace / "demo-answers"))


# The first cohort of docs/en/reference/vocabularies.md: standard concepts and descendants, no code
FIRST_COHORT = """
    select count(distinct person_id)
    from cdm.condition_occurrence
    inner join cdm.observation_period using (person_id)
    where condition_start_date between observation_period_start_date and observation_period_end_date
    and condition_concept_id in (
        select descendant_concept_id
        from cdm.concept_ancestor
        where ancestor_concept_id in (201826, 443732)
    )
"""


@pytest.mark.slow
def test_the_first_cohort_finds_the_persons_of_the_answer_key(demo_workspace: Path) -> None:
    answers = Answers(demo_workspace / "demo-answers")
    diabetic = _coded(answers.events("conditions", "start_date"), ["E11"])
    with duckdb.connect(str(Workspace(demo_workspace).candidate), read_only=True) as base:
        found = base.execute(FIRST_COHORT).fetchall()
    assert found == [(persons(diabetic),)] != [(0,)]


@pytest.mark.slow
def test_the_demo_has_doses(demo_workspace: Path) -> None:
    """Packs of IR_PHA_R with a dose and a form lead to clinical drugs with a strength."""
    with duckdb.connect(str(Workspace(demo_workspace).candidate), read_only=True) as base:
        doses = base.execute(
            "select count(*), count(distinct drug_concept_id), min(dose_value) from cdm.dose_era"
        ).fetchall()[0]
    assert doses[0] > 0 and doses[1] > 1 and doses[2] > 0


@pytest.mark.slow
def test_some_cohorts_have_someone_in_them(counted: dict[str, int]) -> None:
    assert sum(count > 0 for count in counted.values()) >= 3
