"""Settings of hypothesis for every property test: no limit by the clock, which load breaks.

In continuous integration the examples are always the same; elsewhere each run tries others.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "no-clock",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    database=None,
    derandomize="CI" in os.environ,
)
settings.load_profile("no-clock")
