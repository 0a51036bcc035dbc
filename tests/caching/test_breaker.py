"""The circuit breaker, by a clock that stands still."""

from __future__ import annotations

from chalicelib.caching.breaker import FIRST_SECONDS, LONGEST_SECONDS, CircuitBreaker
from tests.caching.keys import Seconds


def test_it_is_closed_until_something_fails() -> None:
    breaker = CircuitBreaker(Seconds())

    assert [breaker.allows() for _ in range(3)] == [True, True, True]


def test_after_a_failure_nobody_may_try_for_a_while_and_then_one() -> None:
    seconds = Seconds()
    breaker = CircuitBreaker(seconds)
    breaker.failed()
    at_once = breaker.allows()
    seconds.pass_by(FIRST_SECONDS)

    assert not at_once
    assert [breaker.allows() for _ in range(3)] == [True, False, False]


def test_success_closes_it() -> None:
    seconds = Seconds()
    breaker = CircuitBreaker(seconds)
    breaker.failed()
    seconds.pass_by(FIRST_SECONDS)
    breaker.allows()
    breaker.succeeded()

    assert [breaker.allows() for _ in range(3)] == [True, True, True]


def test_each_failure_opens_it_for_twice_as_long_up_to_a_bound() -> None:
    seconds = Seconds()
    breaker = CircuitBreaker(seconds)
    waits = []
    for _ in range(10):
        breaker.failed()
        waited = 0.0
        while not breaker.allows():
            seconds.pass_by(0.5)
            waited += 0.5
        waits.append(waited)

    assert waits[:4] == [FIRST_SECONDS, FIRST_SECONDS * 2, FIRST_SECONDS * 4, FIRST_SECONDS * 8]
    assert waits[-1] == LONGEST_SECONDS
