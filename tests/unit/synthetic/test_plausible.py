"""Does it make medical sense? Age, sex, order of events, renewal, season, mortality."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest

from etl.synthetic.cases import Cases
from etl.synthetic.catalogue import ACT, DRUG, TEST, ages_of_drugs, catalogue, natures, read
from etl.synthetic.course import first_days
from etl.synthetic.course import lives as life_courses
from etl.synthetic.inside import without_town_care
from etl.synthetic.numbers import NEVER, Array, interpolate_log
from etl.synthetic.options import BLOCK, Options, day
from etl.synthetic.plan import Plan, expand
from etl.synthetic.population import MAN, WOMAN, settings
from etl.synthetic.pregnant import without_contraindicated
from etl.synthetic.streams import Streams
from etl.synthetic.world import World

BLOCKS = 8
OPTIONS = Options(BLOCKS * BLOCK, 11, 2018, 2022)


@dataclass
class Lives:
    """Persons of several blocks, and all that happened to them; `person` is unique."""

    sex: Array
    birth: Array
    death: Array
    cause: Array
    mother: Array
    twin: Array
    items: pl.DataFrame
    stays: pl.DataFrame
    diagnoses: pl.DataFrame
    acts: pl.DataFrame
    cases: dict[str, Cases]


@pytest.fixture(scope="module")
def lives() -> Lives:
    world = World(OPTIONS.persons)
    everyone, items, stays, diagnoses, acts, mothers, twins = [], [], [], [], [], [], []
    cases: dict[str, list[Cases]] = {}
    for block in range(BLOCKS):
        streams = Streams(OPTIONS.seed, block)
        persons, known = life_courses(streams, OPTIONS, world)
        plan, onsets = Plan(), first_days(known, len(persons))
        for pathway, found in known:
            expand(pathway, found, persons, streams, OPTIONS, world, plan, onsets)
            shifted = Cases(found.person + block * BLOCK, found.onset)
            cases.setdefault(pathway.id, []).append(shifted)
        without_contraindicated(plan.items, persons)
        everyone.append(persons)
        shift = pl.col("person") + block * BLOCK
        lived = plan.stays.frame(OPTIONS)
        without_town_care(plan.items, lived)
        plan.stays.add_comorbidities(known, onsets, streams.rng("comorbidities"))
        found_there, done_there, _ = plan.stays.details()
        items.append(plan.items.frame().with_columns(person=shift))
        keys = lived.select("stay", "person").with_columns(person=shift)
        diagnoses.append(found_there.join(keys, on="stay").with_columns(block=pl.lit(block)))
        acts.append(done_there.join(keys, on="stay").with_columns(block=pl.lit(block)))
        stays.append(lived.with_columns(person=shift, block=pl.lit(block)))
        mothers.append(np.where(persons.mother >= 0, persons.mother + block * BLOCK, -1))
        twins.append(np.where(persons.twin >= 0, persons.twin + block * BLOCK, -1))
    return Lives(
        np.concatenate([one.sex for one in everyone]),
        np.concatenate([one.birth for one in everyone]),
        np.concatenate([one.death for one in everyone]),
        np.concatenate([one.cause for one in everyone]),
        np.concatenate(mothers),
        np.concatenate(twins),
        pl.concat(items),
        pl.concat(stays),
        pl.concat(diagnoses),
        pl.concat(acts),
        {
            name: Cases(
                np.concatenate([one.person for one in found]),
                np.concatenate([one.onset for one in found]),
            )
            for name, found in cases.items()
        },
    )


def _drugs(lives: Lives, atc: str) -> pl.DataFrame:
    codes = catalogue().frame.filter(pl.col("atc").str.starts_with(atc))["index"]
    return lives.items.filter(
        (pl.col("kind") == DRUG) & pl.col("code").is_in(codes.cast(pl.Int32).implode())
    )


def _age(lives: Lives, person: Array, days: Array) -> Array:
    return np.asarray((days - lives.birth[person]) / 365.25)


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
    age = _age(lives, pregnancies.person, pregnancies.onset + 275)
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
    age = _age(lives, cases.person, np.maximum(cases.onset, OPTIONS.start))
    assert np.quantile(age, 0.1) > youngest_tenth
    assert median[0] < np.median(age) < median[1]


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
    drugs = _drugs(lives, atc)
    assert drugs.height
    assert all(
        person in onset and when >= onset[person]
        for person, when in drugs.select("person", "day").iter_rows()
    )


@pytest.mark.parametrize(("atc", "days"), [("C09AA05", 30), ("B01AC06", 30), ("G03AA09", 84)])
def test_chronic_treatments_are_renewed(lives: Lives, atc: str, days: int) -> None:
    gaps = (
        _drugs(lives, atc)
        .sort("person", "code", "day")
        .with_columns(gap=pl.col("day") - pl.col("day").shift(1).over("person", "code"))["gap"]
        .drop_nulls()
    )
    usual = gaps.filter(gaps.is_between(days * 0.7, days * 1.4))
    assert len(usual) / len(gaps) > 0.75
    median = gaps.median()
    assert isinstance(median, float) and abs(median - days) <= 2


def test_flu_vaccines_are_given_in_autumn(lives: Lives) -> None:
    when = _drugs(lives, "J07BB").with_columns(month=pl.col("day").cast(pl.Date).dt.month())
    assert when.filter(pl.col("month").is_in([9, 10, 11, 12, 1])).height / when.height > 0.95


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
    age = np.floor(_age(lives, person, drugs["day"].to_numpy()))
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
    age = np.floor(_age(lives, stays["person"].to_numpy(), stays["start"].to_numpy()))
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
    pills = _drugs(lives, "G03AA").select("person", "day")
    births = pl.DataFrame({"person": lives.mother, "birth": lives.birth}).filter(
        pl.col("person") >= 0
    )
    near = pills.cast(pl.Int64).join(births, on="person")
    carried = (pl.col("day") >= pl.col("birth") - 275) & (pl.col("day") <= pl.col("birth"))
    assert near.height > 100 and near.filter(carried).is_empty()


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


def test_one_drug_of_a_class_at_a_time(lives: Lives) -> None:
    """The heart's illnesses share their treatment: no two blockers of the renin system, no two
    statins, in the same month but for the month of a change."""
    for atc in ("C09", "C10AA"):
        frame = _drugs(lives, atc).join(
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


def test_one_flu_vaccine_a_season(lives: Lives) -> None:
    summer = pl.col("day") - 181
    doses = _drugs(lives, "J07BB").with_columns(season=summer.cast(pl.Date).dt.year())
    assert doses.height > 1000
    assert doses.group_by("person", "season").len()["len"].max() == 1


def test_no_doppler_before_middle_age_nor_because_of_an_x_ray(lives: Lives) -> None:
    """Young persons have one for a stroke or a disease of their arteries only."""
    codes = [catalogue().index(ACT, code) for code in ("EDQM001", "EBQM001")]
    rows = lives.items.filter((pl.col("kind") == ACT) & pl.col("code").is_in(codes))
    age = _age(lives, rows["person"].to_numpy(), rows["day"].to_numpy())
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


def test_covid_kills_the_old(lives: Lives) -> None:
    """About one person in a thousand in 2020, at a median age of 86 years (CépiDc)."""
    dead = np.flatnonzero(lives.cause == "U071")
    age = _age(lives, dead, lives.death[dead])
    assert 0.5 < 1000 * (lives.death[dead] < day(2021)).sum() / OPTIONS.persons < 1.8
    assert 80 < np.median(age) < 92 and age.min() > 40
