"""Plain language (DESIGN §13): the number of words to replace may only go down, folder by folder.

``tests/lint/words.yml`` lists the words, ``tests/lint/words_allowed.yml`` how many are left. After
a sweep, ``python tests/unit/core/test_words.py`` writes the lower numbers; it refuses higher ones.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
WORDS = ROOT / "tests" / "lint" / "words.yml"
ALLOWED = ROOT / "tests" / "lint" / "words_allowed.yml"
_SUFFIXES = {".py", ".sql", ".yml", ".csv", ".md", ".j2", ".html", ".toml"}
_TOP = ("etl", "data_quality", "dbt_project", "mappings", "vocabularies", "tests", "docs")
# Rows that others wrote (nomenclatures and published labels), and this list itself.
_NOT_OURS = ("vocabularies/demo", "tests/lint", "tests/unit/core/test_words.py")
_NEVER = {"__pycache__", "target", "logs", "_bundle", "build", "athena"}


@cache
def patterns() -> re.Pattern[str]:
    words = yaml.safe_load(WORDS.read_text("utf-8"))
    every = [word for language in words.values() for word in language]
    return re.compile(rf"\b(?:{'|'.join(every)})\b", re.IGNORECASE)


def files() -> Iterator[Path]:
    for top in _TOP:
        for path in sorted((ROOT / top).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if (
                path.suffix in _SUFFIXES
                and not name.startswith(_NOT_OURS)
                and not name.endswith(".usagi.csv")
                and not _NEVER & set(path.relative_to(ROOT).parts)
            ):
                yield path
    yield from (ROOT / name for name in ("README.md", "CONTRIBUTING.md"))


def folder_of(path: Path) -> str:
    """Two levels: ``etl/loaders``, ``docs/en``; a file of a top folder counts for that folder."""
    parts = path.relative_to(ROOT).parts
    return "/".join(parts[: min(2, len(parts) - 1)]) or "root"


@cache
def found() -> dict[str, int]:
    counts: Counter[str] = Counter()
    for path in files():
        counts[folder_of(path)] += len(patterns().findall(path.read_text("utf-8")))
    return {folder: count for folder, count in sorted(counts.items()) if count}


def allowed() -> dict[str, int]:
    if not ALLOWED.is_file():
        return {}
    content: dict[str, int] = yaml.safe_load(ALLOWED.read_text("utf-8"))
    return content


@pytest.mark.parametrize("folder", sorted({*found(), *allowed()}))
def test_a_folder_has_no_more_such_words_than_allowed(folder: str) -> None:
    left, limit = found().get(folder, 0), allowed().get(folder, 0)
    assert left <= limit, (
        f"{folder}: {left} words of tests/lint/words.yml, {limit} allowed; use the plain ones"
    )


def test_the_allowance_was_lowered_after_the_last_sweep() -> None:
    """Slack of a tenth lets sweeps run in parallel; more would let words come back unseen."""
    slack = {
        folder: (found().get(folder, 0), limit)
        for folder, limit in allowed().items()
        if found().get(folder, 0) < 0.9 * limit - 5
    }
    assert slack == {}, "run: python tests/unit/core/test_words.py"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("It is told of nobody.", 2),
        ("It TELLS, and says", 2),
        ("console.say(1)", 0),
        ("saying, foretold, tellurian, asides", 0),
        ("kept aside; mended anew", 3),
        ("laissées de côté", 1),
        ("The report states each row.", 0),
    ],
)
def test_words_are_found_whole_and_in_any_case(text: str, count: int) -> None:
    assert len(patterns().findall(text)) == count


def lower() -> int:
    """Write what is left; 1 when a folder has more than it may."""
    before = allowed() if ALLOWED.is_file() else dict(found())
    higher = {name: n for name, n in found().items() if n > before.get(name, 0)}
    if higher:
        sys.stderr.write(f"more words than allowed: {higher}\n")
        return 1
    head = "# Words left to replace, by folder (tests/unit/core/test_words.py): only ever lower.\n"
    ALLOWED.write_text(head + yaml.safe_dump(dict(found())), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(lower())
