"""Which table the first bytes of a file belong to, when its name holds none."""

from __future__ import annotations

import csv
import zlib

import polars as pl

from etl.contracts.registry import contracts
from etl.delivery.names import Form
from etl.delivery.sources import Source
from etl.errors import SndsOmopError

_LOOKED_AT = 64 << 10
_SEPARATORS = (";", ",", "\t", "|")


def table_of(source: Source, form: Form) -> str | None:
    """The table whose key and required columns a file has; None when it is none.

    Only column names are looked at. A file that cannot be opened or decoded is no table here.
    """
    try:
        names = _columns(source, form)
    except (OSError, SndsOmopError, csv.Error, pl.exceptions.PolarsError, zlib.error):
        return None
    present = {name.strip().strip('"').upper() for name in names}
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
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    lines = data.decode(encoding, errors="replace").splitlines()
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
