"""Bring the lock of the active environment up to date; in a project that of all its environments.

Each environment of a project is a solve, and those of one solve group are one together. The solves
are a graph (:mod:`spack.environments.solve_graph`): bases come first, and their roots are facts for
what is built on them. Only what has changed is solved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import spack
from spack.config.values.merging import split_key
from spack.config.values.values import Value
from spack.environments import concretization, staleness
from spack.environments.concretization import GROUP, WRITTEN, Concretized
from spack.environments.manifests.applicability import applicable
from spack.environments.manifests.spec_lists import UserSpec
from spack.environments.members import Member, manifest_of
from spack.environments.membership import LockedRoot, entries, flat, joined
from spack.environments.recipe_capabilities import RecipeCapabilities
from spack.environments.solve_graph import Known, SolveNode
from spack.environments.staleness import DIGEST, Record
from spack.errors import Origin, SpackError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.deptypes import BEYOND_BUILD
from spack.language.lockfiles import MEMBERS, Lockfile
from spack.language.modes import SolveOptions, Unify
from spack.named_tuples import NamedTuple
from spack.type_names import TYPE_CHECKING, Any
from spack.work.members.lock_modes import LockMode, unattended
from spack.work.members.records import (
    check_available,
    check_requirements,
    chosen_environments,
    describe,
    included_locks,
    member_of,
    obstacle,
)
from spack.work.projects import environment_work
from spack.work.projects.environments import active, root_status, user_specs_of

if TYPE_CHECKING:
    from spack.session.parts import LockParts, SolverParts


def lock_mode(parts: LockParts, wanted: LockMode | None) -> LockMode:
    """The mode as asked for; else jobs of a service do not change the lock of a project."""
    if wanted is not None:
        return wanted
    in_project = member_of(parts) is not None
    return LockMode.LOCKED if in_project and unattended(parts.variables) else LockMode.UPDATE


def concretize(
    parts: LockParts,
    options: SolveOptions = SolveOptions(),
    places: Mapping[str, Origin] = {},
    *,
    only: Sequence[str] = (),
    mode: LockMode | None = None,
) -> Concretized:
    """Bring the lock of the active environment or project up to date; others wait.

    Args:
        places: where errors say that roots of these texts are written, if not in the manifest.
        only: environments of the project, which are locked with their bases; all without.
        mode: None leaves it to the process variables, see :func:`lock_mode`.

    Raises:
        StaleLockError: with ``LOCKED``, the lock is not that of the manifest.
        NotFoundError: with ``FROZEN``, there is no lock.
    """
    mode = lock_mode(parts, mode)
    environment = active(parts)
    if mode is LockMode.FROZEN:
        lock = environment.locked()
        return Concretized(lock, (), (), (), False)
    member = member_of(parts)
    if member is None:
        if mode is LockMode.LOCKED:
            _check_plain(parts)
            return Concretized(environment.locked(), (), (), (), False)
        return environment_work.concretize(parts, options, places)
    with member.transaction():
        work = _Work(parts, member, only)
        if mode is LockMode.LOCKED:
            records = {name: found.record for name, found in work.described.items()}
            staleness.check(work.before if work.lock else None, records, member.lock_path)
            assert work.lock is not None
            return Concretized(work.lock, (), (), (), False)
        return work.concretize(options, places)


def _check_plain(parts: LockParts) -> None:
    """Refuse a lock that is not that of a manifest with one environment."""
    environment = active(parts)
    if environment.read_lock() is None:
        staleness.check(None, {}, environment.lock_path)
    status = root_status(parts, environment)
    changed = [*(root.label for root in status.new), *(text for text, _ in status.removed)]
    if changed:
        raise staleness.StaleLockError(
            f"{environment.lock_path} was made from another manifest: changed since are the specs "
            + ", ".join(changed),
            hint="concretize where that is wanted, or omit --locked",
        )


class _Unit(NamedTuple):
    """Environments that are solved at once.

    Attributes:
        parts: those that each group of roots in it is solved with, by name of the solve.
        roots: with the name of the solve as their group.
        members: for each environment the keys of its roots.
        inner: the group in the manifest of each key.
    """

    names: tuple[str, ...]
    nodes: tuple[SolveNode, ...]
    parts: Mapping[str, SolverParts]
    members: Mapping[str, Sequence[tuple[str, str]]]
    inner: Mapping[str, str]


class _Work:
    """The lock of one project, and what its environments are now.

    Args:
        only: names of environments to lock; all without.
    """

    def __init__(self, parts: LockParts, member: Member, only: Sequence[str]) -> None:
        self.parts = parts
        self.member = member
        self.project = member.project
        self.described = describe(parts, member)
        self.lock = member.read_whole_lock()
        self.before: Mapping[str, Record] = {}
        if self.lock is not None:
            self.before = self.lock.extra.get(MEMBERS, {})
        host = parts.instance.host()
        self.chosen = []
        for name in chosen_environments(self.project, only):
            if name in only:
                check_available(self.described[name], host)
            if obstacle(self.described[name], host) is None:
                check_requirements(self.described[name], host)
                self.chosen.append(name)
        for notice in self.project.notices:
            parts.reporter.warning(str(notice))

    def concretize(self, options: SolveOptions, places: Mapping[str, Origin]) -> Concretized:
        """Decide what is not locked, and write the lock if it changed."""
        force = options.force or self.parts.settings.concretizer.force
        units: list[_Unit] = []
        for names in self.project.solve_units():
            here = tuple(name for name in names if name in self.chosen)
            if here:
                units.append(self._unit(here, units, places))
        solves = {name: unit.names for unit in units for name in unit.members}
        known = None
        if self.lock is not None:
            known = flat(self._of_chosen(self.lock), lambda e, g: _solve(solves.get(e, (e,)), g))
        included: dict[str, Lockfile] = {}
        for name in self.chosen:
            included.update(included_locks(self.described[name].parts))
        result = concretization.concretize(
            [node for unit in units for node in unit.nodes],
            known,
            environment_work.solver(
                {name: parts for unit in units for name, parts in unit.parts.items()},
                options,
                lambda node, error, known: self._explain(node, error, known),
            ),
            force=force,
            included=included,
        )
        lock = self._joined(units, result)
        changed = self.lock is None or lock.to_text() != self.lock.to_text()
        if changed:
            lock.program = {"version": spack.__version__, "type": "release"}
            self.member.write_whole_lock(lock)
            repositories = self.parts.repositories
            environment_work.keep_recipes(repositories, self.member, lock)
        return result._replace(lock=lock, changed=changed)

    def _of_chosen(self, lock: Lockfile) -> Lockfile:
        """The lock without environments that stay as they are."""
        gone = [name for name in self.before if name not in self.project.environments]
        chosen = {*self.chosen, *gone}
        return joined(entry for entry in entries(lock) if entry.environment in chosen)

    def _unit(
        self, names: tuple[str, ...], before: Sequence[_Unit], places: Mapping[str, Origin]
    ) -> _Unit:
        parts = self.parts.for_environments(names)
        features = self.project.stack(names, self.member.condition)
        manifest = manifest_of(self.member.whole_manifest, features)
        written = [
            root._replace(origin=places.get(root.text, root.origin))
            for root in user_specs_of(parts.configuration, manifest)
        ]
        roots, dropped = applicable(written, RecipeCapabilities(parts.repositories))
        for item in dropped:
            parts.reporter.warning(str(item))
        given, bases = self._given(names, before)
        again = self._are_replaced(names, [*roots, *given]) or any(
            staleness.solves_again(self.before.get(name), self.described[name].record)
            for name in names
        )
        nodes, solvers, inner = [], {}, {}
        for group in manifest.groups:
            solve = _solve(names, group.name)
            here = (
                parts.with_overrides(group.override, f"group {group.name}")
                if group.override
                else parts
            )
            written_here = [*(feature.sections for feature in features), group.override]
            unify = Unify.TOGETHER
            if not bases and any(map(_says_unify, written_here)):
                unify = here.settings.concretizer.unify
            own = [root for root in roots if root.group == group.name]
            if not group.name:
                texts = {str(root.spec) for root in own}
                own = [root for root in given if str(root.spec) not in texts] + own
            needs = tuple(_solve(names, needed) for needed in group.needs)
            title = _title(names, group.name)
            nodes.append(
                SolveNode(
                    solve,
                    tuple(root._replace(group=solve, title=title) for root in own),
                    needs,
                    unify,
                    bases=bases,
                    again=again,
                )
            )
            solvers[solve], inner[solve] = here, group.name
        if given and all(group.name for group in manifest.groups):
            solve = _solve(names, "")
            own_title = _title(names, "")
            nodes.append(
                SolveNode(
                    solve,
                    tuple(root._replace(group=solve, title=own_title) for root in given),
                    unify=Unify.TOGETHER,
                    bases=bases,
                )
            )
            solvers[solve], inner[solve] = parts, ""
        members = {name: self._keys(name, names, nodes, given, inner) for name in names}
        return _Unit(names, tuple(nodes), solvers, members, inner)

    def _are_replaced(self, names: Sequence[str], roots: Sequence[UserSpec]) -> bool:
        """Whether environments have lost locked roots and got others, as when one is edited."""
        locked = {
            text
            for entry in (entries(self.lock) if self.lock is not None else ())
            if entry.environment in names
            for text in (entry.text, *entry.attributes.get(WRITTEN, ()))
        }
        texts = {text for root in roots for text in (root.text, str(root.spec), *root.written)}
        gone = [t for t in locked - texts if concretization.meaning(t) not in texts]
        meanings = {concretization.meaning(text) for text in locked}
        return bool(gone) and any(str(root.spec) not in meanings for root in roots)

    def _given(
        self, names: Sequence[str], before: Sequence[_Unit]
    ) -> tuple[list[UserSpec], tuple[str, ...]]:
        """Roots of the bases of environments, and the names of the solves that decide them."""
        bases = {base for name in names for base in self.project.environments[name].bases}
        roots: dict[str, UserSpec] = {}
        solves: dict[str, None] = {}
        for unit in before:
            for base in bases.intersection(unit.names):
                keys = set(unit.members[base])
                for node in unit.nodes:
                    solves.setdefault(node.name)
                    for root in node.roots:
                        if root.key in keys:
                            roots.setdefault(str(root.spec), root)
        return list(roots.values()), tuple(solves)

    def _keys(
        self,
        name: str,
        names: Sequence[str],
        nodes: Sequence[SolveNode],
        given: Sequence[UserSpec],
        inner: Mapping[str, str],
    ) -> list[tuple[str, str]]:
        """The keys of the roots that one environment of a unit has."""
        texts = self.described[name].texts()
        has_base = bool(self.project.environments[name].bases)
        meanings = {str(root.spec) for root in given} if has_base else set()
        return [
            root.key
            for node in nodes
            for root in node.roots
            if str(root.spec) in meanings
            or any((inner[node.name], text) in texts for text in (root.text, *root.written))
        ]

    def _joined(self, units: Sequence[_Unit], result: Concretized) -> Lockfile:
        """The lock of the project with the answers; environments that were not solved stay."""
        decided = {root.key: (root, spec) for root, spec in (*result.added, *result.kept)}
        old: dict[str, list[LockedRoot]] = {}
        for entry in entries(self.lock) if self.lock is not None else ():
            old.setdefault(entry.environment, []).append(entry)
        by_name = {name: unit for unit in units for name in unit.names}
        every: list[LockedRoot] = []
        records: dict[str, Any] = {}
        for name in self.project.environments:
            unit = by_name.get(name)
            if unit is None:
                every += old.get(name, [])
                if name in self.before:
                    records[name] = self.before[name]
                continue
            records[name] = self.described[name].record
            for key in unit.members[name]:
                root, spec = decided[key]
                attributes: dict[str, Any] = {WRITTEN: list(root.written)} if root.written else {}
                if unit.inner[key[0]]:
                    attributes[GROUP] = unit.inner[key[0]]
                every.append(LockedRoot(name, spec, root.text, attributes))
        extra = dict(self.lock.extra) if self.lock is not None else {}
        return joined(
            every,
            program=self.lock.program if self.lock is not None else {},
            included=result.lock.included,
            extra={**extra, MEMBERS: records},
            meta={DIGEST: staleness.digest(records)},
        )

    def _explain(self, node: SolveNode, error: SpackError, known: Known) -> None:
        """Say in an error which environment it is of, and what its bases and features have to do
        with it."""
        from spack.solve.explaining.refusals import UnsatisfiableRequestError

        title = node.roots[0].title if node.roots else node.name
        error.message = f"in the {title}: {error.message}"
        if not isinstance(error, UnsatisfiableRequestError):
            return
        names = node.name.partition(":")[0].split(",")
        told = " ".join(reason.text for reason in error.reasons)
        lines = []
        for root in node.roots:
            for name in names:
                feature = self.described[name].feature_of(root.text)
                if feature is not None and root.text in told:
                    lines.append(
                        f"  ({root.text} is a spec of the feature '{feature.name}'"
                        f" at {root.origin})"
                    )
                    break
        for base in sorted({b for name in names for b in self.project.environments[name].bases}):
            lines += self._locked_lines(base, known, told)
        if lines:
            error.details = "\n".join([*([error.details] if error.details else ()), *lines])
        if node.bases:
            error.hint = (
                "a base stays as it is: change the specs of the feature, or those of the base, or"
                " list features of the base instead of the base itself"
            )
        elif known.fixed:
            error.hint = "concretize the locked roots again, too, with spack concretize --force"

    def _locked_lines(self, base: str, known: Known, told: str) -> list[str]:
        """Lines about locked specs of a base that an error is about."""
        lines = []
        seen = set()
        for fixed in known.fixed:
            for spec in fixed.traverse(BEYOND_BUILD):
                if spec.label in seen or spec.label not in told:
                    continue
                seen.add(spec.label)
                root = self._root_of(base, fixed)
                if root is not None:
                    lines.append(
                        f"  ({spec.label} is locked by the base '{base}', whose spec {root.text}"
                        f" is at {root.origin})"
                    )
        return lines

    def _root_of(self, base: str, fixed: ConcreteSpec) -> UserSpec | None:
        for roots in self.described[base].roots.values():
            for root in roots:
                if root.spec.name == fixed.name:
                    return root
        return None


def _says_unify(sections: Mapping[str, Value]) -> bool:
    """Whether sections of a manifest say how roots share their dependencies."""
    return any(
        split_key(raw)[0] == "concretizer" and "unify" in (split_key(key)[0] for key in value.data)
        for raw, value in sections.items()
    )


def _solve(names: Sequence[str], group: str) -> str:
    """The name of a solve: that of its environments and group."""
    return ",".join(names) + (f":{group}" if group else "")


def _title(names: Sequence[str], group: str) -> str:
    """The words for a solve."""
    words = "environment " if len(names) == 1 else "environments "
    words += " and ".join(names)
    return f"group {group} of {words}" if group else words


def show_views(parts: LockParts, result: Concretized) -> None:
    """Bring views up to date after concretizing: of a project those of all its environments."""
    member = member_of(parts)
    if member is None:
        environment_work.show_views(parts, result)
        return
    host = parts.instance.host()
    for found in describe(parts, member).values():
        if obstacle(found, host) is None and active(found.parts).read_lock() is not None:
            environment_work.show_views(found.parts, result)
