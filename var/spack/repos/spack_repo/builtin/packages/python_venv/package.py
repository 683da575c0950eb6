import os
import shutil

from spack_repo.builtin.build_systems.generic import Package

from spack.package import *


class PythonVenv(Package):
    """A virtual environment of an interpreter, which keeps out modules installed elsewhere."""

    homepage = "https://docs.python.org/3/library/venv.html"
    has_code = False

    tags = ["runtime"]

    license("0BSD")

    version("1.0")

    extends("python")

    def install(self, spec, prefix):
        Executable(spec["python"].command.path)("-m", "venv", "--without-pip", prefix)

    def add_files_to_view(self, view, merge_map, skip_if_exists=True):
        for source, destination in merge_map.items():
            if skip_if_exists and os.path.lexists(destination):
                continue
            if os.path.basename(source).lower().startswith("activate"):
                # The scripts name the directory of the environment: here it is the view.
                shutil.copy2(source, destination)
                root = view.get_projection_for_spec(self.spec)
                filter_file(str(self.prefix), root, destination, string=True)
            else:
                view.link(source, destination)

    @property
    def command(self):
        return Executable(self.prefix.bin.python3)

    @property
    def bindir(self):
        return self.prefix.bin

    def _site_directory(self, prefix, kind):
        return prefix.join(getattr(self.spec["python"].package, kind))

    def setup_dependent_package(self, module, dependent_spec):
        module.python = self.command
        module.python_platlib = self._site_directory(dependent_spec.prefix, "platlib")
        module.python_purelib = self._site_directory(dependent_spec.prefix, "purelib")

    def setup_dependent_run_environment(self, env, dependent_spec):
        for kind in ("purelib", "platlib"):
            directory = self._site_directory(dependent_spec.prefix, kind)
            if os.path.isdir(directory):
                env.prepend_path("PYTHONPATH", directory)
        programs = dependent_spec.prefix.bin
        if os.path.isdir(programs):
            env.prepend_path("PATH", programs)
