"""The certificate for STARTTLS: made by ourselves at the first start, and kept in the data folder.

It encrypts, and proves nothing: clients of a test server do not verify it, or are told to trust this file.
"""

from __future__ import annotations

import os
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from pathlib import Path


FILE_NAME = "smtp-certificate.pem"
_LIFETIME = timedelta(days=3650)
_RENEWAL = timedelta(days=30)


def tls_context(folder: Path, hostname: str) -> ssl.SSLContext:
    """What a server needs for TLS 1.2 and 1.3, with the certificate of this folder, made if need be.

    It is made anew when it cannot be read, ends within 30 days, or is for another host name. Raises OSError where
    the folder cannot be written.
    """
    path = folder / FILE_NAME
    if not _is_usable(path, hostname):
        _keep(path, _make(hostname))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(path)
    return context


def _is_usable(path: Path, hostname: str) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path)
    except (OSError, ValueError):
        return False
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    is_current = datetime.now(UTC) + _RENEWAL < certificate.not_valid_after_utc
    return is_current and list(names) == _names(hostname)


def _names(hostname: str) -> list[x509.GeneralName]:
    addresses = [x509.IPAddress(ip_address(address)) for address in ("127.0.0.1", "::1")]
    return [*(x509.DNSName(name) for name in dict.fromkeys((hostname, "localhost"))), *addresses]


def _make(hostname: str) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, hostname[:64])])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # Clocks of clients may be behind ours.
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.SubjectAlternativeName(_names(hostname)), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


def _keep(path: Path, pem: bytes) -> None:
    # Written beside and renamed: a reader never sees half of it. It holds the private key: nobody else may read it.
    fresh = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
    fresh.replace(path)
