"""``env`` subcommands beyond the first ones, develop, change and deconcretize."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.end_to_end.small_instance import Instance


def test_the_status_page_from_nothing_to_ready(instance: Instance) -> None:
    """Roots, lock, what is installed, views, what to do next."""
    instance.ok("env", "create", "e")
    assert instance.ok("env", "status") == "==> No environment is active\n"
    assert instance.ok("env", "status", "--json") == "null\n"
    assert "spack add SPEC" in instance.ok("-e", "e", "env", "status")
    instance.ok("-e", "e", "add", "answer@1.0")
    shown = instance.ok("env", "status", "e")
    assert "[ ] answer@1.0  not locked" in shown and "spack concretize" in shown
    instance.ok("-e", "e", "concretize")
    shown = instance.ok("env", "st", "e")
    assert "up to date, written just now" in shown
    assert "to install" in shown and "spack install" in shown
    instance.ok("-e", "e", "install")
    shown = instance.ok("env", "status", "e")
    assert "[+] answer@1.0" in shown and "(100 %)" in shown
    assert "spacktivate e" in shown
    assert "compiler-wrapper" in instance.ok("gc", "-y")
    shown = instance.ok("env", "status", "e")  # what only builds need is not missed
    assert "[+] answer@1.0" in shown and "(100 %)" in shown
    place = str(instance.state / "var/spack/environments/e")
    active = instance.ok("env", "status", variables={"SPACK_ENV": place})
    assert "active in this shell" in active and "Next" not in active
    assert len(active.splitlines()) < 24
    instance.ok("-e", "e", "add", "asker")
    instance.ok("-e", "e", "remove", "answer@1.0")
    shown = instance.ok("env", "status", "e")
    assert "stale" in shown and "1 new, 1 removed" in shown
    assert "[x] answer@1.0" in shown
    data = json.loads(instance.ok("env", "status", "--json", "e"))
    assert data["locked"] is False and data["removed_roots"] == ["answer@1.0"]
    assert "no environment" in instance.fails("env", "status", "f")


def test_names(instance: Instance, tmp_path: Path) -> None:
    instance.ok("env", "create", "e")
    assert "e is now f" in instance.ok("env", "rename", "e", "f")
    assert [line["name"] for line in json.loads(instance.ok("env", "list", "--json"))] == ["f"]
    instance.ok("env", "create", "g")
    instance.fails("env", "mv", "f", "g")
    instance.ok("env", "mv", "-f", "f", "g")
    assert "active" in instance.fails("-e", "g", "env", "mv", "g", "h")
    place = tmp_path / "outside"
    instance.ok("env", "create", "-d", str(place))
    instance.ok("env", "track", str(place))
    assert instance.ok("env", "list").split() == ["g", "outside"]
    instance.ok("env", "untrack", "-y", "outside")
    assert place.exists()
    assert "not a tracked" in instance.fails("env", "untrack", "g")


def test_update_and_revert(instance: Instance) -> None:
    instance.ok("env", "create", "e")
    manifest = instance.state / "var/spack/environments/e/spack.yaml"
    manifest.write_text("spack:\n  specs: []\n  config:\n    build_jobs: 3\n")
    assert "Nothing is old" in instance.ok("env", "update", "-y", "e")
    assert ".bak does not exist" in instance.fails("env", "revert", "-y", "e")


def _make(instance: Instance, *words: str) -> str:
    spack = Path(__file__).parents[2] / "bin" / "spack"
    result = subprocess.run(
        ["make", f"SPACK={spack}", *words],
        cwd=str(instance.cwd),
        env=instance.variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    assert result.returncode == 0, result.stdout
    return result.stdout


def test_depfile(instance: Instance) -> None:
    instance.ok("env", "create", "e")
    assert "is not concretized" in instance.fails("-e", "e", "env", "depfile")
    instance.ok("-e", "e", "add", "asker")
    instance.ok("-e", "e", "concretize")
    rule = """
deps/hook/%: deps/install/%
\t@echo done with $(SPEC) /$(HASH)
all-hooks: $(addprefix deps/hook/,$(deps/SPACK_PACKAGE_IDS))
"""
    text = instance.ok("-e", "e", "env", "depfile", "--make-prefix", "deps")
    (instance.cwd / "Makefile").write_text(text + rule)
    shown = _make(instance, "-j2", "deps/all", "all-hooks")
    assert "asker" in instance.installed()
    code = instance.ok("find", "--format", "{hash}", "asker").strip()
    assert f"done with asker@1.0 /{code}\n" in shown
    assert "matches nothing" in instance.fails("-e", "e", "env", "depfile", "nothing")
    _make(instance, "deps/clean")
    assert not (instance.cwd / "deps" / "env").exists()


def test_targets_that_make_cannot_have_are_refused(instance: Instance) -> None:
    place = instance.cwd / "two words"
    instance.ok("env", "create", "-d", str(place))
    instance.ok("-D", str(place), "add", "answer")
    instance.ok("-D", str(place), "concretize")
    error = instance.fails("-D", str(place), "env", "depfile")
    assert "make cannot have the target" in error and "--make-prefix" in error
    for prefix in ("a b", "a:b", "100%", "$x"):
        instance.fails("-D", str(place), "env", "depfile", "--make-prefix", prefix)
    text = instance.ok("-D", str(place), "env", "depfile", "--make-prefix", "deps")
    (instance.cwd / "Makefile").write_text(text)
    _make(instance, "deps/all")
    assert "answer" in instance.installed()


def test_short_targets_and_dependencies(instance: Instance) -> None:
    instance.ok("env", "create", "e")
    instance.ok("-e", "e", "add", "asker")
    instance.ok("-e", "e", "concretize")
    makefile = instance.cwd / "Makefile"
    instance.ok("-e", "e", "env", "depfile", "-o", str(makefile))
    lines = makefile.read_text().splitlines()
    (deps,) = (w.partition(":")[0] for w in lines if w.startswith("install-deps/asker-"))
    _make(instance, deps)
    assert "answer" in instance.installed() and "asker" not in instance.installed()
    _make(instance, deps.replace("install-deps", "install"))
    assert "asker" in instance.installed()
    _make(instance, "all")
    _make(instance, "clean")
    assert not list(instance.state.glob("var/spack/environments/e/.spack-env/makedeps/env"))


def test_depfile_for_build_caches(instance: Instance) -> None:
    """Packages from a build cache need nothing that only builds need."""
    instance.ok("env", "create", "e")
    instance.ok("-e", "e", "add", "asker")
    instance.ok("-e", "e", "concretize")
    words = ("-e", "e", "env", "depfile")
    assert "gmake-" in instance.ok(*words)
    pruned = instance.ok(*words, "--use-buildcache", "only")
    assert "--use-buildcache=only" in pruned and "gmake-" not in pruned and "answer-" in pruned
    mixed = instance.ok(*words, "--use-buildcache", "package:never,dependencies:only")
    assert "--use-buildcache=never" in mixed and "gmake-" in mixed
    assert "is not a mode" in instance.fails(*words, "--use-buildcache", "sometimes")


def test_develop(instance: Instance) -> None:
    instance.ok("env", "create", "e")
    instance.ok("-e", "e", "add", "asker")
    assert "has no exact version" in instance.fails("-e", "e", "develop", "answer")
    instance.ok("-e", "e", "concretize")
    shown = instance.ok("-e", "e", "develop", "answer")
    source = instance.state / "var/spack/environments/e/answer"
    assert str(source) in shown and (source / "answer.c").exists()
    assert "answer" in instance.ok("-e", "e", "develop", "--list")
    text = (source / "answer.c").read_text().replace("NUMBER", "7")
    (source / "answer.c").write_text(text)

    def lock() -> str:
        return (source.parent / "spack.lock").read_text()

    now = lock()
    assert "dev_path" in now
    instance.ok("-e", "e", "concretize", "-f")
    assert lock() == now
    instance.ok("-e", "e", "install")
    program = instance.ok("-e", "e", "location", "-i", "asker").strip() + "/bin/asker"
    assert "the answer is 7" in subprocess.check_output([program], encoding="utf-8")
    assert "its usual sources" in instance.ok("-e", "e", "undevelop", "answer")
    assert "dev_path" not in lock()
    assert "No developed package matches" in instance.ok("-e", "e", "undevelop", "-a")
    assert source.exists()
    assert "no specs" in instance.fails("-e", "e", "undevelop")
    assert "needs an active environment" in instance.fails("develop", "answer@1.0")


def test_remove_with_force_and_concretize_with_non_defaults(instance: Instance) -> None:
    instance.ok("env", "create", "e")
    instance.ok("-e", "e", "add", "answer", "asker")
    assert "asker" in instance.ok("-e", "e", "concretize", "--non-defaults")
    assert "asker is no longer concrete" in instance.ok("-e", "e", "remove", "-f", "asker")
    assert "Nothing to concretize" in instance.ok("-e", "e", "concretize")
    instance.ok("env", "create", "unlocked")
    instance.ok("-e", "unlocked", "add", "answer")
    assert "concrete" not in instance.ok("-e", "unlocked", "remove", "-f", "answer")


def test_change_and_deconcretize(instance: Instance) -> None:
    instance.ok("env", "create", "e")
    instance.ok("-e", "e", "add", "answer@1.0 ~shared", "asker")
    assert "-> answer@2.0~shared" in instance.ok("-e", "e", "change", "answer@2.0")
    assert "no root matches" in instance.fails("-e", "e", "change", "sleeper@1")
    instance.ok("-e", "e", "concretize")
    assert "cannot ask" in instance.fails("-e", "e", "deconcretize", "asker")
    gone = instance.ok("-e", "e", "deconcretize", "-y", "asker")
    assert "asker is no longer concrete" in gone
    assert "No locked spec matches" in instance.ok("-e", "e", "deconcretize", "-y", "asker")
    assert "Concretized asker" in instance.ok("-e", "e", "concretize")
    instance.ok("-e", "e", "deconcretize", "-y", "-a")
    assert "no specs" in instance.fails("-e", "e", "deconcretize")
    instance.ok("-e", "e", "add", "answer@1.0")
    assert "2 roots match" in instance.fails("-e", "e", "change", "answer+shared")
    changed = instance.ok("-e", "e", "change", "--match-spec", "answer@1.0", "answer+shared")
    assert changed == "==> Changed answer@1.0 -> answer@1.0+shared\n"


def test_change_of_lists_and_references(instance: Instance) -> None:
    instance.ok("env", "create", "e")
    manifest = instance.state / "var/spack/environments/e/spack.yaml"
    text = """\
spack:
  definitions:
  - inner: [answer@1.0, picky]
    when: 'True'
  - outer: [$inner, asker]
  - apart: [sleeper]
  specs:
  - $outer
  - matrix: [[$inner], ['%gcc']]
  - broken
"""
    manifest.write_text(text)
    assert "-> broken@1.0" in instance.ok("-e", "e", "change", "broken@1.0")
    assert "answer@1.0 -> answer@2.0" in instance.ok("-e", "e", "change", "answer@2.0")
    assert "-> asker+loud" in instance.ok("-e", "e", "change", "-l", "outer", "asker+loud")
    assert "no root matches" in instance.fails("-e", "e", "change", "-l", "inner", "asker")
    assert "no root matches" in instance.fails("-e", "e", "change", "sleeper@1.0")
    instance.ok("-e", "e", "change", "-l", "apart", "sleeper@1.0")
    assert "no list 'nothing'" in instance.fails("-e", "e", "change", "-l", "nothing", "asker")
    now = text.replace("answer@1.0", "answer@2.0").replace("asker]", "asker+loud]")
    now = now.replace("[sleeper]", "[sleeper@1.0]").replace("- broken", "- broken@1.0")
    assert manifest.read_text() == now


def test_develop_of_everything_above_and_without_the_lock(instance: Instance) -> None:
    instance.ok("env", "create", "e")
    instance.ok("-e", "e", "add", "asker")
    instance.ok("-e", "e", "concretize")
    lock = instance.state / "var/spack/environments/e/spack.lock"
    before = lock.read_text()
    instance.ok("-e", "e", "develop", "--no-clone", "--no-modify-concrete-specs", "answer")
    assert lock.read_text() == before
    shown = instance.ok("-e", "e", "develop", "-r", "--no-clone", "answer")
    assert "answer@=2.0 is built from" in shown and "asker@=1.0 is built from" in shown
    changed = lock.read_text()
    assert changed.count('"dev_path"') == 2
    assert "needs exactly one package" in instance.fails(
        "-e", "e", "develop", "-r", "-p", "x", "answer"
    )
    assert "no concrete spec" in instance.fails("-e", "e", "develop", "-r", "sleeper")
    instance.ok("-e", "e", "undevelop", "--no-modify-concrete-specs", "-a")
    assert lock.read_text() == changed
    instance.ok("-e", "e", "concretize", "-f")
    assert lock.read_text() == before


def test_change_of_concrete_specs(instance: Instance) -> None:
    instance.ok("env", "create", "e")
    instance.ok("-e", "e", "add", "asker", "answer@1.0")
    instance.ok("-c", "concretizer:unify:false", "-e", "e", "concretize")
    file = instance.state / "var/spack/environments/e/spack.lock"
    before = json.loads(file.read_text())

    def nodes(name: str) -> list[dict[str, Any]]:
        found = json.loads(file.read_text())["concrete_specs"].values()
        return [node for node in found if node["name"] == name]

    words = ("-e", "e", "change", "-C", "--match-spec", "answer@2.0", "answer~shared")
    (line,) = instance.ok(*words).splitlines()
    assert line.startswith("==> Changed answer@2.0/") and " -> answer@2.0/" in line
    values = {node["version"]: node["parameters"]["shared"] for node in nodes("answer")}
    assert values == {"1.0": True, "2.0": False}
    roots = json.loads(file.read_text())["roots"]
    assert [root["spec"] for root in roots] == [root["spec"] for root in before["roots"]]
    assert nodes("asker")[0]["hash"] not in before["concrete_specs"]
    for node in nodes("answer") + nodes("asker"):
        assert node["package_hash"]
    instance.ok("-e", "e", "install", "asker")
    assert "-> answer@2.0" in instance.ok("-e", "e", "change", "-c", "-a", "answer@=2.0")
    assert "lock file matches the manifest" in instance.ok("-e", "e", "concretize")
    for words, message in (
        (("-C", "sleeper@1"), "no concrete spec matches sleeper"),
        (("-C", "answer@7"), "has no version 7"),
        (("-C", "answer+nothing"), "has no variant 'nothing'"),
        (("-C", "answer shared=3"), "cannot be 3"),
        (("-C", "asker ^answer@1.0"), "dependencies of concrete specs"),
    ):
        assert message in instance.fails("-e", "e", "change", *words), words


def test_roots_are_shown_as_they_are_solved(instance: Instance) -> None:
    """Parts that do not apply to a package of a matrix are dropped; equal ones become one root."""
    instance.ok("env", "create", "e")
    manifest = instance.state / "var/spack/environments/e/spack.yaml"
    text = "spack:\n  specs:\n  - matrix: [[answer, asker], [+loud, ~loud]]\n"
    manifest.write_text(text)
    expected = ["answer", "asker+loud", "asker~loud"]

    def shown() -> list[str]:
        found = instance.ok("-e", "e", "find")
        assert "==> 3 root specs\n" in found
        data = json.loads(instance.ok("env", "status", "--json", "e"))
        assert [root["spec"] for root in data["roots"]] == expected
        return [line[4:] for line in found.splitlines() if line.startswith((" -  ", "[+] "))]

    assert shown() == expected
    instance.ok("-e", "e", "concretize", "-q")
    assert shown() == expected
    assert "[ ]" not in instance.ok("env", "status", "e")
    manifest.write_text(text.replace("[answer, asker]", "[answer, sleeper]"))
    assert " -  sleeper\n" in instance.ok("-e", "e", "find")
    manifest.write_text(text)
    roots = instance.ok("-e", "e", "find", "--concretized", "--no-groups")
    assert "==> Concretized roots" in roots


def test_links_to_logs_can_be_read(instance: Instance) -> None:
    """Those of failed builds, too."""
    instance.ok("env", "create", "e")
    instance.ok("-e", "e", "add", "asker", "broken")
    assert "failed" in instance.fails("-e", "e", "install")
    logs = instance.state / "var/spack/environments/e/.spack-env/logs"
    (asker,) = logs.glob("asker-1.0-*.log")
    (broken,) = logs.glob("broken-1.0-*.log")
    assert asker.is_symlink() and "Fetching" in asker.read_text()
    assert broken.is_symlink() and "not-there.h" in broken.read_text()


def test_the_scope_of_an_environment_that_is_not_active(instance: Instance) -> None:
    instance.ok("env", "create", "e")
    instance.ok("env", "create", "f")
    instance.ok("-e", "f", "config", "--scope", "env:e", "add", "config:build_jobs:3")
    place = instance.state / "var/spack/environments"
    assert "build_jobs: 3" in (place / "e" / "spack.yaml").read_text()
    assert "build_jobs" not in (place / "f" / "spack.yaml").read_text()
    assert "build_jobs: 3" in instance.ok("config", "--scope", "env:e", "get", "config")
    outside = instance.directory / "outside"
    instance.ok("env", "create", "-d", str(outside))
    instance.ok("config", "--scope", f"env:{outside}", "add", "config:build_jobs:4")
    assert "build_jobs: 4" in (outside / "spack.yaml").read_text()
    instance.ok("mirror", "add", "--scope", "env:e", "m", "file:///m")
    assert "file:///m" in (place / "e" / "spack.yaml").read_text()
    assert "did you mean 'e'" in instance.fails("config", "--scope", "env:ee", "get", "config")


def test_the_default_compiler_of_a_manifest(instance: Instance) -> None:
    """``packages:all:compiler`` is a preference, told once with its place."""
    instance.ok("env", "create", "e")
    place = instance.state / "var/spack/environments/e"
    text = """\
spack:
  specs: [answer]
  packages:
    all:
      compiler: [nosuch, gcc@9.4.0]
    gcc:
      externals:
      - spec: gcc@9.4.0 languages:=c
        prefix: /opt/gcc
        extra_attributes: {compilers: {c: /usr/bin/gcc}}
"""
    (place / "spack.yaml").write_text(text)
    done = instance("-e", "e", "concretize", "-q")
    assert done.returncode == 0 and done.stderr.count("packages:all:compiler") == 1
    assert "spack.yaml:5" in done.stderr
    shown = instance.ok("-e", "e", "spec", "--format", "{name} {compilers}")
    assert "gcc@9.4.0" in shown
