"""The long tail: codes that no pathway names, as frequent as in France, coherent with the rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from etl.synthetic.catalogue import ACT, DEVICE, TEST, catalogue, read
from etl.synthetic.generate import generate
from etl.synthetic.stays import _grades
from etl.synthetic.tail import Tail, codes_for, diagnoses, of_kind
from etl.synthetic.written import ucd

YEARS = range(2021, 2023)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tail")
    generate(folder, persons=2000, seed=8, years=YEARS, file_format="parquet")
    return folder


def _answers(run: Path, name: str) -> pl.DataFrame:
    return pl.read_csv(run / "answers" / f"{name}.csv", separator=";", infer_schema=False)


def _stays(run: Path) -> pl.DataFrame:
    files = [pl.read_parquet(path) for path in sorted(run.glob("T_MCO*B.parquet"))]
    return pl.concat(files, how="diagonal_relaxed")


@pytest.mark.parametrize("name", ["cim10", "ccam", "nabm", "lpp"])
def test_a_tail_holds_no_code_of_a_pathway(name: str) -> None:
    tail, named = read(f"tail_{name}")["code"], read(f"codes_{name}")["code"]
    assert tail.n_unique() == tail.len() and not set(tail) & set(named)


def test_many_codes_are_met(run: Path) -> None:
    """In 2,000 persons and two years; the pathways alone have 196, 97, 30 and 14 in five years."""
    for name, least in (("conditions", 350), ("procedures", 200), ("measurements", 400)):
        assert _answers(run, name)["code"].n_unique() > least, name


def test_codes_are_drawn_by_their_weight() -> None:
    for kind, by in ((ACT, "radiology"), (DEVICE, "")):
        tail = of_kind(kind, by)
        size = 60_000
        sex, age = np.full(size, 2), np.full(size, 80)
        codes, fits = codes_for(kind, by, sex, age, np.random.default_rng(1))
        assert fits.mean() > 0.99
        share = np.diff(tail.cumulated, prepend=0)
        largest = int(np.argmax(share))
        assert (codes == tail.codes[largest]).mean() == pytest.approx(share[largest], abs=0.02)


def test_a_code_suits_sex_and_age() -> None:
    rng = np.random.default_rng(2)
    sex, age = rng.integers(1, 3, 20_000), rng.integers(0, 95, 20_000)
    reasons = diagnoses()
    place, fits = reasons.drawn(sex, age, rng)
    chosen = np.array(reasons.codes, dtype=str)[place]
    assert (age[fits] >= reasons.youngest[place[fits]]).all()
    child = reasons.groups(place, age)[(age < 18) & np.char.startswith(chosen, "J1") & fits]
    assert set(child) == {"04M04"}  # pneumonia before 18 years


def test_a_code_of_one_sex_is_given_to_it_only() -> None:
    empty = np.array(["", ""], dtype=object)
    two = Tail(
        np.array(["N40", "N80"], dtype=object), np.array([0.5, 1.0]), np.array([1, 2]),
        np.array([50, 12]), np.array([200, 55]), empty, empty,
    )  # fmt: skip
    sex, age = np.repeat([1, 2, 1, 2], 500), np.repeat([60, 30, 30, 60], 500)
    place, fits = two.drawn(sex, age, np.random.default_rng(3))
    assert fits[:1000].mean() > 0.95 and (place[fits] == sex[fits] - 1).all()
    assert not fits[1000:].any()


def test_a_reason_of_the_tail_is_in_its_group(run: Path) -> None:
    """Diagnosis and root of the group of the summary, whatever the level."""
    reasons = read("tail_cim10").select(DGN_PAL="code", root="root", young="root_child")
    stays = _stays(run).join(reasons, on="DGN_PAL")
    # a stay that is in error has a group of its own (R30a)
    stays = stays.filter(~pl.col("GRG_GHM").str.starts_with("90"))
    assert stays.height > 60
    found = pl.col("GRG_GHM").str.slice(0, 5)
    assert stays.filter((found != pl.col("root")) & found.ne_missing(pl.col("young"))).is_empty()


def test_a_level_has_its_nights(run: Path) -> None:
    """Levels 2, 3 and 4 ask for three, four and five nights; J for none."""
    stays = (
        _stays(run)
        .filter(~pl.col("GRG_GHM").str.starts_with("90"))
        .with_columns(
            level=pl.col("GRG_GHM").str.slice(5, 1), nights=pl.col("SEJ_NBJ").cast(pl.Int64)
        )
    )
    # a stay of one night for another hospital, or one that overlaps, is a planted copy
    stays = stays.filter(pl.col("SEJ_TYP").is_null()).drop_nulls("nights")
    for level, least in (("2", 3), ("3", 4), ("4", 5)):
        own = stays.filter(pl.col("level") == level)
        assert (own["nights"] < least).sum() <= 2, level  # overlapping stays
    day = stays.filter(pl.col("level") == "J")
    assert day.height > 200 and (day["nights"] > 0).sum() <= 2


def test_levels_step_down_by_nights() -> None:
    grades = _grades()
    assert grades["04M053", 5] == "04M053" and grades["04M053", 3] == "04M052"
    assert grades["04M053", 1] == "04M051"  # pneumonia has no very short group here
    assert grades["09M071", 0] == "09M07T" and grades["09M071", 2] == "09M071"


def test_tests_of_the_tail_are_rare(run: Path) -> None:
    tests = _answers(run, "measurements").filter(pl.col("source") == "DCIR")
    rare = tests["code"].is_in(read("tail_nabm")["code"].implode()).mean()
    assert rare is not None and 0.005 < rare < 0.05
    assert all((TEST, code) in catalogue().numbers for code in tests["code"].unique())


def test_salaried_doctors_prescribe_and_have_no_practice(run: Path) -> None:
    """16.9 % of the boxes of 2022 (Open Medic); their speciality is no general practice."""
    lines = pl.concat(
        [pl.read_parquet(path) for path in sorted(run.glob("ER_PRS_F_*.parquet"))],
        how="diagonal_relaxed",
    ).filter(pl.col("PRS_NAT_REF").is_in([3312, 3313, 3317]))
    salaried = lines["PSP_STJ_COD"] == 61
    assert 0.1 < (salaried.mean() or 0) < 0.24
    doctors = set(lines.filter(salaried)["PFS_PRE_NUM"])
    assert doctors and not doctors & set(pl.read_parquet(run / "DA_PRA_R.parquet")["PFS_PFS_NUM"])


def test_every_department_has_a_town_and_other_communes() -> None:
    places = read("communes").with_columns(pl.col("weight").cast(pl.Float64))
    by = places.group_by("department").agg(pl.len(), pl.col("weight").sum())
    assert by.height == 101 and places["insee"].n_unique() == places.height > 800
    assert by.filter(pl.col("len") < 9)["department"].to_list() == ["75"]
    assert places["weight"].sum() == pytest.approx(1000, abs=1)
    north = by.filter(pl.col("department") == "59")["weight"].item()
    assert 36 < north < 41  # 2.6 of 67 million persons


def test_natures_of_telemedicine_are_written(run: Path) -> None:
    """ADR 68: by other professions than doctors, visits; requests and follow-up, none."""
    lines = pl.concat(
        [pl.read_parquet(path) for path in sorted(run.glob("ER_PRS_F_*.parquet"))],
        how="diagonal_relaxed",
    )
    assert {3140, 3402, 1199, 1201, 3597} <= set(lines["PRS_NAT_REF"].unique())
    bills = pl.concat([pl.read_parquet(path) for path in sorted(run.glob("T_MCO*FCSTC.parquet"))],
                      how="diagonal_relaxed")  # fmt: skip
    assert (bills["ACT_COD"].str.strip_chars() == "RQT").any()


def test_a_ucd_has_thirteen_digits_in_two_ways() -> None:
    """A13 of a UCD: 34008, the seven digits and the check digit (the sum is a multiple of ten)."""
    written = pl.DataFrame({"text": read("codes_ucd")["ucd7"]}).select(full=ucd())["full"]
    assert (written.str.len_chars() == 13).all()
    long = [one for one in written if one.startswith("34008")]
    assert len(long) > 2
    for one in long:
        digits = [int(digit) for digit in one]
        assert (sum(digits[0::2]) + 3 * sum(digits[1::2])) % 10 == 0
