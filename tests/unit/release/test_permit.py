"""A permit is refused or holds, is remembered, and is verified by whoever holds the extract."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data_quality.cohorts import cohorts
from etl.cli import execute
from etl.errors import SndsOmopError
from etl.release import Release, read_manifest, signing_key, verify
from etl.release.extract import (
    end_permit,
    forget_persons,
    read_extracts,
    read_permit,
)
from etl.release.extract.numbers import FIRST_PERSON, FIRST_ROW
from etl.release.extract.permit import Precision
from etl.release.extract.register import map_folder, write_extracts
from etl.release.pins import pinned_releases
from etl.release.remade import remake
from etl.settings import Settings
from tests.small_candidate import PERSONS
from tests.unit.release.extracted import (
    ALL_TABLES,
    CONDITIONS,
    FINEST,
    TODAY,
    Site,
    of,
)


@pytest.mark.parametrize(
    ("text", "persons", "named"),
    [
        ("[tables]\n", 'select = "all"', "tables"),
        ("", 'select = "all"', "tables"),
        ('[tables]\nunknown = "all"', 'select = "all"', "unknown"),
        ('[tables]\nconcept = "all"', 'select = "all"', "concept"),
        ('[tables]\nprovider = "all"', 'select = "all"', "provider"),
        ('[tables]\ndeath = ["death_day"]', 'select = "all"', "death_day"),
        ('[tables]\ndeath = ["cause_concept_id"]', 'select = "all"', "death_date"),
        ('[tables]\nvisit_detail = "all"', 'select = "all"', "visit_occurrence"),
        ('[tables]\nperson = ["person_source_value"]', 'select = "all"', "person_source_value"),
        ('[tables]\nperson = ["day_of_birth"]', 'select = "all"', "day_of_birth"),
        (CONDITIONS, 'select = "list"', "list"),
        (CONDITIONS, 'select = "all"\ncohort = 1', "cohort"),
        (CONDITIONS, 'select = "some"', "select"),
        (f"{CONDITIONS}[period]\nfirst = 2020-01-02\nlast = 2020-01-01", 'select = "all"', "first"),
        (f'{CONDITIONS}[precision]\nbirht = "day"', 'select = "all"', "birht"),
        ("[tables\n", 'select = "all"', "TOML"),
    ],
)
def test_a_permit_that_cannot_be_granted_is_refused(
    shared: Site, text: str, persons: str, named: str
) -> None:
    with pytest.raises(SndsOmopError, match="SO-260") as refused:
        read_permit(shared.permit(text, persons))
    assert named in refused.value.line() and named in refused.value.line("fr")


@pytest.mark.parametrize(("expires", "accepted"), [("2026-11-30", False), ("2026-12-01", True)])
def test_a_permit_holds_until_its_last_day(shared: Site, expires: str, accepted: bool) -> None:
    permit = read_permit(shared.permit(CONDITIONS, expires=expires))
    if accepted:
        permit.require_valid(TODAY)
        return
    with pytest.raises(SndsOmopError, match="SO-503"):
        permit.require_valid(TODAY)


def test_an_extract_is_signed_and_states_its_permit(site: Site) -> None:
    made = site.make()
    manifest = read_manifest(made.output)
    assert manifest.permit is not None
    assert (manifest.permit.number, manifest.permit.expires) == ("EX-1", date(2027, 12, 31))
    assert (manifest.permit.parent, manifest.permit.persons) == (site.release.id, PERSONS)
    assert (manifest.inputs, manifest.readings) == ((), ())
    key = signing_key(site.workspace).public_key()
    assert verify(Release(made.output, manifest), key) == []
    text = (made.output / "MANIFEST.json").read_text()
    (made.output / "MANIFEST.json").write_text(text.replace("2027-12-31", "2037-12-31"))
    with pytest.raises(SndsOmopError, match="SO-904"):
        verify(Release(made.output, read_manifest(made.output)), key)


def test_what_is_remembered_of_an_extract(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """Its release is pinned, the list marks permits that are over, their end destroys the map."""
    assert site.release.id not in pinned_releases(site.workspace)
    made = site.make()
    assert site.release.id in pinned_releases(site.workspace)
    known = read_extracts(site.workspace)
    past = made.extract.model_copy(update={"id": "past", "expires": date(2020, 1, 1)})
    write_extracts(site.workspace, known.model_copy(update={"made": (*known.made, past)}))
    arguments = ["--workspace", str(site.workspace.root), "--json", "release", "list"]
    assert execute(arguments) == 0
    states = [one["state"] for one in json.loads(capsys.readouterr().out)["extracts"]]
    assert states == ["valid", "expired"]
    folder = map_folder(site.workspace, made.extract.id)
    assert folder.is_dir()
    ended = end_permit(site.workspace, "EX-1", TODAY)
    assert [one.ended for one in ended] == [TODAY, TODAY] and not folder.exists()
    # its numbers stay used
    assert read_extracts(site.workspace).next_person == FIRST_PERSON + PERSONS
    with pytest.raises(SndsOmopError, match="SO-262"):
        end_permit(site.workspace, "EX-2", TODAY)


def test_an_excluded_person_is_in_no_later_extract_and_in_no_map(site: Site) -> None:
    before = site.make(ALL_TABLES)
    remake(site.workspace, Settings(), [50])
    assert forget_persons(site.workspace, [50]) == {before.extract.id: 1}
    gone = set(range(1, PERSONS + 1)) - {50}
    assert set(site.persons(before)) == gone
    folder = map_folder(site.workspace, before.extract.id)
    kept = pl.read_parquet(folder / "rows.parquet")
    assert set(kept["person"].drop_nulls()) <= set(site.persons(before).values())
    after = site.make()
    assert set(site.persons(after)) == gone
    # the next block of numbers begins where the last one ended
    first = FIRST_PERSON + PERSONS
    assert sorted(site.persons(after).values()) == list(range(first, first + PERSONS - 1))
    counted = "select count_value from results.achilles_results where analysis_id = 1"
    assert of(after, counted) == [(PERSONS - 1,)]
    assert forget_persons(site.workspace, [50]) == {}


def test_a_refused_extract_leaves_nothing_and_uses_no_number(site: Site) -> None:
    def refuse(database: Path, quality: Path) -> dict[str, Any]:
        assert database.is_file()
        return {"accepted": False, "reasons_by_language": {"en": ["why"], "fr": ["pourquoi"]}}

    with pytest.raises(SndsOmopError, match=r"SO-301.*why"):
        site.make(judge=refuse)
    assert sorted(path.name for path in site.folder.iterdir()) == ["permit.toml", "workspace"]
    folder = site.workspace.state / "extracts"
    assert not folder.exists() or not any(folder.iterdir())
    assert read_extracts(site.workspace).blocks.row == FIRST_ROW


def test_a_folder_that_holds_something_is_not_overwritten(site: Site) -> None:
    (site.folder / "x1").mkdir()
    (site.folder / "x1" / "file").write_text("mine")
    with pytest.raises(SndsOmopError, match="SO-114"):
        site.make()
    assert (site.folder / "x1" / "file").read_text() == "mine"


def test_a_damaged_record_of_extracts_is_refused_by_name(site: Site) -> None:
    (site.workspace.state / "extracts.json").write_text('{"version": 9}')
    with pytest.raises(SndsOmopError, match=r"SO-132.*extracts\.json"):
        site.make()


def test_the_command_checks_the_extract_and_any_holder_can_verify_it(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    output = site.folder / "x"
    command = ["--workspace", str(site.workspace.root), "--json", "release"]
    asked = ["extract", "--permit", str(site.permit(ALL_TABLES + FINEST)), "--output", str(output)]
    assert execute([*command, *asked]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["persons"], answer["permit"], answer["withdrawn"]) == (PERSONS, "EX-1", 0)
    verdict = json.loads((output / "quality" / "verdict.json").read_text())
    assert verdict["accepted"] is True and verdict["counts"]["pass"] > 1000
    elsewhere = ["--workspace", str(site.folder / "elsewhere"), "release", "verify", str(output)]
    assert execute([*elsewhere, "--public-key", str(output / "public-key.pem")]) == 0
    capsys.readouterr()
    assert execute([*command, "end-permit", "EX-1"]) == 0
    assert json.loads(capsys.readouterr().out)["extracts"] == [answer["extract"]]


@pytest.mark.parametrize(
    "page", ["en/how-to/extract-for-a-permit", "fr/guide/extraire-pour-une-autorisation"]
)
def test_the_permit_of_the_documents_is_one(tmp_path: Path, page: str) -> None:
    text = (Path(__file__).parents[3] / "docs" / f"{page}.md").read_text("utf-8")
    (tmp_path / "permit.toml").write_text(text.split("```toml\n")[1].split("```")[0], "utf-8")
    permit = read_permit(tmp_path / "permit.toml")
    assert permit.persons.cohort in {cohort.id for cohort in cohorts()}
    assert permit.precision == Precision()


def test_no_word_of_a_list_is_printed(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    (site.folder / "list.csv").write_text("BEN_NIR_PSA\nPSECRETSECRET\n")
    permit = site.permit(CONDITIONS, 'select = "list"\nlist = "list.csv"')
    command = ["--workspace", str(site.workspace.root), "release", "extract", "--permit"]
    assert execute([*command, str(permit), "--output", str(site.folder / "x")]) == 4
    printed = capsys.readouterr()
    assert "SO-261" in printed.err and "SECRET" not in printed.err + printed.out
