"""What Chalice leaves wrong in the template it makes, put right, and what is the same for every function, added.

Values in, values out: nothing here asks anybody. Which defects these are: docs/decisions/0050.
"""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import fields
from typing import Any

from chalicelib.settings import PREFIX, Settings
from infra.alarms import alarms_of

FUNCTION = "AWS::Serverless::Function"
WEBSOCKET_KINDS = ("AWS::ApiGatewayV2::Integration", "AWS::ApiGatewayV2::Route")
WITHOUT_WORLD = frozenset({"OnRuleSet", "WebsocketMessage"})
"""Functions that build no backend: settings would tell them nothing."""
DEFAULTS = {"dns": "on"}
"""Settings that are of another value on AWS than on one machine, unless somebody gives one."""
PARAMETERS = (
    *("open_inboxes", "keep_days", "keep_unowned", "keep_account", "search_words"),
    *("send_recipients", "send_size", "send_rate", "keep_sent", "hook_http", "dns"),
    *("flood_mode", "flood_window", "flood_arrivals", "flood_octets", "flood_block", "trusted"),
)
"""Settings that are parameters of the stack."""


def adapted(template: dict[str, Any]) -> dict[str, Any]:
    """The template, with what Chalice cannot say or says wrong put right."""
    made = copy.deepcopy(template)
    resources = made["Resources"]
    _deploy_websocket_changes(resources)
    for name in functions(made):
        _give_settings(name, resources[name]["Properties"])
        _log_to_a_group_of_its_own(name, resources)
    resources["ManagedLayer"]["Properties"]["RetentionPolicy"] = "Delete"
    resources.update(alarms_of(functions(made)))
    made["Parameters"].update(setting_parameters())
    made["Description"] = "Restante: programmable inboxes"
    return made


def functions(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The properties of every Lambda function, by logical id."""
    return {
        name: resource["Properties"] for name, resource in template["Resources"].items() if resource["Type"] == FUNCTION
    }


def runtimes(template: dict[str, Any]) -> set[str]:
    """The runtimes that the functions ask for."""
    return {properties["Runtime"] for properties in functions(template).values()}


def parameter_of(setting: str) -> str:
    """How a setting's parameter is called: keep_days is KeepDays."""
    return "".join(word.capitalize() for word in setting.split("_"))


def setting_parameters() -> dict[str, Any]:
    """A parameter for each of PARAMETERS; an empty one leaves the setting's default."""
    meanings = {entry.name: entry.metadata["meaning"] for entry in fields(Settings)}
    return {
        parameter_of(name): {"Type": "String", "Default": DEFAULTS.get(name, ""), "Description": meanings[name]}
        for name in PARAMETERS
    }


def _give_settings(name: str, function: dict[str, Any]) -> None:
    variables = function.setdefault("Environment", {}).setdefault("Variables", {})
    # The dimension of every metric: two stages in one account must not count together.
    variables["POWERTOOLS_SERVICE_NAME"] = {"Ref": "AWS::StackName"}
    if name not in WITHOUT_WORLD:
        variables.update({f"{PREFIX}{one.upper()}": {"Ref": parameter_of(one)} for one in PARAMETERS})


def _log_to_a_group_of_its_own(name: str, resources: dict[str, Any]) -> None:
    """A group that the stack makes before the function: it has a retention, and goes with the stack.

    Lambda's own group would be made by whoever writes first, and needs a permission for all groups.
    """
    group, function = f"{name}Logs", resources[name]["Properties"]
    resources[group] = {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {
            "LogGroupName": {"Fn::Sub": f"/restante/${{AWS::StackName}}/{name}"},
            "RetentionInDays": {"Ref": "LogDays"},
        },
    }
    function["LoggingConfig"] = {"LogGroup": {"Ref": group}}
    role = resources[function["Role"]["Fn::GetAtt"][0]]
    role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"].append(
        {
            "Sid": "WritesItsLog",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": {"Fn::GetAtt": [group, "Arn"]},
        }
    )


def _deploy_websocket_changes(resources: dict[str, Any]) -> None:
    """Name the deployment after what it deploys.

    A deployment is a snapshot: one whose name stays is not made again, and changed routes are never served.
    """
    deployed = {name: resource for name, resource in resources.items() if resource["Type"] in WEBSOCKET_KINDS}
    digest = hashlib.sha256(json.dumps(deployed, sort_keys=True).encode()).hexdigest()[:10]
    name = f"WebsocketAPIDeployment{digest}"
    resources[name] = resources.pop("WebsocketAPIDeployment")
    resources["WebsocketAPIStage"]["Properties"]["DeploymentId"] = {"Ref": name}
