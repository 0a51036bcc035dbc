from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from restante.embedded.smtp.certificate import FILE_NAME, tls_context

if TYPE_CHECKING:
    from pathlib import Path


def test_a_certificate_is_made_once_and_kept(tmp_path: Path) -> None:
    tls_context(tmp_path, "mx.test")
    first = (tmp_path / FILE_NAME).read_bytes()
    tls_context(tmp_path, "mx.test")

    assert (tmp_path / FILE_NAME).read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_the_private_key_is_nobody_elses_to_read(tmp_path: Path) -> None:
    tls_context(tmp_path, "mx.test")

    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_the_certificate_names_the_host_and_the_loopback_addresses(tmp_path: Path) -> None:
    tls_context(tmp_path, "mx.test")
    certificate = x509.load_pem_x509_certificate((tmp_path / FILE_NAME).read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value

    assert names.get_values_for_type(x509.DNSName) == ["mx.test", "localhost"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]


def test_for_another_host_name_it_is_made_anew(tmp_path: Path) -> None:
    tls_context(tmp_path, "mx.test")
    first = (tmp_path / FILE_NAME).read_bytes()
    tls_context(tmp_path, "other.test")

    assert (tmp_path / FILE_NAME).read_bytes() != first


@pytest.mark.parametrize(
    "content", [b"", b"rubbish", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_a_file_that_cannot_be_read_is_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    tls_context(tmp_path, "mx.test")

    assert b"PRIVATE KEY" in (tmp_path / FILE_NAME).read_bytes()
