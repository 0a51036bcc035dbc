"""The shared tier of the parse cache in Valkey (or Redis), for teams that have one: a hash for each mail.

A server that does not answer within TIMEOUT_SECONDS is left alone for a while: see caching/breaker.py. The library is
imported when the first question is asked, and so costs nothing where no endpoint is set.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chalicelib.caching.breaker import CircuitBreaker
from chalicelib.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from chalicelib.mail.names import MailId
    from chalicelib.mail.rendering import CacheKey

TIMEOUT_SECONDS = 0.05
"""For a connection, and again for an answer: a read of the bucket takes 15 ms, so no cache is worth more."""
LARGEST_ENTRY = 1024 * 1024
KEPT_SECONDS = 24 * 3600


class ValkeyCache:
    """See ports.caching.SharedTier. `endpoint` is valkeys://HOST:PORT (TLS), valkey:// without TLS.

    `timeout` is in seconds, for a connection and again for an answer.
    """

    most = LARGEST_ENTRY

    def __init__(
        self, endpoint: str, now: Callable[[], float] = time.monotonic, *, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        self._endpoint = endpoint
        self._timeout = timeout
        self.breaker = CircuitBreaker(now)

    def get(self, key: CacheKey) -> bytes | None:
        with self._asking():
            found: bytes | None = self._client.hget(_name(key.mail), key.entry)
        return found

    def put(self, entries: Mapping[CacheKey, bytes]) -> None:
        with self._asking(), self._client.pipeline(transaction=False) as pipeline:
            for key, sealed in entries.items():
                if len(sealed) <= self.most:
                    pipeline.hset(_name(key.mail), key.entry, sealed)
                    pipeline.expire(_name(key.mail), KEPT_SECONDS)
            pipeline.execute()

    def drop(self, mails: Sequence[MailId], *, for_good: bool = True) -> None:
        # What somebody makes of a mail at the moment of its end stays here until it is old: nobody can ask for it.
        del for_good
        if mails:
            with self._asking():
                self._client.unlink(*map(_name, mails))

    @cached_property
    def _client(self) -> Any:
        import valkey  # noqa: PLC0415 - only where an endpoint is set: see the module's first words
        from valkey.backoff import NoBackoff  # noqa: PLC0415 - as above
        from valkey.retry import Retry  # noqa: PLC0415 - as above

        # The library does not compare the server's name with its certificate's unless it is told to.
        tls = {"ssl_check_hostname": True} if self._endpoint.startswith("valkeys:") else {}
        return valkey.Valkey.from_url(
            self._endpoint,
            socket_connect_timeout=self._timeout,
            socket_timeout=self._timeout,
            retry=Retry(NoBackoff(), 0),
            **tls,
        )

    @contextmanager
    def _asking(self) -> Iterator[None]:
        if not self.breaker.allows():
            raise Unavailable("Valkey did not answer, and is left alone for a while")
        import valkey  # noqa: PLC0415 - as in _client

        try:
            yield
        except (valkey.ConnectionError, valkey.TimeoutError, OSError) as error:
            self.breaker.failed()
            raise Unavailable(f"Valkey cannot be reached: {type(error).__name__}") from error
        except valkey.ValkeyError as error:
            # It answered, though not with what was asked for: what it says of one entry says nothing of others.
            self.breaker.succeeded()
            raise Unavailable(f"Valkey answered {type(error).__name__}") from error
        self.breaker.succeeded()


def _name(mail: MailId) -> str:
    return f"restante:cache:{mail}"
