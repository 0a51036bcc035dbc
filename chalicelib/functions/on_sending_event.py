"""What SES tells of mail that we sent is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.actions.dispatching import record
from chalicelib.aws.batches import each_record
from chalicelib.aws.sending_events import changes_told

if TYPE_CHECKING:
    from chalicelib.aws.backend import AwsBackend


def note_events(event: dict[str, Any], world: AwsBackend) -> dict[str, Any]:
    """Keep the news of each record; answers with the records that must come again."""

    def note(body: str) -> None:
        told = changes_told(body)
        if told is not None:
            record(world, *told)

    return each_record(event, note)
