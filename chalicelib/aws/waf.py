"""An IP set of AWS WAF as an edge: https://docs.aws.amazon.com/waf/latest/APIReference/API_UpdateIPSet.html.

An update replaces the whole list, and says by a lock token which list it has seen: who comes second is refused, and
looks again. WAF takes about one write a second.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from chalicelib.aws.border import border
from chalicelib.errors import Unavailable
from chalicelib.mail.placement import IP_SET_ROOM

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalicelib.aws.clients import Clients
    from chalicelib.mail.blocking import IpNetwork

SCOPE = "REGIONAL"
TRIES = 4
WRITE_SECONDS = 1.0
"""Between two writes (AWS WAF Developer Guide, "AWS WAF quotas": calls that write)."""
_WHAT = "AWS WAF"


class IpSet:
    """One IP set, by "name|id|scope" as CloudFormation's Ref gives it. See ports.perimeter.Edge."""

    room = IP_SET_ROOM

    def __init__(self, clients: Clients, name: str, place: str, pause: Callable[[float], None]) -> None:
        self.name = name
        self._clients = clients
        self._set, _, rest = place.partition("|")
        self._id = rest.partition("|")[0]
        self._pause = pause

    def align(self, networks: Sequence[IpNetwork]) -> int:
        from botocore.exceptions import ClientError  # noqa: PLC0415 - on first use, as all of botocore

        wanted = set(networks)
        named = {"Name": self._set, "Scope": SCOPE, "Id": self._id}
        for _ in range(TRIES):
            with border(_WHAT):
                found = self._clients.wafv2.get_ip_set(**named)
            if {ipaddress.ip_network(one) for one in found["IPSet"]["Addresses"]} == wanted:
                return len(wanted)
            addresses = [str(network) for network in networks]
            try:
                with border(_WHAT):
                    self._clients.wafv2.update_ip_set(**named, Addresses=addresses, LockToken=found["LockToken"])
            except ClientError as error:
                if error.response["Error"]["Code"] != "WAFOptimisticLockException":
                    raise
                # Somebody wrote since we looked: theirs may be drift, so look again.
                self._pause(WRITE_SECONDS)
            else:
                self._pause(WRITE_SECONDS)
                return len(wanted)
        raise Unavailable(f"{_WHAT}: somebody else keeps writing to {self._set}")
