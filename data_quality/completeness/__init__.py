"""Is the delivery complete? Judged on its own content, from the first release on."""

from data_quality.completeness.accepted import with_accepted
from data_quality.completeness.measures import measure_shortfalls, undelivered
from data_quality.completeness.model import Shortfall, Thresholds

__all__ = ["Shortfall", "Thresholds", "measure_shortfalls", "undelivered", "with_accepted"]
