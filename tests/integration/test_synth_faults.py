"""Faults of a run (`synth --faults FILE`): what the answer key states is what staging finds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from etl.cli import cli, execute
from etl.errors import SndsOmopError
from etl.synthetic import generate
from etl.synthetic.faults import CASES, Faults, read_faults

YEARS = range(2019, 2021)
#: One file for each kind of damage.
FAULTS = """
[[file]]
fault = "extra_field"
name = "T_MCO19D"
[[file]]
fault = "key_gone"
name = "ER_PRS_F_2019"
number = 12
[[file]]
fault = "zero_byte"
name = "T_MCO20A"
number = 5
[[file]]
fault = "header_again"
name = "ER_PHA_F_2020"
number = 2
[[file]]
fault = "stray_quote"
name = "ER_BIO_F_2019"
number = 4
[[file]]
fault = "marker"
name = "T_MCO*B"
number = 10
[[file]]
fault = "blank_line"
name = "ER_CAM_F_2020"
[[file]]
fault = "footer"
name = "IR_IMB_R"
[[file]]
fault = "quoted"
name = "ER_PHA_F_2019"
[[file]]
fault = "utf16"
name = "ER_CAM_F_2019"
[[file]]
fault = "parts"
name = "ER_PRS_F_2020"
number = 3
[[file]]
fault = "twice"
name = "T_MCO20UM"
[[file]]
fault = "cut"
name = "ER_TIP_F_2020"
number = 40
[[file]]
fault = "missing"
name = "T_MCO20D"
[[file]]
fault = "empty"
name = "ER_ETE_F_2019"
[[file]]
fault = "damaged_gzip"
name = "ER_ARO_F_2020"
"""


def _answers(folder: Path, name: str) -> list[dict[str, Any]]:
    path = folder / "answers" / f"{name}.csv"
    return pl.read_csv(path, separator=";", infer_schema=False).to_dicts()


def test_staging_finds_what_the_key_states(tmp_path: Path) -> None:
    """Fate, code and quarantine of every damaged file; no other line is lost."""
    stated, made = tmp_path / "faults.toml", tmp_path / "made"
    # lines that other planted cases take out are left out
    stated.write_text(f"[planted]\nno_date = 0\n{FAULTS}", encoding="utf-8")
    asked = ["synth", "--output", str(made), "--persons", "80", "--years", "2019-2020"]
    result = CliRunner().invoke(cli, [*asked, "--faults", str(stated)], standalone_mode=False)
    assert result.exception is None
    workspace = tmp_path / "workspace"
    runner = CliRunner()
    with runner.isolated_filesystem(tmp_path):
        code = execute(["--workspace", str(workspace), "--json", "stage", "--input", str(made)])
    assert code == 4  # two files are refused
    manifest = json.loads((workspace / "state" / "delivery.json").read_text())
    staged = {file["name"]: file for file in manifest["files"]}
    rows = {path.stem: path.read_bytes().count(b"\n") - 1 for path in made.glob("*.csv")}
    damaged = {row["file"]: row for row in _answers(made, "faults")}
    assert {row["fault"] for row in damaged.values()} == {
        one.split('"')[1] for one in FAULTS.splitlines() if one.startswith("fault")
    }
    for name, row in damaged.items():
        if row["fate"] != "loaded":
            assert name not in staged, name
            assert (made / name).is_file() == (row["fate"] != "absent"), name
            continue
        found = staged[name]["rejected"]
        least, most = int(row["quarantined_at_least"]), int(row["quarantined_at_most"])
        assert least <= sum(found.values()) <= most, (name, found)
        if least:
            assert found == {row["code"]: least}, name
    others = set(staged) - set(damaged)
    assert len(others) > 100 and not any(staged[name]["rejected"] for name in others)
    assert sum(staged[f"ER_PRS_F_2020_part{rank}.csv"]["rows_staged"] for rank in (1, 2, 3)) > 0
    assert staged["T_MCO20UM.csv"]["rows_staged"] == rows["T_MCO20UM"]


def test_lines_in_quarantine_are_those_of_the_key(tmp_path: Path) -> None:
    faults = Faults.model_validate(
        {"all": 0, "file": [{"fault": "zero_byte", "name": "T_MCO20B", "number": 4}]}
    )
    generate(tmp_path / "made", persons=80, seed=2, years=YEARS, faults=faults)
    execute(["--workspace", str(tmp_path / "w"), "stage", "--input", str(tmp_path / "made")])
    lines = pl.read_parquet(next((tmp_path / "w" / "quarantine").rglob("t_mcoaab/*.parquet")))
    (row,) = _answers(tmp_path / "made", "faults")
    assert " ".join(str(one) for one in lines["line"].sort()) == row["lines_damaged"]


@pytest.fixture(scope="module")
def doses(tmp_path_factory: pytest.TempPathFactory) -> dict[float, pl.DataFrame]:
    """Planted cases by dose, of the same persons."""
    found = {}
    for dose in (0.0, 1.0, 4.0):
        folder = tmp_path_factory.mktemp(f"dose{dose:.0f}")
        made = generate(folder, persons=900, seed=3, years=range(2014, 2020),
                        faults=Faults(all=dose), file_format="parquet")  # fmt: skip
        found[dose] = made.traps.group_by("trap").agg(pl.col("rows_planted").sum())
    return found


#: What care itself brings: lines of hospitals and clinics in DCIR, twins, bills, weeks of stays.
OF_CARE = {
    "ambulatory_act_without_person", "anaesthesia_in_stay", "bill_recorded_in_dcir",
    "certificate_without_unique_person", "information_line", "month_in_a_nursing_home",
    "payment_without_event", "private_bill_in_both", "private_drug_in_both",
    "private_stay_in_dcir", "pseudonym_of_twins", "public_hospital_invoice",
    "retrocession_in_both", "statement_of_a_stay_that_is_valued", "stay_not_valued",
    "week_of_the_year_before",
}  # fmt: skip


def test_a_dose_of_nothing_plants_nothing(doses: dict[float, pl.DataFrame]) -> None:
    assert set(doses[0]["trap"]) <= OF_CARE
    assert len(set(doses[1]["trap"]) - OF_CARE) > 35


def test_a_dose_of_four_plants_more_of_each(doses: dict[float, pl.DataFrame]) -> None:
    both = doses[1].join(doses[4], on="trap", suffix="_4").filter(~pl.col("trap").is_in(OF_CARE))
    assert both.height > 35
    # small runs hold little to change: some cases are as many as there can be
    fewer = both.filter(pl.col("rows_planted_4") <= pl.col("rows_planted"))
    assert fewer["trap"].to_list() == []
    assert (both["rows_planted_4"] / both["rows_planted"]).median() > 3


def test_one_case_alone_is_switched_off() -> None:
    faults = Faults(all=2, planted={"no_date": 0})
    assert faults.dose("no_date") == 0 and faults.dose("sentinel_date") == 2
    assert faults.share("stale_rights", 0.6) == 1.0
    assert all(faults.dose(case) in (0, 2) for case in CASES)


@pytest.mark.parametrize(
    "text",
    [
        "all = -1",
        "[planted]\nno_dat = 2",
        "[[file]]\nfault = 'burnt'\nname = 'ER_PRS_F_2019'",
        "[[file]]\nfault = 'cut'\nname = 'ER_PRS_F_2019'\nhow = 3",
        "all = ",
    ],
)
def test_a_file_of_faults_that_is_wrong_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "faults.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SndsOmopError) as raised:
        read_faults(path)
    assert raised.value.code == "SO-141"


@pytest.mark.parametrize(
    ("names", "file_format"),
    [(["T_MCO99B"], "csv"), (["T_MCO19B", "T_MCO19B"], "csv"), (["T_MCO19B"], "parquet")],
)
def test_files_that_cannot_be_damaged_are_named(
    tmp_path: Path, names: list[str], file_format: str
) -> None:
    """Unknown, damaged already, or no CSV; the folder may be written again."""
    wanted = [{"fault": "empty", "name": name} for name in names]
    faults = Faults.model_validate({"file": wanted})
    with pytest.raises(SndsOmopError) as raised:
        generate(
            tmp_path, persons=5, seed=1, years=YEARS, faults=faults,
            file_format=file_format,  # type: ignore[arg-type]
        )  # fmt: skip
    assert raised.value.code == "SO-141"
    generate(tmp_path, persons=5, seed=1, years=YEARS)
