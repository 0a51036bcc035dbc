"""The DNS records that a deployment needs, and which of them are still missing."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.errors import RestanteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

DKIM_ZONE = "dkim.amazonses.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record to be made at whoever serves the domain's DNS."""

    name: str
    kind: str
    value: str

    def __str__(self) -> str:
        return f"{self.name}  {self.kind}  {self.value}"


def records(outputs: Mapping[str, str], region: str, identity: Mapping[str, Any] | None) -> Iterator[Record]:
    """All that the stage needs: where mail goes, the keys that sign it, and its host names.

    https://docs.aws.amazon.com/ses/latest/dg/receiving-email-mx-record.html
    """
    domain = outputs["DomainOfMail"]
    yield Record(name=domain, kind="MX", value=f"10 inbound-smtp.{region}.amazonaws.com")
    dkim = (identity or {}).get("DkimAttributes", {})
    for token in dkim.get("Tokens", ()):
        zone = dkim.get("SigningHostedZone", DKIM_ZONE)
        yield Record(name=f"{token}._domainkey.{domain}", kind="CNAME", value=f"{token}.{zone}")
    for url, target in (("ApiUrl", "ApiHostTarget"), ("LiveUrl", "LiveHostTarget")):
        if target in outputs:
            yield Record(name=outputs[url].split("/")[2], kind="CNAME", value=outputs[target])


def missing(
    needed: Iterator[Record], identity: Mapping[str, Any] | None, exchangers: Callable[[str], tuple[str, ...]]
) -> Iterator[Record]:
    """Those that the DNS does not answer with yet; SES itself says whether it has found the keys."""
    signed = (identity or {}).get("DkimAttributes", {}).get("Status") == "SUCCESS"
    for record in needed:
        if "._domainkey." in record.name:
            found = signed
        elif record.kind == "MX":
            found = record.value.split()[1] in _asked(exchangers, record.name)
        else:
            found = _resolves(record.name)
        if not found:
            yield record


def _asked(exchangers: Callable[[str], tuple[str, ...]], name: str) -> tuple[str, ...]:
    try:
        return exchangers(name)
    except RestanteError:
        return ()


def _resolves(name: str) -> bool:
    try:
        return bool(socket.getaddrinfo(name, 443, type=socket.SOCK_STREAM))
    except OSError:
        return False
