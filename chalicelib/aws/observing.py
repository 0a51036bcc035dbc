"""What the functions tell of themselves: log lines in JSON, and metrics in CloudWatch's embedded format.

Both are lines of the function's log, so that no call and no permission is needed; docs/observing.md lists them.
A log may be read by people who may not read mail. So the ids of mails, jobs and requests and the IP addresses of
senders are told; subjects, bodies, mail addresses and keys never. An exception is told by its type and where it was
raised: its message may hold what a stranger wrote, and is left out unless it is ours for when AWS is out of reach.
"""

from __future__ import annotations

import time
import traceback
from functools import wraps
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from aws_lambda_powertools.metrics import Metrics

from chalicelib.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from chalicelib.mail.message import Entry

    Handler = Callable[[Any, Any], Any]

NAMESPACE = "Restante"
SERVICE = "restante"
"""The dimension "service" of every metric, unless the variable POWERTOOLS_SERVICE_NAME says another."""
_DROPPED = frozenset({"exception_notes", "function_arn", "function_memory_size", "sampling_rate"})
"""Notes may hold what a stranger wrote; the others are the same in every line of a log."""


class DiscreetFormatter(LambdaPowertoolsFormatter):
    """Log records as JSON, exceptions without their messages."""

    def __init__(self) -> None:
        super().__init__(utc=True, use_rfc3339=True, serialize_stacktrace=False)

    def serialize(self, log: Any) -> str:
        kept = {name: value for name, value in log.items() if name not in _DROPPED}
        return super().serialize(kept | {"service": metrics.provider.service})

    def formatException(  # noqa: N802 - logging calls it so
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        return "".join(part for error in _chain(ei[1]) for part in _told(error))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and those that led to it, the first one first."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return reversed(found)


def _told(error: BaseException) -> Iterator[str]:
    yield from traceback.format_tb(error.__traceback__)
    # What aws/border.py says names an AWS service and its error code, and nothing that came from outside.
    yield f"{type(error).__qualname__}{f': {error}' if isinstance(error, Unavailable) else ''}\n"


metrics = Metrics(namespace=NAMESPACE)
metrics.provider.service = metrics.provider.service or SERVICE
# Named as our package, so that every module's own logger writes through it.
logger = Logger(service="chalicelib", level="INFO", logger_formatter=DiscreetFormatter())


class ColdStart:
    """The time a function takes from its start to its first answer: CPU time until it was imported, and the answer.

    Lambda may import a function long before it is called, so the two are told apart; the import waits for nothing.
    """

    def __init__(self) -> None:
        self._imported: float | None = time.process_time()

    def measured(self, handler: Handler) -> Handler:
        """A handler as a middleware wraps it, whose first call is told as the metric ColdStart."""

        @wraps(handler)
        def handle(event: Any, context: Any) -> Any:
            imported, self._imported = self._imported, None
            if imported is None:
                return handler(event, context)
            begun = time.monotonic()
            try:
                return handler(event, context)
            finally:
                seconds = imported + time.monotonic() - begun
                metrics.add_metric(name="ColdStart", unit="Milliseconds", value=round(seconds * 1000))

        return handle


def count(name: str, value: float = 1, *, unit: str = "Count") -> None:
    """Add to a metric of this call; `unit` is one of CloudWatch's, as "Bytes"."""
    metrics.add_metric(name=name, unit=unit, value=value)


def tell_taken(entry: Entry) -> None:
    """Log that a mail was taken in, and count it."""
    problems = [problem.name for problem in entry.structure.problems]
    logger.info("Mail taken in", extra={"size": entry.mail.size, "problems": problems})
    count("MailsReceived")
    count("BytesReceived", entry.mail.size, unit="Bytes")
    if problems:
        count("ParseProblems", len(problems))


def told(handler: Handler) -> Handler:
    """A handler as a middleware wraps it, after which the metrics of its call are written, also when it fails."""

    @wraps(handler)
    def handle(event: Any, context: Any) -> Any:
        try:
            return handler(event, context)
        finally:
            # powertools warns of a call that counted nothing.
            if metrics.metric_set:
                metrics.flush_metrics()

    return handle
