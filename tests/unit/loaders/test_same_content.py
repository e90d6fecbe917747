"""The same texts in CSV, Parquet and SAS files become the same values, counts and refusals."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.contracts.registry import contracts
from etl.delivery.sources import Source
from etl.errors import SndsOmopError
from etl.loaders.batch import Reader
from etl.loaders.casts import Caster
from etl.loaders.conventions import Conventions, RereadError
from etl.loaders.csv_file import CsvFile
from etl.loaders.parquet_file import ParquetFile
from etl.loaders.sas_file import SasFile
from etl.settings import InputSettings
from tests.sas7bdat import SasColumn, write_sas7bdat

CONTRACT = contracts()["ER_PRS_F"]
_WORDS = ["", "NA", ".", "(null)", "#N/A", "NaN", "?", "0", "-1", "x", " ", '"', "'", '"a', "a;b"]
_KEY = [*"123", "001", " 7", "8 ", "9\u00a0", '="0100"', "'0100'", "5.0", "1E5", "12,5"]
_DAYS = [
    *("2019-02-13", "13/02/2019", "02/13/2019", "05/06/2019", "2019-02-13 00:00:00", "01/01/1600"),
    *("2019-07-13T22:00:00Z", "20190213", "13FEB2019", "13FEB2019:00:00:00", "01/02/19", "43497"),
    *("31/02/2019", "2019-02-13T00:30:00+02:00", "0001-01-01"),
]
_AMOUNTS = [
    *(
        "25",
        "25.00",
        "25,00",
        "1,000",
        "1,000.50",
        "1.000,50",
        "1 000.5",
        "1\u202f000,5",
        "-3",
        "3-",
    ),
    *("3-", "(3)", "1e3", "0.005", "99999999999999999999", "1'000", "12 \u20ac", "+4", "1.000"),
]
_COUNTS = ["1", "01", "-2", "1.0", "1,0", "2.5", "1e1", "99999999999", "1 000", "1.000"]
COLUMNS = {
    **dict.fromkeys(CONTRACT.key, _KEY),
    "FLX_DIS_DTD": ["2019-03-01", "01/03/2019", "2019-03-01 00:00:00"],
    "EXE_SOI_DTD": _DAYS,
    "PRS_PAI_MNT": _AMOUNTS,
    "PRS_ACT_QTE": _COUNTS,
    "PRS_NAT_REF": ["1111", "1111.0", "01111", "1111 ", "1,111"],
    "BEN_NIR_PSA": ["DLqqqqqqqqqqqqqqq", " DL", '"DL"', "'DL'", "0000000", "XXX"],
}  # fmt: skip
NAMES = [name for name in COLUMNS if name in {column.name for column in CONTRACT.kept}]

Rows = list[tuple[str, ...]]
_ROW = st.tuples(*(st.sampled_from([*COLUMNS[name], *_WORDS]) for name in NAMES))


def outcome(make: Callable[[], Reader]) -> dict[str, Any]:
    """Values of every column, or the code of the refusal; counts of what was not read."""
    conventions: Conventions | None = None
    for _ in range(3):
        caster = Caster([CONTRACT.column(name) for name in NAMES], conventions)
        rows = []
        try:
            for batch in make().batches():
                cast = caster.cast(batch.rows, trimmed=batch.trimmed, plain=batch.plain)
                rows += cast.select(NAMES).rows()
            caster.finish()
        except RereadError as again:
            conventions = again.conventions
            continue
        except SndsOmopError as error:
            return {"refused": error.code}
        counted = {"missing": caster.missing, "unparsed": caster.unparsed}
        # a blank line of a text file is no row
        filled = [row for row in rows if any(value is not None for value in row)]
        return {"rows": filled, "rounded": caster.rounded, **counted}
    raise AssertionError("a file is read twice at most")


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=settings().max_examples // 4,  # three files each
)
@given(st.lists(_ROW, min_size=1, max_size=6))
def test_formats_agree(tmp_path: Path, rows: Rows) -> None:
    text, columnar, sas = (tmp_path / f"a.{form}" for form in ("csv", "parquet", "sas7bdat"))
    with text.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, delimiter=";", lineterminator="\n")
        writer.writerows([NAMES, *rows])
    pl.DataFrame(rows, schema=dict.fromkeys(NAMES, pl.String), orient="row").write_parquet(columnar)
    write_sas7bdat(sas, [SasColumn(name, width=48) for name in NAMES], rows)
    given_as = InputSettings()
    from_text = outcome(lambda: CsvFile(Source(text), CONTRACT, 2019, given_as, encoding="utf-8"))
    assert outcome(lambda: ParquetFile(columnar, CONTRACT, 2019)) == from_text
    assert outcome(lambda: SasFile(sas, CONTRACT, 2019, given_as)) == from_text
