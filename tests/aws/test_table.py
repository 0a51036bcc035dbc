"""What DynamoDB does only under load, and the emulator never: said by botocore's own stub of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from chalicelib.aws.clients import Clients
from chalicelib.aws.table import TRIES, ConditionFailedError, Table
from chalicelib.aws.writes import ItemKey, put_new
from chalicelib.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = ItemKey("MAIL#1", "MAIL")
WIRE = {"pk": {"S": "MAIL#1"}, "sk": {"S": "MAIL"}}


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def stub(clients: Clients) -> Iterator[Stubber]:
    with Stubber(clients.dynamodb) as stub:
        yield stub
        stub.assert_no_pending_responses()


@pytest.fixture
def table(clients: Clients, pauses: list[float]) -> Table:
    return Table(clients, "mail-table", pause=pauses.append)


def _cancelled(stub: Stubber, *codes: str) -> None:
    reasons: list[dict[str, Any]] = [{"Code": code} for code in codes]
    stub.add_client_error(
        "transact_write_items",
        "TransactionCanceledException",
        http_status_code=400,
        modeled_fields={"CancellationReasons": reasons},
    )


def test_a_transaction_that_met_another_is_tried_again(table: Table, stub: Stubber, pauses: list[float]) -> None:
    _cancelled(stub, "TransactionConflict", "None")
    _cancelled(stub, "None", "ThrottlingError")
    stub.add_response("transact_write_items", {})

    table.transact([put_new(KEY, {})])

    assert len(pauses) == 2
    assert all(0 <= pause <= 0.1 for pause in pauses)


def test_a_transaction_that_meets_others_each_time_is_given_up(table: Table, stub: Stubber) -> None:
    for _ in range(TRIES):
        _cancelled(stub, "TransactionConflict")

    with pytest.raises(Unavailable):
        table.transact([put_new(KEY, {})])


def test_a_condition_that_did_not_hold_is_not_tried_again(table: Table, stub: Stubber, pauses: list[float]) -> None:
    _cancelled(stub, "ConditionalCheckFailed", "TransactionConflict")

    with pytest.raises(ConditionFailedError):
        table.transact([put_new(KEY, {})])
    assert pauses == []


def test_a_transaction_that_is_wrong_is_our_mistake(table: Table, stub: Stubber) -> None:
    _cancelled(stub, "ValidationError", "TransactionConflict")

    with pytest.raises(ClientError):
        table.transact([put_new(KEY, {})])


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ProvisionedThroughputExceededException", 400),
        ("ResourceNotFoundException", 400),
        ("AccessDeniedException", 400),
        ("SomethingNewAtAws", 503),
    ],
)
def test_a_table_that_cannot_answer_is_unavailable(table: Table, stub: Stubber, code: str, status: int) -> None:
    stub.add_client_error("get_item", code, http_status_code=status)

    with pytest.raises(Unavailable, match=code):
        table.get(KEY)


def test_keys_that_an_answer_left_out_are_read_again(table: Table, stub: Stubber) -> None:
    other = {"pk": {"S": "MAIL#2"}, "sk": {"S": "MAIL"}}
    left_out = {"mail-table": {"Keys": [other], "ConsistentRead": True}}
    stub.add_response("batch_get_item", {"Responses": {"mail-table": [WIRE]}, "UnprocessedKeys": left_out})
    stub.add_response(
        "batch_get_item",
        {"Responses": {"mail-table": [other]}, "UnprocessedKeys": {}},
        {"RequestItems": left_out},
    )

    assert set(table.get_all([KEY, ItemKey("MAIL#2", "MAIL")])) == {KEY, ItemKey("MAIL#2", "MAIL")}


def test_deletions_that_were_left_out_are_asked_for_again(table: Table, stub: Stubber) -> None:
    left_out: Any = {"mail-table": [{"DeleteRequest": {"Key": WIRE}}]}
    stub.add_response("batch_write_item", {"UnprocessedItems": left_out}, {"RequestItems": ANY})
    stub.add_response("batch_write_item", {"UnprocessedItems": {}}, {"RequestItems": left_out})

    table.delete_all([KEY, ItemKey("MAIL#2", "MAIL")])


def test_deletions_that_are_left_out_each_time_are_given_up(table: Table, stub: Stubber) -> None:
    left_out: Any = {"mail-table": [{"DeleteRequest": {"Key": WIRE}}]}
    for _ in range(TRIES):
        stub.add_response("batch_write_item", {"UnprocessedItems": left_out})

    with pytest.raises(Unavailable):
        table.delete_all([KEY])


def test_a_client_that_cannot_be_made_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="InvalidRegionError"):
        Table(Clients(region="no region"), "mail-table").get(KEY)
