"""The request for a solve, and the small interfaces through which it sees the rest of Spack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spack.errors import Origin
from spack.language.concrete_specs import ConcreteSpec, distinct
from spack.language.modes import Tests
from spack.language.specs import Located, Spec
from spack.language.toolchains import Definition
from spack.language.versions import GitVersion, Version
from spack.named_tuples import NamedTuple
from spack.recipes.records.package_records import PackageRecord, PatchRecord
from spack.type_names import Callable

#: Virtuals that stand for a programming language; only concrete compilers provide them.
LANGUAGES = ("c", "cxx", "fortran")

#: The package hash of a finished node with the patches applied to it; "" for none.
ContentHash = Callable[[ConcreteSpec, Sequence[PatchRecord]], str]


class Packages:
    """Recipes as the solver sees them. The repository implements it; tests pass a fake."""

    def record(self, name: str) -> PackageRecord:
        """The record of a package; raises for an unknown one."""
        raise KeyError(name)

    def exists(self, name: str) -> bool:
        """Whether a recipe of that name exists."""
        return False

    def is_virtual(self, name: str) -> bool:
        """Whether some recipe provides that name."""
        return False

    def providers(self, virtual: str) -> Sequence[str]:
        """Names of the packages that may provide a virtual."""
        return ()

    def provided_by(self, name: str) -> Sequence[str]:
        """Virtuals that the package may provide."""
        return ()

    def dependents(self, name: str, mask: int) -> Sequence[str]:
        """Names of the packages with a dependency of one of the types on a package or virtual."""
        return ()

    def demanding(self, name: str, variant: str, value: bool | str) -> Sequence[str]:
        """Packages with a directive that demands a value of a package or virtual.

        Or that demands any value; where the value is a word, also another one.
        """
        return ()

    def unknown_name_hint(self, name: str) -> str:
        """Suggest something instead of a name that no package and no virtual has."""
        return ""

    def git_version(self, name: str, version: GitVersion) -> GitVersion:
        """A git reference of a package with the version that it counts as; raises SpackError."""
        return version

    def commit_of(self, name: str, version: Version) -> str | None:
        """The commit that a branch or tag of a package is at; None where that is unknown."""
        return None


class Host(NamedTuple):
    """The machine that the answer is for. ``targets`` are candidates, most preferred first."""

    platform: str
    os: str
    targets: tuple[str, ...]
    family: str


class Compiler(NamedTuple):
    """A usable compiler: an external or installed node, its languages and the libc it targets.

    ``origin`` is where it is configured.
    """

    spec: ConcreteSpec
    languages: frozenset[str]
    libc: ConcreteSpec | None
    targets: frozenset[str]
    origin: Origin | None = None

    @property
    def name(self) -> str:
        """Package and version."""
        return f"{self.spec.name}@{self.spec.version}"

    def __str__(self) -> str:
        """Name and version, with the place of its entry."""
        return self.name if self.origin is None else f"{self.name} [{self.origin}]"


class Group(NamedTuple):
    """A requirement group: members in order of preference, ``one_of`` or ``any_of`` them.

    A member that is None always holds (the weak end of a preference). A ``shared`` group comes from
    ``packages:all`` and leaves out what means nothing for a package. ``toolchains`` are the names
    in its text that stood for what the members say.
    """

    policy: str
    members: tuple[Spec | None, ...]
    when: Spec | None
    message: str | None
    origin: Origin
    shared: bool = False
    toolchains: tuple[str, ...] = ()

    @property
    def forbids(self) -> bool:
        """Whether no member may hold: one of them and what always holds, as of ``conflict:``."""
        return self.policy == "one_of" and None in self.members


class Preferences(NamedTuple):
    """``packages.yaml`` for one package, with every text parsed."""

    groups: tuple[Group, ...] = ()
    versions: tuple[Spec, ...] = ()
    variants: tuple[Spec, ...] = ()
    buildable: bool = True
    buildable_origin: Origin | None = None
    versions_origin: Origin | None = None


class World(NamedTuple):
    """Everything a solve depends on beside the request itself.

    Attributes:
        max_duplicates: nodes of one build tool, or providers of one language, by name.
        duplicates: the strategy: ``none``, ``minimal`` or ``full``.
        require_checksum: whether versions whose source nothing pins are left out.
        compiler_mixing: whether the root set may have several compilers of a language; if not, the
            packages that are exempt.
        mixing_origin: where that is written.
        develop: what holds for packages built from local sources: their spec with ``dev_path``.
        reuse_roots: whether a requested root may be a reused spec; if not, nothing that holds it.
        toolchains: definitions of names that stand for constraints in requests.
        splicing: whether dependencies of reused specs may be exchanged (``can_splice``).
        duplicates_origins: places of the limits, and of the ``strategy``.
        preferred_compilers: groups of usable compilers for a package, or ``all`` others, to be
            compiled by.
    """

    packages: Packages
    host: Host
    preferences: Mapping[str, Preferences]
    providers: Mapping[str, tuple[str, ...]]
    compilers: tuple[Compiler, ...]
    concrete: Mapping[str, Sequence[ConcreteSpec]]
    rejected: Mapping[str, tuple[str, ...]] = {}
    max_duplicates: Mapping[str, int] = {}
    duplicates: str = "minimal"
    allow_deprecated: bool = False
    require_checksum: bool = False
    compiler_mixing: bool | tuple[str, ...] = True
    mixing_origin: Origin | None = None
    develop: Mapping[str, Located] = {}
    reuse_roots: bool = True
    toolchains: Mapping[str, Definition] = {}
    splicing: bool = False
    preferred_compilers: Mapping[str, Group] = {}
    duplicates_origins: Mapping[str, Origin] = {}

    def compilers_for(self, language: str) -> tuple[Compiler, ...]:
        """The usable compilers of a language."""
        return tuple(c for c in self.compilers if language in c.languages)

    def preferences_of(self, name: str) -> Preferences:
        """Preferences of a package, falling back to those of ``all``."""
        own = self.preferences.get(name)
        if own is not None:
            return own
        return self.preferences.get("all", Preferences())


class Request(NamedTuple):
    """Roots that are solved together, and which packages get their test dependencies.

    With ``optional`` as many roots as possible are solved, at least one. ``fixed`` are concrete
    roots beside which the others must be able to stand; they are not part of the answer.
    ``keep_problem`` asks for the text of the program that was solved. ``timeout`` is in seconds,
    None for no limit; with ``error_on_timeout`` only the best answer will do, without it the best
    one that was found in time.
    """

    roots: tuple[Located, ...]
    tests: Tests = Tests()
    optional: bool = False
    fixed: tuple[ConcreteSpec, ...] = ()
    keep_problem: bool = False
    timeout: float | None = None
    error_on_timeout: bool = True


class Statistics(NamedTuple):
    """Cost of a solve: rounds, expanded packages, rules, seconds per phase."""

    rounds: int
    expanded: int
    rules: int
    seconds: Mapping[str, float]


class Solution(NamedTuple):
    """Concrete roots in the order of the request, the cost by priority, and the statistics.

    A root is None only where the request was optional and it could not be solved with the others.
    Not ``optimal`` where time ran out and the best answer so far was asked for; ``bounds`` say by
    priority what any answer costs at least, as far as that is known. ``problem`` is the
    program of the last round for clingo, if the request asked for it. ``packages`` are the names
    of the packages whose recipes were looked at, with the namespace where the request named one.
    """

    roots: tuple[ConcreteSpec | None, ...]
    costs: Mapping[int, int]
    statistics: Statistics
    optimal: bool = True
    problem: str = ""
    packages: frozenset[str] = frozenset()
    bounds: Mapping[int, int] = {}

    def nodes(self) -> list[ConcreteSpec]:
        """All nodes, each once, roots first."""
        roots = (root for root in self.roots if root is not None)
        return distinct(node for root in roots for node in root.traverse())


WRAPPER = "compiler-wrapper"
RUNTIMES = {"gcc": "gcc-runtime", "intel-oneapi-compilers": "intel-oneapi-runtime"}


def runtime_packages(world: World) -> set[str]:
    """Names of the packages that the usable compilers inject and that exist as recipes."""
    names: set[str] = set()
    for compiler in world.compilers:
        names.add(WRAPPER)
        if compiler.spec.name in RUNTIMES:
            names.add(RUNTIMES[compiler.spec.name])
        if compiler.libc is not None:
            names.add(compiler.libc.name)
    return {name for name in names if world.packages.exists(name)}
