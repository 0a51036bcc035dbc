"""The one workload of `make bench-cache`: mails of a realistic mix of sizes, and who reads what of them when.

It is the same in every run. 20,000 mails come within a day. Seven reads of ten are of what came lately, the others of
what is popular (Zipf, exponent 1). What is read of a mail is told by SHARES; of a mail with attachments, ATTACHED of
the reads are of its first attachment.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from itertools import accumulate
from typing import TYPE_CHECKING

from bench.filling import word
from chalicelib.mail.rendering import Rendering

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 24 * 3600.0
MAILS = 20_000
REQUESTS = 100_000
INSTANCES = 4
INSTANCE_SECONDS = 1800.0
"""How long an instance of the API lives on average before it is replaced by an empty one."""
LATELY = 0.7
SHARES = {Rendering.TEXT: 0.50, Rendering.BODY: 0.35, Rendering.HEADERS: 0.15}
"""The HTML as it was sent is not among them: the first read of it is a miss by design."""
ATTACHED = 0.02
KB = 1024
# Kind of mail: its share, its text, its HTML, and its attachments, in KB.
_MIX = (
    (0.20, 1, 0, ()),
    (0.15, 3, 0, ()),
    (0.15, 1, 8, ()),
    (0.20, 2, 30, ()),
    (0.10, 4, 60, ()),
    (0.03, 4, 120, ()),
    (0.05, 1, 4, (30,)),
    (0.05, 1, 10, (120, 60)),
    (0.03, 1, 4, (400,)),
    (0.02, 2, 10, (900, 700)),
    (0.012, 1, 2, (3000,)),
    (0.006, 1, 2, (5000, 2500)),
    (0.002, 1, 2, (9000, 9000)),
)
ATTACHMENT = "attachment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A mail comes; `kind` is its place among `kinds()`."""

    at: float
    mail: int
    kind: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Somebody reads `what` of a mail: a Rendering's name or ATTACHMENT."""

    at: float
    mail: int
    kind: int
    what: str
    instance: int


def kinds() -> list[bytes]:
    """One mail of each kind."""
    chance = random.Random(10)
    return [_mail(chance, text, html, attachments) for _, text, html, attachments in _MIX]


def _mail(chance: random.Random, text: int, html: int, attachments: tuple[int, ...]) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = "The Shop <shop@shop.example>", "bob@restante.test", "Your order"
    for number in range(6):
        mail[f"X-Header-{number}"] = " ".join(_words(chance, 60))
    mail.set_content("\n".join(" ".join(_words(chance, 60)) for _ in range(text * KB // 64)))
    if html:
        rows = (
            f'<tr><td class="a"><a href="https://shop.example/{number}">{" ".join(_words(chance, 50))}</a></td></tr>'
            for number in range(html * KB // 110)
        )
        mail.add_alternative(f"<table>{''.join(rows)}</table>", subtype="html")
    for number, size in enumerate(attachments):
        mail.add_attachment(chance.randbytes(size * KB), "application", "pdf", filename=f"{number}.pdf")
    return mail.as_bytes()


def _words(chance: random.Random, letters: int) -> Iterator[str]:
    used = 0
    while used < letters:
        made = word(chance.randrange(2000))
        used += len(made) + 1
        yield made


def events(mails: int = MAILS, requests: int = REQUESTS) -> list[Arrived | Asked]:
    """What happens, in the order of time."""
    chance = random.Random(2026)
    kind_of = chance.choices(range(len(_MIX)), [share for share, *_ in _MIX], k=mails)
    has_attachments = [bool(_MIX[kind][3]) for kind in kind_of]
    popular = list(range(mails))
    chance.shuffle(popular)
    zipf = list(accumulate(1 / rank for rank in range(1, mails + 1)))
    made: list[Arrived | Asked] = [
        Arrived(at=number * SECONDS / mails, mail=number, kind=kind) for number, kind in enumerate(kind_of)
    ]
    for _ in range(requests):
        at = chance.uniform(SECONDS / mails, SECONDS)
        newest = min(mails - 1, int(at * mails / SECONDS))
        if chance.random() < LATELY:
            mail = max(0, newest - int(chance.paretovariate(0.9)) + 1)
        else:
            mail = _popular(chance, popular, zipf, newest)
        what: str = chance.choices([one.value for one in SHARES], list(SHARES.values()))[0]
        if has_attachments[mail] and chance.random() < ATTACHED:
            what = ATTACHMENT
        made.append(Asked(at=at, mail=mail, kind=kind_of[mail], what=what, instance=chance.randrange(INSTANCES)))
    made.sort(key=lambda event: (event.at, isinstance(event, Asked)))
    return made


def _popular(chance: random.Random, popular: list[int], zipf: list[float], newest: int) -> int:
    mail = chance.choices(popular, cum_weights=zipf)[0]
    # What has not come yet stands for something that has.
    return mail if mail <= newest else mail % (newest + 1)


def replacements() -> list[tuple[float, int]]:
    """When which instance of the API is replaced by a new one, in the order of time."""
    chance = random.Random(4)
    made = []
    for instance in range(INSTANCES):
        at = 0.0
        while (at := at + chance.expovariate(1 / INSTANCE_SECONDS)) < SECONDS:
            made.append((at, instance))
    return sorted(made)
