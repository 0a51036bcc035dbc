"""Who may come in: API keys, of which only digests are kept."""

from __future__ import annotations

import hashlib
import hmac
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.errors import BadRequest, Conflict, NotFound, Unauthorized
from chalicelib.mail.accounts import Account, Key

if TYPE_CHECKING:
    from chalicelib.ports import Backend

_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
LABEL_LETTERS = 100
"""The most letters of the word that a key is known by."""
FIRST_ACCOUNT = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: the account behind a valid key, and the address the request came from. No account: nobody known."""

    account: Account | None
    ip: str = ""


def digest_of(secret: str) -> str:
    """What is kept of a key: its SHA-256 in hex. Keys of ours carry 190 bits, so a slow hash would add nothing."""
    # JSON can spell half a surrogate pair: a key that nobody has, but that has a digest like any other text.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def admit(backend: Backend, secret: str) -> Account:
    """The account that this key opens. Raises Unauthorized for a key that is not, or no longer, valid."""
    digest = digest_of(secret)
    found = backend.directory.key_of(digest)
    if found is None or not hmac.compare_digest(found[0].digest, digest):
        raise Unauthorized("The API key is not valid")
    return found[1]


def create_key(backend: Backend, account: str, *, label: str = "", secret: str | None = None) -> tuple[Key, str]:
    """A new key for that account, and its secret, which is shown this once.

    A chosen `secret` is taken as it is. Raises NotFound for an unknown account, BadRequest for too long a label,
    Conflict for a secret in use.
    """
    if len(label) > LABEL_LETTERS:
        raise BadRequest(f"label: expected {LABEL_LETTERS} characters at most", field="label")
    if backend.directory.account(account) is None:
        raise NotFound(f"There is no account {account}")
    if secret is None:
        number = int.from_bytes(backend.entropy(24), "big")
        secret = "k_" + "".join(_LETTERS[number // 62**place % 62] for place in range(32))
    digest = digest_of(secret)
    key = Key(id=f"key-{digest[:12]}", account=account, digest=digest, label=label, created=backend.now())
    backend.directory.add_key(key)
    return key, secret


def create_account(backend: Backend, account: str, *, admin: bool = False) -> Account:
    """A new account. Raises BadRequest for a name that is none, Conflict for one that is taken."""
    if not _ACCOUNT.fullmatch(account):
        raise BadRequest("An account is named by up to 64 of a-z, 0-9, '.', '_' and '-'", field="account")
    made = Account(id=account, created=backend.now(), admin=admin)
    backend.directory.add_account(made)
    return made


def ensure_first_key(backend: Backend, chosen: str | None) -> str | None:
    """See to it that somebody can come in: on an empty directory make the admin account and its first key.

    Answers with the secret of a key that was made now, to be shown once; None when there was nothing to make.
    A chosen key that is not known yet is added to the admin account, also later.
    """
    if chosen is None and backend.directory.keys():
        return None
    with suppress(Conflict):
        create_account(backend, FIRST_ACCOUNT, admin=True)
    try:
        return create_key(backend, FIRST_ACCOUNT, label="first key", secret=chosen)[1]
    except Conflict:
        return None
