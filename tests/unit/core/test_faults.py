"""What machine and disk answer is an error with a code, at every verb, and shows no value."""

from __future__ import annotations

import errno
import json
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest

from etl.cli import execute
from etl.command_log import CommandLog
from etl.errors import SndsOmopError
from etl.faults import as_error, code_of_words, is_interrupt
from etl.state_file import read_table

BY_NUMBER = {
    errno.ENOSPC: "SO-902",
    errno.EDQUOT: "SO-906",
    errno.EFBIG: "SO-907",
    errno.ENOMEM: "SO-908",
    errno.EMFILE: "SO-909",
    errno.ENFILE: "SO-909",
    errno.EROFS: "SO-103",
    errno.EACCES: "SO-103",
    errno.EPERM: "SO-103",
    errno.EIO: "SO-136",
    errno.ESTALE: "SO-136",
    errno.ENAMETOOLONG: "SO-136",
    errno.ENOTDIR: "SO-136",
}
# Words that the engines were seen to answer (duckdb 2.0, polars 2), paths shortened.
ANSWERS = [
    ('IO Error: Could not write file "/w/y.duckdb": No space left on device', "SO-902"),
    ("Out of Memory Error: failed to offload data block of size 256.0 KiB. This limit was set by "
     "the 'max_temp_directory_size' setting.", "SO-902"),
    ("parquet: underlying IO error: No space left on device (os error 28)", "SO-902"),
    ("parquet: underlying IO error: Disk quota exceeded (os error 122)", "SO-906"),
    ('IO Error: Could not write file "/w/y.duckdb": File too large', "SO-907"),
    ("underlying IO error: File too large (os error 27)", "SO-907"),
    ("Out of Memory Error: failed to allocate data of size 16.0 MiB (16/19 MiB used)", "SO-908"),
    ("can't start new thread", "SO-908"),
    ("_core.so: failed to map segment from shared object", "SO-908"),
    ("_core.so: cannot open shared object file: Too many open files", "SO-909"),
    ("Too many open files (os error 24)", "SO-909"),
    ('IO Error: Could not set lock on file "/w/c.duckdb": Conflicting lock is held', "SO-111"),
    ('IO Error: Cannot open file "/w/c.duckdb": Permission denied', "SO-103"),
    ('IO Error: The file "/w/c" exists, but it is not a valid DuckDB database file!', "SO-134"),
    ('IO Error: Could not read enough bytes from file "/w/c": attempted to read 10', "SO-134"),
    ('IO Error: Could not read from file "/w/c.duckdb": Stale file handle', "SO-136"),
    ("parquet: underlying IO error: Stale file handle (os error 116)", "SO-136"),
    ('IO Error: Could not read from file "/w/c.duckdb": Input/output error', "SO-136"),
    ("Corrupt database file: computed checksum 1 does not match stored checksum 2", "SO-134"),
    ('IO Error: Cannot open file "/w/no/x.duckdb": No such file or directory', "SO-134"),
    # a workspace that was moved after its build: the candidate names its vocabulary by path
    ('IO Error: No files found that match the pattern "/w/vocabulary/a/concept.parquet"', "SO-134"),
    ("Conversion Error: Could not convert string 'x' to INT32", None),
    ("Constraint Error: NOT NULL constraint failed: person.year_of_birth", None),
    ('Catalog Error: Table with name t does not exist!', None),
]  # fmt: skip


@pytest.mark.parametrize("number", BY_NUMBER, ids=lambda number: errno.errorcode[number])
def test_each_answer_of_the_system_has_a_code(number: int) -> None:
    error = as_error(OSError(number, os.strerror(number), "/w/file"))
    assert error is not None
    assert (error.code, error.where, error.exit_code) == (BY_NUMBER[number], "/w/file", 2)


@pytest.mark.parametrize(("words", "code"), ANSWERS)
def test_each_answer_of_an_engine_has_a_code(words: str, code: str | None) -> None:
    assert code_of_words(words) == code


def test_words_of_others_are_not_searched() -> None:
    assert as_error(ValueError("No space left on device")) is None
    assert as_error(pl.exceptions.ComputeError("No space left on device (os error 28)"))


def test_an_error_of_the_system_as_polars_raises_it(tmp_path: Path) -> None:
    try:
        pl.read_parquet(tmp_path / "none.parquet", glob=False)
    except FileNotFoundError as error:
        assert error.errno is None
        found = as_error(error)
    assert found is not None and found.code == "SO-136"


def test_a_table_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(SndsOmopError) as caught:
        read_table(tmp_path / "results.parquet")
    assert (caught.value.code, caught.value.exit_code) == ("SO-132", 2)
    assert caught.value.where == str(tmp_path / "results.parquet")


def test_a_failed_build_on_a_full_disk_is_a_full_disk() -> None:
    try:
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError as cause:
            raise SndsOmopError("SO-901", "m failed", "échec de m") from cause
    except SndsOmopError as error:
        found = as_error(error)
    assert found is not None and found.code == "SO-902"


def test_a_coded_error_without_such_a_cause_stays() -> None:
    assert as_error(SndsOmopError("SO-107", "x", "x")) is None


def test_a_library_without_room_lacks_memory() -> None:
    found = as_error(ImportError("_core.so: failed to map segment from shared object"))
    assert found is not None and found.code == "SO-908"
    assert as_error(ImportError("No module named 'psycopg'")) is None


def test_memory_of_python() -> None:
    found = as_error(MemoryError())
    assert found is not None and found.code == "SO-908"


def test_a_path_that_an_engine_quotes_is_shown_below_the_workspace_only(tmp_path: Path) -> None:
    words = (
        f'IO Error: The file "{tmp_path}/c.duckdb" exists, but it is not a valid DuckDB database'
    )
    inside = as_error(duckdb.IOException(words), tmp_path)
    outside = as_error(duckdb.IOException(words), tmp_path / "other")
    assert inside is not None and inside.where == f"{tmp_path}/c.duckdb"
    assert outside is not None and outside.where == ""


class _PanicError(BaseException):
    """As the Rust engines raise one: no Exception."""


_PanicError.__module__ = "pyo3_runtime"


def _raises(error: BaseException) -> Callable[..., None]:
    def run(*_: object, **__: object) -> None:
        raise error

    return run


VERBS = {
    "release list": (["release", "list"], "etl.release.releases"),
    "release verify": (["release", "verify"], "etl.release.find"),
    "release promote": (["release", "promote", "x"], "etl.release.find"),
    "release rollback": (["release", "rollback"], "etl.release.current_name"),
    "release diff": (["release", "diff", "a", "b"], "etl.release.find"),
    "release create": (["release"], "data_quality.cohorts.run_cohorts"),
    "build": (["build"], "etl.transform.build"),
    "validate": (["validate"], "data_quality.validate"),
    "vocab load": (["vocab", "load"], "etl.vocabulary.load_demo"),
    "doctor": (["doctor"], "etl.audit.doctor.examine"),
}
FAULTS: dict[str, tuple[Callable[[], BaseException], int, str]] = {
    "disk full": (lambda: OSError(errno.ENOSPC, "full"), 2, "SO-902"),
    "quota": (lambda: OSError(errno.EDQUOT, "quota"), 2, "SO-906"),
    "file size": (lambda: OSError(errno.EFBIG, "big"), 2, "SO-907"),
    "memory": (MemoryError, 2, "SO-908"),
    "memory of DuckDB": (
        lambda: duckdb.OutOfMemoryException("Out of Memory Error: 4711 quoted"), 2, "SO-908",
    ),
    "panic": (lambda: _PanicError("4711: Cannot allocate memory (os error 12)"), 2, "SO-908"),
    "open files": (lambda: OSError(errno.EMFILE, "many"), 2, "SO-909"),
    "read-only": (lambda: OSError(errno.EROFS, "ro"), 2, "SO-103"),
    "damaged database": (
        lambda: duckdb.IOException("Could not read enough bytes from file, 4711"), 2, "SO-134",
    ),
    "Ctrl-C": (KeyboardInterrupt, 130, "SO-910"),
    "Ctrl-C in DuckDB 2": (lambda: RuntimeError("Query interrupted"), 130, "SO-910"),
    "Ctrl-C in DuckDB": (lambda: duckdb.InterruptException("INTERRUPT"), 130, "SO-910"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("verb", VERBS)
def test_verb_and_fault(
    verb: str,
    fault: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments, inside = VERBS[verb]
    make, exit_code, code = FAULTS[fault]
    monkeypatch.setattr(inside, _raises(make()))
    found = execute(["--workspace", str(tmp_path / "w"), *arguments])
    printed = "".join(capsys.readouterr())
    assert (found, printed.count(code)) == (exit_code, 1), printed
    assert "Traceback" not in printed
    assert "4711" not in printed


def test_an_interrupt_of_a_real_query() -> None:
    """As this DuckDB answers it, whatever its version."""
    # a shell's background jobs, and so the tests, may ignore it
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        with pytest.raises(BaseException) as caught, duckdb.connect() as connection:
            connection.execute("select sum(hash(i)) from range(100000000000) t(i)").fetchall()
    finally:
        timer.join()
        signal.signal(signal.SIGINT, before)
    assert is_interrupt(caught.value)
    assert not is_interrupt(RuntimeError("x"))


def test_a_log_on_a_full_disk_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = CommandLog(tmp_path / "logs")
    log.begin("list")
    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", _raises(OSError(errno.ENOSPC, "full")))
        log.note("step", name="one")
    log.end(0)
    (file,) = (tmp_path / "logs").iterdir()
    events = [json.loads(line)["event"] for line in file.read_text().splitlines()]
    assert events == ["begin", "step", "end"]


def test_the_signal_number_of_an_interrupt() -> None:
    assert SndsOmopError("SO-910", "x", "x").exit_code == 128 + signal.SIGINT
