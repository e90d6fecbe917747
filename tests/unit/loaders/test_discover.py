"""Files are known by their names; the others are said, never guessed."""

from __future__ import annotations

from pathlib import Path

from etl.loaders.discover import Found, discover
from etl.settings import InputSettings


def found(root: Path, *names: str, year: int | None = None, infra_annual: bool = False) -> Found:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    return discover(root, InputSettings(infra_annual=infra_annual), year)


def test_names_in_any_case_and_folder(tmp_path: Path) -> None:
    names = ("b/er_prs_f_2019.CSV", "a/ER_PRS_F_2018.csv.gz", "IR_BEN_R.parquet", "T_MCO09d.csv")
    candidates = found(tmp_path, *names).candidates
    assert [(c.name, c.contract.table, c.year) for c in candidates] == [
        ("IR_BEN_R.parquet", "IR_BEN_R", None),
        ("a/ER_PRS_F_2018.csv.gz", "ER_PRS_F", 2018),
        ("b/er_prs_f_2019.CSV", "ER_PRS_F", 2019),
        ("T_MCO09d.csv", "T_MCOaaD", 2009),
    ]


def test_unknown_names_are_said(tmp_path: Path) -> None:
    result = found(tmp_path, "README.md", "ER_PRS_F.txt", "MY_TABLE.csv", ".hidden", ".git/x.csv")
    assert result.candidates == ()
    assert [(o.name, o.code) for o in result.others] == [
        ("ER_PRS_F.txt", "SO-234"),
        ("MY_TABLE.csv", "SO-234"),
        ("README.md", "SO-234"),
    ]


def test_a_literal_aa_takes_its_year_from_the_user(tmp_path: Path) -> None:
    refused = found(tmp_path, "T_MCOaaD.csv").others[0]
    assert (refused.status, refused.code) == ("refused", "SO-112")
    assert found(tmp_path, year=2019).candidates[0].year == 2019


def test_the_year_of_the_user_touches_no_other_name(tmp_path: Path) -> None:
    candidates = found(tmp_path, "ER_PRS_F.csv", "T_MCO18D.csv", year=2019).candidates
    assert [candidate.year for candidate in candidates] == [None, 2018]


def test_infra_annual_files_are_left_aside_unless_asked(tmp_path: Path) -> None:
    aside = found(tmp_path, "T_MCO19_06B.csv").others[0]
    assert (aside.status, aside.code) == ("ignored", "SO-236")
    candidate = found(tmp_path, infra_annual=True).candidates[0]
    assert (candidate.contract.table, candidate.year) == ("T_MCOaaB", 2019)


def test_a_broken_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "T_MCO19D.csv").symlink_to(tmp_path / "gone.csv")
    refused = found(tmp_path).others[0]
    assert (refused.status, refused.code) == ("refused", "SO-211")
