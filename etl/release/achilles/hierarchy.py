"""``concept_hierarchy``: the levels above each concept in ATLAS' treemaps.

A concept without a row here vanishes from ATLAS' report. WebAPI fills the table with every concept
of the vocabulary; here it has the concepts that are counted, and their ancestors, which are all
that a report can name.
"""

# ruff: noqa: S608 - SQL is made of names of our own catalogue, never of what a user typed.

from __future__ import annotations

import duckdb

from etl.release.achilles.concept_counts import CONCEPT_COUNTS

HIERARCHY = "concept_hierarchy"

PROCEDURES = 4040390  # the SNOMED concept whose three levels below WebAPI takes for procedures

_COLUMNS = (
    "concept_id integer, concept_name varchar, treemap varchar, concept_hierarchy_type varchar, "
    "level1_concept_name varchar, level2_concept_name varchar, level3_concept_name varchar, "
    "level4_concept_name varchar"
)


def insert_hierarchy(connection: duckdb.DuckDBPyConnection, cdm: str, results: str) -> None:
    """Fill the table from the vocabulary; ``concept_counts`` must be there."""
    connection.execute(f"create or replace table {results}.{HIERARCHY} ({_COLUMNS})")
    shared = _shared(cdm, results)
    for query in (
        _conditions(),
        _drugs("Drug"),
        _drugs("Drug Era"),
        _parents("Measurement"),
        _parents("Observation"),
        _procedures(cdm),
    ):
        connection.execute(f"insert into {results}.{HIERARCHY} {shared} {query}")


def _shared(cdm: str, results: str) -> str:
    """Concepts that are counted, names, and the nearest concept above by vocabulary or class.

    Of several the one of the highest id is taken, as WebAPI does.
    """

    def above(name: str, condition: str, levels: str = "") -> str:
        return f"""
            {name} as (
                select ancestry.descendant_concept_id as concept_id,
                    max(ancestry.ancestor_concept_id) as parent_id
                from {cdm}.concept_ancestor as ancestry
                inner join {cdm}.concept as parent
                    on ancestry.ancestor_concept_id = parent.concept_id
                where {condition}{levels}
                group by ancestry.descendant_concept_id
            )"""

    direct = " and ancestry.min_levels_of_separation = 1"
    parts = (
        f"""
            counted as (
                select concept.* from {cdm}.concept as concept
                where concept.concept_id in (
                    select known.concept_id from {results}.{CONCEPT_COUNTS} as known
                )
            )""",
        f"named as (select concept_id, concept_name from {cdm}.concept)",
        f"""
            direct_parent as (
                select descendant_concept_id as concept_id, ancestor_concept_id as parent_id
                from {cdm}.concept_ancestor where min_levels_of_separation = 1
            )""",
        above("meddra", "parent.vocabulary_id = 'MedDRA'", direct),
        *(
            above(f"atc_{level[0]}", f"parent.concept_class_id = 'ATC {level}'")
            for level in ("1st", "2nd", "4th")
        ),
        f"""
            ingredient as (
                select ancestry.descendant_concept_id as concept_id, parent.concept_id as parent_id,
                    parent.concept_name
                from {cdm}.concept_ancestor as ancestry
                inner join {cdm}.concept as parent
                    on ancestry.ancestor_concept_id = parent.concept_id
                where parent.domain_id = 'Drug' and parent.concept_class_id = 'Ingredient'
            )""",
    )
    return "with " + ", ".join(parts)


def _conditions() -> str:
    """Preferred term, high-level term and group, organ class of MedDRA."""
    return """
        select
            counted.concept_id, counted.concept_name, 'Condition', null,
            term.concept_name, high.concept_name, grouped.concept_name, organ.concept_name
        from counted
        left join meddra as a on counted.concept_id = a.concept_id
        left join named as term on a.parent_id = term.concept_id
        left join meddra as b on a.parent_id = b.concept_id
        left join named as high on b.parent_id = high.concept_id
        left join meddra as c on b.parent_id = c.concept_id
        left join named as grouped on c.parent_id = grouped.concept_id
        left join meddra as d on c.parent_id = d.concept_id
        left join named as organ on d.parent_id = organ.concept_id
        where counted.domain_id = 'Condition'"""


def _drugs(treemap: str) -> str:
    """Ingredient and the 4th, 2nd and 1st level of ATC; eras begin at the ATC."""
    drug = treemap == "Drug"
    subject = "ingredient.parent_id" if drug else "counted.concept_id"
    levels = "fourth.concept_name, second.concept_name, first.concept_name"
    shown = f"ingredient.concept_name, {levels}" if drug else f"{levels}, null"
    # WebAPI leaves out a drug without ingredient, which ATLAS then hides; here it keeps its row.
    joined = "left join ingredient on counted.concept_id = ingredient.concept_id" if drug else ""
    only = "" if drug else " and counted.concept_class_id = 'Ingredient'"
    return f"""
        select counted.concept_id, counted.concept_name, '{treemap}', null, {shown}
        from counted
        {joined}
        left join atc_4 on {subject} = atc_4.concept_id
        left join named as fourth on atc_4.parent_id = fourth.concept_id
        left join atc_2 on atc_4.parent_id = atc_2.concept_id
        left join named as second on atc_2.parent_id = second.concept_id
        left join atc_1 on atc_2.parent_id = atc_1.concept_id
        left join named as first on atc_1.parent_id = first.concept_id
        where counted.domain_id = 'Drug'{only}"""


def _parents(domain: str) -> str:
    """Three parents upwards; of several the last name."""
    return f"""
        select
            counted.concept_id, counted.concept_name, '{domain}', null,
            max(first.concept_name), max(second.concept_name), max(third.concept_name), null
        from counted
        left join direct_parent as a on counted.concept_id = a.concept_id
        left join named as first on a.parent_id = first.concept_id
        left join direct_parent as b on a.parent_id = b.concept_id
        left join named as second on b.parent_id = second.concept_id
        left join direct_parent as c on b.parent_id = c.concept_id
        left join named as third on c.parent_id = third.concept_id
        where counted.domain_id = '{domain}'
        group by all"""


def _procedures(cdm: str) -> str:
    """The concept of the third level below the root, then its parents; names begin with codes."""

    def level(depth: int) -> str:
        return (
            f"select descendant_concept_id from {cdm}.concept_ancestor where"
            f" ancestor_concept_id = {PROCEDURES} and min_levels_of_separation = {depth}"
        )

    def parents(depth: int) -> str:
        return f"""(
            select concept_id, max(parent_id) as parent_id from direct_parent
            where parent_id in ({level(depth)}) group by concept_id
        )"""

    return f"""
        select
            counted.concept_id,
            concat(vocabulary.vocabulary_name, ' ', counted.concept_code, ': ',
                counted.concept_name),
            'Procedure', null,
            third.concept_name, second.concept_name, first.concept_name, null
        from counted
        inner join {cdm}.vocabulary as vocabulary
            on counted.vocabulary_id = vocabulary.vocabulary_id
        left join (
            select ancestry.descendant_concept_id as concept_id,
                max(ancestry.ancestor_concept_id) as parent_id
            from {cdm}.concept_ancestor as ancestry
            inner join {parents(2)} as at_third
                on ancestry.ancestor_concept_id = at_third.concept_id
            group by ancestry.descendant_concept_id
        ) as a on counted.concept_id = a.concept_id
        left join named as third on a.parent_id = third.concept_id
        left join {parents(2)} as b on a.parent_id = b.concept_id
        left join named as second on b.parent_id = second.concept_id
        left join {parents(1)} as c on b.parent_id = c.concept_id
        left join named as first on c.parent_id = first.concept_id
        where counted.domain_id = 'Procedure'"""
