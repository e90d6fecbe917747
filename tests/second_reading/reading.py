"""A second reading of a delivery: plain Python over its CSV files, from facts about the SNDS alone.

It shares nothing with the SQL of the project. Facts: HDH documentation of the SNDS (2024), guides
of the CNAM; the rules are those of the register. Answers are days, persons and cents, never ids.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

Row = dict[str, str]
KEY = (
    "DCT_ORD_NUM",
    "FLX_DIS_DTD",
    "FLX_EMT_NUM",
    "FLX_EMT_ORD",
    "FLX_EMT_TYP",
    "FLX_TRT_DTD",
    "ORG_CLE_NUM",
    "PRS_ORD_NUM",
    "REM_TYP_AFF",
)
RETURN_CODES = tuple(
    f"{name}_RET"
    for name in ("NIR", "NAI", "SEX", "SEJ", "FHO", "PMS", "DAT", "COH_NAI", "COH_SEX")
)
LATE = timedelta(days=30)
"""Care that is dated later than this after a death belongs to no person (R11b)."""


def day_of(text: str | None) -> date | None:
    """A date as the SNDS writes it; the dates that stand for none are none (R04)."""
    match = re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", text or "")
    if not match:
        return None
    days, months, years = (int(part) for part in match.groups())
    return date(years, months, days) if 1601 <= years < 2099 else None


def whole(text: str | None) -> int | None:
    """A whole number, or nothing."""
    return int(float(text)) if text else None


def cents(text: str | None) -> Decimal:
    """An amount; nothing is zero."""
    return Decimal(text) if text else Decimal(0)


@dataclass
class Stay:
    """A hospital stay of one person, with the parts it is made of."""

    person: str
    first: date
    last: date
    died: bool = False
    parts: dict[tuple[str, ...], tuple[date, date]] = field(default_factory=dict)


@dataclass
class Line:
    """A line of ER_PRS_F of a person, with what its establishment states."""

    person: str
    row: Row
    day: date
    place: Row

    @property
    def quantity(self) -> int:
        """Signed: a reversal takes back what it repeats."""
        return whole(self.row["PRS_ACT_QTE"]) or 0

    @property
    def is_counted_by_hospital(self) -> bool:
        """External care of public hospitals, which the PMSI holds (R16, R17)."""
        information = {self.row.get("DPN_QLF"), self.row.get("PRS_DPN_QLP")} & {"71", "72"}
        return bool(information) or self.place.get("ETE_IND_TAA") == "1"

    @property
    def is_of_a_clinic(self) -> bool:
        """A line of a private stay: the PMSI holds what happened, DCIR what it cost (R18)."""
        return self.place.get("ETE_MCO_DDP", "") not in ("", "Z", "X")


class Reading:
    """The delivery of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rights = self._rights()
        self.real = {key for key, row in self.rights.values() if self._is_real(row)}
        self.of_psa: dict[str, set[str]] = defaultdict(set)
        for (psa, _), (key, _) in self.rights.items():
            self.of_psa[psa].add(key)
        self.birth_year = {key: int(row["BEN_NAI_ANN"]) for key, row in self.rights.values()}
        self.lines = self._lines()
        self.surviving = self._netted(self.lines)
        self.stays = {field_: dict(self._stays(field_)) for field_ in ("MCO", "SSR", "HAD", "RIP")}
        self.external = list(self._external())
        self.death = self._deaths()

    # ---- files

    def rows(self, table: str) -> Iterator[tuple[int, Row]]:
        """Rows of a table of all its years; a year of a hospital table stands in its name."""
        name = re.escape(table).replace("aa", r"(\d\d)")
        for path in sorted(self.folder.rglob("*.csv")):
            match = re.fullmatch(name + r"(?:_(\d{4}))?", path.stem)
            if match is None:
                continue
            number = next((g for g in match.groups() if g), "0")
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file, delimiter=";"):
                    yield (2000 + int(number) if len(number) == 2 else int(number)), row

    # ---- persons

    def _rights(self) -> dict[tuple[str, str], tuple[str, Row]]:
        rights: dict[tuple[str, str], tuple[str, Row]] = {}
        order = {}
        for rank, table in enumerate(("IR_BEN_R_ARC", "IR_BEN_R")):
            for _, row in self.rows(table):
                right = row["BEN_NIR_PSA"], row["BEN_RNG_GEM"]
                fresh = (
                    rank,
                    day_of(row.get("MAX_TRT_DTD")) or date.min,
                    day_of(row.get("BEN_DTE_MAJ")) or date.min,
                )
                if right in order and order[right] > fresh:
                    continue
                order[right] = fresh
                key = row["BEN_IDT_ANO"] or row["BEN_NIR_ANO"] or "".join(right)
                rights[right] = key, row
        return rights

    @staticmethod
    def _is_real(row: Row) -> bool:
        return (
            row["BEN_CDI_NIR"] in ("", "00", "03", "04")
            and row["BEN_NAI_ANN"] not in ("", "1600", "0000", "0001")
            and row["BEN_SEX_COD"] in ("1", "2")
        )

    # ---- claims

    def _lines(self) -> list[Line]:
        places = {}
        for _, row in self.rows("ER_ETE_F"):
            places[tuple(row[name] for name in KEY)] = row
        lines = {}
        for _, row in self.rows("ER_PRS_F"):
            key, _ = self.rights.get((row["BEN_NIR_PSA"], row["BEN_RNG_GEM"]), (None, None))
            day = day_of(row["EXE_SOI_DTD"])
            fictitious = (row["RGM_GRG_COD"].lstrip("0"), row["RGM_COD"]) == ("1", "888")
            if (
                key in self.real
                and day
                and not fictitious
                and day.year >= self.birth_year[str(key)]
            ):
                nine = tuple(row[name] for name in KEY)
                lines[nine] = Line(str(key), row, day, places.get(nine, {}))
        return list(lines.values())

    @staticmethod
    def _netted(lines: Iterable[Line]) -> list[Line]:
        """Lines that were not taken back: of equal lines, the sum of the quantities is left."""
        alike = defaultdict(list)
        for line in lines:
            alike[
                line.person,
                line.day,
                line.row["PRS_NAT_REF"],
                line.row["PFS_EXE_NUM"],
                abs(cents(line.row["PRS_PAI_MNT"])),
                line.row["EXE_SOI_DTF"],
                line.row["CPL_MAJ_TOP"],
            ].append(line)
        left = []
        for group in alike.values():
            count = sum((x.quantity > 0) - (x.quantity < 0) for x in group)
            left += [x for x in group if x.quantity > 0][: max(count, 0)]
        return left

    def visit_days(self, natures: set[str]) -> set[tuple[str, date]]:
        """Persons and days of the encounters that DCIR alone knows."""
        return {
            (x.person, x.day)
            for x in self.surviving
            if x.row["PRS_NAT_REF"] in natures
            and (whole(x.row["CPL_MAJ_TOP"]) or 0) < 2
            and not x.is_counted_by_hospital
            and not x.is_of_a_clinic
            and self.is_alive(x.person, x.day)
        }

    def is_alive(self, person: str, day: date) -> bool:
        """Alive, or dead for thirty days at most."""
        return person not in self.death or day <= self.death[person] + LATE

    # ---- hospital

    def person_of(self, psa: str) -> str | None:
        """The only person of a PSA; one that two persons share identifies neither."""
        keys = self.of_psa.get(psa, set())
        return next(iter(keys)) if len(keys) == 1 and keys <= self.real else None

    def _stays(self, field_: str) -> Iterator[tuple[tuple[str, ...], Stay]]:
        finess, number = {
            "MCO": ("ETA_NUM", "RSA_NUM"),
            "SSR": ("ETA_NUM", "RHA_NUM"),
            "HAD": ("ETA_NUM_EPMSI", "RHAD_NUM"),
            "RIP": ("ETA_NUM_EPMSI", "RIP_NUM"),
        }[field_]
        part, table = {
            "MCO": (("RUM_ORD_NUM",), "UM"),
            "SSR": (("RHS_NUM",), "B"),
            "HAD": (("SEQ_NUM", "SSEQ_NUM"), "B"),
            "RIP": (("SEQ_SEQ_NUM",), "RSA"),
        }[field_]
        parts = defaultdict(list)
        for year, row in self.rows(f"T_{field_}aa{table}"):
            parts[str(year), row[finess], row[number]].append(row)
        summaries = {}
        for year, row in self.rows(f"T_{field_}aa" + ("B" if field_ == "MCO" else "S")):
            summaries[str(year), row[finess], row[number]] = row
        for year, row in self.rows(f"T_{field_}aaC"):
            key = str(year), row[finess], row[number]
            person = self.person_of(row["NIR_ANO_17"])
            first, last = day_of(row["EXE_SOI_DTD"]), day_of(row["EXE_SOI_DTF"])
            summary = summaries.get(key, {})
            bad = any(row.get(code) not in ("0", "", None) for code in RETURN_CODES)
            if field_ == "MCO":
                bad = bad or self._is_no_stay(summary)
            if person is None or first is None or bad or first.year < self.birth_year[person]:
                continue
            stay = Stay(person, first, last or first)
            begin = first
            for one in sorted(parts[key], key=lambda r: r.get(part[0]) or r.get("UM_ORD_NUM", "")):
                name = tuple(one.get(p) or one.get("UM_ORD_NUM", "") for p in part)
                if field_ == "MCO":
                    end = min(begin + timedelta(whole(one["PAR_DUR_SEJ"]) or 0), stay.last)
                    stay.parts[name] = begin, end
                    begin = end
                elif field_ == "SSR":
                    if one.get("GRG_GME", "").startswith("90") or one["TYP_GEN_RHA"] not in (
                        "0",
                        "4",
                        "",
                    ):
                        continue
                    start = first + timedelta(whole(one["RHS_ANT_SEJ_ENT"]) or 0)
                    stay.parts[name] = start, min(start + timedelta(6), stay.last)
                elif field_ == "HAD":
                    start = first + timedelta(
                        (whole(one["SEQ_SEJ_NBJ"]) or 0) + (whole(one["SSEQ_SEQ_NBJ"]) or 0)
                    )
                    stay.parts[name] = (
                        start,
                        start + timedelta(max((whole(one["SSEQ_NBJ"]) or 1) - 1, 0)),
                    )
                else:
                    if one.get("SEQ_IND") == "E" or one.get("TYP_GEN_RSA", "") not in ("0", ""):
                        continue
                    delay = one.get("ENT_DEL_DAT") or one.get("DEL_DAT")
                    start = first + timedelta(whole(delay) or 0)
                    stay.parts[name] = (
                        start,
                        start + timedelta(max(whole(one["SEQ_COU_NBJ"]) or 1, 1)),
                    )
            exits = [summary.get("SOR_MOD"), *(one.get("SOR_MOD") for one in parts[key])]
            stay.died = "9" in exits
            yield key, stay

    @staticmethod
    def _is_no_stay(summary: Row) -> bool:
        """MCO: a grouping error, the provider's side of care between hospitals, no real summary."""
        return (
            not summary
            or summary["GRG_GHM"].startswith("90")
            or summary.get("SEJ_TYP", "").strip() == "B"
            or summary.get("TYP_GEN_RSA", "") not in ("0", "")
        )

    def _external(self) -> Iterator[tuple[str, date]]:
        for table in ("T_MCOaaCSTC", "T_SSRaaCSTC"):
            for _, row in self.rows(table):
                person, day = self.person_of(row["NIR_ANO_17"]), day_of(row["EXE_SOI_DTD"])
                if person and day:
                    yield person, day

    # ---- deaths

    def _deaths(self) -> dict[str, date]:
        """One death of each person, of the first source that knows one (dates_de_deces)."""
        care: dict[str, list[date]] = defaultdict(list)
        for line in self.surviving:
            if not line.is_of_a_clinic and not line.is_counted_by_hospital:
                care[line.person].append(line.day)
        for stays in self.stays.values():
            for stay in stays.values():
                care[stay.person].append(stay.first)
        for person, day in self.external:
            care[person].append(day)
        ranked: list[dict[str, date]] = [{} for _ in range(6)]

        def note(rank: int, person: str | None, day: date | None, last_care: bool = False) -> None:
            if person not in self.real or day is None or day.year < self.birth_year[str(person)]:
                return
            if last_care and any(d > day + LATE for d in care[str(person)]):
                return
            held = ranked[rank].get(str(person))
            ranked[rank][str(person)] = day if held is None else max(held, day)

        for key, row in self.rights.values():
            note(0, key, day_of(row["BEN_DCD_DTE"]))
            month = row.get("BEN_DCD_AME") or ""
            if not day_of(row["BEN_DCD_DTE"]) and month > "1601":
                # a month is less than the day of a certificate or a stay, and ends on its last day
                after = date(int(month[:4]) + int(month[4:]) // 12, int(month[4:]) % 12 + 1, 1)
                note(3, key, after - timedelta(1))
        number = {
            row["BEN_NIR_ANO"]: key for key, row in self.rights.values() if row["BEN_NIR_ANO"]
        }
        for _, row in self.rows("KI_CCI_R"):
            if row["DCD_IDT_TOP"] == "1":
                key = (
                    row["BEN_IDT_ANO"]
                    if row["BEN_IDT_ANO"] in self.real
                    else number.get(row["BEN_NIR_ANO"])
                )
                note(1, key, day_of(row["BEN_DCD_DTE"]))
        for stays in self.stays.values():
            for stay in stays.values():
                if stay.died:
                    note(2, stay.person, stay.last, last_care=True)
        for line in self.surviving:
            if line.place.get("ETE_NAT_FSJ") == "D":
                note(4, line.person, day_of(line.row["EXE_SOI_DTF"]), last_care=True)
            note(5, line.person, day_of(line.row.get("BEN_DCD_DTE")))
        return {p: day for rank in reversed(ranked) for p, day in rank.items()}
