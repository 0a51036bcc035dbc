"""Words of a mail, and queries over them: the same in every world, because they are made here.

A word is a run of letters and digits, case and compatibility forms folded (Unicode NFKC). Scripts that do not part
words by spaces are cut into overlapping pairs of letters. A query finds what has, for each of its words, a word that
begins with it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.errors import BadRequest
from chalicelib.mail.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chalicelib.mail.addresses import Address
    from chalicelib.mail.names import Inbox
    from chalicelib.mail.summary import Summary

WORD_LENGTH = 24
"""Longer words are cut: what follows would not tell them apart for a person."""
SHORTEST = 2
"""A query's words have at least so many letters: one letter would find nearly everything."""
TEXT_LETTERS = 16 * 1024
"""How much of a mail's text is looked at for words."""

_RUN = pattern(r"[^\W_]+")
_ASCII_RUN = pattern(r"[a-z0-9]+")
_UNSPACED = pattern("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")


class SearchField(StrEnum):
    """Where in a mail a word stands."""

    SUBJECT = "s"
    FROM = "f"
    TO = "t"
    TEXT = "x"


class Term(NamedTuple):
    """One word of a query: some word must begin with `prefix`, in `field`, or anywhere when that is None."""

    prefix: str
    field: SearchField | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a mail by field, without repetition, in the order in which they were found."""

    by_field: tuple[tuple[SearchField, tuple[str, ...]], ...] = ()

    def match(self, terms: Iterable[Term]) -> bool:
        """Whether a query finds this mail."""
        return all(
            any(
                word.startswith(term.prefix)
                for field, words in self.by_field
                if term.field is None or term.field is field
                for word in words
            )
            for term in terms
        )


def words_of(summary: Summary, recipients: Iterable[Inbox], text: str, *, limit: int) -> Words:
    """The words by which a mail can be found: `limit` in all; subject and addresses come before the text."""
    found: list[tuple[SearchField, tuple[str, ...]]] = []
    room = limit
    for field, texts in (
        (SearchField.SUBJECT, [summary.subject]),
        (SearchField.FROM, _written(summary.from_)),
        (SearchField.TO, [*_written((*summary.to, *summary.cc)), *recipients]),
        (SearchField.TEXT, [text[:TEXT_LETTERS]]),
    ):
        words = dict.fromkeys(word for written in texts for word in split(written))
        kept = tuple(islice(words, room))
        room -= len(kept)
        found.append((field, kept))
    return Words(tuple(found))


def query_of(text: str, field: SearchField | None = None) -> tuple[Term, ...]:
    """The terms of what somebody typed. Raises BadRequest when there is no word of two letters in it."""
    words = tuple(word for word in split(text) if len(word) >= SHORTEST)
    if not words:
        raise BadRequest("A search needs a word of at least 2 letters or digits")
    return tuple(Term(word, field) for word in words)


def split(text: str) -> Iterable[str]:
    """The words of a text, in order, each once."""
    if text.isascii():
        # Most mail is: the same answer, a few times faster.
        runs: Iterable[str] = _ASCII_RUN.findall(text.lower())
    else:
        folded = _RUN.findall(unicodedata.normalize("NFKC", text).casefold())
        runs = (
            part for word in dict.fromkeys(folded) for part in ([word] if word.isascii() else _split_unspaced(word))
        )
    return dict.fromkeys(word[:WORD_LENGTH] for word in dict.fromkeys(runs))


def _split_unspaced(word: str) -> Iterator[str]:
    end = 0
    for run in _UNSPACED.finditer(word):
        if run.start() > end:
            yield word[end : run.start()]
        letters = run[0]
        yield from (letters[at : at + 2] for at in range(max(1, len(letters) - 1)))
        end = run.end()
    if end < len(word):
        yield word[end:]


def _written(addresses: Iterable[Address]) -> list[str]:
    return [f"{address.name} {address.address}" for address in addresses]
