"""The one DynamoDB table: its key schema, and the few verbs the service uses on it.

| item            | pk                        | sk           | attributes                                      |
|-----------------|---------------------------|--------------|-------------------------------------------------|
| message         | INBOX#<inbox>             | <message id> | mail (packed), owner, read, ...: items.py       |
| count           | COUNT#<kind>#<name>       | <shard>      | messages, unread, size: to be summed            |
| mail            | MAIL#<chance part of id>  | MAIL         | structure, words (packed), held, added, recipients |
| mail, removed   | MAIL#<chance part of id>  | MAIL         | gone, expires: it stays deleted when it comes again |
| discarded mail  | DISCARDED                 | <mail id>    | receipt (packed): its raw bytes are to be removed |
| found by a word | WORDS#<account>#<letters> | <message id> | inbox, words (packed): one begins with the letters |
| attachment      | ATTACHMENT#<md5>          | <message id> | inbox: of an unowned, unstarred message         |
| account         | ACCOUNTS                  | <account id> | id, created, admin                              |
| key             | KEYS                      | <key id>     | id, account, digest, label, created             |
| key's digest    | DIGEST#<SHA-256>          | DIGEST       | the same, and its account's: one read an API request |
| secret          | SECRETS                   | <name>       | value                                           |
| reservation     | ADDRESS#<inbox>           | ADDRESS      | owner, document (packed)                        |
| its copy        | ADDRESSES#<owner>         | <inbox>      | the same: what an account reserved is one Query |
| hosted domain   | DOMAIN#<name>             | DOMAIN       | owner, document (packed)                        |
| its copy        | DOMAINS#<owner>           | <name>       | the same                                        |
| alias           | ALIAS#<token>             | ALIAS        | inbox                                           |
| rule            | RULES                     | <subject>    | document (packed), until, expires               |
| its hits        | HITS                      | <subject>    | hits, last_hit, expires                         |
| edge's state    | EDGES                     | <edge>       | placed, room, left, succeeded, failure          |
| edges' worker   | EDGES_LEASE               | LEASE        | holder, until                                   |
| tally           | TALLY#<name>              | TALLY        | number, expires                                 |
| outgoing mail   | OUTGOING#<mail id>        | OUTGOING     | document (packed), version, expires              |
| its place       | OUTBOX#<account>          | <mail id>    | expires: what an account sent is one Query       |
| its name        | SENDKEY#<account>         | <client's key> | mail, expires: the same key is the same mail   |
| send rate       | SENDRATE#<account>        | <minute>     | mails, expires                                  |
| suppression     | SUPPRESSED#<account>      | <address>    | document (packed)                               |
| operations      | OPERATIONS#<account>      | <month>      | operations                                      |
| hook            | HOOK#<id>                 | HOOK         | owner, scope, document (packed)                 |
| its copies      | HOOKS#<owner>             | <id>         | document (packed)                               |
|                 | HOOKS-AT#<scope>          | <id>         | the same; none of an implicit one               |
| delivery        | DELIVERIES#<hook>         | <id>         | document (packed), expires                      |
| job             | JOB#<id>                  | JOB          | document (packed), attempts, due                |
| dead letter     | DEAD-LETTERS              | <time>#<id>  | job, document (packed), attempts, buried, reason |
| a mail's jobs   | ARRIVED                   | <mail id>    | jobs (packed): to be put, written with the mail |
| notice on trial | TRIED#<record>            | TRIED        | expires: a process tries it, or died of it       |
| connection      | CONNECTION#<id>           | CONNECTION   | account, names, expires                         |
| cached content  | CACHE#<mail id>           | <name>.v<n>  | content (sealed), expires                       |
| decoded copy    | DECODED#<mail id>         | <name>.v<n>  | until, expires: it is in the bucket until then  |
| who listens     | LISTENING#<name>          | <id>         | account, expires                                |
| round           | ROUNDS                    | <name>       | began, position, seen, over, sound, settled     |

A message item carries a copy of what a list shows of its mail, so that the list of an inbox is one Query, newest
first: message ids begin with mail ids, and those sort by arrival. Nothing else has an INBOX# partition, so a page of
a Query is a page of messages. The other shelves are secondary indexes over the same items, each sparse and of keys
alone: by_domain, by_owner, by_star, and by_age for retention and statistics, which has the sender, owner and
attachments too. What they find is read again from the table itself, so nothing is shown that has just changed; what
came within the last moments may still be missing. docs/decisions/0006-dynamodb-key-schema.md says why, and the price.
Every name in a key that DynamoDB would refuse goes by its digest (writes.py, key_name).
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

from chalicelib.aws.border import border
from chalicelib.aws.wire import from_wire, to_wire
from chalicelib.aws.writes import ItemKey, names_in
from chalicelib.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from chalicelib.aws.clients import Clients
    from chalicelib.aws.wire import Item, Value
    from chalicelib.aws.writes import Write

TRANSACTION_ACTIONS = 100
"""The most actions of one TransactWriteItems (AWS: DynamoDB quotas, "Transactions")."""
READ_KEYS = 100
"""The most keys of one BatchGetItem (AWS: DynamoDB quotas, "API-specific limits")."""
WRITE_KEYS = 25
"""The most requests of one BatchWriteItem (AWS: the same place)."""
TRIES = 8
FIRST_PAUSE_SECONDS = 0.02
_WHAT = "The table"


class ConditionFailedError(Exception):
    """A condition of a transaction did not hold: somebody else was first, and nothing of it was written."""


class Table:
    """The table's verbs. Reads of the table itself are strongly consistent: a client reads what it has just written.

    Every method raises Unavailable when the table is busy or out of reach.
    """

    def __init__(self, clients: Clients, name: str, *, pause: Callable[[float], None] | None = None) -> None:
        self._clients = clients
        self._name = name
        # A busy item gives no event to wait for; each wait is short and their number is bounded.
        self._pause = pause or time.sleep  # noqa: TID251 - see above

    @property
    def _client(self) -> DynamoDBClient:
        return self._clients.dynamodb

    @property
    def name(self) -> str:
        """The table's name."""
        return self._name

    def get(self, key: ItemKey, *, consistent: bool = True) -> Item | None:
        """One item; for half the price one that may lack what was written moments ago."""
        with border(_WHAT):
            answer = self._client.get_item(TableName=self._name, Key=to_wire(key._asdict()), ConsistentRead=consistent)
        return from_wire(answer["Item"]) if "Item" in answer else None

    def get_all(self, keys: Iterable[ItemKey], *, consistent: bool = True) -> dict[ItemKey, Item]:
        """Those of these items that are there; for half the price without what was written moments ago."""
        found: dict[ItemKey, Item] = {}
        for wanted in _chunks(list(dict.fromkeys(keys)), READ_KEYS):
            keyed = [to_wire(key._asdict()) for key in wanted]
            pending: Any = {self._name: {"Keys": keyed, "ConsistentRead": consistent}}
            for _ in self._tries():
                with border(_WHAT):
                    answer = self._client.batch_get_item(RequestItems=pending)
                for wire in answer["Responses"].get(self._name, ()):
                    item = from_wire(wire)
                    found[ItemKey(item["pk"], item["sk"])] = item
                # An answer ends at 16 MB; the keys it left out are named.
                pending = answer["UnprocessedKeys"]
                if not pending:
                    break
        return found

    def query(
        self,
        pk: str,
        *,
        index: str | None = None,
        since: str | None = None,
        before: str | None = None,
        newest_first: bool = False,
        where: str | None = None,
        values: Mapping[str, Value] | None = None,
        page: int | None = None,
    ) -> Iterator[Item]:
        """The items of a partition, of the table or of an index, in the order of their sort keys.

        Only those whose sort key is `since` or after it, sorts before `before`, and for which `where` holds. They are
        read as they are taken, `page` at a time (None: 1 MB).
        """
        condition = f"#{index or 'pk'} = :pk"
        bounds = {":pk": pk, **(values or {})}
        if since is not None and before is not None:
            # A key condition may name the sort key once, and BETWEEN has both its ends: the upper one is taken out.
            condition += " AND #sk BETWEEN :since AND :before"
            bounds |= {":since": since, ":before": before}
        elif before is not None:
            condition += " AND #sk < :before"
            bounds[":before"] = before
        request: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": to_wire(bounds),
            "ExpressionAttributeNames": names_in(condition, where or ""),
            "ScanIndexForward": not newest_first,
            "ConsistentRead": index is None,
        }
        request |= {"IndexName": index} if index else {}
        request |= {"FilterExpression": where} if where else {}
        request |= {"Limit": page} if page else {}
        while True:
            with border(_WHAT):
                answer = self._client.query(**request)
            yield from (item for wire in answer["Items"] if (item := from_wire(wire))["sk"] != before)
            # A page ends at 1 MB, or early because of the filter.
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def transact(self, writes: Sequence[Write]) -> None:
        """All of these writes or none, and once, also where botocore sends them again. Raises ConditionFailedError.

        A transaction that met another one on the same item is tried again, TRIES times in all.
        """
        from botocore.exceptions import ClientError  # noqa: PLC0415 - on first use, as all of botocore

        actions = [write.on(self._name) for write in writes]
        for _ in self._tries():
            try:
                with border(_WHAT):
                    self._client.transact_write_items(TransactItems=actions)
            except ClientError as error:
                if not _may_succeed_later(error):
                    raise
            else:
                return

    def estimate(self, write: Write) -> Item:
        """Do one change on its own, at half the price of a transaction; answers with the attributes that it changed.

        Where AWS answers too late, botocore sends it again, and what it adds is added twice: it is for numbers that
        need not be exact. Raises ConditionFailedError.
        """
        action: Any = write.on(self._name)[write.verb]  # type: ignore[literal-required] # a change's verb is Update
        try:
            with border(_WHAT):
                answer = self._client.update_item(**action, ReturnValues="UPDATED_NEW")
        except Conflict as error:
            raise ConditionFailedError from error
        return from_wire(answer.get("Attributes", {}))

    def put_all(self, items: Mapping[ItemKey, Item]) -> None:
        """Write these items, each on its own, over what is there."""
        self._write_all([{"PutRequest": {"Item": to_wire(key._asdict() | item)}} for key, item in items.items()])

    def delete_all(self, keys: Iterable[ItemKey]) -> None:
        """Remove these items, each on its own; those that are not there are no error."""
        self._write_all([{"DeleteRequest": {"Key": to_wire(key._asdict())}} for key in dict.fromkeys(keys)])

    def _write_all(self, requests: Sequence[Any]) -> None:
        for chunk in _chunks(requests, WRITE_KEYS):
            pending: Any = {self._name: chunk}
            for _ in self._tries():
                with border(_WHAT):
                    pending = self._client.batch_write_item(RequestItems=pending)["UnprocessedItems"]
                if not pending:
                    break

    def rest(self, number: int) -> None:
        """Wait a moment before the try of that number, longer each time: those who met should not meet again."""
        if number:
            longest = FIRST_PAUSE_SECONDS * 2**number
            self._pause(random.uniform(0, longest))  # noqa: S311 - spreads writers, guards nothing

    def _tries(self) -> Iterator[int]:
        for number in range(TRIES):
            self.rest(number)
            yield number
        raise Unavailable(f"{_WHAT} is busy")


def _may_succeed_later(error: Any) -> bool:
    """Whether a cancelled transaction only met others. Raises ConditionFailedError when a condition did not hold."""
    reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", ())}
    if "ConditionalCheckFailed" in reasons:
        raise ConditionFailedError from error
    passing = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
    return bool(reasons & passing) and reasons <= passing | {"None", None}


def _chunks(keys: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(keys), size):
        yield keys[start : start + size]
