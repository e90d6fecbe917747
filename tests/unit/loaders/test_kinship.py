"""Rows without a person belong to a line or a stay: by which columns, from the facts of the SNDS.

Keys of DCIR, MCO, SSR, HAD and RIP: snds_source.md, 1.1 to 1.8; stays are numbered within a year.
"""

from __future__ import annotations

import pytest

from etl.contracts.registry import contracts
from etl.loaders.kinship import dependences

DOCUMENT = ("FLX_DIS_DTD", "FLX_TRT_DTD", "FLX_EMT_TYP", "FLX_EMT_NUM", "FLX_EMT_ORD",
            "ORG_CLE_NUM", "DCT_ORD_NUM")  # fmt: skip
LINE = (*DOCUMENT, "PRS_ORD_NUM", "REM_TYP_AFF")
STAYS = {
    "mco": ("ETA_NUM", "RSA_NUM"),
    "ssr": ("ETA_NUM", "RHA_NUM"),
    "had": ("ETA_NUM_EPMSI", "RHAD_NUM"),
    "rip": ("ETA_NUM_EPMSI", "RIP_NUM"),
}
FOLLOWED = [
    *(("ER_PRS_F", name, LINE, False) for name in ("ER_PHA_F", "ER_UCD_F", "ER_BIO_F", "ER_ETE_F")),
    ("ER_PRS_F", "ER_DCT_F", DOCUMENT, False),
    ("KI_CCI_R", "KI_ECD_R", ("DCD_IDT_ENC",), False),
    *(("T_MCOaaC", f"T_MCOaa{name}", STAYS["mco"], True) for name in ("B", "UM", "D", "A", "MED")),
    *(("T_SSRaaC", f"T_SSRaa{name}", STAYS["ssr"], True) for name in ("B", "D", "CSARR", "CCAM")),
    *(("T_HADaaC", f"T_HADaa{name}", STAYS["had"], True) for name in ("B", "D", "DMPP", "A")),
    *(("T_RIPaaC", f"T_RIPaa{name}", STAYS["rip"], True) for name in ("RSA", "RSAD", "CCAM")),
    *(
        (f"T_{field}aaCSTC", f"T_{field}aa{name}STC", ("ETA_NUM", "SEQ_NUM"), True)
        for field in ("MCO", "SSR")
        for name in ("FB", "FC", "FM", "FL", "FH", "FP")
    ),
    ("T_RIPaaCSTC", "T_RIPaaR3A", ("ETA_NUM_EPMSI", "IPP_IRR_CRY"), True),
    ("T_RIPaaC", "T_RIPaaR3A", ("ETA_NUM_EPMSI", "IPP_IRR_CRY"), True),
    ("T_RIPaaR3A", "T_RIPaaR3AD", ("ETA_NUM_EPMSI", "ORD_NUM"), True),
]


@pytest.mark.parametrize(
    ("leader", "table", "columns", "is_yearly"), FOLLOWED, ids=[f"{a}-{b}" for a, b, *_ in FOLLOWED]
)
def test_a_row_follows_its_line_or_stay(
    leader: str, table: str, columns: tuple[str, ...], *, is_yearly: bool
) -> None:
    (found,) = [
        one for one in dependences() if (one.leader.table, one.table.table) == (leader, table)
    ]
    assert sorted(found.columns) == sorted((one, one) for one in columns)
    assert found.is_yearly is is_yearly


def test_no_table_of_a_stay_is_left_behind() -> None:
    """A part without a pseudonym follows a table that has it, or one that follows such a table."""
    led = {one.table.table for one in dependences()}
    left = {
        contract.table
        for contract in contracts().values()
        if contract.product in STAYS
        and "NIR_ANO_17" not in {column.name for column in contract.kept}
        and contract.stay
    }
    assert left
    assert left - led == set()


def test_a_leader_comes_before_what_follows_it_and_nothing_follows_itself() -> None:
    order = [(one.leader.table, one.table.table) for one in dependences()]
    assert all(leader != table for leader, table in order)
    assert len(order) == len(set(order))
    last = {table: rank for rank, (_, table) in enumerate(order)}
    assert all(last.get(leader, -1) < rank for rank, (leader, _) in enumerate(order))


def test_what_has_the_key_of_a_leader_follows_it_and_nothing_else_does() -> None:
    """Found again by the names of columns alone, in the tables of one product."""
    led: dict[str, set[str]] = {}
    for one in dependences():
        led.setdefault(one.leader.table, set()).add(one.table.table)
    columns = {
        name: {column.name for column in contract.kept} for name, contract in contracts().items()
    }
    bears = {
        leader: {
            name
            for name, contract in contracts().items()
            if contract.product == contracts()[leader].product
            and name != leader
            and set(contracts()[leader].key) <= columns[name]
        }
        for leader in led
    }
    # documents name no line; an amount of a HAD stay has a pseudonym of its own; R3A is a part
    bears["ER_PRS_F"].add("ER_DCT_F")
    bears["T_HADaaC"].add("T_HADaaVALO")
    bears["T_RIPaaC"].add("T_RIPaaR3A")
    # of RIP's numbers of patients only those that are named by nothing else
    bears["T_RIPaaCSTC"] = {"T_RIPaaR3A", "T_RIPaaC"}
    assert led == bears
