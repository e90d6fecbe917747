"""A delivery is looked at without being loaded: names, counts and months, never a value."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data_quality.report.profile_page import profile_page
from etl.cli import execute
from etl.delivery.declaration import read_declaration
from etl.delivery.profile import FileProfile, profile
from etl.delivery.proposal import proposed
from etl.settings import InputSettings

HEAD = (
    "DCT_ORD_NUM;FLX_DIS_DTD;FLX_EMT_NUM;FLX_EMT_ORD;FLX_EMT_TYP;FLX_TRT_DTD;ORG_CLE_NUM;"
    "PRS_ORD_NUM;REM_TYP_AFF;PHA_PRS_C13;PHA_ACT_QSN;PHA_NEW_COD"
)
CODE = "3400935955838"


def row(number: int, flux: str, code: str = CODE, packs: str = "1") -> str:
    return f"{number};{flux};7;2;1;{flux};01C351000;1;1;{code};{packs};x"


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    folder = tmp_path / "delivery"
    folder.mkdir()
    lines = [
        row(1, "01/01/2019"),
        row(2, "01/01/2019", code=""),
        row(3, "01/02/2019", packs="many"),
        row(4, "01/05/2019", code="NA"),
        "5;one field too few",
    ]
    (folder / "ER_PHA_F_2019.csv").write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
    (folder / "ER_PHA_F_2021.csv").write_text(f"{HEAD}\n{row(6, '01/01/2021')}\n", "utf-8")
    (folder / "ER_BIO_F_2019 (1).csv").write_text("a;b\n1;2\n", encoding="utf-8")
    (folder / "readme.md").write_text("papers", encoding="utf-8")
    return folder


def test_one_pass_finds_what_a_person_asks(delivery: Path) -> None:
    found = profile(delivery, InputSettings())
    file = next(one for one in found.files if one.name == "ER_PHA_F_2019.csv")
    assert (file.fate, file.table, file.year) == ("loaded", "ER_PHA_F", 2019)
    assert (file.rows, file.rejected) == (4, {"SO-221": 1})
    assert file.months == {"2019-01": 2, "2019-02": 1, "2019-05": 1}
    assert "PHA_NEW_COD" in file.extra
    assert "PHA_ACT_PRU" in file.absent
    columns = {one.name: (one.empty, one.words, one.unparsed) for one in file.columns}
    assert columns["PHA_PRS_C13"] == (2, 1, 0)
    assert columns["PHA_ACT_QSN"] == (0, 0, 1)
    assert found.missing_years == {"ER_PHA_F": [2020]}
    assert found.missing_months["ER_PHA_F"][:2] == ["2019-03", "2019-04"]
    fates = {one.name: one.fate for one in found.files}
    assert fates["ER_BIO_F_2019 (1).csv"] == "refused"
    assert fates["readme.md"] == "not data"


def file_of(folder: Path, name: str, *rows: str) -> FileProfile:
    folder.mkdir()
    (folder / name).write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    (found,) = profile(folder, InputSettings()).files
    return found


def test_a_file_is_judged_as_staging_reads_it(tmp_path: Path) -> None:
    """Its last line shows that the month comes first; the first ones are read again under it."""
    rows = [row(1, "03/01/2019"), row(2, "04/01/2019"), row(3, "04/01/2019", code="NR")]
    found = file_of(tmp_path / "delivery", "ER_PHA_F_2019.csv", *rows)
    assert (found.fate, dict(found.months)) == ("loaded", {"2019-03": 1, "2019-04": 2})


def test_a_file_that_staging_refuses_is_refused(tmp_path: Path) -> None:
    dates = tmp_path / "dates", "ER_PHA_F_2019.csv", row(1, "01/03/19"), row(2, "01/04/19")
    assert (file_of(*dates).fate, file_of(tmp_path / "x", *dates[1:]).code) == ("refused", "SO-217")
    mixed = [row(1, "13/01/2019"), row(2, "01/13/2019")]
    assert file_of(tmp_path / "mixed", "ER_PHA_F_2019.csv", *mixed).code == "SO-216"


def test_rows_without_a_key_are_counted_as_staging_does(tmp_path: Path) -> None:
    rows = [row(1, "01/03/2019"), row(2, "?"), ";;;"]
    found = file_of(tmp_path / "delivery", "ER_PHA_F_2019.csv", *rows)
    assert (found.rows, found.rejected) == (1, {"SO-222": 1})


def test_the_command_writes_pages_data_and_a_declaration(
    delivery: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out"
    code = execute(
        [
            *("--workspace", str(tmp_path / "w"), "--json", "profile"),
            *("--input", str(delivery), "--output", str(output)),
        ]
    )
    answer = json.loads(capsys.readouterr().out)
    assert code == 4
    assert answer["refused"] == ["ER_BIO_F_2019 (1).csv"]
    names = {path.name for path in output.iterdir()}
    assert names == {"delivery.toml", "profile.json", "profile_en.html", "profile_fr.html"}
    for path in output.iterdir():
        assert CODE not in path.read_text(encoding="utf-8")
    # what is proposed can be read back, and holds for the delivery
    declared = read_declaration(output)
    assert declared.expected["ER_PHA_F"] == (2019, 2021)
    assert {one.name: one.rows for one in declared.file}["ER_PHA_F_2019.csv"] == 5
    assert not (tmp_path / "w" / "lake").exists()


def test_pages_in_both_languages(delivery: Path) -> None:
    found = profile(delivery, InputSettings())
    english, french = profile_page(found, "en"), profile_page(found, "fr")
    assert "Unreadable values" in english
    assert "Valeurs illisibles" in french
    assert "2019-03" in english
    assert "[[gap]]" in proposed(found)
