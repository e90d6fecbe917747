"""A delivery written by hand, small enough to know its answers by heart.

Few columns, several date styles, several separators: what a person would write to try the tool.
"""

from __future__ import annotations

import gzip
from datetime import date
from typing import Any

import duckdb
import pytest

KEYS = (
    "DCT_ORD_NUM;FLX_DIS_DTD;FLX_EMT_NUM;FLX_EMT_ORD;FLX_EMT_TYP;FLX_TRT_DTD;ORG_CLE_NUM;"
    "PRS_ORD_NUM;REM_TYP_AFF"
)
ANNE, BRUNO, TWIN = "A" * 17, "B" * 17, "T" * 17


def key(number: int, flux: str = "01/03/2019", treated: str = "10/02/2019") -> str:
    """The nine keys of line `number`."""
    return f"{number};{flux};1;1;1;{treated};01C751000;1;1"


def line(number: int, psa: str, day: str, act: str, quantity: int = 1, **more: str) -> str:
    """One line of ER_PRS_F."""
    columns = {"DPN_QLF": "0", "CPL_MAJ_TOP": "0", "PFS_EXE_NUM": "75100001", **more}
    rank = more.get("BEN_RNG_GEM", "1")
    return (
        f"{key(number)};{psa};{rank};{day};{act};{quantity};{columns['DPN_QLF']};"
        f"{columns['CPL_MAJ_TOP']};{columns['PFS_EXE_NUM']}"
    )


@pytest.fixture(scope="module")
def cdm(tmp_path_factory: pytest.TempPathFactory, command: Any) -> duckdb.DuckDBPyConnection:
    delivery = tmp_path_factory.mktemp("delivery")

    def write(name: str, text: str) -> None:
        (delivery / name).write_text(text + "\n", encoding="utf-8")

    # comma and ISO dates
    write("IR_BEN_R.csv", "\n".join([
        "BEN_NIR_PSA,BEN_RNG_GEM,BEN_IDT_ANO,BEN_CDI_NIR,BEN_NAI_ANN,BEN_NAI_MOI,BEN_SEX_COD,"
        "BEN_DCD_DTE,BEN_RES_DPT,BEN_RES_COM,ORG_AFF_BEN",
        f"{ANNE},1,ANNE00000000000001,00,1950,06,2,1600-01-01,075,056,01C751000",
        f"{'C' * 17},1,ANNE00000000000001,00,1950,06,2,1600-01-01,075,056,01C751000",
        f"{BRUNO},1,BRUNO0000000000001,00,1980,01,1,2019-11-03,02A,004,01C2A1000",
        f"{TWIN},1,TWIN10000000000001,00,2001,01,1,1600-01-01,971,005,01C971000",
        f"{TWIN},2,TWIN20000000000001,00,2001,01,1,1600-01-01,971,005,01C971000",
        f"{'F' * 17},1,,11,1955,01,2,1600-01-01,075,056,01C751000",
    ]))  # fmt: skip
    header = (
        f"{KEYS};BEN_NIR_PSA;BEN_RNG_GEM;EXE_SOI_DTD;PRS_NAT_REF;PRS_ACT_QTE;DPN_QLF;CPL_MAJ_TOP;"
        "PFS_EXE_NUM"
    )
    write("ER_PRS_F_2019.csv", "\n".join([
        header,
        line(1, ANNE, "05/02/2019", "1111"),  # a consultation
        line(2, ANNE, "05/02/2019", "1111", CPL_MAJ_TOP="2"),  # its surcharge: R19
        line(3, ANNE, "06/02/2019", "3313", 2, PFS_EXE_NUM="75200002"),  # a pharmacy
        line(4, ANNE, "06/02/2019", "3313", -2, PFS_EXE_NUM="75200002"),  # reversed
        line(5, ANNE, "06/02/2019", "3313", 1, PFS_EXE_NUM="75200002"),  # and written again
        line(6, "C" * 17, "07/02/2019", "3313", PFS_EXE_NUM="75200002"),  # her other right
        line(7, BRUNO, "08/02/2019", "1111", DPN_QLF="71"),  # R16
        line(8, BRUNO, "08/02/2019", "1111", DPN_QLF=""),  # NULL is no 71
        line(9, "F" * 17, "08/02/2019", "1111"),  # no real person: R07
        line(10, "Z" * 17, "08/02/2019", "1111"),  # no known person: R06
        line(11, BRUNO, "09/02/2019", "1111", 1),  # cancelled by the next
        line(12, BRUNO, "09/02/2019", "1111", -1),
        line(13, BRUNO, "20/02/2019", "3211", PFS_EXE_NUM="75700003"),  # a laboratory
        line(14, BRUNO, "not a day", "1111"),  # quarantine
        "15;01/03/2019;1;1",  # quarantine: cut
    ]))  # fmt: skip
    with gzip.open(delivery / "ER_PHA_F_2019.csv.gz", "wt", encoding="utf-8") as handle:
        handle.write("\n".join([
            f"{KEYS};PHA_PRS_C13;PHA_ACT_QSN;PHA_ORD_NUM",
            f"{key(3)};3400930000001;2;1",
            f"{key(4)};3400930000001;-2;1",
            f"{key(5)};3400930000001;1;1",
            f"{key(6)};3400930000002;3;1",
            f"{key(99)};3400930000002;3;1",  # orphan: R15
        ]) + "\n")  # fmt: skip
    write("er_bio_f.csv", f"{KEYS};BIO_PRS_IDE;BIO_ACT_QSN\n{key(13)};552;1")
    write("ER_ETE_F_2019.csv", f"{KEYS};ETB_EXE_FIN;ETE_IND_TAA;ETE_MCO_DDP\n{key(1)};75000001;0;Z")
    write("IR_IMB_R.csv", "\n".join([
        "BEN_NIR_PSA|BEN_RNG_GEM|IMB_ETM_NAT|IMB_ALD_DTD|IMB_ALD_DTF|MED_MTF_COD|MED_NCL_IDT",
        f"{ANNE}|1|41|01JAN2015|31DEC2099|E119|CIM10",
        f"{ANNE}|1|11|01JAN2016|31DEC2016|S820|CIM10",
    ]))  # fmt: skip
    stays = ["ETA_NUM;RSA_NUM;DGN_PAL;DGN_REL;GRG_GHM;SEJ_NBJ;ENT_MOD;ENT_PRV;SOR_MOD;SEJ_TYP"]
    links = ["ETA_NUM;RSA_NUM;NIR_ANO_17;EXE_SOI_DTD;EXE_SOI_DTF;NIR_RET;SEX_RET"]
    for number, psa, ghm, source, exit_mode, code in (
        (1, BRUNO, "05M092", "5", "9", "0"),  # through the emergency room, and death
        (2, ANNE, "90Z00Z", "", "8", "0"),  # R30a
        (3, TWIN, "05M092", "", "8", "0"),  # R08
        (4, ANNE, "05M092", "", "8", "4"),  # R09
        (5, ANNE, "28Z07Z", "", "8", "0"),  # a session
    ):
        stays.append(f"10000123;{number};I500;;{ghm};2;8;{source};{exit_mode};")
        links.append(f"010000123;{number};{psa};01NOV2019:00:00:00;03NOV2019:00:00:00;{code};0")
    write("T_MCO19B.csv", "\n".join(stays))
    write("T_MCO19C.csv", "\n".join(links))
    write(
        "T_MCO19D.csv",
        "ETA_NUM;RSA_NUM;ASS_DGN\n010000123;1;I500\n010000123;1;E119\n010000123;9;E119",
    )
    write("T_MCO19A.csv", "\n".join([
        "ETA_NUM;RSA_NUM;CDC_ACT;ACV_ACT;PHA_ACT;ENT_DAT_DEL",
        "010000123;1;DZQM006;1;0;1",
        "010000123;1;DZQM006;4;0;1",  # anaesthesia: R21
    ]))  # fmt: skip
    write("T_MCO19UM.csv", "\n".join([
        "ETA_NUM;RSA_NUM;RUM_ORD_NUM;DGN_PAL;PAR_DUR_SEJ",
        "010000123;1;1;I500;1",
        "010000123;1;2;J180;1",
    ]))  # fmt: skip
    write(
        "KI_CCI_R.csv",
        "DCD_IDT_ENC;DCD_IDT_TOP;BEN_IDT_ANO;BEN_DCD_DTE;DCD_CIM_COD\nX1;1;BRUNO0000000000001;03/11/2019;I500",
    )
    write("notes.csv", "a;b\n1;2")

    workspace = tmp_path_factory.mktemp("hand") / "w"
    code, answer, errors = command("--workspace", workspace, "run", "--input", delivery)
    assert code == 0, errors
    assert answer["stage"]["not_data"] == ["notes.csv"]
    database = workspace / "releases" / "current" / "omop.duckdb"
    return duckdb.connect(str(database), read_only=True)


def rows(cdm: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return cdm.execute(query).fetchall()


def test_persons(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(
        cdm,
        "select gender_concept_id, year_of_birth, month_of_birth, location_source_value, state "
        "from cdm.person left join cdm.location using (location_id) order by 2, person_id",
    ) == [
        (8532, 1950, 6, "75056", "75"),
        (8507, 1980, 1, "2A004", "2A"),
        (8507, 2001, 1, "97005", "970"),
        (8507, 2001, 1, "97005", "970"),
    ]
    assert rows(cdm, "select distinct person_source_value from cdm.person") == [(None,)]


def test_visits(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(
        cdm,
        "select year_of_birth, visit_concept_id, visit_start_date, visit_end_date, "
        "visit_source_value "
        "from cdm.visit_occurrence join cdm.person using (person_id) order by all",
    ) == [
        (1950, 9202, date(2019, 2, 5), date(2019, 2, 5), "1111"),
        (1950, 9202, date(2019, 11, 1), date(2019, 11, 3), "MCO_SEANCE"),
        (1950, 581458, date(2019, 2, 6), date(2019, 2, 6), "3313"),
        (1950, 581458, date(2019, 2, 7), date(2019, 2, 7), "3313"),
        (1980, 262, date(2019, 11, 1), date(2019, 11, 3), "MCO_URG_HC"),
        (1980, 9202, date(2019, 2, 8), date(2019, 2, 8), "1111"),
        (1980, 32036, date(2019, 2, 20), date(2019, 2, 20), "3211"),
    ]


def test_units_follow_one_another(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(
        cdm,
        "select visit_detail_start_date, visit_detail_end_date from cdm.visit_detail order by all",
    ) == [(date(2019, 11, 1), date(2019, 11, 2)), (date(2019, 11, 2), date(2019, 11, 3))]


def test_drugs_are_netted_and_unmapped_codes_kept(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(
        cdm,
        "select drug_source_value, quantity, drug_exposure_start_date, drug_concept_id, "
        "days_supply, visit_occurrence_id is not null from cdm.drug_exposure order by all",
    ) == [
        ("3400930000001", 1.0, date(2019, 2, 6), 0, None, True),
        ("3400930000002", 3.0, date(2019, 2, 7), 0, None, True),
    ]


def test_conditions(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(
        cdm,
        "select year_of_birth, condition_source_value, condition_concept_id, condition_start_date, "
        "condition_end_date, condition_status_source_value "
        "from cdm.condition_occurrence join cdm.person using (person_id) order by all",
    ) == [
        (1950, "E119", 4193704, date(2015, 1, 1), None, "ALD 8"),
        (1950, "I500", 319835, date(2019, 11, 1), None, "DP"),
        (1980, "E119", 4193704, date(2019, 11, 1), None, "DAS"),
        (1980, "I500", 319835, date(2019, 11, 1), None, "DP"),
        (1980, "J180", 256722, date(2019, 11, 2), None, "DP_RUM"),
    ]


def test_acts_are_dated_by_their_delay(cdm: duckdb.DuckDBPyConnection) -> None:
    events = (
        "select procedure_source_value, procedure_date from cdm.procedure_occurrence union all "
        "select measurement_source_value, measurement_date from cdm.measurement order by all"
    )
    assert rows(cdm, events) == [
        ("0552", date(2019, 2, 20)),
        ("DZQM006", date(2019, 11, 2)),
    ]


def test_death_has_the_cause_of_its_certificate(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(
        cdm, "select death_date, death_type_concept_id, cause_source_value from cdm.death"
    ) == [(date(2019, 11, 3), 32848, "I500")]


def test_one_observation_period_a_person_within_life(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(
        cdm,
        "select year_of_birth, observation_period_start_date, observation_period_end_date "
        "from cdm.observation_period join cdm.person using (person_id) order by all",
    ) == [
        (1950, date(2019, 2, 1), date(2019, 11, 30)),
        (1980, date(2019, 2, 1), date(2019, 11, 3)),
        (2001, date(2019, 2, 1), date(2019, 11, 30)),
        (2001, date(2019, 2, 1), date(2019, 11, 30)),
    ]


def test_ledger_states_the_disposition_of_each_line(cdm: duckdb.DuckDBPyConnection) -> None:
    ledger = {
        (table, disposition, rule): n
        for table, disposition, rule, n in rows(
            cdm,
            "select source_table, disposition, rule_id, sum(n_rows)::int "
            "from audit.ledger group by all",
        )
    }
    assert ledger == {
        ("IR_BEN_R", "event", None): 4,
        ("IR_BEN_R", "merged", None): 1,
        ("IR_BEN_R", "excluded", "R07"): 1,
        ("IR_IMB_R", "event", None): 1,
        ("IR_IMB_R", "excluded", "R40"): 1,
        ("ER_PRS_F", "event", None): 5,
        ("ER_PRS_F", "merged", None): 2,
        ("ER_PRS_F", "cancelled", "R20"): 2,
        ("ER_PRS_F", "excluded", "R06"): 1,
        ("ER_PRS_F", "excluded", "R07"): 1,
        ("ER_PRS_F", "excluded", "R16"): 1,
        ("ER_PRS_F", "excluded", "R19"): 1,
        ("ER_PHA_F", "event", None): 2,
        ("ER_PHA_F", "merged", None): 2,
        ("ER_PHA_F", "excluded", "R15"): 1,
        ("ER_BIO_F", "event", None): 1,
        ("ER_ETE_F", "event", None): 1,
        ("T_MCOaaB", "event", None): 2,
        ("T_MCOaaB", "excluded", "R08"): 1,
        ("T_MCOaaB", "excluded", "R09"): 1,
        ("T_MCOaaB", "excluded", "R30a"): 1,
        ("T_MCOaaC", "merged", None): 2,
        ("T_MCOaaC", "excluded", "R08"): 1,
        ("T_MCOaaC", "excluded", "R09"): 1,
        ("T_MCOaaC", "excluded", "R30a"): 1,
        ("T_MCOaaD", "event", None): 1,
        ("T_MCOaaD", "merged", None): 1,
        ("T_MCOaaD", "excluded", "R31"): 1,
        ("T_MCOaaA", "event", None): 1,
        ("T_MCOaaA", "excluded", "R21"): 1,
        ("T_MCOaaUM", "event", None): 2,
        ("KI_CCI_R", "merged", None): 1,
    }
    assert rows(cdm, "select sum(residual)::int, sum(n_read)::int from audit.balance") == [(0, 48)]
    assert rows(
        cdm,
        "select source_table, reason, n_rows::int from audit.rejects where n_rows > 0 order by all",
    ) == [("ER_PRS_F", "SO-221", 1), ("ER_PRS_F", "SO-223", 1)]
