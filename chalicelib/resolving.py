"""The Resolver port: the Domain Name System, asked through dnspython within bounds."""

from __future__ import annotations

from chalicelib.errors import Unavailable

SECONDS = 3.0
"""How long one question may take, all name servers and retries together."""
MOST_RECORDS = 20


class DnsResolver:
    """See ports.Resolver."""

    def txt(self, name: str) -> tuple[str, ...]:
        return tuple(
            b"".join(record.strings).decode("utf-8", "replace")  # type: ignore[attr-defined]
            for record in _records(name, "TXT")
        )

    def mx(self, domain: str) -> tuple[str, ...]:
        found = sorted(
            (record.preference, record.exchange.to_text(omit_final_dot=True).lower())  # type: ignore[attr-defined]
            for record in _records(domain, "MX")
        )
        return tuple(exchange for _, exchange in found)


def _records(name: str, kind: str) -> list[object]:
    # Few requests ask the DNS: a cold start does not pay for it.
    import dns.exception  # noqa: PLC0415 - see above
    import dns.resolver  # noqa: PLC0415 - see above

    try:
        return list(dns.resolver.resolve(name, kind, lifetime=SECONDS))[:MOST_RECORDS]
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.resolver.NoNameservers):
        return []
    except (dns.exception.DNSException, OSError, ValueError) as error:
        raise Unavailable(f"The DNS did not answer for {name}: {type(error).__name__}") from error
