"""What is left to map, most frequent first, in the columns that Usagi imports."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from etl.errors import SndsOmopError
from etl.sql_text import literal
from etl.vocabulary.catalogue import vocabulary_of
from etl.vocabulary.coverage import ask
from etl.vocabulary.masking import masked
from etl.workspace import Workspace

NATURES = "PRS_NAT_REF"


@dataclass(frozen=True, slots=True)
class OpenCode:
    """A code of the data that reaches no standard concept, or only a wider one."""

    vocabulary_id: str
    source_vocabulary: str
    source_code: str
    source_name: str
    domain: str
    n_records: int
    state: str
    """``unmapped`` or ``wider``; of a nature, ``unreviewed`` or ``money``."""


def open_codes(workspace: Workspace, *, wider: bool = False) -> list[OpenCode]:
    """Codes to look at, by vocabulary and decreasing number of records.

    Args:
        wider: also those whose target is wider than the code, or found under its parent.

    Raises:
        SndsOmopError: SO-105 without a vocabulary, SO-106 without a candidate.
    """
    concepts = workspace.vocabulary / "concept.parquet"
    if not concepts.is_file():
        raise SndsOmopError(
            "SO-105", "labels come from the vocabulary", "les libellés viennent du vocabulaire"
        )
    states = "('unmapped', 'wider')" if wider else "('unmapped')"
    rows = ask(
        workspace,
        f"""
        with events as (
            select
                source_vocabulary, source_code, domain, source_concept_id,
                case
                    when concept_id = 0 then 'unmapped'
                    when method = 'computed' or equivalence in ('WIDER', 'INEXACT', 'UNINFORMATIVE')
                        then 'wider'
                end as state
            from intermediate.int_event__routed
        )
        select
            events.source_vocabulary, events.source_code,
            coalesce(any_value(concept.concept_name), ''),
            any_value(events.domain), count(*), events.state
        from events
        left join read_parquet({literal(concepts)}) as concept
            on events.source_concept_id = concept.concept_id
            and concept.concept_id <> 0
        where events.state in {states} and events.source_code is not null
        group by events.source_vocabulary, events.source_code, events.state
        order by events.source_vocabulary, count(*) desc, events.source_code
        """,  # noqa: S608
    )
    return [OpenCode(vocabulary_of(row[0]).vocabulary_id, *row) for row in rows]


def natures_without_visit(workspace: Workspace) -> list[OpenCode]:
    """Natures of act (PRS_NAT_REF) that give no visit, by decreasing number of lines.

    Their state is ``unreviewed``, or ``money`` when the reviewed list holds them as such.

    Raises:
        SndsOmopError: SO-106 without a candidate.
    """
    rows = ask(
        workspace,
        """
        select
            source_code, coalesce(any_value(source_label), ''), sum(n_records)::bigint,
            case when is_reviewed then 'money' else 'unreviewed' end as state
        from audit.nature
        where not gives_visit and source_code is not null
        group by source_code, is_reviewed
        order by is_reviewed, sum(n_records) desc, source_code
        """,
    )
    return [OpenCode(NATURES, NATURES, code, label, "Visit", n, state)
            for code, label, n, state in rows]  # fmt: skip


def usagi_rows(
    codes: list[OpenCode], minimum: int, candidates: dict[str, list[str]] | None = None
) -> dict[str, list[dict[str, str]]]:
    """Rows that Usagi imports, by vocabulary; small counts are hidden and so is their order.

    Args:
        minimum: smallest count that may be shown.
        candidates: suggested targets of a code, as ``id name`` texts.
    """
    by_vocabulary: dict[str, list[OpenCode]] = defaultdict(list)
    for code in codes:
        by_vocabulary[code.vocabulary_id].append(code)
    return {
        vocabulary: _of_one(members, minimum, candidates or {})
        for vocabulary, members in by_vocabulary.items()
    }


def _of_one(
    codes: list[OpenCode], minimum: int, candidates: dict[str, list[str]]
) -> list[dict[str, str]]:
    counts = masked([code.n_records for code in codes], minimum)
    pairs = list(zip(codes, counts, strict=True))
    # Rank is a count in disguise: codes whose count is hidden stand in code order.
    shown = [pair for pair in pairs if pair[1] is not None]
    hidden = sorted((pair for pair in pairs if pair[1] is None), key=lambda p: p[0].source_code)
    total = sum(code.n_records for code in codes)
    rows, running = [], 0
    for code, count in [*shown, *hidden]:
        running += count or 0
        found = candidates.get(code.source_code, [])
        rows.append(
            {
                "sourceCode": code.source_code,
                "sourceName": code.source_name,
                "sourceFrequency": str(count or 0),
                "sourceAutoAssignedConceptIds": ";".join(text.split(" ")[0] for text in found),
                "ADD_INFO:cumulative_share": f"{100 * running / total:.1f}" if count else "",
                "ADD_INFO:state": code.state,
                "ADD_INFO:domain": code.domain,
                "ADD_INFO:candidates": " | ".join(found),
            }
        )
    return rows
