"""The table of contents: every page of the reference, in its order. A new page is one line here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page: `name` is its address below /docs. It is made of one Markdown file, or of the operations of a tag."""

    name: str
    title: str
    markdown: str = ""
    tag: str = ""
    schemas: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Pages that stand together in the contents, under a heading."""

    title: str
    pages: tuple[Page, ...]


def _text(name: str, title: str, markdown: str) -> Page:
    return Page(name=name, title=title, markdown=markdown)


def _tag(name: str, tag: str) -> Page:
    return Page(name=name, title=tag, tag=tag)


INDEX = "index"
"""The page at /docs itself."""

CONTENTS = (
    Group(
        title="Start",
        pages=(
            _text(INDEX, "Introduction", "docs/guides/introduction.md"),
            _text("first-mail", "First mail in five minutes", "docs/guides/first-mail.md"),
        ),
    ),
    Group(
        title="Guides",
        pages=(
            _text("end-to-end-tests", "End-to-end tests", "docs/guides/end-to-end-tests.md"),
            _text("from-mailsac", "Moving from Mailsac", "docs/guides/from-mailsac.md"),
            _text("from-mailpit", "Moving from Mailpit or MailHog", "docs/guides/from-mailpit.md"),
            _text("sending", "Sending mail", "docs/sending.md"),
            _text("webhooks", "Webhooks", "docs/webhooks.md"),
            _text("websocket", "WebSocket and events", "docs/websocket.md"),
            _text("blocking", "Shutting abusers out", "docs/blocking.md"),
        ),
    ),
    Group(
        title="API",
        pages=(
            _tag("messages", "Messages"),
            _tag("codes-and-links", "Codes and links"),
            _tag("message-bodies", "Message bodies"),
            _tag("attachments", "Attachments"),
            _tag("addresses", "Addresses"),
            _tag("domains", "Domains"),
            _tag("outgoing-messages", "Outgoing messages"),
            Page(name="hooks", title="Webhooks API", tag="Webhooks"),
            _tag("account", "Account"),
            _tag("email-validation", "Email validation"),
            _tag("statistics", "Statistics"),
            _tag("perimeter", "Perimeter"),
            _tag("service", "Service"),
            Page(name="objects", title="Objects", schemas=True),
            _text("errors", "Errors", "docs/errors.md"),
        ),
    ),
    Group(
        title="Running it",
        pages=(
            _text("page", "The page", "docs/page.md"),
            _text("deploying", "Deploying to AWS", "docs/deploying.md"),
            _text("moving", "Moving to AWS and back", "docs/moving.md"),
            _text("caching", "The parse cache", "docs/caching.md"),
            _text("observing", "Logs and metrics", "docs/observing.md"),
            _text("settings", "Settings", "docs/settings.md"),
            _text("limits", "Limits", "docs/limits.md"),
            _text("changelog", "Changelog", "CHANGELOG.md"),
        ),
    ),
)

PAGES = tuple(page for group in CONTENTS for page in group.pages)
BY_MARKDOWN = {page.markdown: page for page in PAGES if page.markdown}
"""Markdown file → its page: links between the files become links between the pages."""
BY_TAG = {page.tag: page for page in PAGES if page.tag}


def address(page: Page, *, seen_from: Page) -> str:
    """The relative address of a page: at /docs it is one folder further down than from the others."""
    if page.name == INDEX:
        return "docs" if seen_from.name == INDEX else "../docs"
    return f"docs/{page.name}" if seen_from.name == INDEX else page.name


def files_from(page: Page) -> str:
    """What stands before the name of a file that a page asks for, the build in it."""
    return ("docs/" if page.name == INDEX else "") + "@build@/"
