"""The ways to treat a lock file that was not made from the manifest."""

from __future__ import annotations

import enum
from collections.abc import Mapping

#: Process variables of services that run jobs without a person.
_SERVICES = (
    "CI JENKINS_URL GITLAB_CI GITHUB_ACTIONS BUILDKITE CIRCLECI TF_BUILD TEAMCITY_VERSION TRAVIS"
).split()


class LockMode(enum.Enum):
    """Whether such a lock is brought up to date, refused, or used as it is."""

    UPDATE = "update"
    LOCKED = "locked"
    FROZEN = "frozen"


def unattended(variables: Mapping[str, str]) -> bool:
    """Whether process variables say that this is a job of a service that nobody watches."""
    return any(
        variables.get(name, "").lower() not in ("", "0", "false", "no") for name in _SERVICES
    )
