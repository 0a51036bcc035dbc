"""The example request of each operation: the OpenAPI document's own examples, and of what is optional the telling part.

Path values, required values and bodies come from the document. What is optional is shown only where this table says
so: an example with every filter that exists answers nothing and teaches nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from chalicelib.api.application import OPERATIONS
from chalicelib.api.operation import Access
from tools.reference.scene import MESSAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.api.fields import Parameter
    from chalicelib.api.operation import Operation

_OPTIONAL: dict[str, dict[str, str]] = {
    "ListMessages": {"limit": "10"},
    "ListStarredMessages": {"limit": "10"},
    "GetCode": {"wait": "10"},
    "GetActionLink": {"wait": "10"},
    "GetBodySanitized": {"links": "true"},
    "ListInboxMessages": {"limit": "10"},
    "FilterInboxMessages": {"andSubjectIncludes": "code"},
    "SearchInboxMessages": {"query": "code"},
    "ListDomainMessages": {"limit": "10"},
    "ListOutgoingMessages": {"limit": "5"},
    "ListDeliveries": {"limit": "5"},
    "DeleteAddress": {"deleteAddressMessages": "true"},
    "DeleteDomain": {"deleteMessages": "true"},
    "ListPublicAttachments": {"startDate": "2026-01-01T00:00:00Z", "endDate": "2026-02-01T00:00:00Z"},
    "ListTopPublicAddresses": {"startDate": "2026-01-01T00:00:00Z", "endDate": "2026-02-01T00:00:00Z"},
    "ListTopPublicSenders": {"startDate": "2026-01-01T00:00:00Z", "endDate": "2026-02-01T00:00:00Z"},
    "ListTopPublicDomains": {"startDate": "2026-01-01T00:00:00Z", "endDate": "2026-02-01T00:00:00Z"},
    "CheckDenylist": {},
    "DeleteIpRule": {"address": "192.0.2.0/24"},
}
_BODIES: dict[str, dict[str, Any]] = {
    "CreateAddress": {"info": "sign-up tests", "enablews": True},
    "UpdateAddress": {"webhook": "https://ci.example/mail"},
    "UpdateForwardingOfOldClients": {"webhook": "https://ci.example/mail"},
    "CreateIpRule": {"address": "192.0.2.0/24", "reason": "flood", "scope": "mail", "seconds": 3600},
}
_PATHS = {"messageId": MESSAGE, "number": "2"}
_HEADERS = {"SendMessage": {"Idempotency-Key": "order-1-mail"}}


class Kind(Enum):
    """What a successful answer is."""

    JSON = "json"
    TEXT = "text"
    FILE = "file"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleRequest:
    """A request that a reader may copy. `path` is encoded; `file` is under which name a downloaded file is saved."""

    operation: str
    method: str
    path: str
    kind: Kind
    needs_key: bool
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    file: str = ""

    @property
    def target(self) -> str:
        """The path with the query."""
        return f"{self.path}?{urlencode(self.query, quote_via=quote)}" if self.query else self.path


def example_requests() -> Iterator[ExampleRequest]:
    """One request of each operation, in the order of the reference."""
    return map(example_request, OPERATIONS)


def example_request(one: Operation) -> ExampleRequest:
    """The example request of an operation."""
    kind = _kind(one)
    values = {parameter.name: _path_value(parameter) for parameter in one.parameters if parameter.where == "path"}
    return ExampleRequest(
        operation=one.name,
        method=one.method,
        path=one.path.format(**values),
        kind=kind,
        needs_key=one.access is not Access.OPEN,
        query=_OPTIONAL.get(one.name, {}),
        headers=_HEADERS.get(one.name, {}),
        body=_body(one),
        file="hello.txt" if kind is Kind.FILE else "",
    )


def _path_value(parameter: Parameter) -> str:
    return quote(str(_PATHS.get(parameter.name, parameter.example)), safe="@")


def _body(one: Operation) -> dict[str, Any] | None:
    inside = [parameter for parameter in one.parameters if parameter.where == "body"]
    if not inside:
        return None
    example = {parameter.name: parameter.example for parameter in inside if parameter.example is not None}
    body = _BODIES.get(one.name, example)
    unknown = body.keys() - {parameter.name for parameter in inside}
    if unknown:
        raise ValueError(f"{one.name} has no fields {unknown}")
    return json.loads(json.dumps(body)) or None


def _kind(one: Operation) -> Kind:
    answer = min(one.answers, key=lambda answer: answer.status)
    if answer.schema is None:
        return Kind.NOTHING
    if answer.media_type == "application/json":
        return Kind.JSON
    return Kind.FILE if answer.media_type == "*/*" else Kind.TEXT
