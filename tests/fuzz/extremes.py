"""Extreme numbers in all numeric columns of all contracts, through whole builds.

    python -m tests.fuzz.extremes --builds 20 --first 1

Each build puts one extreme into a random row of every numeric column of every file; tables that
the generator does not write are made from their contracts. No command may end in a bug, no log or
output may hold a value, and the loader must count what a column cannot hold, column by column: the
expected counts are made by Python's decimal numbers.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path
from random import Random

from etl.contracts.models import Column, Contract
from etl.contracts.registry import contracts, recognise
from tests.fuzz.deliveries import asked, clean_delivery

COUNTS = (
    "2147483646", "2147483647", "2147483648", "-2147483647", "-2147483648", "-12345678901",
    "12345678901", "9223372036854775807", "9223372036854775808", "1000000000000000001", "1e308",
    "-1", "0", "99999999999999999999999", "20000.5",
)  # fmt: skip
AMOUNTS = (
    "99999999999.99", "100000000000.01", "-99999999999.99", "0.12345678901234567890",
    "12345678901", "1e308", "-1e308", "9999999999999999.99", "9223372036854775807", "-0.004",
    "2147483648.5", "0", "-1",
)  # fmt: skip
LARGEST_COUNT, LARGEST_AMOUNT = Decimal(2**31 - 1), Decimal(10**11)
EXPECTED = {0, 3, 4}
"""Done; refused by the gate; a file or mapping that broke its contract."""
YEAR = 2019


def fits(text: str, column: Column) -> bool:
    """Whether a column of the lake can hold a number, by decimal arithmetic."""
    number = Decimal(text)
    if column.type == "integer":
        return number == number.to_integral_value() and abs(number) <= LARGEST_COUNT
    return abs(number) <= LARGEST_AMOUNT


def numeric(contract: Contract) -> dict[str, Column]:
    """Columns that hold a number and are loaded."""
    found = (c for c in contract.columns if c.type in ("integer", "decimal") and c.kept)
    return {column.name: column for column in found if not column.not_read}


def keys() -> set[str]:
    """Columns that join tables somewhere: as wide as the lake, and none of them a count."""
    return {name for contract in contracts().values() for name in contract.key}


def plain(column: Column, rank: int) -> str:
    """A value of a table that the generator does not write."""
    match column.type:
        case "date":
            return f"2019-06-0{rank}"
        case "month":
            return "201906"
        case "decimal":
            return f"{rank}.50"
        case _:
            return str(rank)


def written(contract: Contract) -> str:
    """The name of a file of a table."""
    if "aa" in contract.table:
        return f"{contract.table.replace('aa', str(YEAR % 100))}.csv"
    name = f"{contract.table}_{YEAR}.csv"
    return name if recognise(name) is not None else f"{contract.table}.csv"


def completed(folder: Path) -> int:
    """Add three rows of each table that is not in a delivery; the number of tables added."""
    present = {
        found.contract.table for path in folder.glob("*.csv") if (found := recognise(path.name))
    }
    missing = [one for one in contracts().values() if one.table not in present]
    for contract in missing:
        columns = [one for one in contract.columns if one.until is None or one.until >= YEAR]
        with (folder / written(contract)).open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle, delimiter=";")
            writer.writerow([one.name for one in columns])
            writer.writerows([plain(one, rank) for one in columns] for rank in (1, 2, 3))
    return len(missing)


def put(seed: int, clean: Path, target: Path) -> tuple[set[str], dict[str, Counter[str]], int]:
    """Write the delivery of a number.

    Returns:
        Extremes that no output may hold; what each column of each file cannot hold; values put.
    """
    random = Random(seed)  # noqa: S311 - examples, no keys
    used: set[str] = set()
    unfit: dict[str, Counter[str]] = {}
    values = 0
    for path in sorted(clean.glob("*.csv")):
        found = recognise(path.name)
        lines = list(csv.reader(path.open(encoding="utf-8", newline=""), delimiter=";"))
        if found is None or len(lines) < 2:
            shutil.copy2(path, target)
            continue
        columns = numeric(found.contract)
        for place, name in enumerate(lines[0]):
            column = columns.get(name)
            # a key that is no key removes rows; every fourth build does so
            if column is None or (name in keys() and seed % 4):
                continue
            extreme = random.choice(COUNTS if column.type == "integer" else AMOUNTS)
            row = random.choice(lines[1:])
            comma = any("," in line[place] for line in lines[1:])
            row[place] = extreme.replace(".", ",") if comma else extreme
            values += 1
            used.add(extreme)
            if name not in keys() and not fits(extreme, column):
                unfit.setdefault(path.name, Counter())[name] += 1
        with (target / path.name).open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle, delimiter=";", lineterminator="\n").writerows(lines)
    return {one for one in used if len(one) >= 9}, unfit, values


def uncounted(workspace: Path, unfit: dict[str, Counter[str]]) -> list[str]:
    """Columns whose number of values without room is not the one expected."""
    manifest = json.loads((workspace / "state" / "delivery.json").read_bytes())
    found = []
    for file in manifest["files"]:
        expected = unfit.get(file["name"], Counter())
        columns = numeric(contracts()[file["table"]])
        for name in sorted(columns.keys() - keys()):
            counted = file["unparsed"].get(name, 0)
            if counted != expected[name]:
                found.append(f"{file['name']}: {name} counted {counted}, expected {expected[name]}")
    return found


def extreme_build(seed: int, clean: Path, root: Path) -> tuple[list[str], int]:
    """Build the delivery of a number; what does not hold, and the values put."""
    folder, workspace = root / "delivery", root / "workspace"
    folder.mkdir(parents=True)
    secret, unfit, values = put(seed, clean, folder)
    wrong, texts = [], []
    for step in (["stage", "--input", str(folder)], ["vocab", "load"], ["build"], ["validate"]):
        code, out, err = asked(workspace, *step)
        texts += [out, err]
        if code not in EXPECTED or "Traceback" in err:
            wrong.append(f"{step[0]}: exit {code}: {err.strip()[-300:]}")
        if step[0] == "stage":
            wrong += uncounted(workspace, unfit)
        if step[0] == "build" and code:
            break
    texts += [path.read_text() for path in (workspace / "logs").glob("*.jsonl")]
    held = sorted({value for value in secret if any(value in text for text in texts)})
    if held:
        wrong.append(f"in an output or log: {', '.join(held)}")
    return [f"build {seed}: {one}" for one in wrong], values


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--builds", type=int, default=20)
    parser.add_argument("--first", type=int, default=1, help="number of the first build")
    parser.add_argument("--keep", type=Path, help="folder of the builds, kept")
    options = parser.parse_args()
    began, bad, values = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory(prefix="snds-omop-extremes-") as name:
        root = options.keep or Path(name)
        clean = clean_delivery(root / "clean", persons=30)
        added = completed(clean)
        for seed in range(options.first, options.first + options.builds):
            wrong, put_ = extreme_build(seed, clean, root / f"build{seed}")
            if options.keep is None:
                shutil.rmtree(root / f"build{seed}", ignore_errors=True)
            values += put_
            bad += bool(wrong)
            print(*wrong, f"build {seed}: {put_} values", sep="\n", flush=True)
    taken = time.monotonic() - began
    print(f"{options.builds} builds, {values} values, {added} tables made from contracts")
    print(f"{bad} builds with something wrong, {taken:.0f} s")
    return min(bad, 1)


if __name__ == "__main__":
    sys.exit(main())
