"""``spack external`` and ``spack compiler`` through the launcher, on a made-up machine."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from .machine_with_tools import COMPILER, Machine


@pytest.fixture
def machine(root: Path, tmp_path: Path) -> Machine:
    return Machine(root, tmp_path / "m")


def test_find_looks_for_build_tools_in_path(machine: Machine) -> None:
    machine.program("bin/hammer", "version 3.1")
    machine.program("bin/pencil", "version 2.0")
    shown = machine.ok("external", "find")
    assert f"Added hammer@3.1 in {machine.top}" in shown
    assert "gmake@4.3" in shown
    assert "pencil" not in shown
    assert "No new external packages" in machine.ok("external", "find")
    assert machine.ok("config", "get", "packages:hammer:externals").split()[1:5] == [
        "-",
        "spec:",
        "hammer@3.1",
        "prefix:",
    ]


def test_find_what_is_named_tagged_or_all_but_something(machine: Machine) -> None:
    machine.program("bin/hammer", "version 3.1")
    machine.program("elsewhere/bin/pencil", "version 2.0")
    elsewhere = ("-p", str(machine.top / "elsewhere"))
    assert "No new" in machine.ok("external", "find", "pencil")
    assert "pencil@2.0" in machine.ok("external", "find", *elsewhere, "pencil")
    assert machine.ok("external", "find", "-t", "office", *elsewhere).count("Added") == 0
    shown = machine.ok("external", "find", "--all", "--exclude", "hammer", "--not-buildable")
    assert "gmake" in shown and "hammer" not in shown
    assert machine.ok("config", "get", "packages:gmake:buildable") == "false\n"
    assert machine.run("config", "get", "packages:hammer").returncode != 0


def test_what_is_passed_over_has_its_reason(machine: Machine) -> None:
    program = machine.program("bin/hammer", "I am broken")
    reason = f"{program} is left out: hammer finds no version in its output"
    assert reason in machine.ok("external", "find", "hammer")
    shown = machine.ok("external", "find")
    assert "Rejected 1 candidates" in shown and reason not in shown
    assert reason in machine.ok("external", "find", "-v")


def test_what_cannot_be_looked_for(machine: Machine) -> None:
    assert "cannot be detected" in machine.run("external", "find", "plain").stderr
    assert "hammer" in machine.run("external", "find", "hamer").stderr
    assert (
        "cannot be combined with names or tags"
        in machine.run("external", "find", "--all", "hammer").stderr
    )
    assert "cannot be loaded" in machine.run("external", "find", "--module", "x").stderr


def test_list(machine: Machine) -> None:
    listed = machine.ok("external", "list").split()
    assert {"fakecc", "gmake", "hammer", "pencil"} <= set(listed)
    assert "plain" not in listed
    assert machine.ok("external", "ls") == machine.ok("external", "list")


def test_audit_finds_what_has_changed(machine: Machine) -> None:
    program = machine.program("tools/bin/hammer", "version 3.1")
    machine.ok("external", "find", "-p", str(machine.top / "tools"), "hammer")
    assert "as configured" in machine.ok("external", "audit")
    machine.program("tools/bin/hammer", "version 3.2")
    drift = machine.run("external", "audit")
    assert drift.returncode == 1
    assert f"{machine.packages}:" in drift.stdout
    assert "hammer@3.1: it is version 3.2 now" in drift.stdout
    program.unlink()
    assert "is not found in" in machine.run("external", "audit").stdout
    shutil.rmtree(machine.top / "tools")
    found = json.loads(machine.run("external", "audit", "--json").stdout)
    assert [item["fault"] for item in found] == [f"there is no directory {machine.top / 'tools'}"]
    assert machine.ok("external", "audit", "gmake")


def test_a_module_is_searched_and_kept_with_what_it_brings(machine: Machine) -> None:
    machine.program("cc/bin/fakecc", "fakecc 2.0")
    functions = machine.top / "functions"
    functions.write_text(f'module() {{ export PATH="{machine.top}/cc/bin:$PATH"; }}\n')
    found = machine.ok("compiler", "find", "--module", "cc/2.0", BASH_ENV=str(functions))
    assert f"Added fakecc@2.0 in {machine.top / 'cc'}" in found
    assert "cc/2.0" in machine.ok("compiler", "info", "fakecc")


# -- compilers -------------------------------------------------------------------------------------


def test_a_file_that_nothing_was_kept_in_is_not_told_of(machine: Machine) -> None:
    empty = machine.top / "empty"
    empty.mkdir()
    for words in (["compiler", "find", str(empty)], ["external", "find", "-p", str(empty)]):
        shown = machine.ok(*words)
        assert "==> No new" in shown and "packages.yaml" not in shown


def test_compilers_are_found_listed_described_and_dropped(machine: Machine) -> None:
    machine.program("bin/fakecc", "fakecc 2.0")
    machine.program("bin/fakec++", "fakecc 2.0")
    machine.program("old/bin/fakecc", "fakecc 1.0")
    shown = machine.ok("compiler", "find")
    assert "Added fakecc@2.0" in shown
    assert "Added gmake@4.3" in shown
    machine.ok("compiler", "add", str(machine.top / "old"))
    listed = machine.ok("compiler", "list")
    ours = [line.split()[1] for line in listed.splitlines() if "fakecc" in line]
    assert ours == ["fakecc@1.0", "fakecc@2.0"]
    assert machine.ok("compilers") == listed
    data = json.loads(machine.ok("compiler", "list", "--json"))
    assert [compiler["spec"] in listed for compiler in data] == [True] * len(listed.splitlines())
    assert all(compiler["status"] == "external" and compiler["origin"] for compiler in data)
    assert "No compilers" in machine.ok("compiler", "list", "--scope", "spack")
    info = machine.ok("compiler", "info", "fakecc@1")
    assert "has no compilers for: cxx, fortran" in info
    assert "fakecc@2" not in info
    several = machine.run("compiler", "remove", "fakecc")
    prefix = str(machine.top / "old")
    assert "2 compilers match fakecc: " in several.stderr
    assert f"fakecc@1.0 in {prefix}" in several.stderr
    assert machine.ok("compiler", "info", prefix) == info
    for wrong in ("fakecc@1 languages=rust", "fakecc+nothing", "gcc@77"):
        assert "no configured compiler matches" in machine.run("compiler", "rm", wrong).stderr
    removed = machine.ok("compiler", "rm", prefix)
    assert removed == f"==> Removed fakecc@1.0 in {prefix} from {machine.packages}\n"
    machine.program("twin/bin/fakecc", "fakecc 2.0")
    machine.ok("compiler", "add", str(machine.top / "twin"))
    twins = machine.ok("compiler", "remove", "--all", "fakecc").splitlines()
    assert len(set(twins)) == 2 and all("Removed fakecc@2.0 in /" in line for line in twins)
    assert "fakecc" not in machine.ok("compiler", "list")
    assert "fakecc" not in machine.packages.read_text()
    assert "no configured compiler" in machine.run("compiler", "info", "fakecc").stderr


def test_a_compiler_of_two_scopes_is_told_apart_and_removed_one_by_one(machine: Machine) -> None:
    machine.program("bin/fakecc", "fakecc 2.0")
    machine.ok("compiler", "find")
    other = machine.top / "scope" / "packages.yaml"
    other.parent.mkdir()
    other.write_text(machine.packages.read_text())
    once = machine.ok("compiler", "list")
    both = ("-C", str(other.parent), "compiler")
    ours = [line for line in machine.ok(*both, "list").splitlines() if "fakecc" in line]
    assert [line.partition("  [/")[0] for line in ours] == [
        line for line in once.splitlines() if "fakecc" in line for _ in range(2)
    ]
    assert {str(other), str(machine.packages)} == {
        line.rpartition("  [")[2].partition(":")[0] for line in ours
    }
    shown = machine.ok(*both, "remove", "fakecc")
    assert shown.startswith("==> Removed fakecc@2.0 in ") and f" from {other}\n" in shown
    assert f"still configured in {machine.packages}:" in shown
    assert "fakecc" not in other.read_text()
    assert machine.ok("compiler", "list") == once
    assert "still configured" not in machine.ok("compiler", "remove", "fakecc")


def test_compilers_of_binary_mirrors_are_refused_plainly(machine: Machine) -> None:
    assert "binary mirrors" in machine.run("compilers", "--remote").stderr


def test_the_first_solve_finds_compilers_and_make_once(machine: Machine) -> None:
    machine.program("bin/fakecc", "fakecc 2.0")
    first = machine.run("spec", "plain")
    assert "Found fakecc@2.0" in first.stderr
    assert "Found gmake@4.3" in first.stderr
    assert "Found" not in machine.run("spec", "plain").stderr


def test_a_compiler_that_an_external_names_and_nothing_configures(machine: Machine) -> None:
    machine.program("bin/fakecc", "fakecc 2.0")
    machine.packages.write_text(
        "packages:\n"
        "  plain:\n"
        "    externals:\n"
        "    - spec: plain@1.0 %fakecc@2.0\n"
        "      prefix: /opt/plain\n"
        "  gcc:\n"
        "    externals:\n"
        "    - {spec: gcc@9, prefix: /usr, extra_attributes: {compilers: {c: /usr/bin/gcc}}}\n"
    )
    told = machine.run("spec", "hammer").stderr
    assert f"{machine.packages}:4:7: the external plain@1.0 %fakecc@2.0 was compiled by" in told
    assert f"spack compiler find would add fakecc@2.0 in {machine.top}" in told
    machine.ok("compiler", "find")
    assert machine.ok("spec", "plain").startswith("[e]  plain@1.0")


def test_a_changed_file_outside_of_the_state_directory_is_named(machine: Machine) -> None:
    scope = machine.top / "scope"
    scope.mkdir()
    changes = (
        ("config", "add", "config:ccache:true"),
        ("config", "remove", "config:ccache"),
        ("mirror", "add", "near", str(machine.top)),
        ("mirror", "remove", "near"),
    )
    for words in changes:
        told = machine.run("-C", str(scope), *words).stderr
        section = "mirrors" if words[0] == "mirror" else "config"
        assert f"changed {scope / section}.yaml" in told
    for words in changes:
        assert "changed" not in machine.run(*words).stderr


# -- Cray ------------------------------------------------------------------------------------------

MANIFEST = {
    "_meta": {"file-type": "cray-pe-json"},
    "specs": [
        {
            "name": "cray-mpich",
            "version": "8.1",
            "prefix": "/opt/cray/mpich",
            "hash": "aaa",
            "parameters": {"shared": True, "fast": False, "levels": ["a", "b"], "none": []},
            "dependencies": {"libfabric": {"hash": "bbb", "type": ["link"]}},
        },
        {"name": "libfabric", "version": "1.15", "prefix": "/opt/cray/fabric", "hash": "bbb"},
        {"name": "bad", "version": "not a version!", "prefix": "/x", "hash": "ccc"},
    ],
    "compilers": [
        {
            "name": "nvidia",
            "version": "24.3",
            "prefix": "/opt/nvidia",
            "executables": {"cc": "bin/nvc", "cxx": "bin/nvc++", "fc": "bin/nvfortran"},
        },
    ],
}


def test_a_cray_manifest_is_taken_over(machine: Machine) -> None:
    place = machine.top / "manifests"
    place.mkdir()
    (place / "a.json").write_text(json.dumps(MANIFEST))
    (place / "b.json").write_text("{")
    words = ("external", "read-cray-manifest", "--directory", str(place))
    dry = machine.run(*words, "--dry-run")
    assert "Would add nvhpc@24.3 in /opt/nvidia" in dry.stdout
    assert "b.json" in dry.stderr and "bad is skipped" in dry.stderr
    assert not machine.packages.exists()
    assert machine.run(*words, "--fail-on-error").returncode == 1
    machine.ok(*words)
    kept = json.loads(machine.ok("config", "get", "--json", "packages"))["packages"]
    assert kept["cray-mpich"]["externals"] == [
        {
            "spec": "cray-mpich@8.1 ~fast levels=a,b +shared",
            "prefix": "/opt/cray/mpich",
            "id": "aaa",
            "dependencies": [{"id": "bbb", "deptypes": ["link"]}],
        }
    ]
    compilers = kept["nvhpc"]["externals"][0]["extra_attributes"]["compilers"]
    assert compilers["fortran"] == "/opt/nvidia/bin/nvfortran"
    assert "No new" in machine.ok(*words)


def test_cray_manifests_that_are_not_there(machine: Machine) -> None:
    words = ("external", "read-cray-manifest")
    assert "no manifest" in machine.run(*words, "--ignore-default-dir").stderr
    assert "no directory" in machine.run(*words, "--directory", "/nowhere/x").stderr
    wrong = machine.top / "wrong.json"
    wrong.write_text('{"specs": [{"name": "a"}]}')
    refused = machine.run(*words, "--file", str(wrong), "--fail-on-error")
    assert "is not a valid manifest" in refused.stderr


def test_recipes_that_cannot_be_loaded_are_told_of(machine: Machine) -> None:
    machine.recipe("awl", "class Awl(Package\n    pass\n")
    machine.program("bin/hammer", "version 3.1")
    for words in (("list",), ("find",)):
        result = machine.run("external", *words)
        assert result.returncode == 0, result.stderr
        assert "the recipe of made_up.awl cannot be loaded" in result.stderr
        assert result.stderr.count("Warning") == 1
    named = machine.run("external", "find", "hammer")
    assert named.returncode == 0 and "awl" not in named.stderr
    asked = machine.run("external", "find", "awl")
    assert asked.returncode == 1 and "made_up.awl cannot be loaded" in asked.stderr
    assert "made_up.awl cannot be loaded" in machine.run("compiler", "find").stderr
    for name in ("brad", "chisel", "drill"):
        machine.recipe(name, "import no_such_module\n")
    many = machine.run("external", "list").stderr
    assert "4 recipes cannot be loaded and are skipped: awl, brad, chisel, …" in many
    assert "spack audit packages" in many
    entry = "packages:awl:externals:[{spec: awl@1, prefix: /usr}]"
    audit = machine.run("-c", entry, "external", "audit")
    assert audit.returncode == 1
    assert "awl@1: the recipe of made_up.awl cannot be loaded" in audit.stdout


def test_info_of_a_compiler_shows_its_implicit_rpaths(machine: Machine) -> None:
    program = machine.program("bin/fakecc", "fakecc 4.1")

    def info(more: str = "") -> str:
        entry = f"{{spec: fakecc@4.1, prefix: /usr, extra_attributes: {{compilers: {{c: {program}}}"
        given = f"packages:fakecc:externals:[{entry}{more}}}}}]"
        return machine.ok("-c", given, "compiler", "info", "fakecc")

    assert "implicit rpaths: none\n" in info()
    libraries = machine.top / "own"
    libraries.mkdir()
    (libraries / "libfake.so.1").touch()
    program.write_text(f"#!/bin/sh\necho ld -L/usr/lib -L{libraries} -L/nowhere\n")
    assert "implicit rpaths: none\n" in info()
    machine.recipe("fakecc", COMPILER + '    implicit_rpath_libs = ["libfake"]\n')
    assert f"implicit rpaths: {libraries}\n" in info()
    assert "implicit rpaths: /mine (configured)" in info(", implicit_rpaths: [/mine]")
    assert "implicit rpaths: none (configured)" in info(", implicit_rpaths: false")
    program.write_text("#!/bin/sh\nexit 1\n")
    assert "cannot link a program" in info()
    program.unlink()
    assert "does not run" in info()


def test_a_recipe_that_cannot_be_loaded_does_not_stop_the_others(machine: Machine) -> None:
    machine.program("bin/hammer", "version 3.1")
    (ruined,) = machine.top.rglob("packages/pencil/package.py")
    ruined.write_text("class Pencil(")
    done = machine.run("external", "find", "hammer", "pencil")
    assert done.returncode == 0
    assert "Added hammer@3.1" in done.stdout
    assert done.stdout.count(f"{ruined}:1") == 1 and "cannot be loaded" in done.stdout


def test_what_is_found_and_what_can_be_found_as_json(machine: Machine) -> None:
    program = machine.program("bin/hammer", "version 3.1")
    machine.program("elsewhere/bin/pencil", "I am broken")
    found = json.loads(machine.ok("external", "find", "--json", "hammer"))
    assert found["added"] == [f"hammer@3.1 in {program.parent.parent}"]
    assert found["file"] == str(machine.packages)
    path = str(machine.top / "elsewhere")
    rejected = json.loads(machine.ok("external", "find", "--json", "-p", path, "pencil"))
    assert not rejected["added"] and "pencil" in rejected["rejected"][0]
    assert "hammer" in json.loads(machine.ok("external", "list", "--json"))


def test_a_compiler_is_described_as_json(machine: Machine) -> None:
    program = machine.program("cc/bin/fakecc", "fakecc 2.0")
    machine.ok("compiler", "find", str(machine.top / "cc"))
    (facts,) = json.loads(machine.ok("compiler", "info", "--json", "fakecc"))
    assert facts["spec"] == "fakecc@2.0"
    assert facts["compilers"] == {"c": str(program)}
    assert facts["implicit_rpaths"] == [] and facts["implicit_rpaths_unknown"] is None
    program.unlink()
    (facts,) = json.loads(machine.ok("compiler", "info", "--json", "fakecc"))
    assert facts["implicit_rpaths"] is None
    assert "does not run" in facts["implicit_rpaths_unknown"]
    assert "implicit rpaths: unknown, " in machine.ok("compiler", "info", "fakecc")
