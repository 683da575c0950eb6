"""Recipes that take the content of their resources from the stages of these, by either old way."""

from __future__ import annotations

import hashlib
import tarfile
from pathlib import Path

import pytest
from tests.end_to_end.small_instance import HEADER, Instance

RECIPE = '''
class Keys(Package):
    """Has two resources, one of them for version 2 alone."""

    has_code = False
    version("2.0")
    version("1.0")

    resource(name="plain", url="file://{plain}", sha256="{plain_sum}", expand=False, placement="p")
    resource(
        name="packed",
        url="file://{packed}",
        sha256="{packed_sum}",
        destination="deep/er",
        when="@2:",
    )

    def install(self, spec, prefix):
{body}
'''

BODIES = {
    "by the needed ones": """
        for one in self._get_needed_resources():
            mkdirp(prefix.join(one.name))
            install_tree(one.fetcher.stage.source_path, prefix.join(one.name))
""",
    "by all of them": """
        for when, group in self.resources.items():
            for one in group if self.spec.intersects(when) else ():
                mkdirp(prefix.join(one.name))
                install_tree(one.fetcher.stage.source_path, prefix.join(one.name))
""",
}


@pytest.mark.parametrize("way", BODIES)
def test_the_stages_of_resources(way: str, instance: Instance, tmp_path: Path) -> None:
    plain = tmp_path / "plain.key"
    plain.write_text("plain\n")
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "packed.key").write_text("packed\n")
    packed = tmp_path / "packed-1.tar.gz"
    with tarfile.open(str(packed), "w:gz") as stream:
        stream.add(str(tmp_path / "tree"), arcname="packed-1")
    root = tmp_path / "spack_repo" / "locked"
    (root / "packages" / "keys").mkdir(parents=True)
    (root / "repo.yaml").write_text("repo: {namespace: locked, api: v2.2}\n")
    recipe = RECIPE.format(
        plain=plain,
        plain_sum=hashlib.sha256(plain.read_bytes()).hexdigest(),
        packed=packed,
        packed_sum=hashlib.sha256(packed.read_bytes()).hexdigest(),
        body=BODIES[way].strip("\n"),
    )
    (root / "packages" / "keys" / "package.py").write_text(HEADER + recipe.lstrip("\n"))
    instance.ok("repo", "add", str(root))
    instance.ok("install", "keys@2.0", "keys@1.0")
    new = Path(instance.ok("location", "-i", "keys@2.0").strip())
    assert (new / "packed" / "packed.key").read_text() == "packed\n"
    assert (new / "plain" / "plain.key").read_text() == "plain\n"
    old = Path(instance.ok("location", "-i", "keys@1.0").strip())
    assert (old / "plain" / "plain.key").exists() and not (old / "packed").exists()
