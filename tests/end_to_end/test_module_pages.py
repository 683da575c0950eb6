"""The commands of the manual's pages on module files and containers, run line by line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from tests.end_to_end.small_instance import HEADER, ROOT, Instance
from tests.modulefiles.site import write_recipes

PAGES = ROOT / "lib" / "spack" / "docs" / "howto"


def blocks(page: str, language: str) -> list[str]:
    """The code blocks of a page in one language."""
    text = (PAGES / f"{page}.rst").read_text()
    found = re.findall(rf"(?m)^\.\. code-block:: {language}\n\n((?:   .*\n|\n)+)", text)
    return [re.sub("(?m)^   ", "", block) for block in found]


def joined(first: Any, second: Any) -> Any:
    if not isinstance(first, dict) or not isinstance(second, dict):
        return second
    keys = [*first, *(key for key in second if key not in first)]
    return {key: joined(first.get(key), second.get(key, first.get(key))) for key in keys}


@pytest.fixture
def user(tmp_path: Path, shared_cache: Path) -> Instance:
    """An instance whose recipes have the packages that the pages name, without sources."""
    root = write_recipes(tmp_path)
    for name in ("zlib", "hdf5"):
        folder = root / "packages" / name
        folder.mkdir()
        body = f'class {name.capitalize()}(Package):\n    """A package."""\n\n'
        body += '    has_code = False\n    version("1.0")\n    depends_on("c", type="build")\n'
        body += '    variant("mpi", default=True, description="MPI")\n'
        body += "\n    def install(self, spec, prefix):\n        mkdirp(prefix.bin)\n"
        (folder / "package.py").write_text(HEADER + body)
    return Instance(tmp_path / "instance", shared_cache, root)


def run(user: Instance, page: str) -> str:
    lines = [line[2:] for block in blocks(page, "console") for line in block.splitlines()]
    lines = [line for line in lines if line.startswith("spack ")]
    assert lines
    result = user.shell("bash", "set -e", *lines)
    assert (result.returncode, result.stderr) == (0, ""), result.stderr
    return result.stdout


def test_modules_for_users(user: Instance) -> None:
    shown = run(user, "modules")
    name = next(line for line in shown.splitlines() if line.startswith("zlib/1.0-"))
    assert f"module load {name}\n" in (user.cwd / "modules-of-my-jobs").read_text()
    loads = user.state / "var/spack/environments/jobs/loads"
    assert str(loads) in shown and "SPACK_LOADED_HASHES" in loads.read_text()


def test_module_files_for_sites(user: Instance, tmp_path: Path) -> None:
    configuration: Any = {}
    for block in blocks("module-files", "yaml"):
        text = block.replace("/sw/", f"{tmp_path}/sw/")
        configuration = joined(configuration, YAML(typ="safe").load(text))
    with (user.config / "modules.yaml").open("w") as stream:
        YAML().dump(configuration, stream)
    (template,) = blocks("module-files", "text")
    place = tmp_path / "templates" / "modules"
    place.mkdir(parents=True)
    (place / "own.lua").write_text(template)
    run(user, "module-files")
    assert list((tmp_path / "sw" / "modules").rglob("zlib")) == []  # the last command removes it
    (lua,) = (tmp_path / "sw" / "lmod").rglob("zlib/*.lua")
    assert "chemistry" not in lua.read_text()
    user.ok("-c", f"config:template_dirs:[{place.parent}]",
            "-c", "modules:default:lmod:all:template:modules/own.lua",
            "module", "lmod", "refresh", "-y", "zlib")  # fmt: skip
    assert "zlib is maintained by the chemistry group" in lua.read_text()


def test_images(user: Instance, tmp_path: Path) -> None:
    manifest, images = blocks("containers", "yaml")
    (user.cwd / "spack.yaml").write_text(manifest)
    user.ok("env", "create", "project", "spack.yaml")
    run(user, "containers")
    recipe = (user.cwd / "Dockerfile").read_text()
    assert "maintainer" in recipe and "libgomp1" in recipe and "debian:13" not in recipe
    changed = manifest[: manifest.index("    images:")] + "".join(
        f"    {line}\n" for line in images.splitlines()
    )
    (user.cwd / "spack.yaml").write_text(changed.replace("resolve_sha: true", "verify: false"))
    assert "https://example.org/spack.git main" in user.ok("containerize")
