"""Live push on one machine: WebSocket listeners, and server-sent events.

One task follows the feed for all who listen: each mail is read once, and made into a frame once, however many hear it.
Every listener has a queue of its own, so one that reads slowly keeps nobody waiting, and is sent away when it is full.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from chalicelib.actions import telling, watching
from chalicelib.actions.owning import holding_of
from chalicelib.errors import NotFound, RestanteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Executor

    from chalicelib.actions.watching import Ear
    from chalicelib.mail.message import Message
    from chalicelib.mail.names import Inbox
    from restante.embedded.backend import EmbeddedBackend
    from restante.embedded.http.change_watch import ChangeWatch

log = logging.getLogger(__name__)

QUEUE = 500
"""Frames that may wait for one listener; they are the same bytes for all who hear them."""
LOOK_SECONDS = 10.0
"""So often it is looked who still listens, though nothing came."""
_END: Final = None


class Listener:
    """Somebody who listens: to names (`ears`) as a WebSocket client, or to one inbox as its reader."""

    def __init__(
        self,
        *,
        ears: Iterable[Ear] = (),
        inbox: Inbox | None = None,
        account: str | None = None,
        key: str | None = None,
    ) -> None:
        self.ears = frozenset(ears)
        self.inbox = inbox
        self.account = account
        self.key = key
        """The digest of the key it came with."""
        self.queue: asyncio.Queue[tuple[str, str] | None] = asyncio.Queue(QUEUE + 1)
        self.is_too_slow = False

    @property
    def names(self) -> frozenset[str]:
        """What it listens to."""
        own = frozenset(ear.name for ear in self.ears)
        return own if self.inbox is None else own | {self.inbox}

    def tell(self, message: str, frame: str) -> None:
        """Put a frame into its queue; where there is no room it is sent away."""
        if self.is_too_slow:
            return
        if self.queue.qsize() >= QUEUE:
            self.is_too_slow = True
            self.end()
        else:
            self.queue.put_nowait((message, frame))

    def end(self) -> None:
        """Let it hear no more; what waits for it is dropped."""
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(_END)


class Live:
    """Everybody who listens at this server. Belongs to one event loop."""

    def __init__(self, backend: EmbeddedBackend, changes: ChangeWatch, threads: Executor) -> None:
        self._backend = backend
        self._changes = changes
        self._threads = threads
        self._by_name: dict[str, set[Listener]] = {}
        self._following: asyncio.Task[None] | None = None
        self._position = 0
        self._joining = asyncio.Lock()

    @property
    def listeners(self) -> set[Listener]:
        """Who listens now."""
        return {listener for several in self._by_name.values() for listener in several}

    def end(self) -> None:
        """Send everybody away."""
        for listener in self.listeners:
            listener.end()

    async def join(self, listener: Listener) -> None:
        """Let somebody hear what comes from now on, until they `leave`."""
        # One after the other: a second reading of the feed's end would skip what the first listener is to hear.
        async with self._joining:
            begins = self._following is None or self._following.done()
            if begins:
                self._position = await self.ask(self._backend.feed.end)
            for name in listener.names:
                self._by_name.setdefault(name, set()).add(listener)
            if begins:
                self._following = asyncio.create_task(self._follow())

    def leave(self, listener: Listener) -> None:
        """Forget somebody."""
        for name in listener.names:
            self._by_name[name].discard(listener)
            if not self._by_name[name]:
                del self._by_name[name]
        if not self._by_name and self._following is not None:
            # Who comes next hears what comes from then on, and not what came in between.
            self._following.cancel()
            self._following = None

    async def ask(self, question: Callable[[], Any]) -> Any:
        """Ask the backend in a thread of the pool: the event loop never waits for a disk."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, question)

    async def _follow(self) -> None:
        while self._by_name:
            seen = self._changes.seen()
            messages: tuple[Message, ...] = ()
            try:
                self._position, messages = await self.ask(lambda: self._backend.feed.since(self._position))
            except RestanteError as error:
                log.warning("Listeners cannot be told now: %s", error)
            for message in messages:
                try:
                    await self._tell(message)
                except Exception:
                    # Whatever is wrong with one mail, the others have to be told.
                    log.exception("Listeners were not told of %s", message.id)
            if not messages:
                await self._changes.wait(seen, LOOK_SECONDS)

    async def _tell(self, message: Message) -> None:
        names = watching.names_of(message)
        some = {listener for name in names for listener in self._by_name.get(name, ())}
        if not some:
            return
        keys = {listener.key for listener in some if listener.key is not None}
        holding, revoked = await self.ask(
            lambda: (holding_of(self._backend, message.inbox), watching.revoked_of(self._backend, keys))
        )
        for listener in [one for one in some if one.key in revoked]:
            some.remove(listener)
            listener.end()
        ears = watching.ears_of(holding)
        hearing = [one for one in some if not ears.isdisjoint(one.ears)]
        reading = [
            one for one in some if one.inbox == message.inbox and watching.may_read(self._backend, holding, one.account)
        ]
        for listeners, made in ((hearing, telling.frame_of), (reading, telling.event_of)):
            if listeners:
                # It may have been deleted meanwhile.
                with suppress(NotFound):
                    frame = await self.ask(lambda made=made: made(self._backend, message))  # type: ignore[misc] # bound now
                    for listener in listeners:
                        listener.tell(message.id, frame)
