"""SES's IP address filters as an edge: https://docs.aws.amazon.com/ses/latest/APIReference/API_CreateReceiptFilter.html.

A filter cannot be changed: it is made and removed, one a second. Ours bear their network in their name; those that
others made are left alone, and what room they take is not ours. SES refuses on connecting, and says so to nobody.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from chalicelib.aws.border import border
from chalicelib.mail.placement import RECEIPT_FILTER_ROOM

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalicelib.aws.clients import Clients
    from chalicelib.mail.blocking import IpNetwork

PREFIX = "restante-"
WRITE_SECONDS = 1.0
"""Between two writes: CreateReceiptFilter and DeleteReceiptFilter take one a second."""
_WHAT = "Amazon SES"


class ReceiptFilters:
    """The filters of an account in a region. See ports.perimeter.Edge."""

    name = "ses_filters"
    room = RECEIPT_FILTER_ROOM

    def __init__(self, clients: Clients, pause: Callable[[float], None]) -> None:
        self._clients = clients
        self._pause = pause

    def align(self, networks: Sequence[IpNetwork]) -> int:
        with border(_WHAT):
            found = self._clients.ses.list_receipt_filters().get("Filters", [])
        ours = {one["Name"]: one["IpFilter"] for one in found if one["Name"].startswith(PREFIX)}
        room = max(0, self.room - (len(found) - len(ours)))
        wanted = {_name(network): network for network in networks[:room]}
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


def _name(network: IpNetwork) -> str:
    # Names are of letters, digits, "-" and "_" (API reference, ReceiptFilter).
    return PREFIX + str(network).replace(".", "-").replace("/", "_")


def _blocks(ip_filter: dict[str, str], network: IpNetwork) -> bool:
    # SES may tell a single address without its prefix length.
    return ip_filter["Policy"] == "Block" and ipaddress.ip_network(ip_filter["Cidr"], strict=False) == network
