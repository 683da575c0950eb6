"""Options of an installation: one record, made where the command line is read.

Every layer that installs reads the fields that it needs; what follows from them is worked out
where it is used. The record stands in the lowest of these layers. Knows no configuration.
"""

from __future__ import annotations

import enum

from spack.builds.events import Watch
from spack.language.modes import Tests
from spack.named_tuples import NamedTuple


class CachePolicy(enum.Enum):
    """Whether build caches are used: if they have it, always (else an error), or never."""

    AUTO = "auto"
    ONLY = "only"
    NEVER = "never"


class Only(enum.Enum):
    """Values of ``--only``."""

    ALL = "all"
    PACKAGE = "package"
    DEPENDENCIES = "dependencies"


class InstallOptions(NamedTuple):
    """Options of an installation; None leaves one to the configuration.

    Attributes:
        only: install roots, their dependencies, or both.
        overwrite: install roots again although they are installed.
        again: hashes of nodes that are installed again, too.
        tests: packages whose tests run, which need their test dependencies.
        root_policy, dependency_policy: use of build caches.
        check_signatures: take from build caches only what their policy admits.
        include_build_deps: also bring build dependencies of nodes from build caches.
        until: stop roots after this phase.  before: stop them before this phase.
        skip_patch: leave the source as it is.
        fake: build nothing, make a few empty files.
        checksum: refuse sources that nothing pins.
        restage: start from the fetched archive; else go on in what an earlier build left.
        keep_stage: do not remove the stage after success.
        keep_prefix: leave the prefix of a failed build.
        keep_source: copy the source tree into the prefix.
        dirty: keep the user's variables in builds.
        sandbox: ``always``, ``never`` or ``auto``.
        jobs: jobs of one build.
        concurrent_packages: how many builds run at a time, 0 for no limit.
        fail_fast: give up at the first failure.
        verbose: tell watchers what builds write.
        show_log_on_error: print the whole log of what fails.
        watchers: told of everything that happens, beside the terminal.
    """

    only: Only = Only.ALL
    overwrite: bool = False
    again: frozenset[str] = frozenset()
    tests: Tests = Tests()
    root_policy: CachePolicy = CachePolicy.AUTO
    dependency_policy: CachePolicy = CachePolicy.AUTO
    check_signatures: bool = True
    include_build_deps: bool = False
    until: str | None = None
    before: str | None = None
    skip_patch: bool = False
    fake: bool = False
    checksum: bool = True
    restage: bool = True
    keep_stage: bool = False
    keep_prefix: bool = False
    keep_source: bool = False
    dirty: bool | None = None
    sandbox: str | None = None
    jobs: int | None = None
    concurrent_packages: int | None = None
    fail_fast: bool = False
    verbose: bool = False
    show_log_on_error: bool = False
    watchers: tuple[Watch, ...] = ()
