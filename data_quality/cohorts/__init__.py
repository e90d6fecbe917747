"""Cohorts that show whether a release can answer real questions."""

from data_quality.cohorts.counting import cohort_entries
from data_quality.cohorts.definition import Cohort, cohorts
from data_quality.cohorts.smoke import CohortResult, run_cohorts

__all__ = ["Cohort", "CohortResult", "cohort_entries", "cohorts", "run_cohorts"]
