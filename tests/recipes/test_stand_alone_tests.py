"""Stand-alone tests: discovery, parts, directories, helpers."""

from __future__ import annotations

import io
import os
import types
from pathlib import Path
from typing import Any

import pytest

from spack.recipes.classes import stand_alone_tests
from spack.recipes.classes.stand_alone_tests import (
    Tester,
    TestFailureError,
    TestStatus,
    TestSuite,
    TestUsageError,
    cache_extra_test_sources,
    check_outputs,
    compare_output,
    compare_output_file,
    find_required_file,
    get_escaped_text_output,
    install_test_root,
    virtuals_to_test,
)
from spack.recipes.declaring import multimethods
from spack.recipes.declaring.multimethods import MultiMethodMeta
from spack.recipes.errors import InstallError, SkipTest
from spack.system.files.prefixes import Prefix

functions_of = stand_alone_tests.test_functions
part = stand_alone_tests.test_part


class Spec:
    name = "pkg"
    version = "1.0"

    def __init__(self, *satisfied: str) -> None:
        self.satisfied = satisfied

    def dag_hash(self) -> str:
        return "abcdefghijklmnop"

    def satisfies(self, condition: str) -> bool:
        return condition in self.satisfied


class Package(metaclass=MultiMethodMeta):
    name = "pkg"
    virtuals_provided: list[Any] = []
    test_suite: TestSuite | None = None

    def __init__(self, root: Path, *satisfied: str) -> None:
        self.spec = Spec(*satisfied)
        self.prefix = root / "prefix"
        self.package_dir = root / "recipe"
        self.stage = types.SimpleNamespace(source_path=str(root / "source"))
        self.tester = Tester(self, output=io.StringIO())

    def log(self) -> str:
        assert isinstance(self.tester.output, io.StringIO)
        return self.tester.output.getvalue()


def test_alphabetical_with_inherited_ones_90() -> None:
    class Base(Package):
        def test_zebra(self) -> None:
            pass

    class Derived(Base):
        def test_banana(self) -> None:
            pass

        @staticmethod
        def test_apple() -> None:
            pass

        @property
        def test_property(self) -> None:
            return None

        test_constant = 3

    Derived.test_when = multimethods.MultiMethod("test_when")  # type: ignore[attr-defined]
    names = [name for name, _ in functions_of(Derived)]
    assert names == ["test_apple", "test_banana", "test_zebra"]


def test_virtuals_bring_their_tests(tmp_path: Path) -> None:
    seen = []

    class Virtual(Package):
        package_dir = tmp_path / "mpi"

        def test_virtual(self) -> None:
            assert self.test_suite is not None
            seen.extend(os.listdir(self.test_suite.current_test_data_dir))

    class Provider(Package):
        virtuals_provided = [types.SimpleNamespace(name="mpi"), types.SimpleNamespace(name="blas")]

        def test_own(self) -> None:
            assert self.test_suite is not None
            seen.extend(os.listdir(self.test_suite.current_test_data_dir))

    for folder, name in (("recipe", "own.c"), ("mpi", "hello.c")):
        (tmp_path / folder / "test").mkdir(parents=True)
        (tmp_path / folder / "test" / name).write_text("")
    pkg = Provider(tmp_path)
    assert virtuals_to_test(pkg) == ["blas", "mpi"]
    pkg.test_suite = TestSuite(str(tmp_path / "suite"))
    assert pkg.test_suite.run(pkg, {"mpi": Virtual}.get) == TestStatus.PASSED
    assert list(pkg.tester.parts) == ["test_own", "test_virtual"]
    assert seen == ["own.c", "hello.c"]


@pytest.mark.parametrize(
    "name, satisfied, expected",
    [
        ("gcc", (), ["c", "cxx", "fortran"]),
        ("llvm", ("+clang",), ["c", "cxx"]),
        ("llvm", (), []),
    ],
)
def test_compilers_count_as_languages(
    name: str, satisfied: Any, expected: list[str], tmp_path: Path
) -> None:
    pkg = Package(tmp_path, *satisfied)
    pkg.name = name
    assert virtuals_to_test(pkg) == expected


def test_status_of_parts_and_of_the_whole(tmp_path: Path) -> None:
    pkg = Package(tmp_path)
    assert pkg.tester.status() == TestStatus.NO_TESTS
    with part(pkg, "test_skipped", purpose="never", work_dir=str(tmp_path)):
        raise SkipTest("not here")
    assert pkg.tester.status() == TestStatus.SKIPPED
    with part(pkg, "test_good", purpose="fine", work_dir=str(tmp_path)):
        pass
    assert pkg.tester.status() == TestStatus.PASSED
    with part(pkg, "test_bad", purpose="breaks", work_dir=str(tmp_path)):
        raise ValueError("broken")
    assert pkg.tester.status() == TestStatus.FAILED
    assert "SKIPPED: Package::test_skipped: not here" in pkg.log()
    assert "PASSED: Package::test_good" in pkg.log()
    assert "FAILED: Package::test_bad: broken" in pkg.log()
    with pytest.raises(TestFailureError, match="1 test failed"):
        pkg.tester.raise_failures()


def test_part_has_its_own_directory(tmp_path: Path) -> None:
    pkg = Package(tmp_path)
    before = os.getcwd()
    with part(pkg, "test_directory", purpose="", work_dir=str(tmp_path / "new")):
        assert os.getcwd() == str(tmp_path / "new")
    assert os.getcwd() == before


def test_sub_parts_count_by_name_prefix_92(tmp_path: Path) -> None:
    pkg = Package(tmp_path)
    directory = str(tmp_path)
    bad, skip = ValueError("inside"), SkipTest("reason")
    for outer, inner, error in (
        ("test_outer", "test_outer_inner", bad),
        ("test_other", "test_unrelated", bad),
        ("test_skip", "test_skip_all", skip),
    ):
        with part(pkg, outer, "", directory), part(pkg, inner, "", directory):
            raise error
    assert pkg.tester.parts["test_outer"] == TestStatus.FAILED
    assert pkg.tester.parts["test_other"] == TestStatus.PASSED
    assert pkg.tester.parts["test_skip"] == TestStatus.SKIPPED


def test_name_of_a_part_is_checked(tmp_path: Path) -> None:
    context = part(Package(tmp_path), "check_it", purpose="")
    with pytest.raises(TestUsageError, match="must start with 'test_'"):
        context.__enter__()


def test_fail_fast(tmp_path: Path) -> None:
    pkg = Package(tmp_path)
    pkg.tester.fail_fast = True
    directory = str(tmp_path)
    with pytest.raises(TestFailureError), part(pkg, "test_bad", "", directory):
        raise ValueError("broken")


def test_suite_copies_files_and_runs_all(tmp_path: Path) -> None:
    seen: list[str] = []

    class Tested(Package):
        def test_files(self) -> None:
            """look at the files"""
            assert self.test_suite is not None
            seen.append(Path(self.test_suite.current_test_cache_dir, "kept").read_text())
            seen.append(Path(self.test_suite.current_test_data_dir, "data").read_text())
            seen.append(os.path.basename(os.getcwd()))

        @staticmethod
        def test_static() -> None:
            seen.append("static")

    pkg = Tested(tmp_path)
    Path(install_test_root(pkg)).mkdir(parents=True)
    Path(install_test_root(pkg), "kept").write_text("cached")
    (tmp_path / "recipe/test").mkdir(parents=True)
    (tmp_path / "recipe/test/data").write_text("recipe")
    pkg.test_suite = TestSuite(str(tmp_path / "suite"))
    assert pkg.test_suite.run(pkg, lambda name: None) == TestStatus.PASSED
    assert seen == ["cached", "recipe", "pkg-1.0-abcdefg", "static"]
    assert "look at the files" in pkg.log()
    with pytest.raises(TestUsageError, match="while a test is running"):
        pkg.test_suite.current_test_data_dir  # noqa: B018


def test_paths_of_a_suite_can_be_walked_like_prefixes(tmp_path: Path) -> None:
    pkg = Package(tmp_path)
    suite = pkg.test_suite = TestSuite(str(tmp_path / "suite"))
    assert suite.current_test_spec is suite.current_base_spec is None
    work_dir = suite.prepare(pkg)
    assert suite.current_test_spec is suite.current_base_spec is pkg.spec
    log = suite.log_file_for_spec(pkg.spec)
    kept, data = suite.current_test_cache_dir, suite.current_test_data_dir
    for path in (suite.stage, work_dir, suite.test_dir_for_spec(pkg.spec), log, kept, data):
        assert isinstance(path, Prefix)
        assert path.examples.join("a.c") == os.path.join(str(path), "examples", "a.c")
    assert str(suite.stage) == str(tmp_path / "suite")
    assert str(log) == f"{work_dir}-test-out.txt"


def test_sources_are_kept_for_later(tmp_path: Path) -> None:
    pkg = Package(tmp_path)
    (tmp_path / "source/examples").mkdir(parents=True)
    (tmp_path / "source/examples/a.c").write_text("a")
    (tmp_path / "source/one").write_text("1")
    cache_extra_test_sources(pkg, "one")
    with pytest.raises(InstallError) as caught:
        cache_extra_test_sources(pkg, ["/absolute", "missing", "examples"])
    assert "/absolute" in str(caught.value)
    assert "missing" in str(caught.value)
    root = Path(install_test_root(pkg))
    assert (root / "one").read_text() == "1"
    assert (root / "examples/a.c").read_text() == "a"


def test_check_outputs() -> None:
    check_outputs("a.c", "xabcx")
    check_outputs(["^a", "c$"], "abc")
    with pytest.raises(RuntimeError, match="missing"):
        check_outputs(["a", "missing"], "abc")


def test_find_required_file(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for path in (tmp_path / "f", tmp_path / "sub/f", tmp_path / "sub/g"):
        path.write_text("")
    assert find_required_file(str(tmp_path), "g") == str(tmp_path / "sub/g")
    assert len(find_required_file(str(tmp_path), "f", expected=2)) == 2
    assert find_required_file(str(tmp_path), "f", recursive=False) == str(tmp_path / "f")
    with pytest.raises(SkipTest):
        find_required_file(str(tmp_path), "f")


def test_comparison_helpers(tmp_path: Path) -> None:
    (tmp_path / "blessed").write_text("a+b\n")
    compare_output("x", "x")
    compare_output_file("a+b\n", str(tmp_path / "blessed"))
    assert get_escaped_text_output(str(tmp_path / "blessed")) == [r"a\+b"]
    with pytest.raises(RuntimeError, match="differs"):
        compare_output("x", "y")
