"""What stands after the three backticks of a block of code: its language, and what is to be done with it.

sh, python, javascript        a program; a test runs it as it stands there
python file=test_signup.py    a file that a program of the same page needs
text, json, html, http        what a program shows, or a piece to read
sh shown: WHY                 a program that no test can run here, and the reason
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PROGRAMS = ("sh", "python", "javascript")
"""The languages whose blocks are programs."""
_SHOWN = "shown:"
_BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """A block of code as its page marks it.

    `origin` is the recording that it is a part of; `reason` says why a program is not run, "" for one that is.
    """

    language: str
    file: str = ""
    origin: str = ""
    reason: str = ""
    code: str = ""

    @property
    def is_program(self) -> bool:
        """Whether it is to be run, as it stands there or by a program of its page."""
        return self.language in PROGRAMS and not self.reason


def fence_of(info: str, code: str = "") -> Fence:
    """The mark of a block. Raises ValueError where the words after the language are none of those above."""
    language, _, rest = info.strip().partition(" ")
    rest = rest.strip()
    if rest.startswith(_SHOWN) and rest.removeprefix(_SHOWN).strip():
        return Fence(language=language, reason=rest.removeprefix(_SHOWN).strip(), code=code)
    if rest.startswith("file=") and " " not in rest:
        return Fence(language=language, file=rest.removeprefix("file="), code=code)
    if rest.startswith("from=") and " " not in rest:
        return Fence(language=language, origin=rest.removeprefix("from="), code=code)
    if rest:
        raise ValueError(f"A block of code says {info!r}, which is unknown")
    return Fence(language=language, code=code)


def fences_of(markdown: str) -> list[Fence]:
    """Every block of code of a page, in their order."""
    return [fence_of(info, code) for info, code in _BLOCK.findall(markdown)]
