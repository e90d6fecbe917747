"""Is the delivery complete? Judged on its own content, from the first release on."""

from data_quality.completeness.accepted import with_accepted
from data_quality.completeness.future import FutureDay, future_days
from data_quality.completeness.measures import measure_shortfalls, undelivered
from data_quality.completeness.model import Shortfall, Thresholds

__all__ = [
    "FutureDay",
    "Shortfall",
    "Thresholds",
    "future_days",
    "measure_shortfalls",
    "undelivered",
    "with_accepted",
]
