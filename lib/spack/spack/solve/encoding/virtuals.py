"""Virtuals: who needs one, who may provide it, and what is asked of the provider."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from spack.language.versions import VersionSet
from spack.solve.asp.instances import instance, package_of
from spack.solve.asp.program import Meaning, meanings
from spack.solve.encoding.nodes import Nodes
from spack.solve.problem.request import LANGUAGES


class Virtuals:
    """Atoms of providers and labels, and the needs of nodes and of the request."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._program = nodes.program
        self._needs: dict[tuple[str, str], list[int]] = {}
        self._parents: dict[str, list[str]] = {}
        self._requested: dict[str, list[int]] = {}
        self._demands: dict[tuple[str, str], dict[VersionSet, list[int]]] = {}
        self._tests: dict[tuple[str, str], dict[VersionSet, int]] = {}
        self._labels: dict[tuple[str, str, str], int] = defaultdict(nodes.program.atom)
        self._providers: dict[tuple[str, str], int] = defaultdict(nodes.program.atom)
        self._used_below: dict[tuple[str, str], int] = defaultdict(nodes.program.atom)
        self._names: dict[str, Sequence[str]] = {}

    def provider(self, virtual: str, key: str) -> int:
        """The package provides the virtual in this answer."""
        return self._providers[virtual, key]

    def label(self, parent: str, virtual: str, child: str) -> int:
        """The edge carries the virtual: the child provides it to the parent."""
        return self._labels[parent, virtual, child]

    def known_provider(self, virtual: str, key: str) -> int | None:
        """The literal :meth:`provider` if somebody asked for it."""
        return self._providers.get((virtual, key))

    def known_label(self, parent: str, virtual: str, child: str) -> int | None:
        """The literal :meth:`label` if somebody asked for it."""
        return self._labels.get((parent, virtual, child))

    def used_below(self, root: str, virtual: str) -> int:
        """The root needs the virtual, or a node that it links or runs does, to be linked or run."""
        return self._used_below[root, virtual]

    def asked_below(self, virtual: str) -> list[tuple[str, int]]:
        """Root and literal of each :meth:`used_below` that somebody asked for."""
        return [(root, atom) for (root, name), atom in self._used_below.items() if name == virtual]

    def labels_of(self, virtual: str) -> list[tuple[str, int]]:
        """Parent and literal of each :meth:`label` of a virtual that somebody asked about."""
        return [(parent, atom) for (parent, v, _), atom in self._labels.items() if v == virtual]

    def provided(self) -> list[tuple[str, str, int]]:
        """Virtual, key and literal of every provider that somebody asked about."""
        return [(virtual, key, atom) for (virtual, key), atom in self._providers.items()]

    # -- who may provide -----------------------------------------------------------------------

    def providers_of(self, virtual: str) -> Sequence[str]:
        """Nodes that may provide the virtual; compilers only for a language."""
        known = self._names.get(virtual)
        if known is None:
            names = self._nodes.world.packages.providers(virtual)
            if virtual in LANGUAGES:
                names = [name for name in names if self._compiles(name, virtual)]
            known = [key for name in names for key in self._nodes.instances(name)]
            self._names[virtual] = known
        return known

    def providers_for(self, parent: str, virtual: str) -> Sequence[str]:
        """Nodes that may provide the virtual to one parent: not the parent itself."""
        package = package_of(parent)
        found: list[str] = []
        for key in self.providers_of(virtual):
            if key != parent:
                found.append(key)
            elif package not in self._nodes.reach.split:
                if self._nodes.candidates.duplicates.nodes(package) > 1:
                    found.append(instance(package, 1))
        return found

    def compiler_of(self, key: str, language: str) -> int:
        """The node is a usable compiler of the language; true of a stub."""
        if self._nodes.is_stub(key):
            return self._nodes.node(key)
        able = {
            compiler.spec.dag_hash()
            for compiler in self._nodes.world.compilers
            if compiler.spec.name == package_of(key) and language in compiler.languages
        }
        rows = self._nodes.opened_rows(key)
        return self._program.any_of(row.literal for row in rows if row.spec.dag_hash() in able)

    def _compiles(self, name: str, language: str) -> bool:
        return any(
            compiler.spec.name == name and language in compiler.languages
            for compiler in self._nodes.world.compilers
        )

    # -- who needs it --------------------------------------------------------------------------

    def need(self, parent: str, virtual: str, literal: int) -> None:
        """The parent needs the virtual when the literal holds."""
        known = self._needs.get((parent, virtual))
        if known is None:
            known = self._needs[parent, virtual] = []
            self._parents.setdefault(virtual, []).append(parent)
        known.append(literal)

    def request(self, virtual: str, *literals: int) -> None:
        """The request names the virtual; an answer has it when one of the literals holds."""
        self._requested.setdefault(virtual, []).extend(literals)

    def parents(self, virtual: str) -> Sequence[str]:
        """Nodes that may need the virtual."""
        return tuple(self._parents.get(virtual, ()))

    def needs(self) -> list[tuple[str, str]]:
        """Nodes with each virtual that they may need."""
        return list(self._needs)

    def may_need(self, parent: str, virtual: str) -> bool:
        """Whether some rule says that the node needs the virtual."""
        return (parent, virtual) in self._needs

    def needed(self, parent: str, virtual: str) -> int:
        """The node needs the virtual."""
        return self._program.any_of(self._needs.get((parent, virtual), ()))

    def requested(self, virtual: str) -> int:
        """An answer has the virtual because of the request."""
        return self._program.any_of(self._requested.get(virtual, ()))

    def in_use(self) -> dict[str, list[int]]:
        """Virtuals that nodes may need or the request names, with the literals of being needed."""
        used: dict[str, list[int]] = {}
        for (_, virtual), literals in self._needs.items():
            used.setdefault(virtual, []).extend(literals)
        for virtual, literals in self._requested.items():
            used.setdefault(virtual, []).extend(literals)
        return used

    def compiled(self) -> list[str]:
        """Nodes that may need a language, by name."""
        return sorted({key for language in LANGUAGES for key in self._parents.get(language, ())})

    def demand(self, virtual: str, provider: str, versions: VersionSet, literal: int) -> None:
        """A version in the range is asked of the provider when the literal holds."""
        known = self._demands.setdefault((virtual, provider), {})
        known.setdefault(versions, []).append(literal)

    def demands(self, virtual: str, provider: str) -> list[tuple[VersionSet, list[int]]]:
        """Ranges that are asked of a provider, with the literals of asking."""
        return list(self._demands.get((virtual, provider), {}).items())

    def version_in(self, virtual: str, provider: str, versions: VersionSet) -> int:
        """The provider gives a version of the virtual in the range; a test asks for none itself."""
        known = self._tests.setdefault((virtual, provider), {})
        if versions not in known:
            known[versions] = self._program.atom()
        return known[versions]

    def tests(self) -> list[tuple[str, str, dict[VersionSet, int]]]:
        """Virtuals and providers with the ranges that somebody tests, and their literals."""
        return [(*place, ranges) for place, ranges in self._tests.items()]

    def meanings(self) -> Iterator[Meaning]:
        """Meanings of the atoms of this table."""
        yield from meanings("label", self._labels)
        yield from meanings("provider", self._providers)
        yield from meanings("used_below", self._used_below)
