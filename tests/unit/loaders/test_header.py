"""A header gives the separator and the columns, or the reason of a refusal."""

from __future__ import annotations

import polars as pl
import pytest

from etl.contracts.registry import contracts
from etl.errors import SndsOmopError
from etl.loaders.header import find_separator, read_layout, split_header
from etl.loaders.load import gathered

MCO_D = contracts()["T_MCOaaD"]
MCO_UM = contracts()["T_MCOaaUM"]
BEN = contracts()["IR_BEN_R"]
PRS = contracts()["ER_PRS_F"]


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_the_separator_is_the_one_that_gives_known_names(separator: str) -> None:
    header = separator.join(["ETA_NUM", "RSA_NUM", "ASS_DGN"])
    assert find_separator(header, MCO_D) == separator


def test_names_are_read_in_any_case_with_or_without_quotes() -> None:
    assert split_header('"eta_num"; Rsa_Num ;ASS_DGN', ";") == ["ETA_NUM", "RSA_NUM", "ASS_DGN"]


def test_positions_absent_and_extra_columns() -> None:
    layout = read_layout(["PMSI_NEW", "ASS_DGN", "RSA_NUM", "ETA_NUM"], MCO_D, 2019)
    assert layout.positions == {"ETA_NUM": 3, "RSA_NUM": 2, "ASS_DGN": 1}
    assert layout.n_fields == 4
    assert layout.absent == ("DGN_ASS_NUM",)
    assert layout.extra == ("PMSI_NEW",)


def test_a_column_that_is_known_but_not_kept_is_neither_read_nor_extra_nor_missed() -> None:
    needed = [*PRS.key, *PRS.required, PRS.date[0]]
    delivered = read_layout([*needed, "PRS_ACT_COG", "PRS_NEW_COL"], PRS, 2019)
    assert not PRS.column("PRS_ACT_COG").kept
    assert "PRS_ACT_COG" not in delivered.positions
    assert delivered.extra == ("PRS_NEW_COL",)
    assert "PRS_ACT_COG" not in read_layout(needed, PRS, 2019).absent


def test_columns_of_other_years_are_not_missed() -> None:
    assert read_layout(["ETA_NUM", "RSA_NUM", "ASS_DGN"], MCO_D, 2012).absent == ()


def test_flags_of_any_version_are_found_by_the_form_of_their_names() -> None:
    names = [
        "BEN_IDT_ANO",
        "VERSION",
        "AGE",
        "TOP_FDIABET_IND",
        "PSY_NEW",
        "RGM_NEW",
        "BEN_AAH_TOP",
    ]
    layout = read_layout(names, contracts()["CT_IND"], 2021)
    assert set(layout.positions) == {"BEN_IDT_ANO", "VERSION", "TOP_FDIABET_IND", "PSY_NEW"}
    assert layout.extra == ("RGM_NEW", "BEN_AAH_TOP")
    assert layout.absent == ()


def test_flags_become_the_names_of_those_that_are_1() -> None:
    rows = pl.DataFrame(
        {
            "BEN_IDT_ANO": ["a", "b", "c"],
            "TOP_B_IND": ["1", "0", None],
            "SUP_A_CAT": ["1", "0", "2"],
        }
    )
    text = gathered(rows, contracts()["CT_IND"])
    assert text.columns == ["BEN_IDT_ANO", "CT_TOPS"]
    assert text["CT_TOPS"].to_list() == ["SUP_A_CAT TOP_B_IND", None, "SUP_A_CAT=2"]
    assert gathered(rows, MCO_D) is rows


@pytest.mark.parametrize(("year", "found"), [(2012, True), (None, True), (2021, False)])
def test_an_alias_holds_in_its_years(year: int | None, found: bool) -> None:
    layout = read_layout(["ETA_NUM", "RSA_NUM", "UM_ORD_NUM", "AUT_TYP1_UM"], MCO_UM, year)
    assert ("RUM_ORD_NUM" in layout.positions) is found


def test_the_name_itself_wins_over_an_alias() -> None:
    names = ["ETA_NUM", "RSA_NUM", "UM_ORD_NUM", "RUM_ORD_NUM"]
    layout = read_layout(names, MCO_UM, None)
    assert layout.positions["RUM_ORD_NUM"] == 3
    assert layout.extra == ("UM_ORD_NUM",)


def test_project_deliveries_name_persons_otherwise() -> None:
    names = ["NUM_ENQ", "BEN_RNG_GEM", "NUM_ENQ_ANO", "NUM_ENQ_IDT", "BEN_SEX_COD"]
    layout = read_layout(names, BEN, None)
    assert list(layout.positions)[:4] == [
        "BEN_NIR_PSA",
        "BEN_RNG_GEM",
        "BEN_NIR_ANO",
        "BEN_IDT_ANO",
    ]


@pytest.mark.parametrize(
    ("names", "code", "sentence"),
    [
        (["ETA_NUM", "RSA_NUM", "RSA_NUM", "ASS_DGN"], "SO-204", "RSA_NUM"),
        (["ETA_NUM", "ASS_DGN"], "SO-203", "RSA_NUM"),
        (["ETA_NUM", "RSA_NUM"], "SO-203", "ASS_DGN"),
    ],
)
def test_refusals(names: list[str], code: str, sentence: str) -> None:
    with pytest.raises(SndsOmopError, match=f"{code}.*{sentence}"):
        read_layout(names, MCO_D, 2019)


def test_one_of_several_columns_is_enough_but_needed() -> None:
    with pytest.raises(SndsOmopError, match=r"SO-203.*one of BEN_NAI_ANN, BEN_SEX_COD"):
        read_layout(["BEN_NIR_PSA", "BEN_RNG_GEM"], BEN, None)
    dateless = [*PRS.key, *PRS.required]
    with pytest.raises(SndsOmopError, match=r"SO-203.*one of EXE_SOI_DTD"):
        read_layout(dateless, PRS, None)
    assert read_layout([*dateless, "EXE_SOI_AMD"], PRS, None).extra == ()


def test_a_file_of_another_table_is_named() -> None:
    with pytest.raises(SndsOmopError, match=r"SO-203.*those of ER_PRS_F"):
        read_layout([column.name for column in PRS.columns], BEN, None)


def test_a_separator_that_fits_nothing_is_refused() -> None:
    with pytest.raises(SndsOmopError, match=r"SO-203"):
        find_separator("ETA_NUM:RSA_NUM:ASS_DGN", MCO_D)


@pytest.mark.parametrize("header", ["ETA_NUM;RSA_NUM\r1;2", "\x89PNG\r\x1a", "a" * 200_000])
def test_a_first_line_that_is_none_is_refused_like_any_other(header: str) -> None:
    with pytest.raises(SndsOmopError, match=r"SO-20[37]"):
        find_separator(header, MCO_D)


def test_empty_names_may_repeat() -> None:
    layout = read_layout(["ETA_NUM", "RSA_NUM", "ASS_DGN", "", ""], MCO_D, 2012)
    assert layout.n_fields == 5
    assert layout.extra == ()


def test_what_may_be_a_value_is_not_named() -> None:
    """A header joined to its first row: its fields are those of a person."""
    layout = read_layout(["ETA_NUM", "RSA_NUM", "ASS_DGN", "SECRET0123456789", "1950"], MCO_D, 2019)
    assert layout.extra == ("?", "?")
    with pytest.raises(SndsOmopError) as caught:
        read_layout(["ETA_NUM", "RSA_NUM", "ASS_DGN", "SECRET01", "SECRET01"], MCO_D, 2019)
    assert caught.value.code == "SO-204"
    assert "SECRET" not in caught.value.line()


def test_new_columns_of_the_pmsi_are_named_and_values_are_not() -> None:
    names = ["ETA_NUM", "RSA_NUM", "ASS_DGN", "TOP_RADAVASTIN", "DGN_NEW_2", "NBSUPFAISC", "A" * 17]
    assert read_layout(names, MCO_D, 2025).extra == ("TOP_RADAVASTIN", "DGN_NEW_2", "?", "?")
