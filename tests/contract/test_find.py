from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib.mail.searching import SearchField, Term, query_of
from chalicelib.mail.shelf import Shelf
from chalicelib.ports import Policy
from tests.contract.samples import BO, CY, about, added, entry, ids, reserve

if TYPE_CHECKING:
    from chalicelib.ports import Backend, Index, Register
    from tests.worlds import World


@pytest.fixture
def backend(world: World) -> Backend:
    made = world.build()
    reserve(made, "ana", BO)
    reserve(made, "eve", CY)
    return made


def _found(index: Index, query: str, account: str = "ana", *, limit: int = 100) -> list[str]:
    return [message.mail.summary.subject for message in index.find(account, query_of(query), limit=limit)]


def test_a_mail_is_found_by_a_word_of_its_subject_sender_recipient_and_text(backend: Backend, index: Index) -> None:
    added(backend, content=about("Invoice 4711", sender="Zoë <billing@shop.example>", text="Thank you"))

    for query in ("invoice", "4711", "zoë", "billing", "shop", "bo", "thank", "INVOICE"):
        assert _found(index, query) == ["Invoice 4711"]
    assert _found(index, "receipt") == []


def test_the_beginning_of_a_word_finds_it_and_its_end_does_not(backend: Backend, index: Index) -> None:
    added(backend, content=about("Verification"))

    assert [_found(index, query) for query in ("ve", "verif", "verification")] == [["Verification"]] * 3
    assert [_found(index, query) for query in ("verifications", "fication", "erif")] == [[]] * 3


def test_every_word_of_a_query_must_be_found(backend: Backend, index: Index) -> None:
    added(backend, content=about("red apple"))
    added(backend, content=about("red pear"))
    added(backend, content=about("green apple"))

    assert _found(index, "red") == ["red pear", "red apple"]
    assert _found(index, "apple red") == ["red apple"]
    assert _found(index, "red app gr") == []


def test_a_query_may_name_where_a_word_stands(backend: Backend, index: Index) -> None:
    added(backend, content=about("apple", sender="pear@x.example"))
    added(backend, content=about("pear", sender="apple@x.example"))

    for field, subject in ((SearchField.SUBJECT, "apple"), (SearchField.FROM, "pear")):
        found = index.find("ana", query_of("apple", field), limit=9)
        assert [message.mail.summary.subject for message in found] == [subject]
    assert index.find("ana", query_of("apple", SearchField.TO), limit=9) == ()


def test_words_are_told_by_letters_of_any_script(backend: Backend, index: Index) -> None:
    added(backend, content=about("Straße Ärger 確認コード"))

    assert [_found(index, query) for query in ("strasse", "ärg", "認コ", "コード")] == [["Straße Ärger 確認コード"]] * 4


def test_what_is_found_comes_newest_first_up_to_the_limit(backend: Backend, index: Index) -> None:
    sent = [added(backend, content=about("weekly")).messages[0].id for _ in range(4)]

    assert ids(index.find("ana", query_of("weekly"), limit=100)) == sent[::-1]
    assert ids(index.find("ana", query_of("weekly"), limit=2)) == [sent[3], sent[2]]


def test_only_messages_of_the_accounts_own_inboxes_are_found(backend: Backend, index: Index) -> None:
    new = added(backend, BO, CY, "nobody@rest.example", content=about("weekly"))

    assert index.find("ana", query_of("weekly"), limit=9) == (new.messages[0],)
    assert index.find("eve", query_of("weekly"), limit=9) == (new.messages[1],)
    assert index.find("zed", query_of("weekly"), limit=9) == ()


def test_a_removed_message_is_not_found(backend: Backend, index: Index, register: Register) -> None:
    new = added(backend, BO, CY, content=about("weekly"))
    register.remove(BO, [new.messages[0].id])

    assert index.find("ana", query_of("weekly"), limit=9) == ()
    assert index.find("eve", query_of("weekly"), limit=9) == (new.messages[1],)


def test_a_message_that_changed_hands_is_found_by_its_new_owner_only(
    backend: Backend, index: Index, register: Register
) -> None:
    added(backend, content=about("weekly"))
    register.assign(Shelf.inbox(BO), "ana", "eve")

    assert _found(index, "weekly", "ana") == []
    assert _found(index, "weekly", "eve") == ["weekly"]


def test_a_mail_is_found_by_so_many_words_as_the_policy_says(world: World) -> None:
    backend = world.build(policy=Policy(search_words=2))
    reserve(backend, "ana", BO)
    added(backend, content=about("one two three"))

    assert _found(backend.index, "two") == ["one two three"]
    assert _found(backend.index, "three") == []


def test_punctuation_and_signs_of_a_query_language_mean_nothing(backend: Backend, index: Index) -> None:
    added(backend, content=about("one two"))

    for query in ('"one" OR "two"', "one* AND (two", "NEAR(one two)", "s:one -two", "one^2two"):
        assert isinstance(index.find("ana", query_of(query), limit=9), tuple)
    assert _found(index, '"one two"') == ["one two"]
    assert index.find("ana", (Term("one"), Term("two", SearchField.SUBJECT)), limit=9) != ()


def test_a_rare_word_among_many_of_its_first_letters_is_found(
    backend: Backend, index: Index, register: Register
) -> None:
    rare = entry(backend, content=about("insect"))
    register.add([rare, *(entry(backend, content=about(f"invoice{number}")) for number in range(30))])

    assert _found(index, "insect") == ["insect"]
    assert _found(index, "in", limit=1) == ["invoice29"]
