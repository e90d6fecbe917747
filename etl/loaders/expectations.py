"""Whether what was staged is what was declared: one refusal for each difference."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from etl.delivery.declaration import FILE, Declaration
from etl.errors import SndsOmopError
from etl.loaders.manifest import Delivery
from etl.loaders.report import FileOutcome, refusal


def unmet(delivery: Delivery, root: str, declared: Declaration) -> Iterator[FileOutcome]:
    """Differences between a declaration and the files that are staged from a folder.

    Args:
        delivery: the manifest after staging.
        root: folder of the delivery.
    """
    files = {file.name: file for file in delivery.files if file.root == root}
    years: dict[str, set[int | None]] = defaultdict(set)
    for file in files.values():
        years[file.table].add(file.year)
    for expected in declared.missing(years):
        yield _refused(
            FILE,
            f"{expected} is expected and was not delivered",
            f"{expected} est attendue et n'a pas été livrée",
        )
    for one in declared.file:
        if one.set_aside:
            continue
        staged = files.get(one.name)
        if staged is None:
            yield _refused(
                one.name,
                "the file is declared and is not among those loaded",
                "le fichier est déclaré et n'est pas parmi ceux qui ont été chargés",
            )
            continue
        if one.sha256 and one.sha256.lower() != staged.sha256:
            yield _refused(
                one.name,
                "its SHA-256 is not the declared one",
                "son SHA-256 n'est pas celui qui est déclaré",
            )
        if one.rows is not None and one.rows != staged.rows_read:
            yield _refused(
                one.name,
                f"{one.rows} rows are declared, {staged.rows_read} were read",
                f"{one.rows} lignes sont déclarées, {staged.rows_read} ont été lues",
            )


def _refused(name: str, english: str, french: str) -> FileOutcome:
    return refusal(name, None, SndsOmopError("SO-241", english, french))
