"""`restante reconcile`: bring raw mail and index together where a fault has parted them."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from tqdm import tqdm

from chalicelib.actions.reconciling import Reconciled, claim, reconcile
from restante.commands.store import add_stage, on_stage, open_store

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from chalicelib.ports import Backend
    from chalicelib.settings import Settings


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command's parser."""
    parser = commands.add_parser(
        "reconcile",
        help="index raw mail that was missed, and tell what lost its raw mail",
        description="Index raw mail that the index does not know, and tell which messages have lost their raw mail. "
        "Safe at any time, also while serving. Ends with 1 where something is lost, or cannot be indexed.",
    )
    add_stage(parser)
    parser.set_defaults(run=_run)


def _run(settings: Settings, options: argparse.Namespace) -> int:
    claimed, tidied = Reconciled(), 0
    if options.stage is None and options.table is None:
        store: Backend = open_store(settings)
    else:
        world = on_stage(settings, options)
        from chalicelib.aws.strays import STRAY, strays, with_envelope  # noqa: PLC0415 - one machine has no use for it

        found = strays(world.table, world.raw, before=world.now() - STRAY)
        claimed = _last(claim(world, found, partial(with_envelope, world.raw)), "Mail that nobody was told of")
        tidied, store = world.raw.tidy(), world
    last = _last(reconcile(store), "Reconciling")
    failed = dict.fromkeys((*claimed.failed_mails, *last.failed_mails))
    for mail in failed:
        print(f"{mail}: it could not be indexed")
    for mail in last.lost_mails:
        print(f"{mail}: its raw mail is gone")
    print(
        f"{last.seen} mails looked at, {last.mended + claimed.mended} indexed, {claimed.let_go} let go, "
        f"{last.lost} without raw mail, {tidied} receipts of deleted mail removed."
    )
    return 1 if last.lost or failed else 0


def _last(look: Iterator[Reconciled], what: str) -> Reconciled:
    ended = deque(tqdm(look, unit=" mails", desc=what), maxlen=1)
    return ended[0] if ended else Reconciled()
