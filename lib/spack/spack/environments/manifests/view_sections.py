"""The ``view`` section of a manifest as view descriptors, with its shorthands."""

from __future__ import annotations

import os
from collections.abc import Sequence

from spack.config.values.values import Value
from spack.environments.manifests.manifest import DEFAULT_VIEW_ROOT
from spack.errors import ConfigurationError, Origin
from spack.language.parser import parse_spec
from spack.language.specs import Located
from spack.type_names import Callable
from spack.views.descriptors import Link, LinkType, Projection, ViewDescriptor

#: The view that is loaded when an environment is activated.
DEFAULT_VIEW = "default"


def view_descriptors(
    section: Value | None,
    directory: str,
    substitute: Callable[[str], str] = lambda text: text,
    groups: Sequence[str] = (),
) -> list[ViewDescriptor]:
    """The views of an environment.

    ``true`` (or no section) is one view named ``default`` below ``.spack-env``, a text one at that
    path, ``false`` none; a mapping holds one descriptor a name.

    Args:
        directory: the environment; relative roots count from it.
        substitute: replaces variables in roots.
        groups: of roots, which views may name.

    Raises:
        ConfigurationError: two views with one root, an unknown word or group.
        SpecSyntaxError: a constraint that is not a spec.
    """
    own = os.path.join(directory, DEFAULT_VIEW_ROOT)
    if section is None or section.data is None or section.data is True:
        return [ViewDescriptor(DEFAULT_VIEW, own)]
    if section.data is False:
        return []
    if isinstance(section.data, str):
        root = _root(section, directory, substitute)
        return [ViewDescriptor(DEFAULT_VIEW, root, origin=section.origin)]
    result = []
    roots: dict[str, str] = {}
    for name, value in section.data.items():
        if value.data is False or value.data is None:
            continue
        if value.data is True:
            view = ViewDescriptor(name, own if name == DEFAULT_VIEW else f"{own}-{name}")
        else:
            view = _descriptor(name, value, directory, substitute)
            view = view._replace(groups=_groups(value.child("group"), groups))
        other = roots.setdefault(view.root, name)
        if other != name:
            raise ConfigurationError(
                f"the views '{other}' and '{name}' have the same root {view.root}",
                origin=value.origin,
                hint="give each view its own root",
            )
        result.append(view)
    return result


def _descriptor(
    name: str, value: Value, directory: str, substitute: Callable[[str], str]
) -> ViewDescriptor:
    if not isinstance(value.data, dict) or "root" not in value.data:
        raise ConfigurationError(f"the view '{name}' needs a root", origin=value.origin)
    projections, default = _projections(value.data.get("projections"))
    fold = value.data.get("fold")
    return ViewDescriptor(
        name,
        _root(value.data["root"], directory, substitute),
        projections,
        default,
        _constraints(value.data.get("select")),
        _constraints(value.data.get("exclude")),
        Link(_word(value.data.get("link"), "all", [link.value for link in Link])),
        LinkType(_word(value.data.get("link_type"), "symlink", [t.value for t in LinkType])),
        fold is None or bool(fold.data),
        value.origin,
    )


def _groups(value: Value | None, known: Sequence[str]) -> tuple[str, ...]:
    if value is None or value.data is None:
        return ()
    items = [value] if isinstance(value.data, str) else value.data
    for item in items:
        if item.data not in known:
            raise ConfigurationError(
                f"there is no group '{item.data}'",
                origin=item.origin,
                hint="the groups are " + ", ".join(known),
            )
    return tuple(str(item.data) for item in items)


def _root(value: Value, directory: str, substitute: Callable[[str], str]) -> str:
    root = os.path.normpath(os.path.join(directory, substitute(str(value.data))))
    if root in (os.path.normpath(directory), "/"):
        raise ConfigurationError(
            f"a view cannot have the root {root}",
            origin=value.origin,
            hint="give it its own directory",
        )
    return root


def _word(value: Value | None, default: str, words: list[str]) -> str:
    if value is None or value.data is None:
        return default
    if value.data not in words:
        raise ConfigurationError(
            f"{value.data!r} is not one of {', '.join(words)}", origin=value.origin
        )
    return str(value.data)


def _located(text: str, origin: Origin) -> Located:
    return Located(parse_spec(text, origin), origin, text)


def _constraints(value: Value | None) -> tuple[Located, ...]:
    items = value.data or () if value is not None else ()
    return tuple(_located(str(item.data), item.origin) for item in items)


def _projections(value: Value | None) -> tuple[tuple[Projection, ...], str]:
    """The projections in the order of the file, and the one named ``all``."""
    default = ""
    result = []
    for text, path in (value.data or {}).items() if value is not None else ():
        if text == "all":
            default = str(path.data)
        else:
            result.append(Projection(_located(text, path.origin), str(path.data)))
    return tuple(result), default
