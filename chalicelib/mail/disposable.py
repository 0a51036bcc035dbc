"""Domains that give out throw-away addresses, from the disposable-email-domains list."""

from __future__ import annotations

from functools import cache


def is_disposable(host: str) -> bool:
    """Whether a domain, or one it is below, is on the list."""
    labels = host.lower().strip(".").split(".")
    listed = _listed()
    return any(".".join(labels[at:]) in listed for at in range(len(labels) - 1))


@cache
def _listed() -> frozenset[str]:
    # Several thousand names that few requests need: read when first asked for, not at each cold start.
    from disposable_email_domains import blocklist  # noqa: PLC0415 - see above

    return frozenset(blocklist)
