"""Ids of custom concepts are given once and kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl.errors import SndsOmopError
from etl.vocabulary.catalogue import BLOCK, SITE_OFFSET, catalogue, custom_vocabularies
from etl.vocabulary.codes import normalise
from etl.vocabulary.registry import append, assign, read_registry, registry_file

CIM10 = catalogue()["SNDS_CIM10"]


def test_blocks_are_separate_and_fit_an_integer() -> None:
    bases = [vocabulary.id_base or 0 for vocabulary in custom_vocabularies()]
    assert len(bases) == len(set(bases))
    assert all(base > 2_000_000_000 and base + BLOCK < 2**31 for base in bases)


def test_shipped_registry_is_sound() -> None:
    for vocabulary in custom_vocabularies():
        source = vocabulary.source_vocabularies[0]
        for code in read_registry(vocabulary, registry_file(vocabulary)):
            assert (vocabulary.id_base or 0) < code.concept_id
            assert code.concept_id < (vocabulary.id_base or 0) + SITE_OFFSET
            assert code.source_code == normalise(source, code.source_code)
            assert vocabulary.code_pattern.fullmatch(code.source_code), code.source_code
            assert code.source_name.strip()


def test_assign_appends_in_code_order_and_never_twice(tmp_path: Path) -> None:
    path = tmp_path / "SNDS_CIM10.csv"
    append(path, assign(CIM10, [], [("I10", "a"), ("E119", "b")], first_seen="1", site=False))
    before = path.read_bytes()
    known = read_registry(CIM10, path)
    assert [(code.source_code, code.concept_id) for code in known] == [
        ("E119", 2_001_000_001),
        ("I10", 2_001_000_002),
    ]
    more = assign(CIM10, known, [("A01", "c"), ("I10", "again")], first_seen="2", site=False)
    append(path, more)
    assert path.read_bytes().startswith(before)
    assert [code.concept_id for code in more] == [2_001_000_003]


def test_a_site_counts_in_the_second_half_of_the_block() -> None:
    known = assign(CIM10, [], [("I10", "a")], first_seen="1", site=False)
    site = assign(CIM10, known, [("Z999", "b")], first_seen="site", site=True)
    assert site[0].concept_id == 2_001_500_001


@pytest.mark.parametrize(("site", "last"), [(False, SITE_OFFSET - 1), (True, BLOCK - 1)])
def test_the_last_id_of_a_half_is_given(*, site: bool, last: int) -> None:
    base = CIM10.id_base or 0
    given = assign(CIM10, [], [("I10", "a")], first_seen="1", site=site)
    before = [type(given[0])("X", base + last - 1, "x", "1")]
    assert assign(CIM10, before, [("Z999", "b")], first_seen="1", site=site)[0].concept_id == (
        base + last
    )
    with pytest.raises(SndsOmopError, match="SO-404"):
        assign(CIM10, before, [("Z998", "b"), ("Z999", "c")], first_seen="1", site=site)


def test_a_full_block_is_refused() -> None:
    known = assign(CIM10, [], [("I10", "a")], first_seen="1", site=True)
    full = [type(known[0])("X", 2_001_999_999, "x", "1")]
    with pytest.raises(SndsOmopError, match="SO-404"):
        assign(CIM10, full, [("Z999", "b")], first_seen="1", site=True)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("I10,2002000001,outside,1", "SO-404"),
        ("I10,2001000000,the base itself,1", "SO-404"),
        ("I10,2001500001,the half of sites,1", "SO-404"),
        ("I10,2001000x02,no number,1", "SO-404"),
        (",2001000002,no code,1", "SO-404"),
        ("I10", "SO-404"),
        ("E119,2001000009,twice the code,1", "SO-414"),
        ("I10,2001000001,twice the id,1", "SO-414"),
    ],
)
def test_a_damaged_registry_is_refused_with_its_line(tmp_path: Path, line: str, code: str) -> None:
    path = tmp_path / "SNDS_CIM10.csv"
    head = "source_code,concept_id,source_name,first_seen\nE119,2001000001,a,1\n"
    path.write_text(head + line + "\n", encoding="utf-8")
    with pytest.raises(SndsOmopError, match=rf"{code}.*SNDS_CIM10.csv:3"):
        read_registry(CIM10, path)


def test_a_site_gives_no_id_of_the_project(tmp_path: Path) -> None:
    path = tmp_path / "SNDS_CIM10.csv"
    head = "source_code,concept_id,source_name,first_seen\n"
    path.write_text(f"{head}Z999,2001500001,theirs,site\n", encoding="utf-8")
    assert [code.source_code for code in read_registry(CIM10, path, site=True)] == ["Z999"]
    path.write_text(f"{head}Z999,2001000001,ours,site\n", encoding="utf-8")
    with pytest.raises(SndsOmopError, match=r"SO-404.*SNDS_CIM10\.csv:2"):
        read_registry(CIM10, path, site=True)
