"""@operation: the one truth about an API operation.

It declares method, path, parameters, who may call, and what is answered. From it come the Chalice route, the reading
and checking of the request and the translation of our errors (handling.py), and the OpenAPI document (openapi.py).
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType

    from chalicelib.actions.steps import Steps
    from chalicelib.api.fields import Parameter, Schema

PREFIX = "/api"


class Access(Enum):
    """Who may call an operation."""

    OPEN = "open"
    """Anybody, without a key."""
    INBOX = "inbox"
    """Whoever may see the inbox: with a key, or without one where inboxes that nobody owns are open to all."""
    KEY = "key"
    """Whoever has a valid key."""
    ADMIN = "admin"
    """Whoever has a valid key of an admin account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an operation answers with when it succeeds, for the OpenAPI document."""

    status: int = 200
    meaning: str
    media_type: str = "application/json"
    schema: Schema | None = None
    example: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer that is more than JSON with status 200.

    `body` is bytes, a JSON value when the type is JSON's, or a function that makes bytes, a Stream, or another reply
    that stands in for this one: it is not called when the client asks for no body, or has it already, as the ETag
    among `headers` tells. Where `length` is known, in bytes, clients may ask for a range.
    """

    status: int = 200
    body: Any = None
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    steps: Steps | None = None


PENDING: Final = object()
"""What the view of an operation that waits answers while there is nothing yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation as declared. `view` takes (backend, caller) and the parameters by name.

    One that `waits` has a parameter "wait", in seconds: its view is asked again until it does not say PENDING.
    """

    name: str
    method: str
    path: str
    tag: str
    parameters: tuple[Parameter, ...]
    access: Access
    answers: tuple[Answer, ...]
    errors: tuple[int, ...]
    waits: bool
    view: Callable[..., Any]

    @property
    def summary(self) -> str:
        """What it does, in a sentence."""
        return self._said[0]

    @property
    def description(self) -> str:
        """What else is to be known; may be empty."""
        return self._said[1]

    @property
    def _said(self) -> tuple[str, str]:
        summary, _, description = inspect.cleandoc(self.view.__doc__ or "").partition("\n\n")
        return " ".join(summary.split()), " ".join(description.split())


def operation(
    method: str,
    path: str,
    *,
    name: str,
    tag: str,
    answers: Sequence[Answer],
    parameters: Sequence[Parameter] = (),
    access: Access = Access.KEY,
    errors: Sequence[int] = (),
    waits: bool = False,
) -> Callable[[Callable[..., Any]], Operation]:
    """Declare the decorated view as an API operation.

    The view's docstring is its summary (first sentence) and description. Its keyword-only parameters must be the
    declared ones: a mismatch raises TypeError at import.
    """

    def declare(view: Callable[..., Any]) -> Operation:
        # inspect.signature tells the same a hundred times slower, and every cold start pays for it.
        takes: CodeType = view.__code__
        named = set(takes.co_varnames[takes.co_argcount : takes.co_argcount + takes.co_kwonlyargcount])
        declared = {parameter.argument for parameter in parameters}
        if named != declared and not (named < declared and takes.co_flags & inspect.CO_VARKEYWORDS):
            raise TypeError(f"{name}: declared parameters and those of {view.__qualname__} differ")
        return Operation(
            name=name,
            method=method,
            path=PREFIX + path,
            tag=tag,
            parameters=tuple(parameters),
            access=access,
            answers=tuple(answers),
            errors=tuple(errors),
            waits=waits,
            view=view,
        )

    return declare
