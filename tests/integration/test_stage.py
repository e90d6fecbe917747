"""Staging a delivery: rows, ids, manifest; again, changed, moved, gone, in two places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest
from staging import HEADER, ROWS, SMALL_BLOCKS, Site, lines

from etl.cli import execute
from etl.contracts.registry import contracts
from etl.errors import EXIT_INPUT, EXIT_OK
from etl.ids import BLOCK, LINE_BITS, decode_row_id, first_row_id
from etl.loaders import Delivery, Limits
from etl.loaders.lake import lake_schema
from etl.workspace import Workspace

NUMBER = contracts()["T_MCOaaD"].number


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    yield Site(tmp_path)


def test_rows_have_ids_year_and_types(site: Site) -> None:
    site.diagnoses()
    report = site.stage()
    rows = site.rows()
    first = first_row_id(NUMBER, 1)
    assert rows.schema == lake_schema(contracts()["T_MCOaaD"])
    assert rows["_row_id"].to_list() == [first + 2, first + 3, first + 4]
    assert rows["_source_year"].to_list() == [2019] * 3
    assert rows["ETA_NUM"].to_list() == ["010000123", "010000123", "2A0000456"]
    assert rows["DGN_ASS_NUM"].to_list() == [1, 1, 2]
    assert report.rows == {"read": 3, "staged": 3, "quarantined": 0}
    assert report.counts == {"staged": 1}


@pytest.mark.parametrize("separator", [",", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_separators_and_line_ends(site: Site, separator: str, ending: str) -> None:
    text = lines(HEADER, *ROWS).replace(";", separator).replace("\n", ending)
    site.put("T_MCO19D.csv", text)
    site.stage()
    assert site.rows()["ASS_DGN"].to_list() == ["I10", "E119", "C509"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252"])
@pytest.mark.parametrize("block_size", [64, 1 << 20])
def test_encodings_are_found_even_late_in_the_file(
    site: Site, encoding: str, block_size: int
) -> None:
    names = [*(f"Clinique {number}" for number in range(30)), "Hôpital Saint-Éloi"]
    texts = [f"{n:09d};{n:08d};{name}" for n, name in enumerate(names)]
    site.put("T_MCO19E.csv", lines("ETA_NUM;ETB_EXE_FIN;SOC_RAI", *texts).encode(encoding))
    report = site.stage(limits=Limits(block_size=block_size))
    rows = site.rows("mco/t_mcoaae")
    assert rows["SOC_RAI"].to_list() == names
    assert report.rows["quarantined"] == 0
    assert site.manifest().files[0].encoding == (
        "utf-8" if encoding.startswith("utf") else "cp1252"
    )


def test_a_forced_encoding_wins(site: Site) -> None:
    site.put("T_MCO19E.csv", lines("ETA_NUM;SOC_RAI", "010000123;Hôpital").encode())
    site.stage(encoding="latin-1")
    assert site.rows("mco/t_mcoaae")["SOC_RAI"].to_list() == ["HÃ´pital"]
    report = site.stage()
    assert report.counts == {"staged": 1}
    assert site.rows("mco/t_mcoaae")["SOC_RAI"].to_list() == ["Hôpital"]


def test_gzip_gives_the_same_rows(site: Site) -> None:
    import gzip

    site.put("T_MCO19D.csv.gz", gzip.compress(lines(HEADER, *ROWS).encode()))
    site.stage()
    assert site.rows().drop("_row_id")["ASS_DGN"].to_list() == ["I10", "E119", "C509"]


def test_quoted_files_count_physical_lines(site: Site) -> None:
    texts = ('010000123;00000001;"Clinique; du\nParc"', '010000456;00000002;"""Le"" Lac"')
    site.put("T_MCO19E.csv", lines("ETA_NUM;ETB_EXE_FIN;SOC_RAI", *texts))
    site.stage()
    rows = site.rows("mco/t_mcoaae")
    first = first_row_id(contracts()["T_MCOaaE"].number, 1)
    assert rows["SOC_RAI"].to_list() == ["Clinique; du\nParc", '"Le" Lac']
    assert rows["_row_id"].to_list() == [first + 2, first + 4]


def test_quotes_that_begin_in_a_later_block(site: Site) -> None:
    texts = [f"{n:09d};{n:08d};name {n}" for n in range(20)]
    texts += ['000000020;00000020;"twenty\nand more"', "000000021;00000021;last"]
    site.put("T_MCO19E.csv", lines("ETA_NUM;ETB_EXE_FIN;SOC_RAI", *texts))
    site.stage(limits=SMALL_BLOCKS)
    rows = site.rows("mco/t_mcoaae")
    assert rows.height == 22
    assert (rows["_row_id"] - first_row_id(contracts()["T_MCOaaE"].number, 1)).to_list() == [
        *range(2, 23),
        24,
    ]


def test_one_unclosed_quote_in_a_quoted_file(site: Site) -> None:
    texts = [f'"{n:09d}";"{n:08d}";"name; {n}"' for n in range(40)]
    texts[11] = '"000000011";"00000011";"never closed'
    site.put("T_MCO19E.csv", lines("ETA_NUM;ETB_EXE_FIN;SOC_RAI", *texts))
    for limits in (SMALL_BLOCKS, None):
        site.stage(limits=limits)
        rows = site.rows("mco/t_mcoaae")
        assert rows["SOC_RAI"].to_list() == [f"name; {n}" for n in range(40) if n != 11]
        assert site.quarantine("mco/t_mcoaae").select("line", "reason").rows() == [(13, "SO-221")]


def test_parquet_of_any_type(site: Site) -> None:
    frame = pl.DataFrame(
        {
            "eta_num": [10000123, 20000456],  # zeros lost: staging views pad them
            "RSA_NUM": ["0000000001", "0000000002"],
            "NIR_ANO_17": ["P1", "P2"],
            "EXE_SOI_DTD": [date(2019, 1, 2), None],
            "ENT_DAT": [2012019, 15022019],
            "SOR_MOI": [1.0, None],
            "unknown": [[1], [2]],
        }
    )
    frame.write_parquet(site.delivery / "T_MCO19C.parquet")
    report = site.stage()
    rows = site.rows("mco/t_mcoaac")
    assert rows["ETA_NUM"].to_list() == ["10000123", "20000456"]
    assert rows["EXE_SOI_DTD"].to_list() == [date(2019, 1, 2), None]
    assert rows["ENT_DAT"].to_list() == [date(2019, 1, 2), date(2019, 2, 15)]
    assert rows["SOR_MOI"].to_list() == ["1", None]
    first = first_row_id(contracts()["T_MCOaaC"].number, 1)
    assert rows["_row_id"].to_list() == [first + 1, first + 2]
    assert report.refused == []


def test_blocks_change_nothing(site: Site, tmp_path: Path) -> None:
    texts = [f"010000123;{n:010d};I{n % 90 + 10};{n}" for n in range(300)]
    texts[17], texts[250] = "too;few", ";0000000001;I10;1"
    site.diagnoses("T_MCO19D.csv", *texts)
    site.stage(limits=SMALL_BLOCKS)
    (tmp_path / "other").mkdir()
    other = Site(tmp_path / "other")
    other.diagnoses("T_MCO19D.csv", *texts)
    other.stage()
    assert site.rows().equals(other.rows())
    assert site.quarantine().equals(other.quarantine())


def test_a_long_file_goes_on_in_the_next_chunk(site: Site) -> None:
    """The chunk has 9,000 lines left; the file has 10,000."""
    table = contracts()["T_MCOaaD"]
    begun = (2 << LINE_BITS) - BLOCK
    Delivery(next_position={table.table: begun}).save(site.workspace.manifest)
    site.diagnoses("T_MCO18D.csv", *(f"010000123;{n:010d};I10;{n}" for n in range(10_000)))
    site.diagnoses()
    site.stage()
    delivery = site.manifest()
    first, second = delivery.files
    assert (first.position, first.room) == (begun, 2 * BLOCK)
    assert second.position == begun + 2 * BLOCK
    rows = site.rows()
    assert rows["_row_id"].n_unique() == 10_003
    assert {decode_row_id(row_id).chunk for row_id in rows["_row_id"]} == {1, 2}
    for row_id, rank in rows.select("_row_id", "DGN_ASS_NUM").head(10_000)[::999].iter_rows():
        assert delivery.locate(row_id) == (first, rank + 2)


def test_a_literal_aa_takes_the_year_given(site: Site) -> None:
    site.diagnoses("T_MCOaaD.csv")
    assert site.stage().refused[0].code == "SO-112"
    assert site.stage(year=2018).counts == {"staged": 1}
    assert site.rows()["_source_year"].to_list() == [2018] * 3
    assert site.stage().counts == {"refused": 1}
    assert site.rows().height == 3
    assert site.stage(year=2017).counts == {"staged": 1}
    assert site.rows()["_source_year"].to_list() == [2017] * 3


def test_every_table_can_always_be_read(site: Site) -> None:
    site.diagnoses()
    site.stage()
    for contract in contracts().values():
        rows = site.rows(f"{contract.product}/{contract.model_name}")
        assert rows.schema == lake_schema(contract)
        assert rows.height == (3 if contract.table == "T_MCOaaD" else 0)


def test_a_staged_table_does_not_look_empty_to_the_planner(site: Site) -> None:
    site.diagnoses("T_MCO19D.csv", *(f"010000123;{rank:010d};I10;1" for rank in range(5000)))
    site.stage()
    place = site.workspace.lake / "mco" / "t_mcoaad"
    plan = duckdb.sql(f"explain select * from read_parquet('{place}/**/*.parquet')").fetchall()
    guessed = [int(found.replace(",", "")) for found in re.findall(r"~([\d,]+) row", plan[0][1])]
    assert guessed[0] >= 5000


def test_the_manifest_tables_balance(site: Site) -> None:
    site.diagnoses("T_MCO19D.csv", *ROWS, "bad", ";0000000001;I10;1", "010000123;0000000001;I10;x")
    site.diagnoses("T_MCO20D.csv", "010000123;0000000009;J45;1")
    site.stage()
    files = site.summary("files")
    assert files.columns == [
        "source_table",
        "source_year",
        "file_number",
        "file_name",
        "sha256",
        "rows_read",
        "rows_staged",
        "rows_quarantined",
        "rows_withdrawn",
        "first_row_id",
        "last_row_id",
        "delivery",
        "fate",
        "fate_code",
        "flux_month",
        "part",
        "form",
        "n_bytes",
        "n_lines",
        "n_header_lines",
        "n_blank_lines",
        "n_continuation_lines",
    ]
    counts = files.select("source_year", "rows_read", "rows_staged", "rows_quarantined").rows()
    assert counts == [(2019, 6, 4, 2), (2020, 1, 1, 0)]
    assert files.select("n_lines", "n_header_lines").rows() == [(7, 1), (2, 1)]
    assert site.summary("quarantine").rows() == [
        ("T_MCOaaD", 2019, "SO-221", 1),
        ("T_MCOaaD", 2019, "SO-222", 1),
    ]
    # one value that cannot be read; none is a word for a missing one, none was rounded
    assert site.summary("values").rows() == [("T_MCOaaD", 2019, "DGN_ASS_NUM", 1, 0, 0)]


def test_the_manifest_tables_exist_when_there_is_nothing_to_say(site: Site) -> None:
    site.diagnoses()
    site.stage()
    assert site.summary("quarantine").is_empty()
    assert site.summary("values").columns == [
        "source_table",
        "source_year",
        "column_name",
        "n_unparsed",
        "n_missing",
        "n_rounded",
    ]


def test_the_command_tells_problems_and_exits_with_4(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.diagnoses("T_MCO19D.csv", *ROWS, "secret value;x")
    site.put("T_MCO20D.csv", "")
    site.put("notes.txt", "x")
    arguments = ["--workspace", str(site.workspace.root), "stage", "--input", str(site.delivery)]
    assert execute(arguments) == EXIT_INPUT
    captured = capsys.readouterr()
    everything = captured.out + captured.err
    for word in ("SO-201", "SO-210", "SO-221", "SO-234", "notes.txt", "3 staged"):
        assert word in everything
    assert "secret" not in everything
    (site.delivery / "T_MCO20D.csv").unlink()
    assert execute(arguments) == EXIT_OK


def test_the_command_answers_in_json(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    import json

    site.diagnoses()
    arguments = ["--workspace", str(site.workspace.root), "--json", "stage"]
    assert execute([*arguments, "--input", str(site.delivery)]) == EXIT_OK
    answer = json.loads(capsys.readouterr().out)
    assert answer["exit_code"] == EXIT_OK
    assert answer["stage"]["files"][0]["status"] == "staged"


def test_an_absent_directory_is_an_error_of_usage(tmp_path: Path) -> None:
    arguments = ["--workspace", str(tmp_path / "w"), "stage", "--input", str(tmp_path / "absent")]
    assert execute(arguments) == 2


def test_lake_quarantine_and_state_are_closed(site: Site) -> None:
    site.diagnoses("T_MCO19D.csv", *ROWS, "bad")
    site.stage()
    workspace: Workspace = site.workspace
    for folder in (workspace.lake, workspace.quarantine, workspace.state):
        assert folder.stat().st_mode & 0o077 == 0


def test_two_years_may_hold_the_same_bytes(site: Site) -> None:
    """A list of establishments that did not change is no second copy of the same file."""
    site.diagnoses("T_MCO18D.csv", "010000123;0000000009;J45;1")
    site.diagnoses("T_MCO19D.csv", "010000123;0000000009;J45;1")
    assert site.stage().counts == {"staged": 2}
