"""The build that recipe code runs in, as it sees it: stage, number of jobs, whether to test.

The build worker puts a :class:`BuildContext` in force with :func:`building`; package objects read
it through :func:`build_context`. Without one the defaults apply and there is no stage. This module
knows no stage class and no package class.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from contextvars import ContextVar

from spack.errors import SpackError
from spack.named_tuples import NamedTuple
from spack.system.processes.jobserver import SharedJobs
from spack.system.processors import available_processors
from spack.type_names import Any, Callable


class NoStageError(SpackError, AttributeError):
    """A recipe asks for its stage outside of a build."""


class BuildContext(NamedTuple):
    """Settings of a build, as recipes see them.

    Attributes:
        jobs: number of parallel jobs that the user or the machine allows.
        take_jobs: takes that many from a job server, or fewer, for a tool that takes no part in
            it; how many it got. None where jobs need not be shared.
        stage_of: gives the stage of a package object; None outside of builds.
        run_tests: whether build-time tests of the given package name run.
        license_dir: directory of licence files.
        keep_werror: ``config:flags:keep_werror``: ``all``, ``specific``, ``none`` or None.
        sbang_path: the program that long interpreter lines are replaced with, or empty.
        find_compilers: finds compilers in some directories, as specs; None where nobody can.
        run_modifications: (specs, whether to set the globals of recipes) -> the environment
            modifications by which the specs can be used; None where nobody can.
    """

    jobs: int = 0
    take_jobs: Callable[[], int] | None = None
    stage_of: Callable[[Any], Any] | None = None
    run_tests: Callable[[str], bool] = lambda name: False
    license_dir: str = ""
    keep_werror: str | None = None
    sbang_path: str = ""
    find_compilers: Callable[[list[str]], Sequence[Any]] | None = None
    run_modifications: Callable[[list[Any], bool], Any] | None = None

    def stage(self, pkg: Any) -> Any:
        """The stage of a package. Raises :class:`NoStageError` if there are no stages."""
        if self.stage_of is None:
            raise NoStageError(f"{pkg.name} has no stage outside a build")
        return self.stage_of(pkg)


_DEFAULT = BuildContext()
_context: ContextVar[BuildContext] = ContextVar("build_context", default=_DEFAULT)


def build_context() -> BuildContext:
    """The build that is running, or the defaults."""
    return _context.get()


@contextlib.contextmanager
def building(context: BuildContext) -> Iterator[BuildContext]:
    """Put a context in force for the block."""
    token = _context.set(context)
    try:
        yield context
    finally:
        _context.reset(token)


def determine_number_of_jobs(
    *, parallel: bool = False, max_cpus: int | None = None, config: Any = None
) -> int | SharedJobs:
    """The number of jobs for a build: one if it is not parallel, else that of the context."""
    del config
    if not parallel:
        return 1
    context = build_context()
    if context.jobs > 1 and context.take_jobs is not None:
        return SharedJobs(context.jobs, context.take_jobs)
    if context.jobs > 0:
        return context.jobs
    return max_cpus if max_cpus is not None else available_processors()
