"""Packages of the Lua language, installed with LuaRocks."""

import os
from typing import List

from spack.package import (
    BuilderWithDefaults,
    PackageBase,
    Prefix,
    Spec,
    build_system,
    depends_on,
    extends,
    register_builder,
    when,
    working_dir,
)


class LuaPackage(PackageBase):
    """A rock, built from the rockspec of its sources or from a packed rock."""

    build_system_class = "LuaPackage"
    default_buildsystem = "lua"

    build_system("lua")

    with when("build_system=lua"):
        depends_on("lua-lang")
        extends("lua", when="%[virtuals=lua-lang] lua")

    @property
    def lua_spec(self) -> Spec:
        """The interpreter that the rock is for."""
        return self.spec["lua-lang"]


@register_builder("lua")
class LuaBuilder(BuilderWithDefaults):
    """Phases: ``unpack``, ``generate_luarocks_config``, ``preprocess`` and ``install``."""

    phases = ("unpack", "generate_luarocks_config", "preprocess", "install")
    package_methods = ("luarocks_args",)

    def setup_build_environment(self, env) -> None:
        super().setup_build_environment(env)
        env.set("LUAROCKS_CONFIG", self._luarocks_config_path())

    def unpack(self, pkg: LuaPackage, spec: Spec, prefix: Prefix) -> None:
        """A packed rock is opened here; other archives already are."""
        archive = self.stage.archive_file
        if archive is not None and str(archive).endswith(".rock"):
            with working_dir(self.stage.source_path):
                pkg.module.luarocks("unpack", "--force", str(archive))

    def generate_luarocks_config(self, pkg: LuaPackage, spec: Spec, prefix: Prefix) -> str:
        """Write what LuaRocks has to know; the path of the file.

        There are no servers in it, so that a rock nobody declared is an error and no download.
        """
        interpreter = pkg.lua_spec
        trees = [self._tree_line("package", str(prefix))]
        for dependency in spec.traverse(deptype=("build", "link", "run"), root=False):
            if dependency.package.extends(interpreter):
                trees.append(self._tree_line(dependency.name, str(dependency.prefix)))
        variables = {"LUA_DIR": str(interpreter.prefix)}
        compiler = getattr(pkg.module, "spack_cc", None)
        if compiler:
            variables.update(CC=compiler, LD=compiler)
        lines = [
            "rocks_servers = {}",
            'deps_mode = "all"',
            "rocks_trees = {",
            *trees,
            "}",
            "variables = {",
            *(f"    {name} = [[{value}]]," for name, value in variables.items()),
            "}",
        ]
        path = self._luarocks_config_path()
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        return path

    def preprocess(self, pkg: LuaPackage, spec: Spec, prefix: Prefix) -> None:
        """For recipes that change sources or the configuration."""

    def luarocks_args(self) -> List[str]:
        """Arguments of ``luarocks make``: usually the rockspec, if there are several."""
        return []

    def install(self, pkg: LuaPackage, spec: Spec, prefix: Prefix) -> None:
        with working_dir(self._directory_of_rockspec()):
            pkg.module.luarocks(f"--tree={prefix}", "make", *self.luarocks_args())

    def _luarocks_config_path(self) -> str:
        return os.path.join(self.stage.source_path, "luarocks-config.lua")

    def _directory_of_rockspec(self) -> str:
        """The first directory with a rockspec, from the top: an opened rock is a level deeper."""
        pending = [self.stage.source_path]
        while pending:
            entries = sorted(os.scandir(pending.pop(0)), key=lambda entry: entry.name)
            for entry in entries:
                if entry.name.endswith(".rockspec"):
                    return os.path.dirname(entry.path)
            pending += [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
        return self.stage.source_path

    @staticmethod
    def _tree_line(name: str, root: str) -> str:
        return f"    {{ name = [[{name}]], root = [[{root}]] }},"
