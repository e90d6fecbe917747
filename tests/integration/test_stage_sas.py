"""SAS files give the rows that CSV files give, whatever SAS made of dates and codes."""

from __future__ import annotations

import builtins
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.contracts.models import Column
from etl.contracts.registry import recognise
from etl.loaders import Limits, StageReport, stage
from etl.settings import Settings
from etl.synthetic import generate
from etl.workspace import Workspace
from tests.integration.staging import Site
from tests.sas7bdat import SasColumn, Value, write_sas7bdat

TABLES = ("IR_BEN_R", "IR_IMB_R", "ER_PRS_F_2018", "ER_PHA_F_2018", "ER_ETE_F_2018", "T_MCO18B",
          "T_MCO18C", "KI_CCI_R")  # fmt: skip
_EPOCH = date(1960, 1, 1)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("delivery")
    generate(folder, persons=40, seed=6, years=range(2018, 2020))
    return folder


def take(folder: Path, root: Path) -> tuple[StageReport, Workspace]:
    workspace = Workspace(root)
    workspace.create()
    return stage(folder, workspace, Settings(), limits=Limits(sas_rows=37)), workspace


def as_sas(path: Path, target: Path) -> None:
    """A file of the generator as SAS would hold it: days and codes are numbers."""
    known = recognise(path.name)
    assert known
    rows = pl.read_csv(path, separator=";", infer_schema=False)
    declared = {column.name: column for column in known.contract.columns}
    columns = [sas_column(rows[name], declared.get(name)) for name in rows.columns]
    values = [
        [sas_value(text, column) for text, column in zip(row, columns, strict=True)]
        for row in rows.iter_rows()
    ]
    write_sas7bdat(target, columns, values, encoding="latin-1")


def sas_column(texts: pl.Series, column: Column | None) -> SasColumn:
    if column and not column.style:
        if column.type == "date":
            # both kinds of dates that SAS has
            return SasColumn(texts.name, 0, "DATETIME20." if "DCD" in texts.name else "DDMMYY10.")
        if column.type in ("integer", "decimal", "numeric_code"):
            return SasColumn(texts.name, 0, "BEST12.")
        # "0123" and "00": SAS holds numbers, the zeros are lost
        if column.pad and all(text is None or text.isdigit() for text in texts):
            return SasColumn(texts.name)
    longest = max((len(text or "") for text in texts), default=0)
    return SasColumn(texts.name, max(longest, 1))


def sas_value(text: str | None, column: SasColumn) -> Value:
    if text is None or column.width:
        return text
    if column.format.startswith("D"):
        day, month, year = (int(piece) for piece in text.split("/"))
        days = (date(year, month, day) - _EPOCH).days
        return days * 86_400 + 3_600 if column.format.startswith("DATETIME") else days
    return float(text)


def test_rows_are_those_of_the_csv_files(delivery: Path, tmp_path: Path) -> None:
    folders = {kind: tmp_path / kind for kind in ("csv", "sas")}
    for folder in folders.values():
        folder.mkdir()
    for name in TABLES:
        text = (delivery / f"{name}.csv").read_bytes()
        (folders["csv"] / f"{name}.csv").write_bytes(text)
        as_sas(delivery / f"{name}.csv", folders["sas"] / f"{name.lower()}.sas7bdat")
    _, plain = take(folders["csv"], tmp_path / "one")
    report, sas = take(folders["sas"], tmp_path / "other")
    assert report.counts == {"staged": len(TABLES)}
    for name in TABLES:
        contract = recognise(f"{name}.csv").contract  # type: ignore[union-attr]
        frames = [
            pl.read_parquet(w.lake / contract.product / contract.model_name / "**/*.parquet")
            for w in (plain, sas)
        ]
        assert frames[0].height
        one, other = (frame.drop("_row_id") for frame in frames)
        for column in (c for c in contract.columns if c.name in one.columns):
            left, right = one[column.name], other[column.name]
            if column.pad:  # staging models put the zeros back (R01)
                left, right = (s.str.zfill(column.pad) for s in (left, right))
            assert left.equals(right, null_equal=True), (name, column.name)
    assert take(folders["sas"], tmp_path / "other")[0].counts == {"unchanged": len(TABLES)}


def test_lines_are_row_numbers(site: Site) -> None:
    columns = [SasColumn(name, 10) for name in ("ETA_NUM", "RSA_NUM", "ASS_DGN")]
    path = site.delivery / "T_MCO19D.sas7bdat"
    write_sas7bdat(path, columns, [["010000123", f"{n:010}", "I10"] for n in range(100)])
    site.stage(limits=Limits(sas_rows=30))
    rows = site.rows()
    file = site.manifest().files[0]
    assert rows["RSA_NUM"].to_list() == [f"{n:010}" for n in range(100)]
    assert rows["_row_id"].to_list() == [file.row_id(line) for line in range(1, 101)]


def test_row_without_key_goes_to_quarantine(site: Site) -> None:
    columns = [SasColumn(name, 10) for name in ("ETA_NUM", "RSA_NUM", "ASS_DGN")]
    path = site.delivery / "T_MCO19D.sas7bdat"
    write_sas7bdat(path, columns, [["010000123", "1", "I10"], [None, "2", "I10"]])
    site.stage()
    assert site.rows().height == 1
    assert site.quarantine()[["line", "reason"]].rows() == [(2, "SO-222")]


@pytest.mark.parametrize("cut", [0, 100, 2_000, 66_000])
def test_damaged_files_are_refused(site: Site, cut: int) -> None:
    columns = [SasColumn(name, 10) for name in ("ETA_NUM", "RSA_NUM", "ASS_DGN")]
    path = site.delivery / "T_MCO19D.sas7bdat"
    write_sas7bdat(path, columns, [["010000123", "1", "I10"]] * 9_000)
    path.write_bytes(path.read_bytes()[:cut])
    report = site.stage()
    assert [file.code for file in report.refused] == ["SO-201" if not cut else "SO-202"]
    assert not site.folders()


def test_another_table_is_refused(site: Site) -> None:
    write_sas7bdat(site.delivery / "T_MCO19D.sas7bdat", [SasColumn("X", 1)], [["a"]])
    assert [file.code for file in site.stage().refused] == ["SO-203"]


def test_without_its_extra(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "pyreadstat":
            raise ImportError(name)
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    write_sas7bdat(site.delivery / "T_MCO19D.sas7bdat", [SasColumn("X", 1)], [["a"]])
    (refused,) = site.stage().refused
    assert refused.code == "SO-207"
    assert "snds-omop[sas]" in refused.message


@pytest.mark.parametrize(
    ("version", "read"), [("1.3.6", False), ("1.2.8", False), ("1.3.7", True), ("2.0", True)]
)
def test_a_reader_that_gives_deleted_rows_is_refused(
    site: Site, monkeypatch: pytest.MonkeyPatch, version: str, *, read: bool
) -> None:
    monkeypatch.setattr("pyreadstat.__version__", version)
    columns = [SasColumn("ETA_NUM", 9), SasColumn("RSA_NUM", 10), SasColumn("ASS_DGN", 6)]
    write_sas7bdat(site.delivery / "T_MCO19D.sas7bdat", columns, [["750712184", "1", "E119"]])
    refused = site.stage().refused
    assert [file.code for file in refused] == ([] if read else ["SO-207"])
    assert read or "1.3.7" in refused[0].message
