"""Completion files: up to date, and what shells complete with them, without an interpreter."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.clone import warm

from spack.cli import completion
from spack.cli.command_tree import rst

FOLDER = "share/spack"


def test_the_files_are_what_the_parsers_say(root: Path) -> None:
    hint = "run: spack commands --update-completion"
    bash = (root / FOLDER / "spack-completion.bash").read_text()
    assert bash == completion.bash(), hint
    assert (root / FOLDER / "spack-completion.fish").read_text() == completion.fish(), hint
    page = root / "lib/spack/docs/reference/commands.rst"
    assert page.read_text() == rst(), hint


CASES = [
    (["spack", "conc"], ["concretize"]),
    (["spack", "env", "crea"], ["create"]),
    (["spack", "env", "create", "--witho"], ["--without-view"]),
    (["spack", "-e", "fi"], ["first"]),
    (["spack", "-e", "first", "concretize", "--test", "ro"], ["root"]),
    (["spack", "env", "activate", "sec"], ["second"]),
    (["spack", "env", "rm", "--fo"], ["--force"]),
    (["spack", "help", "undev"], ["undevelop"]),
    (["spack", "install", "compiler-wr"], ["compiler-wrapper"]),
    (["spack", "graph", "--htm"], ["--html"]),
    (["spack", "install", "^compiler-wr"], ["^compiler-wrapper"]),
    (["spack", "install", "zlib^compiler-wr"], ["zlib^compiler-wrapper"]),
    (["spack", "--env=fi"], ["--env=first"]),
    (["spack", "config", "--scope", "sy"], ["system"]),
    (["spack", "config", "--scope=us"], ["--scope=user"]),
    (["spack", "config", "--scope", "en"], ["env:first", "env:second"]),
    (["spack", "config", "--scope", "env:fi"], ["env:first"]),
    (["spack", "config", "--scope=env:fi"], ["--scope=env:first"]),
    (["spack", "config", "--scope", "env:first", "bla"], ["blame"]),
]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory with two environments."""
    for name in ("first", "second"):
        folder = tmp_path / "var" / "spack" / "environments" / name
        folder.mkdir(parents=True)
        (folder / "spack.yaml").write_text("spack: {specs: []}\n")
    warm(tmp_path)
    return tmp_path


def run(shell: list[str], script: str, state: Path, root: Path) -> str:
    if shutil.which(shell[0]) is None:
        pytest.skip(f"{shell[0]} is not installed")
    result = subprocess.run(
        shell,
        input=script,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(state),
            "SPACK_ROOT": str(root),
            "SPACK_STATE_DIR": str(state),
            # Anything that starts the program would fail.
            "SPACK_PYTHON": "/nowhere/python",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    assert result.returncode == 0, result.stdout
    return result.stdout


#: How bash breaks words at equals signs.
BROKEN = [
    (["spack", "--env", "=", "fi"], ["first"]),
    (["spack", "--env", "="], ["first", "second"]),
    (["spack", "--env", "=", "first", "conc"], ["concretize"]),
    (["spack", "config", "--scope", "env", ":", "fi"], ["first"]),
    (["spack", "config", "--scope", "env", ":"], ["first", "second"]),
    (["spack", "config", "--scope", "env", ":", "first", "bla"], ["blame"]),
]


@pytest.mark.parametrize("words, expected", CASES + BROKEN, ids=lambda value: " ".join(value))
def test_bash(words: list[str], expected: list[str], state: Path, root: Path) -> None:
    script = (
        f". {root}/{FOLDER}/spack-completion.bash\n"
        f"COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}\n"
        '_spack_complete; printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    assert run(["bash", "--norc"], script, state, root).split() == expected


@pytest.mark.parametrize("words, expected", CASES, ids=lambda value: " ".join(value))
def test_zsh(words: list[str], expected: list[str], state: Path, root: Path) -> None:
    script = (
        "autoload -U +X compinit && compinit -D -u; autoload -U +X bashcompinit && bashcompinit\n"
        f". {root}/{FOLDER}/spack-completion.bash\n"
        "try() { emulate -L sh; setopt kshglob; "
        f"COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}; _spack_complete; }}\n"
        'try; print -l -- "${COMPREPLY[@]}"\n'
    )
    # Zsh itself drops words that do not begin with what was typed.
    found = run(["zsh", "-f"], script, state, root).split()
    assert [word for word in found if word.startswith(words[-1])] == expected


@pytest.mark.parametrize("words, expected", CASES, ids=lambda value: " ".join(value))
def test_fish(words: list[str], expected: list[str], state: Path, root: Path) -> None:
    script = (
        f"source {root}/{FOLDER}/spack-completion.fish\n"
        f"complete -C '{' '.join(words)}' | string replace -r '\\t.*' ''; true\n"
    )
    found = run(["fish", "-N"], script, state, root).split()
    assert [word for word in found if word.startswith(words[-1])] == expected


def test_interactive_bash_reads_the_file_when_it_is_first_asked_for(
    state: Path, root: Path
) -> None:
    script = (
        f". {root}/{FOLDER}/setup-env.sh\ncomplete -p spack\n"
        "type _spack_complete >/dev/null 2>&1 && echo early\n"
        "_spack_complete_first; echo code $?; complete -p spack\n"
    )
    shown = run(["bash", "--norc", "-i"], script, state, root)
    assert "complete -F _spack_complete_first spack" in shown
    assert "early" not in shown.splitlines()
    assert "code 124" in shown
    assert "complete -F _spack_complete spack" in shown


def test_fish_reads_the_file_when_it_is_first_asked_for(state: Path, root: Path) -> None:
    script = (
        f"source {root}/{FOLDER}/setup-env.fish\n"
        "functions -q __spack_at; and echo early\n"
        "complete -C 'spack concre' | string replace -r '\\t.*' ''\n"
        "functions -q __spack_at; and echo late\n"
    )
    shown = run(["fish", "-N"], script, state, root).split()
    assert "early" not in shown
    assert "concretize" in shown and shown[-1] == "late"
