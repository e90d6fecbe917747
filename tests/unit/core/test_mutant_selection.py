"""Which tests a mutant of a module meets: the nearest, however the module is imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutation.selection import MOST_UNIT, importers, nearest_tests

FILES = {
    "etl/__init__.py": "",
    "etl/release/__init__.py": "from etl.release.store import promote as promote\n",
    "etl/release/store.py": "def promote() -> None: ...\n",
    "etl/release/alone.py": "",
    "etl/cli/__init__.py": "import importlib\n",
    "etl/cli/promote.py": "from etl.release.alone import one\n",
    "tests/__init__.py": "",
    "tests/small.py": "from etl.release import promote\n\ndef prepared() -> None: ...\n",
    "tests/unit/release/test_store.py": "from etl.release.store import promote\n",
    "tests/unit/other/test_package.py": "import etl.release.store\n",
    "tests/unit/release/test_package.py": "from etl.release import promote\n",
    "tests/unit/release/test_prepared.py": "from tests.small import prepared\n",
    "tests/unit/fixtures/conftest.py": "from etl.release import promote\n",
    "tests/unit/fixtures/test_fixture.py": "",
    "tests/unit/cli/test_command.py": "from etl.cli import main\n# alone\n",
    "tests/unit/cli/test_another.py": "from etl.cli import main\n",
    "tests/integration/test_run.py": "from etl.release import promote\n",
    "tests/unit/none/test_none.py": "import json\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_direct_importers_come_first_those_of_the_own_folder_before_others(root: Path) -> None:
    assert nearest_tests(root, "etl/release/store.py") == [
        "tests/unit/release/test_store.py",
        "tests/unit/release/test_package.py",
        "tests/unit/other/test_package.py",
        "tests/unit/release/test_prepared.py",
        "tests/unit/fixtures/test_fixture.py",
        "tests/integration/test_run.py",
    ]


def test_a_command_reaches_tests_of_the_command_line_that_mention_it_first(root: Path) -> None:
    assert nearest_tests(root, "etl/release/alone.py") == [
        "tests/unit/cli/test_command.py",
        "tests/unit/cli/test_another.py",
    ]


def test_a_module_that_no_test_reaches_has_none(root: Path) -> None:
    (root / "etl" / "lonely.py").write_text("", encoding="utf-8")
    assert nearest_tests(root, "etl/lonely.py") == []


def test_not_more_than_eight_unit_files(root: Path) -> None:
    for number in range(MOST_UNIT + 1):
        file = root / "tests" / "unit" / "release" / f"test_many_{number}.py"
        file.write_text("from etl.release import promote\n", encoding="utf-8")
    importers.cache_clear()
    near = nearest_tests(root, "etl/release/store.py")
    assert sum(name.startswith("tests/unit/") for name in near) == MOST_UNIT
    assert near[-1] == "tests/integration/test_run.py"
