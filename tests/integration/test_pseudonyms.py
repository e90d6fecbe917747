"""A declared table of pseudonyms: the same persons keep their numbers under new pseudonyms."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
from staging import Site, lines

from etl.errors import SndsOmopError
from etl.loaders.pseudonyms import FILE
from etl.release.withdrawal import exclude
from etl.settings import Settings
from etl.transform.registry import carry_over, create_registry

PERSONS = "BEN_NIR_PSA;BEN_RNG_GEM;BEN_NIR_ANO;BEN_IDT_ANO;BEN_NAI_ANN;BEN_SEX_COD"
STAYS = "ETA_NUM;RSA_NUM;NIR_ANO_17;EXE_SOI_DTD;EXE_SOI_DTF"
DECLARED = """
kind = "full"
replaces = "delivery"

[[pseudonyms]]
file = "passage.csv"
old = "OLD"
new = "NEW"
"""


def person(psa: str, rank: str = "1", number: str = "") -> str:
    return f"{psa};{rank};{number};{number};1960;1"


def stay(number: int, psa: str) -> str:
    return f"010000123;{number:010};{psa};04/02/2019;06/02/2019"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """a has a number; t are twins on one PSA without numbers; o is in no table of pseudonyms."""
    site = Site(tmp_path)
    register = (person("PA", number="NIRA"), person("PT"), person("PT", "2"), person("PO"))
    site.put("IR_BEN_R.csv", lines(PERSONS, *register))
    site.put("T_MCO19C.csv", lines(STAYS, stay(1, "PA"), stay(2, "PO")))
    assert not site.stage().refused
    with duckdb.connect(str(site.workspace.registry)) as connection:
        create_registry(connection)
        rows = [("NIRA", 1), ("PT1", 2), ("PT2", 3), ("PO1", 4)]
        connection.executemany("insert into person_registry values (?, ?, 1, null)", rows)
    yield site


def again(site: Site, passage: str = "OLD;NEW\nPA;QA\nPT;QT\n", declared: str = DECLARED) -> Path:
    """The same persons and stays under new pseudonyms; n is new."""
    folder = site.delivery.parent / "second"
    register = (person("QA", number="MA"), person("QT"), person("QT", "2"), person("QN"))
    site.put("delivery.toml", declared, folder=folder)
    site.put("passage.csv", passage, folder=folder)
    site.put("IR_BEN_R.csv", lines(PERSONS, *register), folder=folder)
    site.put("T_MCO19C.csv", lines(STAYS, stay(1, "QA"), stay(2, "QN")), folder=folder)
    return folder


def numbers(site: Site) -> dict[str, int]:
    with duckdb.connect(str(site.workspace.registry), read_only=True) as connection:
        found = connection.execute("select person_key, person_id from person_registry").fetchall()
    return dict(found)


def test_new_keys_lead_to_the_numbers_of_the_old_ones(site: Site) -> None:
    """By the PSA alone: the key of a is its number, those of the twins are their rights."""
    report = site.stage(again(site))
    assert report.replaced == "delivery"
    assert report.pseudonyms == 3
    assert carry_over(site.workspace) == 3
    added = {key: number for key, number in numbers(site).items() if key[0] in "QM"}
    assert added == {"MA": 1, "QT1": 2, "QT2": 3}
    assert not (site.workspace.state / FILE).exists()
    assert carry_over(site.workspace) == 0


def test_a_table_of_numbers_joins_persons_whatever_their_ranks(site: Site) -> None:
    site.stage(again(site, "OLD;NEW\nNIRA;MA\n"))
    assert carry_over(site.workspace) == 1
    assert numbers(site)["MA"] == 1


def test_an_excluded_person_stays_out_under_the_new_pseudonym(site: Site) -> None:
    path = site.put("list.csv", "BEN_NIR_ANO\nNIRA\n", folder=site.delivery.parent)
    exclude(site.workspace, Settings(), path, ground="objection", day=date(2026, 11, 30))
    site.stage(again(site))
    assert site.rows("mco/t_mcoaac")["NIR_ANO_17"].to_list() == ["QN"]
    assert "QA" not in site.rows("beneficiary/ir_ben_r")["BEN_NIR_PSA"].to_list()


@pytest.mark.parametrize(
    "passage",
    [
        "OLD;NEW\nPA;QA\nPA;QB\n",
        "OLD;NEW\nPA;QA\nPB;QA\n",
        "OLD;OTHER\nPA;QA\n",
        "OLD;NEW\nPA;\n",
        "OLD;NEW\n",
    ],
    ids=["two new", "two old", "no column", "no value", "no row"],
)
def test_a_table_that_is_not_one_to_one_is_refused_and_the_former_generation_stays(
    site: Site, passage: str
) -> None:
    with pytest.raises(SndsOmopError, match="SO-247") as refused:
        site.stage(again(site, passage))
    assert "QA" not in str(refused.value)
    assert site.rows("mco/t_mcoaac")["NIR_ANO_17"].to_list() == ["PA", "PO"]


def test_a_repeated_row_of_the_table_counts_once(site: Site) -> None:
    assert site.stage(again(site, "OLD;NEW\nPA;QA\nPA;QA\n")).pseudonyms == 1
