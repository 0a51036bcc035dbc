"""A client of the sans-I/O session: says bytes, hears replies, and keeps every mail that is ready."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from restante.embedded.smtp.protocol import Asks, Session
from restante.embedded.smtp.terms import Terms

if TYPE_CHECKING:
    from chalicelib.actions.receiving import Arrival


Cut = Callable[[bytes], list[bytes]]
"""Cuts what is said into the pieces that arrive."""


def whole(said: bytes) -> list[bytes]:
    return [said]


def octets(said: bytes) -> list[bytes]:
    return [said[index : index + 1] for index in range(len(said))]


def lines(said: bytes) -> list[bytes]:
    return said.splitlines(keepends=True)


class Client:
    """Talks to a session; mails get the ids "mail-1", "mail-2", ..."""

    def __init__(self, terms: Terms | None = None, *, cut: Cut = whole) -> None:
        self.terms = terms or Terms()
        self.session = Session(self.terms, ip="192.0.2.7", via="192.0.2.1")
        self.kept: list[Arrival] = []
        self.greeting = self.session.open()
        self._cut = cut

    def say(self, said: bytes) -> list[str]:
        """Say this, cut into pieces; hear the reply lines."""
        heard = bytearray()
        for piece in self._cut(said):
            heard += self.session.feed(piece)
            while self.session.asks is Asks.TO_KEEP:
                assert self.session.arrival is not None
                self.kept.append(self.session.arrival)
                heard += self.session.kept(f"mail-{len(self.kept)}")
        return heard.decode().splitlines()

    def codes(self, said: bytes) -> list[str]:
        """Say this; hear the codes of the replies, the last line of each."""
        return [line[:3] for line in self.say(said) if line[3] == " "]

    @property
    def is_sent_away(self) -> bool:
        return self.session.asks is Asks.TO_CLOSE


def greeted(terms: Terms | None = None, *, cut: Cut = whole) -> Client:
    """A client that has said EHLO."""
    client = Client(terms, cut=cut)
    client.say(b"EHLO client.example\r\n")
    return client


ENVELOPE = b"MAIL FROM:<a@x.dev>\r\nRCPT TO:<b@y.dev>\r\n"


def sending(terms: Terms | None = None, *, cut: Cut = whole) -> Client:
    """A client that may send content now."""
    client = greeted(terms, cut=cut)
    client.say(ENVELOPE + b"DATA\r\n")
    return client
