"""The process that receives by SMTP."""

from __future__ import annotations

import asyncio
import functools
import gc
import resource
import signal
from typing import TYPE_CHECKING

import uvloop

from chalicelib.actions.owning import is_login
from chalicelib.actions.receiving import admits
from chalicelib.mail.blocking import Scope
from restante.embedded.backend import backend_of
from restante.embedded.door import Door
from restante.embedded.keeper import Keeper
from restante.embedded.smtp import replies
from restante.embedded.smtp.certificate import tls_context
from restante.embedded.smtp.committing import GroupCommit
from restante.embedded.smtp.connection import Patience
from restante.embedded.smtp.content import Memory
from restante.embedded.smtp.guard import STALLED, Guard
from restante.embedded.smtp.server import Server
from restante.embedded.smtp.terms import Terms, no_user

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from chalicelib.settings import Settings

_OTHER_FILES = 512
"""Files that are open beside connections: databases, and the big mails of two batches."""


def run(settings: Settings, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Receive on this listening socket until SIGTERM or SIGINT; calls `ready` once connections are taken.

    Mails that are coming in at that moment get `smtp_stop_timeout` to be finished; a mail that was answered with 250
    is kept in any case.
    """
    _allow_open_files(settings.smtp_connections + STALLED + _OTHER_FILES)
    uvloop.run(_serve(settings, listener, ready))


def _allow_open_files(count: int) -> None:
    # Often 1024 are allowed at first and many more on demand (getrlimit(2)).
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < count:
        allowed = count if hard == resource.RLIM_INFINITY else min(count, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


async def _serve(settings: Settings, listener: socket.socket, ready: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    backend = backend_of(settings)
    keeper = Keeper(backend)
    committing = GroupCommit(keeper.receive, loop.call_soon_threadsafe)
    door = Door(backend, Scope.MAIL)
    server = Server(
        terms_of(
            settings,
            admits=functools.partial(admits, backend.policy),
            authenticate=functools.partial(is_login, backend),
        ),
        committing.submit,
        certificate=tls_context(settings.data, settings.hostname),
        patience=patience_of(settings),
        most=settings.smtp_connections,
        guard=Guard(
            door,
            most_per_address=settings.smtp_connections_per_address,
            reply=replies.SHUT_OUT if settings.smtp_blocked == "554" else b"",
            tarpit=settings.smtp_tarpit,
        ),
    )
    door.when_changed(lambda: loop.call_soon_threadsafe(server.cut_off))
    # What is here now stays: the collector need not look at it again.
    gc.collect()
    gc.freeze()
    await server.start([listener])
    ready()
    await stopped.wait()
    await server.stop()
    committing.close()
    keeper.close()
    door.close()


def terms_of(
    settings: Settings, *, admits: Callable[[str], bool], authenticate: Callable[[str, str], bool] = no_user
) -> Terms:
    """The terms that these settings ask for."""
    return Terms(
        hostname=settings.hostname,
        size=settings.smtp_size,
        recipients=settings.smtp_recipients,
        line=settings.smtp_line,
        errors=settings.smtp_errors,
        admits=admits,
        authenticate=authenticate,
        # The greatest mail has to fit, with its dots stuffed.
        memory=Memory(max(settings.smtp_memory, 2 * settings.smtp_size)),
    )


def patience_of(settings: Settings) -> Patience:
    """The times to wait that these settings ask for."""
    return Patience(
        command=settings.smtp_command_timeout,
        data=settings.smtp_data_timeout,
        mail=settings.smtp_mail_timeout,
        stop=settings.smtp_stop_timeout,
    )
