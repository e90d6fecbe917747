"""Columns that are the code of a measurement have a name for readers of report and timeline."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from etl.audit.naming import label
from etl.contracts.labels import column_label

LISTED = Path("dbt_project/models/intermediate/pmsi_number/int_pmsi_number__listed.sql")
CODES = sorted(set(re.findall(r"'([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+)'", LISTED.read_text("utf-8"))))


def test_the_codes_are_found() -> None:
    assert {"AGE_GES", "POI_NAI", "HAB_DEP", "AVQ_HAB", "IGS2_COD"} <= set(CODES)
    assert len(CODES) > 20


@pytest.mark.parametrize("code", CODES)
def test_a_column_that_is_a_code_has_a_label_in_both_languages(code: str) -> None:
    english, french = column_label(code, "en"), column_label(code, "fr")
    assert english and french and english != french
    names = (None, None, None, code)
    assert label("measurement", names, "en") == f"{code} – {english}"
    assert label("measurement", names, "fr") == f"{code} – {french}"


def test_what_no_contract_has_gets_no_label() -> None:
    assert column_label("NO_SUCH_COLUMN", "en") == ""
    assert label("measurement", (None, None, None, "NO_SUCH_COLUMN"), "en") == "NO_SUCH_COLUMN"
