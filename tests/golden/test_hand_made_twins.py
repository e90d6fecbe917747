"""Twins under one pseudonym, care of the lowest rank (`rules.psa_policy = "first"`), by hand.

The eldest (rank 1) lives in Paris and dies on 10 March 2019; the youngest (rank 2) lives in Lyon.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.golden.dcir_delivery import beneficiary, key, line, table

PSA, TRIPLETS = "T" * 17, "R" * 17
PUBLIC, CLINIC, REHAB, MIND = "750712184", "690000021", "330000027", "440000024"
PARIS, LYON = "75056", "69123"
CODES = dict.fromkeys(["NIR_RET", "NAI_RET", "SEX_RET", "SEJ_RET", "FHO_RET", "PMS_RET"], "0")
VACCINE, UCD = "3400930000001", "0000009189944"

# number, PSA, hospital, days, main diagnosis, mode of exit
STAYS = [
    ("1", PSA, PUBLIC, "02/02/2019", "05/02/2019", "I10", "8"),
    ("2", PSA, PUBLIC, "20/05/2019", "22/05/2019", "J450", "8"),  # the eldest is dead
    ("3", PSA, PUBLIC, "08/03/2019", "10/03/2019", "I500", "9"),  # one of them died
    ("4", TRIPLETS, PUBLIC, "02/02/2019", "05/02/2019", "I10", "8"),  # the first of three
    ("1", PSA, CLINIC, "10/02/2019", "12/02/2019", "K359", "8"),  # billed in DCIR, with the rank
]
FILES = {
    "IR_BEN_R": table([
        beneficiary(PSA, "TWIN1", BEN_NAI_ANN="2001", BEN_DCD_DTE="10/03/2019"),
        beneficiary(PSA, "TWIN2", BEN_NAI_ANN="2001", BEN_RNG_GEM="2", BEN_RES_DPT="069",
                    BEN_RES_COM="123"),
        *(beneficiary(TRIPLETS, f"ONE{rank}", BEN_NAI_ANN="2003", BEN_RNG_GEM=rank)
          for rank in "123"),
    ]),
    "T_MCO19C": table([
        {"ETA_NUM": finess, "RSA_NUM": number, "NIR_ANO_17": psa, "EXE_SOI_DTD": begin,
         "EXE_SOI_DTF": end, **CODES}
        for number, psa, finess, begin, end, _, _ in STAYS
    ]),
    "T_MCO19B": table([
        {"ETA_NUM": finess, "RSA_NUM": number, "GRG_GHM": "05M092", "ENT_MOD": "8",
         "SOR_MOD": leaves, "DGN_PAL": code, "SEJ_NBJ": "3", "TYP_GEN_RSA": "0"}
        for number, _, finess, _, _, code, leaves in STAYS
    ]),
    "T_MCO19UM": table([{"ETA_NUM": PUBLIC, "RSA_NUM": "1", "RUM_ORD_NUM": "1", "DGN_PAL": "I10",
                         "PAR_DUR_SEJ": "3"}]),
    "T_MCO19A": table([{"ETA_NUM": PUBLIC, "RSA_NUM": "1", "CDC_ACT": "DZQM006", "ACV_ACT": "1",
                        "PHA_ACT": "0", "ENT_DAT_DEL": "1"}]),
    "T_MCO19VALO": table([
        {"ETA_NUM": PUBLIC, "RSA_NUM": number, "VALO": "1", "MNT_TOT_AM": "1000.10",
         "MNT_TOT_BR": "1250.00"} for number in "123"
    ]),
    # the private stay: its drug and its bill are in PMSI and in DCIR, where they are the eldest's
    "T_MCO19FB": table([{"ETA_NUM": CLINIC, "RSA_NUM": "1", "ACT_COD": "GHS", "FAC_MNT": "900.00",
                         "REM_BAS": "900.00", "AMO_MNR": "900.00"}]),
    "T_MCO19FH": table([{"ETA_NUM": CLINIC, "RSA_NUM": "1", "UCD_UCD_COD": UCD, "QUA_COD": "1",
                         "DEL_DAT_ENT": "0"}]),
    "ER_PRS_F_2019": table([
        line(1, PSA, "10/02/2019", "2111", BSE_REM_MNT="900.00", PFS_EXE_NUM=""),
        line(2, PSA, "10/02/2019", "3320", BSE_REM_MNT="50.00", PFS_EXE_NUM=""),
        line(3, PSA, "03/02/2019", "1111", BEN_RNG_GEM="2", BSE_REM_MNT="16.50"),
    ]),
    "ER_ETE_F_2019": table([
        {**key(number), "ETB_EXE_FIN": CLINIC[:8], "ETE_IND_TAA": "2", "ETE_MCO_DDP": "C"}
        for number in (1, 2)
    ]),
    "ER_UCD_F_2019": table([{**key(2), "UCD_UCD_COD": UCD, "UCD_DLV_NBR": "1",
                             "UCD_TOP_UCD": "1"}]),
    "T_MCO19CSTC": table([{"ETA_NUM": PUBLIC, "SEQ_NUM": "1", "NIR_ANO_17": PSA,
                           "EXE_SOI_DTD": "15/02/2019", "NIR_RET": "0"}]),
    "T_MCO19FMSTC": table([{"ETA_NUM": PUBLIC, "SEQ_NUM": "1", "CCAM_COD": "DZQM006",
                            "ACV_ACT": "1", "PHA_ACT": "0", "DEL_DAT_ENT": "0"}]),
    "T_SSR19C": table([{"ETA_NUM": REHAB, "RHA_NUM": "1", "NIR_ANO_17": PSA,
                        "EXE_SOI_DTD": "06/02/2019", "EXE_SOI_DTF": "09/02/2019", **CODES}]),
    "T_SSR19B": table([{"ETA_NUM": REHAB, "RHA_NUM": "1", "RHS_NUM": "1", "MOI_ANN": "022019",
                        "MOR_PRP": "S7200", "HOS_TYP_UM": "1", "GRG_GME": "0833",
                        "RHS_ANT_SEJ_ENT": "0"}]),
    "T_RIP20CSTC": table([{"ETA_NUM_EPMSI": MIND, "IPP_IRR_CRY": "P1", "NIR_ANO_17": PSA,
                           "NIR_RET": "0"}]),
    "T_RIP20R3A": table([{"ETA_NUM_EPMSI": MIND, "IPP_IRR_CRY": "P1", "ORD_NUM": "1",
                          "EXE_SOI_DTD": "03/02/2020", "DGN_PAL": "F322", "ACT_LIEU": "L01"}]),
    "IR_VAC_F": table([{"BEN_NIR_PSA": PSA, "EXE_SOI_DTD": "01/03/2019", "INJ_VAC_NOM": "COMIRNATY",
                        "PHA_PRS_C13": VACCINE, "BEN_STA_VAC": "1"}]),
}  # fmt: skip


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, command: Any) -> Path:
    root = tmp_path_factory.mktemp("twins")
    (root / "delivery").mkdir()
    for name, text in FILES.items():
        (root / "delivery" / f"{name}.csv").write_text(text, encoding="utf-8")
    chosen = '[rules]\npsa_policy = "first"\n[observation]\nrule = "visits"\n'
    (root / "s.toml").write_text(chosen, encoding="utf-8")
    options = ["--workspace", root / "w", "--config", root / "s.toml"]
    for step in (["stage", "--input", root / "delivery"], ["vocab", "load"], ["build"]):
        code, _, errors = command(*options, *step)
        assert code == 0, errors
    return Path(root / "w")


@pytest.fixture(scope="module")
def cdm(workspace: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(workspace / "build" / "candidate.duckdb"), read_only=True)


def care_of(cdm: duckdb.DuckDBPyConnection, commune: str, query: str) -> list[tuple[Any, ...]]:
    """Rows of the query with PERSON being the twin who lives there, and born in 2001."""
    (person_id,) = cdm.execute(
        "select person_id from cdm.person join cdm.location using (location_id) "
        "where location_source_value = ? and year_of_birth = 2001",
        [commune],
    ).fetchall()[0]
    return cdm.execute(query.replace("PERSON", str(person_id))).fetchall()


VISITS = (
    "select visit_start_date, visit_source_value from cdm.visit_occurrence "
    "where person_id = PERSON order by all"
)


def test_visits_of_the_lowest_rank(cdm: duckdb.DuckDBPyConnection) -> None:
    """Care after the death of the first is excluded; what DCIR records knows the rank."""
    assert care_of(cdm, PARIS, VISITS) == [
        (date(2019, 2, 2), "MCO_HC"),
        (date(2019, 2, 6), "SSR_HC"),
        (date(2019, 2, 10), "MCO_HC"),
        (date(2019, 2, 15), "MCO_ACE"),
        (date(2019, 3, 8), "MCO_HC"),
    ]
    assert care_of(cdm, LYON, VISITS) == [(date(2019, 2, 3), "1111")]


def test_events_follow_their_visits(cdm: duckdb.DuckDBPyConnection) -> None:
    coded = (
        "select condition_source_value from cdm.condition_occurrence join cdm.visit_occurrence "
        "using (visit_occurrence_id, person_id) where person_id = PERSON order by all"
    )
    assert care_of(cdm, PARIS, coded) == [("I10",), ("I500",), ("K359",), ("S7200",)]
    assert care_of(cdm, LYON, coded) == []
    acts = (
        "select count(*), count(visit_occurrence_id) from cdm.procedure_occurrence "
        "where person_id = PERSON"
    )
    assert care_of(cdm, PARIS, acts) == [(2, 2)]
    units = (
        "select count(*) from cdm.visit_detail join cdm.visit_occurrence "
        "using (visit_occurrence_id, person_id) where person_id = PERSON"
    )
    assert care_of(cdm, PARIS, units) == [(2,)]


def test_drugs(cdm: duckdb.DuckDBPyConnection) -> None:
    """An injection goes to the first; a drug that DCIR records with the rank needs no policy."""
    drugs = "select drug_source_value from cdm.drug_exposure where person_id = PERSON order by all"
    assert care_of(cdm, PARIS, drugs) == [(VACCINE,), ("9189944",)]
    assert care_of(cdm, LYON, drugs) == []


def test_no_death_from_a_stay_that_may_be_of_the_other(cdm: duckdb.DuckDBPyConnection) -> None:
    dead = "select death_date from cdm.death where person_id = PERSON"
    assert care_of(cdm, PARIS, dead) == [(date(2019, 3, 10),)]
    assert care_of(cdm, LYON, dead) == []


def test_money_is_counted_once(cdm: duckdb.DuckDBPyConnection) -> None:
    """Two valued stays and what DCIR paid: the clinic's bill is DCIR's, whoever it names."""
    assert cdm.execute("select count(*), sum(paid_by_payer) from cdm.cost").fetchall() == [
        (5, Decimal("2966.70"))
    ]
    assert cdm.execute("select sum(abs(residual)) from audit.money").fetchall() == [(0,)]


def test_each_row_has_one_disposition(cdm: duckdb.DuckDBPyConnection) -> None:
    assert cdm.execute("select sum(residual)::int from audit.balance").fetchall() == [(0,)]
    assert cdm.execute(
        "select disposition, rule_id, n_rows::int from audit.ledger "
        "where source_table = 'T_MCOaaB' order by all"
    ).fetchall() == [("event", None, 4), ("excluded", "R11b", 1)]
    assert cdm.execute(
        "select n_source_rows::int, n_cdm_rows::int from audit.fan_out "
        "where cdm_table = 'visit_occurrence' and source_table = 'T_MCOaaB'"
    ).fetchall() == [(4, 4)]


def test_observation_from_first_to_last_visit(cdm: duckdb.DuckDBPyConnection) -> None:
    """The other rule of R43, a setting: within the window and life; without a visit, none."""
    period = (
        "select observation_period_start_date, observation_period_end_date "
        "from cdm.observation_period where person_id = PERSON"
    )
    assert care_of(cdm, PARIS, period) == [(date(2019, 2, 2), date(2019, 3, 10))]
    assert care_of(cdm, LYON, period) == [(date(2019, 2, 3), date(2019, 2, 3))]
    # and the first of the triplets
    assert cdm.execute("select count(*) from cdm.observation_period").fetchall() == [(3,)]
