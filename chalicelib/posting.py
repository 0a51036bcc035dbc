"""The Messenger port: HTTP calls that users aim, to where they may go and no further.

A host is resolved once, each of its addresses is checked, and the connection is made to that very address: what the
name means a moment later does not matter. Each redirect is checked as the first URL was. One watch ends a call when its
time is over, wherever it hangs: a peer that sends a byte now and then gains nothing.
"""

from __future__ import annotations

import http.client
import queue
import socket
import ssl
import threading
import time
from contextlib import ExitStack, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Self
from urllib.parse import urljoin

from chalicelib.mail.targets import Target, TargetRules, target_of
from chalicelib.ports.hooks import Answer
from chalicelib.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Resolve = Callable[[str, int], list[str]]

SECONDS = 15.0
"""How long one call may take, redirects and all. Standard Webhooks advises 15 to 30."""
CONNECT_SECONDS = 5.0
REDIRECTS = 3
START_BYTES = 1024
"""So much of an answer's body is read."""
_KEEPS_METHOD = {307, 308}
"""Redirects after which the same is posted again (RFC 9110, 15.4.8 and 15.4.9); others would make a GET of it."""


class _RefusedError(Exception):
    """The receiver may not be asked."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host as the system resolves it, every spelling of a number included. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class HttpMessenger:
    """See ports.Messenger. Tests bring their own `resolve`, certificates and bounds."""

    def __init__(
        self,
        rules: TargetRules,
        *,
        resolve: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self._rules = rules
        self._resolve = resolve
        self._given_tls = tls
        self._seconds = seconds

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        begun = time.monotonic()
        deadline = begun + self._seconds
        answer = Answer(status=None, seconds=0.0)
        try:
            for _ in range(1 + REDIRECTS):
                answer, url = self._call(url, headers, body, deadline)
                if not url:
                    break
            else:
                answer = Answer(status=answer.status, seconds=0.0, failure=f"More than {REDIRECTS} redirects")
        except _RefusedError as error:
            answer = Answer(status=None, seconds=0.0, failure=str(error), refused=True)
        except (OSError, http.client.HTTPException, ValueError) as error:
            failure = _words(error) if time.monotonic() < deadline else f"No answer within {self._seconds:g} seconds"
            answer = Answer(status=None, seconds=0.0, failure=failure)
        return Answer(
            status=answer.status,
            seconds=round(time.monotonic() - begun, 3),
            start=answer.start,
            failure=answer.failure,
            refused=answer.refused,
        )

    def never(self, url: str) -> str | None:
        return self._rules.never(target_of(url))

    def _call(self, url: str, headers: Mapping[str, str], body: bytes, deadline: float) -> tuple[Answer, str]:
        """One call; answers with where it is redirected to, or "" when that is all."""
        try:
            target = target_of(url)
        except ValueError as error:
            raise _RefusedError(str(error)) from None
        with ExitStack() as stack:
            sock = self._connect(target, deadline, stack)
            connection = stack.enter_context(_Connection(target, sock))
            sent = {"User-Agent": f"Restante/{VERSION}", "Connection": "close", **headers}
            connection.request("POST", target.path, body, sent)
            response = connection.getresponse()
            if time.monotonic() >= deadline:
                # It was the watch that ended the header, and not the receiver.
                raise TimeoutError
            location = response.headers.get("Location")
            if response.status in _KEEPS_METHOD and location:
                return Answer(status=response.status, seconds=0.0), urljoin(url, location)
            return Answer(status=response.status, seconds=0.0, start=_start(response)), ""

    def _connect(self, target: Target, deadline: float, stack: ExitStack) -> socket.socket:
        refusal = self._rules.refusal(target)
        if refusal:
            raise _RefusedError(refusal)
        addresses = self._addresses(target, deadline)
        # One bad address among good ones is how a name is made to lead inside at the second try.
        if not addresses or not all(self._rules.may_ask(target, address) for address in addresses):
            raise _RefusedError(f"{target.host} is not a public address: it may not be asked")
        sock = stack.enter_context(_connected(addresses, target.port, deadline))
        watch = threading.Timer(max(0.0, deadline - time.monotonic()), _hang_up, [sock.dup()])
        watch.daemon = True
        watch.start()
        stack.callback(_end_watch, watch)
        return stack.enter_context(self._tls.wrap_socket(sock, server_hostname=target.host)) if target.tls else sock

    def _addresses(self, target: Target, deadline: float) -> list[str]:
        # The system's resolver takes no time-out: it is left behind where it hangs.
        found: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

        def ask() -> None:
            try:
                found.put(self._resolve(target.host, target.port))
            except (OSError, UnicodeError) as error:
                found.put(error)

        threading.Thread(target=ask, name="resolver", daemon=True).start()
        try:
            answer = found.get(timeout=max(0.001, deadline - time.monotonic()))
        except queue.Empty:
            raise TimeoutError from None
        if isinstance(answer, Exception):
            raise OSError(f"{target.host} cannot be resolved")
        return answer

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self._given_tls or ssl.create_default_context()


class _Connection(http.client.HTTPConnection):
    """A connection over a socket that is connected already, and checked."""

    def __init__(self, target: Target, sock: socket.socket) -> None:
        super().__init__(target.host, target.port)
        # It leaves the port out of the Host header where that is the usual one (RFC 9110, 7.2).
        self.default_port = 443 if target.tls else 80
        self.sock = sock

    def connect(self) -> None:
        raise OSError("The connection was closed")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _connected(addresses: list[str], port: int, deadline: float) -> socket.socket:
    for number, address in enumerate(addresses):
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        try:
            sock = socket.create_connection((address, port), timeout=min(left, CONNECT_SECONDS))
        except OSError:
            if number + 1 == len(addresses):
                raise
        else:
            sock.settimeout(left)
            return sock
    raise TimeoutError


def _hang_up(sock: socket.socket) -> None:
    with sock, suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _end_watch(watch: threading.Timer) -> None:
    watch.cancel()
    watch.join()
    for sock in watch.args:
        sock.close()


def _start(response: http.client.HTTPResponse) -> str:
    begun = b""
    # The status says whether it was taken: that the body breaks off changes nothing.
    with suppress(OSError, http.client.HTTPException, ValueError):
        while len(begun) < START_BYTES and (piece := response.read1(START_BYTES - len(begun))):
            begun += piece
    return begun.decode("utf-8", "replace")


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The certificate cannot be trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or type(error).__name__}"
    if isinstance(error, TimeoutError):
        return "Nobody answered in time"
    if isinstance(error, OSError):
        return error.strerror or str(error) or type(error).__name__
    return f"The answer is no HTTP: {type(error).__name__}"
