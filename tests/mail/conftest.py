"""How properties of mail are tested: as many examples as ever, and no clock."""

from __future__ import annotations

from hypothesis import settings

# What takes how long is told by bench/ and by test_hostile.py; a busy machine must not fail a property.
settings.register_profile("no-clock", deadline=None)
settings.load_profile("no-clock")
