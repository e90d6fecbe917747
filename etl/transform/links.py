"""What ties source rows together: the keys by which a model joins, groups or nets them.

Rows that share a link may change each other's result; rows that no chain of links joins cannot.
Every model of the list ``rows`` in ``dbt_project/increment.yml`` joins and groups by these keys, by
columns that contain them, or by what is the same for everybody. A link too many costs time only;
one too few would give a wrong count.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

# R15: the nine keys that join ER_PRS_F to its detail tables (macros/keys.sql).
NINE_KEYS = (
    "DCT_ORD_NUM", "FLX_DIS_DTD", "FLX_EMT_NUM", "FLX_EMT_ORD", "FLX_EMT_TYP",
    "FLX_TRT_DTD", "ORG_CLE_NUM", "PRS_ORD_NUM", "REM_TYP_AFF",
)  # fmt: skip
# R31: the number of a stay begins again every year, in every hospital.
_STAY_NUMBER = {"MCO": "RSA_NUM", "SSR": "RHA_NUM", "HAD": "RHAD_NUM", "RIP": "RIP_NUM"}
_HOSPITALS = ("ETA_NUM", "ETA_NUM_EPMSI")
_PMSI = re.compile(r"T_(MCO|SSR|HAD|RIP)aa(.*)")
_BILLS = re.compile(r".*STC|VALOACE")
# R09 refuses these pseudonyms; linked, they would tie all refused stays together.
_NO_PSEUDONYM = (
    "lower(NIR_ANO_17) like 'xxxxxxxxxxxxxxxx%' or upper(NIR_ANO_17) like '%XXXXXXXXXXXXXXXX'"
)


@dataclass(frozen=True, slots=True)
class Link:
    """A kind of link, and SQL for the key of a row (64 bits; NULL ties to nothing).

    Two keys that collide tie rows that need not be: they are built again for nothing, no more.
    """

    kind: int
    sql: str


def links(table: str, columns: Collection[str], rules_off: Collection[str] = ()) -> list[Link]:
    """Links of a table, from the columns of its staging model.

    Args:
        table: SNDS name, ``T_MCOaaB``.
        columns: upper-case SNDS names.
        rules_off: rules that are switched off.
    """
    found: list[Link] = []
    if set(columns).issuperset(NINE_KEYS):
        found.append(_link(1, *NINE_KEYS))
    if "CLE_DCI_JNT" in columns:
        found.append(_link(2, "CLE_DCI_JNT", "FLX_DIS_DTD"))
    found += _persons(columns, rules_off)
    if "DCD_IDT_ENC" in columns:
        found.append(_link(5, "DCD_IDT_ENC"))
    if pmsi := _PMSI.fullmatch(table):
        found += _hospital(pmsi[1], pmsi[2], columns)
    return found


def _persons(columns: Collection[str], rules_off: Collection[str]) -> list[Link]:
    """Pseudonyms: a right (PSA, shared by twins) and the identifiers of a person."""
    found = [
        _unless(_link(kind, name), f"{name} is null")
        for kind, name in ((3, "BEN_NIR_PSA"), (4, "BEN_IDT_ANO"), (4, "BEN_NIR_ANO"))
        if name in columns
    ]
    if "NIR_ANO_17" in columns:
        refused = "" if "R09" in rules_off else f" or {_NO_PSEUDONYM}"
        found.append(_unless(_link(3, "NIR_ANO_17"), f"NIR_ANO_17 is null{refused}"))
    if {"BEN_IDT_ANO", "BEN_NIR_ANO", "BEN_RNG_GEM"}.issubset(columns):
        # the last step of the ladder of persons
        found.append(_link(4, "BEN_NIR_PSA || coalesce(BEN_RNG_GEM, '')"))
    return found


def _hospital(field: str, rest: str, columns: Collection[str]) -> list[Link]:
    found = []
    for hospital in (name for name in _HOSPITALS if name in columns):
        of_year = (f"'{field}'", "_source_year", hospital)
        if (number := _STAY_NUMBER[field]) in columns:
            found.append(_link(6, *of_year, number))
        if _BILLS.fullmatch(rest) and "SEQ_NUM" in columns:
            found.append(_link(7, *of_year, "SEQ_NUM"))
        if field == "RIP" and "ORD_NUM" in columns:
            found.append(_link(8, *of_year, "ORD_NUM"))
        if "IPP_IRR_CRY" in columns:
            found.append(_unless(_link(9, hospital, "IPP_IRR_CRY"), "IPP_IRR_CRY is null"))
        for name in ("ID_MAM_ENF", "NIR_ANO_MAM"):
            if name in columns:
                nobody = f"{name} is null or upper({name}) like 'ABABABAB%'"
                found.append(_unless(_link(10, hospital, name), nobody))
    return found


def _link(kind: int, *keys: str) -> Link:
    return Link(kind, f"hash({kind}, {', '.join(keys)})")


def _unless(link: Link, condition: str) -> Link:
    if not condition:
        return link
    return Link(link.kind, f"case when not ({condition}) then {link.sql} end")
