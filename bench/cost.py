"""What a mail costs on AWS: every call, unit and millisecond of receiving, listing, reading, sending and expiring it.

The adapters run against an emulator; bench/metering.py computes what AWS bills. The milliseconds of a function are the
CPU time of this machine for the pure work on the mail, and for each call the time that bench/prices.json assumes.
Then: what of it the way SES -> S3 -> SNS -> SQS -> Lambda -> DynamoDB costs whoever goes it (bench/costing/floor.py),
what it costs that the store is looked through each hour (bench/costing/looks.py),
and whether any operation gets dearer with the number of messages (bench/costing/growth.py).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from moto import mock_aws

from bench.costing.floor import READS, tell_floor
from bench.costing.growth import SIZES, grow
from bench.costing.looks import tell_looks
from bench.costing.service import BATCH, BO, PAGE, Service, mail_of
from bench.costing.steps import PRICES
from bench.report import Goal, Report, arguments, print_table

if TYPE_CHECKING:
    from bench.costing.steps import Step

GOAL_DOLLARS = 10.0
GOAL_OCTETS = 50_000


def life(service: Service, octets: int, together: int) -> dict[str, Step]:
    """A mail from its arrival to its end."""
    raw = mail_of(octets)
    for _ in range(PAGE // together):
        service.receive(raw, together)
    # What is done only now and then, as to read the rules, has been done when it is metered.
    service.moment += timedelta(seconds=11)
    service.receive(raw, 1)
    steps = {"receive": service.receive(raw, together), "tell listeners": service.tell(together)}
    one = {"email": BO, "messageId": service.newest()}
    service.list()
    steps[f"list {PAGE}"] = service.list()
    steps["read text"] = service.ask("/api/text/{email}/{messageId}", **one)
    steps["read HTML"] = service.ask("/api/body/{email}/{messageId}", **one)
    draft = {"from": "ana@rest.example", "to": "x@other.example", "subject": "Hi", "text": "Hello"}
    steps["send"] = service.ask("/api/outgoing-messages", "POST", draft)
    service.age()
    steps["expire"] = service.end(together)
    return steps


def tell(octets: int, steps: dict[str, Step], report: Report) -> None:
    """Print what each step used, and what for."""
    rows = []
    for name, step in steps.items():
        units = step.bill.units
        report.figures[f"{octets} {name}"] = step.million()
        rows.append(
            (
                name,
                f"{sum(step.bill.calls.values()):.1f}",
                f"{units['dynamodb read unit']:.1f}",
                f"{units['dynamodb write unit']:.1f}",
                f"{step.milliseconds():.0f}",
                *(f"{step.million(kind):.2f}" for kind in ("dynamodb", "s3")),
                f"{step.million('sqs', 'sns'):.2f}",
                *(f"{step.million(kind):.2f}" for kind in ("lambda", "log", "storage")),
                f"{step.million():.2f}",
            )
        )
    print(f"\nA mail of {octets / 1000:g} KB. Dollars a million:")
    head = ("", "calls", "RRU", "WRU", "ms", "DynamoDB", "S3", "SQS+SNS", "Lambda", "log", "kept 30 days", "in all")
    print_table(head, rows)


def set_goals(steps: dict[str, Step], together: int, report: Report) -> None:
    """The issue's goal, of a mail that is received and read twice, without and with its end; and the floor."""
    read_twice = sum(steps[name].million() for name in ("receive", "tell listeners", *READS))
    what = f"{GOAL_OCTETS // 1000} KB received and read twice"
    for name, value in ((what, read_twice), (f"{what}, and expired", read_twice + steps["expire"].million())):
        goal = Goal(value=value, goal=GOAL_DOLLARS, sense="at most")
        report.goals[f"{name}: $ a million, without SES and API Gateway"] = goal
    report.figures[f"{what}: floor"] = tell_floor(steps, together)


def main() -> None:
    """Run the benchmark."""
    parser = arguments(__doc__)
    parser.add_argument("--batch", type=int, default=BATCH, help="mails that arrive together (default: %(default)s)")
    parser.add_argument("--grow", type=int, nargs="*", default=SIZES, metavar="N", help="messages to grow to")
    options = parser.parse_args()
    report = Report()
    print(f"Prices of {PRICES['date']}, {PRICES['region']}; {options.batch} mails arrive together.")
    print("Units and requests are computed by AWS's rules; milliseconds of calls are assumed: bench/prices.json.")
    for octets in (5_000, GOAL_OCTETS, 5_000_000):
        with mock_aws():
            steps = life(Service(), octets, options.batch)
        tell(octets, steps, report)
        if octets == GOAL_OCTETS:
            set_goals(steps, options.batch, report)
    tell_looks(report)
    if options.grow:
        grow(report, sorted(options.grow))
    report.tell(options.json)


if __name__ == "__main__":
    main()
