"""Every file of a delivery folder has one fate."""

from __future__ import annotations

import bz2
import gzip
import io
import tarfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from etl.contracts.models import Contract
from etl.delivery.inventory import Inventory, take
from etl.settings import InputSettings

PRS = (
    "DCT_ORD_NUM;FLX_DIS_DTD;FLX_EMT_NUM;FLX_EMT_ORD;FLX_EMT_TYP;FLX_TRT_DTD;ORG_CLE_NUM;"
    "PRS_ORD_NUM;REM_TYP_AFF;BEN_NIR_PSA;BEN_RNG_GEM;EXE_SOI_DTD;PRS_NAT_REF\n"
)


@dataclass(frozen=True)
class Declaration:
    prefixes: tuple[str, ...] = ()
    load_as: dict[str, str] = field(default_factory=dict)
    set_aside: dict[str, str] = field(default_factory=dict)

    def applied(self, contract: Contract) -> Contract:
        return contract


def taken(
    root: Path,
    *names: str,
    year: int | None = None,
    infra_annual: bool = False,
    declaration: Declaration | None = None,
) -> Inventory:
    for number, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"x{number}")
    settings = InputSettings(infra_annual=infra_annual)
    return take(root, settings, year=year, declaration=declaration)


def fates(inventory: Inventory) -> dict[str, str]:
    return {entry.name: entry.fate for entry in inventory.entries}


def test_tables_come_in_order_of_their_number(tmp_path: Path) -> None:
    names = ("b/er_prs_f_2019.CSV", "a/ER_PRS_F_2018.csv.gz", "IR_BEN_R.parquet", "T_MCO09d.csv")
    loaded = taken(tmp_path, *names).of("loaded")
    assert [(c.name, c.table, c.year, c.form) for c in loaded] == [
        ("IR_BEN_R.parquet", "IR_BEN_R", None, "parquet"),
        ("a/ER_PRS_F_2018.csv.gz", "ER_PRS_F", 2018, "gzip"),
        ("b/er_prs_f_2019.CSV", "ER_PRS_F", 2019, "text"),
        ("T_MCO09d.csv", "T_MCOaaD", 2009, "text"),
    ]


def test_papers_and_unknown_names_are_no_data(tmp_path: Path) -> None:
    names = ("README.md", "MY_TABLE.csv", ".hidden", ".git/x.csv", "ER_PRS_F_2019.csv.md5")
    assert set(fates(taken(tmp_path, *names)).values()) == {"not data"}


def test_a_name_that_holds_a_table_is_never_skipped(tmp_path: Path) -> None:
    names = ("ER_PRS_F_2019 (1).csv", "ER_PHA_F_2020_v2.csv", "mon_ER_PRS_F.csv", "ER_PRS_F.xlsx")
    refused = taken(tmp_path, *names).of("refused")
    assert {entry.name for entry in refused} == {*names}
    assert {entry.error.code for entry in refused if entry.error} == {"SO-213", "SO-207"}


def test_a_table_under_a_name_of_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "donnees.csv").write_text(PRS)
    (entry,) = taken(tmp_path).entries
    assert entry.fate == "refused"
    assert entry.error is not None
    assert "ER_PRS_F" in entry.error.line()


def test_a_literal_aa_takes_its_year_from_the_user(tmp_path: Path) -> None:
    (refused,) = taken(tmp_path, "T_MCOaaD.csv").of("refused")
    assert refused.error is not None
    assert refused.error.code == "SO-112"
    assert taken(tmp_path, year=2019).of("loaded")[0].year == 2019


def test_the_year_of_the_user_touches_no_other_name(tmp_path: Path) -> None:
    loaded = taken(tmp_path, "ER_PRS_F.csv", "T_MCO18D.csv", year=2019).of("loaded")
    assert [entry.year for entry in loaded] == [None, 2018]


def test_infra_annual_files_are_set_aside_unless_asked(tmp_path: Path) -> None:
    (unused,) = taken(tmp_path, "T_MCO19_06B.csv").of("set aside")
    assert unused.error is not None
    assert unused.error.code == "SO-236"
    (entry,) = taken(tmp_path, infra_annual=True).of("loaded")
    assert (entry.table, entry.year) == ("T_MCOaaB", 2019)


def test_a_broken_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "T_MCO19D.csv").symlink_to(tmp_path / "gone.csv")
    (refused,) = taken(tmp_path).of("refused")
    assert refused.error is not None
    assert refused.error.code == "SO-211"


@pytest.mark.parametrize(
    "names",
    [
        ("ER_PRS_F_2019.csv", "ESND_ER_PRS_F_2019.csv"),
        ("ER_PRS_F_2019.csv", "ER_PRS_F_2019.parquet"),
        ("2023/IR_BEN_R.csv", "2024/IR_BEN_R.csv"),
        ("envoi/T_MCO19B.csv", "retour/T_MCO19B.csv"),
        ("IR_BEN_R_20230115.csv", "IR_BEN_R_20240115.csv"),
        ("ER_PRS_F_2019.csv", "ER_PRS_F_201903.csv"),
    ],
)
def test_what_would_be_added_twice_is_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    assert fates(taken(tmp_path, *names)) == dict.fromkeys(names, "refused")


@pytest.mark.parametrize(
    "names",
    [
        ("ER_PRS_F_2019_1.csv", "ER_PRS_F_2019_2.csv"),
        ("part1/T_MCO19D.csv", "part2/T_MCO19D.csv"),
        ("2019/ER_PRS_F.csv", "2020/ER_PRS_F.csv"),
        ("ER_PRS_F_201902.csv", "ER_PRS_F_201903.csv"),
        ("ER_PRS_F/FLX_DIS_DTD=2019-03-01/0.parquet", "ER_PRS_F/FLX_DIS_DTD=2019-04-01/0.parquet"),
        ("ER_PRS_F_2019/part-00000.csv", "ER_PRS_F_2019/part-00001.csv"),
    ],
)
def test_parts_add_up(tmp_path: Path, names: tuple[str, str]) -> None:
    assert fates(taken(tmp_path, *names)) == dict.fromkeys(names, "loaded")


def test_the_same_bytes_twice_are_left_to_staging(tmp_path: Path) -> None:
    """Which is the duplicate of which depends on what is staged already."""
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "T_MCO19B.csv").write_text("alike")
    assert set(fates(taken(tmp_path)).values()) == {"loaded"}


def test_members_of_an_archive_are_files(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "envoi.zip", "w") as archive:
        archive.writestr("ER_PRS_F_2019.csv", PRS)
        archive.writestr("lisez-moi.txt", "rien")
        archive.writestr("T_MCO19B (2).csv", "x")
    assert fates(taken(tmp_path)) == {
        "envoi.zip/ER_PRS_F_2019.csv": "loaded",
        "envoi.zip/lisez-moi.txt": "not data",
        "envoi.zip/T_MCO19B (2).csv": "refused",
    }


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    (refused,) = taken(tmp_path, "envoi.zip").of("refused")
    assert refused.error is not None
    assert refused.error.code == "SO-202"


def test_what_is_declared_holds(tmp_path: Path) -> None:
    declaration = Declaration(
        prefixes=("PRJ_ALPHA_",),
        load_as={"ER_PRS_F_2019 (1).csv": "ER_PRS_F_2019_2", "x.csv": "IR_BEN_R"},
        set_aside={"ER_PHA_F_2019_v2.csv": "an older extraction"},
    )
    names = (
        "ER_PRS_F_2019.csv",
        "ER_PRS_F_2019 (1).csv",
        "x.csv",
        "ER_PHA_F_2019_v2.csv",
        "PRJ_ALPHA_T_MCO19B.csv",
    )
    inventory = taken(tmp_path, *names, declaration=declaration)
    assert fates(inventory) == {**dict.fromkeys(names, "loaded"), names[3]: "set aside"}
    (unused,) = inventory.of("set aside")
    assert unused.error is not None
    assert "an older extraction" in unused.error.line()


def zipped(**members: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return held.getvalue()


def by_name(value: str | bytes) -> str:
    """A name for a test; the bytes of an archive hold the time at which they were made."""
    return value if isinstance(value, str) else ""


def tarred(name: str) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.size = 1
        archive.addfile(member, io.BytesIO(b"x"))
    return held.getvalue()


NAMES = PRS.split("\n")[0].split(";")
SHARED = "xl/sharedStrings.xml"
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "".join(f"<si><t>{name}</t></si>" for name in NAMES).encode()
RANKS = [f'<c r="A1" s="1" t="s"><v>{rank}</v></c>' for rank in range(len(NAMES))]
IN_A_ROW = f'<sheetData><row r="1">{"".join(RANKS)}</row></sheetData>'.encode()
IN_ROWS = "".join(f'<row r="{rank}">{cell}</row>' for rank, cell in enumerate(RANKS)).encode()
INLINE = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in NAMES)
IN_A_TITLED_ROW = f'<row><c t="inlineStr"><is><t>x</t></is></c></row><row>{INLINE}</row>'.encode()
OPEN = "".join(f"<table:table-cell><text:p>{name}</text:p></table:table-cell>" for name in NAMES)
OPEN_ROW = f"<table:table-row>{OPEN}</table:table-row>".encode()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("livraison.7z", b"7z\xbc\xaf"),
        ("livraison.zip.001", b"PK"),
        ("livraison.zip.gpg", b"\x85"),
        ("snds.sqlite", b"SQLite format 3"),
        ("care.rds", b"\x1f\x8b"),
        ("care.sas7bdat", b"no SAS"),
        ("care.parquet", b"no Parquet"),
        ("livraison.tar.gz", tarred("2019/ER_PRS_F_2019.csv")),
        ("care.gz", gzip.compress(PRS.encode())),
        ("care.csv.bz2", bz2.compress(PRS.encode())),
        ("care.dat", PRS.encode()),
        ("care", PRS.encode("utf-16-le")),
        ("care.xlsx", zipped(**{SHARED: STRINGS, SHEET: IN_A_ROW})),
        ("care.xlsx", zipped(**{SHEET: IN_A_TITLED_ROW})),
        ("care.ods", zipped(**{"content.xml": OPEN_ROW})),
        ("all.zip", zipped(**{"2019.zip": zipped(**{"ER_PRS_F_2019.csv": PRS.encode()})})),
        ("all.zip", zipped(**{"care.parquet": b"PAR1"})),
        ("all.zip", zipped(**{"care.dat": PRS.encode()})),
    ],
    ids=by_name,
)
def test_what_may_hold_tables_is_refused_whatever_its_name(
    tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    (entry,) = taken(tmp_path).entries
    assert entry.fate == "refused"
    assert entry.error is not None
    assert entry.error.code in ("SO-207", "SO-213")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bordereau.xlsx", zipped(**{"xl/sharedStrings.xml": b"<si><t>Total</t></si>"})),
        ("bordereau.xlsx", b"no spreadsheet"),
        ("dictionary.xlsx", zipped(**{SHARED: STRINGS, SHEET: IN_ROWS})),
        ("papers.tar.gz", tarred("note.pdf")),
        ("notes", b"sent on Monday\n"),
        ("list.gz", gzip.compress(b"a;b\n1;2\n")),
        ("broken.gz", b"\x1f\x8b\x08broken"),
        ("papers.zip", zipped(**{"note.pdf": b"%PDF"})),
    ],
    ids=by_name,
)
def test_papers_of_any_form_are_no_data(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert {entry.fate for entry in taken(tmp_path).entries} == {"not data"}


def test_a_closed_archive_may_be_set_aside(tmp_path: Path) -> None:
    (tmp_path / "papers.7z").write_bytes(b"7z")
    declared = Declaration(set_aside={"papers.7z": "papers"})
    (entry,) = taken(tmp_path, declaration=declared).entries
    assert entry.fate == "set aside"


@pytest.mark.parametrize(
    ("name", "fate"), [("ER_PRS_F_2019.zip", "refused"), ("a.zip", "not data")]
)
def test_an_archive_without_files_has_a_fate(tmp_path: Path, name: str, fate: str) -> None:
    (tmp_path / name).write_bytes(zipped())
    assert fates(taken(tmp_path)) == {name: fate}
