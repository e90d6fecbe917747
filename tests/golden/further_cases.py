"""Neighbours of the situations of evidence_cases: other tables, columns and products, by hand.

Persons born from 1974 on. What must come of them was written before any build was run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.golden.hospital_delivery import (
    CODES,
    HOME,
    MIND,
    REHAB,
    TAXOL,
    Delivery,
    Row,
    psa,
)

GOOD = dict.fromkeys(["NIR_RET", "NAI_RET", "SEX_RET", "IAS_RET", "ENT_DAT_RET"], "0")
MONTH = {"EXE_SOI_DTD": "01/03/2021", "EXE_SOI_DTF": "31/03/2021", **CODES}
Line = Callable[..., Row]

#: What IR_BEN_R has of a person beyond the usual row.
PERSONS: dict[int, Row] = {
    # one certified number of a man of 1975 and of a woman of 1995: of neither
    1975: {"BEN_NIR_ANO": "SHARED"},
    1995: {"BEN_NIR_ANO": "SHARED", "BEN_SEX_COD": "2"},
    # no certified number at all, written as a word
    1976: {"BEN_NIR_ANO": "(null)"},
    1977: {"BEN_NIR_ANO": "NULL", "BEN_RES_DPT": "NA", "BEN_RES_COM": "#N/A", "BEN_DCD_DTE": "NaN"},
}


def words(made: Delivery, line: Line) -> None:
    """1974, 1976, 1977 (A): words for a missing value, in every table of codes of DCIR."""
    day = "05/03/2020"
    for act, table, columns in (
        ("3211", "ER_BIO_F", {"BIO_PRS_IDE": "NA"}),
        ("3313", "ER_PHA_F", {"PHA_PRS_C13": "(null)", "PHA_ACT_QSN": "1"}),
        ("1352", "ER_CAM_F", {"CAM_PRS_IDE": "#N/A", "CAM_ACT_COD": "1", "CAM_TRT_PHA": "0"}),
        ("3511", "ER_TIP_F", {"TIP_PRS_IDE": "NaN", "TIP_ACT_QSN": "1"}),
        ("3317", "ER_UCD_F", {"UCD_UCD_COD": "NULL", "UCD_DLV_NBR": "1"}),
    ):
        made.add(table, {**line(made, 1974, day, act, PFS_EXE_NUM=""), **columns})
    keys = line(made, 1974, "06/03/2020", PFS_EXE_NUM="None", BEN_RES_DPT=".", BEN_RES_COM="NA")
    made.add("ER_ETE_F", {**keys, "ETB_EXE_FIN": "N/A", "ETE_IND_TAA": "NULL"})
    made.add("IR_IMB_R", {"BEN_NIR_PSA": psa(1974), "BEN_RNG_GEM": "1", "IMB_ETM_NAT": "41",
             "IMB_ALD_DTD": "01/03/2019", "MED_MTF_COD": "NA", "MED_NCL_IDT": "CIM10"})  # fmt: skip
    line(made, 1976, day)
    line(made, 1977, day)
    # a test and a dose of no person
    made.add("DE_DEP_F", {"BEN_NIR_ANO": "(null)", "EXE_SOI_DTD": "10/03/2021",
             "TES_TYP_COD": "0", "TES_RES_COD": "P"})  # fmt: skip
    made.add("IR_VAC_F", {"BEN_NIR_PSA": "NA", "EXE_SOI_DTD": "20/04/2021",
             "INJ_VAC_NOM": "COVID-19 PFIZER-BIONTECH"})  # fmt: skip


def shared(made: Delivery, line: Line) -> None:
    """1975 and 1995 (B): what other tables state of a number that identifies no person."""
    line(made, 1975, "04/02/2020")
    line(made, 1995, "18/02/2020")
    made.add("DE_DEP_F", {"BEN_NIR_ANO": "SHARED", "EXE_SOI_DTD": "10/03/2021",
             "TES_TYP_COD": "0", "TES_RES_COD": "P"})  # fmt: skip
    made.add("IR_VAC_F", {"BEN_NIR_PSA": psa(1995), "EXE_SOI_DTD": "20/04/2021",
             "INJ_VAC_NOM": "COVID-19 PFIZER-BIONTECH"})  # fmt: skip
    made.add("IR_IMB_R", {"BEN_NIR_PSA": psa(1975), "BEN_RNG_GEM": "1", "IMB_ETM_NAT": "41",
             "IMB_ALD_DTD": "01/03/2019", "MED_MTF_COD": "E119",
             "MED_NCL_IDT": "CIM10"})  # fmt: skip


def parts(made: Delivery) -> None:
    """1978 to 1981 (K, M): days of weeks, sub-sequences and doses; care at a distance."""
    made.births.update({1978, 1979, 1980, 1981})
    week = {"ETA_NUM": REHAB, "RHA_NUM": "78"}
    made.add("T_SSR21C", {**week, "NIR_ANO_17": psa(1978), **MONTH})
    for number, age in (("1", "0"), ("2", "7"), ("3", "14")):
        made.add("T_SSR21B", {**week, "RHS_NUM": number, "MOI_ANN": "032021",
                 "RHS_ANT_SEJ_ENT": age, "MOR_PRP": "S7200", "HOS_TYP_UM": "1"})  # fmt: skip
    made.add("T_SSR21D", {**week, "RHS_NUM": "3", "DGN_COD": "L890"})
    made.add("T_SSR21CCAM", {**week, "RHS_NUM": "2", "CCAM_ACT": "DEQP003", "CCAM_COD_ACT": "1",
             "CCAM_PHA_ACT": "0", "DEL_DAT_ENT": "9"})  # fmt: skip
    home = {"ETA_NUM_EPMSI": HOME, "RHAD_NUM": "79"}
    made.add("T_HAD21C", {**home, "NIR_ANO_17": psa(1979), **MONTH})
    made.add("T_HAD21B",
        {**home, "SEQ_NUM": "1", "SSEQ_NUM": "1", "DGN_PAL": "C189", "SSEQ_NBJ": "10"},
        {**home, "SEQ_NUM": "1", "SSEQ_NUM": "2", "DGN_PAL": "C189", "SSEQ_NBJ": "21",
         "SSEQ_SEQ_NBJ": "10"},
    )  # fmt: skip
    made.add("T_HAD21A", {**home, "SEQ_NUM": "1", "SSEQ_NUM": "2", "CCAM_COD": "DEQP003",
             "ACT_COD": "1", "PHA_COD": "0", "DEL_DAT_ENT": "12", "DEL_DEB_SSEQ": "2"})  # fmt: skip
    # an external teleconsultation of a rehabilitation hospital; a consultation there
    for number, fee, day in (("80", "TC", "04/03/2021"), ("81", "CS", "05/03/2021")):
        bill = {"ETA_NUM": REHAB, "SEQ_NUM": number}
        made.add("T_SSR21CSTC", {**bill, **GOOD, "NIR_ANO_17": psa(1980), "EXE_SOI_DTD": day,
                 "EXE_SOI_DTF": day})  # fmt: skip
        made.add("T_SSR21FCSTC", {**bill, "ACT_COD": fee, "HON_MNT": "25.00", "AMO_MNR": "17.50",
                 "EXE_SOI_DTD": day})  # fmt: skip
    # drugs and a device whose delay leads out of the stay, in other tables
    key = made.stay(2021, "81", 1981, ("03/05/2021", "07/05/2021"), SEJ_NBJ="4")
    drug = {"UCD_UCD_COD": TAXOL, "ADM_NBR": "2", "SEJ_NBR": "1"}
    made.add("T_MCO21MEDATU", {**key, **drug, "DAT_DELAI": "90"})
    made.add("T_MCO21MEDTHROMBO", {**key, **drug, "DAT_DELAI": "-6"})
    made.add("T_MCO21DMIP", {**key, "LPP_COD": "3197380", "NBR_POS": "1", "DELAI": "90"})


def years(made: Delivery) -> None:
    """1983 (O): stays of other fields, a bill and a certificate of 2031 in files of 2021."""
    made.births.add(1983)
    when = {"EXE_SOI_DTD": "01/03/2031", "EXE_SOI_DTF": "09/03/2031", **CODES}
    for field, finess, names in (("SSR", REHAB, ("ETA_NUM", "RHA_NUM")),
                                 ("HAD", HOME, ("ETA_NUM_EPMSI", "RHAD_NUM")),
                                 ("RIP", MIND, ("ETA_NUM_EPMSI", "RIP_NUM"))):  # fmt: skip
        made.add(f"T_{field}21C", {names[0]: finess, names[1]: "83", "NIR_ANO_17": psa(1983),
                 **when})  # fmt: skip
    made.add("T_SSR21B", {"ETA_NUM": REHAB, "RHA_NUM": "83", "RHS_NUM": "1", "MOI_ANN": "032031",
             "RHS_ANT_SEJ_ENT": "0", "MOR_PRP": "S7200", "HOS_TYP_UM": "1"})  # fmt: skip
    made.add("T_HAD21B", {"ETA_NUM_EPMSI": HOME, "RHAD_NUM": "83", "SEQ_NUM": "1", "SSEQ_NUM": "1",
             "DGN_PAL": "C189", "SSEQ_NBJ": "8"})  # fmt: skip
    made.add("T_RIP21RSA", {"ETA_NUM_EPMSI": MIND, "RIP_NUM": "83", "SEQ_SEQ_NUM": "1",
             "FOR_ACT": "01", "DGN_PAL": "F200"})  # fmt: skip
    made.add("KI_CCI_R", {"DCD_IDT_ENC": "C83", "DCD_IDT_TOP": "1", "BEN_IDT_ANO": "P1983",
             "BEN_DCD_DTE": "05/03/2031", "DCD_CIM_COD": "C349"})  # fmt: skip


def absurd(made: Delivery, line: Line) -> None:
    """1982 (N): numbers that no column holds, in every kind of count; the rows stay."""
    many = "98765432109876"
    key = made.stay(2021, "82", 1982, ("01/03/2021", "11/03/2021"), SEJ_NBJ=many, POI_NAI=many,
                    AGE_GES=many, AGE_ANN=many, NBR_RUM=many)  # fmt: skip
    made.add("T_MCO21UM", {**key, "RUM_ORD_NUM": "1", "PAR_DUR_SEJ": many, "DGN_PAL": "J960",
             "AUT_TYP1_UM": "01A", "IGS2_COD": many})  # fmt: skip
    made.add("T_MCO21A", {**key, "CDC_ACT": "DEQP003", "ACV_ACT": "1", "PHA_ACT": "0",
             "ENT_DAT_DEL": many, "NBR_EXE_ACT": many})  # fmt: skip
    made.add("T_MCO21MED", {**key, "UCD_UCD_COD": TAXOL, "ADM_NBR": many, "DELAI": many})
    line(made, 1982, "05/03/2021", PRS_ACT_QTE=many, PRS_ACT_NBR=many)
    line(made, 1982, "06/03/2021", "6111", EXE_SOI_DTF="10/03/2021", PRS_ACT_QTE=many,
         PRS_ACT_NBR=many)  # fmt: skip
    drug = line(made, 1982, "07/03/2021", "3313")
    made.add("ER_PHA_F", {**drug, "PHA_PRS_C13": "3400930000001", "PHA_ACT_QSN": many,
             "PHA_DEC_QSU": many, "PHA_ACT_PRU": many})  # fmt: skip


def spells(made: Delivery, line: Line) -> None:
    """1984 to 1986 (Y): paternity, a weekend between two payments, night work."""

    def paid(birth: int, first: str, last: str, act: str, days: str, **more: Any) -> None:
        line(made, birth, first, act, EXE_SOI_DTF=last, PRS_ACT_QTE=days, PRS_ACT_NBR=days,
             BSE_REM_MNT="100.00", PFS_EXE_NUM="", **more)  # fmt: skip

    # a father's leave in two pieces that touch; sickness from the day after is another risk
    paid(1984, "01/03/2021", "04/03/2021", "6212", "4", RGO_ASU_NAT="30")
    paid(1984, "05/03/2021", "25/03/2021", "6212", "21", RGO_ASU_NAT="30")
    paid(1984, "26/03/2021", "31/03/2021", "6111", "6", RGO_ASU_NAT="10")
    # a weekend without pay parts two stops
    paid(1985, "01/03/2021", "05/03/2021", "6111", "5", RGO_ASU_NAT="10")
    paid(1985, "08/03/2021", "12/03/2021", "6111", "5", RGO_ASU_NAT="10")
    # the lines of one stop come in the order of their payment, not of their days
    paid(1986, "15/03/2021", "31/03/2021", "6112", "17", RGO_ASU_NAT="10")
    paid(1986, "01/03/2021", "14/03/2021", "6111", "14", RGO_ASU_NAT="10")


def add_all(made: Delivery, line: Line) -> None:
    """Every situation of this module."""
    words(made, line)
    shared(made, line)
    parts(made)
    years(made)
    absurd(made, line)
    spells(made, line)
