"""Packs that reach a clinical drug: same ingredient, same strength, same form, and only one such.

IR_PHA_R writes the dose as text and the form in French. Only packs of one ingredient and one
dose are looked at; where two clinical drugs answer, the ingredient is the honest target.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from etl.resources import mappings_dir
from etl.sql_text import literal

# Milligrams or units, as UCUM and IR_PHA_R write them.
UNITS = (
    ("mg", "MG", 1.0, "mg"),
    ("g", "G", 1000.0, "mg"),
    ("ug", "MCG", 0.001, "mg"),
    ("ug", "µG", 0.001, "mg"),
    ("[iU]", "UI", 1.0, "unit"),
    ("[U]", "U", 1.0, "unit"),
)


def land_strengths(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Make table ``clinical_drug`` (ingredient, amount, dimension, form) of the loaded bundle.

    It is empty without DRUG_STRENGTH, as in the demo vocabulary.
    """
    connection.execute(
        "create or replace table dose_unit"
        " (ucum VARCHAR, french VARCHAR, factor DOUBLE, dimension VARCHAR)"
    )
    connection.executemany("insert into dose_unit values (?, ?, ?, ?)", UNITS)
    forms = literal(mappings_dir() / "exceptions" / "dose_forms.csv")
    connection.execute(f"create or replace table dose_form as from read_csv({forms})")
    connection.execute(
        "create or replace table clinical_drug (concept_id INTEGER, ingredient_concept_id INTEGER,"
        " amount DOUBLE, dimension VARCHAR, dose_form VARCHAR)"
    )
    strengths = folder / "drug_strength.parquet"
    if strengths.is_file():
        connection.execute(
            f"""
            insert into clinical_drug
            with alone as (
                select drug_concept_id
                from read_parquet({literal(strengths)})
                where invalid_reason is null
                group by drug_concept_id
                having count(*) = 1
            )
            select
                drug.concept_id, strength.ingredient_concept_id,
                strength.amount_value * units.factor, units.dimension, dose_form.dose_form
            from read_parquet({literal(strengths)}) as strength
            inner join alone using (drug_concept_id)
            inner join concept as drug
                on strength.drug_concept_id = drug.concept_id
                and drug.concept_class_id = 'Clinical Drug'
                and drug.standard_concept = 'S'
                and drug.invalid_reason is null
            inner join concept as unit
                on strength.amount_unit_concept_id = unit.concept_id
                and unit.vocabulary_id = 'UCUM'
            inner join (select distinct ucum, factor, dimension from dose_unit) as units
                on unit.concept_code = units.ucum
            -- RxNorm ends a name with its form: "… 500 MG Oral Tablet"; a longer form is another
            inner join (select distinct dose_form from dose_form) as dose_form
                on regexp_matches(
                    drug.concept_name, '(MG|MCG|UNT|G|MEQ) ' || dose_form.dose_form || '$'
                )
            where strength.invalid_reason is null and strength.amount_value > 0
            """  # noqa: S608
        )


def strength_targets(connection: duckdb.DuckDBPyConnection) -> None:
    """Make table ``strength_target``: CIP13 and UCD that just one clinical drug answers."""
    connection.execute(
        """
        create or replace table strength_target as
        with ingredient as (
            select atc, min(target_concept_id) as ingredient_concept_id
            from atc_target
            group by atc
            having count(distinct target_concept_id) = 1
        ),
        form as (
            select
                reference.cip13,
                arg_max(dose_form.dose_form, length(dose_form.form)) as dose_form
            from drug_reference as reference
            inner join dose_form
                on reference.form = dose_form.form
                or starts_with(reference.form, dose_form.form || ' ')
            group by reference.cip13
        ),
        answer as (
            select distinct reference.cip13, clinical_drug.concept_id
            from drug_reference as reference
            inner join ingredient on reference.atc = ingredient.atc
            inner join form on reference.cip13 = form.cip13
            inner join dose_unit on reference.unit = dose_unit.french
            inner join clinical_drug
                on ingredient.ingredient_concept_id = clinical_drug.ingredient_concept_id
                and dose_unit.dimension = clinical_drug.dimension
                and abs(reference.dose * dose_unit.factor - clinical_drug.amount)
                    < 0.000001 * clinical_drug.amount
                and form.dose_form = clinical_drug.dose_form
        ),
        pack as (
            select 'CIP13' as source_vocabulary, cip13 as source_code, cip13
            from drug_reference
            union
            select 'UCD', ucd, cip13 from drug_reference where ucd is not null
        )
        -- every pack of a UCD must give the same answer
        select
            pack.source_vocabulary,
            pack.source_code,
            min(answer.concept_id) as target_concept_id
        from pack
        left join answer on pack.cip13 = answer.cip13
        group by pack.source_vocabulary, pack.source_code
        having count(distinct answer.concept_id) = 1
            and count(*) filter (where answer.concept_id is null) = 0
        """
    )
