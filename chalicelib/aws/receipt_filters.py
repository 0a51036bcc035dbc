"""SES's IP address filters as an edge: https://docs.aws.amazon.com/ses/latest/APIReference/API_CreateReceiptFilter.html.

A filter cannot be changed: it is made and removed, one a second. Ours bear in their name which table's rules they
follow, and their network; those that others made, as another stage, are left alone, and what room they take is not
ours. SES refuses on connecting, and says so to nobody.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from typing import TYPE_CHECKING

from chalicelib.aws.border import border
from chalicelib.mail.placement import RECEIPT_FILTER_ROOM

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalicelib.aws.clients import Clients
    from chalicelib.mail.blocking import IpNetwork

_OLD = re.compile(r"restante-([0-9]{1,3}-){3}[0-9]{1,3}_[0-9]{1,2}")
"""Names of filters that do not say whose they are, as the first stages made them: whoever finds them removes them."""
WRITE_SECONDS = 1.0
"""Between two writes: CreateReceiptFilter and DeleteReceiptFilter take one a second."""
_WHAT = "Amazon SES"


class ReceiptFilters:
    """The filters of an account in a region. See ports.perimeter.Edge."""

    name = "ses_filters"
    room = RECEIPT_FILTER_ROOM

    def __init__(self, clients: Clients, table: str, pause: Callable[[float], None]) -> None:
        self._clients = clients
        self._table = table
        self._pause = pause

    def align(self, networks: Sequence[IpNetwork]) -> int:
        with border(_WHAT):
            found = self._clients.ses.list_receipt_filters().get("Filters", [])
        ours = {one["Name"]: one["IpFilter"] for one in found if is_of(one["Name"], self._table)}
        room = max(0, self.room - (len(found) - len(ours)))
        wanted = {name_of(network, self._table): network for network in networks[:room]}
        right = {name for name, network in wanted.items() if name in ours and _blocks(ours[name], network)}
        wrong = [name for name in ours if name not in right]
        missing = [name for name in wanted if name not in right]
        free = room - len(ours)
        for name in missing:
            # One that was changed by hand has our name already; and where there is no room, one has to go first.
            if name in wrong:
                self._remove(name)
                wrong.remove(name)
            elif free <= 0 and wrong:
                self._remove(wrong.pop())
            else:
                free -= 1
            self._make(name, wanted[name])
        for name in wrong:
            self._remove(name)
        return len(wanted)

    def _make(self, name: str, network: IpNetwork) -> None:
        from botocore.exceptions import ClientError  # noqa: PLC0415 - on first use, as all of botocore

        filtering = {"Name": name, "IpFilter": {"Policy": "Block", "Cidr": str(network)}}
        try:
            with border(_WHAT):
                self._clients.ses.create_receipt_filter(Filter=filtering)
        except ClientError as error:
            # A second copy of the worker was first.
            if error.response["Error"]["Code"] != "AlreadyExists":
                raise
        self._pause(WRITE_SECONDS)

    def _remove(self, name: str) -> None:
        with border(_WHAT):
            self._clients.ses.delete_receipt_filter(FilterName=name)
        self._pause(WRITE_SECONDS)


def name_of(network: IpNetwork, table: str) -> str:
    """The name of the filter that shuts a network out because the rules in this table say so."""
    # Names are of letters, digits, "-" and "_", 64 at most (API reference, ReceiptFilter).
    return _prefix(table) + str(network).replace(".", "-").replace("/", "_")


def is_of(name: str, table: str) -> bool:
    """Whether a filter of that name follows the rules in this table, or does not say whose it is."""
    return name.startswith(_prefix(table)) or _OLD.fullmatch(name) is not None


def _prefix(table: str) -> str:
    return f"restante-{hashlib.sha256(table.encode()).hexdigest()[:12]}-"


def _blocks(ip_filter: dict[str, str], network: IpNetwork) -> bool:
    # SES may tell a single address without its prefix length.
    return ip_filter["Policy"] == "Block" and ipaddress.ip_network(ip_filter["Cidr"], strict=False) == network
