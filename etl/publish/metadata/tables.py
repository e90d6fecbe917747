"""Variables of the dataset: CSVW in RDF for the record, CSVW JSON and dictionaries as files."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rdflib import RDF, Graph, Literal, Namespace, URIRef

from etl.contracts.cdm import FIELDS_FILE, cdm_tables
from etl.publish.metadata.variables import Variable, variables

GRAINS_FILE = FIELDS_FILE.with_name("tables.csv")


def add_variables(
    graph: Graph, ns: Mapping[str, Namespace], dataset: URIRef, group: URIRef
) -> None:
    """Add a table group with every table and column to a graph."""
    graph.add((dataset, ns["healthdcatap"].hasStructuredData, Literal(lexical_or_value=True)))
    graph.add((dataset, ns["healthdcatap"].hasVariables, group))
    graph.add((group, RDF.type, ns["csvw"].TableGroup))
    for language, title in (("en", "OMOP CDM 5.4 tables"), ("fr", "Tables de l'OMOP CDM 5.4")):
        graph.add((group, ns["dct"].title, Literal(title, lang=language)))
    grains = table_grains()
    for variable in variables():
        table = URIRef(f"{group}/{variable.table}")
        if (group, ns["csvw"].table, table) not in graph:
            graph.add((group, ns["csvw"].table, table))
            graph.add((table, RDF.type, ns["csvw"].Table))
            graph.add((table, ns["dct"].title, Literal(variable.table)))
            for language, grain in grains.get(variable.table, {}).items():
                graph.add((table, ns["dct"].description, Literal(grain, lang=language)))
        column = URIRef(f"{table}/{variable.name}")
        graph.add((table, ns["csvw"].column, column))
        graph.add((column, RDF.type, ns["csvw"].Column))
        graph.add((column, ns["csvw"].name, Literal(variable.name)))
        graph.add((column, ns["csvw"].datatype, Literal(variable.datatype)))
        for language in ("en", "fr"):
            title = Literal(variable.title[language], lang=language)
            description = Literal(variable.description[language], lang=language)
            graph.add((column, ns["csvw"].title, title))
            # The specification of CSVW writes `titles`, the shapes ask for `title`.
            graph.add((column, ns["csvw"].titles, title))
            graph.add((column, ns["dct"].description, description))


def csvw_document(uri: str) -> dict[str, Any]:
    """The table group as CSVW JSON, for readers of the Parquet or CSV files."""
    tables: dict[str, list[Variable]] = {}
    for variable in variables():
        tables.setdefault(variable.table, []).append(variable)
    return {
        "@context": "http://www.w3.org/ns/csvw",
        "@id": f"{uri}#variables",
        "tables": [
            {
                "url": f"{name}.csv",
                "tableSchema": {
                    "columns": [
                        {
                            "name": variable.name,
                            "titles": variable.title,
                            "dc:description": [
                                {"@value": text, "@language": language}
                                for language, text in variable.description.items()
                            ],
                            "datatype": variable.datatype,
                        }
                        for variable in columns
                    ],
                    **_keys(name),
                },
            }
            for name, columns in tables.items()
        ],
    }


def _keys(table: str) -> dict[str, Any]:
    """Primary and foreign keys of a table, as CSVW writes them."""
    fields = cdm_tables()[table].fields
    primary = [field.name for field in fields if field.primary_key]
    foreign = [
        {
            "columnReference": field.name,
            "reference": {
                "resource": f"{field.fk_table}.csv",
                "columnReference": field.fk_field,
            },
        }
        for field in fields
        if field.fk_table and field.fk_field
    ]
    keys: dict[str, Any] = {"primaryKey": primary} if primary else {}
    return keys | ({"foreignKeys": foreign} if foreign else {})


def write_dictionary(path: Path, language: str) -> None:
    """One line per column, in one language."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["table", "column", "type", "title", "description"])
        for variable in variables():
            writer.writerow(
                [
                    variable.table,
                    variable.name,
                    variable.datatype,
                    variable.title[language],
                    variable.description[language],
                ]
            )


def table_grains() -> dict[str, dict[str, str]]:
    """What one row of each table is, by language."""
    with GRAINS_FILE.open(encoding="utf-8", newline="") as handle:
        return {
            row["table"]: {"en": row["grain_en"], "fr": row["grain_fr"]}
            for row in csv.DictReader(handle)
        }
