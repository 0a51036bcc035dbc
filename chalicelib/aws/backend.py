"""The composition root of the AWS world: everything from outside that the service needs."""

from __future__ import annotations

import secrets
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.aws.clients import Clients
from chalicelib.aws.directory import Directory
from chalicelib.aws.index import Index
from chalicelib.aws.raw_objects import RawObjects
from chalicelib.aws.table import Table
from chalicelib.mail.ids import ENTROPY_BYTES, mail_id
from chalicelib.ports import Policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.mail.message import MailId

_MILLISECOND = timedelta(milliseconds=1)


def system_clock() -> datetime:
    """The machine's time, in UTC."""
    return datetime.now(UTC)


class AwsBackend:
    """Ports on a table and a bucket. Nothing is asked of AWS before the first use. Tests stop its clock."""

    def __init__(
        self,
        *,
        table: str,
        bucket: str,
        policy: Policy | None = None,
        clients: Clients | None = None,
        clock: Callable[[], datetime] = system_clock,
        entropy: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        clients = clients or Clients()
        shared = Table(clients, table)
        self.raw = RawObjects(clients, bucket)
        self.index = Index(shared)
        self.directory = Directory(shared)
        self.policy = policy or Policy()
        self.bucket = bucket
        self.entropy = entropy
        self.now = clock
        self._id_lock = threading.Lock()
        self._last_id_at = datetime.min.replace(tzinfo=UTC)

    def new_id(self) -> MailId:
        with self._id_lock:
            self._last_id_at = max(self.now(), self._last_id_at + _MILLISECOND)
            return mail_id(self._last_id_at, self.entropy(ENTROPY_BYTES))
