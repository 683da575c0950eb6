"""Options for reports that other programs read; ``install``, ``dev-build`` and ``test run``."""

from __future__ import annotations

import argparse

from spack.cli.display import write
from spack.cli.options import flag, option
from spack.errors import UsageError
from spack.session.session import Session
from spack.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from spack.work.installing.report_files import ReportWriter, Watchers

_CDASH_HELP = """\
A report for CDash is two files, Build.xml and Test.xml, one entry a package.

    --log-file DIR            where they are written, by default cdash_report
    --cdash-upload-url URL    send them there; SPACK_CDASH_AUTH_TOKEN holds the token, if any
    --cdash-build NAME        name of the build, by default the command
    --cdash-site NAME         name of the machine, by default its host name
    --cdash-track NAME        group of builds, by default Experimental
    --cdash-buildstamp STAMP  instead of one made of the time and the track
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options for which report is written, and where."""
    group = parser.add_argument_group("reports")
    option(group, "--log-format", "write a report in this format", choices=("junit", "cdash"))
    option(group, "--log-file FILE", "file of the report, or directory for CDash")
    flag(group, "--help-cdash", "show help for CDash reports")
    for name, text in (
        ("upload-url", "send the report to this URL"),
        ("build", "name of the build in the report"),
        ("site", "name of the machine in the report"),
    ):
        group.add_argument(f"--cdash-{name}", metavar=name.upper(), help=text)
    which = group.add_mutually_exclusive_group()
    option(which, "--cdash-track TRACK", "group of builds, such as Experimental")
    option(which, "--cdash-buildstamp STAMP", "the full build stamp")


def explain(args: argparse.Namespace) -> bool:
    """Print the explanation of CDash reports if that is asked for."""
    if args.help_cdash:
        write(_CDASH_HELP)
    return bool(args.help_cdash)


def writer(args: argparse.Namespace, session: Session) -> ReportWriter | None:
    """Writes the report that the options ask for, None for none.

    Raises:
        UsageError: options that are for another kind of report, or for none.
    """
    to_cdash = args.cdash_upload_url is not None or args.log_format == "cdash"
    if args.log_format == "junit" and to_cdash:
        raise UsageError("JUnit XML is not sent to CDash", hint="--log-format cdash")
    for name in ("build", "site", "track", "buildstamp"):
        if getattr(args, f"cdash_{name}") is not None and not to_cdash:
            raise UsageError(f"--cdash-{name} needs a CDash report", hint="--log-format cdash")
    if not to_cdash and args.log_format is None:
        if args.log_file is not None:
            raise UsageError("--log-file needs a report format", hint="--log-format junit")
        return None
    from spack.work.installing import report_files

    if not to_cdash:
        return report_files.junit_writer(args.log_file or "spack-report.xml", _say)
    return report_files.cdash_writer(
        session.variables,
        args.log_file or "cdash_report",
        build=args.cdash_build,
        site=args.cdash_site,
        track=args.cdash_track or "Experimental",
        stamp=args.cdash_buildstamp,
        url=args.cdash_upload_url,
        say=_say,
    )


def watchers(args: argparse.Namespace, session: Session) -> Watchers:
    """Return the watcher that collects the report the options ask for; see :func:`writer`."""
    write_report = writer(args, session)
    if write_report is None:
        return ()
    from spack.work.installing import report_files

    return (report_files.recorder(write_report),)


def _say(text: str) -> None:
    write(f"==> {text}\n")
