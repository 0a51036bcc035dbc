"""Two alarms for each function: it fails, or it is not allowed to run. The other alarms are in alarms.yaml."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

WATCHED_BY_OTHERS = frozenset({"OnRuleSet"})
"""Functions that run while the stack is deployed: CloudFormation tells of their failures."""
KINDS = {
    "Errors": ("Fails", 5, "has failed more than five times in five minutes. Its log says why."),
    "Throttles": ("IsThrottled", 20, "was not allowed to run twenty times in five minutes: see its concurrency."),
}
"""By Lambda's metric: how the alarm is called after the function, its threshold, and what it says."""


def alarms_of(functions: Iterable[str]) -> dict[str, Any]:
    """The alarms of these functions, which are logical ids, by logical id."""
    return {
        f"{name}{kind}": _alarm(name, metric, threshold, text)
        for name in functions
        if name not in WATCHED_BY_OTHERS
        for metric, (kind, threshold, text) in KINDS.items()
    }


def _alarm(function: str, metric: str, threshold: int, text: str) -> dict[str, Any]:
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmDescription": f"{function} {text}",
            "Namespace": "AWS/Lambda",
            "MetricName": metric,
            "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": function}}],
            "Statistic": "Sum",
            "Period": 300,
            "EvaluationPeriods": 1,
            "Threshold": threshold,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": [{"Ref": "AlarmTopic"}],
        },
    }
