"""The document for a sandboxed frame: it keeps the look of a mail, and nothing that could fetch or run."""

from __future__ import annotations

import re

import pytest

from chalicelib.mail.framing import count_remote, frame_html
from chalicelib.mail.markup import SHORTENED
from tests.mail.xss_vectors import VECTORS, Vector


def _framed(html: str, *, remote: bool = False, dark: bool = False) -> str:
    return frame_html(html, remote=remote, dark=dark).html


def test_style_sheets_classes_and_styles_stay_as_they_were_sent() -> None:
    shown = _framed('<head><style>.a > b{color:red}</style></head><body class="a" style="position:fixed"><b id=x>t</b>')

    assert "<style>.a > b{color:red}</style></head>" in shown
    assert '<div class="a" style="position:fixed"><b id="x">t</b></div>' in shown


@pytest.mark.parametrize(
    "html",
    [
        '<link rel="preconnect" href="https://evil.example">',
        '<meta http-equiv="refresh" content="0;url=https://evil.example">',
        '<base href="https://evil.example/">',
        '<iframe src="https://evil.example"></iframe>',
        '<img src="https://evil.example/x.png" srcset="https://evil.example/y.png 2x">',
        '<table background="https://evil.example/x.png"><tr><td>x</table>',
        '<video poster="https://evil.example/x.png" src="https://evil.example/y"></video>',
        '<script>location="https://evil.example"</script>',
        '<svg><image href="https://evil.example/x.svg"/></svg>',
        '<p onclick="https://evil.example">x</p>',
        "<a href=\"javascript:fetch('https://evil.example')\">x</a>",
        '<a href="data:text/html,https://evil.example">x</a>',
        '<img src="//evil.example/x.png">',
        '<form action="https://evil.example"><input name="x"></form>',
    ],
)
def test_what_fetches_or_runs_does_not_reach_the_frame(html: str) -> None:
    assert "evil.example" not in _framed(html)


def test_links_stay_and_open_apart() -> None:
    shown = _framed('<a href="https://shop.example/a?b=1&amp;c=2">x</a><a href="#top">y</a>')

    assert '<base target="_blank">' in shown
    assert '<a href="https://shop.example/a?b=1&amp;c=2" rel="noopener noreferrer nofollow">x</a>' in shown
    assert 'href="#top"' in shown


def test_images_from_elsewhere_stay_when_they_are_asked_for_and_no_others() -> None:
    html = '<img src="https://cdn.example/x.png"><img src="/api/me"><img src="ftp://x.example/y">'

    assert _framed(html, remote=True).count("src=") == 1
    assert count_remote(html) >= 1


def test_what_is_too_long_to_be_shown_whole_says_so() -> None:
    assert f"<p>{SHORTENED}</p></body>" in _framed("<br>" * 150_001)
    assert SHORTENED not in _framed("<br>" * 150_000)


def test_images_that_the_mail_brings_stay() -> None:
    assert 'src="data:image/png;base64,aaaa"' in _framed('<img src="data:image/png;base64,aaaa">')


def test_a_mail_with_colours_for_the_dark_keeps_them_and_another_is_inverted() -> None:
    own = frame_html("<style>@media (prefers-color-scheme: dark){p{color:#fff}}</style><p>x", remote=False, dark=True)

    assert own.has_dark
    assert "invert(" not in own.html
    assert "invert(" in _framed("<p>x", dark=True)
    assert "invert(" not in _framed("<p>x")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda each: str(each.number))
def test_no_vector_keeps_an_element_or_an_attribute_that_runs(vector: Vector) -> None:
    shown = _framed(vector.html("evil.example")).partition("<body>")[2]
    tags = re.findall(r"<([a-z0-9]+)((?:\s+[a-z-]+=\"[^\"]*\")*)", shown)
    attributes = {name for _, written in tags for name in re.findall(r"([a-z-]+)=\"", written)}

    assert not {tag for tag, _ in tags} & {"script", "link", "meta", "base", "iframe", "object", "embed", "svg", "math"}
    assert not {name for name in attributes if name.startswith("on")} | (attributes & {"action", "ping"})


@pytest.mark.parametrize(
    "html", ["", "\0", "<", "<style>", "\ud800<p>", "\ufdd00\ufdd1", "<div>" * 50_000, "</table>" * 9]
)
def test_any_text_becomes_a_document(html: str) -> None:
    shown = _framed(html)

    assert shown.startswith("<!doctype html>")
    assert shown.endswith("</body></html>")
