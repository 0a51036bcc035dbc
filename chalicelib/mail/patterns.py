"""Regular expressions that are compiled when they are used first: the dear ones of this package.

To compile them takes 25 ms of processor time, and a function of the service uses few of them: its cold start would pay
for all. A plain one is as well compiled by `re`. docs/decisions/0065 has the figures.
"""

from __future__ import annotations

import re
from typing import Any, overload

_METHODS = tuple(name for name in dir(re.Pattern) if not name.startswith("_"))


@overload
def pattern(expression: str, flags: int = 0) -> re.Pattern[str]: ...
@overload
def pattern(expression: bytes, flags: int = 0) -> re.Pattern[bytes]: ...
def pattern(expression: str | bytes, flags: int = 0) -> Any:
    """What re.compile answers, as far as its attributes go; an error in the expression shows at the first use."""
    return _Uncompiled(expression, flags)


class _Uncompiled:
    """Takes over the attributes of the compiled expression when one of them is asked for."""

    def __init__(self, expression: Any, flags: int) -> None:
        self._source = expression, flags

    def __getattr__(self, name: str) -> Any:
        if name not in _METHODS:
            raise AttributeError(name)
        compiled = re.compile(*self._source)
        self.__dict__.update({method: getattr(compiled, method) for method in _METHODS})
        return self.__dict__[name]
