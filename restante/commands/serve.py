"""`restante serve`: the whole service on this machine."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from restante.embedded.starting import CannotStartError

if TYPE_CHECKING:
    import argparse

    from chalicelib.settings import Settings

_LINE = "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s"
_TIME = "%Y-%m-%dT%H:%M:%S"

__all__ = ["CannotStartError", "add_to"]


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command's parser."""
    parser = commands.add_parser(
        "serve",
        help="start the SMTP and the HTTP server",
        description="Start the SMTP server and the HTTP server, each in a process of its own, until Ctrl-C or SIGTERM.",
    )
    parser.set_defaults(run=_run)


def _run(settings: Settings, _: argparse.Namespace) -> int:
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
