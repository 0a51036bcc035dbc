"""The port to the Domain Name System."""

from __future__ import annotations

from typing import Protocol


class Resolver(Protocol):
    """The Domain Name System, asked within bounds."""

    def txt(self, name: str) -> tuple[str, ...]:
        """The TXT records of a name; empty where there are none. Raises Unavailable when nobody answers in time."""

    def mx(self, domain: str) -> tuple[str, ...]:
        """The mail exchangers of a domain, most preferred first; empty where there are none. Raises Unavailable."""
