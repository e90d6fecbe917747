"""Cohorts of CIRCE JSON by ``ohdsi-circepy``, OHDSI's port of Circe and SqlRender.

The package is an extra (``study``). Its SQL reads the release and writes into the memory of the
connection; nothing is written into the release.
"""

from __future__ import annotations

import json
from typing import Any

import duckdb

from etl.errors import SndsOmopError
from etl.study.definitions import Definition

FIRST_STEP = "Qualifying entry events"


def require_circe() -> Any:
    """The package.

    Raises:
        SndsOmopError: SO-110 when it is not installed.
    """
    try:
        import circe
        import circe.sqlrender
    except ImportError as error:
        raise SndsOmopError(
            "SO-110",
            "CIRCE JSON needs ohdsi-circepy: pip install 'snds-omop[study]'",
            "le JSON de CIRCE exige ohdsi-circepy : pip install 'snds-omop[study]'",
        ) from error
    return circe


def steps_of(definition: Definition) -> list[str]:
    """Names of the steps of the attrition: the entry, then each inclusion rule."""
    rules = definition.expression.get("InclusionRules") or []
    names = [
        str(rule.get("name") or "").strip() or f"Inclusion rule {number}"
        for number, rule in enumerate(rules, start=1)
    ]
    return [FIRST_STEP, *names]


def statements(
    definition: Definition,
    rules: int,
    cdm: str,
    target: str,
    *,
    dialect: str = "duckdb",
    vocabulary: str | None = None,
) -> list[str]:
    """SQL that fills ``target`` with the cohort, of its first inclusion rules only.

    Args:
        rules: how many inclusion rules count: all for the cohort, fewer for a step of attrition.
        cdm: schema of the CDM, and of its vocabulary unless ``vocabulary`` names it, as SQL.
        target: a table of ``cohort_definition_id, subject_id, cohort_start_date,
            cohort_end_date``.
        dialect: of SqlRender.

    Raises:
        SndsOmopError: SO-160 when Circe cannot read the definition, SO-110 without Circe.
    """
    circe = require_circe()
    expression = definition.expression
    expression["InclusionRules"] = (expression.get("InclusionRules") or [])[:rules]
    options = circe.cohortdefinition.BuildExpressionQueryOptions()
    options.cdm_schema = cdm
    options.vocabulary_schema = vocabulary or cdm
    options.result_schema = target.rpartition(".")[0]
    options.target_table = target
    options.cohort_id = 1
    try:
        parsed = circe.cohort_expression_from_json(json.dumps(expression))
        sql = circe.build_cohort_query(parsed, options)
        translated = circe.sqlrender.translate(circe.sqlrender.render(sql), dialect)
        found: list[str] = circe.sqlrender.split_sql(translated)
    except Exception as error:  # of any kind: pydantic, KeyError, SqlRender
        raise SndsOmopError(
            "SO-160",
            f"Circe cannot read it ({type(error).__name__})",
            f"Circe ne peut la lire ({type(error).__name__})",
            where=definition.file,
        ) from error
    return [statement for statement in found if statement.strip()]


def generate(
    connection: duckdb.DuckDBPyConnection, definition: Definition, rules: int, cdm: str, target: str
) -> None:
    """Run Circe's SQL, in a session of its own so that its temporary tables end with it.

    Raises:
        SndsOmopError: SO-160 for what Circe cannot read, SO-163 for SQL of Circe that the engine
            refuses.
    """
    made = statements(definition, rules, cdm, target)
    catalog = cdm.partition(".")[0]
    with connection.cursor() as session:
        session.execute(f"use {catalog}")
        try:
            for statement in made:
                session.execute(statement)
        except duckdb.Error as error:
            kind = type(error).__name__
            raise SndsOmopError(
                "SO-163",
                f"the SQL that Circe made of it does not run ({kind})",
                f"le SQL que Circe en a tiré ne s'exécute pas ({kind})",
                where=definition.file,
            ) from error
