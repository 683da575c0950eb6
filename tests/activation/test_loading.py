"""Load and unload, evaluated by a real shell."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from spack.activation.loading import (
    LOADED_HASHES,
    Loadable,
    NotLoadedError,
    load_code,
    loaded_hashes,
    unload_code,
)
from spack.system.processes.variables import EnvironmentModifications


def loadable(name: str) -> Loadable:
    env = EnvironmentModifications()
    env.prepend_path("PATH", f"/store/{name}/bin")
    env.prepend_path("MANPATH", f"/store/{name}/man")
    env.set(f"{name.upper()}_ROOT", f"/store/{name}")
    return Loadable(name * 8, env)


def after(code: str, variables: dict[str, str], tmp_path: Path) -> dict[str, str]:
    script = tmp_path / "script"
    script.write_text(code + "\n/usr/bin/env -0\n")
    done = subprocess.run(["/bin/sh", str(script)], env=variables, stdout=subprocess.PIPE)
    pairs = (item.partition("=") for item in os.fsdecode(done.stdout).split("\0") if item)
    return {key: value for key, _, value in pairs if key not in ("PWD", "OLDPWD", "_", "SHLVL")}


BEFORE = {"PATH": "/usr/bin:/bin", "HOME": "/"}


def test_load_puts_dependents_in_front(tmp_path: Path) -> None:
    specs: list[Loadable] = [loadable("lib"), loadable("app")]
    loaded = after(load_code("sh", specs, BEFORE), BEFORE, tmp_path)
    assert loaded["PATH"] == "/store/app/bin:/store/lib/bin:/usr/bin:/bin"
    assert loaded["MANPATH"] == "/store/app/man:/store/lib/man:"
    assert loaded["APP_ROOT"] == "/store/app"
    assert loaded_hashes(loaded) == ["app" * 8, "lib" * 8]


def test_what_several_specs_bring_is_put_in_front_once(tmp_path: Path) -> None:
    lib, app = loadable("lib"), loadable("app")
    both = EnvironmentModifications(lib.modifications)
    both.extend(app.modifications)
    specs = [lib, Loadable(app.dag_hash, both)]
    loaded = after(load_code("sh", specs, BEFORE), BEFORE, tmp_path)
    assert loaded["PATH"] == "/store/app/bin:/store/lib/bin:/usr/bin:/bin"
    assert after(unload_code("sh", specs, loaded), loaded, tmp_path) == BEFORE


def test_loading_twice_changes_nothing(tmp_path: Path) -> None:
    specs = [loadable("lib")]
    loaded = after(load_code("sh", specs, BEFORE), BEFORE, tmp_path)
    assert load_code("sh", specs, loaded) == ""


def test_unload_is_the_inverse(tmp_path: Path) -> None:
    specs = [loadable("lib"), loadable("app")]
    loaded = after(load_code("sh", specs, BEFORE), BEFORE, tmp_path)
    assert after(unload_code("sh", specs, loaded), loaded, tmp_path) == BEFORE
    only = after(unload_code("sh", specs[1:], loaded), loaded, tmp_path)
    assert loaded_hashes(only) == ["lib" * 8]
    assert only["PATH"] == "/store/lib/bin:/usr/bin:/bin"
    assert "APP_ROOT" not in only


def test_what_the_user_did_meanwhile_stays(tmp_path: Path) -> None:
    specs = [loadable("lib"), loadable("app")]
    loaded = after(load_code("sh", specs, BEFORE), BEFORE, tmp_path)
    edited = {**loaded, "PATH": f"/mine:{loaded['PATH']}:/last", "APP_ROOT": "/elsewhere"}
    left = after(unload_code("sh", specs, edited), edited, tmp_path)
    assert left == {**BEFORE, "PATH": "/mine:/usr/bin:/bin:/last", "APP_ROOT": "/elsewhere"}


def test_unloading_what_is_not_loaded() -> None:
    with pytest.raises(NotLoadedError, match="not loaded"):
        unload_code("sh", [loadable("lib")], {LOADED_HASHES: "other"})
