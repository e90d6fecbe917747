"""Small parts of the generator: numbers, years, names of files, FINESS keys, residence."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from etl.contracts.registry import contracts
from etl.errors import SndsOmopError
from etl.synthetic.numbers import interpolate_rate
from etl.synthetic.options import BLOCK, Options, day, parse_years
from etl.synthetic.residence import residence
from etl.synthetic.ssr import monday
from etl.synthetic.streams import Streams, pseudonym
from etl.synthetic.world import World, finess_key
from etl.synthetic.write import (
    Tables,
    delivered_name,
    existed,
    file_stem,
    join_parts,
    write_part,
)


@pytest.mark.parametrize(
    ("text", "years"),
    [("2018-2022", (2018, 2022)), ("2020", (2020, 2020)), (" 2008 - 2010 ", (2008, 2010))],
)
def test_years_are_understood(text: str, years: tuple[int, int]) -> None:
    assert parse_years(text) == years


@pytest.mark.parametrize("text", ["", "2022-2018", "18-22", "2018-", "1999-2003", "2018,2019"])
def test_other_years_are_refused(text: str) -> None:
    with pytest.raises(SndsOmopError, match="SO-120"):
        parse_years(text)


def test_blocks_cover_all_persons() -> None:
    for persons in (1, BLOCK, BLOCK + 1, 5 * BLOCK - 3):
        options = Options(persons, 1, 2020, 2020)
        sizes = [options.block_size(block) for block in range(options.blocks)]
        assert sum(sizes) == persons and min(sizes) > 0


def test_streams_are_named() -> None:
    first, same = Streams(1, 0).rng("a").random(4), Streams(1, 0).rng("a").random(4)
    assert (first == same).all()
    others = [Streams(1, 0).rng("b"), Streams(1, 1).rng("a"), Streams(2, 0).rng("a")]
    assert all((first != other.random(4)).any() for other in others)


def test_pseudonyms_are_long_and_distinct() -> None:
    names = Streams(1, 0).pseudonyms("psa", 2000)
    assert len(set(names)) == 2000 and {len(name) for name in names} == {17}
    assert pseudonym("x", 32) != pseudonym("y", 32)


def test_a_rate_that_starts_at_zero_stays_near_it() -> None:
    rate = interpolate_rate({0: 0, 65: 100, 90: 100}, np.array([0.0, 30.0, 65.0, 80.0, 120.0]))
    assert rate[1] < 3 and rate[2] == pytest.approx(100) and rate[4] == pytest.approx(100)
    nothing = interpolate_rate({0: 0, 18: 0, 30: 50, 50: 0, 90: 0}, np.array([10.0, 60.0, 100.0]))
    assert (nothing == 0).all()


@pytest.mark.parametrize(
    # Published numbers: Ajaccio, Bastia, and one site of AP-HP.
    ("finess8", "key"),
    [("2A000001", "4"), ("2B000002", "0"), ("75010004", "2")],
)
def test_finess_key(finess8: str, key: str) -> None:
    assert finess_key(finess8) == key


def test_world_has_every_kind_of_provider_everywhere() -> None:
    world = World(100)
    assert world.providers.select("type", "place").unique().height == len(world.types) * len(
        world.departments
    )
    assert world.providers["number"].n_unique() == world.providers.height
    assert world.hospitals["finess9"].n_unique() == world.hospitals.height
    assert set(world.hospitals["finess9"].str.len_chars()) == {9}
    assert not world.providers["number"].str.slice(2, 1).is_in(["0"]).any()


def _insee(department: str, commune: str, scheme: str) -> str:
    """R29, as the HDH writes it."""
    if department == "209":
        return department[:2] + commune
    if department[:2] == "97":
        return department + commune[1:3] if scheme == "03A" else department[:2] + commune
    return department[1:3] + commune


def test_residence_rebuilds_the_commune() -> None:
    world = World(100)
    size = world.communes.height
    frame = pl.DataFrame(
        {
            "scheme": np.repeat(np.arange(5), size).astype(np.int8),
            "commune": np.tile(np.arange(size), 5).astype(np.int32),
            "day": np.full(5 * size, day(2019, 6, 1)),
        }
    )
    written = residence(frame, world)
    for department, commune, organism, insee in written.select(
        "res_department", "res_commune", "organism", "insee"
    ).iter_rows():
        assert len(department) == len(commune) == 3 and len(organism) == 9
        rebuilt = _insee(department, commune, organism[:3])
        assert rebuilt == insee or (department == "209" and rebuilt[2:] == insee[2:])


def test_the_self_employed_join_the_general_scheme_in_2020() -> None:
    world = World(100)
    frame = pl.DataFrame(
        {"scheme": [2, 2], "commune": [0, 0], "day": [day(2019, 12, 31), day(2020)]}
    )
    frame = frame.cast({"scheme": pl.Int8, "commune": pl.Int32})
    assert residence(frame, world)["organism"].str.slice(0, 3).to_list() == ["03A", "01C"]


def test_names_follow_the_year() -> None:
    units = contracts()["T_MCOaaUM"]
    rank = units.column("RUM_ORD_NUM")
    assert (
        delivered_name(rank, 2019) == "UM_ORD_NUM" and delivered_name(rank, 2020) == "RUM_ORD_NUM"
    )
    assert file_stem(units, 2019) == "T_MCO19UM"
    assert file_stem(contracts()["ER_PRS_F"], 2019) == "ER_PRS_F_2019"
    assert file_stem(contracts()["IR_BEN_R"], None) == "IR_BEN_R"
    assert not existed("T_MCOaaMEDAPAC", 2021) and existed("T_MCOaaMEDAPAC", 2022)


def test_no_file_is_written_before_its_table_was_there() -> None:
    tables = Tables()
    for year in (2006, 2007):
        tables.add("T_RIPaaE", year, pl.DataFrame({"ETA_NUM": ["750000400"]}))
    assert list(tables.frames) == [("T_RIPaaE", 2007)]


def test_weeks_begin_on_monday() -> None:
    days = np.array([day(2020, 1, 1), day(2020, 1, 6), day(2020, 1, 12)])
    assert monday(days).tolist() == [day(2019, 12, 30), day(2020, 1, 6), day(2020, 1, 6)]


@pytest.mark.parametrize("file_format", ["csv", "csv.gz", "parquet"])
def test_parts_are_joined_with_one_header(tmp_path: Path, file_format: str) -> None:
    frames = [
        pl.DataFrame({"a": ["1", None], "b": [0.5, 2.0]}),
        pl.DataFrame({"a": ["3"], "b": [1.0]}),
    ]
    for block, frame in enumerate(frames):
        write_part(frame, tmp_path / "parts", "X", block, file_format)  # type: ignore[arg-type]
    parts = sorted((tmp_path / "parts" / "X").iterdir())
    join_parts(parts, tmp_path / "X", file_format)  # type: ignore[arg-type]
    target = tmp_path / f"X.{file_format}"
    if file_format == "parquet":
        assert pl.read_parquet(target).equals(pl.concat(frames))
    else:
        data = target.read_bytes()
        text = gzip.decompress(data) if file_format == "csv.gz" else data
        assert text == b"a;b\n1;0.50\n;2.00\n3;1.00\n"
    assert not any(part.exists() for part in parts)


def test_parquet_parts_with_an_empty_column_are_joined(tmp_path: Path) -> None:
    """A column without a value in one block may be of another type there."""
    for block, values in enumerate((pl.Series("x", [None], pl.Null), pl.Series("x", ["a"]))):
        write_part(pl.DataFrame([values]), tmp_path, "T", block, "parquet")
    file = join_parts((tmp_path / "T").iterdir(), tmp_path / "joined", "parquet")
    assert pl.read_parquet(file)["x"].to_list() == [None, "a"]
