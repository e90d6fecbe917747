"""Long-term diseases (ALD): from cases to IR_IMB_R, with its duplicates and foreign rows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from etl.synthetic.cases import Cases
from etl.synthetic.catalogue import read
from etl.synthetic.content import Pathway
from etl.synthetic.forms import forms_of, named
from etl.synthetic.identities import Identities
from etl.synthetic.numbers import NEVER, choose
from etl.synthetic.options import Options
from etl.synthetic.population import Persons
from etl.synthetic.streams import Streams
from etl.synthetic.traps import Planted, portion
from etl.synthetic.write import Tables
from etl.synthetic.written import text_day

_WORK_ACCIDENT, _OCCUPATIONAL_DISEASE = 11, 12


@dataclass
class Diseases:
    """One row per long-term disease granted to a person."""

    parts: list[pl.DataFrame] = field(default_factory=list)

    def add(
        self, pathway: Pathway, cases: Cases, persons: Persons, streams: Streams, options: Options
    ) -> None:
        """Those cases of a pathway that ask for the cover."""
        law = pathway.ald
        if law is None or not len(cases):
            return
        rng = streams.rng(f"ald {pathway.id}")
        begin = cases.onset + law.after
        has = (rng.random(len(cases)) < law.share) & (begin <= persons.exit(options)[cases.person])
        codes = np.array(list(law.codes), dtype=object)[choose(rng, law.codes, len(cases))]
        codes = named(codes, forms_of(pathway, cases, persons, streams))
        end = begin + (law.years or 0) * 365 if law.years else np.full(len(cases), NEVER)
        # The right ends, the illness does not: most are renewed while they last, some lapse.
        due = (end <= persons.exit(options)[cases.person]) & (rng.random(len(cases)) < law.renewed)
        end = np.where(due, end + (law.years or 0) * 365, end)
        self.parts.append(
            pl.DataFrame(
                {
                    "person": cases.person[has].astype(np.int32),
                    "code": codes[has].astype(str),
                    "from": begin[has].astype(np.int32),
                    "to": np.minimum(end[has], NEVER).astype(np.int32),
                    "nature": np.full(int(has.sum()), law.kind, dtype=np.int16),
                }
            )
        )

    def frame(self) -> pl.DataFrame:
        """All of them; the same code twice for a person is one disease."""
        schema = {"person": pl.Int32, "code": pl.String, "from": pl.Int32, "to": pl.Int32,
                  "nature": pl.Int16}  # fmt: skip
        frame = pl.concat(self.parts) if self.parts else pl.DataFrame(schema=schema)
        return frame.sort("person", "code", "from").unique(
            ["person", "code"], keep="first", maintain_order=True
        )


def render(
    diseases: pl.DataFrame,
    identities: Identities,
    streams: Streams,
    options: Options,
    planted: Planted,
    tables: Tables,
) -> pl.DataFrame:
    """Hand IR_IMB_R over; returns the true diseases with the key of their person."""
    rng = streams.rng("imb")
    people = identities.people.select("person", "key", "psa_a", "psa_b", "rank", "switch")
    numbers = read("codes_cim10").select("code", number="ald_number")
    rows = (
        diseases.join(people, on="person", how="left", maintain_order="left")
        .join(numbers, on="code", how="left", maintain_order="left")
        .with_columns(
            psa=pl.when(pl.col("from") >= pl.col("switch")).then("psa_b").otherwise("psa_a"),
            classification=pl.lit("CIM10"),
            inserted=pl.col("from") + 30,
            fate=pl.lit(""),
        )
    )
    size = rows.height
    # Renewed rights: the same disease written again later, with a later end (R40: the last stays).
    again = min(size, portion(streams, options, "disease_written_twice", 8))
    renewed = rows[np.sort(rng.choice(size, again, replace=False)) if again else []].with_columns(
        inserted=pl.col("inserted") + 400,
        to=pl.when(pl.col("to") < NEVER).then(pl.col("to") + 1095).otherwise("to"),
        fate=pl.lit("superseding"),
    )
    planted.note("disease_written_twice", "R40", "IR_IMB_R", "superseded", renewed.height)
    real = identities.people.filter(pl.col("identity") == "real")
    foreign = []
    for name, nature, classification in (
        ("work_accident", _WORK_ACCIDENT, "CIM10"),
        ("occupational_disease", _OCCUPATIONAL_DISEASE, "CIM10"),
        ("other_classification", 41, "CIM9"),
    ):
        count = min(real.height, portion(streams, options, name, 4))
        chosen = real[np.sort(rng.choice(real.height, count, replace=False))]
        foreign.append(
            chosen.select(
                "person",
                code=pl.lit("S934" if nature != 41 else "250"),
                **{"from": pl.lit(options.start + 100, pl.Int32), "to": pl.lit(NEVER, pl.Int32)},
                nature=pl.lit(nature, pl.Int16),
                key="key",
                psa_a="psa_a",
                psa_b="psa_b",
                rank="rank",
                switch="switch",
                number=pl.lit("99"),
                psa="psa_a",
                classification=pl.lit(classification),
                inserted=pl.lit(options.start + 130, pl.Int32),
                fate=pl.lit("R40"),
            )
        )
        planted.note(name, "R40", "IR_IMB_R", "excluded", count)
    every = pl.concat([rows, renewed, *foreign])
    last = every.filter(pl.col("fate") != "R40").unique(
        ["person", "code", "from"], keep="last", maintain_order=True
    )
    tables.add(
        "IR_IMB_R",
        None,
        every.sort("psa", "rank", "from", "inserted").select(
            BEN_NIR_PSA="psa", BEN_RNG_GEM="rank", IMB_ETM_NAT="nature",
            # The number of the list is not kept up to date at the source (R41).
            IMB_ALD_NUM=pl.when(pl.col("number") == "99").then(pl.lit("0")).otherwise("number"),
            IMB_ALD_DTD=text_day("from"),
            IMB_ALD_DTF=pl.when(pl.col("to") >= NEVER)
            .then(pl.when(pl.col("person") % 3 == 0).then(pl.date(1600, 1, 1))
                  .otherwise(pl.date(2099, 12, 31)))
            .otherwise(text_day("to")),
            MED_MTF_COD="code", MED_NCL_IDT="classification",
            INS_DTE=text_day("inserted"), UPD_DTE=text_day("inserted"),
        ),
    )  # fmt: skip
    return last


def first_day(diseases: pl.DataFrame) -> pl.DataFrame:
    """First day of full cover of each person."""
    return diseases.group_by("person", maintain_order=True).agg(ald_from=pl.col("from").min())
