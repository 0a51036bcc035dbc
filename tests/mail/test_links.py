"""Links: found in HTML and text, in order; and the one that the mail is about."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mail.links import find_action_link, find_links


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see https://x.example/a.", ("https://x.example/a",)),
        ("(https://x.example/a)", ("https://x.example/a",)),
        (
            "https://x.example/a_(b) and (see https://x.example/c_(d)).",
            ("https://x.example/a_(b)", "https://x.example/c_(d)"),
        ),
        ("<https://x.example/a>", ("https://x.example/a",)),
        ("[https://x.example/a]: x", ("https://x.example/a",)),
        ("[text](https://x.example/a)", ("https://x.example/a",)),
        ("\"https://x.example/a\", 'https://x.example/b'", ("https://x.example/a", "https://x.example/b")),
        ("**https://x.example/a**", ("https://x.example/a",)),
        ("HTTP://X.example", ("HTTP://X.example",)),
        ("http://localhost:8025/x?y=1&z=2#w", ("http://localhost:8025/x?y=1&z=2#w",)),
        ("http://[::1]:80/a http://127.0.0.1/b", ("http://[::1]:80/a", "http://127.0.0.1/b")),
        ("https://user:pw@x.example/", ("https://user:pw@x.example/",)),
        ("https://müller.example/straße", ("https://müller.example/straße",)),
        ("请点击https://x.example/abc完成。", ("https://x.example/abc",)),
        ("「https://x.example/」、https://y.example/。", ("https://x.example/", "https://y.example/")),
        ("https://x.example/a…", ("https://x.example/a",)),
        ("https://x.example/a?b=c!?", ("https://x.example/a?b=c",)),
        ("https://x.example/a https://y.example https://x.example/a", ("https://x.example/a", "https://y.example")),
        ("https:// http://. https://[ http://) ftp://x.example mailto:a@x.example www.x.example", ()),
        ("https://", ()),
    ],
)
def test_links_are_found_in_text(text: str, links: tuple[str, ...]) -> None:
    assert find_links(text=text) == links


@pytest.mark.parametrize(
    ("html", "links"),
    [
        ('<a href="https://x.example/?a=1&amp;b=2&copy=3">x</a>', ("https://x.example/?a=1&b=2&copy=3",)),
        ("<A HREF=https://x.example>x</A><area href='https://y.example'>", ("https://x.example", "https://y.example")),
        ('<a href=" https://x.example/\n a ">x</a>', ("https://x.example/ a",)),
        ('<a href="mailto:a@x.example">a</a><a href="/b">b</a><a href="#c">c</a><a name=d>d</a><area>', ()),
        ('<link href="https://x.example/"><img src="https://x.example/">https://x.example/', ()),
        ('<!-- <a href="https://x.example/"> --><script>"<a href=https://x.example/>"</script>', ()),
        ('<a href="https://x.example/">open', ("https://x.example/",)),
        (
            '<a href="https://x.example/1"><a href="https://x.example/2">',
            ("https://x.example/1", "https://x.example/2"),
        ),
        ('<a href="javascript:https://x.example">x</a>', ()),
        ('<b>x</b><a href="https://x.example/">y<i>z</i></a>', ("https://x.example/",)),
        ('<a href="https:///x">x</a><a href="https://.x">x</a>', ()),
    ],
)
def test_links_are_found_in_html(html: str, links: tuple[str, ...]) -> None:
    assert find_links(html=html) == links


def test_links_of_html_come_before_those_of_text_and_each_comes_once() -> None:
    found = find_links(
        html='<a href="https://b.example/">b</a><a href="https://a.example/">a</a>',
        text="https://a.example/ https://c.example/",
    )

    assert found == ("https://b.example/", "https://a.example/", "https://c.example/")


def test_no_more_links_are_found_than_asked_for() -> None:
    text = " ".join(f"https://x.example/{number}" for number in range(2_000))

    assert len(find_links(text=text)) == 1_000
    assert find_links(text=text, limit=2) == ("https://x.example/0", "https://x.example/1")


def test_a_link_too_long_for_any_browser_is_left_out() -> None:
    url = "https://x.example/" + "a" * 8_000

    assert find_links(text=url, html=f'<a href="{url}">x</a>') == ()


@given(st.text(), st.text())
def test_no_mail_is_too_strange_to_look_for_links(html: str, text: str) -> None:
    found = find_links(html=html, text=text)

    assert all(each.lower().startswith(("http://", "https://")) for each in found)
    assert find_action_link(subject=text, html=html, text=text) is None or found


TOKEN = "https://x.example/t/9f8a7b6c5d4e3f2a1b0c"


@pytest.mark.parametrize(
    ("label", "action"), json.loads(Path(__file__).with_name("action_links.json").read_text(encoding="utf-8"))
)
def test_the_action_link_of_html_is_found_by_its_words(label: str, action: str) -> None:
    html = (
        '<a href="https://x.example/"><img alt="Example"></a>'
        f'<a href="{TOKEN}">{label}</a>'
        '<a href="https://x.example/help">Help</a> <a href="https://x.example/unsubscribe?token=1">Unsubscribe</a>'
    )
    found = find_action_link(html=html)

    assert found is not None
    assert (found.url, found.action) == (TOKEN, action)
    assert found.reason.startswith('the link says "')


@pytest.mark.parametrize(
    ("html", "text", "reason"),
    [
        (f'<p>To verify your address, <a href="{TOKEN}">click here</a>', "", 'the words before the link say "verify"'),
        ('<a href="https://x.example/verify-email?token=abc">this link</a>', "", 'the URL says "verify"'),
        (
            "",
            f"Reset your password:\n\n{TOKEN}\n\nIgnore this if it was not you.",
            'the words before the link say "Reset"',
        ),
        ("", f"Bestätigen Sie Ihre Adresse: <{TOKEN}>", 'the words before the link say "Bestätigen"'),
        (f'<a href="{TOKEN}"><img alt="Confirm" src=x></a>', "", 'the link says "Confirm"'),
        (f'<map><area href="{TOKEN}" alt="Verify"></map>', "", 'the link says "Verify"'),
    ],
)
def test_the_action_link_is_found_by_what_is_around_it(html: str, text: str, reason: str) -> None:
    found = find_action_link(html=html, text=text)

    assert found is not None
    assert found.reason == reason


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<a href="https://x.example/unsubscribe?token=9f8a7b6c5d4e3f2a1b0c">Confirm unsubscribe</a>', ""),
        (f'<a href="{TOKEN}">Unsubscribe</a><a href="{TOKEN}">Abmelden</a><a href="{TOKEN}">Se désabonner</a>', ""),
        (f'<a href="{TOKEN}">Email preferences</a><a href="{TOKEN}">Privacy policy</a>', ""),
        ('<a href="https://x.example/login">Log in</a><a href="https://x.example/join">Join us</a>', ""),
        ('<a href="https://x.example/news">Read the news</a>', "https://x.example/news"),
        (f'<a href="{TOKEN}">退订</a><a href="{TOKEN}">配信停止</a><a href="{TOKEN}">Отписаться</a>', ""),
        ("", f"Unsubscribe: {TOKEN}"),
        ("", ""),
    ],
)
def test_links_of_every_mail_are_not_taken_for_the_action_link(html: str, text: str) -> None:
    assert find_action_link(subject="Confirm your address", html=html, text=text) is None


def test_the_subject_decides_between_two_action_links() -> None:
    html = f'<a href="{TOKEN}1">Confirm</a><a href="{TOKEN}2">Reset</a>'
    found = find_action_link(subject="Reset your password", html=html)

    assert found is not None
    assert found.url == f"{TOKEN}2"
