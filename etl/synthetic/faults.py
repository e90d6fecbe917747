"""What is wrong with a run, as a file states it: ``synth --faults FILE``.

``[planted]`` gives the dose of each planted case: 0 leaves it out, 1 is what a run has by itself, 5
five times as much. ``[[file]]`` damages files once they are written.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from etl.clauses import RefusedValueError, joined, of_model, of_system
from etl.configuration import not_toml
from etl.errors import SndsOmopError

#: Planted cases that may be dosed. The first ones are shares of persons, rows or lines.
CASES = frozenset(
    (
        "change_of_pseudonym", "no_certified_number", "identifier_not_delivered", "stale_rights",
        "late_flux", "empty_qualifier",
        "archived_twice", "surcharge", "external_participation", "information_line",
        "corrected", "cancelled", "reversal_without_original", "no_date", "sentinel_date",
        "care_before_birth", "care_after_death", "fictitious_or_unidentified",
        "unknown_beneficiary",
        "scheme_of_fictitious_numbers", "no_product_code", "anaesthesia_and_later_phase",
        "delivery_of_a_device", "two_products_on_a_line", "orphan_detail",
        "disease_written_twice", "work_accident", "occupational_disease", "other_classification",
        "invalid_linkage", "grouping_error", "automatic_summary", "provider_of_another_hospital",
        "duplicated_finess", "cumulative_summary", "overlapping_stays", "odd_associated_diagnosis",
        "row_without_stay", "two_bills_of_a_visit", "surcharge_of_a_bill", "invalid_tariff_group",
        "sequence_with_an_error", "drug_declared_twice", "impossible_quantity",
        "death_known_by_its_month", "second_certificate",
    )
)  # fmt: skip
Dose = Annotated[float, Field(ge=0, le=1000)]
#: What is done to a file; ``number`` is of lines, but for `parts` (files) and `cut` (percent lost).
Kind = Literal[
    "extra_field", "key_gone", "zero_byte", "header_again", "stray_quote", "marker", "blank_line",
    "footer", "quoted", "utf16", "parts", "twice", "cut", "missing", "empty", "damaged_gzip",
]  # fmt: skip


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileFault(_Model):
    """One damage: done to each file whose name, without ``.csv``, fits the pattern ``name``."""

    fault: Kind
    name: str = Field(min_length=1)
    number: int = Field(3, ge=1, le=1_000_000)


class Faults(_Model):
    """Doses by planted case, and damages of files. An empty one is a run as it always is."""

    all: Dose = 1
    planted: Mapping[str, Dose] = {}
    file: tuple[FileFault, ...] = ()

    @field_validator("planted")
    @classmethod
    def _known(cls, value: Mapping[str, float]) -> Mapping[str, float]:
        if unknown := sorted(set(value) - CASES):
            raise RefusedValueError(
                f"no planted case has this name: {', '.join(unknown)}",
                f"aucun cas planté ne porte ce nom : {', '.join(unknown)}",
            )
        return value

    def dose(self, case: str) -> float:
        """How much of a planted case: 1 is as ever.

        Raises:
            KeyError: the case is not in :data:`CASES`.
        """
        if case not in CASES:
            raise KeyError(case)
        return self.planted.get(case, self.all)

    def share(self, case: str, usual: float) -> float:
        """A share of persons or rows, dosed."""
        return min(1.0, usual * self.dose(case))


def read_faults(path: Path) -> Faults:
    """Faults as a TOML file states them.

    Raises:
        SndsOmopError: SO-141 the file cannot be read, or names what is no fault.
    """
    try:
        return Faults.model_validate(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except OSError as error:
        raise SndsOmopError("SO-141", *of_system(error), where=str(path)) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SndsOmopError("SO-141", *not_toml(error), where=str(path)) from error
    except ValidationError as error:
        raise SndsOmopError("SO-141", *joined(of_model(error)), where=str(path)) from error
