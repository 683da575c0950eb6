"""The names that scripts for Spack import, and what they stand for here.

One table beside that of the recipes (:mod:`spack.recipes.finding.shims`), which it is laid over:
a name that it lacks is what recipes get under it. Knows places of names, imports none of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from spack.recipes.finding.recipe_imports import recipe_finder
from spack.scripting.current import CurrentSpack, use

_COMMANDS = "spack.scripting.commands"
_DATABASES = "spack.scripting.databases"
_ENVIRONMENTS = "spack.scripting.environments"
_FILES = "spack.scripting.files"
_SETTINGS = "spack.scripting.settings"
_SPECS = "spack.scripting.specs"


def _same(source: str, names: str) -> dict[str, str]:
    """Names that are spelt alike in a module of this program."""
    return {name: f"{source}:{name}" for name in names.split()}


_ENVIRONMENT = {
    "Environment": f"{_ENVIRONMENTS}:ScriptEnvironment",
    "active": f"{_ENVIRONMENTS}:is_active",
    "SpackEnvironmentError": "spack.errors:SpackError",
    "manifest_name": "spack.environments.locations:MANIFEST_NAME",
    "environment_dir_from_name": f"{_ENVIRONMENTS}:root",
    "spack_env_var": f"{_ENVIRONMENTS}:ENVIRONMENT_VARIABLE",
    "lockfile_name": "spack.environments.locations:LOCK_NAME",
    **_same(
        _ENVIRONMENTS,
        "activate active_environment all_environment_names all_environments create create_in_dir "
        "deactivate environment_from_name_or_dir exists installed_specs is_env_dir "
        "no_active_environment read root",
    ),
}

_CONFIGURATION = {
    "config": f"{_SETTINGS}:CONFIG",
    "ConfigError": "spack.config.scopes.validation:ConfigurationError",
    **_same(
        _SETTINGS,
        "CONFIG DirectoryConfigScope InternalConfigScope add default_modify_scope get override set",
    ),
}

_YAML = {name: f"{_FILES}:{name}_yaml" for name in ("load", "dump")}
_YAML.update(load_config=_YAML["load"], dump_config=_YAML["dump"])
_YAML.update({f"syaml_{kind}": f"builtins:{kind}" for kind in ("dict", "list", "str", "int")})

_COLUMNS = {"colify": f"{_FILES}:colify"}
_COLOR = _same(_FILES, "cescape colorize cprint cwrite")

#: Errors that scripts catch. A request can be impossible in several ways here.
_ERRORS = {
    "SpecError": "spack.errors:SpackError",
    "SpecParseError": "spack.language.parser:SpecSyntaxError",
    "SpecSyntaxError": "spack.language.parser:SpecSyntaxError",
    "UnsatisfiableSpecError": "spack.errors:SpackError",
}

#: Module -> name -> module and name in this program, or the module alone.
NAMES: Mapping[str, Mapping[str, str]] = {
    "spack": {"spack_version": "spack:__version__"},
    "spack.active_environment": _same(_ENVIRONMENTS, "active_environment"),
    "spack.cmd": {
        **_same(_COMMANDS, "disambiguate_spec display_specs parse_specs"),
        **_same(_ENVIRONMENTS, "require_active_env"),
    },
    "spack.cmd.common.arguments": _same(_COMMANDS, "add_common_arguments"),
    "spack.cmd.uninstall": _same(_COMMANDS, "do_uninstall"),
    "spack.concretize": _same(
        _SETTINGS,
        "concretize_one concretize_separately concretize_specs_together concretize_together "
        "concretize_together_when_possible",
    ),
    "spack.config": _CONFIGURATION,
    "spack.database": {
        "InstallStatuses": f"{_DATABASES}:InstallRecordStatus",
        **_same(_DATABASES, "InstallRecordStatus"),
    },
    "spack.deptypes": {
        "canonicalize": "spack.language.deptypes:from_names",
        **_same("spack.language.deptypes", "ALL BUILD LINK NONE RUN TEST"),
    },
    "spack.environment": _ENVIRONMENT,
    "spack.environment.environment": _ENVIRONMENT,
    "spack.graph": {},
    "spack.installer": _same(_COMMANDS, "PackageInstaller"),
    "spack.main": _same(_COMMANDS, "SpackCommand SpackCommandError"),
    "spack.paths": {
        "lib_path": f"{_FILES}:LIBRARY",
        "module_path": f"{_FILES}:MODULES",
        "share_path": f"{_FILES}:SHARED",
        "etc_path": f"{_FILES}:CONFIGURED",
        "var_path": f"{_FILES}:VARIABLE",
        "user_config_path": f"{_FILES}:USER",
        "user_cache_path": f"{_FILES}:CACHE",
    },
    "spack.repo": {
        "path": f"{_SETTINGS}:PATH",
        **_same(_SETTINGS, "PATH all_package_names"),
    },
    "spack.spec": {
        "Spec": f"{_SPECS}:ScriptSpec",
        **_same(_SPECS, "InstallStatus"),
        **_ERRORS,
    },
    "spack.spec_parser": {
        "SpecParsingError": _ERRORS["SpecSyntaxError"],
        "parse": f"{_COMMANDS}:parse_specs",
        **_ERRORS,
    },
    "spack.schema": {},
    "spack.schema.env": {},
    "spack.solver.asp": _ERRORS,
    "spack.error": _ERRORS,
    "spack.store": {"db": f"{_DATABASES}:DB", **_same(_DATABASES, "STORE")},
    "spack.traverse": _same(_FILES, "traverse_nodes"),
    "spack.util.path": _same(_SETTINGS, "canonicalize_path substitute_path_variables"),
    "spack.util.spack_json": _same("json", "dump load"),
    "spack.util.spack_yaml": _YAML,
    **{
        f"{package}llnl.util.tty.{module}": names
        for package in ("", "spack.")
        for module, names in (("colify", _COLUMNS), ("color", _COLOR))
    },
}


def offer_names(spack: CurrentSpack) -> None:
    """Let the rest of this process import the names, which then mean this instance."""
    use(spack)
    recipe_finder().offer(NAMES)
