"""The Sender port with a way out: a smarthost takes what is not for a local inbox, by SMTP (RFC 5321).

What the server's replies mean for a recipient (RFC 5321, 4.2.1):

250 after DATA                sent
5yz to RCPT                   bounced, and suppressed: no mail will ever be taken there
5yz to DATA or to the mail    bounced: this mail is not taken
5yz to MAIL                   failed: the sender is not taken
4yz, a lost connection        deferred: it is tried again
"""

from __future__ import annotations

import smtplib
import ssl
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chalicelib.actions.owning import holding_of
from chalicelib.errors import Unavailable
from chalicelib.mail.addresses import domain_of, inbox_of
from chalicelib.mail.names import Inbox
from chalicelib.mail.outgoing import Change, Dispatch, Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalicelib.mail.outgoing import Outgoing
    from chalicelib.ports import Backend
    from chalicelib.ports.sending import Sender
    from chalicelib.settings import Settings

LINE_SECONDS = 30.0
"""How long the relay may be silent."""
WHOLE_SECONDS = 100.0
"""How long it may take for one mail: less than a job's lease, or another worker would send it too."""
_DIAGNOSTIC = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """A smarthost, and how to speak to it: `tls` is "starttls", "tls" or "off"."""

    host: str
    port: int
    tls: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    hostname: str = "localhost"
    line_seconds: float = LINE_SECONDS
    whole_seconds: float = WHOLE_SECONDS


def relay_of(settings: Settings) -> Relay | None:
    """The relay that these settings ask for; None keeps all mail on this machine."""
    if settings.relay is None:
        return None
    return Relay(
        host=settings.relay.host,
        port=settings.relay.port,
        tls=settings.relay_tls,
        user=settings.relay_user or "",
        password=settings.relay_password or "",
        hostname=settings.hostname,
    )


class Relaying:
    """See ports.Sender. What is for a domain of this installation, or for the sender's own addresses, stays here."""

    def __init__(self, backend: Backend, local: Sender, relay: Relay) -> None:
        self._backend = backend
        self._local = local
        self._relay = relay

    def send(self, outgoing: Outgoing, recipients: Sequence[str], raw: bytes) -> Dispatch:
        here = [one for one in recipients if self._is_local(one, outgoing.account)]
        outside = [one for one in recipients if one not in here]
        dispatch = Dispatch()
        if here:
            dispatch = self._local.send(outgoing, here, raw)
        if not outside:
            return dispatch
        try:
            relayed = relay_mail(self._relay, outgoing.sender, outside, raw)
        except Unavailable as error:
            if not here:
                raise
            relayed = _all(outside, Status.DEFERRED, error.message)
        return Dispatch(provider_id=relayed.provider_id, changes=dispatch.changes + relayed.changes)

    def _is_local(self, recipient: str, account: str) -> bool:
        # Anybody may reserve any address of a domain that nobody proved to be theirs: that takes no others' mail.
        inbox = Inbox(inbox_of(recipient))
        holding = holding_of(self._backend, inbox)
        ours = holding.host is not None or domain_of(inbox) in self._backend.policy.domains
        return ours or holding.owner == account


def relay_mail(relay: Relay, sender: str, recipients: Sequence[str], raw: bytes) -> Dispatch:
    """Hand one mail to the relay; its bytes go out as they are. Raises Unavailable when it took nothing."""
    try:
        with _connected(relay) as server:
            return _transact(server, sender, recipients, raw)
    except smtplib.SMTPAuthenticationError as error:
        raise Unavailable(f"The relay does not take our user name and password: {_said(error)}") from error
    except smtplib.SMTPResponseException as error:
        raise Unavailable(f"The relay answered {_said(error)}") from error
    except smtplib.SMTPNotSupportedError as error:
        raise Unavailable(f"The relay cannot do what is asked of it: {error}") from error
    except (smtplib.SMTPException, OSError) as error:
        raise Unavailable(f"The relay was lost: {type(error).__name__}") from error


@contextmanager
def _connected(relay: Relay) -> Iterator[smtplib.SMTP]:
    context = ssl.create_default_context()
    server: smtplib.SMTP = (
        smtplib.SMTP_SSL(
            relay.host, relay.port, local_hostname=relay.hostname, timeout=relay.line_seconds, context=context
        )
        if relay.tls == "tls"
        else smtplib.SMTP(relay.host, relay.port, local_hostname=relay.hostname, timeout=relay.line_seconds)
    )
    # A server that sends a byte now and then never times out by itself: after the whole time the line is cut.
    watch = threading.Timer(relay.whole_seconds, _cut, [server])
    watch.daemon = True
    watch.start()
    try:
        server.ehlo_or_helo_if_needed()
        if relay.tls == "starttls":
            server.starttls(context=context)
            server.ehlo()
        if relay.user:
            server.login(relay.user, relay.password)
        yield server
        # Whatever it says to that, the mail is done.
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
    finally:
        watch.cancel()
        server.close()


def _cut(server: smtplib.SMTP) -> None:
    with suppress(OSError):
        if server.sock is not None:
            server.sock.shutdown(2)


def _transact(server: smtplib.SMTP, sender: str, recipients: Sequence[str], raw: bytes) -> Dispatch:
    code, said = server.mail(sender, _extensions(server, sender, recipients, raw))
    if code != 250:
        return _all(recipients, Status.DEFERRED if code < 500 else Status.FAILED, _text(code, said))
    taken: list[str] = []
    changes: list[Change] = []
    for recipient in recipients:
        code, said = server.rcpt(recipient)
        if code in (250, 251):
            taken.append(recipient)
        else:
            changes.append(_refused(recipient, code, said))
        if code == 421:
            raise smtplib.SMTPResponseException(code, said)
    if not taken:
        return Dispatch(changes=tuple(changes))
    try:
        code, said = server.data(raw)
    except smtplib.SMTPDataError as error:
        # It was the command that was refused, not the mail.
        code, said = error.smtp_code, error.smtp_error if isinstance(error.smtp_error, bytes) else b""
    status = Status.SENT if code == 250 else Status.DEFERRED if code < 500 else Status.BOUNCED
    done = _all(taken, status, _text(code, said))
    return Dispatch(provider_id=_text(code, said) if code == 250 else "", changes=(*done.changes, *changes))


def _extensions(server: smtplib.SMTP, sender: str, recipients: Sequence[str], raw: bytes) -> list[str]:
    """The parameters of MAIL: what the mail needs of the server's extensions."""
    asked = [f"SIZE={len(raw)}"] if server.has_extn("size") else []
    if not raw.isascii() and server.has_extn("8bitmime"):
        asked.append("BODY=8BITMIME")
    if not all(address.isascii() for address in (sender, *recipients)):
        if not server.has_extn("smtputf8"):
            raise smtplib.SMTPNotSupportedError("it takes no address that is not ASCII (SMTPUTF8, RFC 6531)")
        server.command_encoding = "utf-8"
        asked.append("SMTPUTF8")
    return asked


def _refused(recipient: str, code: int, said: bytes) -> Change:
    if code < 500:
        return Change(address=recipient, status=Status.DEFERRED, diagnostic=_text(code, said))
    return Change(address=recipient, status=Status.BOUNCED, diagnostic=_text(code, said), lasting=True)


def _all(recipients: Sequence[str], status: Status, diagnostic: str) -> Dispatch:
    return Dispatch(changes=tuple(Change(address=one, status=status, diagnostic=diagnostic) for one in recipients))


def _said(error: smtplib.SMTPResponseException) -> str:
    said = error.smtp_error
    return _text(error.smtp_code, said if isinstance(said, bytes) else said.encode("utf-8", "replace"))


def _text(code: int, said: bytes) -> str:
    return f"{code} {' '.join(said.decode('utf-8', 'replace').split())}"[:_DIAGNOSTIC]
