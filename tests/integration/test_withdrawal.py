"""A person objects: what leaves the lake, what stays, and what a later delivery may not bring back.

One delivery holds all situations; the answers were written first. No build is made here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest
from staging import Site, lines

from etl.cli import execute
from etl.errors import SndsOmopError
from etl.loaders import screening
from etl.loaders.persons_list import read_persons_list
from etl.loaders.screening import FOLLOWING, screen
from etl.loaders.withdrawn import FILE, read_withdrawn
from etl.release.withdrawal import Exclusion, exclude, readmit, settle_withdrawal
from etl.settings import Settings
from etl.transform.registry import create_registry, numbers_of

PERSONS = "BEN_NIR_PSA;BEN_RNG_GEM;BEN_NIR_ANO;BEN_IDT_ANO;ASS_NIR_ANO;BEN_NAI_ANN;BEN_SEX_COD"
KEYS = (
    "DCT_ORD_NUM;FLX_DIS_DTD;FLX_EMT_NUM;FLX_EMT_ORD;FLX_EMT_TYP;FLX_TRT_DTD;ORG_CLE_NUM;"
    "PRS_ORD_NUM;REM_TYP_AFF"
)
CLAIMS = f"{KEYS};BEN_NIR_PSA;BEN_RNG_GEM;EXE_SOI_DTD;PRS_NAT_REF"
PACKS = f"{KEYS};PHA_PRS_C13"
STAYS = "ETA_NUM;RSA_NUM;NIR_ANO_17;NIR_ANO_MAM;EXE_SOI_DTD;EXE_SOI_DTF"
DIAGNOSES = "ETA_NUM;RSA_NUM;ASS_DGN;DGN_ASS_NUM"


def psa(letter: str) -> str:
    return f"P{letter * 16}"


def number(letter: str) -> str:
    return f"N{letter * 16}"


def person(
    letter: str, rank: str = "1", *, own: str = "", insured: str = "", sex: str = "2"
) -> str:
    """``own``: letter of the number; ``insured``: that of the insured person."""
    numbered = number(own) if own else ""
    opener = number(insured) if insured else ""
    return f"{psa(letter)};{rank};{numbered};{numbered};{opener};1970;{sex}"


def key(claim: int, year: int = 2019) -> str:
    return f"{claim};01/03/{year};7;2;1;01/03/{year};01C351000;1;1"


def claim(number: int, letter: str, rank: str = "1", year: int = 2019) -> str:
    return f"{key(number, year)};{psa(letter)};{rank};04/02/{year};1111"


def stay(number: int, letter: str, mother: str = "", year: int = 2019) -> str:
    mam = psa(mother) if mother else ""
    return f"010000123;{number:010};{psa(letter)};{mam};04/02/{year};06/02/{year}"


def diagnosis(number: int) -> str:
    return f"010000123;{number:010};I10;1"


# a: excluded, two rights (a and b) under one number · c: her child · t: twins on one PSA, ranks 1
# (excluded) and 2 · u: a person of their own
REGISTER = (
    person("a", own="a"),
    person("b", own="a"),
    person("c", own="c", insured="a"),
    person("t", "1", own="s"),
    person("t", "2", own="t"),
    person("u"),
)
TWO = f"BEN_NIR_ANO\n{number('a')}\n{number('s')}\n"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    site.put("IR_BEN_R.csv", lines(PERSONS, *REGISTER))
    rows = [claim(1, "a"), claim(2, "b"), claim(3, "c"), claim(4, "t", "1"), claim(5, "t", "2")]
    broken = key(7).replace("01/03/2019", "") + f";{psa('a')};1;04/02/2019;1111"
    site.put("ER_PRS_F_2019.csv", lines(CLAIMS, *rows, claim(6, "u"), broken))
    packs = [f"{key(one)};3400930000000" for one in range(1, 7)]
    site.put("ER_PHA_F_2019.csv", lines(PACKS, *packs))
    site.put(
        "T_MCO19C.csv", lines(STAYS, stay(1, "a"), stay(2, "c", "a"), stay(3, "t"), stay(4, "u"))
    )
    site.put("T_MCO19D.csv", lines(DIAGNOSES, *(diagnosis(one) for one in range(1, 5))))
    assert not site.stage().refused
    yield site


def listed(site: Site, content: str | bytes = TWO, name: str = "list.csv") -> Path:
    return site.put(name, content, folder=site.delivery.parent)


def leave(site: Site, content: str | bytes = TWO, **options: bool) -> Exclusion:
    return exclude(
        site.workspace,
        Settings(),
        listed(site, content),
        ground="objection",
        day=date(2026, 11, 30),
        **options,
    )


def everything(site: Site) -> str:
    """All that the workspace holds of persons, decoded."""
    found = []
    for path in sorted(site.workspace.root.rglob("*.parquet")):
        found.append(pl.read_parquet(path).write_csv())
    for path in sorted(site.workspace.root.rglob("*.json*")):
        found.append(path.read_text(encoding="utf-8"))
    return "\n".join(found)


def claims(site: Site) -> list[int]:
    return site.rows("dcir/er_prs_f")["DCT_ORD_NUM"].to_list()


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


def second(site: Site, *persons: str, rows: tuple[str, ...]) -> Path:
    folder = site.delivery.parent / "second"
    site.put("delivery.toml", 'kind = "increment"\n', folder=folder)
    site.put("IR_BEN_R.csv", lines(PERSONS, *persons), folder=folder)
    site.put("ER_PRS_F_2020.csv", lines(CLAIMS, *rows), folder=folder)
    return folder


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


def test_an_unknown_person_is_refused_or_kept_for_later(site: Site) -> None:
    content = f"BEN_NIR_ANO\n{number('a')}\n{number('q')}\n"
    with pytest.raises(SndsOmopError, match="SO-252") as refused:
        leave(site, content)
    assert number("q") not in str(refused.value)
    assert claims(site) == [1, 2, 3, 4, 5, 6]
    done = leave(site, content, keep_unknown=True)
    assert (done.persons, done.unknown) == (2, 1)
    folder = second(site, person("q", own="q"), rows=(claim(11, "q", year=2020),))
    site.stage(folder)
    assert 11 not in claims(site)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("BEN_NIR_PSA;BEN_RNG_GEM\n", "SO-251"),
        ("", "SO-250"),
        ("name;age\nx;4\n", "SO-250"),
        (f"BEN_NIR_ANO;NUM_ENQ;BEN_NIR_PSA\n{number('a')};x;y\n", "SO-250"),
        (b"BEN_NIR_ANO\n\x00\x81\x00\n", "SO-250"),
        ("person_id\nfour\n", "SO-251"),
        (f"BEN_NIR_PSA\n{psa('u')}\n{psa('t')}\n", "SO-253.*1 of 2 rows"),
        (
            "BEN_NIR_ANO\n" + "\n".join(number(one) for one in "acst") + f"\n{psa('u')}1\n",
            "SO-252.*1 of 5",
        ),
    ],
    ids=["no row", "empty", "no key", "twice", "encoding", "no number", "twins", "unknown"],
)
def test_a_bad_list_is_refused_and_nothing_is_done(
    site: Site, content: str | bytes, code: str
) -> None:
    with pytest.raises(SndsOmopError, match=code):
        leave(site, content)
    assert claims(site) == [1, 2, 3, 4, 5, 6]
    assert not (site.workspace.state / FILE).exists()


def test_a_list_of_all_persons_is_refused(site: Site) -> None:
    rights = [f"{psa(one)};1" for one in "abcu"] + [f"{psa('t')};1", f"{psa('t')};2"]
    with pytest.raises(SndsOmopError, match="SO-254"):
        leave(site, lines("BEN_NIR_PSA;BEN_RNG_GEM", *rights))
    assert len(claims(site)) == 6


def test_lists_in_other_forms_and_with_repeated_rows_are_read(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    for encoding in ("utf-8-sig", "cp1252", "utf-16"):
        path.write_bytes("num_enq,ben_rng_gem,né\na,01,x\na,1,y\nb,2.0,z\n".encode(encoding))
        found = read_persons_list(path)
        assert [(row.psa, row.rank) for row in found.rows] == [("a", "1"), ("b", "2")]
        assert found.repeated == 1
        assert "a" not in repr(found.rows[0]).replace("Listed", "")


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
