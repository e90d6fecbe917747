"""Lists of the data holder: which are recognised, and what is refused because of them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from etl.delivery.promises import promises, targets
from etl.loaders import stage
from etl.settings import Settings
from etl.workspace import Workspace

PERSON = "BEN_NIR_PSA;BEN_RNG_GEM;BEN_NAI_ANN;BEN_SEX_COD\n" + "a" * 17 + ";1;1950;1\n"
SHA = hashlib.sha256(PERSON.encode()).hexdigest()
MD5 = hashlib.md5(PERSON.encode()).hexdigest()  # noqa: S324 - what data holders still write


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{SHA}  IR_BEN_R.csv\n", [("IR_BEN_R.csv", None, "sha256")]),
        (f"{MD5} *./IR_BEN_R.csv\r\n", [("IR_BEN_R.csv", None, "md5")]),
        (f"SHA256 (IR_BEN_R.csv) = {SHA}\n", [("IR_BEN_R.csv", None, "sha256")]),
        (f"{MD5}  DCIR\\IR_BEN_R.csv\n", [("DCIR/IR_BEN_R.csv", None, "md5")]),
        ("Fichier;Nb lignes\nIR_BEN_R.csv;1 000\n", [("IR_BEN_R.csv", 1000, "")]),
        (f"file,sha256,rows\nIR_BEN_R.csv,{SHA},1\n", [("IR_BEN_R.csv", 1, "sha256")]),
        ("Dear all,\nhere are the files.\n", []),
        ("fichier;commentaire\nIR_BEN_R.csv;ok\n", []),
        (f"{SHA}  IR_BEN_R.csv\nand a remark\n", []),
    ],
)
def test_a_list_is_recognised_by_its_content(
    tmp_path: Path, text: str, expected: list[tuple[str, int | None, str]]
) -> None:
    (tmp_path / "list.txt").write_text(text, encoding="utf-8")
    found = promises(tmp_path, ["list.txt"])
    assert [(one.name, one.rows, one.algorithm) for one in found] == expected


def test_a_name_counts_from_its_list_from_the_delivery_or_alone(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    lines = [f"{SHA}  a.csv", f"{SHA}  in/b.csv", f"{SHA}  c.csv", f"{SHA}  d.csv"]
    (tmp_path / "in" / "SUMS").write_text("\n".join(lines), encoding="utf-8")
    known = dict.fromkeys(["in/a.csv", "a.csv", "in/b.csv", "x/c.csv", "y/c.csv", "z/d.csv"])
    found = [name for _, name in targets(promises(tmp_path, ["in/SUMS"]), known)]
    assert found == ["in/a.csv", "in/b.csv", None, "z/d.csv"]


@pytest.mark.parametrize(
    ("name", "text", "refused"),
    [
        ("SHA256SUMS", f"{SHA}  IR_BEN_R.csv\n", 0),
        (".synthetic.sha256", f"{'0' * 64}  IR_BEN_R.csv\n", 0),
        ("files.md5", f"{MD5}  IR_BEN_R.csv\n", 0),
        ("files.md5", f"{'0' * 32}  IR_BEN_R.csv\n", 1),
        ("SHA256SUMS", f"{'0' * 64}  IR_BEN_R.csv\n", 1),
        ("SHA256SUMS", f"{SHA}  IR_BEN_R.csv\n{SHA}  IR_IMB_R.csv\n", 1),
        ("SHA256SUMS", f"{SHA}  delivery.zip\n", 0),  # unpacked: no table bears this name
        ("bordereau.csv", "fichier;lignes\nIR_BEN_R.csv;1\n", 0),
        ("bordereau.csv", "fichier;lignes\nIR_BEN_R.csv;2\n", 0),  # the header is counted
        ("bordereau.csv", "fichier;lignes\nIR_BEN_R.csv;3\n", 1),
    ],
)
def test_what_is_promised_is_enforced(tmp_path: Path, name: str, text: str, refused: int) -> None:
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "IR_BEN_R.csv").write_text(PERSON, encoding="utf-8", newline="")
    (folder / name).write_text(text, encoding="utf-8")
    workspace = Workspace(tmp_path / "w")
    workspace.create()
    report = stage(folder, workspace, Settings())
    assert len(report.refused) == refused
    assert all(file.code == "SO-241" for file in report.refused)


def test_a_file_that_a_person_sets_aside_is_not_expected(tmp_path: Path) -> None:
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "IR_BEN_R.csv").write_text(PERSON, encoding="utf-8", newline="")
    (folder / "SHA256SUMS").write_text(f"{SHA}  IR_BEN_R.csv\n{SHA}  IR_IMB_R.csv\n", "utf-8")
    (folder / "delivery.toml").write_text(
        '[[file]]\nname = "IR_IMB_R.csv"\nset_aside = true\nreason = "not for us"\n', "utf-8"
    )
    workspace = Workspace(tmp_path / "w")
    workspace.create()
    assert not stage(folder, workspace, Settings()).refused
