"""Ctrl-C while the program is loaded is exit 130, and no trace."""

from __future__ import annotations

import subprocess
import sys

import pytest

_SCRIPT = """
import sys

class Interrupted:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            raise KeyboardInterrupt

from etl.__main__ import main
sys.meta_path.insert(0, Interrupted())
sys.argv = ["snds-omop", *{arguments!r}, "doctor"]
main()
"""


@pytest.mark.parametrize("name", ["etl.cli", "click", "etl.command_log", "etl.cli.doctor"])
@pytest.mark.parametrize("arguments", [[], ["--lang", "fr"]], ids=["en", "fr"])
def test_an_interrupt_of_an_import(name: str, arguments: list[str], tmp_path: object) -> None:
    script = _SCRIPT.format(name=name, arguments=["--workspace", str(tmp_path), *arguments])
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 130
    assert "SO-910" in done.stderr
    assert "Traceback" not in done.stderr
    assert ("interrompu" in done.stderr) is bool(arguments)
