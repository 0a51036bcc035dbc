"""The composition root of the AWS world: everything from outside that the service needs."""

from __future__ import annotations

import secrets
import threading
import time
from typing import TYPE_CHECKING

from chalicelib.aws.addresses import Addresses, Domains
from chalicelib.aws.clients import Clients
from chalicelib.aws.directory import Directory
from chalicelib.aws.index import Index
from chalicelib.aws.perimeter import Edges, Perimeter
from chalicelib.aws.raw_objects import RawObjects
from chalicelib.aws.register import Register
from chalicelib.aws.rules import Rules
from chalicelib.aws.statistics import Statistics
from chalicelib.aws.table import Table
from chalicelib.composition import MailIds, policy_of, system_clock
from chalicelib.ports import Policy
from chalicelib.resolving import DnsResolver

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from chalicelib.ports import Resolver
    from chalicelib.settings import Settings

LONGEST_PAUSE_SECONDS = 1.0


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
        resolver: Resolver | None = None,
        edges: Edges | None = None,
    ) -> None:
        clients = clients or Clients()
        shared = Table(clients, table)
        self.raw = RawObjects(clients, bucket)
        self.index = Index(shared)
        self.register = Register(shared, clock)
        self.directory = Directory(shared)
        self.addresses = Addresses(shared)
        self.domains = Domains(shared)
        self.statistics = Statistics(shared)
        self.rules = Rules(shared, clock)
        self.perimeter = Perimeter(shared, clock, clients, edges or Edges())
        self.resolver = resolver
        self.policy = policy or Policy()
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
        policy=policy_of(settings),
        resolver=DnsResolver() if settings.dns else None,
        edges=Edges(ipv4_set=settings.waf_ipv4_set, ipv6_set=settings.waf_ipv6_set, filters=settings.ses_filters),
    )
