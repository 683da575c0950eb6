"""Differences of two concrete specs, for ``spack diff``."""

from __future__ import annotations

from collections.abc import Sequence

from spack.errors import UsageError
from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec
from spack.named_tuples import NamedTuple
from spack.type_names import TYPE_CHECKING
from spack.work.answers.selection import concrete_specs
from spack.work.queries.queries import NoMatchError, one_installed

if TYPE_CHECKING:
    from spack.session.parts import SolverParts


class Attribute(NamedTuple):
    """Something that is true of a graph: its kind, and words such as package, variant, value."""

    kind: str
    words: tuple[str, ...]


class Difference(NamedTuple):
    """Attributes of both specs, and of only one of them, sorted."""

    first: str
    second: str
    both: tuple[Attribute, ...]
    only_first: tuple[Attribute, ...]
    only_second: tuple[Attribute, ...]


def specs_to_compare(
    parts: SolverParts, texts: Sequence[str], *, first: bool
) -> list[ConcreteSpec]:
    """The two installed specs that are meant; what is not installed is looked up or solved."""
    if len(texts) != 2:
        raise UsageError("diff compares two specs", hint="spack diff zlib@1.2 zlib@1.3")
    found = []
    for text in texts:
        try:
            found.append(one_installed(parts, text, first=first))
        except NoMatchError:
            found.append(concrete_specs(parts, [text])[0])
    return found


def compare(
    a: ConcreteSpec, b: ConcreteSpec, kinds: Sequence[str] = (), ignored: Sequence[str] = ()
) -> Difference:
    """The difference of two graphs.

    Args:
        kinds: only attributes of these kinds; all without.
        ignored: packages that do not count.
    """
    one, two = _attributes(a, kinds, ignored), _attributes(b, kinds, ignored)
    return Difference(
        a.label,
        b.label,
        tuple(sorted(one & two)),
        tuple(sorted(one - two)),
        tuple(sorted(two - one)),
    )


def _attributes(
    root: ConcreteSpec, kinds: Sequence[str], ignored: Sequence[str]
) -> frozenset[Attribute]:
    nodes = [node for node in root.traverse() if node.name not in ignored]
    twice: dict[str, int] = {}
    for node in nodes:
        twice[node.name] = twice.get(node.name, 0) + 1
    found = set()
    for node in nodes:
        # Of two nodes of one package each is told by its version too.
        name = node.name if twice[node.name] == 1 else f"{node.name}@{node.version}"
        for attribute in _of_node(name, node):
            if not kinds or attribute.kind in kinds:
                found.add(attribute)
    return frozenset(found)


def _of_node(name: str, node: ConcreteSpec) -> list[Attribute]:
    found = [
        Attribute("hash", (name, node.dag_hash())),
        Attribute("version", (name, str(node.version))),
        Attribute("platform", (name, node.platform)),
        Attribute("os", (name, node.os)),
        Attribute("target", (name, str(node.target))),
    ]
    if node.namespace:
        found.append(Attribute("namespace", (name, node.namespace)))
    if node.external is not None:
        found.append(Attribute("external", (name, node.external.path or "")))
    for variant, value in node.variants.items():
        values = value if isinstance(value, tuple) else (value,)
        found += [Attribute("variant", (name, variant, str(one))) for one in values]
    for kind, flags in node.flags.items():
        found += [Attribute("flag", (name, kind, str(flag))) for flag in flags]
    found += [Attribute("patch", (name, digest)) for digest in node.patches]
    for edge in node.dependencies:
        types = ",".join(deptypes.to_names(edge.deptypes))
        found.append(Attribute("depends_on", (name, edge.spec.name, types)))
        found += [Attribute("virtual", (name, v, edge.spec.name)) for v in edge.virtuals]
    return found
