"""`restante serve`: the whole service on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restante.embedded.starting import CannotStartError

if TYPE_CHECKING:
    import argparse

    from chalicelib.settings import Settings

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

    return Supervisor(settings, announce=lambda line: print(line, flush=True)).run()
