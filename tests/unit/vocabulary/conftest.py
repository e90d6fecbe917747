"""A loaded demo vocabulary, shared: loading it takes a third of a second."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest

from etl.vocabulary import load_demo
from etl.workspace import Workspace

Query = Callable[..., list[tuple[Any, ...]]]


def reader(workspace: Workspace) -> Query:
    """A function that runs SQL where each Parquet file of the vocabulary is a view."""
    connection = duckdb.connect()
    for path in workspace.vocabulary.glob("*.parquet"):
        connection.execute(f"create view {path.stem} as from read_parquet('{path}')")

    def query(sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return connection.execute(sql, list(values)).fetchall()

    return query


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Query:
    workspace = Workspace(tmp_path_factory.mktemp("demo"))
    load_demo(workspace)
    return reader(workspace)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


# A fabricated bundle: its ids above 1,900,000,000 exist in no vocabulary.
Row = tuple[Any, ...]
HEADERS = {
    "CONCEPT": "concept_id concept_name domain_id vocabulary_id concept_class_id standard_concept "
    "concept_code valid_start_date valid_end_date invalid_reason",
    "CONCEPT_RELATIONSHIP": "concept_id_1 concept_id_2 relationship_id valid_start_date "
    "valid_end_date invalid_reason",
    "CONCEPT_ANCESTOR": "ancestor_concept_id descendant_concept_id min_levels_of_separation "
    "max_levels_of_separation",
    "CONCEPT_SYNONYM": "concept_id concept_synonym_name language_concept_id",
    "CONCEPT_CLASS": "concept_class_id concept_class_name concept_class_concept_id",
    "DOMAIN": "domain_id domain_name domain_concept_id",
    "VOCABULARY": "vocabulary_id vocabulary_name vocabulary_reference vocabulary_version "
    "vocabulary_concept_id",
    "RELATIONSHIP": "relationship_id relationship_name is_hierarchical defines_ancestry "
    "reverse_relationship_id relationship_concept_id",
    "DRUG_STRENGTH": "drug_concept_id ingredient_concept_id amount_value amount_unit_concept_id "
    "numerator_value numerator_unit_concept_id denominator_value denominator_unit_concept_id "
    "box_size valid_start_date valid_end_date invalid_reason",
}
DATES = ("19700101", "20991231", "")
VOCABULARIES = (
    "None|Gender|Visit|Type Concept|SNOMED|RxNorm|RxNorm Extension|ICD10|CIM10|CCAM|BDPM|ATC|LOINC|"
    "UCUM|Condition Status|CMS Place of Service|Medicare Specialty|NUCC|Currency"
)


@dataclass
class FakeBundle:
    """Rows of a bundle, to be changed by a test before it is written."""

    concepts: list[Row] = field(default_factory=list)
    relationships: list[Row] = field(default_factory=list)
    vocabularies: list[str] = field(default_factory=list)
    ancestors: list[Row] = field(default_factory=list)
    strengths: list[Row] = field(default_factory=list)
    version: str = "v5.0 27-FEB-26"
    spoilt: dict[str, list[Row]] = field(default_factory=dict)

    def concept(
        self,
        concept_id: int,
        code: str,
        vocabulary: str,
        domain: str = "Condition",
        standard: str = "",
        name: str = "",
        invalid: str = "",
        kind: str = "Undefined",
    ) -> None:
        row = (concept_id, name or code, domain, vocabulary, kind, standard, code)
        self.concepts.append((*row, *DATES[:2], invalid))

    def relate(self, one: int, relationship: str, two: int, invalid: str = "") -> None:
        self.relationships.append((one, two, relationship, *DATES[:2], invalid))

    def strength(self, drug: int, ingredient: int, amount: float, unit: int) -> None:
        self.strengths.append((drug, ingredient, amount, unit, "", "", "", "", "", *DATES))

    def spoil(self, table: str, rows: list[Row]) -> None:
        """Write these rows of a table and no other."""
        self.spoilt[table] = rows

    def files(self) -> dict[str, list[Row]]:
        classes = [(kind, kind, 0) for kind in sorted({row[4] for row in self.concepts})]
        domains = sorted({row[2] for row in self.concepts})
        related = sorted({"Maps to", "Mapped from", *(row[2] for row in self.relationships)})
        others = sorted({row[3] for row in self.concepts} - set(self.vocabularies))
        return {
            "CONCEPT": self.concepts,
            "CONCEPT_RELATIONSHIP": self.relationships,
            "CONCEPT_ANCESTOR": [
                *[(row[0], row[0], 0, 0) for row in self.concepts if row[5]],
                *self.ancestors,
            ],
            "CONCEPT_SYNONYM": [(self.concepts[0][0], 'a lone " quote', 0)],
            "CONCEPT_CLASS": classes,
            "DOMAIN": [(domain, domain, 0) for domain in domains],
            "VOCABULARY": [
                (name, name, "", self.version if name == "None" else "", 0)
                for name in [*self.vocabularies, *others]
            ],
            "RELATIONSHIP": [(name, name, "0", "0", "", 0) for name in related],
            "DRUG_STRENGTH": self.strengths,
            **self.spoilt,
        }

    def write(self, folder: Path, *, upper: bool = False, delimiter: str = "\t") -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in self.files().items():
            header = HEADERS[name].split()
            lines = [[column.upper() for column in header] if upper else header, *rows]
            text = "".join(delimiter.join(str(cell) for cell in line) + "\n" for line in lines)
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        (folder / "CONCEPT_CPT4.csv").write_text("concept_id\nnot read\n", encoding="utf-8")
        return folder

    def zipped(self, path: Path) -> Path:
        folder = self.write(path.parent / "unzipped")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(folder.iterdir()):
                archive.write(file, f"vocabulary_download/{file.name}")
        return path


@pytest.fixture
def bundle() -> FakeBundle:
    """Every vocabulary that matters, and a few codes of each French one."""
    fake = FakeBundle()
    fake.vocabularies = VOCABULARIES.split("|")
    for place, name in enumerate(fake.vocabularies):
        fake.concept(1_900_000_000 + place, f"any {name}", name, "Metadata")
    fake.concept(0, "No matching concept", "None", "Metadata", name="None")
    fake.concept(8507, "M", "Gender", "Gender", "S", "MALE")
    fake.concept(201826, "44054006", "SNOMED", "Condition", "S", 'Diabetes "type 2"')
    fake.concept(140673, "40930008", "SNOMED", "Condition", "S", "Hypothyroidism")
    fake.concept(320128, "59621000", "SNOMED", "Condition", "S", "Essential hypertension")
    fake.concept(1340204, "OMOP5165859", "SNOMED", "Observation", "S", "History of event")
    fake.concept(1503297, "6809", "RxNorm", "Drug", "S", "metformin")
    fake.concept(1_900_001_001, "E11.9", "CIM10")
    fake.concept(1_900_001_002, "E11.9", "ICD10")
    fake.concept(1_900_001_003, "I10", "ICD10")
    fake.concept(1_900_001_004, "Z86.7", "CIM10", "Observation")
    fake.concept(1_900_001_005, "3650158", "BDPM", "Drug")
    fake.concept(1_900_001_006, "HHQE002", "CCAM", "Procedure")
    fake.concept(1_900_001_007, "A10BA02", "ATC", "Drug", "C")
    fake.concept(1_900_001_008, "Metformin 1000 MG", "RxNorm Extension", "Drug", "S")
    fake.concept(1_900_001_009, "01.02", "CCAM", "Procedure")
    for one, two in (
        (1_900_001_001, 201826),
        (1_900_001_002, 320128),
        (1_900_001_003, 320128),
        (1_900_001_004, 1340204),
        (1_900_001_005, 1_900_001_008),
        (1_900_001_007, 1503297),
        (201826, 201826),
    ):
        fake.relate(one, "Maps to", two)
        fake.relate(two, "Mapped from", one)
    fake.relate(1_900_001_004, "Maps to value", 320128)
    fake.ancestors.append((1503297, 1_900_001_008, 1, 2))
    return fake


@pytest.fixture
def built(workspace: Workspace) -> Workspace:
    """A workspace with the demo vocabulary and a candidate as the build leaves it."""
    load_demo(workspace)
    with duckdb.connect(str(workspace.candidate)) as connection:
        connection.execute("create schema audit")
        connection.execute("create schema intermediate")
        connection.execute(
            "create table audit.mapping_coverage as from (values "
            "('Condition', 'CIM10', 2019, 'approved', 'EQUAL', 10, 900), "
            "('Condition', 'CIM10', 2019, 'computed', 'WIDER', 2, 60), "
            "('Condition', 'CIM10', 2020, 'none', null, 3, 40), "
            "('Procedure', 'CCAM', 2019, 'approved', 'EQUAL', 1, 100), "
            "('Procedure', 'CCAM', 2019, 'none', 'UNMATCHED', 1, 4)) "
            "as t(domain, source_vocabulary, source_year, method, equivalence, n_codes, n_records)"
        )
        connection.execute(
            "create table intermediate.int_event__routed as "
            "select source_vocabulary, source_code, domain, concept_id, "
            "cast(source_concept_id as integer) as source_concept_id, method, equivalence, "
            "make_date(year, 6, 1) as start_date "
            "from (values "
            "('CIM10', 'I10', 'Condition', 320128, 0, 'approved', 'EQUAL', 500, 2019), "
            "('CIM10', 'I10', 'Condition', 320128, 0, 'approved', 'EQUAL', 400, 2020), "
            "('CIM10', 'E119', 'Condition', 201826, 0, 'computed', 'WIDER', 60, 2019), "
            "('CIM10', 'R69', 'Condition', 0, 0, 'none', 'UNMATCHED', 40, 2020), "
            "('CCAM', 'HBJD001', 'Procedure', 0, 2002000038, 'none', 'UNMATCHED', 300, 2019), "
            "('CCAM', 'HBLD038', 'Procedure', 0, 2002000039, 'none', 'UNMATCHED', 50, 2019), "
            "('CCAM', 'ZZZZ999', 'Procedure', 0, 0, 'none', 'UNMATCHED', 3, 2019), "
            "('CCAM', 'AAAA999', 'Procedure', 0, 0, 'none', 'UNMATCHED', 5, 2019), "
            "('CCAM', 'HHQE002', 'Procedure', 4249893, 0, 'approved', 'EQUIVALENT', 20, 2019), "
            "('CCAM', 'QEQK001', 'Procedure', 4324693, 0, 'approved', 'WIDER', 12, 2019), "
            "('CCAM', 'QEQK005', 'Procedure', 4324693, 0, 'approved', 'WIDER', 30, 2019), "
            "('CCAM', 'ACQK001', 'Procedure', 4297090, 0, 'approved', 'WIDER', 15, 2019)) "
            "as t(source_vocabulary, source_code, domain, concept_id, source_concept_id, method, "
            "equivalence, n, year), range(n)"
        )
        connection.execute(
            "create table audit.nature as from (values "
            "('1111', 'CONSULTATION', 2019, true, true, 300), "
            "('4321', 'FRAIS FUNERAIRES', 2019, true, false, 20), "
            "('4321', 'FRAIS FUNERAIRES', 2020, true, false, 15), "
            "('9876', null, 2019, false, false, 40), "
            "(null, null, 2019, false, false, 7)) "
            "as t(source_code, source_label, source_year, is_reviewed, gives_visit, n_records)"
        )
    return workspace
