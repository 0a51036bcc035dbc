"""The sessions of those who listen live: a WebSocket at /incoming-messages, and server-sent events of an inbox.

https://asgi.readthedocs.io/en/latest/specs/www.html; https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from chalicelib.actions import telling, watching
from chalicelib.actions.admitting import Caller, admit, digest_of
from chalicelib.actions.owning import NO_KEY, require_sight
from chalicelib.api.handling import STATUS_OF
from chalicelib.api.request import Request
from chalicelib.errors import BadRequest, RestanteError, Unauthorized
from chalicelib.mail.addresses import inbox_of, is_address
from chalicelib.mail.names import Inbox
from chalicelib.mail.shelf import Shelf
from restante.embedded.http.gateway import HttpRequest, HttpResponse, event_of, refusal
from restante.embedded.http.live import Listener, Live

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, MutableMapping

    from restante.embedded.backend import EmbeddedBackend

    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATH = "/incoming-messages"
SUBPROTOCOL = "restante"
_KEY_PREFIX = "key."
HEARTBEAT_SECONDS = 15.0
"""So often an event stream says that it is still there: proxies end what is silent for a minute."""
RESUMED = 100
"""As many messages that came while a reader was away are told when it is back."""
_EVENTS = re.compile(r"/api/addresses/([^/]+)/events/?")
_ROUTE = "/api/addresses/{email}/events"
# RFC 6455, 7.4.1: against the policy; try again later.
_REFUSED, _TOO_SLOW, _GONE = 1008, 1013, 1001


async def serve_websocket(
    live: Live, backend: EmbeddedBackend, scope: MutableMapping[str, Any], receive: Receive, send: Send
) -> None:
    """Serve one WebSocket from its handshake to its end."""
    await receive()
    if scope["path"].rstrip("/") != PATH:
        await send({"type": "websocket.close", "code": _REFUSED})
        return
    # The protocol has to be chosen from those that were offered (RFC 6455, 4.2.2).
    chosen = {"subprotocol": SUBPROTOCOL} if SUBPROTOCOL in scope.get("subprotocols", ()) else {}
    await send({"type": "websocket.accept", **chosen})
    try:
        listener, first = await live.ask(lambda: _listener(backend, scope))
    except RestanteError as error:
        await _say(send, json.dumps(watching.refused(error)))
        await send({"type": "websocket.close", "code": _REFUSED})
        return
    await live.join(listener)
    try:
        await _say(send, json.dumps(first))
        await _until_either(_tell(listener, send), _until_gone(receive, "websocket.disconnect"))
    finally:
        live.leave(listener)


def inbox_of_events(scope: MutableMapping[str, Any]) -> str | None:
    """The inbox, as the path has it, whose events are asked for; None for any other path."""
    raw_path = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0].decode("latin-1")
    found = _EVENTS.fullmatch(raw_path)
    return unquote(found[1]) if found else None


async def serve_events(
    live: Live, backend: EmbeddedBackend, http: HttpRequest, name: str, receive: Receive, send: Send
) -> HttpResponse | None:
    """Serve an inbox's event stream until its reader is gone; answers with the refusal where there is nothing to hear.

    A reader that comes back (Last-Event-ID) is told first what came meanwhile.
    """
    request = Request(event_of(http, _ROUTE, {"email": name}))
    try:
        listener = await live.ask(lambda: _reader(backend, request.ip, request.key, name))
    except RestanteError as error:
        return refusal(http, STATUS_OF[type(error)], type(error).__name__, error.message)
    await live.join(listener)
    try:
        await send({"type": "http.response.start", "status": 200, "headers": _stream_headers(http)})
        await _stream(send, "retry: 2000\n: listening\n\n")
        last = request.headers.get("last-event-id")
        missed = await live.ask(lambda: _missed(backend, Inbox(inbox_of(name)), last)) if last else []
        for message, data in missed:
            await _stream(send, _event(message, data))
        await _until_either(
            _stream_events(listener, send, {message for message, _ in missed}),
            _until_gone(receive, "http.disconnect"),
        )
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        live.leave(listener)
    return None


def _listener(backend: EmbeddedBackend, scope: MutableMapping[str, Any]) -> tuple[Listener, dict[str, Any]]:
    """Who listens, and the first frame: to the names in `addresses`, or as the reader of one `inbox`."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    key = next((query[name][-1] for name in ("key", "_mailsacKey") if name in query), headers.get(b"mailsac-key"))
    key = key or _key_among(scope.get("subprotocols", ()))
    ip = (scope.get("client") or ("",))[0]
    if "inbox" in query:
        reader = _reader(backend, ip, key, query["inbox"][-1])
        return reader, {"status": 200, "msg": "Listening", "inbox": reader.inbox}
    watching.require_not_shut_out(backend, ip)
    if not key:
        raise Unauthorized(NO_KEY)
    names = [name for several in query.get("addresses", ()) for name in several.split(",")]
    watched = watching.watch(backend, Caller(account=admit(backend, key), ip=ip), names)
    return Listener(ears=watched.ears, key=digest_of(key)), watching.listening(watched)


def _key_among(subprotocols: Iterable[str]) -> str | None:
    """The key as a page can give it, which has no headers for a WebSocket: "key." and its base64url (RFC 4648, 5)."""
    for name in subprotocols:
        if name.startswith(_KEY_PREFIX):
            written = name.removeprefix(_KEY_PREFIX)
            with suppress(ValueError):
                return base64.urlsafe_b64decode(written + "=" * (-len(written) % 4)).decode()
    return None


def _reader(backend: EmbeddedBackend, ip: str, key: str | None, name: str) -> Listener:
    watching.require_not_shut_out(backend, ip)
    if not is_address(name):
        raise BadRequest("email: expected an email address", field="email")
    inbox = Inbox(inbox_of(name))
    account = admit(backend, key) if key else None
    require_sight(backend, Caller(account=account, ip=ip), inbox)
    return Listener(
        inbox=inbox,
        account=account.id if account else None,
        key=digest_of(key) if key is not None and account else None,
    )


def _missed(backend: EmbeddedBackend, inbox: Inbox, last: str) -> list[tuple[str, str]]:
    newest = backend.index.messages(Shelf.inbox(inbox), limit=RESUMED)
    return [(one.id, telling.event_of(backend, one)) for one in reversed(newest) if one.id > last]


def _stream_headers(http: HttpRequest) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-accel-buffering", b"no"),
        (b"x-request-id", http.id.encode()),
    ]


async def _tell(listener: Listener, send: Send) -> None:
    while (told := await listener.queue.get()) is not None:
        await _say(send, told[1])
    await send({"type": "websocket.close", "code": _TOO_SLOW if listener.is_too_slow else _GONE})


async def _stream_events(listener: Listener, send: Send, known: set[str]) -> None:
    while True:
        try:
            told = await asyncio.wait_for(listener.queue.get(), HEARTBEAT_SECONDS)
        except TimeoutError:
            await _stream(send, ":\n\n")
            continue
        if told is None:
            return
        if told[0] not in known:
            await _stream(send, _event(*told))


def _event(message: str, data: str) -> str:
    return f"event: message\nid: {message}\ndata: {data}\n\n"


async def _until_gone(receive: Receive, kind: str) -> None:
    # What clients say is of no interest.
    while (await receive())["type"] != kind:
        pass


async def _until_either(*coroutines: Any) -> None:
    """Run these until one of them ends, then stop the others; raises what that one raised."""
    tasks = [asyncio.create_task(one) for one in coroutines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        # To send to a client that has gone is an OSError (ASGI, "Send after disconnect").
        with suppress(OSError):
            task.result()


async def _say(send: Send, text: str) -> None:
    await send({"type": "websocket.send", "text": text})


async def _stream(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
