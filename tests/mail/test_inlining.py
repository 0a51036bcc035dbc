"""Images inside the mail, put into its HTML as data: URIs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mail.inlining import inline_images

IMAGES = {"logo@x.example": ("image/png", b"PNG"), "<Chart 1>": ("IMAGE/SVG+XML", b"<svg/>"), "bad": ("no type", b"x")}
PNG = "data:image/png;base64,UE5H"
SVG = "data:image/svg+xml;base64,PHN2Zy8+"


@pytest.mark.parametrize(
    ("html", "inlined"),
    [
        ('<img src="cid:logo@x.example">', f'<img src="{PNG}">'),
        ("<img src=cid:logo@x.example alt=x>", f"<img src={PNG} alt=x>"),
        ("<IMG SRC='CID:LOGO@X.EXAMPLE'/>", f"<IMG SRC='{PNG}'/>"),
        ('<img src="cid:logo%40x.example">', f'<img src="{PNG}">'),
        ('<img src="cid:&lt;logo&#64;x.example&gt;">', f'<img src="{PNG}">'),
        ('<img src="cid:Chart%201">', f'<img src="{SVG}">'),
        ('<td background="cid:logo@x.example">', f'<td background="{PNG}">'),
        (
            "<p style=\"background:url('cid:logo@x.example') no-repeat\">",
            f"<p style=\"background:url('{PNG}') no-repeat\">",
        ),
        ("<style>p{background:url(cid:logo@x.example)}</style>", "<style>p{background:url(" + PNG + ")}</style>"),
        ("<style>p{background:url(cid:other)}</style>", "<style>p{background:url(cid:other)}</style>"),
        ('<img src="cid:other"><img src="cid:bad">', '<img src="cid:other"><img src="cid:bad">'),
        ('<a href="cid:logo@x.example">cid:logo@x.example</a>', '<a href="cid:logo@x.example">cid:logo@x.example</a>'),
        ('<script>"cid:logo@x.example"</script>', '<script>"cid:logo@x.example"</script>'),
        ('<img src="cid:' + "x" * 1000 + '">', '<img src="cid:' + "x" * 1000 + '">'),
        ("<p onclick=x>un&touched", "<p onclick=x>un&touched"),
    ],
)
def test_references_to_images_are_replaced_and_nothing_else(html: str, inlined: str) -> None:
    assert inline_images(html, IMAGES) == inlined


def test_a_document_is_the_same_when_there_are_no_images() -> None:
    assert inline_images('<img src="cid:a">', {}) == '<img src="cid:a">'


def test_references_stay_when_the_budget_is_spent() -> None:
    html = '<img src="cid:logo@x.example">' * 3

    assert inline_images(html, IMAGES, budget=30).count(PNG) == 2


@given(st.text())
def test_a_document_without_references_is_never_changed(html: str) -> None:
    assert inline_images(html + "<p>cid:", IMAGES) == html + "<p>cid:"
