"""Requests on variables as actions, through views, and from prefix inspections."""

from __future__ import annotations

from pathlib import Path

import pytest

from spack.activation.actions import append, apply, prepend, set_value, unset
from spack.activation.inspections import inspect
from spack.activation.modifications import actions_for, actions_of, through_view, with_manual_pages
from spack.system.processes.variables import EnvironmentModifications

#: What the shipped configuration says about directories of a prefix.
INSPECTIONS = {
    "bin": ("PATH",),
    "share/man": ("MANPATH",),
    "lib": ("LD_LIBRARY_PATH", "LIBRARY_PATH"),
    "lib64": ("LD_LIBRARY_PATH", "LIBRARY_PATH"),
    "include": ("CPATH",),
    "lib/pkgconfig": ("PKG_CONFIG_PATH",),
    "": ("CMAKE_PREFIX_PATH",),
}


@pytest.fixture
def requests() -> EnvironmentModifications:
    env = EnvironmentModifications()
    env.set("A", "1")
    env.unset("B")
    env.append_flags("FLAGS", "-g")
    env.prepend_path("PATH", "/x/bin/")
    env.append_path("PATH", "/y")
    env.set_path("LIST", ["a", "b"], separator=";")
    return env


def test_requests_become_actions(requests: EnvironmentModifications) -> None:
    assert actions_of(requests) == [
        set_value("A", "1"),
        unset("B"),
        append("FLAGS", "-g", " "),
        prepend("PATH", "/x/bin"),
        append("PATH", "/y"),
        set_value("LIST", "a;b"),
    ]


def test_actions_do_what_the_requests_do(requests: EnvironmentModifications) -> None:
    before = {"PATH": "/bin", "B": "2", "FLAGS": "-O", "C": ""}
    after = dict(before)
    requests.apply_modifications(after)
    assert apply(actions_of(requests) or [], before) == after


def test_removals_need_the_present_value() -> None:
    env = EnvironmentModifications()
    env.remove_path("PATH", "/x")
    assert actions_of(env) is None
    env = EnvironmentModifications()
    env.prune_duplicate_paths("PATH")
    assert actions_of(env) is None
    assert actions_for(env, {"PATH": "/a:/b:/a"}) == [set_value("PATH", "/a:/b")]


def test_manual_pages_of_the_system_are_still_found() -> None:
    actions = with_manual_pages([prepend("MANPATH", "/v/man"), prepend("PATH", "/v/bin")])
    assert apply(actions, {})["MANPATH"] == "/v/man:"
    assert apply(actions, {"MANPATH": "/m"})["MANPATH"] == "/v/man:/m:"
    assert with_manual_pages([prepend("PATH", "/x")]) == [prepend("PATH", "/x")]


def test_paths_move_to_the_view(tmp_path: Path) -> None:
    view = tmp_path / "view"
    (view / "libexec").mkdir(parents=True)
    env = EnvironmentModifications()
    env.prepend_path("PATH", "/store/a/libexec")
    env.prepend_path("PATH", "/store/a/not-in-the-view")
    env.set("A_ROOT", "/store/a")
    env.set("TEXT", "/store/abc")
    env.set_path("BOTH", ["/store/a/libexec", "/other"])
    env.unset("GONE")
    moved = through_view(env, {"/store/a": str(view)})
    assert actions_of(moved) == [
        prepend("PATH", f"{view}/libexec"),
        prepend("PATH", "/store/a/not-in-the-view"),
        set_value("A_ROOT", str(view)),
        set_value("TEXT", "/store/abc"),
        set_value("BOTH", f"{view}/libexec:/other"),
        unset("GONE"),
    ]
    assert actions_of(env) != actions_of(moved)


def test_site_directory_of_the_views_python_is_not_needed_84(tmp_path: Path) -> None:
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    site.mkdir(parents=True)
    env = EnvironmentModifications()
    env.prepend_path("PYTHONPATH", "/store/a/lib/python3.11/site-packages")
    places = {"/store/a": str(tmp_path)}
    assert actions_of(through_view(env, places)) == [prepend("PYTHONPATH", str(site))]
    (tmp_path / "pyvenv.cfg").write_text("")
    assert actions_of(through_view(env, places)) == []


def test_existing_directories_of_the_default_table(tmp_path: Path) -> None:
    """Only what exists."""
    for folder in ("bin", "lib", "lib64", "include", "share/man", "lib/pkgconfig"):
        (tmp_path / folder).mkdir(parents=True)
    after = apply(inspect(str(tmp_path), INSPECTIONS), {"PATH": "/bin"})
    assert after == {
        "PATH": f"{tmp_path}/bin:/bin",
        "MANPATH": f"{tmp_path}/share/man",
        "LD_LIBRARY_PATH": f"{tmp_path}/lib64:{tmp_path}/lib",
        "LIBRARY_PATH": f"{tmp_path}/lib64:{tmp_path}/lib",
        "CPATH": f"{tmp_path}/include",
        "PKG_CONFIG_PATH": f"{tmp_path}/lib/pkgconfig",
        "CMAKE_PREFIX_PATH": str(tmp_path),
    }


def test_every_directory_of_a_root_that_is_still_empty(tmp_path: Path) -> None:
    """Software that is installed after activation is found."""
    after = apply(inspect(str(tmp_path), INSPECTIONS, planned=True), {"PATH": "/bin"})
    assert after["PATH"] == f"{tmp_path}/bin:/bin"
    assert after["LD_LIBRARY_PATH"] == f"{tmp_path}/lib64:{tmp_path}/lib"


def test_system_directories_are_not_put_in_front() -> None:
    places = {action.value for action in inspect("/usr", INSPECTIONS)}
    assert places.isdisjoint(("/usr", "/usr/bin", "/usr/lib", "/usr/lib64", "/usr/include"))
