"""What omopgenerics 1.3.6 asks of a ``summarised_result`` in a CSV file, written from its source.

``newSummarisedResult`` and ``importSummarisedResult``: columns, empty cells, types of estimates,
pairs of names and levels, settings, duplicates. R itself is not run.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

COLUMNS = [
    "result_id", "cdm_name", "group_name", "group_level", "strata_name", "strata_level",
    "variable_name", "variable_level", "estimate_name", "estimate_type", "estimate_value",
    "additional_name", "additional_level",
]  # fmt: skip
TYPES = {"numeric", "integer", "date", "character", "proportion", "percentage", "logical"}
PAIRS = ("group", "strata", "additional")
COMPULSORY = {"result_type", "package_name", "package_version"}


def read_result(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        assert reader.fieldnames == COLUMNS
        return list(reader)


def faults(rows: list[dict[str, str]]) -> Iterator[str]:
    """Everything that the package would refuse or warn of."""
    settings: dict[str, dict[str, str]] = defaultdict(dict)
    results = []
    for row in rows:
        if row["variable_name"] == "settings":
            settings[row["result_id"]][row["estimate_name"]] = row["estimate_value"]
        else:
            results.append(row)
    for row in results:
        empty = [name for name in COLUMNS if name != "variable_level" and row[name] in ("", "NA")]
        if empty:
            yield f"empty: {empty}"
        if not row["result_id"].isdigit():
            yield "result_id is no integer"
        if row["estimate_type"] not in TYPES:
            yield f"estimate_type {row['estimate_type']}"
        if not re.fullmatch(r"[a-zA-Z0-9]+(_[a-zA-Z0-9]+)*", row["estimate_name"]):
            yield f"estimate_name {row['estimate_name']}"
        if row["estimate_value"] != "-" and row["estimate_type"] in ("integer", "numeric"):
            float(row["estimate_value"])
        for pair in PAIRS:
            names, levels = (row[f"{pair}_{end}"].split(" &&& ") for end in ("name", "level"))
            if len(names) != len(levels):
                yield f"{pair}: {names} and {levels}"
            if not all(re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", name) for name in names):
                yield f"{pair}_name is no snake_case"
    keys = Counter(tuple(v for n, v in row.items() if n != "estimate_value") for row in results)
    yield from (f"twice: {key}" for key, count in keys.items() if count > 1)
    for number in {row["result_id"] for row in results}:
        stated = settings[number]
        if missing := COMPULSORY - stated.keys():
            yield f"settings of {number} lack {missing}"
        parts = {
            pair: {name for name in stated.get(pair, "").split(" &&& ") if name} for pair in PAIRS
        }
        used = {
            pair: {
                name
                for row in results
                if row["result_id"] == number
                for name in row[f"{pair}_name"].split(" &&& ")
                if name != "overall"
            }
            for pair in PAIRS
        }
        if parts != used:
            yield f"settings of {number} name {parts}, rows {used}"
        if any(parts[one] & parts[two] for one in PAIRS for two in PAIRS if one < two):
            yield f"one name in two pairs of {number}"
    if len({tuple(sorted(one.items())) for one in settings.values()}) < len(settings):
        yield "two results of one setting"
    places = Counter(
        (row["result_id"], row["cdm_name"], row["variable_name"].lower().replace("_", " "),
         *(row[f"{pair}_{end}"] for pair in PAIRS for end in ("name", "level")))
        for row in results
        if row["variable_name"].lower().replace("_", " ") in ("number subjects", "number records")
        and "count" in row["estimate_name"]
    )  # fmt: skip
    yield from (f"two counts of persons: {place}" for place, count in places.items() if count > 1)
