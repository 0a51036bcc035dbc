"""Expressions that are compiled when they are used."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

import chalicelib.mail
from chalicelib.mail.patterns import pattern


def test_a_pattern_is_what_re_makes_of_it() -> None:
    made = pattern(r"(?P<word>[a-z]+)\d", re.IGNORECASE)
    compiled = re.compile(r"(?P<word>[a-z]+)\d", re.IGNORECASE)

    assert made.sub("x", "A1 b2 3") == compiled.sub("x", "A1 b2 3")
    assert (made.pattern, made.flags, made.groups) == (compiled.pattern, compiled.flags, compiled.groups)
    assert pattern(rb"\d").findall(b"a1b2") == [b"1", b"2"]


def test_a_pattern_has_nothing_that_an_expression_has_not() -> None:
    with pytest.raises(AttributeError):
        getattr(pattern("a"), "finds")  # noqa: B009 - a type checker would see it


def test_every_pattern_of_the_package_can_be_compiled() -> None:
    found = 0
    for module in pkgutil.iter_modules(chalicelib.mail.__path__, "chalicelib.mail."):
        for value in vars(importlib.import_module(module.name)).values():
            several = value if isinstance(value, tuple) else value.values() if isinstance(value, dict) else (value,)
            for one in several:
                if type(one) is type(pattern("")):
                    assert isinstance(re.compile(one.pattern, one.flags & re.IGNORECASE), re.Pattern)
                    found += 1

    assert found > 40
