"""The generator's door: blocks one after the other or side by side, then one file per table."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from etl.clauses import of_system
from etl.contracts.registry import recognise
from etl.errors import SndsOmopError
from etl.progress import Progress, Silent
from etl.synthetic.block import ANSWERS, BlockReport, run_block
from etl.synthetic.damage import damaged
from etl.synthetic.faults import Faults
from etl.synthetic.mark import PARTS, clear_made, write_mark
from etl.synthetic.options import FileFormat, Options
from etl.synthetic.traps import SCHEMA
from etl.synthetic.write import join_parts, write_csv

#: Below this many blocks the start of other processes costs more than it saves.
_PARALLEL_FROM = 4


@dataclass(frozen=True)
class SynthReport:
    """What was written. ``rows`` by file name, without header; ``seconds`` of wall clock."""

    output: Path
    persons: int
    rows: dict[str, int]
    traps: pl.DataFrame
    seconds: float

    def by_table(self) -> dict[str, int]:
        """Rows by table, years together: ``ER_PRS_F``, ``T_MCOaaB``."""
        totals: dict[str, int] = {}
        for stem, count in self.rows.items():
            found = recognise(f"{stem}.csv")
            name = found.contract.table if found else stem
            totals[name] = totals.get(name, 0) + count
        return totals


def generate(
    output: Path,
    *,
    persons: int,
    seed: int,
    years: range,
    file_format: FileFormat = "csv",
    simplified: bool = False,
    progress: Progress | None = None,
    processes: int | None = None,
    faults: Faults | None = None,
) -> SynthReport:
    """Write a synthetic SNDS and its answer key.

    Args:
        output: created if need be; what an earlier run wrote there is replaced.
        persons: true persons, born in the window included.
        seed: same seed, options and version give the same bytes, whatever ``processes`` is.
        years: calendar years of care.
        file_format: of the SNDS files; the answer key is always CSV.
        simplified: outpatient care as the simplified datamart has it (NS_xxx_F and IR_IBA_R), in
            place of DCIR; the answer key is that of DCIR.
        processes: default: one per CPU.
        faults: doses of what is planted, and files to damage; what must be found of these is in
            ``answers/faults.csv``.

    Raises:
        SndsOmopError: SO-120 for no person or no year, SO-103 when ``output`` cannot be written,
            SO-137 when it holds files of others, SO-141 when ``faults`` names a file that is
            not there.
    """
    if persons < 1 or not len(years):
        raise SndsOmopError(
            "SO-120",
            "at least one person and one year are needed",
            "il faut au moins une personne et une année",
        )
    begun = time.monotonic()
    options = Options(
        persons, seed, years[0], years[-1], file_format, simplified, faults or Faults()
    )
    progress = progress or Silent()
    progress.total(persons)
    try:
        clear_made(output)
        (output / ANSWERS).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=PARTS, dir=output) as folder:
            parts = Path(folder)
            reports: list[BlockReport] = []
            for report in _blocks(options, parts, processes):
                reports.append(report)
                progress.advance(report.persons, f"block {report.block + 1}/{options.blocks}")
            rows = _rows(reports)
            files = _join(parts, output, file_format)
            write_mark(output, files)
            if faults is not None:
                files, found = damaged(files, rows, options)
                write_csv(found, output / ANSWERS / "faults.csv")
                write_mark(output, files)
    except OSError as error:
        raise SndsOmopError("SO-103", *of_system(error), where=str(output)) from error
    traps = _traps(reports)
    write_csv(traps, output / ANSWERS / "traps.csv")
    return SynthReport(output, persons, rows, traps, time.monotonic() - begun)


def _blocks(options: Options, parts: Path, processes: int | None) -> Iterator[BlockReport]:
    """Blocks in order; several processes when it pays."""
    workers = processes or os.cpu_count() or 1
    if workers == 1 or options.blocks < _PARALLEL_FROM:
        for block in range(options.blocks):
            yield run_block(options, block, parts)
        return
    # Fresh processes: Polars' threads do not survive a fork.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        futures = [pool.submit(run_block, options, block, parts) for block in range(options.blocks)]
        for future in futures:
            yield future.result()


def _join(parts: Path, output: Path, file_format: FileFormat) -> list[Path]:
    """One file per table from its blocks' parts; returns them, the answers apart."""
    joined = []
    for folder in sorted(parts.iterdir()):
        if folder.name == ANSWERS:
            for answer in sorted(folder.iterdir()):
                join_parts(answer.iterdir(), output / ANSWERS / answer.name, "csv")
        else:
            joined.append(join_parts(folder.iterdir(), output / folder.name, file_format))
    shutil.rmtree(parts, ignore_errors=True)
    parts.mkdir(exist_ok=True)
    return joined


def _rows(reports: list[BlockReport]) -> dict[str, int]:
    """Rows of each file, by its name."""
    rows: dict[str, int] = {}
    for report in reports:
        for stem, count in report.rows.items():
            rows[stem] = rows.get(stem, 0) + count
    return dict(sorted(rows.items()))


def _traps(reports: list[BlockReport]) -> pl.DataFrame:
    """One row per trap, rule, table and disposition."""
    frames = [report.traps for report in reports]
    every = pl.concat(frames) if frames else pl.DataFrame(schema=SCHEMA)
    by = ["trap", "rule_id", "source_table", "disposition"]
    return every.group_by(by).agg(pl.col("rows_planted", "rows_expected").sum()).sort(by)
