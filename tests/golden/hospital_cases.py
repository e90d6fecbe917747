"""More hard cases of hospitals, a small delivery written by hand: a person a case, by birth.

What must come of it is in test_hand_made_hospital, and was written before any build was run.
"""

from __future__ import annotations

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

GOOD = dict.fromkeys(["NIR_RET", "NAI_RET", "SEX_RET", "IAS_RET", "ENT_DAT_RET"], "0")
FAULTS = {
    "NIR_RET": "1", "NAI_RET": "2", "SEX_RET": "3", "SEJ_RET": "4", "FHO_RET": "1", "PMS_RET": "1",
    "DAT_RET": "1", "COH_NAI_RET": "9", "COH_SEX_RET": "1",
}  # fmt: skip


def acute(made: Delivery) -> None:
    """Persons born until 1939."""
    # 1920: each return code alone; the one of the hospital's own number is not asked
    for day, (code, value) in enumerate([*FAULTS.items(), ("ETA_NUM_RET", "1")], start=1):
        made.stay(2019, str(100 + day), 1920, (f"{day:02d}/02/2019",) * 2, SEJ_NBJ="0",
                  linkage={code: value})  # fmt: skip
    # 1921: keys that are no hash, an empty one, and one that no person has
    for number, key in enumerate(["x" * 17, "X" * 16 + "D", "B" + "X" * 16, "", "Q" * 17]):
        made.stay(2019, str(120 + number), 1921, ("01/03/2019",) * 2, linkage={"NIR_ANO_17": key})
    # 1922: a linkage row without its stay, a stay without its linkage row, an act of neither
    made.births.add(1922)
    lone = {"ETA_NUM": PUBLIC, "RSA_NUM": "131"}
    made.add("T_MCO19C", {**lone, "RSA_NUM": "130", "NIR_ANO_17": psa(1922), **CODES,
             "EXE_SOI_DTD": "01/04/2019", "EXE_SOI_DTF": "02/04/2019"})  # fmt: skip
    made.add("T_MCO19B", {**lone, "GRG_GHM": "05M092", "DGN_PAL": "I500"})
    made.add("T_MCO19A", {**lone, "RSA_NUM": "132", "CDC_ACT": "DZQM006"})
    # 1923: one diagnosis in every place, another twice, an empty one; two units
    key = made.stay(2019, "140", 1923, ("01/05/2019", "06/05/2019"), DGN_REL="I500", SEJ_NBJ="5")
    made.add("T_MCO19D", *[{**key, "ASS_DGN": code} for code in ("E119", "E119", "I500", "")])
    made.add("T_MCO19UM",
        {**key, "UM_ORD_NUM": "2", "DGN_PAL": "J180", "DGN_REL": "I10", "PAR_DUR_SEJ": "3"},
        {**key, "UM_ORD_NUM": "1", "DGN_PAL": "I500", "PAR_DUR_SEJ": "2", "AUT_TYP1_UM": "01A",
         "ETA_NUM_GEO": "750100042"},
    )  # fmt: skip
    # 1924: a code in each of its writings, and an unknown one
    for day, code in enumerate(["E11.9", "e119", "E119 ", "E1190+0", "ZZZZ"], start=1):
        made.stay(2019, str(150 + day), 1924, (f"0{day}/06/2019",) * 2, DGN_PAL=code, SEJ_NBJ="0")
    # 1925: numbers come back in other years and hospitals, with and without their zeros
    for year, finess, code in ((2018, PUBLIC, "I500"), (2019, PUBLIC, "J180"),
                               (2019, CLINIC, "E119")):  # fmt: skip
        key = made.stay(year, "0000000220", 1925, (f"01/12/{year}", f"03/12/{year}"),
                        finess=finess, DGN_PAL=code, SEJ_NBJ="2")  # fmt: skip
        made.add(f"T_MCO{year - 2000}D", {**key, "RSA_NUM": "220", "ASS_DGN": "I10"})
    # 1926: months of entry and of exit; a delay counts from no day
    key = made.stay(2019, "232", 1926, ("", ""), SOR_ANN="2019", SOR_MOI="04", SEJ_NBJ="20",
                    linkage={"ENT_ANN": "2019", "ENT_MOI": "03"})  # fmt: skip
    made.add("T_MCO19A", {**key, "CDC_ACT": "DZQM006", "ENT_DAT_DEL": "12"})
    made.add("T_MCO19MED", {**key, "UCD_UCD_COD": TAXOL, "ADM_NBR": "2", "DELAI": "12"})
    # 1927: the months of a project that may not know the day
    made.stay(2019, "233", 1927, ("", ""), SEJ_NBJ="0",
              linkage={"EXE_SOI_AMD": "201903", "EXE_SOI_AMF": "201903"})  # fmt: skip
    # 1928: no last day; 1929: a stay that ends before it begins, and days written in one word
    made.stay(2019, "234", 1928, ("25/02/2019", ""), SEJ_NBJ="6")
    made.stay(2019, "235", 1929, ("10/03/2019", "05/03/2019"), SEJ_NBJ="5")
    made.stay(2019, "236", 1929, ("", ""), SEJ_NBJ="2",
              linkage={"ENT_DAT": "10042019", "SOR_DAT": "12042019"})  # fmt: skip
    # 1930: death in a month; 1931: in a stay; 1932: the register has another day; 1933: a mistake
    made.stay(2008, "1", 1930, ("", ""), SOR_MOD="9", SOR_ANN="2008", SOR_MOI="05", SEJ_NBJ="4")
    for birth in (1931, 1932, 1933):
        made.stay(2019, f"{birth}", birth, ("01/03/2019", "05/03/2019"), SOR_MOD="9", SEJ_NBJ="4")
    made.stay(2019, "204", 1933, ("01/11/2019", "05/11/2019"), SEJ_NBJ="4")
    # 1934: over New Year, units in the order of their number
    key = made.stay(2020, "210", 1934, ("28/12/2019", "04/01/2020"), SEJ_NBJ="7")
    made.add("T_MCO20UM", {**key, "RUM_ORD_NUM": "2", "PAR_DUR_SEJ": "4", "AUT_TYP1_UM": "18"},
             {**key, "RUM_ORD_NUM": "1", "PAR_DUR_SEJ": "3", "AUT_TYP1_UM": "03A"})  # fmt: skip
    made.add("T_MCO20A", {**key, "CDC_ACT": "DZQM006", "ENT_DAT_DEL": "5"})
    # 1935: came through the emergency room in its three writings, from resuscitation, and not
    for day, entry in enumerate((("8", "5"), ("8", "U"), ("7", "R"), ("8", "7")), start=1):
        made.stay(2023, str(day), 1935, (f"0{day}/04/2023", f"0{day + 1}/04/2023"), SEJ_NBJ="1",
                  ENT_MOD=entry[0], ENT_PRV=entry[1])  # fmt: skip
    made.stay(2023, "9", 1935, ("09/04/2023",) * 2, SEJ_NBJ="0", STC_URG="1")
    # 1936: a drug and an implant in odd writings, doses of nothing
    key = made.stay(2012, "241", 1936, ("01/03/2012", "08/03/2012"), SEJ_NBJ="7")
    dose = {**key, "UCD_COD": "  9189944", "NBR_SEJ": "3", "DELAI": "1"}
    made.add("T_MCO12MED", {**dose, "ADM_NBR": "6"}, {**dose, "ADM_NBR": "0"},
             {**dose, "ADM_NBR": "1", "UCD_COD": ""})  # fmt: skip
    made.add("T_MCO12DMIP", {**key, "LPP_COD": " 3105872", "NBR_POS": "2", "DELAI": "1"},
             {**key, "TIP_PRS_IDE": "3115824", "NBR_POS": "1"},
             {**key, "LPP_COD": " 3105872", "NBR_POS": "0"})  # fmt: skip
    # 1937: a file that repeats a stay; only what differs is more
    for _ in range(2):
        key = made.stay(2019, "310", 1937, ("01/04/2019", "02/04/2019"), SEJ_NBJ="1")
    made.add("T_MCO19D", {**key, "ASS_DGN": "E119"})
    # 1938: a hospital that lost its zero
    made.births.add(1938)
    made.add("T_MCO19C", {"ETA_NUM": "10000123", "RSA_NUM": "320", "NIR_ANO_17": psa(1938),
             "EXE_SOI_DTD": "01/04/2019", "EXE_SOI_DTF": "02/04/2019", **CODES})  # fmt: skip
    made.add("T_MCO19B", {"ETA_NUM": "010000123", "RSA_NUM": "0000000320", "GRG_GHM": "05M092",
             "DGN_PAL": "I500", "SEJ_NBJ": "1"})  # fmt: skip
    # 1939: emergencies without a stay, before and since the fee by age; bills that are refused
    made.births.add(1939)
    for year, number, fee in ((2021, "1", "ATU"), (2022, "2", "FU3"), (2022, "3", "FPU"),
                              (2022, "4", "SE1")):  # fmt: skip
        bill(made, year, number, 1939, f"0{number}/06/{year}")
        made.add(f"T_MCO{year - 2000}FBSTC", {"ETA_NUM": PUBLIC, "SEQ_NUM": number,
                 "ACT_COD": fee, "AMO_MNR": "20.00"})  # fmt: skip
    bill(made, 2021, "5", 1939, "05/06/2021", IAS_RET="1")
    bill(made, 2021, "6", 1939, "06/06/2021", ENT_DAT_RET="1")
    made.add("T_MCO19E", {"ETA_NUM": PUBLIC, "ETB_EXE_FIN": "75071218", "SOC_RAI": "HOPITAL"})


def bill(made: Delivery, year: int, number: str, birth: int, day: str, **codes: str) -> None:
    made.add(f"T_MCO{year - 2000}CSTC", {"ETA_NUM": PUBLIC, "SEQ_NUM": number, **GOOD, **codes,
             "NIR_ANO_17": psa(birth), "EXE_SOI_DTD": day, "EXE_SOI_DTF": day})  # fmt: skip


def others(made: Delivery) -> None:
    """Persons born since 1950: rehabilitation, home hospital, psychiatry, certificates."""
    # 1950: a week grouped in error and an automatic one: each by its own rule
    week: Row = {"ETA_NUM": REHAB, "RHA_NUM": "14", "MOR_PRP": "S7200", "HOS_TYP_UM": "1"}
    stay(made, "SSR", 2019, "14", 1950, ("01/04/2019", "14/04/2019"))
    made.add("T_SSR19B",
        {**week, "RHS_NUM": "1", "MOI_ANN": "042019", "RHS_ANT_SEJ_ENT": "0", "GRG_GME": "9000"},
        {**week, "RHS_NUM": "2", "MOI_ANN": "042019", "RHS_ANT_SEJ_ENT": "7", "TYP_GEN_RHA": "1"},
    )  # fmt: skip
    # 1951: full days, then half days
    stay(made, "SSR", 2019, "15", 1951, ("06/05/2019", "19/05/2019"))
    week |= {"RHA_NUM": "15", "MOI_ANN": "052019"}
    made.add("T_SSR19B", {**week, "RHS_NUM": "1", "RHS_ANT_SEJ_ENT": "0", "TYP_GEN_RHA": "4"},
             {**week, "RHS_NUM": "2", "RHS_ANT_SEJ_ENT": "7", "HOS_TYP_UM": "2"})  # fmt: skip
    # 1952: home hospital of 2008 knows the month of exit alone; the person dies in it
    made.births.add(1952)
    home = {"ETA_NUM_EPMSI": HOME, "RHAD_NUM": "4"}
    made.add("T_HAD08C", {**home, "NIR_ANO_17": psa(1952), **CODES})
    made.add("T_HAD08B", {**home, "SEQ_NUM": "1", "SSEQ_NUM": "1", "DGN_PAL1": "C189",
             "DGN_PAL7": "I10", "SOR_ANN": "2008", "SOR_MOI": "05", "SOR_MOD": "9"})  # fmt: skip
    # 1953: psychiatry, full time then half days in one stay, and half days outside it
    mind = {"ETA_NUM_EPMSI": MIND, "TYP_GEN_RSA": "0", "DGN_PAL": "F200"}
    stay(made, "RIP", 2019, "1", 1953, ("01/03/2019", "31/05/2019"))
    stay(made, "RIP", 2019, "2", 1953, ("10/03/2019", "20/03/2019"))
    for number, part, form, delay, days in (("1", "1", "01", "0", "31"),
                                            ("1", "2", "20", "31", "30"),
                                            ("2", "1", "20", "0", "11")):  # fmt: skip
        made.add("T_RIP19RSA", {**mind, "RIP_NUM": number, "SEQ_SEQ_NUM": part, "FOR_ACT": form,
                 "DEL_DAT": delay, "SEQ_COU_NBJ": days})  # fmt: skip
    # 1954, 1955: one number of a psychiatric patient in two hospitals, and for two persons
    made.births.update({1954, 1955})
    for ipp, finess, birth in (("I1", MIND, 1954), ("I1", REHAB, 1955), ("I2", MIND, 1954),
                               ("I2", MIND, 1955)):  # fmt: skip
        made.add("T_RIP21CSTC", {"ETA_NUM_EPMSI": finess, "IPP_IRR_CRY": ipp,
                 "NIR_ANO_17": psa(birth), "NIR_RET": "0"})  # fmt: skip
    for day, (ipp, finess) in enumerate((("I1", MIND), ("I1", REHAB), ("I2", MIND)), start=1):
        made.add("T_RIP21R3A", {"ETA_NUM_EPMSI": finess, "IPP_IRR_CRY": ipp, "ORD_NUM": f"{day}",
                 "ACT_NAT": "E", "EXE_SOI_DTD": f"0{day}/05/2021"})  # fmt: skip
    # 1956: a certificate of a month, delivered twice; causes delivered twice, an empty one
    made.births.update({1956, 1957})
    for _ in range(2):
        made.add(
            "KI_CCI_R",
            {
                "DCD_IDT_ENC": "A",
                "DCD_IDT_TOP": "1",
                "BEN_IDT_ANO": "P1956",
                "BEN_DCD_AME": "202009",
                "FLX_PER_ANN": "2020",
                "DCD_CIM_COD": "C349",
            },
        )
    for line, rank, code in (("1", "1", "J960"), ("2", "1", "C349"), ("6", "1", "I10"),
                             ("6", "2", "I10"), ("3", "1", "")):  # fmt: skip
        made.add("KI_ECD_R", {"DCD_IDT_ENC": "A", "CER_LIG_NUM": line, "ECD_CAU_RNG": rank,
                 "ECD_CIM_COD": code})  # fmt: skip
    # 1957: matched, but without its medical part
    made.add("KI_CCI_R", {"DCD_IDT_ENC": "B", "DCD_IDT_TOP": "1", "BEN_IDT_ANO": "P1957",
             "BEN_DCD_DTE": "11/09/2020", "FLX_PER_ANN": "2020", "DCD_CIM_COD": ""})  # fmt: skip


def stay(
    made: Delivery, field: str, year: int, number: str, birth: int, days: tuple[str, str]
) -> None:
    finess, name = {"SSR": ("ETA_NUM", "RHA_NUM"), "RIP": ("ETA_NUM_EPMSI", "RIP_NUM")}[field]
    made.births.add(birth)
    made.add(f"T_{field}{year - 2000:02d}C", {finess: REHAB if field == "SSR" else MIND,
             name: number, "NIR_ANO_17": psa(birth), "EXE_SOI_DTD": days[0],
             "EXE_SOI_DTF": days[1], **CODES})  # fmt: skip


def private(made: Delivery) -> None:
    """1958: private rehabilitation that DCIR bills: its money, and a drug billed in addition."""
    key = {"ETA_NUM": CLINIC, "RHA_NUM": "9"}
    made.births.add(1958)
    made.add("T_SSR19C", {**key, "NIR_ANO_17": psa(1958), "EXE_SOI_DTD": "01/05/2019",
             "EXE_SOI_DTF": "20/05/2019", **CODES, "NIR_RET": "0.0"})  # fmt: skip
    made.add("T_SSR19B", {**key, "RHS_NUM": "1", "MOI_ANN": "052019", "RHS_ANT_SEJ_ENT": "0",
             "MOR_PRP": "S7200", "HOS_TYP_UM": "1"})  # fmt: skip
    made.add("T_SSR19S", {**key, "ENT_MOD": "8", "SOR_MOD": "9.0"})
    made.add("T_SSR19FB", {**key, "ACT_COD": "PJ", "FAC_MNT": "900", "AMO_MNR": "720"})
    for number, nature, paid in (("1", "2121", "720.00"), ("2", "3320", "500.00")):
        line = {"FLX_DIS_DTD": "01/07/2019", "FLX_TRT_DTD": "15/06/2019", "FLX_EMT_TYP": "1",
                "FLX_EMT_NUM": "1", "FLX_EMT_ORD": "1", "ORG_CLE_NUM": "01C751111",
                "DCT_ORD_NUM": number, "PRS_ORD_NUM": "1", "REM_TYP_AFF": "1"}  # fmt: skip
        made.add("ER_PRS_F", {**line, "BEN_NIR_PSA": psa(1958), "BEN_RNG_GEM": "1",
                 "EXE_SOI_DTD": "02/05/2019", "PRS_NAT_REF": nature, "PRS_ACT_QTE": "1",
                 "BSE_REM_MNT": paid})  # fmt: skip
        made.add("ER_ETE_F", {**line, "ETB_EXE_FIN": CLINIC[:8], "ETE_IND_TAA": "2",
                 "ETE_MCO_DDP": "S"})  # fmt: skip
    made.add("ER_UCD_F", {**line, "UCD_UCD_COD": TAXOL, "UCD_DLV_NBR": "2", "UCD_TOP_UCD": "1"})


def additional_fees(made: Delivery) -> None:
    """1959, 1960: fees on top of the daily price; 1961: a device of external rehabilitation."""
    days = {"EXE_SOI_DTD": "01/03/2021", "EXE_SOI_DTF": "10/03/2021", **CODES}
    fee = {"ACT_COD": "CS", "HON_MNT": "30.00", "REM_BAS": "25.00", "AMO_MNR": "17.50",
           "AMC_MNR": "7.50"}  # fmt: skip
    made.births.update({1959, 1960, 1961})
    home = {"ETA_NUM_EPMSI": HOME, "RHAD_NUM": "5"}
    made.add("T_HAD21C", {**home, "NIR_ANO_17": psa(1959), **days})
    made.add("T_HAD21B", {**home, "SEQ_NUM": "1", "SSEQ_NUM": "1", "DGN_PAL": "C189",
             "SSEQ_NBJ": "10"})  # fmt: skip
    made.add("T_HAD21FB", {**home, "ACT_COD": "GHT", "FAC_MNT": "200.00", "AMO_MNR": "200.00"})
    made.add("T_HAD21FC", {**home, **fee, "EXE_SOI_DTD": "02/03/2021"})
    mind = {"ETA_NUM_EPMSI": MIND, "RIP_NUM": "10"}
    made.add("T_RIP21C", {**mind, "NIR_ANO_17": psa(1960), **days})
    made.add("T_RIP21RSA", {**mind, "SEQ_SEQ_NUM": "1", "FOR_ACT": "01", "DGN_PAL": "F200"})
    made.add("T_RIP21FC", {**mind, **fee})
    made.add("T_SSR21CSTC", {"ETA_NUM": REHAB, "SEQ_NUM": "1", "NIR_ANO_17": psa(1961),
             "EXE_SOI_DTD": "05/03/2021", **GOOD})  # fmt: skip
    made.add("T_SSR21FPSTC", {"ETA_NUM": REHAB, "SEQ_NUM": "0000000001",
             "LPP_COD": "0000003105872", "LPP_QUA": "1", "DEL_DAT_ENT": "2"})  # fmt: skip


def repeated(made: Delivery) -> None:
    """Since 1962: a week in two units, and lines that one file repeats: each counts once."""
    made.births.update({1962, 1963, 1964, 1965})
    days = {"EXE_SOI_DTD": "01/03/2021", "EXE_SOI_DTF": "14/03/2021", **CODES}
    key = {"ETA_NUM": REHAB, "RHA_NUM": "62"}
    made.add("T_SSR21C", {**key, "NIR_ANO_17": psa(1962), **days})
    week = {**key, "RHS_NUM": "1", "MOI_ANN": "032021", "RHS_ANT_SEJ_ENT": "0", "HOS_TYP_UM": "1"}
    one, two = ({**week, "AUT_TYP_UM": unit, "MOR_PRP": code}
                for unit, code in (("50A", "S7200"), ("51A", "I500")))  # fmt: skip
    made.add("T_SSR21B", one, two, one)
    made.add("T_SSR21D", {**key, "RHS_NUM": "1", "DGN_COD": "E119"})
    made.add("T_SSR21CCAM", {**key, "RHS_NUM": "1", "CCAM_ACT": "DZQM006", "DEL_DAT_ENT": "2"})
    made.add("T_SSR21MED", {**key, "RHS_NUM": "1", "UCD_UCD_COD": TAXOL, "ADM_NBR": "2",
             "DAT_DELAI": "2"})  # fmt: skip
    home = {"ETA_NUM_EPMSI": HOME, "RHAD_NUM": "63"}
    part = {**home, "SEQ_NUM": "1", "SSEQ_NUM": "1"}
    made.add("T_HAD21C", {**home, "NIR_ANO_17": psa(1963), **days})
    made.add("T_HAD21B", *[{**part, "DGN_PAL": "C189", "SSEQ_NBJ": "14"}] * 2)
    made.add("T_HAD21D", {**part, "DGN_ASS": "I10"})
    mind = {"ETA_NUM_EPMSI": MIND, "RIP_NUM": "64"}
    made.add("T_RIP21C", {**mind, "NIR_ANO_17": psa(1964), **days})
    made.add("T_RIP21RSA", *[{**mind, "SEQ_SEQ_NUM": "1", "FOR_ACT": "01", "DGN_PAL": "F200"}] * 2)
    made.add("T_RIP21RSAD", {**mind, "SEQ_SEQ_NUM": "1", "ASS_DGN": "I10"})
    act = {"ETA_NUM_EPMSI": MIND, "IPP_IRR_CRY": "I3", "ORD_NUM": "9"}
    made.add("T_RIP21CSTC", {"ETA_NUM_EPMSI": MIND, "IPP_IRR_CRY": "I3", "NIR_ANO_17": psa(1965),
             "NIR_RET": "0"})  # fmt: skip
    made.add("T_RIP21R3A", *[{**act, "ACT_NAT": "E", "EXE_SOI_DTD": "09/05/2021"}] * 2)
    made.add("T_RIP21R3AD", {**act, "ASS_DGN": "I10"})


def delivery() -> Delivery:
    made = Delivery()
    acute(made)
    others(made)
    private(made)
    additional_fees(made)
    repeated(made)
    people = [beneficiary(birth) for birth in sorted(made.births)]
    for person in people:
        if person["BEN_NAI_ANN"] == "1932":
            person["BEN_DCD_DTE"] = "07/03/2019"
    made.add("IR_BEN_R", *people)
    return made
