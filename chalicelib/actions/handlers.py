"""Who does which kind of job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions import dispatching
from chalicelib.actions.sending import SEND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.actions.working import Handler

HANDLERS: Mapping[str, Handler] = {SEND: dispatching.send}
