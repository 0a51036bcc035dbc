"""The operations of the API are counted; what they do is in chalicelib/api."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from chalicelib.api.application import OPERATIONS
from chalicelib.aws.observing import count, metrics

if TYPE_CHECKING:
    from chalice.app import Request, Response

    from chalicelib.aws.backend import AwsBackend

_counted: dict[str, int] = {}
"""What the cache of this process had counted when it was last told."""


@cache
def operation_names() -> dict[tuple[str, str], str]:
    """What the operations are called, by method and path."""
    return {(one.method, one.path): one.name for one in OPERATIONS}


def count_operation(request: Request, response: Response, world: AwsBackend) -> None:
    """Count an operation, and how it ended; its name and status stand beside the numbers."""
    asked = request.context["httpMethod"], request.context["resourcePath"]
    metrics.add_metadata("operation", operation_names().get(asked, "unknown"))
    metrics.add_metadata("status", response.status_code)
    metrics.add_metadata("request", request.context.get("requestId"))
    count("ApiOperations")
    if response.status_code >= 400:
        count("ApiFailures" if response.status_code >= 500 else "ApiRefusals")
    count_cache(world, _counted)


def count_cache(world: AwsBackend, told_before: dict[str, int]) -> None:
    """Tell how often each tier of the cache had what was asked for, since it was told before."""
    tiers = {source.value: numbers for source, numbers in world.cache.counts().items()}
    for name, number in {
        "CacheProcessHits": tiers["process"].hits,
        "CacheSharedHits": tiers["shared"].hits,
        "CacheRenderings": tiers["range"].renderings,
        "CacheCorrupt": sum(numbers.corrupt for numbers in tiers.values()),
    }.items():
        more, told_before[name] = number - told_before.get(name, 0), number
        if more:
            count(name, more)
