"""Directives that declare variants, the choice of a build system among them.

Each function checks its arguments and returns what has to be done with the package class. What a
definition means is said in :mod:`spack.recipes.declaring.variants`.
"""

from __future__ import annotations

import re

from spack.errors import Origin
from spack.language.parser import RESERVED_VARIANT_NAMES
from spack.recipes.declaring.declarations import Declaring
from spack.recipes.declaring.directive_scope import (
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
from spack.type_names import Any

_VARIANT_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


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
    multi: bool | None,
    validator: GroupValidator | None,
    when: When,
    sticky: bool,
) -> Executor:
    active = condition(when)
    if name in RESERVED_VARIANT_NAMES:
        raise DirectiveError(f"the variant name {name!r} is reserved in specs")
    if _VARIANT_NAME.fullmatch(name) is None:
        raise DirectiveError(f"{name!r} is not a valid variant name")
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

    def execute(pkg: Declaring, origin: Origin) -> None:
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
    multi: bool | None = None,
    validator: GroupValidator | None = None,
    when: When = None,
    sticky: bool = False,
) -> Executor:
    """Declare a variant: a boolean, or a choice of one or several of ``values``.

    Args:
        default: a boolean, a word, or words; needed unless the values bring one.
        values: the permitted words, a function that says whether a word is permitted, or None.
        validator: called with package name, variant name and chosen words; raises to refuse them.
        sticky: the solver does not leave the default by itself.

    Raises :class:`DirectiveError` for a name that specs cannot have, and for a missing default.
    """
    return _variant_executor(name, default, description, values, multi, validator, when, sticky)


@directive
def build_system(*values: Any, default: str | None = None, when: When = None) -> Executor:
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
