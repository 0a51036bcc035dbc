"""Whether an operation gets dearer with what is stored: its units at several numbers of messages, beside each other.

The table is DynamoDB Local (tools/dynamodb_local.py) where Java and Maven are: moto copies its whole table for each
transaction, and is asked for a thousand messages at most.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from moto import mock_aws

from bench.costing.filling import fill
from bench.costing.service import ANA, BATCH, BO, PAGE, Service, mail_of
from bench.costing.steps import KEEP_DAYS
from bench.report import Goal, print_table
from chalicelib.aws.clients import Clients
from chalicelib.aws.items import INDEX_SHARDS
from chalicelib.mail.holding import Domain
from chalicelib.mail.names import Inbox
from chalicelib.mail.shelf import ShelfKind
from chalicelib.ports import Policy
from tests.worlds import REGION, LocalClients
from tools.dynamodb_local import fetched, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bench.costing.steps import Step
    from bench.report import Report

SIZES = (100, 1_000, 10_000, 100_000)
MOST_ON_MOTO = 1_000
OTHERS = 10
"""As many other inboxes of the domain have a hundredth of the messages each."""
DOMAIN = "rest.example"
OCTETS = 5_000
FULL = PAGE * INDEX_SHARDS[ShelfKind.DOMAIN]
"""Of fewer messages a page is not full in each partition of the domain's index, and a list reads less."""
OLD, NOT_OLD = timedelta(days=KEEP_DAYS + 10), timedelta(days=KEEP_DAYS - 10)
"""How long ago the first mail came: those that go are all of one inbox."""
LEFT_OUT = (
    "Left out, as they grow by design: statistics count the messages of the time that is asked for, and a search\n"
    "reads the mails with a word that begins like the rarest one (docs/decisions/0006)."
)
_A_WHILE = timedelta(minutes=1)
Units = tuple[float, float]


def grow(report: Report, sizes: Sequence[int] = SIZES) -> None:
    """Print the units of each operation at these numbers of messages, and whether they differ."""
    with _clients() as (make, name, most):
        asked = [size for size in sizes if size <= most]
        print(f"\nAs the store grows, on {name}: messages of one inbox; {OTHERS} others have a tenth as many together.")
        if left := [size for size in sizes if size > most]:
            print(f"Not measured: {', '.join(f'{size:,}' for size in left)}; that needs Java and Maven.")
        found = _measured(make, asked)
    _tell(found, report)


@contextmanager
def _clients() -> Iterator[tuple[Callable[[], Clients], str, int]]:
    java, maven = shutil.which("java"), shutil.which("mvn")
    with mock_aws():
        if java is None or maven is None:
            yield partial(Clients, region=REGION), "moto", MOST_ON_MOTO
        else:
            with running(java, fetched(maven)) as endpoint:
                yield partial(LocalClients, endpoint), "DynamoDB Local", max(SIZES)


def _measured(make: Callable[[], Clients], sizes: Sequence[int]) -> dict[str, dict[int, Units]]:
    """Read and write units by operation and number of messages."""
    # What an inbox keeps by default is 1000; that it is counted at each arrival stays.
    service = Service(make, Policy(keep_unowned=2 * max(SIZES)))
    now, raw = service.moment, mail_of(OCTETS)
    hosted = Domain(name=DOMAIN, owner=ANA, created=now, updated=now, private=False, verified=True)
    service.world.domains.add(hosted)
    found: dict[str, dict[int, Units]] = {}
    there = 0
    for size in sizes:
        fill(service, BO, raw, size - there, since=OLD)
        for number in range(OTHERS):
            fill(service, Inbox(f"bo{number}@{DOMAIN}"), raw, (size - there) // 100, since=NOT_OLD)
        there = size
        for name, step in _operations(service, raw).items():
            units = step.bill.units
            found.setdefault(name, {})[size] = (units["dynamodb read unit"], units["dynamodb write unit"])
    return found


def _operations(service: Service, raw: bytes) -> dict[str, Step]:
    # The page that is listed is of mails that came as those do that are metered: what was filled in is a bit shorter.
    for _ in range(PAGE // BATCH):
        # What is written or asked only now and then has been: rules, a flood's tally, counts of operations.
        service.moment += _A_WHILE
        service.receive(raw, BATCH)
    service.list()
    domain_listed = f"/api/domains/{{domain}}/messages?limit={PAGE}"
    one = {"email": BO, "messageId": service.newest()}
    draft = {"from": "ana@rest.example", "to": "x@other.example", "subject": "Hi", "text": "Hello"}
    return {
        "receive": service.receive(raw, BATCH),
        f"list {PAGE} of the inbox": service.list(),
        f"list {PAGE} of the domain": service.ask(domain_listed, domain=DOMAIN),
        "count": service.ask("/api/addresses/{email}/message-count", email=BO),
        "read text": service.ask("/api/text/{email}/{messageId}", **one),
        "send": service.ask("/api/outgoing-messages", "POST", draft),
        "expire": service.end(BATCH),
    }


def _tell(found: dict[str, dict[int, Units]], report: Report) -> None:
    sizes = sorted(next(iter(found.values())))
    rows = [
        (name, kind, *(f"{units[size][at]:.1f}" for size in sizes))
        for name, units in found.items()
        for at, kind in enumerate(("read", "write"))
        if any(units[size][at] for size in sizes)
    ]
    print_table(("units of DynamoDB", "", *(f"{size:,}" for size in sizes)), rows)
    full = [size for size in sizes if size >= FULL] or sizes
    for name, units in found.items():
        for size in sizes:
            report.figures[f"{name} at {size} messages: read units"] = units[size][0]
            report.figures[f"{name} at {size} messages: write units"] = units[size][1]
    ratios = {name: _ratio(units[full[0]], units[full[-1]]) for name, units in found.items()}
    grown = [f"{name} ({ratio:.2f} times)" for name, ratio in ratios.items() if ratio > 1]
    print(f"Dearer with more messages: {', '.join(grown) or 'none'}.")
    print(LEFT_OUT)
    name = f"Growth: units at {full[-1]:,} messages / at {full[0]:,}, of the operation that grows most"
    report.goals[name] = Goal(value=max(ratios.values()), goal=1.0, sense="at most")


def _ratio(few: Units, many: Units) -> float:
    return max(after / before if before else 1.0 + after for before, after in zip(few, many, strict=True))
