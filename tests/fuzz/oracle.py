"""What must hold of a staged delivery, counted by other means than those of the loader."""

from __future__ import annotations

import gzip
import json
import re
import zipfile
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl

# A text of a delivery that could stand nowhere else: long, and no plain number or day.
_SECRET = re.compile(rb"[^;,\t|\"\r\n\0]{9,}")
_PLAIN = re.compile(r"[\d\s.,:/TZ+-]*|[A-Z0-9_]*_[A-Z0-9_]*", re.IGNORECASE)


def delivered(folder: Path) -> dict[str, bytes]:
    """Every file, and every member of an archive, by name; gzip opened as far as it goes."""
    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                found |= {f"{name}/{m}": archive.read(m) for m in archive.namelist()}
        elif path.suffix == ".gz":
            try:
                found[name] = gzip.decompress(path.read_bytes())
            except (OSError, EOFError, zlib.error):
                found[name] = b""
        else:
            found[name] = path.read_bytes()
    return found


def lines_of(data: bytes) -> int:
    """Lines as an editor would number them: by line feeds, the last one without too."""
    # UTF-16, by its mark or by the zero in the pair of the first letter
    encodings = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    encoding = encodings.get(data[:2])
    if encoding is None and 0 in data[:2]:
        encoding = "utf-16-be" if data[0] == 0 else "utf-16-le"
    if encoding:
        text = data.decode(encoding, errors="replace")
        return text.count("\n") + (not text.endswith("\n") and bool(text))
    return data.count(b"\n") + (bool(data) and not data.endswith(b"\n"))


def secrets(files: dict[str, bytes]) -> set[str]:
    """Values of the delivery that no output may hold."""
    found = set()
    for data in files.values():
        for raw in _SECRET.findall(data.partition(b"\n")[2]):
            text = raw.decode("utf-8", errors="replace").strip()
            if len(text) >= 9 and not _PLAIN.fullmatch(text):
                found.add(text)
    return found


def broken_promises(
    folder: Path, workspace: Path, answer: dict[str, Any], allowed: dict[str, int]
) -> list[str]:
    """What does not hold after a staging; empty when all does.

    Args:
        answer: JSON object of ``snds-omop stage``.
        allowed: lines that may go to quarantine, by name of the file, where that is known.
    """
    files = delivered(folder)
    wrong = []
    fates: dict[str, list[dict[str, Any]]] = {}
    for one in answer["stage"]["files"]:
        fates.setdefault(one["name"], []).append(one)
    for name in files:
        archive = name.partition(".zip/")[0] + ".zip"
        known = fates.get(name) or fates.get(archive)
        if not known:
            wrong.append(f"{name}: no fate")
    manifest = json.loads((workspace / "state" / "delivery.json").read_bytes())
    for file in manifest["files"]:
        name, lines = file["name"], file["lines"]
        physical = lines_of(files[name])
        accounted = (
            lines["header"] + lines["blank"] + lines["continuation"]
            + file["rows_staged"] + sum(file["rejected"].values())
        )  # fmt: skip
        if lines["physical"] != physical or accounted != physical:
            wrong.append(f"{name}: {physical} lines, {lines['physical']} counted, {accounted} kept")
        staged, quarantined = _on_disk(workspace, file)
        if staged != file["rows_staged"] or quarantined != file["rejected"]:
            wrong.append(f"{name}: lake or quarantine differ from the manifest")
        if name in allowed and sum(file["rejected"].values()) > allowed[name]:
            wrong.append(f"{name}: {file['rejected']} in quarantine, {allowed[name]} damaged")
    return wrong


def _on_disk(workspace: Path, file: dict[str, Any]) -> tuple[int, dict[str, int]]:
    """Rows of one file in the lake, and its lines in quarantine by reason."""
    folder = f"f{file['number']:05d}"
    table = file["table"].lower()
    parts = list((workspace / "lake").glob(f"*/{table}/{folder}/*.parquet"))
    ids = pl.concat([pl.read_parquet(part, columns=["_row_id"]) for part in parts])["_row_id"]
    reasons: Counter[str] = Counter()
    lines: list[int] = []
    for path in (workspace / "quarantine").glob(f"*/{table}/{folder}.parquet"):
        frame = pl.read_parquet(path)
        reasons.update(frame["reason"].to_list())
        lines += frame["_row_id"].to_list()
    distinct = len({*ids.to_list(), *lines})
    return (ids.len() if distinct == ids.len() + len(lines) else -1), dict(sorted(reasons.items()))


def leaked(texts: list[str], values: set[str]) -> int:
    """How many values of the delivery stand in outputs."""
    whole = "\n".join(texts)
    words = set(re.split(r"[;,\t|\"'\n]", whole))
    return sum(value in words or (len(value) >= 12 and value in whole) for value in values)
