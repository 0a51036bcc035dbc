"""WebSocket listeners through API Gateway: connect, push, disconnect, and connections that are gone."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.session import get_session
from botocore.stub import Stubber
from moto.apigatewaymanagementapi.models import apigatewaymanagementapi_backends

import app
from chalicelib.actions.admitting import create_account, create_key
from chalicelib.actions.receiving import Arrival, receive
from chalicelib.aws.backend import AwsBackend
from chalicelib.aws.clients import Clients
from chalicelib.aws.connections import OPENING_SECONDS
from chalicelib.composition import system_clock
from chalicelib.functions.on_table_change import TELLING_SECONDS, tell
from chalicelib.functions.on_ws_connect import GREETING_SECONDS, connect
from chalicelib.mail.blocking import BlockRule
from chalicelib.mail.holding import Reservation
from chalicelib.mail.message import Envelope
from chalicelib.mail.names import Inbox
from tests.aws.events import Context, as_json
from tests.aws.poller import work, work_off
from tests.worlds import ACCOUNT, BUCKET, REGION, TABLE, queue_url, wake_queue

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient

BO, CY = Inbox("bo@rest.example"), Inbox("cy@rest.example")
RAW = b"From: ana@sender.example\r\nSubject: Weekly\r\n\r\nHello.\r\n"
ENDPOINT = f"https://abcdef.execute-api.{REGION}.amazonaws.com/live"
KEY = "k_of_ana"


@pytest.fixture
def live(clients: Clients) -> AwsBackend:
    world = AwsBackend(table=TABLE, bucket=BUCKET, queue=queue_url(clients), websocket=ENDPOINT, clients=clients)
    create_account(world, "ana")
    create_key(world, "ana", secret=KEY)
    now = world.now()
    for inbox in (BO, CY):
        world.addresses.reserve(Reservation(inbox=inbox, owner="ana", created=now, updated=now, enablews=True))
    return world


def connecting(connection: str = "c1", *, key: str = KEY, addresses: str = BO, ip: str = "192.0.2.9") -> dict[str, Any]:
    """The event of $connect (API Gateway Developer Guide, "WebSocket APIs", "$connect")."""
    return {
        "headers": {"Host": "abcdef.execute-api.us-east-1.amazonaws.com"},
        "queryStringParameters": {"key": key, "addresses": addresses},
        "requestContext": {
            "routeKey": "$connect",
            "eventType": "CONNECT",
            "connectionId": connection,
            "domainName": "abcdef.execute-api.us-east-1.amazonaws.com",
            "stage": "live",
            "apiId": "abcdef",
            "identity": {"sourceIp": ip},
        },
        "isBase64Encoded": False,
    }


def arriving(world: AwsBackend, clients: Clients, *recipients: str) -> dict[str, Any]:
    """Take a mail in; answers with the event that the table's stream makes of it."""
    envelope = Envelope(sender="ana@sender.example", recipients=recipients or (BO,))
    (receipt,) = receive(world, [Arrival(envelope=envelope, content=RAW)])
    found = clients.dynamodb.scan(TableName=TABLE)["Items"]
    return {
        "Records": [
            {
                "eventName": "INSERT",
                "dynamodb": {"Keys": {"pk": item["pk"], "sk": item["sk"]}, "NewImage": as_json(item)},
            }
            for item in found
            if item["sk"]["S"].startswith(receipt.id) or item["pk"]["S"].startswith("MAIL#")
        ]
    }


def frames(connection: str) -> list[dict[str, Any]]:
    """What was sent to a connection. The emulator joins what it is given."""
    known = apigatewaymanagementapi_backends[ACCOUNT][REGION].connections
    text = known[connection].data.decode() if connection in known else ""
    found, decoder = [], json.JSONDecoder()
    while text:
        frame, end = decoder.raw_decode(text)
        found.append(frame)
        text = text[end:]
    return found


def test_a_connection_is_told_of_its_mail(live: AwsBackend, clients: Clients) -> None:
    answer = connect(connecting(), live)
    sent = tell(arriving(live, clients), live)
    (frame,) = frames("c1")

    assert answer == {"statusCode": 200}
    assert sent == 1
    assert frame["status"] == 200
    assert frame["subject"] == frame["email"]["subject"] == "Weekly"


def test_the_first_frame_follows_a_moment_after_the_connection(live: AwsBackend, clients: Clients) -> None:
    begun = live.now()
    connect(connecting(addresses=f"{BO},{CY}"), live)
    later = AwsBackend(
        table=TABLE,
        bucket=BUCKET,
        queue=queue_url(clients),
        websocket=ENDPOINT,
        clients=clients,
        clock=lambda: begun + timedelta(seconds=GREETING_SECONDS + 5),
    )
    wake_queue()
    failed = work(later, clients)

    assert failed == 0
    assert frames("c1") == [{"status": 200, "msg": "Listening", "addresses": [BO, CY], "domains": []}]


def test_only_who_listens_to_the_inbox_is_told(live: AwsBackend, clients: Clients) -> None:
    connect(connecting("c1", addresses=BO), live)
    connect(connecting("c2", addresses=CY), live)
    connect(connecting("c3", addresses=f"{BO},{CY}"), live)
    sent = tell(arriving(live, clients, CY), live)

    assert sent == 2
    assert [len(frames(one)) for one in ("c1", "c2", "c3")] == [0, 1, 1]


def test_whose_key_is_revoked_hears_no_more(live: AwsBackend, clients: Clients) -> None:
    made, secret = create_key(live, "ana", label="for a while")
    connect(connecting("c1", key=secret), live)
    connect(connecting("c2"), live)
    live.directory.remove_key(made.id)

    assert tell(arriving(live, clients), live) == 1
    assert [len(frames(name)) for name in ("c1", "c2")] == [0, 1]


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"key": "k_no"}, 401),
        ({"key": ""}, 401),
        ({"addresses": "free@rest.example"}, 400),
        ({"addresses": ""}, 400),
        ({"addresses": "unknown.example"}, 404),
        ({"ip": "198.51.100.7"}, 403),
    ],
)
def test_who_may_not_listen_is_refused_at_connect(live: AwsBackend, more: dict[str, str], status: int) -> None:
    live.rules.put(BlockRule(subject="198.51.100.0/24", reason="flood", made_by="ana", created=live.now()))
    answer = connect(connecting(**more), live)

    assert answer["statusCode"] == status
    assert json.loads(answer["body"])["error"]
    assert live.connections.names("c1") == ()


def test_a_connection_that_ended_is_forgotten(live: AwsBackend, clients: Clients) -> None:
    connect(connecting(addresses=f"{BO},{CY}"), live)
    live.connections.remove("c1")
    live.connections.remove("c1")
    sent = tell(arriving(live, clients), live)

    assert sent == 0
    assert list(live.connections.listening(BO)) == list(live.connections.listening(CY)) == []


class _GoneClients(Clients):
    """Clients whose connections are all gone, as the emulator's never are."""

    def connections(self, endpoint: str) -> ApiGatewayManagementApiClient:
        client = get_session().create_client("apigatewaymanagementapi", REGION, endpoint_url=endpoint)
        stub = Stubber(client)
        stub.add_client_error("post_to_connection", "GoneException", http_status_code=410)
        stub.activate()
        return cast("ApiGatewayManagementApiClient", client)


def test_a_connection_that_is_gone_is_found_out_and_forgotten(live: AwsBackend, clients: Clients) -> None:
    connect(connecting(), live)
    begun = live.now()
    gone = _told_gone(clients, lambda: begun + timedelta(seconds=OPENING_SECONDS + 1))
    sent = tell(arriving(gone, clients), gone)

    assert sent == 0
    assert live.connections.names("c1") == ()
    assert list(live.connections.listening(BO)) == []


def _told_gone(clients: Clients, clock: Callable[[], datetime]) -> AwsBackend:
    return AwsBackend(
        table=TABLE,
        bucket=BUCKET,
        queue=queue_url(clients),
        websocket=ENDPOINT,
        clients=_GoneClients(region=REGION),
        clock=clock,
    )


def test_mail_that_arrives_before_connect_is_answered_makes_nobody_deaf(live: AwsBackend, clients: Clients) -> None:
    connect(connecting(), live)
    begun = live.now()
    event = arriving(live, clients)
    sent = tell(event, _told_gone(clients, lambda: begun + timedelta(seconds=OPENING_SECONDS - 2)))

    assert sent == 0
    assert live.connections.names("c1") == (BO,)
    assert tell(event, live) == 1


class _FullClients(Clients):
    """Clients of a WebSocket API in which the buffers of some connections are full."""

    def __init__(self, full: tuple[str, ...]) -> None:
        super().__init__(region=REGION)
        self._full = full

    def connections(self, endpoint: str) -> ApiGatewayManagementApiClient:
        client = super().connections(endpoint)
        events: Any = client.meta.events
        events.register_first("before-call.apigatewaymanagementapi", self._answer)
        return client

    def _answer(self, *, params: dict[str, Any], **_: Any) -> tuple[AWSResponse, dict[str, Any]] | None:
        if not params["url_path"].endswith(self._full):
            return None
        said = {"Error": {"Code": "LimitExceededException"}, "ResponseMetadata": {"HTTPStatusCode": 429}}
        return AWSResponse("https://live", 429, HTTPHeaders(), None), said


def _full(clients: Clients, *names: str, clock: Callable[[], datetime] = system_clock) -> AwsBackend:
    """A world in which these connections cannot be told now."""
    return AwsBackend(
        table=TABLE,
        bucket=BUCKET,
        queue=queue_url(clients),
        websocket=ENDPOINT,
        clients=_FullClients(names),
        clock=clock,
    )


def test_who_does_not_read_costs_nobody_else_a_frame_and_is_told_later(live: AwsBackend, clients: Clients) -> None:
    names = ("c1", "c2", "c3", "c4")
    for name in names:
        connect(connecting(name), live)
    event = arriving(live, clients)

    assert tell(event, _full(clients, "c3")) == 3
    assert [len(frames(name)) for name in names] == [1, 1, 0, 1]
    wake_queue()
    begun = live.now()
    work_off(_full(clients, clock=lambda: begun + timedelta(seconds=TELLING_SECONDS + 5)), clients)
    told = [[one["subject"] for one in frames(name) if "subject" in one] for name in names]
    assert told == [["Weekly"]] * 4


def test_who_left_or_whose_key_is_revoked_meanwhile_is_not_told_later(live: AwsBackend, clients: Clients) -> None:
    made, secret = create_key(live, "ana", label="for a while")
    for name, key in (("c1", KEY), ("c2", secret), ("c3", KEY)):
        connect(connecting(name, key=key), live)
    assert tell(arriving(live, clients), _full(clients, "c1", "c2", "c3")) == 0
    live.connections.remove("c1")
    live.directory.remove_key(made.id)
    wake_queue()
    begun = live.now()
    work_off(_full(clients, clock=lambda: begun + timedelta(seconds=TELLING_SECONDS + 5)), clients)

    told = [[one["subject"] for one in frames(name) if "subject" in one] for name in ("c1", "c2", "c3")]
    assert told == [[], [], ["Weekly"]]


def test_a_message_that_is_only_changed_is_not_told_of(live: AwsBackend, clients: Clients) -> None:
    connect(connecting(), live)
    event = arriving(live, clients)
    for record in event["Records"]:
        record["eventName"] = "MODIFY"

    assert tell(event, live) == 0


class _Session:
    """What Chalice wants to know of boto3's session where no environment says it."""

    region_name = REGION


def test_chalice_hands_the_event_on_and_answers_as_api_gateway_expects() -> None:
    app.app.websocket_api.session = _Session()
    answer = app.on_ws_message({**connecting(), "body": "hello"}, Context())

    assert answer == {"statusCode": 200}
