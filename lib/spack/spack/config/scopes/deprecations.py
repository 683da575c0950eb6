"""Keys of earlier versions: read as what they mean today, with a warning that says the new form.

One function per section turns its old forms into new ones; a file is passed through before it is
checked against the schema, so schemas know the present forms only. ``config update`` writes the
result back.
"""

from __future__ import annotations

from spack.config.values.merging import split_key
from spack.config.values.values import Value
from spack.errors import ConfigurationError, Origin
from spack.named_tuples import NamedTuple
from spack.type_names import Callable


class Deprecation(NamedTuple):
    """An old form that was found, and what to write."""

    origin: Origin
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.origin}: {self.old} is deprecated: write {self.new}"


#: Sections that manifests hold for other programs; commands do not warn of these.
_FOR_OTHERS = ("cdash", "ci", "container:docker")


class NoEffect(NamedTuple):
    """A key that is set, and that nothing reads; or an entry that does not count as it stands."""

    origin: Origin
    key: str
    what: str = "ignored in this version"

    @property
    def is_surprising(self) -> bool:
        """Whether somebody probably expects it to do something here."""
        return self.key not in _FOR_OTHERS

    def __str__(self) -> str:
        return f"{self.origin}: {self.key} is {self.what}"


Found = list[Deprecation]
Sections = dict[str, Value]


def modernize(sections: Sections) -> tuple[Sections, Found]:
    """The sections of one file in today's form, and what was old in them.

    Keys of ``sections`` are raw (``packages:`` for ``packages::``).
    """
    found: Found = []
    result: Sections = {}
    for raw, value in sections.items():
        name = split_key(raw)[0]
        change = _SECTIONS.get(name)
        result[raw] = change(value, found) if change else value
    if "concretization" in result:
        _concretization(result)
    compilers = result.pop("compilers", None)
    if compilers is not None and compilers.data:
        _compilers(compilers, result, found)
    return result, found


def _report(found: Found, place: Value, old: str, new: str) -> None:
    found.append(Deprecation(place.origin, old, new))


def _renamed(value: Value, names: dict[str, str], prefix: str, found: Found) -> Value:
    """A mapping with some of its keys under their new names."""
    if not isinstance(value.data, dict) or not names.keys() & value.data.keys():
        return value
    data: dict[str, Value] = {}
    for key, child in value.data.items():
        new = names[key] if key in names else str(key)
        if new != key:
            _report(found, child, f"{prefix}:{key}", f"{prefix}:{new}")
        data[new] = child
    return value.with_data(data)


def _children(value: Value, change: Callable[[str, Value], Value]) -> Value:
    if not isinstance(value.data, dict):
        return value
    return value.with_data({key: change(key, child) for key, child in value.data.items()})


def _config(value: Value, found: Found) -> Value:
    if not isinstance(value.data, dict):
        return value
    data = dict(value.data)
    tree = data.get("install_tree")
    if tree is not None and isinstance(tree.data, str):
        _report(found, tree, "config:install_tree as a string", "config:install_tree:root")
        data["install_tree"] = tree.with_data({"root": tree})
    scheme = data.pop("install_path_scheme", None)
    if scheme is not None:
        new = "config:install_tree:projections:all"
        _report(found, scheme, "config:install_path_scheme", new)
        tree = data.get("install_tree", scheme.with_data({}))
        projections = scheme.with_data({"all": scheme})
        data["install_tree"] = tree.with_data({**tree.data, "projections": projections})
    for gone, new in (("module_roots", "modules:default:roots"), ("concretizer", "nothing")):
        if gone in data:
            _report(found, data.pop(gone), f"config:{gone}", f"{new} (the key is ignored)")
    return value.with_data(data)


def _packages(value: Value, found: Found) -> Value:
    def one(raw: str, package: Value) -> Value:
        if not isinstance(package.data, dict):
            return package
        name = split_key(raw)[0]
        data = dict(package.data)
        externals: list[Value] = []
        for key, field in (("paths", "prefix"), ("modules", "modules")):
            old = data.pop(key, None)
            if old is not None and isinstance(old.data, dict):
                _report(found, old, f"packages:{name}:{key}", f"packages:{name}:externals")
                for spec, place in old.data.items():
                    content = place.with_data([place]) if field == "modules" else place
                    entry = {"spec": place.with_data(spec), field: content}
                    externals.append(place.with_data(entry))
        if externals:
            present = data.get("externals", package.with_data([]))
            data["externals"] = present.with_data([*present.data, *externals])
        if "compiler" in data:
            new = f"packages:{name}:prefer with %COMPILER (it counts as a preference)"
            _report(found, data["compiler"], f"packages:{name}:compiler", new)
        if name != "all":
            for key in ("target", "providers"):
                if key in data:
                    new = "packages:all:" + key
                    if key != "providers":
                        new = f"packages:{name}:prefer"
                    ignored = data.pop(key)
                    old_key = f"packages:{name}:{key}"
                    _report(found, ignored, old_key, f"{new} (the key is ignored)")
        return package.with_data(data)

    return _children(value, one)


def _repos(value: Value, found: Found) -> Value:
    if not isinstance(value.data, list):
        return value
    _report(found, value, "repos as a list", "a mapping of names to paths")
    return value.with_data({str(item.data): item for item in value.data})


_RULE_NAMES = {
    "whitelist": "include",
    "blacklist": "exclude",
    "blacklist_implicits": "exclude_implicits",
}


def _modules(value: Value, found: Found) -> Value:
    if not isinstance(value.data, dict):
        return value
    data = dict(value.data)
    outer = ("enable", "tcl", "lmod", "roots")
    moved = {key: data.pop(key) for key in list(data) if split_key(key)[0] in outer}
    if moved:
        for key, child in moved.items():
            name = split_key(key)[0]
            _report(found, child, f"modules:{name}", f"modules:default:{name}")
        present = data.get("default", value.with_data({}))
        data["default"] = present.with_data({**moved, **present.data})

    def one_set(raw: str, module_set: Value) -> Value:
        if raw == "prefix_inspections" or not isinstance(module_set.data, dict):
            return module_set
        changed = dict(module_set.data)
        for kind in ("tcl", "lmod"):
            if kind in changed:
                path = f"modules:{raw}:{kind}"
                kept = _renamed(changed[kind], _RULE_NAMES, path, found)
                if isinstance(kept.data, dict):
                    rules = {key: one_rule(path, key, rule) for key, rule in kept.data.items()}
                    kept = kept.with_data(rules)
                changed[kind] = kept
        return module_set.with_data(changed)

    def one_rule(path: str, key: str, rule: Value) -> Value:
        if not isinstance(rule.data, dict) or "filter" not in rule.data:
            return rule
        names = {"environment_blacklist": "exclude_env_vars"}
        renamed = _renamed(rule.data["filter"], names, f"{path}:{key}:filter", found)
        return rule.with_data({**rule.data, "filter": renamed})

    return _children(value.with_data(data), one_set)


def _concretization(sections: Sections) -> None:
    """The manifest key ``concretization``: another way to say ``concretizer:unify``."""
    value = sections.pop("concretization")
    meanings = {"together": True, "separately": False}
    if value.data not in meanings:
        raise ConfigurationError(
            f"concretization cannot be '{value.data}'",
            origin=value.origin,
            hint="together or separately",
        )
    wanted = meanings[value.data]
    raw = next((key for key in sections if split_key(key)[0] == "concretizer"), "concretizer")
    present = sections.get(raw, value.with_data({}))
    unify: Value | None = present.child("unify")
    if unify is None:
        sections[raw] = present.with_data({**present.data, "unify": value.with_data(wanted)})
    elif unify.data != wanted:
        raise ConfigurationError(
            f"concretization: {value.data} contradicts concretizer:unify: "
            f"{str(unify.data).lower()} ({unify.origin})",
            origin=value.origin,
            hint="keep only one of the two lines",
        )


#: Compiler names in ``compilers`` to the packages that provide them.
_COMPILER_PACKAGES = {
    "clang": "llvm",
    "oneapi": "intel-oneapi-compilers",
    "dpcpp": "intel-oneapi-compilers",
    "intel": "intel-oneapi-compilers-classic",
    "rocmcc": "llvm-amdgpu",
    "xl_r": "xl",
}


def _compilers(value: Value, sections: Sections, found: Found) -> None:
    """Entries of ``compilers`` become externals of the compilers' packages."""
    if not isinstance(value.data, list):
        raise ConfigurationError("compilers must be a list", origin=value.origin)
    _report(found, value, "compilers", "externals of the compilers' packages in 'packages'")
    raw = next((key for key in sections if split_key(key)[0] == "packages"), "packages")
    packages = sections.get(raw, value.with_data({}))
    data = dict(packages.data)
    for item in value.data:
        name, external = _compiler_external(item)
        package = data.get(name, item.with_data({}))
        externals = package.data.get("externals", item.with_data([]))
        data[name] = package.with_data(
            {**package.data, "externals": externals.with_data([*externals.data, external])}
        )
    sections[raw] = packages.with_data(data)


def _compiler_external(item: Value) -> tuple[str, Value]:
    compiler = item.child("compiler")
    spec = compiler.child("spec") if compiler else None
    paths = compiler.child("paths") if compiler else None
    if compiler is None or spec is None or paths is None or not isinstance(paths.data, dict):
        raise ConfigurationError(
            "an entry of compilers needs the keys spec and paths", origin=item.origin
        )
    name, _, version = str(spec.data).replace("=", "").partition("@")
    name = _COMPILER_PACKAGES.get(name, name)
    programs = {
        language: paths.data[key]
        for key, language in (("cc", "c"), ("cxx", "cxx"), ("fc", "fortran"))
        if key in paths.data and paths.data[key].data
    }
    if not programs:
        raise ConfigurationError(f"the compiler {spec.data} has no paths", origin=paths.origin)
    attributes: dict[str, Value] = {"compilers": paths.with_data(programs)}
    for key in ("flags", "environment", "extra_rpaths", "implicit_rpaths"):
        if key in compiler.data and compiler.data[key].data not in (None, {}, []):
            attributes[key] = compiler.data[key]
    first = next(iter(programs.values()))
    directory = str(first.data).rpartition("/")[0]
    prefix = directory[: -len("/bin")] if directory.endswith("/bin") else directory
    text = f"{name}@{version}" if version else name
    if name == "gcc":
        languages = {"c": "c", "cxx": "c++", "fortran": "fortran"}
        text += f" languages:='{','.join(languages[key] for key in programs)}'"
    if name == "llvm":
        text += "+clang"
    target = compiler.child("target")
    system = compiler.child("operating_system")
    if system is not None and system.data:
        text += f" os={system.data}"
    if target is not None and target.data and target.data != "any":
        text += f" target={target.data}:"
    external: dict[str, Value] = {
        "spec": spec.with_data(text),
        "prefix": first.with_data(prefix or "/"),
        "extra_attributes": compiler.with_data(attributes),
    }
    modules = compiler.child("modules")
    if modules is not None and modules.data:
        external["modules"] = modules
    return name, item.with_data(external)


_SECTIONS: dict[str, Callable[[Value, Found], Value]] = {
    "config": _config,
    "modules": _modules,
    "packages": _packages,
    "repos": _repos,
}
