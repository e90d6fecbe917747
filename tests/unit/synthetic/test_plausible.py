"""Do the lives make medical sense? Age, sex, season of illnesses, births and deaths."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from etl.synthetic.catalogue import ACT, catalogue
from etl.synthetic.numbers import interpolate_log
from etl.synthetic.options import day
from etl.synthetic.population import MAN, WOMAN, settings
from tests.unit.synthetic.plausible_lives import (
    OPTIONS,
    Lives,
    age_at,
    several_blocks,
)


@pytest.fixture(scope="module")
def lives() -> Lives:
    return several_blocks()


def test_everybody_asked_for_is_there(lives: Lives) -> None:
    assert len(lives.sex) == OPTIONS.persons
    women = float((lives.sex == WOMAN).mean())
    assert 0.49 < women < 0.54


def test_age_pyramid(lives: Lives) -> None:
    age = (OPTIONS.start - lives.birth) / 365.25
    alive = age[age >= 0]
    assert 0.2 < float((alive < 18).mean()) < 0.25
    assert 0.17 < float((alive >= 65).mean()) < 0.24


def test_births_are_in_the_window_and_of_fertile_mothers(lives: Lives) -> None:
    pregnancies = lives.cases["pregnancy"]
    age = age_at(lives, pregnancies.person, pregnancies.onset + 275)
    assert (lives.sex[pregnancies.person] == WOMAN).all()
    assert age.min() > 12 and age.max() < 51 and 27 < age.mean() < 34
    newborn = lives.cases["newborn"]
    yearly = len(newborn) / OPTIONS.persons / len(OPTIONS.years) * 1000
    assert 9 < yearly < 12.5


def test_nothing_before_birth_nor_after_death(lives: Lives) -> None:
    for frame, first, last in ((lives.items, "day", "day"), (lives.stays, "start", "end")):
        person = frame["person"].to_numpy()
        assert (frame[first].to_numpy() >= lives.birth[person]).all()
        assert (frame[last].to_numpy() <= lives.death[person]).all()


def test_everything_is_in_the_window(lives: Lives) -> None:
    assert lives.items["day"].min() == OPTIONS.start and lives.items["day"].max() == OPTIONS.end
    ends = lives.stays["end"].to_numpy()
    assert ends.max() <= OPTIONS.end


def test_stays_do_not_overlap(lives: Lives) -> None:
    ordered = lives.stays.sort("person", "start", "end")
    ordered = ordered.with_columns(following=pl.col("start").shift(-1).over("person"))
    assert ordered.filter(pl.col("following") < pl.col("end")).is_empty()


@pytest.mark.parametrize(
    ("name", "sex"),
    [("prostate_cancer", MAN), ("prostate_hyperplasia", MAN), ("breast_cancer", WOMAN),
     ("contraception", WOMAN), ("mammography_screening", WOMAN), ("pregnancy", WOMAN)],
)  # fmt: skip
def test_some_needs_are_of_one_sex(lives: Lives, name: str, sex: int) -> None:
    cases = lives.cases[name]
    assert len(cases) and (lives.sex[cases.person] == sex).all()


@pytest.mark.parametrize(
    ("name", "youngest_tenth", "median"),
    [("myocardial_infarction", 42, (58, 80)), ("hip_fracture", 62, (76, 92)),
     ("dementia", 70, (78, 92)), ("hypertension", 40, (58, 76)), ("type_2_diabetes", 42, (56, 76)),
     ("cataract", 56, (68, 82)), ("lung_cancer", 48, (58, 76)), ("prostate_cancer", 55, (62, 78))],
)  # fmt: skip
def test_illnesses_come_at_their_age(
    lives: Lives, name: str, youngest_tenth: float, median: tuple[float, float]
) -> None:
    cases = lives.cases[name]
    age = age_at(lives, cases.person, np.maximum(cases.onset, OPTIONS.start))
    assert np.quantile(age, 0.1) > youngest_tenth
    assert median[0] < np.median(age) < median[1]


def test_infections_come_in_winter(lives: Lives) -> None:
    months = lives.cases["airway_infection"].onset.astype("datetime64[D]").astype("datetime64[M]")
    number = months.astype(int) % 12 + 1
    winter = np.isin(number, [12, 1, 2]).sum()
    summer = np.isin(number, [6, 7, 8]).sum()
    assert winter > 1.6 * summer


def test_covid_has_waves_and_did_not_exist_before(lives: Lives) -> None:
    onset = lives.cases["covid"].onset
    assert onset.min() >= day(2020, 2, 1)
    january_2022 = ((onset >= day(2022)) & (onset < day(2022, 2))).sum()
    june_2020 = ((onset >= day(2020, 6)) & (onset < day(2020, 7))).sum()
    assert january_2022 > 20 * max(june_2020, 1)


def test_a_birth_is_recorded_in_one_way(lives: Lives) -> None:
    """Group, diagnosis and act agree; twins are coded as twins, in the hospital of their mother."""
    births = lives.stays.filter(pl.col("kind").str.contains("^14(C0[678]|Z1[134])"))
    caesarean = births["kind"].str.starts_with("14C")
    assert 0.15 < caesarean.mean() < 0.28  # type: ignore[operator]
    diagnosed = births["main"].str.starts_with("O82")
    assert (caesarean == diagnosed).all()
    cut = [catalogue().index(ACT, code) for code in ("JQGA002", "JQGA003")]
    operated = lives.acts.filter(pl.col("code").is_in(cut)).select("block", "stay").unique()
    both = births.filter(caesarean).join(operated, on=["block", "stay"], how="inner")
    assert both.height == caesarean.sum() == operated.join(lives.stays, on=["block", "stay"]).height
    children = lives.stays.filter(pl.col("entry") == "birth")
    twin = lives.twin[children["person"].to_numpy()] >= 0
    assert ((children["main"] == "Z383").to_numpy() == twin).all() and twin.any()
    private = dict(births.select("person", "private").iter_rows())
    for child, own in children.select("person", "private").iter_rows():
        mother = int(lives.mother[child])
        assert private.get(mother, own) == own


@pytest.mark.parametrize("sex", [MAN, WOMAN])
@pytest.mark.parametrize("low", [40, 60, 80])
def test_mortality_follows_its_law(lives: Lives, sex: int, low: int) -> None:
    """Over a band of twenty years of age, within a third of the law or four standard errors."""
    law = settings()["mortality"]["men" if sex == MAN else "women"]
    expected = seen = 0.0
    for year in OPTIONS.years:
        age = (day(year, 7, 1) - lives.birth) / 365.25
        at_risk = (lives.sex == sex) & (age >= low) & (age < low + 20)
        at_risk &= (lives.birth < day(year)) & (lives.death >= day(year))
        expected += float(interpolate_log(law, age[at_risk]).sum()) / 1000
        seen += float((at_risk & (lives.death < day(year + 1))).sum())
    assert abs(seen - expected) < max(expected / 3, 4 * np.sqrt(expected))


def test_ten_persons_in_a_thousand_die_in_a_year(lives: Lives) -> None:
    """INSEE: 9.1 in 2019 (612,000 of 67 million), 9.9 in 2020, 10.1 in 2022; a fifth around 10."""
    alive = sum(
        float(((lives.birth < day(year + 1)) & (lives.death >= day(year))).sum())
        for year in OPTIONS.years
    )
    dead = float((lives.death <= OPTIONS.end).sum())
    assert 8 < 1000 * dead / alive < 12


def test_those_who_die_are_rather_the_ill(lives: Lives) -> None:
    ill = np.unique(lives.cases["lung_cancer"].person)
    dead = lives.death <= OPTIONS.end
    assert dead[ill].mean() > 4 * dead.mean()


def test_covid_kills_the_old(lives: Lives) -> None:
    """About one person in a thousand in 2020, at a median age of 86 years (CépiDc)."""
    dead = np.flatnonzero(lives.cause == "U071")
    age = age_at(lives, dead, lives.death[dead])
    assert 0.5 < 1000 * (lives.death[dead] < day(2021)).sum() / OPTIONS.persons < 1.8
    assert 80 < np.median(age) < 92 and age.min() > 40
