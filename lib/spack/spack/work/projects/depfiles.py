"""Makefiles that install the packages of an environment, two targets a package."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence

from spack.errors import UsageError
from spack.language.concrete_specs import ConcreteEdge, ConcreteSpec
from spack.language.deptypes import ALL, LINK, RUN
from spack.language.formatting import format_spec
from spack.language.matching import satisfies
from spack.type_names import TYPE_CHECKING
from spack.work.queries.queries import NoMatchError, parse_words

if TYPE_CHECKING:
    from spack.environments.environment import Environment


def depfile(
    environment: Environment,
    words: Sequence[str],
    *,
    prefix: str | None,
    jobserver: bool,
    caches: Mapping[str, str] = {},
) -> str:
    """A makefile for the locked specs, or those that match.

    The targets of a package are ``install/ID`` and ``install-deps/ID``, below the prefix, where
    marks of what is finished are; without a prefix they have these short names, too. Rules of users
    find the variables ``HASH`` and ``SPEC`` of a target and ``SPACK_PACKAGE_IDS``.

    Args:
        prefix: begins every target and the names of variables; by default marks are in a directory
            of the environment.
        jobserver: hand make's job server to builds.
        caches: use of build caches, ``only``, ``auto`` or ``never``, of ``package`` (the roots) and
            ``dependencies``. What comes from a build cache only needs no build dependencies.

    Raises:
        NoMatchError: nothing matches a word.
        UsageError: the names of targets would have a blank or a sign of make's language.
    """
    roots = _roots(environment, words)
    asked = {root.dag_hash() for root in roots}

    def mode(node: ConcreteSpec) -> str:
        kind = "package" if node.dag_hash() in asked else "dependencies"
        return caches.get(kind, "auto")

    def below(node: ConcreteSpec) -> Sequence[ConcreteEdge]:
        return node.edges(LINK | RUN if mode(node) == "only" else ALL)

    nodes: dict[str, ConcreteSpec] = {}
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        if nodes.setdefault(node.dag_hash(), node) is node:
            waiting += [e.spec for e in below(node) if e.spec.dag_hash() not in nodes]
    where = prefix if prefix is not None else f"{environment.internal}/makedeps"
    unusable = re.search(r"""[\s#:%$=;|&*?()<>\[\]'"\\]""", where)
    if unusable is not None:
        raise UsageError(
            f"make cannot have the target {where}/env: '{unusable[0]}' means something to it",
            hint="give --make-prefix PREFIX with other characters",
        )
    name = f"{where}/" if where else ""
    outer = "" if prefix is None else name
    directory = shlex.quote(environment.directory).replace("$", "$$")
    spack = f"$(SPACK) -D {directory} install $(SPACK_INSTALL_FLAGS)"
    ids = sorted((_id(node), node) for node in nodes.values())
    lines = [
        "SPACK ?= spack",
        "SPACK_INSTALL_FLAGS ?=",
        f"{outer}SPACK_PACKAGE_IDS := " + " ".join(text for text, _ in ids),
        "",
        f".PHONY: {outer}all {outer}clean",
        "",
        f"{outer}all: {name}env",
        "",
        f"{name}env: " + " ".join(f"{name}install/{_id(root)}" for root in roots),
        "\t@mkdir -p $(@D) && touch $@",
        "",
    ]
    for text, node in ids:
        needed = " ".join(f"{name}install/{_id(edge.spec)}" for edge in below(node))
        flag = "" if mode(node) == "auto" else f" --use-buildcache={mode(node)}"
        lines += [
            f"{name}%/{text}: HASH = {node.dag_hash()}",
            f"{name}%/{text}: SPEC = {format_spec(node, '{name}{@version}')}",
            f"{name}install-deps/{text}: {needed}".rstrip(),
            "\t@mkdir -p $(@D) && touch $@",
            f"{name}install/{text}: {name}install-deps/{text}",
            f"\t{'+' if jobserver else ''}{spack}{flag}"
            " --only-concrete --no-add --only=package /$(HASH)",
            "\t@mkdir -p $(@D) && touch $@",
            "",
        ]
        if prefix is None:
            for kind in ("install", "install-deps"):
                short = f"{kind}/{text}"
                lines += [f".PHONY: {short}", f"{short}: {name}{short}"]
    marks = " ".join(f"{name}install/{text} {name}install-deps/{text}" for text, _ in ids)
    lines += [f"{outer}clean:", f"\trm -f -- {name}env {marks}", ""]
    return "\n".join(lines)


def _roots(environment: Environment, words: Sequence[str]) -> list[ConcreteSpec]:
    lock = environment.locked()
    if not words:
        return [spec for spec, _ in lock.every_root()]
    nodes = lock.every_spec()
    roots: list[ConcreteSpec] = []
    for wanted in parse_words(words):
        found = [node for node in nodes if satisfies(node, wanted.spec)]
        if not found:
            raise NoMatchError(f"nothing in {environment.label} matches {wanted.text}")
        roots += found
    return roots


def _id(spec: ConcreteSpec) -> str:
    """The last part of the names of targets, without characters that mean something to make."""
    return re.sub(r"[^A-Za-z0-9_.+-]", "_", f"{spec.name}-{spec.version}-{spec.dag_hash()}")
