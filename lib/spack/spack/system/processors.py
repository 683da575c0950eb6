"""The number of processors that this process may use, and of jobs that follows from it."""

from __future__ import annotations

import math
import os

from spack.system.control_groups import processor_limit


def available_processors() -> int:
    """Processors that this process may use, at least one.

    Those that the system lets it run on, and no more than the time that its control groups allow.
    """
    if hasattr(os, "sched_getaffinity"):
        number = len(os.sched_getaffinity(0))
    else:
        number = os.cpu_count() or 1
    limit = processor_limit()
    return max(1, number if limit is None else min(number, math.ceil(limit)))


def allowed_jobs(asked: int | None, most: int) -> int:
    """The number of jobs: as many as asked for, else one a processor and no more than ``most``.

    Zero for ``most`` sets no limit.
    """
    return asked or min(most or available_processors(), available_processors())
