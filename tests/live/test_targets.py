"""No call that a user aims reaches inside: addresses, their spellings, redirects, and names that change their mind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib.mail.targets import TargetRules, is_public, target_of
from chalicelib.posting import HttpMessenger, resolve

if TYPE_CHECKING:
    from tests.live.receiver import Receiver

BODY = b"{}"
INSIDE = [
    *("0.0.0.0", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254"),
    *("168.63.129.16", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1"),
    *("192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255"),
    *("240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808"),
    *("64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::1", "2002:a00:1::", "3fff::1", "fc00::1"),
    *("fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "5f00::1", "4000::1", "not an address", ""),
]
OUTSIDE = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450:4001::1"]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_that_anybody_could_have_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "0", "localhost", "LOCALHOST."),
        *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:ffff:7f00:1]", "[::ffff:7f00:1]", "169.254.169.254"),
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_spelling_of_an_address_inside_is_asked(receiver: Receiver, host: str, scheme: str) -> None:
    # Http is allowed, so that the address alone decides.
    messenger = HttpMessenger(TargetRules(plain=True), seconds=5)
    answer = messenger.post(f"{scheme}://{host}:{receiver.port}/", {}, BODY)

    assert answer.refused, answer
    assert answer.status is None
    assert receiver.posted.empty()


@pytest.mark.parametrize(
    "url",
    [
        *("http://example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://127.0.0.1/", "//example.com/"),
        *("https://user:secret@example.com/", "https://user@127.0.0.1/", "https:///path", "https://", "example.com"),
        *("https://exam ple.com/", "https://example.com/\r\nX: y", "https://ex\u00e4mple.com/", "https://[::1%25lo]/"),
        *("https://example.com:0/", "https://example.com:99999/", "https://" + "a" * 3000, ""),
    ],
)
def test_a_url_that_is_none_for_webhooks_is_refused_before_anything_is_resolved(url: str) -> None:
    asked: list[str] = []

    def note(host: str, _: int) -> list[str]:
        asked.append(host)
        return ["93.184.216.34"]

    answer = HttpMessenger(TargetRules(), resolve=note, seconds=5).post(url, {}, BODY)

    assert answer.refused, answer
    assert asked == []


NAMED = frozenset({"127.0.0.1:9000", "hooks.test:80", "[::1]:9000"})


@pytest.mark.parametrize(
    ("url", "rules", "said"),
    [
        ("https://10.0.0.1/", TargetRules(), "HOOK_TARGETS"),
        ("http://10.0.0.1/", TargetRules(), "HOOK_HTTP"),
        ("http://10.0.0.1/", TargetRules(plain=True), "HOOK_TARGETS"),
        ("http://10.0.0.1/", TargetRules(listed=NAMED), "HOOK_HTTP"),
        ("http://hooks.example/", TargetRules(), "HOOK_HTTP"),
        ("http://1.1.1.1/", TargetRules(), "HOOK_HTTP"),
        *(
            (f"https://{host}/", TargetRules(plain=True), "HOOK_TARGETS")
            for host in ("localhost", "a.localhost", "127.1", "2130706433", "0x7f000001", "[::1]", "[::ffff:8.8.8.8]")
        ),
        ("https://hooks.example/", TargetRules(), None),
        ("http://hooks.example/", TargetRules(plain=True), None),
        ("http://hooks.example/", TargetRules(listed=NAMED), None),
        ("http://hooks.test/", TargetRules(listed=NAMED), None),
        ("http://127.0.0.1:9000/", TargetRules(listed=NAMED), None),
        ("http://localhost:9000/", TargetRules(listed=NAMED), None),
        ("https://[::1]:9000/", TargetRules(listed=NAMED), None),
        ("https://1.1.1.1/", TargetRules(), None),
        ("http://1.1.1.1/", TargetRules(plain=True), None),
    ],
)
def test_what_can_never_be_asked_is_known_without_resolving_it(url: str, rules: TargetRules, said: str | None) -> None:
    refusal = rules.never(target_of(url))

    assert (refusal is None) == (said is None), refusal
    assert said is None or f"RESTANTE_{said}" in str(refusal)


@pytest.mark.parametrize("addresses", [["10.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["2606:4700::1111", "::1"], []])
def test_a_name_with_one_address_inside_is_not_asked_at_all(addresses: list[str]) -> None:
    messenger = HttpMessenger(TargetRules(), resolve=lambda *_: addresses, seconds=5)

    assert messenger.post("https://rebinding.example/", {}, BODY).refused


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(receiver: Receiver) -> None:
    """A name that is somewhere else at each question: it is asked once, and what it said then is what counts."""
    questions = 0

    def rebinding(_: str, __: int) -> list[str]:
        nonlocal questions
        questions += 1
        return ["127.0.0.1"] if questions == 1 else ["10.0.0.1"]

    messenger = HttpMessenger(TargetRules(listed=frozenset({receiver.name})), resolve=rebinding, seconds=5)
    answer = messenger.post(f"http://rebinding.example:{receiver.port}/", {}, BODY)

    assert answer.status == 204
    assert questions == 1
    assert receiver.next().headers["host"] == f"rebinding.example:{receiver.port}"


@pytest.mark.parametrize(
    "location",
    ["http://127.0.0.1:1/", "https://169.254.169.254/latest/meta-data/", "http://[::1]:1/", "//10.0.0.1/", "ftp://x/"],
)
def test_a_redirect_inside_is_not_followed(receiver: Receiver, location: str) -> None:
    receiver.statuses, receiver.location = [307], location
    messenger = HttpMessenger(TargetRules(listed=frozenset({receiver.name})), seconds=5)
    answer = messenger.post(receiver.url, {}, BODY)

    assert answer.refused, answer


def test_a_redirect_that_keeps_the_method_is_followed_and_posts_the_same(receiver: Receiver) -> None:
    receiver.statuses, receiver.location = [308], "/elsewhere"
    messenger = HttpMessenger(TargetRules(listed=frozenset({receiver.name})), seconds=5)
    answer = messenger.post(receiver.url, {"webhook-id": "msg_1"}, BODY)
    first, second = receiver.next(), receiver.next()

    assert answer.status == 204
    assert (first.path, second.path) == ("/mail", "/elsewhere")
    assert (second.body, second.headers["webhook-id"]) == (BODY, "msg_1")


def test_a_redirect_loop_ends(receiver: Receiver) -> None:
    receiver.statuses, receiver.location = [307] * 100, "/again"
    messenger = HttpMessenger(TargetRules(listed=frozenset({receiver.name})), seconds=5)
    answer = messenger.post(receiver.url, {}, BODY)

    assert answer.failure == "More than 3 redirects"
    assert len(receiver.statuses) == 96


def test_a_listed_target_is_asked_by_name_and_by_address_and_its_neighbours_are_not(receiver: Receiver) -> None:
    by_name = HttpMessenger(TargetRules(listed=frozenset({f"localhost:{receiver.port}"})), seconds=5)
    neighbour = HttpMessenger(TargetRules(listed=frozenset({f"127.0.0.1:{receiver.port + 1}"})), seconds=5)

    assert by_name.post(f"http://localhost:{receiver.port}/", {}, BODY).status == 204
    assert by_name.post(f"http://127.0.0.1:{receiver.port}/", {}, BODY).refused
    assert neighbour.post(receiver.url, {}, BODY).refused


def test_the_system_resolves_a_name_to_each_of_its_addresses_once() -> None:
    assert "127.0.0.1" in resolve("localhost", 80)
    assert resolve("127.0.0.1", 80) == ["127.0.0.1"]


def test_the_target_of_a_url_has_the_usual_port() -> None:
    assert target_of("https://ci.example/a?b=c#d").name == "ci.example:443"
    assert target_of("https://ci.example/a?b=c#d").path == "/a?b=c"
    assert target_of("http://[2606:4700::1111]/").name == "[2606:4700::1111]:80"
