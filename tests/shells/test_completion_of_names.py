"""Names that live shells complete: of recipes, of what is installed, of sections."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.clone import ROOT
from tests.end_to_end.fixtures import built, instance, shared_cache, small_repository  # noqa: F401
from tests.end_to_end.small_instance import Instance

SHELLS = {
    "bash": (
        ". {root}/share/spack/spack-completion.bash\n"
        "COMP_WORDS=({words}); COMP_CWORD={place}; _spack_complete\n"
        'printf "%s\\n" "${{COMPREPLY[@]}}"\n'
    ),
    "zsh": (
        "autoload -U +X compinit && compinit -D -u; autoload -U +X bashcompinit && bashcompinit\n"
        ". {root}/share/spack/spack-completion.bash\n"
        "try() {{ emulate -L sh; setopt kshglob; COMP_WORDS=({words}); COMP_CWORD={place}; "
        "_spack_complete; }}\n"
        'try; print -l -- "${{COMPREPLY[@]}}"\n'
    ),
    "fish": (
        "source {root}/share/spack/spack-completion.fish\n"
        "complete -C '{line}' | string replace -r '\\t.*' ''; true\n"
    ),
}
START = {"bash": ["bash", "--norc"], "zsh": ["zsh", "-f"], "fish": ["fish", "-N"]}


def completed(shell: str, instance: Instance, *words: str) -> set[str]:  # noqa: F811
    """A shell's completions of the last word, where starting the program would fail."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    quoted = " ".join(f"'{word}'" for word in words)
    script = SHELLS[shell].format(
        root=ROOT, words=quoted, place=len(words) - 1, line=" ".join(words)
    )
    variables = {
        **instance.variables,
        "SPACK_ROOT": str(ROOT),
        "SPACK_PYTHON": "/nowhere/python",
    }
    result = subprocess.run(
        START[shell], input=script, env=variables, capture_output=True, encoding="utf-8"
    )
    assert (result.returncode, result.stderr) == (0, "")
    return {word for word in result.stdout.split() if word.startswith(words[-1])}


@pytest.mark.parametrize("shell", SHELLS)
def test_recipes_of_every_configured_repository(shell: str, built: Instance) -> None:  # noqa: F811
    assert completed(shell, built, "spack", "install", "needs-b") == {"needs-broken"}
    assert completed(shell, built, "spack", "spec", "compiler-w") == {"compiler-wrapper"}
    assert completed(shell, built, "spack", "info", "as") == {"asker"}
    everything = completed(shell, built, "spack", "install", "")
    assert {"answer", "asker", "needs-broken", "gcc", "zstd", "bzip2"} - everything <= {"zstd"}


@pytest.mark.parametrize("shell", SHELLS)
def test_what_is_installed(shell: str, built: Instance) -> None:  # noqa: F811
    for command in ("uninstall", "load", "find", "location", "mark"):
        assert completed(shell, built, "spack", command, "a") == {"answer", "asker"}, command
        assert completed(shell, built, "spack", command, "need") == set(), command


@pytest.mark.parametrize("shell", SHELLS)
def test_what_is_loaded(shell: str, built: Instance) -> None:  # noqa: F811
    digest = built.ok("find", "--format", "{hash}", "asker").strip()
    assert completed(shell, built, "spack", "unload", "a") == set()
    built.variables["SPACK_LOADED_HASHES"] = f"0o:{digest}"
    try:
        assert completed(shell, built, "spack", "unload", "a") == {"asker"}
    finally:
        del built.variables["SPACK_LOADED_HASHES"]


@pytest.mark.parametrize("shell", SHELLS)
def test_sections_of_the_configuration(shell: str, built: Instance) -> None:  # noqa: F811
    for verb in ("get", "blame", "edit", "add"):
        assert completed(shell, built, "spack", "config", verb, "conf") == {"config"}, verb
    assert "packages" in completed(shell, built, "spack", "config", "get", "")


@pytest.mark.parametrize("shell", SHELLS)
def test_repositories_and_stores_of_others(
    shell: str,
    instance: Instance,  # noqa: F811
    tmp_path: Path,
) -> None:
    old = tmp_path / "old"
    for name in ("py-old-thing", "7up"):
        (old / "packages" / name).mkdir(parents=True)
        (old / "packages" / name / "package.py").write_text("")
    (old / "repo.yaml").write_text("repo:\n  namespace: old\n  subdirectory: packages\n")
    new = tmp_path / "spack_repo" / "new" / "packages" / "_7th_heaven"
    new.mkdir(parents=True)
    (new / "package.py").write_text("")
    (new.parents[1] / "repo.yaml").write_text("repo: {namespace: new, api: v2.0}\n")
    instance.ok("repo", "add", str(old))
    instance.ok("repo", "add", str(new.parents[1]))
    store = tmp_path / "store" / ".spack-db"
    store.mkdir(parents=True)
    spaced = '{"database": {"version": "8", "installs": {"h": {"spec": {"name": "theirs",}}}}'
    (store / "index.json").write_text(spaced)
    instance.ok("config", "add", f"config:install_tree:root:{store.parent}")
    instance.ok("list")
    kept = instance.state / "var" / "spack" / "cache" / "completion"
    (kept / "stores").write_text(f"{store.parent}\n/nowhere\n")
    assert completed(shell, instance, "spack", "spec", "py-o") == {"py-old-thing"}
    assert completed(shell, instance, "spack", "spec", "7") == {"7up", "7th-heaven"}
    assert completed(shell, instance, "spack", "find", "the") == {"theirs"}


@pytest.mark.parametrize("shell", SHELLS)
def test_names_come_from_one_file_while_it_holds(
    shell: str,
    instance: Instance,  # noqa: F811
    tmp_path: Path,
) -> None:
    folder = tmp_path / "spack_repo" / "few" / "packages"
    for name in ("py_quaint", "_8few"):
        (folder / name).mkdir(parents=True)
        (folder / name / "package.py").write_text(
            "from spack.package import *\n\nclass {}(Package):\n    pass\n".format(
                {"py_quaint": "PyQuaint", "_8few": "_8few"}[name]
            )
        )
    (folder.parent / "repo.yaml").write_text("repo: {namespace: few, api: v2.0}\n")
    os.utime(folder, (1_000_000_000, 1_000_000_000.5))
    instance.ok("repo", "add", str(folder.parent))
    instance.ok("list")
    kept = instance.state / "var" / "spack" / "cache" / "completion" / "recipes"
    lines = dict(line.split("\t") for line in kept.read_text().splitlines())
    names = Path(lines[str(folder)])
    assert names.read_text() == "8few\npy-quaint\n"
    status = folder.stat()
    names.write_text("8few\npy-quaint\npy-quaint-more\n")
    os.utime(names, ns=(status.st_mtime_ns, status.st_mtime_ns))
    assert completed(shell, instance, "spack", "info", "py-q") == {"py-quaint", "py-quaint-more"}
    assert completed(shell, instance, "spack", "info", "py_q") == set()
    assert completed(shell, instance, "spack", "spec", "x^py-q") == {
        "x^py-quaint",
        "x^py-quaint-more",
    }
    assert completed(shell, instance, "spack", "info", "8") == {"8few"}
    assert {"8few", "py-quaint-more"} <= completed(shell, instance, "spack", "info", "")
    (folder / "py_later").mkdir()
    (folder / "py_later" / "package.py").write_text("")
    assert completed(shell, instance, "spack", "info", "py-q") == {"py-quaint"}
    assert completed(shell, instance, "spack", "info", "py-l") == {"py-later"}


def test_the_places_are_kept_by_commands(instance: Instance, tmp_path: Path) -> None:  # noqa: F811
    kept = instance.state / "var" / "spack" / "cache" / "completion"
    instance.ok("-c", f"repos:other:{tmp_path}", "find")
    assert not (kept / "stores").exists()
    instance.ok("find")
    assert (kept / "stores").read_text() == f"{instance.state}/opt/spack\n"
    before = (kept / "stores").stat()
    instance.ok("find")
    assert (kept / "stores").stat().st_mtime_ns == before.st_mtime_ns
    instance.ok("config", "add", f"config:install_tree:root:{tmp_path}/other")
    instance.ok("find")
    assert (kept / "stores").read_text() == f"{tmp_path}/other\n"
