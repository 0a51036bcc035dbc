"""Which edges of AWS there are: those that the template made, named by settings."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """Which edges there are: IP sets as "name|id|scope", "" for none; `filters` says whether SES's are ours to drive.

    `pause` waits between writes, for seconds.
    """

    ipv4_set: str = ""
    ipv6_set: str = ""
    filters: bool = False
    # AWS gives no event to wait for; the number of writes is bounded by the room of the edges.
    pause: Callable[[float], None] = time.sleep  # noqa: TID251 - see above
