"""Carrying bytes between one SMTP session and its client, with asyncio: transport, TLS and time."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from restante.embedded.smtp.protocol import Asks, Session

if TYPE_CHECKING:
    from chalicelib.mail.message import Receipt
    from restante.embedded.smtp.server import Server

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long is waited, in seconds.

    `command` for a whole command (RFC 5321, 4.5.3.2.7: 5 minutes at least); `data` for more of a mail's content
    (4.5.3.2.5); `mail` for all of it, however steadily it drips; `handshake` for that of TLS; `stop`, when the
    server stops, for mails that are under way.
    """

    command: float = 300.0
    data: float = 180.0
    mail: float = 1800.0
    handshake: float = 30.0
    stop: float = 10.0


class Connection(asyncio.Protocol):
    """One client's connection."""

    _transport: asyncio.Transport
    _session: Session

    def __init__(self, server: Server) -> None:
        self._server = server
        self._heard = self._content_began = server.time()
        self.ip = ""
        self._is_shut_out = False
        self._is_stalled = False
        self._has_sent_mail = False
        self._is_paused = False
        self._is_clogged = False
        self._is_busy = False
        self._is_closing = False
        self._has_ended = False
        self._decrypted: bytearray | None = None

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the interface, but not the base class.
        self._transport = cast("asyncio.Transport", transport)
        self.ip, via = _address(transport, "peername"), _address(transport, "sockname")
        self._session = Session(self._server.terms, ip=self.ip, via=via)
        self._is_shut_out = self._server.guard.shuts_out(self.ip)
        refusal = self._server.refusal(self.ip, shut_out=self._is_shut_out)
        self._server.remember(self)
        if refusal is None:
            self._act_on(self._session.open())
            return
        self._session.abandon()
        self._is_stalled = self._is_shut_out and self._server.guard.stalls(lambda: self._act_on(refusal))
        if not self._is_stalled:
            self._act_on(refusal)

    def data_received(self, data: bytes) -> None:
        if self._is_stalled:
            return
        if self._decrypted is not None:
            # It came with the end of the handshake, which is not reported yet.
            self._decrypted += data
            return
        session = self._session
        if self._is_busy:
            self._pause()
        took_content = session.takes_content
        said = session.feed(data)
        if said or session.takes_content:
            # A part of a command is no sign of life: it could drip for ever.
            self._heard = self._server.time()
        if session.takes_content and not took_content:
            self._content_began = self._heard
        if session.refused:
            self._count(refused=session.refused)
            session.refused = 0
        self._act_on(said)

    def eof_received(self) -> bool:
        # A client that is done talking still hears what becomes of its mail; TLS cannot be closed by halves.
        self._has_ended = self._is_busy and self._transport.get_extra_info("sslcontext") is None
        return self._has_ended

    def pause_writing(self) -> None:
        self._is_clogged = True
        self._pause()

    def resume_writing(self) -> None:
        self._is_clogged = False
        self._resume()

    def connection_lost(self, _reason: Exception | None) -> None:
        self._is_closing = True
        self._session.abandon()
        if not (self._is_shut_out or self._has_sent_mail):
            self._count(arrivals=1)
        self._server.forget(self)

    # What the server calls

    def stop(self) -> None:
        """End the conversation once the mail that is under way is through."""
        self._act_on(self._session.stop())

    def shut_out(self) -> None:
        """End the conversation: the client's address was blocked meanwhile."""
        if not self._is_shut_out:
            self._is_shut_out = True
            self._act_on(self._session.shut_out())

    def abort(self) -> None:
        """End the connection now, whatever is still to be sent."""
        self._transport.abort()

    def check_time(self, now: float) -> None:
        """Send a client away that takes too long."""
        patience = self._server.patience
        silence = now - self._heard
        if self._is_busy:
            self._heard = now
        elif self._is_closing:
            if silence > patience.data:
                self.abort()
        elif self._session.takes_content:
            if silence > patience.data or now - self._content_began > patience.mail:
                self._act_on(self._session.time_out())
        elif silence > patience.command:
            self._act_on(self._session.time_out())

    # What the session asks

    def _count(self, *, arrivals: int = 0, refused: int = 0, octets: int = 0) -> None:
        server = self._server
        server.guard.count(self.ip, server.time(), arrivals=arrivals, refused=refused, octets=octets)

    def _act_on(self, said: bytes) -> None:
        if said and not self._is_closing:
            self._transport.write(said)
        asks = self._session.asks
        if asks is Asks.NOTHING or self._is_busy:
            return
        if asks is Asks.TO_KEEP:
            self._keep()
        elif asks is Asks.TO_ENCRYPT:
            self._is_busy = True
            self._pause()
            self._server.in_background(self._encrypt())
        elif not self._is_closing:
            self._is_closing = True
            self._transport.close()

    def _keep(self) -> None:
        self._is_busy = True
        arrival = self._session.arrival
        assert arrival is not None  # noqa: S101 - that is what TO_KEEP means
        self._has_sent_mail = True
        self._count(arrivals=1, octets=len(arrival.content))
        self._server.keep(arrival, self._tell)

    def _tell(self, receipt: Receipt | None) -> None:
        self._is_busy = False
        self._heard = self._server.time()
        session = self._session
        said = session.not_kept() if receipt is None else session.kept(receipt.id)
        if self._has_ended and session.asks is Asks.NOTHING:
            session.abandon()
        self._act_on(said)
        self._resume()

    async def _encrypt(self) -> None:
        if self._is_closing:
            return
        # From here on, and not before, what comes is decrypted.
        self._decrypted = bytearray()
        try:
            transport = await asyncio.get_running_loop().start_tls(
                self._transport,
                self,
                self._server.certificate,
                server_side=True,
                ssl_handshake_timeout=self._server.patience.handshake,
            )
        except (OSError, RuntimeError) as error:
            # RuntimeError: the client was gone before the handshake began, and uvloop has closed the transport.
            log.debug("A TLS handshake failed: %s", error)
            self._transport.abort()
            self.connection_lost(error)
            return
        if transport is not None:
            self._transport = transport
        decrypted, self._decrypted = self._decrypted, None
        self._is_busy = self._is_paused = False
        self._heard = self._server.time()
        self._act_on(self._session.encrypted())
        if decrypted:
            self.data_received(bytes(decrypted))

    def _pause(self) -> None:
        if not self._is_paused and not self._is_closing:
            self._is_paused = True
            self._transport.pause_reading()

    def _resume(self) -> None:
        if self._is_paused and not (self._is_clogged or self._is_busy or self._is_closing):
            self._is_paused = False
            self._transport.resume_reading()


def _address(transport: asyncio.BaseTransport, end: str) -> str:
    name = transport.get_extra_info(end)
    # IPv4 clients of an IPv6 socket come as ::ffff:192.0.2.1; link-local ones name their interface after "%".
    return str(name[0]).removeprefix("::ffff:").partition("%")[0] if name else ""
