"""Work that many want at the same time, done once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Made = TypeVar("Made")


class _Flight(Generic[Made]):
    def __init__(self) -> None:
        self.landed = threading.Event()
        self.made: Made | None = None
        self.failure: Exception | None = None


class Flights(Generic[Made]):
    """Work by name: whoever comes while it is under way waits for it, and gets the same. Threads share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[str, _Flight[Made]] = {}

    def do(self, name: str, make: Callable[[], Made]) -> Made:
        """What `make` makes, or what another thread's makes that is under way by this name; and what it raises."""
        while True:
            with self._lock:
                flight = self._flights.get(name)
                is_ours = flight is None
                if flight is None:
                    flight = self._flights[name] = _Flight()
            if is_ours:
                return self._fly(name, flight, make)
            flight.landed.wait()
            if flight.failure is not None:
                raise flight.failure
            if flight.made is not None:
                return flight.made
            # Its thread was ended while at it: somebody else has to do it.

    def _fly(self, name: str, flight: _Flight[Made], make: Callable[[], Made]) -> Made:
        try:
            flight.made = make()
        except Exception as error:
            flight.failure = error
            raise
        else:
            return flight.made
        finally:
            with self._lock:
                del self._flights[name]
            flight.landed.set()
