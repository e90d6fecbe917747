"""Candidates for codes without a target: by names and by neighbouring codes, never approved.

The published experience is sobering (terminology §1.3: 2.5 % of CCAM acts have an exact
lexical match): a code whose neighbours in its classification are mapped is best served by what a
person chose for them. These are reading aids for a reviewer and nothing else uses them.
"""

from __future__ import annotations

import csv
import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import takewhile

import duckdb
from rapidfuzz import fuzz

from etl.errors import SndsOmopError
from etl.resources import vocabularies_dir
from etl.sql_text import literal
from etl.vocabulary.catalogue import vocabulary_of
from etl.vocabulary.mapping_file import OWN_COLUMNS, USAGI_COLUMNS
from etl.vocabulary.mappings import mapping_rows, site_mappings
from etl.vocabulary.worklist import OpenCode
from etl.workspace import Workspace

AUTHOR = "snds-omop suggest"
PER_CODE = 10
FLOOR = 55
"""Score of 100 under which two names have nothing in common."""
RAREST = 4
"""Words of a name that choose the candidates to score."""
NEIGHBOURS = {"CIM10": 3, "CCAM": 4, "ATC": 5, "NABM": 2, "CSAR": 3, "CSARR": 3, "LPP": 3}
"""First characters that codes of one category share."""
_FLOOR_OF_NEIGHBOUR, _EACH_CHARACTER = 10, 6
"""What a neighbour scores by its place, of 100; half of what its label scores is added."""
_STEM = 6
_WORD = re.compile(r"[a-z0-9]{3,}")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One candidate of one code."""

    source_code: str
    concept_id: int
    concept_name: str
    domain_id: str
    score: float

    @property
    def text(self) -> str:
        return f"{self.concept_id} {self.concept_name}"


@dataclass(frozen=True, slots=True)
class Name:
    """A name or a synonym of a standard concept."""

    concept_id: int
    concept_name: str
    domain_id: str
    spoken: str


@dataclass(frozen=True, slots=True)
class Decided:
    """A code that a person mapped, and the name of the code."""

    source_code: str
    concept_id: int
    spoken: str


def _decided(workspace: Workspace) -> dict[str, list[Decided]]:
    found: dict[str, list[Decided]] = defaultdict(list)
    for vocabulary, row in mapping_rows(site_mappings(workspace)):
        if row.approved and row.concept_id and row.mapping_type == "MAPS_TO":
            found[vocabulary.source_vocabularies[0]].append(
                Decided(row.source_code, row.concept_id, spoken(row.source_name))
            )
    return found


def suggest(workspace: Workspace, codes: Iterable[OpenCode]) -> dict[str, list[Suggestion]]:
    """Best candidates of each code, best first, among standard concepts of its domain.

    Raises:
        SndsOmopError: SO-105 when no vocabulary is loaded.
    """
    found: dict[str, list[Suggestion]] = {}
    decided = _decided(workspace)
    by_domain: dict[str, list[OpenCode]] = defaultdict(list)
    for code in codes:
        by_domain[vocabulary_of(code.source_vocabulary).default_domain].append(code)
    for domain, members in sorted(by_domain.items()):
        names = standard_names(workspace, domain)
        index = by_word(names)
        for code in members:
            found[code.source_code] = candidates(
                code, names, index, decided.get(code.source_vocabulary, [])
            )
    return found


def spoken(text: str) -> str:
    """A name as it is compared: no accent, case or punctuation, English words, their stems.

    A stem is the first letters of a word: French and English names of substances, organs and
    diseases mostly differ in their ends (fibrinogène, fibrinogen).
    """
    flat = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    english = _english()
    return " ".join(english.get(word, word)[:_STEM] for word in _WORD.findall(flat))


@cache
def _english() -> dict[str, str]:
    with (vocabularies_dir() / "suggestion_words.csv").open(encoding="utf-8", newline="") as handle:
        return {row["word"]: row["english"] for row in csv.DictReader(handle)}


def standard_names(workspace: Workspace, domain: str) -> list[Name]:
    """Names and synonyms of standard concepts of one domain."""
    concepts = workspace.vocabulary / "concept.parquet"
    if not concepts.is_file():
        raise SndsOmopError(
            "SO-105",
            "suggestions come from the vocabulary",
            "les suggestions viennent du vocabulaire",
        )
    synonyms = workspace.vocabulary / "concept_synonym.parquet"
    query = f"""
        with standard as (
            select concept_id, concept_name, domain_id
            from read_parquet({literal(concepts)})
            where domain_id = ? and standard_concept = 'S' and invalid_reason is null
        )
        select concept_id, concept_name, domain_id, concept_name from standard
        union
        select standard.concept_id, concept_name, domain_id, concept_synonym_name
        from standard
        inner join read_parquet({literal(synonyms)}) as synonym using (concept_id)
        order by all
    """  # noqa: S608
    rows = duckdb.connect().execute(query, [domain]).fetchall()
    return [Name(row[0], row[1], row[2], spoken(row[3])) for row in rows]


def by_word(names: list[Name]) -> dict[str, list[int]]:
    index: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        for word in set(name.spoken.split()):
            index[word].append(place)
    return index


def candidates(
    code: OpenCode, names: list[Name], index: dict[str, list[int]], decided: Iterable[Decided]
) -> list[Suggestion]:
    """Best candidates of one code, best first: by their names, and by what its neighbours have."""
    wanted = spoken(code.source_name)
    known = [word for word in set(wanted.split()) if word in index]
    rare = sorted(known, key=lambda word: (len(index[word]), word))[:RAREST]

    def weight(word: str) -> float:
        return math.log(1 + len(names) / len(index[word]))

    axis = _axis(code.source_vocabulary, code.source_code)
    concepts: dict[int, Name] = {}
    scores: dict[int, float] = {}
    for place in sorted({place for word in rare for place in index[word]}):
        name = names[place]
        if axis is None or axis.search(name.concept_name):
            score = max(_likeness(wanted, name.spoken), _shared(known, name.spoken, weight))
            if score >= FLOOR and score > scores.get(name.concept_id, 0):
                scores[name.concept_id] = score
                concepts[name.concept_id] = name
    near = {
        concept_id: score
        for concept_id, score in _near(code, wanted, decided)
        if score > scores.get(concept_id, 0)
    }
    for name in names:
        if name.concept_id in near:
            scores[name.concept_id] = near[name.concept_id]
            concepts[name.concept_id] = name
    best = sorted(concepts, key=lambda concept_id: (-scores[concept_id], concept_id))
    return [
        Suggestion(
            code.source_code,
            concept_id,
            concepts[concept_id].concept_name,
            concepts[concept_id].domain_id,
            round(scores[concept_id], 1),
        )
        for concept_id in best[:PER_CODE]
    ]


def _likeness(one: str, other: str) -> float:
    """Of 100: words in common, less for those that only one of the two names has."""
    return (fuzz.token_set_ratio(one, other) + fuzz.token_sort_ratio(one, other)) / 2


def _shared(known: list[str], name: str, weight: Callable[[str], float]) -> float:
    """Of 100: what two names share of their words, a rare word weighing more than a frequent one.

    Words of the code that no concept has (brands, remarks) do not count against it.
    """
    words = set(name.split())
    common = sum(weight(word) for word in known if word in words)
    return 200 * common / (sum(weight(word) for word in [*known, *words]) or 1)


def _near(code: OpenCode, wanted: str, decided: Iterable[Decided]) -> Iterator[tuple[int, float]]:
    """Targets of the codes of one category, worst first, by shared characters and labels."""
    least = NEIGHBOURS.get(code.source_vocabulary)
    if least is None:
        return
    scored = []
    for one in decided:
        pairs = zip(one.source_code, code.source_code, strict=False)
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        if shared >= least and one.source_code != code.source_code:
            place = _FLOOR_OF_NEIGHBOUR + _EACH_CHARACTER * shared
            scored.append((place + _likeness(wanted, one.spoken) / 2, one.concept_id))
    for score, concept_id in sorted(scored):
        yield concept_id, min(score, 100.0)


@cache
def _axes() -> list[tuple[str, re.Pattern[str], re.Pattern[str]]]:
    with (vocabularies_dir() / "suggestion_axes.csv").open(encoding="utf-8", newline="") as handle:
        return [
            (
                row["source_vocabulary"],
                re.compile(row["code_pattern"]),
                re.compile(row["name_pattern"], re.IGNORECASE),
            )
            for row in csv.DictReader(handle)
        ]


def _axis(source_vocabulary: str, code: str) -> re.Pattern[str] | None:
    """What the code states of the act (its action and access): candidates must match it."""
    for vocabulary, pattern, name_pattern in _axes():
        if vocabulary == source_vocabulary and pattern.match(code):
            return name_pattern
    return None


def suggestion_rows(
    codes: list[OpenCode], found: dict[str, list[Suggestion]]
) -> list[dict[str, str]]:
    """Lines of a mapping file: the best candidate of each code, for a person to look at."""
    rows = []
    for code in codes:
        for one in found.get(code.source_code, [])[:1]:
            row = dict.fromkeys((*USAGI_COLUMNS, *OWN_COLUMNS), "")
            row |= {
                "sourceCode": code.source_code,
                "sourceName": code.source_name,
                "matchScore": f"{one.score / 100:.2f}",
                "mappingStatus": "AUTO_MAPPED",
                "equivalence": "UNREVIEWED",
                "conceptId": str(one.concept_id),
                "conceptName": one.concept_name,
                "domainId": one.domain_id,
                "mappingType": "MAPS_TO",
                "createdBy": AUTHOR,
                "ADD_INFO:method": "lexical",
            }
            rows.append(row)
    return rows
