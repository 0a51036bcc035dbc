"""Moving a service between the worlds: both ways the same is there afterwards, and nobody hears of it."""

from __future__ import annotations

from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from chalicelib.actions.admitting import admit, create_account, create_key
from chalicelib.actions.discarding import delete_message
from chalicelib.actions.moving import Moved, move
from chalicelib.actions.reconciling import reconcile
from chalicelib.actions.reserving import secret_name
from chalicelib.aws.changes import added_messages
from chalicelib.errors import Unavailable
from chalicelib.mail.blocking import BlockRule
from chalicelib.mail.holding import Domain, Reservation
from chalicelib.mail.names import Inbox
from chalicelib.mail.outgoing import Status, Suppression
from chalicelib.mail.searching import query_of
from chalicelib.mail.shelf import Shelf
from chalicelib.ports import Count, Marks
from tests.api.mails import PLAIN, arrive, rich
from tests.aws.events import as_json
from tests.live.samples import hook
from tests.worlds import TABLE, WORLDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from chalicelib.mail.message import Entry, Message, Receipt
    from chalicelib.mail.structure import Octets, Structure
    from chalicelib.ports import Backend
    from tests.worlds import World

ANNA, BEN, FREE = Inbox("anna@x.dev"), Inbox("ben@hosted.example"), Inbox("free@x.dev")
INBOXES = (ANNA, BEN, FREE)
KEY = "k_of_ana"
SHELVES = (
    *(Shelf.inbox(inbox) for inbox in INBOXES),
    Shelf.account("ana"),
    Shelf.starred("ana"),
    Shelf.domain("x.dev"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What is copied, and where to."""

    source: Backend
    destination: Backend
    there: World
    at_once: int
    """The emulator of DynamoDB does not keep threads apart."""


@pytest.fixture(params=["embedded to aws", "aws to embedded", "embedded to embedded"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    names = request.param.split(" to ")
    with ExitStack() as stack:
        source, there = (stack.enter_context(WORLDS[name](tmp_path / str(number))) for number, name in enumerate(names))
        yield Pair(source=source.build(), destination=there.build(), there=there, at_once=1 if "aws" in names else 4)


def _settle(backend: Backend) -> None:
    """An account with a key, an address, a domain, a hook and a suppression, and a rule."""
    now = backend.now()
    create_account(backend, "ana", admin=True)
    create_key(backend, "ana", label="CI", secret=KEY)
    backend.addresses.reserve(
        Reservation(inbox=ANNA, owner="ana", created=now, updated=now, forward="a@else.example", enablews=True)
    )
    backend.domains.add(
        Domain(name="hosted.example", owner="ana", created=now, updated=now, verified=True, enablews=True)
    )
    backend.hooks.add(hook(backend, scope=ANNA))
    backend.suppressions.add(Suppression(account="ana", address="no@y.dev", reason=Status.BOUNCED, created=now))
    backend.rules.put(BlockRule(subject="198.51.100.0/24", reason="flood", made_by="ana", created=now, hits=3))


def _filled(backend: Backend) -> None:
    """A store in use: mail that is read, labelled, starred, filed, deleted in one of its inboxes, and owned."""
    _settle(backend)
    for number in range(6):
        arrive(backend, (PLAIN, rich().as_bytes())[number % 2], ANNA, BEN, FREE)
    newest = backend.index.messages(Shelf.inbox(ANNA), limit=9)
    backend.register.mark(ANNA, newest[0].id, Marks(read=True, labels=("a", "ü")))
    backend.register.mark(ANNA, newest[1].id, Marks(starred_by="ana"))
    backend.register.mark(ANNA, newest[2].id, Marks(folder="spam", read=False))
    delete_message(backend, FREE, "latest")


def _last(moved: Iterator[Moved]) -> Moved:
    return deque(moved, maxlen=1)[0]


def _moved(pair: Pair) -> Moved:
    return _last(move(pair.source, pair.destination, at_once=pair.at_once))


def _as_moved(message: Message) -> Message:
    receipt = replace(message.mail.receipt, location="", moved=True)
    return replace(message, mail=replace(message.mail, receipt=receipt))


def _shown(backend: Backend) -> dict[Shelf, list[Message]]:
    """Everything on every shelf, but for what moving changes of a receipt."""
    return {shelf: [_as_moved(one) for one in backend.index.messages(shelf, limit=99)] for shelf in SHELVES}


def _bodies(backend: Backend) -> dict[str, bytes]:
    return {
        message.id: backend.raw.read(message.mail.receipt)
        for inbox in INBOXES
        for message in backend.index.messages(Shelf.inbox(inbox), limit=99)
    }


def _structures(backend: Backend) -> list[Structure]:
    opened = (backend.index.opened(BEN, one.id) for one in backend.index.messages(Shelf.inbox(BEN), limit=99))
    return [found[1] for found in opened if found is not None]


def _counts(backend: Backend) -> list[Count]:
    return [backend.index.count(shelf) for shelf in SHELVES]


def test_mail_is_there_as_it_was(pair: Pair) -> None:
    _filled(pair.source)
    moved = _moved(pair)

    assert (moved.seen, moved.copied, moved.known, moved.unindexed, moved.foreign) == (6, 6, 0, 0, 0)
    assert _shown(pair.destination) == _shown(pair.source)
    assert _counts(pair.destination) == _counts(pair.source)
    assert _bodies(pair.destination) == _bodies(pair.source)
    assert len(_bodies(pair.destination)) == 17
    assert _structures(pair.destination) == _structures(pair.source)


def test_marks_are_there_as_they_were(pair: Pair) -> None:
    _filled(pair.source)
    _moved(pair)
    first, second, third = pair.destination.index.messages(Shelf.inbox(ANNA), limit=3)

    assert (first.read, first.labels) == (True, ("a", "ü"))
    assert second.starred_by == "ana"
    assert (third.folder, third.read) == ("spam", False)
    assert third.owner == "ana"


def test_owned_mail_is_found_by_its_words(pair: Pair) -> None:
    _filled(pair.source)
    _moved(pair)
    terms = query_of("alles")

    found = pair.destination.index.find("ana", terms, limit=99)
    assert [one.id for one in found] == [one.id for one in pair.source.index.find("ana", terms, limit=99)]
    assert len(found) == 6


def test_accounts_and_all_that_is_theirs_are_there(pair: Pair) -> None:
    _filled(pair.source)
    moved = _moved(pair)
    old, new = pair.source, pair.destination

    assert admit(new, KEY) == admit(old, KEY)
    assert new.directory.keys("ana") == old.directory.keys("ana")
    assert new.addresses.reservations("ana") == old.addresses.reservations("ana")
    assert new.domains.domains("ana") == old.domains.domains("ana")
    assert new.hooks.hooks("ana") == old.hooks.hooks("ana")
    assert new.hooks.at([ANNA])[0].secret == old.hooks.hooks("ana")[0].secret
    assert new.suppressions.suppressions("ana") == old.suppressions.suppressions("ana")
    assert new.rules.rules() == old.rules.rules()
    kinds = ("accounts", "keys", "domains", "reservations", "hooks", "suppressions", "rules")
    assert dict(moved.other) == dict.fromkeys(kinds, 1)


def test_a_secret_other_name_still_leads_to_its_inbox(pair: Pair) -> None:
    _settle(pair.source)
    secret = secret_name(pair.source, FREE)
    arrive(pair.source, PLAIN, secret)
    of_an_empty_inbox = secret_name(pair.source, ANNA)
    arrive(pair.source, PLAIN, BEN)
    of_an_inbox_with_mail = secret_name(pair.source, BEN)
    _moved(pair)
    for address in (secret, of_an_empty_inbox, of_an_inbox_with_mail):
        arrive(pair.destination, PLAIN, address)

    assert [pair.destination.index.count(Shelf.inbox(inbox)).messages for inbox in (FREE, ANNA, BEN)] == [2, 1, 2]


def test_nobody_is_told_of_moved_mail(pair: Pair) -> None:
    _filled(pair.source)
    assert pair.source.jobs.take(limit=99, lease=9.0) != ()
    _moved(pair)

    assert pair.destination.jobs.take(limit=99, lease=9.0) == ()
    assert _news(pair) == []


def test_news_of_what_arrives_there_is_still_told(pair: Pair) -> None:
    _filled(pair.source)
    _moved(pair)
    arrived = arrive(pair.destination, PLAIN, ANNA)

    assert [message.id for message in _news(pair)] == [arrived]
    assert pair.destination.jobs.take(limit=99, lease=9.0) != ()


def _news(pair: Pair) -> list[Message]:
    """What those who listen live at the destination are told of."""
    if pair.there.clients is None:
        return list(cast("Any", pair.destination).feed.since(0)[1])
    items = as_json(pair.there.clients.dynamodb.scan(TableName=TABLE)["Items"])
    records = [
        {
            "eventName": "INSERT",
            "dynamodb": {"Keys": {"pk": item["pk"], "sk": item["sk"]}, "NewImage": item},
        }
        for item in items
    ]
    return list(added_messages({"Records": records}))


class Failing:
    """A backend that keeps so many mails more, and then is out of reach: before a mail's bytes, or after them."""

    def __init__(self, backend: Backend, mails: int, *, after_bytes: bool) -> None:
        self._backend = backend
        self._left = mails
        self._after_bytes = after_bytes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    @property
    def raw(self) -> Any:
        return self

    @property
    def register(self) -> Any:
        return self

    def put(self, mails: Sequence[tuple[Receipt, Octets]]) -> None:
        if not self._after_bytes:
            self._count()
        self._backend.raw.put(mails)

    def add(self, entries: Sequence[Entry]) -> None:
        if self._after_bytes:
            self._count()
        self._backend.register.add(entries)

    def assign(self, *asked: Any, **named: Any) -> int:
        return self._backend.register.assign(*asked, **named)

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Unavailable("The line is broken")


@pytest.mark.parametrize("after_bytes", [False, True])
def test_a_move_that_was_broken_off_goes_on(pair: Pair, *, after_bytes: bool) -> None:
    _filled(pair.source)
    failing = cast("Backend", Failing(pair.destination, 3, after_bytes=after_bytes))
    with pytest.raises(Unavailable):
        _last(move(pair.source, failing, at_once=1))
    broken_off = pair.destination.index.count(Shelf.inbox(ANNA)).messages
    moved = _moved(pair)

    assert broken_off == 3
    assert (moved.copied, moved.known) == (3, 3)
    assert _shown(pair.destination) == _shown(pair.source)
    assert _counts(pair.destination) == _counts(pair.source)
    assert _bodies(pair.destination) == _bodies(pair.source)


def test_what_was_broken_off_between_bytes_and_index_is_mended_without_telling_anybody(pair: Pair) -> None:
    _filled(pair.source)
    failing = cast("Backend", Failing(pair.destination, 0, after_bytes=True))
    with pytest.raises(Unavailable):
        _last(move(pair.source, failing, at_once=1))
    mended = deque(reconcile(pair.destination), maxlen=1)[0].mended

    assert mended == 1
    assert pair.destination.jobs.take(limit=99, lease=9.0) == ()
    assert _news(pair) == []


def test_moving_again_changes_nothing(pair: Pair) -> None:
    _filled(pair.source)
    _moved(pair)
    before = _shown(pair.destination), _counts(pair.destination)
    again = _moved(pair)

    assert (again.copied, again.known) == (0, 6)
    assert not any(number for _, number in again.other)
    assert (_shown(pair.destination), _counts(pair.destination)) == before


def test_what_readers_did_there_stays(pair: Pair) -> None:
    _filled(pair.source)
    _moved(pair)
    newest = pair.source.index.messages(Shelf.inbox(ANNA), limit=1)[0]
    pair.destination.register.mark(ANNA, newest.id, Marks(labels=("there",)))
    delete_message(pair.destination, FREE, "latest")
    pair.source.register.mark(ANNA, newest.id, Marks(labels=("here",)))
    _moved(pair)

    there = pair.destination.index.message(ANNA, newest.id)
    assert there is not None
    assert there.labels == ("there",)
    assert pair.destination.index.count(Shelf.inbox(FREE)).messages == 4


def test_what_was_changed_later_wins(pair: Pair) -> None:
    _settle(pair.source)
    _moved(pair)
    (old,) = pair.source.addresses.reservations("ana")
    later = replace(old, info="later", updated=old.updated + timedelta(minutes=1))
    pair.source.addresses.update(later)
    (domain,) = pair.source.domains.domains("ana")
    public = replace(domain, private=False, updated=domain.updated + timedelta(minutes=1))
    pair.destination.domains.update(public)
    (told,) = pair.source.hooks.hooks("ana")
    pair.source.hooks.replace(told, replace(told, url="https://new.example/", updated=later.updated))
    moved = _moved(pair)

    assert pair.destination.addresses.reservations("ana") == (later,)
    assert pair.destination.domains.domains("ana") == (public,)
    assert pair.destination.hooks.hooks("ana")[0].url == "https://new.example/"
    assert {kind for kind, number in moved.other if number} == {"reservations", "hooks"}


def test_what_belongs_to_another_account_there_is_left_out_and_told(pair: Pair) -> None:
    _filled(pair.source)
    now = pair.destination.now()
    create_account(pair.destination, "eve")
    pair.destination.addresses.reserve(Reservation(inbox=ANNA, owner="eve", created=now, updated=now))
    pair.destination.domains.add(Domain(name="hosted.example", owner="eve", created=now, updated=now, verified=True))
    moved = _moved(pair)

    assert moved.refused == (
        "the domain hosted.example of ana is eve's there",
        f"the address {ANNA} of ana is eve's there",
    )
    assert (moved.copied, moved.foreign) == (6 - 1, 12)
    assert pair.destination.index.messages(Shelf.account("eve"), limit=9) == ()
    assert pair.destination.index.count(Shelf.inbox(FREE)).messages == 5


def test_raw_mail_that_the_index_does_not_know_is_told(pair: Pair) -> None:
    arrive(pair.source, PLAIN, FREE)
    (message,) = pair.source.index.messages(Shelf.inbox(FREE), limit=9)
    lost = replace(message.mail.receipt, id=pair.source.new_id(), location="")
    pair.source.raw.put([(lost, PLAIN)])
    moved = _moved(pair)

    assert (moved.seen, moved.copied, moved.unindexed) == (2, 1, 1)
