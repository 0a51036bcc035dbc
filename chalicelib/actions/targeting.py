"""Whether a URL that a user gives can ever be asked: said at once, and not by deliveries that fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.errors import BadRequest

if TYPE_CHECKING:
    from chalicelib.ports import Backend


def require_target(backend: Backend, field: str, url: str) -> None:
    """Raises BadRequest, naming the field, for a URL that is none, or that the installation never lets be asked."""
    try:
        refusal = backend.messenger.never(url)
    except ValueError as error:
        refusal = str(error)
    if refusal:
        raise BadRequest(f"{field}: {refusal}", field=field)
