"""An attacker who has the packs only: planted singles and pairs, and a person who left."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest

from data_quality.cohorts import cohort_entries
from etl import release
from etl.publish.share import publish_share
from etl.settings import Settings
from etl.workspace import Workspace
from tests.small_candidate import accept, build_candidate

# table -> stem of its concept columns, date column
PLANTED = {
    "condition_occurrence": ("condition", "condition_start_date"),
    "drug_exposure": ("drug", "drug_exposure_start_date"),
    "procedure_occurrence": ("procedure", "procedure_date"),
    "measurement": ("measurement", "measurement_date"),
}
SINGLE, PAIR = 2001000501, 2001000502
ALONE_MONTHS = ("2018-11", "201811", "2022-04", "202204")


def plant(workspace: Workspace) -> None:
    """80 records of one person, 80 of two, in each table, in months that no one else has."""
    with duckdb.connect(str(workspace.candidate)) as connection:
        for table, (stem, day) in PLANTED.items():
            end = ", drug_exposure_end_date" if table == "drug_exposure" else ""
            for concept, people, month in ((SINGLE, 1, "2018-11"), (PAIR, 2, "2022-04")):
                when = f"date '{month}-01'"
                code = f"'PL{concept}' from range(80) as t(i)"
                connection.execute(
                    f"insert into cdm.{table} ({table}_id, person_id, {stem}_concept_id, "
                    f"{day}{end}, {stem}_type_concept_id, {stem}_source_value) "
                    f"select {concept}::bigint * 1000 + i, 101 + i % {people}, {concept}, "
                    f"{when}{', ' + when if end else ''}, 32855, {code}"
                )


def made(workspace: Workspace, output: Path, without: int | None = None) -> Path:
    """Build the planted candidate, without one person if asked, release and share it."""
    build_candidate(workspace)
    plant(workspace)
    if without is not None:
        with duckdb.connect(str(workspace.candidate)) as connection:
            tables = connection.execute(
                "select table_name from information_schema.columns "
                "where table_schema = 'cdm' and column_name = 'person_id'"
            ).fetchall()
            for (table,) in tables:
                connection.execute(f"delete from cdm.{table} where person_id = {without}")
    accept(workspace)
    release.create(workspace, Settings())
    publish_share(
        workspace,
        release.find(workspace, "current"),
        output,
        Settings(),
        cohort_entries=cohort_entries,
    )
    return output


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("attack")
    workspace = Workspace(folder / "workspace")
    return made(workspace, folder / "one"), made(workspace, folder / "two", without=37)


def rows_of(pack: Path) -> dict[str, list[list[str]]]:
    found = {}
    for path in sorted(pack.rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as handle:
            found[path.relative_to(pack).as_posix()] = list(csv.reader(handle))
    return found


def test_records_of_one_person_and_of_two_are_nowhere(packs: tuple[Path, Path]) -> None:
    for name, rows in rows_of(packs[0]).items():
        for row in rows:
            assert not [cell for cell in row if str(SINGLE) in cell or str(PAIR) in cell], name


def test_a_month_of_one_person_is_no_first_month(packs: tuple[Path, Path]) -> None:
    rows = rows_of(packs[0])
    months = {row[1] for row in rows["achilles_results.csv"] if row[0] in ("420", "720", "1820")}
    assert months and not months & {*ALONE_MONTHS}
    extents = [row[2:4] for row in rows["onboarding/records_by_type.csv"][1:]]
    assert any(first for first, _ in extents)
    assert not {month for extent in extents for month in extent} & {*ALONE_MONTHS}


def test_a_person_who_left_changes_no_figure(packs: tuple[Path, Path]) -> None:
    one, two = (rows_of(pack) for pack in packs)
    assert one.keys() == two.keys()
    for name in one.keys() - {"former_values.csv"}:
        assert one[name] == two[name], name


def test_former_values_carry_their_release(packs: tuple[Path, Path]) -> None:
    one, two = (rows_of(pack)["former_values.csv"] for pack in packs)
    assert len(one) == 1
    assert len(two) > 100
    assert len({row[-1] for row in two[1:]}) == 1
