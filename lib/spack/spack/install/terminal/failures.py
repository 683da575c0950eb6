"""The words about what failed: reasons, logs, and commands to go on with. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from spack.builds import events
from spack.named_tuples import NamedTuple

#: The most packages that are named as not tried.
_NAMES = 8


def failure_text(failed: events.Failed) -> str:
    """The reason why a node failed, the decisive lines of its log, and where the log is."""
    error = failed.error
    parts = [f"{failed.node}: {error.message}"]
    if error.excerpt.lines:
        parts.append(str(error.excerpt))
    elif error.details:
        parts.append(error.details)
    if error.log:
        parts.append(f"log: {error.log}")
    if error.hint:
        parts.append(f"Try: {error.hint}")
    head, *rest = parts
    return "\n".join([head, *("    " + line for part in rest for line in part.splitlines())])


class Advice(NamedTuple):
    """Commands for those whose packages fail.

    Attributes:
        program: the words before the name of a command.
        again: the command that installs a spec again, "" where there is none.
    """

    program: str = "spack"
    again: str = "install"

    @classmethod
    def in_environment(cls, directory: str, *, stays: bool) -> Advice:
        """That for an environment, of which a spec that fails ``stays`` a part."""
        again = "install --no-add" if stays else ""
        return cls(shlex.join(["spack", "-D", directory]), again)


def ways_on(failed: events.Failed, untried: Sequence[str], advice: Advice) -> list[str]:
    """Lines: commands to try again and to look into the build, and what was not tried.

    Args:
        untried: names of what needs the node that failed.
    """
    spec = f"/{failed.node.hash[:12]}"
    lines = [f"try again: {advice.program} {advice.again} {spec}"] if advice.again else []
    if failed.error.phase:
        lines.append(f"look inside: {advice.program} build-env {spec} -- bash")
    if untried:
        names = ", ".join(untried[:_NAMES])
        more = f" and {len(untried) - _NAMES} more" if len(untried) > _NAMES else ""
        lines.append(f"not tried because of it: {names}{more}")
    return lines


def dependents(plan: events.Planned, node: events.NodeName) -> list[str]:
    """The names of all steps of a plan that need a node, directly or not."""
    above = {node.hash}
    names = []
    for step in plan.steps:  # Needs come first.
        if above.intersection(step.needs):
            above.add(step.node.hash)
            names.append(f"{step.node.name}@{step.node.version}")
    return names
