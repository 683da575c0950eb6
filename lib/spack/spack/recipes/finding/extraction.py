"""From a package class to its record: what the directives left on the class, as plain values."""

from __future__ import annotations

import inspect
import os
import sys

from spack.errors import Origin
from spack.recipes.classes.package_class import words
from spack.recipes.classes.stand_alone_tests import test_functions
from spack.recipes.declaring.declarations import condition_text
from spack.recipes.declaring.variants import ConditionalValue, VariantDefinition, default_value
from spack.recipes.hashing.package_hash import unconditional_hash
from spack.recipes.records.package_records import (
    PackageRecord,
    PatchRecord,
    ResourceRecord,
    ValueRecord,
    VariantRecord,
    VersionRecord,
)
from spack.recipes.repository_names import is_recipe_module
from spack.recipes.source_choice import CHECKSUMS
from spack.type_names import Any


def extract_record(cls: Any, path: str, line: int = 0) -> PackageRecord:
    """The record of a package class whose recipe is the file ``path``."""
    executables = getattr(cls, "executables", None)
    libraries = getattr(cls, "libraries", None)
    return PackageRecord(
        name=cls.name,
        namespace=cls.namespace,
        class_name=cls.__name__,
        module=cls.__module__,
        path=path,
        line=line,
        fullnames=tuple(cls.fullnames),
        description=inspect.cleandoc(cls.__doc__ or ""),
        homepage=_text(getattr(cls, "homepage", None)),
        url=_text(getattr(cls, "url", None)),
        urls=words(getattr(cls, "urls", None)),
        list_url=_text(getattr(cls, "list_url", None)),
        git=_text(getattr(cls, "git", None)),
        versions=tuple(
            _version(cls, version, keywords) for version, keywords in cls.versions.items()
        ),
        variants=tuple(
            _variant(definition, when)
            for name in dict.fromkeys(name for group in cls.variants.values() for name in group)
            for when, definition in cls.variant_definitions(name)
            if when is not None
        ),
        dependencies=_flat_groups(cls.dependencies),
        provides=_flat(cls.provided),
        conflicts=_flat(cls.conflicts),
        requirements=_flat(cls.requirements),
        patches=_flat(cls.patches),
        resources=tuple(_resource(record) for record in _flat(cls.resources)),
        extendees=tuple(cls.extendees.values()),
        licenses=tuple(cls.licenses.values()),
        redistributions=tuple(cls.disable_redistribute.values()),
        splices=tuple(cls.splice_specs.values()),
        tags=words(getattr(cls, "tags", ())),
        maintainers=words(cls.maintainers),
        build_systems=_build_systems(cls),
        compiler_languages=_compiler_languages(cls),
        detectable=bool(executables or libraries),
        test_names=tuple(name for name, _ in test_functions(cls)),
        phases=words(getattr(cls, "phases", ())),
        has_code=bool(cls.has_code),
        manual_download=bool(cls.manual_download),
        extendable=bool(cls.extendable),
        parallel=bool(cls.parallel) if not isinstance(cls.parallel, property) else True,
        virtual=bool(cls.virtual),
        recipe_hash=unconditional_hash(path),
        dependent_files=_dependent_files(cls, path),
    )


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str) and value else None


def _flat(groups: dict[Any, list[Any]]) -> tuple[Any, ...]:
    return tuple(record for records in groups.values() for record in records)


def _flat_groups(groups: dict[Any, dict[str, Any]]) -> tuple[Any, ...]:
    return tuple(record for records in groups.values() for record in records.values())


def _version(cls: Any, version: Any, keywords: dict[str, Any]) -> VersionRecord:
    checksum: tuple[str, str] | None = None
    for algorithm in CHECKSUMS:
        if algorithm in keywords:
            checksum = (algorithm, str(keywords[algorithm]))
    if checksum is None and "checksum" in keywords:
        checksum = ("", str(keywords["checksum"]))
    return VersionRecord(
        str(version),
        bool(keywords.get("preferred")),
        bool(keywords.get("deprecated")),
        checksum,
        _text(keywords.get("url")),
        _text(keywords.get("git")),
        _text(keywords.get("branch")),
        _text(keywords.get("tag")),
        _text(keywords.get("commit")),
        cls.version_origins.get(version, Origin("")),
    )


def _word(value: Any) -> Any:
    return value if isinstance(value, bool) else str(value)


def _value(value: Any) -> ValueRecord:
    if not isinstance(value, ConditionalValue):
        return ValueRecord(_word(value))
    if value.when is None:
        return ValueRecord(_word(value.value), True)
    text = condition_text(value.when)
    return ValueRecord(_word(value.value), text is not None, text)


def _variant(definition: VariantDefinition, when: Any) -> VariantRecord:
    kind = definition.variant_type
    values = definition.allowed
    return VariantRecord(
        definition.name,
        kind,
        default_value(definition.default, kind),
        None if values is None else tuple(_value(value) for value in values),
        bool(definition.sticky),
        condition_text(when),
        definition.description,
        definition.sets,
        definition.origin_key or Origin(""),
    )


def _resource(record: ResourceRecord) -> ResourceRecord:
    """With keywords that can be written as JSON; functions are left out."""
    keywords = {key: value for key, value in record.keywords.items() if not callable(value)}
    return record._replace(keywords=keywords)


def _build_systems(cls: Any) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for group in cls.variants.values():
        definition = group.get("build_system")
        if definition is not None:
            found.update((str(value), None) for value in definition.allowed or ())
    return tuple(found)


def _compiler_languages(cls: Any) -> tuple[str, ...]:
    if "compiler" not in words(getattr(cls, "tags", ())):
        return ()
    return words(getattr(cls, "compiler_languages", ()))


def _dependent_files(cls: Any, path: str) -> tuple[str, ...]:
    """The recipe, those it inherits from, and the patch files."""
    files: dict[str, None] = {path: None}
    for parent in cls.__mro__:
        if is_recipe_module(parent.__module__):
            file = getattr(sys.modules.get(parent.__module__), "__file__", None)
            if file is not None:
                files[os.path.abspath(file)] = None
    patches: list[PatchRecord] = list(_flat(cls.patches))
    for record in _flat_groups(cls.dependencies):
        patches.extend(record.patches)
    for patch in patches:
        if patch.path is not None:
            files[patch.path] = None
    return tuple(files)
