"""`restante push` and `restante pull`: copy mail, accounts and keys from the data folder to a stage, or back."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from tqdm import tqdm

from chalicelib.actions.moving import Moved, move
from restante.commands.store import add_stage, on_stage, open_store

if TYPE_CHECKING:
    import argparse

    from chalicelib.ports import Backend
    from chalicelib.settings import Settings

_SAFE = (
    "Nobody is told of copied mail. Doing it again copies what is new and goes on where it was broken off; "
    "what is there already stays, unless it was changed later {where}. Ends with 1 where something could not be copied."
)


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parsers of both commands."""
    push = commands.add_parser(
        "push",
        help="copy mail, accounts and keys from the data folder to a stage",
        description="Copy mail, accounts and keys from the data folder to a service on AWS. "
        + _SAFE.format(where="here"),
    )
    pull = commands.add_parser(
        "pull",
        help="copy mail, accounts and keys from a stage to the data folder",
        description="Copy mail, accounts and keys from a service on AWS to the data folder. "
        + _SAFE.format(where="on AWS"),
    )
    for parser, run, end in ((push, _push, "to copy to"), (pull, _pull, "to copy from")):
        add_stage(parser, help_=f"the deployed stage {end}")
        parser.set_defaults(run=run, complain=parser.error)


def _push(settings: Settings, options: argparse.Namespace) -> int:
    _require_stage(options)
    return copy(open_store(settings), cast("Backend", on_stage(settings, options)))


def _pull(settings: Settings, options: argparse.Namespace) -> int:
    _require_stage(options)
    return copy(cast("Backend", on_stage(settings, options)), open_store(settings, create=True))


def _require_stage(options: argparse.Namespace) -> None:
    if options.stage is None and options.table is None:
        options.complain("name the service on AWS with --stage, or with --table and --bucket")


def copy(source: Backend, destination: Backend) -> int:
    """Move one store into another with a bar, and print what came of it; answers with the code to end with."""
    last = Moved()
    with tqdm(unit=" mails", desc="Copying") as bar:
        for last in move(source, destination):
            bar.update(last.seen - bar.n)
    for refused in last.refused:
        print(f"Not copied: {refused}.")
    if last.foreign:
        print(f"Not copied: {last.foreign} messages whose inboxes are not their owner's there.")
    if last.unindexed:
        print(f"Not copied: {last.unindexed} mails that the index does not know: `restante reconcile` mends it.")
    counts = "".join(f"{number} {kind}, " for kind, number in last.other if number)
    print(f"{counts}{last.copied} mails copied ({last.octets} bytes); {last.known} mails were there already.")
    return 1 if last.refused or last.foreign or last.unindexed else 0
