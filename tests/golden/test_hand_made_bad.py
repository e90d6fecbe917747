"""A bad delivery, written by hand: each defect has an outcome with a name, and nothing stops.

No drug table, a month of flux missing, a file delivered twice, lines claimed by two tables, people
who are unknown or not born yet, a right without its rank, a negative cost, care before
birth and after death; in other separators,
encodings, cases and date styles, with `aa` for the year.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.golden.dcir_delivery import CHEMIST, beneficiary, key, line, table

ADA, BOB, CAM, DAN, GHOST = "A" * 17, "B" * 17, "C" * 17, "D" * 17, "Z" * 17
CODES = dict.fromkeys(["NIR_RET", "NAI_RET", "SEX_RET", "SEJ_RET", "FHO_RET", "PMS_RET"], "0")

LINES = [
    line(1, ADA, "05/02/2019", "3313", PFS_EXE_NUM=CHEMIST, BSE_REM_MNT="10.00"),  # drugs missing
    line(2, GHOST, "05/02/2019", "1111", BSE_REM_MNT="16.50"),  # R06
    line(3, ADA, "06/02/2019", "1111", BSE_REM_MNT="-5.00"),  # no reversal: a quantity of one
    line(4, ADA, "31/12/1949", "1111", BSE_REM_MNT="16.50"),  # R11a
    line(5, BOB, "02/07/2019", "1111", BSE_REM_MNT="16.50"),  # R11b: dead since the first of June
    line(6, ADA, "10/04/2019", "1111", BSE_REM_MNT="16.50", FLX_DIS_DTD="01/05/2019"),
    line(7, CAM, "07/02/2019", "1111", BEN_RNG_GEM="", BSE_REM_MNT="16.50"),  # no rank
    line(8, ADA, "07/02/2019", "1111", BEN_RNG_GEM="", BSE_REM_MNT="16.50"),  # her only right
    line(9, DAN, "07/02/2019", "1111", BSE_REM_MNT="16.50"),  # not born: R07
]
STAYS = [("1", ADA), ("2", GHOST)]


def files() -> dict[str, bytes]:
    claims = table(LINES)
    lower = claims.split("\n", 1)[0].lower() + "\n" + claims.split("\n", 1)[1]
    # an archived table claims the first line too, in ISO dates, with commas
    archived = table(
        [
            {
                name: "-".join(value.split("/")[::-1]) if "/" in value else value
                for name, value in LINES[0].items()
            }
        ]
    ).replace(";", ",")
    people = table(
        [
            {**beneficiary(ADA, "ADA", BEN_NAI_ANN="1950"), "UNHEARD_OF": "été"},
            {
                **beneficiary(BOB, "BOB", BEN_NAI_ANN="1960", BEN_DCD_DTE="01/06/2019"),
                "UNHEARD_OF": "à",
            },
            beneficiary(CAM, "", BEN_NAI_ANN="1970", BEN_RNG_GEM=""),
            beneficiary(DAN, "DAN", BEN_NAI_ANN="2091"),
        ]
    )
    return {
        "ir_ben_r.csv": people.encode("cp1252"),
        "er_prs_f_2019.csv": lower.replace(";", "|").encode(),
        # parts: the same bytes are named and not loaded; the same lines in another order are loaded
        "again/er_prs_f_2019_2.csv": lower.replace(";", "|").encode(),
        "twice/er_prs_f_2019_3.csv": table(LINES[::-1]).encode(),
        "ER_PRS_F_2018.CSV": archived.encode("utf-8-sig"),
        "ER_BIO_F.csv": table([{**key(99), "BIO_PRS_IDE": "0552"}]).encode(),  # R15
        "IR_IMB_R.csv": table([
            {"BEN_NIR_PSA": GHOST, "BEN_RNG_GEM": "1", "IMB_ETM_NAT": "41",
             "IMB_ALD_DTD": "01/01/2019", "MED_MTF_COD": "E119", "MED_NCL_IDT": "CIM10"},
        ]).encode(),
        "T_MCOaaC.csv": table([
            {"ETA_NUM": "750712184", "RSA_NUM": number, "NIR_ANO_17": psa,
             "EXE_SOI_DTD": "01/03/2019", "EXE_SOI_DTF": "02/03/2019", **CODES}
            for number, psa in STAYS
        ]).replace(";", "\t").encode(),
        "T_MCOaaB.csv": table([
            {"ETA_NUM": "750712184", "RSA_NUM": number, "GRG_GHM": "05M092", "ENT_MOD": "8",
             "SOR_MOD": "8", "DGN_PAL": "I500", "SEJ_NBJ": "1", "TYP_GEN_RSA": "0"}
            for number, _ in STAYS
        ]).encode(),
    }  # fmt: skip


@pytest.fixture(scope="module")
def cdm(tmp_path_factory: pytest.TempPathFactory, command: Any) -> duckdb.DuckDBPyConnection:
    root = tmp_path_factory.mktemp("bad")
    for name, content in files().items():
        path = root / "delivery" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    messages = ""
    for step in (
        ["stage", "--input", root / "delivery", "--year", "2019"], ["vocab", "load"], ["build"]
    ):  # fmt: skip
        code, _, errors = command("--workspace", root / "w", *step)
        assert code == 0, errors
        messages += errors
    assert messages.count("SO-209") == 1
    return duckdb.connect(str(root / "w" / "build" / "candidate.duckdb"), read_only=True)


def test_the_ledger_names_what_became_of_each_row(cdm: duckdb.DuckDBPyConnection) -> None:
    found = cdm.execute(
        "select source_table, source_year, disposition, rule_id, n_rows::int from audit.ledger "
        "order by all"
    ).fetchall()
    assert found == [
        ("ER_BIO_F", None, "excluded", "R15", 1),
        ("ER_PRS_F", 2018, "superseded", "R13", 1),
        ("ER_PRS_F", 2019, "event", None, 5),
        ("ER_PRS_F", 2019, "excluded", "R06", 1),
        ("ER_PRS_F", 2019, "excluded", "R07", 1),
        ("ER_PRS_F", 2019, "excluded", "R11a", 1),
        ("ER_PRS_F", 2019, "excluded", "R11b", 1),
        ("ER_PRS_F", 2019, "superseded", "R13", 9),
        ("IR_BEN_R", None, "event", None, 3),
        ("IR_BEN_R", None, "excluded", "R07", 1),
        ("IR_IMB_R", None, "excluded", "R06", 1),
        ("T_MCOaaB", 2019, "event", None, 1),
        ("T_MCOaaB", 2019, "excluded", "R06", 1),
        ("T_MCOaaC", 2019, "excluded", "R06", 1),
        ("T_MCOaaC", 2019, "merged", None, 1),
    ]
    assert cdm.execute("select sum(residual)::int from audit.balance").fetchall() == [(0,)]


def test_what_is_missing_is_reported_though_no_row_shows_it(cdm: duckdb.DuckDBPyConnection) -> None:
    found = cdm.execute("select * from audit.gaps order by all").fetchall()
    months = [gap for gap in found if gap[0] == "flux without any line"]
    assert months == [
        ("flux without any line", "ER_PRS_F", None, date(2019, 4, 1), date(2019, 4, 1))
    ]
    missing = {gap[1:3] for gap in found if gap[0] == "table not delivered"}
    assert {("ER_PHA_F", 2018), ("ER_PHA_F", 2019), ("ER_CAM_F", 2019)} <= missing
    assert "ER_BIO_F" not in {name for name, _ in missing}


def test_visits_and_money(cdm: duckdb.DuckDBPyConnection) -> None:
    assert cdm.execute(
        "select year_of_birth, visit_start_date, visit_concept_id from cdm.visit_occurrence "
        "join cdm.person using (person_id) order by all"
    ).fetchall() == [
        (1950, date(2019, 2, 5), 581458),
        (1950, date(2019, 2, 6), 9202),
        (1950, date(2019, 2, 7), 9202),
        (1950, date(2019, 3, 1), 9201),
        (1950, date(2019, 4, 10), 9202),
        (1970, date(2019, 2, 7), 9202),
    ]
    assert cdm.execute("select count(*), sum(paid_by_payer) from cdm.cost").fetchall() == [
        (5, Decimal("54.50"))
    ]
    assert cdm.execute("select sum(abs(residual)) from audit.money").fetchall() == [(0,)]
    assert cdm.execute("select count(*) from cdm.drug_exposure").fetchall() == [(0,)]
