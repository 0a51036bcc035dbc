"""The promise of the Jobs port: nothing that was put is forgotten, nothing is taken before its time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.mail.job import Job
from tests.contract.samples import BO, NOON, about, entry
from tests.stopped import StoppedClock

if TYPE_CHECKING:
    from chalicelib.ports import Backend, Jobs
    from tests.worlds import World

LEASE = 60.0


def job(name: str = "job-1", **more: Any) -> Job:
    return Job(id=name, kind="webhook", created=NOON, **{"payload": {"message": name}, "lane": "to a", **more})


def taken(jobs: Jobs, *, limit: int = 10, **more: Any) -> dict[str, Job]:
    return {one.id: one for one in jobs.take(limit=limit, lease=LEASE, **more)}


class Turning:
    """A world whose clock the test moves."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._clock = StoppedClock()
        self.backend = world.build(clock=self._clock)
        self.jobs = self.backend.jobs

    def move(self, seconds: float) -> None:
        self._clock.move(timedelta(seconds=seconds))
        self._world.wake()

    def another(self) -> Jobs:
        """The jobs as another process sees them."""
        return self._world.build(clock=self._clock).jobs


@pytest.fixture
def turning(world: World) -> Turning:
    return Turning(world)


def test_a_job_is_taken_as_it_was_put(turning: Turning) -> None:
    put = job(payload={"inbox": BO, "n": [1, None, {"\u2603": True}], "half": "\ud800"})
    turning.jobs.put([put])
    (found,) = taken(turning.jobs).values()

    assert (found.id, found.kind, found.created, found.lane) == (put.id, put.kind, put.created, put.lane)
    assert found.payload == put.payload
    assert found.attempts == 1


def test_a_job_that_was_taken_is_not_taken_again_before_its_lease_ends(turning: Turning) -> None:
    turning.jobs.put([job()])
    first = taken(turning.jobs)
    turning.move(LEASE - 1)
    during = taken(turning.another())
    turning.move(2)
    after = taken(turning.another())

    assert (list(first), list(during), list(after)) == (["job-1"], [], ["job-1"])
    assert after["job-1"].attempts == 2


def test_a_job_that_is_finished_never_comes_again(turning: Turning) -> None:
    turning.jobs.put([job(), job("job-2")])
    for one in taken(turning.jobs).values():
        turning.jobs.finish(one)
    turning.move(LEASE * 10)

    assert taken(turning.another()) == {}


def test_a_job_that_failed_comes_again_after_its_delay(turning: Turning) -> None:
    turning.jobs.put([job()])
    turning.jobs.retry(taken(turning.jobs)["job-1"], delay=300, reason="busy")
    turning.move(299)
    early = taken(turning.jobs)
    turning.move(2)
    due = taken(turning.jobs)

    assert early == {}
    assert due["job-1"].attempts == 2


@pytest.mark.parametrize("delay", [30.0, 3 * 3600.0])
def test_a_job_may_be_put_for_later(turning: Turning, delay: float) -> None:
    turning.jobs.put([job()], delay=delay)
    at_once = taken(turning.jobs)
    turning.move(delay - 1)
    early = taken(turning.jobs)
    turning.move(2)

    assert (at_once, early) == ({}, {})
    assert list(taken(turning.jobs)) == ["job-1"]


def test_a_job_that_is_put_again_changes_nothing(turning: Turning) -> None:
    turning.jobs.put([job()])
    turning.jobs.put([job(payload={"other": True})])
    found = taken(turning.jobs)
    turning.jobs.put([job()])
    turning.move(1)
    again = taken(turning.jobs)
    turning.jobs.finish(found["job-1"])
    turning.move(LEASE * 2)

    assert found["job-1"].payload == {"message": "job-1"}
    assert again == {}
    assert taken(turning.another()) == {}


def test_a_job_can_be_settled_by_its_worker_alone_after_a_restart_of_others(turning: Turning) -> None:
    turning.jobs.put([job()])
    turning.jobs.take(limit=1, lease=LEASE)
    turning.move(LEASE + 1)
    survivor = turning.another()
    survivor.finish(taken(survivor)["job-1"])
    turning.move(LEASE + 1)

    assert taken(turning.jobs) == {}


def test_no_more_are_taken_than_asked_for_and_each_once(turning: Turning) -> None:
    names = [f"job-{number:02}" for number in range(25)]
    turning.jobs.put([job(name, lane=f"to {name}") for name in names])
    batches = [list(taken(turning.jobs, limit=7)) for _ in range(5)]

    assert [len(batch) for batch in batches] == [7, 7, 7, 4, 0]
    assert sorted(name for batch in batches for name in batch) == names


def test_a_lane_with_many_jobs_does_not_hold_up_another(turning: Turning, world: World) -> None:
    if world.name != "embedded":
        pytest.skip("there the queue keeps lanes apart: see tests/aws/test_jobs.py")
    turning.jobs.put([job(f"slow-{number}", lane="to a") for number in range(50)])
    turning.jobs.put([job("quick", lane="to b")])
    first = taken(turning.jobs, lane_limit=3)
    second = taken(turning.jobs, lane_limit=3)

    assert "quick" in first
    assert len(first) == 4
    assert second == {}


def test_a_job_that_is_given_up_is_a_dead_letter_until_it_is_redriven(turning: Turning) -> None:
    turning.jobs.put([job(), job("job-2")])
    for name, one in sorted(taken(turning.jobs).items()):
        turning.move(1)
        turning.jobs.bury(one, reason=f"{name} is hopeless")
    turning.move(LEASE * 2)
    while_buried = taken(turning.jobs)
    letters = turning.jobs.buried(limit=10)
    redriven = turning.jobs.redrive(["job-1", "unknown"])
    again = taken(turning.jobs)

    assert while_buried == {}
    assert [(one.job.id, one.reason, one.job.attempts) for one in letters] == [
        ("job-2", "job-2 is hopeless", 1),
        ("job-1", "job-1 is hopeless", 1),
    ]
    assert letters[0].job.payload == {"message": "job-2"}
    assert redriven == 1
    assert again["job-1"].attempts == 1
    assert again["job-1"].created == turning.backend.now()
    assert [one.job.id for one in turning.jobs.buried(limit=10)] == ["job-2"]


def test_all_dead_letters_are_redriven_where_none_is_named(turning: Turning) -> None:
    turning.jobs.put([job(f"job-{number}", lane=f"to {number}") for number in range(5)])
    for one in taken(turning.jobs).values():
        turning.jobs.bury(one, reason="no")

    assert len(turning.jobs.buried(limit=3)) == 3
    assert turning.jobs.redrive() == 5
    assert len(taken(turning.jobs)) == 5
    assert turning.jobs.redrive() == 0


def test_the_jobs_of_a_mail_are_put_with_it_and_once(turning: Turning) -> None:
    backend: Backend = turning.backend
    from dataclasses import replace  # noqa: PLC0415 - used here alone

    arriving = replace(entry(backend, content=about("x")), jobs=(job("a", lane="to a"), job("b", lane="to b")))
    backend.register.add([arriving])
    backend.register.add([arriving])
    turning.move(1)
    found = taken(turning.jobs)
    for one in found.values():
        turning.jobs.finish(one)
    backend.register.add([arriving])
    turning.move(LEASE * 2)

    assert sorted(found) == ["a", "b"]
    assert taken(turning.jobs) == {}
