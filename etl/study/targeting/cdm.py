"""Events of a criterion in the CDM, by source concepts or by standard ones, step by step looser.

A *way* states how events are found. The two that are counted are :data:`BY_SOURCE` and
:data:`BY_STANDARD`; the others lie between them and explain whom each step finds again.
"""

# ruff: noqa: S608 - SQL is made of names of the specification and of reviewed codes.

from __future__ import annotations

from dataclasses import dataclass, replace

import duckdb

from etl.contracts.registry import contracts
from etl.ids import POSITION_BITS, VARIANTS
from etl.publish.source import CATALOG
from etl.study.targeting import raw
from etl.study.targeting.criteria import Criterion, Source

SCHEMA = "memory.targeting"
_CDM = f"{CATALOG}.cdm"
_DOMAINS = {
    "condition_occurrence": ("condition", "condition_start_date"),
    "observation": ("observation", "observation_date"),
    "procedure_occurrence": ("procedure", "procedure_date"),
    "measurement": ("measurement", "measurement_date"),
    "device_exposure": ("device", "device_exposure_start_date"),
    "drug_exposure": ("drug", "drug_exposure_start_date"),
}
# Vocabularies that hold the codes of a source: ours, and those of Athena.
_VOCABULARIES: dict[Source, tuple[str, ...]] = {
    "mco": ("SNDS_CIM10", "CIM10", "ICD10"),
    "rip": ("SNDS_CIM10", "CIM10", "ICD10"),
    "ald": ("SNDS_CIM10", "CIM10", "ICD10"),
    "ccam": ("SNDS_CCAM", "CCAM"),
    "ghm": ("SNDS_GHM", "GHM"),
    "drug": ("SNDS_CIP", "CIP"),
}
# Tables that the raw query of a source reads, of which the ledger counts rows by rule.
TABLES: dict[Source, tuple[str, ...]] = {
    "mco": ("T_MCOaaB", "T_MCOaaC", "T_MCOaaD", "T_MCOaaUM"),
    "rip": ("T_RIPaaRSA", "T_RIPaaRSAD", "T_RIPaaC"),
    "ald": ("IR_IMB_R",),
    "ccam": ("T_MCOaaA", "T_MCOaaB", "T_MCOaaC"),
    "ghm": ("T_MCOaaB", "T_MCOaaC"),
    "drug": ("ER_PRS_F", "ER_PHA_F"),
}
_ORIGINS: dict[Source, tuple[str, ...]] = {
    "mco": ("T_MCOaaB", "T_MCOaaD", "T_MCOaaUM"),
    "rip": ("T_RIPaaRSA", "T_RIPaaRSAD"),
    "ald": ("IR_IMB_R",),
    "ccam": ("T_MCOaaA",),
    "ghm": (),
    "drug": ("ER_PHA_F",),
}


@dataclass(frozen=True, slots=True)
class Way:
    """How events are found."""

    match: str
    """``source`` concept, ``value`` of the source, ``standard`` concept, ``either`` concept."""
    place: str
    """Position of a diagnosis: its ``source`` value, its ``status`` concept, ``domain`` (its source
    value, and any for codes of other domains than conditions), or ``any``."""
    has_packs: bool = True
    """Whether the size of a pack is known."""
    has_origin: bool = True
    """Whether the table of the SNDS that a row came from is known (its id states it)."""
    has_window: bool = True
    has_stays: bool = True
    has_minimum: bool = True

    def but(self, **changes: object) -> Way:
        return replace(self, **changes)  # type: ignore[arg-type]


BY_SOURCE = Way("source", "source")
BY_STANDARD = Way("standard", "status", has_packs=False, has_origin=False)


def concepts(connection: duckdb.DuckDBPyConnection, criterion: Criterion, name: str) -> None:
    """Two tables: source concepts of the codes (``<name>_source``), standard ones (``_standard``).

    Standard: what the source concepts map to, and for drugs what their ATC classes hold, with
    descendants.
    """
    connection.execute(f"create schema if not exists {SCHEMA}")
    listed = ", ".join(f"'{one}'" for one in _VOCABULARIES[criterion.source])
    code = "replace(concept_code, '.', '')"
    keep = criterion.matches(code)
    if criterion.source == "drug":
        keep = f"{code} in ({raw.packs(criterion)})"
    connection.execute(
        f"create or replace table {SCHEMA}.{name}_source as select concept_id, concept_code "
        f"from {_CDM}.concept where vocabulary_id in ({listed}) and {keep}"
    )
    seeds = f"select concept_id from {SCHEMA}.{name}_source"
    if criterion.source == "drug":
        seeds += (
            f" union select concept_id from {_CDM}.concept "
            f"where vocabulary_id = 'ATC' and {criterion.matches('concept_code')}"
        )
    connection.execute(
        f"""
        create or replace table {SCHEMA}.{name}_standard as
        with seed as ({seeds}),
        target as (
            select relation.concept_id_2 as concept_id
            from {_CDM}.concept_relationship as relation
            inner join seed on relation.concept_id_1 = seed.concept_id
            where relation.relationship_id = 'Maps to' and relation.invalid_reason is null
            union
            select concept_id from seed
        ),
        below as (
            select concept_id from target
            union
            select ancestor.descendant_concept_id
            from {_CDM}.concept_ancestor as ancestor
            inner join target on ancestor.ancestor_concept_id = target.concept_id
        )
        select below.concept_id
        from below
        inner join {_CDM}.concept as concept on below.concept_id = concept.concept_id
        where concept.standard_concept = 'S' and below.concept_id <> 0
        """
    )


def events(criterion: Criterion, name: str, way: Way, window: tuple[int, int]) -> str:
    """SQL for ``person, stay, day, origin`` of a criterion; ``origin``: the row's source code."""
    if criterion.source == "ghm":
        return _groups(criterion, name, way, window)
    parts = [
        _domain(criterion, name, way, window, table, stem, day)
        for table, (stem, day) in _DOMAINS.items()
        if criterion.source != "drug" or table == "drug_exposure"
    ]
    if criterion.source == "drug" and criterion.pack and not way.has_packs:
        return (
            "select null::bigint as person, null::bigint as stay, null::date as day, "
            "'' as origin where false"
        )
    return " union all ".join(parts)


def _domain(
    criterion: Criterion,
    name: str,
    way: Way,
    window: tuple[int, int],
    table: str,
    stem: str,
    day: str,
) -> str:
    conditions = [_match(criterion, name, way, stem)]
    if way.has_origin:
        numbers = ", ".join(str(contracts()[one].number) for one in _ORIGINS[criterion.source])
        row = f"(one.{table}_id // {VARIANTS}) >> {POSITION_BITS}"
        conditions.append(f"{row} in ({numbers})")
    if criterion.places and way.place != "any":
        is_free = way.place == "domain" and stem != "condition"
        conditions.append(_place(criterion, way) if stem == "condition" else str(is_free).lower())
    hospital = criterion.source in ("mco", "rip", "ccam")
    date = f"coalesce(visit.visit_end_date, one.{day})" if hospital else f"one.{day}"
    begun = f"coalesce(visit.visit_start_date, one.{day})" if hospital else f"one.{day}"
    if way.has_window:
        first, last = window
        since = f"year({date}) <= {last}"
        conditions.append(
            since if criterion.source == "ald" else f"{since} and year({date}) >= {first}"
        )
    return f"""
        select
            one.person_id as person, one.visit_occurrence_id as stay, {begun} as day,
            one.{stem}_source_value as origin
        from {_CDM}.{table} as one
        left join {_CDM}.visit_occurrence as visit
            on one.visit_occurrence_id = visit.visit_occurrence_id
        where {" and ".join(conditions)}
    """


def _match(criterion: Criterion, name: str, way: Way, stem: str) -> str:
    source = f"one.{stem}_source_concept_id in (select concept_id from {SCHEMA}.{name}_source)"
    standard = f"one.{stem}_concept_id in (select concept_id from {SCHEMA}.{name}_standard)"
    value = f"replace(one.{stem}_source_value, '.', '')"
    if criterion.source == "drug":
        named = f"{value} in ({raw.packs(criterion)})"
    else:
        named = f"coalesce({criterion.matches(value)}, false)"
    return {
        "source": source,
        "value": f"({source} or {named})",
        "standard": standard,
        "either": f"({source} or {standard})",
    }[way.match]


def _place(criterion: Criterion, way: Way) -> str:
    listed = ", ".join(f"'{one}'" for one in criterion.places)
    if way.place in ("source", "domain"):
        return f"one.condition_status_source_value in ({listed})"
    return (
        "one.condition_status_concept_id in (select distinct condition_status_concept_id "
        f"from {_CDM}.condition_occurrence where condition_status_source_value in ({listed}) "
        "and condition_status_concept_id <> 0)"
    )


def _groups(criterion: Criterion, name: str, way: Way, window: tuple[int, int]) -> str:
    """Groups of stays lie in COST, with a standard concept only if a vocabulary brings one."""
    first, last = window
    keep = criterion.matches("cost.drg_source_value")
    if way.match == "standard":
        keep = f"cost.drg_concept_id in (select concept_id from {SCHEMA}.{name}_standard)"
    elif way.match == "source":
        keep = f"cost.drg_source_value in (select concept_code from {SCHEMA}.{name}_source)"
    years = f" and year(visit.visit_end_date) between {first} and {last}" if way.has_window else ""
    return f"""
        select
            visit.person_id as person, visit.visit_occurrence_id as stay,
            visit.visit_start_date as day, cost.drg_source_value as origin
        from {_CDM}.cost as cost
        inner join {_CDM}.visit_occurrence as visit
            on cost.cost_event_id = visit.visit_occurrence_id
        where {keep}{years}
    """
