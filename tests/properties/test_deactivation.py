"""Deactivation gives back what a shell without any activation would have after the same edits."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.shells.test_setup_env import Instance, make_instance

from spack.activation import shell_code
from spack.activation.actions import VariableAction, append, prepend, set_value, unset

SHELLS = ["bash", "dash", "zsh", "fish", "tcsh"]

#: Two environments that touch the same variables in different ways.
ONE = (
    prepend("PATH", "/one/bin"),
    prepend("A_PATH", "/one/a"),
    prepend("A_PATH", "/one/b"),
    append("B_PATH", "/one/x"),
    prepend("B_PATH", "/one/y"),
    append("FLAGS", "-O2", " "),
    set_value("SOME", "one"),
    unset("GONE"),
)
TWO = (
    prepend("PATH", "/two/bin"),
    append("A_PATH", "/two/a"),
    set_value("FLAGS", "-O3"),
    set_value("SOME", "two"),
    set_value("GONE", "two"),
)
BEFORE = {"A_PATH": "/before a:/one/a", "FLAGS": "", "SOME": "before"}

entries = st.sampled_from(
    ["/user", "/u b", "/u'q", '/u"d', "/u$x", "/u*", "/u[1]", "~", "/ü", "-n"]
)
lists = st.sampled_from(["A_PATH", "B_PATH", "PATH"])
names = st.sampled_from(["A_PATH", "B_PATH", "FLAGS", "SOME", "GONE"])
edits = st.one_of(
    st.builds(prepend, lists, entries),
    st.builds(append, lists, entries),
    st.builds(set_value, names, entries),
    # Nobody can tell who removed a variable that activation removes.
    st.builds(unset, names.filter(lambda name: name != "GONE")),
)
SWITCHES = ["spacktivate one", "spacktivate two", "despacktivate"]
#: What a user does: edits, and changes of the environment.
histories = st.lists(edits | st.sampled_from(SWITCHES), max_size=8)


def lines(shell: str, step: VariableAction | str, alone: bool) -> str:
    if isinstance(step, str):
        return "" if alone else f"{step}\n"
    return shell_code.line(step, shell) + "\n"


@pytest.mark.parametrize("shell", SHELLS)
@settings(max_examples=6)
@given(batch=st.lists(histories, min_size=1, max_size=5))
def test_edits_of_users_survive(
    shell: str, batch: list[list[VariableAction | str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    instance = _instance(tmp_path_factory)
    script = ""
    for number, history in enumerate(batch):
        for run in ("alone", "with"):
            for step in ("spacktivate one", *history, "despacktivate"):
                script += lines(shell, step, run == "alone")
            script += f"dump {run}{number}\n" + _as_before(shell)
    instance.run(shell, _as_before(shell) + script)
    for number, history in enumerate(batch):
        assert instance.dumped(f"with{number}") == instance.dumped(f"alone{number}"), history


def _as_before(shell: str) -> str:
    """Lines that give the variables the values they have before a history."""
    actions = [set_value("PATH", "/usr/bin:/bin"), unset("B_PATH"), unset("GONE")]
    actions += [set_value(name, value) for name, value in BEFORE.items()]
    return "".join(shell_code.line(action, shell) + "\n" for action in actions)


_made: dict[str, Instance] = {}


def _instance(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    """One instance for all examples."""
    if "one" not in _made:
        made = make_instance(Path(tmp_path_factory.mktemp("shells")) / "instance")
        made.managed("one", ONE)
        made.managed("two", TWO)
        _made["one"] = made
    return _made["one"]
