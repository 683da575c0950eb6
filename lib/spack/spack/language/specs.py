"""Abstract specs: what a user asks for, a set of constraints on a root and on the nodes below it.

A :class:`Spec` is an immutable value: the functions of :mod:`spack.language.matching` return new
ones. Its text, which the parser reads back, is made here. What was decided is another type,
:class:`spack.language.concrete_specs.ConcreteSpec`. Knows no store, no recipe and no host.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from spack.errors import Origin
from spack.language import deptypes as dt
from spack.language.versions import GitVersion, Version, VersionSet
from spack.named_tuples import NamedTuple
from spack.type_names import Any, ClassVar

#: The six compiler flag types, in the order of the node dictionary.
FLAG_TYPES = ("cflags", "cppflags", "cxxflags", "fflags", "ldflags", "ldlibs")

#: Names that compilers had before they were packages; only ``%`` edges translate them.
LEGACY_COMPILER_NAMES: Mapping[str, str] = {
    "arm": "acfl",
    "clang": "llvm",
    "intel": "intel-oneapi-compilers-classic",
    "oneapi": "intel-oneapi-compilers",
    "rocmcc": "llvm-amdgpu",
}

_LEGACY_OF_PACKAGE = {package: name for name, package in LEGACY_COMPILER_NAMES.items()}

_PLAIN_VALUE = re.compile(r"[A-Za-z0-9_,./-]+")
_BACKSLASH_TO_ESCAPE = re.compile(r"\\(?=[\\'\"]|\Z)")


def quoted(value: str) -> str:
    """``value`` as the parser reads it back: bare when it can be, else in quotes."""
    if _PLAIN_VALUE.fullmatch(value):
        return value
    mark = '"' if "'" in value else "'"
    return mark + _BACKSLASH_TO_ESCAPE.sub(r"\\\\", value).replace(mark, "\\" + mark) + mark


def direct_name(package: str) -> str:
    """The name that ``%`` edges print for a package: compilers keep the name users know."""
    return _LEGACY_OF_PACKAGE.get(package, package)


class VariantConstraint(NamedTuple):
    """``+x``, ``x=a,b``, ``x:=a``, ``x=*`` and their propagating forms in an abstract spec.

    ``values`` is ``(True,)`` or ``(False,)`` for booleans, ``("*",)`` for any value, else sorted
    words. ``exact`` is the ``:=`` form: exactly these values.
    """

    name: str
    values: tuple[bool | str, ...]
    exact: bool = False
    propagate: bool = False

    @property
    def is_boolean(self) -> bool:
        return self.values[0].__class__ is bool

    @property
    def is_any(self) -> bool:
        """Whether this is ``x=*``: present, with whatever value."""
        return self.values == ("*",)

    @property
    def value_text(self) -> str:
        """The values joined by commas, booleans as ``True`` and ``False``."""
        return ",".join(str(value) for value in self.values)

    def __str__(self) -> str:
        """``+x``, ``~~x`` or ``x:=a,b``."""
        if self.is_boolean:
            sign = "+" if self.values[0] else "~"
            return f"{sign * 2 if self.propagate else sign}{self.name}"
        sign = (":" if self.exact else "") + ("==" if self.propagate else "=")
        return f"{self.name}{sign}{quoted(self.value_text)}"


class FlagConstraint(NamedTuple):
    """One compiler flag of an abstract spec; ``group`` numbers the text it was written in."""

    flag: str
    propagate: bool = False
    group: str = ""


class Edge(NamedTuple):
    """A dependency constraint of an abstract spec.

    ``sigil`` is ``^`` (anywhere below the root), ``%`` (direct) or ``%%`` (direct, and preferred
    below). ``deptypes`` is 0 when none were given.
    """

    sigil: str
    spec: Spec
    deptypes: int = 0
    virtuals: tuple[str, ...] = ()
    when: Spec | None = None

    @property
    def direct(self) -> bool:
        """Whether the dependency is one of the node itself."""
        return self.sigil[0] == "%"

    def __str__(self) -> str:
        """The dependency with its sigil and attributes, without what hangs below its node."""
        return edge_text(self.sigil, self.spec, self.deptypes, self.virtuals, self.when)


class Spec:
    """An abstract spec. Attributes that are not constrained are empty, never None but for names.

    Attributes:
        name: package or virtual name, None for an anonymous spec, ``*`` is kept as anonymous.
        namespace: recipe repository, or None.
        versions: a :class:`VersionSet`; :data:`VersionSet.ANY` when not constrained.
        variants: name to :class:`VariantConstraint`, sorted by name.
        flags: flag type to a tuple of :class:`FlagConstraint`.
        platform, os: word or None.
        target: target constraint text (``zen2``, ``x86_64:,zen``) or None.
        abstract_hash: prefix of a DAG hash (the ``/abc`` form), or None.
        dependencies: tuple of :class:`Edge`; ``^`` edges sit on the root only.
    """

    __slots__ = (
        "_hash",
        "_key",
        "_text",
        "abstract_hash",
        "dependencies",
        "flags",
        "name",
        "namespace",
        "os",
        "platform",
        "target",
        "variants",
        "versions",
    )

    concrete: ClassVar[bool] = False

    def __init__(
        self,
        name: str | None = None,
        *,
        namespace: str | None = None,
        versions: VersionSet = VersionSet.ANY,
        variants: Mapping[str, VariantConstraint] | None = None,
        flags: Mapping[str, tuple[FlagConstraint, ...]] | None = None,
        platform: str | None = None,
        os: str | None = None,
        target: str | None = None,
        abstract_hash: str | None = None,
        dependencies: tuple[Edge, ...] = (),
    ) -> None:
        self.name = name
        self.namespace = namespace
        self.versions = versions
        self.variants: Mapping[str, VariantConstraint] = variants or {}
        self.flags: Mapping[str, tuple[FlagConstraint, ...]] = flags or {}
        self.platform = platform
        self.os = os
        self.target = target
        self.abstract_hash = abstract_hash
        self.dependencies = dependencies
        self._key: tuple[Any, ...] | None = None
        self._text: str | None = None
        self._hash: int | None = None

    @property
    def fullname(self) -> str:
        """``namespace.name``, or what there is of it."""
        if self.namespace and self.name:
            return f"{self.namespace}.{self.name}"
        return self.name or ""

    @property
    def version(self) -> Version | None:
        """The version when the constraint allows exactly one."""
        return self.versions.concrete

    @property
    def key(self) -> tuple[Any, ...]:
        """The key that equality compares; the order in which edges were written does not matter."""
        if self._key is None:
            self._key = (
                self.name or "",
                self.namespace or "",
                self.versions.pieces,
                tuple(sorted(self.variants.items())) if self.variants else (),
                tuple(
                    (kind, tuple(flag[:2] for flag in self.flags[kind]))
                    for kind in FLAG_TYPES
                    if self.flags.get(kind)
                )
                if self.flags
                else (),
                self.platform or "",
                self.os or "",
                self.target or "",
                self.abstract_hash or "",
                tuple(sorted(map(_edge_key, self.dependencies), key=repr))
                if len(self.dependencies) > 1
                else tuple(map(_edge_key, self.dependencies)),
            )
        return self._key

    def replace(self, **changes: Any) -> Spec:
        """A copy with some attributes changed."""
        values: dict[str, Any] = {
            "name": self.name,
            "namespace": self.namespace,
            "versions": self.versions,
            "variants": self.variants,
            "flags": self.flags,
            "platform": self.platform,
            "os": self.os,
            "target": self.target,
            "abstract_hash": self.abstract_hash,
            "dependencies": self.dependencies,
        }
        values.update(changes)
        return Spec(**values)

    def without_dependencies(self) -> Spec:
        """The constraints on the root alone."""
        return self.replace(dependencies=()) if self.dependencies else self

    def single_constraints(self) -> Iterator[Spec]:
        """The constraints on the root alone, each as a spec of that name; all flags are one."""
        for variant, constraint in self.variants.items():
            yield Spec(self.name, variants={variant: constraint})
        if not self.versions.is_any:
            yield Spec(self.name, versions=self.versions)
        words = {w: getattr(self, w) for w in ("namespace", "platform", "os", "target")}
        words.update(abstract_hash=self.abstract_hash, flags=self.flags)
        for word, value in words.items():
            if value:
                yield Spec(self.name, **{word: value})

    def traverse(self) -> Iterator[Spec]:
        """The root, then every dependency constraint below it, in the order written."""
        yield self
        for edge in self.dependencies:
            yield from edge.spec.traverse()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Spec):
            return self is other or self.key == other.key
        return NotImplemented

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(self.key)
        return self._hash

    def __str__(self) -> str:
        """The spec as text; parsing it gives an equal spec."""
        if self._text is None:
            self._text = (node_text(self) + dependencies_text(self)).lstrip()
        return self._text

    def __repr__(self) -> str:
        return f"Spec({str(self)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (
            _spec_from_state,
            (
                self.name,
                self.namespace,
                self.versions,
                dict(self.variants),
                dict(self.flags),
                self.platform,
                self.os,
                self.target,
                self.abstract_hash,
                self.dependencies,
            ),
        )


def _spec_from_state(
    name: str | None,
    namespace: str | None,
    versions: VersionSet,
    variants: Mapping[str, VariantConstraint],
    flags: Mapping[str, tuple[FlagConstraint, ...]],
    platform: str | None,
    os: str | None,
    target: str | None,
    abstract_hash: str | None,
    dependencies: tuple[Edge, ...],
) -> Spec:
    return Spec(
        name,
        namespace=namespace,
        versions=versions,
        variants=variants,
        flags=flags,
        platform=platform,
        os=os,
        target=target,
        abstract_hash=abstract_hash,
        dependencies=dependencies,
    )


def _edge_key(edge: Edge) -> tuple[Any, ...]:
    return (
        edge.sigil,
        edge.spec.key,
        edge.deptypes,
        tuple(sorted(edge.virtuals)),
        edge.when.key if edge.when is not None else (),
    )


# -- abstract specs as text ------------------------------------------------------------------------


def flags_text(flags: Mapping[str, tuple[FlagConstraint, ...]]) -> str:
    """All flags with a leading blank each, such as `` cflags='-O2 -g' ldflags==-s``."""
    text = ""
    for kind in FLAG_TYPES:
        run: list[str] = []
        propagate = False
        for flag in flags.get(kind, ()):
            if run and flag.propagate != propagate:
                text += f" {kind}{'==' if propagate else '='}{quoted(' '.join(run))}"
                run = []
            propagate = flag.propagate
            run.append(flag.flag)
        if run:
            text += f" {kind}{'==' if propagate else '='}{quoted(' '.join(run))}"
    return text


def variants_text(variants: Iterable[VariantConstraint]) -> str:
    """Boolean variants side by side, then the others with a leading blank each."""
    ordered = sorted(variants)
    signs = "".join(str(variant) for variant in ordered if variant.is_boolean)
    return signs + "".join(f" {variant}" for variant in ordered if not variant.is_boolean)


def versions_text(versions: VersionSet) -> str:
    """``@1.2:``, or nothing when every version is allowed."""
    return "" if versions.is_any else f"@{versions}"


def node_text(spec: Spec, name: str | None = None) -> str:
    """The constraints on the root alone; ``name`` replaces its name."""
    if name is None:
        name = spec.fullname
    text = name + versions_text(spec.versions)
    # A bare value or a git reference would swallow the "/" of a hash.
    absorbs = any(isinstance(piece, GitVersion) for piece in spec.versions.pieces)
    flags = flags_text(spec.flags)
    variants = variants_text(spec.variants.values())
    if flags:
        text += flags
        absorbs = True
        if variants[:1] in ("+", "~"):
            text += " "
    text += variants
    if variants:
        absorbs = " " in variants
    if not name and spec.namespace:
        text += f" namespace={quoted(spec.namespace)}"
        absorbs = True
    for key, value in (("platform", spec.platform), ("os", spec.os), ("target", spec.target)):
        if value:
            text += f" {key}={_target_text(value) if key == 'target' else quoted(value)}"
            absorbs = True
    if spec.abstract_hash:
        text += f" /{spec.abstract_hash}" if absorbs else f"/{spec.abstract_hash}"
    return text if name else text.lstrip()


def _target_text(target: str) -> str:
    return target if _PLAIN_VALUE.fullmatch(target.replace(":", "")) else quoted(target)


def edge_text(
    sigil: str,
    spec: Spec,
    deptypes: int = 0,
    virtuals: Iterable[str] = (),
    when: Spec | None = None,
) -> str:
    """One dependency with sigil and attributes: ``%c,cxx=gcc@12``, ``^[when='+x'] b``."""
    attributes = []
    if when is not None:
        mark = str(when)
        attributes.append("when=" + (quoted(mark) if "=" in mark or " " in mark else _when(mark)))
    if deptypes:
        attributes.append("deptypes=" + ",".join(dt.to_names(deptypes)))
    bound = ",".join(sorted(virtuals))
    name = spec.fullname
    if sigil[0] == "%" and not spec.namespace:
        name = direct_name(name)
    text = node_text(spec, name)
    if not name and text[:1] not in ("@", "+", "~"):
        text = f"* {text}" if text and text[0] != "/" else f"*{text}"
    elif not name and bound:
        text = f"*{text}"
    if bound and name:
        text = f"{bound}={text}"
    elif bound:
        attributes.append(f"virtuals={bound}")
    if attributes:
        return f"{sigil}[{' '.join(attributes)}] {text}"
    return f"{sigil}{text}"


def _when(text: str) -> str:
    return "'" + text + "'" if "'" not in text else quoted(text)


def dependencies_text(spec: Spec) -> str:
    """Direct dependencies, then transitive ones with their own direct ones, each after a blank.

    Edges that differ only in their virtuals are printed as one.
    """
    merged: dict[tuple[Any, ...], list[str]] = {}
    for edge in spec.dependencies:
        key = (edge.sigil, edge.spec, edge.deptypes, edge.when)
        merged.setdefault(key, []).extend(edge.virtuals)
    texts = []
    for (sigil, child, deptypes, when), virtuals in merged.items():
        text = edge_text(sigil, child, deptypes, set(virtuals), when)
        below = dependencies_text(child)
        if sigil[0] == "%" and below:
            # What follows a "%" belongs to its parent; a "^" to the same child takes it.
            again = edge_text("^", Spec(child.name, namespace=child.namespace), deptypes, (), when)
            texts.append((True, child.name or "", again, f" {again}{below}"))
            below = ""
        texts.append((sigil[0] == "^", child.name or "", text, f" {text}{below}"))
    return "".join(text for _, _, _, text in sorted(texts))


class Located(NamedTuple):
    """A spec with the place where it was written, for requests and configuration."""

    spec: Spec
    origin: Origin
    text: str
