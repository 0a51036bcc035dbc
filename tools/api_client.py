"""What the web page knows of the API: the table of operations that chalicelib/ui/client.js asks by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.api.operation import PREFIX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.api.operation import Operation

_HEAD = """\
// Made from the operations of chalicelib/api by `make generate`.

/** Name → method, path below the page's address, and the names of the values in query, body and header. */
export const operations = {
"""


def api_script(operations: Sequence[Operation]) -> str:
    """The JavaScript module with every operation of the API."""
    return _HEAD + "".join(_line(one) for one in operations) + "};\n"


def _line(one: Operation) -> str:
    kinds = [" ".join(given.name for given in one.parameters if given.where == kind) for kind in _KINDS]
    while kinds and not kinds[-1]:
        kinds.pop()
    values = ", ".join(f'"{value}"' for value in (one.method, PREFIX[1:] + one.path[len(PREFIX) :], *kinds))
    return f"  {one.name}: [{values}],\n"


_KINDS = ("query", "body", "header")
