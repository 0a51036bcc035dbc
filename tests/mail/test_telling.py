"""What is told of a mail stays within its bound, whatever a sender makes large."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mail.telling import fitted

BOUND = 4000
WHOLE: dict[str, Any] = {
    "_id": "01kg9ys7g05zkc3bthc81xw47w-0",
    "inbox": "bo@rest.example",
    "from": [{"address": "ana@sender.example", "name": "Ana"}],
    "replyTo": [],
    "subject": "Hello",
    "messageId": "1@sender.example",
    "size": 1000,
    "read": None,
    "attachments": [],
    "links": [],
    "headers": {"subject": "Hello"},
    "text": "x",
    "raw": "y",
    "omitted": [],
}
LONG = st.builds(lambda text, times: text * times, st.text(max_size=40), st.integers(0, 300))
RECIPIENTS = st.lists(st.fixed_dictionaries({"address": LONG, "name": LONG}), max_size=4)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("subject", "messageId", "text", "raw"), LONG),
        **dict.fromkeys(("from", "replyTo"), RECIPIENTS),
        **dict.fromkeys(("links", "attachments"), st.lists(LONG, max_size=4)),
        "headers": st.dictionaries(st.text(max_size=9), LONG, max_size=4),
    },
)


@given(CHANGES)
def test_whatever_is_large_the_bound_holds_and_what_is_not_whole_is_named(changes: dict[str, Any]) -> None:
    document = {**WHOLE, **changes}
    written = fitted(document, BOUND)
    told = json.loads(written)

    assert len(written.encode()) <= BOUND
    assert {name for name in document if name != "omitted" and told[name] != document[name]} <= {*told["omitted"]}
    assert told.keys() == document.keys()
    assert len(told["omitted"]) == len({*told["omitted"]})


@pytest.mark.parametrize("letter", ["a", "é", "\U0001f600", '"', "\ud800"])
def test_a_large_subject_is_cut_at_its_end(letter: str) -> None:
    told = json.loads(fitted({**WHOLE, "subject": letter * 150_000}, BOUND))

    assert {*told["subject"]} == {letter}
    assert told["from"] == WHOLE["from"]
    assert told["omitted"] == ["raw", "headers", "text", "subject"]
    assert len(fitted({**WHOLE, "subject": letter * 150_000}, BOUND)) > BOUND - 12


def test_who_has_a_large_name_is_still_told_by_the_address() -> None:
    told = json.loads(fitted({**WHOLE, "from": [{"address": "ana@sender.example", "name": "Ä" * 9000}]}, BOUND))

    assert told["from"] == [{"address": "ana@sender.example", "name": "Ä" * 100}]
    assert told["omitted"][-1] == "from"


def test_a_list_that_is_too_long_ends_after_what_fits() -> None:
    md5s = [f"{number:032x}" for number in range(1000)]
    told = json.loads(fitted({**WHOLE, "attachments": md5s}, BOUND))

    assert told["attachments"] == md5s[: len(told["attachments"])]
    assert len(told["attachments"]) > 50
