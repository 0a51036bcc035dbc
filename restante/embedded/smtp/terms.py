"""The terms on which a server takes mail: what all of its sessions have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from restante.embedded.smtp.content import Memory

if TYPE_CHECKING:
    from collections.abc import Callable


def every_recipient(_recipient: str) -> bool:
    """Take mail to anybody."""
    return True


def no_user(_user: str, _password: str) -> bool:
    """Know nobody."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a server names itself, its bounds, and whom it believes.

    `size` and `line` are in bytes; `errors` is how many mistakes a client may make before it is sent away.
    `admits` says whether mail to a recipient is taken, `authenticate` whether a user and password are valid; it raises
    Unavailable when that cannot be told now.
    """

    hostname: str = "localhost"
    size: int = 40 * 1024**2
    recipients: int = 100
    line: int = 12_288
    errors: int = 20
    start_tls: bool = True
    admits: Callable[[str], bool] = every_recipient
    authenticate: Callable[[str, str], bool] = no_user
    memory: Memory = field(default_factory=lambda: Memory(256 * 1024**2))
