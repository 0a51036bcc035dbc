"""Mail addresses: the ones in header fields (RFC 5322, 3.4), and the one a recipient's inbox goes by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.mail.patterns import pattern

from . import encoded_words, headers

if TYPE_CHECKING:
    from collections.abc import Iterable

_TOKEN = pattern(
    rb"""(?P<quoted>\"(?:[^\"\\]++|\\.)*+(?:\"|\\?\Z))
    |(?P<comment>\()
    |(?P<angle><++\s*+(?:@[^<>:]*+:)?(?P<inside>(?:\"(?:[^\"\\]++|\\.)*+\"|[^\"<>,;])*+)>*+)
    |(?P<word>=\?[^?\s]++\?[bBqQ]\?[^?]*+\?=)
    |(?P<literal>\[[^\[\]]*+\]?)
    |(?P<mark>[,;:])
    |(?P<text>[^\"(<,;:\[=]++|.)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = pattern(rb"\\(.)", re.DOTALL)
_COMMENT = pattern(rb"\([^()]*+\)")
_COMMENT_MARK = pattern(rb"[^()\\]++|\\.|[()]|\\", re.DOTALL)
MOST = 10_000
"""Addresses read from one field."""
_MOST_TOKENS = 100_000
# A local name such as `postmaster`, or an address that somebody put into quotes.
_LONE = pattern(rb"[^\s\"=\[]++|\"[^\s\"@]++@[^\s\"@]++\"")
_WORD = pattern(rb"\s++|[^\s]++")


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox: its display name, decoded, or empty; its address as written, or empty when there was only a name."""

    name: str
    address: str


def read_addresses(value: bytes) -> tuple[Address, ...]:
    """Read an address list in order, groups flattened, comments taken as names where there is no other;
    never raises.

    At most MOST addresses are read, and not much more than that takes in bytes and words.
    """
    reader = _Reader()
    raw = headers.unfold(value)
    position = 0
    for _ in range(_MOST_TOKENS):
        token = _TOKEN.match(raw, position)
        if token is None or len(reader.found) >= MOST:
            break
        position = token.end()
        if token.lastgroup == "comment":
            position = reader.read_comment(raw, position)
        else:
            reader.take(token)
    reader.flush()
    return tuple(reader.found)


class _Reader:
    """What was read of the list: whole addresses, and the words of the one that is being read."""

    def __init__(self) -> None:
        self.found: list[Address] = []
        self._words: list[tuple[str, bytes]] = []
        self._angle: bytes | None = None
        self._named = 0
        self._comments: list[bytes] = []

    def take(self, token: re.Match[bytes]) -> None:
        if token["angle"] is not None:
            # A second address without a comma between still is an address of its own.
            if self._angle is not None:
                words, self._words = self._words[self._named :], self._words[: self._named]
                self.flush()
                self._words = words
            self._angle, self._named = token["inside"], len(self._words)
        elif token["mark"] == b":":
            self._take_colon()
        elif token["mark"]:
            self.flush()
        else:
            self._words.append((token.lastgroup or "", token[0]))

    def _take_colon(self) -> None:
        if any(b"@" in text for kind, text in self._words if kind == "text"):
            self._words.append(("text", b":"))
        else:
            # What stands before the colon is the name of a group.
            self._words.clear()
            self._comments.clear()

    def read_comment(self, raw: bytes, position: int) -> int:
        """Read to the end of a comment, which may hold comments; to the end of the value when it never closes."""
        depth, start = 1, position
        for mark in _COMMENT_MARK.finditer(raw, position):
            depth += (mark[0] == b"(") - (mark[0] == b")")
            if depth == 0:
                self._comments.append(raw[start : mark.start()])
                return mark.end()
        self._comments.append(raw[start:])
        return len(raw)

    def flush(self) -> None:
        """End the address that is being read."""
        words, angle, comments = self._words, self._angle, self._comments
        self._words, self._angle, self._comments = [], None, []
        if angle is None:
            words, angle = _split_bare(words)
        name = _phrase(words) or " ".join(_text(comment) for comment in comments).strip()
        address = _spec(angle)
        if name or address:
            self.found.append(Address(name, address))


def _split_bare(tokens: list[tuple[str, bytes]]) -> tuple[list[tuple[str, bytes]], bytes]:
    """Find the address among words that have no angle brackets: the run around the `@`, else a lone word."""
    words = [(kind, word) for kind, text in tokens for word in (_WORD.findall(text) if kind == "text" else (text,))]
    at = next((i for i, (kind, text) in enumerate(words) if kind == "text" and b"@" in text), None)
    if at is None:
        solid = [word for word in words if not word[1].isspace()]
        if len(solid) == 1 and _LONE.fullmatch(solid[0][1]):
            return [], solid[0][1].strip(b'"')
        return words, b""
    start, end = at, at + 1
    while start > 0 and not words[start - 1][1].isspace():
        start -= 1
    while end < len(words) and not words[end][1].isspace():
        end += 1
    # Spaces around the `@` were once allowed (RFC 5322, 4.4).
    if start == at and words[at][1].startswith(b"@"):
        start = max(0, start - 2)
    if end == at + 1 and words[at][1].endswith(b"@"):
        end += 2
    spec = b"".join(text for _, text in words[start:end] if not text.isspace())
    return words[:start] + words[end:], spec


def _phrase(words: list[tuple[str, bytes]]) -> str:
    """Join the words of a display name as they stood, quotes taken off, encoded words decoded."""
    raw = b"".join(
        _ESCAPED.sub(rb"\1", text[1:-1] if text.endswith(b'"') and len(text) > 1 else text[1:])
        if kind == "quoted"
        else text
        for kind, text in words
    )
    return " ".join(_text(raw).split())


def _text(raw: bytes) -> str:
    return encoded_words.decode(raw).strip()


def _spec(raw: bytes) -> str:
    spec = _COMMENT.sub(b"", raw).strip()
    text = encoded_words.decode(spec) if b"=?" in spec else encoded_words.plain(spec)
    return "".join(text.split()) if '"' not in text else text


_ATOM = r"[^\s\x00-\x20\x7f\ud800-\udfff\"(),:;<>@\[\\\].]+"
_LOCAL = pattern(rf"{_ATOM}(?:\.{_ATOM})*|\"(?:[^\x00-\x1f\x7f\ud800-\udfff\"\\]|\\[ -~])*\"")
_LABEL = r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_DOMAIN = pattern(rf"{_LABEL}(?:\.{_LABEL})*")
_LITERAL = pattern(r"\[(?:\d{1,3}(?:\.\d{1,3}){3}|ipv6:[0-9a-f:.]{2,45})\]")
_PLAIN_LOCAL = pattern(rf"{_ATOM}(?:\.{_ATOM})*")
LONGEST_LOCAL = 64
LONGEST_DOMAIN = 255
LONGEST_PATH = 254


def is_address(text: str) -> bool:
    """Tell whether `text` is an addr-spec as SMTP takes it (RFC 5321, 4.1.2; UTF-8 as RFC 6531).

    Limits in octets (RFC 5321, 4.5.3.1): local part 64, domain 255, both together 254.
    """
    local, at, domain = text.rpartition("@")
    octets = len(local.encode("utf-8", "replace"))
    if not at or octets > LONGEST_LOCAL or not _LOCAL.fullmatch(local):
        return False
    ascii_domain = _ascii(domain)
    if len(ascii_domain) > LONGEST_DOMAIN or octets + 1 + len(ascii_domain) > LONGEST_PATH:
        return False
    return bool(_DOMAIN.fullmatch(ascii_domain) or _LITERAL.fullmatch(ascii_domain))


def is_domain(text: str) -> bool:
    """Tell whether `text` is the name of a domain, as mail is addressed to: no address, in brackets or bare."""
    name = _ascii(text)
    # No top-level domain is a number (RFC 3696, 2): what ends in one is an address, or a part of it.
    return len(name) <= LONGEST_DOMAIN and bool(_DOMAIN.fullmatch(name)) and not name.rpartition(".")[2].isdecimal()


def inbox_of(recipient: str) -> str:
    """Name the inbox that mail to an envelope recipient goes to.

    Lower case; a tag (from the first `+` of the local part) is taken off unless nothing would be left; the
    domain as ASCII (IDNA A-labels); quotes around a local part that needs none are dropped. Twice gives the
    same as once.
    """
    local, at, domain = recipient.strip().strip("<>").rpartition("@")
    if not at:
        return domain.lower()
    local = local.lower()
    if len(local) > 1 and local.startswith('"') and local.endswith('"'):
        bare = re.sub(r"\\(.)", r"\1", local[1:-1])
        local = bare if _PLAIN_LOCAL.fullmatch(bare) else local
    if not local.startswith('"'):
        local = local.partition("+")[0] or local
    return f"{local}@{_ascii(domain)}"


def wire_address(address: str) -> str:
    """Write an address as mail systems without UTF-8 take it: its domain in lower case, as IDNA A-labels."""
    local, at, domain = address.strip().rpartition("@")
    return f"{local}{at}{_ascii(domain)}"


def distinct(recipients: Iterable[str]) -> tuple[str, ...]:
    """Envelope recipients in their order, each once and as it was written first.

    Case, and how a domain is spelt, tell none apart; a plus tag does.
    """
    found: dict[str, str] = {}
    for one in recipients:
        found.setdefault(wire_address(one).lower(), one)
    return tuple(found.values())


def domain_of(inbox: str) -> str:
    """Name the domain of an inbox: what stands after its last `@`."""
    return inbox.rpartition("@")[2]


def _ascii(domain: str) -> str:
    lowered = domain.strip().rstrip(".").lower()
    if lowered.isascii():
        return lowered
    try:
        return lowered.encode("idna").decode("ascii")
    except UnicodeError:
        return lowered
