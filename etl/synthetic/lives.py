# ruff: noqa: T201 — a command that prints
"""Lives of a synthetic SNDS as a page that a person reads: ``python -m etl.synthetic.lives PAGE``.

Ten lives of each age class are drawn by the seed from one run, and written year by year from the
answer key: what the person had, when, and how often.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from etl.synthetic.catalogue import packs, read, with_tail
from etl.synthetic.generate import generate

#: Ages at the end of the first year; those below zero are born later.
CLASSES = ((-4, 0), (1, 5), (6, 14), (15, 29), (30, 44), (45, 59), (60, 74), (75, 84), (85, 120))
_YEARS = range(2018, 2023)
#: What happens more often in a year is one line: how often, first and last day.
_OFTEN = 2
_SEXES = {"1": "man", "2": "woman"}


def page(folder: Path, each: int = 10, seed: int = 1) -> str:
    """The page of ``each`` lives of each age class of the run in ``folder``."""
    answers = folder / "answers"
    persons = _read(answers / "persons.csv").with_columns(
        age=pl.lit(_YEARS[0]) - pl.col("birth_year").cast(pl.Int32),
        order=pl.col("person_key").map_elements(
            lambda key: hashlib.sha256(f"{seed} {key}".encode()).hexdigest(), pl.String
        ),
    )
    chosen = pl.concat(
        [
            persons.filter(pl.col("age").is_between(low, high)).sort("order").head(each)
            for low, high in CLASSES
        ]
    )
    causes = dict(_read(answers / "deaths.csv").select("person_key", "cause").iter_rows())
    happened = _happened(answers, chosen["person_key"])
    lines = [
        "# Lives of a synthetic SNDS",
        "",
        f"{chosen.height} invented persons, {each} of each age class, {_YEARS[0]} to {_YEARS[-1]},",
        "from the answer key. No real person was used.",
    ]
    for number, one in enumerate(chosen.iter_rows(named=True), 1):
        born, died = one["birth_year"], one["death_date"]
        end = f", died on {died} ({_named(causes.get(one['person_key']))})" if died else ""
        lines += ["", f"## {number}. A {_SEXES[one['sex']]} born in {born}{end}", ""]
        own = happened.filter(pl.col("person_key") == one["person_key"])
        lines += list(_lines_of(own)) or ["No care."]
    return "\n".join(lines) + "\n"


def _read(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, separator=";", quote_char=None, infer_schema=False)


def _labels() -> dict[str, str]:
    """Short label of each code the generator writes."""
    labels: dict[str, str] = {}
    for name in ("cim10", "ccam", "nabm", "lpp"):
        labels |= dict(with_tail(name).select("code", "label_fr").iter_rows())
    labels |= dict(read("codes_ucd").select("ucd7", "label_fr").iter_rows())
    drugs = packs().select("cip13", pl.col("atc") + " " + pl.col("label_fr"))
    return labels | dict(drugs.iter_rows())


def _named(code: str | None) -> str:
    return "cause not known" if not code else f"{code} {_labels().get(code, '')[:40]}".strip()


def _happened(answers: Path, keys: pl.Series) -> pl.DataFrame:
    """One row per thing: person_key, day, kind, what; stays bear their diagnoses and acts."""

    def those(name: str) -> pl.DataFrame:
        return _read(answers / f"{name}.csv").filter(pl.col("person_key").is_in(keys.implode()))

    labels = _labels()

    def text(column: str) -> pl.Expr:
        label = pl.col(column).replace_strict(labels, default="", return_dtype=pl.String)
        return pl.col(column) + " " + label.str.slice(0, 44)

    conditions = those("conditions")
    hospital = conditions.filter(pl.col("business_key").is_not_null()).group_by(
        "person_key", "business_key", "source", maintain_order=True
    ).agg(why=(pl.col("role").str.slice(0, 4) + " " + text("code")).str.join("; "))  # fmt: skip
    acts = those("procedures")
    done = acts.filter(pl.col("source") != "DCIR").group_by(
        "person_key", "business_key", "source", maintain_order=True
    ).agg(how=text("code").unique(maintain_order=True).str.join("; "))  # fmt: skip
    visits = those("visits")
    stays = (
        visits.filter(~pl.col("source").is_in(["DCIR"]))
        .join(hospital, on=["person_key", "business_key", "source"], how="left")
        .join(done, on=["person_key", "business_key", "source"], how="left")
        .select(
            "person_key",
            day="start_date",
            kind=pl.lit("1 hospital"),
            what=pl.format(
                "{} {} to {}: {} [{}]", "source", "kind", "end_date",
                pl.col("why").fill_null(""), pl.col("how").fill_null(""),
            ),
        )
    )  # fmt: skip
    town = visits.filter(
        (pl.col("source") == "DCIR") & ~pl.col("kind").is_in(["pharmacy", "laboratory"])
    )
    cover = conditions.filter(pl.col("role") == "long_term")
    sold, tests = those("drugs"), those("measurements")
    return pl.concat(
        [
            cover.select(
                "person_key", day="start_date", kind=pl.lit("0 long-term cover"),
                what=pl.format("{} until {}", text("code"), pl.col("end_date").fill_null("always")),
            ),
            stays,
            town.select("person_key", day="start_date", kind=pl.lit("2 visit"), what="kind"),
            sold.select("person_key", day="date", kind=pl.lit("3 drug"), what=text("code")),
            tests.select("person_key", day="date", kind=pl.lit("4 test"), what=text("code")),
            acts.filter(pl.col("source") == "DCIR").select(
                "person_key", day="date", kind=pl.lit("5 act"), what=text("code")
            ),
            those("devices").select(
                "person_key", day="date", kind=pl.lit("6 device"), what=text("code")
            ),
        ]
    ).with_columns(day=pl.col("day").str.to_date("%d/%m/%Y"))  # fmt: skip


def _lines_of(own: pl.DataFrame) -> Iterator[str]:
    """Lines of one life, by year and kind."""
    by = ["year", "kind", "what"]
    events = (
        own.with_columns(year=pl.col("day").dt.year())
        .group_by(by)
        .agg(first=pl.col("day").min(), last=pl.col("day").max(), number=pl.len(),
             days=pl.col("day").sort())
        .sort("year", "kind", "first", "what")
    )  # fmt: skip
    for year in events["year"].unique().sort():
        yield f"- **{year}**"
        for kind, rows in events.filter(pl.col("year") == year).group_by(
            "kind", maintain_order=True
        ):
            texts = [
                f"{what} × {number} ({first:%d/%m}–{last:%d/%m})"
                if number > _OFTEN
                else f"{what} ({', '.join(f'{day:%d/%m}' for day in days)})"
                for what, first, last, number, days in rows.select(
                    "what", "first", "last", "number", "days"
                ).iter_rows()
            ]
            yield f"    - {str(kind[0])[2:]}: " + " | ".join(texts)


def main() -> None:
    """Generate a run and write its page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", type=Path)
    parser.add_argument("--persons", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=10)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder), persons=given.persons, seed=given.seed, years=_YEARS)
        text = page(Path(folder), given.each, given.seed)
    given.page.write_text(text, encoding="utf-8")
    print(f"{given.page}: {text.count('## ') - 1} lives")


if __name__ == "__main__":
    main()
