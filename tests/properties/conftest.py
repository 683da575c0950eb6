"""Settings of hypothesis for every property test: no limit by the clock, which load breaks."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "no-clock", deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
settings.load_profile("no-clock")
