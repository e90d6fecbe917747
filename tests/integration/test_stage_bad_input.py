"""Bad files and bad lines: a code each, nothing lost, the good ones go on."""

from __future__ import annotations

import errno
import gzip
import os
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from staging import HEADER, ROWS, SMALL_BLOCKS, Site, lines

from etl.cli import execute
from etl.contracts.registry import contracts
from etl.errors import EXIT_INPUT, EXIT_USAGE, SndsOmopError
from etl.loaders import Limits, lake, stage
from etl.settings import Settings
from etl.workspace import Workspace

GOOD = lines(HEADER, *ROWS).encode()
WHOLE_PRS = ";".join(column.name for column in contracts()["ER_PRS_F"].columns)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("T_MCO19D.csv", b"", "SO-201"),
        ("T_MCO19D.csv", b"\xef\xbb\xbf", "SO-201"),
        ("T_MCO19D.csv", b"\n\n", "SO-201"),
        ("T_MCO19D.csv.gz", b"", "SO-201"),
        ("T_MCO19D.csv.gz", gzip.compress(b"", mtime=0), "SO-201"),
        ("T_MCO19D.csv.gz", gzip.compress(GOOD * 50, mtime=0)[:-20], "SO-202"),
        ("T_MCO19D.csv.gz", GOOD, "SO-202"),
        ("T_MCO19D.parquet", b"", "SO-201"),
        ("T_MCO19D.parquet", b"PAR1 not a table", "SO-202"),
        ("T_MCO19D.csv", GOOD.replace(b";", b":"), "SO-203"),
        ("T_MCO19D.csv", b"some text\n", "SO-203"),
        ("T_MCO19D.csv", b"RSA_NUM;ASS_DGN\n1;I10\n", "SO-203"),
        ("T_MCO19D.csv", WHOLE_PRS.encode() + b"\n", "SO-203"),
        ("IR_BEN_R.csv", WHOLE_PRS.encode() + b"\n", "SO-203"),
        ("ER_PHA_F.csv", WHOLE_PRS.encode() + b"\n", "SO-203"),
        ("T_MCO19D.csv", b"ETA_NUM;RSA_NUM;ASS_DGN;rsa_num\n1;2;3;4\n", "SO-204"),
        ("T_MCO19D.csv", GOOD.decode().encode("utf-16")[:-1], "SO-205"),
        ("T_MCO19D.csv", HEADER.encode() + b"\n1,2,I10,1\n3,4,I11,1\n", "SO-206"),
        ("T_MCO19D.csv", HEADER.encode() + b"\n;1;I10;1\n;2;I11;1\n", "SO-217"),
        ("IR_BEN_R.csv", b"BEN_NIR_PSA;BEN_RNG_GEM;BEN_SEX_COD\n?;1;1\n", "SO-217"),
        ("T_MCO19D.sas7bdat", b"x", "SO-202"),
    ],
)
def test_a_bad_file_is_refused_and_the_others_go_on(
    site: Site, name: str, content: bytes, code: str
) -> None:
    site.put(name, content)
    site.diagnoses("T_MCO20D.csv")
    report = site.stage()
    assert [(file.name, file.code) for file in report.refused] == [(name, code)]
    assert report.refused[0].message.startswith(code)
    assert site.rows()["_source_year"].to_list() == [2020] * 3
    assert not (site.workspace.lake / ".incoming").exists()
    assert len(site.manifest().files) == 1


def test_a_forced_separator_that_does_not_fit_is_refused(site: Site) -> None:
    site.diagnoses()
    assert site.stage(separator=",").refused[0].code == "SO-203"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(site: Site) -> None:
    site.diagnoses().chmod(0)
    assert site.stage().refused[0].code == "SO-211"


def test_what_a_closed_folder_holds_is_not_gone(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that cannot be opened is reported; the rows that its files gave stay."""
    folder = site.delivery / "of_2019"
    folder.mkdir()
    site.put("of_2019/T_MCO19D.csv", GOOD)
    site.diagnoses("T_MCO20D.csv")
    assert site.stage().refused == []
    scandir = os.scandir

    def closed(path: Any) -> Any:
        if Path(path) == folder:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    report = site.stage()
    assert [(file.name, file.code) for file in report.refused] == [("of_2019", "SO-211")]
    assert report.counts == {"refused": 1, "unchanged": 1}
    assert set(site.rows()["_source_year"]) == {2019, 2020}


def test_a_linked_folder_is_said(site: Site, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (site.delivery / "linked").symlink_to(tmp_path / "elsewhere")
    site.diagnoses()
    assert [(file.name, file.code) for file in site.stage().refused] == [("linked", "SO-211")]


def test_a_damaged_parquet_is_refused(site: Site) -> None:
    path = site.delivery / "T_MCO19D.parquet"
    frame = pl.DataFrame({"ETA_NUM": [f"{n:09d}" for n in range(5000)]})
    frame.with_columns(RSA_NUM="ETA_NUM", ASS_DGN="ETA_NUM").write_parquet(path)
    content = bytearray(path.read_bytes())
    content[4:300] = b"\xff" * 296
    path.write_bytes(bytes(content))
    site.diagnoses("T_MCO20D.csv")
    assert [file.code for file in site.stage().refused] == ["SO-202"]


def test_nested_parquet_columns_are_refused(site: Site) -> None:
    frame = pl.DataFrame({"ETA_NUM": ["1"], "RSA_NUM": ["1"], "ASS_DGN": [["I10"]]})
    frame.write_parquet(site.delivery / "T_MCO19D.parquet")
    site.diagnoses("T_MCO20D.csv")
    assert [file.code for file in site.stage().refused] == ["SO-207"]


def test_a_header_alone_is_a_file_without_rows(site: Site) -> None:
    site.put("T_MCO19D.csv", HEADER)
    report = site.stage()
    assert report.refused == []
    assert [notice.code for notice in report.files[0].notices] == ["SO-235"]
    assert site.rows().is_empty()
    assert site.summary("files")["rows_read"].to_list() == [0]
    assert site.stage().counts == {"unchanged": 1}


BAD_LINES = {
    "SO-221 too few": b"010000123;0000000001;I10",
    "SO-221 too many": b"010000123;0000000001;I10;1;2",
    "SO-222": b";0000000001;I10;1",
    "SO-224": b"010000123;0000000001;I\x0010;1",
    "SO-225": HEADER.encode(),
}


@pytest.mark.parametrize("kind", BAD_LINES)
@pytest.mark.parametrize("quoted", [False, True])
def test_a_bad_line_goes_to_quarantine_with_its_number(site: Site, kind: str, quoted: bool) -> None:
    bad = BAD_LINES[kind]
    first = b'"010000123";0000000001;I10;1' if quoted else ROWS[0].encode()
    texts = [HEADER.encode(), first, bad, ROWS[1].encode(), ROWS[2].encode()]
    site.put("T_MCO19D.csv", b"\n".join(texts) + b"\n")
    report = site.stage()
    assert report.rows == {"read": 4, "staged": 3, "quarantined": 1}
    row = site.quarantine().row(0, named=True)
    assert (row["line"], row["reason"]) == (3, kind[:6])
    assert row["raw"] == bad.decode()
    assert site.manifest().locate(row["_row_id"]) == (site.manifest().files[0], 3)
    assert row["_row_id"] not in site.rows()["_row_id"]
    assert row["column_name"] == ("ETA_NUM" if kind == "SO-222" else "")


def test_a_last_line_cut_short_goes_to_quarantine(site: Site) -> None:
    site.put("T_MCO19D.csv", GOOD[:-9])
    site.stage()
    assert site.rows().height == 2
    assert site.quarantine()["reason"].to_list() == ["SO-226"]


def test_a_damaged_line_of_a_utf8_file_goes_to_quarantine(site: Site) -> None:
    texts = [b"ETA_NUM;SOC_RAI", "010000123;Hôpital".encode(), b"010000456;H\xc3tel"]
    texts += [f"{n:09d};Clinique".encode() for n in range(20)]
    site.put("T_MCO19E.csv", b"\n".join(texts) + b"\n")
    for limits in (None, SMALL_BLOCKS):
        site.stage(limits=limits)
        assert site.rows("mco/t_mcoaae").height == 21
        bad = site.quarantine("mco/t_mcoaae")
        assert bad.select("line", "reason").rows() == [(3, "SO-227")]


@pytest.mark.parametrize("limits", [None, SMALL_BLOCKS])
@pytest.mark.parametrize("quoted", [False, True])
def test_lines_of_another_export_are_read_in_their_encoding(
    site: Site, limits: Limits | None, quoted: bool
) -> None:
    """Two exports in one file, one in UTF-8 and one in Latin-1: no row is lost."""
    texts = ["010000123;Hôpital", "010000456;Hôtel-Dieu – Évreux", "010000789;Clinique"]
    texts = [text.replace(";", ';"') + '"' if quoted else text for text in texts]
    mark = "cp1252" if quoted else "latin-1"
    other = texts[1].replace("–", "-" if mark == "latin-1" else "–").encode(mark)
    written = [b"ETA_NUM;SOC_RAI", texts[0].encode(), other, texts[2].encode()]
    site.put("T_MCO19E.csv", b"\n".join(written) + b"\n")
    report = site.stage(limits=limits)
    assert report.rows == {"read": 3, "staged": 3, "quarantined": 0}
    name = "Hôtel-Dieu – Évreux" if quoted else "Hôtel-Dieu - Évreux"
    assert site.rows("mco/t_mcoaae")["SOC_RAI"].to_list() == ["Hôpital", name, "Clinique"]
    notices = {one.code: one.detail for file in report.files for one in file.notices}
    assert notices["SO-229"] == "1 line"
    assert site.manifest().files[0].lines.of_cp1252 == 1


def test_a_byte_that_cp1252_does_not_know_goes_to_quarantine(site: Site) -> None:
    texts = [b"ETA_NUM;SOC_RAI", b"010000123;H\xf4pital", b"010000456;\x81"]
    site.put("T_MCO19E.csv", b"\n".join(texts) + b"\n")
    site.stage()
    assert site.rows("mco/t_mcoaae")["SOC_RAI"].to_list() == ["Hôpital"]
    assert site.quarantine("mco/t_mcoaae")["reason"].to_list() == ["SO-227"]


KEYS = "1;2019-02-01;1;1;1;2019-01-15;01C751111;1;1"


def test_a_row_without_any_date_goes_to_quarantine(site: Site) -> None:
    header = ";".join(contracts()["ER_PRS_F"].key)
    header += ";BEN_NIR_PSA;PRS_NAT_REF;EXE_SOI_DTD;EXE_SOI_AMD"
    site.put(
        "ER_PRS_F.csv",
        lines(
            header,
            f"{KEYS};P1;1111;2019-01-02;201901",
            f"{KEYS};P2;1111;;201901",
            f"{KEYS};P3;1111;31/02/2019;",
            f"{KEYS};P4;1111;1600-01-01;",
        ),
    )
    site.stage()
    assert site.rows("dcir/er_prs_f")["BEN_NIR_PSA"].to_list() == ["P1", "P2", "P4"]
    bad = site.quarantine("dcir/er_prs_f").row(0, named=True)
    assert (bad["line"], bad["reason"], bad["column_name"]) == (4, "SO-223", "EXE_SOI_DTD")
    assert site.manifest().files[0].unparsed == {"EXE_SOI_DTD": 1}


def test_a_key_that_does_not_parse_is_no_key(site: Site) -> None:
    header = ";".join(contracts()["ER_BIO_F"].key) + ";BIO_PRS_IDE"
    site.put("ER_BIO_F.csv", lines(header, f"{KEYS};1104", f"x{KEYS};1104"))
    site.stage()
    assert site.rows("dcir/er_bio_f").height == 1
    assert site.quarantine("dcir/er_bio_f")["column_name"].to_list() == ["DCT_ORD_NUM"]


def test_a_beneficiary_without_rank_is_kept(site: Site) -> None:
    site.put("IR_BEN_R.csv", lines("BEN_NIR_PSA;BEN_RNG_GEM;BEN_SEX_COD", "P1;1;1", "P2;;2"))
    site.stage()
    assert site.rows("beneficiary/ir_ben_r").height == 2


def test_no_value_of_a_delivery_is_ever_shown(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "SECRET"  # noqa: S105
    site.diagnoses("T_MCO19D.csv", *ROWS, f"{secret};x", f"{secret};1;{secret};{secret}")
    site.put("T_MCO20D.csv", f"{secret};{secret}\n")
    site.put("T_MCO18D.csv", lines(HEADER, f"{secret},{secret}"))
    site.put("IR_BEN_R.parquet", secret)
    arguments = ["--debug", "--workspace", str(site.workspace.root), "--json", "stage"]
    assert execute([*arguments, "--input", str(site.delivery)]) == EXIT_INPUT
    captured = capsys.readouterr()
    assert secret not in captured.out + captured.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_unwritable_workspace_is_an_error_of_usage(site: Site, tmp_path: Path) -> None:
    site.diagnoses()
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    arguments = ["--workspace", str(closed / "w"), "stage", "--input", str(site.delivery)]
    assert execute(arguments) == EXIT_USAGE


def test_a_folder_closed_within_the_workspace_is_no_bug(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "w/lake/mco")

    monkeypatch.setattr(lake, "_write", closed)
    site.diagnoses()
    arguments = ["--workspace", str(site.workspace.root), "stage", "--input", str(site.delivery)]
    assert execute(arguments) == EXIT_USAGE


def test_a_workspace_below_a_file_is_an_error_of_usage(site: Site, tmp_path: Path) -> None:
    site.diagnoses()
    (tmp_path / "file").write_text("x")
    arguments = ["--workspace", str(tmp_path / "file/w"), "stage", "--input", str(site.delivery)]
    assert execute(arguments) == EXIT_USAGE


def _full_os(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _full_polars(rows: pl.DataFrame, _: Path) -> None:
    rows.write_parquet("/dev/full")


@pytest.mark.parametrize("write", [_full_os, _full_polars])
def test_a_full_disk_stops_and_leaves_what_was_finished(
    site: Site, monkeypatch: pytest.MonkeyPatch, write: object
) -> None:
    site.diagnoses("T_MCO18D.csv", ROWS[0])
    site.stage()
    before = site.content()
    site.diagnoses("T_MCO19D.csv")
    with monkeypatch.context() as full:
        full.setattr(lake, "_write", write)
        with pytest.raises(SndsOmopError, match="SO-902") as caught:
            site.stage()
    assert caught.value.exit_code == EXIT_USAGE
    assert site.content() == before
    assert site.stage().counts == {"unchanged": 1, "staged": 1}
    assert site.rows().height == 4


def test_a_full_disk_in_the_manifest_loses_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.diagnoses("T_MCO18D.csv", ROWS[0])
    site.stage()
    site.diagnoses("T_MCO19D.csv")
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", _full_os)
        with pytest.raises(SndsOmopError, match="SO-902"):
            site.stage()
    assert len(site.manifest().files) == 1
    assert site.stage().counts == {"unchanged": 1, "staged": 1}
    assert site.folders() == ["f00001", "f00002"]


def test_rows_of_an_older_contract_whose_files_are_gone_are_said(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "second"
    site.put("T_MCO18D.csv", lines(HEADER, ROWS[0]), folder=other)
    site.stage(other)
    shutil.rmtree(other)
    site.diagnoses()
    monkeypatch.setattr("etl.loaders.load.LOADER_VERSION", 99)
    assert site.stage().refused == []  # its columns are still those of the contract
    part = next((site.workspace.lake / "mco/t_mcoaad/f00001").glob("*.parquet"))
    pl.read_parquet(part).drop("DGN_ASS_NUM").write_parquet(part)
    assert [file.code for file in site.stage().refused] == ["SO-212"]


def test_a_lake_that_is_locked_is_left_alone(site: Site) -> None:
    site.diagnoses()
    arguments = ["--workspace", str(site.workspace.root), "stage", "--input", str(site.delivery)]
    with Workspace(site.workspace.root).locked():
        assert execute(arguments) == EXIT_USAGE
    assert stage(site.delivery, site.workspace, Settings()).counts == {"staged": 1}
