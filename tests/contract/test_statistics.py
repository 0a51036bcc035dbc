from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.mail.names import Inbox
from chalicelib.mail.shelf import Shelf
from chalicelib.ports import Marks, Topic
from tests.contract.samples import BO, CY, PDF_MD5, about, added, entry, reserve

if TYPE_CHECKING:
    from chalicelib.ports import Backend, Register, Statistics
    from tests.worlds import World

DAY = timedelta(days=1)
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
ALWAYS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


def _top(
    statistics: Statistics,
    topic: Topic,
    *,
    between: tuple[datetime, datetime] = ALWAYS,
    skip: int = 0,
    limit: int = 100,
) -> list[tuple[str, int]]:
    return list(statistics.top(topic, since=between[0], until=between[1], skip=skip, limit=limit))


def test_unowned_messages_are_counted_by_address_domain_sender_and_attachment(
    backend: Backend, statistics: Statistics
) -> None:
    reserve(backend, "ana", Inbox("mine@rest.example"))
    added(backend, BO, CY, "mine@rest.example")
    added(backend, BO, "bo@other.example", content=about("x", sender="Zed <Zed@Sender.example>"))

    assert _top(statistics, Topic.ADDRESS) == [(BO, 2), ("bo@other.example", 1), (CY, 1)]
    assert _top(statistics, Topic.DOMAIN) == [("rest.example", 3), ("other.example", 1)]
    assert _top(statistics, Topic.SENDER) == [("ana@sender.example", 2), ("zed@sender.example", 2)]
    assert _top(statistics, Topic.ATTACHMENT) == [(PDF_MD5, 2)]


def test_a_mail_that_is_added_twice_counts_once(backend: Backend, statistics: Statistics, register: Register) -> None:
    new = added(backend)
    register.add([new])

    assert _top(statistics, Topic.ADDRESS) == [(BO, 1)]


def test_starred_given_away_and_removed_messages_do_not_count(
    backend: Backend, statistics: Statistics, register: Register
) -> None:
    starred = added(backend, "starred@rest.example").messages[0]
    added(backend, "given@rest.example")
    removed = added(backend, "removed@rest.example").messages[0]
    register.mark(starred.inbox, starred.id, Marks(starred_by="ana"))
    register.assign(Shelf.inbox(Inbox("given@rest.example")), None, "ana")
    register.remove(removed.inbox, [removed.id])
    before = _top(statistics, Topic.ADDRESS)
    register.mark(starred.inbox, starred.id, Marks(starred_by=""))
    register.assign(Shelf.inbox(Inbox("given@rest.example")), "ana", None)

    assert before == []
    assert _top(statistics, Topic.ADDRESS) == [("given@rest.example", 1), ("starred@rest.example", 1)]


def test_the_first_names_may_be_skipped_and_their_number_bounded(
    backend: Backend, statistics: Statistics, register: Register
) -> None:
    for number, name in enumerate("abcd", start=1):
        register.add([entry(backend, *[f"{name}@rest.example"] * number)])
    names = [(f"{name}@rest.example", number) for number, name in ((4, "d"), (3, "c"), (2, "b"), (1, "a"))]

    assert _top(statistics, Topic.ADDRESS) == names
    assert _top(statistics, Topic.ADDRESS, skip=1, limit=2) == names[1:3]
    assert _top(statistics, Topic.ADDRESS, skip=9) == []


def test_only_what_came_on_these_days_counts(world: World) -> None:
    times = [MONDAY + DAY * number + timedelta(hours=5) for number in range(3)]
    backends = [world.build(clock=lambda moment=moment: moment) for moment in times]
    for number, backend in enumerate(backends):
        added(backend, f"day{number}@rest.example")
    statistics = backends[0].statistics

    assert [name for name, _ in _top(statistics, Topic.ADDRESS, between=(MONDAY + DAY, MONDAY + 2 * DAY))] == [
        "day1@rest.example"
    ]
    assert len(_top(statistics, Topic.ADDRESS, between=(MONDAY, MONDAY + 3 * DAY))) == 3
    assert _top(statistics, Topic.ADDRESS, between=(MONDAY + 3 * DAY, MONDAY + 9 * DAY)) == []


OPERATIONS = (("2026-11-01", 2), ("2026-11-01", 3), ("2026-11-30", 4), ("2026-12-01", 5), ("2026-12-31", 6))


def test_operations_add_up_by_account_and_month(statistics: Statistics) -> None:
    for day, operations in OPERATIONS:
        statistics.add_operations("ana", day, operations)

    assert statistics.operations("ana", "2026-10") == 0
    assert statistics.operations("ana", "2026-11") == 9
    assert statistics.operations("ana", "2026-12") == 11
    assert statistics.operations("eve", "2026-11") == 0


def test_operations_are_told_day_by_day_with_both_ends(statistics: Statistics) -> None:
    for day, operations in OPERATIONS:
        statistics.add_operations("ana", day, operations)

    days = statistics.daily_operations("ana", since="2026-11-30", until="2026-12-01")
    one = statistics.daily_operations("ana", since="2026-11-01", until="2026-11-01")

    assert (dict(days), dict(one)) == ({"2026-11-30": 4, "2026-12-01": 5}, {"2026-11-01": 5})
    assert dict(statistics.daily_operations("eve", since="2026-01-01", until="2026-12-31")) == {}
