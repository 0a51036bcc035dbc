"""The Perimeter port on AWS: two IP sets of WAF and the filters of SES, each when it is configured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.aws.edge_states import EdgeStates
from chalicelib.aws.receipt_filters import ReceiptFilters
from chalicelib.aws.waf import IpSet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from chalicelib.aws.clients import Clients
    from chalicelib.aws.edges import Edges
    from chalicelib.aws.table import Table
    from chalicelib.ports.perimeter import Edge


class Perimeter(EdgeStates):
    """See ports.perimeter.Perimeter."""

    def __init__(self, table: Table, now: Callable[[], datetime], clients: Clients, edges: Edges) -> None:
        super().__init__(table, now)
        pause = edges.pause
        self._edges: dict[str, Edge] = {}
        if edges.ipv4_set:
            self._edges["ipv4_set"] = IpSet(clients, "waf_ipv4", edges.ipv4_set, pause)
        if edges.ipv6_set:
            self._edges["ipv6_set"] = IpSet(clients, "waf_ipv6", edges.ipv6_set, pause)
        if edges.filters:
            self._edges["receipt_filters"] = ReceiptFilters(clients, table.name, pause)

    def edges(self) -> Mapping[str, Edge]:
        return self._edges
