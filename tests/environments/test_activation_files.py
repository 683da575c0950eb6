"""From an installed environment to a shell that has it: views, scripts, real shells."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.environments.conftest import alone

from spack.activation.scripts import deactivation_code
from spack.config.scopes.scopes import Scope
from spack.config.values.yaml_values import parse_yaml
from spack.environments.activation_files import (
    ActivationInputs,
    activation_text,
    configuration_files,
    regenerate_views,
)
from spack.environments.creation import create
from spack.environments.environment import Environment
from spack.environments.locations import Location
from spack.environments.variables import variable_modifications
from spack.errors import NotFoundError
from spack.language.concrete_specs import ConcreteSpec
from spack.system.processes.variables import EnvironmentModifications

#: What the shipped configuration says about directories of a prefix.
INSPECTIONS = {
    "bin": ("PATH",),
    "man": ("MANPATH",),
    "share/man": ("MANPATH",),
    "lib": ("LD_LIBRARY_PATH", "LIBRARY_PATH"),
    "lib64": ("LD_LIBRARY_PATH", "LIBRARY_PATH"),
    "include": ("CPATH",),
    "lib/pkgconfig": ("PKG_CONFIG_PATH",),
    "": ("CMAKE_PREFIX_PATH",),
}


#: The fixture of conftest.py.
Solver = Any


class World:
    """One environment with the root ``app``, installed, and its base."""

    def __init__(self, tmp_path: Path, solver: Any) -> None:
        self.store = tmp_path / "store"
        self.environment: Environment = create(Location(str(tmp_path / "env"), "my env"))
        with self.environment.edit() as edit:
            edit.add_spec("app")
        yes = self.environment.user_specs(lambda clause, origin: True)
        self.environment.concretize(alone(yes), solver)
        self.roots = [spec for spec, _ in self.environment.concrete_roots()]
        self.requests = EnvironmentModifications()
        for spec in self.roots[0].traverse():
            for path in ("bin/tool", "lib/x.so", "share/man/man1/x.1"):
                file = Path(self.prefix(spec), f"{path}-{spec.name}")
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text("#!/bin/sh\necho I am " + spec.name + "\n")
                file.chmod(0o755)

    def prefix(self, spec: ConcreteSpec) -> str:
        return str(self.store / f"{spec.name}-{spec.dag_hash()}")

    def runtime(self, specs: Sequence[ConcreteSpec]) -> EnvironmentModifications:
        result = EnvironmentModifications(self.requests)
        for spec in specs:
            result.set(f"{spec.name.upper()}_ROOT", self.prefix(spec))
            result.prepend_path("EXTRA_PATH", self.prefix(spec) + "/lib")
        return result

    def inputs(self, variables: str = "env_vars: {set: {FOO: 'a  b'}}") -> ActivationInputs:
        section = parse_yaml(variables, "spack.yaml").data["env_vars"]
        return ActivationInputs(
            INSPECTIONS, variable_modifications(section), self.runtime, self.prefix
        )

    def scripts(self) -> list[str]:
        return sorted(n for n in os.listdir(self.environment.internal) if n.startswith("activate"))


@pytest.fixture
def world(tmp_path: Path, solver: Solver) -> World:
    return World(tmp_path, solver)


BEFORE = {"PATH": "/usr/bin:/bin", "HOME": "/", "LC_ALL": "C.UTF-8"}


def run(script: str, tmp_path: Path, shell: str = "sh") -> dict[str, str]:
    path = tmp_path / "script"
    path.write_text(script + "\n/usr/bin/env -0\n")
    done = subprocess.run([f"/bin/{shell}", str(path)], env=BEFORE, stdout=subprocess.PIPE)
    assert done.returncode == 0
    pairs = (item.partition("=") for item in os.fsdecode(done.stdout).split("\0") if item)
    return {k: v for k, _, v in pairs if k not in ("_", "PWD", "SHLVL", "OLDPWD")}


def test_activation_needs_only_the_script(world: World, tmp_path: Path) -> None:
    views = world.environment.views()
    reports = regenerate_views(world.environment, views, world.inputs())
    assert [report.changed for report in reports] == [True]
    after = run(f". '{world.environment.internal}/activate.sh'", tmp_path)
    view = views[0].root
    assert after["PATH"] == f"{view}/bin:/usr/bin:/bin"
    assert after["MANPATH"] == f"{view}/share/man:"
    assert after["LD_LIBRARY_PATH"] == f"{view}/lib"
    assert "CPATH" not in after and "PKG_CONFIG_PATH" not in after
    assert after["CMAKE_PREFIX_PATH"] == view
    assert after["APP_ROOT"] == view and after["BASE_ROOT"] == view
    assert after["EXTRA_PATH"] == f"{view}/lib"
    assert after["FOO"] == "a  b"
    assert after["SPACK_ENV"] == world.environment.directory
    assert after["SPACK_ENV_VIEW"] == "default"
    assert (Path(view) / "bin" / "tool-base").read_text().endswith("base\n")


def test_all_directories_of_a_view_that_has_nothing_yet(world: World, tmp_path: Path) -> None:
    """Files of the first installation are found in the shells that are active by then."""
    views = world.environment.views()
    inputs = world.inputs()._replace(is_installed=lambda spec: False)
    regenerate_views(world.environment, views, inputs)
    after = run(f". '{world.environment.internal}/activate.sh'", tmp_path)
    assert after["LD_LIBRARY_PATH"] == f"{views[0].root}/lib64:{views[0].root}/lib"


def test_scripts_of_every_view(world: World, tmp_path: Path) -> None:
    with world.environment.edit() as edit:
        edit.set_key(["view"], {"default": {"root": "v"}, "second": {"root": "w"}})
    regenerate_views(world.environment, world.environment.views(), world.inputs())
    assert [name for name in world.scripts() if name.endswith(".sh")] == [
        "activate-view-default.sh",
        "activate-view-second.sh",
        "activate-without-view.sh",
        "activate.sh",
    ]
    bare = run(f". '{world.environment.internal}/activate-without-view.sh'", tmp_path)
    assert bare["FOO"] == "a  b" and bare["PATH"] == BEFORE["PATH"]
    assert "SPACK_ENV_VIEW" not in bare
    second = run(f". '{world.environment.internal}/activate-view-second.sh'", tmp_path)
    assert second["PATH"] == f"{world.environment.directory}/w/bin:/usr/bin:/bin"
    with world.environment.edit() as edit:
        edit.set_key(["view"], False)
    regenerate_views(world.environment, [], world.inputs())
    assert [name for name in world.scripts() if name.endswith(".sh")] == [
        "activate-without-view.sh",
        "activate.sh",
    ]
    unasked = run(f". '{world.environment.internal}/activate.sh'", tmp_path)
    assert "SPACK_ENV_VIEW" not in unasked and unasked["FOO"] == "a  b"


def test_requests_that_need_the_process_leave_no_script(world: World, tmp_path: Path) -> None:
    """The shell functions ask the program then, which prints the same kind of code."""
    inputs = world.inputs("env_vars: {remove_path: {PATH: /usr/bin}}")
    views = world.environment.views()
    regenerate_views(world.environment, views, inputs)
    assert world.scripts() == []
    code = activation_text("sh", world.environment, views, inputs, BEFORE)
    after = run(code, tmp_path)
    assert after["PATH"] == f"{views[0].root}/bin:/bin"
    assert run(code + deactivation_code("sh"), tmp_path) == BEFORE


@pytest.mark.parametrize("variables", ["set: {FOO: x}", "remove_path: {PATH: /usr/bin}"])
def test_printed_code_knows_an_active_environment(
    world: World, tmp_path: Path, variables: str
) -> None:
    """Code made inside one environment starts from the variables before it."""
    inputs = world.inputs("env_vars: {" + variables + "}")
    views = world.environment.views()
    regenerate_views(world.environment, views, inputs)
    first = activation_text("sh", world.environment, views, inputs, BEFORE)
    active = run(first, tmp_path)
    again = activation_text("sh", world.environment, views, inputs, active)
    assert run(first + again, tmp_path) == active
    assert run(first + again + deactivation_code("sh"), tmp_path) == BEFORE


def test_asking_the_program_writes_the_scripts(world: World) -> None:
    views = world.environment.views()
    assert world.scripts() == []
    activation_text("sh", world.environment, views, world.inputs(), BEFORE)
    assert "activate.sh" in world.scripts()


def test_unknown_view(world: World) -> None:
    views = world.environment.views()
    with pytest.raises(NotFoundError, match="no view 'other'"):
        activation_text("sh", world.environment, views, world.inputs(), BEFORE, view="other")


def test_prompt_is_in_the_printed_code(world: World, tmp_path: Path) -> None:
    """The name is cleaned of characters that prompts interpret."""
    code = activation_text("bash", world.environment, [], world.inputs(), BEFORE, prompt=True)
    after = run(f"PS1='$ '\n{code}\nexport PROMPT_IS=\"$PS1\"", tmp_path, "bash")
    assert after["PROMPT_IS"] == "[my env] $ "


def test_configuration_that_scripts_depend_on(tmp_path: Path) -> None:
    (tmp_path / "user").mkdir()
    (tmp_path / "user" / "modules.yaml").write_text("modules: {}\n")
    (tmp_path / "user" / "config.yaml").write_text("config: {}\n")
    (tmp_path / "spack.yaml").write_text("spack: {}\n")
    scopes = [
        Scope("internal", values={}),
        Scope("defaults", path=str(tmp_path / "user"), fixed=True),
        Scope("user", path=str(tmp_path / "user")),
        Scope("env:e", path=str(tmp_path / "spack.yaml"), is_file=True),
        Scope("gone", path=str(tmp_path / "gone")),
    ]
    assert configuration_files(scopes) == (
        str(tmp_path / "user" / "modules.yaml"),
        str(tmp_path / "spack.yaml"),
    )
