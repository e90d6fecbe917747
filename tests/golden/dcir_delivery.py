"""Hard cases of DCIR, a small delivery written by hand.

What must come of it is in test_hand_made_dcir: it comes from reading the rules, not the code.
"""

from __future__ import annotations

KEYS = [
    "DCT_ORD_NUM", "FLX_DIS_DTD", "FLX_EMT_NUM", "FLX_EMT_ORD", "FLX_EMT_TYP", "FLX_TRT_DTD",
    "ORG_CLE_NUM", "PRS_ORD_NUM", "REM_TYP_AFF",
]  # fmt: skip
ANNE, ANNE_BEFORE, BASTIEN, CLEO, TWIN = "A" * 17, "O" * 17, "B" * 17, "C" * 17, "T" * 17
GP, CHEMIST, LAB, RETIRED = "75100001", "75200002", "75600003", "75100009"
IBUPROFEN, INSULIN, LARGE = "3400930000001", "3400930000002", "3400930000003"
DORA, EVE, EVE_BEFORE, FLORE = "D" * 17, "E" * 17, "F" * 17, "L" * 17
ENCRYPTED = "ab0defghijklmnopq"  # a third character of 0 has no meaning here


def key(number: int) -> dict[str, str]:
    """The nine keys of line `number`."""
    values = [str(number), "01/03/2019", "1", "1", "1", "10/02/2019", "01C751000", "1", "1"]
    return dict(zip(KEYS, values, strict=True))


def line(number: int, psa: str, day: str, act: str, **more: str) -> dict[str, str]:
    return {
        **key(number), "BEN_NIR_PSA": psa, "BEN_RNG_GEM": "1", "EXE_SOI_DTD": day,
        "PRS_NAT_REF": act, "PRS_ACT_QTE": "1", "PFS_EXE_NUM": GP, "ORG_AFF_BEN": "01C751000",
        "BSE_REM_MNT": "0.00", **more,
    }  # fmt: skip


def table(rows: list[dict[str, str]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, *([row.get(name, "") for name in names] for row in rows)]
    return "\n".join(";".join(fields) for fields in lines) + "\n"


def beneficiary(psa: str, idt: str, **more: str) -> dict[str, str]:
    return {
        "BEN_NIR_PSA": psa, "BEN_RNG_GEM": "1", "BEN_IDT_ANO": idt, "BEN_CDI_NIR": "00",
        "BEN_NAI_ANN": "1960", "BEN_SEX_COD": "2", "BEN_DCD_DTE": "01/01/1600",
        "BEN_RES_DPT": "075", "BEN_RES_COM": "056", "ORG_AFF_BEN": "01C751000",
        "MAX_TRT_DTD": "01/01/2019", **more,
    }  # fmt: skip


PERSONS = [
    beneficiary(ANNE, "ANNE", BEN_NAI_ANN="1961"),
    # her right before: archived, with another sex, that must not be used
    beneficiary(BASTIEN, "BASTIEN", BEN_NAI_ANN="1962", BEN_SEX_COD="1", BEN_DCD_DTE="01/06/2019",
                BEN_RES_DPT="209", BEN_RES_COM="033"),
    beneficiary(CLEO, "CLEO", BEN_NAI_ANN="1963", BEN_RES_DPT="971", BEN_RES_COM="005",
                ORG_AFF_BEN="03A971000"),
    beneficiary(TWIN, "TWIN1", BEN_NAI_ANN="2001"),
    # no commune: the department is all that is known
    beneficiary(TWIN, "TWIN2", BEN_NAI_ANN="2001", BEN_RNG_GEM="2", BEN_RES_COM="999"),
    # a month of death only; a month on one right and the day on the other; no residence but a fund
    beneficiary(DORA, "DORA", BEN_NAI_ANN="1964", BEN_DCD_AME="201906", BEN_RES_DPT="",
                BEN_RES_COM="", ORG_AFF_BEN="01C131000"),
    beneficiary(EVE, "EVE", BEN_NAI_ANN="1965", BEN_DCD_AME="201903", BEN_RES_COM=""),
    beneficiary(EVE_BEFORE, "EVE", BEN_NAI_ANN="1965", BEN_DCD_DTE="10/03/2019",
                BEN_DCD_AME="201903", BEN_RES_COM="", MAX_TRT_DTD="01/01/2018"),
    # a farmer for some days
    beneficiary(FLORE, "FLORE", BEN_NAI_ANN="1966"),
]  # fmt: skip

LINES = [
    # quantities: two packs of one drug and one of another, on one line
    line(1, ANNE, "05/02/2019", "3313", PFS_EXE_NUM=CHEMIST, PRS_PAI_MNT="30.00",
         BSE_REM_MNT="19.50", CPL_REM_MNT="0.50", BEN_RES_DPT="069", BEN_RES_COM="123"),
    # the same drug under her older right, the same day, at the same chemist's
    line(2, ANNE_BEFORE, "05/02/2019", "3313", PFS_EXE_NUM=CHEMIST, BSE_REM_MNT="6.50"),
    # reversed in full: original, then its negative whose details have no sign
    line(3, BASTIEN, "06/02/2019", "3211", PFS_EXE_NUM=LAB, BSE_REM_MNT="10.00"),
    line(4, BASTIEN, "06/02/2019", "3211", PFS_EXE_NUM=LAB, PRS_ACT_QTE="-1",
         BSE_REM_MNT="-10.00"),
    # unpacked: 14 units; and a UCD quarter
    line(5, CLEO, "07/02/2019", "3313", PFS_EXE_NUM=CHEMIST, BSE_REM_MNT="3.10"),
    line(6, CLEO, "08/02/2019", "3317", PFS_EXE_NUM="", BSE_REM_MNT="100.01"),
    # surgery and its anaesthesia are one act; a surcharge is money
    line(7, CLEO, "09/02/2019", "1352", BSE_REM_MNT="62.70", DPN_QLF="0"),
    line(8, CLEO, "09/02/2019", "1352", BSE_REM_MNT="7.00", CPL_MAJ_TOP="2"),
    # external care of a public hospital: in PMSI too; but its participation is paid here alone
    line(9, CLEO, "10/02/2019", "1111", DPN_QLF="71", BSE_REM_MNT="25.00"),
    line(10, CLEO, "10/02/2019", "1956", PRS_DPN_QLP="71", DPN_QLF="0", CPL_MAJ_TOP="2",
         BSE_REM_MNT="-18.00", PRS_ACT_QTE="0"),
    line(11, CLEO, "11/02/2019", "1111", BSE_REM_MNT="23.00"),  # FIDES, by its establishment
    # dead since the first of June: thirty days of grace
    line(12, BASTIEN, "01/07/2019", "1111", BSE_REM_MNT="16.50"),
    line(13, BASTIEN, "02/07/2019", "1111", BSE_REM_MNT="16.50"),
    line(14, ANNE, "31/12/1960", "1111", BSE_REM_MNT="16.50"),  # before birth
    # twins go by their rank; no person has rank 3
    line(15, TWIN, "12/02/2019", "1111", BEN_RNG_GEM="2", BSE_REM_MNT="16.50"),
    line(16, TWIN, "12/02/2019", "1111", BEN_RNG_GEM="3", BSE_REM_MNT="16.50"),
    # no day of care, a month only; and a sentinel for a day
    line(17, ANNE, "01/01/1600", "1111", EXE_SOI_AMD="201903", BSE_REM_MNT="16.50",
         BEN_RES_DPT="075", BEN_RES_COM="999"),
    # no box at all: nothing was handed out
    line(18, ANNE, "13/02/2019", "3313", PFS_EXE_NUM=CHEMIST),
    # a large pack, one known by its old code, one by none; a drug given in hospital
    line(19, CLEO, "14/02/2019", "3313", PFS_EXE_NUM=CHEMIST),
    line(20, CLEO, "15/02/2019", "3320", PFS_EXE_NUM=""),
    line(21, ANNE, "16/02/2019", "1111", PFS_EXE_NUM=ENCRYPTED, BEN_RES_DPT="069",
         BEN_RES_COM="123"),
    # additional anaesthesia is an act of its own
    line(22, CLEO, "17/02/2019", "1352"),
    # from the general scheme to that of farmers and back; one day has both; what the scheme of
    # fictitious numbers paid is not hers
    line(23, FLORE, "03/02/2019", "1111"),
    line(24, FLORE, "06/02/2019", "1111", ORG_AFF_BEN="02A751000"),
    line(25, FLORE, "10/02/2019", "1111"),
    line(26, FLORE, "10/02/2019", "3313", PFS_EXE_NUM=CHEMIST, ORG_AFF_BEN="02A751000"),
    line(27, FLORE, "14/02/2019", "1111", ORG_AFF_BEN="02A751000", BSE_REM_MNT="16.50"),
    line(28, FLORE, "20/02/2019", "1111", BSE_REM_MNT="16.50"),
    line(29, FLORE, "21/02/2019", "1111", RGM_GRG_COD="1", RGM_COD="888", BSE_REM_MNT="16.50",
         ORG_AFF_BEN="02A751000", BEN_RES_DPT="013", BEN_RES_COM="055"),
    line(30, FLORE, "22/02/2019", "3313", PFS_EXE_NUM=CHEMIST, RGM_GRG_COD="4", RGM_COD="888"),
]  # fmt: skip

FILES = {
    "IR_BEN_R": table(PERSONS),
    "IR_BEN_R_ARC": table([beneficiary(ANNE_BEFORE, "ANNE", BEN_SEX_COD="1",
                                       MAX_TRT_DTD="01/01/2030")]),
    "ER_PRS_F_2019": table(LINES),
    # January and February stand in the archived table of the year before, too
    "ER_PRS_F_2018": table([LINES[0], LINES[4]]),
    "ER_PHA_F_2019": table([
        {**key(1), "PHA_PRS_C13": IBUPROFEN, "PHA_ACT_QSN": "2"},
        {**key(1), "PHA_PRS_C13": INSULIN, "PHA_ACT_QSN": "1"},
        {**key(1), "PHA_PRS_C13": INSULIN, "PHA_ACT_QSN": "1"},
        {**key(2), "PHA_PRS_C13": IBUPROFEN, "PHA_ACT_QSN": "3"},
        {**key(5), "PHA_PRS_C13": IBUPROFEN, "PHA_ACT_QSN": "1", "PHA_DEC_TOP": "D",
         "PHA_DEC_QSU": "14"},
        {**key(18), "PHA_PRS_C13": IBUPROFEN, "PHA_ACT_QSN": "0"},
        {**key(19), "PHA_PRS_C13": LARGE, "PHA_ACT_QSN": "2"},
        {**key(19), "PHA_PRS_C13": "0", "PHA_PRS_IDE": "3000001", "PHA_ACT_QSN": "1"},
        {**key(19), "PHA_PRS_C13": "0", "PHA_PRS_IDE": "0", "PHA_ACT_QSN": "1"},
    ]),
    "ER_PHA_F_2018": table([
        {**key(1), "PHA_PRS_C13": IBUPROFEN, "PHA_ACT_QSN": "2"},
        {**key(1), "PHA_PRS_C13": INSULIN, "PHA_ACT_QSN": "1"},
        {**key(1), "PHA_PRS_C13": INSULIN, "PHA_ACT_QSN": "1"},
    ]),
    "ER_BIO_F": table([{**key(3), "BIO_PRS_IDE": "552"}, {**key(4), "BIO_PRS_IDE": "552"}]),
    "ER_UCD_F": table([{**key(6), "UCD_UCD_COD": "0000009261104", "UCD_DLV_NBR": "3",
                        "UCD_FRC_COE": "0.2500", "UCD_TOP_UCD": "0"},
                       {**key(20), "UCD_UCD_COD": "0000009189944", "UCD_DLV_NBR": "1",
                        "UCD_TOP_UCD": "1"}]),
    "ER_CAM_F": table([
        {**key(7), "CAM_PRS_IDE": "HHFA001", "CAM_ACT_COD": "1", "CAM_TRT_PHA": "0",
         "CAM_MOD_COD": "FJ"},
        {**key(7), "CAM_PRS_IDE": "HHFA001", "CAM_ACT_COD": "4", "CAM_TRT_PHA": "0"},
        {**key(22), "CAM_PRS_IDE": "ZZLP025", "CAM_ACT_COD": "4", "CAM_TRT_PHA": "0",
         "CAM_MOD_NEW": "A7"},
    ]),
    "ER_ETE_F": table([
        {**key(6), "ETB_EXE_FIN": "75000001", "ETE_IND_TAA": "0"},
        {**key(11), "ETB_EXE_FIN": "75000001", "ETE_IND_TAA": "1"},
    ]),
    "ER_ARO_F_2019": table([
        {**key(1), "ARO_REM_TYP": "2", "ARO_REM_MNT": "5.00"},
        {**key(1), "ARO_REM_TYP": "2", "ARO_REM_MNT": "5.00"},
        {**key(9), "ARO_REM_TYP": "2", "ARO_REM_MNT": "7.00"},
    ]),
    "ER_ARO_F_2018": table([{**key(1), "ARO_REM_TYP": "2", "ARO_REM_MNT": "5.00"}]),
    "IR_IMB_R": table([
        {"BEN_NIR_PSA": psa, "BEN_RNG_GEM": "1", "IMB_ETM_NAT": nature, "IMB_ALD_DTD": begin,
         "IMB_ALD_DTF": end, "MED_MTF_COD": code, "MED_NCL_IDT": "CIM10", "INS_DTE": recorded}
        for psa, nature, begin, end, code, recorded in (
            (ANNE, "41", "01/03/2015", "01/01/1600", "E119", "02/03/2015"),
            (ANNE_BEFORE, "41", "01/03/2015", "31/12/2018", "E11.9", "02/05/2016"),  # later
            (ANNE, "41", "01/01/2019", "31/12/2099", "E119", "02/01/2019"),  # another episode
            (ANNE, "12", "01/01/2019", "31/12/2099", "M170", "02/01/2019"),  # at work
            (ANNE, "41", "31/12/1960", "31/12/2099", "J459", "02/01/2019"),  # before birth
            (BASTIEN, "41", "02/07/2019", "31/12/2099", "I500", "02/07/2019"),  # after death
        )
    ]),
    "IR_PHA_R": table([{"PHA_CIP_C13": LARGE, "PHA_UPC_NBR": "90", "PHA_CND_TOP": "GC"}]),
    "BE_IDE_R": table([{"IDE_ETA_NU8": "75000001", "IDE_ETA_NOM": "HOPITAL DU NORD",
                        "IDE_PSH_CAT": "355"}]),
    "IR_MAT_R": table([{"BEN_NIR_PSA": ANNE, "BEN_RNG_GEM": "1", "BEN_GRS_DTE": "01/12/2018",
                        "BEN_DRA_AME": "201909"}]),
    "IR_ESM_R": table([{"BEN_NIR_PSA": CLEO, "ESM_CAT_COD": "200", "PEC_DEB_AME": "201901"}]),
    # Anne's doctor was declared again under her older right; Bastien's saw no other person
    "IR_MTT_R": table([
        {"NUM_ENQ": psa, "BEN_RNG_GEM": rank, "MTT_PFS_NUM": doctor, "MTT_DEP_DTE": begin,
         "MTT_FIN_DTE": end}
        for psa, rank, doctor, begin, end in (
            (ANNE, "1", LAB, "01/01/2012", "31/12/2016"),
            (ANNE_BEFORE, "1", GP, "01/01/2017", "31/12/2099"),
            (BASTIEN, "1", RETIRED, "01/01/2010", "30/06/2018"),
            (BASTIEN, "1", GP, "01/01/2019", "31/12/2018"),  # called off before it began
            (TWIN, "3", GP, "01/01/2019", "01/01/1600"),  # no person has rank 3
        )
    ]),
    "IR_ORC_R": table([{"BEN_NIR_PSA": CLEO, "BEN_RNG_GEM": "1", "BEN_CTA_TYP": "89",
                        "MLL_CTA_DSD": "01/02/2019", "MLL_CTA_DSF": "31/12/2099"}]),
}  # fmt: skip
