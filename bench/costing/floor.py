"""What SES -> S3 -> SNS -> SQS -> Lambda -> DynamoDB costs whoever uses it, before any design: the least of each part.

One mail is written by SES, kept, told of, fetched to be parsed and noted in one write unit; its end is free, by S3's
lifecycle and DynamoDB's TTL. Each read is one request that reads one unit. There is no CPU time in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.costing.steps import LAMBDA_LOG_OCTETS, Step
from bench.metering import Bill
from bench.report import print_table

if TYPE_CHECKING:
    from collections.abc import Mapping

READS = ("read text", "read HTML")
_FOR = {
    "S3": "a share of the receipt: the bucket alone makes the index again",
    "queue": "-",
    "kept 30 days": "-",
    "table, arrival": "lists by inbox, domain and age, exact counts, renderings, owners; twice delivered is there once",
    "Lambda, arrival": "these writes and reads, parsing and rendering",
    "log": "one line a mail, with its id and size",
    "telling": "who listens is told at once",
    "reads": "keys that can be revoked, owners, the message as it is now; who asked for what is counted and logged",
    "the end": "counts stay exact, the oldest goes first, starred mail stays: S3's lifecycle and TTL know none of it",
}
_WRITTEN = {
    "MAIL": "structure and words, once a mail; that a second delivery is known",
    "INBOX": "the message as lists show it, and its places in the indexes by domain and by age",
    "COUNT": "counts of the inbox and of the domain, exact",
    "ATTACHMENT": "that it is found by an attachment",
    "CACHE": "text, HTML and headers, rendered before they are read",
}


def floor_of(octets: int, together: int) -> dict[str, Step]:
    """The least that a mail of that size uses, by step; `together` mails come in one batch."""
    arrival = Bill()
    arrival.calls |= {"GetObject": 1, "PutItem": 1}
    arrival.units |= {"s3 put": 1, "s3 get": 1, "dynamodb write unit": 1}
    arrival.units |= {"sns publish": 1, "sqs request": 1 + 2 / together}
    read = Bill()
    read.calls |= {"GetItem": 1}
    read.units |= {"dynamodb read unit": 1}
    step = Step(function="on_mail", bill=arrival, cpu=0, invocations=1 / together, stored=octets, log=LAMBDA_LOG_OCTETS)
    reads = {name: Step(function="api_handler", bill=read, cpu=0, log=LAMBDA_LOG_OCTETS) for name in READS}
    return {"receive": step, **reads}


def by_part(steps: Mapping[str, Step]) -> dict[str, float]:
    """Dollars for a million mails by the parts of _FOR; a step that is not there costs nothing."""

    def million(name: str, *kinds: str) -> float:
        return steps[name].million(*kinds) if name in steps else 0.0

    return {
        "S3": million("receive", "s3"),
        "queue": million("receive", "sqs", "sns"),
        "kept 30 days": million("receive", "storage"),
        "table, arrival": million("receive", "dynamodb"),
        "Lambda, arrival": million("receive", "lambda"),
        "log": million("receive", "log"),
        "telling": million("tell listeners"),
        "reads": sum(million(name) for name in READS),
        "the end": million("expire"),
    }


def tell_floor(steps: Mapping[str, Step], together: int) -> float:
    """Print ours beside the floor, and what ours is for; answers with the floor."""
    octets = steps["receive"].stored
    ours, floor = by_part(steps), by_part(floor_of(octets, together))
    rows = [(part, f"{ours[part]:.2f}", f"{floor[part]:.2f}", f"{ours[part] - floor[part]:.2f}") for part in _FOR]
    totals = (sum(ours.values()), sum(floor.values()))
    rows.append(("in all", f"{totals[0]:.2f}", f"{totals[1]:.2f}", f"{totals[0] - totals[1]:.2f}"))
    print(f"\nThe same mail of {octets / 1000:.0f} KB, read twice, beside the least of this way. Dollars a million:")
    print_table(("", "ours", "floor", "above"), rows)
    print("\nWhat is above the floor is for:")
    for part, purpose in _FOR.items():
        if purpose != "-":
            print(f"  {part}: {purpose}")
    written = [steps[name].bill.written for name in ("receive", "expire")]
    kinds = [(kind, *(f"{units[kind]:.1f}" for units in written)) for kind in sorted(written[0])]
    print()
    print_table(("write units", "arrival", "end"), kinds)
    for kind, purpose in _WRITTEN.items():
        print(f"  {kind}: {purpose}")
    return totals[1]
