"""Who does which kind of job."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.actions.working import Handler

HANDLERS: Mapping[str, Handler] = {}
