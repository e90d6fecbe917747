"""Lineage of small projects: what decides a value is found, its neighbours are not."""

from __future__ import annotations

from typing import Any

import pytest

from etl.audit.lineage import Lineage, UnknownColumnError, lineage

LAKE = "read_parquet('/lake/dcir/er_prs_f/**/*.parquet')"
CODES = "read_parquet('/lake/vocabulary/code_map.parquet')"


def manifest(**models: str) -> dict[str, Any]:
    """Models in the order in which they read each other; the last one is in schema cdm."""
    names = list(models)
    nodes: dict[str, Any] = {
        f"model.{name}": {
            "resource_type": "model",
            "name": name,
            "alias": name,
            "schema": "cdm" if name == names[-1] else "main",
            "compiled_code": sql,
            "depends_on": {"nodes": [f"model.{one}" for one in names[: names.index(name)]]},
        }
        for name, sql in models.items()
    }
    nodes["test.any"] = {"resource_type": "test", "name": "any"}
    return {
        "metadata": {"adapter_type": "duckdb"},
        "nodes": nodes,
        "sources": {"one": {"name": "er_prs_f", "relation_name": LAKE}},
    }


def final(**models: str) -> dict[str, Lineage]:
    found = lineage(manifest(**models), {"er_prs_f": "ER_PRS_F"})
    return found[list(models)[-1]]


def sources(line: Lineage) -> set[str]:
    return {f"{source.table}.{source.column}" for source in line.sources}


STAGED = f"select _row_id, upper(BEN_SEX_COD) as BEN_SEX_COD, exe_soi_dtd from {LAKE}"


def test_a_column_is_followed_through_models_ctes_and_stars() -> None:
    made = final(
        stg="select * from (" + STAGED + ") as raw",
        person="with rows as (select * from main.stg), kept as (select rows.* from rows) "
        "select ben_sex_cod as sex, cast(_row_id * 32 as bigint) as id from kept",
    )
    assert sources(made["sex"]) == {"ER_PRS_F.BEN_SEX_COD"}
    assert sources(made["id"]) == {"ER_PRS_F._row_id"}
    assert made["sex"].models == {"stg", "person"}


def test_a_build_on_spark_names_tables_and_files_in_its_own_way() -> None:
    made = manifest(
        stg="select _row_id, upper(BEN_SEX_COD) as BEN_SEX_COD, map from dcir.er_prs_f",
        kept="select joined.* except (map) from main.stg as joined",
        person="select codes.target, rows._row_id, try_cast(rows.BEN_SEX_COD as int) as sex "
        "from main.kept as rows left join parquet.`/lake/vocabulary/9f/code_map.parquet` as codes "
        "on rows.BEN_SEX_COD = codes.source_code",
    )
    made["metadata"]["adapter_type"] = "spark"
    made["sources"]["one"]["relation_name"] = "dcir.er_prs_f"
    columns = lineage(made, {"er_prs_f": "ER_PRS_F"})["person"]
    assert sources(columns["target"]) == {"vocabulary.code_map.target", "ER_PRS_F.BEN_SEX_COD"}
    assert sources(columns["_row_id"]) == {"ER_PRS_F._row_id"}
    assert sources(columns["sex"]) == {"ER_PRS_F.BEN_SEX_COD"}


def test_conditions_of_a_value_decide_it_and_filters_do_not() -> None:
    made = final(
        stg=STAGED,
        person="select case when BEN_SEX_COD = '1' then exe_soi_dtd end as day from main.stg "
        "where _row_id > 3",
    )
    assert sources(made["day"]) == {"ER_PRS_F.BEN_SEX_COD", "ER_PRS_F.EXE_SOI_DTD"}


def test_both_sides_of_a_union_and_scalar_queries_count() -> None:
    made = final(
        stg=STAGED,
        person="select exe_soi_dtd as value, 1 as n from main.stg union all "
        "select (select max(BEN_SEX_COD) from main.stg), null",
    )
    assert sources(made["value"]) == {"ER_PRS_F.EXE_SOI_DTD", "ER_PRS_F.BEN_SEX_COD"}
    assert made["n"].is_filled
    assert sources(made["n"]) == set()


def test_a_translated_code_comes_from_what_it_was_looked_up_with() -> None:
    made = final(
        stg=STAGED,
        person=f"select codes.target, events._row_id from main.stg as events left join {CODES} "
        "as codes on events.BEN_SEX_COD = codes.source_code and codes.map = 'sex'",
    )
    assert sources(made["target"]) == {"vocabulary.code_map.target", "ER_PRS_F.BEN_SEX_COD"}


def test_a_null_is_not_filled_and_a_constant_is() -> None:
    made = final(
        person="select cast(null as decimal(18, 2)) as never, cast(0 as integer) as zero, "
        "count(*) as n, zero + 1 as one"
    )
    assert not made["never"].is_filled
    assert made["zero"].is_filled
    assert made["n"].is_filled
    assert made["one"].is_filled


def test_a_column_of_no_parent_is_an_error_that_names_the_model() -> None:
    with pytest.raises(UnknownColumnError, match=r"person: .*nowhere"):
        final(
            stg=STAGED, kept="select _row_id from main.stg", person="select nowhere from main.kept"
        )
