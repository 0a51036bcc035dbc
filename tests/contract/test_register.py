from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from chalicelib.actions.receiving import entry_of
from chalicelib.errors import BadRequest
from chalicelib.mail.names import Inbox, MailId, MessageId
from chalicelib.mail.searching import query_of
from chalicelib.mail.shelf import Shelf
from chalicelib.ports import Count, Marks
from tests.contract.samples import BO, BOS, BYTES, CY, CYS, PDF_MD5, about, added, entry, on, reserve

if TYPE_CHECKING:
    from chalicelib.mail.message import Entry, Message
    from chalicelib.ports import Backend, Index, Register

REST = Shelf.domain("rest.example")
ANAS, EVES = Shelf.account("ana"), Shelf.account("eve")
RECIPIENTS = tuple(f"r{number}@rest.example" for number in range(60))


def _first(one: Entry) -> MessageId:
    return one.messages[0].id


def test_a_mail_to_sixty_recipients_is_in_each_inbox(backend: Backend, index: Index) -> None:
    new = added(backend, *RECIPIENTS)

    assert [index.messages(Shelf.inbox(Inbox(name)), limit=2) for name in RECIPIENTS] == [
        (one,) for one in new.messages
    ]
    assert index.count(Shelf.inbox(new.messages[59].inbox)) == Count(1, 1, new.mail.size)
    assert index.count(REST) == Count(60, 60, 60 * new.mail.size)


def test_a_mail_to_sixty_addresses_of_one_inbox_is_counted_once_each(
    backend: Backend, index: Index, register: Register
) -> None:
    new = added(backend, *(f"bo+{number}@rest.example" for number in range(60)))
    register.add([new])

    assert index.count(BOS).messages == 60
    assert register.remove(BO, [message.id for message in new.messages]) == (new.mail.receipt,)
    assert index.count(BOS) == Count(0, 0, 0)


def test_several_mails_are_added_at_once(backend: Backend, register: Register) -> None:
    many = [entry(backend, BO), entry(backend, CY), entry(backend, BO)]
    register.add(many)

    assert on(backend, BOS) == [_first(many[2]), _first(many[0])]
    assert on(backend, CYS) == [_first(many[1])]


def test_adding_a_mail_again_changes_nothing(backend: Backend, index: Index, register: Register) -> None:
    reserve(backend, "ana", CY)
    new = added(backend, BO, CY)
    marks = Marks(starred_by="ana", folder="kept", labels=("a", "b"), read=True)
    marked = [register.mark(message.inbox, message.id, marks) for message in new.messages]
    register.add([new])

    assert [*index.messages(BOS, limit=10), *index.messages(CYS, limit=10)] == marked
    for shelf in (BOS, CYS, ANAS):
        assert index.count(shelf) == Count(1, 0, new.mail.size)
    assert len(index.find("ana", query_of("café"), limit=9)) == 1


def test_messages_may_come_with_their_marks(backend: Backend, index: Index, register: Register) -> None:
    new = entry(backend)
    marked = replace(
        new.messages[0], folder="spam", labels=("a", "ü"), read=True, starred_by="eve", owner="ana", inbox=BO
    )
    register.add([replace(new, messages=(marked,))])

    assert index.messages(BOS, limit=9) == (marked,)
    assert index.messages(Shelf.starred("eve"), limit=9) == (marked,)
    assert index.count(BOS) == index.count(Shelf.starred("eve")) == Count(1, 0, new.mail.size)


def test_a_deleted_message_stays_deleted_when_its_mail_is_added_again(
    backend: Backend, index: Index, register: Register
) -> None:
    reserve(backend, "ana", BO)
    new = added(backend, BO, CY)
    register.remove(BO, [_first(new)])
    register.add([new])

    assert on(backend, BOS) == []
    assert index.count(BOS).messages == 0
    assert index.find("ana", query_of("café"), limit=9) == ()
    assert on(backend, CYS) == [new.messages[1].id]


def test_a_mail_without_messages_stays_deleted_when_it_is_added_again(
    backend: Backend, index: Index, register: Register
) -> None:
    new = added(backend)
    register.remove(BO, [_first(new)])
    register.add([new])

    assert on(backend, BOS) == []
    assert index.count(REST).messages == 0
    assert register.discarded() == (new.mail.receipt,)


def test_replacing_takes_in_a_mail_that_is_not_there(backend: Backend, index: Index, register: Register) -> None:
    new = entry(backend, BO, CY)

    assert register.replace(new) is True
    assert index.messages(BOS, limit=1) == new.messages[:1]
    assert index.count(CYS).messages == 1


def test_replacing_by_the_same_changes_nothing_and_says_so(backend: Backend, register: Register) -> None:
    new = added(backend, BO, CY)

    assert register.replace(new) is False


def test_replacing_writes_the_description_anew(backend: Backend, index: Index, register: Register) -> None:
    old = added(backend, *RECIPIENTS)
    new = entry_of(backend, old.mail.receipt, BYTES.replace(b"Subject: ", b"Subject: Big "))

    assert register.replace(new) is True
    for message in new.messages:
        assert index.opened(message.inbox, message.id) == (message, new.structure)
    assert register.replace(new) is False


def test_replacing_keeps_what_readers_and_owners_did(backend: Backend, index: Index, register: Register) -> None:
    old = added(backend, BO, CY)
    register.assign(CYS, None, "ana")
    register.mark(BO, _first(old), Marks(read=True, folder="kept", labels=("a",), starred_by="ana"))
    new = entry_of(backend, old.mail.receipt, BYTES.replace(b"Subject: ", b"Subject: Big "))
    register.replace(new)

    kept = replace(new.messages[0], read=True, folder="kept", labels=("a",), starred_by="ana")
    assert index.message(BO, kept.id) == kept
    assert index.message(CY, new.messages[1].id) == replace(new.messages[1], owner="ana")


def test_replacing_changes_by_what_a_mail_is_found(backend: Backend, index: Index, register: Register) -> None:
    reserve(backend, "ana", CY)
    old = added(backend, BO, CY)
    new = entry_of(backend, old.mail.receipt, about("tangerine"))
    register.replace(new)

    assert index.find("ana", query_of("café"), limit=9) == ()
    assert index.find("ana", query_of("tangerine"), limit=9) == new.messages[1:]
    assert on(backend, Shelf.attachment(PDF_MD5)) == []


def test_replacing_a_deleted_mail_changes_nothing(backend: Backend, register: Register) -> None:
    old = added(backend)
    register.remove(BO, [_first(old)])

    assert register.replace(old) is False
    assert on(backend, BOS) == []


def test_a_mark_changes_what_is_given_and_nothing_else(backend: Backend, index: Index, register: Register) -> None:
    message = added(backend).messages[0]
    expected = message
    for marks, after in (
        (Marks(read=True), {"read": True}),
        (Marks(folder="spam"), {"folder": "spam"}),
        (Marks(labels=("b", "a")), {"labels": ("b", "a")}),
        (Marks(starred_by="ana"), {"starred_by": "ana"}),
        (Marks(read=False), {"read": False}),
        (Marks(labels=(), folder=""), {"labels": (), "folder": ""}),
        (Marks(starred_by=""), {"starred_by": None}),
        (Marks(), {}),
    ):
        expected = replace(expected, **after)
        assert register.mark(BO, message.id, marks) == expected
        assert index.message(BO, message.id) == expected


def test_a_message_that_is_not_there_is_not_marked(backend: Backend, index: Index, register: Register) -> None:
    message = added(backend).messages[0]

    assert register.mark(CY, message.id, Marks(read=True, starred_by="ana")) is None
    assert index.message(CY, message.id) is None
    assert index.count(Shelf.starred("ana")).messages == 0


def test_marking_twice_counts_once(backend: Backend, index: Index, register: Register) -> None:
    new = added(backend)
    for _ in range(2):
        register.mark(BO, _first(new), Marks(read=True, starred_by="ana"))

    assert index.count(BOS) == Count(1, 0, new.mail.size)
    assert index.count(Shelf.starred("ana")) == Count(1, 0, new.mail.size)


def test_a_mark_may_be_decided_by_what_is_there(backend: Backend, index: Index, register: Register) -> None:
    message = added(backend).messages[0]
    register.mark(BO, message.id, Marks(labels=("a",)))

    remarked = register.remark(BO, message.id, lambda found: Marks(labels=(*found.labels, "b"), read=not found.read))

    assert remarked == replace(message, labels=("a", "b"), read=True) == index.message(BO, message.id)
    assert register.remark(CY, message.id, lambda _: Marks(read=False)) is None
    assert register.remark(BO, MessageId("none"), lambda _: Marks(read=False)) is None


def test_what_cannot_be_decided_changes_nothing(backend: Backend, index: Index, register: Register) -> None:
    message = added(backend).messages[0]

    def refuse(_: Message) -> Marks:
        raise BadRequest("too many")

    with pytest.raises(BadRequest):
        register.remark(BO, message.id, refuse)
    assert index.message(BO, message.id) == message


def test_a_star_that_goes_to_another_account_is_counted_there(
    backend: Backend, index: Index, register: Register
) -> None:
    new = added(backend)
    for account in ("ana", "eve"):
        register.mark(BO, _first(new), Marks(starred_by=account))

    assert index.count(Shelf.starred("ana")) == Count(0, 0, 0)
    assert index.count(Shelf.starred("eve")) == Count(1, 1, new.mail.size)
    assert on(backend, Shelf.starred("ana")) == []


@pytest.mark.parametrize("shelf", [BOS, REST], ids=["inbox", "domain"])
def test_what_nobody_owned_becomes_an_accounts(
    backend: Backend, index: Index, register: Register, shelf: Shelf
) -> None:
    sent = [added(backend) for _ in range(2)]
    size = sent[0].mail.size
    register.mark(BO, _first(sent[0]), Marks(read=True))

    assert register.assign(shelf, None, "ana") == 2
    assert register.assign(shelf, None, "ana") == 0
    assert [message.owner for message in index.messages(BOS, limit=9)] == ["ana", "ana"]
    assert on(backend, ANAS) == [_first(sent[1]), _first(sent[0])]
    assert index.count(ANAS) == Count(2, 1, 2 * size)
    assert on(backend, Shelf.attachment(PDF_MD5)) == []
    assert len(index.find("ana", query_of("café"), limit=9)) == 2


def test_what_an_account_had_becomes_nobodys(backend: Backend, index: Index, register: Register) -> None:
    reserve(backend, "ana", BO)
    new = added(backend)

    assert register.assign(BOS, "ana", None) == 1
    assert index.messages(BOS, limit=9) == (replace(new.messages[0], owner=None),)
    assert index.count(ANAS) == Count(0, 0, 0)
    assert on(backend, ANAS) == []
    assert index.find("ana", query_of("café"), limit=9) == ()
    assert on(backend, Shelf.attachment(PDF_MD5)) == [_first(new)]


def test_only_messages_of_the_owner_before_are_given_away(backend: Backend, index: Index, register: Register) -> None:
    reserve(backend, "ana", BO)
    added(backend, BO, CY)

    assert register.assign(BOS, None, "eve") == 0
    assert register.assign(REST, "eve", None) == 0
    assert register.assign(ANAS, "ana", "eve") == 1
    assert index.count(ANAS).messages == 0
    assert index.count(EVES).messages == 1
    assert index.message(CY, index.messages(CYS, limit=1)[0].id) == index.messages(CYS, limit=1)[0]
    assert index.messages(CYS, limit=1)[0].owner is None


def test_no_more_messages_are_given_away_than_the_limit(backend: Backend, index: Index, register: Register) -> None:
    register.add([entry(backend) for _ in range(20)])

    assert [register.assign(BOS, None, "ana", limit=18) for _ in range(3)] == [18, 2, 0]
    assert index.count(ANAS).messages == 20


def test_removing_answers_with_the_mails_that_no_inbox_holds(backend: Backend, register: Register) -> None:
    alone, shared = added(backend, BO), added(backend, BO, CY)

    assert register.remove(BO, [_first(alone), _first(shared)]) == (alone.mail.receipt,)
    assert on(backend, BOS) == []
    assert register.remove(CY, [shared.messages[1].id]) == (shared.mail.receipt,)


def test_removing_passes_over_what_is_not_there(backend: Backend, index: Index, register: Register) -> None:
    gone, kept = added(backend, BO), added(backend, BO, CY)
    register.remove(BO, [_first(gone)])

    assert register.remove(BO, [_first(gone), kept.messages[1].id, MessageId("none")]) == ()
    assert on(backend, BOS) == [_first(kept)]
    assert index.count(BOS).messages == 1


def test_removing_the_same_message_twice_in_one_call_counts_once(
    backend: Backend, index: Index, register: Register
) -> None:
    new = added(backend, BO, CY)
    register.remove(BO, [_first(new), _first(new)])

    assert index.count(BOS).messages == 0
    assert on(backend, CYS) == [new.messages[1].id]


def test_removing_many_messages_removes_each(backend: Backend, index: Index, register: Register) -> None:
    many = [entry(backend) for _ in range(36)]
    register.add(many)
    removed = register.remove(BO, [_first(one) for one in many[:34]])

    assert set(removed) == {one.mail.receipt for one in many[:34]}
    assert on(backend, BOS) == [_first(many[35]), _first(many[34])]
    assert index.count(BOS) == Count(2, 2, 2 * many[0].mail.size)


def test_removing_does_not_spare_what_is_starred(backend: Backend, register: Register) -> None:
    new = added(backend)
    register.mark(BO, _first(new), Marks(starred_by="ana"))

    assert register.remove(BO, [_first(new)]) == (new.mail.receipt,)


@pytest.mark.parametrize("shelf", [BOS, REST, ANAS, None], ids=["inbox", "domain", "account", "all"])
def test_the_oldest_come_oldest_first_up_to_the_limit(
    backend: Backend, register: Register, shelf: Shelf | None
) -> None:
    reserve(backend, "ana", BO)
    sent = [(BO, _first(added(backend))) for _ in range(4)]

    assert register.oldest(shelf) == tuple(sent)
    assert register.oldest(shelf, limit=2) == tuple(sent[:2])


@pytest.mark.parametrize("shelf", [BOS, REST, ANAS, None], ids=["inbox", "domain", "account", "all"])
def test_the_oldest_sort_before_the_mail_that_is_named(
    backend: Backend, register: Register, shelf: Shelf | None
) -> None:
    reserve(backend, "ana", BO)
    sent = [added(backend) for _ in range(3)]

    assert register.oldest(shelf, before=sent[1].mail.id) == ((BO, _first(sent[0])),)
    assert register.oldest(shelf, before=sent[0].mail.id) == ()


@pytest.mark.parametrize("shelf", [BOS, REST, ANAS, None], ids=["inbox", "domain", "account", "all"])
def test_starred_and_removed_messages_are_not_among_the_oldest(
    backend: Backend, register: Register, shelf: Shelf | None
) -> None:
    reserve(backend, "ana", BO)
    starred, removed, kept, last = (_first(added(backend)) for _ in range(4))
    register.mark(BO, starred, Marks(starred_by="ana"))
    register.remove(BO, [removed])

    assert register.oldest(shelf, limit=1) == ((BO, kept),)

    register.mark(BO, starred, Marks(starred_by=""))

    assert register.oldest(shelf) == ((BO, starred), (BO, kept), (BO, last))


def test_the_oldest_of_all_are_of_every_inbox(backend: Backend, register: Register) -> None:
    first, second = added(backend, CY), added(backend, BO, "x@other.example")
    places = [(message.inbox, message.id) for one in (first, second) for message in one.messages]

    assert sorted(register.oldest(None), key=lambda place: place[1]) == places


def test_a_discarded_mail_is_listed_until_it_is_forgotten(backend: Backend, register: Register) -> None:
    sent = [added(backend) for _ in range(3)]
    register.remove(BO, [_first(one) for one in sent])
    before = register.discarded()
    register.forget([sent[0].mail.id, sent[2].mail.id, MailId("none")])

    assert set(before) == {one.mail.receipt for one in sent}
    assert register.discarded() == (sent[1].mail.receipt,)


def test_a_mail_that_an_inbox_still_holds_is_not_discarded(backend: Backend, register: Register) -> None:
    new = added(backend, BO, CY)
    register.remove(BO, [_first(new)])

    assert register.discarded() == ()


def test_forgetting_many_mails_forgets_each(backend: Backend, register: Register) -> None:
    many = [entry(backend) for _ in range(30)]
    register.add(many)
    register.remove(BO, [_first(one) for one in many])
    register.forget([one.mail.id for one in many])

    assert register.discarded() == ()
