"""Text from HTML, and HTML from text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mail.markup import SHORTENED
from chalicelib.mail.plain_text import from_html, to_html
from chalicelib.mail.sanitising import sanitise


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One\n two</p><p>Three", "One two\n\nThree"),
        ("<h1>Title</h1>Text<br>more<div>block</div>end", "Title\n\nText\nmore\nblock\nend"),
        ("a<br><br>b<br><br><br><br>c", "a\n\nb\n\nc"),
        ("<b>bold</b>ly <i> spaced </i> text", "boldly spaced text"),
        ("a&nbsp;b &amp; &lt;c&gt; &euro;", "a b & <c> \u20ac"),
        ("<title>t</title><style>s</style><script>r</script><!-- c -->x", "x"),
        ('<a href="https://x.example/?a=1&amp;b=2">Click</a> it', "Click (https://x.example/?a=1&b=2) it"),
        ('<a href="https://x.example/">https://x.example/</a>', "https://x.example/"),
        ('<a href="https://x.example/"></a>', "https://x.example/"),
        ('<a href="https://x.example/"><img alt="Logo"></a>', "Logo (https://x.example/)"),
        ('<a href="mailto:a@x.example?subject=Hi">write</a>', "write (a@x.example)"),
        ('<a href="mailto:a@x.example">a@x.example</a>', "a@x.example"),
        ('<a href="#x">jump</a> <a name=y>here</a>', "jump here"),
        (
            '<a href="https://x.example/">one<a href="https://y.example/">two',
            "one (https://x.example/) two (https://y.example/)",
        ),
        ("x<img alt='a picture'>y<img src=z>", "x a picture y"),
        ("<ul><li>a<li>b</ul>c", "- a\n- b\nc"),
        ("<ol><li>a<li>b</ol>", "1. a\n2. b"),
        ("<ol start=9><li>a<li>b</ol><ol start=-1><li>c</ol>", "9. a\n10. b\n1. c"),
        ("<ul><li>a<ol><li>b</ol><li>c</ul>", "- a\n  1. b\n- c"),
        ("<ul><li><p>a</p><p>b</p></ul>", "- a\n\n  b"),
        ("<li>stray</li></ul></ol>", "- stray"),
        ("<table><tr><td>a<td>b<tr><th>c<th>d</table>", "a\tb\nc\td"),
        ("<table><tr><td><p>a</p></td><td><p>b</p></td></tr></table>", "a\n\nb"),
        ("<blockquote>q<blockquote>r</blockquote></blockquote>s", "> q\n>\n> > r\n\ns"),
        ("</blockquote></pre>x", "x"),
        ("<pre>  a\r\n   b\n\n\nc</pre>d", "  a\n   b\n\nc\n\nd"),
        ("<textarea>a &amp; b</textarea> <xmp>&amp;</xmp> <plaintext>&amp;<b>", "a & b &amp; &amp;<b>"),
        ("a<hr>b", "a\n--------------------\nb"),
        ("Hi&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;there", "Hi there"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
        ("co\u00adoperate", "cooperate"),
        ("<select><option>a<option>b</select>", "a\nb"),
        ("<li><br>", ""),
        ("", ""),
        ("&#" + "1" * 5000 + ";", "\ufffd"),
    ],
)
def test_a_document_is_read_as_text(html: str, text: str) -> None:
    assert from_html(html) == text


def test_a_document_with_too_many_tags_ends_with_a_line_that_says_so() -> None:
    assert from_html("<p>x</p>" * 50_000).count("x") == 50_000
    assert from_html("x<br>" * 100_000).endswith(f"x\nx\n\n{SHORTENED}")
    assert from_html("<br>" * 150_001) == SHORTENED


@given(st.text())
def test_any_string_can_be_read_as_text(html: str) -> None:
    assert from_html(html).strip("\n") == from_html(html)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Hello", "<p>Hello</p>"),
        ("a\nb\n\nc", "<p>a<br>\nb</p>\n<p>c</p>"),
        ("a\r\n \r\n\t\r\nb\r\n", "<p>a</p>\n<p>b</p>"),
        ('<b> & "q"', '<p>&lt;b&gt; &amp; "q"</p>'),
        ("  in\n  dent", "<p>&nbsp;&nbsp;in<br>\n&nbsp;&nbsp;dent</p>"),
        ("a   b\tc", "<p>a &nbsp;&nbsp;b &nbsp;&nbsp;&nbsp;c</p>"),
        ("\n\n", ""),
        ("", ""),
    ],
)
def test_text_is_written_as_html(text: str, html: str) -> None:
    assert to_html(text) == html


def test_urls_in_text_become_links() -> None:
    assert to_html("see https://x.example/?a=1&b=2.") == (
        '<p>see <a href="https://x.example/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer nofollow">'
        "https://x.example/?a=1&amp;b=2</a>.</p>"
    )


@given(st.text())
def test_html_made_from_text_has_nothing_to_sanitise(text: str) -> None:
    html = to_html(text)
    allowed = html.replace("<p>", "").replace("</p>", "").replace("<br>", "")

    assert "<" not in allowed
    assert sanitise(html).blocked == 0


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf"])))
def test_text_survives_html_and_back_but_for_its_spaces(text: str) -> None:
    assert "".join(from_html(to_html(text)).split()) == "".join(text.replace("\u034f", "").split())
