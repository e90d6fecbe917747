"""What the second reading answers: hospital care, covers, sick leave, money, observation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from tests.second_reading.reading import Reading, Row, cents, day_of, whole

C2S_BEGINS = date(2019, 11, 1)


def hospital_days(reading: Reading) -> dict[tuple[str, str], list[tuple[date, date]]]:
    """Days on which a person's diagnosis or act of a stay may be dated, by code."""
    allowed = defaultdict(list)
    places = [
        ("MCO", "B", ("DGN_PAL", "DGN_REL"), ()),
        ("MCO", "D", ("ASS_DGN",), ()),
        ("MCO", "UM", ("DGN_PAL", "DGN_REL"), ("RUM_ORD_NUM",)),
        ("SSR", "B", ("MOR_PRP", "ETL_AFF", "FP_PEC"), ("RHS_NUM",)),
        ("SSR", "D", ("DGN_COD",), ("RHS_NUM",)),
        ("HAD", "B", ("DGN_PAL",), ("SEQ_NUM", "SSEQ_NUM")),
        ("HAD", "D", ("DGN_ASS",), ("SEQ_NUM", "SSEQ_NUM")),
        ("HAD", "DMPP", ("DGN_ASS_MPP",), ("SEQ_NUM", "SSEQ_NUM")),
        ("HAD", "DMPA", ("DGN_ASS_MPA",), ("SEQ_NUM", "SSEQ_NUM")),
        ("RIP", "RSA", ("DGN_PAL",), ("SEQ_SEQ_NUM",)),
        ("RIP", "RSAD", ("ASS_DGN",), ("SEQ_SEQ_NUM",)),
    ]
    for field_, table, columns, part in places:
        for key, name, row in of_stays(reading, field_, table, part):
            stay = reading.stays[field_][key]
            if part and name not in stay.parts:
                continue
            days = stay.parts[name] if part else (stay.first, stay.last)
            for column in columns:
                if row.get(column) and reading.is_alive(stay.person, days[0]):
                    allowed[stay.person, row[column].replace(".", "")].append(days)
    for key, _, row in of_stays(reading, "MCO", "A", ()):
        stay = reading.stays["MCO"][key]
        act = stay.first + timedelta(whole(row.get("ENT_DAT_DEL")) or 0)
        act = min(max(act, stay.first), stay.last)
        if row["PHA_ACT"] in ("0", "1", "") and reading.is_alive(stay.person, act):
            allowed[stay.person, row["CDC_ACT"][:7]].append((act, act))
    return allowed


def of_stays(
    reading: Reading, field_: str, table: str, part: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], Row]]:
    finess, number = (
        ("ETA_NUM", "RSA_NUM")
        if field_ == "MCO"
        else (
            ("ETA_NUM", "RHA_NUM")
            if field_ == "SSR"
            else ("ETA_NUM_EPMSI", "RHAD_NUM" if field_ == "HAD" else "RIP_NUM")
        )
    )
    for year, row in reading.rows(f"T_{field_}aa{table}"):
        key = str(year), row[finess], row[number]
        if key in reading.stays[field_]:
            name = tuple(row.get(p) or row.get("UM_ORD_NUM", "") for p in part)
            yield key, name, row


def covers(reading: Reading) -> set[tuple[str, str, date]]:
    """Public complementary cover on the 15th of each month, by IR_ORC_R and IR_ACS_R."""
    spans = []
    for _, row in reading.rows("IR_ORC_R"):
        if row["REF_C2S_COD"] != "S" and row["BEN_CTA_TYP"] in ("89", "91", "92", "93"):
            spans.append((row, row["BEN_CTA_TYP"], "MLL_CTA_DSD", "MLL_CTA_DSF"))
    for _, row in reading.rows("IR_ACS_R"):
        spans.append((row, "91", "FAM_DRT_DSD", "FAM_DRT_DSF"))
    found = set()
    for row, kind, first, last in spans:
        key, _ = reading.rights.get((row["BEN_NIR_PSA"], row["BEN_RNG_GEM"]), (None, None))
        begin, end = day_of(row[first]), day_of(row[last]) or date(2098, 12, 31)
        if key not in reading.real or begin is None:
            continue
        day = date(begin.year, begin.month, 15)
        while day <= min(end, date(2030, 12, 31)):
            if day >= begin:
                name = "ACS" if kind != "89" else ("C2S" if day >= C2S_BEGINS else "CMUC")
                found.add((str(key), name, day))
            day = date(day.year + day.month // 12, day.month % 12 + 1, 15)
    return found


def sick_leaves(
    reading: Reading, natures: dict[str, tuple[str, str]]
) -> set[tuple[str, date, date, int]]:
    """Spells of daily allowances: person, first day, last day, days paid.

    Args:
        natures: risk and time (full or part) of each nature that pays days.
    """
    payments = defaultdict(list)
    for line in reading.lines:
        if line.row["PRS_NAT_REF"] in natures and reading.is_alive(line.person, line.day):
            last = day_of(line.row["EXE_SOI_DTF"]) or line.day
            payments[line.person, line.row["PRS_NAT_REF"], line.day, max(last, line.day)].append(
                line
            )
    spans = defaultdict(list)
    for (person, nature, first, last), lines in payments.items():
        money = sum(cents(x.row["BSE_REM_MNT"]) for x in lines)
        quantity = sum(x.quantity for x in lines)
        if quantity <= 0 and money <= 0:
            continue
        numbers = [whole(x.row["PRS_ACT_NBR"]) for x in lines]
        paid = sum(n or 0 for n in numbers)
        if paid <= 0 < money:
            paid = quantity if quantity > 0 else (last - first).days + 1
        risk, time = natures[nature]
        risk = {"10": "sickness", "30": "maternity", "40": "work"}.get(
            lines[0].row["RGO_ASU_NAT"], risk
        )
        spans[person, risk, time].append((first, last, paid))
    found = set()
    for (person, _, _), payments_ in spans.items():
        begin, end, paid = None, None, 0
        for first, last, days in sorted(payments_):
            if end is not None and first <= end + timedelta(1):
                end, paid = max(end, last), paid + days
                continue
            if begin is not None and end is not None:
                found.add((person, begin, end, paid))
            begin, end, paid = first, last, days
        if begin is not None and end is not None:
            found.add((person, begin, end, paid))
    return found


def paid(reading: Reading) -> dict[int, Decimal]:
    """What the compulsory scheme paid for the persons, by year of care, reversals included."""
    total: dict[int, Decimal] = defaultdict(Decimal)
    for line in reading.lines:
        # the patient's flat share of a hospital's external care stands in DCIR alone
        is_share = line.row["DPN_QLF"] == "0" and line.row["CPL_AFF_COD"] == "16"
        if (is_share or not line.is_counted_by_hospital) and reading.is_alive(
            line.person, line.day
        ):
            total[line.day.year] += cents(line.row["BSE_REM_MNT"]) + cents(line.row["CPL_REM_MNT"])
    return dict(total)


def last_observed_day(reading: Reading) -> date:
    """The earlier of six months before the last flux and the last complete year of PMSI."""
    flux = max(day for _, row in reading.rows("ER_PRS_F") if (day := day_of(row["FLX_DIS_DTD"])))
    month = flux.year * 12 + flux.month - 1 - 6
    ends = [date(month // 12, month % 12 + 1, 1)]
    ends[0] = date(ends[0].year + ends[0].month // 12, ends[0].month % 12 + 1, 1) - timedelta(1)
    for name in ("MCO", "SSR", "HAD", "RIP"):
        # a year is complete when its file was delivered, with rows or without
        years = [int(path.stem[5:7]) for path in reading.folder.rglob(f"T_{name}??C.csv")]
        if years:
            ends.append(date(2000 + max(years), 12, 31))
    return min(ends)
