"""Where the error catalogue, docs/errors.md, tells of a status."""

from __future__ import annotations

from chalicelib.api.handling import STATUS_OF
from tools.reference.markdown import anchor_of


def heading_of(status: int) -> str:
    """The heading of the catalogue's entry: "404 NotFound". Raises StopIteration for a status that no error has."""
    return f"{status} {next(kind.__name__ for kind, number in STATUS_OF.items() if number == status)}"


def anchor_of_status(status: int) -> str:
    """The anchor of that entry."""
    return anchor_of(heading_of(status))
