"""Laws of random projects: bases stay, features take precedence, parts are closures, digests."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import pytest
from tests.environments.conftest import concrete

from spack.environments import staleness
from spack.environments.concretization import concretize
from spack.environments.manifests.manifest import Manifest, parse_manifest_text
from spack.environments.manifests.projects import Project
from spack.environments.members import manifest_of
from spack.environments.membership import LockedRoot, entries, joined, part
from spack.environments.solve_graph import Known, SolveNode
from spack.errors import Origin
from spack.language.concrete_specs import ConcreteSpec
from spack.language.lockfiles import Lockfile
from spack.language.modes import Unify
from spack.language.specs import Located
from spack.system.files.yaml_files import dump

PACKAGES = [f"p{number}" for number in range(8)]


def _yes(clause: str, origin: Origin) -> bool:
    return True


def _random(chance: random.Random) -> dict[str, object]:
    """The mapping below ``spack:`` of a project whose environments build on earlier ones."""
    features: dict[str, object] = {}
    for number in range(chance.randint(1, 5)):
        feature: dict[str, object] = {"specs": chance.sample(PACKAGES, chance.randint(0, 3))}
        if chance.random() < 0.6:
            package = chance.choice(PACKAGES)
            feature["packages"] = {package: {"version": [str(chance.randint(1, 9))]}}
        features[f"f{number}"] = feature
    environments: dict[str, object] = {}
    for number in range(chance.randint(1, 6)):
        environment: dict[str, object] = {
            "features": chance.sample(sorted(features), chance.randint(0, len(features)))
        }
        if environments and chance.random() < 0.4:
            environment["environments"] = [chance.choice(sorted(environments))]
        if chance.random() < 0.3:
            environment["default_features"] = False
        environments[f"e{number}"] = environment
    return {
        "specs": chance.sample(PACKAGES, 2),
        "features": features,
        "environments": environments,
    }


def _read(data: Mapping[str, object]) -> tuple[Manifest, Project]:
    manifest = parse_manifest_text(dump({"spack": data}), "spack.yaml")
    assert manifest.project is not None
    return manifest, manifest.project


def _records(data: Mapping[str, object]) -> dict[str, staleness.Record]:
    manifest, project = _read(data)
    found = {}
    for name, environment in project.environments.items():
        stack = project.stack([name], _yes)
        roots = {f.name: manifest_of(manifest, [f]).user_specs(_yes) for f in stack}
        found[name] = staleness.record(environment, stack, roots)
    return found


class _Solver:
    """Gives each package a version of its solve, but for what is fixed."""

    def __init__(self, salt: str) -> None:
        self.salt = salt

    def __call__(
        self, node: SolveNode, roots: Sequence[Located], known: Known
    ) -> Mapping[str, ConcreteSpec]:
        fixed = {n.name: n for spec in known.fixed for n in spec.traverse()}
        below = fixed.get("base") or concrete(f"base@{len(node.name)}.{self.salt}")
        return {
            root.text: fixed.get(root.text) or concrete(f"{root.text}@1.{self.salt}", below)
            for root in roots
        }


def _locked(data: Mapping[str, object], salt: str) -> Lockfile:
    manifest, project = _read(data)
    nodes: dict[str, SolveNode] = {}
    for (name,) in project.solve_units():
        own = manifest_of(manifest, project.stack([name], _yes)).user_specs(_yes)
        bases = project.environments[name].bases
        every = {root.text: root for base in bases for root in nodes[base].roots}
        every.update((root.text, root) for root in own if root.text not in every)
        placed = tuple(root._replace(group=name) for root in every.values())
        nodes[name] = SolveNode(name, placed, unify=Unify.TOGETHER, bases=bases)
    result = concretize(list(nodes.values()), None, _Solver(salt))
    return joined(
        (LockedRoot(root.group, spec, root.text) for root, spec in (*result.added, *result.kept)),
        extra={"environments": {}},
    )


@pytest.mark.parametrize("seed", range(120))
def test_bases_stay_and_parts_are_the_closures_of_their_roots(seed: int) -> None:
    data = _random(random.Random(seed))
    lock = Lockfile.from_text(_locked(data, "1").to_text())
    _, project = _read(data)
    roots: dict[str, dict[str, str]] = {}
    for entry in entries(lock):
        roots.setdefault(entry.environment, {})[entry.text] = entry.spec.dag_hash()
    for name, environment in project.environments.items():
        own = roots.get(name, {})
        for base in environment.bases:
            assert own.items() >= roots.get(base, {}).items()
        closure = set(part(lock, name).concrete_specs)
        assert closure == {code for code, names in lock.memberships.items() if name in names}
        versions = {(s.name, s.version) for s in part(lock, name).concrete_specs.values()}
        assert len(versions) == len({package for package, _ in versions})


@pytest.mark.parametrize("seed", range(120))
def test_the_first_feature_that_says_something_wins(seed: int) -> None:
    data = _random(random.Random(seed))
    _, project = _read(data)
    for name in project.environments:
        stack = project.stack([name], _yes)
        listed = [f for f in project.environments[name].features if f != "default"]
        assert [f.name for f in stack if f.name != "default"] == listed
        assert all(feature.name != "default" for feature in stack[:-1])


@pytest.mark.parametrize("seed", range(120))
def test_digests_change_with_the_meaning_and_with_nothing_else(seed: int) -> None:
    chance = random.Random(seed)
    data = _random(chance)
    now = staleness.digest(_records(data))

    def shuffled(value: object) -> object:
        if isinstance(value, dict):
            items = list(value.items())
            chance.shuffle(items)
            return {key: shuffled(child) for key, child in items}
        return value

    other = shuffled(data)
    assert isinstance(other, dict)
    other["specs"] = other["specs"][::-1]
    assert staleness.digest(_records(other)) == now
    unused = {**data["features"], "unused": {"specs": ["zlib"]}}  # type: ignore[dict-item]
    assert staleness.digest(_records({**data, "features": unused})) == now
    used = {f for r in _records(data).values() for f in r["features"] if f != "default"}
    for feature in used:
        changed = {
            name: {**old, "specs": [*old["specs"], "another"]} if name == feature else old
            for name, old in data["features"].items()  # type: ignore[attr-defined]
        }
        edited = _records({**data, "features": changed})
        assert staleness.digest(edited) != now
        keys = staleness.changed_keys(_records(data), edited)
        assert keys == [f"features:{feature}:specs"]
        configured = {
            name: {**old, "packages": {"q": {"version": ["7"]}}} if name == feature else old
            for name, old in data["features"].items()  # type: ignore[attr-defined]
        }
        edited = _records({**data, "features": configured})
        assert staleness.changed_keys(_records(data), edited) == [f"features:{feature}:packages"]
