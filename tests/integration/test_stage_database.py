"""The generator's tables in a real PostgreSQL give the lake, and the CDM, that its files give."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.configuration import load_settings
from etl.contracts.models import Column
from etl.contracts.registry import contracts, recognise
from etl.errors import SndsOmopError
from etl.loaders import Delivery, StageReport, stage
from etl.loaders.stage_database import stage_database
from etl.progress import Silent
from etl.settings import Settings
from etl.synthetic import generate
from etl.transform import build
from etl.vocabulary import load_demo
from etl.workspace import Workspace
from tests import postgres_server
from tests.cdm_content import content, differences

psycopg = pytest.importorskip("psycopg", reason="needs the extra `postgres`")
pytestmark = [
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.skipif(
        postgres_server.binaries() is None,
        reason="PostgreSQL server not found: apt-get install postgresql",
    ),
]
SETTINGS = Settings()
# What the CNAM's Oracle views hold for each type of our contracts (dates carry a time there).
_TYPES = {
    "date": "timestamp", "integer": "bigint", "numeric_code": "numeric(18)", "month": "char(8)",
}  # fmt: skip
PASSWORD = "not-to-be-shown"  # noqa: S105 - of a server that lives as long as the test


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("delivery")
    generate(folder, persons=60, seed=3, years=range(2018, 2020))
    return folder


@pytest.fixture(scope="module")
def files(delivery: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """What the files give."""
    workspace = new_workspace(tmp_path_factory.mktemp("files"))
    stage(delivery, workspace, SETTINGS)
    return workspace


@pytest.fixture(scope="module")
def url(delivery: Path, files: Workspace) -> Iterator[str]:
    """A server in another time zone, with every table of the delivery in the schema `oravue`."""
    with postgres_server.running() as address:
        with psycopg.connect(address) as server:
            server.execute("alter database postgres set timezone to 'America/Cayenne'")
            server.execute("create schema oravue")
            for path in sorted(delivery.glob("*.csv")):
                fill(server, path)
        yield address.replace("tester@", f"tester:{PASSWORD}@")


def new_workspace(root: Path) -> Workspace:
    workspace = Workspace(root / "workspace")
    workspace.create()
    return workspace


def fill(server: Any, path: Path) -> None:
    """A table like a file of the generator, with the types that a database would have."""
    known = recognise(path.name)
    if known is None:
        return
    rows = pl.read_csv(path, separator=";", infer_schema=False)
    declared = {column.name: column for column in known.contract.columns}
    types = {name: sql_type(declared.get(name)) for name in rows.columns}
    table = f"oravue.{path.stem.lower()}"
    columns = ", ".join(f"{name.lower()} {kind}" for name, kind in types.items())
    server.execute(f"create table {table} ({columns})")
    if not rows.height:
        return
    text = rows.select(value(name, kind) for name, kind in types.items())
    with server.cursor().copy(f"copy {table} from stdin (format csv)") as copy:
        copy.write(text.write_csv(include_header=False))


def sql_type(column: Column | None) -> str:
    if column is None or column.style:
        return "text"
    if column.type == "decimal":
        return f"numeric(18, {column.scale})"
    return _TYPES.get(column.type, "varchar(80)")


def value(name: str, kind: str) -> pl.Expr:
    if kind != "timestamp":
        return pl.col(name)
    return pl.col(name).str.to_date("%d/%m/%Y").dt.strftime("%Y-%m-%d")


def take(url: str, workspace: Workspace, *tables: str, **options: Any) -> StageReport:
    return stage_database(url, workspace, SETTINGS, schema="oravue", tables=tables, **options)


def lake(workspace: Workspace, table: str) -> pl.DataFrame:
    """Rows of a table without their numbers, in an order of their own."""
    contract = contracts()[table]
    folder = workspace.lake / contract.product / contract.model_name
    rows = pl.read_parquet(folder / "**/*.parquet").drop("_row_id")
    return rows.sort(rows.columns)


def test_same_lake_and_same_cdm(url: str, files: Workspace, tmp_path: Path) -> None:
    workspace = new_workspace(tmp_path)
    report = take(url, workspace)
    assert not report.refused
    for table in contracts():
        assert lake(workspace, table).equals(lake(files, table)), table
    candidates = []
    for each in (files, workspace):
        settings = load_settings(environment={})
        load_demo(each, settings)
        build(each, settings, progress=Silent())
        candidates.append(content(each.candidate))
    assert candidates[0]["drug_exposure"]
    assert differences(*candidates) == {}


def test_flux_months_are_the_parts(url: str, tmp_path: Path) -> None:
    workspace = new_workspace(tmp_path)
    report = take(url, workspace, "er_prs_f", "IR_BEN_R")
    names = [file.name for file in report.files]
    assert names[0] == "db:IR_BEN_R"
    assert "db:ER_PRS_F_2018/2018-06" in names
    months = pl.read_parquet(workspace.lake / "dcir/er_prs_f/f*/*.parquet", include_file_paths="p")
    assert months.group_by("p").agg(pl.col("FLX_DIS_DTD").n_unique())["FLX_DIS_DTD"].max() == 1
    staged = Delivery.load(workspace.manifest)
    assert [file.name for file in staged.files if file.table == "ER_PRS_F"] == names[1:]


def test_a_second_reading_numbers_rows_alike(url: str, tmp_path: Path) -> None:
    one, other = new_workspace(tmp_path / "one"), new_workspace(tmp_path / "other")
    for workspace in (one, other):
        take(url, workspace, "ER_PRS_F")
    parts = [pl.read_parquet(w.lake / "dcir/er_prs_f/f*/*.parquet") for w in (one, other)]
    assert parts[0].equals(parts[1])
    take(url, one, "ER_PRS_F", again=True)
    assert pl.read_parquet(one.lake / "dcir/er_prs_f/f*/*.parquet").equals(parts[0])


def test_what_is_done_is_not_done_again(url: str, tmp_path: Path, monkeypatch: Any) -> None:
    """A cut run keeps its finished months; the next one reads only the others."""
    from etl.loaders import stage_database as module

    workspace = new_workspace(tmp_path)
    seen: list[str] = []
    real = module.load_rows

    def cut(origin: Any, *arguments: Any) -> Any:
        if len(seen) == 5:
            raise KeyboardInterrupt
        seen.append(origin.name)
        return real(origin, *arguments)

    monkeypatch.setattr(module, "load_rows", cut)
    with pytest.raises(KeyboardInterrupt):
        take(url, workspace, "ER_PRS_F")
    monkeypatch.setattr(module, "load_rows", real)
    report = take(url, workspace, "ER_PRS_F")
    assert [file.name for file in report.of("unchanged")] == seen
    assert len(report.of("staged")) > 5
    assert take(url, workspace, "ER_PRS_F").counts == {"unchanged": len(report.files)}


def test_a_new_month_touches_that_month_only(url: str, tmp_path: Path) -> None:
    workspace = new_workspace(tmp_path)
    take(url, workspace, "ER_ARO_F", "IR_BEN_R")
    with psycopg.connect(url) as server:
        server.execute(
            "insert into oravue.er_aro_f_2019 (dct_ord_num, flx_dis_dtd, flx_emt_num, flx_emt_ord, "
            "flx_emt_typ, flx_trt_dtd, org_cle_num, prs_ord_num, rem_typ_aff) "
            "values (1, '2031-05-01', 1, 1, 1, '2031-04-02', '01C751234', 1, 1)"
        )
        server.execute("update oravue.ir_ben_r set ben_rng_gem = ben_rng_gem + 7")
    try:
        report = take(url, workspace, "ER_ARO_F", "IR_BEN_R")
        staged = [file.name for file in report.of("staged")]
        # the register of persons changes in place: it is read again whatever its number of rows
        assert staged == ["db:IR_BEN_R", "db:ER_ARO_F_2019/2031-05"]
    finally:
        with psycopg.connect(url) as server:
            server.execute("delete from oravue.er_aro_f_2019 where flx_dis_dtd = '2031-05-01'")
            server.execute("update oravue.ir_ben_r set ben_rng_gem = ben_rng_gem - 7")
    report = take(url, workspace, "ER_ARO_F", "IR_BEN_R")
    assert [file.name for file in report.of("removed")] == ["db:ER_ARO_F_2019/2031-05"]


def test_no_day_is_lost_between_time_zones(url: str, tmp_path: Path) -> None:
    """Midnight of Paris is the day before in Cayenne, where this server thinks it is."""
    with psycopg.connect(url) as server:
        server.execute(
            "create table oravue.ir_ben_r_arc as select ben_nir_psa, ben_rng_gem, ben_nir_ano, "
            "'2019-03-01 00:00+01'::timestamptz as ben_dcd_dte from oravue.ir_ben_r limit 1"
            if not server.execute("select to_regclass('oravue.ir_ben_r_arc')").fetchone()[0]
            else "alter table oravue.ir_ben_r_arc alter ben_dcd_dte type timestamptz "
            "using '2019-03-01 00:00+01'::timestamptz"
        )
    workspace = new_workspace(tmp_path)
    take(url, workspace, "IR_BEN_R_ARC")
    days = lake(workspace, "IR_BEN_R_ARC")["BEN_DCD_DTE"].unique().to_list()
    assert [day.isoformat() for day in days] == ["2019-03-01"]


def test_times_without_zone_and_odd_text(url: str, tmp_path: Path) -> None:
    """Midnights of Paris in UTC are the French day; text may hold what CSV is made of."""
    odd = ("A;B", 'A"B', "A\nB", "", None, "  A ", "é", "NA")
    with psycopg.connect(url) as server:
        server.execute("create schema odd")
        server.execute(
            "create table odd.ir_ben_r_arc (ben_nir_psa varchar(20), ben_rng_gem int, "
            "ben_sex_cod char(1), ben_dcd_dte timestamp, ben_res_com varchar(20))"
        )
        for rank, text in enumerate(odd):
            moment = "2019-01-14 23:00" if rank % 2 else "2019-07-14 22:00"
            server.execute(
                "insert into odd.ir_ben_r_arc values (%s, 1, '1', %s, %s)",
                (f"PSA{rank}", moment, text),
            )
    workspace = new_workspace(tmp_path)
    stage_database(url, workspace, SETTINGS, schema="odd")
    rows = lake(workspace, "IR_BEN_R_ARC").sort("BEN_NIR_PSA")
    days = {rank % 2: day.isoformat() for rank, day in enumerate(rows["BEN_DCD_DTE"])}
    assert days == {0: "2019-07-15", 1: "2019-01-15"}
    assert rows["BEN_RES_COM"].to_list() == ["A;B", 'A"B', "A\nB", None, None, "A", "é", None]
    file = Delivery.load(workspace.manifest).files[0]
    assert (file.lines.physical, file.rows_read) == (len(odd), len(odd))


def test_a_batch_ends_with_a_row(
    url: str, files: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("etl.loaders.copy_stream.BLOCK_SIZE", 100)
    workspace = new_workspace(tmp_path)
    take(url, workspace, "IR_BEN_R", "ER_PRS_F_2018")
    assert lake(workspace, "IR_BEN_R").equals(lake(files, "IR_BEN_R"))
    whole = lake(files, "ER_PRS_F").filter(pl.col("_source_year") == 2018)
    assert lake(workspace, "ER_PRS_F").equals(whole)


def test_a_query_that_stops_gives_a_code_and_no_value(url: str, tmp_path: Path) -> None:
    with psycopg.connect(url) as server:
        server.execute("create schema stops")
        server.execute(
            "create view stops.ir_pha_r as select 'A'::text as pha_cip_c13, "
            "('SECRET' || generate_series(9, 9))::int::text as pha_atc_c07"
        )
    with pytest.raises(SndsOmopError) as stopped:
        stage_database(url, new_workspace(tmp_path), SETTINGS, schema="stops")
    assert (stopped.value.code, "SECRET" in str(stopped.value)) == ("SO-115", False)
    assert "22P02" in str(stopped.value)


@pytest.mark.parametrize("table", ["IR_NAT_V", "T_MCO99B", "ER_PRS_F_2005"])
def test_wrong_names_are_refused(url: str, tmp_path: Path, table: str) -> None:
    with pytest.raises(SndsOmopError) as refused:
        take(url, new_workspace(tmp_path), table)
    assert refused.value.code == "SO-118"


def test_a_contracts_name_means_all_its_years(url: str, tmp_path: Path) -> None:
    report = take(url, new_workspace(tmp_path), "T_MCOaaB")
    assert [(f.name, f.year) for f in report.files] == [
        ("db:T_MCO18B", 2018), ("db:T_MCO19B", 2019),
    ]  # fmt: skip


def test_a_table_that_is_another_is_refused(url: str, tmp_path: Path) -> None:
    with psycopg.connect(url) as server:
        server.execute("create or replace view oravue.er_bio_f_2001 as select 1 as x")
    try:
        report = take(url, new_workspace(tmp_path), "ER_BIO_F_2001", "IR_BEN_R")
    finally:
        with psycopg.connect(url) as server:
            server.execute("drop view oravue.er_bio_f_2001")
    assert [file.code for file in report.refused] == ["SO-203"]
    assert report.of("staged")


def test_nothing_secret_is_kept_or_shown(
    url: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from etl.cli import execute

    root = tmp_path / "workspace"
    common = ["--workspace", str(root), "--debug", "stage", "--schema", "oravue"]
    for address in (url, url.replace("postgres?", "none").replace("/postgres", "/nowhere")):
        execute([*common, "--from-db", address, "--tables", "IR_BEN_R"])
    shown = "".join(capfd.readouterr())
    assert "SO-115" in shown
    kept = "".join(p.read_text(errors="ignore") for p in (root / "state").rglob("*.json"))
    assert "db:IR_BEN_R" in kept
    for secret in (PASSWORD, "tester"):
        assert secret not in shown
        assert secret not in kept
