"""The directives of recipes: functions called in class bodies that declare things on the class.

Each function checks its arguments and returns what has to be done with the package class; the
decorator :func:`~spack.recipes.declaring.directive_scope.directive` queues that. Results are the
values of :mod:`spack.recipes.records.records`, in the dictionaries that :class:`Declarations`
lists, keyed by condition. This module knows no repository.
"""

from __future__ import annotations

import hashlib
import os
import re
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    List,
    Optional,
    Protocol,
    Sequence,
    Set,
    Tuple,
    Union,
)

from spack.errors import Origin
from spack.language import deptypes
from spack.language.matching import constrain, intersects
from spack.language.parser import RESERVED_VARIANT_NAMES
from spack.language.specs import Spec
from spack.language.version_keys import VersionError
from spack.language.versions import GitVersion, Version
from spack.recipes.declaring.directive_scope import (
    ALWAYS,
    Action,
    DirectiveError,
    Executor,
    When,
    condition,
    directive,
)
from spack.recipes.declaring.variants import (
    ConditionalValue,
    ConditionalValues,
    DisjointSetsOfValues,
    GroupValidator,
    VariantDefinition,
    bare,
    flatten,
)
from spack.recipes.records.records import (
    ConflictRecord,
    DependencyRecord,
    ExtendeeRecord,
    LicenseRecord,
    PatchRecord,
    ProvidesRecord,
    RedistributeRecord,
    RequirementRecord,
    ResourceRecord,
    SpliceRecord,
    parsed_spec,
    parsed_version,
)

#: Text, or an object whose text is a spec.
SpecLike = Any
Types = Union[str, Iterable[str]]
Patches = Union[str, Action, List[Union[str, Action]], None]

#: Digest keywords of a version; of several the last one named here wins.
CHECKSUM_KEYWORDS = ("sha256", "md5", "sha1", "sha224", "sha384", "sha512")

#: Keywords that make a version or a resource fetchable from a version control system.
VCS_KEYWORDS = ("git", "svn", "hg", "cvs", "go")

_VARIANT_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_ARCHIVE_SUFFIX = re.compile(r"\.(t?gz|t?bz2|tbz|t?xz|txz|zst|zip|tar|Z|lz)$")


class Declarations(Protocol):
    """What directives fill on a package class."""

    name: str
    fullname: str
    package_dir: str
    has_code: bool
    maintainers: List[str]
    versions: Dict[Version, Dict[str, Any]]
    version_origins: Dict[Version, Origin]
    variants: Dict[Optional[Spec], Dict[str, VariantDefinition]]
    dependencies: Dict[Spec, Dict[str, DependencyRecord]]
    conflicts: Dict[Spec, List[ConflictRecord]]
    requirements: Dict[Spec, List[RequirementRecord]]
    provided: Dict[Spec, List[ProvidesRecord]]
    patches: Dict[Spec, List[PatchRecord]]
    resources: Dict[Spec, List[ResourceRecord]]
    extendees: Dict[str, ExtendeeRecord]
    licenses: Dict[Spec, LicenseRecord]
    disable_redistribute: Dict[Spec, RedistributeRecord]
    splice_specs: Dict[Spec, SpliceRecord]
    patch_count: int


def prepare(cls: Any) -> None:
    """Give a class its own empty containers."""
    for attribute in (
        "versions version_origins variants dependencies conflicts requirements provided patches"
        " resources extendees licenses disable_redistribute splice_specs"
    ).split():
        setattr(cls, attribute, {})
    cls.patch_count = 0


def condition_text(when: Spec) -> Optional[str]:
    """A condition as records keep it."""
    return None if when is ALWAYS or when == ALWAYS else str(when)


def _nothing(pkg: Any, origin: Origin) -> None:
    """What a directive that never applies does."""


def _spec(text: SpecLike) -> Spec:
    if isinstance(text, Spec):
        return text
    if not isinstance(text, str):
        raise DirectiveError(f"a spec is text or a Spec, not {text!r}")
    return parsed_spec(text)


@directive
def version(
    ver: Union[str, int],
    checksum: Optional[str] = None,
    *,
    preferred: Optional[bool] = None,
    deprecated: Optional[bool] = None,
    no_cache: Optional[bool] = None,
    url: Optional[str] = None,
    extension: Optional[str] = None,
    expand: Optional[bool] = None,
    fetch_options: Optional[Dict[str, Any]] = None,
    md5: Optional[str] = None,
    sha1: Optional[str] = None,
    sha224: Optional[str] = None,
    sha256: Optional[str] = None,
    sha384: Optional[str] = None,
    sha512: Optional[str] = None,
    git: Optional[str] = None,
    commit: Optional[str] = None,
    tag: Optional[str] = None,
    branch: Optional[str] = None,
    get_full_repo: Optional[bool] = None,
    git_sparse_paths: Any = None,
    submodules: Any = None,
    submodules_delete: Any = None,
    svn: Optional[str] = None,
    hg: Optional[str] = None,
    cvs: Optional[str] = None,
    revision: Optional[str] = None,
    date: Optional[str] = None,
) -> Executor:
    """Declare a version and where its source is; later declarations replace earlier ones."""
    keywords = {
        name: value for name, value in locals().items() if name != "ver" and value is not None
    }
    if isinstance(ver, bool) or not isinstance(ver, (str, int)):
        raise VersionError(f"a version is a text or an integer, not {ver!r}", hint=f'write "{ver}"')
    number = parsed_version(str(ver))

    def execute(pkg: Declarations, origin: Origin) -> None:
        if not pkg.has_code and any(name in keywords for name in (*CHECKSUM_KEYWORDS, "checksum")):
            raise DirectiveError(
                f"{pkg.name}@{ver} has a checksum, but the package says that it has no code"
            )
        if isinstance(number, GitVersion) and "git" not in keywords:
            if getattr(pkg, "git", None) is None:
                raise DirectiveError(
                    f"{pkg.name}@{ver} is a git reference, and the recipe names no git repository",
                    hint="set the class attribute 'git' or the keyword git=",
                )
        pkg.versions[number] = keywords
        pkg.version_origins[number] = origin

    return execute


def _merge_dependency(
    pkg: Declarations,
    spec: Spec,
    when: Spec,
    types: int,
    patches: Tuple[PatchRecord, ...],
    origin: Origin,
) -> None:
    name = spec.name
    if name is None:
        raise DirectiveError(f"the dependency {str(spec)!r} has no name", origin=origin)
    if name == pkg.name:
        raise DirectiveError(f"{name} cannot depend on itself", origin=origin)
    if any(edge.sigil == "^" for edge in spec.dependencies):
        raise DirectiveError(
            f"{pkg.name}: the dependency {str(spec)!r} constrains a package below it",
            origin=origin,
            hint="write a depends_on for each package; '%' may be used for direct dependencies",
        )
    group = pkg.dependencies.setdefault(when, {})
    known = group.get(name)
    if known is not None:
        spec = constrain(known.spec, spec) if known.spec_text != str(spec) else spec
        types |= known.deptypes
        patches = known.patches + patches
        origin = known.origin
    group[name] = DependencyRecord(str(spec), types, condition_text(when), patches, origin)


@directive
def depends_on(
    spec: SpecLike,
    when: When = None,
    type: Types = ("build", "link"),
    patches: Patches = None,
) -> Executor:
    """Declare a dependency; ``type`` says when it is needed, ``patches`` are applied to it."""
    active = condition(when)
    child = _spec(spec)
    types = deptypes.from_names(type)
    if active is None:
        return _nothing

    def execute(pkg: Declarations, origin: Origin) -> None:
        found = _dependency_patches(pkg, patches, origin)
        _merge_dependency(pkg, child, active, types, found, origin)

    return execute


@directive
def extends(
    spec: SpecLike,
    when: When = None,
    type: Types = ("build", "run"),
    patches: Patches = None,
) -> Executor:
    """Declare that the package is an extension, such as a Python module."""
    active = condition(when)
    child = _spec(spec)
    types = deptypes.from_names(type)
    if active is None:
        return _nothing

    def execute(pkg: Declarations, origin: Origin) -> None:
        found = _dependency_patches(pkg, patches, origin)
        _merge_dependency(pkg, child, active, types, found, origin)
        name = child.name or ""
        pkg.extendees[name] = ExtendeeRecord(name, str(child), condition_text(active), origin)
        if name == "python" and pkg.name != "python-venv":
            venv = parsed_spec("python-venv")
            _merge_dependency(pkg, venv, active, deptypes.BUILD | deptypes.RUN, (), origin)

    return execute


def _dependency_patches(
    pkg: Declarations, patches: Patches, origin: Origin
) -> Tuple[PatchRecord, ...]:
    if patches is None:
        return ()
    several = [patches] if isinstance(patches, (str, Action)) else patches
    collector = _PatchCollector(pkg)
    for each in several:
        if isinstance(each, Action):
            each.execute(collector, each.origin)
        else:
            collector.add(_patch_maker(each, ALWAYS, 1, ".", False, None, None), origin)
    return tuple(collector.collected)


@directive
def conflicts(conflict_spec: SpecLike, when: When = None, msg: Optional[str] = None) -> Executor:
    """Declare that a spec must not hold while the condition does."""
    active = condition(when)
    spec = _spec(conflict_spec)
    if active is None:
        return _nothing

    def execute(pkg: Declarations, origin: Origin) -> None:
        message = None if msg is None else f"{pkg.name}: {msg}"
        record = ConflictRecord(str(spec), condition_text(active), message, origin)
        pkg.conflicts.setdefault(active, []).append(record)

    return execute


@directive
def requires(
    *specs: SpecLike, policy: str = "one_of", when: When = None, msg: Optional[str] = None
) -> Executor:
    """Declare that one (``one_of``) or at least one (``any_of``) of the specs must hold."""
    if policy not in ("one_of", "any_of"):
        raise DirectiveError(f"the policy of requires is one_of or any_of, not {policy!r}")
    active = condition(when)
    parsed = [_spec(spec) for spec in specs]
    if active is None:
        return _nothing

    def execute(pkg: Declarations, origin: Origin) -> None:
        message = None if msg is None else f"{pkg.name}: {msg}"
        texts = tuple(str(spec) for spec in parsed)
        record = RequirementRecord(texts, policy, condition_text(active), message, origin)
        pkg.requirements.setdefault(active, []).append(record)

    return execute


@directive
def provides(*specs: SpecLike, when: When = None) -> Executor:
    """Declare that the package provides virtuals; several in one call are provided together."""
    active = condition(when)
    parsed = [_spec(spec) for spec in specs]
    if active is None:
        return _nothing

    def execute(pkg: Declarations, origin: Origin) -> None:
        for spec in parsed:
            if spec.name is None:
                raise DirectiveError(f"the virtual {str(spec)!r} has no name")
            if spec.name == pkg.name:
                raise DirectiveError(f"{pkg.name} cannot provide itself")
        texts = tuple(str(spec) for spec in parsed)
        record = ProvidesRecord(texts, condition_text(active), origin)
        pkg.provided.setdefault(active, []).append(record)

    return execute


@directive
def can_splice(
    target: SpecLike, *, when: When, match_variants: Union[str, List[str], None] = None
) -> Executor:
    """Declare that the package may replace ``target`` in installed specs."""
    if isinstance(match_variants, str) and match_variants != "*":
        raise ValueError('match_variants is None, "*" or a list of names')
    active = condition(when)
    replaced = _spec(target)
    if active is None:
        return _nothing
    match = None if match_variants is None else tuple(match_variants)

    def execute(pkg: Declarations, origin: Origin) -> None:
        pkg.splice_specs[active] = SpliceRecord(
            str(replaced), condition_text(active), match, origin
        )

    return execute


def conditional(*values: Any, when: When = None) -> ConditionalValues:
    """Values of a variant that may be chosen only under a condition."""
    active = condition(when)
    return ConditionalValues(
        ConditionalValue(value.value, active)
        if isinstance(value, ConditionalValue)
        else ConditionalValue(value, active)
        for value in flatten(values)
    )


def _variant_executor(
    name: str,
    default: Any,
    description: str,
    values: Any,
    multi: Optional[bool],
    validator: Optional[GroupValidator],
    when: When,
    sticky: bool,
) -> Executor:
    active = condition(when)
    if name in RESERVED_VARIANT_NAMES:
        raise DirectiveError(f"the name of the variant {name!r} has another meaning in specs")
    if _VARIANT_NAME.fullmatch(name) is None:
        raise DirectiveError(f"{name!r} cannot be the name of a variant")
    if isinstance(values, DisjointSetsOfValues) and values.default is not None:
        given = [("default", default), ("multi", multi), ("validator", validator)]
        for argument, value in given:
            if value is not None:
                raise DirectiveError(
                    f"variant {name!r}: the sets of values determine {argument!r} already",
                    hint=f"remove {argument}=, or use .with_default(...) on the values",
                )
        default = values.default
    if isinstance(values, DisjointSetsOfValues):
        multi = True
    if default is None:
        raise DirectiveError(
            f"variant {name!r} has no default", hint="add default=True, False or one of its values"
        )
    if isinstance(default, str) and default == "":
        raise DirectiveError(f"the default of variant {name!r} is empty")
    if values is None:
        if isinstance(default, bool) or default in (0, 1):
            values = (True, False)
        elif isinstance(default, str) and default.lower() in ("true", "false"):
            default = default.lower() == "true"
            values = (True, False)
    if isinstance(default, (list, tuple)) and all(isinstance(v, str) for v in default):
        default = ",".join(default)

    def execute(pkg: Declarations, origin: Origin) -> None:
        group = pkg.variants.setdefault(active, {})
        group[name] = VariantDefinition(
            name,
            default,
            description,
            values,
            bool(multi),
            validator=validator,
            sticky=sticky,
            precedence=sum(len(definitions) for definitions in pkg.variants.values()),
            origin_key=origin,
        )

    return execute


@directive
def variant(
    name: str,
    default: Any = None,
    description: str = "",
    values: Any = None,
    multi: Optional[bool] = None,
    validator: Optional[GroupValidator] = None,
    when: When = None,
    sticky: bool = False,
) -> Executor:
    """Declare a variant: a boolean, or a choice of one or several of ``values``."""
    return _variant_executor(name, default, description, values, multi, validator, when, sticky)


@directive
def build_system(*values: Any, default: Optional[str] = None, when: When = None) -> Executor:
    """Declare the build systems among which the variant ``build_system`` chooses."""
    flat = flatten(values)
    if default is None and isinstance(values[0], ConditionalValues):
        raise DirectiveError(
            "build_system: the first value is conditional", hint="give default= explicitly"
        )
    chosen = default if default is not None else bare(flat[0])
    return _variant_executor(
        "build_system",
        chosen,
        "Build systems supported by the package",
        flat,
        False,
        None,
        when,
        False,
    )


class _PatchCollector:
    """Stands for a package class while the patches of a dependency are collected."""

    def __init__(self, pkg: Declarations) -> None:
        self._pkg = pkg
        self.collected: List[PatchRecord] = []

    def add(self, make: "_PatchMaker", origin: Origin) -> None:
        """Collect a patch."""
        self.collected.append(make(self._pkg, origin))


_PatchMaker = Callable[[Any, Origin], PatchRecord]


def _patch_maker(
    url_or_filename: str,
    when: Spec,
    level: int,
    working_dir: str,
    reverse: bool,
    sha256: Optional[str],
    archive_sha256: Optional[str],
) -> _PatchMaker:
    if not isinstance(level, int) or level < 0:
        raise ValueError(f"the level of a patch is a number from 0, not {level!r}")
    remote = "://" in url_or_filename
    if remote and not sha256:
        raise ValueError(f"the patch {url_or_filename} needs sha256=")
    if remote and _ARCHIVE_SUFFIX.search(url_or_filename) and not archive_sha256:
        raise ValueError(f"the compressed patch {url_or_filename} needs archive_sha256= too")

    def make(pkg: Any, origin: Origin) -> PatchRecord:
        if not pkg.has_code:
            raise DirectiveError(f"{pkg.name} has no code to apply {url_or_filename} to")
        path = None if remote else _find_patch(pkg, url_or_filename)
        pkg.patch_count += 1
        return PatchRecord(
            sha256 if remote and sha256 else _sha256_of(path or ""),
            condition_text(when),
            level,
            working_dir,
            reverse,
            path,
            url_or_filename if remote else None,
            archive_sha256,
            pkg.fullname,
            (pkg.name, pkg.patch_count),
            origin,
        )

    return make


def _find_patch(pkg: Any, name: str) -> str:
    directories: List[str] = []
    for cls in pkg.__mro__:
        directory = getattr(cls, "package_dir", None)
        if isinstance(directory, str) and directory not in directories:
            directories.append(directory)
    for directory in directories:
        path = os.path.join(directory, name)
        if os.path.isfile(path):
            return path
    raise ValueError(f"the patch {name} of {pkg.fullname} does not exist beside the recipe")


def _sha256_of(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


@directive
def patch(
    url_or_filename: str,
    level: int = 1,
    when: When = None,
    working_dir: str = ".",
    reverse: bool = False,
    sha256: Optional[str] = None,
    archive_sha256: Optional[str] = None,
) -> Executor:
    """Declare a patch: a file beside the recipe, or a URL with its checksum."""
    active = condition(when)
    if active is None:
        return _nothing
    make = _patch_maker(
        url_or_filename, active, level, working_dir, reverse, sha256, archive_sha256
    )

    def execute(pkg: Any, origin: Origin) -> None:
        if isinstance(pkg, _PatchCollector):
            pkg.add(make, origin)
        else:
            pkg.patches.setdefault(active, []).append(make(pkg, origin))

    return execute


_RESOURCE_KEYWORDS = frozenset(
    ("url", "checksum", "extension", "expand", "no_cache", "fetch_options", "git", "commit", "tag")
    + ("branch", "get_full_repo", "git_sparse_paths", "submodules", "submodules_delete", "svn")
    + ("hg", "cvs", "revision", "date", "go", "preferred", "deprecated")
    + CHECKSUM_KEYWORDS
)


@directive
def resource(
    *,
    name: Optional[str] = None,
    destination: str = "",
    placement: Any = None,
    when: When = None,
    **keywords: Any,
) -> Executor:
    """Declare something else to fetch and to place in the source directory."""
    active = condition(when)
    unknown = sorted(set(keywords) - _RESOURCE_KEYWORDS)
    if unknown:
        raise TypeError(f"resource() got an unexpected keyword argument {unknown[0]!r}")
    if os.path.isabs(destination):
        raise RuntimeError(f"the destination {destination} of resource {name} is absolute")
    if os.path.normpath(destination).split(os.sep)[0] == os.pardir:
        raise RuntimeError(
            f"the destination {destination} of resource {name} is outside of the source directory"
        )
    fetchable = ("url", *VCS_KEYWORDS)
    if not any(keywords.get(keyword) for keyword in fetchable):
        raise DirectiveError(
            f"resource {name}: nothing says where it is fetched from",
            hint=f"give one of {', '.join(fetchable)}",
        )
    if active is None:
        return _nothing

    def execute(pkg: Declarations, origin: Origin) -> None:
        given = {key: value for key, value in keywords.items() if value is not None}
        record = ResourceRecord(
            name or "", destination, placement, given, condition_text(active), origin
        )
        pkg.resources.setdefault(active, []).append(record)

    return execute


@directive
def license(
    license_identifier: str,
    checked_by: Union[str, Sequence[str], None] = None,
    when: When = None,
) -> Executor:
    """Declare the licence, an SPDX expression. ``checked_by`` is for readers of the recipe."""
    active = condition(when)
    del checked_by
    if active is None:
        return _nothing

    def execute(pkg: Declarations, origin: Origin) -> None:
        for other in pkg.licenses:
            if intersects(active, other):
                raise DirectiveError(
                    f"{pkg.name}: the licence {license_identifier} is declared for "
                    f"{condition_text(active) or 'every version'}, where "
                    f"{pkg.licenses[other].identifier} is declared too"
                )
        pkg.licenses[active] = LicenseRecord(license_identifier, condition_text(active), origin)

    return execute


@directive
def maintainers(*names: str) -> Executor:
    """Add maintainers, by their account names."""

    def execute(pkg: Declarations, origin: Origin) -> None:
        known: Set[str] = set(getattr(pkg, "maintainers", ()) or ())
        pkg.maintainers = sorted(known.union(names))

    return execute


@directive
def redistribute(
    source: Optional[bool] = None, binary: Optional[bool] = None, when: When = None
) -> Executor:
    """Forbid to pass on the source or the installed files; only False may be said."""
    if source is True or binary is True:
        raise DirectiveError("redistribute can only forbid: use source=False or binary=False")
    active = condition(when)
    if active is None:
        return _nothing
    if source is False and active != Spec(versions=active.versions):
        raise DirectiveError("redistribute(source=False) can depend on versions only")

    def execute(pkg: Declarations, origin: Origin) -> None:
        known = pkg.disable_redistribute.get(active)
        pkg.disable_redistribute[active] = RedistributeRecord(
            source is False or (known is not None and known.source_disabled),
            binary is False or (known is not None and known.binary_disabled),
            condition_text(active),
            origin,
        )

    return execute
