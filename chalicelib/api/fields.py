"""The kinds of values a request may carry: how each is read, and how OpenAPI describes it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

from chalicelib.errors import BadRequest
from chalicelib.mail.addresses import inbox_of, is_address, is_domain
from chalicelib.mail.holding import CATCH_ALL
from chalicelib.mail.ids import is_cursor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Schema = dict[str, Any]
_WEB_ADDRESS = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)


_HALF = "expected text without halves of surrogate pairs (U+D800 to U+DFFF)"


def is_unicode(value: Any) -> bool:
    """Whether all text in a JSON value can be written as UTF-8: JSON can spell halves of characters, UTF-8 cannot."""
    rest = [value]
    while rest:
        one = rest.pop()
        if isinstance(one, str):
            try:
                one.encode()
            except UnicodeEncodeError:
                return False
        elif isinstance(one, list):
            rest += one
        elif isinstance(one, dict):
            rest += (*one, *one.values())
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of value: `read` takes what arrived, text or JSON, and raises ValueError saying what was expected."""

    schema: Schema
    read: Callable[[Any], Any]
    takes_null: bool = False
    """Whether null says something, and not that nothing is given."""


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

    @property
    def argument(self) -> str:
        """The name of the view's argument: Python keeps some words for itself."""
        name = self.name.lower().replace("-", "_") if self.where == "header" else self.name
        return name + "_" if iskeyword(name) else name

    @property
    def can_be_refused(self) -> bool:
        """Whether there is anything that a request could give and that would not do."""
        return self.where == "body" or self.kind is not TEXT or (self.required and self.where != "path")

    def value_in(self, given: Mapping[str, Any]) -> Any:
        """The value from what the request gave, or the default. Raises BadRequest naming the parameter."""
        for name in (self.name, *self.aliases):
            if given.get(name) is not None or (name in given and self.kind.takes_null):
                if not is_unicode(given[name]):
                    raise BadRequest(f"{name}: {_HALF}", field=name)
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


def header(name: str, kind: Kind, meaning: str, *, example: Any = None) -> Parameter:
    """A value that stands in the request's header; the view's argument is named "some_name" for "Some-Name"."""
    return Parameter(name=name, kind=kind, meaning=meaning, where="header", example=example)


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


def listing(of: Kind, *, most: int) -> Kind:
    """A list of values; one alone stands for a list of one, as in a form."""

    def read(given: Any) -> tuple[Any, ...]:
        values = given if isinstance(given, list) else [given]
        if len(values) > most:
            raise ValueError(f"expected {most} at most")
        return tuple(of.read(value) for value in values)

    return Kind(schema={"type": "array", "items": of.schema, "maxItems": most}, read=read)


def body(
    name: str, kind: Kind, meaning: str, *, required: bool = False, default: Any = None, example: Any = None
) -> Parameter:
    """A value that stands in the body: JSON, or a form."""
    return Parameter(
        name=name, kind=kind, meaning=meaning, where="body", required=required, default=default, example=example
    )


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


def _read_setting(given: Any) -> str:
    # Null, as "", clears a setting; a value of None would be taken for one that was not given.
    return "" if given is None else _read_text(given)


def _read_web_address(given: Any) -> str:
    text = _read_setting(given)
    if text and not _WEB_ADDRESS.fullmatch(text):
        raise ValueError("expected an http or https URL")
    return text


def _read_forward(given: Any) -> str:
    text = _read_setting(given)
    if text and not is_address(text):
        raise ValueError("expected an email address")
    return text


def _read_reservable(given: Any) -> str:
    # A catch-all is no mailbox, but is reserved like one.
    if isinstance(given, str) and given.startswith(CATCH_ALL + "@"):
        return CATCH_ALL + "@" + _read_inbox("any" + given[1:]).rpartition("@")[2]
    return _read_inbox(given)


def _read_domain(given: Any) -> str:
    if not isinstance(given, str) or not is_domain(given):
        raise ValueError("expected a domain name, as in mail.example.com")
    return inbox_of(f"postmaster@{given}").rpartition("@")[2]


def _read_cursor(given: Any) -> str | None:
    if given == "":
        return None
    if not isinstance(given, str) or not is_cursor(given):
        raise ValueError("expected the id of a mail or message, as a list has it")
    return given


TEXT = Kind(schema={"type": "string"}, read=_read_text)
BOOLEAN = Kind(schema={"type": "boolean"}, read=_read_boolean)
CURSOR = Kind(schema={"type": "string"}, read=_read_cursor)
MOMENT = Kind(schema={"type": "string", "format": "date-time"}, read=_read_moment)
INBOX = Kind(schema={"type": "string", "format": "email"}, read=_read_inbox)
SETTING = Kind(schema={"type": ["string", "null"]}, read=_read_setting, takes_null=True)
WEB_ADDRESS = Kind(schema={"type": ["string", "null"]}, read=_read_web_address, takes_null=True)
FORWARD = Kind(schema={"type": ["string", "null"]}, read=_read_forward, takes_null=True)
RESERVABLE = Kind(schema={"type": "string"}, read=_read_reservable)
DOMAIN = Kind(schema={"type": "string"}, read=_read_domain)


def _read_scope(given: Any) -> str:
    return _read_reservable(given) if isinstance(given, str) and "@" in given else _read_domain(given)


SCOPE = Kind(schema={"type": "string"}, read=_read_scope)
"""An address, a catch-all or a domain: what a webhook is told of."""
