"""Dead letters: work that was given up, whatever its kind, looked at and set going again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.api import shapes
from chalicelib.api.fields import TEXT, body, listing
from chalicelib.api.handling import blueprint
from chalicelib.api.operation import Access, Answer, operation
from chalicelib.api.parameters import LIMIT
from chalicelib.api.schemas import list_of, ref

if TYPE_CHECKING:
    from chalicelib.actions.admitting import Caller
    from chalicelib.ports import Backend

_TAG = "Service"
AT_ONCE = 100


@operation(
    "GET",
    "/dead-letters",
    name="ListDeadLetters",
    tag=_TAG,
    access=Access.ADMIN,
    parameters=[LIMIT],
    answers=[Answer(meaning="The newest dead letters, newest first.", schema=list_of(ref("DeadLetter")))],
)
def list_dead_letters(backend: Backend, _: Caller, *, limit: int) -> list[shapes.Json]:
    """List the work that was given up (webhooks, Slack, forwarding, sending), with the reason of each."""
    return [shapes.dead_letter(one) for one in backend.jobs.buried(limit=limit)]


@operation(
    "POST",
    "/dead-letters/redrive",
    name="RedriveDeadLetters",
    tag=_TAG,
    access=Access.ADMIN,
    parameters=[
        body(
            "jobs",
            listing(TEXT, most=AT_ONCE),
            "The `_id`s of dead letters, 100 at most; without it all of them.",
            example=["01jd9x3v7k8q4m2t5w6y1a3b5c-0:slack"],
        )
    ],
    answers=[Answer(meaning="How many are tried again.", schema=ref("Redriven"))],
)
def redrive(backend: Backend, _: Caller, *, jobs: tuple[str, ...] | None) -> shapes.Json:
    """Try dead letters again, as if they had never been tried."""
    return {"count": backend.jobs.redrive(jobs)}


routes = blueprint(__name__, operations := (list_dead_letters, redrive))
