"""What it costs that the store is looked through, hour by hour, for mail that was missed and for what is lost."""

from __future__ import annotations

from datetime import timedelta

from moto import mock_aws

from bench.costing.service import BATCH, Service, mail_of
from bench.costing.steps import KEEP_DAYS, LAMBDA_LOG_OCTETS, MILLION, PRICES, Step, shared
from bench.metering import Bill
from bench.report import Goal, Report, print_table
from chalicelib.aws.strays import STRAY
from chalicelib.functions.on_hour import STRAYS, WHOLE, mend

MAILS = (200, 400)
OCTETS = 5_000
OBJECTS_LISTED = 1000
"""ListObjectsV2 answers with so many keys at most (Amazon S3 API reference)."""
HOURS = 24 * KEEP_DAYS
_HOUR = timedelta(hours=1)


def tell_looks(report: Report) -> None:
    """Print what one mail costs that is looked for once, and what the lists of the bucket cost while it is kept."""
    looked, idle = zip(*(_looks(mails) for mails in MAILS), strict=True)
    once = Step(
        function="on_hour", bill=_difference(looked[1], looked[0], MAILS[1] - MAILS[0]), cpu=0.001, invocations=0
    )
    lists = HOURS / (STRAYS.interval(MILLION) / _HOUR) * MILLION / OBJECTS_LISTED * PRICES["dollars"]["s3 put"]
    whole = HOURS / (WHOLE.interval(MILLION) / _HOUR)
    compared = once.million() * whole
    hour = Step(function="on_hour", bill=idle[1], cpu=0.001, log=LAMBDA_LOG_OCTETS)
    month = HOURS * hour.million() / MILLION
    print(f"\nOf a million mails that are kept {KEEP_DAYS} days, the hourly looks. Dollars:")
    rows = [
        ("each mail asked of the table once, index and raw mail compared", f"{whole:.1f}", f"{compared:.2f}"),
        ("the bucket listed", f"{HOURS / (STRAYS.interval(MILLION) / _HOUR):.1f}", f"{lists:.2f}"),
        ("hours in which nothing is new", f"{HOURS}", f"{month:.2f}"),
    ]
    print_table(("", "times", "in all"), rows)
    report.figures["looks: $ a million mails kept"] = compared + lists + month
    units = [bill.units["dynamodb read unit"] + bill.units["dynamodb write unit"] for bill in idle]
    name = f"An hour's look where nothing is new: units at {MAILS[1]} mails / at {MAILS[0]}"
    report.goals[name] = Goal(value=units[1] / units[0], goal=1.0, sense="at most")


def _looks(mails: int) -> tuple[Bill, Bill]:
    """Of a store with so many new mails: what the first look uses, and what the one an hour later does."""
    bills = []
    with mock_aws():
        service = Service()
        raw = mail_of(OCTETS)
        for _ in range(mails // BATCH):
            service.receive(raw, BATCH)
        service.moment += STRAY + _HOUR
        for _ in range(2):
            with service.meter.metered() as bill:
                found = mend(service.world, lambda: 900.0)
            if any(found.values()):
                raise RuntimeError(f"nothing was to be mended: {found}")
            bills.append(bill)
            service.moment += _HOUR
    return bills[0], bills[1]


def _difference(more: Bill, less: Bill, mails: int) -> Bill:
    """What each of so many mails more uses."""
    difference = Bill()
    for mine, theirs, ours in ((more.calls, less.calls, difference.calls), (more.units, less.units, difference.units)):
        for name, number in mine.items():
            ours[name] = number - theirs[name]
    return shared(difference, mails)
