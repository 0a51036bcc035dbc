"""Where the errors of AWS become ours: one table, applied by one `with`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from chalicelib.errors import Conflict, NotFound, RestanteError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

_OURS: dict[str, type[RestanteError]] = {
    "NoSuchKey": NotFound,
    # S3 answers a HEAD without a body, so its code is only the status.
    "404": NotFound,
    "ConditionalCheckFailedException": Conflict,
    # Busy, out of reach, or not deployed (yet): what was asked is right, and may succeed later.
    "TransactionConflictException": Unavailable,
    "TransactionInProgressException": Unavailable,
    "ProvisionedThroughputExceededException": Unavailable,
    "RequestLimitExceeded": Unavailable,
    # AWS WAF: busy, or an entity that was just made is not known everywhere yet.
    "WAFInternalErrorException": Unavailable,
    "WAFUnavailableEntityException": Unavailable,
    "WAFNonexistentItemException": Unavailable,
    "Throttling": Unavailable,
    "ThrottlingException": Unavailable,
    "SlowDown": Unavailable,
    "RequestTimeout": Unavailable,
    "LimitExceededException": Unavailable,
    "ResourceNotFoundException": Unavailable,
    "NoSuchBucket": Unavailable,
    "AccessDenied": Unavailable,
    "AccessDeniedException": Unavailable,
    "403": Unavailable,
    "ExpiredToken": Unavailable,
    "ExpiredTokenException": Unavailable,
    "UnrecognizedClientException": Unavailable,
}


@contextmanager
def border(what: str) -> Iterator[None]:
    """Translate what botocore raises inside; `what` names the thing that was used, as "The index".

    Raises NotFound, Conflict or Unavailable. A ClientError that says our request was wrong is our mistake, and stays.
    """
    from botocore.exceptions import (  # noqa: PLC0415 - botocore is paid for by whoever calls AWS, not at import
        BotoCoreError,
        ClientError,
        HTTPClientError,
    )

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        ours = _OURS.get(code, Unavailable if status >= 500 else None)
        if ours is None:
            raise
        raise ours(f"{what} answered {code}") from error
    except (BotoCoreError, HTTPClientError) as error:
        raise Unavailable(f"{what} cannot be reached: {type(error).__name__}") from error
