"""The template without what ministack cannot make, and what was taken out or changed, line by line."""

from __future__ import annotations

import json
from typing import Any

UNSUPPORTED = {
    "AWS::ApiGatewayV2::Deployment": "the stage deploys by itself there",
    "AWS::SES::ReceiptRuleSet": "mail is put into the bucket, and told of, by the test",
    "AWS::SES::ReceiptRule": "as the rule set",
    "Custom::ActiveRuleSet": "as the rule set",
    "AWS::WAFv2::IPSet": "unknown there",
    "AWS::WAFv2::WebACL": "it refers to the IP sets",
    "AWS::WAFv2::WebACLAssociation": "unknown there",
    "AWS::SES::ConfigurationSetEventDestination": "event destinations are unknown there",
}
"""The types of resources that ministack 1.4 cannot make, and what that means for the test."""
API = "https://${RestAPI}.execute-api.${AWS::Region}.${AWS::URLSuffix}/"
CONNECTIONS = "https://${WebsocketAPI}.execute-api.${AWS::Region}.${AWS::URLSuffix}/"
LIVE = "wss://${WebsocketAPI}.execute-api.${AWS::Region}.${AWS::URLSuffix}/"


def reduced(template: dict[str, Any], port: int, hook_target: str) -> tuple[dict[str, Any], list[str]]:
    """The template without what ministack cannot make, and what was taken out or changed, line by line."""
    text, place = json.dumps(template), f"127.0.0.1:{port}/_aws/execute-api"
    text = text.replace(API, f"http://{place}/${{RestAPI}}/")
    text = text.replace(CONNECTIONS, f"http://{place}/${{WebsocketAPI}}/")
    text = text.replace(LIVE, f"ws://{place}/${{WebsocketAPI}}/")
    made: dict[str, Any] = json.loads(text)
    resources = made["Resources"]
    gone = {name: UNSUPPORTED[one["Type"]] for name, one in resources.items() if one["Type"] in UNSUPPORTED}
    gone |= {name: "metric math is unknown there" for name, one in resources.items() if "Metrics" in one["Properties"]}
    said = [f"{name} ({resources[name]['Type']}): {why}" for name, why in gone.items()]
    for name in gone:
        del resources[name]
    for name, resource in resources.items():
        depends = resource.get("DependsOn", [])
        depends = [depends] if isinstance(depends, str) else depends
        resource["DependsOn"] = [one for one in depends if one not in gone]
        if resource["Type"] == "AWS::ApiGatewayV2::Integration":
            # It does not see a Ref inside the map of Fn::Sub, and would make the integration before its function.
            resource["DependsOn"] += ["WebsocketConnect", "WebsocketMessage", "WebsocketDisconnect"]
        if resource["Type"] == "AWS::ApiGatewayV2::Stage":
            resource["Properties"].pop("DeploymentId", None)
            resource["Properties"]["AutoDeploy"] = True
        if name in {"OnJob", "APIHandler"}:
            resource["Properties"]["Environment"]["Variables"]["RESTANTE_HOOK_TARGETS"] = hook_target
    # It looks for these in the API's property alone, and AWS in its document.
    resources["RestAPI"]["Properties"]["BinaryMediaTypes"] = ["*/*"]
    said += [
        "RestAPI: its binary types, told as a property too",
        "hosts of the APIs: that of ministack, with the API in the path",
        "WebSocket integrations: DependsOn their functions",
        "OnJob, APIHandler: the webhook receiver of the test is allowed",
    ]
    made["Resources"] = _without(resources, gone)
    made["Outputs"] = _without(made.get("Outputs", {}), gone)
    return made, said


def _without(value: Any, gone: dict[str, str]) -> Any:
    """A value whose references to what is gone are plain words."""
    if isinstance(value, dict):
        if value.get("Ref") in gone:
            return f"no-{value['Ref']}"
        attribute = value.get("Fn::GetAtt")
        if isinstance(attribute, list) and attribute[0] in gone:
            return f"arn:aws:none:us-east-1:000000000000:no-{attribute[0]}"
        return {name: _without(one, gone) for name, one in value.items()}
    if isinstance(value, list):
        return [_without(one, gone) for one in value]
    return value
