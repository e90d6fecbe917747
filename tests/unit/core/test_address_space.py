"""A limit of address space is seen before a library that would not end."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from etl.address_space import require_room
from etl.errors import SndsOmopError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="read from /proc of Linux")
MIB = 1 << 20


def limited(monkeypatch: pytest.MonkeyPatch, used: int, most: int) -> None:
    monkeypatch.setattr("etl.address_space._used", lambda: used)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (most, most))


@pytest.mark.parametrize("left", [100 * MIB, 101 * MIB])
def test_enough_room(left: int, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, 7 * MIB, 7 * MIB + left)
    require_room(100 * MIB)


@pytest.mark.parametrize("left", [-1, 0, 100 * MIB - 1])
def test_too_little_room(left: int, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, 7 * MIB, 7 * MIB + left)
    with pytest.raises(SndsOmopError) as caught:
        require_room(100 * MIB)
    assert (caught.value.code, caught.value.exit_code) == ("SO-908", 2)
    assert f"leaves {max(left, 0) >> 20}" in caught.value.clause.english


def test_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, 7 * MIB, resource.RLIM_INFINITY)
    require_room(1 << 60)


def test_the_address_space_of_a_process_is_read() -> None:
    script = (
        "import resource; from etl.address_space import require_room\n"
        "resource.setrlimit(resource.RLIMIT_AS, (300 << 20, 300 << 20))\n"
        "require_room(1 << 20)\n"
        "try: require_room(300 << 20)\n"
        "except Exception as error: print(error.code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stdout == "SO-908\n", done.stderr
