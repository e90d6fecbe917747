"""What must not matter: number of threads, order of files, order of lines; what may: a rule."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest

from etl.contracts.registry import recognise
from etl.loaders import stage
from etl.progress import Silent
from etl.settings import Settings
from etl.synthetic import generate
from etl.transform import build
from etl.vocabulary import load_demo
from etl.workspace import Workspace
from tests.cdm_content import content, differences

pytestmark = pytest.mark.slow
# One rule of money, one of details, one of hospital stays: none hides another.
OFF = ("R19", "R21", "R30b")


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("delivery")
    generate(folder, persons=60, seed=12, years=range(2018, 2020))
    for path in folder.glob("ER_*.csv"):
        _plant_absurd_flux_months(path)
    return folder


def _plant_absurd_flux_months(path: Path) -> None:
    """A month before and one after all others: they must neither be lost nor make batches."""
    rows = pl.read_csv(path, separator=";", infer_schema=False)
    absurd = {"01/04/2018": "01/01/1600", "01/10/2019": "01/12/2999"}
    rows.with_columns(pl.col("FLX_DIS_DTD").replace(absurd)).write_csv(
        path, separator=";", quote_style="never"
    )


def built(root: Path, delivery: Path, **settings: object) -> Workspace:
    workspace = Workspace(root)
    workspace.create()
    chosen = Settings.model_validate(settings)
    assert not stage(delivery, workspace, chosen).refused
    load_demo(workspace, chosen)
    build(workspace, chosen, progress=Silent())
    return workspace


@pytest.fixture(scope="module")
def plain(delivery: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return built(tmp_path_factory.mktemp("plain") / "w", delivery, engine={"threads": 1})


def test_threads_batches_and_files_in_another_order(
    delivery: Path, plain: Workspace, tmp_path: Path
) -> None:
    """Ids included: the same tables, whoever came first, however many worked, in how many parts."""
    again = tmp_path / "delivery"
    for rank, path in enumerate(sorted(delivery.glob("*.csv"), reverse=True)):
        folder = again / f"part{rank % 3}"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder / path.name)
    other = built(tmp_path / "w", again, engine={"threads": 4, "batch": "year"})
    assert _lines_by_year(other) == _lines_by_year(plain)
    assert {year for year, _ in _lines_by_year(plain)} >= {1600, 2018, 2019, 2999}
    one, two = (content(w.candidate, with_ids=True) for w in (plain, other))
    assert one["visit_occurrence"]
    assert differences(one, two) == {}


def test_lines_in_another_order_change_ids_only(
    delivery: Path, plain: Workspace, tmp_path: Path
) -> None:
    shuffled = tmp_path / "delivery"
    shuffled.mkdir()
    for path in delivery.glob("*.csv"):
        if recognise(path.name):
            rows = pl.read_csv(path, separator=";", infer_schema=False)
            rows.sample(fraction=1, shuffle=True, seed=5).write_csv(
                shuffled / path.name, separator=";", quote_style="never"
            )
    other = built(tmp_path / "w", shuffled)
    assert differences(content(plain.candidate), content(other.candidate)) == {}


def test_a_rule_switched_off_frees_its_own_rows_only(
    delivery: Path, plain: Workspace, tmp_path: Path
) -> None:
    other = built(tmp_path / "w", delivery, rules={"off": OFF})
    kept, freed = (_excluded(workspace) for workspace in (plain, other))
    own = {row for row, rule in kept.items() if rule in OFF}
    assert {kept[row] for row in own} == set(OFF)
    assert not set(freed.values()) & set(OFF)
    # no other person's row changes sides
    assert {r: rule for r, rule in freed.items() if r not in own} == {
        r: rule for r, rule in kept.items() if r not in own
    }


def _lines_by_year(workspace: Workspace) -> list[tuple[int, int]]:
    with duckdb.connect(str(workspace.candidate), read_only=True) as opened:
        return opened.execute(
            "select year(FLX_DIS_DTD), count(*) from intermediate.int_dcir_line__classified "
            "group by all order by all"
        ).fetchall()


def _excluded(workspace: Workspace) -> dict[tuple[str, int], str]:
    """Rule of each row that a rule excludes; netting (R20) depends on what it is given."""
    with duckdb.connect(str(workspace.candidate), read_only=True) as opened:
        found = opened.execute(
            "select source_table, _row_id, rule_id from intermediate.aud_disposition "
            "where disposition in ('excluded', 'superseded') and rule_id <> 'R20'"
        ).fetchall()
    return {(table, row): rule for table, row, rule in found}
