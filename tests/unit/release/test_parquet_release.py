"""Releases whose tables are Parquet: equal to those of DuckDB, found whole or found damaged."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import duckdb
import pytest

from etl import release
from etl.errors import SndsOmopError
from etl.release.content import columns_by_table
from etl.release.remade import remake
from etl.release.tables import relations
from etl.settings import ReleaseSettings, Settings
from etl.workspace import Workspace
from tests.small_candidate import PERSONS, accept, build_candidate, key_of

PARQUET = Settings(release=ReleaseSettings(format="parquet"))
SCHEMAS = ("cdm", "results", "audit")


def made_of(root: Path, settings: Settings) -> release.Release:
    workspace = Workspace(root)
    build_candidate(workspace)
    return release.create(workspace, settings)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[release.Release, release.Release]:
    """One candidate, released in both formats; tests change nothing of it."""
    root = tmp_path_factory.mktemp("pair")
    return made_of(root / "duckdb", Settings()), made_of(root / "parquet", PARQUET)


@pytest.fixture
def made(pair: tuple[release.Release, release.Release], tmp_path: Path) -> release.Release:
    """A workspace of its own with the Parquet release, writable."""
    root = tmp_path / "workspace"
    shutil.copytree(pair[1].path.parents[1], root, symlinks=True)
    for path in [root / "releases", *(root / "releases").rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o700)
    return release.find(Workspace(root), "current")


def person(made: release.Release) -> Path:
    return made.path / "tables" / "cdm" / "person" / "part-00000.parquet"


def damages_of(made: release.Release) -> dict[str, str]:
    return {damage.path: damage.kind for damage in release.verify(made, key_of(made))}


def test_every_table_is_equal_in_both_formats(
    pair: tuple[release.Release, release.Release],
) -> None:
    """Compared row by row, and not by the hashes that the code wrote."""
    one, other = pair
    assert (one.manifest.tables_format, other.manifest.tables_format) == ("duckdb", "parquet")
    assert one.id == other.id
    compared = 0
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{one.path / 'omop.duckdb'}' as base (read_only)")
        for schema in SCHEMAS:
            for table, columns in columns_by_table(connection, "base", schema).items():
                file = other.path / "tables" / schema / table / "part-00000.parquet"
                left, right = f'base.{schema}."{table}"', f"read_parquet('{file}')"
                kinds = connection.execute(f"describe select * from {right}").fetchall()
                assert [(f'"{name}"', kind.lower()) for name, kind, *_ in kinds] == columns
                for first, second in ((left, right), (right, left)):
                    query = f"from {first} except all from {second} limit 1"
                    assert connection.execute(query).fetchall() == [], table
                compared += 1
    assert compared == len(one.manifest.tables) == len(other.manifest.tables)


def test_a_parquet_release_holds_no_duckdb_file_and_no_path(made: release.Release) -> None:
    assert not list(made.path.rglob("*.duckdb"))
    opening = (made.path / "open.sql").read_text(encoding="utf-8")
    assert str(made.path.parents[2]) not in opening
    rows = {one.path: one.rows for one in made.manifest.files}
    assert rows["tables/cdm/person/part-00000.parquet"] == PERSONS
    assert rows["open.sql"] is None


def test_equal_content_gives_equal_bytes(made: release.Release, tmp_path: Path) -> None:
    """Whatever the order of the rows of the candidate, and the number of threads."""
    workspace = Workspace(tmp_path / "other")
    build_candidate(workspace)
    with duckdb.connect(str(workspace.candidate)) as connection:
        for table in ("person", "drug_exposure", "concept_ancestor"):
            connection.execute(
                f"create table t as select * from cdm.{table} order by hash({table})"
            )
            connection.execute(f"delete from cdm.{table}")
            connection.execute(f"insert into cdm.{table} select * from t")
            connection.execute("drop table t")
    accept(workspace)
    engine = PARQUET.engine.model_copy(update={"threads": 1})
    again = release.create(workspace, PARQUET.model_copy(update={"engine": engine}))
    hashes = [
        {one.path: one.sha256 for one in found.manifest.files if one.path.startswith("tables/")}
        for found in (made, again)
    ]
    assert hashes[0] == hashes[1]


def test_a_moved_copy_is_opened_by_its_own_script(made: release.Release, tmp_path: Path) -> None:
    """By plain DuckDB, without our code; the original is gone."""
    moved = tmp_path / "a copy's folder"
    shutil.copytree(made.path, moved)
    shutil.rmtree(made.path)
    with duckdb.connect(":memory:") as connection:
        connection.execute("set variable release = $1", [str(tmp_path / "nowhere")])
        with pytest.raises(duckdb.IOException):
            connection.execute((moved / "open.sql").read_text(encoding="utf-8"))
    with duckdb.connect(":memory:") as connection:
        connection.execute("set variable release = $1", [str(moved)])
        connection.execute((moved / "open.sql").read_text(encoding="utf-8"))
        query = "select count(*) from cdm.person"
        assert connection.execute(query).fetchone() == (PERSONS,)
        connection.execute("reset variable release")
        with pytest.raises(duckdb.Error):
            connection.execute(query)


def test_the_lines_of_the_page_open_it(
    pair: tuple[release.Release, release.Release], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Path(__file__).parents[3] / "docs" / "en" / "how-to" / "open-a-release.md"
    lines = page.read_text(encoding="utf-8").partition("## Parquet")[2]
    (tmp_path / "workspace").symlink_to(pair[1].path.parents[1])
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(lines.partition("```python\n")[2].partition("```")[0], names)  # noqa: S102
    assert names["persons"] == PERSONS


def _change_a_row(made: release.Release) -> None:
    file = person(made)
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            f"copy (select * replace (if(person_id = 7, 1900, year_of_birth)::integer as "
            f"year_of_birth) from read_parquet('{file}')) to '{file}.new' (format parquet)"
        )
    Path(f"{file}.new").replace(file)


def _link_to_equal_bytes(made: release.Release) -> None:
    elsewhere = made.path.parents[2] / "elsewhere.parquet"
    person(made).rename(elsewhere)
    person(made).symlink_to(elsewhere)


def _link_folder(made: release.Release) -> None:
    elsewhere = made.path.parents[2] / "elsewhere"
    person(made).parent.rename(elsewhere)
    person(made).parent.symlink_to(elsewhere)


NAME = "tables/cdm/person/part-00000.parquet"


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (_change_a_row, {NAME: {"changed", "shorter", "longer"}}),
        (lambda made: person(made).unlink(), {NAME: {"missing"}}),
        (
            lambda made: shutil.copy(person(made), person(made).with_name("part-00001.parquet")),
            {"tables/cdm/person/part-00001.parquet": {"unexpected"}},
        ),
        (_link_to_equal_bytes, {NAME: {"missing", "unexpected"}}),
        (_link_folder, {NAME: {"missing"}, "tables/cdm/person": {"unexpected"}}),
        (
            lambda made: (made.path / "tables" / "cdm" / "more").mkdir(),
            {"tables/cdm/more": {"unexpected"}},
        ),
        (
            lambda made: (made.path / "open.sql").write_text("select 1", encoding="utf-8"),
            {"open.sql": {"changed", "shorter"}},
        ),
    ],
    ids=["row", "removed", "added", "link", "linked folder", "folder", "script"],
)
def test_verify_finds_what_was_changed(
    made: release.Release, change: object, wanted: dict[str, set[str]]
) -> None:
    assert damages_of(made) == {}
    change(made)  # type: ignore[operator]
    found = damages_of(made)
    assert set(found) == set(wanted)
    assert all(kind in wanted[path] for path, kind in found.items())
    with pytest.raises(SndsOmopError, match="SO-903"):
        release.promote(Workspace(made.path.parents[1]), made.id)


@pytest.mark.parametrize(
    "change",
    [
        lambda made: person(made).unlink(),
        _link_to_equal_bytes,
        _link_folder,
        lambda made: person(made).write_bytes(b"no table"),
    ],
    ids=["removed", "link", "linked folder", "no Parquet"],
)
def test_a_damaged_release_is_not_opened(made: release.Release, change: object) -> None:
    """By commands that do not verify first, such as ``release diff``."""
    change(made)  # type: ignore[operator]
    with pytest.raises(SndsOmopError, match="SO-903"):
        made.connect()


def test_an_added_part_is_never_read(made: release.Release) -> None:
    shutil.copy(person(made), person(made).with_name("part-00001.parquet"))
    with made.connect() as connection:
        assert connection.execute("select count(*) from cdm.person").fetchone() == (PERSONS,)


def test_a_release_is_read_from_a_read_only_connection(
    pair: tuple[release.Release, release.Release], tmp_path: Path
) -> None:
    """As the checks do, which compare the candidate with the release in use."""
    base = tmp_path / "base.duckdb"
    duckdb.connect(str(base)).close()
    found = []
    for one in pair:
        with duckdb.connect(str(base), read_only=True) as connection:
            sources = relations(connection, "previous", one.path, one.manifest)
            query = f"select count(*) from {sources['cdm', 'person']}"
            found.append((connection.execute(query).fetchone(), set(sources)))
    assert found[0] == found[1]
    assert found[0][0] == (PERSONS,)


def test_a_null_in_a_required_column_is_refused(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    build_candidate(workspace)
    with duckdb.connect(str(workspace.candidate)) as connection:
        connection.execute("alter table cdm.person alter year_of_birth drop not null")
        connection.execute("update cdm.person set year_of_birth = null where person_id = 3")
    accept(workspace)
    with pytest.raises(SndsOmopError, match=r"SO-901.*cdm\.person"):
        release.create(workspace, PARQUET)
    assert list(workspace.releases.iterdir()) == []


def test_a_type_that_parquet_loses_is_refused(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    build_candidate(workspace)
    with duckdb.connect(str(workspace.candidate)) as connection:
        connection.execute("create table audit.wide as select 1::hugeint as n")
    accept(workspace)
    with pytest.raises(SndsOmopError, match=r"SO-901.*audit\.wide.*hugeint"):
        release.create(workspace, PARQUET)
    assert list(workspace.releases.iterdir()) == []


def test_a_release_made_again_keeps_its_format(made: release.Release) -> None:
    workspace = Workspace(made.path.parents[1])
    (done,) = remake(workspace, Settings(), [50])
    again = release.find(workspace, "current")
    assert (again.id, again.manifest.tables_format) == (done.new, "parquet")
    assert release.verify(again, key_of(again)) == []
    assert not list(again.path.rglob("*.duckdb"))
    with again.connect() as connection:
        query = "select count(*) filter (where person_id = 50), count(*) from cdm.person"
        assert connection.execute(query).fetchone() == (0, PERSONS - 1)
    rows = {one.path: one.rows for one in again.manifest.files}
    assert rows[NAME] == PERSONS - 1


def test_formats_of_one_shelf(made: release.Release) -> None:
    """The next release may have another format; both are compared, and one goes back to it."""
    workspace = Workspace(made.path.parents[1])
    build_candidate(workspace, salt=1)
    other = release.create(workspace, Settings())
    assert other.manifest.tables_format == "duckdb"
    found = release.difference(made, other, {})
    assert found["persons"]["before"] == found["persons"]["after"] == PERSONS
    assert found["tables"]
    assert release.rollback(workspace).id == made.id
    digest = hashlib.sha256(person(made).read_bytes()).hexdigest()
    assert digest in {one.sha256 for one in made.manifest.files}
