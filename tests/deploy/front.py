"""What stands before ministack for the commands: AWS as they know it, where ministack has less of it.

Commands are given its address as AWS_ENDPOINT_URL. It hands everything on, but for what `CHANGED` tells.
"""

from __future__ import annotations

import json
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree import ElementTree as ET

from tests.cli.commands import run
from tests.deploy.reducing import reduced

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.commands import Ran
    from tests.deploy.ministack import Ministack

CHANGED = (
    "CreateChangeSet: the template is reduced, and given itself: its URL has the bucket in the host name",
    "DeleteChangeSet: its answer lacks an element there, and is replaced",
    "DescribeActiveReceiptRuleSet, ListReceiptFilters: unknown there, there are none",
    "DeleteStack: DeletionPolicy is unknown there, what is retained is let go of before",
)
"""What is not as ministack has it."""
NONE = {"DescribeActiveReceiptRuleSet": "<Metadata/>", "ListReceiptFilters": "<Filters/>"}
"""Actions of SES that ministack does not know, and the answer of an account that has none of it."""
CREDENTIALS = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_CONFIG_FILE": "/nowhere",
    "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
}
NOBODYS = frozenset({"connection", "content-length", "date", "expect", "host", "server", "transfer-encoding"})
"""Headers of one connection, which are not handed on."""
Answer = tuple[int, list[tuple[str, str]], bytes]


@dataclass(kw_only=True)
class Front:
    """What it does with requests; `taken_out` tells what the last template has lost."""

    stack: Ministack
    hook_target: str
    taken_out: list[str] = field(default_factory=list)
    aged: dict[str, timedelta] = field(default_factory=dict)
    """By key of an object: how much older than it is a list says that it is. Nobody can wait so long."""
    url: str = ""

    def run(self, data: Path, *arguments: str) -> Ran:
        """A command of ours as somebody with an account runs it, with this data folder."""
        return run(data, *arguments, settings={**CREDENTIALS, "AWS_ENDPOINT_URL": self.url})

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """What the request is answered with."""
        form = dict(parse_qsl(body.decode())) if "form-urlencoded" in headers.get("Content-Type", "") else {}
        action = form.get("Action", "")
        if action in NONE:
            return _told(action, NONE[action])
        if action == "CreateChangeSet":
            body = urlencode(self._with_reduced(form)).encode()
        if action == "DeleteStack":
            self._let_go(form["StackName"])
        status, told, content = self._handed_on(method, path, headers, body)
        if action == "DeleteChangeSet" and status == 200:
            return _told(action, "")
        if "list-type=2" in path:
            content = re.sub(rb"<Contents>.*?</Contents>", self._with_age, content, flags=re.DOTALL)
        return status, told, content

    def _handed_on(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.stack.port, timeout=60)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def _with_reduced(self, form: dict[str, str]) -> dict[str, str]:
        place = urlsplit(form.pop("TemplateURL"))
        bucket = str(place.hostname).partition(".s3.")[0]
        template = self.stack.client("s3").get_object(Bucket=bucket, Key=place.path.lstrip("/"))["Body"].read()
        made, self.taken_out = reduced(json.loads(template), self.stack.port, self.hook_target)
        return {**form, "TemplateBody": json.dumps(made)}

    def _let_go(self, name: str) -> None:
        """Delete all of the stack but what its template retains, as CloudFormation does."""
        formation = self.stack.client("cloudformation")
        template = formation.get_template(StackName=name)["TemplateBody"]
        # A stack that was proposed only has none.
        resources: dict[str, Any] = template["Resources"] if template else {}
        nothing = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
        kept = {one: nothing for one, resource in resources.items() if resource.get("DeletionPolicy") == "Retain"}
        if kept:
            formation.update_stack(StackName=name, TemplateBody=json.dumps({"Resources": kept}))
            formation.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig={"Delay": 1})

    def _with_age(self, found: re.Match[bytes]) -> bytes:
        entry = ET.fromstring(found[0])
        written, key = entry.find("LastModified"), entry.findtext("Key", "")
        if key not in self.aged or written is None:
            return found[0]
        moment = datetime.fromisoformat(str(written.text)) - self.aged[key]
        written.text = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return ET.tostring(entry)


def _told(action: str, result: str) -> Answer:
    content = f"<Answer><{action}Result>{result}</{action}Result></Answer>"
    return 200, [("Content-Type", "text/xml")], content.encode()


@contextmanager
def standing(front: Front) -> Iterator[Front]:
    """The front on a port of 127.0.0.1; sets its `url`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in NOBODYS}
            status, told, content = front.answer(self.command, self.path, headers, body)
            self.send_response(status)
            for name, value in told:
                if name.lower() not in NOBODYS:
                    self.send_header(name, value)
            length = dict(told).get("Content-Length", "0") if self.command == "HEAD" else str(len(content))
            self.send_header("Content-Length", length)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _answer  # noqa: N815 - so the library asks for them

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        front.url = f"http://127.0.0.1:{server.server_port}"
        yield front
        server.shutdown()
