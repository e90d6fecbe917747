"""Every contract: it loads, reads the published files, knows both sides of each format break."""

from __future__ import annotations

import csv
from itertools import combinations
from pathlib import Path

import pytest
from pydantic import ValidationError

from etl.contracts import pages, registry
from etl.contracts.models import Column, Contract
from etl.contracts.registry import code_columns, contracts, recognise
from etl.resources import mappings_dir
from etl.vocabulary.catalogue import vocabulary_of

PUBLISHED = Path(__file__).resolve().parents[4] / "shared/reference/synthetic-snds/schemas"
NUMBERS = {
    "beneficiary": range(1, 11),
    "covid": range(11, 13),
    "reference": range(16, 19),
    "dcir": range(20, 34),
    "mco": [34, *range(40, 67)],
    "ssr": [39, *range(67, 88), 115, 116, 117, 126, 127, 129],
    "had": [37, *range(88, 104)],
    "rip": [38, *range(104, 115)],
    "cepidc": range(118, 120),
    "dcirs": range(120, 126),
    "cartography": range(128, 129),
}
YEARS = range(2006, 2025)


def accepted(column: Column, year: int | None) -> set[str]:
    """Names under which a column is read that year."""
    return {column.name} | {alias.name for alias in column.aliases if alias.holds(year)}


def names_in(contract: Contract, year: int | None) -> dict[str, list[str]]:
    """Columns by each name they are read from that year."""
    found: dict[str, list[str]] = {}
    for column in contract.columns:
        for name in accepted(column, year):
            found.setdefault(name, []).append(column.name)
    return found


def broken_promises(contract: Contract, header: set[str]) -> list[str]:
    """Why a header is not that of the table; empty when it is."""
    read = {
        name
        for names in names_in(contract, None).items()
        if names[0] in header
        for name in names[1]
    }
    missing = [name for name in (*contract.key, *contract.required) if name not in read]
    if contract.required_any and not read & set(contract.required_any):
        missing.append(f"any of {contract.required_any}")
    if contract.date and not read & set(contract.date):
        missing.append(f"a date among {contract.date}")
    return missing


def published_headers() -> dict[str, set[str]]:
    """Header of each published synthetic file, by base name."""
    headers = {}
    for path in sorted(PUBLISHED.rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            headers[path.name] = {name.upper() for name in next(csv.reader(lines))}
    return headers


needs_published_files = pytest.mark.skipif(
    not PUBLISHED.is_dir(), reason="the published synthetic files (../shared/reference) are absent"
)
every_contract = pytest.mark.parametrize(
    "contract", contracts().values(), ids=lambda contract: contract.table
)


def test_every_table_of_the_first_release_has_a_contract() -> None:
    assert len(contracts()) == 123


def test_numbers_are_unique_and_stay_in_the_range_of_their_product() -> None:
    numbers = [contract.number for contract in contracts().values()]
    assert len(numbers) == len(set(numbers))
    strays = [c.table for c in contracts().values() if c.number not in NUMBERS[c.product]]
    assert strays == []


@every_contract
def test_every_column_is_described_in_both_languages(contract: Contract) -> None:
    assert [column.name for column in contract.columns if not (column.doc and column.doc_fr)] == []


@every_contract
def test_slots_are_columns(contract: Contract) -> None:
    assert set(contract.slots) - {"", *(column.name for column in contract.columns)} == set()


@every_contract
def test_no_name_means_two_columns_in_one_year(contract: Contract) -> None:
    for year in (None, *YEARS):
        clashes = {name: cols for name, cols in names_in(contract, year).items() if len(cols) > 1}
        assert clashes == {}, year


@every_contract
def test_years_run_forward(contract: Contract) -> None:
    spans = [(c.name, c.since, c.until) for c in contract.columns]
    spans += [(a.name, a.since, a.until) for c in contract.columns for a in c.aliases]
    assert [span for span in spans if span[1] and span[2] and span[1] > span[2]] == []


@every_contract
def test_a_link_leads_to_kept_columns_of_the_same_form(contract: Contract) -> None:
    for link in contract.links:
        for own, other in link.pairs:
            there = contracts()[link.to].column(other)
            assert there.kept
            assert contract.column(own).polars_type == there.polars_type, (link.to, own, other)


def test_every_row_names_a_person_or_leads_to_one() -> None:
    """Else an excluded person would leave rows; establishments and codes are of no person."""
    alone = {
        name
        for name, one in contracts().items()
        if not one.of_persons("psa", "ano", "idt") and not one.links and one.product != "reference"
    }
    assert alone == {f"T_{field}aaE" for field in ("MCO", "SSR", "HAD", "RIP")}


def test_activities_are_those_of_reviewed_natures() -> None:
    path = mappings_dir() / "structural" / "prs_nat_ref.usagi.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        notes = {row["ADD_INFO:note"] for row in csv.DictReader(lines)}
    stated = {one for contract in contracts().values() for one in contract.activities}
    assert stated
    assert stated - notes == set()


def test_codes_are_of_registered_vocabularies() -> None:
    """A name that no registry has would stop `vocab load`."""
    assert len(code_columns()) > 80
    assert {vocabulary_of(name).kind for name, _, _ in code_columns()} == {"custom"}


def test_codes_of_a_column_that_is_not_kept_are_refused() -> None:
    content = contracts()["ER_UCD_F"].model_dump()
    column = next(one for one in content["columns"] if one["name"] == "UCD_UCD_COD")
    assert column["vocabularies"] == ("UCD",)
    column["kept"] = False
    with pytest.raises(ValidationError, match="UCD_UCD_COD"):
        Contract.model_validate(content | {"required": (), "required_any": ()})


def test_files_are_staged_again_only_for_what_reading_knows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def changed(**columns: object) -> str:
        content = contract.model_dump()
        content["columns"] = [one | columns for one in content["columns"]]
        other = Contract.model_validate(content)
        monkeypatch.setattr(registry, "contracts", lambda: {"ER_UCD_F": other})
        return registry.fingerprint.__wrapped__("ER_UCD_F")

    contract = contracts()["ER_UCD_F"]
    assert changed(vocabularies=("UCD",)) == registry.fingerprint("ER_UCD_F")
    assert changed(since=2010) != registry.fingerprint("ER_UCD_F")


def test_a_column_has_one_type_everywhere() -> None:
    """Joins and unions compare like with like; the exceptions are written down."""
    forms: dict[str, set[tuple[str, int, int | None]]] = {}
    for contract in contracts().values():
        for column in contract.columns:
            forms.setdefault(column.name, set()).add((column.type, column.scale, column.pad))
    several = {name for name, kinds in forms.items() if len(kinds) > 1}
    # SEQ_NUM is a bill in MCO and SSR, a sequence in HAD; T_SSRaaFHSTC has its UCD as a number.
    assert several == {"SEQ_NUM", "UCD_UCD_COD"}


# --- published files ---------------------------------------------------------------------------


@needs_published_files
def test_published_files_of_our_tables_are_recognised_and_accepted() -> None:
    ours = {contract.table.upper(): contract for contract in contracts().values()}
    seen, refused = set(), {}
    for name, header in published_headers().items():
        contract = ours.get(name.removesuffix(".csv").upper())
        found = recognise(name)
        assert (found.contract if found else None) == contract, name
        if contract:
            seen.add(contract.table)
            if missing := broken_promises(contract, header):
                refused[contract.table] = missing
    assert refused == {}
    unpublished = {
        "IR_BEN_R_ARC",
        "IR_ESM_R",
        "IR_VAC_F",
        "DE_DEP_F",
        "IR_PHA_R",
        "T_MCOaaMEDAPAC",
        "T_SSRaaMEDAPAC",
        "T_SSRaaFHSTC",
        "T_SSRaaCSAR",
        "T_SSRaaFPSTC",
        "T_SSRaaVALO",
        "T_HADaaMEDAPAC",
        "T_HADaaVALO",
        "T_RIPaaCSTC",
        "T_RIPaaTP",
        "CT_IND",
    }
    assert set(contracts()) - seen == unpublished


@needs_published_files
@pytest.mark.parametrize(
    ("table", "content"),
    [
        ("ER_PHA_F", "ER_CAM_F"),
        ("IR_ETM_R", "IR_MTT_R"),
        ("T_MCOaaFASTC", "T_MCOaaFCSTC"),
        ("T_MCOaaFCSTC", "T_MCOaaFB"),
        ("T_MCOaaCSTC", "T_MCOaaFMSTC"),
        ("T_MCOaaMED", "T_MCOaaFH"),
        ("T_MCOaaVALO", "T_MCOaaB"),
        ("T_SSRaaB", "T_SSRaaS"),
        ("T_SSRaaCCAM", "T_SSRaaCSARR"),
        ("T_HADaaFB", "T_HADaaA"),
        ("T_RIPaaRSA", "T_RIPaaS"),
        ("NS_PRS_F", "NS_PHA_F"),
    ],
)
def test_a_file_of_another_table_is_refused(table: str, content: str) -> None:
    assert broken_promises(contracts()[table], published_headers()[f"{content}.csv"])


@every_contract
def test_a_file_with_few_columns_is_accepted(contract: Contract) -> None:
    few = {*contract.key, *contract.required, *contract.required_any[:1], *contract.date[:1]}
    assert broken_promises(contract, few) == []


def test_infra_annual_files_are_not_recognised() -> None:
    assert recognise("T_MCO19_06B.csv") is None
    assert recognise("T_SSR20_11CSARR.parquet") is None


# --- format breaks -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "column", "old", "last_year"),
    [
        ("T_MCOaaVALO", "MT_TOT_AM", "MNT_TOT_AM", 2021),
        ("T_MCOaaVALO", "MT_TOT_BR", "MNT_TOT_BR", 2021),
        ("T_SSRaaB", "SCOR_RR", "SCORE_RR", 2021),
        ("T_SSRaaVALO", "ZON_VAL", "ZON_VAL_HC", 2021),
        ("T_SSRaaCSARR", "MOD_PAT", "MOD_PAT_1", 2021),
        ("T_SSRaaCCAR", "CCAR_COD", "CCAR_ACT", 2011),
        ("T_SSRaaGME", "GME_COD", "GME", 2012),
        ("T_SSRaaFB", "DEL_DAT_ENT", "ACT_DEL", 2011),
        ("T_HADaaB", "SEQ_NUM", "SEQ_SEJ", 2009),
        ("T_HADaaGRP", "SEQ_NUM", "SEQ_SEJ", 2009),
        ("T_HADaaB", "ETA_NUM_ESMS", "ETA_NUM_EHPA", 2017),
        ("T_HADaaC", "ETA_NUM_GEO", "ETA_NUM_TWO", 2016),
        ("T_HADaaC", "ETA_NUM_EPMSI", "ETA_NUM_JUR", 2006),
        ("T_RIPaaRSA", "FOR_ACT", "NAT_PEC", 2011),
        ("T_RIPaaRSA", "MOD_SOI", "SEJ_LEG", 2011),
        ("T_RIPaaR3A", "FOR_ACT", "NAT_PEC", 2011),
    ],
)
def test_a_renamed_column_is_read_on_both_sides_of_its_break(
    table: str, column: str, old: str, last_year: int
) -> None:
    found = contracts()[table].column(column)
    assert {column, old} <= accepted(found, last_year)
    assert column in accepted(found, last_year + 1)
    assert old not in accepted(found, last_year + 1)
    assert old in accepted(found, None)  # a name with a literal `aa` has no year


@pytest.mark.parametrize(
    ("table", "old", "new"),
    [
        ("T_SSRaaCCAM", "CCAM_DEL_ENT_UM", "DEL_DAT_ENT"),
        ("T_SSRaaCSARR", "ENT_DAT_DEL_UM", "DEL_DAT_ENT"),
        ("T_HADaaA", "DEL_DEB_SSEQ", "DEL_DAT_ENT"),
        ("T_RIPaaRSA", "DEL_DAT", "ENT_DEL_DAT"),
    ],
)
def test_a_delay_that_changed_its_base_in_2020_has_two_columns(
    table: str, old: str, new: str
) -> None:
    before, after = contracts()[table].column(old), contracts()[table].column(new)
    assert (before.until, after.since) == (2019, 2020)
    assert not accepted(before, None) & accepted(after, None)
    assert before.doc != after.doc


@pytest.mark.parametrize(
    ("table", "column", "since", "until"),
    [
        ("T_SSRaaB", "FP_PEC", None, 2023),
        ("T_SSRaaB", "ASS_DGN_6", 2007, 2008),
        ("T_SSRaaB", "COG_DEP", 2022, None),
        ("T_SSRaaC", "EXE_SOI_DTD", 2009, None),
        ("T_HADaaB", "STC_URG", 2023, None),
        ("T_HADaaB", "DGN_PAL7", 2007, 2009),
        ("T_RIPaaRSA", "SEQ_IND", 2007, 2020),
        ("T_RIPaaRSA", "NUM_UM", 2023, None),
        ("T_RIPaaR3A", "EXE_SOI_DTD", 2020, None),
        ("T_RIPaaR3A", "RAL_ACT_ANN", 2007, 2019),
        ("T_RIPaaC", "IPP_IRR_CRY", 2020, None),
        ("T_RIPaaCCAM", "SEQ_SEQ_NUM", 2019, None),
        ("T_MCOaaFMSTC", "EXE_SOI_DTD", 2020, None),
        ("T_MCOaaMEDATU", "RSA_NUM", 2012, 2021),
        ("T_MCOaaMEDAPAC", "RSA_NUM", 2022, None),
        ("T_SSRaaMEDATU", "RHA_NUM", 2012, 2021),
        ("T_HADaaMEDAPAC", "RHAD_NUM", 2022, None),
    ],
)
def test_a_column_has_its_documented_years(
    table: str, column: str, since: int | None, until: int | None
) -> None:
    found = contracts()[table].column(column)
    assert (found.since, found.until) == (since, until)


def test_project_deliveries_may_name_persons_their_own_way() -> None:
    names = {
        "BEN_NIR_PSA": {"NUM_ENQ"},
        "NIR_ANO_17": {"NUM_ENQ"},
        "BEN_NIR_ANO": {"NUM_ENQ_ANO", "NUM_ANO"},
        "BEN_IDT_ANO": {"NUM_ENQ_IDT"},
    }
    for contract in contracts().values():
        for column in contract.columns:
            if column.name in names:
                assert names[column.name] <= accepted(column, 2019), contract.table


# --- reference page ----------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_reference_page_has_a_section_for_each_table_and_a_line_for_each_column(
    language: str,
) -> None:
    page = pages.render()[f"{language}/reference/tables.md"]
    for contract in contracts().values():
        assert f"\n### {contract.table} · {contract.number}\n" in page
    assert page.count("\n| `") == sum(len(contract.columns) for contract in contracts().values())


def test_the_pages_are_written_below_the_folder_that_is_named(tmp_path: Path) -> None:
    assert pages.main([str(tmp_path)]) == 0
    written = {
        path.relative_to(tmp_path).as_posix(): path.read_text(encoding="utf-8")
        for path in tmp_path.rglob("*.md")
    }
    assert written == pages.render()


def test_the_two_languages_say_things_in_the_same_order() -> None:
    tables = [
        [line for line in text.splitlines() if line.startswith("### ")]
        for text in pages.render().values()
    ]
    assert all(first == second for first, second in combinations(tables, 2))
