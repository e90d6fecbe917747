"""Runs the suites of a workspace in a process of their own, and leaves their outcomes as JSON.

Great Expectations takes seconds to import and hundreds of megabytes, keeps databases open until
its process ends, and can stop altogether: none of that reaches the command that asked for it.
"""

from __future__ import annotations

import json
import sys
import warnings
from datetime import date
from pathlib import Path

from data_quality.suites.outcomes import GO
from data_quality.suites.run import validate_suites
from etl.children import end_with_parent
from etl.settings import EngineSettings
from etl.workspace import Workspace


def main(arguments: list[str]) -> None:
    """Arguments: workspace, engine settings as JSON, day, file of outcomes."""
    root, engine, day, file = arguments
    end_with_parent()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Imported while the checks still run in the process that asked.
        import great_expectations  # noqa: F401
    if sys.stdin.readline().strip() != GO:
        # The process that asked has ended.
        return
    outcomes = validate_suites(
        Workspace(Path(root)),
        EngineSettings.model_validate_json(engine),
        date.fromisoformat(day),
    )
    rows = [outcome.row() for outcome in outcomes]
    Path(file).write_text(json.dumps(rows), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
