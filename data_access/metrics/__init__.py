"""Every metric, once: its name, what it means, how it is computed, and what is known of good values.

Benchmarks are shown only with an honest source; where none is public, none is shown.
"""

from __future__ import annotations

from data_access.metrics import collections, cycle, denials, receivables
from data_access.metrics.metric import Metric

__all__ = ["AVOIDABLE_REASONS", "METRICS", "Metric"]

#: In the order in which the Guide explains them.
METRICS: dict[str, Metric] = {
    metric.id: metric for part in (receivables, denials, collections, cycle) for metric in part.METRICS
}

#: Write-off reasons that better work in the office would have avoided.
AVOIDABLE_REASONS = ("timely_filing", "no_authorization", "missed_appeal", "missing_information")
