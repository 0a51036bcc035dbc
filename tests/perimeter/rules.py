"""Rules for tests: by hand, and at random with Hypothesis."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from chalicelib.mail.blocking import Action, BlockRule, Scope, subject_of

if TYPE_CHECKING:
    from chalicelib.mail.blocking import IpNetwork

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def rule(subject: str, **more: Any) -> BlockRule:
    return BlockRule(**{"subject": subject, "reason": "flood", "made_by": "ana", "created": NOON, **more})


def allow(subject: str, **more: Any) -> BlockRule:
    return rule(subject, action=Action.ALLOW, **more)


# Few bits are free, so that networks and addresses meet.
ADDRESSES = st.one_of(
    st.integers(0, 63).map(lambda low: ipaddress.ip_address((10 << 24) + low)),
    st.integers(0, 63).map(lambda low: ipaddress.ip_address((0x2001_0DB8 << 96) + (low << 62))),
)


def _network(address: Any, prefix: int) -> IpNetwork:
    network: IpNetwork = ipaddress.ip_network((address, prefix), strict=False)
    return network


NETWORKS = ADDRESSES.flatmap(
    lambda address: st.sampled_from(
        [1, 24, *range(26, 33)] if address.version == 4 else [1, 32, *range(60, 67), 128]
    ).map(lambda prefix: _network(address, prefix))
)


def rules_about(networks: st.SearchStrategy[IpNetwork]) -> st.SearchStrategy[tuple[BlockRule, ...]]:
    """Any rules, one a subject, some of which have expired at NOON."""
    made = st.builds(
        lambda network, action, scope, expires, hits: rule(
            subject_of(network),
            action=action,
            scope=scope,
            expires=None if expires is None else NOON + timedelta(seconds=expires),
            hits=hits,
        ),
        networks,
        st.sampled_from(Action),
        st.sampled_from(Scope),
        st.sampled_from([None, -1, 0, 1]),
        st.integers(0, 9),
    )
    return st.lists(made, max_size=12, unique_by=lambda one: one.subject).map(tuple)


RULES = rules_about(NETWORKS)
