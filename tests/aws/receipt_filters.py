"""SES's receipt filters, which moto does not have: kept in memory behind botocore's own client.

botocore checks every request against the service's description, as for the service itself; what is known of the
service's behaviour (Amazon SES API reference) is its names, its limit of 100 and its errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

if TYPE_CHECKING:
    from chalicelib.aws.clients import Clients

LIMIT = 100


class ReceiptFilterAccount:
    """The filters of one account; `calls` are the writes that came, `fail` makes the writes after so many fail."""

    def __init__(self, clients: Clients) -> None:
        self.filters: dict[str, dict[str, str]] = {}
        self.calls: list[tuple[str, str]] = []
        self.fail_after: int | None = None
        self._events = clients.ses.meta.events
        self._events.register("before-call.ses", self._answer)

    def close(self) -> None:
        """Let the client be as before."""
        self._events.unregister("before-call.ses", self._answer)

    @property
    def networks(self) -> list[str]:
        """What is blocked."""
        return sorted(one["Cidr"] for one in self.filters.values() if one["Policy"] == "Block")

    def _answer(self, *, model: Any, params: dict[str, Any], **_: Any) -> tuple[AWSResponse, dict[str, Any]]:
        body = params["body"]
        if model.name == "ListReceiptFilters":
            filters = [{"Name": name, "IpFilter": one} for name, one in self.filters.items()]
            return self._said(200, {"Filters": filters})
        if self.fail_after is not None and len(self.calls) >= self.fail_after:
            return self._said(400, {"Error": {"Code": "Throttling", "Message": "Rate exceeded"}})
        if model.name == "CreateReceiptFilter":
            name = body["Filter.Name"]
            self.calls.append(("create", body["Filter.IpFilter.Cidr"]))
            if name in self.filters:
                return self._said(400, {"Error": {"Code": "AlreadyExists", "Message": name}})
            if len(self.filters) >= LIMIT:
                return self._said(400, {"Error": {"Code": "LimitExceeded", "Message": name}})
            ip_filter = {"Policy": body["Filter.IpFilter.Policy"], "Cidr": body["Filter.IpFilter.Cidr"]}
            self.filters[name] = ip_filter
        else:
            assert model.name == "DeleteReceiptFilter"
            gone = self.filters.pop(body["FilterName"], None)
            self.calls.append(("delete", gone["Cidr"] if gone else ""))
        return self._said(200, {})

    def _said(self, status: int, parsed: dict[str, Any]) -> tuple[AWSResponse, dict[str, Any]]:
        metadata = {"HTTPStatusCode": status, "RequestId": "1", "RetryAttempts": 0}
        return AWSResponse("https://ses", status, HTTPHeaders(), None), {**parsed, "ResponseMetadata": metadata}
