"""What a path means, or why it is refused; five hundred names and as many mutations."""

from __future__ import annotations

import random
from typing import NamedTuple

import pytest

from etl.contracts.registry import contracts
from etl.delivery.names import parse, split_extension


class Meaning(NamedTuple):
    table: str
    year: int | None = None
    month: str | None = None
    part: str = ""


_UUID = "0a1b2c3d-4e5f-6a7b-8c9d-0e1f2a3b4c5d"
_UUID_READ = _UUID.upper().replace("-", "_")
UNDERSTOOD = {
    "ER_PRS_F.csv": Meaning("ER_PRS_F"),
    "er_prs_f_2019.CSV": Meaning("ER_PRS_F", 2019),
    "Er_Prs_F 2019.txt": Meaning("ER_PRS_F", 2019),
    "ER-PRS-F-2019.tsv": Meaning("ER_PRS_F", 2019),
    "ER_PRS_F_2019_1.csv": Meaning("ER_PRS_F", 2019, None, "1"),
    "ER_PRS_F_2019_part2.csv.gz": Meaning("ER_PRS_F", 2019, None, "PART2"),
    "ER_PRS_F_2019_1of3.csv": Meaning("ER_PRS_F", 2019, None, "1OF3"),
    "ER_PRS_F_2019_2_sur_3.csv": Meaning("ER_PRS_F", 2019, None, "2_SUR_3"),
    "ER_PRS_F_201902.csv": Meaning("ER_PRS_F", 2019, "2019-02"),
    "ER_PRS_F_20190301.csv": Meaning("ER_PRS_F", 2019, "2019-03"),
    "ER_PRS_F_2019_03.csv": Meaning("ER_PRS_F", 2019, None, "03"),
    "ER_PRS_F_2019_T1.csv": Meaning("ER_PRS_F", 2019, None, "T1"),
    "ESND_ER_PRS_F.csv": Meaning("ER_PRS_F"),
    "ORAVUE.IR_IMB_R.csv": Meaning("IR_IMB_R"),
    "MON_SCHEMA.ER_PRS_F_2019.csv": Meaning("ER_PRS_F", 2019),
    "EXTRACTION_12_ER_PRS_F_2019.csv": Meaning("ER_PRS_F", 2019),
    "IR_BEN_R_ARC.sas7bdat": Meaning("IR_BEN_R_ARC"),
    "T_MCO19B.csv": Meaning("T_MCOaaB", 2019),
    "t_mco19dmip_2.csv": Meaning("T_MCOaaDMIP", 2019, None, "2"),
    "T_MCO2019B.csv": Meaning("T_MCOaaB", 2019),
    "T_MCO99B.csv": Meaning("T_MCOaaB", 1999),
    "T_SMR24B.csv": Meaning("T_SSRaaB", 2024),
    "T_SSR25CSAR.csv": Meaning("T_SSRaaCSAR", 2025),
    "T_SMR25CSARR.csv": Meaning("T_SSRaaCSARR", 2025),
    "T_RIP19R3AD.csv": Meaning("T_RIPaaR3AD", 2019),
    "T_RIP19R3A.csv": Meaning("T_RIPaaR3A", 2019),
    "T_MCOaaB.csv": Meaning("T_MCOaaB"),
    "2019/ER_PRS_F.csv": Meaning("ER_PRS_F", 2019),
    "2019/IR_BEN_R.csv": Meaning("IR_BEN_R"),
    "DCIR.zip/ER_PRS_F_2019.csv": Meaning("ER_PRS_F", 2019),
    "ER_PRS_F_2019.csv.zip/ER_PRS_F_2019.csv": Meaning("ER_PRS_F", 2019),
    "ER_PRS_F_2019.zip/export.csv": Meaning("ER_PRS_F", 2019, None, "EXPORT"),
    "ER_PRS_F_2019.parquet/part-0.parquet": Meaning("ER_PRS_F", 2019, None, "PART_0"),
    # Spark, Databricks, Hadoop, Dask, polars and BigQuery
    "T_MCO19D/part-00000-7f3c-c000.csv.gz": Meaning("T_MCOaaD", 2019, None, "PART_00000_7F3C_C000"),
    f"T_MCO19D/part-00001-tid-12345678901-{_UUID}-12-1-c000.snappy.parquet": Meaning(
        "T_MCOaaD", 2019, None, f"PART_00001_TID_12345678901_{_UUID_READ}_12_1_C000.SNAPPY"
    ),
    "T_MCO19D/part-r-00002.csv": Meaning("T_MCOaaD", 2019, None, "PART_R_00002"),
    "T_MCO19D/part.3.parquet": Meaning("T_MCOaaD", 2019, None, "PART.3"),
    "T_MCO19D/00000004.parquet": Meaning("T_MCOaaD", 2019, None, "00000004"),
    "ER_PRS_F_2019-000000000001.csv": Meaning("ER_PRS_F", 2019, None, "000000000001"),
    "CT_IND_G11_2021.csv": Meaning("CT_IND", 2021, None, "G11"),
    "CT_IND_2021_G11.csv": Meaning("CT_IND", 2021, None, "G11"),
    "CRTO_CT_IND_2021_G9_part2.csv": Meaning("CT_IND", 2021, None, "G9 PART2"),
    "crto_ct_ind_g8_15.csv": Meaning("CT_IND", 2015, None, "G8"),
    "ORAMEPS.CRTO_CT_IND_G13_2024.parquet": Meaning("CT_IND", 2024, None, "G13"),
    "CT_IND_2021.csv": Meaning("CT_IND", 2021),
    "ER_PRS_F_2019_2021.csv": Meaning("ER_PRS_F", None, None, "2019 2021"),
}
REFUSED = (
    "ER_PRS_F_2019 (1).csv", "ER_PRS_F_2019 - Copie.csv", "Copie de ER_PRS_F_2019.csv",
    "ER_PRS_F_2019_v2.csv", "ER_PRS_F_2019_bis.csv", "ER_PRS_F_2019_corrigé.csv",
    "ER_PRS_F_2019_old.csv", "ER_PRS_F_2019 (1).zip/ER_PRS_F_2019.csv",
    "ER_PRS_F_readme.txt", "ER_PRS_F_janvier.csv", "test_ER_PRS_F.csv", "XER_PRS_F.csv",
    "ER_PRS_F1.csv", "ERPRSF2019.csv", "MCO19B.csv", "T_MCO_2019_B.csv", "T_MCO19B1.csv",
    "T_MCO23NEW.csv", "ER_ZZZ_F.csv", "T_MCO96B.csv", "ER_PRS_F_2019", "ER_PRS_F_2019.xpt",
    "ER_PRS_F_2019.xlsx", "ER_PRS_F_2019.csv.bak", "ER_PRS_F_2019.csv.filepart",
    "ER_PRS_F_2019.7z", "ER_PRS_F_2019/000000_0", "ER_PRS_F_2019/janvier.csv",
    "T_MCO19B_2020.csv", ".ER_PRS_F_2019.csv", "CT_IND_G11.csv", "CT_IND_AAAA_G11.csv",
    "CT_IND_2021_GN.csv",
    "CT_IND_G11_2021_v2.csv", "T_MCO19D/part-00000-v2.csv", "T_MCO19D/part-00000 copie.csv",
    "T_MCO19D/part-00000-old.csv",
)  # fmt: skip
SET_ASIDE = ("CT_IND_AAAA_GN.csv", "T_MCO19BPHN.csv", "T_MCO23SUP_NEW.csv",
         "IR_NAT_V.csv", "NT_LPP.csv",
         "CRTO_CT_DEP_2021_G11.csv", "CRTO_CT_IDE_G11_2019.csv", "CT_RES_G11_2021.csv",
         "T_MCO25SUP_BPHNA.csv")  # fmt: skip
PAPERS = (
    "._ER_PRS_F_2019.csv", ".ER_PRS_F_2019.csv.crc", "ER_PRS_F_2019/_SUCCESS", "~$bordereau.xlsx",
    "__MACOSX/ER_PRS_F_2019.csv", "ER_PRS_F_2019.csv.md5", "ER_PRS_F.sas7bndx", "ER_PRS_F.pdf",
)  # fmt: skip


@pytest.mark.parametrize(("path", "meaning"), UNDERSTOOD.items(), ids=list(UNDERSTOOD))
def test_understood(path: str, meaning: Meaning) -> None:
    named = parse(path)
    assert named.kind == "table"
    assert named.contract is not None
    assert Meaning(named.contract.table, named.year, named.month, named.part) == meaning


@pytest.mark.parametrize("path", REFUSED)
def test_refused(path: str) -> None:
    assert parse(path).kind == "refused"


@pytest.mark.parametrize("path", SET_ASIDE)
def test_set_aside(path: str) -> None:
    assert parse(path).kind == "set aside"


@pytest.mark.parametrize("path", PAPERS)
def test_papers(path: str) -> None:
    assert parse(path).kind == "paper"


def test_folders_name_columns() -> None:
    named = parse(
        "ER_PRS_F/FLX_DIS_DTD=2019-03-01/ORG_CLE_NUM=__HIVE_DEFAULT_PARTITION__/0.parquet"
    )
    assert named.constants == (("FLX_DIS_DTD", "2019-03-01"), ("ORG_CLE_NUM", None))


def test_the_version_in_the_name_is_a_column_of_all_rows() -> None:
    assert parse("CT_IND_G11_2021.csv").constants == (("VERSION", "G11"),)
    assert parse("CARTO/CRTO_CT_IND_G9_2021.csv").constants == (("VERSION", "G9"),)
    assert parse("CT_IND_G9_2021/part-0.csv").constants == (("VERSION", "G9"),)
    assert parse("CT_IND_2021.csv").constants == ()


def _drawn(random_: random.Random) -> tuple[str, str, int | None]:
    """A name of the grammar, its table and its year."""
    contract = random_.choice(list(contracts().values()))
    year = random_.randrange(2008, 2026)
    if contract.is_yearly:
        name, has_year = contract.table.replace("aa", f"{year % 100:02}"), True
    elif contract.version:
        of_name = [f"G{random_.randrange(4, 15)}", str(year)]
        random_.shuffle(of_name)
        name, has_year = "_".join([contract.table, *of_name]), True
    else:
        has_year = random_.random() < 0.6
        month = random_.choice(("", "", f"{random_.randrange(1, 13):02}"))
        name = f"{contract.table}_{year}{month}" if has_year else contract.table
    name += random_.choice(("", "", "_1", "_part3", "-2of4", " 07", "_P2", "_lot_1"))
    name = random_.choice(("", "", "ESND_", "ORAVUE.", "PROJET_12_")) + name
    name = random_.choice((str.upper, str.lower, str.title, str))(name)
    extension = random_.choice((".csv", ".csv.gz", ".txt", ".tsv", ".parquet", ".sas7bdat", ".CSV"))
    folder = random_.choice(("", "", "DCIR/", "envoi 3/", "part1/"))
    return f"{folder}{name}{extension}", contract.table, year if has_year else None


def test_five_hundred_names_of_the_grammar_are_understood() -> None:
    random_ = random.Random(17)  # noqa: S311
    for _ in range(500):
        path, table, year = _drawn(random_)
        named = parse(path)
        assert named.kind == "table", path
        assert named.contract is not None
        assert (named.contract.table, named.year) == (table, year), path


_SPOILED = ("(1)", "_v3", " - Copie", "_bis", "x", "_zz9", ".bak", "~", "_2019_v1", "é", "_old")


def test_five_hundred_mutations_are_understood_or_refused() -> None:
    """A name from which nothing was taken away still holds its table's: it is never skipped."""
    random_ = random.Random(71)  # noqa: S311
    for _ in range(500):
        path, table, _ = _drawn(random_)
        split = split_extension(path)
        assert split is not None
        spoiled = f"{split[0]}{random_.choice(_SPOILED)}{split[1]}"
        named = parse(spoiled)
        assert named.kind in ("table", "refused"), spoiled
        if named.kind == "table":
            assert named.contract is not None
            assert named.contract.table == table, spoiled


@pytest.mark.parametrize(
    "name", ["ER_PRS_F_2019.xpt", "er_prs_f_2019.XPT", "extraction.xpt", "a/T_MCO19B.cpt"]
)
def test_a_transport_file_of_sas_is_refused_with_what_to_do(name: str) -> None:
    named = parse(name)
    assert named.kind == "refused"
    assert named.reason is not None
    assert "proc copy" in named.reason.english
    assert "proc copy" in named.reason.french


@pytest.mark.parametrize("name", ["ER_PRS_F_2019.sas7bdat", "xpt/ER_PRS_F_2019.csv"])
def test_other_files_are_no_transport_files(name: str) -> None:
    named = parse(name)
    assert named.reason is None or "transport" not in named.reason.english
