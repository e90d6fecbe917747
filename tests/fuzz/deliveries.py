"""Whole deliveries, damaged at random: `python -m tests.fuzz.deliveries --stagings 300`.

An example is a number: the same number makes the same delivery, on any machine.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import shutil
import sys
import tempfile
import time
import zipfile
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import polars as pl

from etl.cli import execute
from etl.loaders.load import Limits
from etl.loaders.manifest import Delivery
from etl.synthetic.generate import generate
from tests.fuzz.mutations import MUTATIONS, renamed
from tests.fuzz.oracle import broken_promises, delivered, leaked, secrets

GOOD_EXITS = {0, 4}
_LONGEST = 120  # lines kept of a file
_FEW = 7  # files of one example


@dataclass(frozen=True, slots=True)
class Example:
    """A damaged delivery and what is known of it."""

    seed: int
    names: tuple[str, ...]  # of mutations
    allowed: dict[str, int]  # lines that may go to quarantine, by file


def clean_delivery(folder: Path, persons: int = 40) -> Path:
    """A clean delivery to begin with: no line of it goes to quarantine."""
    generate(folder, persons=persons, seed=3, years=range(2019, 2021), processes=1)
    shutil.rmtree(folder / "answers")
    with tempfile.TemporaryDirectory() as name:
        asked(Path(name), "stage", "--input", str(folder))
        for path in (Path(name) / "quarantine").rglob("*.parquet"):
            number = int(path.stem.removeprefix("f"))
            manifest = Delivery.load(Path(name) / "state" / "delivery.json").files
            file = next(
                f for f in manifest if (f.table.lower(), f.number) == (path.parent.name, number)
            )
            bad = {line - 1 for line in pl.read_parquet(path)["line"]}
            lines = file.path.read_bytes().splitlines(keepends=True)
            kept = (line for rank, line in enumerate(lines) if rank not in bad)
            file.path.write_bytes(b"".join(kept))
    return folder


def damage(seed: int, clean: Path, target: Path, *, few: int | None = _FEW) -> Example:
    """Write the delivery of a number below ``target``."""
    random = Random(seed)  # noqa: S311 - examples, no keys
    names = sorted(path.name for path in clean.glob("*.csv"))
    chosen = sorted(random.sample(names, few)) if few else names
    hurt = set(random.sample(chosen, random.randint(1, min(3, len(chosen)))))
    done: list[str] = []
    allowed: dict[str, int] = {}
    for name in chosen:
        data = (clean / name).read_bytes()
        if few:
            data = b"".join(data.splitlines(keepends=True)[:_LONGEST])
        damaged: int | None = 0
        if name in hurt and data.count(b"\n") > 2:
            several = random.sample(MUTATIONS, random.choice((1, 1, 1, 2)))
            for mutation in several:
                if data.count(b"\n") < 2 or b";" not in data:
                    break
                data, lines = mutation(random, data)
                done.append(f"{mutation.__name__}:{name}")
                # the second mutation may repeat what the first one damaged
                damaged = lines if len(several) == 1 else None
        if name in hurt and random.random() < 0.25:
            name = renamed(random, name)
            done.append(f"renamed:{name}")
        placed = _put(random, target, name, data, done)
        if damaged is not None:
            allowed[placed] = damaged
        if name in hurt and random.random() < 0.1:
            _put(random, target, f"again/{name}", data, done)
    return Example(seed, tuple(done), allowed)


def _put(random: Random, target: Path, name: str, data: bytes, done: list[str]) -> str:
    """Write a file in one of its forms; the name under which it is known."""
    form = random.random()
    path = target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if form < 0.1:
        path = path.with_name(f"{path.name}.gz")
        packed = gzip.compress(data, mtime=0)
        if random.random() < 0.3:
            packed = packed[: random.randint(1, len(packed))]
            done.append(f"gzip cut:{name}")
        path.write_bytes(packed)
    elif form < 0.2:
        path = path.with_name(f"{path.name}.zip")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(Path(name).name, data)
        return f"{path.relative_to(target).as_posix()}/{Path(name).name}"
    else:
        path.write_bytes(data)
    return path.relative_to(target).as_posix()


def asked(workspace: Path, *words: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of one command."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = execute(["--workspace", str(workspace), "--json", *words])
    return code, out.getvalue(), err.getvalue()


def staged(seed: int, clean: Path, root: Path, lang: str = "en") -> list[str]:
    """Stage the delivery of a number and profile it; what does not hold of them."""
    folder, workspace = root / "delivery", root / "workspace"
    folder.mkdir(parents=True)
    example = damage(seed, clean, folder)
    before = secrets(delivered(folder))
    wrong: list[str] = []
    # files of a test are small: blocks must be, for records to go over their ends
    small = Limits(block_size=size) if (size := seed % 3 * 300) else Limits()
    with mock.patch("etl.loaders.stage.Limits", lambda: small):
        code, out, err = asked(workspace, "--lang", lang, "stage", "--input", str(folder))
    if code not in GOOD_EXITS:
        wrong.append(f"stage: exit {code}")
    elif (workspace / "state" / "delivery.json").is_file():
        wrong += broken_promises(folder, workspace, json.loads(out), example.allowed)
        wrong += _profiled(folder, workspace, root / "profile", json.loads(out))
    logs = [path.read_text() for path in (workspace / "logs").rglob("*") if path.is_file()]
    pages = [path.read_text() for path in (root / "profile").rglob("*") if path.is_file()]
    if found := leaked([out, err, *logs, *pages], before):
        wrong.append(f"{found} values of the delivery in an output")
    if "Traceback" in err:
        wrong.append("a traceback")
    return [f"example {seed} ({', '.join(example.names)}): {one}" for one in wrong]


def _profiled(folder: Path, workspace: Path, output: Path, answer: dict[str, Any]) -> list[str]:
    """What `profile` reports otherwise than `stage`."""
    code, _, _ = asked(workspace, "profile", "--input", str(folder), "--output", str(output))
    if code not in GOOD_EXITS:
        return [f"profile: exit {code}"]
    files = {one["name"]: one for one in answer["stage"]["files"]}
    wrong = []
    for one in json.loads((output / "profile.json").read_bytes())["files"]:
        known = files.get(one["name"])
        if known is None or known["status"] == "duplicate":
            continue
        rows = one["rows"] + sum(one["rejected"].values())
        if (one["fate"], rows) != (known["fate"], known["rows_read"]):
            ours = f"{one['fate']} {one['code']}, {rows} rows"
            theirs = f"{known['fate']} {known['code']}, {known['rows_read']} rows"
            wrong.append(f"profile of {one['name']}: {ours}; stage: {theirs}")
    return wrong


def built(seed: int, clean: Path, root: Path) -> list[str]:
    """Run a whole damaged delivery; what does not hold of the candidate."""
    import duckdb

    folder, workspace = root / "delivery", root / "workspace"
    folder.mkdir(parents=True)
    example = damage(seed, clean, folder, few=None)
    before = secrets(delivered(folder))
    wrong = []
    steps = (["stage", "--input", str(folder)], ["vocab", "load"], ["build"], ["validate"])
    texts: list[str] = []
    for step in steps:
        code, out, err = asked(workspace, *step)
        texts += [out, err]
        if code not in {0, 3, 4} or "Traceback" in err:
            wrong.append(f"{step[0]}: exit {code}")
        if step[0] == "stage":
            wrong += broken_promises(folder, workspace, json.loads(out), example.allowed)
        if step[0] == "build" and code:
            break
    candidate = workspace / "build" / "candidate.duckdb"
    if candidate.is_file():
        with duckdb.connect(str(candidate), read_only=True) as connection:
            row = connection.execute("select sum(abs(residual)) from audit.balance").fetchone()
        if row and row[0]:
            wrong.append(f"residual {row[0]}")
    if found := leaked(texts, before):
        wrong.append(f"{found} values of the delivery in an output")
    return [f"build {seed} ({', '.join(example.names)}): {one}" for one in wrong]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stagings", type=int, default=300)
    parser.add_argument("--builds", type=int, default=12)
    parser.add_argument("--first", type=int, default=1, help="number of the first example")
    asked_for = parser.parse_args()
    began, found, done = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        clean = clean_delivery(root / "clean")
        for kind, count in ((staged, asked_for.stagings), (built, asked_for.builds)):
            for seed in range(asked_for.first, asked_for.first + count):
                wrong = kind(seed, clean, root / "example")
                shutil.rmtree(root / "example", ignore_errors=True)
                done, found = done + 1, found + bool(wrong)
                for line in wrong:
                    print(line, flush=True)
    print(f"{done} examples, {found} with something wrong, {time.monotonic() - began:.0f} s")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
