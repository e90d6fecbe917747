"""What a new vocabulary changes for approved mappings and for every code; records moved."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from etl.settings import EngineSettings, Settings
from etl.sql_text import literal
from etl.vocabulary.catalogue import Vocabulary
from etl.vocabulary.mapping_file import MappingRow
from etl.vocabulary.mappings import DEMO_METHOD, mapping_rows, site_mappings
from etl.vocabulary.masking import masked, text
from etl.vocabulary.moves import moves, resolved
from etl.vocabulary.tables import connect
from etl.workspace import Workspace

UNCHANGED, RENAMED, REPLACED = "unchanged", "renamed", "replaced"
TO_REVIEW, GONE, DOMAIN_CHANGED, NEW_MAP = "to review", "gone", "domain changed", "new map"
MAP_CHANGED, CLASS_CHANGED, HIERARCHY_CHANGED = "map changed", "class changed", "hierarchy changed"
STATES = (
    UNCHANGED,
    RENAMED,
    REPLACED,
    TO_REVIEW,
    GONE,
    DOMAIN_CHANGED,
    NEW_MAP,
    MAP_CHANGED,
    CLASS_CHANGED,
    HIERARCHY_CHANGED,
)
_STATE_OF = {"map": MAP_CHANGED, "class": CLASS_CHANGED, "hierarchy": HIERARCHY_CHANGED}
_LINKS = "('Maps to', 'Concept replaced by', 'Concept same_as to')"


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one approved mapping."""

    vocabulary_id: str
    source_code: str
    state: str
    concept_id: int
    concept_name: str
    domain_id: str
    proposals: tuple[str, ...]
    """New targets as ``id name (domain)``: one for ``replaced``, several to choose from."""
    n_records: int | None
    """Records of the candidate that carry the code and the target; None without a candidate."""
    n_target: int | None
    """Records that carry the target, whatever code led there: a parent's, an ATC class's."""
    where: str


@dataclass(frozen=True, slots=True)
class _Concept:
    name: str
    domain_id: str
    usable: bool


@contextmanager
def _tables(folder: Path, engine: EngineSettings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Views ``concept`` and ``concept_relationship`` over a resolved vocabulary."""
    with tempfile.TemporaryDirectory() as temporary, connect(Path(temporary), engine) as connection:
        for name in ("concept", "concept_relationship"):
            source = f"read_parquet({literal(folder / f'{name}.parquet')})"
            connection.execute(f"create view {name} as from {source}")
        yield connection


def compare(workspace: Workspace, settings: Settings, old: Path, new: Path) -> list[Change]:
    """Changes from one vocabulary to another: every approved mapping, then every code that moves.

    Args:
        old, new: a bundle of Athena (folder or zip) or a snapshot.

    Raises:
        SndsOmopError: SO-413 when a path is neither; what a load refuses.
    """
    with resolved(workspace, settings, old) as one, resolved(workspace, settings, new) as two:
        records = _records(workspace, settings.engine)
        changes = _of_mappings(workspace, settings.engine, records, one, two)
        return changes + [
            Change(
                move.vocabulary_id,
                move.code,
                _STATE_OF[move.kind],
                move.concept_id,
                move.concept_name,
                move.domain_id,
                move.proposals,
                move.n_records,
                None,
                "",
            )
            for move in moves(settings, one, two, records)
        ]


def _of_mappings(
    workspace: Workspace,
    engine: EngineSettings,
    records: Counter[tuple[str, str, int]] | None,
    old: Path,
    new: Path,
) -> list[Change]:
    pairs = [
        (vocabulary, row)
        for vocabulary, row in mapping_rows(site_mappings(workspace))
        if row.approved and row.concept_id
    ]
    wanted = sorted({row.concept_id for _, row in pairs})
    with _tables(old, engine) as connection:
        before = _concepts(connection, wanted)
    with _tables(new, engine) as connection:
        after = _concepts(connection, wanted)
        links = _links(connection, wanted)
        further = sorted({two for targets in links.values() for two, _ in targets})
        after |= _concepts(connection, further)
        maps = _athena_maps(connection, pairs)
    changes = [_change(vocabulary, row, before, after, links) for vocabulary, row in pairs]
    if records is not None:
        carried = _by_target(records)
        keys = [(vocabulary.source_vocabularies[0], row.source_code) for vocabulary, row in pairs]
        changes = [
            replace(
                change,
                n_records=records[*key, change.concept_id],
                n_target=carried[change.concept_id],
            )
            for change, key in zip(changes, keys, strict=True)
        ]
    return changes + [
        replace(change, state=NEW_MAP, proposals=tuple(sorted(found)))
        for change, (_, row) in zip(changes, pairs, strict=True)
        if (found := maps.get((change.vocabulary_id, change.source_code)))
        and not any(one.startswith(f"{row.concept_id} ") for one in found)
    ]


def _athena_maps(
    connection: duckdb.DuckDBPyConnection, pairs: list[tuple[Vocabulary, MappingRow]]
) -> dict[tuple[str, str], set[str]]:
    """Targets that the vocabulary itself gives to codes which we map by hand."""
    ours = {
        (athena, row.source_code): vocabulary.vocabulary_id
        for vocabulary, row in pairs
        if row.method != DEMO_METHOD
        for athena in vocabulary.athena_vocabularies
    }
    rows = connection.execute(
        """
        select
            source.vocabulary_id, upper(replace(source.concept_code, '.', '')),
            target.concept_id, target.concept_name, target.domain_id
        from concept as source
        inner join concept_relationship as link
            on source.concept_id = link.concept_id_1
            and link.relationship_id = 'Maps to' and link.invalid_reason is null
        inner join concept as target
            on link.concept_id_2 = target.concept_id and target.standard_concept = 'S'
        where list_contains(?, source.vocabulary_id) and source.concept_id < 2000000000
        """,
        [sorted({athena for athena, _ in ours})],
    ).fetchall()
    maps: dict[tuple[str, str], set[str]] = {}
    for athena, code, concept_id, name, domain in rows:
        if (athena, code) in ours:
            key = (ours[athena, code], code)
            maps.setdefault(key, set()).add(f"{concept_id} {name} ({domain})")
    return maps


def _concepts(connection: duckdb.DuckDBPyConnection, ids: list[int]) -> dict[int, _Concept]:
    rows = connection.execute(
        """
        select
            concept_id, concept_name, domain_id,
            coalesce(standard_concept = 'S', false) and invalid_reason is null
        from concept where list_contains(?, concept_id)
        """,
        [ids],
    ).fetchall()
    return {row[0]: _Concept(*row[1:]) for row in rows}


def _links(
    connection: duckdb.DuckDBPyConnection, ids: list[int]
) -> dict[int, list[tuple[int, str]]]:
    rows = connection.execute(
        f"""
        select distinct concept_id_1, concept_id_2, relationship_id from concept_relationship
        where list_contains(?, concept_id_1) and relationship_id in {_LINKS}
        and concept_id_1 <> concept_id_2 and invalid_reason is null
        order by all
        """,  # noqa: S608
        [ids],
    ).fetchall()
    links: dict[int, list[tuple[int, str]]] = {}
    for one, two, relationship in rows:
        links.setdefault(one, []).append((two, relationship))
    return links


def _change(
    vocabulary: Vocabulary,
    row: MappingRow,
    before: dict[int, _Concept],
    after: dict[int, _Concept],
    links: dict[int, list[tuple[int, str]]],
) -> Change:
    concept_id = row.concept_id
    old, new = before.get(concept_id), after.get(concept_id)
    follow = links.get(concept_id, [])
    mapped = [two for two, relationship in follow if relationship == "Maps to"]
    usable = [two for two in mapped if (known := after.get(two)) and known.usable]
    others = [two for two, relationship in follow if relationship != "Maps to" and two in after]
    proposals: list[int] = []
    if new is not None and new.usable:
        state = UNCHANGED
        if old is not None and old.domain_id != new.domain_id:
            state = DOMAIN_CHANGED
        elif old is not None and old.name != new.name:
            state = RENAMED
    elif len(usable) == 1 and after[usable[0]].domain_id == row.domain_id:
        state, proposals = REPLACED, usable
    elif len(usable) == 1:
        state, proposals = DOMAIN_CHANGED, usable
    elif usable or others:
        state, proposals = TO_REVIEW, usable or others
    else:
        state = GONE
    return Change(
        vocabulary.vocabulary_id,
        row.source_code,
        state,
        concept_id,
        row.concept_name,
        row.domain_id,
        tuple(f"{two} {after[two].name} ({after[two].domain_id})" for two in proposals),
        None,
        None,
        row.where,
    )


def _records(workspace: Workspace, engine: EngineSettings) -> Counter[tuple[str, str, int]] | None:
    """Records per code and standard concept in the candidate; None when there is none."""
    if not workspace.candidate.is_file():
        return None
    limits = engine.duckdb(workspace.build / "spill")
    with duckdb.connect(str(workspace.candidate), read_only=True, config=limits) as connection:
        try:
            rows = connection.execute(
                "select source_vocabulary, source_code, concept_id, count(*) "
                "from intermediate.int_event__routed group by all"
            ).fetchall()
        except duckdb.CatalogException:
            return None
    return Counter({(row[0], row[1], row[2]): row[3] for row in rows})


def _by_target(records: Counter[tuple[str, str, int]]) -> Counter[int]:
    carried: Counter[int] = Counter()
    for (_, _, concept_id), number in records.items():
        carried[concept_id] += number
    return carried


def totals(changes: list[Change]) -> dict[str, tuple[int, int | None]]:
    """Codes and records in each state; records are None without a candidate.

    What becomes of a target becomes of all its records, and each is counted once however many
    codes share the target. A new or other map moves the records of its code only.
    """
    counts: dict[str, tuple[int, int | None]] = {}
    for state in STATES:
        concerned = [change for change in changes if change.state == state]
        records = (
            [change.n_records for change in concerned]
            if state in (NEW_MAP, MAP_CHANGED, CLASS_CHANGED, HIERARCHY_CHANGED)
            else list({change.concept_id: change.n_target for change in concerned}.values())
        )
        known = [number for number in records if number is not None]
        total = sum(known) if len(known) == len(records) else None
        counts[state] = (len(concerned), total)
    return counts


def change_rows(changes: list[Change], minimum: int) -> list[dict[str, str]]:
    """Lines for a file: everything that is not unchanged, small counts hidden."""
    listed = [change for change in changes if change.state != UNCHANGED]
    counts = masked([change.n_records or 0 for change in listed], minimum)
    return [
        {
            "vocabulary": change.vocabulary_id,
            "sourceCode": change.source_code,
            "state": change.state,
            "conceptId": str(change.concept_id),
            "conceptName": change.concept_name,
            "domainId": change.domain_id,
            "proposals": " | ".join(change.proposals),
            "records": "" if change.n_records is None else text(count),
            "where": change.where,
        }
        for change, count in zip(listed, counts, strict=True)
    ]
