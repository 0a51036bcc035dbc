"""`restante import`: take mail from mbox files, Maildir folders and .eml files into inboxes."""

from __future__ import annotations

import argparse
import mailbox
import sys
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from chalicelib.actions.receiving import Arrival, receive
from chalicelib.mail.addresses import inbox_of, is_address
from chalicelib.mail.guessed_envelope import guessed_envelope, guessed_recipients
from restante.commands.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.settings import Settings

BATCH = 50
"""Mails that are made safe together: one wait for the disk instead of fifty."""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command's parser."""
    parser = commands.add_parser("import", help="take mbox, Maildir or .eml files into inboxes", description=__doc__)
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="an mbox file, a Maildir, an .eml file, or a folder of them"
    )
    parser.add_argument(
        "--to",
        action="append",
        type=_address,
        metavar="ADDRESS",
        help="the inbox (default: Delivered-To or X-Original-To, else the addresses in To and Cc)",
    )
    parser.set_defaults(run=_run)


def _run(settings: Settings, options: argparse.Namespace) -> int:
    for path in options.paths:
        if not path.exists():
            raise FileNotFoundError(f"{path} does not exist")
    backend = open_store(settings, create=True)
    taken: Counter[str] = Counter()
    skipped = 0
    mails = iter(tqdm(_mails(options.paths), unit=" mails", desc="Importing"))
    while batch := list(islice(mails, BATCH)):
        arrivals = []
        for name, content in batch:
            recipients = tuple(options.to or guessed_recipients(content))
            if recipients:
                arrivals.append(Arrival(envelope=guessed_envelope(content, recipients), content=content))
            else:
                skipped += 1
                tqdm.write(f"{name}: no recipient; give one with --to", file=sys.stderr)
        if arrivals:
            receive(backend, arrivals)
        taken.update(inbox_of(recipient) for arrival in arrivals for recipient in arrival.envelope.recipients)
    print(f"{taken.total()} messages imported into {len(taken)} inboxes, {skipped} mails skipped.")
    return 1 if skipped else 0


def _address(text: str) -> str:
    if not is_address(text):
        raise argparse.ArgumentTypeError(f"{text} is not an email address")
    return text


def _mails(paths: list[Path]) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        if path.is_dir() and (path / "cur").is_dir():
            folder = mailbox.Maildir(path, create=False)
            yield from ((f"{path}: {key}", folder.get_bytes(key)) for key in folder.iterkeys())
        elif path.is_dir():
            yield from ((str(file), file.read_bytes()) for file in sorted(path.rglob("*.eml")))
        elif _is_mbox(path):
            box = mailbox.mbox(path, create=False)
            yield from ((f"{path}: mail {int(key) + 1}", box.get_bytes(key)) for key in box.iterkeys())
        else:
            yield str(path), path.read_bytes()


def _is_mbox(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(5) == b"From "
