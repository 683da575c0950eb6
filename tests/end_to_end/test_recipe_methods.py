"""The methods of public recipes by which builds are steered run in graphs that are solved here.

Which recipes is decided by a rule: some of every module of build systems (mixtures and mirrors
included), of those with several builders, and of those that inherit from another recipe; with
CUDA and ROCm switched on where a recipe has them. Installed packages are imitated: their prefixes
hold the files that recipes look for. Every error is a failure.

Needs SPACK_PUBLIC_RECIPES.
"""

from __future__ import annotations

import functools
import inspect
import os
import re
import sys
import traceback
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Callable, NamedTuple
from unittest import mock

import pytest
from tests.end_to_end.public_session import public_session

from spack.builds import variables as environment
from spack.builds.roles import Context
from spack.errors import Origin
from spack.language.concrete_specs import ConcreteSpec
from spack.language.modes import Unify
from spack.language.parser import parse_spec
from spack.language.specs import Located
from spack.recipes.bound.bound_spec import BoundSpec, bind
from spack.recipes.build_context import BuildContext, building
from spack.recipes.builders.builder_choice import create_builder
from spack.recipes.finding.repositories import RepositoryPath
from spack.recipes.records.package_records import PackageRecord
from spack.session.session import Session
from spack.solve.explaining.refusals import UnsatisfiableRequestError
from spack.work.answers.concretization import Concretizer, make_concretizer
from spack.work.answers.questions import Question

#: Recipes taken of every kind, and of the kinds that the rule exists for.
SOME = 3
MANY = 8

#: Build systems of another platform.
FOREIGN = {"msbuild", "nmake"}

#: What is asked of recipes with the two variants of a mixture.
MIXTURES = {"cuda": "+cuda cuda_arch=80", "rocm": "+rocm amdgpu_target=gfx90a"}

#: Roots that the recipes themselves forbid, with what the error must say.
FORBIDDEN = {
    "hpx-kokkos +rocm amdgpu_target=gfx90a": "hpx: conflicts with amdgpu_target=none when +rocm",
    "nccl-tests +cuda cuda_arch=80": "nccl: Must specify CUDA compute capabilities",
}

#: Methods that refuse what was asked for, with what they say: (root, method).
REFUSED = {("kokkos +cuda cuda_arch=80", "cmake_args"): "Kokkos requires +wrapper when using +cuda"}

#: Methods of builders that run programs instead of giving arguments.
RUNNING = {"check", "installcheck", "test_imports", "build_test", "test_use"}

#: Names of argument methods besides those that a builder forwards to its package.
ARGUMENTS = re.compile(r"[^_].*_(args|options|entries|settings|targets|vars|definitions)$")

#: Hooks that dependents call; a build runs them for every node that takes part.
HOOKS = (
    "setup_build_environment",
    "setup_dependent_build_environment",
    "setup_dependent_package",
    "setup_run_environment",
    "setup_dependent_run_environment",
)

_IMPORT = re.compile(
    r"^from spack_repo\.builtin\.(build_systems|packages)(?:\.(\w+))?(?:\.package)? import (.+)$",
    re.MULTILINE,
)


# -- the choice ------------------------------------------------------------------------------------


def kinds_of(record: PackageRecord) -> set[str]:
    """Modules of build systems that are imported, mixtures, ``several`` builders, ``recipe``."""
    variants = {variant.name for variant in record.variants}
    found = {
        kind
        for kind, text in MIXTURES.items()
        if set(re.findall(r"\w+(?==)", text)) | {kind} <= variants
    }
    for place, module, names in _IMPORT.findall(Path(record.path).read_text(encoding="utf-8")):
        if place == "packages":
            found.add("recipe")
        else:
            modules = {module} if module else set(re.findall(r"\w+", names))
            found.update(modules - set(MIXTURES))
    if len(set(record.build_systems) - FOREIGN) > 1:
        found.add("several")
    return found


def can_be_built_here(record: PackageRecord, session: Session) -> bool:
    """Whether the configuration builds it, on this platform, from a source that is known."""
    settings = session.settings.packages.get(record.name)
    return (
        not record.virtual
        and (settings is None or not (settings.buildable is False or settings.externals))
        and not set(record.build_systems) <= FOREIGN
        and any(
            not version.deprecated
            and (version.has_checksum or version.commit or not record.has_code)
            for version in record.versions
        )
    )


def spread(names: Sequence[str], count: int) -> Sequence[str]:
    """Some names, evenly distributed."""
    step = max(1, len(names) // count)
    return names[step // 2 :: step][:count]


def chosen_roots(session: Session) -> dict[str, list[str]]:
    """Roots by kind; a root is in several kinds if it was chosen for several."""
    by_kind: dict[str, list[str]] = {}
    records = {name: session.repositories.record(name) for name in session.repositories.all_names()}
    for name, record in sorted(records.items()):
        if can_be_built_here(record, session):
            for kind in kinds_of(record):
                by_kind.setdefault(kind, []).append(name)
    chosen: dict[str, list[str]] = {}
    for kind, names in sorted(by_kind.items()):
        rare = kind in ("recipe", "several", *MIXTURES)
        for name in spread(names, MANY if rare else SOME):
            demand = MIXTURES.get(kind, "")
            if any(variant.name == "license-agreed" for variant in records[name].variants):
                demand += " +license-agreed"
            chosen.setdefault(kind, []).append(f"{name} {demand}".strip())
            if kind == "several":
                other = [b for b in records[name].build_systems if b not in FOREIGN][-1]
                chosen[kind].append(f"{name} build_system={other}")
    return chosen


# -- the graphs ------------------------------------------------------------------------------------


class Solved(NamedTuple):
    """Roots by kind, and the graphs of those that have an answer."""

    session: Session
    kinds: Mapping[str, Sequence[str]]
    specs: Mapping[str, ConcreteSpec]
    errors: Mapping[str, str]


@pytest.fixture(scope="module")
def solved(public_recipes: Path, tmp_path_factory: pytest.TempPathFactory) -> Solved:
    """The chosen roots, concretized with one external compiler and nothing to reuse."""
    session = public_session(public_recipes, tmp_path_factory.mktemp("instance"))
    kinds = chosen_roots(session)
    concretizer = make_concretizer(session)
    specs: dict[str, ConcreteSpec] = {}
    errors: dict[str, str] = {}
    for text in dict.fromkeys(text for texts in kinds.values() for text in texts):
        try:
            specs[text] = one_answer(concretizer, text)
        except UnsatisfiableRequestError as error:
            errors[text] = str(error)
    return Solved(session, kinds, specs, errors)


def one_answer(concretizer: Concretizer, text: str) -> ConcreteSpec:
    """The concrete spec of a root."""
    roots = [Located(parse_spec(text), Origin("test"), text)]
    return concretizer.concretize(Question(tuple(roots), Unify.TOGETHER))[0][0]


# -- what is installed -----------------------------------------------------------------------------

SCRIPT = "#!/bin/sh\n"

#: What recipes read of their own prefixes; ``{}`` is the version up to its second number.
READ = {
    "tcl": ("lib/tcl{}/init.tcl", "lib/libtcl{}.so"),
    "intel-oneapi-compilers": ("umf/latest/env/vars.sh",),
}


class Prefixes:
    """Prefixes with a library, a header and a program, and with what recipes read of others."""

    def __init__(self, top: Path) -> None:
        self.top = top

    def prefix(self, spec: ConcreteSpec) -> str:
        if spec.external is not None and spec.external.path:
            return spec.external.path
        prefix = self.top / f"{spec.name}-{spec.dag_hash()[:7]}"
        if not prefix.exists():
            stem = spec.name if spec.name.startswith("lib") else f"lib{spec.name}"
            for path in (f"lib/{stem}.so", f"lib/{stem}.a", "include/header.h"):
                write(prefix / path, "")
            write(prefix / "bin" / spec.name, SCRIPT)
            short = str(spec.version.up_to(2))
            for path in READ.get(spec.name, ()):
                write(prefix / path.format(short), "")
            if spec.name in ("python", "python-venv"):
                imitate_python(prefix, short)
        return str(prefix)


def imitate_python(prefix: Path, version: str) -> None:
    """A virtual environment of the interpreter of the tests."""
    interpreter = os.path.realpath(sys.executable)
    write(prefix / "pyvenv.cfg", f"home = {os.path.dirname(interpreter)}\n")
    (prefix / "bin" / "python").unlink(missing_ok=True)
    for program in ("python", "python3", f"python{version}"):
        (prefix / "bin" / program).symlink_to(interpreter)


def write(path: Path, text: str) -> None:
    """A file; one with an interpreter line is executable."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    if text.startswith("#!"):
        path.chmod(0o755)


def fill_components(view: BoundSpec) -> None:
    """Packages of oneAPI have their files below a directory of the component."""
    for node in view.traverse():
        component = getattr(node.package, "component_prefix", None)
        if component is not None and not node.external:
            for path in ("env/vars.sh", "include/header.h", "lib/libcomponent.so"):
                write(Path(str(component)) / path, "")


# -- calling ---------------------------------------------------------------------------------------


class Stage:
    """An expanded source tree without files."""

    def __init__(self, place: Path) -> None:
        self.path = str(place)
        self.source_path = str(place / "spack-src")
        os.makedirs(self.source_path)


def argument_methods(builder: Any) -> dict[str, bool]:
    """Attributes and methods of a builder that say how its package is built.

    The value says whether it is one of those that take the spec and the prefix.
    """
    cls = type(builder)

    def forwarded(group: str) -> set[str]:
        return {*getattr(cls, f"package_{group}", ()), *getattr(cls, f"legacy_{group}", ())}

    long = forwarded("long_methods")
    matching = {name for name in dir(cls) if ARGUMENTS.match(name)}
    names = long | forwarded("methods") | forwarded("attributes") | matching
    # A builder may forward names of which neither it nor the package has a value.
    owners = (*cls.__bases__, type(builder.pkg)) if hasattr(builder, "wrapper") else (cls,)
    there = {name for name in names if any(hasattr(owner, name) for owner in owners)}
    return {name: name in long for name in sorted(there - RUNNING)}


def asked(builder: Any, name: str, view: BoundSpec, long: bool) -> Any:
    """The value of an attribute, or what a method gives."""
    value = getattr(builder, name)
    if not callable(value):
        return value
    if long:
        return value(view, view.prefix)
    known = {"spec": view, "prefix": view.prefix, "pkg": view.package, "cls": type(view.package)}
    parameters = inspect.signature(value).parameters.values()
    needed = [p for p in parameters if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    return value(*(known[parameter.name] for parameter in needed))


class Trial:
    """Calls, and what failed of them."""

    def __init__(self, solved: Solved, place: Path) -> None:
        self.repositories: RepositoryPath = solved.session.repositories
        self.prefixes = Prefixes(place / "store")
        self.stage = Stage(place / "stage")
        self.done: Counter[str] = Counter()
        self.hooks: dict[str, set[str]] = {hook: set() for hook in HOOKS}
        self.failures: list[str] = []

    def bound(self, spec: ConcreteSpec) -> BoundSpec:
        """A view of a graph in a binding of its own, as every process has it."""
        view = bind(spec, self.prefixes, self.repositories)
        fill_components(view)
        return view

    def call(self, root: str, what: str, function: Callable[[], Any]) -> Any:
        """The result of a call; an error is noted."""
        try:
            result = function()
        except Exception as error:
            if (root, what) in REFUSED:
                assert REFUSED[root, what] in str(error)
                return None
            cause = error.__cause__ or error
            last = traceback.extract_tb(cause.__traceback__)[-1]
            self.failures.append(f"{root}: {what}: {error!r} at {last.filename}:{last.lineno}")
            return None
        self.done[what] += 1
        return result

    def build(self, root: str, spec: ConcreteSpec, variables: Mapping[str, str]) -> None:
        """Everything that a build asks of a recipe before its phases, and arguments of these."""
        view = self.bound(spec)
        with building(BuildContext(jobs=2, stage_of=lambda pkg: self.stage)):
            prepared = self.call(
                root,
                "build environment",
                lambda: environment.build_variables(
                    view, environment.VariableSettings(), variables
                ),
            )
            builder = self.call(root, "builder", lambda: create_builder(view.package))
            if prepared is None or builder is None:
                return
            with mock.patch.dict(os.environ, prepared.variables, clear=True):
                for name, long in argument_methods(builder).items():
                    ask = functools.partial(asked, builder, name, view, long)
                    result = self.call(root, name, ask)
                    if name.endswith("_args") and result is not None:
                        self.check_arguments(f"{root}: {name}", result)
        for node in view.traverse():
            cls = type(node.package)
            for hook in HOOKS:
                if any(hook in vars(c) and is_of_a_recipe(c) for c in cls.__mro__):
                    self.hooks[hook].add(node.name or "")

    def check_arguments(self, what: str, result: Any) -> None:
        """Arguments are words."""
        if isinstance(result, str) or not all(isinstance(word, str) for word in result):
            self.failures.append(f"{what} gives {result!r}")

    def run(self, root: str, spec: ConcreteSpec) -> None:
        """Prepare the environments of users of the installed package, and of its tests."""
        with building(BuildContext(jobs=2)):
            self.call(
                root, "run environment", lambda: environment.run_modifications([self.bound(spec)])
            )
            graph = environment.BoundGraph([self.bound(spec)])
            environment.prepare_modules(graph, Context.TEST)
            self.call(
                root,
                "test environment",
                lambda: environment.context_modifications(graph, Context.TEST),
            )


def is_of_a_recipe(cls: type) -> bool:
    """Whether a class is in a repository, not in the program."""
    return cls.__module__.startswith("spack_repo.")


# -- the tests -------------------------------------------------------------------------------------


def test_the_choice_is_varied(solved: Solved, public_recipes: Path) -> None:
    modules = public_recipes / "spack_repo" / "builtin" / "build_systems"
    names = {path.stem for path in modules.glob("*.py") if not path.stem.startswith("_")}
    assert set(solved.kinds) >= {*names, "several", "recipe"}
    assert len(solved.specs) >= 120
    used = {spec.variants["build_system"] for spec in solved.specs.values()}
    assert used >= {
        *("autotools", "bundle", "cargo", "cmake", "generic", "go", "lua", "makefile", "maven"),
        *("meson", "octave", "perl", "python_pip", "qmake", "racket", "ruby", "scons", "sip"),
        "waf",
    }
    assert set(solved.errors) == set(FORBIDDEN)
    for text, reason in FORBIDDEN.items():
        assert reason in solved.errors[text]


def test_methods_of_recipes_run(
    solved: Solved, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    trial = Trial(solved, tmp_path)
    variables = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]}
    for root, spec in solved.specs.items():
        trial.build(root, spec, variables)
        trial.run(root, spec)
    assert not trial.failures, "\n".join(trial.failures)
    for what in ("build environment", "run environment", "test environment", "builder"):
        assert trial.done[what] == len(solved.specs)
    assert {name for name in trial.done if name.endswith(("_args", "_settings"))} >= {
        *("cmake_args", "configure_args", "meson_args", "qmake_args", "luarocks_args"),
        *("build_args", "install_args", "std_args", "config_settings"),
    }
    assert {hook: len(names) for hook, names in trial.hooks.items() if len(names) < 20} == {}
