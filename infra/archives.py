"""The archives that Lambda unpacks: compiled beforehand, and the same bytes whenever their content is the same.

Lambda unpacks code into folders it cannot write to, so what is not compiled here is compiled again at every cold start.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every entry: the earliest that a zip file can tell."""
READABLE = 0o100644 << 16
"""A regular file that everybody may read: Lambda does not run functions as the owner."""


class CannotCompileError(ValueError):
    """A Python file that ships is not Python."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A zip file to be uploaded."""

    path: Path
    digest: str
    """SHA-256 over names and contents, in hexadecimal: two compressors of the same files agree about it."""
    octets: int
    """Zipped, in bytes."""
    unzipped: int
    """In bytes."""

    def names(self) -> list[str]:
        """The path of each file in it."""
        with zipfile.ZipFile(self.path) as archive:
            return archive.namelist()


def compiled(source: Path, target: Path, *, prefix: str) -> Archive:
    """`source` with the bytecode of each module beside it, written to `target`; Lambda unpacks it at `prefix`.

    The bytecode is of the Python that runs this, and is never checked against its source (PEP 552): it must be the
    Python of the Lambda runtime. Raises CannotCompileError.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with zipfile.ZipFile(source) as archive:
            archive.extractall(folder)
        _compile(folder, prefix)
        _zip(folder, target)
        return Archive(
            path=target,
            digest=_digest(folder),
            octets=target.stat().st_size,
            unzipped=sum(path.stat().st_size for path in _files(folder)),
        )


def _compile(folder: Path, prefix: str) -> None:
    options = ["-q", "-f", "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", prefix]
    # Isolated and without random hashes: the same source gives the same bytecode.
    done = subprocess.run(  # noqa: S603 - our own interpreter and a folder of ours
        [sys.executable, "-I", "-m", "compileall", *options, str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CannotCompileError(done.stdout.strip() or done.stderr.strip())


def _zip(folder: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in _files(folder):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), EPOCH)
            entry.external_attr = READABLE
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())


def _digest(folder: Path) -> str:
    total = hashlib.sha256()
    for path in _files(folder):
        total.update(hashlib.sha256(path.relative_to(folder).as_posix().encode()).digest())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())
