"""Rules that the settings do not spell out."""

from __future__ import annotations

import pytest

from spack.config.settings.module_settings import ModuleKindSettings
from spack.language.concrete_specs import Architecture, ConcreteSpec, External
from spack.language.versions import parse_version
from spack.modulefiles.rules import RecipeFacts, RuleBook

FACTS = RecipeFacts(lambda name: False, lambda node, virtual: None)


@pytest.mark.parametrize(
    ("external", "is_core"),
    [
        (External("/usr", (), {"compilers": {"c": "/usr/bin/gcc"}}), True),
        (External("/opt/gcc", (), {"compilers": {"c": "/usr/local/bin/gcc"}}), True),
        (External("/opt/gcc", (), {"compilers": {"c": "/opt/gcc/bin/gcc"}}), False),
        (External("/opt/gcc"), False),
        (None, False),
    ],
)
def test_compilers_of_the_system_are_core(external: External | None, is_core: bool) -> None:
    architecture = Architecture("linux", "debian12", "x86_64")
    version = parse_version("13.2.0")
    gcc = ConcreteSpec("gcc", version, architecture, namespace="x", external=external)
    assert RuleBook(ModuleKindSettings(), FACTS).is_core_compiler(gcc) == is_core
    named = ModuleKindSettings(core_compilers=("gcc@12",))
    assert not RuleBook(named, FACTS).is_core_compiler(gcc)
