"""What Restante needs from the world.

Each port is small, and its docstrings are its promise; tests/contract/ proves it for every world that provides it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol

from chalicelib.mail.bounds import Bounds
from chalicelib.mail.flood_terms import FloodTerms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from chalicelib.mail.accounts import Account, Key
    from chalicelib.mail.holding import Domain, Holding, Reservation
    from chalicelib.mail.job import BuriedJob, Job
    from chalicelib.mail.message import Entry, Message, Receipt
    from chalicelib.mail.names import Inbox, MailId, MessageId
    from chalicelib.mail.searching import Term
    from chalicelib.mail.shelf import Shelf
    from chalicelib.mail.structure import Structure
    from chalicelib.ports.caching import Cache
    from chalicelib.ports.hooks import Deliveries, Hooks, Messenger
    from chalicelib.ports.linking import Links
    from chalicelib.ports.perimeter import Perimeter
    from chalicelib.ports.raw_mail import RawMail
    from chalicelib.ports.resolving import Resolver
    from chalicelib.ports.rules import Rules
    from chalicelib.ports.sending import Outbox, Sender, Suppressions, Uploads


class Count(NamedTuple):
    """How much is on a shelf. `size` is in bytes, each mail counted once a message."""

    messages: int = 0
    unread: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What a reader does with a message; None leaves a thing as it is. `starred_by` "" takes the star away."""

    read: bool | None = None
    folder: str | None = None
    labels: tuple[str, ...] | None = None
    starred_by: str | None = None


class Index(Protocol):
    """Which message is on which shelf, newest first, with all that a list shows.

    No answer takes longer because more is stored: only what is returned is read. The shelf of an inbox, counts and
    single messages are as they are now. A message may come to another shelf, and to what is found, moments later; one
    that was removed, or is no longer on the shelf, is never answered.
    """

    def messages(self, shelf: Shelf, *, limit: int, before: MailId | MessageId | None = None) -> tuple[Message, ...]:
        """The newest `limit` messages of a shelf; only those whose id sorts before `before`."""

    def count(self, shelf: Shelf) -> Count:
        """How much is on the shelf of an inbox, a domain, an account, or of what an account starred."""

    def message(self, inbox: Inbox, message: MessageId) -> Message | None:
        """One message of that inbox; None if it is not there."""

    def opened(self, inbox: Inbox, message: MessageId) -> tuple[Message, Structure] | None:
        """One message with the structure of its mail, in one read; None if it is not there."""

    def find(self, account: str, terms: Sequence[Term], *, limit: int) -> tuple[Message, ...]:
        """The newest messages of an account's inboxes in whose words (mail/searching.py) every term is found."""

    def holds(self, mail: MailId) -> bool:
        """Whether this mail is known: it is in its inboxes, or it was deleted and is remembered as such.

        What was broken off while it was added is not known yet: `add` goes on with it.
        """

    def unstarred(self, *, since: MailId | MessageId | None = None, limit: int = 500) -> tuple[Message, ...]:
        """The oldest `limit` messages of all that are not starred; only those whose id is `since` or sorts after it."""


class Register(Protocol):
    """What happens to messages: they are taken in, marked, given to an owner, and removed."""

    def add(self, entries: Sequence[Entry]) -> None:
        """Take in mails with their messages; each mail is there whole or not at all.

        The jobs of an entry are put together with it, or not at all. Messages may come with their marks. Who listens
        live hears of a mail that arrived, not of one that was moved here.
        Adding what is there already changes nothing: not its folder, labels or stars. What was deleted stays so as long
        as it could be delivered again: for a year where queues deliver; until `forget` on one machine, where nothing
        comes twice and what makes the index again has only the raw mail that is left.
        """

    def replace(self, entry: Entry) -> bool:
        """Write a mail's description anew over the old one, or take it in; says whether anything changed.

        Messages that are there keep their owner and what their reader did with them; deleted ones stay deleted.
        """

    def mark(self, inbox: Inbox, message: MessageId, marks: Marks) -> Message | None:
        """Change what is given and nothing else; answers with the message as it is then, None if it is not there."""

    def remark(self, inbox: Inbox, message: MessageId, decide: Callable[[Message], Marks]) -> Message | None:
        """As `mark`, by what `decide` makes of the message as it is: nothing that others change meanwhile is lost.

        `decide` may be asked several times; what it raises is raised, and nothing is changed.
        """

    def assign(self, shelf: Shelf, before: str | None, owner: str | None, *, limit: int = 500) -> int:
        """Give up to `limit` messages of an inbox, domain or account that are `before`'s (None: nobody's) to `owner`.

        Says how many there were. Who gives a whole shelf away calls until there are none.
        """

    def remove(self, inbox: Inbox, messages: Sequence[MessageId]) -> tuple[Receipt, ...]:
        """Remove messages from an inbox; answers with the mails that no inbox holds any more.

        Those stay listed in `discarded` until `forget` is called: their raw bytes are still to be removed.
        Messages that are not there are passed over.
        """

    def oldest(
        self, shelf: Shelf | None, *, before: MailId | None = None, limit: int = 500
    ) -> tuple[tuple[Inbox, MessageId], ...]:
        """The oldest messages of a shelf (None: of all) that are not starred and sort before `before`, oldest first.

        The shelf is an inbox's, a domain's or an account's.
        """

    def discarded(self) -> tuple[Receipt, ...]:
        """Mails whose last message was removed and whose raw bytes may still be there; 500 at most at once."""

    def forget(self, mails: Sequence[MailId]) -> None:
        """The raw bytes of these discarded mails are gone."""


class Directory(Protocol):
    """Who may do what: accounts and their keys."""

    def add_account(self, account: Account) -> None:
        """Keep an account. Raises Conflict when the id is taken."""

    def account(self, account: str) -> Account | None:
        """The account of that id."""

    def accounts(self) -> tuple[Account, ...]:
        """All accounts, oldest first."""

    def add_key(self, key: Key) -> None:
        """Keep a key. Raises Conflict when its id or digest is there already."""

    def key_of(self, digest: str) -> tuple[Key, Account] | None:
        """The key with that digest and its account, as written last: a revoked key is never answered."""

    def keys(self, account: str | None = None) -> tuple[Key, ...]:
        """The keys of an account, or of all, oldest first."""

    def remove_key(self, key: str) -> bool:
        """Revoke a key by its id; says whether there was one."""

    def secret(self, name: str) -> bytes:
        """32 bytes that nobody can guess, made when first asked for and the same ever after."""


class Addresses(Protocol):
    """Whose inboxes and domains are: what accounts reserved and host."""

    def reserve(self, reservation: Reservation) -> None:
        """Keep a reservation. Raises Conflict when its inbox is reserved already."""

    def update(self, reservation: Reservation) -> bool:
        """Write a reservation over that of the same inbox and owner; says whether there was one."""

    def release(self, inbox: Inbox) -> bool:
        """Give a reserved inbox up; says whether it was reserved."""

    def reservations(self, owner: str) -> tuple[Reservation, ...]:
        """What an account reserved, in the order of the addresses."""

    def holdings(self, inboxes: Sequence[Inbox]) -> tuple[Holding, ...]:
        """What is known of each inbox, in their order, in one read for up to 25 of them."""

    def alias(self, inbox: Inbox, token: str) -> None:
        """Keep an inbox's secret other name (40 hex digits). Keeping it again changes nothing."""

    def inbox_of_alias(self, token: str) -> Inbox | None:
        """The inbox with that secret other name."""


class Domains(Protocol):
    """The domains that accounts host here."""

    def add(self, domain: Domain) -> None:
        """Keep a domain. Raises Conflict when it is there already."""

    def domain(self, name: str) -> Domain | None:
        """The domain of that name."""

    def domains(self, owner: str) -> tuple[Domain, ...]:
        """An account's domains, in the order of their names."""

    def update(self, domain: Domain) -> bool:
        """Write a domain over that of the same name and owner; says whether there was one."""

    def remove(self, name: str) -> bool:
        """Forget a domain; says whether there was one."""


class Topic(StrEnum):
    """By what received mail is counted."""

    ADDRESS = "address"
    SENDER = "sender"
    DOMAIN = "domain"
    ATTACHMENT = "attachment"
    """By the MD5 of an attachment."""


class Statistics(Protocol):
    """Counts of what came to unowned inboxes, and of what accounts asked for."""

    def top(
        self, topic: Topic, *, since: datetime, until: datetime, skip: int, limit: int
    ) -> tuple[tuple[str, int], ...]:
        """The names with the most messages that are unowned, not starred, and came in that time; most first.

        A world may count by whole days of UTC. Deleted messages do not count. Takes time for the messages of that time.
        """

    def add_operations(self, account: str, day: str, operations: int) -> None:
        """An account asked for that many more operations on that day of UTC ("2026-11-24")."""

    def operations(self, account: str, month: str) -> int:
        """How many operations an account asked for in that month ("2026-11")."""

    def daily_operations(self, account: str, *, since: str, until: str) -> Mapping[str, int]:
        """How many operations an account asked for on each day from `since` to `until`, days with none left out."""


class Jobs(Protocol):
    """Work to be done later, at least once, whatever dies. Order is not promised."""

    def put(self, jobs: Sequence[Job], *, delay: float = 0.0) -> None:
        """Keep jobs, to be taken after `delay` seconds. A job whose id is there already changes nothing."""

    def take(self, *, limit: int, lease: float, lane_limit: int = 4) -> tuple[Job, ...]:
        """Jobs that are due, each leased for `lease` seconds: it comes again after that unless it is settled.

        `attempts` counts this try too. On one machine no more than `lane_limit` of one lane are under way at once;
        where there are as many workers as work, the queue keeps lanes from holding up each other.
        """

    def finish(self, job: Job) -> None:
        """The job is done."""

    def retry(self, job: Job, *, delay: float, reason: str) -> None:
        """The job failed: let it be due again after `delay` seconds, 12 hours at most."""

    def bury(self, job: Job, *, reason: str) -> None:
        """The job is given up; it is kept as a dead letter."""

    def buried(self, *, limit: int) -> tuple[BuriedJob, ...]:
        """Dead letters, newest first."""

    def redrive(self, jobs: Sequence[str] | None = None) -> int:
        """Let these dead letters (None: all) be due again, as if never tried; says how many there were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the settings say about behaviour: the same in both worlds."""

    domains: tuple[str, ...] = ()
    """The recipient domains that are taken; empty takes every domain."""
    receives: tuple[str, ...] = ()
    """The domains whose mail, with that of their subdomains, can reach us; empty where any domain's can."""
    hostname: str = "localhost"
    """How we name ourselves to other mail servers."""
    bounds: Bounds = field(default_factory=Bounds)
    """How much of a mail's structure is followed."""
    open_inboxes: bool = False
    """Whether inboxes that nobody owns are open to callers without a key."""
    search_words: int = 64
    """By how many words an owned mail can be found."""
    keep_days: int | None = 30
    """How long unstarred mail is kept; None keeps it."""
    keep_unowned: int | None = 1000
    keep_account: int | None = 100_000
    """How many messages an unowned inbox keeps, and an account in all its inboxes; the oldest goes first."""
    send_recipients: int = 50
    send_size: int = 40 * 1024**2
    """The most recipients, and bytes, of a mail that is sent."""
    send_rate: int | None = 600
    """How many mails an account may send in a minute."""
    ses_capture: bool = True
    """Whether the embedded server takes mail through the API of Amazon SES."""
    keep_sent: bool = True
    """Whether a sent mail is kept in the inbox of its sender, in the folder "sent"."""
    url: str = ""
    """How clients reach us, as https://mail.example.com; empty where links are told without a host."""
    smtp: str = ""
    """Where mail is handed in by SMTP, as 127.0.0.1:1025; empty on AWS, where the domains' MX records lead it."""
    floods: FloodTerms = field(default_factory=FloodTerms)
    """When a sender is shut out automatically, and for how long."""


class Backend(Protocol):
    """Everything from outside that an action may use."""

    @property
    def raw(self) -> RawMail: ...
    @property
    def cache(self) -> Cache: ...
    @property
    def links(self) -> Links | None: ...
    @property
    def index(self) -> Index: ...
    @property
    def register(self) -> Register: ...
    @property
    def directory(self) -> Directory: ...
    @property
    def addresses(self) -> Addresses: ...
    @property
    def domains(self) -> Domains: ...
    @property
    def statistics(self) -> Statistics: ...
    @property
    def rules(self) -> Rules: ...
    @property
    def perimeter(self) -> Perimeter: ...
    @property
    def jobs(self) -> Jobs: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def suppressions(self) -> Suppressions: ...
    @property
    def sender(self) -> Sender: ...
    @property
    def uploads(self) -> Uploads: ...
    @property
    def hooks(self) -> Hooks: ...
    @property
    def deliveries(self) -> Deliveries: ...
    @property
    def messenger(self) -> Messenger: ...
    @property
    def resolver(self) -> Resolver | None: ...
    @property
    def policy(self) -> Policy: ...

    def now(self) -> datetime:
        """The time, in UTC."""

    def new_id(self) -> MailId:
        """An id for a mail that arrives now: larger than any this process gave before."""

    def pause(self, most: float) -> float:
        """Wait until something may have arrived, `most` seconds at most; answers with the seconds that passed."""

    def entropy(self, count: int) -> bytes:
        """That many bytes nobody can guess."""
