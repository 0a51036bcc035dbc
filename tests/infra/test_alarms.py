"""The alarms and the dashboard: each is about something that exists, and tells somebody."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from chalicelib.aws.observing import NAMESPACE, SERVICE, count, metrics, told
from infra.alarms import WATCHED_BY_OTHERS
from infra.packaging import ROOT
from infra.template import functions
from tests.infra.references import references

if TYPE_CHECKING:
    import pytest

    from infra.packaging import Bundle


def test_every_alarm_tells_somebody(bundle: Bundle) -> None:
    resources = bundle.template["Resources"]
    alarms = {name: one["Properties"] for name, one in resources.items() if one["Type"] == "AWS::CloudWatch::Alarm"}
    watched = set(functions(bundle.template)) - WATCHED_BY_OTHERS

    assert {f"{name}{kind}" for name in watched for kind in ("Fails", "IsThrottled")} <= set(alarms)
    assert all(alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}] for alarm in alarms.values())
    assert all(alarm["AlarmDescription"].endswith(".") or "`" in alarm["AlarmDescription"] for alarm in alarms.values())


OWNERS = {
    "QueueName": "AWS::SQS::Queue",
    "FunctionName": "AWS::Serverless::Function",
    "TableName": "AWS::DynamoDB::Table",
    "RuleName": "AWS::SES::ReceiptRule",
    "ApiId": "AWS::ApiGatewayV2::Api",
}
"""By dimension: which kind of resource it names."""
METRICS = {
    # Developer guides of SQS, Lambda, SES, API Gateway and DynamoDB, "CloudWatch metrics".
    "AWS/SQS": {
        *("ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"),
        *("NumberOfMessagesSent", "NumberOfMessagesDeleted"),
    },
    "AWS/Lambda": {"Errors", "Throttles"},
    "AWS/SES": {"PublishFailure", "PublishExpired", "Reputation.BounceRate", "Reputation.ComplaintRate"},
    "AWS/ApiGateway": {"5XXError", "4XXError", "Count", "Latency", "IntegrationError"},
    "AWS/DynamoDB": {
        *("ReadThrottleEvents", "WriteThrottleEvents", "ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"),
    },
}


def _measured(bundle: Bundle) -> list[tuple[str, str, list[tuple[str, Any]]]]:
    """Namespace, name and dimensions of everything that an alarm or the dashboard looks at."""
    found = []
    for one in bundle.template["Resources"].values():
        if one["Type"] == "AWS::CloudWatch::Alarm":
            alarm = one["Properties"]
            metrics = [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each]
            for metric in metrics or [alarm]:
                dimensions = [(each["Name"], each["Value"]) for each in metric.get("Dimensions", [])]
                found.append((metric["Namespace"], metric["MetricName"], dimensions))
    dashboard = json.loads(bundle.template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"])
    for widget in dashboard["widgets"]:
        for namespace, name, *rest in widget["properties"]["metrics"]:
            words = [word for word in rest if isinstance(word, str)]
            dimensions = [(words[at], {"Fn::Sub": words[at + 1]}) for at in range(0, len(words), 2)]
            found.append((namespace, name, dimensions))
    return found


def _named(value: Any) -> str:
    """The resource, the parameter or the word that a dimension's value is."""
    word: str = value if isinstance(value, str) else value.get("Fn::Sub", "")
    return next(references(value), word)


def test_every_alarm_and_every_graph_is_about_something_that_exists(bundle: Bundle) -> None:
    resources = bundle.template["Resources"]
    ours = "".join(path.read_text() for path in (ROOT / "chalicelib" / "functions").glob("*.py"))
    measured = _measured(bundle)

    assert len(measured) > 40
    for namespace, name, dimensions in measured:
        if namespace == "Restante":
            assert f'"{name}"' in ours
            assert [each[0] for each in dimensions] == ["service"]
        else:
            assert name in METRICS[namespace]
        for dimension, value in dimensions:
            about = _named(value)
            if dimension in OWNERS:
                assert resources[about]["Type"] == OWNERS[dimension], (name, dimension)
            else:
                assert about in {"AWS::StackName", "live", "WebsocketAPIStage"}, (name, dimension)


def test_an_alarm_on_a_metric_of_ours_looks_where_the_functions_write_it(
    bundle: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    services = {
        json.dumps(one["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"])
        for one in functions(bundle.template).values()
    }
    watched = [one for one in _measured(bundle) if one[0] == NAMESPACE]

    assert {"JobsBuried", "PerimeterAge"} <= {name for _, name, _ in watched}
    # What other tests counted is not told here.
    metrics.clear_metrics()
    for namespace, name, dimensions in watched:
        told(partial(_count, name))({}, None)
        written = json.loads(capsys.readouterr().out)
        (directive,) = written["_aws"]["CloudWatchMetrics"]

        assert (namespace, [name]) == (directive["Namespace"], [one["Name"] for one in directive["Metrics"]])
        assert directive["Dimensions"] == [[each[0] for each in dimensions]]
        assert written[dimensions[0][0]] == SERVICE
        # Which the variable says otherwise in every function of the stack.
        assert {_named(json.loads(one)) for one in services} == {_named(dimensions[0][1])}


def _count(name: str, _event: object, _context: object) -> None:
    count(name)


def test_the_api_is_named_as_its_alarm_and_its_graphs_call_it(bundle: Bundle) -> None:
    api = bundle.template["Resources"]["RestAPI"]["Properties"]

    assert (api["Name"], api["StageName"]) == ({"Ref": "AWS::StackName"}, "live")
    assert api["EndpointConfiguration"] == "REGIONAL"
