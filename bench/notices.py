"""The outage on AWS, by simulation: 300,000 notices from four addresses through on_mail in batches, against moto.

Among every so many mails of the flood comes an honest one. Told are how soon the flood was shut out, how often WAF and
SES were written to, and whether honest mail was indexed. Time is simulated: 333 mails a second, as in the outage, which
was 15 minutes long; the worker runs after each change of a rule. A flooder's raw mail is put into the bucket until its
sender is shut out: deleting what is not there costs the same calls.
"""

from __future__ import annotations

import json
import logging
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from moto import mock_aws
from moto.dynamodb.models.table import Table
from tqdm import tqdm

from bench.report import Goal, Report, arguments
from chalicelib.actions.placing import place
from chalicelib.actions.sifting import Sieve
from chalicelib.aws.backend import AwsBackend
from chalicelib.aws.edges import Edges
from chalicelib.functions.on_mail import take_in
from chalicelib.mail.blocking import Action, Scope
from chalicelib.mail.detecting import Thresholds
from chalicelib.mail.flood_terms import FloodTerms
from chalicelib.mail.names import Inbox
from chalicelib.mail.shelf import Shelf
from chalicelib.ports import Policy
from tests.aws.events import batch, notice
from tests.aws.receipt_filters import ReceiptFilterAccount
from tests.stopped import StoppedClock
from tests.worlds import BUCKET, TABLE, make_stores

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalicelib.aws.clients import Clients
    from chalicelib.mail.blocking import BlockRule
    from chalicelib.ports import Backend

FLOODERS = ("198.51.100.11", "198.51.100.12", "203.0.113.13", "203.0.113.14")
HONEST = "192.0.2.20"
FLOODED, HONESTS = Inbox("flooded@rest.example"), Inbox("honest@rest.example")
BATCH = 10
RATE = 333
RAW = b"From: a@sender.example\r\nSubject: hello\r\n\r\nHello.\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a run."""

    rules: tuple[BlockRule, ...]
    honest_sent: int
    honest_indexed: int
    flood_taken: int
    dropped: int
    ip_set_updates: int
    filter_calls: int
    pauses: list[float]
    objects_left: int
    seconds_to_last_rule: float


@dataclass(kw_only=True)
class Simulation:
    """A service on moto, its edges, and a clock."""

    world: AwsBackend
    clients: Clients
    ses: ReceiptFilterAccount
    clock: StoppedClock
    pauses: list[float]
    flooded: Inbox = FLOODED
    honest: Inbox = HONESTS
    updates: list[str] = field(default_factory=list)
    _number: int = 0

    @classmethod
    @contextmanager
    def begun(cls, terms: FloodTerms) -> Iterator[Simulation]:
        """A simulation, until the block ends."""
        with mock_aws():
            clients = make_stores()
            pauses: list[float] = []
            sets = [_make_set(clients, version) for version in ("IPV4", "IPV6")]
            clock = StoppedClock()
            edges = Edges(ipv4_set=sets[0], ipv6_set=sets[1], filters=True, pause=pauses.append)
            policy = Policy(floods=terms)
            world = AwsBackend(table=TABLE, bucket=BUCKET, clients=clients, clock=clock, policy=policy, edges=edges)
            ses = ReceiptFilterAccount(clients)
            made = cls(world=world, clients=clients, ses=ses, clock=clock, pauses=pauses)
            clients.wafv2.meta.events.register(
                "before-call.wafv2.UpdateIPSet", lambda **_: made.updates.append("update")
            )
            yield made
            ses.close()

    def notice(self, ip: str, name: str, *, to: Inbox | None = None, stored: bool = True) -> str:
        """SES's notice of a mail from this address, with its raw mail in the bucket."""
        said = notice(name, recipients=[to or self.flooded])
        headers = [one for one in said["mail"]["headers"] if not one["name"].lower().startswith("received")]
        spf = {"name": "Received-SPF", "value": f"none (spfCheck: no) client-ip={ip}; helo=x;"} if ip else None
        said["mail"]["headers"] = [*([spf] if spf else []), *headers]
        said["mail"]["timestamp"] = self.clock().isoformat()
        if stored:
            self.clients.s3.put_object(Bucket=BUCKET, Key=f"inbound/{name}", Body=RAW)
        return json.dumps(said)

    def deliver(self, *bodies: str, sieve: Sieve | None = None) -> None:
        """Give these to on_mail as one batch."""
        answer = take_in(batch(*bodies), self.world, sieve)
        # moto copies its tables for each transaction, and remembers every copy: 20 GB after 200,000 notices.
        Table.instances_tracked.clear()  # type: ignore[attr-defined] # made by its metaclass
        if answer["batchItemFailures"]:
            raise RuntimeError(f"Records failed: {answer}")

    def objects(self) -> list[str]:
        """The raw mail in the bucket, by its keys."""
        pages = self.clients.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="inbound/")
        return [item["Key"] for page in pages for item in page.get("Contents", ())]

    def run(self, *, flood: int, honest_every: int, processes: int = 1, shown: bool = False) -> Result:
        """Deliver so many mails of the flood, and an honest one after every `honest_every` of them."""
        backend = cast("Backend", self.world)
        sieves = [Sieve(backend, Scope.MAIL) for _ in range(processes)]
        begun, last_rule, known = self.clock(), self.clock(), len(self.world.rules.rules())
        shut_out: frozenset[str] = frozenset()
        waiting: list[str] = []
        sent = 0
        for number in tqdm(range(flood), unit=" notices", disable=not shown):
            ip = FLOODERS[number % len(FLOODERS)]
            waiting.append(self.notice(ip, f"flood{number}", stored=ip not in shut_out))
            if number % honest_every == honest_every - 1:
                waiting.append(self.notice(HONEST, f"honest{number}", to=self.honest))
                sent += 1
            if len(waiting) >= BATCH or number == flood - 1:
                self.clock.move(timedelta(seconds=len(waiting) / RATE))
                self.deliver(*waiting, sieve=sieves[self._number % processes])
                self._number += 1
                waiting.clear()
                if sum(sieve.made for sieve in sieves) > known:
                    known = sum(sieve.made for sieve in sieves)
                    place(backend)
                    shut_out, last_rule = self._shut_out(), self.clock()
        return self._result(flood, sent, (last_rule - begun).total_seconds())

    def _shut_out(self) -> frozenset[str]:
        return frozenset(one.subject for one in self.world.rules.rules() if one.action is Action.BLOCK)

    def _result(self, flood: int, sent: int, seconds: float) -> Result:
        rules: Sequence[BlockRule] = self.world.rules.rules()
        return Result(
            rules=tuple(rules),
            honest_sent=sent,
            honest_indexed=self.world.index.count(Shelf.inbox(self.honest)).messages,
            flood_taken=flood - (dropped := sum(rule.hits for rule in rules)),
            dropped=dropped,
            ip_set_updates=len(self.updates),
            filter_calls=len(self.ses.calls),
            pauses=self.pauses,
            objects_left=len(self.objects()),
            seconds_to_last_rule=seconds,
        )


def _make_set(clients: Clients, version: str) -> str:
    made = clients.wafv2.create_ip_set(Name=version, Scope="REGIONAL", IPAddressVersion=version, Addresses=[])
    identity: dict[str, Any] = made["Summary"]
    return f"{version}|{identity['Id']}|REGIONAL"


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--notices", type=int, default=300_000, help="how many the flood has (default: 300000)")
    # What is taken before a rule is made costs moto most: it copies its whole table for each transaction.
    parser.add_argument("--arrivals", type=int, default=500, help="RESTANTE_FLOOD_ARRIVALS (default: 500)")
    parser.add_argument("--honest-every", type=int, default=100, help="an honest mail after so many (default: 100)")
    chosen = parser.parse_args()
    logging.getLogger().setLevel(logging.ERROR)
    begun = time.perf_counter()
    with Simulation.begun(FloodTerms(thresholds=Thresholds(arrivals=chosen.arrivals))) as simulation:
        result = simulation.run(flood=chosen.notices, honest_every=chosen.honest_every, processes=4, shown=True)
    report = Report()
    report.figures = {
        "notices": chosen.notices,
        "notices_per_second_on_moto": chosen.notices / (time.perf_counter() - begun),
        # A rule that is made again after it ended counts from 0.
        "dropped_by_the_rules_in_force": result.dropped,
        "ip_set_updates": result.ip_set_updates,
        "filter_calls": result.filter_calls,
        "simulated_seconds_to_last_rule": result.seconds_to_last_rule,
    }
    for name, value in report.figures.items():
        print(f"{name:32} {value:12.1f}")
    report.goals = {
        "rules": Goal(value=abs(len(result.rules) - len(FLOODERS)), goal=0, sense="at most"),
        "honest_lost": Goal(value=result.honest_sent - result.honest_indexed, goal=0, sense="at most"),
        "filter_calls": Goal(value=result.filter_calls, goal=len(FLOODERS), sense="at most"),
        "ip_set_updates": Goal(value=result.ip_set_updates, goal=len(FLOODERS), sense="at most"),
        "writes_without_a_pause": Goal(
            value=result.filter_calls + result.ip_set_updates - len(result.pauses), goal=0, sense="at most"
        ),
    }
    report.tell(chosen.json)


if __name__ == "__main__":
    main()
