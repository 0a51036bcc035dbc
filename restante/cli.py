"""The command line: which commands there are, and how an error looks."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from chalicelib.errors import RestanteError
from chalicelib.settings import InvalidSettingError, environment, read_settings
from chalicelib.version import VERSION
from restante.commands import block, deploy, destroy, importing, jobs, keys, moving, reconcile, reindex, send, serve

if TYPE_CHECKING:
    from collections.abc import Sequence

_COMMANDS = (serve, send, importing, reindex, reconcile, moving, keys, jobs, block, deploy, destroy)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit: 0 when it did what was asked, 1 when it failed, 2 when it was asked wrongly."""
    _print_anything()
    options = _parser().parse_args(arguments)
    try:
        settings = read_settings(environment())
        if options.data is not None:
            settings = replace(settings, data=options.data)
        code = options.run(settings, options)
        # What is still in the buffer may meet a pipe that nobody reads any more: it shows here, not at the exit.
        sys.stdout.flush()
    except (InvalidSettingError, serve.CannotStartError) as error:
        print(f"restante: {error}", file=sys.stderr)
        code = 2
    except BrokenPipeError:
        code = _end_of_pipe()
    except (RestanteError, OSError) as error:
        print(f"restante: {error}", file=sys.stderr)
        code = 1
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def _end_of_pipe() -> int:
    """Ends as a program does that writes to a pipe nobody reads any more, as after `| head -1`: quietly."""
    # Python writes what is left at its exit, and would complain then (Python, library/signal, "Note on SIGPIPE").
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 128 + signal.SIGPIPE


def _print_anything() -> None:
    # Mail, and what was stored long ago, has characters that a terminal's encoding, or any, lacks.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="restante",
        description="Programmable inboxes: mail to any address, read over HTTP.",
        epilog="Settings are environment variables: see docs/settings.md.",
    )
    parser.add_argument("--version", action="version", version=f"restante {VERSION}")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="the data folder, instead of RESTANTE_DATA")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add_to(commands)
    return parser
