"""Settings for all tests: how thoroughly Hypothesis searches.

The profile is named by $HYPOTHESIS_PROFILE; without it, `ci` where $CI is set, `dev` elsewhere.
A test that sets `max_examples` itself keeps its number.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile("dev", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# The same examples on every run: a red build means a change, not luck.
settings.register_profile("ci", settings.get_profile("dev"), derandomize=True, print_blob=True)
# For builds with bounds checks or AddressSanitizer, which are several times slower.
settings.register_profile(
    "sanitize", settings.get_profile("ci"), max_examples=25, stateful_step_count=20
)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev")
)
