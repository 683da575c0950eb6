"""The shell functions, run by real shells against a small stand-in for the program."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from spack.activation import shell_code
from spack.activation.actions import VariableAction, append, prepend, set_value, unset
from spack.activation.scripts import ActivationPlan, write_scripts
from spack.system.processes import shells

SHARE = Path(__file__).resolve().parents[2] / "share" / "spack"
POSIX = ["bash", "dash", "zsh"]
SHELLS = [*POSIX, "fish", "tcsh"]

#: A program that notes how it was called, and prints code or text as the real one would.
PROGRAM = """#!/bin/sh
echo "$@" >> "{log}"
case "$*" in
    fail*) echo "it failed" >&2; exit 3 ;;
    "load --sh"*) echo "export LOADED=yes;" ;;
    "load --csh"*) echo "setenv LOADED yes"; echo "setenv SECOND two" ;;
    "load --fish"*) echo "set -gx LOADED yes;" ;;
    *"env activate --sh"*) echo "export ASKED=1;" ;;
    *"env activate --csh"*) echo "setenv ASKED 1" ;;
    *"env activate --fish"*) echo "set -gx ASKED 1;" ;;
    *location*) echo "{root}/a place" ;;
    "say"*) for word in "$@"; do echo "<$word>"; done ;;
esac
"""

ACTIONS: tuple[VariableAction, ...] = (
    prepend("PATH", "/view/bin"),
    prepend("MANPATH", "/view/share/man"),
    append("MANPATH", ""),
    prepend("WAS_EMPTY", "/view/x"),
    prepend("WAS_UNSET_PATH", "/view/y"),
    append("FLAGS", "-O2 $x", " "),
    set_value("ODD", 'it\'s "a" \\ $HOME `id` ! é\nsecond line'),
    set_value("WAS_ODD", "new"),
    set_value("NEW", "value"),
    unset("GONE"),
)

#: What the variables are before; WAS_UNSET_PATH, NEW and FLAGS are not set.
BEFORE = {
    "WAS_EMPTY": "",
    "GONE": "something",
    "WAS_ODD": 'it\'s "b" \\ $HOME `id` ! ü * ? [a] {b,c} ~ #\nsecond  line',
    "MANPATH": "/usr/share/man:",
    "ODD": " lead and trail ",
}


class Instance(NamedTuple):
    root: Path
    log: Path

    def make_environment(
        self, directory: Path, name: str, actions: tuple[VariableAction, ...] = ACTIONS
    ) -> Path:
        (directory / ".spack-env").mkdir(parents=True)
        manifest = directory / "spack.yaml"
        manifest.write_text("spack: {}\n")
        old = time.time() - 1000
        os.utime(manifest, (old, old))
        plan = ActivationPlan(str(directory), name, "default", actions, (str(manifest),))
        folder = str(directory / ".spack-env")
        write_scripts(folder, plan, default=True)
        write_scripts(folder, plan._replace(view="other"), default=False)
        bare = plan._replace(view=None, actions=(set_value("BARE", "1"),))
        write_scripts(folder, bare, default=False)
        return directory

    def managed(self, name: str, actions: tuple[VariableAction, ...] = ACTIONS) -> Path:
        return self.make_environment(
            self.root / "var" / "spack" / "environments" / name, name, actions
        )

    def calls(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def run(
        self,
        shell: str,
        script: str,
        variables: dict[str, str] | None = None,
        options: tuple[str, ...] = (),
        cwd: Path | None = None,
        setup: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Source the set-up file and run a script; ``dump NAME`` writes all variables."""
        extension = {"fish": "fish", "tcsh": "csh"}.get(shell, "sh")
        word = "." if extension == "sh" else "source"
        lines = [f'{word} "{self.root}/share/spack/setup-env.{extension}"'] if setup else []
        for line in script.splitlines():
            line = line.strip()
            if line.startswith("dump "):
                line = f'/usr/bin/env -0 > "{self.root}/{line[5:]}.env"'
            lines.append(line)
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.root),
            "SPACK_USER_CACHE_PATH": str(self.root / "cache"),
            "TERM": "dumb",
            "LC_ALL": "C.UTF-8",
            **(variables or {}),
        }
        if shell == "dash" or shell == "tcsh":
            environment.setdefault("SPACK_ROOT", str(self.root))
        path = self.root / f"script.{extension}"
        path.write_text("\n".join(lines) + "\n")
        name = os.path.basename(shell)
        first = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["-N"], "tcsh": ["-f"]}.get(name, [])
        return subprocess.run(
            [shell, *first, *options, str(path)],
            env=environment,
            cwd=str(cwd or self.root),
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
        )

    def dumped(self, name: str) -> dict[str, str]:
        data = (self.root / f"{name}.env").read_bytes().decode()
        pairs = (item.partition("=") for item in data.split("\0") if item)
        # Shells themselves keep these.
        own = ("_", "SHLVL", "PWD", "OLDPWD")
        return {key: value for key, _, value in pairs if key not in own}


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return make_instance(tmp_path / "an instance")


def make_instance(root: Path) -> Instance:
    """The shell functions below a folder, and the stand-in for the program."""
    (root / "bin").mkdir(parents=True)
    (root / "a place").mkdir()
    shutil.copytree(SHARE, root / "share" / "spack")
    program = root / "bin" / "spack"
    log = root / "calls"
    program.write_text(PROGRAM.format(log=log, root=root))
    program.chmod(0o755)
    return Instance(root, log)


def needs(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")


def ok(result: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    assert (result.returncode, result.stderr) == (0, ""), result.stdout
    return result


@pytest.mark.parametrize("shell", SHELLS)
def test_activation_and_deactivation_restore_every_byte(shell: str, instance: Instance) -> None:
    """Unset, empty and multi-line values come back."""
    needs(shell)
    directory = instance.managed("myenv")
    script = """
        dump before
        spack env activate myenv
        dump during
        spack env deactivate
        dump after
    """
    ok(instance.run(shell, script, BEFORE))
    before, during = instance.dumped("before"), instance.dumped("during")
    assert instance.dumped("after") == before
    assert during["PATH"] == "/view/bin:" + before["PATH"]
    assert during["MANPATH"].startswith("/view/share/man:/usr/share/man:")
    assert during["WAS_EMPTY"] == "/view/x"
    assert during["WAS_UNSET_PATH"] == "/view/y"
    assert during["FLAGS"] == "-O2 $x"
    assert during["ODD"] == ACTIONS[6].value
    assert during["NEW"] == "value"
    assert during["WAS_ODD"] == "new"
    assert "GONE" not in during
    assert during["SPACK_ENV"] == str(directory)
    assert during["SPACK_ENV_VIEW"] == "default"
    assert instance.calls() == []


@pytest.mark.parametrize("shell", SHELLS)
def test_second_activation_deactivates_the_first(shell: str, instance: Instance) -> None:
    """One environment at a time."""
    needs(shell)
    instance.managed("one", (prepend("PATH", "/one/bin"), set_value("ONE", "1")))
    second = instance.managed("two", (prepend("PATH", "/two/bin"), unset("GONE")))
    script = """
        dump before
        spacktivate one
        spacktivate two
        dump during
        despacktivate
        dump after
    """
    ok(instance.run(shell, script, BEFORE))
    before, during = instance.dumped("before"), instance.dumped("during")
    assert instance.dumped("after") == before
    assert during["PATH"] == "/two/bin:" + before["PATH"]
    assert "ONE" not in during
    assert during["SPACK_ENV"] == str(second)


def lines(shell: str, *actions: VariableAction) -> str:
    """The lines that a user types to do these things."""
    return "".join(shell_code.line(action, shell) + "\n" for action in actions)


@pytest.mark.parametrize("shell", SHELLS)
def test_deactivation_keeps_what_the_user_did_meanwhile(shell: str, instance: Instance) -> None:
    """Edits around lists and newly set variables stay; the changes of the activation go."""
    needs(shell)
    instance.managed("myenv", (*ACTIONS, append("LAST_PATH", "/view/z")))
    instance.managed("other", (prepend("PATH", "/other/bin"), set_value("NEW", "other")))
    edits = (
        prepend("PATH", "/venv bin"),
        append("PATH", "/user/bin"),
        prepend("MANPATH", "/user/man"),
        prepend("WAS_EMPTY", "/u$x"),
        append("WAS_UNSET_PATH", "/u'q"),
        prepend("FLAGS", "-g", " "),
        prepend("LAST_PATH", "/user/last"),
        set_value("ODD", "mine"),
        set_value("GONE", "again"),
        unset("WAS_ODD"),
    )
    script = f"""
        dump before
        spacktivate myenv
        {lines(shell, *edits)}
        spacktivate other
        {lines(shell, set_value("NEW", "mine"))}
        spack env deactivate
        dump after
    """
    ok(instance.run(shell, script, BEFORE))
    before, after = instance.dumped("before"), instance.dumped("after")
    assert after == {
        **{name: value for name, value in before.items() if name != "WAS_ODD"},
        "PATH": f"/venv bin:{before['PATH']}:/user/bin",
        "MANPATH": "/user/man:/usr/share/man:",
        "WAS_EMPTY": "/u$x",
        "WAS_UNSET_PATH": "/u'q",
        "FLAGS": "-g",
        "LAST_PATH": "/user/last",
        "ODD": "mine",
        "NEW": "mine",
        "GONE": "again",
    }


@pytest.mark.parametrize("shell", SHELLS)
def test_manual_pages_of_the_system_are_still_found(shell: str, instance: Instance) -> None:
    """Without MANPATH before, what a user puts in must not hide the system's directories."""
    needs(shell)
    instance.managed("myenv")
    script = f"""
        spacktivate myenv
        {lines(shell, prepend("MANPATH", "/user/man"))}
        despacktivate
        dump after
    """
    ok(instance.run(shell, script))
    assert instance.dumped("after")["MANPATH"] == "/user/man:"


@pytest.mark.parametrize("inner", SHELLS)
@pytest.mark.parametrize("shell", ["bash", "fish", "tcsh"])
def test_a_sub_shell_can_deactivate(shell: str, inner: str, instance: Instance) -> None:
    """The saved state is exported, so any shell below understands it."""
    needs(shell)
    needs(inner)
    instance.managed("myenv")
    extension = {"fish": "fish", "tcsh": "csh"}.get(inner, "sh")
    below = instance.root / f"below.{extension}"
    below.write_text(
        ("." if extension == "sh" else "source")
        + f' "{instance.root}/share/spack/setup-env.{extension}"\n'
        + "despacktivate\n"
        + f'/usr/bin/env -0 > "{instance.root}/after.env"\n'
    )
    flag = {"tcsh": "-f", "fish": "-N", "zsh": "-f"}.get(inner, "-u")
    script = f"""
        dump before
        spack env activate myenv
        {inner} {flag} "{below}"
    """
    ok(instance.run(shell, script, {**BEFORE, "SPACK_ROOT": str(instance.root)}))
    after = instance.dumped("after")
    names = [*BEFORE, "PATH", "NEW", "FLAGS", "WAS_UNSET_PATH", "SPACK_ENV", "SPACK_ENV_VIEW"]
    before = instance.dumped("before")
    assert {name: after.get(name) for name in names} == {name: before.get(name) for name in names}
    state = ("SPACK_SAVED", "SPACK_MADE", "SPACK_FRONT", "SPACK_BEHIND", "_SPACK")
    assert not [name for name in after if name.startswith(state)]


@pytest.mark.parametrize("shell", SHELLS)
def test_environment_by_directory(shell: str, instance: Instance, tmp_path: Path) -> None:
    """-d with and without the view, relative and absolute."""
    needs(shell)
    directory = instance.make_environment(tmp_path / "some where" / "env", "env")
    script = f"""
        spack env activate -d "{directory}"
        dump absolute
        spack env deactivate
        cd "{directory}"
        spack env activate .
        dump here
        spack env activate -V -d .
        dump bare
        spack env activate -v other -d ../env
        dump other
    """
    ok(instance.run(shell, script))
    assert instance.dumped("absolute")["SPACK_ENV"] == str(directory)
    assert instance.dumped("here")["SPACK_ENV"] == str(directory)
    bare = instance.dumped("bare")
    assert bare["SPACK_ENV"] == str(directory)
    assert bare["BARE"] == "1"
    assert "SPACK_ENV_VIEW" not in bare and "NEW" not in bare
    assert instance.dumped("other")["SPACK_ENV_VIEW"] == "other"
    assert instance.calls() == []


@pytest.mark.parametrize("shell", SHELLS)
def test_outdated_script_asks_the_program(shell: str, instance: Instance) -> None:
    needs(shell)
    directory = instance.managed("myenv")
    later = time.time() + 1000
    os.utime(directory / "spack.yaml", (later, later))
    ok(instance.run(shell, "spack env activate myenv\ndump during"))
    assert instance.dumped("during")["ASKED"] == "1"
    assert "NEW" not in instance.dumped("during")
    kind = {"fish": "fish", "tcsh": "csh"}.get(shell, "sh")
    assert instance.calls() == [f"env activate --{kind} myenv"]


@pytest.mark.parametrize("shell", SHELLS)
def test_copied_environment_does_not_use_the_original(shell: str, instance: Instance) -> None:
    """A script says for which directory it was written."""
    needs(shell)
    directory = instance.managed("myenv")
    shutil.copytree(directory, directory.parent / "copy")
    ok(instance.run(shell, "spack env activate copy\ndump during"))
    assert instance.dumped("during")["ASKED"] == "1"
    assert "SPACK_ENV" not in instance.dumped("during")


@pytest.mark.parametrize("shell", SHELLS)
def test_global_options_and_unknown_names_ask_the_program(shell: str, instance: Instance) -> None:
    needs(shell)
    instance.managed("myenv")
    kind = {"fish": "fish", "tcsh": "csh"}.get(shell, "sh")
    script = """
        spack -d env activate myenv
        spack env activate --temp
        spack -C /x env activate -p nobody
    """
    ok(instance.run(shell, script))
    assert instance.calls() == [
        f"-d env activate --{kind} myenv",
        f"env activate --{kind} --temp",
        f"-C /x env activate --{kind} -p nobody",
    ]


@pytest.mark.parametrize("shell", SHELLS)
def test_moved_environments_root(shell: str, instance: Instance, tmp_path: Path) -> None:
    """config:environments_root elsewhere: the program left a note in the user's cache."""
    needs(shell)
    instance.managed("myenv", (set_value("WHICH", "default"),))
    moved = tmp_path / "moved"
    instance.make_environment(moved / "myenv", "myenv", (set_value("WHICH", "moved"),))
    (instance.root / "cache").mkdir()
    (instance.root / "cache" / "environments_root").write_text(f"{instance.root}\n{moved}\n")
    ok(instance.run(shell, "spack env activate myenv\ndump during"))
    if shell == "tcsh":
        assert instance.calls() == ["env activate --csh myenv"]
    else:
        assert instance.dumped("during")["WHICH"] == "moved"


@pytest.mark.parametrize("shell", SHELLS)
def test_state_directory(shell: str, instance: Instance, tmp_path: Path) -> None:
    """SPACK_STATE_DIR moves what an instance writes, environments among it."""
    needs(shell)
    directory = tmp_path / "state" / "var" / "spack" / "environments" / "myenv"
    instance.make_environment(directory, "myenv")
    variables = {"SPACK_STATE_DIR": str(tmp_path / "state")}
    ok(instance.run(shell, "spack env activate myenv\ndump during", variables))
    assert instance.dumped("during")["SPACK_ENV"] == str(directory)


@pytest.mark.parametrize("shell", SHELLS)
def test_load_is_evaluated_and_help_is_printed(shell: str, instance: Instance) -> None:
    needs(shell)
    script = """
        spack load zlib
        dump during
        spack load --help
        spack say "two  words" EMPTY "*" 'a$b'
    """
    # csh loses empty words when it hands arguments to an alias.
    script = script.replace("EMPTY", "empty" if shell == "tcsh" else '""')
    result = ok(instance.run(shell, script))
    assert instance.dumped("during")["LOADED"] == "yes"
    words = [word for word in result.stdout.splitlines() if word not in ("<>", "<empty>")]
    assert words == ["<say>", "<two  words>", "<*>", "<a$b>"]
    assert instance.calls()[1] == "load --help"


@pytest.mark.parametrize("shell", SHELLS)
def test_cd_goes_where_location_says(shell: str, instance: Instance) -> None:
    needs(shell)
    result = ok(instance.run(shell, "spack -e x cd -i zlib\npwd"))
    assert result.stdout.strip() == f"{instance.root}/a place"
    assert instance.calls() == ["-e x location -i zlib"]


@pytest.mark.parametrize("shell", SHELLS)
def test_exit_status_of_the_program_is_kept(shell: str, instance: Instance) -> None:
    needs(shell)
    status = "$status" if shell in ("fish", "tcsh") else "$?"
    result = instance.run(shell, f"spack fail\necho status {status}\nspack say\necho {status}")
    assert result.stdout.splitlines() == ["status 3", "<say>", "0"]
    assert result.stderr == "it failed\n"


@pytest.mark.parametrize("shell", SHELLS)
def test_nothing_to_deactivate(shell: str, instance: Instance) -> None:
    needs(shell)
    status = "$status" if shell in ("fish", "tcsh") else "$?"
    result = instance.run(shell, f"dump before\ndespacktivate\necho {status}\ndump after")
    assert result.stdout.splitlines()[-1] == "1"
    assert "No environment is active" in result.stdout + result.stderr
    assert instance.dumped("after") == instance.dumped("before")


@pytest.mark.parametrize("shell", SHELLS)
def test_sourcing_twice_changes_nothing_more(shell: str, instance: Instance) -> None:
    needs(shell)
    extension = {"fish": "fish", "tcsh": "csh"}.get(shell, "sh")
    word = "." if extension == "sh" else "source"
    script = f"""
        dump first
        {word} "$SPACK_ROOT/share/spack/setup-env.{extension}"
        dump second
    """
    ok(instance.run(shell, script))
    first = instance.dumped("first")
    assert first == instance.dumped("second")
    assert first["SPACK_ROOT"] == str(instance.root)
    assert first["PATH"] == f"{instance.root}/bin:/usr/bin:/bin"
    assert instance.calls() == []


@pytest.mark.parametrize("shell", POSIX)
def test_strict_options(shell: str, instance: Instance) -> None:
    """set -eu in the calling script, with functions called, restored and failing."""
    needs(shell)
    instance.managed("myenv")
    script = """
        dump before
        spack env activate -p myenv
        spack env deactivate
        spack load zlib
        unset LOADED
        dump after
        despacktivate || echo "nothing active"
        spack fail || echo "failed $?"
        spack fail
        echo "not reached"
    """
    result = instance.run(shell, script, options=("-eu",))
    assert result.returncode == 3
    assert result.stdout.splitlines() == ["nothing active", "failed 3"]
    assert instance.dumped("after") == instance.dumped("before")


def test_unusual_options_of_zsh(instance: Instance) -> None:
    """The functions mean the same under options that change the language."""
    needs("zsh")
    instance.managed("myenv")
    script = """
        setopt ksh_arrays no_unset warn_create_global extended_glob glob_subst sh_word_split
        setopt null_glob csh_null_glob rc_expand_param no_clobber
        dump before
        spack -C /x env activate myenv
        unset ASKED
        spack env activate -p myenv
        spack load zlib
        unset LOADED
        spack env deactivate
        spack say "a  b" "*"
        dump after
        spack fail || echo "failed $?"
    """
    result = instance.run("zsh", script, BEFORE)
    assert result.stdout.splitlines() == ["<say>", "<a  b>", "<*>", "failed 3"]
    assert result.stderr == "it failed\n"
    assert instance.dumped("after") == instance.dumped("before")


@pytest.mark.parametrize("shell", POSIX)
def test_unexported_variables_stay_unexported(shell: str, instance: Instance) -> None:
    """The prompt, and any variable of the shell that is not exported."""
    needs(shell)
    instance.managed("myenv")
    script = """
        PS1='old $ '
        ODD='local  value'
        export NEW=exported
        dump before
        spack env activate -p myenv
        echo "$PS1|"
        dump during
        spack env deactivate
        echo "$PS1|$ODD|$NEW"
        dump after
    """
    result = ok(instance.run(shell, script))
    assert result.stdout.splitlines() == ["[myenv] old $ |", "old $ |local  value|exported"]
    assert instance.dumped("after") == instance.dumped("before")
    assert "ODD" not in instance.dumped("after")
    assert instance.dumped("during")["NEW"] == "value"


def test_prompt_of_fish(instance: Instance) -> None:
    needs("fish")
    instance.managed("myenv")
    script = """
        function fish_prompt; printf 'old> '; end
        spack env activate -p myenv
        fish_prompt; echo
        spack env deactivate
        fish_prompt; echo
    """
    result = ok(instance.run("fish", script))
    assert result.stdout.splitlines() == ["[myenv] old> ", "old> "]


@pytest.mark.parametrize("shell", POSIX)
def test_a_prompt_that_was_changed_meanwhile(shell: str, instance: Instance) -> None:
    needs(shell)
    instance.managed("myenv")
    script = """
        PS1='old $ '
        spack env activate -p myenv
        PS1="(venv) $PS1"
        despacktivate
        echo "$PS1|"
        spack env activate -p myenv
        PS1='new $ '
        despacktivate
        echo "$PS1|"
        dump after
    """
    result = ok(instance.run(shell, script))
    assert result.stdout.splitlines() == ["(venv) old $ |", "new $ |"]
    assert "PS1" not in instance.dumped("after")


def test_a_prompt_of_fish_that_others_put_their_own_around(instance: Instance) -> None:
    needs("fish")
    instance.managed("myenv")
    script = """
        function fish_prompt; printf 'old> '; end
        spack env activate -p myenv
        functions -c fish_prompt old_fish_prompt
        function fish_prompt; printf '(venv) '; old_fish_prompt; end
        fish_prompt; echo
        despacktivate
        fish_prompt; echo
        spack env activate -p myenv
        fish_prompt; echo
    """
    result = ok(instance.run("fish", script))
    shown = ["(venv) [myenv] old> ", "(venv) old> ", "(venv) [myenv] old> "]
    assert result.stdout.splitlines() == shown


def test_prompt_of_tcsh(instance: Instance) -> None:
    needs("tcsh")
    instance.managed("myenv")
    script = """
        set prompt = 'old %~> '
        spack env activate -p myenv
        echo "$prompt|"
        spack env deactivate
        echo "$prompt|"
        spack env activate -p myenv
        set prompt = 'new> '
        spack env deactivate
        echo "$prompt|"
    """
    result = ok(instance.run("tcsh", script))
    assert result.stdout.splitlines() == ["[myenv] old %~> |", "old %~> |", "new> |"]


@pytest.mark.parametrize("shell", SHELLS)
def test_script_can_be_sourced_without_set_up(shell: str, instance: Instance) -> None:
    """The file in the environment is complete: no shell support, no program."""
    needs(shell)
    directory = instance.managed("myenv")
    extension = {"fish": "fish", "tcsh": "csh"}.get(shell, "sh")
    word = "." if extension == "sh" else "source"
    script = f'{word} "{directory}/.spack-env/activate.{extension}"\ndump during'
    ok(instance.run(shell, script, BEFORE, setup=False))
    assert instance.dumped("during")["NEW"] == "value"
    assert instance.dumped("during")["SPACK_ENV"] == str(directory)


@pytest.mark.parametrize("shell", ["bash", "zsh", "dash"])
def test_place_is_found_from_a_relative_path(shell: str, instance: Instance) -> None:
    needs(shell)
    folder = instance.root / "share" / "spack"
    for cwd, path in [
        (folder, "./setup-env.sh"),
        (instance.root, "share/spack/setup-env.sh"),
        (folder / "csh", "../setup-env.sh"),
    ]:
        script = f". {path}\ndump found"
        ok(instance.run(shell, script, {"SPACK_ROOT": ""}, cwd=cwd, setup=False))
        assert instance.dumped("found")["SPACK_ROOT"] == str(instance.root)


def test_place_is_found_in_a_csh_script(instance: Instance) -> None:
    """The shell tells only at a prompt what it sources."""
    needs("tcsh")
    file = f"{instance.root}/share/spack/setup-env.csh"
    ok(instance.run("tcsh", f'unsetenv SPACK_ROOT\nsource "{file}"\ndump found', setup=False))
    assert instance.dumped("found")["SPACK_ROOT"] == str(instance.root)
    stray = instance.root / "stray.csh"
    shutil.copy(file, stray)
    result = instance.run("tcsh", f'unsetenv SPACK_ROOT\nsource "{stray}"', setup=False)
    assert "setenv SPACK_ROOT to the instance's directory" in result.stdout


def test_unknown_place_is_explained(instance: Instance) -> None:
    needs("dash")
    stray = instance.root / "stray.sh"
    shutil.copy(instance.root / "share" / "spack" / "setup-env.sh", stray)
    result = instance.run("dash", f'. "{stray}"', {"SPACK_ROOT": ""}, setup=False)
    assert result.returncode == 1
    assert "SPACK_ROOT" in result.stderr


def test_csh_takes_elements_out_with_the_function_of_sh() -> None:
    function = shell_code.restore_code("sh").partition("_spack_restore()")[0]
    assert function.startswith("_spack_take()")
    assert shells.quote(function, "csh").rstrip("'") in shell_code.restore_code("csh")


def test_the_code_for_restoring_is_whole() -> None:
    assert shell_code.restore_code("sh").endswith("}\n")
    assert shell_code.restore_code("csh").endswith("endif\n")
    assert shell_code.restore_code("fish").endswith("end\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_sourcing_needs_no_program(shell: str, instance: Instance) -> None:
    """With nothing on PATH, a program could not be started without a complaint."""
    needs(shell)
    extension = "fish" if shell == "fish" else "sh"
    word = "." if extension == "sh" else "source"
    script = f'{word} "{instance.root}/share/spack/setup-env.{extension}"\necho done'
    program = str(shutil.which(shell))
    result = ok(instance.run(program, script, {"PATH": "/nonexistent"}, setup=False))
    assert result.stdout == "done\n"
    assert instance.calls() == []
