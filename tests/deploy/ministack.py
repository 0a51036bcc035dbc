"""The stack as it is packaged, on ministack: an AWS on this machine, with all that it lacks taken out and named."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.session import get_session

from chalicelib.settings import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.packaging import Bundle

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / ".venv-infra" / "bin" / "ministack"
STACK = "restante-test"
DOMAIN = "rest.example"
READY_SECONDS = 30
STACK_SECONDS = 120
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
WEBSOCKET = "https://${WebsocketAPI}.execute-api.${AWS::Region}.${AWS::URLSuffix}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ministack:
    """A ministack that runs."""

    port: int

    @property
    def url(self) -> str:
        """Where all its services answer."""
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str) -> Any:
        """A client of one of its services."""
        return get_session().create_client(
            service,
            region_name="us-east-1",
            endpoint_url=self.url,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )


@contextmanager
def running(folder: Path) -> Iterator[Ministack]:
    """A ministack on a port of 127.0.0.1, which ends with the test."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    given = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        "PATH": f"{PROGRAM.parent}:{environment().get('PATH', '')}",
        "HOME": str(folder),
    }
    with (folder / "ministack.log").open("wb") as log:
        process = subprocess.Popen([PROGRAM], env=given, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_for(port, process)
            yield Ministack(port=port)
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(READY_SECONDS * 10):
        if process.poll() is not None:
            raise RuntimeError(f"ministack ended with {process.returncode}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=0.1):
                return
        except OSError:
            # Wait, without sleeping, until it may be there.
            process_wait(process, 0.1)
    raise RuntimeError("ministack did not start")


def process_wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait for so long, or for the end of the process."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return


def reduced(template: dict[str, Any], port: int, hook_target: str) -> tuple[dict[str, Any], list[str]]:
    """The template without what ministack cannot make, and what was taken out or changed, line by line."""
    made = json.loads(
        json.dumps(template).replace(WEBSOCKET, f"http://127.0.0.1:{port}/_aws/execute-api/${{WebsocketAPI}}/")
    )
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
        "endpoint of WebSocket connections: that of ministack",
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


def deploy(stack: Ministack, bundle: Bundle, hook_target: str) -> tuple[dict[str, str], list[str]]:
    """Make the stack; answers with its resources' physical ids, and with what was changed of the template."""
    template, said = reduced(bundle.template, stack.port, hook_target)
    s3, cloudformation = stack.client("s3"), stack.client("cloudformation")
    s3.create_bucket(Bucket="artifacts")
    text = json.dumps(template)
    for archive in bundle.archives:
        s3.put_object(Bucket="artifacts", Key=archive.path.name, Body=archive.path.read_bytes())
        text = re.sub(rf'"(\./)?{re.escape(archive.path.name)}"', f'"s3://artifacts/{archive.path.name}"', text)
    s3.put_object(Bucket="artifacts", Key="template.json", Body=text.encode())
    cloudformation.create_stack(
        StackName=STACK,
        TemplateBody=text,
        Parameters=[
            {"ParameterKey": "MailDomain", "ParameterValue": DOMAIN},
            {"ParameterKey": "Waf", "ParameterValue": "off"},
            {"ParameterKey": "MailConcurrency", "ParameterValue": "0"},
        ],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    _wait_for_stack(cloudformation)
    found = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    return {one["LogicalResourceId"]: one.get("PhysicalResourceId", "") for one in found}, said


def _wait_for_stack(cloudformation: Any) -> None:
    waiter = cloudformation.get_waiter("stack_create_complete")
    try:
        waiter.wait(StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": STACK_SECONDS})
    except Exception as error:
        events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
        failed = [
            f"{one['LogicalResourceId']}: {one.get('ResourceStatusReason')}"
            for one in events
            if "FAILED" in one["ResourceStatus"]
        ]
        raise RuntimeError("; ".join(failed) or str(events[:3])) from error
