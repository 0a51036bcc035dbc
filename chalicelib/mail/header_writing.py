"""Header fields as they go out: folded (RFC 5322, 2.2.3), in ASCII, with encoded words (RFC 2047) for all other text.

What could end a field early is refused, never escaped: no value that came from a request starts a field of its own.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from chalicelib.mail.addresses import wire_address
from chalicelib.mail.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.mail.addresses import Address

LINE = 78
"""How long a line should be at most, without its end (RFC 5322, 2.1.1)."""
LONGEST_LINE = 998
"""How long a line may be at most (the same place)."""
_NAME = pattern(r"[!-9;-~]{1,76}")
_CONTROL = pattern(r"[\x00-\x1f\x7f\ud800-\udfff]")
_PLAIN = pattern(r"[ -~]*")
_ATOMS = pattern(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_TOKEN = pattern(r"[A-Za-z0-9!#$&+.^_`{|}~-]+")
_WORD_OCTETS = 45
"""UTF-8 of one encoded word: with its frame it takes 72 characters of the 75 that are allowed (RFC 2047, 2)."""
_SECTION = 48


def field(name: str, value: str) -> bytes:
    """An unstructured field. Raises ValueError for a name that is none, and for control characters in the value."""
    check_name(name)
    check_text(value)
    plain = _PLAIN.fullmatch(value) and "=?" not in value and value == value.strip() and "  " not in value
    words = value.split(" ") if plain else encoded_words(value)
    if plain and any(len(word) > LONGEST_LINE - len(name) - 2 for word in words):
        words = encoded_words(value)
    return folded(name, words)


def structured(name: str, value: str) -> bytes:
    """A field whose value has a grammar of its own, in ASCII: it is folded at its spaces only.

    Raises ValueError where that makes no lawful field.
    """
    check_name(name)
    check_text(value)
    words = value.split()
    if not value.isascii() or any(len(word) > LONGEST_LINE - len(name) - 2 for word in words):
        raise ValueError(f"the value of {name} has to be ASCII, with a space at least every {LONGEST_LINE} characters")
    return folded(name, words)


def mailboxes(name: str, addresses: Iterable[Address]) -> bytes:
    """A field of mailboxes (RFC 5322, 3.4); domains become A-labels, a local part stays as it is (RFC 6532)."""
    written = [_mailbox(address) for address in addresses]
    return folded(name, [word for words in (*_with_comma(written[:-1]), *written[-1:]) for word in words])


def parameter(name: str, value: str) -> list[str]:
    """A parameter of a MIME field (RFC 2045, 5.1), as RFC 2231 writes what is long or not ASCII."""
    if _TOKEN.fullmatch(value) and len(value) < _SECTION:
        return [f"{name}={value}"]
    if _PLAIN.fullmatch(value) and len(value) < _SECTION:
        return [f"{name}={quoted(value)}"]
    octets = quote(value.encode("utf-8", "replace"), safe="!#$&+-.^_`|~")
    pieces = re.findall(rf"(?:%[0-9A-F]{{2}}|[^%]){{1,{_SECTION // 3}}}", octets)
    if len(pieces) == 1:
        return [f"{name}*=utf-8''{pieces[0]}"]
    return [f"{name}*{number}*={piece}" for number, piece in enumerate(["utf-8''" + pieces[0], *pieces[1:]])]


def parametrised(name: str, value: str, parameters: Iterable[str]) -> bytes:
    """A MIME field with parameters, each on a line of its own where they do not fit on one."""
    words = [value, *parameters]
    return folded(name, [*(f"{word};" for word in words[:-1]), words[-1]])


def quoted(text: str) -> str:
    """A quoted string (RFC 5322, 3.2.4)."""
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def encoded_words(text: str) -> list[str]:
    """Text as encoded words of UTF-8, none of which cuts a character (RFC 2047, 5)."""
    pieces = [""]
    for letter in text:
        if len((pieces[-1] + letter).encode()) > _WORD_OCTETS:
            pieces.append("")
        pieces[-1] += letter
    return [f"=?utf-8?b?{base64.b64encode(piece.encode()).decode('ascii')}?=" for piece in pieces if piece]


def folded(name: str, words: Iterable[str]) -> bytes:
    """A field of these words, a space before each, with a line break where a line would become longer than LINE."""
    lines = [f"{name}:"]
    fresh = True
    for word in words:
        # The first word stays on the line of the name: a line of white space alone is obsolete (RFC 5322, 4.2).
        if not fresh and len(lines[-1]) + 1 + len(word) > LINE:
            lines.append("")
        lines[-1] += f" {word}"
        fresh = False
    return ("\r\n".join(lines) + "\r\n").encode()


def check_name(name: str) -> None:
    """Raises ValueError for what is no name of a field (RFC 5322, 2.2)."""
    if not _NAME.fullmatch(name):
        raise ValueError("a header's name is of printable ASCII characters without colon, 76 at most")


def check_text(value: str) -> None:
    """Raises ValueError for what could end a field: a line break, or any other control character."""
    if _CONTROL.search(value):
        raise ValueError("line breaks and other control characters cannot stand in a header")


def _mailbox(address: Address) -> list[str]:
    check_text(address.name + address.address)
    spec = wire_address(address.address)
    if not address.name:
        return [spec]
    if _ATOMS.fullmatch(address.name) and "=?" not in address.name:
        return [*address.name.split(" "), f"<{spec}>"]
    if _PLAIN.fullmatch(address.name) and "=?" not in address.name and len(address.name) < LINE:
        return [quoted(address.name), f"<{spec}>"]
    return [*encoded_words(address.name), f"<{spec}>"]


def _with_comma(written: list[list[str]]) -> list[list[str]]:
    return [[*words[:-1], f"{words[-1]},"] for words in written]
