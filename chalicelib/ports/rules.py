"""The rules about who is shut out, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.mail.blocking import BlockRule


class Rules(Protocol):
    """The rules about who is shut out: data, whoever writes them. One rule a subject."""

    def put(self, rule: BlockRule) -> None:
        """Keep a rule, over one with the same subject."""

    def add(self, rule: BlockRule) -> bool:
        """Keep a rule unless there is one with the same subject that has not expired; says whether it was kept."""

    def rules(self) -> tuple[BlockRule, ...]:
        """All rules that have not expired, in the order of their subjects."""

    def rule(self, subject: str) -> BlockRule | None:
        """The last rule about a subject, also when it expired; after that it is kept for a week at least."""

    def remove(self, subject: str) -> bool:
        """Remove a rule; says whether there was one that had not expired."""

    def count_hits(self, hits: Mapping[str, int]) -> None:
        """So many more were shut out now by the rules about these subjects; those that are gone are passed over.

        Near enough: a network that fails at the wrong moment may count some twice.
        """

    def tally(self, name: str, number: int) -> int:
        """Add to a number that all processes share, from 0 on; answers with what it is then, as nearly as hits are.

        Names are for passing things: a number may be forgotten an hour after it was begun.
        """
