from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from chalicelib.errors import Conflict
from chalicelib.mail.accounts import Account, Key

if TYPE_CHECKING:
    from chalicelib.ports import Directory
    from tests.worlds import World

NOON = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)


def _account(name: str, *, minutes: int = 0, admin: bool = False) -> Account:
    return Account(id=name, created=NOON + timedelta(minutes=minutes), admin=admin)


def _key(name: str, account: str = "ana", *, minutes: int = 0, digest: str | None = None) -> Key:
    created = NOON + timedelta(minutes=minutes)
    return Key(id=name, account=account, digest=digest or f"{name}-digest", label=f"{name} é", created=created)


def test_an_account_is_read_back_as_it_was_added(directory: Directory) -> None:
    directory.add_account(_account("ana", admin=True))

    assert directory.account("ana") == _account("ana", admin=True)
    assert directory.account("bo") is None


def test_an_account_id_is_taken_once(directory: Directory) -> None:
    directory.add_account(_account("ana", admin=True))

    with pytest.raises(Conflict):
        directory.add_account(_account("ana", minutes=1))
    assert directory.account("ana") == _account("ana", admin=True)


def test_accounts_come_oldest_first(directory: Directory) -> None:
    late, early = _account("ana", minutes=2), _account("bo", minutes=1)
    directory.add_account(late)
    directory.add_account(early)

    assert directory.accounts() == (early, late)


def test_a_key_is_found_by_its_digest_with_its_account(directory: Directory) -> None:
    directory.add_account(_account("ana"))
    directory.add_key(_key("one"))

    assert directory.key_of("one-digest") == (_key("one"), _account("ana"))
    assert directory.key_of("two-digest") is None
    assert directory.key_of("one") is None


def test_a_key_id_is_taken_once(directory: Directory) -> None:
    directory.add_account(_account("ana"))
    directory.add_key(_key("one"))

    with pytest.raises(Conflict):
        directory.add_key(_key("one", digest="another"))
    assert directory.keys() == (_key("one"),)
    assert directory.key_of("another") is None


def test_a_digest_is_taken_once(directory: Directory) -> None:
    directory.add_account(_account("ana"))
    directory.add_key(_key("one"))

    with pytest.raises(Conflict):
        directory.add_key(_key("two", digest="one-digest"))
    assert directory.keys() == (_key("one"),)


def test_keys_come_oldest_first(directory: Directory) -> None:
    directory.add_account(_account("ana"))
    late, early = _key("a", minutes=2), _key("b", minutes=1)
    directory.add_key(late)
    directory.add_key(early)

    assert directory.keys() == (early, late)


def test_keys_of_an_account_are_its_own(directory: Directory) -> None:
    for name in ("ana", "bo"):
        directory.add_account(_account(name))
        directory.add_key(_key(f"{name}-key", name))

    assert directory.keys("bo") == (_key("bo-key", "bo"),)
    assert directory.keys("cy") == ()


def test_a_revoked_key_is_never_answered(directory: Directory) -> None:
    directory.add_account(_account("ana"))
    directory.add_key(_key("one"))

    assert directory.remove_key("one") is True
    assert directory.key_of("one-digest") is None
    assert directory.keys() == ()


def test_revoking_what_is_no_key_says_so(directory: Directory) -> None:
    directory.add_account(_account("ana"))
    directory.add_key(_key("one"))

    assert directory.remove_key("one-digest") is False
    assert directory.remove_key("two") is False
    assert directory.keys() == (_key("one"),)


def test_a_revoked_keys_id_and_digest_may_be_used_again(directory: Directory) -> None:
    directory.add_account(_account("ana"))
    directory.add_key(_key("one"))
    directory.remove_key("one")
    directory.add_key(_key("one"))

    assert directory.key_of("one-digest") == (_key("one"), _account("ana"))


def test_a_secret_is_made_when_first_asked_for_and_the_same_ever_after(world: World) -> None:
    first = world.build().directory.secret("alias")

    assert len(first) == 32
    assert world.build().directory.secret("alias") == first
    assert world.build().directory.secret("cursor") != first


def test_what_is_no_account_id_names_no_account(directory: Directory) -> None:
    for name in ("", "x" * 5000):
        assert directory.account(name) is None
        assert directory.keys(name) == ()
        assert directory.key_of(name) is None
        assert directory.remove_key(name) is False
