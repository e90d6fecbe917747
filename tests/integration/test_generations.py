"""A further extraction: refused until declared, replaced whole or not at all, and counted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from staging import Site, lines

from etl.delivery.declaration import recorded
from etl.errors import SndsOmopError
from etl.loaders import generation
from etl.loaders.generation import FOLDER, NEXT, settle
from etl.loaders.manifest import Delivery

PERSONS = "BEN_NIR_PSA;BEN_RNG_GEM;BEN_NIR_ANO;BEN_NAI_ANN;BEN_SEX_COD"
BILLS = "ETA_NUM;RSA_NUM;ASS_DGN;DGN_ASS_NUM"
FIRST = ("010000123;0000000001;I10;1", "010000123;0000000002;E119;1")
CHANGED = ("010000123;0000000001;I10;1", "010000123;0000000003;E119;1")
FULL = 'kind = "full"\nreplaces = "delivery"\n'


def person(letter: str, year: int = 1960) -> str:
    return f"{letter * 17};1;{letter.upper() * 17};{year};1"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    site.put("T_MCO19D.csv", lines(BILLS, *FIRST))
    site.put("IR_BEN_R.csv", lines(PERSONS, person("a"), person("b")))
    assert not site.stage().refused
    yield site


def second(
    site: Site,
    declaration: str = "",
    *,
    persons: tuple[str, ...] = (person("a"), person("c")),
    rows: tuple[str, ...] = CHANGED,
    name: str = "second",
    year: str = "19",
) -> Path:
    folder = site.delivery.parent / name
    site.put(f"T_MCO{year}D.csv", lines(BILLS, *rows), folder=folder)
    site.put("IR_BEN_R.csv", lines(PERSONS, *persons), folder=folder)
    if declaration:
        site.put("delivery.toml", declaration, folder=folder)
    return folder


def names(site: Site) -> set[str]:
    return {Path(file.root).name for file in site.manifest().files}


def test_the_same_year_again_is_refused_with_the_counts_that_decide(site: Site) -> None:
    with pytest.raises(SndsOmopError, match="SO-243") as refused:
        site.stage(second(site))
    message = str(refused.value)
    # two PSA and two NIR_ANO before, as many now; one person is in both
    assert "2 person keys are in both (4 before, 4 now), 2 lines are the same" in message
    assert "aaaa" not in message
    assert names(site) == {"delivery"}
    assert site.rows().height == 2
    assert not (site.workspace.root / FOLDER).exists()
    assert len(recorded(site.workspace).by_root) == 1


def test_another_year_is_added_and_brings_its_persons_again(site: Site) -> None:
    assert not site.stage(second(site, year="20")).refused
    assert names(site) == {"delivery", "second"}
    assert site.rows("beneficiary/ir_ben_r").height == 4


def test_lines_that_add_up_are_declared(site: Site) -> None:
    assert not site.stage(second(site, 'kind = "increment"\n')).refused
    assert site.rows().height == 4


def test_a_full_delivery_without_replaces_is_refused(site: Site) -> None:
    with pytest.raises(SndsOmopError, match="SO-243"):
        site.stage(second(site, 'kind = "full"\n'))


def test_a_full_delivery_replaces_and_counts(site: Site) -> None:
    before = site.manifest()
    report = site.stage(second(site, FULL))
    assert names(site) == {"second"}
    assert site.rows()["RSA_NUM"].to_list() == ["0000000001", "0000000003"]
    assert report.replaced == "delivery"
    assert report.difference is not None
    found = {one.table: (one.before, one.withdrawn, one.added) for one in report.difference.tables}
    assert found == {"T_MCOaaD": (2, 1, 1), "IR_BEN_R": (2, 1, 1)}
    assert (report.difference.keys_before, report.difference.keys_shared) == (4, 2)
    # numbers of the former generation are never given again
    assert min(file.number for file in site.manifest().of_table("T_MCOaaD")) > max(
        file.number for file in before.of_table("T_MCOaaD")
    )
    assert set(site.folders()) == {file.folder for file in site.manifest().of_table("T_MCOaaD")}
    assert [Path(root).name for root in recorded(site.workspace).by_root] == ["second"]


def test_a_replacement_that_was_made_is_staged_again_without_effect(site: Site) -> None:
    folder = second(site, FULL)
    site.stage(folder)
    again = site.stage(folder)
    assert {file.status for file in again.files} <= {"unchanged", "not data"}
    assert again.replaced is None


def test_a_refused_file_leaves_the_former_generation_whole(site: Site) -> None:
    folder = second(site, FULL)
    site.put("T_MCO19C.csv", "", folder=folder)
    report = site.stage(folder)
    assert {"SO-201", "SO-245"} <= {file.code for file in report.refused}
    assert names(site) == {"delivery"}
    assert site.rows()["RSA_NUM"].to_list() == ["0000000001", "0000000002"]
    assert not (site.workspace.root / FOLDER).exists()


@pytest.mark.parametrize(
    ("declaration", "code"),
    [(FULL, "SO-244"), (FULL + "new_pseudonyms = true\n", "")],
    ids=["undeclared", "declared"],
)
def test_new_pseudonyms_are_declared(site: Site, declaration: str, code: str) -> None:
    folder = second(site, declaration, persons=(person("y"), person("z")))
    if code:
        with pytest.raises(SndsOmopError, match=code):
            site.stage(folder)
        assert names(site) == {"delivery"}
    else:
        assert not site.stage(folder).refused
        assert names(site) == {"second"}


def test_a_replacement_that_shares_nothing_is_refused_whatever_is_declared(site: Site) -> None:
    folder = second(
        site,
        FULL + "new_pseudonyms = true\n",
        persons=(person("y", 1901), person("z", 1902)),
        rows=("990000999;0000000009;Z000;9",),
    )
    with pytest.raises(SndsOmopError, match="SO-244"):
        site.stage(folder)
    assert names(site) == {"delivery"}


STEPS = ("remove_rows", "_move", "write_summary")


@pytest.mark.parametrize("step", [*STEPS, "before"])
def test_a_kill_leaves_one_of_the_two(
    site: Site, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Whatever was done of the switch, the next command completes it; before it, nothing holds."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    folder = second(site, FULL)
    with monkeypatch.context() as patched:
        patched.setattr(generation, "settle" if step == "before" else step, stop)
        patched.setattr("etl.loaders.replacement.settle", lambda _: None)
        if step == "before":
            patched.setattr(Delivery, "save", _save_but_not(Delivery.save, NEXT))
        with pytest.raises(KeyboardInterrupt):
            site.stage(folder)
    settle(site.workspace)
    assert names(site) == ({"delivery"} if step == "before" else {"second"})
    second_row = "0000000002" if step == "before" else "0000000003"
    assert site.rows()["RSA_NUM"].to_list() == ["0000000001", second_row]
    assert not (site.workspace.state / NEXT).exists()
    assert not (site.workspace.root / FOLDER).exists()


def _save_but_not(save: object, name: str) -> object:
    def saved(self: Delivery, path: Path) -> None:
        if path.name == name:
            raise KeyboardInterrupt
        save(self, path)  # type: ignore[operator]

    return saved


def test_a_folder_that_moved_is_no_second_delivery(site: Site, tmp_path: Path) -> None:
    shutil.move(site.delivery, tmp_path / "elsewhere")
    report = site.stage(tmp_path / "elsewhere")
    assert {file.status for file in report.files} == {"moved"}
