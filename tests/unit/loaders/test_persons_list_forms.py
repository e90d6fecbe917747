"""A list of persons in every form it may have, and what is refused without a value."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl.errors import SndsOmopError
from etl.loaders.persons_list import Listed, read_persons_list, read_table_of_text

HEADER = "BEN_NIR_PSA;BEN_RNG_GEM"


def read(tmp_path: Path, content: str | bytes, names: dict[str, str] | None = None) -> list[Listed]:
    path = tmp_path / "list.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_persons_list(path, names).rows)


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}\nP;1\n".encode(), f"{HEADER.replace(';', ',')}\r\nP,01\r\n".encode(),
        f"{HEADER.replace(';', chr(9))}\nP\t1.0".encode(),
        f"{HEADER.replace(';', '|')}\n\n P | 001 \n;|;\n".replace(";|;\n", "\n").encode(),
        f"\n{HEADER}\n;\nP;1\n".encode(), f"{HEADER}\nP;1\n".encode("utf-8-sig"),
        f"{HEADER}\nP;1\n".encode("utf-16"), f"é;{HEADER}\né;P;1\n".encode("cp1252"),
        b'"ben_nir_psa" ; "Ben_Rng_Gem"\n"P";"1"\n', b"NUM_ENQ;RNG_GEM\nP;1\n",
        b"NIR_ANO_17;RNG_GEM;x\nP;1;y\n",
    ],
)  # fmt: skip
def test_forms_of_a_list(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path, content) == [Listed(psa="P", rank="1")]


@pytest.mark.parametrize(
    ("content", "row"),
    [
        ("BEN_NIR_PSA\nP\n", Listed(psa="P")), (f"{HEADER}\nP;\n", Listed(psa="P")),
        (f"{HEADER}\nP\n", Listed(psa="P")), (f"{HEADER}\nP;0\n", Listed(psa="P", rank="0")),
        (f"{HEADER}\nP;00\n", Listed(psa="P", rank="0")),
        ("BEN_NIR_ANO;BEN_IDT_ANO\nA;I\n", Listed(numbers=("A", "I"))),
        ("BEN_IDT_ANO\nI\n", Listed(numbers=("I",))),
        ("person_id\n12\n", Listed(person_id=12)), ("PERSON_ID\n0\n", Listed(person_id=0)),
    ],
)  # fmt: skip
def test_what_a_row_gives(tmp_path: Path, content: str, row: Listed) -> None:
    assert read(tmp_path, content) == [row]
    assert "P" not in repr(row).replace("Listed", "")


def test_names_that_a_delivery_declares(tmp_path: Path) -> None:
    names = {"CLE": "BEN_IDT_ANO", "AUTRE": "EXE_SOI_DTD"}
    assert read(tmp_path, "autre;cle\nx;I\n", names) == [Listed(numbers=("I",))]
    with pytest.raises(SndsOmopError, match="SO-250"):
        read(tmp_path, "autre;cle\nx;I\n", {"AUTRE": "EXE_SOI_DTD"})


def test_rows_that_are_repeated_count_once(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f"{HEADER}\nP;1\nP;01\nQ;1\nP;1\n", encoding="utf-8")
    found = read_persons_list(path)
    assert ([one.psa for one in found.rows], found.repeated) == (["P", "Q"], 2)


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        ("", "SO-250", "names no person column"), ("BEN_RNG_GEM\n1\n", "SO-250", "names no person"),
        ("BEN_NIR_PSA;NUM_ENQ\nP;P\n", "SO-250", "stands twice"),
        (f"{HEADER}\n", "SO-251", "it has no row"),
        (f"{HEADER}\nP;1\n;1\n", "SO-251", "row 3 has no key"),
        ("PERSON_ID\n1.0\n", "SO-251", "row 2 has no key"),
        ("PERSON_ID\n-1\n", "SO-251", "row 2 has no key"),
        (b"BEN_NIR_PSA\n\x81\n", "SO-250", "encoding"),
        (b"BEN_NIR_PSA\nP\0\n", "SO-250", "encoding"),
        (b"\xff\xfea", "SO-250", "encoding"),
    ],
)  # fmt: skip
def test_a_list_that_is_refused(
    tmp_path: Path, content: str | bytes, code: str, words: str
) -> None:
    with pytest.raises(SndsOmopError, match=words) as caught:
        read(tmp_path, content)
    assert (caught.value.code, caught.value.where) == (code, "list.csv")


def test_a_list_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SndsOmopError, match="SO-250"):
        read_persons_list(tmp_path / "none.csv")


def test_a_table_of_text_fills_short_rows(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(" a ;b\n1;2;3\n4\n\n", encoding="utf-8")
    assert read_table_of_text(path, "SO-247").rows() == [("1", "2"), ("4", "")]
    path.write_text("a; a\n1;2\n", encoding="utf-8")
    with pytest.raises(SndsOmopError, match="a column stands twice"):
        read_table_of_text(path, "SO-247")
    path.write_text("", encoding="utf-8")
    assert read_table_of_text(path, "SO-247").shape == (0, 0)
