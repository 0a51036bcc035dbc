"""Cold starts: the time from the start of a process to the first answer of each function, from the built bundle.

Beside each function runs a bare boto3 handler that makes the same clients and asks each of them once. Both find a stub
of AWS on this machine that answers at once, so what is measured is what they import, build and do themselves: in CPU
time, which other work on the machine changes least. The ratio is of medians, from runs in turn.
Lambda's own part of a cold start (the sandbox, the download) is in neither.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import zipfile
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bench.report import Goal, Report, arguments, print_table
from infra.packaging import CODE, LAYER, package
from tests.aws.events import batch, notice, recorded
from tests.aws.test_live import connecting

GOAL_RATIO = 1.25
LONGEST_SECONDS = 60
_ANSWERS = {"BatchGetItem": {"Responses": {}, "UnprocessedKeys": {}}, "Query": {"Items": [], "Count": 0}}
_CONTEXT = """
class Context:
    function_name, memory_limit_in_mb, aws_request_id = "f", 512, "1"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:f"
    def get_remaining_time_in_millis(self): return 16_000
"""
_OURS = (
    """
import json, sys, time
import app
imported = time.process_time()
{context}
handler = getattr(app, sys.argv[1])
handler(json.loads(sys.stdin.read()), Context())
sys.stderr.write(json.dumps([imported, time.process_time()]))
"""
).replace("{context}", _CONTEXT)
_BARE = """
import json, sys, time
import boto3
imported = time.process_time()
ask = {
    "dynamodb": lambda client: client.get_item(TableName="t", Key={"pk": {"S": "a"}, "sk": {"S": "b"}}),
    "s3": lambda client: client.list_objects_v2(Bucket="b"),
    "sqs": lambda client: client.delete_message(QueueUrl=sys.argv[1], ReceiptHandle="r"),
}
for service in json.loads(sys.stdin.read()):
    ask[service](boto3.client(service))
sys.stderr.write(json.dumps([imported, time.process_time()]))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function, the event it is given, and the clients that it asks then."""

    name: str
    handler: str
    event: dict[str, Any]
    services: tuple[str, ...]


def functions(queue: str) -> list[Function]:
    """The functions that ask AWS for something at their first event."""
    path = "/api/addresses/{email}/messages"
    request = {
        "resource": path,
        "path": path,
        "httpMethod": "GET",
        "headers": {"Mailsac-Key": "k_none"},
        "multiValueQueryStringParameters": None,
        "pathParameters": {"email": "bo@rest.example"},
        "requestContext": {"resourcePath": path, "httpMethod": "GET", "requestId": "r", "identity": {}},
        "body": None,
        "isBase64Encoded": False,
        "stageVariables": None,
    }
    mail = notice()
    mail["receipt"]["action"]["bucketName"] = "restante"
    job = batch(json.dumps({"job": "none"}))
    job["Records"][0]["receiptHandle"] = queue
    return [
        Function(name="APIHandler", handler="app", event=request, services=("dynamodb",)),
        Function(name="OnMail", handler="on_mail", event=batch(json.dumps(mail)), services=("dynamodb", "s3")),
        Function(name="OnJob", handler="on_job", event=job, services=("dynamodb", "sqs")),
        Function(name="OnHour", handler="on_hour", event=recorded("schedule"), services=("dynamodb", "sqs", "s3")),
        Function(name="OnRulesChange", handler="on_rules_change", event={"Records": []}, services=("dynamodb",)),
        Function(name="WebsocketConnect", handler="on_ws_connect", event=connecting(), services=("dynamodb",)),
    ]


class _Stub(BaseHTTPRequestHandler):
    """An AWS in which nothing is: the shortest answers that clients understand."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        operation = (self.headers.get("X-Amz-Target") or "").rpartition(".")[2]
        self._answer(200, json.dumps(_ANSWERS.get(operation, {})).encode(), "application/x-amz-json-1.0")

    def do_GET(self) -> None:
        if "list-type" in self.path:
            self._answer(200, b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>", "text/xml")
        else:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>", "text/xml")

    do_PUT = do_POST  # noqa: N815 - named by http.server
    do_DELETE = do_POST  # noqa: N815 - named by http.server

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _run(script: str, given: Any, environment: dict[str, str], *arguments: str) -> tuple[float, float]:
    """CPU seconds until everything was imported, and until the answer was there."""
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        input=json.dumps(given),
        env=environment,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    try:
        imported, answered = json.loads(done.stderr.splitlines()[-1])
    except (ValueError, IndexError):
        raise RuntimeError(f"it did not answer: {done.stderr[-2000:]}") from None
    return imported, answered


def _unpacked(folder: Path) -> str:
    """The bundle as Lambda lays it out; answers with the search path for modules."""
    bundle = package(folder / "package", architecture="x86_64")
    for archive in bundle.archives:
        with zipfile.ZipFile(archive.path) as packed:
            packed.extractall(folder / archive.path.name)
    layer = next((folder / LAYER).rglob("site-packages"))
    return f"{folder / CODE}:{layer}"


def main() -> None:
    """Run the benchmark."""
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="runs of each (default: %(default)s)")
    options = parser.parse_args()
    report = Report()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Stub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    bare = {
        "AWS_ENDPOINT_URL": url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    with tempfile.TemporaryDirectory() as name:
        ours = {**bare, "PYTHONPATH": _unpacked(Path(name)), "RESTANTE_QUEUE": f"{url}/q"}
        rows = [_measured(one, ours, bare, options.rounds, report) for one in functions("r")]
    server.shutdown()
    head = ("function", "import CPU ms", "first answer CPU ms", "bare boto3 CPU ms", "ratio")
    print(f"Medians of {options.rounds} runs in turn, each a new process.")
    print_table(head, rows)
    report.tell(options.json)


def _measured(
    function: Function, ours: dict[str, str], bare: dict[str, str], rounds: int, report: Report
) -> tuple[str, ...]:
    imports, answers, bares = [], [], []
    for _ in range(rounds):
        imported, answered = _run(
            _OURS, function.event, ours | {"_HANDLER": f"app.{function.handler}"}, function.handler
        )
        imports.append(imported)
        answers.append(answered)
        bares.append(_run(_BARE, function.services, bare, f"{bare['AWS_ENDPOINT_URL']}/q")[1])
    took = [statistics.median(times) * 1000 for times in (imports, answers, bares)]
    ratio = took[1] / took[2]
    report.figures[f"{function.name}: first answer, CPU ms"] = took[1]
    report.goals[f"{function.name}: first answer beside bare boto3"] = Goal(
        value=ratio, goal=GOAL_RATIO, sense="at most"
    )
    return (function.name, *(f"{one:.0f}" for one in took), f"{ratio:.2f}")


if __name__ == "__main__":
    main()
