"""``spack find`` through the launcher."""

from __future__ import annotations

import json

from tests.end_to_end.small_instance import Instance

NAMES = ["answer", "answer", "asker", "compiler-wrapper", "gcc-runtime"]


def test_plain(built: Instance) -> None:
    shown = built.ok("find")
    assert "answer@1.0\nanswer@2.0\nasker@1.0\n" in shown
    assert shown.rstrip().endswith("installed packages")
    assert built.ok("find", "answer@2.0").count("answer") == 1
    assert built.installed() == NAMES


def test_constraints(built: Instance) -> None:
    def found(*words: str) -> list[str]:
        return built.ok("find", "--format", "{name}@{version}", *words).split()

    assert found("answer@1") == ["answer@1.0"]
    assert found("answer@1.0:") == ["answer@1.0", "answer@2.0"]
    assert found("asker^answer@2") == ["asker@1.0"]
    assert found("answer+shared", "asker") == ["answer@1.0", "answer@2.0", "asker@1.0"]
    digest = built.ok("find", "--format", "{hash:7}", "asker").strip()
    assert found(f"/{digest}") == ["asker@1.0"]


def test_explicit_and_implicit(built: Instance) -> None:
    explicit = built.ok("find", "-x", "--format", "{name}@{version}").split()
    assert explicit == ["answer@1.0", "asker@1.0"]
    assert "answer@2.0" in built.ok("find", "-X", "--format", "{name}@{version}").split()
    assert built.ok("find", "-e", "--format", "{name}", "gcc") == "gcc\n"


def test_json(built: Instance) -> None:
    records = json.loads(built.ok("find", "--json", "asker"))
    assert [record["name"] for record in records] == ["asker"]
    assert {d["name"] for d in records[0]["dependencies"]} >= {"answer", "gcc", "gmake"}
    assert len(records[0]["hash"]) == 32
    assert json.loads(built.ok("find", "--json", "sleeper")) == []


def test_forms(built: Instance) -> None:
    digest = built.ok("find", "--format", "{hash}", "asker").strip()
    prefix = built.ok("location", "-i", "asker").strip()
    assert built.ok("find", "-H", "asker").strip() == digest
    assert f"{digest[:7]} asker@1.0" in built.ok("find", "-l", "asker")
    assert f"{digest} asker@1.0" in built.ok("find", "-L", "asker")
    assert f"asker@1.0  {prefix}\n" in built.ok("find", "-p", "asker")
    assert "small.asker@1.0" in built.ok("find", "-N", "asker")
    assert "asker@1.0~loud" in built.ok("find", "-v", "asker")
    assert built.ok("find", "--format", "{name}-{version}", "asker") == "asker-1.0\n"
    tree = built.ok("find", "-d", "-l", "asker")
    assert "    ^answer@2.0\n" in tree
    assert "    ^answer@2.0+shared" in built.ok("find", "-dv", "asker")


def test_in_an_environment_only_its_specs(built: Instance) -> None:
    shown = built.ok("-e", "asking", "find")
    assert "==> In environment asking\n==> 1 root spec\n[+] asker\n" in shown
    assert "answer@2.0" in shown
    assert "answer@1.0" not in shown
    assert "answer@1.0" not in built.ok("-e", "asking", "find", "--format", "{name}@{version}")
    assert "==> Installed packages" not in built.ok("-e", "asking", "find", "-r")
    assert "Concretized roots" in built.ok("-e", "asking", "find", "-c")
    for words in (("find",), ("uninstall", "-y"), ("location", "-i"), ("verify", "libraries")):
        missing = built.fails("-e", "asking", *words, "answer@1.0")
        assert "nothing installed in environment asking matches answer@1.0" in missing
    assert "did you mean 'asking'?" in built.fails("-e", "askin", "find")


def test_nothing(built: Instance, instance: Instance) -> None:
    assert "nothing installed matches sleeper" in built.fails("find", "sleeper")
    assert built("find", "--format", "{name}", "sleeper").returncode == 1
    assert instance.ok("find") == "==> 0 installed packages\n"
    assert "answer@@" in built.fails("find", "answer@@")


def test_missing(instance: Instance) -> None:
    import shutil

    instance.ok("install", "answer")
    shutil.rmtree(instance.ok("location", "-i", "answer").strip())
    instance.ok("uninstall", "-y", "--force", "gcc-runtime")
    assert "gcc-runtime" not in instance.ok("find", "--format", "{name}")
    assert "gcc-runtime" in instance.ok("find", "-M", "--format", "{name}")
    assert "gcc-runtime" in instance.ok("find", "-m", "--format", "{name}")


def test_tags_dates_and_what_has_no_recipe(built: Instance) -> None:
    def found(*words: str) -> list[str]:
        return built.ok("find", "--format", "{name}@{version}", *words).split()

    assert found("-t", "numbers") == ["answer@1.0", "answer@2.0"]
    assert found("-t", "nothing") == []
    assert "answer@1.0" in found("--start-date", "2020-01-01")
    assert found("--end-date", "2020-01-01") == []
    assert found("--unknown") == [] and found("--only-deprecated") == []
    assert "[+]  asker@1.0" in built.ok("find", "-I", "asker")
    assert "dates are written as" in built.fails("find", "--start-date", "yesterday")
