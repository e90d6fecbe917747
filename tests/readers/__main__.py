"""Prints the agreement tables; exit 1 when anything differs, 0 when the folder is absent."""

from __future__ import annotations

import sys
import tempfile
from datetime import date
from pathlib import Path

from tests.readers import (
    achilles_agreement,
    ares_agreement,
    dqd_agreement,
    exports_agreement,
    meds_agreement,
    onboarding_agreement,
)
from tests.readers.case import Agreement, Case, cases

SHOWN = 8


def agreements(case: Case, scratch: Path) -> list[Agreement]:
    """All comparisons that the case has expectations for."""
    found: list[Agreement] = []
    with case.loaded(scratch / f"{case.name}.duckdb") as connection:
        catalog = f'"{case.name}"'
        document = {}
        if case.has("dqd.json"):
            day = date.fromisoformat(case.tree("dqd.json")["runDate"])
            document = dqd_agreement.document(connection, day, scratch / "none")
            found += dqd_agreement.compare(case, document)
        if case.has("achilles_results.csv"):
            found += achilles_agreement.compare(case, connection, catalog)
            found += exports_agreement.compare(case, connection, catalog)
        if case.has(onboarding_agreement.FILE):
            found += onboarding_agreement.compare(case, connection)
        if case.has("ares.tar.gz"):
            tree = scratch / f"{case.name}-ares"
            found += ares_agreement.compare(case, connection, catalog, document, tree)
            if meds_agreement.program() is not None:
                found += meds_agreement.compare(case, connection, scratch)
    return found


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0] if arguments else "../shared/oracles")
    known = cases(folder) if folder.is_dir() else []
    if not known:
        print(f"skipped: no results of the real tools in {folder}")
        return 0
    if meds_agreement.program() is None:
        print("MEDS skipped: `make meds` installs omop-meds, which needs Python 3.12 or later")
    good = True
    with tempfile.TemporaryDirectory() as scratch:
        for case in known:
            print(f"\n{case.name}\n{'':34}{'compared':>10}{'equal':>10}{'%':>9}")
            for line in agreements(case, Path(scratch)):
                share = 100 * line.equal / line.compared if line.compared else 0
                print(
                    f"  {line.subject:32}{line.compared:10,}{line.equal:10,}{share:9.2f}"
                    f"  {line.remark}".rstrip()
                )
                for text in line.different[:SHOWN]:
                    print(f"      {text}")
                good &= line.whole
    return int(not good)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
