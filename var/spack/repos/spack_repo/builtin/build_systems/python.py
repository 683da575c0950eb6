"""Packages of Python modules, installed with pip."""

import os
import shutil
from typing import Dict, List, Optional

from spack.package import (
    BuilderWithDefaults,
    Executable,
    PackageBase,
    Prefix,
    SkipTest,
    Spec,
    build_system,
    classproperty,
    depends_on,
    execute_install_time_tests,
    extends,
    filter_file,
    has_shebang,
    register_builder,
    run_after,
    test_part,
    when,
    working_dir,
)


class PythonExtension(PackageBase):
    """Mixin of packages that put modules where the interpreter finds them."""

    #: Modules whose import is tried; found in the installation if empty.
    import_modules: List[str] = []
    #: Modules that must not be imported: optional parts, other platforms.
    skip_modules: List[str] = []

    @property
    def python_spec(self) -> Spec:
        """The interpreter that the package extends."""
        return self.spec["python"]

    @property
    def found_modules(self) -> List[str]:
        """Names of the packages and modules below the installed site directories."""
        found = []
        for root in dict.fromkeys(self._site_directories()):
            for folder, folders, files in os.walk(root):
                folders[:] = sorted(name for name in folders if name.isidentifier())
                relative = os.path.relpath(folder, root)
                if relative != "." and "__init__.py" in files:
                    found.append(relative.replace(os.sep, "."))
                elif relative != ".":
                    folders.clear()
                else:
                    found += [
                        name[:-3] for name in sorted(files) if name.endswith(".py")
                    ]
        skipped = tuple(self.skip_modules)
        return [
            name
            for name in found
            if not any(name == skip or name.startswith(f"{skip}.") for skip in skipped)
        ]

    def add_files_to_view(self, view, merge_map, skip_if_exists=True) -> None:
        """Link the files; programs are copied, so that they run with the view's interpreter."""
        environments = self.spec.dependencies("python-venv")
        if not environments or environments[0].external:
            super().add_files_to_view(view, merge_map, skip_if_exists)
            return
        programs = os.path.join(str(self.prefix), "bin") + os.sep
        linked, aliases, copies = {}, {}, {}
        for source, destination in merge_map.items():
            if not source.startswith(programs):
                linked[source] = destination
            elif skip_if_exists and os.path.lexists(destination):
                continue
            elif os.path.islink(source):
                aliases[source] = destination
            elif os.access(source, os.X_OK) and has_shebang(source):
                shutil.copy2(source, destination)
                copies[os.path.realpath(source)] = destination
            else:
                linked[source] = destination
        super().add_files_to_view(view, linked, skip_if_exists)
        root = view.get_projection_for_spec(environments[0])
        for copy in copies.values():
            filter_file(str(environments[0].prefix), root, copy, string=True)
        for source, destination in aliases.items():
            copy = copies.get(os.path.realpath(source))
            if copy is None:
                view.link(source, destination)
            else:
                os.symlink(os.path.relpath(copy, os.path.dirname(destination)), destination)

    def _site_directories(self) -> List[str]:
        python = self.spec["python"].package
        return [
            os.path.join(str(self.prefix), relative)
            for relative in (python.purelib, python.platlib)
        ]

    def test_imports(self) -> None:
        """import the modules"""
        modules = self.import_modules or self.found_modules
        if not modules:
            raise SkipTest("there are no modules to import")
        interpreter = Executable(self.spec["python"].command.path)
        for module in modules:
            with test_part(self, f"test_imports_{module}", purpose=f"import {module}"):
                interpreter("-c", f"import {module}")


class PythonPackage(PythonExtension):
    """Installed with ``pip install``."""

    build_system_class = "PythonPackage"
    default_buildsystem = "python_pip"

    #: ``name/archive`` on the Python package index, from which the addresses are made.
    pypi: Optional[str] = None

    build_system("python_pip")

    with when("build_system=python_pip"):
        extends("python")
        depends_on("py-pip", type="build")
        depends_on("py-wheel", type="build")

    @classproperty
    def homepage(cls) -> Optional[str]:
        """The page of the project on the index."""
        return f"https://pypi.org/project/{cls.pypi.split('/')[0]}/" if cls.pypi else None

    @classproperty
    def url(cls) -> Optional[str]:
        """An archive on the index."""
        if not cls.pypi:
            return None
        return f"https://files.pythonhosted.org/packages/source/{cls.pypi[0]}/{cls.pypi}"

    @classproperty
    def list_url(cls) -> Optional[str]:
        """The list of all archives of the project."""
        return f"https://pypi.org/simple/{cls.pypi.split('/')[0]}/" if cls.pypi else None


@register_builder("python_pip")
class PythonPipBuilder(BuilderWithDefaults):
    """One phase, ``install``, without a network and without build isolation."""

    phases = ("install",)
    package_long_methods = ("install_options", "global_options", "config_settings")
    package_attributes = ("archive_files", "build_directory", "install_time_test_callbacks")

    install_time_test_callbacks = ["test_imports"]

    run_after("install")(execute_install_time_tests)

    @staticmethod
    def std_args(pkg: PackageBase) -> List[str]:
        """Arguments of pip for every package."""
        return [
            "-vvv",
            "--no-input",
            "--no-cache-dir",
            "--disable-pip-version-check",
            "install",
            "--no-deps",
            "--ignore-installed",
            "--no-build-isolation",
            "--no-warn-script-location",
            "--no-index",
        ]

    @property
    def build_directory(self) -> str:
        """Directory of ``pyproject.toml`` or ``setup.py``."""
        return self.stage.source_path

    def config_settings(self, spec: Spec, prefix: Prefix) -> Dict[str, object]:
        """Settings for the build backend; values may be nested maps or lists."""
        return {}

    def install_options(self, spec: Spec, prefix: Prefix) -> List[str]:
        """Arguments of ``setup.py install``, for packages that still have them."""
        return []

    def global_options(self, spec: Spec, prefix: Prefix) -> List[str]:
        """Arguments of ``setup.py``, for packages that still have them."""
        return []

    def install(self, pkg: PythonPackage, spec: Spec, prefix: Prefix) -> None:
        arguments = [*self.std_args(pkg), f"--prefix={prefix}"]
        for key, value in _flattened(self.config_settings(spec, prefix)):
            arguments.append(f"--config-settings={key}={value}")
        arguments += [f"--install-option={option}" for option in self.install_options(spec, prefix)]
        arguments += [f"--global-option={option}" for option in self.global_options(spec, prefix)]
        archive = self.stage.archive_file
        is_wheel = archive is not None and str(archive).endswith(".whl")
        arguments.append(str(archive) if is_wheel else ".")
        pip = Executable(spec["python"].command.path)
        pip.add_default_arg("-m", "pip")
        with working_dir(self.build_directory):
            pip(*arguments)


def _flattened(settings: Dict[str, object], prefix: str = ""):
    """Pairs of dotted keys and values; lists give several pairs."""
    for key, value in settings.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            yield from _flattened(value, f"{name}.")
        elif isinstance(value, (list, tuple)):
            yield from ((name, item) for item in value)
        else:
            yield name, value
