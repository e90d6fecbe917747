"""What holds for every dbt model, read from its text: no dbt is run."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from etl.contracts.cdm.render import stale
from etl.resources import dbt_project_dir, mappings_dir

PROJECT = dbt_project_dir()
MODELS = {path.stem: path for path in sorted((PROJECT / "models").rglob("*.sql"))}
LINES = 120
# 8507 or 201826 standing alone: no part of a name, of a text or of a decimal number
CONCEPT_ID = re.compile(r"(?<![\w.'\"])(?:8\d{3}|9[23]\d{2}|\d{5,10})(?![\w.'\"])")

# word of one engine -> what is written instead, so that Spark reads every model (DESIGN §9)
ENGINE_WORDS = {
    r"\bvarchar\b": "string",
    r"\btry_cast\([^()]*(\([^()]*\))* as integer\)": "macro to_integer",
    r"\b(max|min)_by\(|\barg_(max|min)\(": "macros value_at_max, value_at_min",
    r"\bregexp_(matches|like|full_match)\(|\brlike\b|\bilike\b|\bsimilar to\b": "macro matches",
    r"\bread_parquet\(|\bparquet\.`": "macro read_lake or source",
    r"\bdate_(diff|add|part)\(|\bdatediff\(|\binterval\b": "macros add_days, days_between",
    r"\bstr[fp]time\(|\bepoch\w*\(": "text of a date: cast(… as string)",
    r"::|//|\bgroup by all\b|\border by all\b|\bqualify\b|\bexclude \(": "standard SQL",
    r"\blist_\w+\(|\bunnest\(|\bexplode\(|\bstring_agg\(|\barray_agg\(": "rows, no lists",
    r"\b(hash|xxhash64|md5|uuid|random)\(": "ids and keys of the source (DESIGN §6)",
}

# rule -> why no macro under macros/rules bears its id
WITHOUT_MACRO = {
    "N00": "a list of tables in aud_disposition__untransformed, no condition on rows",
    "R13": "what is delivered twice is found by counting keys (…__repeated, …__keyed, `kept`)",
    "R20": "corrections are netted by macros/netting.sql: a sum, no condition on one row",
    # Rules of the loaders and of the shape of a build: no condition on rows.
    "R01": "types and widths of the contracts; macro pad_code",
    "R02": "aliases of the contracts",
    "R03": "names of files (etl/contracts/registry.py)",
    "R12": "int_observation_window and the settings observation.start and observation.end",
    "R14": "macros/flux_batches.sql",
    "R45": "etl/publish/share.py and the reports",
    "R55": "etl/loaders/screening.py: rows leave before a model reads them",
    # Rules that define what a column holds, and take no row out.
    "R05": "how conditions are written (macros/rules/rule.sql)",
    "R10": "int_death__ranked",
    "R22": "amounts stand in models of one row a line (int_dcir_line__costed)",
    "R24": "int_pack__described",
    "R27": "int_provider__resolved",
    "R28": "macros/finess.sql and int_care_site__resolved",
    "R29": "macros/geography.sql",
    "R33": "delays of each field and year in macros/hospital.sql",
    "R53": "int_allowance_spell__merged: periods that touch, no condition on one row",
    "R41": "int_long_term_disease__classified",
    "R44": "int_payer__followed and audit.residence",
}


@cache
def sql(name: str) -> str:
    """The model without its comments."""
    text = MODELS[name].read_text(encoding="utf-8")
    return re.sub(r"\{#.*?#\}|--[^\n]*", "", text, flags=re.DOTALL)


def documented() -> dict[str, list[tuple[Path, str]]]:
    """Model -> the files that describe it, with their text."""
    found: dict[str, list[tuple[Path, str]]] = {}
    for path in sorted((PROJECT / "models").rglob("_*__models.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
            found.setdefault(model["name"], []).append((path, model.get("description", "")))
    return found


def test_no_two_models_share_a_name() -> None:
    assert len(MODELS) == len(list((PROJECT / "models").rglob("*.sql")))


def described_columns() -> list[tuple[str, str, str]]:
    """Model, column and text of every column that a YAML file of the project describes."""
    return [
        (model["name"], column["name"], column["description"])
        for path in sorted((PROJECT / "models").rglob("_*__models.yml"))
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
        for column in model.get("columns", ())
        if "description" in column
    ]


def test_no_text_only_repeats_the_name_of_its_column() -> None:
    """`person_id: Person id.` adds nothing for a reader."""

    def words(text: str) -> set[str]:
        return set(re.findall(r"[^\W_]+", text.lower())) - {
            "a",
            "an",
            "the",
            "of",
            "le",
            "la",
            "de",
        }

    repeating = [
        f"{model}.{column}"
        for model, column, text in described_columns()
        if words(text) <= words(column)
    ]
    assert repeating == []


AUDIT = sorted(path.stem for path in (PROJECT / "models" / "audit").glob("aud_*.sql"))


@pytest.mark.parametrize("name", AUDIT)
def test_an_audit_table_describes_what_it_selects_last(name: str) -> None:
    """`audit` is public in each release; tests/dbt/test_data_tests.py finds missing columns."""
    text = sql(name)
    described = {column for model, column, _ in described_columns() if model == name}
    assert described
    assert {column for column in described if not re.search(rf"\b{column}\b", text)} == set()


def test_every_model_states_its_grain() -> None:
    descriptions = documented()
    silent = [
        name
        for name in MODELS
        if not any(text.startswith("One row per ") for _, text in descriptions.get(name, []))
    ]
    assert silent == []


def test_descriptions_stand_once_next_to_their_model() -> None:
    wrong = {
        name: [path.name for path, _ in places]
        for name, places in documented().items()
        if name not in MODELS or [path.parent for path, _ in places] != [MODELS[name].parent]
    }
    assert wrong == {}


def test_models_are_short() -> None:
    counts = {name: len(path.read_text("utf-8").splitlines()) for name, path in MODELS.items()}
    assert {name: count for name, count in counts.items() if count > LINES} == {}


def test_every_model_of_logic_has_a_unit_test_of_dbt() -> None:
    """Staging views are rendered; what reads no other model has no input that a test could give."""
    tested = {
        test["model"]
        for path in (PROJECT / "models").rglob("_*__unit_tests.yml")
        for test in yaml.safe_load(path.read_text(encoding="utf-8"))["unit_tests"]
    }
    no_input = {"config", "cdm_columns", "empty_cdm_table", "read_vocabulary"}
    logic = {
        name
        for name, path in MODELS.items()
        if "staging" not in path.parts and set(re.findall(r"\{\{\s*(\w+)", sql(name))) - no_input
    }
    assert logic - tested == set()


def test_a_vocabulary_column_is_that_of_the_same_name() -> None:
    copied = [name for name in MODELS if "read_vocabulary(" in sql(name)]
    pairs = [pair for name in copied for pair in re.findall(r"'(\w+)': '(\w+)'", sql(name))]
    assert len(copied) > 8
    assert [pair for pair in pairs if pair[0] != pair[1]] == []


def test_no_event_is_lost_to_an_unmapped_code() -> None:
    """No inner join between an event and a mapping (DESIGN, the ledger)."""
    routing = sql("int_event__routed")
    assert not re.search(r"\b(inner|cross|right|full)\b|(?<!left )\bjoin\b", routing)
    readers = [
        name
        for name in MODELS
        if re.search(r"inner join codes\b", sql(name)) and "int_event__unioned" in sql(name)
    ]
    assert readers == []


def test_concept_ids_have_names() -> None:
    """Ids stand in CSV files and in macros/concepts.sql only."""
    typed = {
        name: found
        for name in MODELS
        if (
            found := re.findall(
                r"(?<![\w.'\"])(?:8\d{3}|9[23]\d{2}|\d{5,10})(?![\w.'\"])", sql(name)
            )
        )
    }
    assert typed == {}


def test_concept_ids_of_macros_stand_in_one_file() -> None:
    typed = {
        path.name: found
        for path in sorted((PROJECT / "macros").rglob("*.sql"))
        if path.name != "concepts.sql" and (found := CONCEPT_ID.findall(path.read_text("utf-8")))
    }
    assert typed == {}


def test_models_are_written_for_every_engine() -> None:
    """What engines write in different ways is in macros/portable, each with its two forms."""
    found = {
        f"{path.stem}: {match.group()}": instead
        for path in [*MODELS.values(), *sorted((PROJECT / "macros").rglob("*.sql"))]
        if path.parent.name not in ("portable", "materializations")
        for word, instead in ENGINE_WORDS.items()
        for match in re.finditer(word, _queries(path))
    }
    assert found == {}


def _queries(path: Path) -> str:
    return re.sub(r"\{#.*?#\}|--[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_only_the_registry_numbers_rows() -> None:
    assert [name for name in MODELS if re.search(r"row_number\s*\(", sql(name))] == [
        "person_registry"
    ]


@cache
def register() -> set[str]:
    with (mappings_dir() / "rules" / "snds_rules.csv").open(encoding="utf-8", newline="") as file:
        return {row["rule_id"] for row in csv.DictReader(file)}


@cache
def rules_of_macros() -> dict[str, set[str]]:
    """Macro -> the rules that it may name."""
    found: dict[str, set[str]] = {}
    for path in sorted((PROJECT / "macros").rglob("*.sql")):
        for name, body in re.findall(
            r"\{%-?\s*macro (\w+)\(.*?%\}(.*?)\{%-?\s*endmacro", path.read_text("utf-8"), re.DOTALL
        ):
            if ids := set(re.findall(r"\b(?:rule|always)\(\s*'(\w+)'", body)):
                found[name] = ids
    return found


def test_rules_of_macros_stand_in_the_register() -> None:
    assert set().union(*rules_of_macros().values()) - register() == set()


def test_macros_are_named_by_their_rule() -> None:
    wrong = {
        name: ids
        for name, ids in rules_of_macros().items()
        if {name.split("_")[0]} != {rule.lower() for rule in ids}
    }
    assert wrong == {}


def test_every_rule_of_the_register_has_its_macro() -> None:
    written = set().union(*rules_of_macros().values())
    assert register() - written == set(WITHOUT_MACRO)


def test_the_register_states_which_rules_can_be_switched_off() -> None:
    """Those of ``rule()``; ``always()`` keeps out rows that the CDM could not hold."""
    text = "".join(p.read_text("utf-8") for p in (PROJECT / "macros" / "rules").glob("*.sql"))
    with (mappings_dir() / "rules" / "snds_rules.csv").open(encoding="utf-8", newline="") as file:
        can_be_off = {row["rule_id"] for row in csv.DictReader(file) if row["can_be_off"] == "yes"}
    assert can_be_off == set(re.findall(r"\brule\(\s*'(\w+)'", text))


def test_rules_named_by_models_stand_in_the_register() -> None:
    named = {
        rule for name in MODELS for rule in re.findall(r"'((?:R\d\d[a-z]?|N\d\d))'", sql(name))
    }
    assert named - register() == set()


@pytest.mark.parametrize("name", sorted(rules_of_macros()))
def test_every_rule_macro_is_used(name: str) -> None:
    """By a model, or by a macro that is."""
    macros = [path.read_text("utf-8") for path in (PROJECT / "macros").rglob("*.sql")]
    called = re.compile(rf"(?<!macro )\b{name}\(")
    assert any(called.search(text) for text in (*map(sql, MODELS), *macros))


def test_contracts_of_cdm_models_are_not_stale() -> None:
    assert stale() == []
