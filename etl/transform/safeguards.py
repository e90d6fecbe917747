"""What ties rows of different persons though no key does, and how an increment answers for it.

Three things look at everybody and decide of rows of persons whom the delivery does not name: the
months that DCIR tells, the window of observation, the professionals that are known. What can be
foreseen is touched beforehand (SQL of row ids); what could not is looked for after the merge, and
then everything is built.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from etl.clauses import Clause
from etl.contracts.registry import contracts
from etl.ids import MAX_LINE, first_row_id
from etl.loaders.manifest import StagedFile
from etl.settings import ObservationSettings
from etl.transform.closure import TOUCHED

# Lines that have a cost though they are no event (macro keeps_cost).
_COSTED = "(excluded_by is null or excluded_by in ('R16', 'R18', 'R19'))"


def told_again(new_files: Iterable[StagedFile]) -> str:
    """N01: lines of the simplified datamart, of flux months that DCIR now tells."""
    return f"""
        select _row_id from staging.stg_dcirs__ns_prs_f
        where FLX_DIS_DTD in (
            select FLX_DIS_DTD from staging.stg_dcir__er_prs_f
            where {_rows_of("ER_PRS_F", new_files)}
            except select FLX_DIS_DTD from increment.flux
        )
    """  # noqa: S608


def outside_the_window(observation: ObservationSettings) -> str:
    """R43: lines that find a payer when observation begins earlier or ends later than it did."""
    moving = [
        condition
        for fixed, condition in (
            (observation.start, "lines.care_date < known.start_date"),
            (observation.end, "lines.care_date > known.end_date"),
        )
        if fixed is None
    ]
    return f"""
        select lines._row_id from intermediate.int_dcir_line__classified as lines
        cross join increment.window as known
        where {_COSTED} and ({" or ".join(moving) or "false"})
    """  # noqa: S608


def new_professionals(new_files: Iterable[StagedFile]) -> str:
    """Events of professionals whom nobody had named as one, of whom the new rows speak."""
    files = list(new_files)
    named = " union ".join(
        f"select {column} as provider_number from staging.{view} where {_rows_of(table, files)}"  # noqa: S608
        for view, table, columns in (
            ("stg_dcir__er_prs_f", "ER_PRS_F", ("PFS_EXE_NUM", "PFS_PRE_NUM")),
            ("stg_dcirs__ns_prs_f", "NS_PRS_F", ("PFS_EXE_NUM", "PFS_PRE_NUM")),
            ("stg_reference__da_pra_r", "DA_PRA_R", ("PFS_PFS_NUM",)),
            ("stg_beneficiary__ir_mtt_r", "IR_MTT_R", ("MTT_PFS_NUM",)),
        )
        for column in columns
    )
    return f"""
        with named as (
            {named} except select name from increment.numbers where kind = 'provider_id'
        )
        {_events_of("named")}
    """  # noqa: S608


def _events_of(named: str) -> str:
    """Rows of events that name a professional whose own line need not count: vaccinations, drugs
    beside a private stay. All others come from a line that names the professional itself."""
    professionals = f"(select provider_number from {named})"  # noqa: S608
    return f"""
        select _row_id from intermediate.int_covid_vaccination__classified
        where PFS_EXE_NUM in {professionals}
        union all
        select _row_id from intermediate.int_dcir_detail__classified
        where PFS_EXE_NUM in {professionals} or PFS_PRE_NUM in {professionals}
    """  # noqa: S608


def changed_window(connection: duckdb.DuckDBPyConnection) -> Clause | None:
    """The observation of everybody changed, for a line that was not built again."""
    found = connection.execute(
        f"""
        select count(*) from intermediate.int_dcir_line__classified as lines
        cross join increment.window as known
        cross join intermediate.int_observation_window as made
        where (lines.care_date between known.start_date and known.end_date)
            is distinct from (lines.care_date between made.start_date and made.end_date)
            and {_COSTED} and lines._row_id not in (select _row_id from {TOUCHED})
        """  # noqa: S608
    ).fetchone()
    if not found or not found[0]:
        return None
    return Clause(
        "the window of observation changed for earlier care",
        "la fenêtre d'observation a changé pour des soins antérieurs",
    )


def lost_numbers(connection: duckdb.DuckDBPyConnection) -> Clause | None:
    """A professional or site came or went, whom rows that were not built again name."""
    gone = connection.execute(
        """
        with gone as (
            select number from increment.numbers where kind = 'provider_id'
            except select number from (
                select known.number from increment.numbers as known
                inner join intermediate.int_provider__resolved as made
                    on known.name = made.provider_number
                where known.kind = 'provider_id'
            )
        )
        select count(*) from intermediate.int_event__routed
        where provider_id in (select number from gone)
        """
    ).fetchone()
    come = connection.execute(
        f"""
        with come as (
            select provider_number from intermediate.int_provider__resolved
            except select name from increment.numbers where kind = 'provider_id'
        )
        select count(*) from ({_events_of("come")})
        where _row_id not in (select _row_id from {TOUCHED})
        """  # noqa: S608
    ).fetchone()
    if (gone and gone[0]) or (come and come[0]):
        return Clause(
            "a professional came or went whom earlier care names",
            "un professionnel cité par des soins antérieurs est apparu ou a disparu",
        )
    return None


def _rows_of(table: str, new_files: Iterable[StagedFile]) -> str:
    number = contracts()[table].number
    starts = [
        first_row_id(number, chunk.number)
        for file in new_files
        if file.table == table
        for chunk in file.chunks
    ]
    spans = [f"_row_id between {start} and {start + MAX_LINE}" for start in starts]
    return f"({' or '.join(spans)})" if spans else "false"
