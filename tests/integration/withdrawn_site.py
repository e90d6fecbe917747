"""One delivery with all situations of persons who object; the answers were written first."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
from staging import Site, lines

from etl.release.withdrawal import Exclusion, exclude
from etl.settings import Settings

PERSONS = "BEN_NIR_PSA;BEN_RNG_GEM;BEN_NIR_ANO;BEN_IDT_ANO;ASS_NIR_ANO;BEN_NAI_ANN;BEN_SEX_COD"
KEYS = (
    "DCT_ORD_NUM;FLX_DIS_DTD;FLX_EMT_NUM;FLX_EMT_ORD;FLX_EMT_TYP;FLX_TRT_DTD;ORG_CLE_NUM;"
    "PRS_ORD_NUM;REM_TYP_AFF"
)
CLAIMS = f"{KEYS};BEN_NIR_PSA;BEN_RNG_GEM;EXE_SOI_DTD;PRS_NAT_REF"
PACKS = f"{KEYS};PHA_PRS_C13"
STAYS = "ETA_NUM;RSA_NUM;NIR_ANO_17;NIR_ANO_MAM;EXE_SOI_DTD;EXE_SOI_DTF"
DIAGNOSES = "ETA_NUM;RSA_NUM;ASS_DGN;DGN_ASS_NUM"


def psa(letter: str) -> str:
    return f"P{letter * 16}"


def number(letter: str) -> str:
    return f"N{letter * 16}"


def person(
    letter: str, rank: str = "1", *, own: str = "", insured: str = "", sex: str = "2"
) -> str:
    """``own``: letter of the number; ``insured``: that of the insured person."""
    numbered = number(own) if own else ""
    opener = number(insured) if insured else ""
    return f"{psa(letter)};{rank};{numbered};{numbered};{opener};1970;{sex}"


def key(claim: int, year: int = 2019) -> str:
    return f"{claim};01/03/{year};7;2;1;01/03/{year};01C351000;1;1"


def claim(number: int, letter: str, rank: str = "1", year: int = 2019) -> str:
    return f"{key(number, year)};{psa(letter)};{rank};04/02/{year};1111"


def stay(number: int, letter: str, mother: str = "", year: int = 2019) -> str:
    mam = psa(mother) if mother else ""
    return f"010000123;{number:010};{psa(letter)};{mam};04/02/{year};06/02/{year}"


def diagnosis(number: int) -> str:
    return f"010000123;{number:010};I10;1"


# a: excluded, two rights (a and b) under one number · c: her child · t: twins on one PSA, ranks 1
# (excluded) and 2 · u: a person of their own
REGISTER = (
    person("a", own="a"),
    person("b", own="a"),
    person("c", own="c", insured="a"),
    person("t", "1", own="s"),
    person("t", "2", own="t"),
    person("u"),
)
TWO = f"BEN_NIR_ANO\n{number('a')}\n{number('s')}\n"


def staged(tmp_path: Path) -> Site:
    """The delivery, staged; no build is made."""
    site = Site(tmp_path)
    site.put("IR_BEN_R.csv", lines(PERSONS, *REGISTER))
    rows = [claim(1, "a"), claim(2, "b"), claim(3, "c"), claim(4, "t", "1"), claim(5, "t", "2")]
    broken = key(7).replace("01/03/2019", "") + f";{psa('a')};1;04/02/2019;1111"
    site.put("ER_PRS_F_2019.csv", lines(CLAIMS, *rows, claim(6, "u"), broken))
    packs = [f"{key(one)};3400930000000" for one in range(1, 7)]
    site.put("ER_PHA_F_2019.csv", lines(PACKS, *packs))
    site.put(
        "T_MCO19C.csv", lines(STAYS, stay(1, "a"), stay(2, "c", "a"), stay(3, "t"), stay(4, "u"))
    )
    site.put("T_MCO19D.csv", lines(DIAGNOSES, *(diagnosis(one) for one in range(1, 5))))
    assert not site.stage().refused
    return site


def listed(site: Site, content: str | bytes = TWO, name: str = "list.csv") -> Path:
    return site.put(name, content, folder=site.delivery.parent)


def leave(site: Site, content: str | bytes = TWO, **options: bool) -> Exclusion:
    return exclude(
        site.workspace,
        Settings(),
        listed(site, content),
        ground="objection",
        day=date(2026, 11, 30),
        **options,
    )


def everything(site: Site) -> str:
    """All that the workspace holds of persons, decoded."""
    found = []
    for path in sorted(site.workspace.root.rglob("*.parquet")):
        found.append(pl.read_parquet(path).write_csv())
    for path in sorted(site.workspace.root.rglob("*.json*")):
        found.append(path.read_text(encoding="utf-8"))
    return "\n".join(found)


def claims(site: Site) -> list[int]:
    return site.rows("dcir/er_prs_f")["DCT_ORD_NUM"].to_list()


def second(site: Site, *persons: str, rows: tuple[str, ...]) -> Path:
    folder = site.delivery.parent / "second"
    site.put("delivery.toml", 'kind = "increment"\n', folder=folder)
    site.put("IR_BEN_R.csv", lines(PERSONS, *persons), folder=folder)
    site.put("ER_PRS_F_2020.csv", lines(CLAIMS, *rows), folder=folder)
    return folder
