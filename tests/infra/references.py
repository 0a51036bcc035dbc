"""What a CloudFormation template refers to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_IN_SUB = re.compile(r"\$\{([^!}]+)\}")


def references(value: Any) -> Iterator[str]:
    """Every logical id, parameter and pseudo parameter that a part of a template refers to."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _referred(key, item)


def _referred(key: str, item: Any) -> Iterator[str]:
    if key == "Ref":
        yield item
    elif key == "Fn::GetAtt":
        yield item[0] if isinstance(item, list) else item.partition(".")[0]
    elif key == "Fn::Sub":
        text, given = (item, {}) if isinstance(item, str) else item
        yield from (name.partition(".")[0] for name in _IN_SUB.findall(text) if name not in given)
        yield from references(given)
    elif key == "DependsOn":
        yield from [item] if isinstance(item, str) else item
    else:
        yield from references(item)


def conditions(value: Any) -> Iterator[str]:
    """Every condition that a part of a template asks."""
    if isinstance(value, list):
        for item in value:
            yield from conditions(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "Condition" and isinstance(item, str):
                yield item
            elif key == "Fn::If":
                yield item[0]
                yield from conditions(item[1:])
            else:
                yield from conditions(item)


def circle_in(resources: dict[str, Any]) -> list[str]:
    """The logical ids that wait for one another in a circle; empty where there is none."""
    waiting = {name: set(references(resource)) & set(resources) for name, resource in resources.items()}
    while ready := {name for name, needed in waiting.items() if not needed}:
        waiting = {name: needed - ready for name, needed in waiting.items() if name not in ready}
    return sorted(waiting)


def literal_placeholders(value: Any) -> Iterator[str]:
    """Texts with a placeholder in them that nothing fills: outside Fn::Sub."""
    if isinstance(value, str):
        if "${" in value:
            yield value
    elif isinstance(value, list):
        for item in value:
            yield from literal_placeholders(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "Fn::Sub":
                yield from [] if isinstance(item, str) else literal_placeholders(item[1])
            else:
                yield from literal_placeholders(item)
