"""How much of a mail is read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much of a mail is taken apart; where a bound is reached, the mail gets a problem that says so.

    `depth` counts entities inside each other, `parts` all of a mail, `header_bytes` those of one header that are read
    for Content fields, `parameters` those of one field, `problems` those that are kept. `digested` counts how many
    times its own size a mail may be read for digests: messages nested in messages are each digested whole, which
    would make time quadratic; parts beyond it have no digests.
    """

    depth: int = 256
    parts: int = 1000
    header_bytes: int = 1 << 20
    parameters: int = 1000
    problems: int = 100
    digested: int = 4
