"""The routes, as API Gateway takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from chalicelib.api.application import build_app

if TYPE_CHECKING:
    from chalicelib.ports import Backend


def test_a_variable_has_one_name_in_one_place_of_paths() -> None:
    # Of two siblings one is refused: "a sibling of this resource already has a variable path part".
    app = build_app(lambda: cast("Backend", None))
    names: dict[str, set[str]] = {}
    for path in app.routes:
        before = ""
        for segment in path.strip("/").split("/"):
            if segment.startswith("{"):
                names.setdefault(before, set()).add(segment)
            before += f"/{segment}"

    assert len(names) > 10
    assert {place: found for place, found in names.items() if len(found) > 1} == {}
