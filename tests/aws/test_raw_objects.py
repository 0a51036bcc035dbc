"""What the S3 store does beyond the contract: mail that SES has written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from botocore.stub import Stubber

from chalicelib.errors import Unavailable
from chalicelib.mail.structure import Span
from tests.contract.samples import BYTES, receipt
from tests.worlds import BUCKET

if TYPE_CHECKING:
    from chalicelib.aws.backend import AwsBackend
    from chalicelib.aws.clients import Clients
    from chalicelib.mail.message import Receipt


@pytest.fixture
def theirs(world: AwsBackend, clients: Clients) -> Receipt:
    """The receipt of a mail that SES has put into the bucket."""
    clients.s3.put_object(Bucket=BUCKET, Key="inbound/theirs", Body=BYTES)
    return replace(receipt(world), location="inbound/theirs")


def test_a_mail_of_ses_is_read_where_ses_put_it(world: AwsBackend, theirs: Receipt) -> None:
    assert world.raw.read(theirs, Span(6, 9)) == BYTES[6:9]


def test_an_object_without_a_receipt_is_no_mail_until_it_is_adopted(world: AwsBackend, theirs: Receipt) -> None:
    before = list(world.raw.receipts())
    world.raw.adopt([theirs])

    assert before == []
    assert list(world.raw.receipts()) == [theirs]


@pytest.fixture
def together(world: AwsBackend, clients: Clients) -> list[Receipt]:
    """Two groups of mails of SES, adopted group by group, the mails of one between those of the other."""
    found = [replace(receipt(world), location=f"inbound/{number}") for number in range(6)]
    for one in found:
        clients.s3.put_object(Bucket=BUCKET, Key=one.location, Body=BYTES)
    world.raw.adopt(found[::2])
    world.raw.adopt(found[1::2])
    return found


def test_mails_that_come_together_share_an_object_and_are_listed_in_order(
    world: AwsBackend, clients: Clients, together: list[Receipt]
) -> None:
    assert clients.s3.list_objects_v2(Bucket=BUCKET, Prefix="receipts/")["KeyCount"] == 2
    assert list(world.raw.receipts()) == together


def test_a_mail_that_comes_again_with_others_or_alone_is_listed_once(
    world: AwsBackend, together: list[Receipt]
) -> None:
    world.raw.adopt(together[:2])
    world.raw.adopt(together[2:3])

    assert list(world.raw.receipts()) == together


def test_the_receipt_of_a_deleted_mail_is_not_listed_and_goes_when_it_is_tidied_up(
    world: AwsBackend, clients: Clients, together: list[Receipt]
) -> None:
    world.raw.delete(together[:3])
    listed = list(world.raw.receipts())
    tidied = world.raw.tidy(), world.raw.tidy()
    kept = b"".join(
        clients.s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()
        for item in clients.s3.list_objects_v2(Bucket=BUCKET, Prefix="receipts/")["Contents"]
    ).decode()

    assert listed == list(world.raw.receipts()) == together[3:]
    assert tidied == (3, 0)
    assert [one.id in kept for one in together] == [False] * 3 + [True] * 3


def test_deleting_a_mail_of_ses_leaves_nothing_in_the_bucket(
    world: AwsBackend, clients: Clients, theirs: Receipt
) -> None:
    world.raw.adopt([theirs])
    world.raw.delete([theirs])

    assert clients.s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


def test_a_bucket_that_is_not_there_is_unavailable(world: AwsBackend, clients: Clients) -> None:
    kept = receipt(world)
    clients.s3.delete_bucket(Bucket=BUCKET)

    with pytest.raises(Unavailable):
        world.raw.put([(kept, BYTES)])
    with pytest.raises(Unavailable):
        world.raw.read(kept)
    with pytest.raises(Unavailable):
        list(world.raw.receipts())


def test_a_mail_that_s3_does_not_delete_is_not_taken_for_deleted(world: AwsBackend, clients: Clients) -> None:
    kept = receipt(world)
    with Stubber(clients.s3) as stub:
        stub.add_response("delete_objects", {"Errors": [{"Key": f"mail/{kept.id}", "Code": "InternalError"}]})

        with pytest.raises(Unavailable, match="InternalError"):
            world.raw.delete([kept])


def test_a_mail_that_is_deleted_while_the_list_is_read_is_left_out(world: AwsBackend, clients: Clients) -> None:
    with Stubber(clients.s3) as stub:
        stub.add_response(
            "list_objects_v2", {"Contents": [{"Key": "receipts/1", "LastModified": world.now()}], "IsTruncated": False}
        )
        stub.add_client_error("get_object", "NoSuchKey", http_status_code=404)

        assert list(world.raw.receipts()) == []
