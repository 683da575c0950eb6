"""The locks under which a step is worked on. Knows no state and no process."""

from __future__ import annotations

import contextlib

from spack.builds.events import StepAction
from spack.install.plan import Step
from spack.language import deptypes
from spack.store.store import Store
from spack.system.files.locks import LockTimeoutError


def take_locks(store: Store, step: Step) -> contextlib.ExitStack | None:
    """Hold the prefix of a step alone, and what it needs together with others; without waiting.

    Returns what releases them, or None when somebody else holds one: nothing is held then.
    """
    with contextlib.ExitStack() as locks:
        try:
            locks.enter_context(store.locks.writing(step.key, timeout=0))
            # What it needs must not be removed meanwhile. What that needs in turn is recorded.
            for digest in _prefixes_used(step):
                locks.enter_context(store.locks.reading(digest, timeout=0))
        except LockTimeoutError:
            return None
        return locks.pop_all()


def _prefixes_used(step: Step) -> list[str]:
    """Direct dependencies that are prefixes of this store."""
    kinds = deptypes.LINK | deptypes.RUN
    if step.action is StepAction.BUILD:
        kinds |= deptypes.BUILD | (deptypes.TEST if step.run_tests else 0)
    return sorted(
        {
            edge.spec.dag_hash()
            for edge in step.spec.dependencies
            if edge.deptypes & kinds and edge.spec.external is None
        }
    )
