"""The composition root of the embedded world: everything from outside that the service needs, on one machine."""

from __future__ import annotations

import secrets
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.mail.ids import ENTROPY_BYTES, mail_id
from chalicelib.mail.mime import Bounds
from chalicelib.ports import Policy
from restante.embedded.database import Database
from restante.embedded.directory import Directory
from restante.embedded.index import Index
from restante.embedded.raw_files import RawFiles

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chalicelib.mail.message import MailId
    from chalicelib.settings import Settings

_MILLISECOND = timedelta(milliseconds=1)


def system_clock() -> datetime:
    """The machine's time, in UTC."""
    return datetime.now(UTC)


class EmbeddedBackend:
    """Ports on a folder: files for raw mail, SQLite for the rest. Tests stop its clock and count its entropy."""

    def __init__(
        self,
        data: Path,
        policy: Policy | None = None,
        *,
        clock: Callable[[], datetime] = system_clock,
        entropy: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self.database = Database(data / "restante.sqlite3")
        self.raw = RawFiles(data / "mail")
        self.index = Index(self.database)
        self.directory = Directory(self.database)
        self.policy = policy or Policy()
        self.entropy = entropy
        self.now = clock
        self._id_lock = threading.Lock()
        self._last_id_at = datetime.min.replace(tzinfo=UTC)

    def new_id(self) -> MailId:
        with self._id_lock:
            # Two mails of one millisecond, or of a clock set back, still sort as they came.
            self._last_id_at = max(self.now(), self._last_id_at + _MILLISECOND)
            return mail_id(self._last_id_at, self.entropy(ENTROPY_BYTES))


def policy_of(settings: Settings) -> Policy:
    """What these settings say about behaviour."""
    return Policy(
        domains=settings.domains,
        hostname=settings.hostname,
        bounds=Bounds(
            depth=settings.mime_depth,
            parts=settings.mime_parts,
            header_bytes=settings.mime_header_bytes,
            parameters=settings.mime_parameters,
        ),
    )
