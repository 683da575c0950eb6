"""The steps of an installation: which nodes are built, unpacked, registered, or there already.

Pure: the store and the build caches are asked through two functions. Knows nothing of processes.
"""

from __future__ import annotations

from collections.abc import Sequence

from spack.builds.events import NodeName, Planned, PlannedStep, StepAction
from spack.builds.options import CachePolicy, InstallOptions, Only
from spack.errors import SpackError, UsageError
from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec, distinct
from spack.named_tuples import NamedTuple
from spack.type_names import Callable


class Step(NamedTuple):
    """One node to work on.

    Attributes:
        spec: the node.  action: what to do (never INSTALLED).
        needs: hashes of the steps that must be done before.
        explicit: the user asked for it.  is_root: it is one of the roots.
        run_tests: run the tests of its build.  overwrite: replace the installed prefix.
    """

    spec: ConcreteSpec
    action: StepAction
    needs: tuple[str, ...]
    explicit: bool = False
    is_root: bool = False
    run_tests: bool = False
    overwrite: bool = False

    @property
    def key(self) -> str:
        """DAG hash of the node."""
        return self.spec.dag_hash()

    @property
    def node(self) -> NodeName:
        """Its name in events."""
        return NodeName.of(self.spec)


class Plan(NamedTuple):
    """Steps by hash, dependencies before dependents; and the nodes that are there already."""

    steps: dict[str, Step]
    installed: tuple[ConcreteSpec, ...]

    def event(self, roots: Sequence[ConcreteSpec], time: float) -> Planned:
        """Its description for watchers."""
        return Planned(
            roots=tuple(NodeName.of(root) for root in roots),
            steps=tuple(
                PlannedStep(step.node, step.action, step.needs) for step in self.steps.values()
            ),
            present=tuple(NodeName.of(node) for node in self.installed),
            time=time,
        )


class MissingDependenciesError(UsageError):
    """``--only package`` was asked for while dependencies are not installed."""


class MissingBinariesError(SpackError):
    """Only build caches may be used and they do not have a node."""


def make_plan(
    roots: Sequence[ConcreteSpec],
    explicit: frozenset[str],
    options: InstallOptions,
    *,
    is_installed: Callable[[ConcreteSpec], bool],
    has_binary: Callable[[ConcreteSpec], bool] | None = None,
) -> Plan:
    """Decide what to do for every node that is needed.

    Raises MissingBinariesError and MissingDependenciesError, each with the list of nodes.
    """
    root_keys = {root.dag_hash() for root in roots}
    actions: dict[str, StepAction] = {}
    no_binary: list[ConcreteSpec] = []

    def action_of(node: ConcreteSpec) -> StepAction:
        key = node.dag_hash()
        if key not in actions:
            actions[key] = decide(node, key)
        return actions[key]

    def overwritten(key: str) -> bool:
        return (options.overwrite and key in root_keys) or key in options.again

    def tested(node: ConcreteSpec) -> bool:
        is_root = options.tests.roots and node.dag_hash() in root_keys
        return is_root or options.tests.cover(node.name)

    def decide(node: ConcreteSpec, key: str) -> StepAction:
        if is_installed(node) and not overwritten(key):
            return StepAction.INSTALLED
        if node.external is not None:
            return StepAction.EXTERNAL
        policy = options.root_policy if key in root_keys else options.dependency_policy
        if policy is not CachePolicy.NEVER and has_binary is not None and has_binary(node):
            return StepAction.BINARY
        if node.build_spec is not None:
            return StepAction.SPLICE
        if policy is CachePolicy.ONLY:
            no_binary.append(node)
        return StepAction.BUILD

    def needed(node: ConcreteSpec) -> list[ConcreteSpec]:
        action = action_of(node)
        if action is StepAction.INSTALLED:
            return []
        kinds = deptypes.LINK | deptypes.RUN
        if action is StepAction.BUILD or options.include_build_deps:
            kinds |= deptypes.BUILD
        if action is StepAction.BUILD and tested(node):
            kinds |= deptypes.TEST
        wanted = [edge.spec for edge in node.dependencies if edge.deptypes & kinds]
        if action is StepAction.SPLICE and node.build_spec is not None:
            wanted.append(node.build_spec)
        return wanted

    order = _leaves_first(roots, needed)
    if no_binary:
        raise MissingBinariesError(
            f"{len(no_binary)} specs are not in any build cache, and only build caches may be used",
            details=_listing(no_binary),
            hint=(
                "allow building from source with --use-buildcache auto, or add a mirror"
                " that has them"
            ),
        )
    selected = {node.dag_hash() for node in order}
    if options.only is Only.PACKAGE:
        selected &= root_keys
        absent = [
            child
            for root in roots
            for child in needed(root)
            if child.dag_hash() not in selected
            and actions[child.dag_hash()] not in (StepAction.INSTALLED, StepAction.EXTERNAL)
        ]
        if absent:
            raise MissingDependenciesError(
                "--only package requires all dependencies to be installed, but some are not",
                details=_listing(absent),
                hint="install them first with --only dependencies",
            )
        selected |= {
            node.dag_hash() for node in order if actions[node.dag_hash()] is StepAction.EXTERNAL
        }
    elif options.only is Only.DEPENDENCIES:
        below = {child.dag_hash() for node in order for child in needed(node)}
        selected -= {key for key in root_keys if key not in below}

    steps: dict[str, Step] = {}
    for node in order:
        key = node.dag_hash()
        if key not in selected or actions[key] is StepAction.INSTALLED:
            continue
        needs = [child.dag_hash() for child in needed(node)]
        steps[key] = Step(
            spec=node,
            action=actions[key],
            needs=tuple(dict.fromkeys(need for need in needs if need in steps)),
            explicit=key in explicit,
            is_root=key in root_keys,
            run_tests=tested(node),
            overwrite=overwritten(key),
        )
    installed = [
        node
        for node in order
        if actions[node.dag_hash()] is StepAction.INSTALLED and node.dag_hash() in selected
    ]
    return Plan(steps, tuple(installed))


def may_be_cached(
    roots: Sequence[ConcreteSpec],
    options: InstallOptions,
    is_present: Callable[[ConcreteSpec], bool],
) -> list[ConcreteSpec]:
    """The nodes that are to be installed and may come from a build cache, each once."""
    root_keys = {root.dag_hash() for root in roots}
    found = []
    for node in distinct(node for root in roots for node in root.traverse()):
        key = node.dag_hash()
        policy = options.root_policy if key in root_keys else options.dependency_policy
        again = (options.overwrite and key in root_keys) or key in options.again
        if node.external is None and policy is not CachePolicy.NEVER:
            if again or not is_present(node):
                found.append(node)
    return found


def _leaves_first(
    roots: Sequence[ConcreteSpec], children: Callable[[ConcreteSpec], Sequence[ConcreteSpec]]
) -> list[ConcreteSpec]:
    order: list[ConcreteSpec] = []
    seen: set[str] = set()
    stack: list[tuple[ConcreteSpec, bool]] = [(root, False) for root in reversed(roots)]
    while stack:
        node, complete = stack.pop()
        if complete:
            order.append(node)
            continue
        if node.dag_hash() in seen:
            continue
        seen.add(node.dag_hash())
        stack.append((node, True))
        stack.extend((child, False) for child in reversed(children(node)))
    return order


def _listing(nodes: Sequence[ConcreteSpec]) -> str:
    names = {f"    {node.name}@{node.version} /{node.dag_hash()[:7]}" for node in nodes}
    return "\n".join(sorted(names))
