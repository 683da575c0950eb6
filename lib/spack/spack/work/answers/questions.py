"""Questions of commands to the solver, as values: equal questions have equal answers.

Knows how questions are told apart and split, not how they are answered.
"""

from __future__ import annotations

from collections.abc import Sequence

from spack.errors import UsageError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.deptypes import LINK, RUN
from spack.language.modes import SolveOptions, Unify
from spack.language.specs import Located
from spack.named_tuples import NamedTuple
from spack.type_names import TYPE_CHECKING, Any
from spack.work.queries.queries import parse_words

if TYPE_CHECKING:
    from spack.session.parts import Inventory


class Question(NamedTuple):
    """Roots that are to be concretized, and how.

    Attributes:
        roots: hashes in them are whole ones, see :func:`.reusable.resolve_hashes`.
        options: as given; the names of roots are filled in where tests are theirs.
        locked: specs of the active environment that may be reused, None for those of its lock.
        fixed: concrete roots beside which the others must be able to stand.
        candidates: further specs that may be chosen instead of building, with all below them.
        needed: specs of solves before this one, which may be chosen with what they link and run.
    """

    roots: tuple[Located, ...]
    unify: Unify = Unify.SEPARATELY
    options: SolveOptions = SolveOptions()
    locked: tuple[ConcreteSpec, ...] | None = None
    fixed: tuple[ConcreteSpec, ...] = ()
    candidates: tuple[ConcreteSpec, ...] = ()
    needed: tuple[ConcreteSpec, ...] = ()

    def parts(self) -> list[Question]:
        """Questions that are answered independently of each other, in the order of the roots."""
        if self.unify is not Unify.SEPARATELY:
            return [self]
        return [self._replace(roots=(root,), fixed=()) for root in self.roots]

    def facts(self) -> list[Any]:
        """Plain data that differs where the answer could."""
        alone = len(self.roots) == 1 and not self.fixed
        reuse, tests = self.options.reuse, self.options.tests
        return [
            [str(root.spec) for root in self.roots],
            True if alone else self.unify.value,
            sorted(tests.names) if tests.roots else tests.every,
            None if reuse is None else reuse.value,
            self.options.deprecated,
            None if self.locked is None else _hashes(self.locked),
            _hashes(self.fixed),
            _hashes(self.candidates),
            *([_hashes(self.needed)] if self.needed else ()),
        ]

    def offered(self) -> list[ConcreteSpec]:
        """Every node that may be chosen because the question says so."""
        nodes = [node for spec in self.candidates for node in spec.traverse()]
        return nodes + [n for spec in self.needed for n in spec.traverse(LINK | RUN)]


def _hashes(specs: Sequence[ConcreteSpec]) -> list[str]:
    return sorted(spec.dag_hash() for spec in specs)


def question_of(
    inventory: Inventory,
    roots: Sequence[Located],
    unify: Unify,
    options: SolveOptions,
    *,
    locked: Sequence[ConcreteSpec] | None = None,
    fixed: Sequence[ConcreteSpec] = (),
    needed: Sequence[ConcreteSpec] = (),
) -> Question:
    """The question about roots, with their hashes looked up.

    Raises:
        NoMatchError, AmbiguousError: of a hash.
        UsageError: a root without a name.
    """
    named: Sequence[ConcreteSpec] = ()
    if any(part.abstract_hash for root in roots for part in root.spec.traverse()):
        from spack.work.answers.reusable import resolve_hashes

        roots, named = resolve_hashes(inventory.store, inventory.environment, roots)
    for root in roots:
        if not root.spec.name:
            raise UsageError(
                f"'{root.text}' does not name a package",
                origin=root.origin,
                hint="start the spec with a name, such as zlib+pic",
            )
    tests = options.tests.with_roots(root.spec.name or "" for root in roots)
    return Question(
        tuple(roots),
        unify,
        options._replace(tests=tests),
        None if locked is None else tuple(locked),
        tuple(fixed),
        tuple(named),
        tuple(needed),
    )


def question_in_words(
    inventory: Inventory, words: Sequence[str], options: SolveOptions = SolveOptions()
) -> Question:
    """The question about specs from the command line, together if ``concretizer:unify`` says so.

    Raises:
        UsageError: there are none.
    """
    roots = parse_words(words)
    if not roots:
        raise UsageError("no specs given", hint="spack spec zlib")
    unify = inventory.settings.concretizer.unify
    return question_of(inventory, roots, unify, options, locked=() if options.force else None)
