"""Deaths, rights, doses, numbers and days off work of forty persons, a delivery by hand.

Each person is known by the year of birth. What must come of them is in test_hand_made_evidence,
and was written before any build was run. The window of observation is given: 2018 to 2021.
"""

from __future__ import annotations

from itertools import count

from tests.golden import further_cases
from tests.golden.dcir_delivery import KEYS
from tests.golden.hospital_delivery import (
    CLINIC,
    CODES,
    HOME,
    MIND,
    PUBLIC,
    REHAB,
    TAXOL,
    Delivery,
    Row,
    beneficiary,
    psa,
)

NUMBERS = count(1)
BACK = {"PRS_ACT_QTE": "-1", "BSE_REM_MNT": "-10.00"}
GOOD = dict.fromkeys(["NIR_RET", "NAI_RET", "SEX_RET", "IAS_RET", "ENT_DAT_RET"], "0")


def line(made: Delivery, birth: int, day: str, act: str = "1111", **more: str) -> Row:
    """A line of ER_PRS_F, ten euros, paid in the month of care; its nine keys."""
    made.births.add(birth)
    flux = f"01/{day[3:]}"
    keys = dict(zip(KEYS, [str(next(NUMBERS)), flux, "1", "1", "1", flux, "01C751000", "1", "1"],
                    strict=True))  # fmt: skip
    made.add(f"ER_PRS_F_{day[-4:]}", {
        **keys, "BEN_NIR_PSA": psa(birth), "BEN_RNG_GEM": "1", "EXE_SOI_DTD": day,
        "PRS_NAT_REF": act, "PRS_ACT_QTE": "1", "PFS_EXE_NUM": "75100001",
        "ORG_AFF_BEN": "01C751000", "BSE_REM_MNT": "10.00", **more,
    })  # fmt: skip
    return keys


def contract(made: Delivery, birth: int, kind: str, first: str, last: str, state: str = "") -> None:
    made.births.add(birth)
    made.add("IR_ORC_R", {"BEN_NIR_PSA": psa(birth), "BEN_RNG_GEM": "1", "BEN_CTA_TYP": kind,
             "MLL_CTA_DSD": first, "MLL_CTA_DSF": last, "REF_C2S_COD": state})  # fmt: skip


def rights(made: Delivery) -> None:
    """Persons born until 1919: complementary cover (H), and what reversed lines state (I)."""
    contract(made, 1901, "89", "01/01/2019", "31/12/2020", "F")  # through November 2019: one right
    contract(made, 1902, "92", "01/03/2018", "31/08/2018")
    contract(made, 1902, "93", "01/09/2018", "28/02/2019")
    contract(made, 1903, "88", "01/01/2018", "31/12/2019")
    contract(made, 1903, "1", "01/01/2020", "31/12/2020")
    contract(made, 1904, "89", "01/01/2020", "31/05/2020", "C")  # closed on a known day
    contract(made, 1904, "89", "01/01/2021", "", "C")  # closed on a day that is not known
    contract(made, 1905, "89", "01/07/2020", "31/12/2999", "P")
    contract(made, 1906, "89", "01/01/2020", "30/06/2020", "P")
    contract(made, 1906, "89", "01/07/2020", "30/06/2021", "F")  # touches: one right
    contract(made, 1907, "89", "01/02/2015", "31/01/2016")  # before the time observed
    line(made, 1908, "05/03/2018", BEN_CMU_TOP="1")
    line(made, 1909, "06/03/2018", BEN_ACS_TOP="1")
    line(made, 1909, "06/03/2020", BEN_ACS_TOP="1")  # the ACS ended in October 2019
    line(made, 1910, "10/03/2021", BEN_C2S_TYP="P89")
    line(made, 1910, "10/03/2021", BEN_C2S_TYP="P89", **BACK)
    contract(made, 1911, "89", "01/03/2021", "31/12/2021", "F")
    line(made, 1911, "15/03/2021", BEN_C2S_TYP="G89")
    line(made, 1911, "15/04/2021", BEN_CMU_TOP="1")
    # a death that only a reversed line states; one that a second, valid line states as well
    line(made, 1912, "05/03/2019", BEN_DCD_DTE="06/03/2019")
    line(made, 1912, "05/03/2019", BEN_DCD_DTE="06/03/2019", **BACK)
    line(made, 1912, "05/06/2019")
    line(made, 1913, "05/03/2019", BEN_DCD_DTE="06/03/2019")
    line(made, 1913, "05/03/2019", "1112", BEN_DCD_DTE="06/03/2019")
    line(made, 1913, "05/03/2019", "1112", BEN_DCD_DTE="06/03/2019", **BACK)
    # a residence of a reversed line
    line(made, 1914, "05/03/2019", BEN_RES_DPT="013", BEN_RES_COM="055")
    line(made, 1914, "05/03/2019", BEN_RES_DPT="013", BEN_RES_COM="055", **BACK)
    line(made, 1914, "08/03/2019", BEN_RES_DPT="069", BEN_RES_COM="123")
    # a bill of the clinic that DCIR took back whole: the hospital's own bill counts; one that stays
    for birth, is_back in ((1915, True), (1916, False)):
        key = made.stay(2019, str(birth), birth, ("04/03/2019", "08/03/2019"), finess=CLINIC,
                        SEJ_NBJ="4")  # fmt: skip
        made.add("T_MCO19FB", {**key, "ACT_COD": "GHS", "AMO_MNR": "900.00", "FAC_MNT": "900.00"})
        for more in ({}, BACK) if is_back else ({},):
            amount = "-800.00" if more else "800.00"
            bill = line(made, birth, "04/03/2019", "2111", **{**more, "BSE_REM_MNT": amount})
            made.add("ER_ETE_F", {**bill, "ETB_EXE_FIN": CLINIC[:8], "ETE_IND_TAA": "2",
                     "ETE_MCO_DDP": "C"})  # fmt: skip


def deaths(made: Delivery) -> None:
    """1920 to 1929 (J): care after a death that one source knows, thirty days and one more."""
    for birth in (1920, 1921, 1922):
        line(made, birth, "04/04/2019")  # the thirtieth day
        line(made, birth, "05/04/2019")
    made.add("KI_CCI_R", {"DCD_IDT_ENC": "C20", "DCD_IDT_TOP": "1", "BEN_IDT_ANO": "P1920",
             "BEN_DCD_DTE": "05/03/2019", "DCD_CIM_COD": "C349"})  # fmt: skip
    # every other kind of care in June
    when = {"EXE_SOI_DTD": "03/06/2019", "EXE_SOI_DTF": "10/06/2019", **CODES}
    made.stay(2019, "1920", 1920, ("03/06/2019", "10/06/2019"), SEJ_NBJ="7")
    for field, finess, names in (("SSR", REHAB, ("ETA_NUM", "RHA_NUM")),
                                 ("HAD", HOME, ("ETA_NUM_EPMSI", "RHAD_NUM")),
                                 ("RIP", MIND, ("ETA_NUM_EPMSI", "RIP_NUM"))):  # fmt: skip
        made.add(
            f"T_{field}19C", {names[0]: finess, names[1]: "20", "NIR_ANO_17": psa(1920), **when}
        )
    made.add("T_SSR19B", {"ETA_NUM": REHAB, "RHA_NUM": "20", "RHS_NUM": "1", "MOI_ANN": "062019",
             "RHS_ANT_SEJ_ENT": "0", "MOR_PRP": "S7200", "HOS_TYP_UM": "1"})  # fmt: skip
    made.add("T_HAD19B", {"ETA_NUM_EPMSI": HOME, "RHAD_NUM": "20", "SEQ_NUM": "1", "SSEQ_NUM": "1",
             "DGN_PAL": "C189", "SSEQ_NBJ": "7"})  # fmt: skip
    made.add("T_RIP19RSA", {"ETA_NUM_EPMSI": MIND, "RIP_NUM": "20", "SEQ_SEQ_NUM": "1",
             "FOR_ACT": "01", "DGN_PAL": "F200"})  # fmt: skip
    bill(made, 1920, "20", "03/06/2019")
    made.add("T_MCO19FMSTC", {"ETA_NUM": PUBLIC, "SEQ_NUM": "20", "CCAM_COD": "DZQM006"})
    made.add("IR_IMB_R", {"BEN_NIR_PSA": psa(1920), "BEN_RNG_GEM": "1", "IMB_ETM_NAT": "41",
             "IMB_ALD_DTD": "01/06/2019", "MED_MTF_COD": "E119",
             "MED_NCL_IDT": "CIM10"})  # fmt: skip
    drug = line(made, 1920, "03/06/2019", "3313")
    made.add("ER_PHA_F", {**drug, "PHA_PRS_C13": "3400930000001", "PHA_ACT_QSN": "1"})
    # a hospital alone knows the death; care on the thirtieth day does not contradict it, a day
    # later does: 1922 left on 5 March, was cared for on 5 April, and lives
    for birth, exit_day in ((1921, "06/03/2019"), (1922, "05/03/2019")):
        made.stay(2019, f"{birth}", birth, ("01/03/2019", exit_day), SOR_MOD="9", SEJ_NBJ="4")
    # the bill of a clinic alone
    made.births.add(1923)
    bill_line = line(made, 1923, "01/03/2019", "2111", EXE_SOI_DTF="05/03/2019")
    made.add("ER_ETE_F", {**bill_line, "ETB_EXE_FIN": CLINIC[:8], "ETE_IND_TAA": "2",
             "ETE_MCO_DDP": "C", "ETE_NAT_FSJ": "D"})  # fmt: skip
    line(made, 1923, "20/03/2019")


def bill(made: Delivery, birth: int, number: str, day: str, *fees: str) -> None:
    made.births.add(birth)
    aa = day[-2:]
    made.add(f"T_MCO{aa}CSTC", {"ETA_NUM": PUBLIC, "SEQ_NUM": number, **GOOD,
             "NIR_ANO_17": psa(birth), "EXE_SOI_DTD": day, "EXE_SOI_DTF": day})  # fmt: skip
    for fee in fees:
        made.add(f"T_MCO{aa}FCSTC", {"ETA_NUM": PUBLIC, "SEQ_NUM": number, "ACT_COD": fee,
                 "HON_MNT": "25.00", "AMO_MNR": "17.50", "EXE_SOI_DTD": day})  # fmt: skip


def dates(made: Delivery) -> None:
    """1930 to 1934 (K, O, P): days inside the unit, days that no delivery can know of."""
    days = {"EXE_SOI_DTD": "01/03/2021", "EXE_SOI_DTF": "31/03/2021", **CODES}
    made.births.update({1930, 1931})
    home = {"ETA_NUM_EPMSI": HOME, "RHAD_NUM": "30"}
    made.add("T_HAD21C", {**home, "NIR_ANO_17": psa(1930), **days})
    made.add("T_HAD21B",
        {**home, "SEQ_NUM": "1", "SSEQ_NUM": "1", "DGN_PAL": "C189", "SSEQ_NBJ": "10"},
        {**home, "SEQ_NUM": "1", "SSEQ_NUM": "2", "DGN_PAL": "E119", "SSEQ_NBJ": "21",
         "SSEQ_SEQ_NBJ": "10"},
    )  # fmt: skip
    made.add("T_HAD21D", {**home, "SEQ_NUM": "1", "SSEQ_NUM": "2", "DGN_ASS": "I10"})
    mind = {"ETA_NUM_EPMSI": MIND, "RIP_NUM": "31"}
    made.add("T_RIP21C", {**mind, "NIR_ANO_17": psa(1931), **days})
    for part, delay, length, code in (("1", "0", "14", "F200"), ("2", "14", "17", "F329")):
        made.add("T_RIP21RSA", {**mind, "SEQ_SEQ_NUM": part, "FOR_ACT": "01", "DGN_PAL": code,
                 "ENT_DEL_DAT": delay, "SEQ_COU_NBJ": length})  # fmt: skip
    made.add("T_RIP21RSAD", {**mind, "SEQ_SEQ_NUM": "2", "ASS_DGN": "I10"})
    # 1932: the day of a stay, of a right, of a dose and of a test is years after the delivery
    made.stay(2021, "32", 1932, ("01/03/2031", "03/03/2031"), SEJ_NBJ="2", SOR_ANN="2021",
              SOR_MOI="03")  # fmt: skip
    long_term(made, 1932, "E119", "01/01/2031", "31/12/2035")
    made.add("IR_VAC_F", {"BEN_NIR_PSA": psa(1932), "EXE_SOI_DTD": "01/03/2031",
             "INJ_VAC_NOM": "COVID-19 PFIZER-BIONTECH"})  # fmt: skip
    made.add("DE_DEP_F", {"BEN_NIR_ANO": "A1932", "EXE_SOI_DTD": "01/03/2031", "TES_TYP_COD": "0",
             "TES_RES_COD": "N"})  # fmt: skip
    line(made, 1932, "05/03/2021")
    # 1934: the last day of a stay, and the person's death, are years after the delivery
    made.stay(2021, "34", 1934, ("01/03/2021", "05/03/2031"), SEJ_NBJ="4")
    # 1933: ended rights and an open one; a right that was granted again; all without an end
    long_term(made, 1933, "E119", "01/03/2013", "28/02/2018")
    long_term(made, 1933, "E119", "01/03/2018", "28/02/2023")
    long_term(made, 1933, "I10", "01/05/2019", "31/12/2099")


def long_term(made: Delivery, birth: int, code: str, first: str, last: str) -> None:
    made.births.add(birth)
    made.add("IR_IMB_R", {"BEN_NIR_PSA": psa(birth), "BEN_RNG_GEM": "1", "IMB_ETM_NAT": "41",
             "IMB_ALD_DTD": first, "IMB_ALD_DTF": last, "MED_MTF_COD": code,
             "MED_NCL_IDT": "CIM10", "INS_DTE": first})  # fmt: skip


def doses(made: Delivery) -> None:
    """1940 to 1945 (M)."""
    # a dose whose pack a later refresh knows; another vaccine the same day
    made.births.update({1940, 1941})
    dose = {"BEN_NIR_PSA": psa(1940), "EXE_SOI_DTD": "20/04/2021"}
    made.add("IR_VAC_F",
        {**dose, "INJ_VAC_NOM": "COVID-19 PFIZER-BIONTECH", "BEN_STA_VAC": "CO"},
        {**dose, "INJ_VAC_NOM": "COVID-19 PFIZER-BIONTECH", "PHA_PRS_C13": "3400930236550",
         "BEN_STA_VAC": "TE"},
        {**dose, "INJ_VAC_NOM": "COVID-19 MODERNA", "BEN_STA_VAC": "TE"},
        {**dose, "EXE_SOI_DTD": "21/04/2021", "INJ_VAC_NOM": "COVID-19 PFIZER-BIONTECH"},
    )  # fmt: skip
    # one test delivered twice, one of another result, one of another day
    test = {"BEN_NIR_ANO": "A1941", "EXE_SOI_DTD": "10/03/2021", "TES_TYP_COD": "0"}
    made.add("DE_DEP_F", {**test, "TES_RES_COD": "N"}, {**test, "TES_RES_COD": "N"},
             {**test, "TES_RES_COD": "P"}, {**test, "EXE_SOI_DTD": "11/03/2021",
             "TES_RES_COD": "P"})  # fmt: skip
    # 1942: at a distance; with a consultation the same day; between doctors; in the emergency room
    bill(made, 1942, "41", "01/03/2021", "TCG")
    bill(made, 1942, "42", "02/03/2021", "TC", "CS")
    bill(made, 1942, "43", "03/03/2021", "TC", "ATU")
    bill(made, 1942, "44", "04/03/2021", "TE1")
    bill(made, 1942, "45", "05/03/2021", "TE2", "CS")
    bill(made, 1942, "46", "06/03/2021", "TC", "TE2")
    # 1943: a drug without a delay, and one on each bound of the stay
    key = made.stay(2021, "43", 1943, ("03/05/2021", "07/05/2021"), SEJ_NBJ="4")
    for delay in ("", "0", "4", "5", "-1"):
        made.add("T_MCO21MED", {**key, "UCD_UCD_COD": TAXOL, "ADM_NBR": "2", "DELAI": delay})


def numbers(made: Delivery) -> None:
    """1950 to 1959 (V): numbers of the summaries."""
    # SAPS II on the stay until 2009; days since the last menses
    made.stay(2009, "50", 1950, ("01/03/2009", "05/03/2009"), SEJ_NBJ="4", COD_IGS="34")
    made.stay(2021, "51", 1951, ("01/03/2021", "05/03/2021"), SEJ_NBJ="4", DEL_REG_ENT="70")
    days = {"EXE_SOI_DTD": "01/03/2021", "EXE_SOI_DTF": "21/03/2021", **CODES}
    # three weeks of rehabilitation: the second as the first, the third better
    key = {"ETA_NUM": REHAB, "RHA_NUM": "52"}
    made.births.update({1952, 1953, 1954})
    made.add("T_SSR21C", {**key, "NIR_ANO_17": psa(1952), **days})
    for week, age, score in (("1", "0", "4"), ("2", "7", "4"), ("3", "14", "2")):
        made.add("T_SSR21B", {**key, "RHS_NUM": week, "MOI_ANN": "032021", "RHS_ANT_SEJ_ENT": age,
                 "MOR_PRP": "S7200", "HOS_TYP_UM": "1", "HAB_DEP": score,
                 "REL_DEP": "9"})  # fmt: skip
    home = {"ETA_NUM_EPMSI": HOME, "RHAD_NUM": "53"}
    made.add("T_HAD21C", {**home, "NIR_ANO_17": psa(1953), **days})
    made.add("T_HAD21B", {**home, "SEQ_NUM": "1", "SSEQ_NUM": "1", "DGN_PAL": "C189",
             "SSEQ_NBJ": "21", "AVQ_HAB": "3", "DEP_COT": "40"})  # fmt: skip
    mind = {"ETA_NUM_EPMSI": MIND, "RIP_NUM": "54"}
    made.add("T_RIP21C", {**mind, "NIR_ANO_17": psa(1954), **days})
    made.add("T_RIP21RSA", {**mind, "SEQ_SEQ_NUM": "1", "FOR_ACT": "01", "DGN_PAL": "F200",
             "SCO_DEP_HAB": "2", "SCO_DEP_COM": "1"})  # fmt: skip
    # two units of critical care with a score each, and one of 0 points, which is a score
    key = made.stay(2021, "55", 1955, ("01/03/2021", "11/03/2021"), SEJ_NBJ="10")
    for number, length, score in (("1", "4", "60"), ("2", "4", "60"), ("3", "2", "0")):
        made.add("T_MCO21UM", {**key, "RUM_ORD_NUM": number, "PAR_DUR_SEJ": length,
                 "AUT_TYP1_UM": "01A", "DGN_PAL": "J960", "IGS2_COD": score})  # fmt: skip


def procedures(made: Delivery) -> None:
    """1970 to 1973: an act that a diagnosis names too is one procedure."""
    for birth, acts in ((1970, ("JVJF004",)), (1971, ()), (1972, ("JVJF004", "JVJF004"))):
        key = made.stay(2021, f"{birth}", birth, ("01/03/2021", "03/03/2021"), SEJ_NBJ="2",
                        DGN_PAL="Z491")  # fmt: skip
        made.add("T_MCO21D", {**key, "ASS_DGN": "N180"})
        for day, act in enumerate(acts):
            made.add("T_MCO21A", {**key, "CDC_ACT": act, "ACV_ACT": "1", "PHA_ACT": "0",
                     "ENT_DAT_DEL": str(day)})  # fmt: skip
    # the diagnosis stands as an associated one, in rehabilitation
    key = {"ETA_NUM": REHAB, "RHA_NUM": "73"}
    made.births.add(1973)
    made.add("T_SSR21C", {**key, "NIR_ANO_17": psa(1973), **CODES, "EXE_SOI_DTD": "01/03/2021",
             "EXE_SOI_DTF": "07/03/2021"})  # fmt: skip
    made.add("T_SSR21B", {**key, "RHS_NUM": "1", "MOI_ANN": "032021", "RHS_ANT_SEJ_ENT": "0",
             "MOR_PRP": "S7200", "HOS_TYP_UM": "1"})  # fmt: skip
    made.add("T_SSR21D", {**key, "RHS_NUM": "1", "DGN_COD": "Z508"})
    made.add("T_SSR21CSARR", {**key, "RHS_NUM": "1", "CSARR_COD": "NKR+177", "DEL_DAT_ENT": "2"})


def off_work(made: Delivery) -> None:
    """1960 to 1969 (Y): days off work."""

    def paid(
        birth: int, first: str, last: str, act: str = "6111", stated: str = "",
        fed: str = "", risk: str = "", amount: str = "100.00",
    ) -> None:  # fmt: skip
        line(made, birth, first, act, EXE_SOI_DTF=last, PRS_ACT_QTE=stated, PRS_ACT_NBR=fed,
             RGO_ASU_NAT=risk, BSE_REM_MNT=amount, PFS_EXE_NUM="")  # fmt: skip

    # sickness then maternity: two; the risk by its code, then by the nature
    paid(1960, "01/03/2021", "14/03/2021", stated="14", fed="14", risk="10")
    paid(1960, "15/03/2021", "30/04/2021", "6121", stated="47", fed="47", risk="30")
    paid(1960, "01/05/2021", "10/05/2021", "6122", stated="10", fed="10")
    # the same nature as a work accident, from the day after
    paid(1961, "01/03/2021", "14/03/2021", stated="14", fed="14", risk="10")
    paid(1961, "15/03/2021", "20/03/2021", stated="6", fed="6", risk="40")
    # four of fourteen days are taken back; and the days of a whole payment
    paid(1962, "01/03/2021", "14/03/2021", stated="14", fed="14", risk="10")
    paid(1962, "11/03/2021", "14/03/2021", stated="-4", fed="-4", risk="10", amount="-30.00")
    paid(1963, "01/03/2021", "14/03/2021", stated="14", fed="14", risk="10")
    paid(1963, "15/03/2021", "20/03/2021", stated="6", fed="6", risk="10")
    paid(1963, "15/03/2021", "20/03/2021", stated="-6", fed="-6", risk="10", amount="-100.00")
    # payments that overlap; one day between two is a gap
    paid(1964, "01/03/2021", "14/03/2021", fed="14", risk="10")
    paid(1964, "10/03/2021", "20/03/2021", fed="6", risk="10")
    paid(1964, "22/03/2021", "23/03/2021", fed="2", risk="10")
    # a flat sum has no days; neither dates nor days: one
    paid(1965, "01/03/2021", "01/01/0001", "6126", amount="1600.00")
    paid(1966, "01/03/2021", "01/01/0001", stated="5", risk="10")
    # the days paid sum to 0 though money is left: those stated count
    paid(1967, "01/03/2021", "10/03/2021", stated="10", fed="10", risk="10")
    paid(1967, "01/03/2021", "10/03/2021", stated="0", fed="-10", risk="10", amount="-20.00")
    # half time in the middle of full time: three
    paid(1968, "01/03/2021", "10/03/2021", fed="10", risk="10")
    paid(1968, "11/03/2021", "20/03/2021", "6117", fed="10", risk="10")
    paid(1968, "21/03/2021", "31/03/2021", fed="11", risk="10")


def delivery() -> Delivery:
    made = Delivery()
    for part in (rights, deaths, dates, doses, numbers, procedures, off_work):
        part(made)
    further_cases.add_all(made, line)
    for birth in sorted(made.births):
        more = {"BEN_NIR_ANO": f"A{birth}"} if birth in (1932, 1941) else {}
        more |= further_cases.PERSONS.get(birth, {})
        if birth == 1934:
            more["BEN_DCD_DTE"] = "01/03/2031"
        made.add("IR_BEN_R", {**beneficiary(birth), **more, "ORG_AFF_BEN": "01C751000"})
    return made
