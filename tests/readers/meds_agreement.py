"""Events that ``omop-meds`` reads from `publish parquet`, against the CDM, by table and year.

It runs in an environment of its own (``make meds``; Python 3.12 or later), as with its users. MEDS
keeps an event once: records of one person, time, concept, value, unit and visit are one event.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import duckdb

from tests.readers.case import Agreement, Case

ENVIRONMENT = Path(__file__).resolve().parents[2] / "build" / "meds"

# Block of events → table, its time, and what else distinguishes its events.
BLOCKS = {
    "visit_occurrence/visit": ("visit_occurrence", "visit_start_datetime", "visit_concept_id"),
    "condition_occurrence/condition_occurrence": (
        "condition_occurrence", "condition_start_datetime", "condition_concept_id",
    ),
    "drug_exposure/drug_exposure": (
        "drug_exposure", "drug_exposure_start_datetime", "drug_concept_id, quantity",
    ),
    "procedure_occurrence/procedure_occurrence": (
        "procedure_occurrence", "procedure_datetime", "procedure_concept_id, quantity",
    ),
    "measurement/measurement": (
        "measurement", "measurement_datetime",
        "measurement_concept_id, value_as_number, unit_concept_id",
    ),
    "device_exposure/device_exposure": (
        "device_exposure", "device_exposure_start_datetime", "device_concept_id, quantity",
    ),
}  # fmt: skip


def program() -> Path | None:
    """``OMOP_MEDS`` of the environment, or None."""
    path = Path(os.environ.get("OMOP_MEDS_ENVIRONMENT", ENVIRONMENT)) / "bin" / "OMOP_MEDS"
    return path if path.is_file() else None


def compare(case: Case, connection: duckdb.DuckDBPyConnection, scratch: Path) -> list[Agreement]:
    """One line: tables and years with their number of events."""
    found = program()
    assert found is not None
    published, converted = scratch / f"{case.name}-parquet", scratch / f"{case.name}-meds"
    for file in (case.folder / "cdm").glob("*.parquet"):
        target = published / file.stem / "part-00000.parquet"
        target.parent.mkdir(parents=True)
        shutil.copy(file, target)
    subprocess.run(
        [
            str(found), f"root_output_dir={converted}", f"raw_input_dir={published}",
            "do_download=False", "do_demo=False", "do_overwrite=False",
        ],
        check=True, capture_output=True, cwd=scratch,
        env=os.environ | {"PATH": f"{found.parent}{os.pathsep}{os.environ['PATH']}"},
    )  # fmt: skip
    agreement = Agreement("MEDS: tables and years", 0)
    events = f"read_parquet('{converted}/MEDS_cohort/data/**/*.parquet')"
    for block, (table, time, others) in BLOCKS.items():
        ours = dict(
            connection.execute(
                f"select year({time}), count(*) from (select distinct person_id, {time}, {others},"
                f" visit_occurrence_id from cdm.{table}) group by 1"
            ).fetchall()
        )
        theirs = dict(
            connection.execute(
                f"select year(time), count(*) from {events} where source_block = '{block}'"
                " group by 1"
            ).fetchall()
        )
        for year in sorted({*ours, *theirs}, key=str):
            agreement.compared += 1
            if ours.get(year) != theirs.get(year):
                agreement.different.append(
                    f"{table} {year}: {theirs.get(year)} events, {ours.get(year)} in the CDM"
                )
    return [agreement]
