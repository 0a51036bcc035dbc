"""The worker at the edges of AWS: WAF as moto has it, SES's filters in memory, and each step failing once."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from chalicelib.actions.placing import LEASE_SECONDS, place
from chalicelib.aws.backend import AwsBackend
from chalicelib.aws.edges import Edges
from chalicelib.aws.observing import told
from chalicelib.aws.receipt_filters import ReceiptFilters, name_of
from chalicelib.errors import Unavailable
from chalicelib.functions.on_rules_change import follow_rules
from chalicelib.mail.blocking import Scope
from tests.aws.receipt_filters import ReceiptFilterAccount
from tests.perimeter.rules import NOON, allow, rule
from tests.stopped import StoppedClock
from tests.worlds import BUCKET, TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.aws.clients import Clients
    from chalicelib.mail.blocking import BlockRule


@dataclass
class Aws:
    """A service with all its edges, and how long its worker has paused."""

    world: AwsBackend
    clients: Clients
    ses: ReceiptFilterAccount
    sets: dict[str, str]
    clock: StoppedClock
    pauses: list[float] = field(default_factory=list)

    def put(self, *rules: BlockRule) -> None:
        for one in rules:
            self.world.rules.put(one)

    def networks(self, version: int = 4) -> list[str]:
        return sorted(self._ip_set(version)["IPSet"]["Addresses"])

    def write_by_hand(self, *networks: str) -> None:
        found = self._ip_set(4)
        name, set_id, _ = self.sets["waf_ipv4"].split("|")
        self.clients.wafv2.update_ip_set(
            Name=name, Id=set_id, Scope="REGIONAL", Addresses=list(networks), LockToken=found["LockToken"]
        )

    def _ip_set(self, version: int) -> dict[str, Any]:
        name, set_id, _ = self.sets[f"waf_ipv{version}"].split("|")
        found: dict[str, Any] = self.clients.wafv2.get_ip_set(Name=name, Id=set_id, Scope="REGIONAL")
        return found


def _make_set(clients: Clients, name: str, version: str) -> str:
    made = clients.wafv2.create_ip_set(Name=name, Scope="REGIONAL", IPAddressVersion=version, Addresses=[])
    return f"{name}|{made['Summary']['Id']}|REGIONAL"


@pytest.fixture
def aws(clients: Clients) -> Iterator[Aws]:
    sets = {"waf_ipv4": _make_set(clients, "four", "IPV4"), "waf_ipv6": _make_set(clients, "six", "IPV6")}
    pauses: list[float] = []
    clock = StoppedClock()
    edges = Edges(ipv4_set=sets["waf_ipv4"], ipv6_set=sets["waf_ipv6"], filters=True, pause=pauses.append)
    ses = ReceiptFilterAccount(clients)
    world = AwsBackend(table=TABLE, bucket=BUCKET, clients=clients, clock=clock, edges=edges)
    yield Aws(world, clients, ses, sets, clock, pauses)
    ses.close()


def _named(network: str) -> str:
    return name_of(ipaddress.ip_network(network), TABLE)


def test_the_edges_become_equal_to_the_rules_and_are_left_alone_then(aws: Aws) -> None:
    aws.put(rule("192.0.2.0/24"), allow("192.0.2.0/25"), rule("2001:db8::/32"), rule("198.51.100.7", scope=Scope.MAIL))
    first = place(aws.world)
    pauses = len(aws.pauses)
    second = place(aws.world)

    assert aws.networks(4) == ["192.0.2.128/25"]
    assert aws.networks(6) == ["2001:db8::/32"]
    assert aws.ses.networks == ["192.0.2.128/25", "198.51.100.7/32"]
    assert first == second
    assert len(aws.pauses) == pauses == 4
    assert len(aws.ses.calls) == 2
    assert set(aws.pauses) == {1.0}


def test_a_rule_that_is_removed_or_has_expired_leaves_the_edges(aws: Aws) -> None:
    aws.put(rule("192.0.2.7"), rule("192.0.2.9", expires=NOON + timedelta(minutes=1)))
    place(aws.world)
    before = aws.networks(), aws.ses.networks
    aws.world.rules.remove("192.0.2.7")
    aws.clock.move(timedelta(minutes=1))
    place(aws.world)

    assert before == (["192.0.2.7/32", "192.0.2.9/32"], ["192.0.2.7/32", "192.0.2.9/32"])
    assert (aws.networks(), aws.ses.networks) == ([], [])


def test_what_was_changed_by_hand_is_put_right_and_what_others_made_stays(aws: Aws) -> None:
    aws.put(rule("192.0.2.7"), rule("192.0.2.9"))
    place(aws.world)
    aws.write_by_hand("203.0.113.0/24")
    del aws.ses.filters[_named("192.0.2.7/32")]
    aws.ses.filters[_named("192.0.2.9/32")]["Policy"] = "Allow"
    aws.ses.filters[_named("203.0.113.0/24")] = {"Policy": "Block", "Cidr": "203.0.113.0/24"}
    theirs = {"Policy": "Allow", "Cidr": "192.0.2.1"}
    aws.ses.filters["office"] = theirs
    place(aws.world)

    assert aws.networks() == ["192.0.2.7/32", "192.0.2.9/32"]
    assert aws.ses.networks == ["192.0.2.7/32", "192.0.2.9/32"]
    assert aws.ses.filters["office"] == theirs


def test_the_filters_of_another_stage_stay_and_those_that_name_no_stage_go(aws: Aws, clients: Clients) -> None:
    other = ReceiptFilters(clients, "table-of-another-stage", lambda _: None)
    other.align([ipaddress.ip_network("198.51.100.0/24")])
    aws.ses.filters["restante-192-0-2-8_32"] = {"Policy": "Block", "Cidr": "192.0.2.8/32"}
    aws.put(rule("192.0.2.7"))
    place(aws.world)
    other.align([ipaddress.ip_network("198.51.100.0/24")])
    both = aws.ses.networks
    other.align([])

    assert both == ["192.0.2.7/32", "198.51.100.0/24"]
    assert aws.ses.networks == ["192.0.2.7/32"]


def test_with_the_filters_all_taken_the_worst_are_placed_and_the_rest_is_told(aws: Aws) -> None:
    aws.ses.filters["office"] = {"Policy": "Allow", "Cidr": "203.0.113.1"}
    aws.put(*(rule(f"192.0.2.{2 * number}") for number in range(120)))
    first = place(aws.world)
    aws.world.rules.count_hits({"192.0.2.0": 5, "192.0.2.2": 4})
    place(aws.world)

    assert first.left == 20
    assert len(aws.ses.filters) == 100
    assert {"192.0.2.0/32", "192.0.2.2/32"} <= set(aws.ses.networks)
    assert "office" in aws.ses.filters
    assert len(aws.networks()) == 120


def test_a_change_at_the_limit_makes_room_first_and_never_leaves_more_than_one_out(aws: Aws) -> None:
    aws.put(*(rule(f"192.0.2.{2 * number}") for number in range(100)))
    place(aws.world)
    before = len(aws.ses.calls)
    aws.put(rule("198.51.100.1", hits=9))
    place(aws.world)

    assert [verb for verb, _ in aws.ses.calls[before:]] == ["delete", "create"]
    assert "198.51.100.1/32" in aws.ses.networks
    assert len(aws.ses.networks) == 100


@pytest.mark.parametrize("writes", range(6))
def test_a_worker_that_fails_after_any_number_of_writes_is_made_good_by_the_next(aws: Aws, writes: int) -> None:
    aws.put(*(rule(f"192.0.2.{2 * number}") for number in range(3)))
    place(aws.world)
    for number in range(3):
        aws.world.rules.remove(f"192.0.2.{2 * number}")
    aws.put(*(rule(f"198.51.100.{2 * number}") for number in range(3)))
    aws.ses.fail_after = len(aws.ses.calls) + writes
    failed = place(aws.world)
    aws.ses.fail_after = None
    healed = place(aws.world)

    told = {state.name: state.failure for state in failed.states}
    assert told == {"waf_ipv4": "", "waf_ipv6": "", "ses_filters": "Amazon SES answered Throttling"}
    assert [state.failure for state in healed.states] == ["", "", ""]
    assert aws.networks() == aws.ses.networks == [f"198.51.100.{2 * number}/32" for number in range(3)]


class CrashError(BaseException):
    """The process ends here."""


def test_after_a_crash_between_waf_and_ses_the_next_worker_waits_for_the_lease_and_goes_on(
    aws: Aws, clients: Clients
) -> None:
    aws.put(rule("192.0.2.7"))

    def crash(**_: Any) -> None:
        raise CrashError

    clients.ses.meta.events.register_first("before-call.ses", crash)
    # A process that dies releases nothing: another holder stands for it.
    with pytest.raises(CrashError):
        place(aws.world)
    clients.ses.meta.events.unregister("before-call.ses", crash)
    aws.world.perimeter.hold("the dead", LEASE_SECONDS)
    with pytest.raises(Unavailable):
        place(aws.world)
    half = aws.networks(), aws.ses.networks
    aws.clock.move(timedelta(seconds=LEASE_SECONDS))
    place(aws.world)

    assert half == (["192.0.2.7/32"], [])
    assert (aws.networks(), aws.ses.networks) == (["192.0.2.7/32"], ["192.0.2.7/32"])


def test_a_lock_token_that_is_lost_is_taken_again(aws: Aws, clients: Clients) -> None:
    aws.put(rule("192.0.2.7"))
    meddled: list[int] = []

    def meddle(**_: Any) -> None:
        if not meddled:
            meddled.append(1)
            aws.write_by_hand("203.0.113.0/24")

    clients.wafv2.meta.events.register("before-call.wafv2.UpdateIPSet", meddle)
    placed = place(aws.world)
    clients.wafv2.meta.events.unregister("before-call.wafv2.UpdateIPSet", meddle)

    assert [state.failure for state in placed.states] == ["", "", ""]
    assert aws.networks() == ["192.0.2.7/32"]


def test_a_set_that_somebody_keeps_writing_to_does_not_hold_up_the_filters(aws: Aws, clients: Clients) -> None:
    aws.put(rule("192.0.2.7"))
    meddling: list[int] = []

    def meddle(**_: Any) -> None:
        if not meddling:
            meddling.append(1)
            aws.write_by_hand(f"203.0.113.{len(aws.pauses)}")
            meddling.clear()

    clients.wafv2.meta.events.register("before-call.wafv2.UpdateIPSet", meddle)
    placed = place(aws.world)
    clients.wafv2.meta.events.unregister("before-call.wafv2.UpdateIPSet", meddle)

    told = {state.name: (state.failure, state.succeeded is not None) for state in placed.states}
    assert told["waf_ipv4"] == ("AWS WAF: somebody else keeps writing to four", False)
    assert told["ses_filters"] == ("", True)
    assert aws.ses.networks == ["192.0.2.7/32"]


def test_of_two_workers_one_works_and_the_others_run_comes_again(aws: Aws) -> None:
    aws.put(rule("192.0.2.7"))
    aws.world.perimeter.hold("another", 60)
    with pytest.raises(Unavailable):
        follow_rules(aws.world)
    aws.world.perimeter.release("somebody else")
    still = aws.world.perimeter.hold("third", 60)
    aws.world.perimeter.release("another")

    assert still is False
    place(aws.world)
    assert aws.networks() == ["192.0.2.7/32"]


def test_a_filter_that_another_copy_has_just_made_is_no_failure(aws: Aws) -> None:
    aws.put(rule("192.0.2.7"))
    edge = aws.world.perimeter.edges()["receipt_filters"]
    assert isinstance(edge, ReceiptFilters)
    listed = aws.clients.ses.meta.events

    def hide(*, model: Any, **_: Any) -> None:
        if model.name == "CreateReceiptFilter":
            aws.ses.filters[_named("192.0.2.7/32")] = {"Policy": "Block", "Cidr": "192.0.2.7/32"}

    listed.register_first("before-call.ses", hide)
    placed = place(aws.world)
    listed.unregister("before-call.ses", hide)

    assert [state.failure for state in placed.states] == ["", "", ""]


def test_the_filters_are_asked_for_as_ses_describes_them(clients: Clients) -> None:
    with Stubber(clients.ses) as stub:
        stub.add_response("list_receipt_filters", {"Filters": []}, {})
        made = {"Name": _named("192.0.2.0/24"), "IpFilter": {"Policy": "Block", "Cidr": "192.0.2.0/24"}}
        stub.add_response("create_receipt_filter", {}, {"Filter": made})
        placed = ReceiptFilters(clients, TABLE, lambda _: None).align([ipaddress.ip_network("192.0.2.0/24")])
        stub.assert_no_pending_responses()

    assert placed == 1


def test_cloudwatch_is_told_how_old_the_last_success_is_and_how_many_rules_found_no_room(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    follow = told(lambda *_: follow_rules(aws.world))
    aws.put(*(rule(f"192.0.2.{2 * number}") for number in range(101)))
    follow({}, None)
    aws.ses.fail_after = 0
    aws.world.rules.remove("192.0.2.0")
    aws.clock.move(timedelta(minutes=20))
    said = follow({}, None)
    line = json.loads(capsys.readouterr().out.splitlines()[-1])

    assert said == {"PerimeterAge": 1200.0, "RulesNotPlaced": 0.0}
    assert {name: line[name] for name in said} == {name: [value] for name, value in said.items()}
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Restante"
    assert directive["Metrics"] == [
        {"Name": "PerimeterAge", "Unit": "Seconds"},
        {"Name": "RulesNotPlaced", "Unit": "Count"},
    ]
