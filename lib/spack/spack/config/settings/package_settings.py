"""Typed settings of the sections ``packages`` and ``toolchains``: spec texts with their places.

Specs stay texts here; the solver parses them.
"""

from __future__ import annotations

from collections.abc import Mapping

from spack.config.settings.program_settings import texts
from spack.config.values.path_variables import PathVariables
from spack.config.values.values import Value
from spack.errors import Origin
from spack.named_tuples import NamedTuple
from spack.type_names import Any

ONE_OF, ANY_OF = "one_of", "any_of"


class RequirementEntry(NamedTuple):
    """A rule on a package: ``policy`` of ``specs``, where the order is a preference.

    A preference is any of the spec and ``@:``; a conflict is one of the spec and ``@:``.
    """

    policy: str
    specs: tuple[str, ...]
    when: str
    message: str | None
    origin: Origin


class ExternalDependency(NamedTuple):
    """A dependency of an external on another one, by its id or by a spec."""

    id: str | None = None
    spec: str | None = None
    deptypes: tuple[str, ...] = ()
    virtuals: tuple[str, ...] = ()


class ExternalEntry(NamedTuple):
    """An installation that this program did not make."""

    spec: str
    prefix: str | None
    modules: tuple[str, ...]
    id: str | None
    extra_attributes: Mapping[str, Any]
    dependencies: tuple[ExternalDependency, ...]
    origin: Origin


class Permissions(NamedTuple):
    """Permissions of installed files.

    Attributes:
        read, write: ``user``, ``group`` or ``world``.
        group: name of the group, None for the group of the process.
        set_group_bit: new files in directories inherit the group (``config:allow_sgid``).
    """

    read: str = "world"
    write: str = "user"
    group: str | None = None
    set_group_bit: bool = True


class PackageSettings(NamedTuple):
    """Settings of one package, one virtual, or ``all``.

    ``buildable`` and ``permissions`` are those of ``all`` where the package says nothing.
    """

    require: tuple[RequirementEntry, ...] = ()
    prefer: tuple[RequirementEntry, ...] = ()
    conflict: tuple[RequirementEntry, ...] = ()
    version: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    providers: Mapping[str, tuple[str, ...]] = {}
    target: tuple[str, ...] = ()
    compiler: tuple[str, ...] = ()
    buildable: bool = True
    externals: tuple[ExternalEntry, ...] = ()
    permissions: Permissions = Permissions()
    package_attributes: Mapping[str, Any] = {}
    buildable_origin: Origin | None = None
    version_origin: Origin | None = None
    compiler_origin: Origin | None = None


class ToolchainEntry(NamedTuple):
    """One constraint of a toolchain and the condition under which it holds."""

    spec: str
    when: str
    origin: Origin


def package_settings(section: Value, paths: PathVariables) -> dict[str, PackageSettings]:
    """The section ``packages`` by package name, ``all`` first and always there."""
    nothing = Value({}, "no scope")
    general = _package("all", section.data.get("all", nothing), PackageSettings(), paths)
    result = {"all": general}
    for name, value in section.data.items():
        if name != "all":
            result[name] = _package(name, value, general, paths)
    return result


def _package(
    name: str, value: Value, general: PackageSettings, paths: PathVariables
) -> PackageSettings:
    get = value.child

    def plain(key: str) -> Any:
        found = get(key)
        return None if found is None else found.plain()

    own_permissions = plain("permissions") or {}
    buildable = plain("buildable")
    return PackageSettings(
        require=_requirements(get("require")),
        prefer=_strengths(get("prefer"), ANY_OF),
        conflict=_strengths(get("conflict"), ONE_OF),
        version=texts(plain("version")),
        variants=texts(plain("variants")),
        providers={key: texts(names) for key, names in (plain("providers") or {}).items()},
        target=texts(plain("target")),
        compiler=texts(plain("compiler")),
        buildable=general.buildable if buildable is None else buildable,
        externals=_externals(name, get("externals"), paths),
        permissions=general.permissions._replace(**own_permissions),
        package_attributes=plain("package_attributes") or {},
        buildable_origin=_origin(get("buildable")) or general.buildable_origin,
        version_origin=_origin(get("version")),
        compiler_origin=_origin(get("compiler")),
    )


def _origin(value: Value | None) -> Origin | None:
    return None if value is None else value.origin


def _items(value: Value | None) -> tuple[Value, ...]:
    if value is None:
        return ()
    return tuple(value.data) if isinstance(value.data, list) else (value,)


def _requirements(value: Value | None) -> tuple[RequirementEntry, ...]:
    entries = []
    for item in _items(value):
        data = item.plain()
        if isinstance(data, str):
            entries.append(RequirementEntry(ONE_OF, (data,), "", None, item.origin))
            continue
        policy = ANY_OF if ANY_OF in data else ONE_OF
        specs = texts(data.get(policy, data.get("spec")))
        entries.append(
            RequirementEntry(policy, specs, data.get("when", ""), data.get("message"), item.origin)
        )
    return tuple(entries)


def _strengths(value: Value | None, policy: str) -> tuple[RequirementEntry, ...]:
    entries = []
    for item in _items(value):
        data = item.plain()
        if isinstance(data, str):
            data = {"spec": data}
        entries.append(
            RequirementEntry(
                policy,
                (data["spec"], "@:"),
                data.get("when", ""),
                data.get("message"),
                item.origin,
            )
        )
    return tuple(entries)


def _externals(name: str, value: Value | None, paths: PathVariables) -> tuple[ExternalEntry, ...]:
    """The entries that can be used; configurations tell of the others when they are read."""
    items = _items(value)
    if not items:
        return ()
    from spack.config.values.external_specs import external_spec

    entries = []
    for item in items:
        data = item.plain()
        prefix = data.get("prefix")
        spec = external_spec(data["spec"], name)
        if spec is None or not (prefix or data.get("modules")):
            continue
        entries.append(
            ExternalEntry(
                spec=spec,
                prefix=None if prefix is None else paths.path(prefix),
                modules=texts(data.get("modules")),
                id=data.get("id"),
                extra_attributes=data.get("extra_attributes", {}),
                dependencies=tuple(
                    ExternalDependency(
                        entry.get("id"),
                        entry.get("spec"),
                        texts(entry.get("deptypes")),
                        texts(entry.get("virtuals")),
                    )
                    for entry in data.get("dependencies", ())
                ),
                origin=item.origin,
            )
        )
    return tuple(entries)


def toolchain_settings(section: Value) -> dict[str, tuple[ToolchainEntry, ...]]:
    """The section ``toolchains`` by name."""
    result = {}
    for name, value in section.data.items():
        entries = []
        for item in _items(value):
            data = item.plain()
            if isinstance(data, str):
                data = {"spec": data}
            entries.append(ToolchainEntry(data["spec"], data.get("when", ""), item.origin))
        result[name] = tuple(entries)
    return result
