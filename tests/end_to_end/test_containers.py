"""``spack containerize``: images are built from the recipes, and what is in them runs."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.clone import SOURCE
from tests.end_to_end.images import Images
from tests.end_to_end.small_instance import Instance, compilers


@pytest.fixture
def spack(tmp_path: Path, shared_cache: Path) -> Instance:
    return Instance(tmp_path / "instance", shared_cache)


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Images:
    return Images(tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of the program that is tested."""
    folder = tmp_path_factory.mktemp("bundle")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", f"--git-dir={folder}/git"]
    git += ["--work-tree", str(SOURCE)]
    for words in (["init"], ["add", "-A"], ["commit", "-m", "all"]):
        subprocess.run([*git, *words], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(
        [*git, "bundle", "create", "-q", str(folder / "spack.bundle"), "HEAD"], check=True
    )
    return folder / "spack.bundle"


def project(folder: Path, container: str) -> Path:
    """A manifest with an environment of our own sources."""
    folder.mkdir()
    packages = "".join(f"  {line}\n" for line in compilers().splitlines())
    (folder / "spack.yaml").write_text(
        f"# It's $odd.\nspack:\n  specs: [heat2d]\n{packages}  container:\n{container}"
    )
    return folder


def test_a_docker_recipe(spack: Instance, images: Images, bundle: Path, tmp_path: Path) -> None:
    container = """\
    images: {os: 'debian:12', spack: {url: spack.bundle}}
    labels: {site: 'a "b" $c'}
    os_packages: {build: [vim], final: [libgomp1]}
"""
    here = project(tmp_path / "project", container)
    shutil.copy(bundle, here)
    (here / "Dockerfile").write_text(spack.ok("containerize", cwd=here))
    built = images.start(images.build(here / "Dockerfile", here))
    assert "heat2d: 48 x 48 cells" in images.run(built, "/entrypoint.sh heat2d")
    assert images.run(built, "cat /apt-get.log").splitlines()[-1].endswith(" libgomp1")
    shown = images.buildah("inspect", "--type", "image", "localhost/built")
    assert r'"site": "a \"b\" $c"' in shown and '"/entrypoint.sh"' in shown
    there = images.run(built, "ls /opt /opt/software/*; cat /opt/*/spack.yaml")
    assert "heat2d-" in there and "# It's $odd.\n" in there and "container" not in there
    assert "spack.bundle" not in there and "python" not in there
    libraries = images.run(built, "nm /opt/view/bin/heat2d 2>&1 || :")
    assert "no symbols" in libraries


def test_an_apptainer_recipe(spack: Instance, images: Images, bundle: Path, tmp_path: Path) -> None:
    """Its parts are run as Apptainer runs them."""
    container = """\
    format: singularity
    images: {os: 'debian:12', spack: {url: spack.bundle}}
    depfile: true
    strip: false
    labels: {site: ours}
    singularity: {runscript: 'exec heat2d "$@"', test: heat2d --help, help: Heat.}
"""
    here = project(tmp_path / "project", container)
    shutil.copy(bundle, here)
    recipe = spack.ok("containerize", cwd=here)
    build, final = re.split(r"(?m)^(?=Bootstrap:)", recipe)[1:]
    containers = {}
    for text in (build, final):
        head, *sections = re.split(r"(?m)^%", text)
        keys = dict(line.split(": ") for line in head.splitlines() if re.match(r"\w+: ", line))
        assert keys["Bootstrap"] == "docker"
        made = containers[keys["Stage"]] = images.start(keys["From"])
        parts = {part.split("\n")[0]: part.partition("\n")[2] for part in sections}
        files = next((name for name in parts if name.startswith("files")), None)
        for line in parts[files].splitlines() if files else ():
            if not line.strip():
                continue
            source, place = line.split()
            if files == "files":
                images.buildah("copy", made, str(here / source), place)
            else:
                images.buildah("copy", "--from", containers["build"], made, source, place)
        script = (
            f"APPTAINER_ENVIRONMENT=/environment; export APPTAINER_ENVIRONMENT\n{parts['post']}"
        )
        images.run(made, script)
    assert parts["labels"].split() == ["site", "ours"] and parts["help"].strip() == "Heat."
    run = f". /environment; set --; {parts['runscript']}"
    assert "heat2d: 48 x 48 cells" in images.run(containers["final"], run)
    images.run(containers["final"], f". /environment; {parts['test']}")


def test_stages_and_templates(spack: Instance, tmp_path: Path) -> None:
    here = project(tmp_path / "project", "    images: {os: 'rockylinux:9', spack: v1}\n")
    bootstrap = spack.ok("containerize", "--last-stage", "bootstrap", cwd=here)
    build = spack.ok("containerize", "--last-stage", "build", cwd=here)
    assert re.findall("^FROM (.*)", bootstrap, re.M) == ["docker.io/rockylinux:9 AS bootstrap"]
    assert "dnf -qy install python3" in bootstrap and " v1 " in bootstrap
    assert build.startswith(bootstrap) and "FROM bootstrap AS builder" in build
    assert "/entrypoint.sh" not in build
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "own").write_text(
        '{% extends "container/Dockerfile" %}{% block final_stage %}{{ super() }}COPY x /x\n'
        "{% endblock %}"
    )
    (spack.config / "config.yaml").write_text(f"config:\n  template_dirs: ['{templates}']\n")
    (spack.config / "repos.yaml").write_text(
        "repos:\n  more: {git: https://example.org/recipes.git, branch: main}\n"
    )
    manifest = here / "spack.yaml"
    manifest.write_text(manifest.read_text() + "    template: own\n")
    text = spack.ok("containerize", cwd=here)
    assert text.startswith(build) is False and text.endswith("COPY x /x\n")
    assert "git: https://example.org/recipes.git" in text  # the image has the same recipes


def test_images_that_have_spack(spack: Instance, tmp_path: Path) -> None:
    images = "    images: {build: 'me/spack:1', final: 'me/bare:2'}\n"
    here = project(tmp_path / "project", images)
    text = spack.ok("containerize", cwd=here)
    assert re.findall("^FROM (.*)", text, re.M) == ["me/spack:1 AS builder", "me/bare:2"]
    assert "has Spack" in spack.fails("containerize", "--last-stage", "bootstrap", cwd=here)
    manifest = here / "spack.yaml"
    manifest.write_text(manifest.read_text() + "    os_packages: {build: [vim]}\n")
    shown = spack.fails("containerize", cwd=here)
    assert "package manager of me/spack:1" in shown and "spack.yaml:" in shown
    manifest.write_text(manifest.read_text().replace("build: [vim]", "build: [vim], command: apk"))
    assert "apk add --no-cache vim" in spack.ok("containerize", cwd=here)


def test_files_of_this_machine_are_told(spack: Instance, tmp_path: Path) -> None:
    """Without a section ``container`` the recipe is one of Docker, for Ubuntu."""
    (tmp_path / "more.yaml").write_text("config: {build_jobs: 2}\n")
    (tmp_path / "spack.yaml").write_text(
        "spack:\n  specs: [heat2d]\n  include:\n  - ./more.yaml\n  - path: ./more.yaml\n"
        "  repos: {far: {git: 'https://example.org/r.git'}}\n"
    )
    result = spack("containerize", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "FROM docker.io/ubuntu:22.04 AS bootstrap" in result.stdout
    warnings = [line for line in result.stderr.splitlines() if "Warning" in line]
    assert len(warnings) == 2 and all("does not have ./more.yaml" in line for line in warnings)


@pytest.mark.parametrize(
    ("container", "message"),
    [
        ("    images: {os: 'plan9:4'}\n", "images cannot start from 'plan9:4'"),
        ("    images: {build: x}\n", "images to start from are not known"),
        ("    images: {os: 'debian:12', spack: {url: /a/clone}}\n", "cannot reach the directory"),
        ("    images: {os: 'debian:12'}\n    template: none\n", "there is no template none"),
    ],
)
def test_what_is_wrong(spack: Instance, tmp_path: Path, container: str, message: str) -> None:
    here = project(tmp_path / "project", container)
    assert message in spack.fails("containerize", cwd=here)


def test_systems_and_references(spack: Instance, tmp_path: Path) -> None:
    assert "debian:12\n" in spack.ok("containerize", "--list-os")
    assert "no environment is active" in spack.fails("containerize")
    remote = tmp_path / "remote"
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(remote)]
    subprocess.run(["git", "init", "-q", "-b", "main", str(remote)], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "x"], check=True)
    commit = subprocess.check_output([*git, "rev-parse", "HEAD"], encoding="utf-8").strip()
    program = f"{{url: 'file://{remote}', ref: main, resolve_sha: true}}"
    here = project(tmp_path / "project", f"    images: {{os: 'debian:12', spack: {program}}}\n")
    words = shlex.quote(f"file://{remote}")
    assert f"fetch -q --depth=1 {words} {commit}" in spack.ok("containerize", cwd=here)
    manifest = here / "spack.yaml"
    text = manifest.read_text().replace("resolve_sha", "verify")
    manifest.write_text(text)
    assert f"{words} main " in spack.ok("containerize", cwd=here)
    manifest.write_text(text.replace("ref: main", "ref: none"))
    assert "no branch and no tag 'none'" in spack.fails("containerize", cwd=here)
