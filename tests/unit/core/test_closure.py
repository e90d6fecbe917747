"""Which rows new files may change: those that keys tie to them, and no others."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from etl.contracts.registry import contracts
from etl.ids import first_row_id
from etl.loaders.manifest import Chunk, StagedFile
from etl.transform.closure import find_touched
from etl.transform.links import NINE_KEYS, links


def row(table: str, file: int, line: int) -> int:
    return first_row_id(contracts()[table].number, file) + line


def keys(claim: int) -> str:
    return ", ".join(f"{claim} as {key}" for key in NINE_KEYS)


def new_file(table: str, number: int) -> StagedFile:
    return StagedFile(
        root="/delivery", name=f"{table}.csv", table=table, year=None, size=1, modified=1,
        sha256="0", contract="0", forced="", chunks=(Chunk(number=number, first_line=0),), parts=1,
        rows_read=1, rows_staged=1, rejected={}, unparsed={},
    )  # fmt: skip


# claim, pseudonym of the right
LINES = {1: "psa1", 2: "psa1", 3: "psa2", 4: "psa3", 5: "psa4"}


@pytest.fixture
def candidate() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    connection.execute("create schema staging; create schema increment")
    lines = " union all ".join(
        f"select {row('ER_PRS_F', 1 if claim < 5 else 2, claim)} as _row_id, {keys(claim)}, "
        f"'{psa}' as BEN_NIR_PSA, '1' as BEN_RNG_GEM"
        for claim, psa in LINES.items()
    )
    connection.execute(f"create view staging.stg_dcir__er_prs_f as {lines}")
    details = " union all ".join(
        f"select {row('ER_PHA_F', 1, claim)} as _row_id, {keys(claim)}" for claim in LINES
    )
    connection.execute(f"create view staging.stg_dcir__er_pha_f as {details}")
    # psa1 and psa4 are one person; psa2 another; psa3 is known by nothing else
    rights = [("psa1", "me"), ("psa4", "me"), ("psa2", "other")]
    persons = " union all ".join(
        f"select {row('IR_BEN_R', 1, line)} as _row_id, '{psa}' as BEN_NIR_PSA, "
        f"'1' as BEN_RNG_GEM, '{person}' as BEN_IDT_ANO, null::varchar as BEN_NIR_ANO"
        for line, (psa, person) in enumerate(rights)
    )
    connection.execute(f"create view staging.stg_beneficiary__ir_ben_r as {persons}")
    stays = [("a", "psa1"), ("b", "psa2"), ("c", "x" * 17), ("d", "X" * 17)]
    linkages = " union all ".join(
        f"select {row('T_MCOaaC', 1, line)} as _row_id, 2019 as _source_year, 'h' as ETA_NUM, "
        f"'{stay}' as RSA_NUM, '{psa}' as NIR_ANO_17"
        for line, (stay, psa) in enumerate(stays)
    )
    connection.execute(f"create view staging.stg_mco__t_mcoaac as {linkages}")
    diagnoses = " union all ".join(
        f"select {row('T_MCOaaD', 1, line)} as _row_id, {year} as _source_year, 'h' as ETA_NUM, "
        "'a' as RSA_NUM"
        for line, year in enumerate((2018, 2019))
    )
    connection.execute(f"create view staging.stg_mco__t_mcoaad as {diagnoses}")
    yield connection
    connection.close()


def touched(connection: duckdb.DuckDBPyConnection) -> set[int]:
    found = connection.execute("select _row_id from increment.touched").fetchall()
    assert len(found) == len({row_id for (row_id,) in found})
    return {row_id for (row_id,) in found}


def test_all_that_a_person_has_is_touched(candidate: duckdb.DuckDBPyConnection) -> None:
    """A line of another right of the person: earlier lines, details, both rights, the stay."""
    assert find_touched(candidate, [new_file("ER_PRS_F", 2)], []) == 10
    assert touched(candidate) == {
        row("ER_PRS_F", 2, 5), row("ER_PRS_F", 1, 1), row("ER_PRS_F", 1, 2),
        row("ER_PHA_F", 1, 5), row("ER_PHA_F", 1, 1), row("ER_PHA_F", 1, 2),
        row("IR_BEN_R", 1, 0), row("IR_BEN_R", 1, 1),
        row("T_MCOaaC", 1, 0), row("T_MCOaaD", 1, 1),
    }  # fmt: skip


def test_a_row_told_beforehand_is_followed(candidate: duckdb.DuckDBPyConnection) -> None:
    seed = f"select {row('ER_PHA_F', 1, 4)}"
    assert find_touched(candidate, [], [seed]) == 2
    assert touched(candidate) == {row("ER_PHA_F", 1, 4), row("ER_PRS_F", 1, 4)}


def test_refused_pseudonyms_tie_nothing(candidate: duckdb.DuckDBPyConnection) -> None:
    assert find_touched(candidate, [], [f"select {row('T_MCOaaC', 1, 2)}"]) == 1


def test_refused_pseudonyms_tie_when_their_rule_is_off() -> None:
    (on,) = (link for link in links("T_MCOaaC", ["NIR_ANO_17"]) if link.kind == 3)
    (off,) = (link for link in links("T_MCOaaC", ["NIR_ANO_17"], ["R09"]) if link.kind == 3)
    with duckdb.connect() as connection:
        told = f"from (select '{'x' * 17}' as NIR_ANO_17)"
        assert connection.execute(f"select {on.sql} {told}").fetchone() == (None,)
        assert connection.execute(f"select {off.sql} {told}").fetchone() != (None,)


@pytest.mark.parametrize(
    ("table", "columns", "kinds"),
    [
        ("T_MCOaaFBSTC", ["_source_year", "ETA_NUM", "SEQ_NUM"], {7}),
        ("T_HADaaVALO", ["_source_year", "ETA_NUM", "RHAD_NUM", "SEQ_NUM"], {6}),
        ("T_RIPaaR3A", ["_source_year", "ETA_NUM_EPMSI", "ORD_NUM", "IPP_IRR_CRY"], {8, 9}),
        ("T_MCOaaC", ["_source_year", "ETA_NUM", "RSA_NUM", "ID_MAM_ENF"], {6, 10}),
        ("NS_PHA_F", ["CLE_DCI_JNT", "FLX_DIS_DTD"], {2}),
        ("KI_ECD_R", ["DCD_IDT_ENC"], {5}),
        ("DA_PRA_R", ["PFS_PFS_NUM"], set()),
    ],
)
def test_kinds_of_links(table: str, columns: list[str], kinds: set[int]) -> None:
    assert {link.kind for link in links(table, columns)} == kinds
