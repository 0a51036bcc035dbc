"""Who may do what: every operation on an inbox or a domain, for every caller and every kind of inbox, in one table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from chalicelib.actions.admitting import create_account, create_key
from chalicelib.actions.receiving import Arrival, receive
from chalicelib.api.application import OPERATIONS
from chalicelib.api.operation import Access
from chalicelib.mail.holding import Domain, Reservation, catch_all_of
from chalicelib.mail.message import Envelope
from chalicelib.mail.names import Inbox
from tests.api.mails import with_attachment
from tests.api.serving import KEY

if TYPE_CHECKING:
    from chalicelib.api.operation import Operation
    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client

# What the caller is to the inbox. Where it is "mine" it is so by:       Where it is nobody's, its domain is:
#   reserved  a reservation of its address                                 free    hosted by no account
#   private   a private domain that hosts it                               host    public, hosted by the caller
#   caught    the catch-all of its domain                                  guest   public, hosted by another account
# "closed" and "open" are callers without a key, the second where the installation opens nobody's inboxes to all.
TABLE = """
                              no key      nobody's            mine                      another's
                              closed open free  host  guest   reserved private caught   reserved private caught
ListMessages                  401    200  200   200   200     200      200     200      403      403     403
CountMessages                 401    200  200   200   200     200      200     200      403      403     403
GetMessageMetadata            401    200  200   200   200     200      200     200      401      401     401
DeleteMessage                 401    200  200   200   200     200      200     200      401      401     401
DeleteAllMessages             401    401  204   204   204     204      204     204      401      401     401
GetCode                       401    200  200   200   200     200      200     200      401      401     401
GetActionLink                 401    200  200   200   200     200      200     200      401      401     401
GetBodyPlainText              401    200  200   200   200     200      200     200      401      401     401
GetBodySanitized              401    200  200   200   200     200      200     200      401      401     401
GetBodyDirty                  401    200  200   200   200     200      200     200      401      401     401
GetFullRawMessage             401    200  200   200   200     200      200     200      401      401     401
GetHeaders                    401    200  200   200   200     200      200     200      401      401     401
GetHeadersOfOldClients        401    200  200   200   200     200      200     200      401      401     401
GetOverview                   401    200  200   200   200     200      200     200      401      401     401
FrameMessage                  401    200  200   200   200     200      200     200      401      401     401
ListHops                      401    200  200   200   200     200      200     200      401      401     401
ListMessageAttachments        401    200  200   200   200     200      200     200      401      401     401
DownloadAttachment            401    200  200   200   200     200      200     200      401      401     401
GetStructure                  401    200  200   200   200     200      200     200      401      401     401
DownloadPart                  401    200  200   200   200     200      200     200      401      401     401
ToggleMessageStar             401    401  200   200   200     200      200     200      401      401     401
AddMessageLabel               401    401  200   200   200     200      200     200      401      401     401
DeleteMessageLabel            401    401  200   200   200     200      200     200      401      401     401
SetMessageLabels              401    401  200   200   200     200      200     200      401      401     401
SetMessageFolder              401    401  200   200   200     200      200     200      401      401     401
SetMessageReadStatus          401    401  200   200   200     200      200     200      401      401     401
GetAddress                    401    401  200   200   200     200      200     200      401      401     401
CreateAddress                 401    401  200   200   401     400      200     200      401      401     401
UpdateAddress                 401    401  401   401   401     200      401     401      401      401     401
UpdateForwardingOfOldClients  401    401  401   401   401     200      401     401      401      401     401
DeleteAddress                 401    401  400   400   400     200      400     400      401      401     401
CheckAvailability             401    401  200   200   200     200      200     200      200      200     200
ValidateAddress               401    401  200   200   200     200      200     200      200      200     200
GetDomain                     401    401  404   200   401     404      200     200      404      401     401
UpdateDomain                  401    401  404   200   401     404      200     200      404      401     401
VerifyDomain                  401    401  404   200   401     404      200     200      404      401     401
DeleteDomain                  401    401  404   200   401     404      200     409      404      401     401
ListDomainMessages            401    401  404   200   403     404      200     200      404      403     403
DeleteAllDomainMessages       401    401  404   204   403     404      204     204      404      403     403
"""
COLUMNS = (
    *("closed", "open", "free", "host", "guest"),
    *("reserved", "private", "caught", "foreign reserved", "foreign private", "foreign caught"),
)
EXPECTED = {
    name: dict(zip(COLUMNS, map(int, statuses), strict=True))
    for name, *statuses in (line.split() for line in TABLE.strip().splitlines()[2:])
}
ABOUT_INBOXES = {one.name: one for one in OPERATIONS if "{email}" in one.path or "{domain}" in one.path}

TEAM, RIVAL = "team", "rival"
KEYS = {"admin": KEY, TEAM: "k_of_the_team", RIVAL: "k_of_the_rival", "no key": "", "invalid key": "k_of_nobody"}
"""The callers, and what each shows."""
INBOXES = [("free", ""), *((kind, owner) for kind in ("hosted", *COLUMNS[5:8]) for owner in (TEAM, RIVAL))]
"""The kinds of inbox, and the account that makes it so. "hosted" is nobody's, in a public domain of the account."""

MAIL = with_attachment('filename="a.txt"').replace(
    b"\r\n\r\ntext\r\n", b"\r\n\r\nYour code is 424242. Confirm at https://shop.example/confirm?token=abcdef123456\r\n"
)
VALUES = {
    "messageId": "latest",
    "attachmentIdentifier": "a.txt",
    "number": "1",
    "label": "x",
    "folder": "spam",
    "readBoolean": "true",
}


@pytest.fixture(autouse=True)
def _accounts(backend: EmbeddedBackend) -> None:
    for account in (TEAM, RIVAL):
        create_account(backend, account)
        create_key(backend, account, secret=KEYS[account])


def _column(caller: str, kind: str, owner: str, *, open_inboxes: bool) -> str:
    """The column of TABLE for that caller and inbox."""
    if caller == "no key":
        return "open" if open_inboxes and kind in {"free", "hosted"} else "closed"
    if kind == "hosted":
        return "host" if caller == owner else "guest"
    return kind if caller == owner or kind == "free" else f"foreign {kind}"


def _expected(operation: str, caller: str, kind: str, owner: str, *, open_inboxes: bool) -> int:
    # A key that is not valid is refused before anything else is looked at.
    if caller == "invalid key":
        return 401
    return EXPECTED[operation][_column(caller, kind, owner, open_inboxes=open_inboxes)]


def _make(backend: EmbeddedBackend, inbox: Inbox, kind: str, owner: str) -> None:
    """Make the inbox one of that kind."""
    domain, now = inbox.rpartition("@")[2], backend.now()
    if kind in {"hosted", "private", "caught"}:
        backend.domains.add(
            Domain(
                name=domain,
                owner=owner,
                created=now,
                updated=now,
                verified=True,
                private=kind == "private",
            )
        )
    if kind in {"reserved", "caught"}:
        address = catch_all_of(domain) if kind == "caught" else inbox
        backend.addresses.reserve(Reservation(inbox=address, owner=owner, created=now, updated=now))


def _ask(client: Client, one: Operation, inbox: Inbox, secret: str) -> int:
    """The status that the operation on that inbox, or its domain, answers with."""
    values = {**VALUES, "email": inbox, "domain": inbox.rpartition("@")[2]}
    body = b'{"labels": ["a"]}' if any(parameter.where == "body" for parameter in one.parameters) else None
    return client.ask(one.method, one.path.format(**values), headers={"Mailsac-Key": secret}, body=body).status


def test_the_table_holds_every_operation_on_an_inbox_or_a_domain() -> None:
    assert EXPECTED.keys() == ABOUT_INBOXES.keys()


@pytest.mark.parametrize(("kind", "owner"), INBOXES)
@pytest.mark.parametrize("open_inboxes", [False, True], ids=["closed", "open"])
def test_every_caller_may_do_with_an_inbox_what_the_table_says_and_nothing_else(
    backend: EmbeddedBackend, client: Client, kind: str, owner: str, *, open_inboxes: bool
) -> None:
    backend.policy = replace(backend.policy, open_inboxes=open_inboxes)
    # Each question has an inbox and a domain of its own: an answer may change them.
    asked = {
        (name, caller): Inbox(f"box@{name.lower()}-{number}.example")
        for name in ABOUT_INBOXES
        for number, caller in enumerate(KEYS)
    }
    for inbox in asked.values():
        _make(backend, inbox, kind, owner)
    receive(backend, [Arrival(envelope=Envelope(sender="a@b.example", recipients=tuple(asked.values())), content=MAIL)])

    answered = {
        (name, caller): _ask(client, ABOUT_INBOXES[name], inbox, KEYS[caller])
        for (name, caller), inbox in asked.items()
    }

    expected = {
        (name, caller): _expected(name, caller, kind, owner, open_inboxes=open_inboxes) for name, caller in asked
    }
    assert answered == expected


@pytest.mark.parametrize("one", [one for one in OPERATIONS if one.name not in ABOUT_INBOXES], ids=lambda one: one.name)
def test_what_is_about_no_inbox_asks_for_a_key_and_what_manages_keys_for_an_admins(
    client: Client, one: Operation
) -> None:
    path = one.path.format(
        account="nobody",
        key="none",
        md5sum="0" * 32,
        domainOrIP="192.0.2.1",
        id="none",
        address="gone@x.dev",
        hook="none",
    )
    statuses = {
        caller: client.ask(one.method, path, headers={"Mailsac-Key": secret}).status for caller, secret in KEYS.items()
    }

    refused = {caller for caller, status in statuses.items() if status in {401, 403}}
    assert (
        refused
        == {
            Access.OPEN: set(),
            Access.KEY: {"no key", "invalid key"},
            Access.ADMIN: {"no key", "invalid key", TEAM, RIVAL},
        }[one.access]
    )
