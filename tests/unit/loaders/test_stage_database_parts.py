"""Which parts of a database are read, left alone or removed: no database is needed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from etl.contracts.registry import contracts
from etl.errors import SndsOmopError
from etl.loaders import stage_database
from etl.loaders.database import DatabaseTable, Part
from etl.loaders.load import contract_mark, settings_mark
from etl.loaders.manifest import StagedFile
from etl.loaders.stage_database import _Stager
from etl.settings import Settings
from etl.workspace import Workspace

ROOT = "postgresql://server/snds"
PERSONS, ACTS, STAYS = contracts()["IR_BEN_R"], contracts()["ER_PRS_F"], contracts()["T_MCOaaB"]


class Progress:
    def __init__(self) -> None:
        self.seen: list[tuple[Any, ...]] = []

    def total(self, rows: int) -> None:
        self.seen.append(("total", rows))

    def advance(self, rows: int, name: str) -> None:
        self.seen.append((rows, name))


def table(name: str = "T_MCO19B", contract: Any = STAYS, year: int | None = 2019) -> DatabaseTable:
    return DatabaseTable(name, None, contract, year, ())


def staged(part: Part, **changes: Any) -> StagedFile:
    known: dict[str, Any] = {
        "root": ROOT, "name": part.name, "table": part.table.contract.table,
        "year": part.table.year, "size": 0, "modified": 1, "sha256": "a",
        "contract": contract_mark(part.table.contract), "forced": settings_mark(Settings().input),
        "number": 1, "position": 0, "room": 1, "parts": 1, "rows_read": part.rows,
        "rows_staged": part.rows, "rejected": {}, "unparsed": {},
    }  # fmt: skip
    return StagedFile(**known | changes)


class Stager(_Stager):
    """What would be read is written down instead."""

    def __init__(self, workspace: Workspace, names: dict[str, Any], again: bool = False) -> None:
        database: Any = SimpleNamespace(
            root=ROOT, schema=None, names=lambda: list(names), columns=lambda name: names[name]
        )
        self.progress = Progress()
        super().__init__(database, workspace, Settings(), self.progress, again=again)
        self.read: list[bool] = []
        self.fails: list[Exception] = []
        self.digest = "b"

    def _read(self, origin: Any, part: Part, known: Any, *, moves: bool) -> Any:
        self.read.append(moves)
        if self.fails:
            raise self.fails.pop(0)
        incoming = SimpleNamespace(discard=lambda: self.progress.seen.append(("discarded",)))
        return staged(part, sha256=self.digest), incoming


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr(stage_database, "is_whole", lambda workspace, file: file.parts != 9)
    workspace = Workspace(tmp_path)
    workspace.create()
    return workspace


def look_at(
    stager: Stager, part: Part, known: StagedFile | None, monkeypatch: pytest.MonkeyPatch
) -> str:
    monkeypatch.setattr(stager._manifest, "at", lambda root, name: known)
    monkeypatch.setattr(stager._manifest, "replace", lambda *arguments: None)
    return stager._look_at(part).status


@pytest.mark.parametrize(
    ("changes", "is_read"),
    [
        ({}, False), ({"rows_read": 6}, True), ({"year": 2018}, True), ({"contract": "x"}, True),
        ({"forced": "x"}, True), ({"parts": 9}, True),
    ],
)  # fmt: skip
def test_a_sealed_part_with_as_many_rows_is_left_alone(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, Any],
    *,
    is_read: bool,
) -> None:
    """It is read where the year, the contract, the settings or its files are not what they were."""
    part = Part(table(), 5)
    stager = Stager(workspace, {})
    status = look_at(stager, part, staged(part, **changes), monkeypatch)
    assert (bool(stager.read), status) == (is_read, "staged" if is_read else "unchanged")
    assert stager.progress.seen == ([] if is_read else [(5, "db:T_MCO19B")])


def test_what_is_asked_again_or_not_sealed_is_read(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_part = Part(table("IR_BEN_R", PERSONS, None), 5)
    sealed = Part(table(), 5)
    for part, again in ((open_part, False), (sealed, True)):
        stager = Stager(workspace, {}, again)
        assert look_at(stager, part, staged(part), monkeypatch) == "staged"
        assert stager.read == [False]
        stager.digest = "a"  # the same content: what was read is thrown away
        assert look_at(stager, part, staged(part), monkeypatch) == "unchanged"
        assert stager.progress.seen == [("discarded",)]
        assert look_at(stager, part, staged(part, forced="x"), monkeypatch) == "staged"


def test_a_part_that_is_too_long_for_its_place_moves(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    stager = Stager(workspace, {})
    stager.fails = [stage_database.RoomExceededError()]
    assert look_at(stager, Part(table(), 5), None, monkeypatch) == "staged"
    assert stager.read == [False, True]


@pytest.mark.parametrize("known", [None, staged(Part(table(), 4))])
def test_a_part_that_is_refused_stops_no_other(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, known: StagedFile | None
) -> None:
    stager = Stager(workspace, {})
    stager.fails = [SndsOmopError("SO-203", "x", "x")]
    monkeypatch.setattr(stager._manifest, "at", lambda root, name: known)
    found = stager._look_at(Part(table(), 5))
    assert (found.status, found.code) == ("refused", "SO-203")
    error = SndsOmopError("SO-203", "x", "x")
    of_part, of_table = found.name, STAYS.table
    texts = {
        kept: str(stage_database.refusal(of_part, of_table, error, kept=kept).error)
        for kept in (True, False)
    }
    assert texts[True] != texts[False]
    assert str(found.error) == texts[known is not None]


@pytest.mark.parametrize("code", ["SO-115", "SO-902"])
def test_a_database_or_disk_that_fails_stops_all(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    stager = Stager(workspace, {})
    stager.fails = [SndsOmopError(code, "x", "x")]
    with pytest.raises(SndsOmopError, match=code):
        look_at(stager, Part(table(), 5), None, monkeypatch)


def test_months_that_are_gone_are_removed(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of this database and this table only: a name that begins alike is another table's."""
    acts = table("ER_PRS_F", ACTS, None)
    here, gone = Part(acts, 1, "2019-01"), Part(acts, 1, "2019-02")
    archive = Part(table("ER_PRS_F_2012", ACTS, None), 1)
    files = [
        staged(here), staged(gone), staged(Part(acts, 1)), staged(archive),
        staged(gone, root="elsewhere"),
    ]  # fmt: skip
    forgotten: list[StagedFile] = []
    stager = Stager(workspace, {})
    monkeypatch.setattr(
        stager, "_manifest",
        SimpleNamespace(
            delivery=SimpleNamespace(of_table=lambda name: files), forget=forgotten.append
        ),
    )  # fmt: skip
    found = list(stager._remove_gone(acts, [here]))
    assert [(one.name, one.status) for one in found] == [
        ("db:ER_PRS_F/2019-02", "removed"), ("db:ER_PRS_F", "removed")
    ]  # fmt: skip
    assert forgotten == files[1:3]


NAMES: dict[str, Any] = {
    "er_prs_f": [],
    "ER_PRS_F_2012": [],
    "T_MCO18B": [],
    "T_MCO19B": [],
    "T_MCOaaC": [],
    "OTHER": [],
}


def chosen(stager: Stager, *names: str, year: int | None = None) -> list[tuple[str, int | None]]:
    return [(one.name, one.year) for one in stager._tables(names, year)]


def test_tables_that_are_asked_for(workspace: Workspace) -> None:
    stager = Stager(workspace, NAMES)
    assert chosen(stager, "t_mco19b") == [("T_MCO19B", 2019)]
    assert chosen(stager, "T_MCOaaB", "T_MCO18B") == [("T_MCO18B", 2018), ("T_MCO19B", 2019)]
    assert chosen(stager, "er_prs_f") == [("er_prs_f", None), ("ER_PRS_F_2012", 2012)]
    assert chosen(stager, "T_MCOaaC", year=2017) == [("T_MCOaaC", 2017)]
    assert chosen(stager, "T_MCO19B", year=2017) == [("T_MCO19B", 2019)]
    assert chosen(stager, "er_prs_f", year=2017)[0] == ("er_prs_f", None)
    assert len(chosen(stager, year=2017)) == 5


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("T_MCOaaC", "SO-112", "one table a year"),
        ("T_MCO17B", "SO-118", "no such table"),
        ("OTHER", "SO-118", "no SNDS table"),
    ],
)
def test_names_that_are_not_there(workspace: Workspace, name: str, code: str, words: str) -> None:
    with pytest.raises(SndsOmopError, match=words) as caught:
        chosen(Stager(workspace, NAMES), name)
    assert (caught.value.code, caught.value.where) == (code, name.upper())


def test_a_schema_without_a_table_of_the_snds(workspace: Workspace) -> None:
    with pytest.raises(SndsOmopError, match="holds no SNDS table"):
        chosen(Stager(workspace, {"OTHER": []}))


def test_rows_of_all_parts_are_the_whole_way(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that is not what its name promises is refused and has no part."""
    stager = Stager(workspace, {"T_MCO19B": [], "T_MCO18B": [("ETA_NUM", sa.Text())]})
    monkeypatch.setattr(
        stager._database, "parts", lambda table: [Part(table, 3), Part(table, 4)], raising=False
    )
    monkeypatch.setattr(DatabaseTable, "layout", lambda table: _refuse(table))
    monkeypatch.setattr(stager._manifest, "replace", lambda *arguments: None)
    report = stager.run([], None)
    assert stager.progress.seen[0] == ("total", 7)
    assert [one.status for one in report.files] == ["refused", "staged", "staged"]


def _refuse(table: DatabaseTable) -> None:
    if table.name == "T_MCO18B":
        raise SndsOmopError("SO-203", "x", "x")
