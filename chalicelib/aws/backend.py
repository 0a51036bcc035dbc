"""The composition root of the AWS world: everything from outside that the service needs."""

from __future__ import annotations

import secrets
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.aws.addresses import Addresses, Domains
from chalicelib.aws.cache import TableCache
from chalicelib.aws.clients import Clients
from chalicelib.aws.connections import Connections
from chalicelib.aws.copies import Copies
from chalicelib.aws.directory import Directory
from chalicelib.aws.hooks import Deliveries, Hooks
from chalicelib.aws.index import Index
from chalicelib.aws.jobs import Jobs
from chalicelib.aws.outbox import Outbox, Suppressions
from chalicelib.aws.pacing import Pacer
from chalicelib.aws.perimeter import Edges, Perimeter
from chalicelib.aws.raw_objects import RawObjects
from chalicelib.aws.register import Register
from chalicelib.aws.rules import Rules
from chalicelib.aws.sender import SesSender
from chalicelib.aws.statistics import Statistics
from chalicelib.aws.table import Table
from chalicelib.aws.uploads import Uploads
from chalicelib.aws.valkey_cache import ValkeyCache
from chalicelib.caching import PROCESS_OCTETS, TieredCache
from chalicelib.composition import MailIds, outbox_keep, policy_of, system_clock, target_rules_of
from chalicelib.mail.targets import TargetRules
from chalicelib.ports import Policy
from chalicelib.ports.resolving import Resolver
from chalicelib.posting import HttpMessenger
from chalicelib.resolving import DnsResolver

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from chalicelib.ports.hooks import Messenger
    from chalicelib.ports.resolving import Resolver
    from chalicelib.ports.sending import Sender
    from chalicelib.settings import Settings

LONGEST_PAUSE_SECONDS = 1.0


class AwsBackend:
    """Ports on a table and a bucket. Nothing is asked of AWS before the first use. Tests stop its clock."""

    def __init__(  # noqa: PLR0913 - everything from outside, each by its name
        self,
        *,
        table: str,
        bucket: str,
        queue: str = "",
        websocket: str = "",
        policy: Policy | None = None,
        clients: Clients | None = None,
        clock: Callable[[], datetime] = system_clock,
        entropy: Callable[[int], bytes] = secrets.token_bytes,
        resolver: Resolver | None = None,
        configuration_set: str | None = None,
        messenger: Messenger | None = None,
        edges: Edges | None = None,
        valkey: str | None = None,
        cache_memory: int = PROCESS_OCTETS,
    ) -> None:
        clients = clients or Clients()
        shared = Table(clients, table)
        self.table = shared
        self.raw = RawObjects(clients, bucket)
        tier = ValkeyCache(valkey) if valkey else TableCache(shared, clock)
        self.cache = TieredCache(tier, octets=cache_memory)
        self.links = Copies(shared, clients, bucket, clock)
        self.index = Index(shared)
        self.jobs = Jobs(shared, clients, queue, clock)
        self.policy = policy or Policy()
        days = self.policy.keep_days
        self.register = Register(shared, clock, self.jobs.put, keep=None if days is None else timedelta(days=days))
        self.hooks = Hooks(shared)
        self.deliveries = Deliveries(shared)
        self.connections = Connections(shared, clients, websocket, clock)
        self.messenger = messenger or HttpMessenger(TargetRules())
        self.directory = Directory(shared)
        self.addresses = Addresses(shared)
        self.domains = Domains(shared)
        self.statistics = Statistics(shared)
        self.rules = Rules(shared, clock)
        self.perimeter = Perimeter(shared, clock, clients, edges or Edges())
        self.resolver = resolver
        self.outbox = Outbox(shared, clients, bucket, lambda: self.jobs, clock, keep=outbox_keep(self.policy))
        self.suppressions = Suppressions(shared)
        self.sender: Sender = SesSender(clients, Pacer(clients, self.outbox.count, clock), configuration_set)
        self.uploads = Uploads(clients, bucket)
        self.bucket = bucket
        self.now = clock
        self.entropy = entropy
        self.new_id = MailIds(clock, entropy).new_id

    def pause(self, most: float) -> float:
        """See ports.Backend. Nobody tells a Lambda function that mail has come: it looks again after a second."""
        begun = time.monotonic()
        threading.Event().wait(max(0.0, min(most, LONGEST_PAUSE_SECONDS)))
        return time.monotonic() - begun


def backend_of(settings: Settings) -> AwsBackend:
    """The backend that these settings ask for; region and credentials come from the environment, as AWS defines it."""
    return AwsBackend(
        table=settings.table,
        bucket=settings.bucket,
        queue=settings.queue,
        websocket=settings.websocket,
        policy=policy_of(settings),
        configuration_set=settings.configuration_set,
        resolver=DnsResolver() if settings.dns else None,
        messenger=HttpMessenger(target_rules_of(settings)),
        valkey=settings.valkey,
        cache_memory=settings.cache_memory,
        edges=Edges(ipv4_set=settings.waf_ipv4_set, ipv6_set=settings.waf_ipv6_set, filters=settings.ses_filters),
    )
