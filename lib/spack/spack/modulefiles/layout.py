"""The place and the name of the module file of each spec.

Tcl files are in ``<root>/<platform-os-target>/``. Lua files are in a hierarchy: a package is seen
once the compiler that built it is loaded, and the providers of those virtuals (levels) that it
needs::

    <root>/<platform-os-family>/Core/NAME
    <root>/<platform-os-family>/gcc/12.2.0/NAME
    <root>/<platform-os-family>/openmpi/5.0.5-abcdefg/gcc/12.2.0/NAME
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import combinations

from spack.config.settings.module_settings import ModuleSetSettings
from spack.errors import ConfigurationError, SpackError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.deptypes import LINK, RUN
from spack.language.formatting import format_path, format_spec
from spack.language.targets import family
from spack.modulefiles.rules import RecipeFacts, RuleBook, SpecRules
from spack.named_tuples import NamedTuple
from spack.recipes.source_requirements import LANGUAGES

#: The level of compilers, which every hierarchy has.
COMPILER = "compiler"

#: The folder of what needs no compiler to be loaded.
CORE = "Core"

_PROJECTIONS = {
    "tcl": "{name}/{version}-{compiler.name}-{compiler.version}",
    "lmod": "{name}/{version}",
}

#: Characters of the hash in names of hidden files, whatever the settings say: nobody types them.
_HIDDEN_HASH = 7


class FilePlace(NamedTuple):
    """The place of a module file, and its name for the module command.

    ``folder`` is the directory that is put into ``MODULEPATH``.
    """

    use_name: str
    folder: str
    path: str
    hidden: bool = False


#: Levels that must be taken, and the parts of a path: a text, or where it is empty the provider of
#: a level.
Condition = tuple[tuple[str, ...], tuple[tuple[str, str], ...]]


class Unlocked(NamedTuple):
    """The folders that the file of a provider opens.

    Attributes:
        provides: levels of the hierarchy.
        name, version: of the provider, as they are in paths.
        always: folders that are opened in any case.
        missing: levels that other packages may provide.
        conditional: folders that are opened if other packages provide what is missing.
    """

    provides: tuple[str, ...] = ()
    name: str = ""
    version: str = ""
    always: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    conditional: tuple[Condition, ...] = ()


class TclLayout:
    """Names and places of Tcl files."""

    kind = "tcl"
    extension = ""

    def __init__(self, settings: ModuleSetSettings, rules: RuleBook, virtuals: RecipeFacts) -> None:
        self.settings = settings
        self.root = settings.roots[self.kind]
        self.rules = rules
        self.virtuals = virtuals

    def place(self, node: ConcreteSpec, rules: SpecRules, explicit: bool) -> FilePlace:
        """The place of the file of a node."""
        hidden = self.rules.is_hidden(node, explicit) and not self.opens(node)
        name = self._use_name(node, rules, hidden)
        folder = self.folder(node)
        return FilePlace(name, folder, os.path.join(folder, name) + self.extension, hidden)

    def opens(self, node: ConcreteSpec) -> bool:
        """Whether the file of a node makes others visible."""
        return False

    def folder(self, node: ConcreteSpec) -> str:
        """The directory that must be in ``MODULEPATH`` for the file of a node."""
        if not self.settings.arch_folder:
            return self.root
        return os.path.join(self.root, str(node.arch))

    def _use_name(self, node: ConcreteSpec, rules: SpecRules, hidden: bool) -> str:
        projection = self.rules.projection(node) or _PROJECTIONS[self.kind]
        length = _HIDDEN_HASH if hidden else self.rules.settings.hash_length
        try:
            parts = [format_path(node, projection)]
            parts += [format_spec(node, suffix) for suffix in rules.suffixes]
        except SpackError as error:
            error.origin = error.origin or self.rules.settings.origin
            raise
        if length:
            parts.append(node.dag_hash(length))
        return "-".join(part for part in parts if part)


class LmodLayout(TclLayout):
    """Names and places of Lua files.

    Raises:
        ConfigurationError: a level is not a virtual.
    """

    kind = "lmod"
    extension = ".lua"

    def __init__(self, settings: ModuleSetSettings, rules: RuleBook, virtuals: RecipeFacts) -> None:
        super().__init__(settings, rules, virtuals)
        levels = list(dict.fromkeys(rules.settings.hierarchy))
        self.levels = levels if COMPILER in levels else [*levels, COMPILER]
        self._virtual_levels = [level for level in self.levels if level != COMPILER]
        unknown = [level for level in self._virtual_levels if not virtuals.known(level)]
        if unknown:
            raise ConfigurationError(
                f"the levels of a hierarchy are virtuals, not {', '.join(unknown)}",
                origin=rules.settings.origin,
                hint=f"correct modules:{settings.name}:lmod:hierarchy",
            )
        self._parts: dict[str, dict[str, str]] = {}

    def opens(self, node: ConcreteSpec) -> bool:
        if self.virtuals.compiles(node.name):
            return True
        return any(self._provides(node, level) for level in self._virtual_levels)

    def folder(self, node: ConcreteSpec) -> str:
        if self.rules.is_core(node):
            return os.path.join(self._base(node), CORE)
        return os.path.join(self._base(node), *self._in_order(self._needs(node)))

    def _base(self, node: ConcreteSpec) -> str:
        if not self.settings.arch_folder:
            return self.root
        return os.path.join(self.root, f"{node.platform}-{node.os}-{family(str(node.target))}")

    def _in_order(self, parts: Mapping[str, str]) -> list[str]:
        return [parts[level] for level in self.levels if level in parts]

    def _needs(self, node: ConcreteSpec) -> dict[str, str]:
        """Part of the path of each level that must be loaded before a node."""
        known = self._parts.get(node.dag_hash())
        if known is None:
            known = self._parts[node.dag_hash()] = self._parts_of(node)
        return known

    def _parts_of(self, node: ConcreteSpec) -> dict[str, str]:
        compiler = compiler_of(node)
        is_core = compiler is None or self.rules.is_core_compiler(compiler)
        parts = {COMPILER: CORE if is_core or compiler is None else _compiler_part(compiler)}
        left_out = self.rules.left_out_levels(node)
        for level in self._virtual_levels:
            if level not in left_out and not self._provides(node, level):
                provider = provider_of(node, level)
                if provider is not None:
                    parts[level] = _provider_part(provider)
        return parts

    def _provides(self, node: ConcreteSpec, level: str) -> bool:
        return self.virtuals.provided(node, level) is not None

    def unlocked(self, node: ConcreteSpec) -> Unlocked:
        """The folders that the file of a node opens."""
        base = self._base(node)
        if self.virtuals.compiles(node.name):
            part = CORE if self.rules.is_core_compiler(node) else _compiler_part(node)
            return Unlocked((COMPILER,), always=(os.path.join(base, part),))
        own = [level for level in self._virtual_levels if self._provides(node, level)]
        if not own:
            return Unlocked()
        needed = dict(self._needs(node))
        compilers = [needed.pop(COMPILER)]
        if self.rules.is_core(node) and CORE not in compilers:
            compilers.append(CORE)
        missing = [level for level in self._virtual_levels if level not in (*own, *needed)]
        always: dict[str, None] = {}
        conditional: dict[Condition, None] = {}
        # A dependent needs some of what this package provides, perhaps not what this one needs.
        for compiler in compilers:
            for some in _some_of(own):
                for below in ({}, needed):
                    parts = dict(below)
                    parts.update(dict.fromkeys(some, _provider_part(node)), compiler=compiler)
                    always[os.path.join(base, *self._in_order(parts))] = None
                    for others in _some_of(missing):
                        taken = {**parts, **dict.fromkeys(others, "")}
                        path = tuple((taken[v], v) for v in self.levels if v in taken)
                        conditional[others, ((base, ""), *path)] = None
        name, version = _provider_part(node).split("/", 1)
        return Unlocked(
            tuple(own), name, version, tuple(always), tuple(missing), tuple(conditional)
        )


def _some_of(levels: Sequence[str]) -> list[tuple[str, ...]]:
    """Every choice of at least one level, the small ones first."""
    return [some for count in range(1, len(levels) + 1) for some in combinations(levels, count)]


def _compiler_part(compiler: ConcreteSpec) -> str:
    return f"{compiler.name}/{compiler.version}"


def _provider_part(provider: ConcreteSpec) -> str:
    return f"{provider.name}/{provider.version}-{provider.dag_hash(7)}"


def provider_of(node: ConcreteSpec, virtual: str) -> ConcreteSpec | None:
    """The provider of a virtual that a node links or runs, itself or below."""
    for below in node.traverse(LINK | RUN):
        for edge in below.edges(LINK | RUN):
            if virtual in edge.virtuals:
                return edge.spec
    return None


def compiler_of(node: ConcreteSpec) -> ConcreteSpec | None:
    """The compiler of a node, or of the first below it that has one."""
    for below in node.traverse(LINK | RUN):
        for language in LANGUAGES:
            for edge in below.dependencies:
                if language in edge.virtuals:
                    return edge.spec
    return None
