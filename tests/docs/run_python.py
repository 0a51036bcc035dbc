"""Runs the Python programs that come in, one a line as JSON, and says as JSON what each printed or how it failed."""

import json
import sys
import traceback


def run(code: str) -> dict[str, object]:
    """What a program printed: the values themselves, not their text."""
    printed: list[object] = []
    try:
        exec(compile(code, "example.py", "exec"), {"__name__": "__main__", "print": printed.append})
    except Exception:  # noqa: BLE001 - whatever an example raises is told
        return {"failed": traceback.format_exc()}
    return {"printed": printed}


for line in sys.stdin:
    sys.stdout.write(json.dumps(run(json.loads(line))) + "\n")
    sys.stdout.flush()
