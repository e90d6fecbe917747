"""Finds what is shipped with the code: checkout first, then the wheel's bundle."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def bundle_root() -> Path:
    """Folder that holds ``dbt_project``, ``mappings`` and ``vocabularies``.

    In a checkout it is the repository; in an installed wheel it is ``etl/_bundle``, which
    mirrors the repository so that relative paths between the three folders hold in both.
    """
    checkout = _PACKAGE.parent
    if (checkout / "dbt_project" / "dbt_project.yml").is_file():
        return checkout
    return _PACKAGE / "_bundle"


def dbt_project_dir() -> Path:
    return bundle_root() / "dbt_project"


def mappings_dir() -> Path:
    return bundle_root() / "mappings"


def vocabularies_dir() -> Path:
    return bundle_root() / "vocabularies"
