"""Files damaged on purpose after they were written, and what a loader must find of it.

Each file is rewritten line by line, so memory stays flat. The rest of the answer key stays that of
the whole delivery: what is lost here is stated by ``answers/faults.csv`` alone.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import polars as pl

from etl.contracts.registry import recognise
from etl.errors import SndsOmopError
from etl.synthetic.faults import FileFault
from etl.synthetic.options import Options
from etl.synthetic.streams import Streams
from etl.synthetic.write import delivered_name

SCHEMA = {
    "fault": pl.String,
    "file": pl.String,
    "fate": pl.String,
    "code": pl.String,
    "lines_damaged": pl.String,
    "quarantined_at_least": pl.Int64,
    "quarantined_at_most": pl.Int64,
    "rows_lost": pl.Int64,
}
_MARKERS = (b"NA", b"N/A", b"#N/A", b".", b"NULL", b"(null)", b"NaN", b"None")
_FOOTER = b"10 rows selected.\n"
_SEPARATOR = b";"
_AGAIN = "again"


@dataclass(frozen=True)
class Target:
    """A written file: its data lines, and where its key stands."""

    path: Path
    rows: int
    lines: tuple[int, ...]  # data lines to change, counted from 1: the header is line 0
    key: int

    @property
    def stem(self) -> str:
        return self.path.name.removesuffix(".csv")


Row = tuple[str, str, str, str, str, int, int, int]
#: Files that there are now, and a row of the answer key for each of note.
Done = tuple[list[Path], list[Row]]


def damaged(
    files: Sequence[Path], rows: Mapping[str, int], options: Options
) -> tuple[list[Path], pl.DataFrame]:
    """Damage what ``options.faults`` names; returns the files that there are then, and the key.

    Args:
        files: written files of the delivery; rows: of each, by name without suffix.

    Raises:
        SndsOmopError: SO-141 a pattern fits no file, or two fit one, or files are no plain CSV.
    """
    left = {path.name.removesuffix(".csv"): path for path in files}
    plan = _planned(left, options)
    found: list[Row] = []
    kept: list[Path] = []
    for rank, fault, stem in plan:
        target = _target(left.pop(stem), rows[stem], rank, fault, options)
        paths, answers = _DAMAGES[fault.fault](target, fault)
        kept += paths
        found += answers
    return [*left.values(), *kept], pl.DataFrame(found, schema=SCHEMA, orient="row")


def _planned(files: Collection[str], options: Options) -> list[tuple[int, FileFault, str]]:
    """Rank of a fault, the fault and one file that it is done to; nothing was changed yet."""
    whole = set(files)
    plan: list[tuple[int, FileFault, str]] = []
    for rank, fault in enumerate(options.faults.file):
        if options.file_format != "csv":
            raise SndsOmopError(
                "SO-141",
                "files are damaged in the form csv only",
                "seuls les fichiers au format csv sont abîmés",
            )
        chosen = sorted(stem for stem in whole if fnmatchcase(stem, fault.name))
        if not chosen:
            raise SndsOmopError(
                "SO-141",
                f"no file, or none that is whole, has the name {fault.name}",
                f"aucun fichier, ou aucun qui soit intact, ne porte le nom {fault.name}",
            )
        whole -= set(chosen)
        plan += [(rank, fault, stem) for stem in chosen]
    return plan


def _target(path: Path, rows: int, rank: int, fault: FileFault, options: Options) -> Target:
    """Draw the lines to change, always the same for the same seed, fault and file."""
    rng = Streams(options.seed, 0).rng(f"fault {rank} {path.name}")
    count = min(rows, fault.number)
    lines = np.sort(rng.choice(rows, count, replace=False) + 1) if count else np.empty(0, int)
    return Target(path, rows, tuple(int(one) for one in lines), _key_of(path))


def _key_of(path: Path) -> int:
    """Position in the header of the first column of the key."""
    recognised = recognise(path.name)
    if recognised is None:
        return 0
    contract = recognised.contract
    name = delivered_name(contract.column(contract.key[0]), recognised.year)
    with path.open("rb") as file:
        header = file.readline().decode().rstrip("\n").split(";")
    return header.index(name) if name in header else 0


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        yield from enumerate(file)


def _rewrite(target: Path, lines: Iterator[bytes]) -> None:
    other = target.with_name(f".{target.name}")
    with other.open("wb") as file:
        file.writelines(lines)
    other.replace(target)


def _row(
    fault: str, path: Path, fate: str = "loaded", code: str = "", lines: Sequence[int] = (),
    least: int = 0, most: int | None = None, lost: int = 0,
) -> Row:  # fmt: skip
    # Lines as an editor numbers them: the header is the first.
    shown = " ".join(str(one) for one in lines)
    name = f"{path.parent.name}/{path.name}" if path.parent.name == _AGAIN else path.name
    return fault, name, fate, code, shown, least, least if most is None else most, lost


def _changed(
    code: str, change: Callable[[Target, bytes], bytes], *, exactly: bool = True, costs: bool = True
) -> Callable[[Target, FileFault], Done]:
    """A damage of single lines: each costs itself (``costs``), surely (``exactly``) or perhaps."""

    def done(target: Target, fault: FileFault) -> Done:
        hit = frozenset(target.lines)
        _rewrite(
            target.path,
            (change(target, line) if at in hit else line for at, line in _lines(target.path)),
        )
        most = len(hit) if costs else 0
        numbers = [one + 1 for one in target.lines]
        row = _row(fault.fault, target.path, "loaded", code, numbers, most if exactly else 0, most)
        return [target.path], [row]

    return done


def _extra_field(_: Target, line: bytes) -> bytes:
    return line.rstrip(b"\n") + b";1\n"


def _key_gone(target: Target, line: bytes) -> bytes:
    fields = line.rstrip(b"\n").split(_SEPARATOR)
    fields[target.key] = b""
    return _SEPARATOR.join(fields) + b"\n"


def _zero_byte(_: Target, line: bytes) -> bytes:
    return line.rstrip(b"\n") + b"\0\n"


def _stray_quote(_: Target, line: bytes) -> bytes:
    return b'"' + line


def _marked(_: Target, line: bytes) -> bytes:
    """Words for a missing value where nothing stood."""
    fields = line.rstrip(b"\n").split(_SEPARATOR)
    empty = [place for place, field in enumerate(fields) if not field]
    for rank, place in enumerate(empty):
        fields[place] = _MARKERS[rank % len(_MARKERS)]
    return _SEPARATOR.join(fields) + b"\n"


def _inserted(code: str, *, blank: bool) -> Callable[[Target, FileFault], Done]:
    """A line that is no row, before each of the lines drawn."""

    def done(target: Target, fault: FileFault) -> Done:
        hit = frozenset(target.lines)
        with target.path.open("rb") as file:
            header = b"\n" if blank else file.readline()

        def lines() -> Iterator[bytes]:
            for at, line in _lines(target.path):
                if at in hit:
                    yield header
                yield line

        _rewrite(target.path, lines())
        numbers = [one + 1 + rank for rank, one in enumerate(target.lines)]
        cost = 0 if blank else len(hit)
        return [target.path], [_row(fault.fault, target.path, "loaded", code, numbers, cost)]

    return done


def _footer(target: Target, fault: FileFault) -> Done:
    with target.path.open("ab") as file:
        file.write(_FOOTER)
    row = _row(fault.fault, target.path, "loaded", "SO-221", [target.rows + 2], 1)
    return [target.path], [row]


def _quoted(target: Target, fault: FileFault) -> Done:
    def lines() -> Iterator[bytes]:
        for _, line in _lines(target.path):
            fields = line.rstrip(b"\n").split(_SEPARATOR)
            yield _SEPARATOR.join(b'"' + field + b'"' for field in fields) + b"\n"

    _rewrite(target.path, lines())
    return [target.path], [_row(fault.fault, target.path)]


def _utf16(target: Target, fault: FileFault) -> Done:
    def lines() -> Iterator[bytes]:
        yield b"\xff\xfe"
        for _, line in _lines(target.path):
            yield line.decode().encode("utf-16-le")

    _rewrite(target.path, lines())
    return [target.path], [_row(fault.fault, target.path)]


def _parts(target: Target, fault: FileFault) -> Done:
    """Several files with a header each: their rows add up."""
    paths = [
        target.path.with_name(f"{target.stem}_part{rank}.csv")
        for rank in range(1, fault.number + 1)
    ]
    size = -(-target.rows // len(paths)) or 1
    files = [path.open("wb") for path in paths]
    try:
        for at, line in _lines(target.path):
            for file in files if at == 0 else files[(at - 1) // size : (at - 1) // size + 1]:
                file.write(line)
    finally:
        for file in files:
            file.close()
    target.path.unlink()
    return paths, [_row(fault.fault, path) for path in paths]


def _twice(target: Target, fault: FileFault) -> Done:
    copy = target.path.parent / _AGAIN / target.path.name
    copy.parent.mkdir(exist_ok=True)
    copy.write_bytes(target.path.read_bytes())
    return [target.path, copy], [
        _row(fault.fault, target.path),
        _row(fault.fault, copy, "duplicate", "SO-209"),
    ]


def _cut(target: Target, fault: FileFault) -> Done:
    """The transfer stopped in the middle of a line."""
    lost = max(1, min(target.rows, target.rows * min(fault.number, 100) // 100))
    last = target.rows - lost + 1

    def lines() -> Iterator[bytes]:
        for at, line in _lines(target.path):
            if at < last:
                yield line
            elif at == last:
                # No second half of the fields, no end of line.
                fields = line.split(_SEPARATOR)
                yield _SEPARATOR.join(fields[: max(1, len(fields) // 2)])

    _rewrite(target.path, lines())
    row = _row(fault.fault, target.path, "loaded", "SO-226", [last + 1], 1, lost=lost)
    return [target.path], [row]


def _missing(target: Target, fault: FileFault) -> Done:
    target.path.unlink()
    return [], [_row(fault.fault, target.path, "absent", lost=target.rows)]


def _empty(target: Target, fault: FileFault) -> Done:
    target.path.write_bytes(b"")
    return [target.path], [_row(fault.fault, target.path, "refused", "SO-201", lost=target.rows)]


def _damaged_gzip(target: Target, fault: FileFault) -> Done:
    path = target.path.with_name(f"{target.path.name}.gz")
    with path.open("wb") as file, gzip.GzipFile("", "wb", 5, file, mtime=0) as packed:
        packed.writelines(line for _, line in _lines(target.path))
    target.path.unlink()
    os.truncate(path, max(1, path.stat().st_size * 2 // 3))
    return [path], [_row(fault.fault, path, "refused", "SO-202", lost=target.rows)]


_DAMAGES: Mapping[str, Callable[[Target, FileFault], Done]] = {
    "extra_field": _changed("SO-221", _extra_field),
    "key_gone": _changed("SO-222", _key_gone),
    "zero_byte": _changed("SO-224", _zero_byte),
    "stray_quote": _changed("", _stray_quote, exactly=False),
    "marker": _changed("SO-239", _marked, costs=False),
    "header_again": _inserted("SO-225", blank=False),
    "blank_line": _inserted("", blank=True),
    "footer": _footer,
    "quoted": _quoted,
    "utf16": _utf16,
    "parts": _parts,
    "twice": _twice,
    "cut": _cut,
    "missing": _missing,
    "empty": _empty,
    "damaged_gzip": _damaged_gzip,
}
