"""Whether what was staged is what was declared, and of one form: a refusal for each difference."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from etl.clauses import of_system
from etl.delivery.declaration import FILE, Declaration
from etl.delivery.names import parse
from etl.delivery.promises import Promise, promises, targets
from etl.errors import SndsOmopError
from etl.loaders.manifest import Delivery, StagedFile
from etl.loaders.report import FileOutcome, refusal

#: Lines of a sheet of a spreadsheet: one that opened a longer file saved no more.
SHEET = 1 << 20


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


def broken(delivery: Delivery, root: str, declared: Declaration) -> Iterator[FileOutcome]:
    """Differences between the data holder's own lists and the files of a folder.

    Numbers of rows may count headers: if all of them are one more than the rows read, they do.
    """
    others = [file for file in delivery.others if file.root == root]
    staged = {file.name: file for file in delivery.files if file.root == root}
    # a hidden list is that of a program: the generator's, whose files tests spoil on purpose
    lists = [
        file.name
        for file in others
        if file.fate == "not data" and not file.name.rsplit("/", 1)[-1].startswith(".")
    ]
    known = {**dict.fromkeys(file.name for file in others), **staged}
    archives = {name.split(".zip/", 1)[0] + ".zip" for name in known if ".zip/" in name}
    known |= dict.fromkeys(archives - set(known))
    found = list(targets(promises(Path(root), lists), known))
    counted = [
        one.rows - staged[name].rows_read
        for one, name in found
        if name in staged and one.rows is not None
    ]
    header = 1 if counted and all(more == 1 for more in counted) else 0
    unused = {name.rsplit("/", 1)[-1] for name in declared.set_aside}
    for one, name in found:
        if name is None:
            # an archive of the data holder that was unpacked since is no table
            is_table = parse(one.name, declared.prefixes).kind == "table"
            if is_table and one.name.rsplit("/", 1)[-1] not in unused:
                yield _refused(
                    one.name,
                    f"{one.of_list} lists it and it was not delivered",
                    f"{one.of_list} le mentionne et il n'a pas été livré",
                )
            continue
        file = staged.get(name)
        if one.digest and (file is not None or name in archives):
            yield from _of_digest(one, name, Path(root), file)
        if file is not None and one.rows is not None and one.rows - header != file.rows_read:
            yield _refused(
                name,
                f"{one.of_list} states {one.rows} rows, {file.rows_read} were read",
                f"{one.of_list} indique {one.rows} lignes, {file.rows_read} ont été lues",
            )


def cut_by_a_spreadsheet(
    delivery: Delivery, root: str, declared: Declaration
) -> Iterator[FileOutcome]:
    """Text files of exactly the lines that a sheet of a spreadsheet holds, unless declared so."""
    stated = {one.name for one in declared.file if one.rows is not None}
    for file in delivery.files:
        text = file.form in ("text", "gzip")
        if file.root == root and text and file.lines.physical == SHEET and file.name not in stated:
            error = SndsOmopError("SO-256", f"{SHEET} lines", f"{SHEET} lignes")
            yield refusal(file.name, file.table, error)


def in_doubt(delivery: Delivery, root: str) -> Iterator[FileOutcome]:
    """Files whose dates do not show their order, where those of other files have the month first.

    Those of the same table count, and all others when these show nothing and agree.
    """
    files = [file for file in delivery.files if file.root == root]
    shown: dict[str, set[str]] = defaultdict(set)
    for file in files:
        shown[file.table] |= {*file.orders.values()} - {"open"}
    everywhere = set[str]().union(*shown.values())
    for file in files:
        following = sorted(name for name, order in file.orders.items() if order == "open")
        of_table = shown[file.table]
        if following and ("month" in of_table or (not of_table and everywhere == {"month"})):
            error = SndsOmopError(
                "SO-216",
                f"{following[0]}: other files have the month first, nothing shows it here",
                f"{following[0]} : d'autres fichiers ont le mois d'abord, rien ne l'indique ici",
            )
            yield refusal(file.name, file.table, error)


def _of_digest(
    one: Promise, name: str, root: Path, file: StagedFile | None
) -> Iterator[FileOutcome]:
    try:
        if file is not None and one.algorithm == "sha256" and ".zip/" not in name:
            digest = file.sha256
        elif ".zip/" in name:
            return  # the list is about files before they were put in an archive
        else:
            with (root / name).open("rb") as handle:
                digest = hashlib.file_digest(handle, one.algorithm).hexdigest()
    except OSError as error:
        yield _refused(name, *of_system(error))
        return
    if digest != one.digest:
        yield _refused(
            name,
            f"its checksum is not that of {one.of_list}",
            f"sa somme de contrôle n'est pas celle de {one.of_list}",
        )


def _refused(name: str, english: str, french: str) -> FileOutcome:
    return refusal(name, None, SndsOmopError("SO-241", english, french))
