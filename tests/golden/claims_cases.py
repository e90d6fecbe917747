"""Outpatient care of fifty people, a delivery by hand: who they are, what they got, what it cost.

Everybody is known by their year of birth. Each file is written in its own way: separators, quotes,
line ends, cases, orders, types. What must come of it is in test_hand_made_claims.
"""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Callable
from itertools import count
from pathlib import Path

import polars as pl

from tests.golden.dcir_delivery import KEYS, table

Row = dict[str, str]
GP, CHEMIST, LAB, CLINIC = "75100001", "75200002", "75600003", "69000002"
MONTELUKAST, LEVETIRACETAM = "3400921601916", "3400921626001"
FILES: dict[str, list[Row]] = defaultdict(list)
NUMBERS = count(1)


def psa(name: object) -> str:
    return str(name).ljust(17, "x")


def person(year: int, name: object = None, archived: bool = False, **more: str) -> None:
    FILES["IR_BEN_R_ARC" if archived else "IR_BEN_R"].append({
        "BEN_NIR_PSA": psa(name or year), "BEN_RNG_GEM": "1", "BEN_NIR_ANO": "",
        "BEN_IDT_ANO": f"IDT{year}", "BEN_CDI_NIR": "00", "BEN_NAI_ANN": str(year),
        "BEN_SEX_COD": "2", "BEN_DCD_DTE": "01/01/1600", "BEN_DCD_AME": "160001",
        "BEN_RES_DPT": "075", "BEN_RES_COM": "056", "ORG_AFF_BEN": "01C751000",
        "MAX_TRT_DTD": "01/01/2019", **more,
    })  # fmt: skip


def line(name: object, day: str, act: str = "1111", flux: str = "01/06/2019", **more: str) -> Row:
    """A line of ER_PRS_F, ten euros; its nine keys, for its details."""
    performer = {"33": CHEMIST, "32": LAB}.get(act[:2], GP)
    keys = dict(zip(KEYS, [str(next(NUMBERS)), flux, "1", "1", "1", flux, "01C751000", "1", "1"],
                    strict=True))  # fmt: skip
    FILES[f"ER_PRS_F_{flux[-4:]}"].append({
        **keys, "BEN_NIR_PSA": psa(name), "BEN_RNG_GEM": "1", "EXE_SOI_DTD": day,
        "PRS_NAT_REF": act, "PRS_ACT_QTE": "1", "PFS_EXE_NUM": performer,
        "ORG_AFF_BEN": "01C751000", "BSE_REM_MNT": "10.00", **more,
    })  # fmt: skip
    return keys


def detail(kind: str, keys: Row, **more: str) -> None:
    FILES[f"ER_{kind}_F"].append({**keys, **more})


def pack(keys: Row, code: str, boxes: str, **more: str) -> None:
    detail("PHA", keys, PHA_PRS_C13=code, PHA_ACT_QSN=boxes, **more)


BACK = {"PRS_ACT_QTE": "-1", "BSE_REM_MNT": "-10.00", "flux": "01/10/2019"}

# --- who is who ---
# two rights of one national number, one without its identifier; PSA and rank for identifier
person(1930, "1930a", BEN_IDT_ANO="NIR30", BEN_NIR_ANO="NIR30")
person(1930, "1930b", BEN_IDT_ANO="", BEN_NIR_ANO="NIR30", MAX_TRT_DTD="01/01/2020",
       BEN_RES_DPT="013", BEN_RES_COM="055")  # fmt: skip
line("1930a", "04/03/2019")
line("1930b", "10/02/2020", flux="01/03/2020")
person(1931, BEN_IDT_ANO="", BEN_RNG_GEM="01")
line(1931, "05/03/2019")
# the archive has another year and another identifier of the same right: the live table is used
person(1933)
person(1999, 1933, archived=True, BEN_IDT_ANO="ARCHIVED", MAX_TRT_DTD="01/01/2025")
line(1933, "06/03/2019")
person(1936, BEN_CDI_NIR="4")  # a provisional number that lost its zero
person(1937, BEN_CDI_NIR="")
line(1936, "06/03/2019")
line(1937, "06/03/2019")
for number, odd in enumerate((
    {"BEN_NAI_ANN": "1600"}, {"BEN_NAI_ANN": "0000"}, {"BEN_NAI_ANN": ""}, {"BEN_NAI_ANN": "54"},
    {"BEN_SEX_COD": "0"}, {"BEN_SEX_COD": ""}, {"BEN_CDI_NIR": "11"},
)):  # fmt: skip
    person(1900, f"odd{number}", **{"BEN_IDT_ANO": f"ODD{number}", **odd})
    line(f"odd{number}", "06/03/2019")
# no rank on a line: the only person of the PSA, but neither of twins; and no rank on the right
person(1938, BEN_IDT_ANO="TWIN1")
person(1938, BEN_IDT_ANO="TWIN2", BEN_RNG_GEM="2")
line(1938, "07/03/2019", BEN_RNG_GEM="2")
line(1938, "08/03/2019", BEN_RNG_GEM="")
person(1939)
line(1939, "06/03/2019", BEN_RNG_GEM="")
person(1926, BEN_RNG_GEM="", BEN_IDT_ANO="")
line(1926, "06/03/2019", BEN_RNG_GEM="")

# --- who died ---
person(1942, "1942a", BEN_DCD_DTE="10/05/2019")
person(1942, "1942b", BEN_DCD_DTE="12/05/2019", MAX_TRT_DTD="01/01/2010")
person(1944)  # known from the bill of a stay in a clinic alone, on its last day
stay = line(1944, "10/03/2020", "2111", "01/04/2020", EXE_SOI_DTF="15/03/2020", PFS_EXE_NUM="")
detail("ETE", stay, ETB_EXE_FIN=CLINIC, ETE_IND_TAA="2", ETE_MCO_DDP="C", ETE_NAT_FSJ="D")
person(1945)  # known from a line that PMSI counts too
line(1945, "01/05/2019", BEN_DCD_DTE="08/05/2019", DPN_QLF="71")
person(1948, BEN_DCD_DTE="31/12/9999")
person(1949, BEN_DCD_DTE="01/01/0001")
person(1976, BEN_DCD_DTE="01/01/1970")  # before birth
line(1976, "01/05/2019")

# --- what was corrected ---
person(1950)  # another drug instead, two months later
pack(line(1950, "01/04/2019", "3313"), MONTELUKAST, "1")
pack(line(1950, "01/04/2019", "3313", **BACK), MONTELUKAST, "-1")
pack(line(1950, "01/04/2019", "3313", "01/10/2019", BSE_REM_MNT="20.00"), LEVETIRACETAM, "1")
person(1951)  # one box of three given back
pack(line(1951, "02/04/2019", "3313", PRS_ACT_QTE="3"), MONTELUKAST, "3")
pack(line(1951, "02/04/2019", "3313", **BACK), MONTELUKAST, "-1")
person(1952)  # one drug over two lines
pack(line(1952, "02/04/2019", "3313"), MONTELUKAST, "1")
pack(line(1952, "02/04/2019", "3311"), MONTELUKAST, "1.0")
person(1954, "1954a")  # taken back under the right that came after
person(1954, "1954b")
pack(line("1954a", "03/04/2019", "3313"), MONTELUKAST, "1")
pack(line("1954b", "03/04/2019", "3313", **BACK), MONTELUKAST, "-1")
person(1957)
line(1957, "02/05/2019", **BACK)  # a correction of nothing
person(1958)  # an act has the sign of its line
for taken_back in ({}, BACK):
    detail("CAM", line(1958, "02/05/2019", "1352", **taken_back), CAM_PRS_IDE="DZQM006",
           CAM_ACT_COD="1", CAM_TRT_PHA="0")  # fmt: skip
detail("CAM", line(1958, "03/05/2019", "1352"), CAM_PRS_IDE="dzqm006      ", CAM_ACT_COD="1",
       CAM_TRT_PHA="0")  # fmt: skip
person(1960)  # none of an act
detail("CAM", line(1960, "04/05/2019", "1352", PRS_ACT_QTE="0"), CAM_PRS_IDE="DZQM006",
       CAM_ACT_COD="1", CAM_TRT_PHA="0")  # fmt: skip
person(1959)  # the later phase, and the anaesthetist on a line of their own
surgery = line(1959, "04/05/2019", "1321")
detail("CAM", surgery, CAM_PRS_IDE="HHFA001", CAM_ACT_COD="1", CAM_TRT_PHA="1")
detail("CAM", surgery, CAM_PRS_IDE="HHFA001", CAM_ACT_COD="1", CAM_TRT_PHA="2")
detail("CAM", line(1959, "04/05/2019", "1323", PFS_EXE_NUM="75100077"), CAM_PRS_IDE="HHFA001",
       CAM_ACT_COD="4", CAM_TRT_PHA="0")  # fmt: skip

# --- what was given ---
person(1962)  # lent until June; a shop without a quantity; services; nothing known
for code, kind, day, more in (
    ("1100040", "3", "06", {"TIP_ACT_QSN": "2", "TIP_ACL_DTF": "02/06/2019"}),
    ("00000001117454", "1", "07", {"TIP_ACT_QSN": "", "TIP_ACL_DTF": "07/05/2019"}),
    ("1117454", "2", "08", {}), ("1117454", "7", "09", {}), ("0", "1", "10", {}),
):  # fmt: skip
    detail("TIP", line(1962, f"{day}/05/2019", "3511"), TIP_PRS_IDE=code, TIP_PRS_TYP=kind, **more)
person(1963)  # halves, no coefficient, one of zero
for code, number, coefficient, day in (
    ("0000009019857", "2", "0.5", "06"), ("9019857", "3", "", "07"),
    ("0000009178099", "2", "0.0000", "08"),
):  # fmt: skip
    detail("UCD", line(1963, f"{day}/05/2019", "3317", PFS_EXE_NUM=""), UCD_UCD_COD=code,
           UCD_DLV_NBR=number, UCD_FRC_COE=coefficient, UCD_TOP_UCD="0")  # fmt: skip
person(1964)  # unpacked
pack(line(1964, "06/05/2019", "3313"), MONTELUKAST, "0", PHA_DEC_TOP="D", PHA_DEC_QSU="14")
person(1965)  # batches: without a number, that of both packs
given = line(1965, "07/05/2019", "3313", PFS_PRE_NUM="75100099", PSP_SPE_COD="3", PSP_STJ_COD="51")
pack(given, MONTELUKAST, "1")
pack(given, LEVETIRACETAM, "1")
detail("LOT", given, LOT_PHA_NUM="B42")

# --- what is not counted here ---
person(1966)
for day, qualifier in enumerate((
    {"DPN_QLF": "71"}, {"DPN_QLF": "72.0"}, {"PRS_DPN_QLP": "072"}, {"DPN_QLF": ""},
), 1):  # fmt: skip
    line(1966, f"0{day}/05/2019", **qualifier)
person(1967)
for day, (invoice, stay_kind) in enumerate(
    (("01", "Z"), ("2", "Z"), ("", ""), ("8", "X"), ("0", "M"), ("9", "D")), 1
):
    detail("ETE", line(1967, f"0{day}/05/2019"), ETB_EXE_FIN="2A000001", ETE_IND_TAA=invoice,
           ETE_MCO_DDP=stay_kind)  # fmt: skip
person(1968)
for day, top in enumerate(("1", "2", ""), 1):
    line(1968, f"0{day}/05/2019", CPL_MAJ_TOP=top)
person(1969)
for day, act in enumerate(("4212", "6111", "1811", "1130"), 1):
    line(1969, f"0{day}/05/2019", act)
person(1970)
for day, act in enumerate(("1191", "3103", "1193", "1211", "3211"), 1):
    line(1970, f"0{day}/05/2019", act)

# --- who paid ---
person(1972)
shared = line(1972, "01/05/2019", BSE_REM_MNT="16.50", CPL_REM_MNT="1.25", PRS_PAI_MNT="50.00")
for kind, amount in (("2", "7.50"), ("1", "0.01"), ("5", "3.00"), ("5", "3.00"), ("10", "-2.00")):
    detail("ARO", shared, ARO_REM_TYP=kind, ARO_REM_MNT=amount)
detail("ARO", line(1972, "02/05/2019", DPN_QLF="71"), ARO_REM_TYP="2", ARO_REM_MNT="5.00")

# --- when ---
person(1973)
for day, month in (
    ("", "201903"), ("", "201913"), ("", "000101"), ("29/02/2019", "201902"), ("29/02/2019", ""),
    ("29-02-2020", ""), ("01/01/0001", "201904"), ("20190510", ""), ("10MAY2019:00:00:00", ""),
    ("2019/05/10", ""), ("10/05/19", ""),
):  # fmt: skip
    line(1973, day, EXE_SOI_AMD=month)
person(2019, BEN_NAI_MOI="05")
line(2019, "31/12/2018")  # before birth
line(2019, "10/06/2019", flux="01/07/2019", EXE_SOI_DTF="20/06/2019")

# --- where ---
for year, department, commune, fund in (
    (1977, "02A", "004", "01C201000"), (1978, "209", "033", "01C202000"),
    (1979, "2A", "004", ""), (1980, "2b", "033", ""), (1981, "972", "209", "02A972000"),
    (1982, "974", "011", "03A974000"), (1983, "099", "109", "01C691000"), (1984, "000", "", ""),
):  # fmt: skip
    person(year, BEN_RES_DPT=department, BEN_RES_COM=commune, ORG_AFF_BEN=fund)
FILES["BE_IDE_R"] = [
    {
        "IDE_ETA_NU8": "2A000001",
        "IDE_ETA_NUM": "",
        "IDE_ETA_NOM": "HÔPITAL",
        "IDE_INS_COM": "2A004",
    },
    {"IDE_ETA_NU8": CLINIC, "IDE_ETA_NUM": "690000021", "IDE_INS_COM": "1004"},
    {"IDE_ETA_NU8": "75000009", "IDE_ETA_NUM": "750000093", "IDE_INS_COM": "75114"},  # of no line
]


def write(folder: Path) -> None:
    """Every table in a way of its own."""
    ways: dict[str, Callable[[str], bytes]] = {
        "IR_BEN_R": lambda text: b"\xef\xbb\xbf" + '"{}"\r\n'.format(
            '"\r\n"'.join(row.replace(";", '","') for row in text.splitlines())
        ).encode(),
        "IR_BEN_R_ARC": lambda text: text.replace(";", "\t").encode("utf-8"),
        "ER_CAM_F": lambda text: (lambda rows: "\n".join([rows[0].lower(), *rows[1:]]))(
            [";".join(row.split(";")[::-1]) for row in text.splitlines()]
        ).encode(),
        "BE_IDE_R": lambda text: text.encode("cp1252"),
        "ER_ARO_F": lambda text: text.replace(";", "|").encode(),
    }  # fmt: skip
    for name, rows in FILES.items():
        content = ways.get(name, str.encode)(table(rows))
        if name == "ER_PRS_F_2020":
            frame = pl.DataFrame({key: [row.get(key) for row in rows] for key in rows[0]})
            frame.with_columns(
                pl.col("EXE_SOI_DTD").str.to_date("%d/%m/%Y"), pl.col("PRS_NAT_REF").cast(pl.Int64),
                pl.col("BSE_REM_MNT").cast(pl.Float64), EXE_SOI_DTF=pl.lit("15/03/2020"),
            ).write_parquet(folder / f"{name}.parquet")  # fmt: skip
        elif name == "ER_PHA_F":
            (folder / "er_pha_f.CSV.gz").write_bytes(gzip.compress(content))
        else:
            (folder / f"{name}.csv").write_bytes(content)
