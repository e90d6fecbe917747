# ruff: noqa: S608 — queries are built from fixed texts over a folder the developer names
"""A synthetic SNDS against published figures: what France is, what the generator makes of it.

The figures are ``data/published_figures.csv`` (each with its source and a tolerance), the way to
compute them ``data/measures.yml``: SQL over the answer key and three registers of one run. Twenty
figures, drawn by a seed among those that set no rate of the generator, are held out.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import yaml

from etl.synthetic.catalogue import DATA, packs, read

#: Number of figures held out, and the seed that draws them. Those of seed 24 were seen: they are in
#: view now (``use`` is ``seen``).
HELD_OUT, SEED = 20, "70"
_ANSWERS = (
    "persons", "visits", "conditions", "drugs", "procedures", "measurements", "deaths",
)  # fmt: skip
#: Views on one run; dates are dates, ages are differences of years.
_VIEWS = """
create view person as select person_key, sex, birth_year::int as birth_year,
    strptime(death_date, '%d/%m/%Y')::date as death from a_persons;
create view years as select unnest(generate_series({first}, {last}))::int as year;
create view alive as select year, person_key, sex, year - birth_year as age
    from years join person on birth_year <= year
    and (death is null or death >= make_date(year, 7, 1));
create view dead as select p.person_key, cause, year(death) as year,
    year(death) - birth_year as age
    from person p left join a_deaths using (person_key) where death is not null;
create table visit as select person_key, kind, source, business_key,
    strptime(start_date, '%d/%m/%Y')::date as start, strptime(end_date, '%d/%m/%Y')::date as stop,
    kind = 'telehealth' as by_video from a_visits;
create view condition as select person_key, code, role, source, business_key,
    strptime(start_date, '%d/%m/%Y')::date as start, strptime(end_date, '%d/%m/%Y')::date as stop
    from a_conditions;
create table acute as select v.*, year(stop) as year, year(start) - birth_year as age,
    death is not null and death = stop as died, coalesce(h.IDE_PSH_CAT = '128', false) as private
    from visit v join person using (person_key)
    left join BE_IDE_R h on h.IDE_ETA_NUM = split_part(business_key, '|', 1)
    where source = 'MCO' and kind <> 'session';
create view urgent as select v.person_key, start, year(start) as year,
    year(start) - birth_year as age from visit v join person using (person_key)
    where kind = 'emergency' and source in ('MCO_ACE', 'DCIR');
create view long_term as select person_key, number, year(start) as since,
    coalesce(year(stop), 9999) as until from condition join ald using (code)
    where role = 'long_term';
create table pack as select d.person_key, strptime(date, '%d/%m/%Y')::date as day,
    year(day) as year, year(day) - birth_year as age, atc, quantity::double as boxes,
    right('0' || p.PFS_PRA_SPE, 2) as speciality
    from a_drugs d join person using (person_key) join atc using (code)
    left join DA_PRA_R p on p.PFS_PFS_NUM = d.prescriber where code_system = 'CIP13';
create view practice as select v.*, year(start) as year, year(start) - birth_year as age,
    right('0' || p.PFS_PRA_SPE, 2) as speciality, p.PFS_CAT_COD::varchar as category
    from visit v join person using (person_key) join DA_PRA_R p on p.PFS_PFS_NUM = business_key
    where source = 'DCIR';
create view practitioner as select * from practice where speciality = '01';
create view dental as select * from practice where category = '4';
create view cover as select distinct year(MLL_CTA_DSD::date) as year,
    coalesce(BEN_IDT_ANO, BEN_NIR_ANO, BEN_NIR_PSA || BEN_RNG_GEM::varchar) as person_key
    from IR_ORC_R;
create view test as select year(strptime(date, '%d/%m/%Y')) as year, quantity::double as quantity
    from a_measurements where source = 'DCIR';
create view act as select year(strptime(date, '%d/%m/%Y')) as year, 1 as quantity, source
    from a_procedures;
"""
_REGISTERS = ("BE_IDE_R", "DA_PRA_R", "IR_ORC_R")


@dataclass(frozen=True)
class Figure:
    """One published figure. ``tolerance`` is in the unit of the measure."""

    id: str
    reference: str
    topic: str
    measure: str
    year: int
    argument: dict[str, str]
    parameters: dict[str, str]
    published: float
    tolerance: float
    published_year: str
    derivation: str
    source: str
    candidate: bool  # no rate was set by it

    @property
    def unit(self) -> str:
        return str(measures()[self.measure]["unit"])

    def title(self, language: str) -> str:
        """``language``: fr or en."""
        text = str(measures()[self.measure]["title"][language])
        return text.replace("{argument}", self.argument[language])


@cache
def measures() -> dict[str, Any]:
    """How each kind of figure is computed, by its name."""
    loaded: dict[str, Any] = yaml.safe_load((DATA / "measures.yml").read_text(encoding="utf-8"))
    return loaded


@cache
def figures() -> tuple[Figure, ...]:
    """All published figures, in the order of the file."""
    return tuple(
        Figure(
            id=row["id"],
            reference=row["reference"],
            topic=row["topic"],
            measure=row["measure"],
            year=int(row["year"]),
            argument={"fr": row["argument_fr"] or "", "en": row["argument_en"] or ""},
            parameters={
                name: value.replace("__", " ")
                for name, _, value in (
                    one.partition("=") for one in (row["parameters"] or "").split()
                )
            },
            published=float(row["published"]),
            tolerance=float(row["tolerance"]),
            published_year=row["published_year"] or "",
            derivation=row["derivation"] or "",
            source=row["source"],
            candidate=row["use"] == "candidate",
        )
        for row in read("published_figures").iter_rows(named=True)
    )


def held_out() -> frozenset[str]:
    """Ids of the figures that no rate was set by: among the candidates, the first of an order that
    the seed decides."""
    order = sorted(
        (one.id for one in figures() if one.candidate),
        key=lambda name: hashlib.sha256(f"{SEED} {name}".encode()).hexdigest(),
    )
    return frozenset(order[:HELD_OUT])


@cache
def known_differences() -> dict[str, dict[str, str]]:
    """Figures that the data are known not to meet: by id, the reason in both languages."""
    rows = read("known_differences").iter_rows(named=True)
    return {row["id"]: {"fr": row["reason_fr"], "en": row["reason_en"]} for row in rows}


def compare(folder: Path, years: range) -> pl.DataFrame:
    """Each published figure and what one run has.

    Args:
        folder: what :func:`~etl.synthetic.generate.generate` wrote, in CSV or in Parquet.
        years: those of the run; figures of other years are left out.

    Returns:
        One row per figure: id, made (null when it has no case), within, held_out.
    """
    with duckdb.connect() as base:
        _open(base, folder, years)
        people = dict(base.execute("select year, count(*) from alive group by 1").fetchall())
        rows = []
        for one in figures():
            if one.year not in years or (one.candidate and one.id not in held_out()):
                continue
            query = str(measures()[one.measure]["sql"])
            values = {"year": str(one.year), "people": str(people[one.year]), **one.parameters}
            for name, value in values.items():
                query = query.replace(f"{{{name}}}", value)
            found = base.execute(f"select {query}").fetchone()
            made = None if found is None or found[0] is None else float(found[0])
            within = made is not None and abs(made - one.published) <= one.tolerance
            rows.append((one.id, made, within, one.id in held_out()))
    schema = {"id": pl.String, "made": pl.Float64, "within": pl.Boolean, "held_out": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _open(base: duckdb.DuckDBPyConnection, folder: Path, years: range) -> None:
    """The views of :data:`_VIEWS` over the files of a run."""
    csv = "delim=';', header=true, all_varchar=true, quote=''"
    for name in _ANSWERS:
        path = folder / "answers" / f"{name}.csv"
        base.execute(f"create view a_{name} as select * from read_csv('{path}', {csv})")
    for name in _REGISTERS:
        parquet = folder / f"{name}.parquet"
        options = "delim=';', header=true, quote='', dateformat='%d/%m/%Y'"
        source = f"read_csv('{folder / name}.csv', {options})"
        if parquet.is_file():
            source = f"read_parquet('{parquet}')"
        base.execute(f"create view {name} as select * from {source}")
    codes = read("codes_cim10").select("code", number="ald_number")
    described = packs().select("atc", code="cip13")
    base.register("ald", codes.to_arrow())
    base.register("atc", described.to_arrow())
    base.execute(_VIEWS.format(first=years[0], last=years[-1]))
