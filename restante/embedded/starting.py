"""What keeps the service from starting; apart, so that commands which start nothing need not load the servers."""


class CannotStartError(Exception):
    """The service cannot start here; the text is one line that says why."""
