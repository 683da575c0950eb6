"""Errors that end an installation."""

from __future__ import annotations

from spack.builds import events
from spack.errors import SpackError
from spack.install.plan import Plan
from spack.install.terminal.failures import failure_text
from spack.store.store import ReadOnlyStoreError


class InstallFailedError(SpackError):
    """One or more packages could not be installed.

    The text names root failures only: what failed by itself, not what could not be tried.

    Attributes:
        report: everything that happened.
    """

    def __init__(self, report: events.Ended, *, told: bool) -> None:
        count = len(report.failed)
        noun = "package" if count == 1 else "packages"
        message = f"{count} {noun} failed to install"
        more: list[str] = []
        if report.blocked:
            more.append(f"{len(report.blocked)} skipped because they depend on failed packages")
        if report.cancelled:
            more.append(f"{len(report.cancelled)} cancelled")
        if more:
            message += "; " + ", ".join(more)
        # Who watched the installation has seen the reasons already.
        details = None if told else "\n".join(failure_text(failed) for failed in report.failed)
        super().__init__(message, details=details)
        self.report = report


class InterruptedInstallError(SpackError):
    """The installation was asked to end by a signal."""

    exit_code = 130


def cannot_write(root: str, plan: Plan) -> ReadOnlyStoreError:
    """The error for a store of others that lacks something."""
    names = sorted({step.node.name for step in plan.steps.values()})
    return ReadOnlyStoreError(
        f"the store {root} is not writable, and lacks {', '.join(names)}",
        hint=(
            "install into a store of your own on top of it: spack config add"
            f" upstreams:shared:install_tree:{root}, and set config:install_tree:root"
        ),
    )
