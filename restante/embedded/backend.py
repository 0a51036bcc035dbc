"""The composition root of the embedded world: everything from outside that the service needs, on one machine."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.caching import PROCESS_OCTETS, TieredCache
from chalicelib.composition import MailIds, outbox_keep, policy_of, system_clock, target_rules_of
from chalicelib.mail.targets import TargetRules
from chalicelib.ports import Policy
from chalicelib.ports.resolving import Resolver
from chalicelib.posting import HttpMessenger
from chalicelib.resolving import DnsResolver
from restante.embedded.addresses import Addresses, Domains
from restante.embedded.cache import CACHE_TERMS, SHARED_OCTETS, SharedCache
from restante.embedded.database import Database
from restante.embedded.directory import Directory
from restante.embedded.feed import Feed
from restante.embedded.hooks import Deliveries, Hooks
from restante.embedded.index import Index
from restante.embedded.jobs import Jobs
from restante.embedded.local_delivery import LocalDelivery
from restante.embedded.outbox import Outbox, Suppressions
from restante.embedded.perimeter import Perimeter
from restante.embedded.raw_mail import RawMail
from restante.embedded.register import Register
from restante.embedded.relaying import Relaying, relay_of
from restante.embedded.rules import Rules
from restante.embedded.statistics import Statistics
from restante.embedded.uploads import Uploads

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from chalicelib.ports.hooks import Messenger
    from chalicelib.ports.resolving import Resolver
    from chalicelib.ports.sending import Sender
    from chalicelib.settings import Settings
    from restante.embedded.relaying import Relay


class EmbeddedBackend:
    """Ports on a folder: files for raw mail, SQLite for the rest. Tests stop its clock and count its entropy."""

    def __init__(  # noqa: PLR0913 - everything from outside, each by its name
        self,
        data: Path,
        policy: Policy | None = None,
        *,
        clock: Callable[[], datetime] = system_clock,
        entropy: Callable[[int], bytes] = secrets.token_bytes,
        resolver: Resolver | None = None,
        relay: Relay | None = None,
        messenger: Messenger | None = None,
        cache_memory: int = PROCESS_OCTETS,
        cache_shared: int = SHARED_OCTETS,
    ) -> None:
        # Mail holds secrets, such as links that reset a password: no business of the machine's other users.
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.database = Database(data / "restante.sqlite3")
        self.raw = RawMail(data / "mail")
        self._shared_cache = SharedCache(data / "cache.sqlite3", cache_shared)
        self.cache = TieredCache(self._shared_cache, octets=cache_memory, terms=CACHE_TERMS)
        self.links = None
        self.index = Index(self.database)
        self.register = Register(self.database)
        self.directory = Directory(self.database)
        self.addresses = Addresses(self.database)
        self.domains = Domains(self.database)
        self.statistics = Statistics(self.database)
        self.rules = Rules(self.database, clock)
        self.perimeter = Perimeter(self.database)
        self.jobs = Jobs(self.database, clock)
        self.hooks = Hooks(self.database)
        self.deliveries = Deliveries(self.database)
        self.feed = Feed(self.database)
        self.messenger = messenger or HttpMessenger(TargetRules())
        self.policy = policy or Policy()
        self.outbox = Outbox(self.database, clock, outbox_keep(self.policy))
        self.suppressions = Suppressions(self.database)
        self.uploads = Uploads(data / "uploads", self.directory, clock)
        local = LocalDelivery(self)
        self.sender: Sender = local if relay is None else Relaying(self, local, relay)
        self.resolver = resolver
        self.entropy = entropy
        self.now = clock
        self.new_id = MailIds(clock, entropy).new_id

    def pause(self, most: float) -> float:
        """See ports.Backend. The HTTP server waits itself (http/server.py); this serves whoever calls without it."""
        return self.database.wait_for_change(most)

    def close(self) -> None:
        """Close what this thread has open; the backend may be used again."""
        self.raw.close()
        self._shared_cache.close()
        self.database.close()


def backend_of(settings: Settings) -> EmbeddedBackend:
    """The backend that these settings ask for. Raises OSError where the data folder cannot be used, Unavailable."""
    return EmbeddedBackend(
        settings.data,
        replace(policy_of(settings), smtp=str(settings.smtp)),
        resolver=DnsResolver() if settings.dns else None,
        relay=relay_of(settings),
        messenger=HttpMessenger(target_rules_of(settings)),
        cache_memory=settings.cache_memory,
        cache_shared=settings.cache_shared,
    )
