"""``spack test``: stand-alone tests of installed packages."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

from tests.end_to_end.small_instance import Instance

RECIPE = '''
from spack_repo.builtin.build_systems.generic import Package

from spack.package import *


class Checked(Package):
    """Has tests that pass and tests that fail."""

    has_code = False
    version("1.0")
    version("0.9")
    provides("greeting")

    def install(self, spec, prefix):
        touch(prefix.file)

    def test_file_is_there(self):
        """its file is installed"""
        assert self.prefix == str(self.spec.prefix)
        print("looked at", self.spec.version)

    def test_old_versions_fail(self):
        """version 0.9 fails"""
        if self.spec.satisfies("@0.9"):
            raise RuntimeError("too old")

    def test_of_others(self):
        """nothing to do here"""
        raise SkipTest("needs another machine")

    def test_waits(self):
        """waits where the file 'wait' is"""
        import os
        import time

        while os.path.exists(self.prefix.wait):
            time.sleep(0.05)
'''


VIRTUAL = '''
from spack_repo.builtin.build_systems.generic import Package

from spack.package import *


class Greeting(Package):
    """What everybody can say."""

    virtual = True

    def test_words(self):
        """its words are those beside this recipe"""
        words = self.test_suite.current_test_data_dir.join("words")
        with open(words) as file:
            print("the words are", file.read())
'''


def test_suites(instance: Instance, tmp_path: Path) -> None:
    root = tmp_path / "spack_repo" / "tested"
    (root / "packages" / "checked").mkdir(parents=True)
    (root / "repo.yaml").write_text("repo:\n  namespace: tested\n  api: v2.2\n")
    (root / "packages" / "checked" / "package.py").write_text(RECIPE)
    (root / "packages" / "greeting" / "test").mkdir(parents=True)
    (root / "packages" / "greeting" / "package.py").write_text(VIRTUAL)
    (root / "packages" / "greeting" / "test" / "words").write_text("hello and goodbye")
    instance.ok("repo", "add", str(root))
    instance.ok("config", "add", f"config:test_stage:{tmp_path / 'suites'}")
    instance.ok("install", "checked@1.0", "checked@0.9")
    assert "No test suites" in instance.ok("test", "status")
    assert instance.ok("test", "list") == "checked\n"
    good = instance.ok("test", "run", "--alias", "good", "checked@1.0")
    assert "checked@1.0/" in good and "passed" in good and "1 tested, 0 failed" in good
    assert "SKIPPED: Checked::test_of_others: needs another machine" in good
    told = instance.ok("test", "results", "-l", "good")
    assert "the words are hello and goodbye" in told and "PASSED: Checked::test_words" in told
    bad = instance("test", "run", "--alias", "bad", "checked")
    assert bad.returncode == 1 and "2 tested, 1 failed" in bad.stdout
    assert "FAILED: Checked::test_old_versions_fail: too old" in bad.stdout
    assert not list((tmp_path / "suites" / "bad").glob("*/cache"))
    words = ("--alias", "xml", "--keep-stage", "--log-format", "junit", "--log-file", "t.xml")
    assert instance("test", "run", *words, "checked").returncode == 1
    (suite,) = ElementTree.parse(instance.cwd / "t.xml").getroot()
    assert (suite.attrib["tests"], suite.attrib["failures"]) == ("2", "1")
    (failure,) = suite.iter("failure")
    assert "too old" in str(failure.text)
    assert list((tmp_path / "suites" / "xml").glob("checked-1.0-*/"))
    instance.ok("test", "remove", "-y", "xml")
    assert "there is already a test suite 'bad'" in instance.fails("test", "run", "--alias", "bad")
    assert instance.ok("test", "find").split() == ["good", "bad"]
    assert "2 tested  1 failed" in instance.ok("test", "status", "bad")
    results = instance.ok("test", "results", "-l", "-f", "bad")
    assert "checked@0.9/" in results and "too old" in results and "checked@1.0/" not in results
    prefix = Path(instance.ok("location", "-i", "checked@1.0").strip())
    (prefix / "wait").write_text("")
    slow = instance("test", "run", "--alias", "slow", "--timeout", "1", "checked@1.0")
    assert slow.returncode == 1
    (prefix / "wait").unlink()
    assert "took longer than 1 seconds" in instance.ok("test", "results", "-l", "slow")
    assert "no test suite 'none'" in instance.fails("test", "results", "none")
    for words in (["sleeper"], ["sleeper", "checked@1.0"]):
        nothing = instance("test", "run", *words)
        assert nothing.returncode == 0
        assert "Warning: nothing installed matches sleeper" in nothing.stderr
        assert f"{len(words) - 1} tested, 0 failed" in nothing.stdout
    for alias in ("../out", "", ".."):
        assert "plain word" in instance.fails("test", "run", "--alias", alias, "checked@1.0")
    before = set(instance.ok("test", "find").split())
    for _ in range(4):
        instance.ok("test", "run", "checked@1.0", "--timeout", "60")
    assert len(set(instance.ok("test", "find").split()) - before) == 4
    assert "cannot ask" in instance.fails("test", "remove", "good")
    instance.ok("test", "remove", "-y")
    assert instance.ok("test", "find") == ""
    instance.ok("install", "gcc")
    passed_over = instance("test", "run", "gcc")
    assert "is not tested: it is external; add --externals" in passed_over.stderr
