"""`restante serve`: the whole service on this machine."""

from __future__ import annotations

import logging
import sys
import time
from dataclasses import fields
from difflib import get_close_matches
from typing import TYPE_CHECKING

from chalicelib.settings import PREFIX, Settings, environment
from restante.embedded.starting import CannotStartError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

__all__ = ["CannotStartError", "add_to", "unknown_settings"]

_LINE = "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s"
_TIME = "%Y-%m-%dT%H:%M:%S"

_OTHERS = ("RESTANTE_KEY", "RESTANTE_TEST_", "RESTANTE_BENCH_")
"""Variables of clients and of our own tests."""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command's parser."""
    parser = commands.add_parser(
        "serve",
        help="start the SMTP and the HTTP server",
        description="Start the SMTP server and the HTTP server, each in a process of its own, until Ctrl-C or SIGTERM.",
    )
    parser.set_defaults(run=_run)


def unknown_settings(variables: Iterable[str]) -> Iterator[str]:
    """A line about each of these environment variables that looks like a setting and is none."""
    known = [PREFIX + entry.name.upper() for entry in fields(Settings)]
    for name in sorted(variables):
        if name.startswith(PREFIX) and name not in known and not name.startswith(_OTHERS):
            meant = "".join(f"; did you mean {one}?" for one in get_close_matches(name, known, n=1, cutoff=0.85))
            yield f"{name} is no setting, and changes nothing{meant or '.'}"


def _run(settings: Settings, _: argparse.Namespace) -> int:
    for line in unknown_settings(environment()):
        print(f"restante: {line}", file=sys.stderr, flush=True)
    # The servers take longer to load than most commands run: a block must not wait for them.
    from restante.embedded.supervisor import Supervisor  # noqa: PLC0415 - see above

    _log_with_time()
    return Supervisor(settings, announce=lambda line: print(line, flush=True)).run()


def _log_with_time() -> None:
    """Let every line of the log say when, in UTC. The servers are forked from this process, and log as it does."""
    formatter = logging.Formatter(_LINE, _TIME)
    formatter.converter = time.gmtime
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler])
