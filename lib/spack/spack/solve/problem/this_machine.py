"""Words of specs that stand for the machine that one is on."""

from __future__ import annotations

from spack.language.specs import Spec
from spack.solve.problem.request import Host

#: Words for its operating system, and for its target.
WORDS = ("default_os", "default_target", "frontend", "fe", "backend", "be")


def for_this_machine(spec: Spec, host: Host) -> Spec:
    """The spec with the names of this system and target in place of such words."""
    system = host.os if spec.os in WORDS else spec.os
    target = host.targets[0] if spec.target in WORDS else spec.target
    below = tuple(e._replace(spec=for_this_machine(e.spec, host)) for e in spec.dependencies)
    if (system, target, below) == (spec.os, spec.target, spec.dependencies):
        return spec
    return spec.replace(os=system, target=target, dependencies=below)
