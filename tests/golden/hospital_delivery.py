"""A small delivery of hospital files, written by hand: a person a case, known by year of birth.

Files have few columns, named as in their year. What must come of them is in test_hand_made_pmsi.
"""

from __future__ import annotations

PARIS = "750100042"  # one of the doubled numbers of AP-HP: until 2017
PUBLIC, CLINIC, REHAB, HOME, MIND = (
    "750712184", "690000021", "330000027", "130000029", "440000024",
)  # fmt: skip
CODES = dict.fromkeys(["NIR_RET", "NAI_RET", "SEX_RET", "SEJ_RET", "FHO_RET", "PMS_RET"], "0")
AVASTIN, TAXOL = "0000009261104", "0000009189944"

Row = dict[str, str]


def psa(birth: int) -> str:
    return f"{birth}" + "P" * 13


def table(rows: list[Row]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, *([row.get(name, "") for name in names] for row in rows)]
    return "\n".join(";".join(fields) for fields in lines) + "\n"


def beneficiary(birth: int) -> Row:
    return {
        "BEN_NIR_PSA": psa(birth), "BEN_RNG_GEM": "1", "BEN_IDT_ANO": f"P{birth}",
        "BEN_CDI_NIR": "00", "BEN_NAI_ANN": str(birth), "BEN_SEX_COD": "1",
        "BEN_DCD_DTE": "01/01/1600", "BEN_RES_DPT": "075", "BEN_RES_COM": "056",
    }  # fmt: skip


class Delivery:
    """Rows by file name; ``stay`` writes the linkage row and the summary of an MCO stay."""

    def __init__(self) -> None:
        self.files: dict[str, list[Row]] = {}
        self.births: set[int] = set()

    def add(self, name: str, *rows: Row) -> None:
        self.files.setdefault(name, []).extend(rows)

    def stay(
        self, year: int, number: str, birth: int, dates: tuple[str, str], finess: str = PUBLIC,
        linkage: Row | None = None, **summary: str,
    ) -> Row:  # fmt: skip
        self.births.add(birth)
        key = {"ETA_NUM": finess, "RSA_NUM": number}
        begin, end = dates
        days = {"EXE_SOI_DTD": begin, "EXE_SOI_DTF": end} if begin else {}
        aa = f"{year % 100:02d}"
        self.add(f"T_MCO{aa}C", {
            **key, "NIR_ANO_17": psa(birth), **days, **CODES, **(linkage or {}),
        })  # fmt: skip
        self.add(f"T_MCO{aa}B", {
            **key, "GRG_GHM": "05M092", "ENT_MOD": "8", "SOR_MOD": "8", "DGN_PAL": "I500",
            **summary,
        })  # fmt: skip
        return key


def delivery() -> Delivery:
    made = Delivery()
    # 1930: before 2009 there is a month only; units have neither number nor days of their own
    key = made.stay(2008, "1", 1930, ("", ""), SOR_ANN="2008", SOR_MOI="05", SEJ_NBJ="4")
    made.add("T_MCO08D", {**key, "ASS_DGN": "E11.9"})
    made.add("T_MCO08A", {**key, "CDC_ACT": "DZQM006", "ENT_DAT_DEL": "002", "PHA_ACT": "0"})
    # 1931: 2009 has days; units still have no number: they follow one another by kind
    key = made.stay(2009, "1", 1931, ("10MAR2009:00:00:00", "15MAR2009:00:00:00"), SEJ_NBJ="5")
    made.add("T_MCO09UM",
        {**key, "DGN_PAL": "I500", "PAR_NBR_SEJ": "2", "UM_TYP": "01"},
        {**key, "DGN_PAL": "J180", "PAR_NBR_SEJ": "3", "UM_TYP": "02"})  # fmt: skip
    # 1932: a public stay of 2021 and one of 2022, valued under two names; statements are not money
    key = made.stay(2021, "1", 1932, ("01/02/2021", "03/02/2021"), SEJ_NBJ="2", TYP_GEN_RSA="0")
    made.add("T_MCO21VALO", {**key, "VALO": "1", "MNT_TOT_AM": "1000.10", "MNT_TOT_BR": "1250.00"})
    made.add("T_MCO21STC", {**key, "TOT_MNT_AM": "999.00", "REM_BAS_MNT": "1250.00"})
    # an act that is a measurement: its modifier is no result
    made.add("T_MCO21A", {**key, "CDC_ACT": "GLQP012", "ENT_DAT_DEL": "1", "MOD_ACT": "F"})
    key = made.stay(2022, "1", 1932, ("01/02/2022", "03/02/2022"), SEJ_NBJ="2", TYP_GEN_RSA="0")
    made.add("T_MCO22VALO", {**key, "VALO": "1", "MT_TOT_AM": "2000.20", "MT_TOT_BR": "2500.00"})
    key = made.stay(2022, "2", 1932, ("01/03/2022", "03/03/2022"), SEJ_NBJ="2", TYP_GEN_RSA="0")
    made.add("T_MCO22VALO", {**key, "VALO": "0", "MT_TOT_AM": "3000.00", "MT_TOT_BR": "3000.00"})
    # 1933: doubled numbers until 2017; ' B' with its blank, NULL is none; a letter until 2018
    made.stay(2017, "1", 1933, ("01/02/2017", "03/02/2017"), finess=PARIS, TYP_GEN_RSA="0")
    made.stay(2018, "1", 1933, ("01/02/2018", "03/02/2018"), finess=PARIS, TYP_GEN_RSA="0")
    made.stay(2018, "2", 1933, ("01/03/2018", "03/03/2018"), SEJ_TYP=" B", TYP_GEN_RSA="0")
    made.stay(2018, "A000000003", 1933, ("01/04/2018", "03/04/2018"), TYP_GEN_RSA="0")
    made.stay(2018, "4", 1933, ("01/05/2018", "03/05/2018"), TYP_GEN_RSA="1")
    made.stay(2018, "5", 1933, ("01/06/2018", "03/06/2018"), GRG_GHM="90Z00Z", TYP_GEN_RSA="0")
    made.stay(2018, "6", 1933, ("01/07/2018", "03/07/2018"), GRG_GHM="04M901", TYP_GEN_RSA="0")
    made.stay(2018, "7", 1933, ("01/08/2018", "03/08/2018"), linkage={"COH_NAI_RET": "1"})
    # 1934: emergency then ward, then rehabilitation over New Year, where he dies
    made.stay(2019, "1", 1934, ("10/12/2019", "20/12/2019"), ENT_PRV="5", SOR_MOD="7", SOR_DES="2",
              SEJ_NBJ="10")  # fmt: skip
    ssr = {"ETA_NUM": REHAB, "NIR_ANO_17": psa(1934), "EXE_SOI_DTD": "20/12/2019", **CODES}
    made.add("T_SSR19C", {**ssr, "RHA_NUM": "11", "EXE_SOI_DTF": "31/12/2019"})
    made.add("T_SSR20C", {**ssr, "RHA_NUM": "12", "EXE_SOI_DTF": "08/01/2020"})
    week = {"ETA_NUM": REHAB, "MOR_PRP": "S7200", "HOS_TYP_UM": "1", "GRG_GME": "0833"}
    made.add("T_SSR19B",
        {**week, "RHA_NUM": "11", "RHS_NUM": "1", "MOI_ANN": "122019", "RHS_ANT_SEJ_ENT": "0",
         "FP_PEC": "Z501"},
        {**week, "RHA_NUM": "11", "RHS_NUM": "2", "MOI_ANN": "122019", "RHS_ANT_SEJ_ENT": "3"},
    )  # fmt: skip
    made.add("T_SSR20B",
        # the file of 2020 repeats a week of 2019
        {**week, "RHA_NUM": "12", "RHS_NUM": "2", "MOI_ANN": "122019", "RHS_ANT_SEJ_ENT": "3"},
        {**week, "RHA_NUM": "12", "RHS_NUM": "3", "MOI_ANN": "012020", "RHS_ANT_SEJ_ENT": "10"},
    )  # fmt: skip
    made.add("T_SSR19S", {"ETA_NUM": REHAB, "RHA_NUM": "11", "SUI_TYP": "3",
             "ENT_MOD": "7", "ENT_PRV": "1"})  # fmt: skip
    made.add("T_SSR20S", {"ETA_NUM": REHAB, "RHA_NUM": "12", "SUI_TYP": "1", "SOR_MOD": "9"})
    # until 2019 delays are counted from the unit, since from the stay
    made.add("T_SSR19CSARR", {"ETA_NUM": REHAB, "RHA_NUM": "11", "RHS_NUM": "2",
             "CSARR_COD": "ALQ+183", "NBR_CSARR": "1", "ENT_DAT_DEL_UM": "4"})  # fmt: skip
    made.add("T_SSR20CSARR", {"ETA_NUM": REHAB, "RHA_NUM": "12", "RHS_NUM": "3",
             "CSARR_COD": "ALQ+183", "NBR_CSARR": "1", "DEL_DAT_ENT": "12"})  # fmt: skip
    made.add("T_SSR19VALO", {"ETA_NUM": REHAB, "RHA_NUM": "11", "VALO": "1", "DMA_AM": "50.05",
             "DMA_BR": "60.00"})  # fmt: skip
    # 1935: rehabilitation in 2008: diagnoses in columns, a month only
    made.births.add(1935)
    made.add("T_SSR08C", {"ETA_NUM": REHAB, "RHA_NUM": "1", "NIR_ANO_17": psa(1935), **CODES})
    made.add("T_SSR08B", {"ETA_NUM": REHAB, "RHA_NUM": "1", "RHS_NUM": "1", "MOI_ANN": "032008",
             "MOR_PRP": "S7200", "ASS_DGN_1": "I10", "ASS_DGN_20": "E119"})  # fmt: skip
    # 1936: home hospital; two tariff groups are one sub-sequence, group 99 is none
    made.births.add(1936)
    had = {"ETA_NUM_EPMSI": HOME, "RHAD_NUM": "1"}
    made.add("T_HAD21C", {**had, "NIR_ANO_17": psa(1936), "EXE_SOI_DTD": "01/03/2021",
             "EXE_SOI_DTF": "20/03/2021", **CODES})  # fmt: skip
    part = {**had, "SEQ_NUM": "1", "PEC_PAL": "09", "SEQ_SEJ_NBJ": "0", "SSEQ_NBJ": "10"}
    made.add("T_HAD21B",
        {**part, "SSEQ_NUM": "1", "DGN_PAL": "C189", "SSEQ_SEQ_NBJ": "0"},
        {**part, "SSEQ_NUM": "2", "DGN_PAL": "C787", "SSEQ_SEQ_NBJ": "10"})  # fmt: skip
    for number, ght in (("1", "12"), ("1", "15"), ("2", "99")):
        made.add("T_HAD21GRP", {**had, "SEQ_NUM": "1", "SSEQ_NUM": number, "GHT_NUM": ght,
                 "PAP_GRP_GHPC": "0412"})  # fmt: skip
    value = {"ETA_NUM": HOME, "RHAD_NUM": "1", "SEQ_NUM": "1", "VALO": "1", "MNT_TOT_BR": "0"}
    made.add("T_HAD21VALO", {**value, "SSEQ_NUM": "1", "MNT_TOT_AM": "700.70"},
             {**value, "SSEQ_NUM": "2", "MNT_TOT_AM": "70.00"})  # fmt: skip
    # a private bill that DCIR does not have: two payers
    made.add("T_HAD21FB", {**had, "ACT_COD": "GHT", "FAC_MNT": "20.00", "REM_BAS": "18.00",
             "AMO_MNR": "14.40", "AMC_MNR": "3.60"})  # fmt: skip
    made.add("T_HAD21FH", {**had, "UCD_UCD_COD": TAXOL, "QUA_COD": "3", "COE_TAU": "0.5",
             "DEL_DAT_ENT": "2"})  # fmt: skip
    # 1937: psychiatry; a sequence in error; ambulatory acts by the stay in 2016, then by the link
    made.births.add(1937)
    rip = {"ETA_NUM_EPMSI": MIND, "RIP_NUM": "1"}
    made.add("T_RIP16C", {**rip, "NIR_ANO_17": psa(1937), "EXE_SOI_DTD": "10/01/2016",
             "EXE_SOI_DTF": "20/05/2016", **CODES})  # fmt: skip
    sequence = {**rip, "IPP_IRR_CRY": "IPP1", "FOR_ACT": "01", "TYP_GEN_RSA": "0"}
    made.add("T_RIP16RSA",
        {**sequence, "SEQ_SEQ_NUM": "1", "SEQ_IND": "F", "DGN_PAL": "F200", "DEL_DAT": "0",
         "SEQ_COU_NBJ": "82"},
        {**sequence, "SEQ_SEQ_NUM": "2", "SEQ_IND": "E", "DGN_PAL": "F312", "DEL_DAT": "82",
         "SEQ_COU_NBJ": "50"})  # fmt: skip
    act = {"ETA_NUM_EPMSI": MIND, "IPP_IRR_CRY": "IPP1", "ACT_NAT": "E"}
    made.add("T_RIP16R3A", {**act, "ORD_NUM": "1", "RAL_ACT_ANN": "2016", "RAL_ACT_MOI": "06"},
             {**act, "ORD_NUM": "2", "RAL_ACT_ANN": "2016", "RAL_ACT_MOI": "06",
              "IPP_IRR_CRY": "UNKNOWN"})  # fmt: skip
    made.add("T_RIP20CSTC", {"ETA_NUM_EPMSI": MIND, "IPP_IRR_CRY": "IPP1",
             "NIR_ANO_17": psa(1937), "NIR_RET": "0"})  # fmt: skip
    made.add("T_RIP20R3A", {**act, "ORD_NUM": "1", "EXE_SOI_DTD": "02/03/2020"},
             {**act, "ORD_NUM": "2", "EXE_SOI_DTD": "02/03/2020"})  # fmt: skip
    # 1938: two bills of one emergency visit; a drug handed out that DCIR does not know
    made.births.add(1938)
    for number in ("1", "2"):
        bill = {"ETA_NUM": PUBLIC, "SEQ_NUM": number}
        made.add("T_MCO21CSTC", {**bill, "NIR_ANO_17": psa(1938), "EXE_SOI_DTD": "05/06/2021",
                 "NIR_RET": "0", "NAI_RET": "0", "SEX_RET": "0", "IAS_RET": "0"})  # fmt: skip
        made.add("T_MCO21VALOACE", {**bill, "VALO": "1", "MNT_BR": "30.00", "MNT_REMB": "21.00"})
    made.add("T_MCO21FBSTC", {**bill, "ACT_COD": "ATU"})
    made.add("T_MCO21FHSTC", {**bill, "UCD_UCD_COD": TAXOL, "QUA": "2", "FRACT_COE": "1"})
    # 1939: sessions; a dose declared on each stay of a series until 2018; Avastin declared twice
    for year, number in ((2018, "11"), (2018, "12"), (2019, "11")):
        key = made.stay(year, number, 1939, (f"0{number[1]}/09/{year}",) * 2, GRG_GHM="28Z07Z")
        made.add(f"T_MCO{year - 2000}MED", {**key, "UCD_UCD_COD": AVASTIN, "ADM_NBR": "8",
                 "NBR_SEJ": "2" if year == 2018 else "1", "DELAI": "0"})  # fmt: skip
        made.add(f"T_MCO{year - 2000}MEDATU", {**key, "UCD_UCD_COD": AVASTIN, "ADM_NBR": "8",
                 "SEJ_NBR": "1", "DAT_DELAI": "0"})  # fmt: skip
    # 1940: a private stay that is not billed in DCIR; the lines of the bill, not its total
    key = made.stay(2020, "1", 1940, ("01/10/2020", "01/10/2020"), finess=CLINIC, SEJ_NBJ="0")
    made.add("T_MCO20FB", {**key, "ACT_COD": "GHS", "FAC_MNT": "800.00", "REM_BAS": "800.00",
             "AMO_MNR": "640.00", "AMC_MNR": "160.00"})  # fmt: skip
    made.add("T_MCO20FC", {**key, "ACT_COD": "CS", "HON_MNT": "50.00", "REM_BAS": "28.00",
             "AMO_MNR": "19.60"})  # fmt: skip
    made.add("T_MCO20FA", {**key, "PH_MNT": "800.00", "PH_AMO_MNR": "640.00",
             "HON_AM_MNR": "19.60"})  # fmt: skip
    # a year delivered twice: the second time with a diagnosis more and an act less
    made.births.add(1941)
    for folder, age, diagnoses, acts in (
        ("one", "81", ["E119"], ["DZQM006", "HHFA001"]),
        ("two", "82", ["E119", "I10"], ["DZQM006"]),
    ):
        again = {"ETA_NUM": PUBLIC, "RSA_NUM": "1"}
        made.add(f"{folder}/T_MCO23C", {**again, "NIR_ANO_17": psa(1941), **CODES,
                 "EXE_SOI_DTD": "01/02/2023", "EXE_SOI_DTF": "03/02/2023",
                 "SEJ_NUM": age})  # fmt: skip
        made.add(f"{folder}/T_MCO23B", {**again, "GRG_GHM": "05M092", "DGN_PAL": "I500",
                 "STC_URG": "1", "SEJ_NBJ": "2", "AGE_ANN": age})  # fmt: skip
        made.add(f"{folder}/T_MCO23D", *[{**again, "ASS_DGN": code} for code in diagnoses])
        made.add(f"{folder}/T_MCO23A", *[{**again, "CDC_ACT": code, "ENT_DAT_DEL": "1"}
                 for code in acts])  # fmt: skip
    # a year that is not over is set aside
    made.add("T_MCO24_06B", {"ETA_NUM": PUBLIC, "RSA_NUM": "1", "GRG_GHM": "05M092"})
    breaks(made)
    made.add("IR_BEN_R", *[beneficiary(birth) for birth in sorted(made.births)])
    return made


def breaks(made: Delivery) -> None:
    """Persons born since 1943: columns and tables that one side of a year break alone has."""
    good = {"NIR_RET": "0", "NAI_RET": "0", "SEX_RET": "0", "IAS_RET": "0"}
    # 1954: external care of 2008: a month, from the bill's header or lines; money by the same
    made.births.add(1954)
    for number in ("1", "2"):
        made.add("T_MCO08CSTC", {"ETA_NUM": PUBLIC, "SEQ_NUM": number, "NIR_ANO_17": psa(1954),
                 **good})  # fmt: skip
        made.add("T_MCO08FASTC", {"ETA_NUM": PUBLIC, "SEQ_NUM": number, "SOR_ANN": "2008",
                 "SOR_MOI": "04", "HON_MNT": "30.00", "HON_AM_MNR": "21.00"})  # fmt: skip
    made.add("T_MCO08FCSTC", {"ETA_NUM": PUBLIC, "SEQ_NUM": "1", "ACT_COD": "CS",
             "HON_MNT": "23.00", "REM_BAS": "23.00", "AMO_MNR": "16.10"})  # fmt: skip
    # 1943: a private rehabilitation stay that DCIR does not bill: bill, drug, device, test
    made.births.add(1943)
    key = {"ETA_NUM": CLINIC, "RHA_NUM": "5"}
    made.add("T_SSR18C", {**key, "NIR_ANO_17": psa(1943), "EXE_SOI_DTD": "01/02/2018",
             "EXE_SOI_DTF": "20/02/2018", **CODES})  # fmt: skip
    made.add("T_SSR18B", {**key, "RHS_NUM": "1", "MOI_ANN": "022018", "RHS_ANT_SEJ_ENT": "0",
             "HOS_TYP_UM": "2", "MOR_PRP": "S7200"})  # fmt: skip
    made.add("T_SSR18FA", {**key, "PH_MNT": "125.00", "PH_BRM": "125.00", "PH_AMO_MNR": "100.00"})
    made.add("T_SSR18FB", {**key, "ACT_COD": "PJ", "FAC_MNT": "125.00", "REM_BAS": "125.00",
             "AMO_MNR": "100.00"})  # fmt: skip
    made.add("T_SSR18FC", {**key, "ACT_COD": "CS", "HON_MNT": "40.00", "REM_BAS": "28.00",
             "AMO_MNR": "19.60", "AMC_MNR": "8.40"})  # fmt: skip
    made.add("T_SSR18FH", {**key, "UCD_UCD_COD": TAXOL, "QUA_COD": "2", "FRACT_COE": "0.5",
             "DEL_DAT_ENT": "3"})  # fmt: skip
    made.add("T_SSR18FP", {**key, "LPP_COD": " 3105872", "LPP_QUA": "1", "DEL_DAT_ENT": "1"})
    made.add("T_SSR18FL", {**key, "NABM_COD": "00000126", "ACT_NBR": "2", "DEL_DAT_ENT": "2"})
    # 1944: until 2007 a line of a bill holds two devices
    key = made.stay(2007, "1", 1944, ("", ""), finess=CLINIC, SOR_ANN="2007", SOR_MOI="05",
                    SEJ_NBJ="2")  # fmt: skip
    made.add("T_MCO07FP", {**key, "LPP_COD1": "3105872", "LPP_QUA1": "1", "LPP_COD2": "3115824",
             "LPP_QUA2": "2"})  # fmt: skip
    # 1945: a day case moved to a ward the same day
    made.stay(2021, "21", 1945, ("10/06/2021", "10/06/2021"), SEJ_NBJ="0", SOR_MOD="7", SOR_DES="1")
    made.stay(2021, "22", 1945, ("10/06/2021", "14/06/2021"), SEJ_NBJ="4", ENT_MOD="7", ENT_PRV="1",
              finess=CLINIC)  # fmt: skip
    # 1946: in 2018 a psychiatric act does not name its sequence: the first one of the year
    made.births.add(1946)
    rip = {"ETA_NUM_EPMSI": MIND, "RIP_NUM": "6"}
    made.add("T_RIP18C", {**rip, "NIR_ANO_17": psa(1946), "EXE_SOI_DTD": "10/11/2017",
             "EXE_SOI_DTF": "15/02/2018", **CODES})  # fmt: skip
    made.add("T_RIP18RSA", {**rip, "SEQ_SEQ_NUM": "1", "FOR_ACT": "01", "DGN_PAL": "F200",
             "DEL_DAT": "52", "SEQ_COU_NBJ": "46", "TYP_GEN_RSA": "0"})  # fmt: skip
    made.add("T_RIP18CCAM", {**rip, "CDC_ACT": "AZRP001", "ACV_ACT": "1", "PHA_ACT": "0",
             "ENT_DAT_DEL": "5"})  # fmt: skip
    # 1947 and 1948: births; the column of the link changed in 2019, the mode of entry too
    for mother, child, year, column in (
        (1947, 2015, 2015, "NIR_ANO_MAM"), (1948, 2021, 2021, "ID_MAM_ENF"),
    ):  # fmt: skip
        days = (f"04/03/{year}", f"07/03/{year}")
        link = {column: f"{mother}LINK"}
        made.stay(year, "31", mother, days, linkage=link, GRG_GHM="14Z13A", DGN_PAL="O800",
                  SEJ_NBJ="3")  # fmt: skip
        made.stay(year, "32", child, days, linkage=link, GRG_GHM="15M05A", DGN_PAL="Z370",
                  AGE_JOU="0", SEJ_NBJ="3", ENT_MOD="N" if year > 2018 else "8")  # fmt: skip
    # 1949: a certificate coded by a machine, of unknown cause; 1950 has two certificates
    made.births.update({1949, 1950})
    for number, birth, matched in (("A", 1949, "1"), ("B", 1950, "1"), ("C", 1950, "1"),
                                   ("D", 0, "0")):  # fmt: skip
        made.add("KI_CCI_R", {"DCD_IDT_ENC": number, "DCD_IDT_TOP": matched,
                 "BEN_IDT_ANO": f"P{birth}" if birth else "", "BEN_DCD_DTE": "11/09/2021",
                 "FLX_PER_ANN": "2021", "DCD_CIM_COD": "R99", "CER_PRD_TYP": "4"})  # fmt: skip
    made.add("KI_ECD_R",
        {"DCD_IDT_ENC": "A", "CER_LIG_NUM": "1", "ECD_CAU_RNG": "1", "ECD_CIM_COD": "R99"},
        {"DCD_IDT_ENC": "A", "CER_LIG_NUM": "6", "ECD_CAU_RNG": "1", "ECD_CIM_COD": "I10"},
        {"DCD_IDT_ENC": "D", "CER_LIG_NUM": "1", "ECD_CAU_RNG": "1", "ECD_CIM_COD": "I500"},
    )  # fmt: skip
    # 1951: a return code of 2013 means nothing in 2012
    for year in (2012, 2013):
        made.stay(year, "41", 1951, (f"01/02/{year}", f"02/02/{year}"), SEJ_NBJ="1",
                  linkage={"COH_NAI_RET": "1"})  # fmt: skip
    # 1952: home hospital without a valid tariff group
    made.births.add(1952)
    had = {"ETA_NUM_EPMSI": HOME, "RHAD_NUM": "7"}
    made.add("T_HAD21C", {**had, "NIR_ANO_17": psa(1952), "EXE_SOI_DTD": "01/03/2021",
             "EXE_SOI_DTF": "05/03/2021", **CODES})  # fmt: skip
    made.add("T_HAD21B", {**had, "SEQ_NUM": "1", "SSEQ_NUM": "1", "DGN_PAL": "C189",
             "SEQ_SEJ_NBJ": "0", "SSEQ_SEQ_NBJ": "0", "SSEQ_NBJ": "5"})  # fmt: skip
    made.add("T_HAD21GRP", {**had, "SEQ_NUM": "1", "SSEQ_NUM": "1", "GHT_NUM": "99"})
    # 1953: the purpose of rehabilitation until February 2023, over New Year in one visit
    made.births.add(1953)
    ssr = {"ETA_NUM": REHAB, "NIR_ANO_17": psa(1953), "EXE_SOI_DTD": "12/12/2022", **CODES}
    for year, number, month, purpose in (
        (2022, "51", "122022", ""),
        (2023, "52", "022023", "Z501"),
        (2023, "52", "032023", "Z508"),
    ):  # fmt: skip
        made.add(f"T_SSR{year - 2000}B", {"ETA_NUM": REHAB, "RHA_NUM": number,
                 "RHS_NUM": month[:2], "MOI_ANN": month, "MOR_PRP": "S7200", "HOS_TYP_UM": "1",
                 "FP_PEC": purpose,
                 "RHS_ANT_SEJ_ENT": {"12": "0", "02": "56", "03": "84"}[month[:2]]})  # fmt: skip
    made.add("T_SSR22C", {**ssr, "RHA_NUM": "51", "EXE_SOI_DTF": "31/12/2022"})
    made.add("T_SSR23C", {**ssr, "RHA_NUM": "52", "EXE_SOI_DTF": "10/03/2023"})
