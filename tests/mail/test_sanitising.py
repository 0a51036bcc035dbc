"""Sanitising: what is kept, what is refused, and that nothing of the vectors is left."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mail.markup import names
from chalicelib.mail.sanitising import sanitise
from tests.mail.xss_vectors import VECTORS, Vector

PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
# Written down apart from the lists of the sanitiser, so that a slip in those shows.
FORBIDDEN_TAGS = names(
    "script style iframe frame frameset object embed applet param svg math form input button select textarea"
    " option link meta base video audio source track picture template noscript title body html head map area marquee"
)
SAFE_ATTRIBUTES = names(
    "align alt bgcolor border cellpadding cellspacing color colspan dir face height href hspace lang noshade nowrap rel"
    " rowspan scope size span src start style target title type valign value vspace width"
)
UNSAFE_STYLE = re.compile(r"url|expression|import|\\|/\*|position|behavior|binding|var\(|--|[<>{}@]", re.IGNORECASE)


class _Seen(HTMLParser):
    """Every start tag of a document with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))


def _wrongs(html: str) -> list[str]:
    """What may not be in a sanitised document."""
    wrongs = []
    for tag, attributes in _Seen(html).tags:
        if tag in FORBIDDEN_TAGS:
            wrongs.append(tag)
        wrongs += [f"{tag} {name}" for name in attributes.keys() - SAFE_ATTRIBUTES]
        if not re.match(r"https?://|mailto:", attributes.get("href", "http://"), re.IGNORECASE):
            wrongs.append(attributes["href"])
        if not attributes.get("src", PIXEL).startswith("data:image/"):
            wrongs.append(attributes["src"])
        if UNSAFE_STYLE.search(attributes.get("style", "")):
            wrongs.append(attributes["style"])
    return wrongs


@pytest.mark.parametrize("vector", VECTORS, ids=lambda each: f"{each.group}-{each.number}")
def test_nothing_dangerous_is_left_of_a_vector(vector: Vector) -> None:
    assert _wrongs(sanitise(vector.html("tracker.example")).html) == []


def test_the_check_for_dangerous_things_finds_them_in_most_raw_vectors() -> None:
    found = [vector for vector in VECTORS if _wrongs(vector.html("tracker.example"))]

    assert len(found) > 200


@pytest.mark.parametrize("vector", VECTORS, ids=lambda each: f"{each.group}-{each.number}")
def test_sanitising_a_sanitised_vector_changes_nothing(vector: Vector) -> None:
    once = sanitise(vector.html("tracker.example")).html

    assert sanitise(once).html == once


PIECES = st.sampled_from(
    [
        *Path(__file__).with_name("html_pieces.txt").read_text(encoding="utf-8").splitlines(),
        *("\n", "\r\n", "\x00", "\ufeff", "\ufdd0", "\ufdd1", "\xa0", "\x85", "\ud800", " ", "\t"),
    ]
)


@given(st.lists(PIECES | st.text(max_size=5), max_size=60).map("".join))
def test_any_string_is_sanitised_and_doing_it_twice_is_doing_it_once(html: str) -> None:
    once = sanitise(html)

    assert sanitise(once.html).html == once.html
    assert _wrongs(once.html) == []


@given(st.text())
def test_any_text_is_sanitised_without_error(html: str) -> None:
    assert _wrongs(sanitise(html).html) == []


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<p>Hello <b>you</b></p>", "<p>Hello <b>you</b></p>"),
        ("a &amp; b &lt;c&gt; \"d\" 'e' &copy; é", "a &amp; b &lt;c&gt; \"d\" 'e' © é"),
        (
            '<p style="font-size:13px;border-width:1px;border-left-width:2px">x</p>',
            '<p style="font-size:13px;border-width:1px;border-left-width:2px">x</p>',
        ),
        ('<img alt="put src=x here">', "put src=x here"),
        ('<p style="color:red; text-align: center">x</p>', '<p style="color:red;text-align:center">x</p>'),
        ('<td width="50%">x</td>', "x"),
        ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("<ul><li>a<ul><li>b</ul><li>c</ul>", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"),
        ("<dl><dt>a<dd>b<dt>c</dl>", "<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>"),
        ("<p>a<p>b", "<p>a</p><p>b</p>"),
        ("<b>a</b> \n<i>b</i>", "<b>a</b> \n<i>b</i>"),
        ("<p>a<div>b</div>", "<p>a</p><div>b</div>"),
        ("<h1>a<h2>b</h2>", "<h1>a</h1><h2>b</h2>"),
        ("<b><p>x</b>y</p>", "<b><p>x</p></b><p>y</p>"),
        ("<b><i>x</b>y</i>", "<b><i>x</i></b><i>y</i>"),
        ("<div><span>a</div>b</span>", "<div><span>a</span></div>b"),
        ("</p></div></td></table></li>x", "x"),
        ("<ruby>a<rp>(<rt>b<rp>)</ruby>", "<ruby>a<rp>(</rp><rt>b</rt><rp>)</rp></ruby>"),
        ("<pre>\n\n a\n  b</pre>", "<pre> a\n  b</pre>"),
        ("<pre>\n</pre>", "<pre></pre>"),
        ("<textarea>a &amp; <b></textarea><xmp>&amp;</xmp>", "a &amp; &lt;b&gt;&amp;amp;"),
        ("<plaintext>a<b>", "a&lt;b&gt;"),
        ("<button>Go</button><select><option>a</select>", "Goa"),
        ("<title>t</title><style>s</style><script>r</script><noscript>n</noscript>", "n"),
        ("<body bgcolor=#eee style='color:#111'>x</body>", '<div bgcolor="#eee" style="color:#111">x</div>'),
        ("<!--[if mso]>a<![endif]--><![if !mso]>b<![endif]>", "b"),
        ("a\r\nb\rc&#13;d\0e\ufefff\ud800", "a\nb\nc\ndef\ufffd"),
        ("&#0;&#xd800;&#x110000;&#99999999999999;&#x80;&#65", "\ufffd\ufffd\ufffd\ufffd\u20acA"),
        ("&notit; &unknown; &ampx &copy", "\xacit; &amp;unknown; &amp;x \xa9"),
        ("<o:p>x</o:p><custom-tag>y</custom-tag>", "xy"),
        ("a <3 b < c", "a &lt;3 b &lt; c"),
        ("a</ b>c<?x?>d<!x>e</>f", "acdef"),
        ("a<b", "a"),
        ("a<!-- b", "a"),
        ("a<!x", "a"),
    ],
)
def test_text_and_its_marks_are_kept(html: str, kept: str) -> None:
    assert sanitise(html).html == kept


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<table><tr><td>a<td>b<tr><td>c</table>", "<tr><td>a</td><td>b</td></tr><tr><td>c</td></tr>"),
        ("<table><td>a", "<tr><td>a</td></tr>"),
        ("<table><tr><td>a</td>loose</table>", "<tr><td>a</td><td>loose</td></tr>"),
        ("<table>loose<tr><td>a</table>", "<tr><td>loose</td></tr><tr><td>a</td></tr>"),
        ("<table><tr><b>x</b><td>a</table>", "<tr><td><b>x</b></td><td>a</td></tr>"),
        ("<table><tr>&nbsp;<br><td>a</td></tr></table>", "<tr><td>a</td></tr>"),
        ("<table><tr><td></tr></tbody><tr><td>b</table>", "<tr><td></td></tr><tr><td>b</td></tr>"),
        ("<table><tr><td><div>a</td></tr></div></table>b", "<tr><td><div>a</div></td></tr>"),
        ("<table><tr><td></caption></th>a</table>", "<tr><td>a</td></tr>"),
    ],
)
def test_tables_are_made_whole(html: str, kept: str) -> None:
    found = sanitise(html).html.replace("</tbody><tbody>", "")

    assert found.removesuffix("b") == f"<table><tbody>{kept}</tbody></table>"


def test_columns_sections_and_captions_of_a_table_are_kept() -> None:
    html = "<table><caption>c</caption><col width=1><col><thead><tr><th>h<tbody><tr><td>a<tfoot><tr><td>f</table>"

    assert sanitise(html).html == (
        '<table><caption>c</caption><colgroup><col width="1"><col></colgroup><thead><tr><th>h</th></tr></thead>'
        "<tbody><tr><td>a</td></tr></tbody><tfoot><tr><td>f</td></tr></tfoot></table>"
    )


def test_columns_end_where_rows_begin() -> None:
    html = "<table><colgroup><col><tr><td>a</td></tr></table><table><colgroup>x</table><table><colgroup><td>y</table>"

    assert sanitise(html).html == (
        "<table><colgroup><col></colgroup><tbody><tr><td>a</td></tr></tbody></table>"
        "<table><colgroup></colgroup><tbody><tr><td>x</td></tr></tbody></table>"
        "<table><colgroup></colgroup><tbody><tr><td>y</td></tr></tbody></table>"
    )


def test_a_table_in_a_cell_stays_in_it() -> None:
    html = "<table><tr><td><table><tr><td>in</table>out</table>"

    assert sanitise(html).html == (
        "<table><tbody><tr><td><table><tbody><tr><td>in</td></tr></tbody></table>out</td></tr></tbody></table>"
    )


@pytest.mark.parametrize(
    ("href", "kept"),
    [
        ("https://x.example/?a=1&amp;b=2&copy=3", "https://x.example/?a=1&amp;b=2&amp;copy=3"),
        ("HTTPS://x.example", "HTTPS://x.example"),
        ("mailto:ann@x.example?subject=Hi", "mailto:ann@x.example?subject=Hi"),
        (" https://x.example/a b\n/c ", "https://x.example/a%20b/c"),
        ("https://x.example/<é>", "https://x.example/%3Cé%3E"),
    ],
)
def test_links_stay_and_open_apart(href: str, kept: str) -> None:
    assert sanitise(f'<a href="{href}" onclick=x class=y>z</a>').html == (
        f'<a href="{kept}" target="_blank" rel="noopener noreferrer nofollow">z</a>'
    )


@pytest.mark.parametrize(
    "href", ["javascript:x", "/relative", "#top", "//x.example", "ftp://x.example", "https:///x", ""]
)
def test_links_elsewhere_become_text(href: str) -> None:
    assert "href" not in sanitise(f'<a href="{href}">z</a>').html


def test_a_link_in_a_link_ends_the_first() -> None:
    html = '<a href="https://a.example/">a<b>b<a href="https://c.example/">c</a>'

    assert re.sub(" target[^>]*", "", sanitise(html).html) == (
        '<a href="https://a.example/">a<b>b</b></a><b><a href="https://c.example/">c</a></b>'
    )


def test_a_remote_image_leaves_its_text_and_is_counted() -> None:
    found = sanitise('<img src="https://t.example/x.gif" alt="Logo" width=20 srcset="https://t.example/2x 2x">')

    assert found.html == "Logo"
    assert found.blocked == 2


@pytest.mark.parametrize(
    ("html", "blocked"),
    [
        ('<table background="https://t.example/x">', 1),
        ('<p style="background:url(https://t.example/x)">', 1),
        ("<p style=\"background:url('cid:x')\">", 0),
        ("<style>@import 'https://t.example/x'; p{background:url(https://t.example/y)}</style>", 2),
        ('<link rel=stylesheet href="https://t.example/x">', 1),
        ('<meta http-equiv=refresh content="0;URL=https://t.example/x">', 1),
        ('<svg><image xlink:href="https://t.example/x"></svg>', 1),
        ('<a href="https://t.example/x">x</a><img alt=x src=""><img src="cid:x"><img src="data:image/gif;base64,">', 0),
        ('<iframe src="https://t.example/x"></iframe><script src="https://t.example/x"></script>', 2),
        ("<meta charset=utf-8 content=x>" + "<img src=//t.example/x>" * 3, 3),
    ],
)
def test_what_would_be_fetched_is_counted(html: str, blocked: int) -> None:
    assert sanitise(html).blocked == blocked


def test_images_from_inside_the_mail_are_shown() -> None:
    found = sanitise('<img src="cid:a%40b"><img src="cid:other">', images={"<a@b>": ("image/png", b"\x89PNG")})

    assert found.html == '<img src="data:image/png;base64,iVBORw==">'


def test_links_and_images_go_when_they_are_not_kept() -> None:
    html = f'<p>See <a href="https://t.example/x">this</a> <img src="{PIXEL}" alt="a dot"></p>'

    found = sanitise(html, keep_links=False, keep_images=False)

    assert found.html == "<p>See <span>this</span> a dot</p>"


def test_an_svg_from_inside_the_mail_is_not_shown() -> None:
    assert sanitise('<img src="cid:a">', images={"a": ("image/svg+xml", b"<svg/>")}).html == ""


def test_an_image_written_into_the_html_is_shown() -> None:
    assert sanitise(f'<img src="{PIXEL}">').html == f'<img src="{PIXEL}">'


@pytest.mark.parametrize(
    "attribute",
    [
        'title="' + "x" * 2001 + '"',
        "colspan=99999",
        'width="1px;x"',
        'style="' + "color:red;" * 1001 + '"',
        "align='a\"b'",
        "id=x",
        "class=x",
        "name=x",
    ],
)
def test_an_attribute_out_of_bounds_is_left_out(attribute: str) -> None:
    assert sanitise(f"<p {attribute}>x</p><table><td {attribute}>y</table>").html == (
        "<p>x</p><table><tbody><tr><td>y</td></tr></tbody></table>"
    )


def test_the_first_of_two_attributes_with_one_name_counts() -> None:
    assert sanitise("<p align=left ALIGN=right>x</p>").html == '<p align="left">x</p>'


def test_attributes_after_the_hundredth_are_left_out() -> None:
    many = " ".join(f"a{number}" for number in range(99))

    assert sanitise(f"<p {many} align=left title=x>x</p>").html == '<p align="left">x</p>'


def test_what_is_nested_too_deep_keeps_its_text_and_the_result_says_so() -> None:
    found = sanitise("<div>" * 300 + "<p>deep</p>" + "</div>" * 300 + "after")

    assert found.html == "<div>" * 256 + "deep" + "</div>" * 256 + "after"
    assert (found.is_whole, found.is_cut) == (False, False)


def test_an_ordinary_document_is_whole() -> None:
    assert sanitise("<p>x</p>" * 1000).is_whole


def test_a_document_with_too_many_tags_is_cut_and_the_result_says_so() -> None:
    found = sanitise("<br>" * 150_001)

    assert found.html == "<br>" * 150_000
    assert (found.is_whole, found.is_cut) == (False, True)


def test_a_document_with_too_many_characters_is_cut_and_the_result_says_so() -> None:
    found = sanitise("x" * 20_000_001)

    assert len(found.html) == 20_000_000
    assert not found.is_whole


def test_unclosed_elements_are_reopened_a_few_times_only() -> None:
    fonts = "".join(f"<font color=c{number}>" for number in range(50))

    assert sanitise(f"<p>{fonts}</p>x").html.count("<font") == 50 + 3


def test_reopening_ends_for_a_document_that_does_it_all_the_time() -> None:
    assert sanitise("<div><b><i></div></i></b>" * 20_000).html.count("<b>") == 25_000


def test_what_is_wrong_a_thousand_times_is_put_right_each_time() -> None:
    row = "<tr><td><b>x<td><a href='https://t.example/'>y</b></i><p>z<div>w"
    once = sanitise(f"<table><tbody>{row}</table>").html.removeprefix("<table><tbody>").removesuffix("</tbody></table>")

    assert sanitise(f"<table><tbody>{row * 1000}</table>").html == f"<table><tbody>{once * 1000}</tbody></table>"
    assert "<b>x</b></td><td><a" in once
