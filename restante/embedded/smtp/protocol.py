"""The server's side of an SMTP session (RFC 5321), without any I/O: bytes in, replies out.

`feed` takes what the client sent, however it is cut into pieces, and answers with all replies to it at once
(PIPELINING, RFC 2920). Where the session needs something from outside it stops and says so in `asks`; bytes that
come meanwhile wait for the method that answers.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, ClassVar

from chalicelib.actions.receiving import Arrival
from chalicelib.mail.message import Envelope
from restante.embedded.smtp import commands, replies
from restante.embedded.smtp.authentication import Login
from restante.embedded.smtp.lines import Lines
from restante.embedded.smtp.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Callable

    from restante.embedded.smtp.content import Content, Held
    from restante.embedded.smtp.terms import Terms

_LONGEST_HELO = 255
_MISTAKES = (b"50", b"535", b"555")


class Asks(Enum):
    """What a session needs from outside before it can go on."""

    NOTHING = auto()
    TO_KEEP = auto()
    """Keep `arrival`, then call `kept` or `not_kept`."""
    TO_ENCRYPT = auto()
    """Send the replies, do the TLS handshake, then call `encrypted`."""
    TO_CLOSE = auto()
    """Send the replies, then close the connection."""


class Session:
    """One connection's conversation, from the greeting to the good-bye."""

    def __init__(self, terms: Terms, *, ip: str = "", via: str = "", tls: bool = False) -> None:
        self.asks = Asks.NOTHING
        self.arrival: Arrival | None = None
        self._terms = terms
        self._ip = ip
        self._via = via
        self._tls = tls
        self._input = Lines(terms.line)
        self._replies = [replies.greeting(terms.hostname)]
        self._errors = 0
        self.refused = 0
        """How many recipients and logins were refused; whoever counts them sets it back."""
        self._helo = ""
        self._extended = False
        self._authenticated = False
        self._login: Login | None = None
        self._transaction: Transaction | None = None
        self._content: Content | None = None
        self._held: Held | None = None
        self._stops = False

    def open(self) -> bytes:
        """The greeting."""
        return self._said()

    def feed(self, piece: bytes) -> bytes:
        """Take what the client sent; answers with the replies to send, which may be none yet."""
        if self._content is not None and not self._input:
            self._feed_content(self._content, piece)
        elif self.asks is Asks.NOTHING and piece and not self._input and piece.find(b"\n") == len(piece) - 1:
            # One whole command, as most clients send it: it need not wait in a buffer.
            self._obey(piece[:-1].removesuffix(b"\r"))
        elif self.asks in (Asks.NOTHING, Asks.TO_KEEP):
            self._input.add(piece)
        return self._advance()

    def kept(self, queue_id: str) -> bytes:
        """The arrival is safe under this id."""
        self._errors = 0
        return self._answer_arrival(replies.kept(queue_id))

    def not_kept(self) -> bytes:
        """The arrival could not be kept, for a reason of ours."""
        return self._answer_arrival(replies.NOT_KEPT)

    def encrypted(self) -> bytes:
        """The TLS handshake is done; both sides begin anew (RFC 3207, 4.2)."""
        self._tls = True
        self._helo = ""
        self._extended = self._authenticated = False
        self._forget_mail()
        self.asks = Asks.NOTHING
        return self._advance()

    def stop(self) -> bytes:
        """End the session: at once, or after the mail that is coming in or being kept."""
        self._stops = True
        return self._advance()

    def time_out(self) -> bytes:
        """The client took too long."""
        self._replies.append(replies.TOO_SLOW)
        self.abandon()
        return self._said()

    def shut_out(self) -> bytes:
        """The client's address was blocked meanwhile."""
        self._replies.append(replies.SHUT_OUT_NOW)
        self.abandon()
        return self._said()

    def abandon(self) -> None:
        """The conversation is over: give back what is held, but for a mail that is being kept."""
        self.asks = Asks.TO_CLOSE
        self._input.clear()
        if self.arrival is None:
            self._forget_mail()

    @property
    def takes_content(self) -> bool:
        """Whether the client is sending a mail's content."""
        return self._content is not None

    def _advance(self) -> bytes:
        while self._input and self.asks is Asks.NOTHING:
            if self._content is not None:
                self._feed_content(self._content, self._input.take())
            elif (line := self._input.next()) is None:
                break
            else:
                self._obey(line)
        if self._stops and self.asks is Asks.NOTHING and self._content is None:
            self._replies.append(replies.SHUTTING_DOWN)
            self.abandon()
        return self._said()

    def _said(self) -> bytes:
        if not self._replies:
            return b""
        said = self._replies[0] if len(self._replies) == 1 else b"".join(self._replies)
        self._replies.clear()
        return said

    def _obey(self, line: bytes) -> None:
        login, self._login = self._login, None
        if len(line) > self._terms.line:
            self._answer(replies.LINE_TOO_LONG)
            return
        if login is not None:
            self._answer(self._conclude(login, login.answer(line)))
            return
        verb, _, argument = line.rstrip(b" \t").partition(b" ")
        command = self._COMMANDS.get(verb.upper())
        if command is None:
            self._answer(replies.UNKNOWN_COMMAND)
            return
        try:
            text = argument.decode()
        except UnicodeDecodeError:
            self._answer(replies.NOT_UTF8)
        else:
            self._answer(command(self, text))

    def _answer(self, reply: bytes) -> None:
        self._replies.append(reply)
        if reply.startswith(_MISTAKES):
            self._errors += 1
            if self._errors > self._terms.errors:
                self._replies.append(replies.TOO_MANY_ERRORS)
                self.abandon()

    def _forget_mail(self) -> None:
        if self._held is not None:
            self._held.release()
        self._transaction = self._content = self._held = self.arrival = None

    # Content

    def _feed_content(self, content: Content, piece: bytes | bytearray) -> None:
        rest = content.feed(piece)
        if rest is None:
            return
        self._content = None
        self._input.add(rest)
        held = content.held
        if not content.last:
            self._answer(held.refusal or replies.CHUNK_TAKEN)
        elif held.refusal is not None:
            self._forget_mail()
            self._answer(held.refusal)
        elif self._transaction is not None:
            self.arrival = Arrival(envelope=self._envelope(self._transaction), content=held.octets)
            self.asks = Asks.TO_KEEP

    def _envelope(self, transaction: Transaction) -> Envelope:
        return Envelope(
            sender=transaction.sender,
            recipients=tuple(transaction.recipients),
            ip=self._ip,
            helo=self._helo,
            via=self._via,
            tls=self._tls,
        )

    def _answer_arrival(self, reply: bytes) -> bytes:
        self._forget_mail()
        if self.asks is Asks.TO_KEEP:
            self.asks = Asks.NOTHING
            self._answer(reply)
        return self._advance()

    # Commands

    def _ehlo(self, argument: str) -> bytes:
        return self._hello(argument, extended=True)

    def _helo_only(self, argument: str) -> bytes:
        return self._hello(argument, extended=False)

    def _hello(self, argument: str, *, extended: bool) -> bytes:
        name = argument.strip()
        if not name or len(name) > _LONGEST_HELO:
            return replies.NEEDS_HOSTNAME
        self._forget_mail()
        self._helo, self._extended = name, extended
        terms = self._terms
        if not extended:
            return replies.hello(terms.hostname)
        return replies.extended_hello(terms.hostname, size=terms.size, start_tls=terms.start_tls and not self._tls)

    def _mail(self, argument: str) -> bytes:
        if not self._helo:
            return replies.HELLO_FIRST
        if self._transaction is not None:
            return replies.MAIL_ALREADY
        transaction = Transaction(self._terms)
        reply = transaction.mail(argument)
        if reply is replies.SENDER_OK:
            self._transaction = transaction
        return reply

    def _rcpt(self, argument: str) -> bytes:
        if self._transaction is None:
            return replies.MAIL_FIRST
        reply = self._transaction.rcpt(argument)
        self.refused += reply.startswith(b"55")
        return reply

    def _data(self, argument: str) -> bytes:
        if argument:
            return replies.NO_PARAMETERS
        if self._transaction is None:
            return replies.MAIL_FIRST
        content = self._transaction.data()
        if isinstance(content, bytes):
            return content
        self._content, self._held = content, content.held
        return replies.SEND_CONTENT

    def _bdat(self, argument: str) -> bytes:
        chunk = commands.read_chunk(argument)
        if chunk is None:
            return replies.SYNTAX_OF_CHUNK
        length, last = chunk
        # Without a mail the octets come all the same.
        transaction = self._transaction or Transaction(self._terms)
        content = transaction.bdat(length, last=last)
        self._content, self._held = content, content.held
        # The reply follows the octets, of which there may be none.
        self._feed_content(content, b"")
        return b""

    def _rset(self, argument: str) -> bytes:
        if argument:
            return replies.NO_PARAMETERS
        self._forget_mail()
        return replies.OK

    def _starttls(self, argument: str) -> bytes:
        if argument:
            return replies.NO_PARAMETERS
        if self._tls:
            return replies.TLS_ALREADY
        if not self._terms.start_tls:
            return replies.NOT_IMPLEMENTED
        # What was sent in clear after this command could be anybody's: it must not be taken as said under TLS.
        self._input.clear()
        self._forget_mail()
        self.asks = Asks.TO_ENCRYPT
        return replies.START_TLS

    def _auth(self, argument: str) -> bytes:
        if self._authenticated:
            return replies.AUTH_ALREADY
        if not self._extended or self._transaction is not None:
            return replies.AUTH_LATER
        login = Login(self._terms.authenticate)
        return self._conclude(login, login.begin(argument))

    def _conclude(self, login: Login, reply: bytes) -> bytes:
        self._login = None if login.finished else login
        self._authenticated = login.succeeded
        # Who guesses is counted, and shut out, as who tries recipients.
        self.refused += reply is replies.AUTH_REFUSED
        return reply

    def _quit(self, argument: str) -> bytes:
        if argument:
            return replies.NO_PARAMETERS
        self.abandon()
        return replies.BYE

    def _noop(self, _argument: str) -> bytes:
        return replies.OK

    def _vrfy(self, argument: str) -> bytes:
        return replies.VERIFY if argument else replies.NEEDS_ADDRESS

    def _expn(self, _argument: str) -> bytes:
        return replies.NOT_IMPLEMENTED

    def _help(self, _argument: str) -> bytes:
        return replies.HELP

    _COMMANDS: ClassVar[dict[bytes, Callable[[Session, str], bytes]]] = {
        b"EHLO": _ehlo,
        b"HELO": _helo_only,
        b"MAIL": _mail,
        b"RCPT": _rcpt,
        b"DATA": _data,
        b"BDAT": _bdat,
        b"RSET": _rset,
        b"VRFY": _vrfy,
        b"EXPN": _expn,
        b"HELP": _help,
        b"NOOP": _noop,
        b"QUIT": _quit,
        b"STARTTLS": _starttls,
        b"AUTH": _auth,
    }
