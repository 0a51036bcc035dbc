"""Who does which kind of job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions import dispatching
from chalicelib.actions.announcing import FORWARD, SLACK, WEBHOOK
from chalicelib.actions.delivering import deliver
from chalicelib.actions.expiring import EXPIRY, let_go
from chalicelib.actions.forwarding import forward
from chalicelib.actions.sending import SEND
from chalicelib.actions.slacking import tell_slack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.actions.working import Handler

HANDLERS: Mapping[str, Handler] = {
    SEND: dispatching.send,
    WEBHOOK: deliver,
    SLACK: tell_slack,
    FORWARD: forward,
    EXPIRY: let_go,
}
