"""How many examples a property test tries that needs another number than the profile's."""

from __future__ import annotations

import os

__all__ = ["examples"]


def examples(number: int) -> int:
    """``number``, or a quarter of it in builds with checks, which are several times slower."""
    return number // 4 if os.environ.get("HYPOTHESIS_PROFILE") == "sanitize" else number
