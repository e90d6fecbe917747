"""Residence and affiliation as DCIR writes them: mainland, Corsica, overseas, each scheme its way.

The rules are those of R29, read backwards: what is written here must rebuild the INSEE commune.
"""

from __future__ import annotations

import polars as pl

from etl.synthetic.options import day
from etl.synthetic.population import settings
from etl.synthetic.world import World

#: The scheme of the self-employed joined the general scheme on this day.
RSI_END = day(2020, 1, 1)


def _written(insee: str, organism: str) -> tuple[str, str]:
    """Department and commune as written by a scheme."""
    department, commune = insee[:2], insee[2:]
    if department in ("2A", "2B"):
        return ("209", commune) if organism == "02A" else (f"0{department}", commune)
    if department == "97":
        if organism == "02A":
            return insee[:3], commune
        if organism == "03A":
            return insee[:3], f"0{insee[3:]}"
        return "097", commune
    return f"0{department}", commune


def _table(world: World) -> pl.DataFrame:
    rows = []
    for scheme, row in enumerate(settings()["schemes"].values()):
        for commune, insee in enumerate(world.communes["insee"]):
            department, code = _written(insee, row["org"])
            rows.append(
                (scheme, commune, department, code, f"{row['org']}{department}000",
                 row["group"], row["code"], insee)
            )  # fmt: skip
    columns = [
        "scheme", "commune", "res_department", "res_commune", "organism", "scheme_group",
        "scheme_code", "insee",
    ]  # fmt: skip
    schema = {"scheme": pl.Int8, "commune": pl.Int32}
    return pl.DataFrame(rows, schema=columns, orient="row").cast(dict(schema.items()))


def residence(frame: pl.DataFrame, world: World) -> pl.DataFrame:
    """Adds res_department, res_commune, organism, scheme_group, scheme_code to rows with
    ``scheme``, ``commune`` and ``day``."""
    names = list(settings()["schemes"])
    rsi, general = names.index("independents"), names.index("general")
    joined = frame.with_columns(
        scheme=pl.when((pl.col("scheme") == rsi) & (pl.col("day") >= RSI_END))
        .then(general)
        .otherwise("scheme")
        .cast(pl.Int8)
    )
    return joined.join(_table(world), on=["scheme", "commune"], how="left", maintain_order="left")
