"""Keys in the table: what an API request asks of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.aws.backend import backend_of
from chalicelib.aws.writes import ItemKey
from chalicelib.mail.accounts import Account, Key
from chalicelib.settings import read_settings

if TYPE_CHECKING:
    from chalicelib.aws.backend import AwsBackend
    from chalicelib.aws.clients import Clients

NOON = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
ANA = Account(id="ana", created=NOON, admin=True)
KEY = Key(id="one", account="ana", digest="d1", label="CI", created=NOON)
LOOKED_UP = ItemKey("DIGEST#d1", "DIGEST")


@pytest.fixture
def asked(clients: Clients) -> list[Any]:
    """What is asked of the table from now on."""
    requests: list[Any] = []
    clients.dynamodb.meta.events.register(
        "provide-client-params", lambda params, **_: requests.append(params), unique_id="asked"
    )
    return requests


def test_a_key_and_its_account_are_one_consistent_read(world: AwsBackend, asked: list[Any]) -> None:
    world.directory.add_account(ANA)
    world.directory.add_key(KEY)
    asked.clear()

    assert world.directory.key_of("d1") == (KEY, ANA)
    assert [(one["Key"]["pk"]["S"], one["ConsistentRead"]) for one in asked] == [("DIGEST#d1", True)]


def test_a_key_that_was_made_before_its_account_was_copied_opens_it(world: AwsBackend) -> None:
    world.directory.add_account(ANA)
    world.directory.add_key(KEY)
    item = dict(world.table.get(LOOKED_UP) or {})
    old = {name: value for name, value in item.items() if not name.startswith("account_")}
    world.table.put_all({LOOKED_UP: old})

    assert world.directory.key_of("d1") == (KEY, ANA)


def test_a_key_that_was_made_before_its_account_opens_it_once_it_is_there(world: AwsBackend) -> None:
    world.directory.add_key(KEY)

    assert world.directory.key_of("d1") is None
    world.directory.add_account(ANA)
    assert world.directory.key_of("d1") == (KEY, ANA)


def test_a_stage_knows_that_only_mail_of_its_own_domain_reaches_it() -> None:
    settings = read_settings({"RESTANTE_TABLE": "t", "RESTANTE_BUCKET": "b", "RESTANTE_DOMAINS": "mail.example"})

    assert backend_of(settings).policy.receives == ("mail.example",)
