"""The values that a template of module files is filled with, for one spec.

Their names are those that templates of sites use. Nothing in them changes from one refresh to the
next while the package, its recipe and the configuration stay as they are, so that files stay as
they are.
"""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence

from spack.errors import SpackError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.formatting import Prefix, format_spec
from spack.modulefiles.filters import in_lua
from spack.modulefiles.layout import FilePlace, Unlocked
from spack.modulefiles.rules import SpecRules
from spack.named_tuples import NamedTuple
from spack.system.processes.variables import (
    AppendPath,
    EnvironmentModifications,
    NameValueModifier,
    PrependPath,
    SetPath,
    UnsetEnv,
)
from spack.type_names import Any

_FIELD = re.compile(r"\{[^{}]*\}")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_]")

#: Kinds of changes in the configuration, and those of templates.
_KINDS = {
    "set": "SetEnv",
    "unset": "UnsetEnv",
    "prepend_path": "PrependPath",
    "append_path": "AppendPath",
    "remove_path": "RemovePath",
}


class Change(NamedTuple):
    """One change of a variable, as templates see it."""

    name: str
    value: str = ""
    separator: str = ":"


class Related(NamedTuple):
    """Names of other modules that the file of a spec is about."""

    autoload: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()


class PackageFacts(NamedTuple):
    """Facts about an installed package for its module file, from its recipe and its store.

    Attributes:
        description: text of the recipe.
        modifications: changes that make it usable: of search paths, and those it asks for.
        installed: time of its installation, as text.
        configure_options: how it was configured, if that is known.
        template: name of its own template for this kind of file, or None.
        context: further values for templates.
        view: the spec as recipes see it.
    """

    description: str
    modifications: EnvironmentModifications
    installed: str = ""
    configure_options: str = ""
    template: str | None = None
    context: Mapping[str, Any] = {}
    view: Any = None


def context(
    node: ConcreteSpec,
    facts: PackageFacts,
    rules: SpecRules,
    place: FilePlace,
    related: Related,
    unlocked: Unlocked,
    prefix: Prefix,
    *,
    verbose: bool = False,
) -> dict[str, Any]:
    """The values for a template; ``prefix`` tells where any package is."""
    paragraphs = [" ".join(part.split()) for part in facts.description.split("\n\n")]
    long = " ".join(part for part in paragraphs if part)
    conflicts = [_filled(node, text, prefix, rules) for text in rules.conflict]
    levels = [_word(level) for level in unlocked.provides]
    return {
        "spec": facts.view,
        "title": format_spec(node, "{short_spec}"),
        "name": node.name,
        "version": str(node.version),
        "target": str(node.target),
        "hash": node.dag_hash(),
        "timestamp": facts.installed,
        "use_name": place.use_name,
        "short_description": paragraphs[0] if paragraphs else "",
        "long_description": long,
        "help_lines": _help(node, long),
        "configure_options": facts.configure_options,
        "verbose": verbose,
        "autoload": list(related.autoload),
        "prerequisites": list(related.prerequisites),
        "conflicts": conflicts,
        "environment_modifications": changes(node, facts.modifications, rules, prefix),
        "provides": levels,
        "has_modulepath_modifications": bool(unlocked.always),
        "unlocked_paths": list(unlocked.always),
        "has_conditional_modifications": bool(unlocked.conditional),
        "missing": [_word(level) for level in unlocked.missing],
        "conditionally_unlocked_paths": [
            (" and ".join(f"{_word(level)}_name" for level in others), _lua_parts(parts))
            for others, parts in unlocked.conditional
        ],
        "name_part": unlocked.name,
        "version_part": unlocked.version,
        **facts.context,
    }


def _word(level: str) -> str:
    """A level as a part of names in Lua."""
    return level.replace("-", "_")


def _lua_parts(parts: Sequence[tuple[str, str]]) -> str:
    """Arguments of ``pathJoin``."""
    words = []
    for text, level in parts:
        words.append(in_lua(text) if text else f"{_word(level)}_name, {_word(level)}_version")
    return ", ".join(words)


def _help(node: ConcreteSpec, text: str) -> list[str]:
    head = [f"Name   : {node.name}", f"Version: {node.version}", f"Target : {node.target}"]
    return [*head, "", *textwrap.wrap(text, 72)] if text else head


def changes(
    node: ConcreteSpec, requests: EnvironmentModifications, rules: SpecRules, prefix: Prefix
) -> list[tuple[str, Change]]:
    """Kind and content of each change of a variable: those of the package, then those of rules."""
    found = [*_of_package(requests), *_of_rules(node, prefix, rules)]
    kept = [row for row in found if row[1].name not in rules.exclude_env_vars]
    if any(change.name == "MANPATH" for _, change in kept):
        # An empty last element stands for the manual pages of the system.
        kept.append(("AppendPath", Change("MANPATH")))
    return kept


def _of_package(modifications: EnvironmentModifications) -> Iterable[tuple[str, Change]]:
    for request in modifications:
        kind = type(request).__name__
        if isinstance(request, UnsetEnv):
            yield kind, Change(request.name)
        elif isinstance(request, SetPath):
            value = request.separator.join(str(part) for part in request.value)
            yield kind, Change(request.name, value, request.separator)
        elif isinstance(request, (PrependPath, AppendPath)):
            yield kind, Change(request.name, os.path.normpath(request.value), request.separator)
        elif isinstance(request, NameValueModifier):
            yield kind, Change(request.name, str(request.value), request.separator)


def _of_rules(node: ConcreteSpec, prefix: Prefix, rules: SpecRules) -> Iterable[tuple[str, Change]]:
    for kind, name, value in rules.environment:
        filled = _FIELD.sub(lambda field: _filled(node, field[0], prefix, rules).upper(), name)
        shown = _filled(node, value, prefix, rules) if value else ""
        yield _KINDS[kind], Change(_NOT_IN_NAMES.sub("_", filled), shown)


def _filled(node: ConcreteSpec, text: str, prefix: Prefix, rules: SpecRules) -> str:
    """A text of the configuration with its fields filled in."""
    if "{" not in text and "}" not in text:
        return text
    try:
        return format_spec(node, text, prefix=prefix)
    except SpackError as error:
        error.origin = error.origin or rules.origin
        raise
