"""The web page, and the files that it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chalicelib.api.files import Folder
from chalicelib.api.handling import pages

if TYPE_CHECKING:
    from chalicelib.api.operation import Reply

UI: Final = Folder("ui")

# The page makes every element by itself and never from text: Trusted Types has nothing to trust.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "frame-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""What the page may do: everything comes from here, no script and no style stands in the page itself."""


def show_page() -> Reply:
    """The web page."""
    return UI.page("index.html", policy=POLICY)


def show_file(build: str, name: str) -> Reply:
    """A file of the web page."""
    return UI.file(build, name)


routes = pages(__name__, {"/": show_page, "/ui/{build}/{name}": show_file})
