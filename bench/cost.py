"""What a mail costs on AWS: every call, unit and millisecond of receiving, listing, reading, sending and expiring it.

The adapters run against moto; bench/metering.py computes what AWS bills. The milliseconds of a function are the CPU
time of this machine for the pure work on the mail, and for each call the time that bench/prices.json assumes.
It says at the end whether any operation gets dearer with the number of messages: the same with 100 and with more.
"""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moto import mock_aws

from bench.metering import CHUNK, Bill, Meter
from bench.report import Goal, Report, arguments, print_table
from chalicelib.actions.admitting import create_account, create_key
from chalicelib.actions.expiring import expire
from chalicelib.actions.receiving import entry_of
from chalicelib.actions.sifting import Sieve
from chalicelib.api.application import build_app
from chalicelib.aws.backend import AwsBackend
from chalicelib.functions.on_mail import take_in
from chalicelib.functions.on_table_change import tell_of
from chalicelib.mail.blocking import Scope
from chalicelib.mail.holding import Reservation
from chalicelib.mail.message import Envelope, Inbox, Receipt
from chalicelib.mail.shelf import Shelf
from tests.aws.events import Context, batch, notice
from tests.worlds import BUCKET, TABLE, make_stores, queue_url

if TYPE_CHECKING:
    from collections.abc import Callable

PRICES: dict[str, Any] = json.loads(Path(__file__).with_name("prices.json").read_text())
BO = Inbox("bo@rest.example")
KEY = "k_of-the-benchmark"
MILLION = 1_000_000
GOAL_DOLLARS = 10.0
BATCH = 10
KEEP_DAYS = 30
LOG_OCTETS = {"on_mail": 900, "api_handler": 700, "on_table_change": 300, "on_hour": 0, "on_job": 500}
"""What a call writes to its log: Lambda's own lines (300 bytes), and ours as docs/observing.md says."""
_MAIL = PRICES["milliseconds of a call"]
_SLOW = {"TransactWriteItems": "dynamodb transaction", "PutObject": "s3 put", "SendEmail": "ses"}
_FAMILY = {"Item": "dynamodb", "Query": "dynamodb", "Object": "s3 get", "Message": "sqs"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one mail, or one request, uses in one function: AWS calls, CPU seconds, and shares of a function's call."""

    function: str
    bill: Bill
    cpu: float
    invocations: float = 1.0
    stored: int = 0
    """Bytes that S3 keeps for KEEP_DAYS."""

    def milliseconds(self) -> float:
        """How long the function runs for it."""
        waits = sum(number * _milliseconds(name) for name, number in self.bill.calls.items())
        return self.cpu * 1000 + waits

    def dollars(self) -> dict[str, float]:
        """Its price by what is billed."""
        price = PRICES["dollars"]
        memory = PRICES["memory in gigabytes"][self.function]
        parts = {name: number * price[name] for name, number in self.bill.units.items()}
        parts["lambda"] = self.invocations * price["lambda request"]
        parts["lambda"] += self.milliseconds() / 1000 * memory * price["lambda gigabyte second"]
        parts["log"] = self.invocations * LOG_OCTETS[self.function] / 1e9 * price["log gigabyte"]
        parts["storage"] = self.stored / 1e9 * KEEP_DAYS / 30 * price["s3 gigabyte month"]
        return parts


def _milliseconds(operation: str) -> float:
    if operation in _SLOW:
        return float(_MAIL[_SLOW[operation]])
    return float(next((_MAIL[kind] for part, kind in _FAMILY.items() if part in operation), _MAIL["other"]))


def mail_of(octets: int) -> bytes:
    """A mail of that size as services send them: text, HTML, and above 20 KB an attachment that is most of it."""
    text = "Hello Bo,\r\n\r\nYour order 4711 was shipped today. Follow it at https://shop.example/track?o=4711\r\n" * 3
    html = "<html><body>" + "<p>Your order <b>4711</b> was shipped. <a href='https://shop.example/t'>Track</a></p>" * 20
    parts = [
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}",
        f"Content-Type: text/html; charset=utf-8\r\n\r\n{html}</body></html>\r\n",
    ]
    head = (
        "From: Shop <orders@shop.example>\r\nTo: bo@rest.example\r\nSubject: Your order 4711 was shipped\r\n"
        "Message-ID: <4711@shop.example>\r\nDate: Tue, 24 Nov 2026 09:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    )
    room = octets - len(head) - sum(map(len, parts)) - 300
    if octets > 20_000:
        content = base64.encodebytes(bytes(index * 7 % 256 for index in range(room * 57 // 78)))
        name = 'Content-Type: application/pdf; name="invoice.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        parts.append(name + content.decode().replace("\n", "\r\n"))
    else:
        parts[1] += "<!-- " + "x" * max(0, room) + " -->"
    return (head + "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n").encode()


class Bench:
    """A service on moto, and the meter on it. Its clock is moved by the benchmark."""

    def __init__(self) -> None:
        self.clients = make_stores()
        self.moment = datetime.now(UTC)
        self.world = AwsBackend(
            table=TABLE,
            bucket=BUCKET,
            queue=queue_url(self.clients),
            clients=self.clients,
            clock=lambda: self.moment,
        )
        self.meter = Meter(self.clients, type(self.clients)(region="us-east-1"), TABLE)
        self.api = build_app(lambda: self.world)
        self.sieve = Sieve(self.world, Scope.MAIL)
        self.number = 0
        create_account(self.world, "ana")
        create_key(self.world, "ana", secret=KEY)
        ana = Inbox("ana@rest.example")
        now = self.moment
        self.world.addresses.reserve(Reservation(inbox=ana, owner="ana", created=now, updated=now))

    def receive(self, raw: bytes, together: int = BATCH) -> Step:
        """What one mail of a batch uses in on_mail, with its way through topic and queue."""
        said = []
        for _ in range(together):
            self.number += 1
            name = f"bench{self.number:08}"
            self.clients.s3.put_object(Bucket=BUCKET, Key=f"inbound/{name}", Body=raw)
            told = notice(name, recipients=[f"bo+{self.number}@rest.example"])
            told["mail"]["timestamp"] = self.moment.isoformat().replace("+00:00", "Z")
            said.append(json.dumps(told))
        with self.meter.metered() as bill:
            answer = take_in(batch(*said), self.world, self.sieve)
        if answer["batchItemFailures"]:
            raise RuntimeError(f"mails were not taken in: {answer}")
        share = _shared(bill, together)
        share.units["s3 put"] += 1  # SES writes the mail.
        share.units["sns publish"] += max(1, -(-len(said[0]) // CHUNK))
        share.units["sqs request"] += max(1, -(-len(said[0]) // CHUNK)) + 2 / together  # sent; received and deleted
        cpu = _cpu(lambda: entry_of(self.world, self._receipt(), raw))
        return Step(function="on_mail", bill=share, cpu=cpu, invocations=1 / together, stored=len(raw))

    def tell(self, together: int = BATCH) -> Step:
        """What one new message uses in on_table_change, of those that came together."""
        message = self.world.index.messages(Shelf.inbox(BO), limit=1)[0]
        with self.meter.metered() as bill:
            tell_of(self.world, message)
        return Step(function="on_table_change", bill=bill, cpu=0.001, invocations=1 / together)

    def ask(self, path: str, method: str = "GET", body: Any = None, **values: str) -> Step:
        """What one request to the API uses."""
        self.moment += timedelta(seconds=0.1)
        event = _request(path, method, body, values)
        with self.meter.metered() as bill:
            answer = self.api(event, Context())
        if answer["statusCode"] >= 400:
            raise RuntimeError(f"{path} answered {answer['statusCode']}: {answer['body'][:200]}")
        return Step(function="api_handler", bill=bill, cpu=0.004)

    def end(self, together: int) -> Step:
        """What one mail uses when it is so old that it goes."""
        self.moment += timedelta(days=KEEP_DAYS + 1)
        with self.meter.metered() as bill:
            gone = expire(self.world, most=together)
        return Step(function="on_job", bill=_shared(bill, gone), cpu=0.001, invocations=0)

    def newest(self) -> str:
        """The id of the inbox's newest message."""
        return self.world.index.messages(Shelf.inbox(BO), limit=1)[0].id

    def _receipt(self) -> Receipt:
        return Receipt(
            id=self.world.new_id(), received=self.moment, envelope=Envelope(sender="a@b.example", recipients=(BO,))
        )


def _shared(bill: Bill, among: int) -> Bill:
    shared = Bill(octets=bill.octets // among)
    for mine, whole in ((shared.calls, bill.calls), (shared.units, bill.units)):
        for name, number in whole.items():
            mine[name] = number / among
    return shared


def _cpu(work: Callable[[], object]) -> float:
    """CPU seconds of one call, the least of three."""
    times = []
    for _ in range(3):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return min(times)


def _request(path: str, method: str, body: Any, values: dict[str, str]) -> dict[str, Any]:
    return {
        "resource": path,
        "path": path.format(**values),
        "httpMethod": method,
        "headers": {"Mailsac-Key": KEY, "Content-Type": "application/json"},
        "multiValueQueryStringParameters": None,
        "pathParameters": values or None,
        "requestContext": {"resourcePath": path, "httpMethod": method, "requestId": "r", "identity": {}},
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
        "stageVariables": None,
    }


def _life(bench: Bench, octets: int, together: int) -> dict[str, Step]:
    """A mail from its arrival to its end."""
    raw = mail_of(octets)
    bench.receive(raw, 1)
    bench.moment += timedelta(seconds=1)
    steps = {"receive": bench.receive(raw, together), "tell listeners": bench.tell(together)}
    one = {"email": BO, "messageId": bench.newest()}
    bench.ask("/api/addresses/{email}/messages", email=BO)
    steps["list 50"] = bench.ask("/api/addresses/{email}/messages", email=BO)
    steps["read text"] = bench.ask("/api/text/{email}/{messageId}", **one)
    steps["read HTML"] = bench.ask("/api/body/{email}/{messageId}", **one)
    draft = {"from": "ana@rest.example", "to": "x@other.example", "subject": "Hi", "text": "Hello"}
    steps["send"] = bench.ask("/api/outgoing-messages", "POST", draft)
    steps["expire"] = bench.end(together)
    return steps


def _tell(octets: int, steps: dict[str, Step], report: Report) -> float:
    rows = []
    for name, step in steps.items():
        parts = step.dollars()
        units = step.bill.units
        report.figures[f"{octets} {name}"] = sum(parts.values()) * MILLION
        rows.append(
            (
                name,
                f"{sum(step.bill.calls.values()):.1f}",
                f"{units['dynamodb read unit']:.1f}",
                f"{units['dynamodb write unit']:.1f}",
                f"{step.milliseconds():.0f}",
                *(f"{_sum(parts, kind) * MILLION:.2f}" for kind in ("dynamodb", "s3", "sqs sns", "lambda", "log")),
                f"{parts['storage'] * MILLION:.2f}",
                f"{sum(parts.values()) * MILLION:.2f}",
            )
        )
    print(f"\nA mail of {octets / 1000:g} KB. Dollars a million:")
    head = ("", "calls", "RRU", "WRU", "ms", "DynamoDB", "S3", "SQS+SNS", "Lambda", "log", "kept 30 days", "in all")
    print_table(head, rows)
    lived = [steps[name] for name in ("receive", "tell listeners", "read text", "read HTML", "expire")]
    return sum(sum(step.dollars().values()) for step in lived) * MILLION


def _sum(parts: dict[str, float], kinds: str) -> float:
    return sum(dollars for name, dollars in parts.items() if name.split(" ")[0] in kinds.split(" "))


def _grown(bench: Bench, sizes: list[int], report: Report) -> None:
    """Units of each operation at several numbers of messages in one inbox."""
    raw, rows, there = mail_of(5_000), [], 0
    for size in sizes:
        while there < size:
            bench.receive(raw, min(100, size - there))
            there += min(100, size - there)
        one = {"email": BO, "messageId": bench.newest()}
        steps = {
            "receive": bench.receive(raw),
            "list 50": bench.ask("/api/addresses/{email}/messages", email=BO),
            "read text": bench.ask("/api/text/{email}/{messageId}", **one),
        }
        there += BATCH
        for name, step in steps.items():
            units = (step.bill.units["dynamodb read unit"], step.bill.units["dynamodb write unit"])
            report.figures[f"{name} at {size} messages: read units"] = units[0]
            rows.append((f"{name} at {size:,} messages", f"{units[0]:.1f}", f"{units[1]:.1f}"))
    print()
    print_table(("operation", "RRU", "WRU"), sorted(rows))
    print("What is read is a page of one partition, single items, and counters of a fixed number: see ports.Index.")


def main() -> None:
    """Run the benchmark."""
    parser = arguments(__doc__)
    parser.add_argument("--batch", type=int, default=BATCH, help="mails that arrive together (default: %(default)s)")
    parser.add_argument("--grow", type=int, nargs="*", default=[100, 500], metavar="N", help="messages to grow to")
    options = parser.parse_args()
    report = Report()
    print(f"Prices of {PRICES['date']}, {PRICES['region']}; {options.batch} mails arrive together.")
    print("Units and requests are computed by AWS's rules; milliseconds of calls are assumed: bench/prices.json.")
    for octets in (5_000, 50_000, 5_000_000):
        with mock_aws():
            lived = _life_told(octets, options.batch, report)
        if octets == 50_000:
            name = "50 KB received, read twice, expired: $ a million, without SES and API Gateway"
            report.goals[name] = Goal(value=lived, goal=GOAL_DOLLARS, sense="at most")
    with mock_aws():
        _grown(Bench(), options.grow, report)
    report.tell(options.json)


def _life_told(octets: int, together: int, report: Report) -> float:
    return _tell(octets, _life(Bench(), octets, together), report)


if __name__ == "__main__":
    main()
