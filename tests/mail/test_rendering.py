"""The policy: what of a mail is rendered before anybody asks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from chalicelib.mail.bounds import Bounds
from chalicelib.mail.mime import parse
from chalicelib.mail.rendering import (
    RECENT,
    Rendering,
    Terms,
    body_rendering,
    may_be_rendered_at_arrival,
    rendered_at_arrival,
    work,
)

if TYPE_CHECKING:
    from chalicelib.mail.structure import Structure

NOW = timedelta(0)
TEXT, BODY, HEADERS = Rendering.TEXT, Rendering.BODY, Rendering.HEADERS
EAGER = Terms()
THRIFTY = Terms(ahead=2000.0, kept=200.0)


def _mail(*, html: int = 0, text: int = 0, header: int = 0, image: int = 0) -> Structure:
    head = b"Subject: " + b"x" * header + b"\r\nContent-Type: multipart/related; boundary=b\r\n\r\n"
    parts = b"--b\r\nContent-Type: text/plain\r\n\r\n" + b"t" * text + b"\r\n" if text else b""
    parts += b"--b\r\nContent-Type: text/html\r\n\r\n" + b"h" * html + b"\r\n" if html else b""
    if image:
        parts += b"--b\r\nContent-Type: image/png\r\nContent-ID: <a@b>\r\n\r\n" + b"i" * image + b"\r\n"
    return parse(head + parts + b"--b--\r\n", Bounds())


@pytest.mark.parametrize(
    ("structure", "terms", "rendered"),
    [
        (_mail(text=10), EAGER, (TEXT, BODY, HEADERS)),
        (_mail(html=10), EAGER, (TEXT, BODY, HEADERS)),
        (_mail(), EAGER, (TEXT, BODY, HEADERS)),
        (_mail(text=10, html=600_000), EAGER, (TEXT, HEADERS)),
        (_mail(text=600_000, html=10), EAGER, (BODY, HEADERS)),
        (_mail(text=600_000), EAGER, (HEADERS,)),
        (_mail(text=1500), THRIFTY, ()),
        (_mail(text=1500, html=3000), THRIFTY, ()),
        (_mail(text=1500, html=9000), THRIFTY, ()),
        (_mail(text=1500, html=11_000), THRIFTY, (BODY,)),
        (_mail(html=6000), THRIFTY, ()),
        (_mail(html=8000), THRIFTY, (TEXT,)),
        (_mail(html=11_000), THRIFTY, (TEXT, BODY)),
        (_mail(text=300_000, header=30_000), THRIFTY, (TEXT, BODY, HEADERS)),
    ],
)
def test_ordinary_mail_is_rendered_where_it_is_worth_it(
    structure: Structure, terms: Terms, rendered: tuple[Rendering, ...]
) -> None:
    assert rendered_at_arrival(structure, terms, age=NOW) == rendered


def test_only_what_came_lately_is_rendered() -> None:
    structure = _mail(text=10)

    assert rendered_at_arrival(structure, EAGER, age=RECENT) == (TEXT, BODY, HEADERS)
    assert rendered_at_arrival(structure, EAGER, age=RECENT + timedelta(seconds=1)) == ()


def test_images_are_work_only_where_they_are_put_in() -> None:
    plain, illustrated = _mail(html=1000), _mail(html=1000, image=50_000)

    assert work(illustrated, BODY) == work(plain, BODY)
    for rendering in (Rendering.DIRTY, Rendering.BODY_IMAGES, Rendering.BODY_LINKS_IMAGES):
        assert work(illustrated, rendering) > work(plain, rendering)


def test_to_sanitise_is_more_work_than_to_read_headers_and_that_more_than_to_read_text() -> None:
    structure = _mail(text=1000, html=1000, header=1000)

    assert work(structure, BODY) > work(structure, HEADERS) > work(structure, TEXT) > 0
    assert work(structure, Rendering.HEADER) == 0


def test_each_choice_of_links_and_images_is_a_rendering_of_its_own() -> None:
    choices = {body_rendering(links=links, images=images) for links in (True, False) for images in (True, False)}

    assert len(choices) == 4


@pytest.mark.parametrize("octets", [10, 1500, 6500, 6800, 9900, 10_100, 50_000])
def test_a_mail_that_is_too_small_is_known_by_its_size_alone(octets: int) -> None:
    structure = _mail(html=octets)

    for terms in (EAGER, THRIFTY):
        worth_it = bool(rendered_at_arrival(structure, terms, age=NOW))
        assert may_be_rendered_at_arrival(structure.size, terms) >= worth_it
    assert not may_be_rendered_at_arrival(6500, THRIFTY)
