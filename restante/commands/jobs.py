"""`restante jobs`: look at the work that was given up, and set it going again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restante.commands.store import add_stage, chosen_store

if TYPE_CHECKING:
    import argparse

    from chalicelib.settings import Settings

MOST_LISTED = 1000


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command's parser."""
    parser = commands.add_parser(
        "jobs", help="list dead letters and try them again", description="Work that was given up: list it, redrive it."
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser(
        "list", help="list the dead letters, newest first", description="List the dead letters, newest first."
    )
    add_stage(listing)
    listing.set_defaults(run=_list)
    redrive = actions.add_parser(
        "redrive", help="try dead letters again", description="Try dead letters again, as if never tried."
    )
    redrive.add_argument("ids", nargs="*", help="their ids, as `jobs list` shows them (default: all)")
    add_stage(redrive)
    redrive.set_defaults(run=_redrive)


def _list(settings: Settings, options: argparse.Namespace) -> int:
    for letter in chosen_store(settings, options).jobs.buried(limit=MOST_LISTED):
        job = letter.job
        print(f"{letter.buried:%Y-%m-%d %H:%M}  {job.kind}  {job.id}  after {job.attempts} tries: {letter.reason}")
    return 0


def _redrive(settings: Settings, options: argparse.Namespace) -> int:
    count = chosen_store(settings, options).jobs.redrive(options.ids or None)
    print(f"{count} jobs are tried again.")
    # Who names some and finds none was mistaken.
    return 0 if count or not options.ids else 1
