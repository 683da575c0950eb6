"""``when`` clauses of includes and definitions: Python expressions over a few names.

The names are ``platform``, ``os``, ``target``, ``arch`` and ``architecture`` (with a ``satisfies``
method), ``arch_str``, ``env``, ``re`` and ``hostname``. The expression is checked before it runs:
no private attributes, no comprehensions, no lambdas, no other names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from spack.config.values.path_variables import HostFacts
from spack.errors import ConfigurationError, Origin, SpackError
from spack.type_names import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    import ast

NAMES = ("platform", "os", "target", "arch", "architecture", "arch_str", "env", "re", "hostname")

_ENV_TEST = re.compile(r"""\s*(["'])(\w+)\1\s+(not\s+)?in\s+env\s*""")

#: Kinds of syntax nodes that a condition may consist of.
_PERMITTED = frozenset(
    "Expression BoolOp And Or UnaryOp Not Compare Eq NotEq Lt LtE Gt GtE In NotIn Is IsNot "
    "Call keyword Attribute Subscript Slice Constant Name Load List Tuple Set IfExp".split()
)


class HostArchitecture:
    """The ``arch`` of a ``when`` clause."""

    def __init__(self, facts: HostFacts) -> None:
        self.platform = facts.platform
        self.os = facts.os
        self.target = facts.target
        self.family = facts.target_family

    def satisfies(self, constraint: str) -> bool:
        """Whether this machine fulfils ``target=x86_64:``, ``x86_64:``, ``os=x`` or ``a-b-c``."""
        return all(self._satisfies_one(part) for part in constraint.split())

    def _satisfies_one(self, part: str) -> bool:
        key, separator, value = part.partition("=")
        if not separator:
            key, value = ("arch", part) if part.count("-") == 2 else ("target", part)
        if key == "platform":
            return value in (self.platform, "default_platform")
        if key in ("os", "operating_system"):
            return value in (self.os, "default_os")
        if key == "target":
            return self._target_satisfies(value)
        if key in ("arch", "architecture"):
            platform, os, target = value.split("-", 2)
            return (
                platform in ("None", "", self.platform)
                and os in ("None", "", self.os)
                and (target in ("None", "") or self._target_satisfies(target))
            )
        raise ConfigurationError(
            f"'{part}' is not an architecture constraint", hint="use target=, os= or platform="
        )

    def _target_satisfies(self, constraint: str) -> bool:
        from spack.language.targets import target_satisfies

        return bool(target_satisfies(self.target, constraint))

    def __str__(self) -> str:
        return f"{self.platform}-{self.os}-{self.target}"


def evaluate(
    expression: str,
    host: Callable[[], HostFacts],
    variables: Mapping[str, str],
    origin: Origin,
) -> bool:
    """The truth of a ``when`` clause.

    Raises:
        ConfigurationError: not an expression, an unknown name, or a failure while it ran.
    """
    # The usual case costs no import.
    simple = _ENV_TEST.fullmatch(expression)
    if simple:
        return (simple.group(2) in variables) != bool(simple.group(3))
    import ast

    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except SyntaxError as error:
        raise ConfigurationError(
            f"'{expression}' is not a Python expression: {error.msg}", origin=origin
        ) from None
    used = _check(tree, expression, origin)
    names: dict[str, Any] = {name: _name(name, host, variables) for name in used}
    try:
        return bool(eval(compile(tree, str(origin), "eval"), {"__builtins__": {}}, names))
    except SpackError as error:
        raise error.at(origin) from None
    except Exception as error:
        raise ConfigurationError(
            f"'{expression}' failed: {type(error).__name__}: {error}", origin=origin
        ) from None


def _check(tree: ast.Expression, expression: str, origin: Origin) -> dict[str, None]:
    """The names that an expression uses, in order; refuses what a condition must not do."""
    import ast

    used: dict[str, None] = {}
    for node in ast.walk(tree):
        if type(node).__name__ not in _PERMITTED:
            raise ConfigurationError(
                f"'{expression}' uses a {type(node).__name__}, which is not allowed here",
                origin=origin,
            )
        if isinstance(node, ast.Attribute) and node.attr.startswith(("_", "format")):
            raise ConfigurationError(
                f"'{expression}' uses '{node.attr}', which is not allowed here", origin=origin
            )
        if isinstance(node, ast.Name):
            if node.id not in NAMES:
                raise ConfigurationError(
                    f"'{expression}' uses the unknown name '{node.id}'",
                    origin=origin,
                    hint=f"use one of {', '.join(NAMES)}",
                )
            used[node.id] = None
    return used


def _name(name: str, host: Callable[[], HostFacts], variables: Mapping[str, str]) -> Any:
    if name == "env":
        return variables
    if name == "re":
        return re
    if name == "hostname":
        import socket

        return socket.gethostname()
    if name in ("arch", "architecture"):
        return HostArchitecture(host())
    if name == "arch_str":
        return str(host())
    return getattr(host(), name)
