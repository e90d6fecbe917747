"""Lists of persons who object: forms that are read, and those that are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from staging import Site, lines

from etl.errors import SndsOmopError
from etl.loaders.persons_list import read_persons_list
from etl.loaders.withdrawn import FILE
from tests.integration.withdrawn_site import (
    claim,
    claims,
    leave,
    number,
    person,
    psa,
    second,
    staged,
)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return staged(tmp_path)


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
