"""Requests on process variables; results were checked against the reference program."""

from __future__ import annotations

import io
import os
import subprocess
from pathlib import Path
from typing import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spack.system.processes import variables as environment
from spack.system.processes.variables import (
    EnvironmentModifications,
    RemoveFirstPath,
    RemoveLastPath,
    UnsetEnv,
    set_env,
)
from spack.system.terminal import messages
from spack.system.terminal.output import Reporter

Request = Callable[[EnvironmentModifications], None]


def applied(request: Request, env: dict[str, str] | None = None) -> dict[str, str]:
    mods = EnvironmentModifications()
    request(mods)
    result = dict(env or {})
    mods.apply_modifications(result)
    return result


@pytest.mark.parametrize(
    ("request_", "before", "after"),
    [
        (lambda e: e.prepend_path("P", "/a/b/../c/"), "/x:/y", "/a/c:/x:/y"),
        (lambda e: e.prepend_path("P", ""), "/x", ".:/x"),
        (lambda e: e.append_path("P", "/a//b/"), "", "/a/b"),
        (lambda e: e.append_path("P", "a/"), "/x/:b/", "/x/:b/:a"),
        (lambda e: e.append_path("P", "/x", separator=";"), "/x", "/x;/x"),
        (lambda e: e.remove_path("P", "/x"), "/x/:/y:/x:/z/", "/y:/z"),
        (lambda e: e.remove_path("P", "/x"), None, "."),
        (lambda e: e.remove_path("P", "/x"), "", "."),
        (lambda e: e.remove_path("P", "/x"), "/x", ""),
        (lambda e: e.env_modifications.append(RemoveFirstPath("P", "/x")), "/x/:/y:/x", "/y:/x"),
        (lambda e: e.env_modifications.append(RemoveLastPath("P", "/x")), "/x/:/y:/x", "/x:/y"),
        (lambda e: e.env_modifications.append(RemoveFirstPath("P", "/x")), None, "."),
        (lambda e: e.env_modifications.append(RemoveLastPath("P", "/q")), "/x", "/x"),
        (lambda e: e.prune_duplicate_paths("P"), "/x/:/y:/x::/y", "/x:/y:."),
        (lambda e: e.prune_duplicate_paths("P"), None, ""),
        (
            lambda e: e.deprioritize_system_paths("P"),
            "/usr/bin:/x/:/usr/lib/:/y",
            "/x:/y:/usr/bin:/usr/lib",
        ),
        (lambda e: e.deprioritize_system_paths("P"), None, ""),
        (lambda e: e.append_flags("P", "-a"), None, "-a"),
        (lambda e: e.append_flags("P", "-a"), "x", "x -a"),
        (lambda e: e.append_flags("P", "-a", sep=","), "x", "x,-a"),
        (lambda e: e.remove_flags("P", "-a"), "-a -b -a", "-b"),
        (lambda e: e.remove_flags("P", "-a"), None, ""),
        (lambda e: e.remove_flags("P", "-a -b"), "-c -a -b", "-c -a -b"),
        (lambda e: e.set_path("P", ["/a/", "b"]), "q", "/a/:b"),
        (lambda e: e.set_path("P", ["/a/", "b"], separator=";"), None, "/a/;b"),
        (lambda e: e.set("P", "1"), "0", "1"),
        (lambda e: e.unset("P"), "1", None),
        (lambda e: e.unset("P"), None, None),
    ],
)
def test_requests(request_: Request, before: str | None, after: str | None) -> None:
    env = {} if before is None else {"P": before}
    assert applied(request_, env).get("P") == after


def test_variables_in_sorted_order_and_requests_in_order() -> None:
    order = []

    class Recorder(dict[str, str]):
        def __setitem__(self, name: str, value: str) -> None:
            order.append((name, value))
            super().__setitem__(name, value)

    mods = EnvironmentModifications()
    mods.set("B", "1")
    mods.set("A", "1")
    mods.append_path("B", "2")
    mods.apply_modifications(Recorder())
    assert order == [("A", "1"), ("B", "1"), ("B", "1:2")]


def test_values_that_are_no_text_are_reported() -> None:
    errors = io.StringIO()
    with messages.reporting(Reporter(errors=errors)):
        assert applied(lambda e: e.set("A", 1)) == {"A": "1"}  # type: ignore[arg-type]
    assert "int" in errors.getvalue()


def example() -> EnvironmentModifications:
    mods = EnvironmentModifications()
    mods.set("A", "it's")
    mods.prepend_path("MANPATH", "/m")
    mods.prepend_path("PATH", "/p")
    mods.unset("U")
    mods.unset("U2")
    mods.append_flags("F", "-a")
    return mods


def test_shell_code() -> None:
    env = {"PATH": "/usr/bin", "U": "1"}
    assert example().shell_modifications("sh", env=env) == (
        "export A='it'\"'\"'s';\nexport F=-a;\nexport MANPATH=/m:;\n"
        "export PATH=/p:/usr/bin;\nunset U;\n"
    )
    assert "setenv PATH /p:/usr/bin;\nunsetenv U;\n" in example().shell_modifications(
        "csh", env=env
    )
    assert "set -gx PATH /p:/usr/bin;\nset -e U;\n" in example().shell_modifications(
        "fish", env=env
    )
    assert example().shell_modifications(explicit=True, env=env).endswith("unset U;\nunset U2;\n")


def test_changes() -> None:
    env = {"PATH": "/usr/bin", "U": "1", "A": "it's"}
    assert example().changes(env) == {
        "F": "-a",
        "MANPATH": "/m",
        "PATH": "/p:/usr/bin",
        "U": None,
    }
    assert set(example().changes(env, explicit=True)) == {"A", "F", "MANPATH", "PATH", "U", "U2"}


def test_list_operations() -> None:
    mods = example()
    assert len(mods) == 6 and [request.name for request in mods][:2] == ["A", "MANPATH"]
    assert mods.drop("U", "nope") and not mods.drop("nope") and len(mods) == 5
    other = EnvironmentModifications(mods)
    mods.set("Z", "1")
    assert len(other) == 5 and list(other) == list(mods)[:5]
    mods.extend(other)
    assert len(mods) == 11 and len(mods.group_by_name()["A"]) == 2
    mods.clear()
    assert len(mods) == 0


def test_reversed() -> None:
    mods = example()
    mods.remove_path("X", "/y")
    mods.set_path("L", ["a"])
    kinds = [(type(request).__name__, request.name) for request in mods.reversed()]
    assert kinds == [
        ("UnsetEnv", "L"),
        ("RemoveFlagsEnv", "F"),
        ("RemoveFirstPath", "PATH"),
        ("RemoveFirstPath", "MANPATH"),
        ("UnsetEnv", "A"),
    ]
    env = {"PATH": "/usr/bin", "MANPATH": "/x"}
    before = dict(env)
    part = EnvironmentModifications()
    part.prepend_path("PATH", "/p")
    part.append_path("MANPATH", "/m")
    part.apply_modifications(env)
    part.reversed().apply_modifications(env)
    assert env == before


def described(before: dict[str, str], after: dict[str, str], clean: bool = False) -> list[object]:
    mods = EnvironmentModifications.from_environment_diff(before, after, clean)
    return [(type(r).__name__, r.name, getattr(r, "value", None)) for r in mods]


def test_differences_become_requests_on_lists() -> None:
    assert described({}, {"H": "h", "NEWPATH": "/z", "N": "a:b"}) == [
        ("SetEnv", "H", "h"),
        ("PrependPath", "N", "a:b"),
        ("PrependPath", "NEWPATH", "/z"),
    ]
    assert described({"G": "g", "A": "1"}, {"A": "2"}) == [
        ("UnsetEnv", "G", None),
        ("SetEnv", "A", "2"),
    ]
    assert described({"P": "/x:/y"}, {"P": "/n:/x:/y"}) == [("PrependPath", "P", "/n")]
    assert described({"L": "/l1:/l2"}, {"L": "/l1:/l2:/l3:/l4"}) == [
        ("AppendPath", "L", "/l3"),
        ("AppendPath", "L", "/l4"),
    ]
    assert described({"Q": "/a:/b:/c"}, {"Q": "/a:/c"}) == [("RemovePath", "Q", "/b")]
    assert described({"P": "/x:/y:/x"}, {"P": "/n:/x:/y"}, True) == [("PrependPath", "P", "/n")]


ENTRY = st.sampled_from(["/a", "/b", "/c", "/d"])
LISTS = st.lists(ENTRY, min_size=1, max_size=5, unique=True).map(":".join)


@given(before=LISTS, after=LISTS)
def test_a_difference_leads_from_before_to_after(before: str, after: str) -> None:
    mods = EnvironmentModifications.from_environment_diff({"P": before}, {"P": after})
    env = {"P": before}
    mods.apply_modifications(env)
    assert env == {"P": after}


def test_sourcing_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "set up.sh"
    file.write_text(
        "echo noise\nexport FOO='a b'\nexport BAR_PATH=$1:/q\nunset GONE\n"
        "export PATH=/pp:$PATH\nf() { :; }; export -f f\nexport MULTI='x\ny'\n"
    )
    monkeypatch.setenv("GONE", "1")
    mods = EnvironmentModifications.from_sourcing_file(str(file), "arg 1", exclude=["FO.*"])
    found = {request.name: getattr(request, "value", None) for request in mods}
    assert found == {"BAR_PATH": "arg 1:/q", "GONE": None, "PATH": "/pp", "MULTI": "x\ny"}
    assert UnsetEnv("GONE") in mods


def test_sourcing_what_does_not_work(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="not exist"):
        EnvironmentModifications.from_sourcing_file(str(tmp_path / "no.sh"))
    (tmp_path / "bad.sh").write_text("return 3\n")
    with pytest.raises(RuntimeError, match="failed"):
        EnvironmentModifications.from_sourcing_file(str(tmp_path / "bad.sh"))


def test_set_env(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_1", "old")
    monkeypatch.setenv("A_2", "old")
    monkeypatch.delenv("A_3", raising=False)
    with pytest.raises(RuntimeError), set_env(A_1="new", A_2=None, A_3="x"):
        assert os.environ["A_1"] == "new" and "A_2" not in os.environ
        assert subprocess.check_output("echo $A_3", shell=True) == b"x\n"
        raise RuntimeError
    assert os.environ["A_1"] == os.environ["A_2"] == "old" and "A_3" not in os.environ


def test_system_paths() -> None:
    assert environment.is_system_path("/usr/lib/") and environment.is_system_path("/")
    assert not environment.is_system_path("/usr/share") and not environment.is_system_path("")
    assert environment.filter_system_paths(["/usr/lib", "/a/"]) == ["/a/"]
