"""``spack build-env`` and ``test-env``: variables of builds, shown and used."""

from __future__ import annotations

import pickle
from pathlib import Path

from tests.end_to_end.small_instance import Instance


def test_the_variables_of_a_build(built: Instance, tmp_path: Path) -> None:
    shown = built.ok("build-env", "asker")
    answer = built.ok("location", "-i", "answer@2.0").strip()
    assert "export SPACK_CC=" in shown and f"{answer}/lib" in shown
    assert built.ok("build-env", "asker", "--", "sh", "-c", "echo $SPACK_SHORT_SPEC").startswith(
        "asker@1.0"
    )
    assert built.ok("build-env", "asker", "printenv", "LC_ALL") == "C\n"
    dump = tmp_path / "dump"
    built.ok("build-env", "--dump", str(dump), "asker")
    assert "export SPACK_CC=" in dump.read_text()
    assert "export PATH=.:" in built.ok("test-env", "asker")


def test_mistakes(instance: Instance) -> None:
    assert "a dependency of asker, is not installed" in instance.fails("build-env", "asker")
    assert "no spec given" in instance.fails("build-env")
    assert "cannot run nothing-at-all" in instance.fails(
        "build-env", "compiler-wrapper", "nothing-at-all"
    )


def test_variables_for_pickle(built: Instance, tmp_path: Path) -> None:
    file = tmp_path / "variables"
    assert "Wrote" in built.ok("build-env", "-f", "--pickle", str(file), "answer@2.0")
    with open(file, "rb") as stream:
        assert "SPACK_CC" in pickle.load(stream)
