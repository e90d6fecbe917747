"""Does the care make medical sense? Drugs, stays, acts and tests: order, renewal, season."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from etl.synthetic.catalogue import ACT, DRUG, TEST, ages_of_drugs, catalogue, natures, read
from etl.synthetic.numbers import NEVER
from etl.synthetic.population import WOMAN
from tests.unit.synthetic.plausible_lives import (
    Lives,
    age_at,
    drugs_of,
    several_blocks,
)


@pytest.fixture(scope="module")
def lives() -> Lives:
    return several_blocks()


@pytest.mark.parametrize(
    ("name", "atc"), [("myocardial_infarction", "B01AC06"), ("type_2_diabetes", "A10BA02"),
                      ("parkinson", "N04BA"), ("dementia", "N06DA"), ("hypothyroidism", "H03AA")]
)  # fmt: skip
def test_a_drug_follows_its_diagnosis(lives: Lives, name: str, atc: str) -> None:
    owners = {
        "B01AC06": {"myocardial_infarction", "stroke", "peripheral_artery"},
        "H03AA": {"hypothyroidism", "other_cancer"},  # a thyroid that was removed
    }.get(atc, {name})
    onset: dict[int, int] = {}
    for owner in owners:
        cases = lives.cases[owner]
        for person, when in zip(cases.person.tolist(), cases.onset.tolist(), strict=True):
            onset[person] = min(when, onset.get(person, NEVER))
    drugs = drugs_of(lives, atc)
    assert drugs.height
    assert all(
        person in onset and when >= onset[person]
        for person, when in drugs.select("person", "day").iter_rows()
    )


@pytest.mark.parametrize(("atc", "days"), [("C09AA05", 30), ("B01AC06", 30), ("G03AA09", 84)])
def test_chronic_treatments_are_renewed(lives: Lives, atc: str, days: int) -> None:
    gaps = (
        drugs_of(lives, atc)
        .sort("person", "code", "day")
        .with_columns(gap=pl.col("day") - pl.col("day").shift(1).over("person", "code"))["gap"]
        .drop_nulls()
    )
    usual = gaps.filter(gaps.is_between(days * 0.7, days * 1.4))
    assert len(usual) / len(gaps) > 0.75
    median = gaps.median()
    assert isinstance(median, float) and abs(median - days) <= 2


def test_flu_vaccines_are_given_in_autumn(lives: Lives) -> None:
    when = drugs_of(lives, "J07BB").with_columns(month=pl.col("day").cast(pl.Date).dt.month())
    assert when.filter(pl.col("month").is_in([9, 10, 11, 12, 1])).height / when.height > 0.95


def test_hip_fracture_is_operated(lives: Lives) -> None:
    stays = lives.stays.filter(pl.col("main").is_in(["S7200", "S7210"]) & (pl.col("field") == 0))
    length = (stays["end"] - stays["start"]).mean()
    assert isinstance(length, float) and 5 < length < 16
    assert stays["kind"].str.starts_with("08C").all()


def test_cataract_and_colonoscopy_are_day_cases(lives: Lives) -> None:
    stays = lives.stays.filter(pl.col("kind").is_in(["02C05J", "06K04J"]))
    assert stays.height and (stays["start"] == stays["end"]).all()


def test_a_product_suits_the_age(lives: Lives) -> None:
    """No tablet of one gram for a child, no syrup of infants for their grandparents."""
    drugs = lives.items.filter(pl.col("kind") == DRUG)
    youngest, oldest = ages_of_drugs()
    code, person = drugs["code"].to_numpy(), drugs["person"].to_numpy()
    age = np.floor(age_at(lives, person, drugs["day"].to_numpy()))
    assert (age >= youngest[code]).all()
    # What was begun as a child may go on for a while.
    assert (age <= oldest[code] + 1).mean() > 0.999


def test_a_group_suits_the_age(lives: Lives) -> None:
    """GHM with `age superieur a 17 ans` or `age inferieur a 18 ans` in their label."""
    limits = read("codes_ghm").select(
        kind="ghm",
        above=pl.col("label_fr").str.extract(r"age superieur a (\d+) ans").cast(pl.Int32),
        below=pl.col("label_fr").str.extract(r"age inferieur a (\d+) ans").cast(pl.Int32),
    )
    stays = lives.stays.join(limits, on="kind")
    age = np.floor(age_at(lives, stays["person"].to_numpy(), stays["start"].to_numpy()))
    stays = stays.with_columns(age=pl.Series(age))
    assert stays["above"].drop_nulls().len() > 500 and stays["below"].drop_nulls().len() > 50
    assert stays.filter(pl.col("age") <= pl.col("above")).is_empty()
    assert stays.filter(pl.col("age") >= pl.col("below")).is_empty()


def test_who_is_in_hospital_is_not_nursed_at_home(lives: Lives) -> None:
    within = lives.stays.filter(
        pl.col("field").is_in([0, 1]) & (pl.col("end") > pl.col("start") + 1)
    ).select("person", "start", "end")
    kinds = natures().select("prs", nature_kind="kind")
    care = lives.items.join(kinds, on="prs").filter(
        pl.col("nature_kind").is_in(["nursing", "physiotherapy", "office", "home", "laboratory",
                                     "pharmacy"])
    )  # fmt: skip
    there = care.select("person", "day").join(within, on="person")
    assert there.height > 10_000
    during = (pl.col("day") > pl.col("start")) & (pl.col("day") < pl.col("end"))
    assert there.filter(during).is_empty()


@pytest.mark.parametrize(
    ("name", "code"),
    [("hypertension", "I10"), ("type_2_diabetes", "E119"), ("dementia", "F03"), ("copd", "J449"),
     ("atrial_fibrillation", "I489")],
)  # fmt: skip
def test_a_chronic_illness_is_coded_in_the_stays_of_those_who_have_it(
    lives: Lives, name: str, code: str
) -> None:
    onset = np.full(len(lives.sex), NEVER, dtype=np.int64)
    np.minimum.at(onset, lives.cases[name].person, lives.cases[name].onset)
    stays = lives.stays.filter(
        (pl.col("field") == 0)
        & ~pl.col("sessions")
        & (pl.col("end") > pl.col("start"))
        # the stay for the illness itself already has the diagnosis
        & (pl.col("main").str.slice(0, 3) != code[:3])
    )
    coded = lives.diagnoses.filter(pl.col("code") == code).select("block", "stay", coded=True)
    stays = stays.join(coded, on=["block", "stay"], how="left", maintain_order="left")
    ill = onset[stays["person"].to_numpy()] < stays["start"].to_numpy()
    has = stays["coded"].fill_null(False).to_numpy()
    # A patient on dialysis is hypertensive by another way.
    assert has[~ill].mean() < 0.02
    assert 0.6 < has[ill].mean() < 0.95


def test_no_contraceptive_is_taken_during_a_pregnancy(lives: Lives) -> None:
    pills = drugs_of(lives, "G03AA").select("person", "day")
    births = pl.DataFrame({"person": lives.mother, "birth": lives.birth}).filter(
        pl.col("person") >= 0
    )
    near = pills.cast(pl.Int64).join(births, on="person")
    carried = (pl.col("day") >= pl.col("birth") - 275) & (pl.col("day") <= pl.col("birth"))
    assert near.height > 100 and near.filter(carried).is_empty()


def test_one_drug_of_a_class_at_a_time(lives: Lives) -> None:
    """The heart's illnesses share their treatment: no two blockers of the renin system, no two
    statins, in the same month but for the month of a change."""
    for atc in ("C09", "C10AA"):
        frame = drugs_of(lives, atc).join(
            catalogue().frame.select(code=pl.col("index").cast(pl.Int32), atc="atc"), on="code"
        )
        months = frame.group_by("person", month=pl.col("day") // 90).agg(pl.col("atc").n_unique())
        assert (months["atc"] > 1).mean() < 0.02, atc  # type: ignore[operator]


def test_dialysis_takes_place_three_times_a_week(lives: Lives) -> None:
    sessions = lives.stays.filter(pl.col("kind") == "28Z04Z")
    weeks = sessions.group_by("person", week=pl.col("start") // 7).len()
    assert sessions.height and 2.4 < float(weeks["len"].mean()) < 3.1  # type: ignore[arg-type]


def test_tests_of_an_illness_come_after_it(lives: Lives) -> None:
    """Glycated haemoglobin follows diabetes, INR an anticoagulant's reason."""
    for code, owners in (
        ("1577", ("type_2_diabetes", "type_1_diabetes")),
        ("0127", ("atrial_fibrillation", "covid_embolism")),
    ):
        onset = np.full(len(lives.sex), NEVER, dtype=np.int64)
        for owner in owners:
            np.minimum.at(onset, lives.cases[owner].person, lives.cases[owner].onset)
        index = catalogue().index(TEST, code)
        tests = lives.items.filter((pl.col("kind") == TEST) & (pl.col("code") == index))
        assert tests.height
        assert (tests["day"].to_numpy() >= onset[tests["person"].to_numpy()]).all()


def test_acts_of_women_are_done_to_women(lives: Lives) -> None:
    wanted = [catalogue().index(ACT, code) for code in ("JQQM010", "JQQM018", "QEQK004")]
    person = lives.items.filter((pl.col("kind") == ACT) & pl.col("code").is_in(wanted))["person"]
    assert len(person) and (lives.sex[person.to_numpy()] == WOMAN).all()


def test_one_flu_vaccine_a_season(lives: Lives) -> None:
    summer = pl.col("day") - 181
    doses = drugs_of(lives, "J07BB").with_columns(season=summer.cast(pl.Date).dt.year())
    assert doses.height > 1000
    assert doses.group_by("person", "season").len()["len"].max() == 1


def test_no_doppler_before_middle_age_nor_because_of_an_x_ray(lives: Lives) -> None:
    """Young persons have one for a stroke or a disease of their arteries only."""
    codes = [catalogue().index(ACT, code) for code in ("EDQM001", "EBQM001")]
    rows = lives.items.filter((pl.col("kind") == ACT) & pl.col("code").is_in(codes))
    age = age_at(lives, rows["person"].to_numpy(), rows["day"].to_numpy())
    assert rows.height > 300 and (age < 35).mean() < 0.005
    x_rays = [catalogue().index(ACT, code) for code in ("ZBQK002", "NFQK001", "NAQK015")]
    before = lives.items.filter(pl.col("code").is_in(x_rays) & (pl.col("kind") == ACT))
    days = before.select("person", near="day")
    soon = rows.join(days, on="person").filter((pl.col("day") - pl.col("near")).is_between(0, 4))
    assert soon.height / rows.height < 0.06


def test_a_stay_that_ends_in_rehabilitation_is_followed_by_it(lives: Lives) -> None:
    ordered = lives.stays.sort("person", "start", "field", "stay").with_columns(
        after=pl.col("field").shift(-1).over("person"),
        then=pl.col("start").shift(-1).over("person"),
        before=pl.col("field").shift(1).over("person"),
        until=pl.col("end").shift(1).over("person"),
    )
    followed = (pl.col("after") == 1) & (pl.col("then") == pl.col("end"))
    acute = ordered.filter((pl.col("field") == 0) & (pl.col("exit") == "rehabilitation"))
    assert acute.height > 200 and acute.filter(followed).height == acute.height
    moved = ordered.filter((pl.col("field") == 0) & (pl.col("exit") == "transfer"))
    assert (
        moved.filter((pl.col("after") == 0) & (pl.col("then") == pl.col("end"))).height
        == moved.height
    )
    arrived = ordered.filter((pl.col("field") == 1) & (pl.col("entry") == "transfer"))
    assert (arrived["before"] == 0).all() and (arrived["until"] == arrived["start"]).all()
    # Some come from home, as in France; most follow a stay.
    assert 0.4 < arrived.height / ordered.filter(pl.col("field") == 1).height < 0.95
