"""Values as JSON documents: what both worlds store, with short names and nothing that is empty.

A document written today must be readable by every later release: names are added, never given another meaning.
"""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]


def filled(**values: Any) -> Document:
    """A document of what is not nothing: False, 0, "" and [] are the defaults on reading."""
    # 0.0 of a spam verdict is not "nothing was said".
    return {name: value for name, value in values.items() if value or (name == "spam" and value is not None)}
