"""Stand-alone tests of installed packages: suites are run, kept in directories, and looked at.

A suite is a directory below ``config:test_stage`` with ``suite.json`` (specs and outcomes) and a
log for each package.
"""

from __future__ import annotations

import itertools
import json
import os
import time
from collections.abc import Sequence

from spack.builds.events import BuildError, Event, Failed, Finished, NodeName, StepAction, Watch
from spack.builds.phase_logs import log_text
from spack.builds.roles import Context, compiles
from spack.builds.variables import build_variables
from spack.builds.worker import start_worker
from spack.errors import NotFoundError, UsageError
from spack.install.run_reports import FAILED, PASSED, SKIPPED, Report, ReportEntry
from spack.language.concrete_specs import ConcreteSpec, distinct
from spack.named_tuples import NamedTuple
from spack.recipes.bound.bound_spec import bind
from spack.recipes.build_context import BuildContext, building
from spack.recipes.classes.stand_alone_tests import TestStatus, TestSuite, test_functions
from spack.recipes.finding.repositories import UnknownPackageError
from spack.system.files.filesystem import remove_tree
from spack.system.files.writing import atomic_write
from spack.type_names import TYPE_CHECKING, Any
from spack.work.answers.selection import installed_specs
from spack.work.installing.installation import InstallOptions, build_world
from spack.work.queries.queries import InstalledQuery, NoMatchError, find, parse_words

if TYPE_CHECKING:
    from spack.recipes.finding.repositories import RepositoryPath
    from spack.session.parts import BuildParts, Inventory, TestParts

_FILE = "suite.json"


class Outcome(NamedTuple):
    """The outcome of one package's tests and its duration; ``status`` is a word such as PASSED."""

    package: str
    digest: str
    status: str
    log: str
    seconds: float = 0.0


class Suite(NamedTuple):
    """A suite that was run: its name, when, and its outcomes."""

    name: str
    when: float
    outcomes: tuple[Outcome, ...]

    @property
    def failed(self) -> int:
        """The number of packages that failed."""
        return sum(outcome.status == TestStatus.FAILED.name for outcome in self.outcomes)


def run(
    parts: TestParts,
    words: Sequence[str],
    *,
    alias: str | None = None,
    fail_first: bool = False,
    externals: bool = False,
    explicit: bool = False,
    dirty: bool | None = None,
    timeout: float | None = None,
    keep_stage: bool = False,
) -> Suite:
    """Run the tests of installed packages, each in a process of its own.

    Words that match nothing are warned of, as scripts test what happens to be installed.

    Args:
        alias: name of the suite; by default one made of the time.
        fail_first: stop after the first package that fails.
        externals: also packages that this program did not build.
        explicit: only packages that were asked for.
        timeout: seconds for each package.
        keep_stage: leave the directories in which the tests ran.
    """
    if words:
        specs = _matching(parts, words)
    else:
        query = InstalledQuery(explicit=True if explicit else None)
        specs = distinct(item.spec for item in find(parts, query))
    directory = _make_directory(parts.settings.config.test_stage, alias)
    suite = Suite(os.path.basename(directory), time.time(), ())
    for spec in specs:
        obstacle = _obstacle(parts.repositories, spec, externals)
        if obstacle:
            if words:
                parts.reporter.warning(f"{NodeName.of(spec)} is not tested: {obstacle}")
            continue
        parts.reporter.message(f"Testing {NodeName.of(spec)}")
        begun = time.monotonic()
        outcome = _test(parts, spec, directory, dirty, timeout)
        outcome = outcome._replace(seconds=round(time.monotonic() - begun, 3))
        if not keep_stage:
            remove_tree(TestSuite(directory).test_dir_for_spec(spec))
        suite = suite._replace(outcomes=(*suite.outcomes, outcome))
        _write(directory, suite)
        if fail_first and suite.failed:
            break
    _write(directory, suite)
    return suite


def _obstacle(repositories: RepositoryPath, spec: ConcreteSpec, externals: bool) -> str:
    """The reason why a package is passed over, "" if it is not."""
    if spec.external is not None and not externals:
        return "it is external; add --externals"
    if not repositories.exists(spec.name):
        return "it has no recipe any more"
    if _context(repositories, spec) is Context.COMPILING_TEST:
        if not any(compiles(edge) for edge in spec.dependencies):
            return "its tests need a compiler, and it was built without one"
    return ""


def _context(repositories: RepositoryPath, spec: ConcreteSpec) -> Context:
    """The way in which a package is tested: its recipe may say that it needs compilers."""
    compiling = getattr(_class_of(repositories, spec.name), "test_requires_compiler", False)
    return Context.COMPILING_TEST if compiling else Context.TEST


def _matching(parts: TestParts, words: Sequence[str]) -> list[ConcreteSpec]:
    found: list[ConcreteSpec] = []
    for wanted in parse_words(words):
        try:
            found += installed_specs(parts, [wanted.text])
        except NoMatchError as error:
            parts.reporter.warning(error.message)
    return distinct(found)


def _make_directory(root: str, alias: str | None) -> str:
    """The new directory of a suite; several of one second get numbers. Raises UsageError."""
    if alias is not None and (os.path.basename(alias) != alias or alias in ("", ".", "..")):
        raise UsageError(f"'{alias}' is not a valid name for a test suite", hint="one plain word")
    moment = time.strftime("%Y%m%d-%H%M%S")
    os.makedirs(root, exist_ok=True)
    for name in itertools.chain([alias or moment], (f"{moment}-{n}" for n in itertools.count(2))):
        try:
            os.mkdir(os.path.join(root, name))
        except FileExistsError as error:
            if alias is not None:
                raise UsageError(
                    f"there is already a test suite '{name}'", hint=f"spack test remove {name}"
                ) from error
        else:
            break
    return os.path.join(root, name)


def _test(
    parts: BuildParts,
    spec: ConcreteSpec,
    directory: str,
    dirty: bool | None,
    timeout: float | None,
) -> Outcome:
    node = NodeName.of(spec)
    stem = os.path.join(directory, f"{spec.name}-{spec.version}-{spec.dag_hash()[:7]}")
    log, answer = f"{stem}-test-out.txt", f"{stem}-status"
    parts.repositories.serve()
    world = build_world(parts, InstallOptions(dirty=dirty))

    def work(watch: Watch) -> Finished:
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        view = bind(spec, world.prefixes, world.packages)
        with building(BuildContext(jobs=world.jobs, run_tests=lambda name: True)):
            context = _context(parts.repositories, spec)
            prepared = build_variables(
                view, world.variable_settings, dict(os.environ), context=context
            )
            os.environ.clear()
            os.environ.update(prepared.variables)
            suite = TestSuite(directory)
            view.package.test_suite = suite
            status = suite.run(view.package, lambda name: _class_of(parts.repositories, name))
        with open(answer, "w", encoding="utf-8") as stream:
            stream.write(status.name)
        return Finished(node, StepAction.INSTALLED, world.prefixes.prefix(spec), 0.0, time.time())

    worker = start_worker(node, work)
    deadline = None if timeout is None else time.monotonic() + timeout
    end: Event | None = None
    try:
        while not worker.ended:
            news = worker.read_events()
            end = news[-1] if news else end
            if deadline is not None and time.monotonic() > deadline:
                worker.kill()
                _append(log, f"FAILED: the tests took longer than {timeout:.0f} seconds")
                break
            time.sleep(0.02)
    except BaseException:
        worker.kill()
        raise
    if os.path.exists(answer):
        with open(answer, encoding="utf-8") as stream:
            word = stream.read()
        os.unlink(answer)
        return Outcome(str(node), node.hash, word, log)
    if isinstance(end, Failed):
        _append(log, f"FAILED: {BuildError(end.error)}")
    return Outcome(str(node), node.hash, TestStatus.FAILED.name, log)


def _class_of(repositories: RepositoryPath, name: str) -> type | None:
    try:
        found: type = repositories.package_class(name)
    except UnknownPackageError:
        return None
    return found


def _append(log: str, text: str) -> None:
    with open(log, "a", encoding="utf-8") as stream:
        stream.write(text + "\n")


def report_of(suite: Suite, command: str) -> Report:
    """A run of stand-alone tests as other programs read it."""
    entries = []
    for outcome in suite.outcomes:
        name, _, version = outcome.package.partition("/")[0].partition("@")
        state = {"PASSED": PASSED, "FAILED": FAILED}.get(outcome.status, SKIPPED)
        log = log_text(outcome.log)
        message = ""
        if state != PASSED:
            said = [line for line in reasons(outcome) if line.startswith(outcome.status)]
            message = said[-1] if said else outcome.status.lower().replace("_", " ")
        node = (name, version, outcome.digest)
        entries.append(ReportEntry(*node, state, outcome.seconds, message, log))
    return Report(command, suite.when, entries)


def log_lines(outcome: Outcome) -> list[str]:
    """Output of the tests of a package; empty if there is no log."""
    try:
        with open(outcome.log, encoding="utf-8", errors="replace") as stream:
            return stream.read().splitlines()
    except OSError:
        return []


def reasons(outcome: Outcome) -> list[str]:
    """Lines about the parts that failed or were skipped: state, name, why."""
    return [line for line in log_lines(outcome) if line.startswith(("FAILED", "SKIPPED"))]


def _write(directory: str, suite: Suite) -> None:
    data = {
        "name": suite.name,
        "when": suite.when,
        "outcomes": [outcome._asdict() for outcome in suite.outcomes],
    }
    atomic_write(os.path.join(directory, _FILE), json.dumps(data, indent=2) + "\n")


def suites(root: str, names: Sequence[str] = ()) -> list[Suite]:
    """Suites that were run, in ``config:test_stage``, the oldest first; those of some names.

    Raises:
        NotFoundError
    """
    present = sorted(os.listdir(root)) if os.path.isdir(root) else []
    present = [name for name in present if os.path.isfile(os.path.join(root, name, _FILE))]
    for name in names:
        if name not in present:
            raise NotFoundError(
                f"there is no test suite '{name}'", hint="list them with spack test status"
            )
    found = [_read(os.path.join(root, name)) for name in names or present]
    return sorted(found, key=lambda suite: suite.when)


def _read(directory: str) -> Suite:
    try:
        with open(os.path.join(directory, _FILE), encoding="utf-8") as stream:
            data: dict[str, Any] = json.load(stream)
        outcomes = tuple(Outcome(**entry) for entry in data["outcomes"])
        return Suite(data["name"], float(data["when"]), outcomes)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotFoundError(
            f"the test suite in {directory} cannot be read", hint="remove the directory"
        ) from error


def remove(root: str, names: Sequence[str]) -> list[str]:
    """Remove suites, all without names; their names."""
    found = suites(root, names)
    for suite in found:
        remove_tree(os.path.join(root, suite.name))
    return [suite.name for suite in found]


def tested_packages(parts: Inventory, *, every: bool, tags: Sequence[str] = ()) -> list[str]:
    """Names of installed packages (of all recipes with ``every``) that have tests."""
    repositories = parts.repositories
    if every:
        names = list(repositories.all_names())
    else:
        names = sorted({item.spec.name for item in find(parts, InstalledQuery())})
    for tag in tags:
        tagged = set(repositories.with_tag(tag))
        names = [name for name in names if name in tagged]
    repositories.serve()
    return [
        name
        for name in names
        if repositories.exists(name) and test_functions(repositories.package_class(name))
    ]
