"""Where a row of a release came from, by the files and the layout of ids that its manifest records.

Files may have come and gone since: one is found again by its hash, under whatever number it is
staged now, or the answer is refused by its name.
"""

from __future__ import annotations

import duckdb

from etl.audit.explain import Explanation, Tracer, is_named
from etl.errors import SndsOmopError
from etl.ids import VARIANTS
from etl.loaders.manifest import StagedFile
from etl.release.manifest import InputRecord
from etl.release.store import Release
from etl.workspace import Workspace


class ReleaseTracer(Tracer):
    """Answers for one release; opens its tables read-only."""

    def __init__(self, workspace: Workspace, release: Release) -> None:
        super().__init__(workspace, release.connect())
        self._release = release
        layout = release.manifest.ids
        self._variants = layout.variants if layout else VARIANTS
        self._records = release.manifest.inputs if layout else self._of_the_audit()

    def _of_the_audit(self) -> tuple[InputRecord, ...]:
        """Files of a release whose manifest does not number their rows: its audit does."""
        names = list(InputRecord.model_fields)
        try:
            found = self._connection.execute(
                f"select {', '.join(names)} from audit.files"  # noqa: S608
            ).fetchall()
        except duckdb.Error:
            return ()
        return tuple(InputRecord(**dict(zip(names, row, strict=True))) for row in found)

    def source_row(self, table: str, file: str, line: int) -> Explanation:
        """From a line of a file of the release to its CDM rows there.

        Raises:
            SndsOmopError: SO-108 when the release has no such file or line, SO-139 when the file
                is no longer staged.
        """
        found = [
            one
            for one in self._records
            if one.source_table is not None
            and one.first_row_id is not None
            and is_named(table, one.source_table, one.source_year)
            and (one.file_name == file or one.file_name.endswith(f"/{file}"))
        ]
        if len(found) != 1:
            raise SndsOmopError(
                "SO-108",
                f"{len(found)} files of the release bear this name",
                f"{len(found)} fichiers de la version portent ce nom",
                where=file,
            )
        first, last = found[0].first_row_id or 0, found[0].last_row_id or 0
        if not 0 < line <= last - first:
            raise SndsOmopError(
                "SO-108",
                "the file has no such line",
                "le fichier n'a pas cette ligne",
                where=f"{file}:{line}",
            )
        return self._explain(f"{file}:{line}", first + line)

    def _explain(self, asked: str, row_id: int) -> Explanation:
        record = next(
            (
                one
                for one in self._records
                if one.first_row_id is not None
                and one.first_row_id <= row_id <= (one.last_row_id or 0)
            ),
            None,
        )
        if record is None:
            raise SndsOmopError(
                "SO-108",
                "the manifest of the release records no file of this row",
                "le manifeste de la version ne connaît aucun fichier de cette ligne",
                where=self._release.id,
            )
        line = row_id - (record.first_row_id or 0)
        file = self._staged(record, line)
        rejected = self._quarantined(file, line)
        if rejected:
            return Explanation(asked, None, quarantine=rejected)
        source = self._source(file, line, file.row_id(line))
        return Explanation(asked, source, cdm_rows=self._given(row_id))

    def _staged(self, record: InputRecord, line: int) -> StagedFile:
        """The file as it is staged now: the same table and the same bytes."""
        for file in self._delivery.files:
            if (file.table, file.sha256) == (record.source_table, record.sha256):
                return file
        raise SndsOmopError(
            "SO-139",
            f"line {line} of a file of {record.source_table} that is no longer staged "
            f"(SHA-256 {record.sha256 or 'unknown'})",
            f"ligne {line} d'un fichier de {record.source_table} qui n'est plus chargé "
            f"(SHA-256 {record.sha256 or 'inconnu'})",
            where=record.file_name,
        )

    def _disposition(self, table: str, row_id: int) -> tuple[str, str | None, int | None]:
        """A release keeps counts by rule, not what became of each row."""
        return "", None, None
