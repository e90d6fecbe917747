"""How long a bundle of Athena takes, and how much memory: ``make bench`` or by hand.

Fabricates a bundle of the size of a full one (or a fraction), loads it in a process of its
own and prints seconds and peak memory. Its concepts exist in no vocabulary.

    python tests/performance/bench_vocabulary.py --fraction 0.1
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

CONCEPTS, RELATIONSHIPS, ANCESTORS, SYNONYMS = 8_000_000, 45_000_000, 75_000_000, 3_000_000
# Vocabulary, share of the concepts, standard flag, shape of the code.
SHARES = (
    ("SNOMED", 0.12, "S", "'1' || i"),
    ("RxNorm", 0.04, "S", "'' || i"),
    ("RxNorm Extension", 0.28, "S", "'OMOP' || i"),
    ("LOINC", 0.03, "S", "i || '-1'"),
    ("NDC", 0.45, "", "'' || i"),
    (
        "ICD10",
        0.002,
        "",
        "chr(cast(65 + i % 26 as integer)) || lpad('' || i % 99, 2, '0') || '.' || i % 10",
    ),
    (
        "CIM10",
        0.003,
        "",
        "chr(cast(65 + i % 26 as integer)) || lpad('' || i % 99, 2, '0') || '.' || i % 100",
    ),
    ("CCAM", 0.001, "", "'ABCD' || lpad('' || i % 999, 3, '0')"),
    ("BDPM", 0.004, "", "'' || 3000000 + i % 999999"),
    ("ATC", 0.001, "C", "'A01AA' || lpad('' || i % 99, 2, '0')"),
)
SMALL = (
    "None", "Gender", "Visit", "Type Concept", "UCUM", "Condition Status", "NUCC", "Currency",
    "CMS Place of Service", "Medicare Specialty",
)  # fmt: skip


def fabricate(folder: Path, fraction: float) -> None:
    """Write the nine files."""
    folder.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(config={"preserve_insertion_order": False})
    dates = "'19700101' as valid_start_date, '20991231' as valid_end_date, '' as invalid_reason"
    parts, low = [], 1
    for vocabulary, share, standard, code in SHARES:
        high = low + int(CONCEPTS * fraction * share)
        parts.append(
            f"select i as concept_id, 'Concept with a name of some length number ' || i as "
            f"concept_name, 'Condition' as domain_id, '{vocabulary}' as vocabulary_id, "
            f"'Undefined' as concept_class_id, '{standard}' as standard_concept, "
            f"{code} as concept_code, {dates} from range({low}, {high}) as r(i)"
        )
        low = high
    for name in SMALL:
        parts.append(f"select {low}, '{name}', 'Metadata', '{name}', 'Undefined', '', 'x', {dates}")
        low += 1
    query = {
        "CONCEPT": " union all ".join(parts),
        "CONCEPT_RELATIONSHIP": "select 1 + i % {n} as concept_id_1, 1 + (i * 7) % {n} as "
        "concept_id_2, case i % 9 when 0 then 'Maps to' when 1 then 'Mapped from' when 2 then "
        "'Concept replaced by' when 3 then 'Maps to value' else 'Is a' end as relationship_id, "
        f"{dates} from range({int(RELATIONSHIPS * fraction)}) as r(i)",
        "CONCEPT_ANCESTOR": "select 1 + i % {n} as ancestor_concept_id, 1 + (i * 3) % {n} as "
        "descendant_concept_id, 1 as min_levels_of_separation, 2 as max_levels_of_separation "
        f"from range({int(ANCESTORS * fraction)}) as r(i)",
        "CONCEPT_SYNONYM": "select 1 + i % {n} as concept_id, 'Another name of some length ' || i "
        "as concept_synonym_name, 0 as language_concept_id "
        f"from range({int(SYNONYMS * fraction)}) as r(i)",
        "VOCABULARY": "select name as vocabulary_id, name as vocabulary_name, '' as "
        "vocabulary_reference, if(name = 'None', 'bench', '') as vocabulary_version, 0 as "
        f"vocabulary_concept_id from (select unnest({[*SMALL, *[s[0] for s in SHARES]]}) as name)",
        "DOMAIN": "select 'Condition' as domain_id, 'Condition' as domain_name, 0 as "
        "domain_concept_id",
        "CONCEPT_CLASS": "select 'Undefined' as concept_class_id, 'Undefined' as "
        "concept_class_name, 0 as concept_class_concept_id",
        "RELATIONSHIP": "select 'Maps to' as relationship_id, 'Maps to' as relationship_name, '0' "
        "as is_hierarchical, '0' as defines_ancestry, 'Mapped from' as reverse_relationship_id, "
        "0 as relationship_concept_id",
        "DRUG_STRENGTH": "select 1 + i % {n} as drug_concept_id, 1 as ingredient_concept_id, 1.5 "
        "as amount_value, 0 as amount_unit_concept_id, '' as numerator_value, '' as "
        "numerator_unit_concept_id, '' as denominator_value, '' as denominator_unit_concept_id, "
        f"'' as box_size, {dates} from range({int(CONCEPTS * fraction * 0.35)}) as r(i)",
    }
    for name, sql in query.items():
        connection.execute(
            f"copy ({sql.replace('{n}', str(low - 1))}) to '{folder / name}.csv' "
            "(format csv, delimiter '\t', quote '', escape '', header true)"
        )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--fraction", type=float, default=0.1, help="1 is a full bundle")
    options.add_argument("--load", type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.load:
        from etl.vocabulary import load_athena
        from etl.workspace import Workspace

        begun = time.monotonic()
        loaded = load_athena(Workspace(chosen.load.parent / "workspace"), chosen.load)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
        print(f"{time.monotonic() - begun:.1f} s, peak {peak:.2f} GiB, {loaded.rows}")
        return
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / "bundle"
        begun = time.monotonic()
        fabricate(bundle, chosen.fraction)
        size = sum(file.stat().st_size for file in bundle.iterdir()) / 1024**3
        print(f"fabricated {size:.2f} GiB in {time.monotonic() - begun:.1f} s", flush=True)
        subprocess.run([sys.executable, __file__, "--load", str(bundle)], check=True)


if __name__ == "__main__":
    main()
