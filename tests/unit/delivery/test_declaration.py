"""``delivery.toml``: what may stand in it, what is refused, what is enforced at staging."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from data_quality.completeness import Shortfall, with_accepted
from etl.delivery.declaration import (
    Declaration,
    Declarations,
    DeclaredGap,
    check_replaced,
    read_declaration,
    record,
    recorded,
)
from etl.errors import SndsOmopError
from etl.loaders import stage
from etl.loaders.manifest import Delivery
from etl.settings import Settings
from etl.workspace import Workspace

PERSON = "BEN_NIR_PSA;BEN_RNG_GEM;BEN_NAI_ANN;BEN_SEX_COD\n" + "a" * 17 + ";1;1950;1\n"
WHOLE = """
name = "extraction-2024"
kind = "full"
replaces = "extraction-2023"
population = "esnd"
sampling_fraction = 0.02
prefixes = ["PRJ123"]

[expected]
ER_PRS_F = "2019-2021"
T_MCOaaB = [2019, 2021]
IR_BEN_R = []

[[file]]
name = "IR_BEN_R.csv"
rows = 1

[[file]]
name = "odd.csv"
load_as = "ER_PHA_F_2019"

[[file]]
name = "old.csv"
set_aside = true
reason = "sent by mistake"

[[gap]]
table = "T_MCOaaB"
year = 2019
owner = "A. Person"
reason = "not yet delivered"
until = 2030-12-31

[columns]
NUM_ENQ = "BEN_NIR_PSA"

[[pseudonyms]]
file = "links.csv"
old = "avant"
new = "apres"

[[crosswalk]]
file = "registry.csv"
external = "registry_id"
key = "BEN_IDT_ANO"
index_date = "included_on"

[[area]]
file = "communes.csv"
commune = "insee"
year = "year"
values = ["fdep"]
"""


def declared(folder: Path, text: str) -> Declaration:
    (folder / "delivery.toml").write_text(text, encoding="utf-8")
    return read_declaration(folder)


def test_all_that_the_design_lists_is_read(tmp_path: Path) -> None:
    found = declared(tmp_path, WHOLE)
    assert (found.name, found.kind, found.replaces) == (
        "extraction-2024", "full", "extraction-2023",
    )  # fmt: skip
    assert (found.population, found.fraction) == ("esnd", 0.02)
    assert found.expected["ER_PRS_F"] == (2019, 2020, 2021)
    assert found.expected["T_MCOaaB"] == (2019, 2021)
    assert found.load_as == {"odd.csv": "ER_PHA_F_2019"}
    assert found.set_aside["old.csv"] == "sent by mistake"
    assert {"links.csv", "registry.csv", "communes.csv"} <= set(found.set_aside)
    assert found.gap[0].until == date(2030, 12, 31)
    assert found.columns == {"NUM_ENQ": "BEN_NIR_PSA"}
    assert found.area[0].values == ("fdep",)


@pytest.mark.parametrize("text", ["", "# nothing is declared yet\n"])
def test_nothing_declared(tmp_path: Path, text: str) -> None:
    assert declared(tmp_path, text) == Declaration()


def test_no_file_declares_nothing(tmp_path: Path) -> None:
    assert read_declaration(tmp_path) == Declaration()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('populaton = "esnd"', "populaton"),
        ('population = "france"', "population"),
        ('kind = "partial"', "kind"),
        ("sampling_fraction = 0", "sampling_fraction"),
        ("sampling_fraction = 1.01", "sampling_fraction"),
        ('population = "targeted"\nsampling_fraction = 0.1', "targeted"),
        ('kind = "increment"\nreplaces = "x"', "full delivery"),
        ("[expected]\nER_PRZ_F = [2019]", "ER_PRZ_F"),
        ('[expected]\nER_PRS_F = "2021-2019"', "ER_PRS_F"),
        ('[[file]]\nname = "a.csv"\nrows = -1', "rows"),
        ('[[file]]\nname = "a.csv"\nsha256 = "12"', "sha256"),
        ('[[file]]\nname = "a.csv"\nset_aside = true', "reason"),
        ('[[file]]\nname = "a.csv"\nline = 3', "line"),
        ('[[gap]]\ntable = "ER_PHA_F"\nowner = "A"\nreason = "b"', "until"),
        ('[[gap]]\ntable = "ER_PHA_F"\nowner = ""\nreason = "b"\nuntil = 2030-01-01', "owner"),
        ('[[area]]\nfile = "a.csv"\ncommune = "c"\nvalues = []', "values"),
        ('[columns]\nID_ANO = "BEN_NIR_PZA"', "BEN_NIR_PZA"),
        ('[columns]\nBEN_NIR_ANO = "BEN_NIR_PSA"', "another column"),
        ('not_delivered = ["BEN_RNG_GEN"]', "BEN_RNG_GEN"),
        ('not_delivered = ["BEN_NIR_PSA"]', "no key"),
        ("name = ", "TOML"),
    ],
)
def test_what_is_refused_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SndsOmopError, match="SO-240") as refused:
        declared(tmp_path, text)
    assert named in refused.value.line()
    assert "delivery.toml" in refused.value.line("fr")


def test_a_file_that_is_given_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SndsOmopError, match="SO-240"):
        read_declaration(tmp_path, tmp_path / "other.toml")


def test_the_esnd_is_a_sample_of_two_per_cent() -> None:
    assert Declaration(population="esnd").fraction == 0.02
    assert Declaration(population="esnd", sampling_fraction=0.01).fraction == 0.01
    assert Declaration(population="national").fraction is None


@pytest.mark.parametrize(
    ("years", "expected"),
    [
        ({"ER_PRS_F": {2019, 2020, 2021}, "IR_BEN_R": {None}}, []),
        ({"ER_PRS_F": {None}, "IR_BEN_R": {None}}, []),
        ({"ER_PRS_F": {2019, 2021}, "IR_BEN_R": {None}}, ["ER_PRS_F 2020"]),
        ({"ER_PRS_F": {2019, 2020, 2021}}, ["IR_BEN_R"]),
    ],
)
def test_tables_and_years_expected(years: dict[str, set[int | None]], expected: list[str]) -> None:
    one = Declaration(expected={"ER_PRS_F": (2019, 2020, 2021), "IR_BEN_R": ()})
    assert list(one.missing(years)) == expected


@pytest.mark.parametrize("table", ["er_pha_f", " ER_PHA_F ", "T_MCOAAB", "t_mcoaab"])
def test_a_gap_names_its_table_in_any_case(table: str) -> None:
    gap = DeclaredGap(table=table, owner="A", reason="b", until=date(2030, 1, 1))
    assert gap.table in ("ER_PHA_F", "T_MCOaaB")


GAP_OF_NO_TABLE = """[[gap]]
table = "ER_PHAR_F"
owner = "a"
reason = "b"
until = 2030-01-01
"""


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (GAP_OF_NO_TABLE, "ER_PHA_F"),
        ('population = "national"\nsampling_fraction = 0.02\n', "national"),
        ('[[file]]\nname = "a.csv"\nset_aside = " "\n', "reason"),
    ],
)  # fmt: skip
def test_what_would_accept_nothing_in_silence_is_refused(
    tmp_path: Path, text: str, named: str
) -> None:
    with pytest.raises(SndsOmopError, match=f"SO-240.*{named}"):
        declared(tmp_path, text)


def test_the_whole_country_may_be_stated_as_a_fraction_of_one(tmp_path: Path) -> None:
    one = declared(tmp_path, 'population = "national"\nsampling_fraction = 1\n')
    assert one.fraction == 1


def test_a_reason_may_stand_in_place_of_true(tmp_path: Path) -> None:
    one = declared(tmp_path, '[[file]]\nname = "copy.csv"\nset_aside = "sent twice"\n')
    assert one.set_aside == {"copy.csv": "sent twice"}


def test_a_declared_gap_is_not_expected() -> None:
    gap = DeclaredGap(table="ER_PRS_F", year=2020, owner="A", reason="b", until=date(2030, 1, 1))
    one = Declaration(expected={"ER_PRS_F": (2020, 2021)}, gap=(gap,))
    assert list(one.missing({})) == ["ER_PRS_F 2021"]


@pytest.mark.parametrize(
    ("day", "years", "accepted"),
    [
        (date(2029, 12, 31), (2019,), True),
        (date(2030, 1, 1), (2019,), True),
        (date(2030, 1, 2), (2019,), False),
        (date(2029, 12, 31), (2020,), False),
        (date(2029, 12, 31), (2019, 2020), True),
        (date(2029, 12, 31), (None,), True),
    ],
)
def test_a_gap_is_accepted_until_its_day_and_for_its_years(
    day: date, years: tuple[int | None, ...], *, accepted: bool
) -> None:
    gaps = [
        DeclaredGap(table="ER_PHA_F", year=year, owner="A", reason="b", until=date(2030, 1, 1))
        for year in years
    ]
    first, last = date(2019, 5, 1), date(2019 if len(years) == 1 else 2020, 6, 1)
    missing = Shortfall("detail_missing", "ER_PHA_F", first_month=first, last_month=last)
    found = with_accepted([missing], gaps, day)
    assert bool(found[0].accepted_by) is accepted


def test_no_person_accepts_a_delivery_without_persons() -> None:
    gap = DeclaredGap(table="IR_BEN_R", owner="A", reason="b", until=date(2030, 1, 1))
    missing = Shortfall("no_beneficiaries", "IR_BEN_R")
    assert not with_accepted([missing], [gap], date(2029, 1, 1))[0].accepted_by


def test_what_all_deliveries_agree_on() -> None:
    esnd, national = Declaration(population="esnd"), Declaration(population="national")
    assert Declarations(by_root={"a": esnd, "b": Declaration()}).population == "esnd"
    assert Declarations(by_root={"a": esnd, "b": national}).population is None
    assert Declarations().population is None


def test_a_delivery_replaces_one_that_is_there(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    workspace.create()
    second = Declaration(kind="full", replaces="extraction-2023")
    with pytest.raises(SndsOmopError, match="SO-242"):
        check_replaced(workspace, "/d/second", second)
    record(workspace, "/d/second", second)
    with pytest.raises(SndsOmopError, match="SO-242"):
        check_replaced(workspace, "/d/second", Declaration(replaces="second"))
    record(workspace, "/d/first", Declaration(name="extraction-2023"))
    check_replaced(workspace, "/d/second", second)
    check_replaced(workspace, "/d/third", Declaration(replaces="second"))


def test_what_is_declared_is_enforced_at_staging(tmp_path: Path) -> None:
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "IR_BEN_R.csv").write_text(PERSON, encoding="utf-8")
    (folder / "delivery.toml").write_text(
        'population = "esnd"\n[expected]\nER_PRS_F = [2019]\nIR_BEN_R = []\n'
        '[[file]]\nname = "IR_BEN_R.csv"\nrows = 2\n[[file]]\nname = "T_MCO19B.csv"\n'
    )
    workspace = Workspace(tmp_path / "w")
    workspace.create()
    report = stage(folder, workspace, Settings())
    refused = [(file.name, file.code) for file in report.refused]
    assert refused == [
        ("delivery.toml", "SO-241"),
        ("IR_BEN_R.csv", "SO-241"),
        ("T_MCO19B.csv", "SO-241"),
    ]
    assert "ER_PRS_F 2019" in report.refused[0].message
    assert "2 rows are declared, 1 were read" in report.refused[1].message
    assert recorded(workspace).population == "esnd"

    def kept() -> list[str]:
        return [one.name for one in Delivery.load(workspace.manifest).others
                if (one.fate, one.code) == ("refused", "SO-241")]  # fmt: skip

    # the gate reads them: a build that goes on all the same gets no release
    assert kept() == ["delivery.toml", "IR_BEN_R.csv", "T_MCO19B.csv"]
    (folder / "delivery.toml").write_text('population = "esnd"\n')
    assert not stage(folder, workspace, Settings()).refused
    assert kept() == []


def test_another_file_is_read_in_place_of_the_folders(tmp_path: Path) -> None:
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "IR_BEN_R.csv").write_text(PERSON, encoding="utf-8")
    (folder / "delivery.toml").write_text('population = "esnd"\n')
    other = tmp_path / "mine.toml"
    other.write_text('population = "targeted"\n')
    workspace = Workspace(tmp_path / "w")
    workspace.create()
    assert not stage(folder, workspace, Settings(), declaration=other).refused
    assert recorded(workspace).population == "targeted"


def test_names_of_the_project_are_read_as_those_of_the_snds(tmp_path: Path) -> None:
    """A change of the declaration alone reads the file again."""
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "IR_BEN_R.csv").write_text(
        "id_pat;BEN_RNG_GEM;ANNEE;BEN_SEX_COD\n" + "a" * 17 + ";1;1950;1\n", encoding="utf-8"
    )
    workspace = Workspace(tmp_path / "w")
    workspace.create()
    assert [file.code for file in stage(folder, workspace, Settings()).refused] == ["SO-203"]
    text = '[columns]\nid_pat = "BEN_NIR_PSA"\n'
    declared(folder, text)
    assert not stage(folder, workspace, Settings()).refused
    assert _lake(workspace) == [("a" * 17, "1", None)]
    declared(folder, text + 'ANNEE = "BEN_NAI_ANN"\n')
    assert not stage(folder, workspace, Settings()).refused
    assert _lake(workspace) == [("a" * 17, "1", "1950")]
    again = stage(folder, workspace, Settings())
    assert [file.status for file in again.files if file.table] == ["unchanged"]


def test_a_rank_that_was_not_delivered_is_declared(tmp_path: Path) -> None:
    folder = tmp_path / "delivery"
    folder.mkdir()
    person = "a" * 17
    (folder / "IR_BEN_R.csv").write_text(
        f"BEN_NIR_PSA;BEN_NAI_ANN;BEN_SEX_COD\n{person};1950;1\n", encoding="utf-8"
    )
    workspace = Workspace(tmp_path / "w")
    workspace.create()
    assert [file.code for file in stage(folder, workspace, Settings()).refused] == ["SO-203"]
    declared(folder, 'not_delivered = ["BEN_RNG_GEM"]')
    assert not stage(folder, workspace, Settings()).refused
    assert _lake(workspace) == [(person, None, "1950")]
    # where a file has it all the same, it is not read: the others would not match it
    (folder / "IR_BEN_R.csv").write_text(PERSON, encoding="utf-8")
    assert not stage(folder, workspace, Settings()).refused
    assert _lake(workspace) == [(person, None, "1950")]


def _lake(workspace: Workspace) -> list[tuple[str | None, ...]]:
    files = str(workspace.lake / "beneficiary" / "ir_ben_r" / "**" / "*.parquet")
    columns = ["BEN_NIR_PSA", "BEN_RNG_GEM", "BEN_NAI_ANN"]
    return pl.read_parquet(files, glob=True).select(columns).rows()
