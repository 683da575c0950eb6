"""The interface of ours for scripts."""

from __future__ import annotations

import inspect
from typing import Callable

from tests.end_to_end.small_instance import Instance
from tests.scripting.conftest import own_lines

from spack.scripting import interface

START = "from spack.scripting.interface import *\nfrom spack.builds.options import *\n"


#: What scripts may rely on: parameters of every public method, in their order.
SURFACE = {
    "Spack": {
        "__init__": "environment settings options",
        "change_setting": "path value scope",
        "concretize": "specs tests",
        "create_environment": "name source view",
        "environment": "name",
        "environments": "",
        "find": "constraints explicit",
        "install": "specs options",
        "installed": "spec",
        "outside": "",
        "package_names": "patterns",
        "prefix": "spec",
        "setting": "path default",
        "uninstall": "specs dependents force",
    },
    "EnvironmentHandle": {
        "__init__": "session",
        "add": "specs",
        "concrete_roots": "",
        "concretize": "force tests",
        "install": "options",
        "remove": "specs",
        "roots": "",
        "specs": "",
    },
}


def test_nothing_that_scripts_rely_on_goes_away() -> None:
    for name, methods in SURFACE.items():
        cls = getattr(interface, name)
        for method, parameters in methods.items():
            found = list(inspect.signature(getattr(cls, method)).parameters)[1:]
            assert found[: len(parameters.split())] == parameters.split(), method
    assert isinstance(interface.Spack.root, property)
    assert isinstance(interface.Spack.store_root, property)
    for name in ("name", "directory"):
        assert isinstance(getattr(interface.EnvironmentHandle, name), property)


def test_questions(printed: Callable[..., str]) -> None:
    code = """
spack = Spack()
print([f"{one.spec.name}@{one.spec.version}" for one in spack.find("answer@2", "asker")])
print([one.spec.name for one in spack.find("asker", explicit=False)])
one = spack.installed("asker")
print(one.explicit, one.prefix == spack.prefix(one.spec), one.prefix.startswith(spack.store_root))
print(spack.package_names("ask*"), spack.environments(), spack.root != "")
print([str(spec.version) for spec in spack.concretize("answer@:1", "asker")], spack.concretize())
print(Spack(settings=["config:build_jobs:7"]).setting("config:build_jobs"))
asking = spack.environment("asking")
print(asking.name, asking.roots(), [(text, spec.name) for text, spec in asking.concrete_roots()])
print({"asker", "answer"} <= {spec.name for spec in asking.specs()})
print([one.spec.name for one in Spack("asking").find("answer")], len(spack.find("answer")))
try:
    spack.environment()
except Exception as error:
    print(error.message)
try:
    spack.installed("answer")
except Exception as error:
    print(type(error).__name__)
"""
    assert printed(START + code).splitlines() == [
        "['answer@2.0', 'asker@1.0']",
        "[]",
        "True True True",
        "['asker'] ['asking'] True",
        "['1.0', '1.0'] []",
        "7",
        "asking ['asker'] [('asker', 'asker')]",
        "True",
        "['answer'] 2",
        "this command needs an active environment",
        "AmbiguousError",
    ]


def test_changes(instance: Instance) -> None:
    code = """
spack = Spack()
concrete = spack.concretize("answer@1.0")[0]
done = spack.install(concrete, "asker", options=InstallOptions(fake=True))
print([(one.spec.name, one.explicit) for one in done])
print([spec.name for spec in spack.uninstall("asker")], len(spack.find("asker")))
print(spack.change_setting("packages:answer:require", "@1.0").endswith("packages.yaml"))
print(spack.setting("packages:answer:require"), spack.concretize("answer")[0].version)
mine = spack.create_environment("mine", view=False)
print(mine.add("answer"), mine.add("answer"), mine.roots())
print([(text, str(spec.version)) for text, spec in mine.concretize()])
mine.install(InstallOptions(fake=True))
print([one.spec.name for one in Spack("mine").find()][0], mine.remove("answer"), mine.roots())
"""
    assert own_lines(instance.ok("python", "-c", START + code)) == [
        "[('answer', True), ('asker', True)]",
        "['asker'] 0",
        "True",
        "@1.0 1.0",
        "['answer'] [] ['answer']",
        "[('answer', '1.0')]",
        "answer ['answer'] []",
    ]
