"""All messages of an account: listed, filtered, searched."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest

from tests.api.mails import PLAIN, arrive

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client
    from tests.stopped import StoppedClock

SHOP = "shop@x.dev"


@pytest.fixture(autouse=True)
def _reserved(team: Client) -> None:
    for address in (SHOP, "second@x.dev"):
        assert team.tell("POST", f"/api/addresses/{address}").status == 200


def _mail(backend: EmbeddedBackend, subject: str, *, text: str = "", sender: str = "ann@sender.example") -> str:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, f"Shop Desk <{SHOP}>", subject
    mail.set_content(text)
    return arrive(backend, mail.as_bytes(), SHOP)


def _subjects(found: Any) -> list[str]:
    return [message["subject"] for message in found["messages"]]


def _filter(client: Client, **values: str) -> list[str]:
    return _subjects(client.get(f"/api/inbox-filter?{urlencode(values)}").json)


def _search(client: Client, query: str) -> list[str]:
    return _subjects(client.get(f"/api/inbox-search?query={quote(query)}").json)


def test_the_accounts_messages_are_listed_over_all_its_inboxes_newest_first(
    backend: EmbeddedBackend, team: Client, rival: Client
) -> None:
    team.tell("POST", "/api/addresses/other@y.dev")
    first, second = arrive(backend, PLAIN, SHOP), arrive(backend, PLAIN, "other@y.dev")
    arrive(backend, PLAIN, "nobodys@x.dev")

    listed = team.get("/api/inbox").json

    assert [one["_id"] for one in listed["messages"]] == [second, first]
    assert (listed["unread"], listed["limit"], listed["skip"]) == (2, 20, 0)
    assert rival.get("/api/inbox").json["messages"] == []


def test_limit_and_skip_cut_a_window_out_of_the_list(backend: EmbeddedBackend, team: Client) -> None:
    found = [_mail(backend, str(number)) for number in range(6)]

    listed = team.get("/api/inbox?limit=2&skip=3").json

    assert [one["_id"] for one in listed["messages"]] == [found[2], found[1]]
    assert (listed["limit"], listed["skip"], listed["unread"]) == (2, 3, 6)
    assert team.get("/api/inbox?limit=2&skip=6").json["messages"] == []


@pytest.mark.parametrize("form", ["2026-03-01T12:10:00Z", "2026-03-01T13:10:00%2B01:00", "1772367000000", "1772367000"])
def test_since_takes_what_came_at_that_moment_and_later(
    backend: EmbeddedBackend, clock: StoppedClock, team: Client, form: str
) -> None:
    for minute in range(3):
        _mail(backend, f"at {minute * 10}")
        clock.move(timedelta(minutes=10))

    assert _subjects(team.get(f"/api/inbox?since={form}").json) == ["at 20", "at 10"]


def test_a_filter_finds_what_fits_in_every_field_that_is_given(backend: EmbeddedBackend, team: Client) -> None:
    _mail(backend, "Welcome to the shop", sender="Ann Baker <ann@sender.example>")
    _mail(backend, "Welcome back", sender="bob@other.example")

    assert _filter(team, andSubjectIncludes="welcome") == ["Welcome back", "Welcome to the shop"]
    assert _filter(team, andSubjectIncludes="welcome", andFrom="ann") == ["Welcome to the shop"]
    assert _filter(team, andSubjectIncludes="welcome shop") == ["Welcome to the shop"]
    assert _filter(team, andFrom="bob@other.example", andTo=SHOP) == ["Welcome back"]
    assert _filter(team, andFrom="ann bob") == []
    assert _filter(team, andTo="desk", andFrom="baker") == ["Welcome to the shop"]


def test_a_filter_by_recipient_finds_the_inbox_too(backend: EmbeddedBackend, team: Client) -> None:
    arrive(backend, PLAIN, "shop+blind@x.dev")

    assert _filter(team, andTo=SHOP) == ["Hello"]


@pytest.mark.parametrize(
    "query", ["", "andTo=", "andSubjectIncludes=&andFrom=", "other=1", "andTo=a", "andFrom=%21%3F"]
)
def test_a_filter_without_a_word_is_a_400(team: Client, query: str) -> None:
    answered = team.ask("GET", f"/api/inbox-filter?{query}")

    assert (answered.status, answered.json["error"]) == (400, "BadRequest")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ORDER", True),
        ("ord", True),
        ("rder", False),
        ("order 1234", True),
        ("1234 nothing", False),
        ("größe", True),
        ("GRÖSSE", True),
        ("gr\N{LATIN SMALL LETTER O}\N{COMBINING DIAERESIS}ße", True),
        ("注文", True),
        ("文番", True),
        ("番文", False),
        ("\uff4f\uff52\uff44\uff45\uff52", True),
        ("needle", True),
        ("shop@x.dev", True),
        ("ann@sender.example", True),
        ('"order" OR nothing*', False),
        ("order)", True),
        ("order AND", False),
    ],
)
def test_a_search_finds_words_by_their_beginning_whatever_their_case_or_script(
    backend: EmbeddedBackend, team: Client, query: str, *, found: bool
) -> None:
    arrive(backend, b"From: zoe@z.example\r\nSubject: else\r\n\r\nOther words.\r\n", "second@x.dev")
    _mail(backend, "Order 1234: Größe, 注文番号", text="There is a needle in this text.")

    assert _search(team, query) == (["Order 1234: Größe, 注文番号"] if found else [])


def test_a_search_says_what_was_asked_and_finds_the_newest_hundred(backend: EmbeddedBackend, team: Client) -> None:
    for number in range(103):
        _mail(backend, f"number {number}")

    answered = team.get("/api/inbox-search?query=Number").json

    assert answered["query"] == "Number"
    assert _subjects(answered) == [f"number {number}" for number in range(102, 2, -1)]


@pytest.mark.parametrize("query", ["a", "%21", "%20"])
def test_a_search_without_a_word_of_two_letters_is_a_400(team: Client, query: str) -> None:
    answered = team.ask("GET", f"/api/inbox-search?query={query}")

    assert (answered.status, answered.json["error"]) == (400, "BadRequest")


@pytest.mark.parametrize("target", ["/api/inbox-search", "/api/inbox-search?query="])
def test_a_search_for_nothing_finds_nothing(backend: EmbeddedBackend, team: Client, target: str) -> None:
    _mail(backend, "something")

    assert team.get(target).json == {"query": "", "messages": []}


def test_a_search_finds_own_mail_only_also_where_a_mail_went_to_two_accounts(
    backend: EmbeddedBackend, team: Client, rival: Client
) -> None:
    rival.tell("POST", "/api/addresses/rival@x.dev")
    arrive(backend, PLAIN, SHOP, "rival@x.dev", "nobodys@x.dev")

    assert [one["inbox"] for one in team.get("/api/inbox-search?query=hello").json["messages"]] == [SHOP]
    assert [one["inbox"] for one in rival.get("/api/inbox-search?query=hello").json["messages"]] == ["rival@x.dev"]


def test_what_an_address_held_before_it_was_reserved_is_found_and_after_its_release_no_more(
    backend: EmbeddedBackend, team: Client
) -> None:
    arrive(backend, PLAIN, "later@x.dev")
    assert _search(team, "hello") == []

    team.tell("POST", "/api/addresses/later@x.dev")
    found = _search(team, "hello")
    team.tell("DELETE", "/api/addresses/later@x.dev")

    assert found == ["Hello"]
    assert _search(team, "hello") == []


def test_a_deleted_message_is_not_found(backend: EmbeddedBackend, team: Client) -> None:
    found = _mail(backend, "gone soon")

    team.ask("DELETE", f"/api/addresses/{SHOP}/messages/{found}")

    assert _search(team, "gone") == []
