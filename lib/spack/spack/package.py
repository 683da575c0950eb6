"""The interface for recipes: ``from spack.package import *``.

An explicit list of the names that recipes and build systems may use, and nothing else. Everything
is defined elsewhere; what a name means is said there and in the manual's page on recipes. The
versions are those of the recipe interface in which a name appeared.
"""

from os import (
    chdir as cd,
    environ as env,
    getcwd as pwd,
    makedirs,
    mkdir,
    readlink,
    remove,
    removedirs,
    rename,
)
from shutil import move, rmtree
from typing import Dict, List, Optional, Tuple

from spack.errors import SpackError
from spack.language.versions import Version, ver
from spack.recipes.bound.bound_spec import BoundSpec as Spec
from spack.recipes.build_context import determine_number_of_jobs
from spack.recipes.classes.build_queries import (
    CompilerPropertyDetector,
    LinkTree,
    all_deptypes,
    compile_c_and_execute,
    dedupe,
    environment_modifications_for_specs,
    filter_compiler_wrappers,
    filter_shebang,
    find_compilers,
    get_cmake_prefix_path,
    host_platform,
    kernel_version,
    libc_from_dynamic_linker,
    library_extensions,
    macos_version,
    make_package_test_rpath,
    microarchitecture_flags,
    microarchitecture_flags_from_target,
    sbang_install_path,
    sbang_shebang_line,
    spack_script,
)
from spack.recipes.builders.builder_choice import create_builder
from spack.recipes.builders.builders import (
    BaseBuilder,
    Builder,
    BuilderWithDefaults,
    GenericBuilder,
    apply_macos_rpath_fixups,
    execute_install_time_tests,
    register_builder,
)
from spack.recipes.classes.class_properties import ClassProperty, classproperty, memoized
from spack.recipes.classes.compiler_view import CompilerError, compiler_spec
from spack.recipes.declaring.directive_scope import default_args, when
from spack.recipes.declaring.relation_directives import (
    can_splice,
    conflicts,
    depends_on,
    extends,
    provides,
    requires,
)
from spack.recipes.declaring.source_directives import (
    license,
    maintainers,
    patch,
    redistribute,
    resource,
    version,
)
from spack.recipes.declaring.variant_directives import build_system, conditional, variant
from spack.recipes.errors import InstallError, SkipTest
from spack.recipes.classes.flag_handlers import build_system_flags, env_flags, inject_flags
from spack.recipes.classes.generic_package import Package
from spack.recipes.classes.package_class import PackageBase
from spack.recipes.declaring.phases import on_package_attributes, run_after, run_before
from spack.recipes.classes.recipe_modules import (
    ModuleChangePropagator,
    shared_library_suffix,
    static_library_suffix,
)
from spack.recipes.classes.stand_alone_tests import (
    cache_extra_test_sources,
    check_outputs,
    compare_output,
    compare_output_file,
    find_required_file,
    get_escaped_text_output,
    install_test_root,
    test_part,
)
from spack.recipes.urls.version_urls import (
    join_url,
    substitute_version as substitute_version_in_url,
)
from spack.recipes.declaring.variants import (
    any_combination_of,
    auto_or_any_combination_of,
    disjoint_sets,
)
from spack.system.binaries.dynamic_linker import parse_dynamic_linker
from spack.system.binaries.elf import (
    delete_needed_from_elf,
    delete_rpath,
    get_elf_compat,
    parse_elf,
)
from spack.system.processes.variables import (
    EnvironmentModifications,
    filter_system_paths,
    is_system_path,
    set_env,
)
from spack.system.processes.environment_modules import (
    get_path_args_from_module_line,
    module_command,
)
from spack.system.processes.executables import (
    Executable,
    MakeExecutable,
    ProcessError,
    which,
    which_string,
)
from spack.system.files.filesystem import (
    ancestor,
    bash_completion_path,
    can_access,
    copy,
    copy_tree,
    fish_completion_path,
    force_remove,
    force_symlink,
    get_user,
    install,
    install_tree,
    is_exe,
    join_path,
    keep_modification_time,
    path_contains_subdirectory,
    remove_directory_contents,
    remove_linked_tree,
    safe_remove,
    set_executable,
    set_install_permissions,
    symlink,
    touch,
    working_dir,
    zsh_completion_path,
)
from spack.system.processes.jobserver import get_effective_jobs
from spack.system.binaries.libraries import (
    FileList,
    HeaderList,
    LibraryList,
    NoHeadersError,
    NoLibrariesError,
    find_all_headers,
    find_all_libraries,
    find_headers,
    find_libraries,
    find_system_libraries,
)
from spack.system.terminal.messages import tty
from spack.system.platforms import (
    HKEY,
    LC_ID_DYLIB,
    MachO,
    WindowsRegistryView,
    fix_darwin_install_name,
    windows_sfn,
)
from spack.system.files.prefixes import Prefix
from spack.system.files.sbang import has_shebang
from spack.system.files.searching import find, find_first
from spack.system.files.text_filters import FileFilter, change_sed_delimiter, filter_file
from spack.system.files.writing import mkdirp

__all__ = [
    # v2.0
    "BaseBuilder",
    "Builder",
    "Dict",
    "EnvironmentModifications",
    "Executable",
    "FileFilter",
    "FileList",
    "HeaderList",
    "InstallError",
    "LibraryList",
    "List",
    "MakeExecutable",
    "NoHeadersError",
    "NoLibrariesError",
    "Optional",
    "PackageBase",
    "Prefix",
    "ProcessError",
    "SkipTest",
    "Spec",
    "Tuple",
    "Version",
    "all_deptypes",
    "ancestor",
    "any_combination_of",
    "auto_or_any_combination_of",
    "bash_completion_path",
    "build_system",
    "build_system_flags",
    "cache_extra_test_sources",
    "can_access",
    "can_splice",
    "cd",
    "change_sed_delimiter",
    "check_outputs",
    "conditional",
    "conflicts",
    "copy",
    "copy_tree",
    "default_args",
    "depends_on",
    "determine_number_of_jobs",
    "disjoint_sets",
    "env",
    "env_flags",
    "extends",
    "filter_compiler_wrappers",
    "filter_file",
    "find",
    "find_all_headers",
    "find_first",
    "find_headers",
    "find_libraries",
    "find_required_file",
    "find_system_libraries",
    "fish_completion_path",
    "fix_darwin_install_name",
    "force_remove",
    "force_symlink",
    "get_escaped_text_output",
    "inject_flags",
    "install",
    "install_test_root",
    "install_tree",
    "is_exe",
    "join_path",
    "keep_modification_time",
    "library_extensions",
    "license",
    "maintainers",
    "makedirs",
    "mkdir",
    "mkdirp",
    "move",
    "on_package_attributes",
    "patch",
    "provides",
    "pwd",
    "redistribute",
    "register_builder",
    "remove",
    "remove_directory_contents",
    "remove_linked_tree",
    "removedirs",
    "rename",
    "requires",
    "resource",
    "rmtree",
    "run_after",
    "run_before",
    "set_executable",
    "set_install_permissions",
    "symlink",
    "test_part",
    "touch",
    "tty",
    "variant",
    "ver",
    "version",
    "when",
    "which",
    "which_string",
    "working_dir",
    "zsh_completion_path",
    # v2.1
    "CompilerError",
    "SpackError",
    # v2.2
    "BuilderWithDefaults",
    "ClassProperty",
    "CompilerPropertyDetector",
    "GenericBuilder",
    "HKEY",
    "LC_ID_DYLIB",
    "LinkTree",
    "MachO",
    "ModuleChangePropagator",
    "Package",
    "WindowsRegistryView",
    "apply_macos_rpath_fixups",
    "classproperty",
    "compare_output",
    "compare_output_file",
    "compile_c_and_execute",
    "compiler_spec",
    "create_builder",
    "dedupe",
    "delete_needed_from_elf",
    "delete_rpath",
    "environment_modifications_for_specs",
    "execute_install_time_tests",
    "filter_shebang",
    "filter_system_paths",
    "find_all_libraries",
    "find_compilers",
    "get_cmake_prefix_path",
    "get_effective_jobs",
    "get_elf_compat",
    "get_path_args_from_module_line",
    "get_user",
    "has_shebang",
    "host_platform",
    "is_system_path",
    "join_url",
    "kernel_version",
    "libc_from_dynamic_linker",
    "macos_version",
    "make_package_test_rpath",
    "memoized",
    "microarchitecture_flags",
    "microarchitecture_flags_from_target",
    "module_command",
    "parse_dynamic_linker",
    "parse_elf",
    "path_contains_subdirectory",
    "readlink",
    "safe_remove",
    "sbang_install_path",
    "sbang_shebang_line",
    "set_env",
    "shared_library_suffix",
    "spack_script",
    "static_library_suffix",
    "substitute_version_in_url",
    "windows_sfn",
]
