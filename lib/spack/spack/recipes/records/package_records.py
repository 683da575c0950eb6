"""The declarations of a recipe, as plain values that can be kept on disk.

A :class:`PackageRecord` holds every directive of one package with the place where it was written.
The solver and the query commands read records; they never import a recipe. Specs and versions are
kept as text and parsed when first asked for. This module knows no recipe class and no cache.

Conditions (``when``) are None where a directive always applies; directives that never apply are
not recorded.
"""

from __future__ import annotations

from functools import cache

from spack.errors import Origin
from spack.language.parser import parse_spec
from spack.language.specs import Spec
from spack.language.versions import Version, parse_version
from spack.named_tuples import NamedTuple
from spack.type_names import Any, Union

#: A variant value: a boolean or a word.
Word = Union[bool, str]


@cache
def parsed_spec(text: str) -> Spec:
    """The abstract spec that a recipe wrote as ``text``; equal texts give one object."""
    return parse_spec(text)


@cache
def parsed_version(text: str) -> Version:
    """The version that a recipe wrote as ``text``; equal texts give one object."""
    return parse_version(text)


def _condition(text: str | None) -> Spec | None:
    return None if text is None else parsed_spec(text)


#: Hexadecimal digits of a digest -> algorithm.
_KINDS = {32: "md5", 40: "sha1", 56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}


class VersionRecord(NamedTuple):
    """One ``version()``. ``checksum`` is (algorithm, digest)."""

    text: str
    preferred: bool = False
    deprecated: bool = False
    checksum: tuple[str, str] | None = None
    url: str | None = None
    git: str | None = None
    branch: str | None = None
    tag: str | None = None
    commit: str | None = None
    origin: Origin = Origin("")

    @property
    def version(self) -> Version:
        """The declared version."""
        return parsed_version(self.text)

    @property
    def checksum_kind(self) -> str | None:
        """The algorithm of the checksum, by the length of the digest where the recipe names none.

        None without a checksum, "" for a length that belongs to no algorithm.
        """
        if self.checksum is None:
            return None
        return self.checksum[0] or _KINDS.get(len(self.checksum[1]), "")

    @property
    def has_checksum(self) -> bool:
        """Whether a digest or a commit pins the source."""
        return self.checksum is not None or self.commit is not None


class ValueRecord(NamedTuple):
    """A listed value of a variant. ``conditional`` with no condition: never allowed."""

    value: Word
    conditional: bool = False
    when_text: str | None = None

    @property
    def when(self) -> Spec | None:
        """Condition under which the value may be chosen."""
        return _condition(self.when_text)


class VariantRecord(NamedTuple):
    """One definition of a variant.

    ``kind`` is ``bool``, ``single`` or ``multi``. ``values`` is None where any word is permitted;
    ``sets`` lists the disjoint sets, of which only one may contribute values. ``default`` is a
    tuple for multi-valued variants.
    """

    name: str
    kind: str
    default: bool | str | tuple[str, ...]
    values: tuple[ValueRecord, ...] | None = None
    sticky: bool = False
    when_text: str | None = None
    description: str = ""
    sets: tuple[frozenset[str], ...] | None = None
    origin: Origin = Origin("")

    @property
    def when(self) -> Spec | None:
        """Condition under which the definition is in force."""
        return _condition(self.when_text)

    @property
    def multi(self) -> bool:
        """Whether several values may be chosen."""
        return self.kind == "multi"

    @property
    def free(self) -> bool:
        """Whether any word is permitted."""
        return self.values is None


class PatchRecord(NamedTuple):
    """One ``patch()``.

    ``sha256`` is that of the patch as applied, "" if its file is missing; ``archive_sha256`` that
    of the compressed download. ``path`` is the absolute path of a file patch, None for one with a
    ``url``. ``owner`` is the qualified name of the declaring package, ``ordering`` sorts the
    patches of one node.
    """

    sha256: str
    when_text: str | None = None
    level: int = 1
    working_dir: str = "."
    reverse: bool = False
    path: str | None = None
    url: str | None = None
    archive_sha256: str | None = None
    owner: str = ""
    ordering: tuple[str, int] = ("", 0)
    origin: Origin = Origin("")

    @property
    def when(self) -> Spec | None:
        """Condition on the node that the patch is applied to."""
        return _condition(self.when_text)

    @property
    def label(self) -> str:
        """Address or file name, for messages."""
        return self.url or (self.path or self.sha256).rpartition("/")[2]


class DependencyRecord(NamedTuple):
    """One ``depends_on()`` or ``extends()``, conjoined with those of equal name and condition."""

    spec_text: str
    deptypes: int
    when_text: str | None = None
    patches: tuple[PatchRecord, ...] = ()
    origin: Origin = Origin("")

    @property
    def spec(self) -> Spec:
        """The spec of the dependency."""
        return parsed_spec(self.spec_text)

    @property
    def when(self) -> Spec | None:
        """Condition on the dependent."""
        return _condition(self.when_text)


class ProvidesRecord(NamedTuple):
    """One ``provides()``; several specs are provided together."""

    spec_texts: tuple[str, ...]
    when_text: str | None = None
    origin: Origin = Origin("")

    @property
    def specs(self) -> tuple[Spec, ...]:
        """The virtual specs."""
        return tuple(parsed_spec(text) for text in self.spec_texts)

    @property
    def when(self) -> Spec | None:
        """Condition on the provider."""
        return _condition(self.when_text)


class ConflictRecord(NamedTuple):
    """One ``conflicts()``."""

    spec_text: str
    when_text: str | None = None
    message: str | None = None
    origin: Origin = Origin("")

    @property
    def spec(self) -> Spec:
        """The spec that must not hold."""
        return parsed_spec(self.spec_text)

    @property
    def when(self) -> Spec | None:
        """Condition under which it must not."""
        return _condition(self.when_text)


class RequirementRecord(NamedTuple):
    """One ``requires()``; ``policy`` is ``one_of`` or ``any_of``."""

    spec_texts: tuple[str, ...]
    policy: str = "one_of"
    when_text: str | None = None
    message: str | None = None
    origin: Origin = Origin("")

    @property
    def specs(self) -> tuple[Spec, ...]:
        """The alternatives."""
        return tuple(parsed_spec(text) for text in self.spec_texts)

    @property
    def when(self) -> Spec | None:
        """Condition under which one of them must hold."""
        return _condition(self.when_text)


class SpliceRecord(NamedTuple):
    """One ``can_splice()``. ``match_variants`` is None, ``("*",)`` or names of variants."""

    target_text: str
    when_text: str | None = None
    match_variants: tuple[str, ...] | None = None
    origin: Origin = Origin("")

    @property
    def target(self) -> Spec:
        """The spec of the packages that this one may replace."""
        return parsed_spec(self.target_text)

    @property
    def when(self) -> Spec | None:
        """Condition on the replacing package."""
        return _condition(self.when_text)


class ExtendeeRecord(NamedTuple):
    """One ``extends()``; the dependency itself is recorded too."""

    name: str
    spec_text: str
    when_text: str | None = None
    origin: Origin = Origin("")

    @property
    def spec(self) -> Spec:
        """The extended package."""
        return parsed_spec(self.spec_text)

    @property
    def when(self) -> Spec | None:
        """Condition on the extension."""
        return _condition(self.when_text)


class LicenseRecord(NamedTuple):
    """One ``license()``: an SPDX expression."""

    identifier: str
    when_text: str | None = None
    origin: Origin = Origin("")

    @property
    def when(self) -> Spec | None:
        """Condition under which it applies."""
        return _condition(self.when_text)


class ResourceRecord(NamedTuple):
    """One ``resource()``; ``keywords`` are those that say where it is fetched from."""

    name: str
    destination: str = ""
    placement: Any = None
    keywords: dict[str, Any] = {}
    when_text: str | None = None
    origin: Origin = Origin("")

    @property
    def when(self) -> Spec | None:
        """Condition under which it is needed."""
        return _condition(self.when_text)


class RedistributeRecord(NamedTuple):
    """One ``redistribute()``: which of source and binary must not be passed on."""

    source_disabled: bool
    binary_disabled: bool
    when_text: str | None = None
    origin: Origin = Origin("")

    @property
    def when(self) -> Spec | None:
        """Condition under which it must not."""
        return _condition(self.when_text)


class PackageRecord(NamedTuple):
    """Everything that a recipe declares, for readers that do not run recipe code.

    Attributes:
        name, namespace: of the package; ``fullnames`` are the qualified names of the recipes that
            the class inherits from, itself first.
        module, path, line: Python module, recipe file and line of the class.
        versions: in order of declaration.
        variants: by name in order of declaration, then rising precedence; a definition that a
            later one always overrides is left out.
        build_systems: values of the ``build_system`` variant.
        compiler_languages: ``c``, ``cxx``, ``fortran`` for a compiler.
        detectable: executables or libraries can find it on the host.
        has_code, manual_download, extendable, parallel, virtual: class attributes.
        recipe_hash: hash of what matters in the recipe file, "" where that depends on the spec.
        dependent_files: files whose content the record was made from.
    """

    name: str
    namespace: str
    class_name: str = ""
    module: str = ""
    path: str = ""
    line: int = 0
    fullnames: tuple[str, ...] = ()
    description: str = ""
    homepage: str | None = None
    url: str | None = None
    urls: tuple[str, ...] = ()
    list_url: str | None = None
    git: str | None = None
    versions: tuple[VersionRecord, ...] = ()
    variants: tuple[VariantRecord, ...] = ()
    dependencies: tuple[DependencyRecord, ...] = ()
    provides: tuple[ProvidesRecord, ...] = ()
    conflicts: tuple[ConflictRecord, ...] = ()
    requirements: tuple[RequirementRecord, ...] = ()
    patches: tuple[PatchRecord, ...] = ()
    resources: tuple[ResourceRecord, ...] = ()
    extendees: tuple[ExtendeeRecord, ...] = ()
    licenses: tuple[LicenseRecord, ...] = ()
    redistributions: tuple[RedistributeRecord, ...] = ()
    splices: tuple[SpliceRecord, ...] = ()
    tags: tuple[str, ...] = ()
    maintainers: tuple[str, ...] = ()
    build_systems: tuple[str, ...] = ()
    compiler_languages: tuple[str, ...] = ()
    detectable: bool = False
    test_names: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    has_code: bool = True
    manual_download: bool = False
    extendable: bool = False
    parallel: bool = True
    virtual: bool = False
    recipe_hash: str = ""
    dependent_files: tuple[str, ...] = ()

    @property
    def fullname(self) -> str:
        """``namespace.name``."""
        return f"{self.namespace}.{self.name}"

    @property
    def origin(self) -> Origin:
        """The place where the class of the package begins."""
        return Origin(self.path, self.line)

    def variant_names(self) -> list[str]:
        """Names of all variants, sorted."""
        return sorted({variant.name for variant in self.variants})

    def definitions(self, variant: str) -> list[VariantRecord]:
        """Definitions of one variant by rising precedence."""
        return [record for record in self.variants if record.name == variant]

    def provided_names(self) -> list[str]:
        """Names of the virtuals that the package can provide, sorted."""
        return sorted({spec.name or "" for record in self.provides for spec in record.specs})
