"""How much memory a process took at the most."""

from __future__ import annotations

import re
from pathlib import Path


def peak_memory() -> int:
    """Bytes of this process's largest resident set.

    getrusage would tell that of its parent at the fork, when that was larger; this is told of the program alone
    (Linux, proc(5), VmHWM).
    """
    (kilobytes,) = re.findall(r"^VmHWM:\s+([0-9]+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(kilobytes) * 1024
