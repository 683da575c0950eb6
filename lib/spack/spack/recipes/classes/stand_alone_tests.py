"""Stand-alone tests of packages: which functions are tests, how a part is recorded, helpers.

A *part* is a named piece of a test; parts nest. A *suite* is a directory with one work directory
per tested spec. Running a suite over a store and preparing the process environment is done by
higher layers; this module needs only a package object with ``spec``, ``prefix`` and ``stage``.
"""

from __future__ import annotations

import contextlib
import enum
import inspect
import os
import re
import shutil
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence

from spack.errors import SpackError
from spack.named_tuples import NamedTuple
from spack.recipes.errors import InstallError, SkipTest
from spack.system.files.prefixes import Prefix
from spack.type_names import Any, Callable, TextIO

#: A package object; its class lives above this module.
Package = Any

#: Name of the log of tests that run during an installation, in the stage.
INSTALL_TEST_LOG = "install-time-test-log.txt"

_TESTER_ATTRIBUTE = "_tester"


class TestFailureError(SpackError):
    """One or more parts of the tests of a package failed."""

    __test__ = False

    def __init__(self, name: str, failures: Sequence[FailedTest]) -> None:
        count = len(failures)
        super().__init__(
            f"{name}: {count} test{'s' if count != 1 else ''} failed",
            details="\n".join(f"{failure.part}: {failure.message}" for failure in failures),
        )
        self.failures = tuple(failures)


class TestUsageError(SpackError):
    """A recipe names a test part wrongly or gives it a directory that cannot be used."""

    __test__ = False


class TestStatus(enum.IntEnum):
    """Outcome of a part or of all tests of a spec; the numbers are those of the result files."""

    __test__ = False

    NO_TESTS = -1
    SKIPPED = 0
    FAILED = 1
    PASSED = 2


class FailedTest(NamedTuple):
    """A failure of a part."""

    part: str
    message: str


class Tester:
    """Records the parts of the tests of one package.

    Attributes:
        parts: part name to status, in order of completion; the full name is ``Class::part``.
        failures: one entry for each failed part.
    """

    __test__ = False

    def __init__(
        self, pkg: Package, *, output: TextIO | None = None, fail_fast: bool = False
    ) -> None:
        self.pkg = pkg
        self.parts: dict[str, TestStatus] = {}
        self.failures: list[FailedTest] = []
        self.output = output
        self.fail_fast = fail_fast

    def write(self, line: str) -> None:
        """Put one line in the log."""
        print(line, file=self.output if self.output is not None else sys.stdout, flush=True)

    def record(self, name: str, status: TestStatus, message: str = "") -> None:
        """Set the status of a part and log it."""
        self.parts[name] = status
        full_name = f"{_class_name(self.pkg)}::{name}"
        self.write(f"{status.name}: {full_name}{': ' + message if message else ''}")
        if status == TestStatus.FAILED:
            self.failures.append(FailedTest(full_name, message))

    def status(self) -> TestStatus:
        """Failed if any part failed; skipped if all were; passed if any did; else no tests."""
        seen = set(self.parts.values())
        for status in (TestStatus.FAILED, TestStatus.PASSED, TestStatus.SKIPPED):
            if status in seen:
                return status
        return TestStatus.NO_TESTS

    def raise_failures(self) -> None:
        """Raise :class:`TestFailureError` if a part failed."""
        if self.failures:
            raise TestFailureError(self.pkg.name, self.failures)

    @contextlib.contextmanager
    def part(
        self, name: str, purpose: str, work_dir: str | os.PathLike[str] = "."
    ) -> Iterator[Tester]:
        """Run the body as a part in ``work_dir``, which is created.

        Exceptions of the body are recorded and not raised, unless the tester is to fail fast.
        """
        if not name.startswith("test_"):
            raise TestUsageError(
                f"{self.pkg.name}: the name of a test part must start with 'test_', not '{name}'"
            )
        self.write(f"==> Testing {_class_name(self.pkg)}::{name}: {purpose or name}")
        before = os.getcwd()
        os.makedirs(work_dir, exist_ok=True)
        try:
            os.chdir(work_dir)
            yield self
        except SkipTest as reason:
            self.record(name, TestStatus.SKIPPED, str(reason))
        except (Exception, SystemExit) as error:
            self.write(_failure_context(error))
            self.record(name, TestStatus.FAILED, str(error) or type(error).__name__)
            if self.fail_fast:
                raise TestFailureError(self.pkg.name, self.failures) from error
        else:
            inner = [
                status
                for part, status in self.parts.items()
                if part != name and part.startswith(name)
            ]
            if TestStatus.FAILED in inner:
                self.record(name, TestStatus.FAILED, "one of its parts failed")
            elif inner and all(status == TestStatus.SKIPPED for status in inner):
                self.record(name, TestStatus.SKIPPED, "all its parts were skipped")
            else:
                self.record(name, TestStatus.PASSED)
        finally:
            os.chdir(before)

    def phase_tests(self, builder: Any, phase: str, method_names: Sequence[str]) -> None:
        """Call the named methods of a builder or its package after a phase; log what they say.

        A missing method counts as a failure and does not stop the others. Exceptions of a method
        propagate. Raises :class:`TestFailureError` at the end if something failed.
        """
        log_path = os.path.join(str(builder.stage.path), INSTALL_TEST_LOG)
        with open(log_path, "a", encoding="utf-8") as log:
            previous, self.output = self.output, log
            try:
                for name in method_names:
                    method = _method_named(builder, name)
                    if method is not None:
                        self.write(f"==> Running {phase}-time test {name}")
                        if name.startswith("test_") and self.pkg.test_suite is not None:
                            self.pkg.test_suite.prepare(self.pkg)
                        method()
                        continue
                    self.record(name, TestStatus.FAILED, f"the package has no method '{name}'")
                    if self.fail_fast:
                        break
            finally:
                self.output = previous
        self.raise_failures()


def _class_name(pkg: Package) -> str:
    name = type(pkg).__name__
    return name[: -len("Wrapper")] if name.endswith("Wrapper") else name


def _failure_context(error: BaseException) -> str:
    """The innermost lines of recipe code that led to ``error``."""
    frames = traceback.extract_tb(error.__traceback__)
    recipe = [frame for frame in frames if os.path.basename(frame.filename) == "package.py"]
    lines = [
        f"    {frame.filename}:{frame.lineno}: {(frame.line or '').strip()}"
        for frame in (recipe or frames)[-3:]
    ]
    return "\n".join(lines)


def tester_of(pkg: Package) -> Tester:
    """The tester of a package object, made when it is first asked for."""
    tester = vars(pkg).get(_TESTER_ATTRIBUTE)
    if tester is None:
        tester = pkg.__dict__[_TESTER_ATTRIBUTE] = Tester(pkg)
    assert isinstance(tester, Tester)
    return tester


@contextlib.contextmanager
def test_part(
    pkg: Package, test_name: str, purpose: str, work_dir: str = ".", verbose: bool = False
) -> Iterator[Tester]:
    """Run the body as a part of the tests of ``pkg``; see :meth:`Tester.part`."""
    with pkg.tester.part(test_name, purpose, work_dir) as tester:
        yield tester


test_part.__test__ = False  # type: ignore[attr-defined]


def _method_named(builder: Any, name: str) -> Callable[[], Any] | None:
    for source in (builder, getattr(builder, "wrapper", None), builder.pkg):
        method = getattr(source, name, None)
        if callable(method):
            return method  # type: ignore[no-any-return]
    return None


def test_functions(package_class: type) -> list[tuple[str, Callable[..., Any]]]:
    """The stand-alone tests of a class, inherited ones included, in alphabetical order.

    Properties and conditional methods (``@when``) are not tests.
    """
    names = {name for cls in package_class.__mro__ for name in vars(cls)}
    found: list[tuple[str, Callable[..., Any]]] = []
    for name in sorted(names):
        if name.startswith("test_"):
            attribute = inspect.getattr_static(package_class, name)
            if inspect.isfunction(attribute):
                found.append((name, attribute))
            elif isinstance(attribute, staticmethod):
                found.append((name, attribute.__func__))
    return found


test_functions.__test__ = False  # type: ignore[attr-defined]


def virtuals_to_test(pkg: Package) -> list[str]:
    """Names of the virtuals whose recipes may hold tests for this package, sorted."""
    names = {str(spec.name) for spec in pkg.virtuals_provided}
    if pkg.name == "gcc":
        names.update(("c", "cxx", "fortran"))
    elif pkg.name == "llvm" and pkg.spec.satisfies("+clang"):
        names.update(("c", "cxx"))
    return sorted(names)


def tested_recipes(pkg: Package, class_of: Callable[[str], Any]) -> list[tuple[str, Any]]:
    """The recipe of a package and those of the virtuals that it provides, each by its name.

    Args:
        class_of: gives the class of the recipe of a virtual, None if it has no recipe.
    """
    recipes = [(str(pkg.spec.name), type(pkg))]
    recipes += [(virtual, class_of(virtual)) for virtual in virtuals_to_test(pkg)]
    return [(name, recipe) for name, recipe in recipes if recipe is not None]


class TestSuite:
    """Directories of one run of stand-alone tests.

    Attributes:
        stage: directory of the suite.
        current: package whose tests are running, or None.
        recipe: name of the recipe that the running tests are of: the package's or a virtual's.
    """

    __test__ = False

    def __init__(self, stage: str) -> None:
        self.stage = Prefix(stage)
        self.current: Package | None = None
        self.recipe = ""

    def test_dir_for_spec(self, spec: Any) -> Prefix:
        """The work directory of a spec: ``name-version-hash7`` in the suite."""
        return self.stage.join(f"{spec.name}-{spec.version}-{spec.dag_hash()[:7]}")

    def log_file_for_spec(self, spec: Any) -> Prefix:
        """The file with the output of the tests of a spec."""
        return Prefix(f"{self.test_dir_for_spec(spec)}-test-out.txt")

    @property
    def current_test_spec(self) -> Any:
        """The spec whose tests are running, None if there are none."""
        return None if self.current is None else self.current.spec

    current_base_spec = current_test_spec

    @property
    def current_test_cache_dir(self) -> Prefix:
        """Copy of the files that were kept for tests when the package was installed."""
        return self._current("cache")

    @property
    def current_test_data_dir(self) -> Prefix:
        """Copy of the directory ``test`` beside the recipe that the tests are of."""
        return self._current("data")

    def _current(self, kind: str) -> Prefix:
        if self.current is None:
            raise TestUsageError(f"the test {kind} directory exists only while a test is running")
        return self.test_dir_for_spec(self.current.spec).join(kind).join(self.recipe)

    def prepare(self, pkg: Package) -> Prefix:
        """Make ``pkg`` current and copy its cached and recipe-side test files once.

        Returns the work directory.
        """
        self.current, self.recipe = pkg, str(pkg.spec.name)
        work_dir = self.test_dir_for_spec(pkg.spec)
        os.makedirs(work_dir, exist_ok=True)
        _copy_once(install_test_root(pkg), self.current_test_cache_dir)
        self._copy_data(pkg)
        return work_dir

    def _copy_data(self, recipe: Any) -> None:
        _copy_once(os.path.join(str(recipe.package_dir), "test"), self.current_test_data_dir)

    def run(self, pkg: Package, class_of: Callable[[str], Any]) -> TestStatus:
        """Run all tests of an installed package. Its process environment must be set up."""
        work_dir = self.prepare(pkg)
        tester: Tester = pkg.tester
        for self.recipe, recipe in tested_recipes(pkg, class_of):
            functions = test_functions(recipe)
            if functions and recipe is not type(pkg):
                self._copy_data(recipe)
            for name, function in functions:
                takes_package = bool(inspect.signature(function).parameters)
                with tester.part(name, inspect.getdoc(function) or name, work_dir):
                    if takes_package:
                        function(pkg)
                    else:
                        function()
        self.current = None
        return tester.status()


def _copy_once(source: str, destination: str) -> None:
    if os.path.isdir(source) and not os.path.exists(destination):
        shutil.copytree(source, destination, symlinks=True)


def install_test_root(pkg: Package) -> str:
    """The directory below the prefix for files that tests need after the installation."""
    return os.path.join(str(pkg.prefix), ".spack", "test")


def cache_extra_test_sources(pkg: Package, srcs: str | Sequence[str]) -> None:
    """Keep files or trees of the source directory for the tests of the installed package.

    Args:
        srcs: path or paths relative to the source directory.

    Raises :class:`InstallError`, after copying what can be copied, for absolute or missing paths.
    """
    refused = []
    for relative in [srcs] if isinstance(srcs, str) else srcs:
        source = os.path.join(str(pkg.stage.source_path), relative)
        destination = os.path.join(install_test_root(pkg), relative)
        if os.path.isabs(relative):
            refused.append(f"{relative}: the path must be relative to the source directory")
        elif os.path.isdir(source):
            shutil.copytree(source, destination, symlinks=True, dirs_exist_ok=True)
        elif os.path.exists(source):
            os.makedirs(os.path.dirname(destination), exist_ok=True)
            shutil.copy2(source, destination)
        else:
            refused.append(f"{relative}: no such file in the source directory")
    if refused:
        raise InstallError(
            f"{pkg.name}: files for stand-alone tests could not be kept", "\n".join(refused), pkg
        )


def check_outputs(expected: str | Iterable[str], actual: str) -> None:
    """Raise RuntimeError unless every regular expression of ``expected`` is found in ``actual``."""
    patterns = [expected] if isinstance(expected, str) else list(expected)
    missing = [pattern for pattern in patterns if re.search(pattern, actual) is None]
    if missing:
        listed = "\n".join(f"    {pattern}" for pattern in missing)
        raise RuntimeError(f"expected in the output, but not found:\n{listed}\nOutput:\n{actual}")


def find_required_file(
    root: str, filename: str, expected: int = 1, recursive: bool = True
) -> str | list[str]:
    """The path of a file below ``root``; a list of paths if ``expected`` is not 1.

    Raises :class:`SkipTest` if the number of files found is not ``expected``.
    """
    found = sorted(_files_named(str(root), filename, recursive))
    if len(found) != expected:
        raise SkipTest(f"expected {expected} of {filename} under {root}, found {len(found)}")
    return found[0] if expected == 1 else found


def _files_named(root: str, filename: str, recursive: bool) -> Iterator[str]:
    for directory, folders, _ in os.walk(root):
        if not recursive:
            folders.clear()
        path = os.path.join(directory, filename)
        if os.path.exists(path):
            yield path


def get_escaped_text_output(filename: str) -> list[str]:
    """The lines of a file, escaped for use as regular expressions."""
    with open(filename, encoding="utf-8") as file:
        return [re.escape(line.rstrip()) for line in file]


def compare_output(current_output: str, blessed_output: str) -> None:
    """Raise RuntimeError, showing both texts, unless they are equal."""
    if current_output != blessed_output:
        raise RuntimeError(
            f"the output differs.\nExpected:\n{blessed_output}\nFound:\n{current_output}"
        )


def compare_output_file(current_output: str, blessed_output_file: str) -> None:
    """:func:`compare_output` with the content of a file."""
    with open(blessed_output_file, encoding="utf-8") as file:
        compare_output(current_output, file.read())
