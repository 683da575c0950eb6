"""Which recipes give a reason to build for another target than the best one."""

from __future__ import annotations

from collections.abc import Sequence

from spack.language.targets import target_satisfies
from spack.recipes.records.package_records import PackageRecord, parsed_spec
from spack.solve.problem.request import World


def avoids_best_target(world: World, record: PackageRecord) -> bool:
    """Whether a rule of the recipe speaks for another target than the best one.

    Rules for compilers that are not usable here are left aside.
    """
    rules: list[tuple[str | None, ...]] = []
    for conflict in record.conflicts:
        rules.append((conflict.spec_text, conflict.when_text))
    for dependency in record.dependencies:
        rules.append((dependency.spec_text, dependency.when_text))
    return any(_told_apart(world, rule, True) for rule in rules) or any(
        _told_apart(world, (*requirement.spec_texts, requirement.when_text), False)
        for requirement in record.requirements
    )


def _told_apart(world: World, texts: Sequence[str | None], best_is_meant: bool) -> bool:
    """The texts name targets of which the best one is, or is not, and another one differs."""
    written = [text for text in texts if text and "target=" in text]
    if not written:
        return False
    specs = [parsed_spec(text) for text in texts if text]
    edges = [edge.spec for spec in specs for edge in spec.dependencies]
    usable = {compiler.spec.name for compiler in world.compilers}
    for spec in edges:
        named = spec.name
        if named and named not in usable and world.packages.exists(named):
            if "compiler" in world.packages.record(named).tags:
                return False
    wanted = [spec.target for spec in (*specs, *edges) if spec.target is not None]
    for constraint in wanted:
        meant = [target_satisfies(target, constraint) for target in world.host.targets]
        if meant[0] == best_is_meant and len(set(meant)) > 1:
            return True
    return False
