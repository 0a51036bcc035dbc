"""The API reference and the guides at /docs, and the files that they ask for. tools/reference makes the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chalicelib.api.files import Folder
from chalicelib.api.handling import pages

if TYPE_CHECKING:
    from chalicelib.api.operation import Reply

DOCS: Final = Folder("ui/docs")

# As the web page's, but that nothing is framed; a form is sent nowhere: scripts ask for what was typed in.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
"""What a page may do: everything comes from here, no script and no style stands in the page itself."""


def show_introduction() -> Reply:
    """The first page."""
    return DOCS.page("index.html", policy=POLICY)


def show_page_of_docs(name: str) -> Reply:
    """Any other page, by its name."""
    return DOCS.page(f"{name}.html", policy=POLICY)


def show_file_of_docs(name: str, file: str) -> Reply:
    """A file that the pages ask for; what stands in the place of a page's name is the build."""
    return DOCS.file(name, file)


routes = pages(
    __name__,
    # API Gateway allows one name for the variable in one place of paths.
    {"/docs": show_introduction, "/docs/{name}": show_page_of_docs, "/docs/{name}/{file}": show_file_of_docs},
)
