"""Lists, counts, stars and searches do the work of what they answer, however much is stored.

Work is what a world can count exactly: steps of SQLite's virtual machine (a row is some tens of them), and items that
DynamoDB looked at, which is what it is paid for.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.mail.ids import message_id
from chalicelib.mail.searching import SearchField, Words, query_of
from chalicelib.mail.shelf import Shelf
from chalicelib.ports import Marks
from restante.embedded.backend import EmbeddedBackend
from tests.contract.samples import BO, BOS, about, entry, receipt, reserve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chalicelib.mail.message import Entry
    from chalicelib.ports import Backend
    from tests.worlds import World

LIMIT = 3
SIZES = {"embedded": (100, 1_000, 10_000), "aws": (20, 80), "dynamodb-local": (100, 1_000)}
"""How many messages there are; the emulator in this process is too slow for thousands."""
SPREAD = {"embedded": 0, "aws": 64, "dynamodb-local": 64}
"""So much work is within bounds at any size: a count has 64 shards, and an index is read from each of its 16."""
TOLERANCE = 2
"""The full-text index of SQLite is in some more or fewer pieces; what is proportional grows tenfold."""


@dataclass
class Work:
    """What was done so far, in the world's own unit."""

    done: int = 0


@contextmanager
def _counted(world: World, backend: Backend) -> Iterator[Work]:
    work = Work()
    if isinstance(backend, EmbeddedBackend):

        def step() -> int:
            work.done += 1
            return 0

        connection = backend.database.connection()
        connection.set_progress_handler(step, 1)
        yield work
        connection.set_progress_handler(None, 0)
        return

    def answered(parsed: dict[str, Any], **_: Any) -> None:
        work.done += parsed.get("ScannedCount", 0) + ("Item" in parsed)
        work.done += sum(map(len, parsed.get("Responses", {}).values()))

    assert world.clients is not None
    events = world.clients.dynamodb.meta.events
    events.register("after-call.dynamodb", answered, "work")
    yield work
    events.unregister("after-call.dynamodb", answered, "work")


@pytest.fixture
def sizes(world: World) -> tuple[int, ...]:
    return SIZES[world.name]


ANSWERS: dict[str, Callable[[Backend], object]] = {
    "list an inbox": lambda backend: backend.index.messages(BOS, limit=LIMIT),
    "list a domain": lambda backend: backend.index.messages(Shelf.domain("rest.example"), limit=LIMIT),
    "list an account": lambda backend: backend.index.messages(Shelf.account("ana"), limit=LIMIT),
    "count an inbox": lambda backend: backend.index.count(BOS),
    "count a domain": lambda backend: backend.index.count(Shelf.domain("rest.example")),
    "find a common word": lambda backend: backend.index.find("ana", query_of("weekly"), limit=LIMIT),
    "star the newest": lambda backend: backend.register.mark(
        BO, backend.index.messages(BOS, limit=1)[0].id, Marks(starred_by="ana")
    ),
    "list the starred": lambda backend: backend.index.messages(Shelf.starred("ana"), limit=LIMIT),
    "take the star away": lambda backend: backend.register.mark(
        BO, backend.index.messages(BOS, limit=1)[0].id, Marks(starred_by="")
    ),
    "find the oldest": lambda backend: backend.register.oldest(None, limit=LIMIT),
    "find the oldest of an inbox": lambda backend: backend.register.oldest(BOS, limit=LIMIT),
}


def test_an_answer_takes_no_more_work_when_more_is_stored(world: World, sizes: tuple[int, ...]) -> None:
    backend = world.build()
    reserve(backend, "ana", BO)
    template = replace(entry(backend, content=about("weekly")), words=Words(((SearchField.SUBJECT, ("weekly",)),)))
    taken: dict[str, list[int]] = {name: [] for name in ANSWERS}
    stored = 0
    for size in sizes:
        backend.register.add([_another(backend, template) for _ in range(size - stored)])
        stored = size
        for name, answer in ANSWERS.items():
            with _counted(world, backend) as work:
                answer(backend)
            taken[name].append(work.done)

    assert all(min(numbers) > 0 for numbers in taken.values())
    assert {
        name: numbers
        for name, numbers in taken.items()
        if max(numbers) > max(TOLERANCE * numbers[0], SPREAD[world.name])
    } == {}


def _another(backend: Backend, template: Entry) -> Entry:
    mail = replace(template.mail, receipt=receipt(backend))
    message = replace(template.messages[0], mail=mail, id=message_id(mail.id, 0))
    return replace(template, mail=mail, messages=(message,))
