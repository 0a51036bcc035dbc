"""The composition root of the AWS world: everything from outside that the service needs.

Each port is imported and made when it is used first: a function needs a few of them, and to import all of them would
be a fifth of its cold start.
"""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.aws.clients import Clients
from chalicelib.aws.edges import Edges
from chalicelib.aws.table import Table
from chalicelib.composition import MailIds, outbox_keep, policy_of, system_clock, target_rules_of
from chalicelib.mail.targets import TargetRules
from chalicelib.ports import Policy

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from chalicelib.aws.addresses import Addresses, Domains
    from chalicelib.aws.connections import Connections
    from chalicelib.aws.copies import Copies
    from chalicelib.aws.directory import Directory
    from chalicelib.aws.hooks import Deliveries, Hooks
    from chalicelib.aws.index import Index
    from chalicelib.aws.jobs import Jobs
    from chalicelib.aws.outbox import Outbox, Suppressions
    from chalicelib.aws.perimeter import Perimeter
    from chalicelib.aws.raw_objects import RawObjects
    from chalicelib.aws.register import Register
    from chalicelib.aws.rules import Rules
    from chalicelib.aws.statistics import Statistics
    from chalicelib.aws.uploads import Uploads
    from chalicelib.caching import TieredCache
    from chalicelib.ports.caching import SharedTier
    from chalicelib.ports.hooks import Messenger
    from chalicelib.ports.resolving import Resolver
    from chalicelib.ports.sending import Sender
    from chalicelib.settings import Settings

LONGEST_PAUSE_SECONDS = 1.0


class AwsBackend:
    """Ports on a table and a bucket. Nothing is asked of AWS before the first use. Tests stop its clock.

    `targets` says whom webhooks may reach where there is no `messenger`; `valkey` is where the shared tier of the
    cache is when it is not the table.
    """

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
        dns: bool = False,
        messenger: Messenger | None = None,
        configuration_set: str | None = None,
        targets: TargetRules | None = None,
        edges: Edges | None = None,
        valkey: str | None = None,
        cache_memory: int | None = None,
    ) -> None:
        self._clients = clients or Clients()
        self._queue = queue
        self._websocket = websocket
        self._dns = dns
        self._configuration_set = configuration_set
        self._messenger = messenger
        self._targets = targets or TargetRules()
        self._edges = edges or Edges()
        self._valkey = valkey
        self._cache_memory = cache_memory
        self.table = Table(self._clients, table)
        self.bucket = bucket
        self.policy = policy or Policy()
        self.now = clock
        self.entropy = entropy
        self.new_id = MailIds(clock, entropy).new_id

    @cached_property
    def raw(self) -> RawObjects:
        from chalicelib.aws.raw_objects import RawObjects

        return RawObjects(self._clients, self.bucket)

    @cached_property
    def cache(self) -> TieredCache:
        from chalicelib.caching import PROCESS_OCTETS, TieredCache

        return TieredCache(self._shared_tier(), octets=self._cache_memory or PROCESS_OCTETS)

    def _shared_tier(self) -> SharedTier:
        if self._valkey:
            from chalicelib.aws.valkey_cache import ValkeyCache

            return ValkeyCache(self._valkey)
        from chalicelib.aws.cache import TableCache

        return TableCache(self.table, self.now)

    @cached_property
    def links(self) -> Copies:
        from chalicelib.aws.copies import Copies

        return Copies(self.table, self._clients, self.bucket, self.now)

    @cached_property
    def index(self) -> Index:
        from chalicelib.aws.index import Index

        return Index(self.table)

    @cached_property
    def register(self) -> Register:
        from chalicelib.aws.register import Register

        days = self.policy.keep_days
        keep = None if days is None else timedelta(days=days)
        return Register(self.table, self.now, self.jobs.put, keep=keep)

    @cached_property
    def jobs(self) -> Jobs:
        from chalicelib.aws.jobs import Jobs

        return Jobs(self.table, self._clients, self._queue, self.now)

    @cached_property
    def hooks(self) -> Hooks:
        from chalicelib.aws.hooks import Hooks

        return Hooks(self.table)

    @cached_property
    def deliveries(self) -> Deliveries:
        from chalicelib.aws.hooks import Deliveries

        return Deliveries(self.table)

    @cached_property
    def connections(self) -> Connections:
        from chalicelib.aws.connections import Connections

        return Connections(self.table, self._clients, self._websocket, self.now)

    @cached_property
    def messenger(self) -> Messenger:
        if self._messenger is not None:
            return self._messenger
        from chalicelib.posting import HttpMessenger

        return HttpMessenger(self._targets)

    @cached_property
    def directory(self) -> Directory:
        from chalicelib.aws.directory import Directory

        return Directory(self.table)

    @cached_property
    def addresses(self) -> Addresses:
        from chalicelib.aws.addresses import Addresses

        return Addresses(self.table)

    @cached_property
    def domains(self) -> Domains:
        from chalicelib.aws.addresses import Domains

        return Domains(self.table)

    @cached_property
    def statistics(self) -> Statistics:
        from chalicelib.aws.statistics import Statistics

        return Statistics(self.table)

    @cached_property
    def rules(self) -> Rules:
        from chalicelib.aws.rules import Rules

        return Rules(self.table, self.now)

    @cached_property
    def perimeter(self) -> Perimeter:
        from chalicelib.aws.perimeter import Perimeter

        return Perimeter(self.table, self.now, self._clients, self._edges)

    @cached_property
    def resolver(self) -> Resolver | None:
        if not self._dns:
            return None
        from chalicelib.resolving import DnsResolver

        return DnsResolver()

    @cached_property
    def outbox(self) -> Outbox:
        from chalicelib.aws.outbox import Outbox

        keep = outbox_keep(self.policy)
        return Outbox(self.table, self._clients, self.bucket, lambda: self.jobs, self.now, keep=keep)

    @cached_property
    def suppressions(self) -> Suppressions:
        from chalicelib.aws.outbox import Suppressions

        return Suppressions(self.table)

    @cached_property
    def sender(self) -> Sender:
        from chalicelib.aws.pacing import Pacer
        from chalicelib.aws.sender import SesSender

        pacer = Pacer(self._clients, self.outbox.count, self.now)
        return SesSender(self._clients, pacer, self._configuration_set)

    @cached_property
    def uploads(self) -> Uploads:
        from chalicelib.aws.uploads import Uploads

        return Uploads(self._clients, self.bucket)

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
        # The receipt rule of SES hands over mail of these, and of no other that an account hosts.
        policy=replace(policy_of(settings), receives=settings.domains),
        configuration_set=settings.configuration_set,
        dns=settings.dns,
        targets=target_rules_of(settings),
        valkey=settings.valkey,
        cache_memory=settings.cache_memory,
        edges=Edges(ipv4_set=settings.waf_ipv4_set, ipv6_set=settings.waf_ipv6_set, filters=settings.ses_filters),
    )
