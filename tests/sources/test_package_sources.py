"""From recipes to stages: fetchers by keyword, resources, develop specs, real mirrors."""

from __future__ import annotations

import os
import stat
from typing import Any

import pytest

from spack.language.concrete_specs import Architecture, ConcreteSpec
from spack.language.parser import parse_spec
from spack.language.versions import GitVersion, Version, parse_version
from spack.recipes.records.package_records import DependencyRecord, PatchRecord, ResourceRecord
from spack.recipes.source_choice import SourceChoiceError
from spack.sources.develop_stage import DevelopStage
from spack.sources.fetching.checksums import UnknownChecksumError
from spack.sources.fetching.fetchers import BundleFetcher, FetchError, UrlFetcher
from spack.sources.fetching.git import GitFetcher
from spack.sources.fetching.version_control import CvsFetcher, HgFetcher, SvnFetcher
from spack.sources.package_sources import (
    fetch_package,
    fetcher_for_resource,
    fetcher_for_version,
    patches_for,
    resources_of,
    stage_for_package,
)
from spack.sources.patches import PatchError
from spack.sources.stage import StageSettings

from .conftest import sha256


class Package:
    """The attributes of a recipe class that this layer uses."""

    name = "foo"
    has_code = True
    resources: dict[Any, list[ResourceRecord]] = {}
    patches: dict[Any, list[PatchRecord]] = {}
    dependencies: dict[Any, dict[str, DependencyRecord]] = {}

    def __init__(self, versions: dict[str, dict[str, Any]] | None = None, **fields: Any) -> None:
        self.versions = {Version(v): k for v, k in (versions or {}).items()}
        self.asked: list[Version] = []
        for name, value in fields.items():
            setattr(self, name, value)

    def all_urls_for_version(self, version: Version) -> list[str]:
        self.asked.append(version)
        url = getattr(self, "url", None)
        own = self.versions.get(version, {}).get("url")
        return [u for u in (own, url) if u]


def concrete(version: str = "1.0", **variants: Any) -> ConcreteSpec:
    return ConcreteSpec(
        "foo",
        parse_version(version),
        Architecture("linux", "debian12", "x86_64"),
        variants=variants,
    )


@pytest.fixture
def settings(tmp_path: Any) -> StageSettings:
    return StageSettings(str(tmp_path / "stages"))


D = "d" * 64
C = "c" * 40


def fetcher(version: str, keywords: dict[str, Any], commit: Any = None, **fields: Any) -> Any:
    return fetcher_for_version(Package({version: keywords}, **fields), Version(version), commit)


def test_url_with_checksum_and_all_candidates() -> None:
    found = fetcher("1.0", {"sha256": D, "url": "https://a/f-1.0.tgz"}, url="https://b/f-1.0.tgz")
    assert isinstance(found, UrlFetcher)
    assert found.urls == ("https://a/f-1.0.tgz", "https://b/f-1.0.tgz")
    assert found.identity == D and found.extension == "tgz" and found.expand
    assert found.cache_path == f"archive/dd/{D}.tgz"


@pytest.mark.parametrize("keyword, digest", [("md5", "a" * 32), ("sha1", "a" * 40)])
def test_other_algorithms(keyword: str, digest: str) -> None:
    assert fetcher("1", {keyword: digest}, url="https://a/x.zip").identity == digest
    assert fetcher("1", {"checksum": digest}, url="https://a/x.zip").identity == digest


def test_bad_checksum_is_an_error() -> None:
    with pytest.raises(UnknownChecksumError):
        fetcher("1", {"sha256": "abc"}, url="https://a/x.zip")


def test_keywords_of_url_sources() -> None:
    found = fetcher(
        "1",
        {"sha256": D, "expand": False, "extension": "jar", "no_cache": True},
        url="https://a/download?x=1",
        fetch_options={"timeout": 7, "cookie": "yes"},
    )
    assert not found.expand and found.extension == "jar" and found.cache_path is None
    assert found.options.timeout == 7 and found.options.cookie == "yes"
    assert found.file_name == "download.jar"


def test_git_by_class_address() -> None:
    found = fetcher("main", {"branch": "main"}, git="https://a/x.git", url="https://a/x-1.tgz")
    assert isinstance(found, GitFetcher) and found.branch == "main" and found.cache_path is None
    found = fetcher("1", {"tag": "v1", "commit": C}, git="https://a/x.git")
    assert (found.tag, found.commit, found.full, found.submodules) == ("v1", C, False, False)


def test_recorded_commit_is_used() -> None:
    found = fetcher("main", {"branch": "main"}, commit=C, git="https://a/x.git")
    assert found.commit == C and found.identity == C


def test_submodules_of_version_of_class_and_by_function() -> None:
    git = "https://a/x.git"
    assert fetcher("1", {"commit": C, "submodules": True}, git=git).submodules is True
    assert fetcher("1", {"commit": C, "submodules": "True"}, git=git).submodules is True
    assert fetcher("1", {"commit": C}, git=git, submodules=True).submodules is True
    off = fetcher("1", {"commit": C, "submodules": False}, git=git, submodules=True)
    assert off.submodules is False
    found = fetcher("1", {"commit": C, "submodules": lambda package: ["a", package.name]}, git=git)
    assert found.submodules == ("a", "foo")


def test_full_and_sparse_clones() -> None:
    found = fetcher(
        "1", {"commit": C, "get_full_repo": True, "git_sparse_paths": ["src"]}, git="https://a/x"
    )
    assert found.full and found.sparse_paths == ("src",)


def test_git_versions() -> None:
    package = Package({}, git="https://a/x.git")
    found: Any = fetcher_for_version(package, GitVersion(f"git.{C}=1.0"))
    assert found.commit == C
    found = fetcher_for_version(package, GitVersion("git.topic=1.0"))
    assert found.reference == "topic" and found.commit is None
    found = fetcher_for_version(package, GitVersion("git.topic=1.0"), C)
    assert found.commit == C
    with pytest.raises(SourceChoiceError):
        fetcher_for_version(Package({}, url="https://a/x-1.tgz"), GitVersion("git.topic=1.0"))


def test_other_version_control() -> None:
    found = fetcher("1", {"svn": "https://a/trunk", "revision": 12})
    assert isinstance(found, SvnFetcher) and found.identity == "12"
    found = fetcher("1", {"hg": "https://a/hg", "revision": "abc"})
    assert isinstance(found, HgFetcher) and found.cache_path == "hg/hg/abc.tar.gz"
    found = fetcher("1", {"cvs": ":pserver:me@host:/cvs%module=m", "date": "2020-01-01"})
    assert isinstance(found, CvsFetcher) and found.module == "m"


def test_no_code_and_no_source() -> None:
    assert isinstance(fetcher("1", {}, has_code=False), BundleFetcher)
    with pytest.raises(SourceChoiceError):
        fetcher("1", {})


def test_stage_has_the_name_of_spack(settings: StageSettings) -> None:
    spec = concrete()
    package = Package({"1.0": {"sha256": D}}, url="https://a/x-1.tgz")
    stage = stage_for_package(package, spec, settings)
    assert stage[0].name == f"spack-stage-foo-1.0-{spec.dag_hash()}"
    named = settings._replace(name_template="build {name}/{version}")
    stage = stage_for_package(package, spec, named)
    assert stage[0].name == "build_foo_1.0"


def prepared(
    settings: StageSettings, make_archive: Any, *resources: ResourceRecord, **fields: Any
) -> Any:
    archive = make_archive("foo-1.0.tar.gz", {"foo-1.0/a.txt": "a"})
    package = Package({"1.0": {"sha256": sha256(archive)}}, url=archive, **fields)
    stage = stage_for_package(package, concrete(), settings, resources=resources)
    stage.fetch()
    stage.expand_archive()
    return stage


def keywords(path: str, **more: Any) -> dict[str, Any]:
    return {"url": path, "sha256": sha256(path), **more}


def found_in(stage: Any) -> list[str]:
    found = []
    for directory, _, names in os.walk(stage.source_path):
        found += [os.path.relpath(os.path.join(directory, n), stage.source_path) for n in names]
    return sorted(found)


@pytest.mark.parametrize(
    "destination, placement, expected",
    [
        ("", None, "lib-2/x"),
        ("deps", None, "deps/lib-2/x"),
        ("deps", "lib", "deps/lib/x"),
        (".", {"x": "renamed"}, "renamed"),
        ("", {"": "all", "x": "sub/x"}, "all/x"),
    ],
)
def test_resources_are_placed(
    settings: StageSettings, make_archive: Any, destination: str, placement: Any, expected: str
) -> None:
    path = make_archive("lib-2.tar.gz", {"lib-2/x": "x"})
    resource = ResourceRecord("lib", destination, placement, keywords(path))
    stage = prepared(settings, make_archive, resource)
    assert expected in found_in(stage) and "a.txt" in found_in(stage)
    assert stage[1].name.startswith("resource-lib-")
    stage.restage()
    assert expected in found_in(stage)


def test_resource_does_not_overwrite(settings: StageSettings, make_archive: Any) -> None:
    path = make_archive("lib-2.tar.gz", {"lib-2/x": "x"})
    resource = ResourceRecord("l", "", {"x": "a.txt"}, keywords(path))
    stage = prepared(settings, make_archive, resource)
    with open(os.path.join(stage.source_path, "a.txt")) as stream:
        assert stream.read() == "a"


def test_single_file_resource(tmp_path: Any, settings: StageSettings, make_archive: Any) -> None:
    tool = tmp_path / "tool.sh"
    tool.write_text("echo")
    tool.chmod(0o755)
    said = keywords(str(tool), expand=False)
    stage = prepared(settings, make_archive, ResourceRecord("t", "bin", "tools", said))
    placed = os.path.join(stage.source_path, "bin", "tools", "tool.sh")
    assert stat.S_IMODE(os.stat(placed).st_mode) == 0o644
    unplaced = prepared(
        settings._replace(root=str(tmp_path / "other")),
        make_archive,
        ResourceRecord("t", "", None, said),
    )
    assert found_in(unplaced) == ["a.txt"]
    assert unplaced[1].archive_file.endswith("spack-src/tool.sh")


def test_resources_by_length_of_destination(settings: StageSettings, make_archive: Any) -> None:
    path = make_archive("lib-2.tar.gz", {"lib-2/x": "x"})
    records = [
        ResourceRecord("deep", "a/b", "x", keywords(path)),
        ResourceRecord("top", "", "a", keywords(path)),
    ]
    stage = prepared(settings, make_archive, *records)
    assert [s.name.split("-")[1] for s in stage[1:]] == ["top", "deep"]


def test_resources_whose_condition_holds() -> None:
    package = Package()
    mine, other = ResourceRecord("a"), ResourceRecord("b")
    package.resources = {parse_spec("@1:"): [mine], parse_spec("@2:"): [other]}
    assert resources_of(package, concrete("1.0")) == [mine]


def test_resource_from_git() -> None:
    said = {"git": "https://a/x.git", "commit": C, "submodules": True}
    found = fetcher_for_resource(ResourceRecord("r", keywords=said))
    assert isinstance(found, GitFetcher) and found.commit == C and found.submodules is True


def test_patches_of_the_package_and_of_its_dependents() -> None:
    own = PatchRecord("1" * 64, path="/own")
    other = PatchRecord("2" * 64, path="/other")
    package, parent = Package(), Package()
    package.patches = {parse_spec("@1:"): [own]}
    parent.dependencies = {parse_spec("@1:"): {"foo": DependencyRecord("foo", 1, None, (other,))}}
    spec = ConcreteSpec(
        "foo",
        Version("1.0"),
        Architecture("linux", "debian12", "x86_64"),
        patches=(other.sha256, own.sha256),
    )
    assert [p.path for p in patches_for(package, spec, [parent])] == ["/other", "/own"]
    with pytest.raises(PatchError, match="2222222"):
        patches_for(package, spec)


def test_a_develop_source_has_a_link_to_its_stage(tmp_path: Any, settings: StageSettings) -> None:
    source = tmp_path / "src"
    source.mkdir()
    linked = settings._replace(develop_link="build-{name}/{version}")
    stage = stage_for_package(Package(), concrete(dev_path=str(source)), linked)
    stage.create()
    (link,) = source.iterdir()
    assert link.name.startswith("build-") and os.readlink(link) == stage[0].path
    stage.destroy()
    assert not list(source.iterdir())


def test_develop_spec(tmp_path: Any, settings: StageSettings) -> None:
    source = tmp_path / "src"
    source.mkdir()
    stage = stage_for_package(Package(), concrete(dev_path=str(source)), settings)
    assert isinstance(stage[0], DevelopStage) and stage.is_develop
    assert stage.source_path == str(source)
    stage.fetch()
    stage.expand_archive()


def test_composite_attributes_and_actions(settings: StageSettings, make_archive: Any) -> None:
    path = make_archive("lib-2.tar.gz", {"lib-2/x": "x"})
    stage = prepared(settings, make_archive, ResourceRecord("l", "", None, keywords(path)))
    assert all(s.expanded and s.created for s in stage)
    assert len(stage) == 2 and not stage.is_develop
    assert stage.archive_file.endswith("foo-1.0.tar.gz")
    assert [s.path for s in stage] == [stage[0].path, stage[1].path]
    assert stage[1:][0] is stage[1]
    stage.destroy()
    assert not any(s.created for s in stage)


def test_manual_download_says_how(settings: StageSettings) -> None:
    package = Package(
        {"1.0": {"sha256": D}},
        url="file:///nowhere/x-1.0.tgz",
        manual_download=True,
        download_instr="Get it from the vendor.",
    )
    stage = stage_for_package(package, concrete(), settings._replace(mirrors_only=True))
    with pytest.raises(FetchError) as caught:
        fetch_package(stage, package)
    assert "downloaded manually" in str(caught.value) and "the vendor" in str(caught.value)


def test_list_url_is_searched_last(
    tmp_path: Any, settings: StageSettings, make_archive: Any, web: Any
) -> None:
    archive = make_archive("foo-1.0.tar.gz", {"foo-1.0/a.txt": "a"})
    os.rename(archive, tmp_path / "web" / "foo-1.0.tar.gz")
    digest = sha256(tmp_path / "web" / "foo-1.0.tar.gz")
    (tmp_path / "web" / "list.html").write_text('<a href="foo-1.0.tar.gz#x">1.0</a>')
    package = Package(
        {"1.0": {"sha256": digest}},
        url=web.url + "/moved/foo-1.0.tar.gz",
        list_url=web.url + "/list.html",
    )
    stage = stage_for_package(package, concrete(), settings)
    stage.fetch()
    assert web.paths == ["/moved/foo-1.0.tar.gz", "/list.html", "/foo-1.0.tar.gz"]
