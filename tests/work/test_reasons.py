"""``spack why``: each question with the true reason, on a repository made for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.end_to_end.small_instance import ROOT, Instance

from spack.errors import UsageError
from spack.session.options import Options
from spack.session.session import Session
from spack.work.explaining.decisions import why, why_not

RECIPES: dict[str, str] = {
    "app": """
    version("2.0")
    version("1.0")
    variant("gui", default=False)
    variant("net", default=True)
    depends_on("c", type="build")
    depends_on("lib@:2")
    depends_on("words")
    depends_on("render~fast", when="+gui")
    depends_on("opt", when="+net")
    depends_on("helper")
""",
    "lib": """
    version("3.0")
    version("2.0")
    version("1.0")
    variant("shared", default=True)
    variant("level", default="low", values=("low", "high"))
    variant("parts", default="a", values=("a", "b", "c"), multi=True)
    requires("level=high", when="@2:")
    depends_on("c", type="build")
""",
    "render": """
    version("1.0")
    variant("fast", default=True)
""",
    "alpha": """
    version("1.0")
    provides("words")
""",
    "beta": """
    version("1.0")
    variant("plain", default=True)
    provides("words")
""",
    "helper": """
    version("3.0.dev1")
    version("2.0")
    version("1.0", preferred=True)
""",
    "opt": """
    version("2.0")
    version("1.0")
    depends_on("heavy", when="@2:")
    conflicts("@2:", when="^heavy@1", msg="needs another heavy")
""",
    "heavy": """
    version("1.0")
""",
    "top": """
    version("2.0")
    version("1.0")
    depends_on("base@1~x", when="@2:")
    depends_on("base", when="@1")
    depends_on("words")
    conflicts("^beta", when="@2:")
""",
    "base": """
    version("2.0")
    version("1.0")
    variant("x", default=True)
""",
    "user": """
    version("1.0")
    depends_on("ext@2:")
    depends_on("there")
""",
    "ext": """
    version("2.0")
    version("1.0")
""",
    "there": """
    version("1.0")
    depends_on("heavy")
""",
    "ruled": """
    version("2.0")
    version("1.0")
    variant("x", default=False)
    variant("y", default=False)
""",
    "liked": """
    version("2.0")
    version("1.0")
    variant("x", default=False)
""",
}

PACKAGES = """\
packages:
  all:
    providers:
      words: [beta, alpha]
  ext:
    externals:
    - spec: ext@1.0
      prefix: /opt/ext
  there:
    externals:
    - spec: there@1.0
      prefix: /opt/there
  ruled:
    require:
    - '+x'
    - spec: '@1.0'
      message: the site has tested that
  liked:
    version: ['1.0']
    variants: +x
"""

#: package, where, and lines that must be told in this order; a place is shortened to its file.
Case = tuple[str, str, Sequence[str]]
CASES: list[Case] = [
    # -- presence
    ("app", "app", ["app@2.0 was requested", "version 2.0: the newest release known  [app]"]),
    ("lib", "app", ["app depends on lib@:2  [app]", "lib@2.0:"]),
    ("opt", "app", ["app depends on opt when +net  [app]", "without opt:", "variant changes of"]),
    ("render", "app+gui", ["app depends on render~fast when +gui  [app]", "render@1.0:"]),
    ("ext", "user", ["user depends on ext@2:  [user]"]),
    # -- versions
    ("lib", "app", ["not 3.0:", "app depends on lib@:2  [app]"]),
    (
        "lib",
        "app ^lib@1",
        [
            "not 3.0:",
            "app depends on",
            "not 2.0:",
            "^lib@1 was requested in app ^lib@1  [command line]",
        ],
    ),
    ("app", "app@1.0", ["not 2.0:", "app@1.0 was requested  [command line]"]),
    ("helper", "app", ["version 1.0: the recipe prefers it  [helper]"]),
    ("opt", "app", ["not 2.0:", "needs another heavy  [opt]"]),
    (
        "base",
        "top",
        ["not 2.0:", "version age of roots (to build) would be worse: 0 -> 1, with top@1.0"],
    ),
    ("ruled", "ruled", ["not 2.0:", "the site has tested that  [packages.yaml]"]),
    ("liked", "liked", ["version 1.0: preferred  [packages.yaml]"]),
    # -- variants
    (
        "lib",
        "lib~shared",
        ["not +shared, the default  [lib]:", "lib~shared was requested  [command"],
    ),
    (
        "lib",
        "lib",
        ["not level=low, the default  [lib]:", "version age of roots (to build) would be"],
    ),
    (
        "lib",
        "lib@2",
        ["not level=low, the default", "lib@2 was requested", "lib requires level=high"],
    ),
    ("lib", "lib@1 parts=b", ["not parts=a, the default", "not without parts=b, as by default"]),
    ("render", "app+gui", ["not +fast, the default  [render]:", "app depends on render~fast when"]),
    ("base", "top", ["not +x, the default  [base]:", "version age of roots (to build) would be"]),
    ("ruled", "ruled", ["not ~x, the default  [ruled]:", "ruled requires +x  [packages.yaml]"]),
    ("liked", "liked", ["+x: preferred  [packages.yaml]", "the other variants have their default"]),
    ("beta", "app", ["all variants have their default values"]),
    # -- providers
    (
        "words",
        "app",
        ["app depends on words", "beta@1.0:", "provides words: the first preferred provider"],
    ),
    ("words", "app ^alpha", ["not beta, which stands before it", "^alpha was requested in app"]),
    (
        "words",
        "top",
        ["alpha@1.0:", "not beta, which stands", "version age of roots (to build) would"],
    ),
    # -- compilers, targets, what is there already
    ("app", "app", ["(c): the only possible compiler"]),
    ("app", "app", ["the best that this machine and its compilers support"]),
    ("there", "user", ["an external in /opt/there  [packages.yaml]", "not built:", "packages to"]),
    ("ext", "user", ["not the external ext@1.0:", "user depends on ext@2:  [user]"]),
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Instance:
    """An instance with the repository, asked in this process."""
    directory = tmp_path_factory.mktemp("reasons")
    root = directory / "spack_repo" / "reasons"
    for name, body in RECIPES.items():
        file = root / "packages" / name / "package.py"
        file.parent.mkdir(parents=True)
        text = "from spack.package import *\n\n\nclass {}(Package):\n    has_code = False\n"
        file.write_text(text.format(name.capitalize()) + body)
    (root / "repo.yaml").write_text("repo:\n  namespace: reasons\n  api: v2.0\n")
    instance = Instance(directory / "instance", shared_cache, root)
    scope = directory / "scope"
    scope.mkdir()
    (scope / "packages.yaml").write_text(PACKAGES)
    instance.config = scope
    return instance


def session_of(place: Instance, environment: str = "") -> Session:
    options = Options(scopes=(str(place.config),))
    if environment:
        options = options._replace(environment=environment, directory=True)
    return Session(options, place.variables, str(ROOT))


def plain(lines: Sequence[str]) -> list[str]:
    """Lines without the folders and numbers of places: the recipe's name or the file's."""
    found = []
    for line in lines:
        line = re.sub(r"\[[^\]]*/(\w+)/package.py:\d+\]", r"[\1]", line)
        found.append(re.sub(r"\[[^\]]*/([\w.]+\.yaml)[:\d]*\]", r"[\1]", line).strip())
    return found


def told_in_order(lines: Sequence[str], wanted: Sequence[str]) -> bool:
    rest = iter(lines)
    return all(any(part in line for line in rest) for part in wanted)


@pytest.mark.parametrize("package, where, wanted", CASES, ids=[f"{c[0]} in {c[1]}" for c in CASES])
def test_the_true_reason(place: Instance, package: str, where: str, wanted: Sequence[str]) -> None:
    lines = plain(why(session_of(place), package, [where]))
    assert told_in_order(lines, wanted), "\n".join(lines)
    assert not any("no time" in line for line in lines)


def test_another_target(place: Instance) -> None:
    session = session_of(place)
    family = session.host.family
    lines = plain(why(session, "lib", [f"lib target={family}"]))
    if family == session.host.target:
        assert any("the best that this machine" in line for line in lines)
    else:
        wanted = [f"target {family}; not ", f"lib target={family} was requested  [command line]"]
        assert told_in_order(lines, wanted), "\n".join(lines)


def test_another_compiler(place: Instance) -> None:
    """An older compiler that was requested, and why the newer one is taken otherwise."""
    older = (place.state / "etc" / "spack" / "packages.yaml").read_text()
    version = re.search(r"gcc@([\d.]+)", older)
    assert version is not None
    entry = older[older.index("    - spec: gcc") : older.index("  gmake:")]
    config = place.directory / "two"
    config.mkdir(exist_ok=True)
    (config / "packages.yaml").write_text(
        "packages:\n  gcc:\n    externals:\n" + entry.replace(version.group(1), "5.1.0")
    )
    options = Options(scopes=(str(place.config), str(config)))
    session = Session(options, place.variables, str(ROOT))
    lines = plain(why(session, "app", ["app %c=gcc@5.1.0"]))
    wanted = [
        f"compiled by gcc@5.1.0 (c); not gcc@{version.group(1)}:",
        "%c=gcc@5.1.0 was requested",
    ]
    assert told_in_order(lines, wanted), "\n".join(lines)
    lines = plain(why(session, "app", ["app"]))
    wanted = [f"compiled by gcc@{version.group(1)} (c); not gcc@5.1.0:", "would be worse"]
    assert told_in_order(lines, wanted), "\n".join(lines)


def test_an_environment_is_asked_as_a_whole(place: Instance, tmp_path: Path) -> None:
    text = "spack:\n  view: false\n  concretizer: {{unify: {}}}\n  specs: [app, lib@1]\n"
    (tmp_path / "spack.yaml").write_text(text.format("true"))
    lines = plain(why(session_of(place, str(tmp_path)), "lib", []))
    assert told_in_order(
        lines, ["app@2.0 was requested", "lib@1.0:", "lib@1 was requested  [spack.yaml]"]
    )
    (tmp_path / "spack.yaml").write_text(text.format("false"))
    lines = plain(why(session_of(place, str(tmp_path)), "lib", []))
    assert told_in_order(
        lines, ["lib@2.0:", "app depends on lib@:2", "lib@1.0:", "lib@1 was requested"]
    )
    with pytest.raises(UsageError, match="not in the answer for the environment"):
        why(session_of(place, str(tmp_path)), "ruled", [])


def test_what_is_in_no_answer(place: Instance) -> None:
    with pytest.raises(UsageError, match="render is not in the answer for app"):
        why(session_of(place), "render", ["app"])


def test_why_not_counts(place: Instance) -> None:
    lines = plain(why_not(session_of(place), ["lib~shared"]))
    assert told_in_order(lines, ["shared is True by default", "variant changes of roots"])
