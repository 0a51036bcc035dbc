"""A stage as `restante deploy` made it: mail comes in as SES brings it, and clients ask through API Gateway."""

from __future__ import annotations

import json
import re
import threading
import urllib.request
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.aws.backend import AwsBackend
from chalicelib.aws.clients import Clients
from chalicelib.composition import system_clock
from chalicelib.settings import environment
from tests.aws.events import notice

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.commands import Ran
    from tests.deploy.front import Front
    from tests.deploy.ministack import Ministack

DOMAIN = "rest.example"
SECONDS = 45.0


class StageClients(Clients):
    """Clients of ministack."""

    def __init__(self, stack: Ministack) -> None:
        super().__init__()
        self._stack = stack

    def _made(self, service: str, endpoint: str | None = None, **_: float) -> Any:  # noqa: ARG002 - all is in one place
        return self._stack.client(service)


class Receiver:
    """An HTTP server that takes webhooks."""

    def __init__(self) -> None:
        taken = self.taken = list[tuple[dict[str, str], bytes]]()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A deployed stage; `ids` are the physical ids of its resources, `told` is what its deployment printed."""

    name: str
    stack: Ministack
    ids: dict[str, str]
    told: Ran
    receiver: Receiver
    world: AwsBackend = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "world", self.world_of(timedelta()))

    def world_of(self, past: timedelta) -> AwsBackend:
        """What is behind the stage, as somebody sees it whose clock is so much behind."""
        return AwsBackend(
            table=self.ids["Table"],
            bucket=self.ids["MailBucket"],
            queue=self.ids["JobQueue"],
            clients=StageClients(self.stack),
            clock=lambda: system_clock() - past,
        )

    def _line(self, what: str) -> str:
        found = re.search(rf"^{re.escape(what)}: +(\S+)$", self.told.out, re.MULTILINE)
        assert found, self.told.out
        return found[1]

    @property
    def key(self) -> str:
        """The first key, which the deployment printed."""
        return self._line("API key (shown only now)")

    @property
    def api(self) -> str:
        """The base URL of the API."""
        return self._line("API") + "/api"

    @property
    def live(self) -> str:
        """The URL of the WebSocket API."""
        return self._line("Live")

    def mail(self, name: str, recipient: str, subject: str) -> None:
        """A mail as SES brings it: an object in the bucket, then a notice to the topic."""
        raw = f"From: a@shop.example\r\nTo: {recipient}\r\nSubject: {subject}\r\n\r\nHello from {subject}.\r\n"
        self.stack.client("s3").put_object(Bucket=self.ids["MailBucket"], Key=f"inbound/{name}", Body=raw.encode())
        said = notice(name, recipients=[recipient])
        said["receipt"]["action"]["bucketName"] = self.ids["MailBucket"]
        said["mail"]["timestamp"] = self.world.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.publish(json.dumps(said))

    def publish(self, message: str) -> None:
        """A message to the topic of notices."""
        self.stack.client("sns").publish(TopicArn=self.ids["MailTopic"], Message=message)

    def ask(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """What the API answers, as JSON. Raises HTTPError."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Mailsac-Key": key or self.key, "Content-Type": "application/json", "Accept": "application/json"}
        request = urllib.request.Request(self.api + path, data=data, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    def arrived(self, inbox: str, subject: str) -> Any:
        """The message of that subject as the inbox lists it, as soon as it is there."""

        def look() -> Any:
            listed = self.ask("GET", f"/addresses/{inbox}/messages")
            return next((one for one in listed if one["subject"] == subject), None)

        return until(look, f"the arrival of {subject}")

    def logs(self, function: str) -> list[str]:
        """The lines that a function wrote."""
        client, group = self.stack.client("logs"), f"/restante/restante-{self.name}/{function}"
        return [one["message"] for one in client.filter_log_events(logGroupName=group)["events"]]


def deploy(front: Front, data: Path, name: str, *options: str) -> Ran:
    """Run `restante deploy` for that stage, for this machine's processor and without a question."""
    return front.run(data, "deploy", "--stage", name, "--architecture", "x86_64", "--yes", *options)


def ids_of(stack: Ministack, name: str) -> dict[str, str]:
    """The physical ids of a stage's resources."""
    found = stack.client("cloudformation").describe_stack_resources(StackName=f"restante-{name}")["StackResources"]
    return {one["LogicalResourceId"]: one.get("PhysicalResourceId", "") for one in found}


def new_stage(front: Front, receiver: Receiver, data: Path, name: str, domain: str) -> Stage:
    """A stage that `restante deploy` has made; it keeps mail for ever."""
    told = deploy(front, data, name, "--domain", domain, "--set", "Waf=off", "--set", "KeepDays=0")
    if "package index" in told.err and not environment().get("CI"):
        pytest.skip(told.err)
    assert told.code == 0, told.err
    return Stage(name=name, stack=front.stack, ids=ids_of(front.stack, name), told=told, receiver=receiver)


def until(check: Callable[[], Any], what: str) -> Any:
    """What `check` answers as soon as it is something. Fails when it has not been for SECONDS."""
    passing = threading.Event()
    for _ in range(int(SECONDS / 0.25)):
        found = check()
        if found:
            return found
        # The functions run in processes of their own and tell nobody here: it is looked again.
        passing.wait(0.25)
    raise AssertionError(f"{what} has not come to pass")


INBOX = f"bo@{DOMAIN}"
