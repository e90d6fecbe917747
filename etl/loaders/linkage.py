"""Links to other sources: persons of a crosswalk and facts of communes, as deliveries declare them.

What is declared is checked and kept in ``state/`` when the delivery is staged; each build writes
what models read of it, ``lake/manifest/{crosswalk,area}.parquet``, without the keys of excluded
persons. External ids never leave ``state/``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from etl.clauses import Clause
from etl.delivery.declaration import Area, Crosswalk, Declaration
from etl.errors import SndsOmopError
from etl.loaders.missing import MISSING_WORDS
from etl.loaders.persons_list import read_table_of_text
from etl.loaders.withdrawn import KINDS, keyed, read_withdrawn, secret_of
from etl.state_file import damaged, read_record, read_table, write_whole
from etl.workspace import Workspace

CROSSWALKS = "crosswalk.parquet"
AREAS = "area.parquet"
NUMBERS = "crosswalks.json"
LINKED = "linkage.parquet"
"""External id, person_id and, without one, why: for the zone only."""

_CROSSWALK = {
    "root": pl.String,
    "crosswalk": pl.String,
    "external_id": pl.String,
    "person_name": pl.String,
    "index_date": pl.Date,
    "is_dated": pl.Boolean,
}
_AREA = {
    "root": pl.String,
    "area": pl.String,
    "commune": pl.String,
    "area_year": pl.Int32,
    "measure": pl.String,
    "value": pl.String,
}
_DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%Y%m%d")


def read_crosswalks(root: Path, declared: Sequence[Crosswalk]) -> pl.DataFrame:
    """Rows of all declared crosswalks.

    Raises:
        SndsOmopError: SO-248 a file cannot be read, lacks a column, a row or a value, or gives one
            key of a person to two external ids. No value is quoted.
    """
    found = [pl.DataFrame(schema=_CROSSWALK)]
    for one in declared:
        wanted = [one.external, one.key, *([one.index_date] if one.index_date else [])]
        table = _columns(root, one.file, wanted, "SO-248")
        rows = table.select(
            pl.lit(str(root)).alias("root"),
            pl.lit(one.title).alias("crosswalk"),
            _text(one.external).alias("external_id"),
            _text(one.key).alias("person_name"),
            (
                pl.coalesce(_text(one.index_date).str.to_date(day, strict=False) for day in _DAYS)
                if one.index_date
                else pl.lit(None, pl.Date)
            ).alias("index_date"),
            pl.lit(one.index_date is not None).alias("is_dated"),
        ).unique(maintain_order=True)
        bad = rows.filter(pl.col("external_id").is_null() | pl.col("person_name").is_null()).height
        if bad or rows.is_empty():
            lacking = Clause(f"{bad} rows without a value", f"{bad} ligne(s) sans valeur")
            raise SndsOmopError("SO-248", *lacking, where=one.file)
        pairs = rows.select("external_id", "person_name").unique()
        twice = pairs.height - pairs["person_name"].n_unique()
        if twice:
            raise SndsOmopError(
                "SO-248",
                f"{twice} keys of a person have two external ids: it is not one to one",
                f"{twice} clés de personne ont deux identifiants externes : elle n'est pas "
                "bijective",
                where=one.file,
            )
        found.append(rows)
    return pl.concat(found)


def read_areas(root: Path, declared: Sequence[Area]) -> pl.DataFrame:
    """Values of all declared tables of communes, one row a commune, year and measure.

    Raises:
        SndsOmopError: SO-249 a file cannot be read, lacks a column, a row or a commune, has a year
            that is none, or gives two values to one commune and year.
    """
    found = [pl.DataFrame(schema=_AREA)]
    for one in declared:
        wanted = [one.commune, *([one.year] if one.year else []), *one.values]
        table = _columns(root, one.file, wanted, "SO-249")
        year = _text(one.year).cast(pl.Int32, strict=False) if one.year else pl.lit(None, pl.Int32)
        # a spreadsheet drops the zero at the beginning of 01004
        commune = _text(one.commune).str.to_uppercase().str.zfill(5)
        rows = table.with_columns(commune.alias("_commune"), year.alias("_year"))
        bad = rows.filter(
            pl.col("_commune").is_null()
            | (pl.col("_commune").str.len_chars() != 5)
            | (pl.col("_year").is_null() if one.year else pl.lit(value=False))
        ).height
        if bad or rows.is_empty():
            lacking = Clause(
                f"{bad} rows without a commune of five characters or a year",
                f"{bad} ligne(s) sans commune de cinq caractères ou sans année",
            )
            raise SndsOmopError("SO-249", *lacking, where=one.file)
        long = pl.concat(
            [
                rows.select(
                    pl.lit(str(root)).alias("root"),
                    pl.lit(one.title).alias("area"),
                    pl.col("_commune").alias("commune"),
                    pl.col("_year").alias("area_year"),
                    pl.lit(measure).alias("measure"),
                    _text(measure).alias("value"),
                )
                for measure in one.values
            ]
        ).unique(maintain_order=True)
        key = ["commune", "area_year", "measure"]
        twice = long.height - long.select(key).unique().height
        if twice:
            raise SndsOmopError(
                "SO-249",
                f"{twice} communes have two values in one year",
                f"{twice} communes ont deux valeurs dans une année",
                where=one.file,
            )
        found.append(long)
    return pl.concat(found)


def _columns(root: Path, file: str, wanted: Sequence[str], code: str) -> pl.DataFrame:
    """A file with the declared columns under their declared names."""
    table = read_table_of_text(root / file, code)
    names = {name.strip().upper(): name for name in table.columns}
    missing = sorted({name for name in wanted if name.strip().upper() not in names})
    if missing:
        listed = ", ".join(missing)
        fault = Clause(f"no column {listed}", f"aucune colonne {listed}")
        raise SndsOmopError(code, *fault, where=file)
    return table.select(
        pl.col(names[name.strip().upper()]).alias(name) for name in dict.fromkeys(wanted)
    )


def _text(column: str) -> pl.Expr:
    stripped = pl.col(column).str.strip_chars()
    return pl.when((stripped != "") & ~stripped.is_in(list(MISSING_WORDS))).then(stripped)


def keep_linkage(
    workspace: Workspace, root: Path, declared: Declaration, replaced: str = ""
) -> None:
    """Keep what a delivery declares in place of what it, or the one it replaces, declared before.

    Raises:
        SndsOmopError: SO-248 or SO-249; then nothing changed.
    """
    fresh = (read_crosswalks(root, declared.crosswalk), read_areas(root, declared.area))
    for name, table in zip((CROSSWALKS, AREAS), fresh, strict=True):
        path = workspace.state / name
        if table.is_empty() and not path.is_file():
            continue
        former = read_table(path) if path.is_file() else table.clear()
        others = former.filter(~pl.col("root").is_in([str(root), replaced]))
        kept = pl.concat([others, table])
        if not kept.equals(former):
            _write(path, kept)
            # what the next build writes again: it has something to do
            (workspace.lake / "manifest" / name).unlink(missing_ok=True)
    forget_linked(workspace)


def write_linkage(workspace: Workspace) -> None:
    """Write what models read; both tables always exist."""
    forget_linked(workspace)
    folder = workspace.lake / "manifest"
    crosswalk = _kept(workspace, CROSSWALKS, _CROSSWALK)
    numbers = _numbers(workspace, sorted(set(crosswalk["crosswalk"])))
    schema = {"crosswalk": pl.String, "crosswalk_number": pl.Int32}
    numbered = crosswalk.join(
        pl.DataFrame(list(numbers.items()), schema=schema, orient="row"), on="crosswalk", how="left"
    ).select(
        "crosswalk_number",
        pl.col("crosswalk").alias("crosswalk_name"),
        external_number().alias("external_number"),
        "person_name",
        "index_date",
        "is_dated",
    )
    _write(folder / CROSSWALKS, numbered)
    _write(folder / AREAS, _kept(workspace, AREAS, _AREA).drop("root"))


def external_number() -> pl.Expr:
    """Number of an external id in its crosswalk: its rank, which states nothing of it."""
    return pl.col("external_id").rank("dense").over("crosswalk").cast(pl.Int32)


def forget_linked(workspace: Workspace) -> int:
    """Take the keys of excluded persons out; how many rows left."""
    withdrawn = read_withdrawn(workspace)
    path = workspace.state / CROSSWALKS
    if not withdrawn.persons or not path.is_file():
        return 0
    secret, held = secret_of(workspace), withdrawn.digests
    table = read_table(path)
    leaving = {
        name
        for name in set(table["person_name"])
        if any(keyed(secret, kind, name) in held for kind in KINDS)
    }
    if not leaving:
        return 0
    _write(path, table.filter(~pl.col("person_name").is_in(list(leaving))))
    # they are written again by the next build
    (workspace.lake / "manifest" / CROSSWALKS).unlink(missing_ok=True)
    (workspace.state / LINKED).unlink(missing_ok=True)
    return int(table.filter(pl.col("person_name").is_in(list(leaving))).height)


def read_kept(workspace: Workspace) -> pl.DataFrame:
    """Crosswalks as they are kept, external ids included."""
    return _kept(workspace, CROSSWALKS, _CROSSWALK)


def _kept(workspace: Workspace, name: str, schema: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    path = workspace.state / name
    return read_table(path) if path.is_file() else pl.DataFrame(schema=schema)


def _numbers(workspace: Workspace, names: Sequence[str]) -> dict[str, int]:
    """Cohort number of each crosswalk: given once, never to another."""
    path = workspace.state / NUMBERS
    try:
        known: dict[str, int] = dict(read_record(path)["numbers"]) if path.is_file() else {}
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(path) from error
    added = {
        name: max(known.values(), default=0) + rank
        for rank, name in enumerate((name for name in names if name not in known), start=1)
    }
    if added:
        write_whole(path, json.dumps({"numbers": {**known, **added}}, ensure_ascii=False))
    return {**known, **added}


def _write(path: Path, table: pl.DataFrame) -> None:
    draft = path.with_suffix(".draft")
    table.write_parquet(draft)
    draft.chmod(0o600)
    draft.replace(path)
