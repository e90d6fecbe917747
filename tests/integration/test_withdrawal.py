"""A person objects: what leaves the lake, what stays, and what a later delivery may not bring back.

One delivery holds all situations; the answers were written first. No build is made here.
"""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import polars as pl
import pytest
from staging import Site, lines

from etl.cli import execute
from etl.errors import SndsOmopError
from etl.loaders import screening
from etl.loaders.screening import FOLLOWING, screen
from etl.loaders.withdrawn import FILE, read_withdrawn
from etl.release.withdrawal import readmit, settle_withdrawal
from etl.settings import Settings
from etl.transform.registry import create_registry, numbers_of
from tests.integration.withdrawn_site import (
    CLAIMS,
    PERSONS,
    REGISTER,
    claim,
    claims,
    everything,
    leave,
    listed,
    number,
    person,
    psa,
    second,
    staged,
)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return staged(tmp_path)


def test_all_rights_of_the_persons_leave_and_nothing_of_others(site: Site) -> None:
    done = leave(site)
    assert (done.persons, done.excluded, done.rows, done.unknown) == (2, 2, 2, 0)
    assert claims(site) == [3, 5, 6]
    assert site.rows("dcir/er_pha_f")["DCT_ORD_NUM"].to_list() == [3, 5, 6]
    # the stay of the shared PSA leaves too: the PMSI does not state whose it is
    assert site.rows("mco/t_mcoaac")["RSA_NUM"].to_list() == ["0000000002", "0000000004"]
    assert site.rows()["RSA_NUM"].to_list() == ["0000000002", "0000000004"]
    assert site.quarantine("dcir/er_prs_f").is_empty()
    text = everything(site)
    assert number("a") not in text and psa("a") not in text and psa("b") not in text
    assert number("s") not in text
    # the PSA of the twins stays on the rows of the other one
    assert psa("t") in text and number("t") in text


def test_links_of_others_become_null_and_are_counted(site: Site) -> None:
    done = leave(site)
    register = site.rows("beneficiary/ir_ben_r")
    assert register.filter(pl.col("BEN_NIR_ANO") == number("c"))["ASS_NIR_ANO"].to_list() == [None]
    assert site.rows("mco/t_mcoaac")["NIR_ANO_MAM"].to_list() == [None, None]
    assert done.screened.links == 2


def test_read_is_staged_quarantined_or_withdrawn(site: Site) -> None:
    leave(site)
    counts = {
        file.table: (file.rows_read, file.rows_staged, file.rows_quarantined, file.withdrawn)
        for file in site.manifest().files
    }
    assert counts["ER_PRS_F"] == (7, 3, 0, 4)
    assert counts["IR_BEN_R"] == (6, 3, 0, 3)
    assert counts["T_MCOaaD"] == (4, 2, 0, 2)
    files = pl.read_parquet(site.workspace.lake / "manifest" / "files.parquet")
    assert files.filter(pl.col("source_table") == "ER_PRS_F")["rows_withdrawn"].to_list() == [4]


def test_a_later_delivery_does_not_bring_them_back_and_extends_the_exclusion(site: Site) -> None:
    """A new right (d) under the number that was excluded, and its care of both years."""
    leave(site)
    rows = (claim(11, "a", year=2020), claim(12, "d", year=2020), claim(13, "u", year=2020))
    folder = second(site, *REGISTER, person("d", own="a"), rows=rows)
    report = site.stage(folder)
    assert claims(site) == [3, 5, 6, 13]
    assert report.withdrawn is not None and report.withdrawn.rows == 6
    third = site.delivery.parent / "third"
    site.put("delivery.toml", 'kind = "increment"\n', folder=third)
    site.put("ER_PRS_F_2021.csv", lines(CLAIMS, claim(21, "d", year=2021)), folder=third)
    site.stage(third)
    assert 21 not in claims(site)


def test_a_right_certified_later_stays_out_with_its_number(site: Site) -> None:
    """u had no number when excluded; the same right has one a year later: the same person."""
    leave(site, f"BEN_NIR_PSA;BEN_RNG_GEM\n{psa('u')};1\n")
    folder = second(
        site,
        person("u", own="u"),
        person("v", own="u"),
        rows=(claim(11, "u", year=2020), claim(12, "v", year=2020)),
    )
    site.stage(folder)
    assert claims(site) == [1, 2, 3, 4, 5]


def test_a_right_that_passed_to_another_number_is_another_person(site: Site) -> None:
    """Farmer's twins exchange ranks: numbers rank before rights."""
    leave(site, f"BEN_NIR_ANO\n{number('s')}\n")
    folder = second(
        site,
        person("t", "1", own="t"),
        person("t", "2", own="s"),
        rows=(claim(11, "t", "1", 2020), claim(12, "t", "2", 2020)),
    )
    site.stage(folder)
    assert 11 in claims(site)
    assert 12 not in claims(site)
    kept = site.rows("beneficiary/ir_ben_r")["BEN_NIR_ANO"].to_list()
    assert number("s") not in kept


def test_a_default_number_takes_no_stranger_along(site: Site) -> None:
    """The excluded right carries, a year later, the number of a man of 1930 too (R46)."""
    leave(site, f"BEN_NIR_PSA;BEN_RNG_GEM\n{psa('u')};1\n")
    stranger = f"{psa('w')};1;{number('z')};{number('z')};;1930;1"
    folder = second(
        site,
        person("u", own="z"),
        stranger,
        rows=(claim(11, "u", year=2020), claim(12, "w", year=2020)),
    )
    site.stage(folder)
    assert 12 in claims(site)
    assert 11 not in claims(site)


def test_a_replacement_keeps_them_out(site: Site) -> None:
    leave(site)
    folder = site.delivery.parent / "full"
    site.put("delivery.toml", 'kind = "full"\nreplaces = "delivery"\n', folder=folder)
    site.put("IR_BEN_R.csv", lines(PERSONS, *REGISTER), folder=folder)
    rows = (claim(1, "a"), claim(3, "c"), claim(6, "u"), claim(8, "c"))
    site.put("ER_PRS_F_2019.csv", lines(CLAIMS, *rows), folder=folder)
    report = site.stage(folder)
    assert report.replaced == "delivery"
    assert claims(site) == [3, 6, 8]
    assert psa("a") not in everything(site)


def test_a_readmitted_person_comes_back_with_the_next_delivery(site: Site) -> None:
    leave(site)
    assert readmit(site.workspace, listed(site, f"BEN_NIR_PSA;BEN_RNG_GEM\n{psa('b')};1\n")) == 1
    assert claims(site) == [3, 5, 6]
    site.stage()
    assert claims(site) == [1, 2, 3, 5, 6]
    assert len(read_withdrawn(site.workspace).persons) == 1


def test_the_same_list_again_changes_nothing(site: Site) -> None:
    leave(site)
    before = (site.workspace.state / FILE).read_bytes()
    done = leave(site)
    assert (done.persons, done.excluded, done.screened.rows) == (0, 2, 0)
    assert (site.workspace.state / FILE).read_bytes() == before


def test_no_person_is_readmitted_who_is_not_excluded(site: Site) -> None:
    leave(site)
    with pytest.raises(SndsOmopError, match="SO-255"):
        readmit(site.workspace, listed(site, f"BEN_NIR_ANO\n{number('c')}\n"))
    assert len(read_withdrawn(site.workspace).persons) == 2


def test_a_kill_before_the_rows_are_noted_is_completed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as context:
        context.setattr("etl.release.withdrawal.screen", _killed)
        with pytest.raises(KeyboardInterrupt):
            leave(site)
    assert claims(site) == [1, 2, 3, 4, 5, 6]
    screen(site.workspace)
    assert claims(site) == [3, 5, 6]


def test_a_kill_in_the_middle_of_the_removal_is_completed_with_the_same_counts(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def rewrite(*arguments: object) -> None:
        calls.append(arguments)
        if len(calls) > 2:
            raise KeyboardInterrupt
        original(*arguments)  # type: ignore[arg-type]

    original = screening._rewrite
    with monkeypatch.context() as context:
        context.setattr(screening, "_rewrite", rewrite)
        with pytest.raises(KeyboardInterrupt):
            leave(site)
    assert (site.workspace.state / FOLLOWING).is_file()
    done = leave(site)
    assert done.persons == 0
    assert claims(site) == [3, 5, 6]
    withdrawn = {file.table: file.withdrawn for file in site.manifest().files}
    assert (withdrawn["ER_PRS_F"], withdrawn["IR_BEN_R"]) == (4, 3)


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def registry(site: Site, *rows: tuple[str, int, int, int | None]) -> None:
    with duckdb.connect(str(site.workspace.registry)) as connection:
        create_registry(connection)
        connection.executemany("insert into person_registry values (?, ?, ?, ?)", rows)


def in_registry(site: Site) -> list[tuple[str, int, int | None]]:
    with duckdb.connect(str(site.workspace.registry), read_only=True) as connection:
        return connection.execute(
            "select person_key, person_id, former_id from person_registry order by all"
        ).fetchall()


def test_the_registry_loses_the_person_and_keeps_the_highest_number(site: Site) -> None:
    """The excluded number 4 was the highest; 2 was merged into it, 3 was split from it."""
    registry(
        site,
        (number("c"), 1, 1, None),
        (psa("b") + "1", 2, 1, None),
        (psa("b") + "1", 4, 2, 2),
        (number("a"), 4, 1, None),
        (number("t"), 3, 2, 4),
    )
    leave(site, f"BEN_NIR_ANO\n{number('a')}\n")
    assert in_registry(site) == [("", 5, None), (number("c"), 1, None), (number("t"), 3, None)]
    content = site.workspace.registry.read_bytes()
    assert number("a").encode() not in content


def test_a_person_id_names_the_person_of_the_registry(site: Site) -> None:
    registry(site, (number("a"), 7, 1, None), (number("c"), 8, 1, None))
    assert numbers_of(site.workspace, [7]) == {7: [number("a")]}
    done = leave(site, "person_id\n7\n")
    assert done.persons == 1
    assert claims(site) == [3, 4, 5, 6]
    assert settle_withdrawal(site.workspace, Settings()) == ()


def test_the_command_prints_and_logs_no_key(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    path = listed(site)
    workspace = ["--workspace", str(site.workspace.root)]
    assert execute([*workspace, "--json", "persons", "exclude", "--list", str(path)]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["exclusion"]["persons"] == 2
    assert execute([*workspace, "--lang", "fr", "persons", "list"]) == 0
    assert execute([*workspace, "persons", "exclude", "--list", str(path), "--ground", "N 1"]) == 2
    shown_more = capsys.readouterr()
    logs = [file.read_text() for file in site.workspace.logs.glob("*")]
    for text in (shown.out, shown.err, shown_more.out, shown_more.err, *logs, everything(site)):
        assert number("a") not in text and psa("a") not in text
    entries = (site.workspace.state / "audit-log.jsonl").read_text()
    assert "persons exclude objection" in entries
