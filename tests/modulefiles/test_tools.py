"""The real module commands load, swap, unload and list what is written, in every shell."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from tests.modulefiles.site import Site
from tests.modulefiles.tools import SHELLS, own, tool

#: Values with everything that shells and languages could take for something else.
ODD = 'a "b" $c [d] {e\\f; #g'

#: The same as it is written in configuration, where braces are fields.
WRITTEN = ODD.replace("\\", "\\\\").replace("{", "\\{")

MODULES = {
    "default": {
        "roots": {"tcl": "@/tcl", "lmod": "@/lmod"},
        "tcl": {
            "all": {
                "autoload": "direct",
                "environment": {
                    "set": {"ODD_VALUE": WRITTEN, "{name}_ROOT": "{prefix}"},
                    "unset": ["GONE"],
                    "append_path": {"LATER": "/opt/last"},
                },
            },
        },
        "lmod": {
            "all": {
                "autoload": "direct",
                "environment": {"set": {"ODD_VALUE": WRITTEN}, "unset": ["GONE"]},
            },
            "core_compilers": ["gcc@11"],
            "hierarchy": ["mpi", "lapack"],
        },
    }
}

BEFORE = {
    "MPICC": "before",
    "GONE": "still here",
    "MANPATH": "/usr/share/man",
    "LATER": "/opt/first",
}


class Written(NamedTuple):
    """Module files of the site: folders for ``MODULEPATH``, and what ``module`` calls packages."""

    tcl: list[Path]
    core: Path
    names: dict[str, str]


@pytest.fixture(scope="module")
def written(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Written:
    scope = site.scope(MODULES, tmp_path_factory.mktemp("modules"))
    names = {}
    for kind in ("tcl", "lmod"):
        site.instance.ok("-C", str(scope), "module", kind, "refresh", "-y")
        for key, spec in (("smpi", "smpi%gcc@12:"), ("ompi", "ompi"), ("ext", "ext"),
                          ("para", "para%gcc@12: ^smpi"), ("solver", "solver"),
                          ("gcc", "gcc@12:")):  # fmt: skip
            words = ["-C", str(scope), "module", kind, "find", *spec.split()]
            names[f"{kind}:{key}"] = site.instance.ok(*words).strip()
    tcl = sorted(path for path in (scope / "tcl").iterdir() if path.is_dir())
    (core,) = (scope / "lmod").glob("*/Core")
    return Written(tcl, core, names)


@pytest.mark.parametrize("shell", list(SHELLS))
@pytest.mark.parametrize("name", ["modules", "lmod"])
def test_tcl_files(name: str, shell: str, written: Written, tmp_path: Path) -> None:
    smpi, ompi, ext = (written.names[f"tcl:{key}"] for key in ("smpi", "ompi", "ext"))
    command = tool(name)
    variables = {"MANPATH": BEFORE["MANPATH"], "LATER": BEFORE["LATER"]}
    lines = ["show", f"module load {smpi}", "show", f"module swap {smpi} {ompi}", "show",
             f"module unload {ompi}", "show", f"module load {ext}", "show",
             "module -t list", f"module unload {ext}", "show"]  # fmt: skip
    before, loaded, swapped, after, extended, end = command.run(
        lines, written.tcl, shell=shell, variables=variables, home=tmp_path
    )
    assert loaded["MPICC"].endswith("/bin/mpicc") and "/smpi-" in loaded["MPICC"]
    assert loaded["ODD_VALUE"] == ODD and "GONE" not in loaded
    assert loaded["SMPI_ROOT"] in loaded["PATH"].split(":")[0]
    assert loaded["MANPATH"].endswith(":")
    assert loaded["LATER"].split(":")[-1] == "/opt/last"
    assert "/ompi-" in swapped["MPICC"] and "SMPI_ROOT" not in swapped
    assert "/ext-" in extended["INTERP_PATH"] and extended["EXT_FLAGS"] == "-x y"
    assert "SCRIPT_ROOT" in extended and "INTERP_ROOT" in extended  # loaded with it
    listed = {line.split("/")[0] for line in (tmp_path / "told").read_text().splitlines()}
    assert {"ext", "interp", "script"} <= listed and not {"smpi", "ompi"} & listed
    assert own(after) == own(before) == own(end)


@pytest.mark.parametrize("shell", list(SHELLS))
def test_former_values_come_back(shell: str, written: Written, tmp_path: Path) -> None:
    """Lmod cannot do that where a file is in Tcl; ``test_a_hierarchy`` has the files in Lua."""
    smpi = written.names["tcl:smpi"]
    lines = ["show", f"module load {smpi}", "show", f"module unload {smpi}", "show"]
    before, loaded, after = tool("modules").run(
        lines, written.tcl, shell=shell, variables=BEFORE, home=tmp_path
    )
    assert "/smpi-" in loaded["MPICC"] and "GONE" not in loaded
    assert own(after) == own(before)


@pytest.mark.parametrize("shell", list(SHELLS))
def test_a_hierarchy(shell: str, written: Written, tmp_path: Path) -> None:
    gcc, smpi, ompi = (written.names[f"lmod:{key}"] for key in ("gcc", "smpi", "ompi"))
    lines = ["show", f"module load {gcc} {smpi} para", "show", f"module swap {smpi} {ompi}",
             "show", "module load lin", f"module swap {ompi} {smpi}", "module load solver", "show",
             "module purge", "show"]  # fmt: skip
    before, loaded, swapped, solved, end = tool("lmod").run(
        lines, [written.core], shell=shell, variables=BEFORE, home=tmp_path
    )
    assert "/smpi-" in loaded["MPICC"] and loaded["LMOD_FAMILY_MPI"] == "smpi"
    assert loaded["ODD_VALUE"] == ODD and "GONE" not in loaded
    assert loaded["LMOD_FAMILY_COMPILER"] == "gcc"
    assert "/smpi/" in next(f for f in loaded["_LMFILES_"].split(":") if "/para/" in f)
    assert "/ompi/" in next(f for f in swapped["_LMFILES_"].split(":") if "/para/" in f)
    assert "/solver/" in solved["_LMFILES_"] and solved["LMOD_FAMILY_LAPACK"] == "lin"
    assert own(end) == own(before)


@pytest.fixture(scope="module")
def project(site: Site, written: Written, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with roots of which some are deep in a hierarchy."""
    folder = tmp_path_factory.mktemp("project")
    specs = "".join(f"  - {spec}\n" for spec in ("para ^ompi", "ext"))
    (folder / "spack.yaml").write_text(f"spack:\n  specs:\n{specs}  view: false\n")
    site.instance.ok("-D", str(folder), "concretize")
    return folder


@pytest.mark.parametrize("shell", list(SHELLS))
@pytest.mark.parametrize(("name", "kind"), [("modules", "tcl"), ("lmod", "tcl"), ("lmod", "lmod")])
def test_scripts_of_environments_load_modules(
    name: str, kind: str, shell: str, written: Written, project: Path, site: Site, tmp_path: Path
) -> None:
    """Also without any folder in ``MODULEPATH``, and when a module file is gone."""
    scope = written.core.parents[2]
    command = tool(name)
    site.instance.ok("-C", str(scope), "-D", str(project), "env", "loads", "-m", kind)
    file = project / {"tcsh": "loads.csh", "fish": "loads.fish"}.get(shell, "loads")
    twice = ["show", f"source {file}", "show", f"source {file}", "module purge", "show"]
    before, loaded, end = command.run(twice, [], shell=shell, home=tmp_path)
    assert "/ext-" in loaded["INTERP_PATH"]
    assert "/para-" in loaded["PATH"] and "/ompi-" in loaded["MPICC"]
    del end["MODULEPATH"], before["MODULEPATH"]
    assert own(end) == own(before)
    gone = written.names[f"{kind}:ext"]
    file.write_text(file.read_text().replace(f"/{gone}", "/gone"))
    (left,) = command.run([f"source {file}", "show"], [], shell=shell, home=tmp_path)
    assert "/para-" in left["PATH"] and "/ext-" not in left.get("INTERP_PATH", "")


def test_modules_are_listed_and_described(written: Written, tmp_path: Path) -> None:
    for name in ("modules", "lmod"):
        command = tool(name)
        shown = command.ask("-t", "avail", folders=written.tcl, home=tmp_path)
        assert {written.names["tcl:smpi"], written.names["tcl:ext"]} <= {
            line.split("(")[0].strip() for line in shown.splitlines()
        }
        smpi = written.names["tcl:smpi"]
        text = command.ask("help", smpi, folders=written.tcl, home=tmp_path)
        assert '"quotes", $dollars, [brackets] and {braces' in text
        assert "message passing" in command.ask("whatis", smpi, folders=written.tcl, home=tmp_path)
    core = tool("lmod").ask("-t", "avail", folders=[written.core], home=tmp_path)
    assert "plain/1.0" in core and "para" not in core and "solver" not in core
