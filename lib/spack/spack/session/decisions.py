"""Says what decided: why a package is in an answer, why its version, why not something else.

What else could have been is solved for, and the two costs are compared; where it has no answer, the
clashing constraints are the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

from spack.errors import SpackError, UsageError
from spack.language.matching import satisfies
from spack.language.parser import parse_spec
from spack.language.specs import ConcreteSpec
from spack.session.finished_solves import answer_words, cost_lines, solutions_of
from spack.solve.candidates import Definition
from spack.solve.criteria import BUILT, ROOT_VARIANTS
from spack.solve.explain import UnsatisfiableRequestError
from spack.solve.request import Solution

if TYPE_CHECKING:
    from spack.session.session import Session

#: How many newer versions are looked at.
NEWER = 3


class NotInAnswerError(UsageError):
    """The package is in none of the graphs that were asked about."""


def solved(session: Session, words: Sequence[str]) -> Tuple[List[ConcreteSpec], List[Solution]]:
    found = answer_words(session, words)
    return found.specs, solutions_of(found)


class _Step(NamedTuple):
    """An edge of a path, with the directives of the recipe that ask for it."""

    parent: ConcreteSpec
    child: ConcreteSpec
    directives: Tuple[str, ...]


def why(session: Session, package: str, words: Sequence[str]) -> List[str]:
    """Lines that say why a package is in the answer to a spec, and why in this version.

    Without words the active environment is asked, as it is locked.

    Raises:
        NotInAnswerError: it is in none of the graphs.
        UsageError: no spec and no environment.
    """
    if words:
        roots, solutions = solved(session, words)
        base: Optional[Solution] = solutions[0]
    elif session.environment is not None:
        roots, base = [spec for spec, _ in session.environment.concrete_roots()], None
    else:
        raise UsageError(
            "no spec was given and no environment is active", hint="spack why zlib-ng in hdf5"
        )
    lines: List[str] = []
    for root in roots:
        path = _path(session, root, package)
        if path is None:
            continue
        node = path[-1].child if path else root
        lines.append(f"{root.name}@{root.version} was asked for")
        for step in path:
            lines += [f"  {text}" for text in step.directives] or [
                f"  {step.parent.name} uses {step.child.name}: the compiler brings it"
            ]
        lines.append(f"{node.name}@{node.version}:")
        lines += _about_version(session, words, root, node, base)
    if not lines:
        asked = " ".join(words) or "the environment"
        raise NotInAnswerError(
            f"{package} is not in the answer for {asked}",
            hint=f"spack why-not '{asked} ^{package}'" if words else "spack find -c lists it",
        )
    return lines


def why_not(session: Session, words: Sequence[str]) -> List[str]:
    """Lines that say what speaks against a spec: what it costs more than its name alone.

    Raises:
        UnsatisfiableRequestError: it has no answer; says which constraints clash.
    """
    wanted = parse_spec(" ".join(words))
    if wanted.name is None:
        raise UsageError("the spec has no name", hint="spack why-not hdf5~mpi")
    _, chosen = solved(session, [wanted.name])
    _, forced = solved(session, words)
    if satisfies_request(chosen[0], words):
        return [f"{' '.join(words)} is what {wanted.name} alone gives"]
    lines = [f"{' '.join(words)} can be had; {wanted.name} alone is different:"]
    root = chosen[0].roots[0]
    if root is not None and not wanted.versions.contains(root.version):
        lines.append(f"  version {root.version} is preferred")
    unasked: Dict[str, int] = {}
    for variant in session.repositories.record(root.name).variants if root is not None else ():
        asked = wanted.variants.get(variant.name)
        if asked is not None:
            shown = variant.default if isinstance(variant.default, str) else str(variant.default)
            lines.append(f"  {variant.name} is {shown} by default  [{variant.origin}]")
            definition = Definition(variant)
            unasked[variant.name] = sum(
                definition.penalty(value)
                for value in asked.values
                if value not in definition.defaults
            )
    return [*dict.fromkeys(lines), *_dearer(chosen[0], forced[0], sum(unasked.values()))]


def satisfies_request(solution: Solution, words: Sequence[str]) -> bool:
    """Whether the first root of an answer is what the words ask for."""
    root = solution.roots[0]
    return root is not None and satisfies(root, parse_spec(" ".join(words)))


def _path(session: Session, root: ConcreteSpec, package: str) -> Optional[List[_Step]]:
    """The shortest way from the root to a package, or to what provides it."""
    waiting: List[Tuple[ConcreteSpec, List[_Step]]] = [(root, [])]
    seen = {root.dag_hash()}
    for node, path in waiting:
        provided = {
            v
            for step in path[-1:]
            for e in step.parent.dependencies
            if e.spec is node
            for v in e.virtuals
        }
        if node.name == package or package in provided:
            return path
        for edge in node.dependencies:
            if edge.spec.dag_hash() not in seen:
                seen.add(edge.spec.dag_hash())
                names = {edge.spec.name, *edge.virtuals}
                step = _Step(node, edge.spec, _directives(session, node, names))
                waiting.append((edge.spec, [*path, step]))
    return None


def _directives(session: Session, parent: ConcreteSpec, names: Set[str]) -> Tuple[str, ...]:
    if not session.repositories.exists(parent.name):
        return ()
    return tuple(
        f"{parent.name} depends on {found.spec}"
        + (f" when {found.when}" if found.when is not None and str(found.when) else "")
        + f"  [{found.origin}]"
        for found in session.repositories.record(parent.name).dependencies
        if found.spec.name in names and (found.when is None or satisfies(parent, found.when))
    )


def _about_version(
    session: Session,
    words: Sequence[str],
    root: ConcreteSpec,
    node: ConcreteSpec,
    base: Optional[Solution],
) -> List[str]:
    """What excluded the newest versions that are newer than the chosen one."""
    if node.external is not None:
        return [f"  an external in {node.external.path}"]
    record = session.repositories.record(node.name)
    newer = sorted(
        (v.version for v in record.versions if not v.deprecated and v.version > node.version),
        reverse=True,
    )
    newer = [version for version in newer if not version.isdevelop()][:NEWER]
    if not newer:
        return ["  no newer version is known that is not deprecated"]
    if base is None:
        return [f"  newer ones are known: {', '.join(map(str, newer))}"]
    lines = []
    for version in newer:
        own = node is root
        text = " ".join(words)
        asked = f"{text} ^{node.name}@={version}"
        if own:
            asked = str(parse_spec(text)).replace(node.name, f"{node.name}@={version}", 1)
        try:
            _, other = solved(session, [asked])
        except UnsatisfiableRequestError as error:
            lines.append(f"  not {version}:")
            lines += [
                f"    {r.text}" + (f"  [{r.origin}]" if r.origin else "") for r in error.reasons
            ]
            continue
        except SpackError as error:
            lines += [f"  not {version}:", f"    {error.message}"]
            continue
        lines += [f"  not {version}:", *(f"  {line}" for line in _dearer(base, other[0]))]
    return lines


def _dearer(chosen: Solution, other: Solution, unasked: int = 0) -> List[str]:
    """The first criterion in which two answers differ, with both values.

    ``unasked`` is what the variant values of the other root would cost if nobody asked for them.
    """
    pairs = zip(cost_lines(chosen), cost_lines(other))
    for (priority, kind, name, value), (_, _, _, instead) in pairs:
        if priority == ROOT_VARIANTS + BUILT:
            instead += unasked
        if value != instead:
            more = "worse" if instead > value else "better"
            of = {"build": " (to build)", "reuse": " (there already)"}.get(kind, "")
            return [f"  {name}{of} would be {more}: {value} -> {instead}"]
    return ["  the costs are the same"]
