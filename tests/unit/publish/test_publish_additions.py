"""Tables of a user's own: what is not declared, known and large enough is refused."""

from __future__ import annotations

import ast
import itertools
from pathlib import Path

import duckdb
import pytest

import etl.publish
from etl.errors import SndsOmopError
from etl.publish.additions import (
    added_families,
    read_additions,
    require_unlike,
)
from etl.publish.control import as_shown, remember
from etl.workspace import Workspace
from tests.added_tables import Reader

PSEUDONYM = "vBG6bPIN0akjY65XZ"
SUMMARISED = (
    "result_id,cdm_name,group_name,group_level,strata_name,strata_level,variable_name,"
    "variable_level,estimate_name,estimate_type,estimate_value,additional_name,additional_level\n"
)


NAMES = ("n", "count", "Subjects", "nPatients", "effectif", "N persons", "cohort_subjects",
         "total", "value", "x", "records", "numberOfSubjects")  # fmt: skip
SMALL = ("1", "7", "10", "7.0", "07", "7,0", "+7", "7e0", "７", '"7"', " 7 ")


def test_a_small_count_is_refused_under_every_name_and_in_every_writing(read: Reader) -> None:
    forms = list(itertools.product(NAMES, SMALL, ";|\t"))
    assert len(forms) > 200
    for name, value, delimiter in forms:
        table = f"group{delimiter}{name}\nA{delimiter}{value}\nB{delimiter}25\n"
        assert read.refused(table), (name, value, delimiter)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize(("count", "refused"), [("10", True), ("11", False)])
def test_encodings_with_a_mark_are_decoded_first(
    read: Reader, encoding: str, count: str, refused: bool
) -> None:
    assert bool(read.refused(f"n,group\n{count},A\n".encode(encoding))) == refused


@pytest.mark.parametrize("encoding", ["utf-16-le", "latin-1", "cp037"])
def test_other_encodings_are_refused(read: Reader, encoding: str) -> None:
    assert read.refused("group,n\nÉté,25\n".encode(encoding))


@pytest.mark.parametrize(
    "name",
    ["a.json", "a.svg", "a.png", "a.zip", "a.csv.gz", "a.parquet", "a.xlsx", "a.html", "a.txt",
     "a", "1850575123456.csv", f"{PSEUDONYM}.csv", "a b.csv", "=a.csv"],
)  # fmt: skip
def test_only_tables_with_plain_names_are_read(read: Reader, name: str) -> None:
    detail = read.refused("group,n\nA,25\n", name)
    assert detail
    assert name == "a" or name not in detail


@pytest.mark.parametrize(
    "content",
    [
        "group,n\nA,20\nB,50\n",
        "group,n\nA,0\nB,11\n",
        "group,n\nA,<11\nB,-11\nC,NA\n",
        "code,label\nE11,diabetes\nI50,heart failure\n",
        "month,sex,persons,records\n2019-03,1,120,500\n201904,2,20,40\n",
        "age_group,n\n40-49,70\n85+,30\n",
        "database_id,cohort_id,cohort_entries,cohort_subjects\nSNDS,1,200,150\n",
        "cohort_id,persons\n7,110\n",
    ],
)
def test_usual_tables_go_along(read: Reader, content: str) -> None:
    assert read.refused(content) == ""


@pytest.mark.parametrize(
    "content",
    [
        "personId,n\n1,12\n",
        "subjectID,n\n1,12\n",
        "PERSON ID,n\n1,12\n",
        "commune,n\n75056,120\n",
        "month_of_birth,n\n4,120\n",
        f"group,n\n{PSEUDONYM},120\n",
        "group,n\n185057512345678,120\n",
        "group,n\n1 85 05 75 123 456 78,120\n",
        "group,n\n2019-03-14,120\n",
        "group,n\n20190314,120\n",
        "group,n\n14/03/2019,120\n",
        "group,n\nthree of 7 patients,120\n",
        "group,n\n7,120\n",
        '"{""n"": 7}",n\nA,120\n',
        'group,n\n"{""n"": 7}",120\n',
        "group,n\nA,20\nA,30\n",
        "sex,age_group\n1,40-49\n",
        "group,records\nA,500\n",
        "group,persons,n\nA,120,117\n",
        "group,records,persons\nA,500,NA\n",
        "group,n\nA\n",
        "group,n\n987654,120\n",
        "group,n\nab12cd34,120\n",
        "group,n\nQW98ER76TY,120\n",
        "group,n\nx445566,120\nid 445566,30\n",
        "",
    ],
)
def test_what_could_identify_is_refused(read: Reader, content: str) -> None:
    detail = read.refused(content)
    assert detail
    assert "7 patients" not in detail and PSEUDONYM not in detail and "987654" not in detail


@pytest.mark.parametrize(
    "content",
    [
        "month,n\n14 mars 2019,120\n",
        "week,n\n2019-W11,120\n",
        "month,n\n2019-03T14,120\n",
        "group,n\nA,VII\n",
        "group,n\nA,0x7\n",
        "group,n\nA,7/1\n",
        "group,n\nA,11.4\n",
        "group,n\nA,1 1\n",
        "group,persons,percent_female\nA,120,95\n",
        "per\u200bson_id,n\n1,120\n",
        "\u0440\u0435rson_id,n\n1,120\n",
        ",n\nA,120\n",
        "group,n\nA,120,7\n",
        "# 7 patients died\ngroup,n\nA,120\n",
        "group,n\rA,7\r",
        "group\tn\nA\t7\n",
        'group,n\n"A\n7 persons",120\n',
        "group,n\nN3BlcnNvbnM=,120\n",
        "n,n\n120,7\n",
        "group,n\nfvROSurjXIfxJwEop,120\n",
        "group,n\nregisterkeyofaperson,120\n",
        "region,n\n75013,120\n",
        "department,n\n2A004,120\n",
        "group,n\n\u2466 cases,120\n",
        "group,n\nseven patients,120\n",
        "group,n\nsept jeunes patientes,120\n",
    ],
)
def test_forms_that_hide_a_person_or_a_count_are_refused(read: Reader, content: str) -> None:
    assert read.refused(content)


@pytest.mark.parametrize(
    "content",
    [
        "department,n\n075,120\n2A,30\n",
        "label,code\nOneVesselDisease,E11\nStage two,E12\n",
        "group,n\nelectrocardiogram,120\nConditionEraTable,30\n",
    ],
)
def test_words_of_ordinary_tables_are_no_keys_and_no_counts(read: Reader, content: str) -> None:
    assert read.refused(content) == ""


@pytest.mark.parametrize(
    ("name", "persons", "refused"),
    [("p99", 1099, True), ("p99", 1100, False), ("q25", 43, True), ("q25", 44, False),
     ("quantile_90", 109, True), ("p50", 22, False), ("mean_p", 11, False)],
)  # fmt: skip
def test_a_quantile_needs_persons_beyond_it(
    read: Reader, name: str, persons: int, refused: bool
) -> None:
    side = f'[columns]\ngroup = "stratum"\nn = "persons"\n{name} = "measure"\n'
    assert bool(read.refused(f"group,n,{name}\nA,{persons},61.3\n", side=side)) is refused


SIDE = '[columns]\nward = "stratum"\nkept = "persons"\nseen = "records"\nmean_age = "measure"\n'


def test_a_file_alongside_declares_other_names(read: Reader) -> None:
    table = "ward,kept,seen,mean_age\nsurgery,40,90,61.3\n"
    assert "not declared" in read.refused(table)
    assert read.refused(table, side=SIDE) == ""
    (found,) = read(table, side=SIDE)
    assert [column.role for column in found.columns] == ["stratum", "persons", "records", "measure"]


@pytest.mark.parametrize(
    "row",
    ["surgery,10,90,61.3", "surgery,40,10,61.3", "surgery,40,90,7", "surgery,40,90,x",
     "surgery,NA,90,61.3", "surgery,40,90,0.1", "surgery,40,90,0.95"],
)  # fmt: skip
def test_declared_columns_follow_the_rule(read: Reader, row: str) -> None:
    assert read.refused(f"ward,kept,seen,mean_age\n{row}\n", side=SIDE)


@pytest.mark.parametrize("name", ["max_age", "ageMin", "first_day"])
def test_an_extreme_is_no_measure(read: Reader, name: str) -> None:
    side = f'[columns]\n{name} = "measure"\n'
    assert "extreme" in read.refused(f"group,n,{name}\nA,40,61.3\n", side=side)


@pytest.mark.parametrize(
    "side", ["nothing", "[columns]\nn = 'anything'", "[columns]\nm = 'records'"]
)
def test_a_wrong_declaration_is_refused(read: Reader, side: str) -> None:
    assert read.refused("group,n\nA,40\n", side=side)


def summarised(*rows: tuple[str, str, str, str]) -> str:
    """Rows of sex, variable, estimate and value."""
    lines = (
        f"1,SNDS,cohort_name,diabetes,sex,{sex},{variable},,{name},numeric,{value},overall,overall"
        for sex, variable, name, value in rows
    )
    return SUMMARISED + "\n".join(lines) + "\n"


ENOUGH = ("Male", "number subjects", "count", "40")


@pytest.mark.parametrize(
    ("rows", "refused"),
    [
        ([ENOUGH], False),
        ([("Male", "number subjects", "count", "10")], True),
        ([("Male", "number subjects", "count", "11")], False),
        ([("Male", "number subjects", "count", "-")], False),
        ([ENOUGH, ("Male", "age", "mean", "61.3")], False),
        ([ENOUGH, ("Female", "age", "mean", "61.3")], True),
        ([ENOUGH, ("Male", "age", "max", "97.5")], True),
        ([ENOUGH, ("Male", "asthma", "percentage", "12.5")], True),
        ([ENOUGH, ("Male", "asthma", "percentage", "50.0")], False),
        ([ENOUGH, ("Male", "number records", "count", "90")], False),
        ([("Male", "number records", "count", "90")], True),
        ([ENOUGH, ("Male", PSEUDONYM, "count", "90")], True),
    ],
)
def test_summarised_results(
    read: Reader, rows: list[tuple[str, str, str, str]], refused: bool
) -> None:
    assert bool(read.refused(summarised(*rows))) == refused


def test_two_files_of_one_name_are_refused(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection, workspace: Workspace
) -> None:
    paths = [tmp_path / part / "mine.csv" for part in ("a", "b")]
    for path in paths:
        path.parent.mkdir()
        path.write_text("group,n\nA,20\n")
    with pytest.raises(SndsOmopError, match="SO-501"):
        read_additions(paths, 11, connection, workspace)


# Modules of `publish` that write something else than a pack, each with its own command.
OTHER_COMMANDS = {
    *("writers.py", "memory.py", "parquet.py", "postgres.py", "postgres_schema.py", "inside.py"),
    "webapi.py",
}
WRITING = {"write_text", "write_bytes", "writer", "DictWriter", "copyfile", "copy", "copytree",
           "write_csv", "write_parquet", "write_json", "symlink_to", "touch"}  # fmt: skip


def test_no_other_module_writes_into_a_pack() -> None:
    folder = Path(etl.publish.__file__).parent
    looked_at = [path for path in folder.glob("*.py") if path.name not in OTHER_COMMANDS]
    assert {"pack.py", "ares.py", "exports.py", "share.py"} <= {path.name for path in looked_at}
    for path in looked_at:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                assert node.func.attr not in WRITING, (path.name, node.lineno)
                is_open = node.func.attr == "open" and any(
                    isinstance(part, ast.Constant) and part.value in ("w", "wb", "a", "x")
                    for part in node.args
                )
                assert not is_open, (path.name, node.lineno)


TOTALS = {
    "a hidden part": "group,n\ntotal,33\na,30\nb,NA\n",
    "an absent part": "group,n\nEnsemble,33\na,30\n",
    "within another stratum": "sex,year,n\n1,2019,40\n1,2020,50\n1,all,93\n",
    "records": "group,persons,records\nall,40,400\na,40,395\n",
}


@pytest.mark.parametrize("kind", TOTALS)
def test_a_total_less_its_parts_is_a_small_count(kind: str, read: Reader) -> None:
    with pytest.raises(SndsOmopError) as caught:
        read(TOTALS[kind])
    assert caught.value.exit_code == 5
    assert "a total that gives a small count" in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        "group,n\ntotal,60\na,30\nb,30\n",
        "group,n\ntotal,41\na,30\nb,NA\n",
        "group,n\ntotal,50\na,30\nb,30\n",
        "group,n\nall,33\n",
    ],
    ids=["all parts", "at the minimum", "parts that overlap", "no part"],
)
def test_a_total_that_gives_no_small_count_passes(content: str, read: Reader) -> None:
    assert read(content)


@pytest.mark.parametrize(("year", "refused"), [("5", True), ("10", True), ("2019", False)])
def test_a_small_number_is_no_year(year: str, refused: bool, read: Reader) -> None:
    if refused:
        with pytest.raises(SndsOmopError):
            read(f"year,n\n{year},30\n")
    else:
        assert read(f"year,n\n{year},30\n")


@pytest.mark.parametrize(("later", "refused"), [(30, False), (31, True), (40, True), (41, False)])
def test_a_table_is_compared_with_its_former_self(later: int, refused: bool, read: Reader) -> None:
    first = added_families(read("group,n\na,30\nb,90\n"))
    memory = remember([as_shown(family, {}) for family in first], {}, "one")
    second = added_families(read(f"group,n\na,{later}\nb,90\n"))
    if refused:
        with pytest.raises(SndsOmopError) as caught:
            require_unlike(second, memory, 11)
        assert (caught.value.code, caught.value.exit_code) == ("SO-501", 5)
        assert "added/mine.csv" in str(caught.value)
    else:
        require_unlike(second, memory, 11)
    again = remember([as_shown(family, memory) for family in first], memory, "two")
    assert again == memory, "the same table makes no further entry"
