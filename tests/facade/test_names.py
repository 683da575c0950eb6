"""The facade has exactly the names of the recipe interface, each documented."""

from __future__ import annotations

import ast
import inspect
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import spack.package
from spack.errors import SpackError
from spack.system.platforms import WrongPlatformError

V2_0 = """
BaseBuilder Builder Dict EnvironmentModifications Executable FileFilter FileList HeaderList
InstallError LibraryList List MakeExecutable NoHeadersError NoLibrariesError Optional
PackageBase Prefix ProcessError SkipTest Spec Version all_deptypes ancestor any_combination_of
auto_or_any_combination_of bash_completion_path build_system build_system_flags
cache_extra_test_sources can_access can_splice cd change_sed_delimiter check_outputs conditional
conflicts copy copy_tree default_args depends_on determine_number_of_jobs disjoint_sets env
env_flags extends filter_compiler_wrappers filter_file find find_all_headers find_first
find_headers find_libraries find_required_file find_system_libraries fish_completion_path
fix_darwin_install_name force_remove force_symlink get_escaped_text_output inject_flags install
install_test_root install_tree is_exe join_path keep_modification_time library_extensions
license maintainers makedirs mkdir mkdirp move on_package_attributes patch provides pwd
redistribute register_builder remove remove_directory_contents remove_linked_tree removedirs
rename requires resource rmtree run_after run_before set_executable set_install_permissions
symlink test_part touch tty variant ver version when which which_string working_dir
zsh_completion_path
""".split()

V2_1 = """
CompilerError SpackError
""".split()

V2_2 = """
BuilderWithDefaults ClassProperty CompilerPropertyDetector GenericBuilder HKEY LC_ID_DYLIB
LinkTree MachO ModuleChangePropagator Package WindowsRegistryView apply_macos_rpath_fixups
classproperty compare_output compare_output_file compile_c_and_execute compiler_spec
create_builder dedupe delete_needed_from_elf delete_rpath environment_modifications_for_specs
execute_install_time_tests filter_shebang filter_system_paths find_all_libraries find_compilers
get_cmake_prefix_path get_effective_jobs get_elf_compat get_path_args_from_module_line get_user
has_shebang host_platform is_system_path join_url kernel_version libc_from_dynamic_linker
macos_version make_package_test_rpath memoized microarchitecture_flags
microarchitecture_flags_from_target module_command parse_dynamic_linker parse_elf
path_contains_subdirectory readlink safe_remove sbang_install_path sbang_shebang_line set_env
shared_library_suffix spack_script static_library_suffix substitute_version_in_url windows_sfn
""".split()


#: Not said to be part of the interface, but imported by recipes that were written for it.
BESIDE = ["Tuple"]


def test_counts() -> None:
    assert (len(V2_0), len(V2_1), len(V2_2)) == (103, 2, 57)


def test_exactly_these_names_are_exported() -> None:
    names = V2_0 + V2_1 + V2_2 + BESIDE
    assert sorted(spack.package.__all__) == sorted(names)
    assert not [name for name in names if not hasattr(spack.package, name)]


@pytest.mark.parametrize("name", V2_0 + V2_1 + V2_2)
def test_functions_and_classes_are_documented(name: str) -> None:
    value = getattr(spack.package, name)
    if inspect.isfunction(value) or inspect.isclass(value):
        if value.__module__.startswith("spack."):
            assert inspect.getdoc(value)


@pytest.mark.skipif(sys.platform != "linux", reason="names of other systems are tried on Linux")
@pytest.mark.parametrize(
    "use",
    [
        lambda: spack.package.macos_version(),
        lambda: spack.package.MachO("/bin/sh"),
        lambda: spack.package.WindowsRegistryView("a"),
    ],
)
def test_names_of_other_systems_fail_clearly(use: Any) -> None:
    with pytest.raises((WrongPlatformError, SpackError)) as caught:
        use()
    assert "macOS" in str(caught.value) or "Windows" in str(caught.value)


def test_no_code_in_the_facade() -> None:
    text = Path(spack.package.__file__ or "").read_text()
    kinds = {type(statement) for statement in ast.parse(text).body}
    assert kinds <= {ast.Expr, ast.ImportFrom, ast.Assign}


def test_importing_the_facade_reads_no_external_package() -> None:
    code = (
        "import sys, spack.package;"
        "heavy = {'clingo._clingo', 'archspec', 'ruamel', 'jsonschema', 'jinja2'};"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    path = os.pathsep.join(sys.path)
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": path})


def test_every_name_of_a_shim_exists() -> None:
    """The names that recipes with older imports ask for are there."""
    import importlib

    from spack.recipes.finding import shims
    from spack.recipes.finding.recipe_imports import recipe_finder

    recipe_finder()
    for module, names in shims._NAMES.items():
        found = importlib.import_module(module)
        for name in names:
            assert not isinstance(getattr(found, name), shims.Unavailable), f"{module}.{name}"


def test_no_shim_hides_a_module_of_this_program() -> None:
    from spack.recipes.finding import shims

    folder = Path(spack.package.__file__ or "").parent
    ours = {f"spack.{path.stem}" for path in folder.iterdir() if path.name[0] not in "_."}
    assert not [name for name in ours if shims.find_shim(name, {}) is not None]
