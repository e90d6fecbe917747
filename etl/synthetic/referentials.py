"""Referentials, the same for every block: providers, hospitals of each field, drug packs."""

from __future__ import annotations

import polars as pl

from etl.synthetic.catalogue import packs
from etl.synthetic.options import Options
from etl.synthetic.world import HOME, PRIVATE, PSYCHIATRY, PUBLIC, REHABILITATION, World
from etl.synthetic.write import Tables

_FIELDS = {
    "T_MCOaaE": (PUBLIC, PRIVATE),
    "T_SSRaaE": (REHABILITATION,),
    "T_HADaaE": (HOME,),
    "T_RIPaaE": (PSYCHIATRY,),
}
# "OMEPRAZOLE 20 MG GELULE 28": one substance, one dose, one form. A label with two doses, or with
# a concentration, states no dose of a piece.
_LABEL = (
    r"^[A-Z][A-Z ]*?(?<release> LP)? (?<dose>\d+(?:,\d+)?) (?<unit>MG|MCG|G) "
    r"(?<form>GELULE|CPR EFF|CPR DISP|CPR|SACHET) \d+$"
)
_FORMS = {
    "GELULE": "GELULE",
    "CPR": "COMPRIME",
    "CPR EFF": "COMPRIME EFFERVESCENT",
    "CPR DISP": "COMPRIME DISPERSIBLE",
    "SACHET": "POUDRE EN SACHET",
}


def render(options: Options, world: World, tables: Tables) -> None:
    """Hand DA_PRA_R, BE_IDE_R, IR_PHA_R and the establishments of each year over."""
    # Salaried doctors of hospitals have no practice.
    own = world.providers.filter(pl.col("type") != world.types["hospital_doctor"])
    tables.add(
        "DA_PRA_R",
        None,
        own.select(
            PFS_PFS_NUM="number", DTE_ANN_TRT=pl.lit(str(options.last_year)),
            DTE_MOI_FIN=pl.lit("12"), PFS_PRA_SPE=pl.col("speciality").cast(pl.String).str.zfill(2),
            PFS_CAT_COD=pl.col("number").str.slice(2, 1), EXC_EXC_NAT=pl.lit("01"),
            STA_PFS_NUM="number", IPP_SEX_COD=(pl.int_range(pl.len()) % 2 + 1).cast(pl.String),
        ),
    )  # fmt: skip
    _establishments(world, tables)
    _packs(tables)
    for year in options.years:
        for table, kinds in _FIELDS.items():
            tables.add(table, year, _of_year(world, kinds, year))


def _of_year(world: World, kinds: tuple[int, ...], year: int) -> pl.DataFrame:
    """Establishments that declared stays; one of them has a new name each year."""
    rows = world.hospitals.filter(pl.col("kind").is_in(kinds))
    renamed = pl.int_range(pl.len()) == year % max(rows.height, 1)
    return rows.select(
        ETA_NUM="finess9",
        ETB_EXE_FIN="finess8",
        SOC_RAI=pl.when(renamed)
        .then(pl.concat_str("label", pl.lit(f" RENOMME EN {year}")))
        .otherwise("label"),
        STA_ETA=pl.when(pl.col("kind") == PRIVATE).then(pl.lit("3")).otherwise(pl.lit("1")),
    )


def _establishments(world: World, tables: Tables) -> None:
    """One row per site (kind 2 of IDE_ETA_TYP)."""
    places = (
        world.communes.with_row_index("row")
        .group_by("department", maintain_order=True)
        .agg(pl.col("insee").first(), pl.col("postal").first())
    )
    places = places.with_columns(
        place=pl.col("department").replace_strict(
            {name: rank for rank, name in enumerate(world.departments)}, return_dtype=pl.Int64
        )
    )
    rows = world.hospitals.join(places, on="place", how="left", maintain_order="left")
    tables.add(
        "BE_IDE_R",
        None,
        rows.select(
            IDE_ETA_NU8="finess8", IDE_ETA_NUM="finess9", IDE_ETA_NOM="label",
            IDE_CPT_RSC="label", IDE_ETA_TYP=pl.lit("2"),
            IDE_PSH_CAT=pl.col("category").cast(pl.String), IDE_BDI_COD="postal",
            IDE_INS_COM="insee",
        ),
    )  # fmt: skip


def _packs(tables: Tables) -> None:
    """IR_PHA_R: what a box holds, and of what strength where the label states one."""
    label = pl.col("label_fr")
    dose = label.str.extract_groups(_LABEL)
    form = dose.struct.field("form").replace_strict(_FORMS)
    described = packs().with_columns(
        dose=dose.struct.field("dose"),
        dose_unit=dose.struct.field("unit"),
        form=pl.when(dose.struct.field("release").is_not_null())
        .then(form + pl.lit(" LP"))
        .otherwise(form),
    )
    tables.add(
        "IR_PHA_R",
        None,
        described.select(
            PHA_CIP_C13="cip13", PHA_PRS_IDE="cip7", PHA_ATC_CLA="atc", PHA_ATC_C07="atc",
            PHA_ATC_C03=pl.col("atc").str.slice(0, 3), PHA_NOM_COURT="label_fr",
            PHA_PRD_LIB1="label_fr", PHA_UPC_NBR="units", PHA_UNT_NBR_DSES="units",
            PHA_DOS_PRA_DSES="dose", PHA_DOS_UNT_DSES="dose_unit", PHA_FRM_LIB="form",
            PHA_CND_TOP=pl.when(pl.col("units").cast(pl.Int32) >= 84).then(pl.lit("GC"))
            .otherwise(pl.lit("NGC")),
            PHA_GRD_CND=pl.when(pl.col("units").cast(pl.Int32) >= 84).then(pl.lit("O"))
            .otherwise(pl.lit("N")),
        ),
    )  # fmt: skip
