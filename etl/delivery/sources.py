"""Where the bytes of a delivered table are: a file, or a member of an archive."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from etl.clauses import of_system
from etl.errors import SndsOmopError

# Set in the flags of a member that asks for a password.
_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class Source:
    """A file, or one member of a zip; its size is that of the bytes that `open` gives."""

    path: Path
    member: str = ""
    size: int = 0

    def open(self) -> IO[bytes]:
        """The bytes of the file; those of a member come decompressed.

        Raises:
            OSError: the file cannot be opened.
            SndsOmopError: SO-202 the archive is damaged.
        """
        if not self.member:
            return self.path.open("rb", buffering=0)
        try:
            with zipfile.ZipFile(self.path) as archive:
                return archive.open(self.member)
        except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError) as error:
            raise damaged() from error

    @property
    def modified(self) -> int:
        """Nanoseconds since 1970."""
        return self.path.stat().st_mtime_ns


def members(path: Path) -> list[Source]:
    """The files of a zip, as they stand in it.

    Raises:
        SndsOmopError: SO-202 damaged, SO-207 a password is asked for, SO-211 not readable.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            found = [info for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise damaged() from error
    except OSError as error:
        raise SndsOmopError("SO-211", *of_system(error)) from error
    if any(info.flag_bits & _ENCRYPTED for info in found):
        raise SndsOmopError(
            "SO-207", "the archive asks for a password", "l'archive demande un mot de passe"
        )
    return [Source(path, info.filename, info.file_size) for info in found]


def damaged() -> SndsOmopError:
    """The error of an archive that cannot be read to its end."""
    return SndsOmopError("SO-202", "its zip data is damaged", "ses données zip sont endommagées")


Opener = Callable[[], IO[bytes]]
