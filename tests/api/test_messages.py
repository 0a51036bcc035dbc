"""Messages of an inbox by HTTP: list, count, one, delete, purge."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from chalicelib.mail.names import Inbox
from chalicelib.mail.shelf import Shelf
from chalicelib.ports import Count
from tests.api.mails import PDF, PLAIN, arrive, rich

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client
    from tests.stopped import StoppedClock

BOB = "/api/addresses/bob@x.dev"


def _subjects(client: Client, target: str) -> list[str]:
    return [message["subject"] for message in client.get(target).json]


def _arrive_in_turn(backend: EmbeddedBackend, clock: StoppedClock, count: int) -> list[str]:
    """One mail a minute, named by its number; answers with the ids in the order of arrival."""
    found = []
    for number in range(count):
        found.append(arrive(backend, PLAIN.replace(b"Hello", b"%d" % number)))
        clock.move(timedelta(minutes=1))
    return found


def test_an_empty_inbox_is_an_empty_list(client: Client) -> None:
    assert client.get(f"{BOB}/messages").json == []
    assert client.get(f"{BOB}/message-count").json == {"count": 0, "inbox": "bob@x.dev"}


def test_a_list_shows_all_metadata_under_mailsacs_names(backend: EmbeddedBackend, client: Client) -> None:
    mail = rich().as_bytes()
    found = arrive(backend, mail, "bob+tag@X.dev", "carol@x.dev")

    (message,) = client.get(f"{BOB}/messages").json

    checksums = [one["checksum"] for one in client.get(f"{BOB}/messages/{found}/attachments").json]
    size = len(client.get(f"/api/raw/bob@x.dev/{found}").body)
    assert size > len(mail)
    assert message == {
        "_id": found,
        "from": [{"address": "ann@sender.example", "name": "Ann Ämter"}],
        "to": [{"address": "bob@x.dev", "name": "Bob"}, {"address": "carol@x.dev", "name": ""}],
        "cc": [{"address": "dave@x.dev", "name": ""}],
        "bcc": [],
        "subject": "Über alles",
        "savedBy": None,
        "inbox": "bob@x.dev",
        "originalInbox": "bob+tag@X.dev",
        "domain": "x.dev",
        "received": "2026-03-01T12:00:00.000Z",
        "size": size,
        "attachments": checksums,
        "ip": "192.0.2.7",
        "via": "10.0.0.1",
        "folder": "inbox",
        "labels": [],
        "read": None,
        "rtls": False,
        "links": ["https://example.org/confirm?code=1"],
        "spam": None,
    }
    assert len(checksums) == 3


def test_one_message_looks_as_it_does_in_the_list(backend: EmbeddedBackend, client: Client) -> None:
    found = arrive(backend, rich().as_bytes())

    assert client.get(f"{BOB}/messages/{found}").json == client.get(f"{BOB}/messages").json[0]


def test_the_newest_message_comes_first_and_twenty_come_when_nothing_is_said(
    backend: EmbeddedBackend, client: Client, clock: StoppedClock
) -> None:
    _arrive_in_turn(backend, clock, 23)

    assert _subjects(client, f"{BOB}/messages") == [str(number) for number in range(22, 2, -1)]
    assert _subjects(client, f"{BOB}/messages?limit=3") == ["22", "21", "20"]
    assert len(_subjects(client, f"{BOB}/messages?limit=1000")) == 23
    assert client.get(f"{BOB}/message-count").json["count"] == 23


def test_mails_of_the_same_millisecond_stay_in_their_order(backend: EmbeddedBackend, client: Client) -> None:
    ids = [arrive(backend, PLAIN) for _ in range(5)]

    assert [message["_id"] for message in client.get(f"{BOB}/messages").json] == ids[::-1]


@pytest.mark.parametrize(
    "until",
    [
        "2026-03-01T12:02:00Z",
        "2026-03-01T12:02:00.000Z",
        "2026-03-01T13:02:00+01:00",
        "2026-03-01T13:02:00%2B01:00",
        "2026-03-01T12:02:00",
        "1772366520000",
        "1772366520",
    ],
)
def test_until_leaves_only_what_came_before_that_moment(
    backend: EmbeddedBackend, client: Client, clock: StoppedClock, until: str
) -> None:
    _arrive_in_turn(backend, clock, 5)

    assert _subjects(client, f"{BOB}/messages?until={until}") == ["1", "0"]


def test_walking_back_with_until_meets_every_message_once(
    backend: EmbeddedBackend, client: Client, clock: StoppedClock
) -> None:
    ids = _arrive_in_turn(backend, clock, 7)
    walked: list[str] = []
    until = "2027-01-01T00:00:00Z"
    while page := client.get(f"{BOB}/messages?limit=2&until={until}").json:
        walked += [message["_id"] for message in page]
        until = page[-1]["received"]

    assert walked == ids[::-1]


@pytest.mark.parametrize("until", ["0001-01-01T00:00:00Z", "1969-12-31", "0", "1970-01-01T00:00:00.001Z"])
def test_until_a_time_before_all_mail_is_an_empty_list(backend: EmbeddedBackend, client: Client, until: str) -> None:
    arrive(backend, PLAIN)

    assert client.get(f"{BOB}/messages?until={until}").json == []


@pytest.mark.parametrize("until", ["9999-12-31T23:59:59Z", "9999-12-31", "253402300799999"])
def test_until_the_end_of_time_is_the_whole_list(backend: EmbeddedBackend, client: Client, until: str) -> None:
    arrive(backend, PLAIN)

    assert len(client.get(f"{BOB}/messages?until={until}").json) == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=1001", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        ("limit=1.5", "limit"),
        ("limit=20&limit=x", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("until=tomorrow", "until"),
        ("until=", "until"),
        ("until=2026-13-01", "until"),
        ("until=" + "9" * 5000, "until"),
        ("until=9999-12-31T23:59:59-14:00", "until"),
    ],
)
def test_a_value_that_cannot_be_used_is_a_400_that_names_its_field(client: Client, query: str, field: str) -> None:
    answered = client.ask("GET", f"{BOB}/messages?{query}")

    assert answered.status == 400
    assert answered.json["error"] == "BadRequest"
    assert answered.json["message"].startswith(f"{field}: expected ")
    assert answered.json["validationErrors"] == [answered.json["message"]]


@pytest.mark.parametrize("email", ["bob", "@x.dev", "bob@", "a b@x.dev", "bob@x..dev", "bob@x.dev\r\nA: b", "\x00"])
def test_an_address_that_is_none_is_a_400_that_names_it(client: Client, email: str) -> None:
    answered = client.ask("GET", f"/api/addresses/{quote(email, safe='')}/messages")

    assert answered.status == 400
    assert answered.json["validationErrors"] == ["email: expected an email address"]


@pytest.mark.parametrize(
    "recipient", ["bob@x.dev", "BOB@X.DEV", "bob+news@x.dev", "bob+a+b@x.dev", "Bob+@x.dev", "bob@x.dev."]
)
def test_every_spelling_of_an_address_names_the_same_inbox(
    backend: EmbeddedBackend, client: Client, recipient: str
) -> None:
    found = arrive(backend, PLAIN)

    (message,) = client.get(f"/api/addresses/{recipient}/messages").json

    assert (message["_id"], message["inbox"]) == (found, "bob@x.dev")


def test_every_recipient_has_a_message_of_their_own(backend: EmbeddedBackend, client: Client) -> None:
    arrive(backend, PLAIN, "bob@x.dev", "Carol+list@y.dev", "bob+again@x.dev")

    assert [m["originalInbox"] for m in client.get(f"{BOB}/messages").json] == ["bob+again@x.dev", "bob@x.dev"]
    assert [m["inbox"] for m in client.get("/api/addresses/carol@y.dev/messages").json] == ["carol@y.dev"]


def test_a_message_is_found_in_its_own_inbox_only(backend: EmbeddedBackend, client: Client) -> None:
    found = arrive(backend, PLAIN, "bob@x.dev", "carol@x.dev")

    for target in (f"messages/{found}", f"messages/{found}/headers", f"messages/{found}/attachments"):
        answered = client.ask("GET", f"/api/addresses/carol@x.dev/{target}")
        assert (answered.status, answered.json["error"]) == (404, "NotFound")
    assert client.ask("GET", f"/api/raw/carol@x.dev/{found}").status == 404
    assert client.ask("DELETE", f"/api/addresses/carol@x.dev/messages/{found}").status == 404


def test_a_deleted_message_is_gone_and_says_so(backend: EmbeddedBackend, client: Client) -> None:
    found = arrive(backend, PLAIN, "bob@x.dev", "carol@x.dev")

    answered = client.ask("DELETE", f"{BOB}/messages/{found}")

    assert answered.status == 200
    assert answered.json == {"_id": found, "inbox": "bob@x.dev", "message": "Message was deleted."}
    assert client.ask("GET", f"{BOB}/messages/{found}").status == 404
    assert client.ask("DELETE", f"{BOB}/messages/{found}").status == 404
    assert client.get("/api/addresses/carol@x.dev/message-count").json["count"] == 1
    assert client.get(f"/api/raw/carol@x.dev/{found[:-1]}1").body.endswith(PLAIN)


def test_raw_bytes_go_with_the_last_message_of_a_mail(backend: EmbeddedBackend, client: Client) -> None:
    found = arrive(backend, PLAIN, "bob@x.dev", "carol@x.dev")

    client.ask("DELETE", f"{BOB}/messages/{found}")
    assert len(list(backend.raw.receipts())) == 1
    client.ask("DELETE", f"/api/addresses/carol@x.dev/messages/{found[:-1]}1")

    assert list(backend.raw.receipts()) == []
    assert backend.register.discarded() == ()


def test_a_purge_empties_one_inbox_and_answers_without_a_body(backend: EmbeddedBackend, client: Client) -> None:
    for _ in range(3):
        arrive(backend, PLAIN, "bob@x.dev", "carol@x.dev")

    answered = client.ask("DELETE", f"{BOB}/messages")

    assert (answered.status, answered.body, answered.headers["content-type"]) == (204, b"", None)
    assert client.get(f"{BOB}/messages").json == []
    assert client.get(f"{BOB}/message-count").json["count"] == 0
    assert client.get("/api/addresses/carol@x.dev/message-count").json["count"] == 3
    assert client.ask("DELETE", f"{BOB}/messages").status == 204


def test_a_purge_takes_more_messages_than_fit_into_one_step(backend: EmbeddedBackend, client: Client) -> None:
    for _ in range(12):
        arrive(backend, PLAIN, *[f"bob+{tag}@x.dev" for tag in range(100)])
    assert client.get(f"{BOB}/message-count").json["count"] == 1200

    assert client.ask("DELETE", f"{BOB}/messages").status == 204
    assert backend.index.count(Shelf.inbox(Inbox("bob@x.dev"))) == Count()
    assert list(backend.raw.receipts()) == []


def test_a_purge_spares_starred_messages(backend: EmbeddedBackend, client: Client) -> None:
    kept, _ = arrive(backend, PLAIN), arrive(backend, PLAIN)
    with backend.database.writing() as connection:
        connection.execute("UPDATE messages SET starred_by = 'admin' WHERE id = ?", (kept,))

    client.ask("DELETE", f"{BOB}/messages")

    assert [(m["_id"], m["savedBy"]) for m in client.get(f"{BOB}/messages").json] == [(kept, "admin")]


def test_mail_that_nobody_can_parse_is_still_listed_and_readable_raw(backend: EmbeddedBackend, client: Client) -> None:
    damaged = b"Content-Type: multipart/mixed; boundary=\r\n\r\n\x00\xff--\r\n" + PDF
    found = arrive(backend, damaged)

    (message,) = client.get(f"{BOB}/messages").json
    structure = client.get(f"{BOB}/messages/{found}/parts").json

    assert (message["_id"], message["subject"], message["from"]) == (found, "", [])
    assert client.get(f"/api/raw/bob@x.dev/{found}").body.endswith(damaged)
    assert [problem["name"] for problem in structure["problems"]]
