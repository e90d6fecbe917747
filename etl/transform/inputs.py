"""What dbt receives: where the lake is, what the machine may spend, what the settings choose."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import polars as pl

from etl import __version__
from etl.contracts.registry import contracts
from etl.delivery.declaration import Declarations
from etl.errors import SndsOmopError
from etl.settings import Settings
from etl.transform import spark
from etl.vocabulary import snapshot
from etl.workspace import Workspace, pattern


def environment(workspace: Workspace, settings: Settings) -> dict[str, str]:
    """Variables that ``profiles.yml`` and the sources read; dbt writes in the workspace only."""
    return {
        "SNDS_OMOP_LAKE": _in_sql(workspace.lake),
        "SNDS_OMOP_VOCABULARY": _in_sql(snapshot.current(workspace)),
        "SNDS_OMOP_CANDIDATE": str(workspace.candidate),
        "SNDS_OMOP_REGISTRY": str(workspace.registry),
        "SNDS_OMOP_TEMP": str(workspace.build / "temp"),
        "SNDS_OMOP_THREADS": str(settings.engine.threads),
        "SNDS_OMOP_MEMORY": settings.engine.memory_limit,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        **spark.environment(workspace, settings.engine),
    }


def variables(settings: Settings, declared: Declarations) -> dict[str, Any]:
    """The ``vars`` of ``dbt_project.yml`` that settings and declarations decide."""
    source = settings.source
    return {
        "rules_off": list(settings.rules.off),
        "psa_policy": settings.rules.psa_policy,
        "hcl_external_in_double": settings.rules.hcl_external_in_double,
        "observation_start": _iso(settings.observation.start),
        "observation_end": str(settings.observation.end),
        "observation_flux_months": settings.observation.flux_months,
        "observation_rule": settings.observation.rule,
        "regime_start": {
            payer: str(day) for payer, day in sorted(settings.observation.regime_start.items())
        },
        "drug_exposure_days": settings.drugs.days,
        "drug_exposure_days_large_pack": settings.drugs.days_large_pack,
        "drug_exposure_lengths": "reviewed" if settings.drugs.lengths else "none",
        "death_tolerance_days": settings.rules.death_tolerance_days,
        "cdm_source_name": source.name,
        "cdm_source_abbreviation": source.abbreviation,
        "cdm_holder": source.holder,
        "source_description": source.description,
        "population": declared.population,
        "sampling_fraction": declared.fraction,
        "cdm_release_date": _iso(source.release_date),
        "source_release_date": _iso(source.source_date),
        "etl_reference": f"snds-omop {__version__}",
    }


def _in_sql(folder: Path) -> str:
    """A folder whose files models read: it stands between quotes in their SQL."""
    return pattern(folder).replace("'", "''")


def _iso(day: object) -> str | None:
    return None if day is None else str(day)


def check_lake(workspace: Workspace) -> None:
    """Refuse to build on nothing.

    Raises:
        SndsOmopError: SO-104 nothing is staged, SO-105 no vocabulary is loaded.
    """
    if not (workspace.lake / "manifest" / "files.parquet").is_file():
        raise SndsOmopError(
            "SO-104", "the lake is empty", "le lac est vide", where=str(workspace.root)
        )
    if not (workspace.vocabulary / "code_map.parquet").is_file():
        raise SndsOmopError(
            "SO-105",
            "lake/vocabulary is empty",
            "lake/vocabulary est vide",
            where=str(workspace.root),
        )


def write_table_numbers(workspace: Workspace) -> None:
    """The table of each number in an id, for SQL: ``lake/manifest/tables.parquet``."""
    rows = [
        (contract.number, contract.table, contract.product) for contract in contracts().values()
    ]
    frame = pl.DataFrame(
        rows,
        schema={
            "table_number": pl.Int32,
            "source_table": pl.String,
            "product": pl.String,
        },
        orient="row",
    )
    path = workspace.lake / "manifest" / "tables.parquet"
    part = path.with_suffix(f".{os.getpid()}.tmp")
    frame.write_parquet(part)
    part.replace(path)
