"""What Chalice leaves wrong in the template it makes, put right. Values in, values out: nothing here asks anybody.

Which defects: docs/decisions/0050.
"""

from __future__ import annotations

import copy
import hashlib
import json
from typing import Any

FUNCTION = "AWS::Serverless::Function"
WEBSOCKET_KINDS = ("AWS::ApiGatewayV2::Integration", "AWS::ApiGatewayV2::Route")


def adapted(template: dict[str, Any]) -> dict[str, Any]:
    """The template, with what Chalice cannot say or says wrong put right."""
    made = copy.deepcopy(template)
    _deploy_websocket_changes(made["Resources"])
    return made


def functions(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The properties of every Lambda function, by logical id."""
    return {
        name: resource["Properties"] for name, resource in template["Resources"].items() if resource["Type"] == FUNCTION
    }


def runtimes(template: dict[str, Any]) -> set[str]:
    """The runtimes that the functions ask for."""
    return {properties["Runtime"] for properties in functions(template).values()}


def _deploy_websocket_changes(resources: dict[str, Any]) -> None:
    """Name the deployment after what it deploys.

    A deployment is a snapshot: one whose name stays is not made again, and changed routes are never served.
    """
    deployed = {name: resource for name, resource in resources.items() if resource["Type"] in WEBSOCKET_KINDS}
    digest = hashlib.sha256(json.dumps(deployed, sort_keys=True).encode()).hexdigest()[:10]
    name = f"WebsocketAPIDeployment{digest}"
    resources[name] = resources.pop("WebsocketAPIDeployment")
    resources["WebsocketAPIStage"]["Properties"]["DeploymentId"] = {"Ref": name}
