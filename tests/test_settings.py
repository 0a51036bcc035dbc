"""Settings: read from the environment, each with a default that works, wrong ones named."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from chalicelib.settings import PREFIX, HostPort, InvalidSettingError, Settings, read_settings


def test_an_empty_environment_gives_every_default() -> None:
    assert read_settings({}) == Settings()


def test_the_ports_and_the_data_folder_are_those_of_the_documentation() -> None:
    settings = Settings()

    assert str(settings.smtp) == "127.0.0.1:1025"
    assert str(settings.http) == "127.0.0.1:8025"
    assert settings.data == Path("data")
    assert settings.smtp_size == 40 * 1024 * 1024
    assert settings.smtp_recipients == 100


@pytest.mark.parametrize("name", [entry.name for entry in fields(Settings)])
def test_a_setting_that_is_empty_is_as_one_that_is_not_there(name: str) -> None:
    assert read_settings({PREFIX + name.upper(): "  "}) == Settings()


@pytest.mark.parametrize("entry", fields(Settings), ids=lambda entry: entry.name)
def test_every_setting_says_in_a_sentence_what_it_means(entry: object) -> None:
    meaning = getattr(entry, "metadata")["meaning"]  # noqa: B009 - a Field of any type

    assert meaning[0].isupper()
    assert meaning.endswith(".")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("SMTP", "0.0.0.0:25", HostPort("0.0.0.0", 25)),
        ("SMTP", ":2525", HostPort("0.0.0.0", 2525)),
        ("HTTP", "[::1]:0", HostPort("::1", 0)),
        ("HTTP", "localhost:8025", HostPort("localhost", 8025)),
        ("DATA", "/var/mail/restante", Path("/var/mail/restante")),
        ("VALKEY", "valkeys://cache.example:6379", "valkeys://cache.example:6379"),
        ("VALKEY", "valkey://:secret@127.0.0.1:6379/2", "valkey://:secret@127.0.0.1:6379/2"),
        ("CACHE_MEMORY", "128m", 128 * 1024**2),
        ("API_KEY", "k_mine", "k_mine"),
        ("SMTP_SIZE", "500000", 500_000),
        ("SMTP_SIZE", "512k", 512 * 1024),
        ("SMTP_SIZE", "2G", 2 * 1024**3),
        ("SMTP_RECIPIENTS", "7", 7),
        ("SMTP_STOP_TIMEOUT", "0.5", 0.5),
        ("DOMAINS", " A.example, b.example ,", ("a.example", "b.example")),
        ("HOSTNAME", " mx.example ", "mx.example"),
    ],
)
def test_a_setting_is_read(name: str, text: str, value: object) -> None:
    assert getattr(read_settings({PREFIX + name: text}), name.lower()) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *[("SMTP", text) for text in ("1025", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "a:b", "a:-1", "a:1.5")],
        *[("SMTP_SIZE", text) for text in ("0", "-1", "40x", "m", "1.5m", "40 mb", "\u0664\u00b2")],
        *[("SMTP_RECIPIENTS", text) for text in ("0", "-3", "many", "1e2")],
        *[("SMTP_STOP_TIMEOUT", text) for text in ("0", "-1", "nan", "inf", "soon")],
        *[("VALKEY", text) for text in ("cache.example:6379", "http://cache.example", "valkeys://", "valkeys://a b")],
        *[("API_KEY", text) for text in ("two words", "k_\u00e4", "k_\x07")],
    ],
)
def test_a_setting_that_cannot_be_used_is_named_with_what_is_expected(name: str, text: str) -> None:
    with pytest.raises(InvalidSettingError, match=rf"^{PREFIX}{name}=.*: expected "):
        read_settings({PREFIX + name: text})


def test_an_api_key_is_never_repeated_in_an_error() -> None:
    with pytest.raises(InvalidSettingError) as error:
        read_settings({"RESTANTE_API_KEY": "a secret"})

    assert "secret" not in str(error.value)


def test_a_port_shows_an_ipv6_address_in_brackets() -> None:
    assert str(HostPort("::1", 1025)) == "[::1]:1025"
    assert str(HostPort("127.0.0.1", 1025)) == "127.0.0.1:1025"
