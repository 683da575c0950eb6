"""The configuration of module files, row by row: sets, names, rules, selection."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tests.modulefiles.site import Site


class Sets:
    """Module files of the site by some configuration."""

    def __init__(self, site: Site, folder: Path, **module_set: Any) -> None:
        roots = {"tcl": "@/tcl", "lmod": "@/lmod"}
        module_set = {"roots": roots, **module_set}
        lmod = {"core_compilers": ["gcc@11"], "hierarchy": ["mpi"], **module_set.get("lmod", {})}
        module_set["lmod"] = lmod
        self.site = site
        self.folder = folder
        self.scope = site.scope({"default": module_set}, folder)

    def spack(self, *words: str, ok: bool = True) -> str:
        call = self.site.instance.ok if ok else self.site.instance.fails
        return call("-C", str(self.scope), *words)

    def files(self, kind: str = "tcl", *words: str) -> dict[str, str]:
        """Name below the root -> text, after a refresh; the architecture is called ``ARCH``."""
        self.spack("module", kind, "refresh", "-y", *words)
        root = self.folder / kind
        found = {}
        for path in sorted(root.rglob("*")):
            if path.is_file() and path.name != ".module-files-lock":
                name = re.sub(r"linux-[a-z0-9]+-[a-z0-9_]+", "ARCH", str(path.relative_to(root)))
                found[name] = path.read_text()
        return found


def loaded(text: str) -> list[str]:
    """The names of the modules that a file loads."""
    return re.findall(r'(?:\{depends-on |^depends_on\(")([^"}]*)', text, re.M)


def test_tcl_names_and_index(site: Site, tmp_path: Path) -> None:
    files = Sets(site, tmp_path).files()
    script, plain = site.hash("script"), site.hash("plain@2")
    gcc = site.instance.ok("find", "--format", "{version}", "gcc@12:").strip()
    assert {f"ARCH/script/2.0-none-none-{script}", f"ARCH/plain/2.0-gcc-{gcc}-{plain}",
            f"ARCH/plain/1.0-gcc-11.4.0-{site.hash('plain@1')}"} <= set(files)  # fmt: skip
    index = files["module-index.yaml"]
    assert (
        index.startswith("module_index:\n")
        and f"use_name: script/2.0-none-none-{script}\n" in index
    )
    assert str(tmp_path / "tcl") in index
    text = files[f"ARCH/plain/2.0-gcc-{gcc}-{plain}"]
    assert text.startswith("#%Module") and "Needs only a compiler." in text
    assert re.search(r'prepend-path PATH "[^"]*/plain-2.0-[^"]*/bin"', text)
    assert {name.split("/")[0] for name in loaded(text)} == {"gcc-runtime", "glibc"}


def test_lmod_names(site: Site, tmp_path: Path) -> None:
    files = Sets(site, tmp_path).files("lmod")
    gcc = site.instance.ok("find", "--format", "{version}", "gcc@12:").strip()
    of_gcc = site.hash("smpi%gcc@12:")
    assert f"ARCH/Core/plain/1.0-{site.hash('plain@1')}.lua" in files
    assert f"ARCH/gcc/{gcc}/plain/2.0-{site.hash('plain@2')}.lua" in files
    para = site.hash("para%gcc@12: ^smpi")
    assert f"ARCH/smpi/2.0-{of_gcc}/gcc/{gcc}/para/2.0-{para}.lua" in files
    smpi = files[f"ARCH/gcc/{gcc}/smpi/2.0-{of_gcc}.lua"]
    assert 'family("mpi")' in smpi
    assert re.search(rf'prepend_path\("MODULEPATH", "[^"]*/smpi/2.0-{of_gcc}/gcc/{gcc}"\)', smpi)


def test_core_specs_and_filtered_levels(site: Site, tmp_path: Path) -> None:
    lmod = {"hierarchy": ["lapack", "compiler", "mpi"], "core_specs": ["plain"],
            "filter_hierarchy_specs": {"para": ["mpi"]}}  # fmt: skip
    files = Sets(site, tmp_path, lmod=lmod, arch_folder=False).files("lmod")
    gcc = site.instance.ok("find", "--format", "{version}", "gcc@12:").strip()
    assert f"Core/plain/2.0-{site.hash('plain@2')}.lua" in files
    assert f"gcc/{gcc}/para/2.0-{site.hash('para%gcc@12: ^ompi')}.lua" in files
    solver = site.hash("solver")
    (place,) = [name for name in files if f"solver/2.0-{solver}" in name]
    assert re.match(rf"lin/2.0-\w+/gcc/{gcc}/smpi/2.0-\w+/solver", place)
    (lin,) = [text for name, text in files.items() if "/lin/2.0" in name]
    assert "if mpi_name then" in lin and "pathJoin(" in lin and 'os.getenv("LMOD_MPI_NAME")' in lin


def test_a_level_that_is_no_virtual(site: Site, tmp_path: Path) -> None:
    sets = Sets(site, tmp_path, lmod={"hierarchy": ["plain"]})
    text = sets.spack("module", "lmod", "refresh", "-y", ok=False)
    assert "not plain" in text and "modules.yaml" in text


def test_projections_hash_length_and_suffixes(site: Site, tmp_path: Path) -> None:
    tcl = {
        "hash_length": 3,
        "projections": {"all": "{name}/{version}", "^mpi": "par/{name}/{^mpi.name}-{version}"},
        "all": {"suffixes": {"+pic": "pic", "^smpi": "with-{^smpi.version}", "+fast": "fast"}},
    }
    files = Sets(site, tmp_path, tcl=tcl).files()
    assert f"ARCH/plain/2.0-pic-{site.hash('plain@2')[:3]}" in files
    assert f"ARCH/plain/1.0-{site.hash('plain@1')[:3]}" in files
    para = site.hash("para%gcc@12: ^smpi")[:3]
    assert f"ARCH/par/para/smpi-2.0-with-2.0-fast-{para}" in files
    one = {
        "naming_scheme": "{name}-{version}",
        "hash_length": 0,
        "include": ["plain@2"],
        "exclude_implicits": True,
        "exclude": ["para", "ext", "solver", "plain"],
    }
    older = Sets(site, tmp_path / "older", tcl=one)
    assert set(older.files()) == {"ARCH/plain-2.0", "ARCH/script-2.0", "module-index.yaml"}


def test_names_that_clash_are_refused(site: Site, tmp_path: Path) -> None:
    sets = Sets(site, tmp_path, tcl={"hash_length": 0, "projections": {"all": "{name}/{version}"}})
    text = sets.spack("module", "tcl", "refresh", "-y", ok=False)
    assert "para/2.0: para@2.0/" in text
    assert not list((tmp_path / "tcl").rglob("para"))


@pytest.mark.parametrize(
    "which, names",
    [
        ("none", set()),
        ("run", {"interp", "script"}),
        ("direct", {"interp", "script"}),
        ("all", {"interp", "script", "gcc-runtime", "glibc"}),
    ],
)
def test_autoload_and_prerequisites(
    site: Site, tmp_path: Path, which: str, names: set[str]
) -> None:
    tcl = {"all": {"autoload": which, "prerequisites": which, "load": ["site/1"]}}
    text = next(t for n, t in Sets(site, tmp_path, tcl=tcl).files().items() if "/ext/" in n)
    assert {name.split("/")[0] for name in loaded(text)} == names | {"site"}
    assert set(re.findall(r"^prereq ([^/]*)", text, re.M)) == names


def test_rules_are_refined_and_reset(site: Site, tmp_path: Path) -> None:
    """In order, ``all`` first; a key with ``::`` drops what was said before, also of ``all``."""
    text = """\
modules:
  default:
    roots: {tcl: @/tcl}
    tcl:
      plain:
        environment: {set: {KIND: plain}}
      plain@1::
        environment: {set: {ALONE: '1'}}
      mpi:
        conflict: [othermpi]
      all:
        filter: {exclude_env_vars: [CMAKE_PREFIX_PATH]}
        conflict: ['{name}']
        environment:
          set: {KIND: any, '{name}_X-{version}': '{prefix}/x'}
          prepend_path: {PATH: /site/bin}
"""
    sets = Sets(site, tmp_path)
    site.scope(text, tmp_path)
    files = sets.files()
    one = next(text for name, text in files.items() if "/plain/1" in name)
    two = next(text for name, text in files.items() if "/plain/2" in name)
    mpi = next(text for name, text in files.items() if "/ompi/2" in name)
    assert '$assign ALONE "1"' in one and "KIND" not in one and "CMAKE_PREFIX_PATH" in one
    assert '$assign KIND "plain"' in two and "CMAKE_PREFIX_PATH" not in two
    assert re.search(r'\$assign PLAIN_X_2_0 "/[^"]*/x"', two)
    assert 'prepend-path PATH "/site/bin"' in two and "conflict plain\n" in two
    assert "conflict ompi\nconflict othermpi\n" in mpi


def test_include_exclude_and_implicit_packages(site: Site, tmp_path: Path) -> None:
    tcl = {"exclude_implicits": True, "include": ["smpi%gcc@11"], "exclude": ["ext", "smpi"]}
    names = {name.split("/")[1] for name in Sets(site, tmp_path, tcl=tcl).files() if "/" in name}
    assert names == {"plain", "para", "solver", "script", "smpi"}


@pytest.mark.parametrize(("kind", "rc"), [("tcl", ".modulerc"), ("lmod", ".modulerc.lua")])
def test_hidden_packages(site: Site, tmp_path: Path, kind: str, rc: str) -> None:
    sets = Sets(site, tmp_path, **{kind: {"hide_implicits": True, "hash_length": 4}})
    files = sets.files(kind)
    interp = site.hash("interp")
    text = next(text for name, text in files.items() if f"/interp/{rc}" in name)
    assert f"interp/2.0-{'gcc' if kind == 'tcl' else interp}" in text and interp in text
    assert not any(f"/ext/{rc}" in name for name in files)
    # What opens others stays to be seen in a hierarchy.
    assert any(f"/ompi/{rc}" in name for name in files) == (kind == "tcl")
    shown = Sets(site, tmp_path, **{kind: {"hash_length": 4}}).files(kind, "--delete-tree")
    assert not any(rc in name for name in shown)


def test_defaults(site: Site, tmp_path: Path) -> None:
    sets = Sets(site, tmp_path, tcl={"defaults": ["plain@1"]})
    sets.files()
    (link,) = (tmp_path / "tcl").rglob("default")
    assert link.resolve().name.startswith("1.0-gcc-11.4.0")
    assert "plain/2.0" in sets.spack("module", "tcl", "setdefault", "plain@2")
    assert link.resolve().name.startswith("2.0-")


def test_own_templates(site: Site, tmp_path: Path) -> None:
    templates = tmp_path / "templates" / "modules"
    templates.mkdir(parents=True)
    (templates / "own.tcl").write_text(
        '{% extends "modules/modulefile.tcl" %}{% block footer %}'
        "# {{ spec.short_spec }} {{ spec.variants }} {{ timestamp }}\n{% endblock %}"
    )
    (templates / "wrong.tcl").write_text("{{ nothing.at.all }}\n")
    (tmp_path / "config.yaml").write_text(f"config:\n  template_dirs: ['{tmp_path}/templates']\n")
    rules = {"plain": {"template": "modules/own.tcl"}, "script": {"template": "modules/wrong.tcl"},
             "ext": {"template": "modules/absent.tcl"}}  # fmt: skip
    sets = Sets(site, tmp_path, tcl=rules)
    result = site.instance("-C", str(tmp_path), "module", "tcl", "refresh", "-y")
    assert result.returncode == 0
    assert "there is no template modules/absent.tcl" in result.stderr
    assert "wrong.tcl" in result.stderr and "'nothing' is undefined" in result.stderr
    files = sets.files()
    text = next(text for name, text in files.items() if "/plain/2" in name)
    assert re.search(r"^# plain@2.0\+pic .*\+pic.* 20\d\d-", text, re.M)
    assert not any("/script/" in name or "/ext/" in name for name in files)


def test_commands(site: Site, tmp_path: Path) -> None:
    sets = Sets(site, tmp_path)
    assert "has no tcl module file" in sets.spack("module", "tcl", "find", "script", ok=False)
    sets.files()
    name = f"script/2.0-none-none-{site.hash('script')}"
    assert sets.spack("module", "tcl", "find", "script") == name + "\n"
    path = sets.spack("module", "tcl", "find", "--full-path", "script").strip()
    assert Path(path).read_text().startswith("#%Module")
    words = sets.spack("module", "tcl", "find", "-r", "ext").split()
    assert [w.split("/")[0] for w in words] == ["glibc", "gcc-runtime", "interp", "script", "ext"]
    lines = sets.spack("module", "tcl", "loads", "-p", "pre/", "script").splitlines()
    assert lines[0].startswith("# script@=2.0") and lines[1] == f"module load pre/{name}"
    lines = sets.spack("module", "tcl", "loads", "-r", "-x", "interp", "ext").splitlines()
    assert any(line.startswith("## module load interp/") for line in lines)
    assert sets.spack("module", "tcl", "loads", "--input-only", "script") == name + "\n"
    assert "2 installed specs" in sets.spack("module", "tcl", "find", "plain", ok=False)
    assert "no set 'x'" in sets.spack("module", "tcl", "-n", "x", "find", "ext", ok=False)
    assert "removed" not in sets.spack("module", "tcl", "refresh", "-y")
    assert "Removed 1 module file" in sets.spack("module", "tcl", "rm", "-y", "script")
    assert not Path(path).exists() and not Path(path).parent.exists()
    again = sets.spack("module", "tcl", "refresh", "-y", "script", "ext")
    assert again == "==> Wrote 1 module file; 1 did not change\n"


def test_only_what_changes_is_written(site: Site, tmp_path: Path) -> None:
    sets = Sets(site, tmp_path)
    sets.files()
    (old,) = (tmp_path / "tcl").rglob("script/2.0-*")
    former = {path: path.stat().st_mtime_ns for path in (tmp_path / "tcl").rglob("*-gcc-*")}
    assert "Wrote 0 module files" in sets.spack("module", "tcl", "refresh", "-y")
    old.write_text("spoiled")
    left = old.parent / "left-over"
    left.write_text("#%Module\n")
    printed = sets.spack("module", "tcl", "refresh", "-y", "--delete-tree")
    assert "Wrote 1 module file;" in printed and "removed 1 file" in printed
    assert old.read_text().startswith("#%Module") and not left.exists()
    assert former == {path: path.stat().st_mtime_ns for path in former}


def test_a_tree_of_others_is_not_deleted(site: Site, tmp_path: Path) -> None:
    sets = Sets(site, tmp_path)
    foreign = tmp_path / "tcl" / "by-hand" / "1.0"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("#%Module\n")
    sets.spack("module", "tcl", "refresh", "-y", "--delete-tree")
    assert foreign.exists()


def test_two_processes_at_once(site: Site, tmp_path: Path) -> None:
    sets = Sets(site, tmp_path)
    words = ("-C", str(tmp_path), "module", "lmod", "refresh", "-y", "--delete-tree")
    processes = [site.instance.start(*words) for _ in range(2)]
    printed = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], printed
    names = set(sets.files("lmod"))
    assert names == set(Sets(site, tmp_path / "alone").files("lmod"))


def test_nothing_is_missing_while_a_hierarchy_is_written(site: Site, tmp_path: Path) -> None:
    """Every file is there and whole at any moment, though all of them change."""
    lmod = {"core_compilers": ["gcc@11"], "hierarchy": ["mpi", "lapack"]}
    sets = Sets(site, tmp_path, lmod=lmod)
    sets.files("lmod")
    paths = sorted((tmp_path / "lmod").rglob("*.lua"))
    former = {path: path.read_text() for path in paths}
    sets = Sets(site, tmp_path, lmod={**lmod, "all": {"environment": {"set": {"NEW": "1"}}}})
    words = ("-C", str(tmp_path), "module", "lmod", "refresh", "-y", "--delete-tree")
    process = site.instance.start(*words)
    rounds = 0
    while process.poll() is None:
        for path in paths:
            text = path.read_text()
            assert text == former[path] or ("NEW" in text and text.endswith(")\n")), path
        rounds += 1
    assert process.communicate()[0].startswith("==> Wrote")
    assert process.returncode == 0 and rounds
    assert all('pushenv("NEW", "1")' in path.read_text() for path in paths)
