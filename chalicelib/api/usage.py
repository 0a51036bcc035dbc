"""Usage: what an account keeps and asks for, day by day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions.owning import account_id
from chalicelib.actions.tallying import SIZES, tally
from chalicelib.api.fields import integer, query
from chalicelib.api.handling import blueprint
from chalicelib.api.operation import Answer, operation
from chalicelib.api.schemas import ref
from chalicelib.ports.caching import Source

if TYPE_CHECKING:
    from chalicelib.actions.admitting import Caller
    from chalicelib.api import shapes
    from chalicelib.ports import Backend

MOST_DAYS = 90


@operation(
    "GET",
    "/usage",
    name="GetUsage",
    tag="Account",
    parameters=[
        query(
            "days",
            integer(minimum=1, maximum=MOST_DAYS),
            "How many days of UTC, today included.",
            default=30,
            example=7,
        )
    ],
    answers=[Answer(meaning="The days, the oldest first, the top senders, and the sizes.", schema=ref("DailyUsage"))],
)
def usage(backend: Backend, caller: Caller, *, days: int) -> shapes.Json:
    """Count the account's kept messages and API operations by day.

    Messages are counted from the newest 2,000: `complete` says whether these are all of the days asked for. `cache`
    tells of the parse cache, tier by tier, since the process that answers began; on AWS there are many.
    """
    found = tally(backend, account_id(caller), days=days)
    return {
        "days": [
            {"day": one.day, "messages": one.messages, "bytes": one.size, "operations": one.operations}
            for one in found.days
        ],
        "senders": [{"_id": sender, "n": number} for sender, number in found.senders],
        "sizes": [{"below": bound, "n": number} for bound, number in zip(SIZES, found.sizes, strict=True)],
        "counted": found.counted,
        "complete": found.complete,
        "cache": [
            {"tier": tier, "hits": counts.hits, "misses": counts.misses}
            for tier, counts in backend.cache.counts().items()
            if tier is not Source.RANGE
        ],
    }


routes = blueprint(__name__, operations := (usage,))
