"""What readers do with messages: star, label, file, read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.api.mails import PLAIN, arrive

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client

BOB = "/api/addresses/bob@x.dev"


def test_a_star_is_set_and_taken_away_by_the_same_request(backend: EmbeddedBackend, team: Client) -> None:
    found = arrive(backend, PLAIN)

    starred = team.tell("PUT", f"{BOB}/messages/{found}/star").json
    listed = team.get("/api/addresses/starred/messages").json
    unstarred = team.tell("PUT", f"{BOB}/messages/{found}/star").json

    assert (starred["_id"], starred["savedBy"]) == (found, "team")
    assert listed == [starred]
    assert unstarred["savedBy"] is None
    assert team.get("/api/addresses/starred/messages").json == []


def test_a_starred_message_survives_a_purge_and_goes_when_it_is_deleted_itself(
    backend: EmbeddedBackend, team: Client
) -> None:
    kept, _ = arrive(backend, PLAIN), arrive(backend, PLAIN)
    team.tell("PUT", f"{BOB}/messages/{kept}/star")

    assert team.ask("DELETE", f"{BOB}/messages").status == 204
    assert [one["_id"] for one in team.get(f"{BOB}/messages").json] == [kept]
    assert team.ask("DELETE", f"{BOB}/messages/{kept}").status == 200
    assert team.get("/api/addresses/starred/messages").json == []


def test_a_label_is_there_once_however_often_it_is_added_or_taken_away(backend: EmbeddedBackend, team: Client) -> None:
    labels = f"{BOB}/messages/{arrive(backend, PLAIN)}/labels"

    added = [team.tell("PUT", f"{labels}/{label}").json["labels"] for label in ("a%2Fb", "to%20do", "a%2Fb")]
    taken = [team.tell("DELETE", f"{labels}/a%2Fb").json["labels"] for _ in range(2)]

    assert added == [["a/b"], ["a/b", "to do"], ["a/b", "to do"]]
    assert taken == [["to do"], ["to do"]]
    assert team.get(f"{BOB}/messages").json[0]["labels"] == ["to do"]


def test_what_is_labelled_and_starred_at_once_is_all_kept(backend: EmbeddedBackend, team: Client) -> None:
    message = f"{BOB}/messages/{arrive(backend, PLAIN)}"
    names = [f"l{number}" for number in range(20)]

    def tell(method: str, paths: list[str]) -> None:
        with ThreadPoolExecutor(len(paths)) as threads:
            assert {one.status for one in threads.map(lambda path: team.tell(method, path), paths)} == {200}

    tell("PUT", [f"{message}/labels/{name}" for name in names] + [f"{message}/star"] * 3)
    labelled = team.get(f"{BOB}/messages").json[0]
    tell("DELETE", [f"{message}/labels/{name}" for name in names[3:]])

    assert (sorted(labelled["labels"]), labelled["savedBy"]) == (sorted(names), "team")
    assert sorted(team.get(f"{BOB}/messages").json[0]["labels"]) == names[:3]


def test_a_list_of_labels_takes_the_place_of_those_that_were_there(backend: EmbeddedBackend, team: Client) -> None:
    message = f"{BOB}/messages/{arrive(backend, PLAIN)}"
    team.tell("PUT", f"{message}/labels/old")

    answered = team.tell("PUT", f"{message}/labels", {"labels": ["new", " new ", "ü"]})

    assert answered.json["labels"] == ["new", "ü"]
    assert team.tell("PUT", f"{message}/labels", {"labels": []}).json["labels"] == []


@pytest.mark.parametrize("labels", [["x" * 101], [" "], [str(n) for n in range(21)], [1], None, "x" * 101])
def test_labels_that_are_none_are_a_400_that_names_them(backend: EmbeddedBackend, team: Client, labels: object) -> None:
    answered = team.tell("PUT", f"{BOB}/messages/{arrive(backend, PLAIN)}/labels", {"labels": labels})

    assert answered.status == 400
    assert answered.json["validationErrors"] == [answered.json["message"]]
    assert "label" in answered.json["message"].lower()


def test_a_message_has_twenty_labels_at_most(backend: EmbeddedBackend, team: Client) -> None:
    labels = f"{BOB}/messages/{arrive(backend, PLAIN)}/labels"
    team.tell("PUT", labels, {"labels": [str(number) for number in range(20)]})

    assert team.tell("PUT", f"{labels}/one-more").status == 400
    assert team.tell("PUT", f"{labels}/19").status == 200


@pytest.mark.parametrize("folder", ["inbox", "all", "spam", "trash", "sent", "drafts"])
def test_a_message_is_put_into_each_folder_there_is(backend: EmbeddedBackend, team: Client, folder: str) -> None:
    found = arrive(backend, PLAIN)

    assert team.tell("PUT", f"{BOB}/messages/{found}/folder/{folder}").json == {"_id": found, "folder": folder}
    assert team.get(f"{BOB}/messages/{found}").json["folder"] == folder


def test_a_folder_that_is_none_is_a_400_that_names_it(backend: EmbeddedBackend, team: Client) -> None:
    answered = team.tell("PUT", f"{BOB}/messages/{arrive(backend, PLAIN)}/folder/attic")

    assert (answered.status, answered.json["message"].partition(":")[0]) == (400, "folder")


def test_unread_messages_are_counted_as_they_are_read_and_deleted(backend: EmbeddedBackend, team: Client) -> None:
    team.tell("POST", BOB)
    first, second, third = (arrive(backend, PLAIN) for _ in range(3))

    def unread() -> int:
        count = team.get("/api/inbox?limit=0").json["unread"]
        assert isinstance(count, int)
        return count

    counts = [unread()]
    for change in (f"{first}/read/true", f"{first}/read/true", f"{second}/read/1", f"{first}/read/false"):
        assert team.tell("PUT", f"{BOB}/messages/{change}").status == 200
        counts.append(unread())
    team.ask("DELETE", f"{BOB}/messages/{third}")
    counts.append(unread())

    assert counts == [3, 2, 2, 1, 2, 1]


@pytest.mark.parametrize("target", ["star", "labels/a", "folder/spam", "read/true"])
def test_a_message_that_is_not_there_cannot_be_marked(team: Client, target: str) -> None:
    assert team.tell("PUT", f"{BOB}/messages/nothing-0/{target}").status == 404


def test_the_latest_message_can_be_marked_and_deleted_by_that_name(backend: EmbeddedBackend, team: Client) -> None:
    first, second = arrive(backend, PLAIN), arrive(backend, PLAIN)

    assert team.tell("PUT", f"{BOB}/messages/latest/read/true").json == {"_id": second, "read": True}
    assert team.ask("DELETE", f"{BOB}/messages/latest").json["_id"] == second
    assert team.get(f"{BOB}/messages/latest").json["_id"] == first
    assert team.get("/api/text/bob@x.dev/latest").text.strip() == "Good morning, Bob."
