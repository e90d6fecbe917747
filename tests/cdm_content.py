"""The content of a candidate, without its row numbers: equal content, whatever the line order.

A reference to another row is replaced by what that row is known by outside this database.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import duckdb

from etl.contracts.cdm import cdm_tables

_VISIT = (
    "(select v.person_id || '/' || visit_concept_id || '/' || visit_start_date || '/' || "
    "visit_end_date || '/' || coalesce(visit_source_value, '') from cdm.visit_occurrence as v "
    "where v.visit_occurrence_id = t.{})"
)
_SHOWN = {
    "provider_id": "(select provider_source_value from cdm.provider as p "
    "where p.provider_id = t.{})",
    "care_site_id": "(select care_site_source_value from cdm.care_site as c "
    "where c.care_site_id = t.{})",
    "location_id": "(select location_source_value from cdm.location as l "
    "where l.location_id = t.{})",
    "payer_plan_period_id": "(select payer_source_value || payer_plan_period_start_date "
    "from cdm.payer_plan_period as w where w.payer_plan_period_id = t.{})",
    "visit_occurrence_id": _VISIT,
    "preceding_visit_occurrence_id": _VISIT,
}
# Numbers of rows of tables that have nothing else to be known by.
_BARE = {
    "visit_detail_id", "preceding_visit_detail_id", "parent_visit_detail_id", "cost_event_id",
    "event_id", "fact_id_1", "fact_id_2", "episode_id", "episode_parent_id", "measurement_event_id",
    "observation_event_id", "note_event_id", "metadata_id",
}  # fmt: skip

# Ids of French codes follow the order in which a workspace met them: the code itself is shown.
_OWN_CONCEPT = (
    "(select case when t.{0} >= 2000000000 then c.vocabulary_id || ':' || c.concept_code "
    "else cast(t.{0} as varchar) end from cdm.concept as c where c.concept_id = t.{0})"
)

_PERSON = re.compile(r"\b(t|v)\.person_id\b")
_KEY = (
    r"(select person_key from registry.main.person_registry as r where r.person_id = \1.person_id)"
)


def content(
    candidate: Path, *, with_ids: bool = False, registry: Path | None = None
) -> dict[str, Counter[tuple[object, ...]]]:
    """Rows of every clinical and administrative CDM table as a multiset.

    Args:
        registry: shows persons by their key in this registry, instead of by their number.
    """
    found = {}
    with duckdb.connect() as opened:
        opened.execute(f"attach '{candidate}' as candidate (read_only)")
        opened.execute("use candidate")
        if registry:
            opened.execute(f"attach '{registry}' as registry (read_only)")
        for name, table in cdm_tables().items():
            if table.group == "vocabulary" or name in ("cdm_source", "metadata"):
                continue
            columns = [
                field.quoted if with_ids else shown
                for field in table.fields
                if (shown := _shown(field.name, table.primary_key)) or with_ids
            ]
            if registry:
                columns = [_PERSON.sub(_KEY, column) for column in columns]
            query = f"select {', '.join(columns)} from cdm.{name} as t"
            found[name] = Counter(opened.execute(query).fetchall())
    return found


def audit_content(candidate: Path) -> dict[str, Counter[tuple[object, ...]]]:
    """Rows of the tables of counts, which hold no id."""
    with duckdb.connect(str(candidate), read_only=True) as opened:
        return {
            name: Counter(opened.execute(f"select * from audit.{name}").fetchall())
            for name in ("ledger", "balance", "money", "fan_out", "mapping_coverage", "gaps")
        }


def _shown(column: str, key: str | None) -> str | None:
    if column == key or column in _BARE:
        return None if column != "person_id" else "t.person_id"
    shown = _OWN_CONCEPT if column.endswith("_source_concept_id") else "t.{}"
    return _SHOWN.get(column, shown).format(column)


def differences(
    one: dict[str, Counter[tuple[object, ...]]], other: dict[str, Counter[tuple[object, ...]]]
) -> dict[str, tuple[int, int]]:
    """Tables that differ: how many rows are in the first only, and in the second only."""
    return {
        name: ((one[name] - other[name]).total(), (other[name] - one[name]).total())
        for name in one
        if one[name] != other[name]
    }
