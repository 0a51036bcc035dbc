"""Metrics in CloudWatch's embedded format: a line of the log, so that no call and no permission is needed.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

NAMESPACE = "Restante"


def metric_line(values: Mapping[str, tuple[float, str]], now: datetime) -> str:
    """The line that gives each metric this value in this unit, as "Seconds" or "Count"."""
    metrics = [{"Name": name, "Unit": unit} for name, (_, unit) in values.items()]
    directive = {"Namespace": NAMESPACE, "Dimensions": [[]], "Metrics": metrics}
    numbers = {name: value for name, (value, _) in values.items()}
    return json.dumps({"_aws": {"Timestamp": int(now.timestamp() * 1000), "CloudWatchMetrics": [directive]}, **numbers})
