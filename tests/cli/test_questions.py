"""Questions of commands: who answers them, and what happens where nobody does."""

from __future__ import annotations

from tests.end_to_end.small_instance import SPACK, Instance


def test_answers_come_from_a_pipe(instance: Instance) -> None:
    instance.ok("install", "--fake", "asker")
    result = instance("uninstall", "asker", stdin="n\n")
    assert result.returncode == 1 and "nothing was done" in result.stderr
    assert "asker" in instance.installed()
    assert "Removed asker" in instance.ok("uninstall", "asker", stdin="y\n")
    assert "asker" not in instance.installed()
    instance.ok("env", "create", "e")
    many = f"yes | '{SPACK}' env rm e && yes yes | '{SPACK}' gc"
    shown = instance.shell("bash", many)
    assert shown.returncode == 0, shown.stderr
    assert instance.installed() == []


def test_nobody_answers_at_the_end_of_the_input(instance: Instance) -> None:
    instance.ok("env", "create", "e")
    refused = instance.fails("env", "rm", "e")
    assert "cannot ask 'Remove e?'" in refused and "add -y" in refused
    assert instance.ok("env", "list").split() == ["e"]
    closed = instance.shell("bash", f"'{SPACK}' env rm e <&-")
    assert closed.returncode == 1 and "cannot ask" in closed.stderr
