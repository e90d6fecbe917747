"""Files whose end shows how their beginning is to be read; files that contradict themselves."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from staging import Site, lines

from etl.loaders import Limits

STAY = "ETA_NUM;RSA_NUM;NIR_ANO_17;EXE_SOI_DTD;EXE_SOI_DTF"
NAME = "T_MCO19C.csv"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def stays(*dates: str) -> str:
    rows = (f"010000123;{n:010d};{'A' * 17};{day};{day}" for n, day in enumerate(dates, 1))
    return lines(STAY, *rows)


def test_the_last_block_shows_that_the_month_is_first(site: Site) -> None:
    site.put(NAME, stays(*["03/04/2019"] * 20, "02/13/2019"))
    report = site.stage(limits=Limits(block_size=256))
    assert report.counts == {"staged": 1}
    rows = site.rows("mco/t_mcoaac")
    assert rows["EXE_SOI_DTD"].to_list() == [date(2019, 3, 4)] * 20 + [date(2019, 2, 13)]
    assert rows["_row_id"].n_unique() == 21
    (file,) = site.manifest().files
    assert (file.rows_read, file.rows_staged, file.lines.physical) == (21, 21, 22)
    assert site.folders("mco/t_mcoaac") == [file.folder]
    assert file.unparsed == {}


def test_a_file_that_contradicts_itself_is_refused_whole(site: Site) -> None:
    site.put(NAME, stays("13/02/2019", *["03/04/2019"] * 20, "02/13/2019"))
    report = site.stage(limits=Limits(block_size=256))
    (refused,) = report.refused
    assert refused.code == "SO-216"
    assert "EXE_SOI_DTD" in refused.message
    assert "2019" not in refused.message
    assert site.manifest().files == ()
    assert site.folders("mco/t_mcoaac") == []


def test_the_zone_is_a_setting_and_another_one_reads_the_file_again(site: Site) -> None:
    site.put(NAME, stays("2019-07-14T22:00:00Z"))
    site.stage()
    assert site.rows("mco/t_mcoaac")["EXE_SOI_DTD"].to_list() == [date(2019, 7, 15)]
    assert site.stage().counts == {"unchanged": 1}
    assert site.stage(timezone="UTC").counts == {"staged": 1}
    assert site.rows("mco/t_mcoaac")["EXE_SOI_DTD"].to_list() == [date(2019, 7, 14)]


@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Paris"])
@pytest.mark.parametrize("midnight", [True, False])
def test_moments_of_parquet(site: Site, zone: str | None, midnight: bool) -> None:
    """Midnights of Paris in UTC are the day that begins, with the zone written or not."""
    paris = [datetime(2019, 1, 14, 23, tzinfo=UTC), datetime(2019, 7, 14, 22, tzinfo=UTC)]
    plain = [datetime(2019, 1, 15, tzinfo=UTC), datetime(2019, 7, 15, tzinfo=UTC)]
    moments = pl.Series(plain if midnight else paris, dtype=pl.Datetime("us", "UTC"))
    moments = (
        moments.dt.replace_time_zone(None) if zone is None else moments.dt.convert_time_zone(zone)
    )
    frame = pl.DataFrame(
        {
            "ETA_NUM": ["010000123"] * 2,
            "RSA_NUM": ["1", "2"],
            "NIR_ANO_17": ["A" * 17] * 2,
            "EXE_SOI_DTD": moments,
        }
    )
    frame.write_parquet(site.delivery / "T_MCO19C.parquet")
    assert site.stage().counts == {"staged": 1}
    days = site.rows("mco/t_mcoaac")["EXE_SOI_DTD"].to_list()
    assert days == [date(2019, 1, 15), date(2019, 7, 15)]


def test_a_part_in_doubt_next_to_one_with_the_month_first_is_refused(site: Site) -> None:
    """The first part shows the month first; the second one would be read day first."""
    site.put("T_MCO19C_1.csv", stays("02/13/2019"))
    site.put("T_MCO19C_2.csv", stays("07/05/2019"))
    (refused,) = site.stage().refused
    assert (refused.name, refused.code) == ("T_MCO19C_2.csv", "SO-216")
    assert "EXE_SOI_DTD" in refused.message
    assert "2019," not in refused.message
    (again,) = site.stage().refused
    assert again.name == "T_MCO19C_2.csv"


@pytest.mark.parametrize(
    "parts",
    [
        ("02/13/2019", "07/25/2019"),
        ("02/13/2019", "2019-07-05"),
        ("02/13/2019", "07/07/2019"),
        ("13/02/2019", "07/05/2019"),
    ],
)
def test_parts_that_show_their_order_are_read(site: Site, parts: tuple[str, str]) -> None:
    for rank, day in enumerate(parts, 1):
        site.put(f"T_MCO19C_{rank}.csv", stays(day))
    assert site.stage().counts == {"staged": 2}


def test_one_odd_file_leaves_the_other_tables_alone(site: Site) -> None:
    site.put(NAME, stays("02/13/2019"))
    site.put("T_MCO20C.csv", stays("13/02/2020"))
    site.put("T_SSR19C.csv", stays("01/02/2019").replace("RSA_NUM", "RHA_NUM"))
    assert site.stage().counts == {"staged": 3}


@pytest.mark.parametrize(("rows", "refused"), [((1 << 20) - 1, True), ((1 << 20) - 2, False)])
def test_a_file_of_all_lines_of_a_sheet_is_refused(site: Site, rows: int, *, refused: bool) -> None:
    header, row = "ETA_NUM;RSA_NUM;ASS_DGN\n", "010000123;0000000001;I10\n"
    site.put("T_MCO19D.csv", header + row * rows)
    found = site.stage().refused
    assert [(one.name, one.code) for one in found] == ([("T_MCO19D.csv", "SO-256")] * refused)
    if refused:
        stated = f'[[file]]\nname = "T_MCO19D.csv"\nrows = {rows}\n'
        site.put("delivery.toml", stated)
        assert site.stage().refused == []
