"""Writes claims the SNDS way: ER_PRS_F and its affinée tables, one file per year of flux."""

from __future__ import annotations

import numpy as np
import polars as pl

from etl.synthetic import dcir_more
from etl.synthetic.catalogue import ACT, DEVICE, DRUG, HOSPITAL_DRUG, TEST, catalogue
from etl.synthetic.claims import Claims
from etl.synthetic.identities import Identities
from etl.synthetic.items import CLINIC, PRIVATE_STAY
from etl.synthetic.options import Options, day
from etl.synthetic.residence import residence
from etl.synthetic.simplified import simplified
from etl.synthetic.streams import Streams
from etl.synthetic.traps import Planted, portion
from etl.synthetic.world import World
from etl.synthetic.write import Tables
from etl.synthetic.written import cents, month, text_day, ucd

KEYS = (
    "DCT_ORD_NUM", "FLX_DIS_DTD", "FLX_EMT_NUM", "FLX_EMT_ORD", "FLX_EMT_TYP", "FLX_TRT_DTD",
    "ORG_CLE_NUM", "PRS_ORD_NUM", "REM_TYP_AFF",
)  # fmt: skip
#: Added to the claim number of a detail whose line does not exist.
_NOWHERE = 900_000_000
_CIP7_END = 2014
_NO_PROVIDER = "00000000"


def _people(identities: Identities, lines: pl.DataFrame, world: World) -> pl.DataFrame:
    """Lines with pseudonym, residence, scheme and age on the day of care."""
    columns = [
        "person", "psa_a", "psa_b", "rank", "switch", "cdi", "birth_year", "birth", "sex", "death",
        "scheme",
    ]  # fmt: skip
    seen = lines.join(
        identities.people.select(columns), on="person", how="left", maintain_order="left"
    )
    seen = seen.with_columns(
        psa=pl.when(pl.col("day") >= pl.col("switch")).then("psa_b").otherwise("psa_a"),
        months=((pl.col("day") - pl.col("birth")) / 30.4375).floor().cast(pl.Int32),
    )
    return residence(seen, world)


def _keyed(lines: pl.DataFrame, streams: Streams) -> pl.DataFrame:
    """The nine keys: the block is the sender, the claim its number, lines are ranked within."""
    return lines.sort("claim", "line").with_columns(
        DCT_ORD_NUM=pl.col("claim") + 1,
        FLX_DIS_DTD=text_day("available"),
        FLX_EMT_NUM=pl.lit(streams.block % 9000 + 1),
        FLX_EMT_ORD=pl.lit(streams.block // 9000 + 1),
        FLX_EMT_TYP=pl.lit(1),
        FLX_TRT_DTD=text_day("treated"),
        ORG_CLE_NUM=pl.col("organism"),
        PRS_ORD_NUM=pl.int_range(1, pl.len() + 1).over("claim"),
        REM_TYP_AFF=pl.col("rem_type"),
    )


def _providers(lines: pl.DataFrame, world: World) -> pl.DataFrame:
    own = world.providers.with_row_index("provider").with_columns(pl.col("provider").cast(pl.Int32))
    executor = own.select(
        exe="provider", exe_number="number", exe_speciality="speciality", exe_activity="activity"
    )
    prescriber = own.select(
        pre="provider",
        pre_number="number",
        pre_speciality="speciality",
        pre_activity="activity",
        pre_salaried=pl.col("type") == world.types["hospital_doctor"],
    )
    sites = world.hospitals.with_row_index("row").select(
        site=pl.col("row").cast(pl.Int32), finess8="finess8", category="category"
    )
    return (
        lines.join(executor, on="exe", how="left", maintain_order="left")
        .join(prescriber, on="pre", how="left", maintain_order="left")
        .join(sites, on="site", how="left", maintain_order="left")
    )


def _prs(lines: pl.DataFrame) -> pl.DataFrame:
    """Columns of ER_PRS_F."""
    salaried = pl.col("exe_number").is_null() & pl.col("site").ge(0)
    paid = pl.col("base") + pl.col("overrun") * pl.col("sign")
    refunded = (pl.col("base") * pl.col("rate") / 100).round().cast(pl.Int64)
    early = pl.col("months") < 24
    anonymous = (pl.col("fate") == "R07") & (pl.col("identity") == "real")
    return lines.select(
        *KEYS,
        BEN_NIR_PSA="psa",
        BEN_RNG_GEM="rank",
        BEN_CDI_NIR="cdi",
        BEN_NAI_ANN="birth_year",
        BEN_SEX_COD="sex",
        BEN_AMA_COD=pl.when(early)
        .then(1000 + pl.col("months").clip(0))
        .otherwise(pl.col("months") // 12),
        BEN_RES_DPT="res_department",
        BEN_RES_COM="res_commune",
        BEN_DCD_DTE=pl.when(pl.col("death") <= pl.col("treated"))
        .then(text_day("death"))
        .otherwise(pl.date(1600, 1, 1)),
        EXE_SOI_DTD=text_day("day"),
        EXE_SOI_DTF=text_day("until"),
        EXE_SOI_AMD=pl.when(pl.col("fate") == "R04").then(pl.lit("160001")).otherwise(month("day")),
        PRE_PRE_DTD=pl.when(pl.col("pre") >= 0).then(text_day("day")),
        PRS_NAT_REF="prs",
        BSE_PRS_NAT=pl.when(pl.col("surcharge") == 0).then("prs").otherwise(0),
        CPL_PRS_NAT=pl.when(pl.col("surcharge") == 0).then(0).otherwise("prs"),
        CPL_MAJ_TOP="surcharge",
        CPL_AFF_COD="complement",
        PRS_ACT_QTE=pl.when(pl.col("kind") == DRUG).then(pl.col("sign")).otherwise("quantity"),
        PRS_ACT_NBR="quantity",
        PRS_ACT_CFT=pl.lit(1.0),
        DPN_QLF="dpn",
        PRS_DPN_QLP="dpn_second",
        PRS_PAI_MNT=paid / 100,
        PRS_DEP_MNT=pl.col("overrun") * pl.col("sign") / 100,
        BSE_REM_BSE=cents("base"),
        BSE_REM_MNT=refunded / 100,
        BSE_REM_PRU=cents("base") / pl.col("quantity"),
        CPL_REM_BSE=pl.lit(0.0),
        CPL_REM_MNT=pl.lit(0.0),
        RGO_REM_TAU=pl.col("rate").cast(pl.Float64),
        PFS_EXE_NUM=pl.when(salaried).then(pl.lit(_NO_PROVIDER)).otherwise("exe_number"),
        # Hospital doctors on salary are wrongly given the speciality of a general practitioner.
        PSE_SPE_COD=pl.when(salaried).then(1).otherwise("exe_speciality").fill_null(0),
        PSE_ACT_NAT=pl.col("exe_activity").fill_null(0),
        PSE_STJ_COD=pl.when(salaried).then(61).otherwise(51),
        PFS_PRE_NUM="pre_number",
        PSP_SPE_COD=pl.col("pre_speciality").fill_null(0),
        PSP_ACT_NAT=pl.col("pre_activity").fill_null(0),
        # Salaried prescribers are given the speciality of a general practitioner as well.
        PSP_STJ_COD=pl.when(pl.col("pre_salaried")).then(61)
        .when(pl.col("pre") >= 0).then(51).otherwise(0),
        EXE_LIE_COD=pl.when(pl.col("prs").is_in([1211, 1212, 3112])).then(1).otherwise(0),
        RGM_GRG_COD=pl.when(anonymous).then(1).otherwise("scheme_group"),
        RGM_COD=pl.when(anonymous).then(888).otherwise("scheme_code"),
        ORG_AFF_BEN="organism",
        BEN_CMU_TOP=pl.col("covered").cast(pl.Int8),
        BEN_C2S_TYP=pl.when(pl.col("covered") & (pl.col("day") >= day(2019, 11)))
        .then(pl.lit("P89")),
        EXO_MTF=pl.when(pl.col("exempt")).then(42).otherwise(0),
        MTM_NAT=pl.lit(0),
        RGO_ASU_NAT=pl.lit(10),
        RGO_ENV_TYP=pl.lit(1),
    )  # fmt: skip


def _ete(lines: pl.DataFrame) -> pl.DataFrame:
    """Establishment of execution: hospitals, and town lines that carry an empty field."""
    bare = (pl.col("site") < 0) & (pl.col("kind") == ACT) & (pl.col("line") % 4 == 0)
    rows = lines.filter((pl.col("site") >= 0) | bare)
    stay = pl.col("where") == PRIVATE_STAY
    return rows.select(
        *KEYS,
        ETB_EXE_FIN="finess8",
        ETE_IND_TAA=pl.col("taa").fill_null(0),
        ETE_CAT_COD=pl.col("category").fill_null(0),
        ETE_TYP_COD=pl.when(pl.col("where") == CLINIC).then(1).when(stay).then(3).otherwise(9),
        ETE_STJ_COD=pl.when(stay).then(9).otherwise(0),
        ETE_MCO_DDP=pl.when(stay)
        .then(pl.lit("C"))
        .when(pl.col("line") % 3 == 0)
        .then(pl.lit("X"))
        .when(pl.col("line") % 3 == 1)
        .then(pl.lit("Z")),
        ETE_GHS_NUM=pl.when(stay & (pl.col("ghs") > 0)).then("ghs"),
        MDT_COD=pl.when(stay).then(3).when(pl.col("where") == CLINIC).then(7).otherwise(0),
        PRS_PPU_SEC=pl.when(stay).then(2).when(pl.col("site") >= 0).then(1),
    )


def _details(claims: Claims, keyed: pl.DataFrame, orphans: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Affinée tables, with the keys of their lines."""
    keys = keyed.select("line", "available", "day", "where", *KEYS)
    rows = pl.concat(
        [
            claims.details.with_columns(lost=pl.lit(False)),
            orphans.with_columns(lost=pl.lit(True)),
        ]
    ).join(keys, on="line", how="inner", maintain_order="left")
    rows = rows.with_columns(
        DCT_ORD_NUM=pl.when("lost").then(pl.col("DCT_ORD_NUM") + _NOWHERE).otherwise("DCT_ORD_NUM")
    )
    codes = catalogue().frame.select(
        code=pl.col("index").cast(pl.Int32), text="code", units="units"
    )
    rows = rows.join(codes, on="code", how="left", maintain_order="left")
    year = text_day("day").dt.year()
    known = pl.col("fate") != "R25"
    both = ["available", *KEYS]
    old = (text_day("available").dt.year() <= _CIP7_END) & known
    drugs = rows.filter(pl.col("kind") == DRUG).select(
        *both,
        PHA_ORD_NUM="order",
        PHA_PRS_C13=pl.when(~known).then(pl.lit("0")).when(year > 2007).then("text"),
        PHA_PRS_IDE=pl.when(old).then(pl.col("text").str.slice(5, 7)),
        PHA_ACT_QSN="quantity",
        PHA_ACT_PRU=cents("price"),
        PHA_SEQ_RNV=pl.lit(0),
        PHA_SUB_MTF=pl.lit(0),
        PHA_MOD_PRN=pl.lit("C"),
    )
    return {
        "ER_PHA_F": drugs,
        "ER_BIO_F": rows.filter(pl.col("kind") == TEST).select(
            *both,
            BIO_ORD_NUM="order",
            # Delivered as a number: no leading zero.
            BIO_PRS_IDE=pl.col("text").str.strip_chars_start("0"),
            BIO_ACT_QSN="quantity",
        ),
        "ER_CAM_F": rows.filter(pl.col("kind") == ACT).select(
            *both,
            CAM_ORD_NUM="order",
            CAM_PRS_IDE="text",
            CAM_ACT_COD=pl.col("activity").cast(pl.String),
            CAM_TRT_PHA="phase",
            CAM_ASS_COD=pl.when(pl.col("order") > 1).then(pl.lit("2")).otherwise(pl.lit("1")),
            CAM_REM_BSE=cents("price"),
            CAM_ACT_PRU=cents("price"),
        ),
        "ER_TIP_F": rows.filter(pl.col("kind") == DEVICE).select(
            *both,
            TIP_ORD_NUM="order",
            TIP_PRS_IDE="text",
            TIP_ACT_QSN="quantity",
            # 1: bought; 7: delivered to the door.
            TIP_PRS_TYP=pl.when(pl.col("fate") == "R25b").then(7).otherwise(1),
            TIP_ACT_PRU=cents("price"),
            TIP_PUB_PRX=cents("price"),
        ),
        "ER_UCD_F": rows.filter(pl.col("kind") == HOSPITAL_DRUG).select(
            *both,
            UCD_ORD_NUM="order",
            UCD_UCD_COD=ucd(),
            UCD_DLV_NBR="quantity",
            UCD_FRC_COE=pl.lit(1.0),
            # 0: sold by a hospital to an outpatient; 1: in addition to a private stay.
            UCD_TOP_UCD=pl.when(pl.col("where") == PRIVATE_STAY).then(1).otherwise(0),
            UCD_TTF_MNT=cents("price"),
        ),
    }


def _other_payers(lines: pl.DataFrame) -> pl.DataFrame:
    """What C2S pays of the patient's share (ER_ARO_F)."""
    rest = pl.col("base") - (pl.col("base") * pl.col("rate") / 100).round().cast(pl.Int64)
    rows = lines.filter(pl.col("covered") & (rest != 0))
    return rows.select(
        *KEYS,
        ARO_ORD_NUM=pl.lit(1),
        ARO_REM_TYP=pl.lit(5),
        ARO_REM_MNT=rest / 100,
        ARO_REM_BSE=cents("base"),
        ARO_ASU_NAT=pl.lit(10),
        ARO_PRS_NAT="prs",
    )


def render(
    claims: Claims,
    orphans: pl.DataFrame,
    identities: Identities,
    streams: Streams,
    options: Options,
    world: World,
    planted: Planted,
    tables: Tables,
) -> pl.DataFrame:
    """Hand all DCIR tables over; returns the keyed lines, which the answers are made from."""
    lines = _providers(_people(identities, claims.lines, world), world)
    keyed = _keyed(lines, streams)
    frames = {
        "ER_PRS_F": _prs(keyed),
        "ER_ETE_F": _ete(keyed),
        "ER_ARO_F": _other_payers(keyed),
        **_details(claims, keyed, orphans),
        **dcir_more.transports(keyed, KEYS),
        **dcir_more.pensions(keyed, KEYS),
        "ER_LOT_F": dcir_more.batches(claims, keyed, KEYS),
        "ER_DCT_F": dcir_more.headers(keyed, KEYS),
    }
    if options.simplified:
        keys = identities.people.select("person", "key")
        persons = keyed.select("person").join(keys, on="person", how="left", maintain_order="left")
        frames = simplified(frames, persons["key"], KEYS)
    again = _overlap(keyed, streams, options)
    for name, frame in frames.items():
        frame = frame.drop("available", strict=False)
        years = frame["FLX_DIS_DTD"].dt.year()
        for year in sorted(years.unique().to_list()):
            tables.add(name, year, frame.filter(years == year))
        if name == "ER_DCT_F" or options.simplified:
            continue
        # Flux of January found in the archive of the year before as well (R13).
        twice = frame.join(again, on=list(KEYS), how="semi", maintain_order="left")
        planted.note("archived_twice", "R13", name, "superseded", twice.height)
        for year in sorted(twice["FLX_DIS_DTD"].dt.year().unique().to_list()):
            tables.add(name, year - 1, twice.filter(pl.col("FLX_DIS_DTD").dt.year() == year))
    _account(keyed, claims, planted)
    return keyed


def _overlap(keyed: pl.DataFrame, streams: Streams, options: Options) -> pl.DataFrame:
    """Keys of some plain lines of January and February flux."""
    flux = text_day("available")
    possible = keyed.filter(
        (pl.col("fate") == "")
        & (pl.col("sign") == 1)
        & flux.dt.month().is_in([1, 2])
        & (flux.dt.year() > options.first_year)
    )
    count = min(possible.height, portion(streams, options, "archived_twice", 5))
    rng = streams.rng("overlap")
    chosen = np.sort(rng.permutation(possible.height)[:count])
    return possible[chosen].select(*KEYS)


def _account(keyed: pl.DataFrame, claims: Claims, planted: Planted) -> None:
    """Lines and details that a rule takes, whatever planted them."""
    named = keyed.filter(pl.col("fate").str.starts_with("R"))
    table = {DRUG: "ER_PHA_F", TEST: "ER_BIO_F", ACT: "ER_CAM_F", DEVICE: "ER_TIP_F",
             HOSPITAL_DRUG: "ER_UCD_F"}  # fmt: skip
    for (fate,), rows in named.group_by("fate", maintain_order=True):
        planted.note(_TRAPS[str(fate)], str(fate), "ER_PRS_F", "excluded", rows.height)
        if str(fate) == "R23":  # the line is no visit; what was delivered still counts
            continue
        own = claims.details.join(rows.select("line"), on="line", how="semi")
        if str(fate) == "R18":  # drugs in addition to the tariff still count (R26)
            own = own.filter(pl.col("kind") != HOSPITAL_DRUG)
        for (kind,), details in own.group_by("kind", maintain_order=True):
            name = table[int(str(kind))]
            planted.note(_TRAPS[str(fate)], str(fate), name, "excluded", details.height)
    kept = keyed.filter((pl.col("fate") == "") & pl.col("dpn").is_null())
    planted.note("empty_qualifier_kept", "R05", "ER_PRS_F", "kept", kept.height)


_TRAPS = {
    "R04": "sentinel_date",
    "R06": "unknown_beneficiary",
    "R07": "fictitious_or_unidentified",
    "R11a": "care_before_birth",
    "R11b": "care_after_death",
    "R16": "information_line",
    "R17": "public_hospital_invoice",
    "R18": "private_stay_in_dcir",
    "R19": "surcharge",
    "R20": "reversal_without_original",
    "R23": "payment_without_event",
}
