"""What may be shown of a study, as ``summarised_result`` of omopgenerics 1.3 (DARWIN EU).

Form: 13 columns as text, settings as rows of their own (``exportSummarisedResult``), ``-`` for
what is not shown. Names of results, groups and estimates are those of CohortCharacteristics and
IncidencePrevalence 1.2, so that their tables and figures read them.

Counts are rounded up to a multiple of the minimum less one, and rates come from what is shown: a
rate of exact counts would give them back. A rate is that of the middle of the ten possible counts;
its interval covers all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from math import sqrt

from scipy.stats import chi2, norm

from etl import __version__
from etl.publish.cells import Key
from etl.publish.control import Shown
from etl.publish.protection import rounding_base
from etl.study.cohorts import Cohort
from etl.study.protection import ALL

HIDDEN = "-"
MISSING = "NA"
"""R's word for an empty cell."""
OVERALL = ("overall", "overall")
DENOMINATOR = "observed_persons"
AND = " &&& "
_DAYS_A_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class ResultSet:
    """One ``result_id``: what all its rows have in common."""

    id: int
    type: str
    group: str
    strata: str
    additional: str
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Writer:
    """Makes rows of one study at one site."""

    cdm_name: str
    shown: Shown
    minimum: int
    prior_observation: int

    def rows(self, cohorts: Collection[Cohort]) -> list[list[str]]:
        """All rows under :data:`HEADER`, settings last."""
        found: list[list[str]] = []
        for cohort in cohorts:
            found += [*self._counts(cohort.name), *self._attrition(cohort)]
            found += [*self._rates(cohort.name, 3), *self._rates(cohort.name, 4)]
        found.sort(key=lambda row: int(row[0]))
        return [*found, *self._settings()]

    @property
    def incidence_key(self) -> str:
        return f"incidence after {self.prior_observation}"

    def _count(self, key: Key) -> int | None:
        """A count that may be shown; zero looks like hidden, as in the share pack."""
        return self.shown.counts.get(key) or None

    def _row(
        self,
        result: int,
        group: tuple[str, str],
        strata: tuple[str, str],
        estimate: tuple[str, str, str, str],
        additional: tuple[str, str] = OVERALL,
    ) -> list[str]:
        variable, name, kind, value = estimate
        return [str(result), self.cdm_name, *group, *strata, variable, MISSING, name, kind, value,
                *additional]  # fmt: skip

    def _counts(self, name: str) -> Iterator[list[str]]:
        group = ("cohort_name", name)
        records = self._count((name, "records"))
        yield self._row(1, group, OVERALL, ("Number records", "count", "integer", _text(records)))
        keys = [key for key in self.shown.family.cells if key[0] == name]
        for key in sorted(key for key in keys if key[1] in ("subjects", "year")):
            strata = _strata(key)
            value = _text(self._count(key))
            yield self._row(1, group, strata, ("Number subjects", "count", "integer", value))

    def _attrition(self, cohort: Cohort) -> Iterator[list[str]]:
        group = ("cohort_name", cohort.name)
        for number, (reason, _) in enumerate(cohort.steps, start=1):
            strata = ("reason", " ".join(reason.replace("&&&", "&").split()))
            for variable, kind in (("number_subjects", "step"), ("excluded_subjects", "excluded")):
                key = (cohort.name, kind, str(number))
                if key not in self.shown.family.cells:
                    continue
                value = _text(self._count(key))
                estimate = (variable, "count", "integer", value)
                yield self._row(2, group, strata, estimate, ("reason_id", str(number)))

    def _rates(self, name: str, result: int) -> Iterator[list[str]]:
        word = "incidence" if result == 3 else "prevalence"
        kind = self.incidence_key if result == 3 else word
        names = AND.join((f"{word}_start_date", f"{word}_end_date", "analysis_interval"))
        group = (
            AND.join(("denominator_cohort_name", "outcome_cohort_name")),
            AND.join((DENOMINATOR, name)),
        )
        keys = sorted(
            key
            for key in self.shown.family.cells
            if key[:2] == (name, kind) and key[-1] == "denominator"
        )
        for key in keys:
            year, sex = key[2], key[3]
            strata = OVERALL if sex == ALL else ("sex", sex)
            additional = (names, AND.join((f"{year}-01-01", f"{year}-12-31", "years")))
            estimates = self._incidence(key) if result == 3 else self._prevalence(key)
            for variable, (estimate, value) in estimates:
                type_ = "integer" if estimate.endswith("_count") else "numeric"
                made = (variable, estimate, type_, value)
                yield self._row(result, group, strata, made, additional)

    def _incidence(self, key: Key) -> Iterator[tuple[str, tuple[str, str]]]:
        people, cases = self._count(key), self._count((*key[:-1], "outcome"))
        days = next(iter(self.shown.derived.get(key, ())), "") if people else ""
        found = incidence_estimates(_one(cases), int(days) if days else None, self._base)
        yield "Denominator", ("denominator_count", _text(people))
        yield "Denominator", ("person_days", days or HIDDEN)
        yield "Denominator", ("person_years", found.pop("person_years"))
        yield "Outcome", ("outcome_count", _text(cases))
        yield from (("Outcome", one) for one in found.items())

    def _prevalence(self, key: Key) -> Iterator[tuple[str, tuple[str, str]]]:
        people, cases = self._count(key), self._count((*key[:-1], "outcome"))
        yield "Denominator", ("denominator_count", _text(people))
        yield "Outcome", ("outcome_count", _text(cases))
        found = prevalence_estimates(_one(cases), _one(people), self._base)
        yield from (("Outcome", one) for one in found.items())

    @property
    def _base(self) -> int:
        return rounding_base(self.minimum)

    def _settings(self) -> Iterator[list[str]]:
        for one in self._sets():
            stated = {
                "result_type": one.type,
                "package_name": "snds-omop",
                "package_version": __version__,
                "group": one.group,
                "strata": one.strata,
                "additional": one.additional,
                "min_cell_count": str(self.minimum),
                "counts_rounded_up_to_multiples_of": str(rounding_base(self.minimum)),
                **one.settings,
            }
            for name, value in stated.items():
                yield [str(one.id), MISSING, *OVERALL, *OVERALL, "settings", MISSING, name,
                       "character", value, *OVERALL]  # fmt: skip

    def _sets(self) -> list[ResultSet]:
        both = AND.join(("denominator_cohort_name", "outcome_cohort_name"))
        common = {
            "analysis_complete_database_intervals": "TRUE",
            "denominator_age_group": "0 to 150",
            "denominator_sex": "Both",
            "rates_from": "the middle of the counts that are rounded to the one shown",
        }
        times = (AND.join((f"{word}_start_date", f"{word}_end_date", "analysis_interval"))
                 for word in ("incidence", "prevalence"))  # fmt: skip
        strata = AND.join(("sex", "age_group", "year"))
        prior = str(self.prior_observation)
        return [
            ResultSet(1, "summarise_cohort_count", "cohort_name", strata, "", {}),
            ResultSet(2, "summarise_cohort_attrition", "cohort_name", "reason", "reason_id", {}),
            ResultSet(
                3, "incidence", both, "sex", next(times),
                {
                    **common,
                    "denominator_days_prior_observation": prior,
                    "analysis_outcome_washout": "Inf",
                    "analysis_repeated_events": "FALSE",
                    "analysis_censor_cohort_name": "None",
                },
            ),
            ResultSet(
                4, "prevalence", both, "sex", next(times),
                {
                    **common,
                    "denominator_days_prior_observation": "0",
                    "analysis_type": "period prevalence",
                    "analysis_level": "person",
                    "analysis_full_contribution": "FALSE",
                },
            ),
        ]  # fmt: skip


def _strata(key: Key) -> tuple[str, str]:
    if key[1] == "year":
        return ("year", key[2])
    parts = [
        (name, level) for name, level in zip(("sex", "age_group"), key[2:], strict=True) if level
    ]
    if not parts:
        return OVERALL
    return AND.join(name for name, _ in parts), AND.join(level for _, level in parts)


def _text(count: int | None) -> str:
    return HIDDEN if count is None else str(count)


Counted = tuple[int, int]
"""A shown count, and of how many rounded counts it is the sum: 1, or sites of a pool."""


def incidence_estimates(cases: Counted | None, days: int | None, base: int) -> dict[str, str]:
    """Person-years, and first entries per 100,000 of them with an exact Poisson interval of 95 %.

    Args:
        cases: persons who enter, as shown; None when hidden.
        days: person-days at risk, as shown; None when hidden.
        base: counts are rounded up to its multiples.
    """
    years = days / _DAYS_A_YEAR if days else 0.0
    rates = [HIDDEN] * 3
    if cases and years:
        least, middle = _possible(cases, base)
        lower = float(chi2.ppf(0.025, 2 * least)) / 2
        upper = float(chi2.ppf(0.975, 2 * (cases[0] + 1))) / 2
        rates = [f"{number / years * 100_000:.3f}" for number in (middle, lower, upper)]
    stem = "incidence_100000_pys"
    names = (stem, f"{stem}_95CI_lower", f"{stem}_95CI_upper")
    found = {"person_years": f"{years:.3f}" if years else HIDDEN}
    return found | dict(zip(names, rates, strict=True))


def prevalence_estimates(
    cases: Counted | None, people: Counted | None, base: int
) -> dict[str, str]:
    """Share of persons observed in the year who are in the cohort, with Wilson's interval of 95 %.

    Args:
        cases: persons in the cohort, as shown; None when hidden.
        people: persons observed, as shown; None when hidden.
        base: counts are rounded up to its multiples.
    """
    shares = [HIDDEN] * 3
    if cases and people:
        least, middle = _possible(cases, base)
        fewest, usual = _possible(people, base)
        lower = _wilson(least, people[0])[0]
        upper = _wilson(min(cases[0], fewest), fewest)[1]
        shares = [f"{number:.5f}" for number in (min(1.0, middle / usual), lower, upper)]
    names = ("prevalence", "prevalence_95CI_lower", "prevalence_95CI_upper")
    return dict(zip(names, shares, strict=True))


def _possible(counted: Counted, base: int) -> tuple[int, float]:
    """The least count that is shown as this one, and the middle of all that are."""
    shown, parts = counted
    width = parts * (base - 1)
    return max(parts * (base + 1), shown - width), shown - width / 2


def _one(count: int | None) -> Counted | None:
    return None if count is None else (count, 1)


def _wilson(cases: int, people: int) -> tuple[float, float]:
    """The interval of a proportion that IncidencePrevalence gives (Wilson, 95 %)."""
    z = float(norm.ppf(0.975))
    share = cases / people
    middle = (cases + z**2 / 2) / (people + z**2)
    width = z * sqrt(people) / (people + z**2) * sqrt(share * (1 - share) + z**2 / (4 * people))
    return max(0.0, middle - width), min(1.0, middle + width)
