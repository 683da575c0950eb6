"""Module files follow what is installed and uninstalled, and never spoil either."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.end_to_end.small_instance import Instance
from tests.modulefiles.site import write_recipes


@pytest.fixture
def small(tmp_path: Path, shared_cache: Path) -> Instance:
    """An instance with recipes of the site, nothing installed, and two sets of module files."""
    instance = Instance(tmp_path / "instance", shared_cache, write_recipes(tmp_path))
    modules = {
        "default": {
            "enable": ["tcl", "lmod"],
            "roots": {"tcl": f"{tmp_path}/tcl", "lmod": f"{tmp_path}/lmod"},
            "arch_folder": False,
            "lmod": {"core_compilers": ["gcc"]},
        },
        "short": {
            "enable": ["tcl"],
            "roots": {"tcl": f"{tmp_path}/short"},
            "arch_folder": False,
            "tcl": {"exclude_implicits": True, "hash_length": 0,
                    "projections": {"all": "{name}"}},
        },
    }  # fmt: skip
    (instance.config / "modules.yaml").write_text(json.dumps({"modules": modules}))
    return instance


def names(folder: Path) -> set[str]:
    return {
        str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and p.name[0] != "."
    }


def test_install_and_uninstall(small: Instance, tmp_path: Path) -> None:
    small.ok("install", "--fake", "ext")
    assert names(tmp_path / "short") == {"ext", "module-index.yaml"}
    assert any(name.startswith("Core/interp/2.0-") for name in names(tmp_path / "lmod"))
    assert any(name.startswith("ext/2.0-none-none-") for name in names(tmp_path / "tcl"))
    small.ok("install", "--fake", "interp")  # asked for now
    assert "interp" in names(tmp_path / "short")
    small.ok("uninstall", "-y", "ext")
    assert names(tmp_path / "short") == {"interp", "module-index.yaml"}
    assert not any("ext" in name for name in names(tmp_path / "lmod"))
    small.ok("mark", "-i", "script")
    small.ok("gc", "-y")
    assert not any("script" in name for name in names(tmp_path / "tcl"))


def test_marks_of_what_was_asked_for(small: Instance, tmp_path: Path) -> None:
    """Names of hidden files have a hash: they change, and so do the files that load them."""
    text = (small.config / "modules.yaml").read_text()
    hiding = '"tcl": {"hide_implicits": true, "hash_length": 0}, "lmod"'
    (small.config / "modules.yaml").write_text(text.replace('"lmod": {', f"{hiding}: {{"))
    small.ok("install", "--fake", "ext")
    (ext,) = (tmp_path / "tcl").rglob("ext/2.0-*")
    interp = ext.parent.parent / "interp"
    (hidden,) = interp.glob("2.0-gcc-*")
    assert f"interp/{hidden.name}" in ext.read_text() and (interp / ".modulerc").exists()
    small.ok("mark", "-e", "interp")
    assert "interp" in names(tmp_path / "short")
    (shown,) = interp.iterdir()
    assert hidden.name.startswith(f"{shown.name}-")
    assert f"interp/{shown.name}}}" in ext.read_text()
    small.ok("mark", "-i", "interp")
    assert {path.name for path in interp.iterdir()} == {hidden.name, ".modulerc"}
    assert f"interp/{hidden.name}}}" in ext.read_text()
    assert "interp" not in names(tmp_path / "short")
    small.ok("install", "--fake", "interp")
    assert list(interp.iterdir()) == [shown]
    assert f"interp/{shown.name}}}" in ext.read_text()


def test_what_is_wrong_is_a_warning(small: Instance, tmp_path: Path) -> None:
    text = (small.config / "modules.yaml").read_text()
    wrong = text.replace('"lmod": {"core', '"tcl": {"all": {"template": "no"}}, "lmod": {"core')
    (small.config / "modules.yaml").write_text(
        wrong.replace('["gcc"]}', '["gcc"], "hierarchy": ["ext"]}')
    )
    result = small("install", "--fake", "script")
    assert result.returncode == 0
    assert "there is no template no" in result.stderr
    assert "levels of a hierarchy are virtuals" in result.stderr
    small.ok("install", "--fake", "script@1.0")
    shown = small("install", "--fake", "script@1.0").stderr
    assert "several packages have one module file" in shown and "short/script" in shown
    assert names(tmp_path / "short") == {"script", "module-index.yaml"}


def test_an_environment_loads_modules(small: Instance, tmp_path: Path) -> None:
    small.ok("env", "create", "e")
    small.ok("-e", "e", "add", "ext")
    small.ok("-e", "e", "install", "--fake")
    small.ok("-e", "e", "env", "loads", "-m", "tcl", "-n", "short")
    place = small.state / "var/spack/environments/e"
    short = tmp_path / "short"
    assert (place / "loads").read_text().splitlines()[1:] == [
        f'case ":${{MODULEPATH-}}:" in *:{short}:*) ;; *) module use -a {short} ;; esac',
        f"if [ -e {short}/ext ]; then module load ext; fi",
    ]
    assert (place / "loads.csh").exists() and (place / "loads.fish").exists()
    small.ok("-e", "e", "env", "loads", "--input-only", "-n", "short")
    assert (place / "loads").read_text() == "ext\n"
    assert not (place / "loads.csh").exists() and not (place / "loads.fish").exists()


def test_files_about_a_view(small: Instance, tmp_path: Path) -> None:
    view = tmp_path / "view"
    words = ("module", "tcl", "-n", "default", "refresh", "-y", "ext")
    text = (small.config / "modules.yaml").read_text()
    home = '"tcl": {"all": {"environment": {"set": {"HOME_OF": "{prefix}"}}}}'
    with_view = text.replace('"arch_folder": false, "lmod"', f'"use_view": true, {home}, "lmod"')
    (small.config / "modules.yaml").write_text(with_view)
    small.ok("env", "create", "--with-view", str(view), "e")
    small.ok("-e", "e", "add", "ext")
    small.ok("-e", "e", "install", "--fake")
    small.ok("-e", "e", *words)
    (file,) = (tmp_path / "tcl").rglob("ext/2.0-*")
    assert f'prepend-path PATH "{view}/bin"' in file.read_text()
    assert f'prepend-path INTERP_PATH "{view}/lib"' in file.read_text()
    prefix = small.ok("location", "-i", "ext").strip()
    assert f'$assign HOME_OF "{prefix}"' in file.read_text()
    assert "spack -e NAME module" in small.fails(*words)


def test_modules_of_an_upstream(small: Instance, tmp_path: Path, shared_cache: Path) -> None:
    small.ok("install", "--fake", "interp")
    below = Instance(tmp_path / "below", shared_cache, tmp_path / "spack_repo" / "site")
    store = small.state / "opt" / "spack"
    (below.config / "upstreams.yaml").write_text(
        f"upstreams:\n  site:\n    install_tree: {store}\n    modules:\n      tcl: {tmp_path}/tcl\n"
    )
    (below.config / "modules.yaml").write_text(
        f"modules:\n  default:\n    enable: [tcl]\n    roots: {{tcl: {tmp_path}/own}}\n"
        "    tcl: {hash_length: 2}\n"
    )
    below.ok("install", "--fake", "ext")
    name = small.ok("module", "tcl", "find", "interp").strip()
    assert below.ok("module", "tcl", "find", "interp").strip() == name
    (file,) = (tmp_path / "own").rglob("ext/2.0-*")
    assert f"depends-on {name}}}" in file.read_text()
    assert not list((tmp_path / "own").rglob("interp"))
    below.ok("module", "tcl", "refresh", "-y", "--upstream-modules")
    assert list((tmp_path / "own").rglob("interp"))
