"""The edges follow the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions.placing import place
from chalicelib.aws.observing import count

if TYPE_CHECKING:
    from chalicelib.aws.backend import AwsBackend


def follow_rules(world: AwsBackend) -> dict[str, float]:
    """Make the edges equal to the rules, and tell CloudWatch how it went. Raises Unavailable where another is at it."""
    placed = place(world)
    said = {"PerimeterAge": placed.age(world.now()), "RulesNotPlaced": float(placed.left)}
    count("PerimeterAge", said["PerimeterAge"], unit="Seconds")
    count("RulesNotPlaced", said["RulesNotPlaced"])
    return said
