"""`restante reindex`: make the index again from the raw mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tqdm import tqdm

from chalicelib.actions.reindexing import Progress, reindex
from restante.commands.store import add_stage, chosen_store

if TYPE_CHECKING:
    import argparse

    from chalicelib.settings import Settings


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command's parser."""
    parser = commands.add_parser(
        "reindex",
        help="make the index again from the raw mail",
        description="Describe every raw mail again and write what differs. Safe at any time, also while serving: "
        "deleted mail stays deleted, and what readers did with messages stays.",
    )
    add_stage(parser)
    parser.set_defaults(run=_run)


def _run(settings: Settings, options: argparse.Namespace) -> int:
    last = Progress(seen=0, changed=0)
    for progress in tqdm(reindex(chosen_store(settings, options)), unit=" mails", desc="Reindexing"):
        last = progress
    print(f"{last.seen} mails looked at, {last.changed} written anew.")
    return 0
