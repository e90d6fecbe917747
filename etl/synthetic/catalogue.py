"""The codes the generator uses, read once from ``data/codes_*.csv`` into one numbered table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from etl.synthetic.numbers import Array

DATA = Path(__file__).resolve().parent / "data"
DRUG, TEST, ACT, DEVICE, HOSPITAL_DRUG = 1, 2, 3, 4, 5
NO_CODE = -1
#: Price of one B of the biology nomenclature, in cents.
B_CENTS = 27


def read(name: str) -> pl.DataFrame:
    """One data file as text; lines that begin with # are its header comments."""
    return pl.read_csv(DATA / f"{name}.csv", comment_prefix="#", infer_schema=False)


@dataclass(frozen=True)
class Catalogue:
    """``frame``: index, kind, code, prs, price (cents), units, atc, label."""

    frame: pl.DataFrame
    numbers: dict[tuple[int, str], int]

    def index(self, kind: int, code: str) -> int:
        """Row of a code.

        Raises:
            KeyError: a pathway uses a code that the lists do not hold.
        """
        return self.numbers[kind, code]


@cache
def with_tail(name: str) -> pl.DataFrame:
    """Codes of the pathways, then those of the long tail that share their columns: ``ccam``."""
    named = read(f"codes_{name}")
    rest = read(f"tail_{name}")
    return pl.concat([named, rest.select(set(named.columns) & set(rest.columns))], how="diagonal")


@cache
def packs() -> pl.DataFrame:
    """Drug presentations: those of the pathways, then the long tail, which has a ``weight``."""
    named = read("codes_cip").with_columns(weight=pl.lit(None, pl.String))
    return pl.concat([named, read("tail_cip").select(named.columns)])


@cache
def tail() -> tuple[Array, Array]:
    """Rows of the catalogue that are of the long tail of drugs, and their weights."""
    rows = packs().filter(pl.col("weight").is_not_null())
    numbers = [catalogue().index(DRUG, code) for code in rows["cip13"]]
    return np.array(numbers, dtype=np.int32), rows["weight"].cast(pl.Float64).to_numpy()


#: Classes of the long tail that are taken for months: stomach, liver, bowel, vitamins, minerals,
#: iron, bladder, pain, allergy, glaucoma, tears. The others are taken for days.
_FOR_MONTHS = (
    "A02B", "A05", "A06", "A09", "A11", "A12", "B03", "G04BD", "N02", "R06", "S01E", "S01X",
)  # fmt: skip


@cache
def lasting() -> Array:
    """Of each row of :func:`tail`, whether it is taken for months."""
    rows = packs().filter(pl.col("weight").is_not_null())
    found = rows.select(
        pl.any_horizontal(pl.col("atc").str.starts_with(one) for one in _FOR_MONTHS)
    )
    return found.to_series().to_numpy()


@cache
def catalogue() -> Catalogue:
    """All coded products and acts, in a fixed order."""
    cents = (pl.col("price").cast(pl.Float64) * 100).round().cast(pl.Int32)
    columns = ["kind", "code", "prs", "price", "units", "atc", "label_fr"]

    def shaped(frame: pl.DataFrame, kind: int) -> pl.DataFrame:
        missing = [pl.lit("").alias(name) for name in ("units", "atc") if name not in frame.columns]
        return frame.with_columns(
            *missing, kind=pl.lit(kind, pl.Int8), prs=pl.col("prs").cast(pl.Int32)
        ).select(columns)

    drugs = packs().rename({"cip13": "code", "prs_nat_ref": "prs"})
    tests = with_tail("nabm").rename({"b_coefficient": "price"})
    acts = with_tail("ccam").rename({"tariff": "price", "prs_nat_ref": "prs"})
    devices = with_tail("lpp").rename({"prs_nat_ref": "prs"})
    hospital = read("codes_ucd").rename({"ucd7": "code"})
    frame = pl.concat(
        [
            shaped(drugs.with_columns(price=cents), DRUG),
            shaped(
                tests.with_columns(
                    price=(pl.col("price").cast(pl.Float64) * B_CENTS).round().cast(pl.Int32),
                    prs=pl.lit("3211"),
                ),
                TEST,
            ),
            shaped(acts.with_columns(price=cents), ACT),
            shaped(devices.with_columns(price=cents), DEVICE),
            shaped(hospital.with_columns(price=cents, prs=pl.lit("3317")), HOSPITAL_DRUG),
        ]
    ).with_row_index("index")
    numbers = {
        (kind, code): index
        for index, kind, code in frame.select("index", "kind", "code").iter_rows()
    }
    return Catalogue(frame, numbers)


@cache
def ages_of_drugs() -> tuple[Array, Array]:
    """Youngest and oldest age, in whole years, that each row of the catalogue is made for."""
    drugs = packs().with_columns(
        pl.col("age_from", "age_to").cast(pl.Int32), kind=pl.lit(DRUG, pl.Int8)
    )
    rows = catalogue().frame.join(
        drugs.select("kind", "age_from", "age_to", code="cip13"),
        on=["kind", "code"], how="left", maintain_order="left",
    )  # fmt: skip
    return (
        rows["age_from"].fill_null(0).to_numpy(),
        rows["age_to"].fill_null(200).to_numpy(),
    )


@cache
def natures() -> pl.DataFrame:
    """PRS_NAT_REF with its kind and the kind of visit it makes ('' when none)."""
    return read("codes_prs_nat_ref").with_columns(prs=pl.col("code").cast(pl.Int32))
