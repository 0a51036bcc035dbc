"""One ministack, and one stage on it, for all tests of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib.settings import environment
from tests.deploy.front import CHANGED, Front, standing
from tests.deploy.ministack import PROGRAM, running
from tests.deploy.stage import DOMAIN, Receiver, Stage, new_stage

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(scope="session")
def front(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Front]:
    if not PROGRAM.exists():
        if environment().get("CI"):
            raise FileNotFoundError(PROGRAM)
        pytest.skip("ministack is not installed (make setup): the stack is not deployed")
    with (
        running(tmp_path_factory.mktemp("ministack")) as stack,
        standing(Front(stack=stack, hook_target=receiver.address)) as made,
    ):
        yield made


@pytest.fixture(scope="session")
def stage(front: Front, receiver: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    made = new_stage(front, receiver, tmp_path_factory.mktemp("nothing"), "test", DOMAIN)
    lines = ["Taken out or changed for ministack:", *front.taken_out, *CHANGED]
    print("\n".join(lines))  # noqa: T201 - it has to be told
    return made
