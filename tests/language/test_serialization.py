"""Section 8: node dictionaries, DAG hashes, specfiles, lock files of versions 1 to 6."""

from __future__ import annotations

import copy
import json
import os
import subprocess
from pathlib import Path
from typing import Any, Callable

import pytest

from spack.errors import Origin
from spack.language import deptypes as dt
from spack.language.concrete_specs import Architecture, ConcreteEdge, ConcreteSpec, External
from spack.language.lockfiles import Lockfile
from spack.language.serialization import SpecfileError, specfile_from_dict, specfile_to_dict
from spack.language.versions import Version

DATA = Path(__file__).parent / "data"

#: Node dictionaries with the digests that real Spack gave them.
EXAMPLES: list[dict[str, str]] = json.loads((DATA / "hashes.json").read_text())

#: A lock written by real Spack 1.2.0.dev0, with described targets and an external with a module.
LOCK = (DATA / "zen2.lock").read_text()


def compact(data: Any) -> str:
    return json.dumps(data, separators=(",", ":"))


def example_specs() -> dict[str, ConcreteSpec]:
    """N1 to N6 built by hand, not read from their dictionaries."""
    arch = Architecture("linux", "debian12", "x86_64")

    def make(name: str, version: str, package_hash: str, **attributes: Any) -> ConcreteSpec:
        variants = {"build_system": "generic", **attributes.pop("variants", {})}
        return ConcreteSpec(
            name,
            Version(version),
            arch,
            namespace="mine",
            variants=variants,
            package_hash=package_hash,
            **attributes,
        )

    code = {item["name"]: json.loads(item["text"])["package_hash"] for item in EXAMPLES}
    lib = make("daglib", "2.1", code["N1"])
    prov = make("dagprov", "1.5", code["N2"], dependencies=(ConcreteEdge(lib, dt.LINK),))
    tool = make(
        "dagtool",
        "3",
        code["N3"],
        external=External("/opt/dagtool", ("dt/3",), {"alpha": "2", "zeta": "1"}),
    )
    app = make(
        "dagapp",
        "1.0",
        code["N4"],
        variants={"word": "x", "opt": True, "multi": ("a", "c")},
        flags={"cflags": ("-O2", "-g"), "ldflags": ("-Wl,-x",)},
        dependencies=(
            ConcreteEdge(tool, dt.BUILD),
            ConcreteEdge(prov, dt.LINK | dt.RUN, ("dagvirt",)),
            ConcreteEdge(lib, dt.LINK | dt.BUILD),
        ),
    )
    patches = tuple(json.loads(EXAMPLES[4]["text"])["patches"])
    six = make("hashsix", "1.0", code["N5"], patches=patches)
    one = make("hashone", "1.0", code["N6"])
    return dict(zip(("N1", "N2", "N3", "N4", "N5", "N6"), (lib, prov, tool, app, six, one)))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example["name"]))
def test_node_dictionary_and_hash_are_those_of_spack(example: dict[str, str]) -> None:
    spec = example_specs()[example["name"]]
    assert compact(spec.node_dict(hash=False)) == example["text"]
    assert spec.dag_hash() == example["hash"]
    assert list(spec.node_dict())[-1] == "hash"


def test_spliced_hash_ends_like_its_build_spec(make_node: Callable[..., ConcreteSpec]) -> None:
    built = make_node("a@1", (make_node("b@1"), dt.LINK))
    spliced = make_node("a@1", (make_node("b@2"), dt.LINK), build_spec=built)
    assert spliced.dag_hash()[-7:] == built.dag_hash()[-7:]
    assert spliced.dag_hash()[:-7] != built.dag_hash()[:-7]
    assert spliced.node_dict()["build_spec"] == {"name": "a", "hash": built.dag_hash()}


def test_lock_of_spack_reads_and_writes_back_identical() -> None:
    lock = Lockfile.from_text(LOCK)
    assert lock.to_text() == LOCK
    assert lock.version == 6 and len(lock.roots) == 2


def test_hashes_of_the_lock_of_spack_are_recomputed_equal() -> None:
    for code, spec in Lockfile.from_text(LOCK).concrete_specs.items():
        fresh = ConcreteSpec(
            spec.name,
            spec.version,
            Architecture(spec.platform, spec.os, str(spec.target)),
            namespace=spec.namespace,
            variants=spec.variants,
            flags=spec.flags,
            dependencies=spec.dependencies,
            external=spec.external,
            patches=spec.patches,
            package_hash=spec.package_hash,
        )
        assert fresh.dag_hash() == code


def test_lock_made_from_roots_is_the_same_file() -> None:
    lock = Lockfile.from_text(LOCK)
    again = Lockfile.from_roots(lock.root_specs(), program=lock.program)
    assert again.to_text() == LOCK


def test_a_node_that_is_not_what_its_hash_stands_for_is_refused() -> None:
    data: dict[str, Any] = json.loads(LOCK)
    code, node = next((c, n) for c, n in data["concrete_specs"].items() if "external" not in n)
    nodes = data["concrete_specs"]
    data["concrete_specs"] = {c: dict(reversed(list(n.items()))) for c, n in nodes.items()}
    assert code in Lockfile.from_dict(data).concrete_specs
    data["concrete_specs"] = {**nodes, code: {**node, "version": "6.6.6"}}
    refusal = f"{node['name']}@6.6.6 does not match its hash /{code[:7]}"
    with pytest.raises(SpecfileError, match=refusal):
        Lockfile.from_dict(data)


@pytest.mark.parametrize("version", [7, 0, "6", 6.5, None])
def test_a_version_that_is_not_known_is_refused(version: Any) -> None:
    data: dict[str, Any] = json.loads(LOCK)
    data["_meta"]["lockfile-version"] = version
    with pytest.raises(SpecfileError, match=f"unknown lock file version {version!r}"):
        Lockfile.from_dict(data)


def older(version: int) -> dict[str, Any]:
    """The lock as older programs would have written it."""
    data: dict[str, Any] = json.loads(LOCK)
    data["_meta"]["lockfile-version"] = version
    for code, node in list(data["concrete_specs"].items()):
        del node["annotations"]
        node["compiler"] = {"name": "gcc", "version": "12.2.0"}
        for edge in node.get("dependencies", ()) if version < 5 else ():
            edge["type"] = edge.pop("parameters")["deptypes"]
            if version == 3:
                edge["build_hash"] = edge.pop("hash")
        if version < 3:
            edges = {edge.pop("name"): edge for edge in node.get("dependencies", ())}
            if edges:
                node["dependencies"] = edges
            data["concrete_specs"][code] = {node.pop("name"): node}
    return data


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5])
def test_older_lock_files(version: int) -> None:
    new, old = Lockfile.from_text(LOCK), Lockfile.from_dict(older(version))
    assert old.version == version
    assert old.roots == new.roots
    assert list(old.concrete_specs) == list(new.concrete_specs)
    specfile = {1: 1, 2: 1, 3: 2, 4: 3, 5: 4}[version]
    for code, spec in old.concrete_specs.items():
        same = new.concrete_specs[code]
        assert (spec.version, spec.arch, spec.variants) == (same.version, same.arch, same.variants)
        assert [edge.deptypes for edge in spec.dependencies] == [
            edge.deptypes for edge in same.dependencies
        ]
        assert spec.annotations == {
            "original_specfile_version": specfile,
            "compiler": "gcc@=12.2.0",
        }
    written = old.to_dict()
    assert written["_meta"]["lockfile-version"] == 6
    again = Lockfile.from_dict(written)
    assert again.to_dict() == written


def test_edges_of_old_nodes_are_marked_as_spack_marks_them() -> None:
    written = Lockfile.from_dict(older(5)).to_dict()
    edges = [e for n in written["concrete_specs"].values() for e in n.get("dependencies", ())]
    assert edges and all(edge["parameters"]["direct"] is True for edge in edges)


def test_oldest_edge_forms(make_node: Callable[..., ConcreteSpec]) -> None:
    def node(name: str, **more: Any) -> dict[str, Any]:
        return {name: {"version": "1", "arch": "linux-debian12-x86_64", "hash": name * 3, **more}}

    nodes = [node("a", dependencies={"b": ["bbb", ["link"]], "c": "ccc"}), node("b"), node("c")]
    spec = specfile_from_dict({"spec": nodes})
    assert spec.arch == Architecture("linux", "debian12", "x86_64")
    assert [(e.spec.name, e.deptypes) for e in spec.dependencies] == [
        ("b", dt.LINK),
        ("c", dt.DEFAULT),
    ]


def test_included_environments_and_unknown_keys_are_kept() -> None:
    data = json.loads(LOCK)
    body = {key: copy.deepcopy(data[key]) for key in ("roots", "concrete_specs")}
    data["include_concrete"] = {"/some/env": body}
    data["roots"][0]["group"] = "tools"
    data["later"] = {"key": 1}
    lock = Lockfile.from_dict(data)
    assert lock.root_attributes == {0: {"group": "tools"}}
    assert lock.extra == {"later": {"key": 1}}
    assert list(lock.included["/some/env"].concrete_specs) == list(body["concrete_specs"])
    assert lock.to_text() == compact(data)


def test_specfile_round_trip() -> None:
    for spec in Lockfile.from_text(LOCK).concrete_specs.values():
        data = specfile_to_dict(spec)
        assert data["spec"]["_meta"] == {"version": 5}
        assert data["spec"]["nodes"][0]["hash"] == spec.dag_hash()
        again = specfile_from_dict(json.loads(compact(data)))
        assert again == spec and specfile_to_dict(again) == data


def test_specfile_of_a_spliced_spec(make_node: Callable[..., ConcreteSpec]) -> None:
    built = make_node("a@1", (make_node("b@1"), dt.LINK))
    spliced = make_node("a@1", (make_node("b@2"), dt.LINK), build_spec=built)
    again = specfile_from_dict(specfile_to_dict(spliced))
    assert again == spliced and again.build_spec == built
    lock = Lockfile.from_roots([(spliced, "a")])
    assert Lockfile.from_dict(lock.to_dict()).root_specs()[0][0].build_spec == built


def broken(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(LOCK)
    change(data)
    return data


def first_node(data: dict[str, Any]) -> dict[str, Any]:
    node: dict[str, Any] = next(iter(data["concrete_specs"].values()))
    return node


@pytest.mark.parametrize(
    "change, reason",
    [
        (lambda d: d["_meta"].update({"lockfile-version": 7}), "unknown lock file version 7"),
        (lambda d: d.pop("_meta"), "not a lock file"),
        (lambda d: d.pop("roots"), "damaged"),
        (lambda d: d["roots"][0].pop("hash"), "damaged"),
        (lambda d: d["roots"][0].update(hash="x"), "is not in the file"),
        (lambda d: first_node(d).pop("name"), "damaged"),
        (lambda d: first_node(d).pop("arch"), "damaged"),
        (lambda d: first_node(d).update(version="a b"), "damaged"),
        (lambda d: first_node(d).update(concrete=False), "not concrete"),
        (lambda d: first_node(d)["dependencies"][0].update(hash="x"), "refers to node x"),
        (lambda d: first_node(d)["dependencies"][0].update(hash=first_node(d)["hash"]), "itself"),
        (
            lambda d: first_node(d)["dependencies"][0]["parameters"].update(deptypes=["x"]),
            "damaged",
        ),
    ],
)
def test_damaged_locks(change: Callable[[dict[str, Any]], Any], reason: str) -> None:
    with pytest.raises(SpecfileError, match=reason) as caught:
        Lockfile.from_dict(broken(change), Origin("spack.lock"))
    assert caught.value.origin == Origin("spack.lock")


@pytest.mark.parametrize(
    "data, reason",
    [
        ({}, "not a specfile"),
        ([], "not a specfile"),
        ({"spec": {"_meta": {"version": 6}, "nodes": []}}, "unknown specfile version 6"),
        ({"spec": {"_meta": {"version": 5}, "nodes": []}}, "has no nodes"),
        ({"spec": {"_meta": {"version": 5}, "nodes": [{"name": "a"}]}}, "no hash"),
    ],
)
def test_damaged_specfiles(data: Any, reason: str) -> None:
    with pytest.raises(SpecfileError, match=reason):
        specfile_from_dict(data)


def test_text_that_is_not_json() -> None:
    for text, reason in (("{", "not JSON"), (LOCK[:-40], "not JSON"), ('{"_meta": {', "not JSON")):
        with pytest.raises(SpecfileError, match=reason) as caught:
            Lockfile.from_text(text)
        assert "delete it and concretize again" in str(caught.value.hint)
    with pytest.raises(SpecfileError, match="damaged") as caught:
        Lockfile.from_text(json.dumps(broken(lambda d: d.pop("roots"))))
    assert "delete it and concretize again" in str(caught.value.hint)


def test_roots_that_are_locked_as_another_package() -> None:
    lock = Lockfile.from_text(LOCK)
    ((root, text),) = lock.root_specs()[:1]
    asked: list[tuple[str, str]] = []

    def stands_for(name: str, package: str) -> bool:
        asked.append((name, package))
        return name == "virtual"

    for good in (text, root.name, f"mine.{root.name}", f"/{root.dag_hash()}", "+x", "virtual@1"):
        lock.roots[0] = (root.dag_hash(), good)
        lock.check_names(stands_for)
    assert asked == [("virtual", root.name)]
    for bad in ("other", f"{root.name}-x@1", f"{root.name}1"):
        lock.roots[0] = (root.dag_hash(), bad)
        with pytest.raises(SpecfileError, match=f"root {bad} is locked as {root.label}"):
            lock.check_names(stands_for)


def test_real_spack_accepts_a_lock_written_here(tmp_path: Path) -> None:
    """Needs REAL_SPACK, the prefix of a runnable Spack, and optionally REAL_SPACK_PYTHON."""
    prefix = os.environ.get("REAL_SPACK")
    if not prefix:
        pytest.skip("needs REAL_SPACK, which names a Spack")
    specs = example_specs()
    lock = Lockfile.from_roots([(specs["N4"], "dagapp"), (specs["N5"], "hashsix")])
    (tmp_path / "spack.lock").write_text(lock.to_text())
    (tmp_path / "spack.yaml").write_text("spack:\n  specs: [dagapp, hashsix]\n  view: false\n")
    (tmp_path / "repos.yaml").write_text("repos:: {}\n")
    script = tmp_path / "ask.py"
    script.write_text(
        "import json, spack.environment as ev\n"
        f"e = ev.Environment({str(tmp_path)!r})\n"
        "print(json.dumps({h: s.to_node_dict() for h, s in e.specs_by_hash.items()}))\n"
    )
    python = os.environ.get("REAL_SPACK_PYTHON", "python3")
    done = subprocess.run(
        [python, f"{prefix}/bin/spack", "-C", str(tmp_path), "python", str(script)],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        env=dict(os.environ, SPACK_DISABLE_LOCAL_CONFIG="1", SPACK_USER_CACHE_PATH=str(tmp_path)),
    )
    answered = json.loads(done.stdout)
    roots = {spec.dag_hash(): spec.node_dict(hash=False) for spec in (specs["N4"], specs["N5"])}
    assert {code: answered[code] for code in roots} == roots
