"""`restante keys`: create, list and revoke API keys, straight in the store, whether or not a server runs."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from chalicelib.actions.admitting import FIRST_ACCOUNT, create_account, create_key
from chalicelib.errors import Conflict, NotFound
from restante.commands.store import open_store

if TYPE_CHECKING:
    import argparse

    from chalicelib.settings import Settings


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command's parser."""
    parser = commands.add_parser("keys", help="create, list and revoke API keys", description=__doc__)
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    create = actions.add_parser(
        "create", help="make a key and show it, this once", description="Make a key and show it, this once."
    )
    create.add_argument("--account", default=FIRST_ACCOUNT, help="whose key it is (default: %(default)s); made if new")
    create.add_argument("--label", default="", help="a word to know it by")
    create.set_defaults(run=_create)
    listing = actions.add_parser(
        "list", help="list the keys, without their secrets", description="List the keys, without their secrets."
    )
    listing.set_defaults(run=_list)
    revoke = actions.add_parser(
        "revoke", help="make a key useless, at once", description="Make a key useless, at once."
    )
    revoke.add_argument("id", help="the key's id, as `keys list` shows it")
    revoke.set_defaults(run=_revoke)


def _create(settings: Settings, options: argparse.Namespace) -> int:
    backend = open_store(settings, create=True)
    # An account that is there gets one more key.
    with suppress(Conflict):
        create_account(backend, options.account, admin=options.account == FIRST_ACCOUNT)
    key, secret = create_key(backend, options.account, label=options.label)
    print(f"{secret}   (id {key.id}, account {key.account}; the secret is not shown again)")
    return 0


def _list(settings: Settings, _: argparse.Namespace) -> int:
    keys = open_store(settings).directory.keys()
    rows = [("id", "account", "created", "label")]
    rows += [(key.id, key.account, f"{key.created:%Y-%m-%d %H:%M}", key.label) for key in keys]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        print("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]).rstrip())
    return 0


def _revoke(settings: Settings, options: argparse.Namespace) -> int:
    if not open_store(settings).directory.remove_key(options.id):
        raise NotFound(f"There is no key {options.id}; see `restante keys list`")
    print(f"{options.id} is revoked.")
    return 0
