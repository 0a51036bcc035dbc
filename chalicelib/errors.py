"""Every error Restante raises on purpose.

RestanteError
├── NotFound           what was asked for does not exist, or not for this caller
├── BadRequest         the caller's input cannot be used; names the field
├── Unauthorized       no key, or one that is not valid
├── Forbidden          a valid key that may not do this
├── Conflict           the state does not allow it
├── Unprocessable      well formed, and still not to be done: the text says why
├── UnsupportedMedia   the input is of a kind that is not read here
├── TooLarge           over a limit in bytes or in number
├── TooManyRequests    slow down; carries the seconds to wait
└── Unavailable        our own fault, worth trying again: storage busy or out of reach

Mail that is malformed is data and never an error: see chalicelib/mail/structure.py, Problem.
Each border translates this tree once: the API in api/operation.py, SMTP in restante/embedded/smtp.
"""


class RestanteError(Exception):
    """What all of our own errors have in common: a sentence that may be shown to the caller."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(RestanteError):
    """What was asked for does not exist, or not for this caller."""


class BadRequest(RestanteError):
    """The caller's input cannot be used."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Unauthorized(RestanteError):
    """No key was given, or one that is not valid."""


class Forbidden(RestanteError):
    """The key is valid, and may not do this."""


class Conflict(RestanteError):
    """The state of what is addressed does not allow the operation."""


class Unprocessable(RestanteError):
    """What is asked for is well formed, and is not done all the same."""


class UnsupportedMedia(RestanteError):
    """The input is of a kind that is not read here."""


class TooLarge(RestanteError):
    """The input is over a limit, in bytes or in number."""


class TooManyRequests(RestanteError):
    """The caller has to slow down."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds until a new try makes sense."""


class Unavailable(RestanteError):
    """A fault of ours that may pass: the same call may succeed later."""
