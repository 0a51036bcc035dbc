"""What a step of a mail's life uses in one function, and its price by what is billed: see bench/prices.json."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.metering import Bill

if TYPE_CHECKING:
    from collections.abc import Callable

PRICES: dict[str, Any] = json.loads(Path(__file__).parents[1].joinpath("prices.json").read_text())
MILLION = 1_000_000
KEEP_DAYS = 30
LAMBDA_LOG_OCTETS = 300
"""What Lambda itself writes to the log of each call."""
LOG_OCTETS = {"on_mail": 900, "api_handler": 700, "on_table_change": 300, "on_hour": 0, "on_job": 500}
"""What a call writes to its log: Lambda's own lines, and ours as docs/observing.md says."""
_CALLS = PRICES["milliseconds of a call"]
_SLOW = {"TransactWriteItems": "dynamodb transaction", "PutObject": "s3 put", "SendEmail": "ses"}
_FAMILY = {"Item": "dynamodb", "Query": "dynamodb", "Object": "s3 get", "Message": "sqs"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one mail, or one request, uses in one function: AWS calls, CPU seconds, and shares of a function's call."""

    function: str
    bill: Bill
    cpu: float
    invocations: float = 1.0
    stored: int = 0
    """Bytes that S3 keeps for KEEP_DAYS."""
    log: int | None = None
    """Bytes of log that a call writes; None is what LOG_OCTETS says."""

    def milliseconds(self) -> float:
        """How long the function runs for it."""
        waits = sum(number * _milliseconds(name) for name, number in self.bill.calls.items())
        return self.cpu * 1000 + waits

    def dollars(self) -> dict[str, float]:
        """Its price by what is billed."""
        price = PRICES["dollars"]
        memory = PRICES["memory in gigabytes"][self.function]
        written = LOG_OCTETS[self.function] if self.log is None else self.log
        parts = {name: number * price[name] for name, number in self.bill.units.items()}
        parts["lambda"] = self.invocations * price["lambda request"]
        parts["lambda"] += self.milliseconds() / 1000 * memory * price["lambda gigabyte second"]
        parts["log"] = self.invocations * written / 1e9 * price["log gigabyte"]
        parts["storage"] = self.stored / 1e9 * KEEP_DAYS / 30 * price["s3 gigabyte month"]
        return parts

    def million(self, *kinds: str) -> float:
        """Dollars for a million of it, of these kinds: "dynamodb", "s3", "sqs", ...; of all where none is named."""
        parts = self.dollars().items()
        return sum(dollars for name, dollars in parts if not kinds or name.split(" ")[0] in kinds) * MILLION


def _milliseconds(operation: str) -> float:
    if operation in _SLOW:
        return float(_CALLS[_SLOW[operation]])
    return float(next((_CALLS[kind] for part, kind in _FAMILY.items() if part in operation), _CALLS["other"]))


def shared(bill: Bill, among: int) -> Bill:
    """The part of a bill that each of so many has."""
    part = Bill(octets=bill.octets // among)
    for mine, whole in ((part.calls, bill.calls), (part.units, bill.units), (part.written, bill.written)):
        for name, number in whole.items():
            mine[name] = number / among
    return part


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of one call, the least of three."""
    times = []
    for _ in range(3):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return min(times)
