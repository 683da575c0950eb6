"""The concrete specs that the words of a command mean: locked, installed, or solved now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from spack.language.concrete_specs import ConcreteSpec, distinct
from spack.language.matching import satisfies
from spack.language.modes import SolveOptions
from spack.type_names import TYPE_CHECKING
from spack.work.queries.queries import InstalledQuery, find, no_match, parse_words

if TYPE_CHECKING:
    from spack.session.parts import Inventory, SolverParts


def concrete_specs(
    parts: SolverParts, words: Sequence[str], options: SolveOptions = SolveOptions()
) -> list[ConcreteSpec]:
    """Locked specs of the active environment that match, all its roots without words; else solved.

    With ``options.force`` all are solved.

    Raises:
        UsageError: there are no words and no environment.
    """
    from spack.work.answers.finished_solves import concretized

    environment = parts.environment
    if not words or environment is None or options.force:
        return concretized(parts, words, options)
    lock = environment.read_lock()
    nodes = lock.every_spec() if lock is not None else []
    chosen: list[ConcreteSpec] = []
    for wanted in parse_words(words):
        matching = [node for node in nodes if satisfies(node, wanted.spec)]
        if not matching:
            matching = concretized(parts, [wanted.text], options)
        chosen += matching
    return distinct(chosen)


def installed_specs(inventory: Inventory, words: Sequence[str]) -> list[ConcreteSpec]:
    """Every installed spec that matches one of the words.

    Raises:
        NoMatchError: one of them matches nothing.
    """
    chosen: list[ConcreteSpec] = []
    for wanted in parse_words(words):
        found = find(inventory, InstalledQuery((wanted.text,)))
        if not found:
            raise no_match(inventory, wanted.text)
        chosen += [item.spec for item in found]
    return distinct(chosen)


def graph_nodes(specs: Iterable[ConcreteSpec]) -> list[ConcreteSpec]:
    """The specs and everything below them, dependencies first, each once."""
    return distinct(node for spec in specs for node in spec.traverse(order="post"))
