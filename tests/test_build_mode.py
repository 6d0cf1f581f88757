"""The compiled modules are of the build that CI believes it tests."""

from __future__ import annotations

import os

from searchkit._build_info import MODE


def test_mode_is_one_of_three() -> None:
    assert MODE in ("release", "debug", "sanitize")


def test_mode_is_the_expected_one() -> None:
    expected = os.environ.get("SEARCHKIT_EXPECT_MODE", MODE)
    assert expected == MODE
