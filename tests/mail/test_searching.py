"""Words of mails and queries over them; and that the full-text index answers as the words themselves do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.errors import BadRequest
from chalicelib.mail.addresses import Address
from chalicelib.mail.names import Inbox
from chalicelib.mail.searching import SHORTEST, WORD_LENGTH, SearchField, Term, query_of, split, words_of
from chalicelib.mail.summary import Summary
from restante.embedded.backend import EmbeddedBackend
from tests.contract.samples import BO, entry, reserve

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = 200
LETTERS = st.sampled_from("abAB01 _-.@\n\r\tÄßéİ\u0131ﬁ文字番号ひカ한글ไทยøΣς\u0301\u200d\ufeff🙂\x00")
TEXTS = st.one_of(st.text(LETTERS, max_size=40), st.text(max_size=40))


@st.composite
def text_and_query(draw: st.DrawFn) -> tuple[str, str]:
    """A text, and a query that is now and then cut out of it, in another case."""
    text = draw(TEXTS)
    start = draw(st.integers(0, len(text)))
    cut = text[start : start + draw(st.integers(0, 12))]
    return text, draw(st.sampled_from([cut, cut.upper(), cut.lower(), draw(TEXTS)]))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Order 1234!", ["order", "1234"]),
        ("snake_case and-dash", ["snake", "case", "and", "dash"]),
        ("ann@sender.example", ["ann", "sender", "example"]),
        ("again Again AGAIN", ["again"]),
        ("Straße STRASSE", ["strasse"]),
        ("Ｆｕｌｌ ﬁx", ["full", "fix"]),  # noqa: RUF001 - compatibility forms are what this is about
        ("re\u0301sume\u0301 résumé", ["résumé"]),
        ("注文番号", ["注文", "文番", "番号"]),
        ("文", ["文"]),
        ("A4サイズ2枚", ["a4", "サイ", "イズ", "2", "枚"]),
        ("a\nb\r\nc\x00d", ["a", "b", "c", "d"]),
        ("x" * 30, ["x" * WORD_LENGTH]),
        ("🙂 - . _", []),
        ("\ud800lone", ["lone"]),
    ],
)
def test_a_text_is_split_into_folded_words_each_once(text: str, words: list[str]) -> None:
    assert list(split(text)) == words


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_text_is_split_as_any_other(text: str) -> None:
    assert [*split(text), "é"] == [*split(text + " é")]


@given(TEXTS)
def test_words_are_short_and_come_once(text: str) -> None:
    words = list(split(text))

    assert all(0 < len(word) <= WORD_LENGTH for word in words)
    assert len(set(words)) == len(words)


def test_subject_and_addresses_come_before_the_text_when_there_is_room_for_few() -> None:
    summary = Summary(
        subject="one two one",
        from_=(Address(name="Ann", address="ann@a.example"),),
        to=(Address(name="", address="bob@b.example"),),
    )

    words = dict(words_of(summary, [Inbox("hidden@x.dev")], "text of it", limit=9).by_field)

    assert words[SearchField.SUBJECT] == ("one", "two")
    assert words[SearchField.FROM] == ("ann", "a", "example")
    assert words[SearchField.TO] == ("bob", "b", "example", "hidden")
    assert words[SearchField.TEXT] == ()


@pytest.mark.parametrize("text", ["", " ", "a", "a b", "!?", "文", "_"])
def test_a_query_without_a_word_of_two_letters_cannot_be_used(text: str) -> None:
    with pytest.raises(BadRequest):
        query_of(text)


def test_a_query_passes_over_single_letters_and_names_its_field() -> None:
    assert query_of("A red-Apple", SearchField.SUBJECT) == (
        Term("red", SearchField.SUBJECT),
        Term("apple", SearchField.SUBJECT),
    )


@given(TEXTS)
def test_every_text_with_a_word_in_it_is_found_by_itself(text: str) -> None:
    words = words_of(Summary(subject=text), [], "", limit=1000)

    assert all(len(word) < SHORTEST for word in split(text)) or words.match(query_of(text))


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBackend]:
    made = EmbeddedBackend(tmp_path_factory.mktemp("searching"))
    reserve(made, "ana", BO)
    yield made
    made.database.close()


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(subject=text_and_query(), text=text_and_query(), field=st.sampled_from([None, *SearchField]))
def test_the_index_finds_a_mail_where_its_words_match_and_nowhere_else(
    backend: EmbeddedBackend, subject: tuple[str, str], text: tuple[str, str], field: SearchField | None
) -> None:
    words = words_of(Summary(subject=subject[0]), [BO], text[0], limit=64)
    new = replace(entry(backend), words=words)
    backend.register.add([new])

    for query in (subject[1], text[1], f"{subject[1]} {text[1]}", "rest.example"):
        try:
            terms = query_of(query, field)
        except BadRequest:
            continue
        found = {message.mail.id for message in backend.index.find("ana", terms, limit=1)}
        assert (new.mail.id in found) == words.match(terms)
