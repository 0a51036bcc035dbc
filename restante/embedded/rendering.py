"""Rendering what has just come before anybody asks, in the process that does the work that was put off.

Receiving pays nothing for it: no job is written for a mail, the feed tells what came. Who floods us is not waited for:
of a backlog only the newest mails are rendered.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from chalicelib.actions.reading import open_message
from chalicelib.actions.rendering import render_ahead
from chalicelib.errors import NotFound, RestanteError
from chalicelib.mail.rendering import may_be_rendered_at_arrival

if TYPE_CHECKING:
    from chalicelib.mail.message import Message
    from restante.embedded.backend import EmbeddedBackend

log = logging.getLogger(__name__)

BACKLOG = 100
"""Of what came since the last look, the newest so many mails are rendered."""
REST_SECONDS = 0.2
"""How long it rests after each look, so that what it reads of a flood is bounded."""
LOOK_SECONDS = 1.0
"""How often it is looked, at least, whether it should end; what comes is seen at once."""


class Renderer:
    """Follows the feed from where it is when this is made."""

    def __init__(self, backend: EmbeddedBackend) -> None:
        self._backend = backend
        self._position = backend.feed.end()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="renderer", daemon=True)

    def start(self) -> None:
        """Follow on a thread of its own, until `close`."""
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._ended.set()
        self._thread.join()

    def catch_up(self) -> int:
        """Render what came since the last time; answers with how many renderings were made. Raises Unavailable."""
        made, end = 0, self._backend.feed.end()
        at = max(self._position, end - BACKLOG)
        # What was cut from the feed meanwhile is not missed.
        self._position = end
        while at < end:
            before = at
            at, messages = self._backend.feed.since(at)
            if at == before:
                break
            for message in {message.mail.id: message for message in messages}.values():
                if may_be_rendered_at_arrival(message.mail.size, self._backend.cache.terms):
                    made += self._rendered(message)
        self._position = max(end, at)
        return made

    def _rendered(self, message: Message) -> int:
        try:
            return render_ahead(open_message(self._backend, message.inbox, message.id))
        except NotFound:
            # It was deleted already.
            return 0

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._backend.database.wait_for_change(LOOK_SECONDS)
                self.catch_up()
                # A flood must not find us reading all that it brings.
                self._ended.wait(REST_SECONDS)
            except RestanteError as error:
                log.warning("Mail is rendered when it is asked for: %s", error)
                self._ended.wait(LOOK_SECONDS)
        self._backend.close()
