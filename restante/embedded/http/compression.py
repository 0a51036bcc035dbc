"""Answers made smaller for clients that say that they can read them: gzip, for text (RFC 9110, 8.4 and 12.5.3).

On AWS, API Gateway does it (minimumCompressionSize of the REST API).
"""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from restante.embedded.http.gateway import HttpRequest, HttpResponse

LEAST_BYTES: Final = 1024
"""Smaller bodies fit a packet or two as they are."""
MOST_BYTES: Final = 8 * 1024 * 1024
"""Larger ones are files to be saved more often than text to be read: they go out without delay."""
LEVEL: Final = 5
KEPT_BYTES: Final = 32 * 1024
_TEXT: Final = re.compile(r"text/|application/(?:[a-z0-9.+-]+\+)?(?:json|xml)\b|image/svg\+xml\b")
_OF_THE_PLAIN_BODY: Final = frozenset({"content-length", "accept-ranges"})
_GZIP: Final = re.compile(r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(?P<weight>[0-9.]+)\s*)?(?:,|$)", re.IGNORECASE)


def is_worth_it(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether the client takes gzip and the body is text of a size that gains by it."""
    if not LEAST_BYTES <= len(response.body) <= MOST_BYTES:
        return False
    headers = {name.lower(): value for name, value in response.headers}
    if not headers.keys().isdisjoint({"content-encoding", "content-range"}):
        return False
    if not _TEXT.match(headers.get("content-type", "").lower()):
        return False
    accepted = next((value for name, value in request.headers if name == "accept-encoding"), "")
    found = _GZIP.search(accepted)
    return found is not None and _weight(found["weight"]) > 0


def compressed(response: HttpResponse) -> HttpResponse:
    """The response with its body in gzip: the same content, so its entity tag is a weak one now (RFC 9110, 8.8.1)."""
    headers = [
        (name, f"W/{value}" if name.lower() == "etag" and not value.startswith("W/") else value)
        for name, value in response.headers
        if name.lower() not in _OF_THE_PLAIN_BODY
    ]
    headers += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
    return replace(
        response,
        headers=headers,
        body=_recent(response.body) if len(response.body) <= KEPT_BYTES else _gzip(response.body),
    )


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, LEVEL, mtime=0)


_recent = lru_cache(64)(_gzip)
"""Files of the page are asked for again and again; what is kept is 2 MiB at most, beside what it was made from."""


def _weight(given: str | None) -> float:
    try:
        return 1.0 if given is None else float(given)
    except ValueError:
        return 0.0
