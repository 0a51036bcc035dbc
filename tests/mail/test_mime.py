"""The structure of a mail: numbers, ranges, digests, bounds, problems."""

from __future__ import annotations

import hashlib
import mmap
from typing import TYPE_CHECKING

import pytest

from chalicelib.mail.bounds import Bounds
from chalicelib.mail.mime import parse
from chalicelib.mail.structure import Problem, Role

if TYPE_CHECKING:
    from pathlib import Path

TWO_PARTS = (
    b"Subject: two\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n"
    b"\r\n"
    b"preamble\r\n"
    b"--b\r\n"
    b"Content-Type: text/plain; charset=UTF-8\r\n"
    b"\r\n"
    b"one\r\n"
    b"--b\r\n"
    b"Content-Type: image/png; name=dot.png\r\n"
    b"Content-Disposition: INLINE; filename=other.png\r\n"
    b"Content-Transfer-Encoding: BASE64\r\n"
    b"Content-ID: <dot@example>\r\n"
    b"\r\n"
    b"aGVsbG8=\r\n"
    b"--b--\r\n"
    b"epilogue\r\n"
)


def names(problems: tuple[Problem, ...]) -> list[str]:
    return [problem.name for problem in problems]


def multipart(count: int) -> bytes:
    return b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * count + b"--b--\n"


def nested(depth: int) -> bytes:
    return b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(depth)
    )


def test_a_part_is_described_by_its_content_fields() -> None:
    part = parse(TWO_PARTS).parts[2]

    assert (part.number, part.role, part.media_type) == ("2", Role.ATTACHMENT, "image/png")
    assert part.parameters == (("name", "dot.png"),)
    assert (part.transfer_encoding, part.disposition, part.file_name) == ("base64", "inline", "other.png")
    assert part.content_id == "dot@example"


def test_length_and_digests_are_of_the_decoded_content() -> None:
    part = parse(TWO_PARTS).parts[2]

    assert part.length == 5
    assert part.md5 == hashlib.md5(b"hello").hexdigest()
    assert part.sha256 == hashlib.sha256(b"hello").hexdigest()


def test_ranges_cut_header_and_body_out_of_the_mail() -> None:
    part = parse(TWO_PARTS).parts[1]

    assert TWO_PARTS[slice(*part.header)] == b"Content-Type: text/plain; charset=UTF-8\r\n\r\n"
    assert TWO_PARTS[slice(*part.body)] == b"one"
    assert part.charset == "utf-8"


def test_a_container_has_no_content_of_its_own() -> None:
    root = parse(TWO_PARTS).parts[0]

    assert (root.number, root.role, root.length, root.md5, root.sha256) == ("0", Role.CONTAINER, 0, "", "")
    assert root.body.end == len(TWO_PARTS)


def test_a_mapped_file_is_read_without_being_copied(tmp_path: Path) -> None:
    path = tmp_path / "mail"
    path.write_bytes(TWO_PARTS)

    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        structure = parse(mapped)

    assert structure == parse(TWO_PARTS)


def test_an_empty_mail_is_one_empty_text() -> None:
    structure = parse(b"")

    assert [(part.number, part.role, part.length) for part in structure.parts] == [("1", Role.TEXT, 0)]


def test_a_mail_of_bare_carriage_returns_is_read_by_lines_and_digested_as_it_is() -> None:
    raw = TWO_PARTS.replace(b"\r\n", b"\r").replace(b"one", b"one\rtwo")
    part = parse(raw).parts[1]

    assert [part.number for part in parse(raw).parts] == ["0", "1", "2"]
    assert part.md5 == hashlib.md5(b"one\rtwo").hexdigest()


def test_an_empty_part_between_two_delimiters_is_a_part() -> None:
    structure = parse(b"Content-Type: multipart/mixed; boundary=b\n\n--b\n--b\n--b--\n")

    assert [part.number for part in structure.parts] == ["0", "1", "2"]


def test_a_multipart_that_closes_before_it_begins_is_an_empty_container() -> None:
    structure = parse(b"Content-Type: multipart/mixed; boundary=b\n\n--b--\n")

    assert [part.role for part in structure.parts] == [Role.CONTAINER]


def test_a_boundary_may_hold_any_octets() -> None:
    structure = parse(b'Content-Type: multipart/mixed; boundary="\xfc \xc3"\n\n--\xfc \xc3\n\nx\n--\xfc \xc3--\n')

    assert [part.number for part in structure.parts] == ["0", "1"]


def test_the_same_boundary_inside_belongs_to_the_inner_multipart() -> None:
    inner = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\ninner\n--b--\n"
    structure = parse(b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" + inner + b"--b\n\nouter\n--b--\n")

    assert [part.number for part in structure.parts] == ["0", "1", "1.1", "2"]


def test_a_name_in_the_disposition_wins_over_one_in_the_type() -> None:
    only_type = parse(b"Content-Type: image/png; name=a.png\nContent-Disposition: inline\n\n")

    assert only_type.parts[0].file_name == "a.png"


def test_parts_beyond_the_bound_are_one_problem() -> None:
    structure = parse(multipart(20), Bounds(parts=5))

    assert len(structure.parts) == 5
    assert "parts-limit" in names(structure.problems)
    assert structure.problems[0].lossy


def test_messages_inside_each_other_count_as_parts() -> None:
    structure = parse(b"Content-Type: message/rfc822\n\n" * 9, Bounds(parts=3))

    assert [part.number for part in structure.parts] == ["1", "1.1", "1.1.1"]


def test_multiparts_nested_beyond_the_bound_stay_closed() -> None:
    structure = parse(nested(5), Bounds(depth=2))

    assert [part.number for part in structure.parts] == ["0", "1", "1.1"]
    assert names(structure.problems)[0] == "depth-limit"
    assert structure.parts[2].role is Role.TEXT


def test_messages_nested_beyond_the_bound_stay_closed() -> None:
    structure = parse(b"Content-Type: message/rfc822\n\n" * 5, Bounds(depth=2))

    assert len(structure.parts) == 3
    assert names(structure.problems) == ["depth-limit"]


def test_content_fields_beyond_the_bound_are_not_read() -> None:
    structure = parse(b"X: " + b"y" * 100 + b"\nContent-Type: text/html\n\n", Bounds(header_bytes=50))

    assert structure.parts[0].media_type == "text/plain"
    assert names(structure.problems) == ["header-limit"]


@pytest.mark.parametrize("field", [b"Content-Type: text/plain", b"Content-Disposition: inline"])
def test_parameters_beyond_the_bound_are_not_read(field: bytes) -> None:
    structure = parse(field + b"; a=1; b=2; c=3\n\n", Bounds(parameters=2))

    assert names(structure.problems) == ["parameters-limit"]


def test_problems_beyond_the_bound_are_dropped() -> None:
    structure = parse(b"Content-Type: text/plain\n" * 50 + b"\n", Bounds(problems=7))

    assert len(structure.problems) == 7


def test_messages_inside_each_other_are_not_digested_again_and_again() -> None:
    raw = b"Content-Type: message/rfc822\n\n" * 9 + b"x" * 1_000_000
    structure = parse(raw, Bounds(digested=2))

    assert structure.parts[0].md5 == hashlib.md5(raw[structure.parts[0].body.start :]).hexdigest()
    assert structure.parts[8].md5 == ""
    assert "digest-limit" in names(structure.problems)


def test_a_problem_says_where_it_is() -> None:
    raw = b"Subject: x\nno field\n\n"

    assert parse(raw).problems == (Problem(name="header-line-malformed", offset=11),)


def test_damaged_content_is_a_problem_where_the_content_is() -> None:
    raw = b"Content-Transfer-Encoding: base64\n\naGVsbG8=\nfooter\n"

    assert parse(raw).problems == (Problem(name="content-damaged", offset=35, lossy=True),)


def test_a_flood_of_lines_with_dashes_in_a_header_ends_it() -> None:
    structure = parse(b"A: b\n" + b"--x\n" * 5000 + b"Content-Type: text/html\n\n")

    assert structure.parts[0].media_type == "text/plain"


def test_delimiters_are_found_behind_a_flood_of_lines_that_look_alike() -> None:
    flood = b"--bx\n--b \x00\n--\n" * 500
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n" + flood + b"--b\t \r\n\none\n" + flood + b"--b--\n"

    assert [part.number for part in parse(raw).parts] == ["0", "1"]
    assert [part.number for part in parse(raw + flood).parts] == ["0", "1"]
    assert [part.number for part in parse(raw[: -len(b"--b--\n")]).parts] == ["0", "1"]


def test_delimiters_of_many_open_multiparts_are_found_behind_a_flood() -> None:
    raw = nested(40) + b"\n" + b"--x\n--by\n" * 500 + b"--b3\n\nback on the fourth level\n"
    structure = parse(raw)

    assert structure.parts[-1].number == "1.1.1.2"
