"""Settings: read from the environment, each with a default that works, wrong ones named."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from chalicelib.actions.receiving import admits
from chalicelib.composition import policy_of
from chalicelib.settings import PREFIX, HostPort, InvalidSettingError, Settings, read_settings
from restante.commands.serve import unknown_settings

LOCAL = ("mail.example", "localhost")


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
        ("DOMAINS", "ü.example,XN--TDA.example,mail.example.,localhost", ("xn--tda.example",) * 2 + LOCAL),
        ("DOMAINS", "[192.0.2.1],[IPv6:2001:db8::1]", ("[192.0.2.1]", "[ipv6:2001:db8::1]")),
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
        *[
            ("DOMAINS", text)
            for text in ("a b,,@", "@x.example", "a..b", "-a.example", "x.example;y.example", "ü" * 64)
        ],
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


@pytest.mark.parametrize("domain", ["ü.example", "xn--tda.example"])
@pytest.mark.parametrize("recipient", ["bo@ü.example", "bo@XN--tda.example", "Bo+tag@Ü.example."])
def test_mail_to_an_internationalised_domain_is_taken_however_it_is_written(domain: str, recipient: str) -> None:
    settings = read_settings({"RESTANTE_DOMAINS": domain})

    assert admits(policy_of(settings), recipient)
    assert not admits(policy_of(settings), "bo@example")


def test_a_variable_that_looks_like_a_setting_and_is_none_is_named() -> None:
    variables = ["RESTANTE_DOMAIN", "RESTANTE_KEY", "RESTANTE_TEST_CALLS", "RESTANTE_ZZZ", "PATH", "RESTANTE_SMTP"]

    assert list(unknown_settings(variables)) == [
        "RESTANTE_DOMAIN is no setting, and changes nothing; did you mean RESTANTE_DOMAINS?",
        "RESTANTE_ZZZ is no setting, and changes nothing.",
    ]
