"""Images of containers from what is on this machine, with buildah: no registry is asked.

The base image is nearly empty; the programs of this machine, and the interpreter of the tests, are
mounted into it, to be read only. A package manager writes down what it should do.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BASE = "docker.io/library/debian:12"

_ETC = ("passwd", "group", "os-release", "alternatives", "ld.so.conf", "ld.so.conf.d",
        "ld.so.cache", "nsswitch.conf")  # fmt: skip


class Images:
    """Containers and images below a folder; skips where buildah cannot be used."""

    def __init__(self, folder: Path) -> None:
        if shutil.which("buildah") is None or os.geteuid() != 0:
            pytest.skip("needs buildah, and the right to change the root directory")
        self.folder = folder
        self.mounts = ["/usr"]
        for path in (sys.prefix, sys.base_prefix):
            if not path.startswith("/usr"):
                self.mounts.append(path)
        self._make_base()

    def buildah(self, *words: str, cwd: Path | None = None) -> str:
        """Run a command of buildah that must succeed; what it prints."""
        places = ["--root", str(self.folder / "root"), "--runroot", str(self.folder / "run")]
        done = subprocess.run(
            ["buildah", *places, "--storage-driver", "vfs", *words],
            cwd=cwd or self.folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        return done.stdout

    def _volumes(self) -> list[str]:
        return [word for path in self.mounts for word in ("--volume", f"{path}:{path}:ro")]

    def _make_base(self) -> None:
        tree = self.folder / "tree"
        for name in (
            "etc",
            "opt",
            "tmp",
            "var/lib/apt/lists",
            "root",
            "proc",
            "sys",
            "dev",
            "fake",
        ):
            (tree / name).mkdir(parents=True)
        (tree / "tmp").chmod(0o1777)
        for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
            host = Path("/", name)
            if host.is_symlink():
                (tree / name).symlink_to(os.readlink(host))
            elif host.is_dir():
                self.mounts.append(str(host))
        for name in _ETC:
            host = Path("/etc", name)
            if host.is_dir():
                shutil.copytree(host, tree / "etc" / name, symlinks=True)
            elif host.exists():
                shutil.copy(host, tree / "etc" / name)
        manager = tree / "fake" / "apt-get"
        manager.write_text('#!/bin/sh\necho "$*" >> /apt-get.log\n')
        manager.chmod(0o755)
        name = self.buildah("from", "scratch").strip()
        self.buildah("copy", name, str(tree), "/")
        path = "/fake:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
        self.buildah("config", "--env", f"PATH={path}", "--env", f"SPACK_PYTHON={sys.executable}",
                     "--env", "HOME=/root", name)  # fmt: skip
        self.buildah("commit", "-q", name, BASE)
        shutil.rmtree(tree)

    def build(self, recipe: Path, context: Path) -> str:
        """Build a Docker recipe; the name of the image."""
        self.buildah(
            "build", "--isolation", "chroot", "--pull-never", "-q", *self._volumes(),
            "-t", "localhost/built", "-f", str(recipe), str(context),
        )  # fmt: skip
        return "localhost/built"

    def start(self, image: str) -> str:
        """A container from an image; its name."""
        return self.buildah("from", "--pull-never", image).strip()

    def run(self, container: str, script: str) -> str:
        """Run a script of sh in a container; what it prints."""
        words = ["--", "/bin/sh", "-exc", script]
        return self.buildah("run", "--isolation", "chroot", *self._volumes(), container, *words)
