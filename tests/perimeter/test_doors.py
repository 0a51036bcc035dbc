"""The doors of the embedded world: SMTP and HTTP servers that look up their own copy of the rules."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from chalicelib.mail.blocking import Scope, read_address, verdict
from chalicelib.mail.detecting import Thresholds
from chalicelib.mail.flood_terms import FloodTerms, Mode
from chalicelib.ports import Policy
from restante.embedded.backend import EmbeddedBackend
from restante.embedded.door import Door
from restante.embedded.http.gate import Gate, TokenBuckets
from restante.embedded.smtp.guard import STALLED, Guard
from restante.embedded.smtp.terms import Terms
from tests.api.serving import KEY, Client
from tests.api.serving import serving as serving_http
from tests.perimeter.rules import ADDRESSES, RULES, allow, rule
from tests.smtp.serving import SECONDS, hear, hear_line
from tests.smtp.serving import serving as serving_smtp
from tests.stopped import StoppedClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from chalicelib.mail.blocking import BlockRule, IpAddress
    from tests.smtp.serving import Running

STRANGER, FLOODER = "127.0.0.20", "127.0.0.11"
LOW = Thresholds(arrivals=5, refused=3, octets=10_000)


def _wait(condition: Callable[[], bool]) -> bool:
    """Look until it is so, for SECONDS at most."""
    never = threading.Event()
    for _ in range(int(SECONDS / 0.02)):
        if condition():
            return True
        never.wait(0.02)
    return condition()


@contextmanager
def _door(backend: EmbeddedBackend, scope: Scope) -> Iterator[Door]:
    door = Door(backend, scope)
    try:
        yield door
    finally:
        door.close()


def _connect(running: Running, ip: str) -> socket.socket:
    return socket.create_connection((running.host, running.port), timeout=SECONDS, source_address=(ip, 0))


def _greeted(running: Running, ip: str) -> bytes:
    with _connect(running, ip) as connection:
        return hear_line(connection)


@pytest.fixture
def mail_door(backend: EmbeddedBackend) -> Iterator[Door]:
    with _door(backend, Scope.MAIL) as door:
        yield door


# SMTP


def test_mail_from_a_blocked_ip_is_refused_at_connect_and_counted(
    tmp_path: Path, backend: EmbeddedBackend, mail_door: Door
) -> None:
    backend.rules.put(rule(FLOODER))
    assert _wait(lambda: mail_door.refuses(FLOODER, counts=False))
    with serving_smtp(tmp_path, backend, guard=Guard(mail_door)) as running:
        with _connect(running, FLOODER) as connection:
            heard = hear(connection)
        welcome = _greeted(running, STRANGER)

    assert heard == b"554 5.7.1 Your address is blocked here\r\n"
    assert welcome.startswith(b"220 ")
    assert _wait(lambda: backend.rules.rules()[0].hits == 1)
    assert backend.rules.rules()[0].last_hit == backend.now()


def test_a_blocked_client_hears_nothing_where_that_is_set(
    tmp_path: Path, backend: EmbeddedBackend, mail_door: Door
) -> None:
    backend.rules.put(rule(FLOODER))
    assert _wait(lambda: mail_door.refuses(FLOODER, counts=False))
    with (
        serving_smtp(tmp_path, backend, guard=Guard(mail_door, reply=b"")) as running,
        _connect(running, FLOODER) as connection,
    ):
        assert hear(connection) == b""


def test_a_blocked_client_waits_in_the_tarpit_while_others_do_not(
    tmp_path: Path, backend: EmbeddedBackend, mail_door: Door
) -> None:
    backend.rules.put(rule(FLOODER))
    assert _wait(lambda: mail_door.refuses(FLOODER, counts=False))
    with (
        serving_smtp(tmp_path, backend, guard=Guard(mail_door, tarpit=2.0)) as running,
        _connect(running, FLOODER) as connection,
    ):
        connection.sendall(b"EHLO flood\r\n")
        assert _greeted(running, STRANGER).startswith(b"220 ")
        connection.setblocking(False)
        with pytest.raises(BlockingIOError):
            connection.recv(1)
        connection.settimeout(SECONDS)

        assert hear(connection).startswith(b"554 5.7.1 ")


def test_only_so_many_wait_in_the_tarpit_and_they_are_no_connections_that_others_could_have(
    tmp_path: Path, backend: EmbeddedBackend, mail_door: Door
) -> None:
    backend.rules.put(rule(FLOODER))
    assert _wait(lambda: mail_door.refuses(FLOODER, counts=False))
    guard = Guard(mail_door, tarpit=600.0)
    with serving_smtp(tmp_path, backend, guard=guard, most=1) as running, ExitStack() as waiting:
        for _ in range(STALLED):
            waiting.enter_context(_connect(running, FLOODER))
        assert _wait(lambda: guard.stalled == STALLED)
        one_more = _greeted(running, FLOODER)
        honest = _greeted(running, STRANGER)

    assert one_more.startswith(b"554 ")
    assert honest.startswith(b"220 ")


def test_a_connection_that_is_open_ends_when_its_address_is_blocked(
    tmp_path: Path, backend: EmbeddedBackend, mail_door: Door
) -> None:
    with (
        serving_smtp(tmp_path, backend, guard=Guard(mail_door), door=mail_door) as running,
        _connect(running, FLOODER) as flooding,
        _connect(running, STRANGER) as honest,
    ):
        hear_line(flooding), hear_line(honest)
        backend.rules.put(rule(FLOODER))
        heard = hear(flooding)
        honest.sendall(b"NOOP\r\n")
        answered = hear_line(honest)

    assert heard == b"421 4.7.1 Your address was blocked, closing the connection\r\n"
    assert answered.startswith(b"250 ")


def test_one_address_may_hold_so_many_connections_and_others_are_not_kept_out(
    tmp_path: Path, backend: EmbeddedBackend
) -> None:
    with serving_smtp(tmp_path, backend, guard=Guard(most_per_address=2)) as running:
        with _connect(running, FLOODER) as first, _connect(running, FLOODER) as second:
            hear_line(first), hear_line(second)
            refused = _greeted(running, FLOODER)
            other = _greeted(running, STRANGER)
        assert _wait(lambda: _greeted(running, FLOODER).startswith(b"220 "))

    assert refused == b"421 4.7.0 Too many connections from your address, try again later\r\n"
    assert other.startswith(b"220 ")


def _flooded(tmp_path: Path, mode: Mode = Mode.BLOCK, clock: StoppedClock | None = None) -> EmbeddedBackend:
    policy = Policy(domains=("y.dev",), floods=FloodTerms(mode=mode, thresholds=LOW, trusted=()))
    return EmbeddedBackend(tmp_path / "flooded", policy, clock=clock or StoppedClock())


def _connect_often(running: Running, ip: str, times: int) -> None:
    for _ in range(times):
        _greeted(running, ip)


def test_a_flood_is_shut_out_for_longer_each_time(tmp_path: Path) -> None:
    clock = StoppedClock()
    backend = _flooded(tmp_path, clock=clock)
    lasted = []
    with (
        _door(backend, Scope.MAIL) as door,
        serving_smtp(tmp_path, backend, guard=Guard(door)) as running,
    ):
        for _ in range(3):
            _connect_often(running, FLOODER, 12)
            assert _wait(lambda: len(backend.rules.rules()) == 1)
            (made,) = backend.rules.rules()
            assert (made.subject, made.made_by) == (FLOODER, "detector")
            assert made.expires is not None
            lasted.append((made.expires - made.created).total_seconds())
            clock.move(timedelta(seconds=lasted[-1]))
            assert _wait(lambda: not door.refuses(FLOODER, counts=False))
        assert _greeted(running, STRANGER).startswith(b"220 ")
    backend.close()

    assert lasted == [900.0, 3600.0, 14_400.0]


@pytest.mark.parametrize("mode", [Mode.DRY_RUN, Mode.OFF])
def test_a_flood_makes_no_rule_in_a_dry_run_or_when_the_detector_is_off(tmp_path: Path, mode: Mode) -> None:
    backend = _flooded(tmp_path, mode)
    door = Door(backend, Scope.MAIL)
    for _ in range(50):
        door.count(FLOODER, 1.0, arrivals=1)
    door.close()

    assert backend.rules.rules() == ()


def test_an_allowed_sender_is_never_shut_out_by_the_detector(tmp_path: Path) -> None:
    backend = _flooded(tmp_path)
    backend.rules.put(allow("127.0.0.0/28"))
    door = Door(backend, Scope.MAIL)
    for ip in (FLOODER, STRANGER):
        for _ in range(50):
            door.count(ip, 1.0, arrivals=1)
    door.close()

    assert [one.subject for one in backend.rules.rules()] == ["127.0.0.0/28", STRANGER]


def test_a_trusted_sender_may_flood_and_by_default_all_of_a_teams_own_networks_are_trusted(tmp_path: Path) -> None:
    terms = FloodTerms(thresholds=LOW)
    backend = EmbeddedBackend(tmp_path / "trusting", Policy(floods=terms))
    door = Door(backend, Scope.MAIL)
    for _ in range(50):
        door.count(FLOODER, 1.0, arrivals=1)
    door.close()

    assert backend.rules.rules() == ()


def test_refused_recipients_are_a_flood_too(tmp_path: Path) -> None:
    backend = _flooded(tmp_path)
    with (
        _door(backend, Scope.MAIL) as door,
        serving_smtp(tmp_path, backend, guard=Guard(door), terms=Terms(admits=lambda _: False)) as running,
        _connect(running, FLOODER) as connection,
    ):
        connection.sendall(b"EHLO x\r\nMAIL FROM:<>\r\n" + b"RCPT TO:<nobody@x.dev>\r\n" * 4)

        assert _wait(lambda: [one.subject for one in backend.rules.rules()] == [FLOODER])
    assert "refused recipients" in backend.rules.rules()[0].reason


# HTTP


def test_a_blocked_ip_is_answered_403_and_another_is_served(backend: EmbeddedBackend) -> None:
    with _door(backend, Scope.API) as door, serving_http(backend, gate=Gate(door, rate=9, key_rate=9)) as address:
        client = Client(address, key=KEY)
        before = client.ask("GET", "/api/me").status
        backend.rules.put(rule("127.0.0.1", scope=Scope.API))
        assert _wait(lambda: door.refuses("127.0.0.1", counts=False))
        refused = client.ask("GET", "/api/me")
        backend.rules.put(allow("127.0.0.0/8"))
        assert _wait(lambda: not door.refuses("127.0.0.1"))
        after = client.ask("GET", "/api/me").status

    assert (before, refused.status, after) == (200, 403, 200)
    assert refused.json == {"error": "Forbidden", "message": "Your address is blocked here"}


def test_a_rule_about_mail_does_not_shut_out_of_the_api(backend: EmbeddedBackend) -> None:
    backend.rules.put(rule("127.0.0.1", scope=Scope.MAIL))
    with _door(backend, Scope.API) as door, serving_http(backend, gate=Gate(door, rate=9, key_rate=9)) as address:
        assert Client(address, key=KEY).ask("GET", "/api/me").status == 200


def test_who_asks_too_often_is_answered_429_with_the_time_to_wait(tmp_path: Path) -> None:
    backend = EmbeddedBackend(tmp_path / "d", Policy(floods=FloodTerms(trusted=())), clock=StoppedClock())
    with (
        _door(backend, Scope.API) as door,
        serving_http(backend, gate=Gate(door, rate=0.2, key_rate=9, now=lambda: 0.0)) as address,
    ):
        client = Client(address)
        answers = [client.ask("GET", "/api/health") for _ in range(4)]
    backend.close()

    assert [one.status for one in answers] == [200, 200, 429, 429]
    assert answers[-1].headers["retry-after"] == "5"
    assert answers[-1].json["error"] == "TooManyRequests"


def test_a_key_is_slowed_down_wherever_it_comes_from(tmp_path: Path) -> None:
    backend = EmbeddedBackend(tmp_path / "d", Policy(floods=FloodTerms(trusted=())), clock=StoppedClock())
    with (
        _door(backend, Scope.API) as door,
        serving_http(backend, gate=Gate(door, rate=99, key_rate=0.2, now=lambda: 0.0)) as address,
    ):
        keys = ["one", "one", "two", "one"]
        answers = [Client(address, key=key).ask("GET", "/api/health").status for key in keys]
    backend.close()

    assert answers == [200, 200, 200, 429]


def test_a_bucket_fills_again_and_their_number_is_bounded() -> None:
    buckets = TokenBuckets(1.0, most=100)
    burst = [buckets.take("a", 0.0) for _ in range(11)]
    later = buckets.take("a", 1.5)
    for caller in range(1000):
        buckets.take(str(caller), 2.0)

    assert burst == [0.0] * 10 + [1.0]
    assert later == 0.0
    assert len(buckets) == 100


# Both


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBackend]:
    backend = EmbeddedBackend(tmp_path_factory.mktemp("doors"), clock=StoppedClock())
    yield backend
    backend.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rules=RULES, address=ADDRESSES)
def test_a_door_refuses_an_address_exactly_if_the_rules_say_so(
    shared: EmbeddedBackend, rules: tuple[BlockRule, ...], address: IpAddress
) -> None:
    for one in shared.rules.rules():
        shared.rules.remove(one.subject)
    for one in rules:
        shared.rules.put(one)
    doors = {scope: Door(shared, scope) for scope in (Scope.MAIL, Scope.API)}

    for scope, door in doors.items():
        assert door.refuses(str(address)) is (verdict(rules, address, scope, shared.now()) is not None)
        mapped = f"::ffff:{address}" if address.version == 4 else f"{address}%eth0"
        assert read_address(mapped) == address
        assert door.refuses(mapped) is door.refuses(str(address))
        door.close()


def test_a_door_sees_a_rule_that_another_process_wrote_and_says_so(tmp_path: Path) -> None:
    backend, other = EmbeddedBackend(tmp_path), EmbeddedBackend(tmp_path)
    with _door(backend, Scope.MAIL) as door:
        before = door.refuses(FLOODER)
        other.rules.put(rule(FLOODER))

        assert _wait(lambda: door.refuses(FLOODER))
        assert _wait(lambda: [state.placed for state in other.perimeter.states()] == [1])
    assert before is False
    assert [state.name for state in other.perimeter.states()] == ["embedded mail"]
    backend.close()
    other.close()
