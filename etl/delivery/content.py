"""Which table the first bytes of a file belong to, when its name holds none.

Archives and tables of spreadsheets are looked into as well; what cannot be looked into, a database
or an archive of a form that Python does not open, may hold tables: `closed` names these.
"""

from __future__ import annotations

import bz2
import csv
import lzma
import re
import tarfile
import zipfile
import zlib
from typing import IO

import polars as pl

from etl.contracts.registry import contracts
from etl.delivery.names import Form, parse
from etl.delivery.sources import Source
from etl.delivery.utf16 import utf16_of
from etl.errors import SndsOmopError

_LOOKED_AT = 64 << 10
_SEPARATORS = (";", ",", "\t", "|")
# Data that cannot be looked into: archives, encrypted files, volumes, databases, files of R,
# Stata, SPSS and columnar formats.
_CLOSED = re.compile(
    r".*\.(?:7z|rar|zst|zstd|lz4|lzo|z|cab|gpg|pgp|age|aes|enc|crypt|\d{3}|z\d{2}|part\d+|"
    r"duckdb|sqlite3?|accdb|mdb|dmp|dbf|bak|rds|rda|rdata|fst|qs|feather|arrow|orc|avro|"
    r"sav|zsav|dta|pkl|pickle|h5|hdf5?|jsonl|ndjson)",
    re.IGNORECASE,
)
_TAR = re.compile(r".*\.(?:tar(?:\.(?:gz|bz2|xz))?|tgz|tbz2?|txz)", re.IGNORECASE)
_BOOK = re.compile(r".*\.(?:xls[xmb]|ods)", re.IGNORECASE)
_SHEET = re.compile(r"xl/worksheets/[^/]*\.xml|content\.xml")
_SHARED = "xl/sharedStrings.xml"
_STRING = re.compile(rb"<si\b[^>]*>(.*?)</si>", re.DOTALL)
_ROW = re.compile(rb"<(?:table:table-)?row\b.*?</(?:table:table-)?row>", re.DOTALL)
#: A cell with its own text, or with the rank of a shared one.
_CELL = re.compile(
    rb"<(?:is|text:p)\b[^>]*>(.*?)</(?:is|text:p)>|<c\b[^>]*\bt=\"s\"[^>]*>\s*<v>(\d+)</v>",
    re.DOTALL,
)
_TAGS = re.compile(rb"<[^>]*>")
_ROWS_LOOKED_AT = 10
_BOOK_LOOKED_AT = 1 << 20


def closed(name: str) -> bool:
    """Whether a file without a table in its name is data of a form that cannot be looked into."""
    return _CLOSED.fullmatch(name.rsplit("/", 1)[-1].strip()) is not None


def inside(source: Source, name: str) -> str | None:
    """A table that a file of no form of a table holds: an archive, a spreadsheet, a bare text.

    A file that cannot be opened or decoded holds none here.
    """
    try:
        with source.open() as handle:
            if _TAR.fullmatch(name.strip()):
                return _of_tar(handle)
            if _BOOK.fullmatch(name.strip()):
                return _of_book(handle)
            return _best(_of_text(_unpacked(handle)))
    except (OSError, EOFError, SndsOmopError, csv.Error, ValueError, zlib.error, lzma.LZMAError,
            tarfile.TarError, zipfile.BadZipFile, NotImplementedError, RuntimeError):  # fmt: skip
        return None


def _of_tar(handle: IO[bytes]) -> str | None:
    """The name of a member that holds a table's name."""
    with tarfile.open(fileobj=handle, mode="r|*") as archive:
        for member in archive:
            named = parse(member.name.removeprefix("./"))
            if member.isfile() and named.kind in ("table", "infra annual", "refused"):
                return named.contract.table if named.contract else member.name.rsplit("/", 1)[-1]
    return None


def _of_book(handle: IO[bytes]) -> str | None:
    """A table whose columns are one of the first rows of a sheet.

    A dictionary of variables names the same columns, one below the other.
    """
    with zipfile.ZipFile(handle) as book:
        parts = [name for name in book.namelist() if _SHEET.fullmatch(name)]
        shared: list[bytes] = []
        if _SHARED in book.namelist():
            shared = [_TAGS.sub(b"", text) for text in _STRING.findall(_begin(book, _SHARED))]
        for part in parts:
            for row in _ROW.findall(_begin(book, part))[:_ROWS_LOOKED_AT]:
                cells = [
                    shared[int(cell[1])] if cell[1] and int(cell[1]) < len(shared) else cell[0]
                    for cell in _CELL.findall(row)
                ]
                found = _best([_TAGS.sub(b"", cell).decode("utf-8", "replace") for cell in cells])
                if found:
                    return found
    return None


def _begin(book: zipfile.ZipFile, part: str) -> bytes:
    with book.open(part) as opened:
        return opened.read(_BOOK_LOOKED_AT)


def _unpacked(handle: IO[bytes]) -> bytes:
    """The first bytes of a file, those that gzip, bzip2 or xz wrapped."""
    data = handle.read(_LOOKED_AT)
    if data.startswith(b"\x1f\x8b"):
        return zlib.decompressobj(wbits=31).decompress(data, _LOOKED_AT)
    if data.startswith(b"BZh"):
        return bz2.BZ2Decompressor().decompress(data, _LOOKED_AT)
    if data.startswith(b"\xfd7zXZ"):
        return lzma.LZMADecompressor().decompress(data, _LOOKED_AT)
    return data


def table_of(source: Source, form: Form) -> str | None:
    """The table whose key and required columns a file has; None when it is none.

    Only column names are looked at. A file that cannot be opened or decoded is no table here.
    """
    try:
        names = _columns(source, form)
    except (OSError, SndsOmopError, csv.Error, pl.exceptions.PolarsError, zlib.error):
        return None
    return _best(names)


def _best(names: list[str]) -> str | None:
    """The table that most of some names of columns fit."""
    present = {name.strip().strip("\"'").upper() for name in names}
    best, most = None, 0
    for contract in contracts().values():
        if not {*contract.key, *contract.required} <= present:
            continue
        if contract.required_any and not present & {*contract.required_any}:
            continue
        fit = sum(column.name in present for column in contract.columns)
        if fit > most:
            best, most = contract.table, fit
    return best


def opens(source: Source, form: Form) -> bool:
    """Whether the columns of a Parquet or SAS file can be named."""
    try:
        return bool(_columns(source, form))
    except (OSError, SndsOmopError, pl.exceptions.PolarsError):
        return False


def _columns(source: Source, form: Form) -> list[str]:
    match form:
        case "parquet":
            if source.member:
                return []
            return list(pl.scan_parquet(source.path, glob=False).collect_schema())
        case "sas":
            return _of_sas(source)
    with source.open() as handle:
        data = handle.read(_LOOKED_AT)
    if form == "gzip":
        data = zlib.decompressobj(wbits=31).decompress(data, _LOOKED_AT)
    return _of_text(data)


def _of_text(data: bytes) -> list[str]:
    lines = data.decode(utf16_of(data) or "utf-8-sig", errors="replace").splitlines()
    line = next((one for one in lines if one.strip()), "")
    split = [next(csv.reader([line], delimiter=mark), []) for mark in _SEPARATORS]
    return max(split, key=len)


def _of_sas(source: Source) -> list[str]:
    try:
        import pyreadstat
    except ImportError:
        return []
    if source.member:
        return []
    try:
        _, about = pyreadstat.read_sas7bdat(str(source.path), metadataonly=True)
    except Exception as error:  # its own errors, and those of its C library
        if isinstance(error, MemoryError):
            raise
        return []
    return list(about.column_names)
