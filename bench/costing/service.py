"""A service on emulated stores with the meter on it: each step of a mail's life, and what it used."""

from __future__ import annotations

import base64
import json
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from bench.costing.steps import KEEP_DAYS, Step, cpu, shared
from bench.metering import CHUNK, Meter
from chalicelib.actions.admitting import create_account, create_key
from chalicelib.actions.expiring import expire
from chalicelib.actions.receiving import entry_of
from chalicelib.actions.sifting import Sieve
from chalicelib.api.application import build_app
from chalicelib.aws.backend import AwsBackend
from chalicelib.aws.clients import Clients
from chalicelib.aws.observing import logger, metrics
from chalicelib.aws.wire import from_wire
from chalicelib.aws.writes import ItemKey
from chalicelib.functions.on_mail import take_in
from chalicelib.functions.on_table_change import tell_of
from chalicelib.mail.blocking import Scope
from chalicelib.mail.holding import Reservation
from chalicelib.mail.message import Envelope, Receipt
from chalicelib.mail.names import Inbox
from chalicelib.mail.shelf import Shelf
from tests.aws.events import Context, batch, notice
from tests.worlds import BUCKET, REGION, TABLE, make_stores, queue_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.ports import Policy

BO = Inbox("bo@rest.example")
ANA = "ana"
KEY = "k_of-the-benchmark"
BATCH = 10
PAGE = 50
"""Messages that are listed at once."""
TTL_SECONDS = 3 * 24 * 3600
"""DynamoDB removes what has expired "within a few days" (DynamoDB Developer Guide, "Using time to live")."""


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


class Service:
    """The adapters on a table and a bucket that `make` makes clients of, metered. The benchmark moves its clock."""

    def __init__(
        self, make: Callable[[], Clients] = lambda: Clients(region=REGION), policy: Policy | None = None
    ) -> None:
        # A line for each mail is the functions' to write; here it would stand among the tables.
        logger.setLevel(logging.WARNING)
        self.clients = make_stores(make())
        self.moment = datetime.now(UTC)
        self.world = AwsBackend(
            table=TABLE,
            bucket=BUCKET,
            queue=queue_url(self.clients),
            clients=self.clients,
            clock=lambda: self.moment,
            policy=policy,
        )
        self.meter = Meter(self.clients, make(), TABLE)
        self.api = build_app(lambda: self.world)
        self.sieve = Sieve(self.world, Scope.MAIL)
        self.number = 0
        create_account(self.world, ANA)
        create_key(self.world, ANA, secret=KEY)
        now, ana = self.moment, Inbox("ana@rest.example")
        self.world.addresses.reserve(Reservation(inbox=ana, owner=ANA, created=now, updated=now))

    def receive(self, raw: bytes, together: int = BATCH) -> Step:
        """What one mail of a batch uses in on_mail, with its way through topic and queue."""
        said = []
        for _ in range(together):
            self.number += 1
            name = f"bench{self.number:08}"
            self.clients.s3.put_object(Bucket=BUCKET, Key=f"inbound/{name}", Body=raw)
            told = notice(name, recipients=[f"bo+{self.number:06}@rest.example"])
            told["mail"]["timestamp"] = self.moment.isoformat().replace("+00:00", "Z")
            said.append(json.dumps(told))
        with self.meter.metered() as bill:
            answer = take_in(batch(*said), self.world, self.sieve)
        # The function would write them to its log.
        metrics.clear_metrics()
        if answer["batchItemFailures"]:
            raise RuntimeError(f"mails were not taken in: {answer}")
        share = shared(bill, together)
        share.units["s3 put"] += 1  # SES writes the mail.
        share.units["sns publish"] += max(1, -(-len(said[0]) // CHUNK))
        share.units["sqs request"] += max(1, -(-len(said[0]) // CHUNK)) + 2 / together  # sent; received and deleted
        work = cpu(lambda: entry_of(self.world, self.receipt(), raw))
        return Step(function="on_mail", bill=share, cpu=work, invocations=1 / together, stored=len(raw))

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

    def age(self) -> None:
        """Let the time pass until what is there is too old. DynamoDB's TTL removes items meanwhile, for nothing."""
        self.moment += timedelta(days=KEEP_DAYS + 1)
        latest = self.moment.timestamp() - TTL_SECONDS
        pages = self.clients.dynamodb.get_paginator("scan").paginate(TableName=TABLE)
        items = [from_wire(item) for page in pages for item in page["Items"]]
        self.world.table.delete_all(
            ItemKey(item["pk"], item["sk"]) for item in items if item.get("expires", latest) < latest
        )

    def end(self, together: int) -> Step:
        """What one mail uses when it is so old that it goes, with so many others."""
        with self.meter.metered() as bill:
            gone = expire(self.world, most=together)
        return Step(function="on_job", bill=shared(bill, gone), cpu=0.001, invocations=0)

    def list(self) -> Step:
        """What a list of PAGE messages of the inbox uses."""
        return self.ask(f"/api/addresses/{{email}}/messages?limit={PAGE}", email=BO)

    def newest(self) -> str:
        """The id of the inbox's newest message."""
        return self.world.index.messages(Shelf.inbox(BO), limit=1)[0].id

    def receipt(self) -> Receipt:
        """The receipt of a mail to BO that came now."""
        envelope = Envelope(sender="a@b.example", recipients=(BO,))
        return Receipt(id=self.world.new_id(), received=self.moment, envelope=envelope)


def _request(path: str, method: str, body: Any, values: dict[str, str]) -> dict[str, Any]:
    resource, _, query = path.partition("?")
    return {
        "resource": resource,
        "path": resource.format(**values),
        "httpMethod": method,
        "headers": {"Mailsac-Key": KEY, "Content-Type": "application/json"},
        "multiValueQueryStringParameters": parse_qs(query) or None,
        "pathParameters": values or None,
        "requestContext": {"resourcePath": resource, "httpMethod": method, "requestId": "r", "identity": {}},
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
        "stageVariables": None,
    }
