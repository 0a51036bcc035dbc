"""The kinds of values a request may carry: how each is read, and how OpenAPI describes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chalicelib.errors import BadRequest
from chalicelib.mail.addresses import inbox_of, is_address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of value: `read` takes what arrived, text or JSON, and raises ValueError saying what was expected."""

    schema: Schema
    read: Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One named value of a request. `aliases` are other spellings that clients use."""

    name: str
    kind: Kind
    meaning: str
    where: str = "query"
    required: bool = False
    default: Any = None
    example: Any = None
    aliases: tuple[str, ...] = field(default=())

    def value_in(self, given: Mapping[str, Any]) -> Any:
        """The value from what the request gave, or the default. Raises BadRequest naming the parameter."""
        for name in (self.name, *self.aliases):
            if given.get(name) is not None:
                try:
                    return self.kind.read(given[name])
                except ValueError as error:
                    raise BadRequest(f"{name}: {error}", field=name) from None
        if self.required:
            raise BadRequest(f"{self.name} is required", field=self.name)
        return self.default


def path(name: str, kind: Kind, meaning: str, *, example: Any = None) -> Parameter:
    """A value that stands in the path."""
    return Parameter(name=name, kind=kind, meaning=meaning, where="path", required=True, example=example)


def query(
    name: str,
    kind: Kind,
    meaning: str,
    *,
    default: Any = None,
    aliases: tuple[str, ...] = (),
    example: Any = None,
) -> Parameter:
    """A value that stands in the query."""
    return Parameter(name=name, kind=kind, meaning=meaning, default=default, aliases=aliases, example=example)


def integer(*, minimum: int, maximum: int) -> Kind:
    """A whole number; above the maximum it is refused."""

    def read(given: Any) -> int:
        try:
            number = int(given) if isinstance(given, str | int) and not isinstance(given, bool) else None
        except ValueError:
            number = None
        if number is None or not minimum <= number <= maximum:
            raise ValueError(f"expected a whole number from {minimum} to {maximum}")
        return number

    return Kind(schema={"type": "integer", "minimum": minimum, "maximum": maximum}, read=read)


def choice(*words: str) -> Kind:
    """One of these words."""

    def read(given: Any) -> str:
        if given not in words:
            raise ValueError(f"expected one of {', '.join(words)}")
        return str(given)

    return Kind(schema={"type": "string", "enum": list(words)}, read=read)


def _read_text(given: Any) -> str:
    if not isinstance(given, str):
        raise ValueError("expected text")  # noqa: TRY004 - ValueError is what Kind.read promises
    return given


def _read_boolean(given: Any) -> bool:
    words = {"true": True, "1": True, "yes": True, "": True, "false": False, "0": False, "no": False}
    word = str(given).lower() if isinstance(given, str | bool | int) else None
    if word not in words:
        raise ValueError("expected true or false")
    return words[word]


def _read_moment(given: Any) -> datetime:
    text = str(given).strip()
    try:
        if text.isdecimal():
            # Clients send JavaScript's milliseconds; no mail is from before 2001 in seconds.
            return datetime.fromtimestamp(int(text) / (1000 if len(text) > 10 else 1), UTC)
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        # Astimezone would fall out of the years that exist for the first and last day.
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError("expected a time, as in 2026-01-31T12:00:00Z") from None


def _read_inbox(given: Any) -> str:
    if not isinstance(given, str) or not is_address(given):
        raise ValueError("expected an email address")
    return inbox_of(given)


TEXT = Kind(schema={"type": "string"}, read=_read_text)
BOOLEAN = Kind(schema={"type": "boolean"}, read=_read_boolean)
MOMENT = Kind(schema={"type": "string", "format": "date-time"}, read=_read_moment)
INBOX = Kind(schema={"type": "string", "format": "email"}, read=_read_inbox)
