"""Rows whose end shows how their beginning is to be read are read again, files and databases."""

from __future__ import annotations

from typing import Any

import pytest

from etl.loaders import stage_database
from etl.loaders.conventions import Conventions, RereadError
from etl.loaders.load import decided

SHOWN = Conventions(marks={"CPL_MAJ_MNT": ","})


def test_rows_are_read_again_under_what_their_end_showed() -> None:
    seen: list[Conventions] = []

    def read(conventions: Conventions) -> Any:
        seen.append(conventions)
        if len(seen) == 1:
            raise RereadError(SHOWN)
        return "read"

    assert decided(read) == "read"
    assert seen == [Conventions(), SHOWN]


def test_rows_without_late_evidence_are_read_once() -> None:
    seen: list[Conventions] = []

    def read(conventions: Conventions) -> Any:
        seen.append(conventions)

    decided(read)
    assert seen == [Conventions()]


def test_a_part_of_a_database_is_read_again_too(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Conventions] = []

    def load_rows(*arguments: Any) -> Any:
        seen.append(arguments[-1])
        if len(seen) == 1:
            raise RereadError(SHOWN)
        return "read"

    class Stands:
        def __getattr__(self, name: str) -> Any:
            return Stands()

        def __call__(self, *_: Any, **__: Any) -> Any:
            return Stands()

    monkeypatch.setattr(stage_database, "load_rows", load_rows)
    monkeypatch.setattr(stage_database, "PartReader", Stands())
    stager = stage_database._Stager.__new__(stage_database._Stager)
    for name in ("_database", "_workspace", "_settings", "_progress", "_manifest"):
        setattr(stager, name, Stands())
    assert stager._read(Stands(), Stands(), None, moves=False) == "read"  # type: ignore[arg-type]
    assert seen == [Conventions(), SHOWN]
