"""What webhooks need from the world: ports as in ports.py, which puts them into Backend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalicelib.mail.hook import Delivery, Hook


class Hooks(Protocol):
    """The URLs that are told of mail."""

    def add(self, hook: Hook) -> None:
        """Keep a hook. Raises Conflict when its id is there already."""

    def hook(self, hook: str) -> Hook | None:
        """The hook of that id."""

    def hooks(self, owner: str) -> tuple[Hook, ...]:
        """An account's hooks, oldest first."""

    def at(self, scopes: Sequence[str]) -> tuple[Hook, ...]:
        """The hooks of these scopes, in no order, implicit ones left out: their addresses name them."""

    def replace(self, before: Hook, after: Hook) -> bool:
        """Write a hook of the same id over the one before; False, and nothing, when that has changed meanwhile."""

    def remove(self, hook: str) -> bool:
        """Forget a hook and its deliveries; says whether there was one."""


DELIVERIES_KEPT = 100
"""So many of a hook's last deliveries can be looked at."""


class Deliveries(Protocol):
    """What became of each try to tell a hook. Only the newest DELIVERIES_KEPT of a hook are kept."""

    def record(self, delivery: Delivery) -> None:
        """Keep a delivery. Ids sort by time."""

    def deliveries(self, hook: str, *, limit: int) -> tuple[Delivery, ...]:
        """The newest deliveries of a hook, newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back from a receiver. `status` is None when nothing did, and `failure` says why.

    `start` is how the answer's body begins, 1 KB of it at most; `seconds` is how long it took. `refused` when
    it was not asked at all because it may not be.
    """

    status: int | None
    seconds: float
    start: str = ""
    failure: str = ""
    refused: bool = False


class Messenger(Protocol):
    """Whoever calls the receivers that users name, and nobody else's: see mail/targets.py."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Ask with POST, within bounds of time, of the answer's size, and of redirects. Never raises."""

    def never(self, url: str) -> str | None:
        """Why a URL can never be asked, whatever its name leads to; None where it may be. Nothing is resolved.

        Raises ValueError for what is no URL that can be asked.
        """
