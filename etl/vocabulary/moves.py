"""Records that another vocabulary moves, whoever decided their map.

Two vocabularies are resolved as a load resolves them, and compared code by code. What stays where
it was may still leave or enter a concept set: classes and ancestors of targets are compared too.
"""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from etl.errors import SndsOmopError
from etl.settings import Settings
from etl.sql_text import literal
from etl.vocabulary.athena import load_athena
from etl.vocabulary.catalogue import vocabulary_of
from etl.vocabulary.tables import connect
from etl.workspace import Workspace

Records = Mapping[tuple[str, str, int], int]
"""Records of the candidate by source vocabulary, code and standard concept."""
_SHORTEST = 3
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Move:
    """A code that leads elsewhere, or a target whose class or ancestors are others."""

    kind: str
    """``map``, ``class`` or ``hierarchy``."""
    vocabulary_id: str
    code: str
    concept_id: int
    concept_name: str
    domain_id: str
    proposals: tuple[str, ...]
    n_records: int | None


@contextmanager
def resolved(workspace: Workspace, settings: Settings, path: Path) -> Iterator[Path]:
    """The tables of a vocabulary, codes resolved; a bundle is loaded into a scratch workspace.

    A bundle is resolved with the lake, the mapping files and the registry of the workspace, which
    are not written to.

    Raises:
        SndsOmopError: SO-413 when the path is neither; what a load refuses.
    """
    if (path / "code_map.parquet").is_file():
        yield path
        return
    if not path.exists():
        raise SndsOmopError(
            "SO-413",
            "no such folder or file",
            "aucun dossier ni fichier de ce nom",
            where=str(path),
        )
    workspace.create()
    with tempfile.TemporaryDirectory(dir=workspace.build) as temporary:
        scratch = Workspace(Path(temporary))
        scratch.create()
        _lend(workspace, scratch)
        load_athena(scratch, path, settings)
        yield scratch.vocabulary.resolve()


def _lend(workspace: Workspace, scratch: Workspace) -> None:
    """Let another workspace read the lake and the decisions of this one."""
    for folder in workspace.lake.iterdir() if workspace.lake.is_dir() else ():
        if folder != workspace.vocabulary:
            (scratch.lake / folder.name).symlink_to(folder.resolve())
    for name in ("mappings", "nomenclatures"):
        if (workspace.root / name).is_dir():
            (scratch.root / name).symlink_to((workspace.root / name).resolve())
    registry = scratch.state / "concept_ids"
    registry.mkdir()
    for file in (workspace.state / "concept_ids").glob("*.csv"):
        (registry / file.name).write_bytes(file.read_bytes())


def moves(settings: Settings, old: Path, new: Path, records: Records | None) -> list[Move]:
    """What moves from one resolved vocabulary to another.

    Args:
        records: those of the candidate; None without one.
    """
    with tempfile.TemporaryDirectory() as temporary:
        connection = connect(Path(temporary), settings.engine)
        with connection:
            for side, folder in (("old", old), ("new", new)):
                for table in ("code_map", "concept", "concept_ancestor"):
                    file = literal(folder / f"{table}.parquet")
                    connection.execute(f"create view {side}_{table} as from read_parquet({file})")
            return [*_maps(connection, records), *_targets(connection, records)]


def _maps(connection: duckdb.DuckDBPyConnection, records: Records | None) -> Iterator[Move]:
    rows = connection.execute(
        """
        with old_map as (
            select source_vocabulary, source_code, list_sort(list({
                'id': target_concept_id, 'domain': target_domain_id, 'v': value_as_concept_id
            })) as targets
            from old_code_map group by all
        ),
        new_map as (
            select source_vocabulary, source_code, list_sort(list({
                'id': target_concept_id, 'domain': target_domain_id, 'v': value_as_concept_id
            })) as targets
            from new_code_map group by all
        )
        select source_vocabulary, source_code, old_map.targets, new_map.targets
        from old_map
        full join new_map using (source_vocabulary, source_code)
        where old_map.targets is distinct from new_map.targets
        -- the seven digits of a pack answer as its thirteen do
        and source_vocabulary <> 'CIP7'
        order by all
        """
    ).fetchall()
    known = {
        (source, code)
        for source, code in connection.execute(
            "select source_vocabulary, source_code from old_code_map where target_concept_id <> 0 "
            "union select source_vocabulary, source_code from new_code_map "
            "where target_concept_id <> 0"
        ).fetchall()
    }
    carried = None if records is None else by_known_code(records, known)
    names = _names(connection, {
        target["id"] for row in rows for side in row[2:] for target in side or ()
    })  # fmt: skip
    for source, code, before, after in rows:
        ids = [target["id"] for target in before or () if target["id"]]
        if not ids and not any(target["id"] for target in after or ()):
            continue  # no target before, none after
        old = names.get(ids[0]) if ids else None
        yield Move(
            "map",
            vocabulary_of(source).vocabulary_id,
            code,
            ids[0] if ids else 0,
            old[0] if old else "",
            old[1] if old else "",
            tuple(
                f"{target['id']} {names[target['id']][0]} ({target['domain']})"
                for target in after or ()
                if target["id"] in names
            ),
            None if carried is None else carried[source, code],
        )


def by_known_code(records: Records, known: set[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """Records by the code that decides their target: a diagnosis without a map has its parent's."""
    counted: Counter[tuple[str, str]] = Counter()
    for (source, code, _), number in records.items():
        if source == "CIP7":
            counted.update(
                {key: number for key in known if key[0] == "CIP13" and key[1][5:12] == code}
            )
            continue
        bare = code.split("+")[0]
        names = [code, *(bare[:end] for end in range(len(bare), _SHORTEST - 1, -1))]
        if source != "CIM10":
            names = [code]
        counted[source, next((name for name in names if (source, name) in known), code)] += number
    return counted


def _names(connection: duckdb.DuckDBPyConnection, ids: set[int]) -> dict[int, tuple[str, str]]:
    rows = connection.execute(
        "select concept_id, concept_name, domain_id from new_concept "
        "where list_contains(?, concept_id) and concept_id <> 0 "
        "union all select concept_id, concept_name, domain_id from old_concept as old "
        "anti join new_concept as new on old.concept_id = new.concept_id "
        "where list_contains(?, old.concept_id) and concept_id <> 0",
        [sorted(ids), sorted(ids)],
    ).fetchall()
    return {concept_id: (name, domain) for concept_id, name, domain in rows}


def _targets(connection: duckdb.DuckDBPyConnection, records: Records | None) -> Iterator[Move]:
    """Targets of both vocabularies whose class or ancestors are others."""
    carried: Counter[int] = Counter()
    for (_, _, concept_id), number in (records or {}).items():
        carried[concept_id] += number
    connection.execute(
        "create temp table target as select distinct target_concept_id as concept_id "
        "from old_code_map where target_concept_id <> 0 "
        "intersect select target_concept_id from new_code_map"
    )
    changed = connection.execute(
        """
        select old.concept_id, old.concept_name, old.domain_id, old.vocabulary_id,
            old.concept_code, old.concept_class_id, new.concept_class_id
        from target
        inner join old_concept as old using (concept_id)
        inner join new_concept as new using (concept_id)
        where old.concept_class_id is distinct from new.concept_class_id
        order by old.concept_id
        """
    ).fetchall()
    for concept_id, name, domain, vocabulary, code, before, after in changed:
        moved = None if records is None else carried[concept_id]
        yield Move(
            "class", vocabulary, code, concept_id, name, domain, (f"{before} > {after}",), moved
        )
    connection.execute(
        """
        create temp table step as
        select '-' as sign, descendant_concept_id as concept_id, ancestor_concept_id as ancestor_id
        from (
            select ancestor_concept_id, descendant_concept_id from old_concept_ancestor
            semi join target on descendant_concept_id = target.concept_id
            except
            select ancestor_concept_id, descendant_concept_id from new_concept_ancestor
        )
        union all
        select '+', descendant_concept_id, ancestor_concept_id
        from (
            select ancestor_concept_id, descendant_concept_id from new_concept_ancestor
            semi join target on descendant_concept_id = target.concept_id
            except
            select ancestor_concept_id, descendant_concept_id from old_concept_ancestor
        )
        """
    )
    rows = connection.execute(
        """
        select concept_id, concept_name, domain_id, vocabulary_id, concept_code, sign, ancestor_id
        from step inner join old_concept using (concept_id)
        order by concept_id, sign, ancestor_id
        """
    ).fetchall()
    steps: dict[tuple[int, str, str, str, str], list[str]] = defaultdict(list)
    for *concept, sign, ancestor_id in rows:
        steps[tuple(concept)].append(f"{sign}{ancestor_id}")
    for (concept_id, name, domain, vocabulary, code), found in steps.items():
        shown = (*found[:_SHOWN], *(["…"] if len(found) > _SHOWN else []))
        moved = None if records is None else carried[concept_id]
        yield Move("hierarchy", vocabulary, code, concept_id, name, domain, shown, moved)
