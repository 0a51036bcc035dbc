"""The Chalice app with every route: the same on AWS and embedded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Chalice

from chalicelib.actions.counting import OperationCounter
from chalicelib.api import (
    accounts,
    addresses,
    attachments,
    bodies,
    codes,
    dead_letters,
    domains,
    hooks,
    hops,
    inbox,
    ip_rules,
    marks,
    messages,
    outgoing,
    page,
    reference,
    service,
    statistics,
    uploads,
    usage,
    validations,
    viewing,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.ports import Backend

_NOUNS = (
    messages,
    codes,
    bodies,
    viewing,
    hops,
    attachments,
    marks,
    inbox,
    addresses,
    domains,
    outgoing,
    uploads,
    usage,
    hooks,
    accounts,
    validations,
    statistics,
    dead_letters,
    ip_rules,
    service,
)

OPERATIONS = tuple(one for noun in _NOUNS for one in noun.operations)
"""Every operation of the API, in the order in which the reference shows them."""


class Application(Chalice):
    """Chalice, for an API whose every answer may be bytes."""

    def __call__(self, event: dict[str, Any], context: Any) -> Any:
        headers = event.get("headers") or {}
        # Chalice refuses bytes to a client that sent no Accept; RFC 9110, 12.5.1 says that it takes anything.
        if "resourcePath" in event.get("requestContext", {}) and not any(h.lower() == "accept" for h in headers):
            event = {**event, "headers": {**headers, "accept": "*/*"}}
        return super().__call__(event, context)


def build_app(
    source: Callable[[], Backend], name: str = "restante", *, counter: OperationCounter | None = None
) -> Application:
    """An app that answers every operation from the backend of `source`, which is asked at each request.

    One app serves one request at a time: threads need one each (docs/decisions/0003), and share the `counter`.
    """
    app = Application(name, configure_logs=False)
    app.api.binary_types = ["*/*"]
    counter = counter or OperationCounter()
    for routes in (*(noun.routes for noun in _NOUNS), page.routes, reference.routes):
        app.register_blueprint(routes(source, counter))
    return app
