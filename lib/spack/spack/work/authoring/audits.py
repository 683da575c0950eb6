"""Static checks of recipes and configuration: what is certainly wrong, with the line it is on.

Recipes are checked by their records; no recipe runs. A check yields a finding only for what no user
could make work: unknown names, values and versions that no choice can satisfy. A condition or
conflict may name a package that no repository has, such as a compiler of some sites: it never holds
and does no harm. Only what looks like a misspelt name of a known package is a finding there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from spack.errors import Origin, SpackError
from spack.language.matching import constrain, intersects
from spack.language.parser import parse_spec
from spack.language.specs import Spec
from spack.language.targets import all_names
from spack.language.versions import Version
from spack.named_tuples import NamedTuple
from spack.recipes.finding.shims import replacements
from spack.recipes.records.package_records import PackageRecord
from spack.type_names import TYPE_CHECKING, Callable
from spack.work.queries.queries import record as record_of

if TYPE_CHECKING:
    from spack.config.configuration import Configuration
    from spack.config.settings.package_settings import ExternalEntry, PackageSettings
    from spack.config.settings.settings import Settings
    from spack.recipes.finding.repositories import RepositoryPath
    from spack.session.parts import HasRepositories

#: Variants that are no recipe's own: every node can have them.
_RESERVED = frozenset(("build_system", "dev_path", "commit", "namespace", "patches"))


class Fault(NamedTuple):
    """A fault: the check that found it, the package (or section) and where it is written."""

    check: str
    subject: str
    text: str
    origin: Origin

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        place = self.origin
        return {
            "check": self.check,
            "subject": self.subject,
            "text": self.text,
            "file": place.file,
            "line": place.line,
        }


#: The findings of a check: texts, each with the place that it is about.
Found = Iterator[tuple[str, Origin]]


class Check(NamedTuple):
    """One check: its name, what it looks for, and the function that does."""

    name: str
    description: str
    run: Callable[[_Recipes, PackageRecord], Found]


class _Recipes:
    """The repositories, with what several checks ask again and again."""

    def __init__(self, repositories: RepositoryPath) -> None:
        self.repositories = repositories
        self._versions: dict[str, list[Version]] = {}
        self._variants: dict[str, dict[str, set[str] | None]] = {}
        self._known: dict[str, bool] = {}
        self._meant: dict[str, str | None] = {}

    def known(self, name: str) -> bool:
        """Whether a package or virtual of that name exists."""
        found = self._known.get(name)
        if found is None:
            found = self.repositories.exists(name) or self.repositories.is_virtual(name)
            self._known[name] = found
        return found

    def meant(self, name: str) -> str | None:
        """The known package whose name was probably misspelt, None if there is no such."""
        if name not in self._meant:
            self._meant[name] = self._similar(name)
        return self._meant[name]

    def _similar(self, name: str) -> str | None:
        import difflib

        for prefix in ("", "py-", "perl-", "r-", "ruby-", "lua-"):
            plain = prefix + name.replace("_", "-")
            if plain != name and self.known(plain):
                return plain
        names = self.repositories.all_names()
        for other in names:
            if len(other) == len(name) and other[0] == name[0] and sorted(other) == sorted(name):
                return other
        return next(iter(difflib.get_close_matches(name, names, n=1, cutoff=0.87)), None)

    def record(self, name: str) -> PackageRecord | None:
        """The record of a package; None for a virtual or broken recipe."""
        if not self.repositories.exists(name):
            return None
        try:
            return self.repositories.record(name)
        except SpackError:
            return None

    def versions(self, record: PackageRecord) -> list[Version]:
        """The declared versions of a package."""
        found = self._versions.get(record.fullname)
        if found is None:
            found = self._versions[record.fullname] = [v.version for v in record.versions]
        return found

    def variants(self, record: PackageRecord) -> dict[str, set[str] | None]:
        """Variant -> its possible values in lower-case text, None where any word is permitted."""
        found = self._variants.get(record.fullname)
        if found is None:
            found = {}
            for variant in record.variants:
                values: set[str] | None = None
                if variant.kind == "bool":
                    values = {"true", "false"}
                elif variant.values is not None:
                    values = {str(value.value).lower() for value in variant.values}
                if variant.name in found:
                    before = found[variant.name]
                    values = None if values is None or before is None else values | before
                found[variant.name] = values
            self._variants[record.fullname] = found
        return found


def chosen_names(parts: HasRepositories, names: Sequence[str]) -> list[str]:
    """The named packages, or all: also those whose recipe cannot be read."""
    if names:
        known = parts.repositories.exists
        return [name if known(name) else record_of(parts, name).name for name in names]
    return list(parts.repositories.all_names())


def audit_packages(
    repositories: RepositoryPath, names: Sequence[str], *, https: bool = False
) -> list[Fault]:
    """Check recipes; with ``https`` only whether their addresses are safe."""
    recipes = _Recipes(repositories)
    checks = [check for check in CHECKS if (check.name == "https") == https]
    found: list[Fault] = []
    for name in names:
        try:
            record = repositories.record(name)
        except SpackError as error:
            origin = error.origin or Origin(repositories.repository_of(name).recipe_file(name))
            found.append(Fault("readable", name, error.message, origin))
            continue
        for check in checks:
            # A directive in a loop is one line with several results.
            texts = dict.fromkeys(check.run(recipes, record))
            found += [Fault(check.name, record.name, text, origin) for text, origin in texts]
    return found


def audit_configuration(
    repositories: RepositoryPath, configuration: Configuration, settings: Settings
) -> list[Fault]:
    """Settings of packages that nothing can satisfy: unknown packages, variants, directories.

    The defaults of this program are left out: they name packages of other repositories too.
    """
    recipes = _Recipes(repositories)
    section = configuration.section("packages")
    defaults = os.path.join(configuration.paths.root, "etc", "spack", "defaults") + os.sep
    found = [
        Fault("externals", note.key.rpartition(" ")[2], f"{note.key} is {note.what}", note.origin)
        for note in configuration.without_effect("packages")
    ]
    for name, package in settings.packages.items():
        value = section.data.get(name)
        if value is not None:
            found += _faults_of_targets(name, package, value.origin)
        if name == "all" or value is None or (value.origin.file or "").startswith(defaults):
            continue
        if not recipes.known(name.rpartition(".")[2]):
            text = f"there is no package or virtual '{name}'"
            found.append(Fault("packages", name, text, value.origin))
            continue
        found += _settings_of_package(recipes, name, package, value.origin)
        for entry in package.externals:
            for text in _faults_of_external(recipes, entry):
                found.append(Fault("externals", name, text, entry.origin))
    return list(dict.fromkeys(found))


def _faults_of_targets(name: str, settings: PackageSettings, origin: Origin) -> Iterator[Fault]:
    known = all_names()
    for text in settings.target:
        for word in filter(None, text.replace(":", ",").split(",")):
            if word not in known:
                yield Fault("packages", name, f"there is no target '{word}'", origin)


def _settings_of_package(
    recipes: _Recipes, name: str, settings: PackageSettings, origin: Origin
) -> Iterator[Fault]:
    """Versions, variants and requirements that the recipe does not know."""
    record = recipes.record(name)
    texts = [(f"{name}{words}", origin) for words in settings.variants]
    for entries in (settings.require, settings.prefer, settings.conflict):
        for entry in entries:
            texts += [(text, entry.origin) for text in entry.specs]
            texts += [(entry.when, entry.origin)] if entry.when else []
    for text, place in texts:
        spec, problem = _parsed(text)
        if spec is None:
            yield Fault("packages", name, problem, place)
            continue
        for fault in _faults(recipes, spec, own=record, versions=False):
            yield Fault("packages", name, f"{text}: {fault}", place)


def _parsed(text: str) -> tuple[Spec | None, str]:
    """A spec, or what is wrong with its text."""
    try:
        return parse_spec(text), ""
    except SpackError as error:
        return None, f"'{text}' is not a spec: {error.message}"


def _faults_of_external(recipes: _Recipes, entry: ExternalEntry) -> Iterator[str]:
    spec, problem = _parsed(entry.spec)
    if spec is None:
        yield problem
        return
    for fault in _faults(recipes, spec, versions=False):
        yield f"the external '{entry.spec}': {fault}"
    if entry.prefix is not None and not os.path.isdir(entry.prefix):
        yield f"the external '{entry.spec}': there is no directory {entry.prefix}"
    for language, program in (entry.extra_attributes.get("compilers") or {}).items():
        if not os.access(str(program), os.X_OK):
            yield f"the external '{entry.spec}': there is no program {program} for {language}"


# -- checks --------------------------------------------------------------------------------------


def _conditions(record: PackageRecord) -> Iterator[tuple[Spec, Origin, str]]:
    """Every ``when`` of a recipe, once for each place."""
    groups = (
        record.variants,
        record.dependencies,
        record.provides,
        record.conflicts,
        record.requirements,
        record.patches,
        record.resources,
        record.licenses,
        record.splices,
    )
    for entry in (entry for group in groups for entry in group):
        when = entry.when
        if when is not None:
            yield when, entry.origin, f"when={entry.when_text!r}"


def _together(spec: Spec, condition: Spec | None) -> Spec | None:
    """The node of a spec under a condition, without names; None if the two contradict."""
    node = spec.replace(name=None, namespace=None, dependencies=())
    if condition is None:
        return node
    plain = condition.replace(name=None, namespace=None, dependencies=())
    try:
        return constrain(node, plain)
    except SpackError:
        return None


def _faults_of_node(
    recipes: _Recipes,
    record: PackageRecord,
    spec: Spec,
    *,
    versions: bool,
    condition: Spec | None = None,
) -> Iterator[str]:
    """The parts of a spec that never hold for a record's package, under a condition about it."""
    if versions and not spec.versions.is_any and record.versions:
        if not any(spec.versions.contains(version) for version in recipes.versions(record)):
            yield f"{record.name} has no version in @{spec.versions}"
    known = recipes.variants(record)
    for name, wanted in spec.variants.items():
        if name in _RESERVED:
            continue
        if name not in known:
            yield f"{record.name} has no variant '{name}'"
            continue
        node = _together(spec, condition)
        if node is not None and not any(
            variant.when is None or intersects(node, variant.when)
            for variant in record.variants
            if variant.name == name
        ):
            yield f"{record.name} has no variant '{name}' when {node}"
            continue
        values = known[name]
        if values is None or wanted.is_any:
            continue
        for value in wanted.values:
            if str(value).lower() not in values:
                yield f"the variant '{name}' of {record.name} has no value '{value}'"


def _faults(
    recipes: _Recipes,
    spec: Spec,
    *,
    own: PackageRecord | None = None,
    condition: Spec | None = None,
    versions: bool = True,
    tolerant: bool = False,
) -> Iterator[str]:
    """The parts of a spec and its dependencies that never hold; a nameless one is about ``own``.

    Args:
        condition: what holds of ``own`` where the spec is looked at.
        tolerant: packages that no repository has are not fault, unless the name looks misspelt.
    """
    record = own
    if spec.name and (own is None or spec.name != own.name):
        if not recipes.known(spec.name):
            text = f"there is no package or virtual '{spec.name}'"
            meant = recipes.meant(spec.name)
            if meant is not None:
                yield f"{text}; did you mean '{meant}'?"
            elif not tolerant:
                yield text
            return
        condition = None
        record = recipes.record(spec.name)
        if spec.variants and (record is None or record.virtual):
            if recipes.repositories.is_virtual(spec.name):
                yield f"'{spec.name}' is a virtual, which has no variants"
    if record is not None and not record.virtual:
        yield from _faults_of_node(recipes, record, spec, versions=versions, condition=condition)
    for edge in spec.dependencies:
        yield from _faults(recipes, edge.spec, versions=versions, tolerant=tolerant)


def _conditions_hold(recipes: _Recipes, record: PackageRecord) -> Found:
    seen: set[str] = set()
    for when, origin, words in _conditions(record):
        for text in _faults(recipes, when, own=record, versions=False, tolerant=True):
            key = f"{words} {text}"
            if key not in seen:
                seen.add(key)
                yield f"{words}: {text}", origin


def _dependencies_exist(recipes: _Recipes, record: PackageRecord) -> Found:
    for dependency in record.dependencies:
        for text in _faults(recipes, dependency.spec):
            yield f"depends on {dependency.spec_text}: {text}", dependency.origin


def _conflicts_exist(recipes: _Recipes, record: PackageRecord) -> Found:
    for conflict in record.conflicts:
        for text in _faults(
            recipes,
            conflict.spec,
            own=record,
            condition=conflict.when,
            versions=False,
            tolerant=True,
        ):
            yield f"conflicts with {conflict.spec_text}: {text}", conflict.origin


def _requirements_can_hold(recipes: _Recipes, record: PackageRecord) -> Found:
    for requirement in record.requirements:
        faults = [
            (
                words,
                list(
                    _faults(recipes, spec, own=record, condition=requirement.when, versions=False)
                ),
            )
            for spec, words in zip(requirement.specs, requirement.spec_texts)
        ]
        # One alternative that can hold is enough.
        if all(texts for _, texts in faults):
            for words, texts in faults:
                for text in texts:
                    yield f"requires {words}: {text}", requirement.origin


def _defaults_are_values(recipes: _Recipes, record: PackageRecord) -> Found:
    for variant in record.variants:
        if variant.kind == "bool" or variant.values is None:
            continue
        values = {str(value.value) for value in variant.values}
        default = variant.default
        for word in default if isinstance(default, tuple) else str(default).split(","):
            if word not in values and word != "none":
                text = (
                    f"the default '{word}' of the variant '{variant.name}' is not one of its values"
                )
                yield text, variant.origin


def _virtuals_are_no_packages(recipes: _Recipes, record: PackageRecord) -> Found:
    for provided in record.provides:
        for spec in provided.specs:
            if spec.name and recipes.repositories.exists(spec.name):
                yield f"provides {spec.name}, which is a package", provided.origin


def _described(recipes: _Recipes, record: PackageRecord) -> Found:
    if not record.description:
        yield "the class has no docstring", record.origin
    for variant in record.variants:
        if not variant.description and variant.name not in _RESERVED:
            yield f"the variant '{variant.name}' has no description", variant.origin


def _versions_pinned(recipes: _Recipes, record: PackageRecord) -> Found:
    seen: set[str] = set()
    for version in record.versions:
        if version.text in seen:
            yield f"version {version.text} is declared twice", version.origin
        seen.add(version.text)
        # What has to be downloaded by hand cannot be summed up anew by others.
        if version.checksum_kind == "":
            text = f"version {version.text} has a checksum whose length matches no algorithm"
            yield text, version.origin
        if version.checksum_kind == "md5" and not record.manual_download:
            yield f"version {version.text} has only an MD5 checksum", version.origin


def _patches_are_there(recipes: _Recipes, record: PackageRecord) -> Found:
    of_others = (patch for dependency in record.dependencies for patch in dependency.patches)
    for patch in (*record.patches, *of_others):
        if not patch.sha256:
            yield f"the patch {patch.path} does not exist", patch.origin


def _imports_from_the_facade(recipes: _Recipes, record: PackageRecord) -> Found:
    try:
        source = Path(record.path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return
    if "llnl" not in source and not re.search(r"^\s*(from|import) +spack\b", source, re.MULTILINE):
        return
    for found in replacements(source):
        instead = f"from {found.new} import it" if found.new else "the recipe interface has no such"
        text = f"{found.old} is imported past the recipe interface: {instead}"
        yield text, Origin(record.path, found.line)


def _safe_addresses(recipes: _Recipes, record: PackageRecord) -> Found:
    for word in ("homepage", "url", "git"):
        address = getattr(record, word)
        if address and address.startswith("http://"):
            yield f"{word} {address} does not use https", record.origin


CHECKS = (
    Check("conditions", "variants and packages in conditions exist", _conditions_hold),
    Check("dependencies", "dependencies exist, with versions and variants", _dependencies_exist),
    Check("conflicts", "packages, versions and variants in conflicts exist", _conflicts_exist),
    Check(
        "requirements",
        "at least one alternative of each requirement can be satisfied",
        _requirements_can_hold,
    ),
    Check("defaults", "defaults of variants are among their values", _defaults_are_values),
    Check("virtuals", "virtuals do not have the name of a package", _virtuals_are_no_packages),
    Check("description", "packages and variants have a description", _described),
    Check("versions", "versions are declared once, with a valid checksum", _versions_pinned),
    Check("patches", "patches lie beside the recipe", _patches_are_there),
    Check("imports", "imports are from spack.package only", _imports_from_the_facade),
    Check("https", "URLs use https (packages-https only)", _safe_addresses),
)
