from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from chalicelib.mail.names import Inbox, MailId, MessageId
from chalicelib.mail.shelf import Shelf
from chalicelib.ports import Count, Marks
from tests.contract.samples import (
    BO,
    BOS,
    CY,
    CYS,
    PDF_MD5,
    about,
    added,
    entry,
    ids,
    on,
    reserve,
    with_links,
)

if TYPE_CHECKING:
    from chalicelib.mail.message import Message
    from chalicelib.ports import Backend, Index, Register
    from tests.worlds import World

REST = Shelf.domain("rest.example")
ANAS = Shelf.account("ana")
STARRED = Shelf.starred("ana")
PDFS = Shelf.attachment(PDF_MD5)


def test_a_message_is_listed_with_all_that_was_said_of_it(backend: Backend, index: Index) -> None:
    new = added(backend, "Bo+tag@Rest.Example")

    (listed,) = index.messages(BOS, limit=10)

    assert listed == new.messages[0]
    assert listed.original_inbox == "Bo+tag@Rest.Example"
    assert listed.mail.receipt.envelope.helo == "mx.sender.example"
    assert listed.mail.summary.subject == "Café"
    assert listed.mail.links == ("https://rest.example/confirm?t=1",)


@pytest.mark.parametrize(
    "name", ["x" * 3000 + "@rest.example", "é" * 600 + "@rest.example", "a#b@rest.example", "sha256:0@rest.example"]
)
def test_an_inbox_may_have_any_name_however_long(backend: Backend, index: Index, name: str) -> None:
    new = added(backend, name)
    inbox = new.messages[0].inbox

    assert index.messages(Shelf.inbox(inbox), limit=1) == new.messages
    assert index.messages(REST, limit=1) == new.messages
    assert index.messages(PDFS, limit=1) == new.messages
    assert index.count(Shelf.inbox(inbox)).messages == 1
    assert index.messages(Shelf.inbox(Inbox("y" + name)), limit=1) == ()
    assert backend.register.oldest(None) == ((inbox, new.messages[0].id),)


def test_a_name_that_is_no_utf_8_is_kept_as_it_is(backend: Backend, index: Index, register: Register) -> None:
    # Half a surrogate pair stands for an octet that was no UTF-8 (PEP 383).
    whole = entry(backend)
    strange = "b\udcffo@rest.example"
    message = replace(whole.messages[0], inbox=Inbox(strange), original_inbox=strange, owner="a\udcffna")
    new = replace(whole, messages=(message,))
    register.add([new])
    marked = register.mark(message.inbox, message.id, Marks(folder="f\udcff", labels=("l\udcff",)))

    assert marked == replace(message, folder="f\udcff", labels=("l\udcff",))
    assert index.messages(Shelf.inbox(Inbox(strange)), limit=1) == (marked,)
    assert index.messages(Shelf.account("a\udcffna"), limit=1) == (marked,)
    assert index.count(Shelf.inbox(Inbox(strange))).messages == 1
    assert register.remove(message.inbox, [message.id]) == (new.mail.receipt,)


def test_messages_come_newest_first(backend: Backend) -> None:
    sent = [added(backend).messages[0].id for _ in range(5)]

    for shelf in (BOS, REST, PDFS):
        assert on(backend, shelf) == sent[::-1]


def test_a_list_has_no_more_messages_than_its_limit(backend: Backend, index: Index) -> None:
    sent = [added(backend).messages[0].id for _ in range(5)]

    for shelf in (BOS, REST, PDFS):
        assert ids(index.messages(shelf, limit=2)) == [sent[4], sent[3]]


def test_a_list_before_a_mail_has_only_older_messages(backend: Backend, index: Index) -> None:
    sent = [added(backend) for _ in range(5)]

    for shelf in (BOS, REST, PDFS):
        older = index.messages(shelf, limit=2, before=sent[3].mail.id)
        assert [message.mail.id for message in older] == [sent[2].mail.id, sent[1].mail.id]
        assert index.messages(shelf, limit=2, before=sent[0].mail.id) == ()


def test_a_list_before_a_message_has_the_others_of_its_mail(backend: Backend, index: Index) -> None:
    new = added(backend, "bo+a@rest.example", "bo+b@rest.example")
    first, second = sorted(message.id for message in new.messages)

    for shelf in (BOS, REST, PDFS):
        assert ids(index.messages(shelf, limit=9, before=second)) == [first]
        assert index.messages(shelf, limit=9, before=first) == ()


def test_a_list_before_a_mail_takes_an_id_that_no_mail_has(backend: Backend, index: Index) -> None:
    first = added(backend)
    between = backend.new_id()
    added(backend)

    assert [message.mail.id for message in index.messages(BOS, limit=9, before=between)] == [first.mail.id]
    assert ids(index.messages(BOS, limit=9, before=MailId("0" * 5000))) == []
    assert len(index.messages(REST, limit=9, before=MailId("z" * 5000))) == 2


def test_a_list_of_many_pages_is_whole(backend: Backend, index: Index) -> None:
    # 40 messages with links that do not compress are more than a store answers with at once.
    links = tuple(f"https://rest.example/{backend.entropy(500).hex()}" for _ in range(80))
    many = [with_links(entry(backend), links) for _ in range(40)]
    backend.register.add(many)

    for shelf in (BOS, REST):
        assert [one.mail.id for one in index.messages(shelf, limit=100)] == [one.mail.id for one in many][::-1]


def test_an_inbox_shows_its_own_messages_only(backend: Backend, index: Index) -> None:
    both = added(backend, BO, CY)
    added(backend, CY)

    assert on(backend, BOS) == [both.messages[0].id]
    assert index.messages(Shelf.inbox(Inbox("o@rest.example")), limit=10) == ()


def test_a_domain_shows_the_messages_of_all_its_inboxes(backend: Backend) -> None:
    first = added(backend, BO, "bo@other.example")
    second = added(backend, CY)

    assert on(backend, REST) == [second.messages[0].id, first.messages[0].id]
    assert on(backend, Shelf.domain("other.example")) == [first.messages[1].id]
    assert on(backend, Shelf.domain("example")) == []


def test_an_account_shows_the_messages_of_its_inboxes(backend: Backend) -> None:
    reserve(backend, "ana", BO)
    reserve(backend, "eve", CY)
    new = added(backend, BO, CY, "nobody@rest.example")

    assert [message.owner for message in new.messages] == ["ana", "eve", None]
    assert on(backend, ANAS) == [new.messages[0].id]
    assert on(backend, Shelf.account("eve")) == [new.messages[1].id]


def test_what_an_account_starred_is_on_its_shelf(backend: Backend, register: Register) -> None:
    first, second = added(backend), added(backend)
    _star(register, first.messages[0], "ana")
    _star(register, second.messages[0], "eve")

    assert on(backend, STARRED) == [first.messages[0].id]

    _star(register, first.messages[0], "")

    assert on(backend, STARRED) == []


def test_an_attachment_is_found_in_unowned_messages_without_a_star(backend: Backend, register: Register) -> None:
    reserve(backend, "ana", CY)
    first, second = added(backend, BO, CY), added(backend, BO)
    added(backend, content=about("nothing attached"))
    _star(register, second.messages[0], "ana")

    assert on(backend, PDFS) == [first.messages[0].id]

    _star(register, second.messages[0], "")

    assert on(backend, PDFS) == [second.messages[0].id, first.messages[0].id]
    assert on(backend, Shelf.attachment("0" * 32)) == []


def test_a_removed_message_is_on_no_shelf(backend: Backend, register: Register) -> None:
    reserve(backend, "ana", CY)
    new = added(backend, BO, CY)
    for message in new.messages:
        _star(register, message, "ana")
        register.remove(message.inbox, [message.id])

    for shelf in (BOS, CYS, REST, ANAS, STARRED, PDFS):
        assert on(backend, shelf) == []


def test_a_mail_to_two_addresses_of_one_inbox_is_two_messages(backend: Backend, index: Index) -> None:
    new = added(backend, "bo+a@rest.example", "bo+b@rest.example")

    assert set(index.messages(BOS, limit=10)) == set(new.messages)
    assert index.count(BOS).messages == 2


def test_an_empty_shelf_counts_nothing(index: Index) -> None:
    assert index.count(BOS) == Count(0, 0, 0)


def test_a_count_is_of_messages_unread_ones_and_bytes(backend: Backend, index: Index, register: Register) -> None:
    reserve(backend, "ana", CY)
    first, second = added(backend, BO, CY), added(backend, CY, content=about("short"))
    register.mark(CY, first.messages[1].id, Marks(read=True, starred_by="ana"))
    sizes = first.mail.size, second.mail.size

    assert index.count(BOS) == Count(1, 1, sizes[0])
    assert index.count(CYS) == Count(2, 1, sum(sizes))
    assert index.count(REST) == Count(3, 2, sizes[0] + sum(sizes))
    assert index.count(ANAS) == Count(2, 1, sum(sizes))
    assert index.count(STARRED) == Count(1, 0, sizes[0])


def test_a_count_follows_what_is_added_and_removed(backend: Backend, index: Index, register: Register) -> None:
    sent = [added(backend) for _ in range(3)]
    before = index.count(BOS)
    register.remove(BO, [sent[0].messages[0].id, sent[1].messages[0].id])

    size = sent[0].mail.size
    assert before == Count(3, 3, 3 * size)
    for shelf in (BOS, REST):
        assert index.count(shelf) == Count(1, 1, size)


def test_a_message_is_found_in_its_own_inbox_only(backend: Backend, index: Index) -> None:
    new = added(backend, BO)

    assert index.message(BO, new.messages[0].id) == new.messages[0]
    assert index.message(CY, new.messages[0].id) is None


def test_an_opened_message_comes_with_the_structure_of_its_mail(backend: Backend, index: Index) -> None:
    new = added(backend, BO, CY)

    assert index.opened(CY, new.messages[1].id) == (new.messages[1], new.structure)
    assert index.opened(CY, new.messages[0].id) is None


def test_what_is_no_message_id_names_no_message(backend: Backend, index: Index, register: Register) -> None:
    new = added(backend)

    for name in ("", "x", "COUNT", new.mail.id, f"{new.mail.id}-", f"{new.mail.id}-1", f"{new.mail.id}-{'0' * 5000}"):
        assert index.message(BO, MessageId(name)) is None
        assert index.opened(BO, MessageId(name)) is None
        assert register.mark(BO, MessageId(name), Marks(read=True)) is None
        assert register.remove(BO, [MessageId(name)]) == ()
    assert index.count(BOS).messages == 1


def test_what_one_backend_writes_another_reads(world: World, backend: Backend) -> None:
    new = added(backend)

    assert world.build().index.messages(BOS, limit=1) == new.messages


def _star(register: Register, message: Message, account: str) -> None:
    assert register.mark(message.inbox, message.id, Marks(starred_by=account)) is not None


def test_a_mail_is_held_from_its_arrival_on_also_when_it_was_deleted(backend: Backend, index: Index) -> None:
    before = entry(backend)
    new = added(backend)
    other = index.holds(before.mail.id)
    backend.register.remove(BO, [new.messages[0].id])

    assert (other, index.holds(new.mail.id)) == (False, True)


def test_all_messages_that_are_not_starred_are_gone_through_oldest_first(
    backend: Backend, index: Index, register: Register
) -> None:
    sent = [message for _ in range(3) for message in added(backend, BO, CY).messages]
    _star(register, sent[2], "ana")
    wanted = ids((*sent[:2], *sent[3:]))

    assert ids(index.unstarred(limit=9)) == wanted
    assert ids(index.unstarred(limit=2)) == wanted[:2]
    assert ids(index.unstarred(since=sent[1].id, limit=9)) == wanted[1:]
    assert ids(index.unstarred(since=sent[4].mail.id, limit=9)) == wanted[3:]
