"""Parse mutated mails for a while: `python -m tests.fuzz.mutate [--count N] [--seconds S] [--seed X]`.

Seeds are the test mails, and the shared corpus where it is there. For each mutant: no exception, every invariant of a
structure, CPU time within a bound that is linear in the size; for the run: the memory of the process stays bounded.
The first failure ends the run with status 1, and the mutant is written beside the report, so it can become a test mail.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from chalicelib.mail import bodies, headers, mime, summary
from tests.mail.expectations import MAILS
from tests.mail.invariants import broken_invariants

if TYPE_CHECKING:
    from collections.abc import Iterator

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "mails"
LARGEST_SEED = 64 << 10
FIXED_SECONDS = 0.25
SECONDS_PER_BYTE = 5e-6
MOST_MEMORY_GROWTH = 64 << 20
WARM_UP = 1000

# What parsers look for: put into a mail where it does not belong, it shows what they take for granted.
TOKENS = (
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\0", b" ", b"\t", b":", b";", b'"', b"\\", b"(", b")", b"<", b">", b"@", b",",
    b"=", b"==", b"=?", b"?=", b"=?utf-8?q?", b"=?utf-8?b?", b"=?iso-2022-jp?b?", b"--", b"--b", b"--b--\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n", b"Content-Type: message/rfc822\r\n\r\n", b"boundary=",
    b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: quoted-printable\r\n", b"*0*=utf-8''%",
    b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 x\n", b"charset=utf-7;", b"charset=iso-2022-jp;",
    b"\x1b$B", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3\xa9", b"From ", b"Date: ", b"To: ", b"+AAA-",
)  # fmt: skip


def mutant(chance: random.Random, seeds: list[bytes]) -> bytes:
    """Change a seed in one to eight places."""
    mail = bytearray(chance.choice(seeds))
    for _ in range(chance.randint(1, 8)):
        at = chance.randint(0, len(mail))
        end = min(len(mail), at + int(chance.expovariate(1 / 20)))
        match chance.randrange(7):
            case 0:
                mail[at:at] = chance.choice(TOKENS)
            case 1:
                del mail[at:end]
            case 2:
                mail[at:at] = mail[at:end] * chance.randint(1, 20)
            case 3:
                mail[at:end] = chance.randbytes(end - at)
            case 4:
                other = chance.choice(seeds)
                start = chance.randint(0, len(other))
                mail[at:end] = other[start : start + chance.randint(0, 400)]
            case 5:
                mail[at : at + 1] = bytes([chance.randrange(256)])
            case _:
                del mail[chance.randint(0, len(mail)) :]
    return bytes(mail)


def read(mail: bytes) -> list[str]:
    """Read everything of a mail; names the invariants that do not hold."""
    structure = mime.parse(mail)
    summary.summarise(mail, structure)
    for part in structure.parts:
        bodies.read_text(mail, part)
    for field in headers.read_fields(mail[slice(*structure.parts[0].header)]):
        _ = field.value
    return broken_invariants(mail, structure)


def failure(mail: bytes) -> str | None:
    """Tell what is wrong with how a mail was read."""
    started = time.process_time()
    try:
        broken = read(mail)
    except Exception as error:  # noqa: BLE001 - any exception at all is what is looked for
        return f"{type(error).__name__}: {error}"
    seconds = time.process_time() - started
    if broken:
        return f"does not hold: {', '.join(broken)}"
    if seconds > FIXED_SECONDS + SECONDS_PER_BYTE * len(mail):
        return f"took {seconds:.3f} s for {len(mail)} bytes"
    return None


def load_seeds() -> list[bytes]:
    """Read the test mails and, where it is there, the shared corpus."""
    paths = [*sorted(MAILS.glob("*.eml")), *sorted(CORPUS.glob("*.eml"))]
    if not CORPUS.is_dir():
        sys.stdout.write("The shared corpus is not here: only the test mails are mutated.\n")
    return [mail for path in paths if len(mail := path.read_bytes()) <= LARGEST_SEED]


def mutants(seed: int, count: int, seconds: float) -> Iterator[bytes]:
    """Make mutants until `count` are made or the time is over."""
    chance = random.Random(seed)
    seeds = load_seeds()
    end = time.monotonic() + seconds
    for _ in range(count):
        if time.monotonic() > end:
            return
        yield mutant(chance, seeds)


def memory() -> int:
    """Tell the most memory that the process held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def run(seed: int, count: int, seconds: float) -> int:
    """Fuzz; returns the exit status."""
    done = before = 0
    for done, mail in enumerate(mutants(seed, count, seconds), start=1):
        if found := failure(mail):
            Path("fuzz-failure.eml").write_bytes(mail)
            sys.stdout.write(f"Mutant {done} of seed {seed}: {found}; it is in fuzz-failure.eml\n")
            return 1
        if done == WARM_UP:
            before = memory()
    growth = memory() - before if before else 0
    sys.stdout.write(
        f"{done} mutants of seed {seed}: nothing raised, {growth / 2**20:.1f} MB of growth after {WARM_UP}\n"
    )
    return int(growth > MOST_MEMORY_GROWTH or done == 0)


def main() -> int:
    """Read the command line and fuzz."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--count", type=int, default=100_000)
    options.add_argument("--seconds", type=float, default=300)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    return run(chosen.seed, chosen.count, chosen.seconds)


if __name__ == "__main__":
    sys.exit(main())
