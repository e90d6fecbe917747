"""Which files another delivery holds already, and what two generations must have in common."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from etl.contracts.registry import contracts
from etl.delivery.declaration import Declaration
from etl.errors import SndsOmopError
from etl.loaders import generation
from etl.loaders.generation import check_kinship, covered, covered_error, of_persons, prepare
from etl.loaders.manifest import Delivery, StagedFile
from etl.loaders.overlap import Compared, Difference
from etl.workspace import Workspace


def staged(table: str = "ER_PHA_F", year: int | None = 2019, **changes: Any) -> StagedFile:
    known: dict[str, Any] = {
        "root": "/one", "name": "a.csv", "table": table, "year": year, "size": 10, "modified": 1,
        "sha256": "same", "contract": "", "forced": "", "number": 1, "position": 0, "room": 1,
        "parts": 1, "rows_read": 5, "rows_staged": 5, "rejected": {}, "unparsed": {},
    }  # fmt: skip
    return StagedFile(**known | changes)


def entry(table: str | None = "ER_PHA_F", year: int | None = 2019, **changes: Any) -> Any:
    known = {
        "name": "b.csv", "contract": contracts()[table] if table else None, "year": year,
        "month": None, "source": SimpleNamespace(size=10),
    }  # fmt: skip
    return SimpleNamespace(**known | changes)


@pytest.mark.parametrize(
    ("new", "held", "content", "is_covered"),
    [
        (entry(), staged(), "other", True), (entry(), staged(), "same", False),
        (entry(source=SimpleNamespace(size=11)), staged(), "same", True),
        (entry(year=2020), staged(), "other", False), (entry(year=None), staged(), "other", True),
        (entry(), staged(year=None), "other", True), (entry("ER_BIO_F"), staged(), "other", False),
        (entry(month="2019-01"), staged(month="2019-02"), "other", False),
        (entry(month="2019-01"), staged(month="2019-01"), "other", True),
        (entry(month="2019-01"), staged(), "other", True),
        (entry("IR_BEN_R", None), staged("IR_BEN_R", None), "other", False),
        (entry("T_MCOaaB"), staged("T_MCOaaB"), "other", True),
        (entry(None), staged(), "other", False),
        (entry(), staged(root="/two"), "other", False),
    ],
)  # fmt: skip
def test_a_table_and_time_that_another_delivery_holds(
    monkeypatch: pytest.MonkeyPatch, new: Any, held: StagedFile, content: str, *, is_covered: bool
) -> None:
    """The delivery that is asked about is /two."""
    monkeypatch.setattr(generation, "content_hash", lambda source: content)
    found = covered(Delivery(files=(held,)), "/two", [new])
    assert found == ([new] if is_covered else [])


def test_a_file_that_was_staged_from_the_folder_before_is_not_new(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(generation, "content_hash", lambda source: "other")
    delivery = Delivery(files=(staged(), staged(root="/two", name="b.csv", number=2)))
    assert covered(delivery, "/two", [entry()]) == []
    assert len(covered(delivery, "/two", [entry(name="c.csv")])) == 1


def test_referentials_of_persons() -> None:
    entries = [entry("IR_BEN_R", None), entry(), entry(None), entry("IR_IBA_R", None)]
    assert of_persons(entries) == [entries[0], entries[3]]


def found(keys: int = 0, bare: int = 0) -> Difference:
    return Difference(keys_before=9, keys_after=8, keys_shared=keys, lines_without_keys=bare)


@pytest.mark.parametrize(
    ("keys", "bare", "declared", "words"),
    [
        (0, 0, {}, "no person key and no line"), (0, 0, {"new_pseudonyms": True}, "no line"),
        (0, 1, {}, "not declared"), (0, 1, {"new_pseudonyms": True}, ""),
        (0, 1, {"pseudonyms": [{"file": "f", "old": "a", "new": "b"}]}, ""),
        (1, 0, {}, ""), (1, 1, {}, ""),
    ],
)  # fmt: skip
def test_generations_that_have_nothing_in_common(
    keys: int, bare: int, declared: dict[str, Any], words: str
) -> None:
    stated = Declaration.model_validate(declared)
    if not words:
        check_kinship(stated, found(keys, bare), "/two")
        return
    with pytest.raises(SndsOmopError, match=words) as caught:
        check_kinship(stated, found(keys, bare), "/two")
    assert (caught.value.code, caught.value.where) == ("SO-244", "/two")


def test_what_is_there_already_is_named_with_counts() -> None:
    entries = [entry(), entry("T_MCOaaB", 2018), entry("T_MCOaaB", None), entry(None, 2017)]
    error = covered_error(entries, found(3, 4), "/two")
    assert "ER_PHA_F, T_MCOaaB of 2017, 2018, 2019: 3 person keys" in str(error)
    assert "(9 before, 8 now), 0 lines are the same, 4 when" in str(error)


def test_rows_that_left_and_came() -> None:
    one = Compared(table="T", year=2019, before=10, after=12, same=7)
    assert (one.withdrawn, one.added) == (3, 5)
    tables = (
        one, Compared(table="U", year=2019, before=1, after=1, same=0),
        Compared(table="T", year=2018, before=1, after=0, same=0),
        Compared(table="T", year=2020, before=0, after=1, same=0),
        Compared(table="T", year=None, before=4, after=4, same=4),
        Compared(table="T", year=2017, before=1, after=1, same=1),
    )  # fmt: skip
    difference = Difference(tables=tables)
    assert (difference.lines, difference.years) == (12, (2017, 2019))


def test_a_generation_is_staged_under_numbers_never_given(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.create()
    delivery = Delivery(last_number={"ER_PHA_F": 7}, next_position={"ER_PHA_F": 4096})
    waiting = prepare(workspace, delivery)
    (waiting.root / "left").write_text("x")
    waiting = prepare(workspace, delivery)
    assert not (waiting.root / "left").exists()
    kept = Delivery.load(waiting.manifest)
    assert (kept.files, kept.last_number, kept.next_position) == (
        (), {"ER_PHA_F": 7}, {"ER_PHA_F": 4096}
    )  # fmt: skip
    generation.discard(workspace)
    generation.discard(workspace)
    assert not waiting.root.exists()


def test_the_folder_of_a_delivery_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roots = {"/data/one": "first", "/data/two": None, "/data/three": "two"}
    by_root = {root: SimpleNamespace(name=name) for root, name in roots.items()}
    monkeypatch.setattr(generation, "recorded", lambda workspace: SimpleNamespace(by_root=by_root))
    workspace = Workspace(tmp_path)

    def root(name: str, other: str = "") -> str | None:
        return generation.root_of(workspace, name, other_than=other)

    assert root("first") == root("one") == "/data/one"
    assert root("first", "/data/one") is None
    assert root("two") == "/data/two"
    assert root("two", "/data/two") == "/data/three"
    assert root("four") is None


def test_a_switch_that_was_cut_is_completed_and_another_removed(tmp_path: Path) -> None:
    """Files of the folder that leaves go, those of others stay, numbers only grow."""
    workspace = Workspace(tmp_path)
    workspace.create()
    old, kept = staged(root="/old"), staged("ER_BIO_F", root="/else")
    current = Delivery().with_file(old).with_file(kept)
    current.save(workspace.manifest)
    waiting = prepare(workspace, current)
    new = staged(root="/new", number=2, position=1)
    Delivery.load(waiting.manifest).with_file(new).save(waiting.manifest)
    generation.settle(workspace)
    assert not waiting.root.exists()
    assert Delivery.load(workspace.manifest) == current
    waiting = prepare(workspace, current)
    Delivery.load(waiting.manifest).with_file(new).save(waiting.manifest)
    generation.make_current(workspace, "/new", "/old", Declaration(name="x"), found(1, 2))
    delivery = Delivery.load(workspace.manifest)
    assert {(file.root, file.table) for file in delivery.files} == {
        ("/new", "ER_PHA_F"), ("/else", "ER_BIO_F")
    }  # fmt: skip
    assert delivery.last_number == {"ER_PHA_F": 2, "ER_BIO_F": 1}
    assert not waiting.root.exists()
    assert not (workspace.state / generation.NEXT).exists()
    history = (workspace.state / generation.HISTORY).read_text().splitlines()
    (line,) = [json.loads(one) for one in history]
    assert (line["folder"], line["replaces"], line["keys_shared"]) == ("/new", "/old", 1)
