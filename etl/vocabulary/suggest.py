"""Candidates for codes without a target: lexical, restricted by domain and axis, never approved.

The published experience is sobering (terminology §1.3: 2.5 % of CCAM acts have an exact
lexical match), so these are reading aids for a reviewer and nothing else uses them.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import duckdb
from rapidfuzz import fuzz, process

from etl.errors import SndsOmopError
from etl.resources import vocabularies_dir
from etl.vocabulary.catalogue import vocabulary_of
from etl.vocabulary.mapping_file import OWN_COLUMNS, USAGI_COLUMNS
from etl.vocabulary.tables import literal
from etl.vocabulary.worklist import OpenCode
from etl.workspace import Workspace

AUTHOR = "snds-omop suggest"
PER_CODE = 10
FLOOR = 55
"""Score of 100 under which two names have nothing in common."""
RAREST = 4
"""Words of a name that choose the candidates to score."""
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
class _Name:
    concept_id: int
    concept_name: str
    domain_id: str
    spoken: str


def suggest(workspace: Workspace, codes: Iterable[OpenCode]) -> dict[str, list[Suggestion]]:
    """Best candidates of each code, best first, among standard concepts of its domain.

    Raises:
        SndsOmopError: SO-105 when no vocabulary is loaded.
    """
    found: dict[str, list[Suggestion]] = {}
    by_domain: dict[str, list[OpenCode]] = defaultdict(list)
    for code in codes:
        by_domain[vocabulary_of(code.source_vocabulary).default_domain].append(code)
    for domain, members in sorted(by_domain.items()):
        names = _standard_names(workspace, domain)
        index = _by_word(names)
        for code in members:
            found[code.source_code] = _candidates(code, names, index)
    return found


def spoken(text: str) -> str:
    """A name as it is compared: no accent, no case, no punctuation."""
    flat = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return " ".join(_WORD.findall(flat))


def _standard_names(workspace: Workspace, domain: str) -> list[_Name]:
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
    return [_Name(row[0], row[1], row[2], spoken(row[3])) for row in rows]


def _by_word(names: list[_Name]) -> dict[str, list[int]]:
    index: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        for word in set(name.spoken.split()):
            index[word].append(place)
    return index


def _candidates(
    code: OpenCode, names: list[_Name], index: dict[str, list[int]]
) -> list[Suggestion]:
    wanted = spoken(code.source_name)
    known = [word for word in set(wanted.split()) if word in index]
    rare = sorted(known, key=lambda word: (len(index[word]), word))[:RAREST]
    places = Counter(place for word in rare for place in index[word])
    axis = _axis(code.source_vocabulary, code.source_code)
    pool = {
        place: names[place].spoken
        for place in sorted(places)
        if axis is None or axis.search(names[place].concept_name)
    }
    scored = process.extract(
        wanted, pool, scorer=fuzz.token_set_ratio, score_cutoff=FLOOR, limit=PER_CODE * 3
    )
    best: dict[int, Suggestion] = {}
    for _, score, place in scored:
        name = names[place]
        if name.concept_id not in best:
            best[name.concept_id] = Suggestion(
                code.source_code,
                name.concept_id,
                name.concept_name,
                name.domain_id,
                round(score, 1),
            )
    ranked = sorted(best.values(), key=lambda one: (-one.score, one.concept_id))
    return ranked[:PER_CODE]


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
    """What the code says of the act (its action and access): candidates must say it too."""
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
