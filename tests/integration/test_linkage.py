"""Declared crosswalks and tables of communes: checked, kept, written for models, forgotten.

Answers were written first. What models make of them is tested by dbt (_linkage__unit_tests.yml).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from staging import Site, lines

from etl.delivery.declaration import read_declaration
from etl.errors import SndsOmopError
from etl.loaders.linkage import AREAS, CROSSWALKS, LINKED, read_kept, write_linkage
from etl.release.withdrawal import exclude
from etl.settings import Settings
from etl.transform.fingerprint import inputs
from etl.vocabulary import load_demo

PERSONS = "BEN_NIR_PSA;BEN_RNG_GEM;BEN_NIR_ANO;BEN_IDT_ANO;BEN_NAI_ANN;BEN_SEX_COD"
CROSSWALK = """
[[crosswalk]]
file = "registre.csv"
external = "id"
key = "pseudo"
index_date = "jour"
name = "Registre"
"""
AREA = """
[[area]]
file = "defa.csv"
commune = "depcom"
year = "annee"
values = ["fdep", "quintile"]
"""
LIST = "ID;Pseudo;Jour\nE1;N1;2019-05-01\nE2;PB;03/02/2020\nE2;PB;03/02/2020\nE3;X;hier\n"
COMMUNES = "depcom,annee,fdep,quintile\n1004,2015,-0.3,2\n2A004,2015,0.1,\n01004,2017,0.2,4\n"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    rows = ("PA;1;N1;N1;1960;1", "PB;1;;;1970;2", "PC;1;N3;N3;1980;1")
    site.put("IR_BEN_R.csv", lines(PERSONS, *rows))
    return site


def declare(site: Site, crosswalk: str = LIST, communes: str = COMMUNES) -> None:
    site.put("registre.csv", crosswalk)
    site.put("defa.csv", communes)
    site.put("delivery.toml", CROSSWALK + AREA)


def written(site: Site, name: str) -> pl.DataFrame:
    write_linkage(site.workspace)
    return pl.read_parquet(site.workspace.lake / "manifest" / name)


def test_what_models_read_has_no_external_id(site: Site) -> None:
    declare(site)
    assert not site.stage().refused
    found = written(site, CROSSWALKS)
    assert found.select("person_name", "index_date", "external_number").rows() == [
        ("N1", date(2019, 5, 1), 1),
        ("PB", date(2020, 2, 3), 2),
        ("X", None, 3),
    ]
    assert set(found["crosswalk_number"]) == {1} and set(found["crosswalk_name"]) == {"Registre"}
    assert "external_id" not in found.columns
    kept = read_kept(site.workspace)
    assert kept["external_id"].to_list() == ["E1", "E2", "E3"]
    assert (site.workspace.state / CROSSWALKS).stat().st_mode & 0o077 == 0


def test_communes_get_their_zero_back(site: Site) -> None:
    declare(site)
    site.stage()
    found = written(site, AREAS).sort("commune", "area_year", "measure")
    assert found.select("commune", "area_year", "measure", "value").rows() == [
        ("01004", 2015, "fdep", "-0.3"),
        ("01004", 2015, "quintile", "2"),
        ("01004", 2017, "fdep", "0.2"),
        ("01004", 2017, "quintile", "4"),
        ("2A004", 2015, "fdep", "0.1"),
        ("2A004", 2015, "quintile", None),
    ]


def test_without_a_declaration_both_tables_are_there_and_empty(site: Site) -> None:
    site.stage()
    assert written(site, CROSSWALKS).is_empty() and written(site, AREAS).is_empty()


@pytest.mark.parametrize(
    ("crosswalk", "communes", "code", "named"),
    [
        ("id;pseudo;jour\nE1;N1;\nE2;N1;\n", COMMUNES, "SO-248", "1 keys"),
        ("id;pseudo;jour\nE1;;\nE2;NA;\n", COMMUNES, "SO-248", "2 rows"),
        ("id;pseudo;jour\n", COMMUNES, "SO-248", "registre.csv"),
        ("id;pseudo\nE1;N1\n", COMMUNES, "SO-248", "jour"),
        (LIST, "depcom,annee,fdep,quintile\n01004,2015,1,2\n1004,2015,3,2\n", "SO-249", "1 comm"),
        (LIST, "depcom,annee,fdep,quintile\n01004,MMXV,1,2\n", "SO-249", "1 rows"),
        (LIST, "depcom,annee,fdep,quintile\n101004,2015,1,2\n", "SO-249", "1 rows"),
        (LIST, "depcom,annee,fdep\n01004,2015,1\n", "SO-249", "quintile"),
    ],
)
def test_a_table_that_is_not_what_was_declared_is_refused_whole(
    site: Site, crosswalk: str, communes: str, code: str, named: str
) -> None:
    declare(site)
    site.stage()
    before = read_kept(site.workspace)
    declare(site, crosswalk, communes)
    with pytest.raises(SndsOmopError, match=code) as refused:
        site.stage()
    assert named in refused.value.line()
    assert "N1" not in refused.value.line() and "E1" not in refused.value.line()
    assert read_kept(site.workspace).equals(before)


def test_two_crosswalks_of_one_name_are_refused(site: Site) -> None:
    site.put("delivery.toml", CROSSWALK + CROSSWALK)
    with pytest.raises(SndsOmopError, match="SO-240"):
        read_declaration(site.delivery)


def test_one_person_may_have_two_external_ids_under_two_keys(site: Site) -> None:
    declare(site, "id;pseudo;jour\nE1;N1;2019-05-01\nE2;PA;2019-05-01\nE2;N2;2019-06-01\n")
    assert not site.stage().refused
    assert written(site, CROSSWALKS)["external_number"].to_list() == [1, 2, 2]


def test_a_changed_list_makes_a_build_and_the_same_one_none(site: Site) -> None:
    declare(site)
    site.stage()
    load_demo(site.workspace, Settings())
    write_linkage(site.workspace)
    first = inputs(site.workspace, Settings())
    site.stage()
    assert (site.workspace.lake / "manifest" / CROSSWALKS).is_file()
    assert inputs(site.workspace, Settings()) == first
    declare(site, LIST.replace("2019-05-01", "2019-05-02"))
    site.stage()
    assert not (site.workspace.lake / "manifest" / CROSSWALKS).is_file()
    assert inputs(site.workspace, Settings()) != first


def test_a_number_of_a_cohort_is_never_that_of_another(site: Site) -> None:
    declare(site)
    site.stage()
    assert set(written(site, CROSSWALKS)["crosswalk_number"]) == {1}
    site.put("delivery.toml", CROSSWALK.replace("Registre", "Autre") + AREA)
    site.stage()
    found = written(site, CROSSWALKS).select("crosswalk_name", "crosswalk_number").unique().rows()
    assert found == [("Autre", 2)]


def test_an_excluded_person_leaves_the_crosswalk(site: Site) -> None:
    declare(site)
    site.stage()
    write_linkage(site.workspace)
    (site.workspace.state / LINKED).write_bytes(b"former")
    listed = site.put("list.csv", "BEN_NIR_ANO\nN1\n", folder=site.delivery.parent)
    exclude(site.workspace, Settings(), listed, ground="objection", day=date(2026, 12, 1))
    assert read_kept(site.workspace)["person_name"].to_list() == ["PB", "X"]
    assert not (site.workspace.state / LINKED).exists()
    # nor does the next staging of the same file bring the key back
    site.stage()
    assert "N1" not in read_kept(site.workspace)["person_name"].to_list()
    assert "N1" not in written(site, CROSSWALKS)["person_name"].to_list()
