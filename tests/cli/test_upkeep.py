"""Commands that look after the store and the sources: gc, mark, verify, clean, stage and others."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from tests.end_to_end.small_instance import Instance

from spack.system.files import kept
from spack.work.machine import cleaning


def test_sources_are_fetched_staged_patched_and_cleaned(instance: Instance, tmp_path: Path) -> None:
    assert "sources of 1 package are available" in instance.ok("fetch", "answer")
    assert "sources of 2 packages" in instance.ok("fetch", "-D", "asker")
    staged = instance.ok("stage", "answer@2.0").split()[-1]
    assert Path(staged, "spack-src", "answer.c").exists()
    assert Path(instance.ok("location", "-s", "answer@2.0").strip()) == Path(staged)
    source = Path(staged, "spack-src", "answer.c")
    source.write_text("changed\n")
    assert "again" in instance.ok("restage", "answer@2.0")
    assert "NUMBER" in source.read_text()
    assert "Patched answer@2.0" in instance.ok("patch", "answer@2.0")
    elsewhere = instance.ok("stage", "-p", str(tmp_path / "elsewhere"), "answer@1.0").split()[-1]
    assert elsewhere.startswith(str(tmp_path / "elsewhere"))
    assert "Removed the stage of answer@2.0" in instance.ok("clean", "answer@2.0")
    assert "answer@2.0 has no stage" in instance.ok("clean", "answer@2.0")
    instance.ok("stage", "answer@2.0")
    assert not Path(staged, "spack-src", "nothing").exists()
    removed = instance.ok("clean")
    assert "stages from" in removed and "Removed 0 " not in removed
    assert not Path(staged).exists()
    assert instance.ok("clean", "-a").count("==> Removed") == 5


def test_sources_that_cannot_be_had(instance: Instance) -> None:
    assert "/nowhere/absent-1.0.tar.gz" in instance.fails("fetch", "absent")
    assert "checksum" in instance.fails("stage", "tampered").lower()
    instance.ok("stage", "-n", "tampered")
    assert "has no stage" in instance.fails("restage", "answer")
    assert "no specs given" in instance.fails("fetch")


def test_source_mirrors(instance: Instance, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    shown = instance.ok("mirror", "create", "-d", str(mirror), "-D", "asker")
    assert "2 added, 0 were there, 0 failed" in shown
    assert "0 added, 2 were there" in instance.ok(
        "mirror", "create", "-d", str(mirror), "-D", "asker"
    )
    specs = tmp_path / "specs"
    specs.write_text("# two versions\nanswer\n")
    many = instance.ok("mirror", "create", "-d", str(mirror), "--file", str(specs), "-n", "2")
    assert "0 failed" in many
    assert (mirror / "_source-cache").is_dir()
    failed = instance("mirror", "create", "-d", str(mirror), "absent")
    assert failed.returncode == 1 and "1 failed" in failed.stdout
    instance.ok("mirror", "add", "mine", str(mirror))
    instance.ok("mirror", "set-url", "mine", "/somewhere/else")
    assert "/somewhere/else" in instance.ok("mirror", "list")
    instance.ok("mirror", "set", "--url", str(mirror), "--type", "source", "mine")
    assert instance.ok("mirror", "list").split()[:3] == ["mine", "s", "-"]
    assert "there is no mirror 'yours'" in instance.fails("mirror", "set", "--signed", "yours")
    assert "cannot ask" in instance.fails("mirror", "destroy", "-m", "mine")
    instance.ok("mirror", "destroy", "-y", "-m", "mine")
    assert not mirror.exists()
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("")
    wrong = ("mirror", "destroy", "-y", "--mirror-url", str(tmp_path / "precious"))
    assert "does not look like a mirror" in instance.fails(*wrong)


def test_garbage(instance: Instance) -> None:
    instance.ok("install", "asker")
    assert "all installed packages are needed" in instance.ok("gc", "-b")
    instance.ok("mark", "-i", "asker")
    shown = instance("gc")
    assert shown.returncode == 1 and "asker@1.0" in shown.stdout
    instance.ok("mark", "-e", "asker")
    assert "all installed packages are needed" in instance.ok("gc", "-b")
    instance.ok("mark", "--all", "-i")
    instance.ok("env", "create", "e")
    instance.ok("-e", "e", "add", "answer")
    instance.ok("-e", "e", "concretize")
    kept = instance("gc", "-E").stdout
    assert "asker@1.0" in kept and "answer@" not in kept
    assert "answer@" not in instance("gc", "-e", "e").stdout
    instance.ok("gc", "-y")
    assert instance.installed() == []


def test_mark_needs_one_meaning(built: Instance) -> None:
    assert "2 installed specs match answer" in built.fails("mark", "-e", "answer")
    assert "required" in built.fails("mark", "answer")
    assert "no specs given" in built.fails("mark", "-e")
    assert "nothing installed matches answer @9" in built.fails("mark", "-e", "-a", "answer", "@9")


def test_verify(instance: Instance) -> None:
    instance.ok("install", "asker")
    assert "No problems found" in instance.ok("verify", "manifest", "-a")
    assert "No problems found" in instance.ok("verify", "libraries", "asker")
    assert "No problems found" in instance.ok("verify", "libraries", "--all")
    assert "No problems found" in instance.ok("verify", "versions")
    prefix = Path(instance.ok("location", "-i", "asker").strip())
    program = prefix / "bin" / "asker"
    os.chmod(str(program), 0o755)
    with open(str(program), "ab") as stream:
        stream.write(b"more")
    (prefix / "bin" / "extra").write_text("")
    changed = instance("verify", "manifest", "asker")
    assert changed.returncode == 1
    assert "bin/asker: hash" in changed.stdout and "bin/extra: added" in changed.stdout
    found = json.loads(instance("verify", "manifest", "-j", "asker").stdout)
    assert {entry["what"] for entry in found} >= {"hash", "size", "added"}
    by_file = instance("verify", "manifest", "-f", str(program))
    assert by_file.returncode == 1 and "hash" in by_file.stdout
    library = Path(instance.ok("location", "-i", "answer").strip(), "lib", "libanswer.so")
    library.unlink()
    broken = instance("verify", "libraries", "asker")
    assert broken.returncode == 1 and "libanswer.so" in broken.stdout
    assert "does not belong to an installed" in instance.fails("verify", "manifest", "-f", "/x")
    assert "nothing installed matches sleeper" in instance.fails("verify", "libraries", "sleeper")


def test_reindex(instance: Instance) -> None:
    instance.ok("install", "asker")
    before = instance.installed()
    for name in os.listdir(str(instance.state / "opt" / "spack" / ".spack-db")):
        path = instance.state / "opt" / "spack" / ".spack-db" / name
        if path.is_file():
            path.unlink()
    assert "spack reindex" in instance.fails("find")
    assert "installed packages" in instance.ok("reindex")
    assert instance.installed() == before
    assert "asker" in instance.ok("find", "asker")


def test_deprecate(instance: Instance) -> None:
    instance.ok("install", "answer@1.0", "answer@2.0")
    old = Path(instance.ok("location", "-i", "answer@1.0").strip())
    assert "cannot ask" in instance.fails("deprecate", "answer@1.0", "answer@2.0")
    instance.ok("deprecate", "-y", "answer@1.0", "answer@2.0")
    assert old.is_symlink() and (old / "lib").is_dir()
    assert "old and the new" in instance.fails("deprecate", "answer@1.0")
    instance.ok("reindex")


def test_diff(built: Instance) -> None:
    shown = built.ok("diff", "answer@1.0", "answer@2.0")
    assert "- answer 1.0" in shown and "+ answer 2.0" in shown
    data = json.loads(built.ok("diff", "--json", "-a", "version", "answer@1.0", "answer@2.0"))
    assert data["a_not_b"] == [["version", "answer 1.0"]]
    assert "No differences" in built.ok("diff", "answer@1.0", "answer@1.0")
    assert "two specs" in built.fails("diff", "answer@1.0")


def test_logs(built: Instance, instance: Instance, tmp_path: Path) -> None:
    path = built.ok("logs", "--path", "asker").strip()
    assert path.endswith(".gz") and Path(path).exists()
    assert "make" in built.ok("logs", "asker") or built.ok("logs", "asker")
    assert "not-there.h" in instance("install", "broken").stderr
    assert "not-there.h" in instance.ok("logs", "broken")
    assert "neither installed nor being built" in instance.fails("logs", "picky")
    log = tmp_path / "log"
    log.write_text("one\na.c:3:5: error: no\ntwo\nb.c:1: warning: hm\nthree\n")
    assert "1 error\n" in built.ok("log-parse", str(log))
    both = built.ok("log-parse", "--show", "errors,warnings", "-c", "1", str(log))
    assert ">>      2  a.c:3:5: error: no" in both and "1 warning" in both
    events = json.loads(built.ok("log-parse", "--json", "--show", "warnings", str(log)))
    assert [event["line"] for event in events] == [4]
    assert "not a kind of line" in built.fails("log-parse", "--show", "all", str(log))
    assert "No such file" in built.fails("log-parse", str(tmp_path / "none"))


def test_views_by_hand(built: Instance, tmp_path: Path) -> None:
    view = tmp_path / "view"
    built.ok("view", "-v", "symlink", str(view), "asker")
    assert (view / "bin" / "asker").is_symlink()
    assert (view / "lib" / "libanswer.so").exists()
    assert "complete" in built.ok("view", "status", str(view))
    assert "absent" in built.ok("view", "check", str(view), "answer@1.0")
    assert "already in the view" in built.fails("view", "add", str(view), "answer@1.0")
    built.ok("view", "rm", "-a", str(view))
    assert not (view / "bin").exists()
    built.ok("view", "-d", "no", "copy", str(view), "answer@1.0")
    assert (view / "lib" / "libanswer.so").is_file()
    projections = tmp_path / "projections.yaml"
    projections.write_text("projections:\n  all: '{name}/{version}'\n")
    other = tmp_path / "other"
    built.ok("view", "hardlink", "--projection-file", str(projections), str(other), "answer@1.0")
    assert (other / "answer" / "1.0" / "lib" / "libanswer.so").is_file()
    projections.write_text("nothing: 1\n")
    wrong = ("view", "add", "--projection-file", str(projections), str(tmp_path / "x"), "asker")
    assert "has no 'projections'" in built.fails(*wrong)
    assert "no specs" in built.fails("view", "rm", str(view))


def test_what_is_cleaned_may_change_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Other commands write into caches and remove from them while they are emptied."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").write_text("")
    real, times = os.rmdir, iter(range(100))

    def busy(path: str, **place: int) -> None:
        if next(times) < 2 and str(path).endswith("b"):
            Path(tmp_path, "a", "b", "new").write_text("")
        real(path, **place)

    monkeypatch.setattr(os, "rmdir", busy)
    assert cleaning._emptied(str(tmp_path)) == 1
    assert os.listdir(tmp_path) == []
    monkeypatch.setattr(cleaning, "remove_tree", gone)
    (tmp_path / "c").mkdir()
    cleaning._emptied(str(tmp_path))
    kept.tell_loss("records", str(tmp_path), FileNotFoundError(2, "gone"))
    assert capsys.readouterr().err == ""
    kept.tell_loss("records", "/proc/nowhere", FileNotFoundError(2, "gone"))
    assert "cannot cache records in /proc/nowhere" in capsys.readouterr().err
    kept.tell_loss("records", str(tmp_path), PermissionError(13, "not allowed"))
    assert "cannot cache records" in capsys.readouterr().err


def gone(path: str) -> None:
    raise FileNotFoundError(2, "No such file or directory", path)


def test_the_stage_of_a_build_is_left_by_clean(instance: Instance, tmp_path: Path) -> None:
    """In this or another instance that shares the directory of stages."""
    instance.ok("install", "--fake", "asker")
    wakes = tmp_path / "wake"
    build = instance.start("install", "sleeper", variables={"SLEEPER_WAKES": str(wakes)})
    stages = instance.stages
    begun = instance.state / "opt" / "spack"
    while build.poll() is None and not list(begun.glob("*/sleeper-*/begun")):
        time.sleep(0.05)
    assert build.poll() is None
    (kept,) = stages.glob("*/spack-stage-sleeper-*")
    other = {"SPACK_STATE_DIR": str(tmp_path / "other")}
    for words in (("clean",), ("clean", "-s"), ("clean", "sleeper")):
        shown = instance.ok(*words)
        assert f"==> Left {kept.name}: in use by process" in shown and "Removed 1" not in shown
    place = f"config:build_stage:[{stages}]"
    assert f"==> Left {kept.name}" in instance.ok("-c", place, "clean", variables=other)
    wakes.touch()
    output, _ = build.communicate()
    assert build.returncode == 0, output
    assert not kept.exists()
