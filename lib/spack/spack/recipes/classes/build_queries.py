"""Functions of the facade that ask about the build, the machine, and programs found on it.

What belongs to layers above the recipes (the environment of installed packages, the place of
``sbang``) is asked through the running :class:`~spack.recipes.build_context.BuildContext`.
"""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from spack.errors import SpackError
from spack.language import deptypes
from spack.language.versions import Version
from spack.recipes.bound.bound_spec import BoundSpec
from spack.recipes.bound.node_values import Target
from spack.recipes.build_context import build_context
from spack.recipes.declaring.phases import run_after
from spack.system import platforms
from spack.system.binaries.dynamic_linker import default_search_paths, linker_of_compiler
from spack.system.files import sbang
from spack.system.files.kept import Stamp
from spack.system.files.searching import find
from spack.system.files.text_filters import filter_file
from spack.system.processes.executables import Executable
from spack.system.processes.variables import EnvironmentModifications, is_system_path
from spack.type_names import Any, Callable, TypeVar

T = TypeVar("T")

#: Names of the dependency types, for recipes.
all_deptypes: tuple[str, ...] = deptypes.ALL_NAMES

#: Suffixes of libraries on this platform, static ones last.
library_extensions: list[str] = ["dylib", "so", "a"] if sys.platform == "darwin" else ["so", "a"]

#: The program that this process belongs to.
spack_script: str = str(Path(__file__).parents[5] / "bin" / "spack")


class NotInABuildError(SpackError):
    """A recipe asks for something that exists only while packages are installed or used."""


class LinkTree:
    """A directory tree whose files can be linked into another tree."""

    def __init__(self, source_root: str) -> None:
        if not os.path.isdir(source_root):
            raise OSError(f"there is no directory {source_root}")
        self.source_root = source_root

    def merge(self, dest_root: str, ignore: Callable[[str], bool] | None = None) -> None:
        """Make the directories below ``dest_root`` and link every file that is not there."""
        for directory, folders, files in os.walk(self.source_root):
            relative = os.path.relpath(directory, self.source_root)
            target = os.path.normpath(os.path.join(dest_root, relative))
            os.makedirs(target, exist_ok=True)
            links = [name for name in folders if os.path.islink(os.path.join(directory, name))]
            for name in [*files, *links]:
                path = os.path.normpath(os.path.join(relative, name))
                if ignore is not None and ignore(path):
                    continue
                if not os.path.lexists(os.path.join(target, name)):
                    os.symlink(os.path.join(directory, name), os.path.join(target, name))


def dedupe(sequence: Iterable[T], key: Callable[[T], Any] | None = None) -> Iterator[T]:
    """The items in order, without repetition."""
    seen: set[Any] = set()
    for item in sequence:
        mark = item if key is None else key(item)
        if mark not in seen:
            seen.add(mark)
            yield item


def macos_version() -> Version:
    """Release of macOS. Raises an error on another system."""
    return Version(".".join(str(number) for number in platforms.macos_release()))


def kernel_version() -> Version:
    """Release of the running kernel."""
    release = os.uname().release
    match = re.match(r"\d+(\.\d+)*", release)
    return Version(match.group(0) if match else release)


class HostPlatform:
    """The platform of this machine, as recipes ask about it.

    ``default_os`` and ``default_target`` are names; ``default`` is the name of the target, too.
    """

    def __init__(self) -> None:
        self.name = platforms.platform_name()

    @property
    def default_os(self) -> str:
        """Name and release of the operating system."""
        from spack.host.architecture import host

        return str(host().os)

    @property
    def default(self) -> str:
        """Name of the target of this machine."""
        from spack.host.architecture import host

        return str(host().target)

    default_target = default

    @property
    def targets(self) -> dict[str, Target]:
        """The targets whose binaries run here, by name."""
        best = Target(self.default)
        return {target.name: target for target in (best, *best.ancestors)}

    def target(self, name: str) -> Target:
        """A target by name; ``default_target`` and its like are this machine's."""
        named = name not in ("default_target", "default", "frontend", "fe", "backend", "be")
        return Target(name if named else self.default)

    def operating_system(self, name: str) -> str:
        """An operating system by name; ``default_os`` and its like are this machine's."""
        named = name not in ("default_os", "frontend", "fe", "backend", "be")
        return name if named else self.default_os

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"HostPlatform({self.name!r})"


def host_platform() -> HostPlatform:
    """The platform of this machine."""
    return HostPlatform()


# -- compilers -------------------------------------------------------------------------------------


def microarchitecture_flags(spec: Any, language: str) -> str:
    """Flags by which the compiler of a node aims at the node's target.

    Raises ValueError if the node has no compiler for the language.
    """
    found = spec.dependencies(virtuals=language)
    if not found:
        raise ValueError(f"{spec.name} does not depend on a compiler for {language}")
    return microarchitecture_flags_from_target(spec.target, found[0])


def microarchitecture_flags_from_target(target: Any, compiler: Any) -> str:
    """Flags by which a compiler (a node) aims at a target; empty if none are known."""
    from spack.host import microarchitectures

    name_of = getattr(compiler.package, "archspec_name", None)
    name = str(name_of()) if callable(name_of) else str(compiler.name)
    wanted = target.name if isinstance(target, Target) else str(target)
    version = compiler.version.dotted_numeric_string
    return str(microarchitectures.flags(name, version, wanted) or "")


def find_compilers(path_hints: Sequence[str] | None = None, **_: Any) -> list[BoundSpec]:
    """Compilers that are found in some directories, as specs.

    Only the packages that the running build names as compilers are looked for.
    """
    context = build_context()
    if context.find_compilers is None:
        return []
    return [BoundSpec(spec) for spec in context.find_compilers(list(path_hints or ()))]


def libc_from_dynamic_linker(dynamic_linker: str) -> BoundSpec | None:
    """The C library that a dynamic linker belongs to, as an external spec; None if unknown."""
    from spack.host import libc

    found = libc.from_dynamic_linker(dynamic_linker)
    if found is None:
        return None
    return BoundSpec.from_detection(
        f"{found.name}@={found.version}", external_path=str(found.prefix)
    )


class CompilerPropertyDetector:
    """The properties that a compiler has by itself, found by running it."""

    def __init__(self, compiler_spec: Any) -> None:
        if not compiler_spec.concrete:
            raise ValueError("only concrete compilers can be run")
        self.spec = compiler_spec

    def _program(self) -> str | None:
        package = self.spec.package
        for language in ("cc", "cxx", "fortran"):
            path = getattr(package, language, None)
            if path:
                return str(path)
        return None

    def compiler_verbose_output(self) -> str:
        """The output of the compiler when it links a small program verbosely."""
        program = self._program()
        if program is None:
            return ""
        package = self.spec.package
        fortran = program == getattr(package, "fortran", None)
        return verbose_link(program, str(getattr(package, "verbose_flags", "-v")), fortran=fortran)

    def default_dynamic_linker(self) -> str | None:
        """The dynamic linker of what the compiler links."""
        program = self._program()
        return None if program is None else linker_of_compiler(program)

    def implicit_rpaths(self) -> list[str]:
        """Directories that the compiler searches and that hold its own libraries.

        The configuration may say them (``implicit_rpaths`` of an external), or that there are none.
        """
        attributes = getattr(self.spec, "extra_attributes", None) or {}
        configured = configured_rpaths(attributes)
        if configured is not None:
            return configured
        wanted = getattr(self.spec.package, "implicit_rpath_libs", ())
        return library_directories(self.compiler_verbose_output(), wanted)


def configured_rpaths(attributes: Mapping[str, Any]) -> list[str] | None:
    """The ``implicit_rpaths`` that an external configures; None if the compiler is to be asked."""
    stated = attributes.get("implicit_rpaths")
    if isinstance(stated, (list, tuple)):
        return [str(path) for path in stated]
    return [] if stated is False else None


def verbose_link(program: str, flags: str, *, fortran: bool = False) -> str:
    """The output of a compiler that links a small program; empty where it cannot.

    A program that is the same is asked once in a process, and not by those that are forked later.
    """
    return _verbose_link(program, flags, fortran, Stamp.of(program))


@functools.lru_cache(maxsize=64)
def _verbose_link(program: str, flags: str, fortran: bool, stamp: Stamp | None) -> str:
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "main.f90" if fortran else "main.c")
        with open(source, "w", encoding="utf-8") as file:
            if fortran:
                file.write("program main\nend program\n")
            else:
                file.write("int main(void) { return 0; }\n")
        run = subprocess.run(
            [program, *flags.split(), source, "-o", os.path.join(folder, "main")],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
        return run.stdout if run.returncode == 0 else ""


def library_directories(output: str, stems: Sequence[str]) -> list[str]:
    """Directories in the output of a verbose link that hold some libraries of the compiler.

    ``stems`` are the beginnings of their names. What every program searches is left out.
    """
    usual = {os.path.realpath(path) for path in default_search_paths()}
    found: dict[str, None] = {}
    for match in re.finditer(r"(?:^|\s)-L\s*(\S+)", output):
        path = os.path.abspath(match.group(1))
        if path in found or is_system_path(path) or os.path.realpath(path) in usual:
            continue
        if os.path.isdir(path) and _holds_one_of(path, stems):
            found[path] = None
    return list(found)


def _holds_one_of(directory: str, stems: Sequence[str]) -> bool:
    """Whether a program could find one of the libraries there when it runs.

    Names without a version after ``.so`` serve linkers only: distributions keep such links apart.
    """
    names = os.listdir(directory)
    return any(
        name.startswith(stem) and (".so." in name or name.endswith(".dylib"))
        for stem in stems
        for name in names
    )


def compile_c_and_execute(
    source_file: str, include_flags: Sequence[str], link_flags: Sequence[str]
) -> str:
    """Build a C program in a temporary directory, run it, and return what it prints."""
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "check")
        objects = os.path.join(folder, "check.o")
        compiler = Executable(os.environ.get("CC", "cc"))
        compiler("-c", source_file, "-o", objects, *include_flags)
        compiler(objects, "-o", program, *link_flags)
        return Executable(program)(output=str) or ""


def filter_compiler_wrappers(
    *files: str,
    after: str = "install",
    relative_root: str | None = None,
    ignore_absent: bool = True,
    backup: bool = False,
    recursive: bool = False,
    **_: Any,
) -> None:
    """In a class body: after a phase, name the real compilers in installed files.

    Paths of the wrapper, and links to it, are replaced in the files of these names below the
    prefix, or below ``relative_root`` in it.
    """

    def _filter_compiler_wrappers_impl(builder: Any) -> None:
        pkg = getattr(builder, "pkg", builder)
        root = str(pkg.prefix)
        if relative_root is not None:
            root = os.path.join(root, relative_root)
        found = find(root, list(files), recursive=recursive)
        paths = [path for path in found if not os.path.islink(path)]
        if not paths:
            return
        for old, new in _replacements(pkg):
            filter_file(old, new, *paths, ignore_absent=ignore_absent, backup=backup, string=True)

    run_after(after)(_filter_compiler_wrappers_impl)


def _replacements(pkg: Any) -> list[tuple[str, str]]:
    """Paths of wrappers with their compilers, longer paths first; what wrappers add goes."""
    pairs: dict[str, str] = {}
    added: dict[str, str] = {}
    for language, attribute, variables in (
        ("c", "cc", ("CC",)),
        ("cxx", "cxx", ("CXX",)),
        ("fortran", "fortran", ("FC", "F77")),
    ):
        for compiler in pkg.spec.dependencies(virtuals=language):
            real = getattr(compiler.package, attribute, None)
            argument = getattr(compiler.package, "linker_arg", "-Wl,")
            added[f"{argument}--enable-new-dtags"] = ""
            for variable in variables:
                wrapper = os.environ.get(variable)
                if wrapper and real:
                    pairs.setdefault(wrapper, str(real))
                    pairs.setdefault(os.path.realpath(wrapper), str(real))
    return [*sorted(pairs.items(), key=lambda pair: -len(pair[0])), *added.items()]


# -- environments ----------------------------------------------------------------------------------


def get_cmake_prefix_path(pkg: Any) -> list[str]:
    """Prefixes in which CMake looks for the dependencies of a build.

    Direct build and test dependencies and transitive link dependencies, dependents first, externals
    last; system directories are left out.
    """
    spec = pkg.spec
    wanted = {
        edge.spec.dag_hash()
        for edge in spec.edges_to_dependencies(depflag=deptypes.BUILD | deptypes.TEST)
    }
    wanted.update(node.dag_hash() for node in spec.traverse(root=False, deptype="link"))
    nodes = [node for node in spec.traverse(root=False, order="topo") if node.dag_hash() in wanted]
    nodes.sort(key=lambda node: node.external)
    paths = [str(path) for node in nodes for path in node.package.cmake_prefix_paths]
    return [path for path in dict.fromkeys(paths) if not is_system_path(path)]


def environment_modifications_for_specs(
    *specs: Any, view: Any = None, set_package_py_globals: bool = True
) -> EnvironmentModifications:
    """The changes by which some installed specs can be used.

    Raises :class:`NotInABuildError` if nothing above the recipes can tell.
    """
    del view
    context = build_context()
    if context.run_modifications is None:
        raise NotInABuildError("the variables of specs are known only while packages are built")
    found = context.run_modifications(list(specs), set_package_py_globals)
    assert isinstance(found, EnvironmentModifications)
    return found


def make_package_test_rpath(pkg: Any, test_dir: str | os.PathLike[str]) -> None:
    """On Windows, link the libraries of a package beside its tests; elsewhere rpaths do that."""
    if sys.platform == "win32":
        raise platforms.WrongPlatformError("packages are not built on Windows")


# -- interpreter lines -----------------------------------------------------------------------------


def sbang_install_path() -> str:
    """The path of the program that interpreters with long paths are started with."""
    path = build_context().sbang_path
    if not path:
        raise NotInABuildError("the path of sbang is known only while packages are built")
    return path


def sbang_shebang_line() -> str:
    """The first line of a script that is started through sbang."""
    return sbang.shebang_line(sbang_install_path())


def filter_shebang(path: str) -> bool:
    """Start a script through sbang if its interpreter line is too long. Whether it was changed."""
    return sbang.filter_shebang(path, sbang_install_path())
