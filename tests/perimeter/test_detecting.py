"""Who floods: found in time, never accused wrongly, in bounded memory."""

from __future__ import annotations

import ipaddress
import random
from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mail.detecting import CAPACITY, Detector, FrequentItems, Measure, Thresholds

if TYPE_CHECKING:
    from chalicelib.mail.detecting import Offence

THRESHOLDS = Thresholds(window=10.0, arrivals=100, refused=20, octets=10_000, network_factor=8)


def _mails(detector: Detector, ip: str, at: float, number: int = 1) -> list[Offence]:
    address = ipaddress.ip_address(ip)
    return [found for _ in range(number) for found in detector.count(address, at, arrivals=1)]


def test_an_address_over_its_threshold_is_told_once() -> None:
    found = _mails(Detector(THRESHOLDS), "192.0.2.7", 5.0, 150)

    assert [(str(one.network), one.measure, one.count) for one in found] == [("192.0.2.7/32", Measure.ARRIVALS, 101)]


def test_a_sender_below_the_threshold_in_every_window_is_never_told() -> None:
    detector = Detector(THRESHOLDS)
    found = [one for second in range(600) for one in _mails(detector, "192.0.2.7", float(second), 9)]

    assert found == []


def test_a_flood_over_the_edge_of_two_windows_is_seen() -> None:
    detector = Detector(THRESHOLDS)
    before, after = _mails(detector, "192.0.2.7", 9.9, 90), _mails(detector, "192.0.2.7", 10.1, 90)

    assert before == []
    assert [str(one.network) for one in after] == ["192.0.2.7/32"]


def test_what_came_two_windows_ago_is_forgotten() -> None:
    detector = Detector(THRESHOLDS)

    assert _mails(detector, "192.0.2.7", 1.0, 90) + _mails(detector, "192.0.2.7", 21.0, 90) == []


def test_refused_recipients_and_bytes_count_too() -> None:
    detector = Detector(THRESHOLDS)
    address = ipaddress.ip_address("2001:db8::7")
    refused = list(detector.count(address, 1.0, refused=21))
    octets = list(detector.count(address, 1.0, octets=10_001))

    assert [(one.measure, one.count) for one in (*refused, *octets)] == [
        (Measure.REFUSED, 21),
        (Measure.OCTETS, 10_001),
    ]


def test_many_addresses_of_one_network_that_are_quiet_alone_are_told_as_a_network() -> None:
    detector = Detector(THRESHOLDS)
    v4 = [one for last in range(200) for one in _mails(detector, f"192.0.2.{last}", 1.0, 5)]
    v6 = [one for last in range(200) for one in _mails(detector, f"2001:db8::{last:x}", 1.0, 5)]

    assert {str(one.network) for one in v4} == {"192.0.2.0/24"}
    assert {str(one.network) for one in v6} == {"2001:db8::/64"}


def test_the_neighbours_of_four_flooders_do_not_pay_for_them() -> None:
    detector = Detector(THRESHOLDS)
    found = [one for _ in range(2000) for last in (11, 12, 13, 14) for one in _mails(detector, f"192.0.2.{last}", 1.0)]

    assert {str(one.network) for one in found} == {f"192.0.2.{last}/32" for last in (11, 12, 13, 14)}


def test_a_million_addresses_do_not_fill_the_memory_nor_hide_the_one_that_floods() -> None:
    detector = Detector(THRESHOLDS)
    chance = random.Random(7)
    found: Counter[str] = Counter()
    flooder = ipaddress.ip_address("192.0.2.7")
    for number in range(1_000_000):
        stranger = ipaddress.IPv4Address(chance.getrandbits(32))
        found.update(str(one.network) for one in detector.count(stranger, number / 1e5, arrivals=1))
        if number % 100 == 0:
            found.update(str(one.network) for one in detector.count(flooder, number / 1e5, arrivals=1))

    assert set(found) == {"192.0.2.7/32"}
    assert len(detector) <= 2 * 2 * len(Measure) * CAPACITY


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 5)), max_size=300), st.integers(2, 10))
def test_a_summary_never_counts_too_much_and_too_little_by_a_bounded_share(
    came: list[tuple[int, int]], capacity: int
) -> None:
    summary, truth = FrequentItems(capacity), Counter[int]()
    for item, number in came:
        summary.add(item, number)
        truth[item] += number

    assert len(summary) <= capacity
    for item, number in truth.items():
        assert number - 2 * truth.total() / capacity <= summary.count(item) <= number
