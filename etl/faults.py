"""What machine and disk answer, as errors with codes: the one place that reads such answers.

Python, Polars, DuckDB and Arrow each report a full disk in their own words. The words of an
engine may quote a value, so they are only searched for known phrases and never shown.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from pathlib import Path

from etl.clauses import Clause, of_system
from etl.errors import SndsOmopError

RESOURCES = frozenset({"SO-902", "SO-906", "SO-907", "SO-908", "SO-909"})
"""Codes of a machine that lacks something: the same command resumes once it is there."""

_BY_NUMBER = {
    errno.ENOSPC: "SO-902",
    errno.EDQUOT: "SO-906",
    errno.EFBIG: "SO-907",
    errno.ENOMEM: "SO-908",
    errno.EMFILE: "SO-909",
    errno.ENFILE: "SO-909",
    errno.EROFS: "SO-103",
    errno.EACCES: "SO-103",
    errno.EPERM: "SO-103",
}
# The first phrase that is found decides; the order matters where one answer contains two.
_BY_PHRASE = (
    ("SO-902", r"no space left on device|os error 28\b|errno 28\b|max_temp_directory_size"),
    ("SO-906", r"quota exceeded|os error 122\b"),
    ("SO-907", r"file too large|os error 27\b"),
    ("SO-909", r"too many open files|os error 2[34]\b"),
    (
        "SO-908",
        r"out of memory|cannot allocate memory|os error 12\b|bad_alloc|can't start new thread"
        r"|memory allocation of|failed to (?:allocate|map segment|pin block|spawn)|os error 11\b"
        r"|resource temporarily unavailable",
    ),
    ("SO-111", r"could not set lock on file"),
    ("SO-103", r"read-only file system|permission denied|os error (?:13|30)\b"),
    ("SO-136", r"stale file handle|input/output error|transport endpoint|os error (?:5|107|116)\b"),
    (
        "SO-134",
        r"not a valid duckdb database|could not read enough bytes|corrupt database file"
        r"|could not read from file|computed checksum|database file with version number"
        r"|replaying wal|parquet magic|not a parquet file|does not contain parquet|failed to load"
        r" metadata pointer|out of specification|cannot open (?:file|database)|is a directory"
        r"|no files found that match",
    ),
)
_ENGINES = ("duckdb", "_duckdb", "polars", "pyarrow", "pyo3_runtime", "sqlalchemy", "dbt")
_NUMBER = re.compile(r"\(os error (\d+)\)")
_QUOTED_PATH = re.compile(r'"(/[^"\n]+)"')
_SAID = {
    "SO-902": Clause("the disk is full", "le disque est plein"),
    "SO-906": Clause("a write was refused", "une écriture a été refusée"),
    "SO-907": Clause("a write was refused", "une écriture a été refusée"),
    "SO-908": Clause("no more could be reserved", "il n'a pas été possible d'en réserver plus"),
    "SO-909": Clause("one more was refused", "un de plus a été refusé"),
    "SO-111": Clause("a file is in use", "un fichier est utilisé"),
    "SO-103": Clause("access is denied", "l'accès est refusé"),
    "SO-134": Clause("the file is damaged or absent", "le fichier est abîmé ou absent"),
    "SO-136": Clause("the system refused", "le système a refusé"),
}


def code_of_words(words: str) -> str | None:
    """The code of an engine's answer; None when no phrase is known."""
    text = words.lower()
    return next((code for code, phrase in _BY_PHRASE if re.search(phrase, text)), None)


def code_of(error: BaseException) -> str | None:
    """The code of one exception, its causes not considered."""
    if isinstance(error, MemoryError):
        return "SO-908"
    if isinstance(error, OSError):
        number = error.errno or _number_in(str(error))
        return _BY_NUMBER.get(number) or code_of_words(str(error)) or ("SO-136" if number else None)
    module = type(error).__module__.partition(".")[0]
    # A library that finds no room is an ImportError; the message of an absent one differs.
    if module in _ENGINES or isinstance(error, (RuntimeError, ImportError)):
        return code_of_words(str(error))
    return None


def _number_in(words: str) -> int:
    """The number that Polars leaves in the text of an error of the system; 0 for none."""
    found = _NUMBER.search(words)
    return int(found[1]) if found else 0


def as_error(error: BaseException, root: Path | None = None) -> SndsOmopError | None:
    """An exception as an error with a code; None when machine and disk are not the cause.

    A coded error whose cause is the machine becomes the error of the machine: a model that failed
    on a full disk is a full disk.

    Args:
        root: workspace; a path that an engine quotes is shown only when it lies below.
    """
    found: SndsOmopError | None = None
    for one in _chain(error):
        if isinstance(one, SndsOmopError):
            if one.code in RESOURCES:
                return one
            continue
        code = code_of(one)
        if code is None:
            continue
        clause = _SAID[code]
        if isinstance(one, OSError) and one.errno and one.strerror and code in ("SO-103", "SO-136"):
            clause = of_system(one)
        made = SndsOmopError(code, *clause, where=_place(one, root))
        if code in RESOURCES:
            return made
        found = found or made
    return None if isinstance(error, SndsOmopError) else found


def is_interrupt(error: BaseException) -> bool:
    """Whether Ctrl-C is behind an error: it comes back from an engine in the engine's words."""
    return any(
        isinstance(one, KeyboardInterrupt)
        or type(one).__name__ == "InterruptException"
        # of DuckDB 2.0, whatever asked for the rows
        or (isinstance(one, RuntimeError) and str(one) == "Query interrupted")
        for one in _chain(error, is_whole=True)
    )


def _place(error: BaseException, root: Path | None) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return str(error.filename)
    quoted = _QUOTED_PATH.search(str(error))
    if quoted and root is not None and Path(quoted[1]).is_relative_to(root):
        return quoted[1]
    return ""


def _chain(error: BaseException, *, is_whole: bool = False) -> Iterator[BaseException]:
    """The exception, then what it was raised from; whole: contexts that were suppressed too."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        is_hidden = one.__suppress_context__ and not is_whole
        one = one.__cause__ or (None if is_hidden else one.__context__)
