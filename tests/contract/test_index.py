from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.actions.receiving import entry_of
from chalicelib.mail.message import Inbox, MailId, MessageId
from tests.contract.samples import BO, BYTES, CY, added, entry

if TYPE_CHECKING:
    from chalicelib.mail.message import Entry
    from chalicelib.ports import Backend, Index
    from tests.worlds import World


def _ids(index: Index, inbox: Inbox) -> list[str]:
    return [message.id for message in index.messages(inbox, limit=1000)]


def test_a_message_is_listed_with_all_that_was_said_of_it(backend: Backend, index: Index) -> None:
    new = added(backend, "Bo+tag@Rest.Example")

    (listed,) = index.messages(BO, limit=10)

    assert listed == new.messages[0]
    assert listed.original_inbox == "Bo+tag@Rest.Example"
    assert listed.mail.receipt.envelope.helo == "mx.sender.example"
    assert listed.mail.summary.subject == "Café"
    assert listed.mail.links == ("https://rest.example/confirm?t=1",)


def test_an_inbox_may_have_any_name_however_long(backend: Backend, index: Index) -> None:
    long = "x" * 3000 + "@rest.example"
    new = added(backend, long)

    assert index.messages(new.messages[0].inbox, limit=1) == new.messages
    assert index.count(new.messages[0].inbox) == 1
    assert index.messages(Inbox("y" + long), limit=1) == ()


def test_messages_come_newest_first(backend: Backend, index: Index) -> None:
    sent = [added(backend).messages[0].id for _ in range(5)]

    assert _ids(index, BO) == sent[::-1]


def test_a_list_has_no_more_messages_than_its_limit(backend: Backend, index: Index) -> None:
    sent = [added(backend).messages[0].id for _ in range(5)]

    assert [message.id for message in index.messages(BO, limit=2)] == [sent[4], sent[3]]


def test_a_list_before_a_mail_has_only_older_messages(backend: Backend, index: Index) -> None:
    sent = [added(backend) for _ in range(5)]

    older = index.messages(BO, limit=2, before=sent[3].mail.id)

    assert [message.mail.id for message in older] == [sent[2].mail.id, sent[1].mail.id]
    assert index.messages(BO, limit=2, before=sent[0].mail.id) == ()


def test_a_list_before_a_mail_takes_an_id_that_no_mail_has(backend: Backend, index: Index) -> None:
    first = added(backend)
    between = backend.new_id()
    added(backend)

    assert [message.mail.id for message in index.messages(BO, limit=9, before=between)] == [first.mail.id]


def test_a_list_of_many_pages_is_whole(backend: Backend, index: Index) -> None:
    # 40 messages with links that do not compress are more than a store answers with at once.
    links = tuple(f"https://rest.example/{backend.entropy(500).hex()}" for _ in range(80))
    many = [entry(backend) for _ in range(40)]
    heavy = [_with_links(one, links) for one in many]
    index.add(heavy)

    listed = index.messages(BO, limit=100)

    assert [message.mail.id for message in listed] == [one.mail.id for one in many][::-1]
    assert index.purge(BO, limit=100) == tuple(one.mail.receipt for one in heavy)


def _with_links(one: Entry, links: tuple[str, ...]) -> Entry:
    mail = replace(one.mail, links=links)
    return replace(one, mail=mail, messages=tuple(replace(message, mail=mail) for message in one.messages))


def test_an_inbox_shows_its_own_messages_only(backend: Backend, index: Index) -> None:
    both = added(backend, BO, CY)
    added(backend, CY)

    assert _ids(index, BO) == [both.messages[0].id]
    assert index.messages(Inbox("o@rest.example"), limit=10) == ()


def test_a_mail_to_two_addresses_of_one_inbox_is_two_messages(backend: Backend, index: Index) -> None:
    new = added(backend, "bo+a@rest.example", "bo+b@rest.example")

    assert set(index.messages(BO, limit=10)) == set(new.messages)
    assert index.count(BO) == 2


def test_a_mail_to_a_hundred_recipients_is_in_each_inbox(backend: Backend, index: Index) -> None:
    recipients = [f"r{number}@rest.example" for number in range(100)]
    new = added(backend, *recipients)

    assert [index.messages(Inbox(name), limit=2) for name in recipients] == [(one,) for one in new.messages]
    assert {index.count(Inbox(name)) for name in recipients} == {1}


def test_a_mail_to_a_hundred_addresses_of_one_inbox_is_counted_once_each(backend: Backend, index: Index) -> None:
    new = added(backend, *(f"bo+{number}@rest.example" for number in range(100)))
    index.add([new])

    assert index.count(BO) == 100
    assert index.remove(BO, [message.id for message in new.messages]) == (new.mail.receipt,)
    assert index.count(BO) == 0


def test_several_mails_are_added_at_once(backend: Backend, index: Index) -> None:
    many = [entry(backend, BO), entry(backend, CY), entry(backend, BO)]
    index.add(many)

    assert _ids(index, BO) == [many[2].messages[0].id, many[0].messages[0].id]
    assert _ids(index, CY) == [many[1].messages[0].id]


def test_adding_a_mail_again_changes_nothing(world: World, backend: Backend, index: Index) -> None:
    new = added(backend, BO, CY)
    world.star(backend, new.messages[0], "ana")
    index.add([new])

    assert [message.starred_by for message in index.messages(BO, limit=10)] == ["ana"]
    assert index.count(BO) == 1
    assert index.count(CY) == 1


def test_a_deleted_message_stays_deleted_when_its_mail_is_added_again(backend: Backend, index: Index) -> None:
    new = added(backend, BO, CY)
    index.remove(BO, [new.messages[0].id])
    index.add([new])

    assert _ids(index, BO) == []
    assert index.count(BO) == 0
    assert _ids(index, CY) == [new.messages[1].id]


def test_a_mail_without_messages_stays_deleted_when_it_is_added_again(backend: Backend, index: Index) -> None:
    new = added(backend)
    index.remove(BO, [new.messages[0].id])
    index.add([new])

    assert _ids(index, BO) == []
    assert index.count(BO) == 0
    assert index.discarded() == (new.mail.receipt,)


def test_replacing_takes_in_a_mail_that_is_not_there(backend: Backend, index: Index) -> None:
    new = entry(backend, BO, CY)

    assert index.replace(new) is True
    assert index.messages(BO, limit=1) == new.messages[:1]
    assert index.count(CY) == 1


def test_replacing_by_the_same_changes_nothing_and_says_so(backend: Backend, index: Index) -> None:
    new = added(backend, BO, CY)

    assert index.replace(new) is False


def test_replacing_writes_the_description_anew(backend: Backend, index: Index) -> None:
    old = added(backend, *(f"r{number}@rest.example" for number in range(100)))
    new = entry_of(backend.policy, old.mail.receipt, BYTES.replace(b"Subject: ", b"Subject: Big "))

    assert index.replace(new) is True
    for message in new.messages:
        assert index.opened(message.inbox, message.id) == (message, new.structure)
    assert index.replace(new) is False


def test_replacing_keeps_what_readers_did(world: World, backend: Backend, index: Index) -> None:
    old = added(backend, BO, CY)
    world.star(backend, old.messages[0], "ana")
    index.remove(CY, [old.messages[1].id])
    index.replace(entry_of(backend.policy, old.mail.receipt, BYTES.replace(b"Subject: ", b"Subject: Big ")))

    (kept,) = index.messages(BO, limit=10)

    assert (kept.starred_by, kept.mail.summary.subject) == ("ana", "Big Café")
    assert _ids(index, CY) == []
    assert (index.count(BO), index.count(CY)) == (1, 0)


def test_replacing_a_deleted_mail_changes_nothing(backend: Backend, index: Index) -> None:
    old = added(backend)
    index.remove(BO, [old.messages[0].id])

    assert index.replace(old) is False
    assert _ids(index, BO) == []


def test_a_count_follows_what_is_added_and_removed(backend: Backend, index: Index) -> None:
    counts = [index.count(BO)]
    sent = [added(backend) for _ in range(3)]
    counts.append(index.count(BO))
    index.remove(BO, [sent[0].messages[0].id, sent[1].messages[0].id])
    counts.append(index.count(BO))

    assert counts == [0, 3, 1]


def test_a_message_is_found_in_its_own_inbox_only(backend: Backend, index: Index) -> None:
    new = added(backend, BO)

    assert index.message(BO, new.messages[0].id) == new.messages[0]
    assert index.message(CY, new.messages[0].id) is None


def test_an_opened_message_comes_with_the_structure_of_its_mail(backend: Backend, index: Index) -> None:
    new = added(backend, BO, CY)

    assert index.opened(CY, new.messages[1].id) == (new.messages[1], new.structure)
    assert index.opened(CY, new.messages[0].id) is None


def test_what_is_no_message_id_names_no_message(backend: Backend, index: Index) -> None:
    new = added(backend)

    for name in ("", "x", "COUNT", new.mail.id, f"{new.mail.id}-", f"{new.mail.id}-1", "0" * 5000):
        assert index.message(BO, MessageId(name)) is None
        assert index.opened(BO, MessageId(name)) is None
        assert index.remove(BO, [MessageId(name)]) == ()
    assert index.count(BO) == 1


def test_removing_answers_with_the_mails_that_no_inbox_holds(backend: Backend, index: Index) -> None:
    alone, shared = added(backend, BO), added(backend, BO, CY)

    assert index.remove(BO, [alone.messages[0].id, shared.messages[0].id]) == (alone.mail.receipt,)
    assert _ids(index, BO) == []
    assert index.remove(CY, [shared.messages[1].id]) == (shared.mail.receipt,)


def test_removing_passes_over_what_is_not_there(backend: Backend, index: Index) -> None:
    gone, kept = added(backend, BO), added(backend, BO, CY)
    index.remove(BO, [gone.messages[0].id])

    removed = index.remove(BO, [gone.messages[0].id, kept.messages[1].id, MessageId("none")])

    assert removed == ()
    assert _ids(index, BO) == [kept.messages[0].id]
    assert index.count(BO) == 1


def test_removing_the_same_message_twice_in_one_call_counts_once(backend: Backend, index: Index) -> None:
    new = added(backend, BO, CY)
    index.remove(BO, [new.messages[0].id, new.messages[0].id])

    assert index.count(BO) == 0
    assert _ids(index, CY) == [new.messages[1].id]


def test_removing_many_messages_removes_each(backend: Backend, index: Index) -> None:
    many = [entry(backend) for _ in range(70)]
    index.add(many)

    removed = index.remove(BO, [one.messages[0].id for one in many[:68]])

    assert set(removed) == {one.mail.receipt for one in many[:68]}
    assert _ids(index, BO) == [many[69].messages[0].id, many[68].messages[0].id]
    assert index.count(BO) == 2


def test_a_purge_removes_the_oldest_first_and_no_more_than_its_limit(backend: Backend, index: Index) -> None:
    sent = [added(backend) for _ in range(3)]

    assert index.purge(BO, limit=2) == (sent[0].mail.receipt, sent[1].mail.receipt)
    assert _ids(index, BO) == [sent[2].messages[0].id]


def test_a_purge_says_when_nothing_was_left(backend: Backend, index: Index) -> None:
    shared = added(backend, BO, CY)

    assert index.purge(BO) == ()
    assert index.purge(BO) is None
    assert _ids(index, CY) == [shared.messages[1].id]


def test_a_purge_spares_what_is_starred(world: World, backend: Backend, index: Index) -> None:
    sent = [added(backend) for _ in range(3)]
    world.star(backend, sent[0].messages[0], "ana")

    assert index.purge(BO, limit=2) == (sent[1].mail.receipt, sent[2].mail.receipt)
    assert index.purge(BO, limit=2) is None
    assert _ids(index, BO) == [sent[0].messages[0].id]
    assert index.count(BO) == 1


def test_a_discarded_mail_is_listed_until_it_is_forgotten(backend: Backend, index: Index) -> None:
    sent = [added(backend) for _ in range(3)]
    index.purge(BO)
    before = index.discarded()
    index.forget([sent[0].mail.id, sent[2].mail.id, MailId("none")])

    assert set(before) == {one.mail.receipt for one in sent}
    assert index.discarded() == (sent[1].mail.receipt,)


def test_a_mail_that_an_inbox_still_holds_is_not_discarded(backend: Backend, index: Index) -> None:
    added(backend, BO, CY)
    index.purge(BO)

    assert index.discarded() == ()


def test_forgetting_many_mails_forgets_each(backend: Backend, index: Index) -> None:
    many = [entry(backend) for _ in range(30)]
    index.add(many)
    index.purge(BO)
    index.forget([one.mail.id for one in many])

    assert index.discarded() == ()


def test_what_one_backend_writes_another_reads(world: World, backend: Backend) -> None:
    new = added(backend)

    assert world.build().index.messages(BO, limit=1) == new.messages
