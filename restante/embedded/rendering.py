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

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend

log = logging.getLogger(__name__)

BACKLOG = 200
"""Of what came since the last look, the newest so many mails are rendered."""
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
        self._position = max(self._position, self._backend.feed.end() - BACKLOG)
        made = 0
        while True:
            self._position, messages = self._backend.feed.since(self._position)
            if not messages:
                return made
            for message in {message.mail.id: message for message in messages}.values():
                try:
                    made += render_ahead(open_message(self._backend, message.inbox, message.id))
                except NotFound:
                    # It was deleted already.
                    continue

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self.catch_up()
                self._backend.database.wait_for_change(LOOK_SECONDS)
            except RestanteError as error:
                log.warning("Mail is rendered when it is asked for: %s", error)
                self._ended.wait(LOOK_SECONDS)
        self._backend.close()
