"""The one-time code of a mail: the number or word that somebody is asked to type in somewhere.

A code is found by what stands around it, never by its digits alone: a word that announces it ("verification code"),
close by, and nothing that says it is a price, a year, a phone number or an order. The words are in vocabulary.txt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from chalicelib.mail.patterns import pattern
from chalicelib.mail.plain_text import from_html
from chalicelib.mail.vocabulary import words

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_CHARACTERS: Final = 30_000
"""How much of a body is searched; a code that people are to type stands at the top."""
_MOST_CANDIDATES: Final = 200
_BEFORE: Final = 200
_AFTER: Final = 60
_LONGEST_CLAUSE: Final = 90
_ENOUGH: Final = 4.0
_DIRECT: Final = 5.0

_LETTER: Final = "A-Za-z\u00c0-\u024f"
_NOT_AFTER: Final = rf"(?<![{_LETTER}0-9_$\u20ac\u00a3\u00a5\u20b9\u20bd#+&=/\\@-])(?<![0-9][:.,/ -])"
_NOT_BEFORE: Final = rf"(?![{_LETTER}0-9_%@/-])(?![.,:][0-9])(?![ -][0-9])"
_CANDIDATE: Final = pattern(
    rf"""{_NOT_AFTER}(?:
        (?P<digits> [0-9](?:[ \t][0-9]){{3,7}} | [0-9]{{3}}[ \xa0-][0-9]{{3}} | [0-9]{{4}}[ -][0-9]{{4}}
            | [0-9]{{4,8}} )
        | (?P<groups> [A-Z]{{1,3}}-[0-9]{{4,8}}
            | (?=[0-9-]{{0,20}}[A-Z])[A-Z0-9]{{3,6}}(?:-[A-Z0-9]{{3,6}}){{1,2}} )
        | (?P<word> [A-Z0-9]{{5,10}} | (?=[a-z]*[0-9])(?=[0-9]*[a-z])[a-z0-9]{{6,8}} )
        | (?P<mixed> (?=[A-Za-z]*[0-9])[A-Za-z0-9]{{5,10}} )
    ){_NOT_BEFORE}""",
    re.VERBOSE,
)
_SET_OFF: Final = pattern('[:\uff1a\u300c\u300e\u3010\u201c"\\[]\\s?$')
_MONEY_BEFORE: Final = pattern(r"[$\u20ac\u00a3\u00a5\u20b9\u20bd+]\s?[(]?$")
_ELSEWHERE: Final = pattern(r"(?:https?://|www\.)\S++|[\w.+-]{1,64}@[\w.-]{1,255}", re.IGNORECASE)
_LINE_END: Final = pattern(r"\r\n?")
_DATE: Final = pattern(r"(?:19|20)[0-9]{2}(?:(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01]))?")
_SENTENCE_END: Final = pattern(r"[.!?\u3002\uff01\uff1f]\s|\n\s*\n")
_AFTER_LABEL: Final = r"[ \t]*[:\uff1a][ \t*]*$"
_ORNAMENT: Final = " \t*_|>#\"'`[](){}\u201c\u201d\u300c\u300d\u3010\u3011\u2013\u2014.-"
_ASCII_DIGITS: Final = {
    first + digit: ord("0") + digit for first in (0x0660, 0x06F0, 0x0966, 0xFF10) for digit in range(10)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A one-time code: `value` is what to type, `reason` says in English why it was taken for a code.

    Digits that are grouped by spaces or hyphens are joined; codes with letters keep their hyphens.
    """

    value: str
    reason: str


class _Candidate(NamedTuple):
    value: str
    kind: str
    before: str
    """Up to 200 characters in front of it."""
    after: str
    stands_alone: bool


class _Support(NamedTuple):
    """What speaks for a candidate: points, why, and the words that do."""

    score: float
    reason: str
    context: str
    is_bare: bool = False
    """Nothing says that the number is the code, it only comes next, as in "code 4711"."""


def find_code(*, subject: str = "", text: str = "", html: str = "") -> Code | None:
    """Returns the one-time code that a mail asks its reader to use; None when there is none.

    `html` is read when `text` is blank. The best supported of all candidates is taken, of equals the first.
    Takes any strings, never raises; time is bounded.
    """
    body = _LINE_END.sub("\n", text if text.strip() else from_html(html))
    best: Code | None = None
    best_score = _ENOUGH - 0.01
    for source, topic in ((subject, ""), (body, subject)):
        for candidate in _candidates(source):
            score, reason = _judged(candidate, topic)
            if score > best_score:
                best, best_score = Code(value=candidate.value, reason=reason), score
    return best


def _candidates(source: str) -> Iterator[_Candidate]:
    text = _ELSEWHERE.sub(lambda found: " " * len(found[0]), source[:MOST_CHARACTERS].translate(_ASCII_DIGITS))
    for number, found in enumerate(_CANDIDATE.finditer(text)):
        if number == _MOST_CANDIDATES:
            return
        kind = found.lastgroup or ""
        before, after = text[max(0, found.start() - _BEFORE) : found.start()], text[found.end() : found.end() + _AFTER]
        value = re.sub(r"[\s-]", "", found[0]) if kind == "digits" else found[0]
        line = before.rpartition("\n")[2] + after.partition("\n")[0]
        yield _Candidate(value, kind, before, after, not line.strip(_ORNAMENT))


def _judged(candidate: _Candidate, topic: str) -> tuple[float, str]:
    """Returns how well a candidate is supported, 4 being enough, and by what."""
    if _is_something_else(candidate):
        return 0, ""
    support = _support(candidate, topic)
    if support is None:
        return 0, ""
    context = f"{topic}\n{candidate.before[-120:]} {candidate.after}"
    has_purpose = bool(words("purposes").search(context))
    is_for_shopping = words("discounts").search(context) and not words("purposes").search(support.context)
    if is_for_shopping or not _is_plausible(candidate, support, has_purpose=has_purpose):
        return 0, ""
    has_usual_length = candidate.kind == "digits" and len(candidate.value) == 6
    return support.score + has_purpose + 0.5 * has_usual_length, support.reason


def _is_plausible(candidate: _Candidate, support: _Support, *, has_purpose: bool) -> bool:
    """Says whether the support is good enough for what the candidate looks like: a word, a year, a plain number."""
    is_direct = support.score >= _DIRECT
    if not any(letter.isdigit() for letter in candidate.value):
        return is_direct and (candidate.kind == "groups" or candidate.stands_alone)
    if candidate.kind in {"word", "mixed"}:
        is_named = is_direct and bool(words("naming", "", r"[\s*\"'\u201c\u201e]*$").search(candidate.before[-40:]))
        is_set_off = candidate.stands_alone or is_named or bool(_SET_OFF.search(candidate.before))
        return is_set_off or (has_purpose and candidate.kind == "word")
    if support.is_bare and not has_purpose and not words("entering").search(candidate.before[-60:]):
        return False
    return not _DATE.fullmatch(candidate.value) or (is_direct and has_purpose)


def _support(candidate: _Candidate, topic: str) -> _Support | None:
    """Returns the strongest support a candidate has, by an announcement before it, after it, or in the subject."""
    sentence = _first_sentence(candidate.after)
    announced = _last_announcement(candidate.before)
    if announced:
        score = _closeness(announced[1]) + candidate.stands_alone
        if score >= _ENOUGH:
            how = "follows" if score > _ENOUGH else "stands alone after"
            is_bare = not announced[1].strip() and not candidate.stands_alone
            return _Support(score, f'{how} "{announced[0]}"', announced[0], is_bare)
    following = words("announcing").search(_without_other_codes(sentence))
    introduced = words("introducing what precedes", r"[\s\"'*)\]]*+").match(sentence)
    if following and introduced and not re.search("[0-9]", sentence[: following.start()]):
        return _Support(_DIRECT - 0.5, f'comes before "{following[0].strip()}"', sentence)
    return _support_at_a_distance(candidate, topic) or _support_of_what_is_entered(candidate, topic)


def _support_at_a_distance(candidate: _Candidate, topic: str) -> _Support | None:
    """Returns what a number has that stands alone, by the next sentence or the subject, or after a label."""
    label = words("labelling", r"(?:^|[\n.!?\])])[ \t*]*", _AFTER_LABEL).search(candidate.before)
    if label and candidate.kind == "digits":
        return _Support(_ENOUGH, f'follows "{label[0].strip()}"', label[0])
    if not candidate.stands_alone:
        return None
    named = words("announcing").search(_without_other_codes(_first_sentence(candidate.after.lstrip())))
    if named and words("pointing back", r"\s*").match(candidate.after):
        return _Support(_DIRECT - 0.5, f'stands alone before "{named[0].strip()}"', candidate.after)
    in_topic = words("announcing").search(_without_other_codes(topic))
    return _Support(_ENOUGH, f'stands alone under "{in_topic[0].strip()}"', topic) if in_topic else None


def _support_of_what_is_entered(candidate: _Candidate, topic: str) -> _Support | None:
    sentence = _first_sentence(candidate.after)
    entered = words("entering", "", words("fillers", "", r"*+$").pattern).search(candidate.before[-40:])
    if entered and words("purposes").search(f"{topic}\n{sentence}"):
        return _Support(_ENOUGH - 1, f'is what to "{entered[0].strip()}"', sentence)
    return None


def _first_sentence(text: str) -> str:
    return _SENTENCE_END.split(text, maxsplit=1)[0]


def _closeness(between: str) -> float:
    """Returns what an announcement counts for with these words between it and the number."""
    if words("fillers", "", r"*+").fullmatch(between):
        return _DIRECT
    is_one_clause = len(between) <= _LONGEST_CLAUSE and not _SENTENCE_END.search(between)
    if is_one_clause and words("copulas", r".*", r"(?:\s+(?:le|la|el|il|o))?[\s:]*").fullmatch(between):
        return _DIRECT - 0.5
    return _ENOUGH - 1


def _last_announcement(before: str) -> tuple[str, str] | None:
    """Returns the last word that announces a code, and what stands between it and the number."""
    last = None
    for found in words("announcing").finditer(_without_other_codes(before)):
        last = found
    return (last[0].strip(), before[last.end() :]) if last else None


def _without_other_codes(text: str) -> str:
    return words("other codes").sub(lambda found: " " * len(found[0]), text)


def _is_something_else(candidate: _Candidate) -> bool:
    """Says whether a number is named as an order, a phone number or the like, or counts something."""
    labelled = words("other numbers", "", words("fillers", "", r"*+$").pattern)
    return bool(
        labelled.search(candidate.before[-60:])
        or words("units", r"[ \xa0]?").match(candidate.after)
        or _MONEY_BEFORE.search(candidate.before)
    )
