"""The sections view and env_vars, and what install means in an environment."""

from __future__ import annotations

from typing import Any

import pytest
from tests.environments.conftest import alone

from spack.config.scopes.conditions import evaluate
from spack.config.values.path_variables import HostFacts
from spack.config.values.values import Value
from spack.config.values.yaml_values import parse_yaml
from spack.environments.concretization import concretize
from spack.environments.installation import resolve_install
from spack.environments.manifests.development import add_develop, develop_entries, remove_develop
from spack.environments.manifests.manifest import ManifestEditor, parse_manifest_text
from spack.environments.manifests.spec_lists import UserSpec, user_specs
from spack.environments.manifests.view_sections import view_descriptors
from spack.environments.variables import variable_modifications
from spack.errors import AmbiguousError, ConfigurationError, NotFoundError, Origin
from spack.language.parser import parse_spec
from spack.language.specs import Located
from spack.views.descriptors import Link, LinkType, ViewDescriptor

#: The fixture of conftest.py.
Solver = Any


def views(text: str | None) -> list[ViewDescriptor]:
    section = parse_yaml(text, "spack.yaml").data["view"] if text is not None else None
    return view_descriptors(section, "/env", lambda t: t.replace("$x", "ex"))


@pytest.mark.parametrize("text", [None, "view: true", "view:"])
def test_default_view(text: str | None) -> None:
    (view,) = views(text)
    assert (view.name, view.root) == ("default", "/env/.spack-env/view")
    assert (view.link, view.link_type, view.select) == (Link.ALL, LinkType.SYMLINK, ())


def test_no_view() -> None:
    assert views("view: false") == []


def test_view_at_a_path() -> None:
    (view,) = views("view: ../$x/view")
    assert (view.name, view.root) == ("default", "/ex/view")


def test_descriptors() -> None:
    text = """
view:
  mpi:
    root: /a
    select: [^mpi]
    exclude: ['%pgi@18.5']
    projections:
      all: '{name}'
      zlib: '{name}-{version}'
    link: run
    link_type: copy
  default: true
  off: false
"""
    mpi, default = views(text)
    assert [entry.text for entry in mpi.select] == ["^mpi"]
    assert mpi.exclude[0].spec == parse_spec("%pgi@18.5")
    assert mpi.exclude[0].origin.line == 6
    assert [(p.constraint.text, p.path) for p in mpi.projections] == [("zlib", "{name}-{version}")]
    assert mpi.default_projection == "{name}"
    assert (mpi.link, mpi.link_type) == (Link.RUN, LinkType.COPY)
    assert default.root == "/env/.spack-env/view"


@pytest.mark.parametrize(
    "text, words",
    [
        ("view: {a: {root: v}, b: {root: ./v}}", "same root"),
        ("view: {a: {link: run}}", "needs a root"),
        ("view: {a: {root: v, link: some}}", "not one of all, run, roots"),
        ("view: .", "cannot have the root"),
    ],
)
def test_views_that_cannot_be(text: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as caught:
        views(text)
    assert "spack.yaml:1" in str(caught.value)


def variables(text: str) -> Value:
    found: Value = parse_yaml(text, "spack.yaml").data["env_vars"]
    return found


def test_env_vars() -> None:
    text = """
env_vars:
  set: {A: 1, B: $HOME/x, C: true}
  unset: [D]
  prepend_path: {PATH: /p}
  append_path: {PATH: /q}
  remove_path: {LIST: /r}
"""
    env = {"PATH": "/bin", "D": "1", "LIST": "/r:/s"}
    requests = variable_modifications(variables(text), lambda t: t.replace("$HOME", "/home"))
    requests.apply_modifications(env)
    assert env == {"A": "1", "B": "/home/x", "C": "true", "PATH": "/p:/bin:/q", "LIST": "/s"}
    assert len(variable_modifications(None)) == 0


@pytest.mark.parametrize("text", ["env_vars: {set: {A-B: 1}}", "env_vars: {unset: [1A]}"])
def test_names_that_are_no_variables(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        variable_modifications(variables(text))
    assert "spack.yaml:1" in str(caught.value)


def test_when_with_the_names_of_the_document() -> None:
    host = HostFacts("linux", "debian12", "zen3", "x86_64")
    text = """
spack:
  definitions:
  - a: [p0]
    when: platform == 'linux' and os == 'debian12' and target == 'zen3'
  - a: [p1]
    when: arch.satisfies('x86_64:')
  - a: [p2]
    when: architecture.satisfies('target=x86_64:') and not arch.satisfies('aarch64:')
  - a: [p3]
    when: re.match('linux-.*-zen', arch_str) is not None
  - a: [p4]
    when: "'SITE' in env and env['SITE'] == 'here'"
  - a: [p5]
    when: hostname == 'surely not this name'
  specs: [$a]
"""
    manifest = parse_manifest_text(text, "spack.yaml")
    roots = manifest.user_specs(
        lambda clause, origin: evaluate(clause, lambda: host, {"SITE": "here"}, origin)
    )
    assert [root.text for root in roots] == ["p0", "p1", "p2", "p3", "p4"]


# install


def located(text: str) -> Located:
    return Located(parse_spec(text), Origin("command line"), text)


def roots(*texts: str) -> list[UserSpec]:
    lines = "".join(f"- '{text}'\n" for text in texts)
    return user_specs(parse_yaml(f"specs:\n{lines}", "spack.yaml").data["specs"], {})


def test_install_without_arguments_is_everything(solver: Solver) -> None:
    lock = concretize(alone(roots("a", "b")), None, solver).lock
    request = resolve_install([], roots("a", "b"), lock)
    assert [spec.name for spec in request.specs] == ["a", "b"]


def test_install_of_a_root_adds_nothing(solver: Solver) -> None:
    lock = concretize(alone(roots("a", "b@2")), None, solver).lock
    request = resolve_install([located("b")], roots("a", "b@2"), lock)
    assert [spec.name for spec in request.specs] == ["b"] and request.add == ()


def test_install_of_a_root_that_is_not_locked(solver: Solver) -> None:
    assert resolve_install([located("a")], roots("a@1"), None) == ((), ())


def test_install_of_a_dependency_adds_a_root(solver: Solver) -> None:
    lock = concretize(alone(roots("a")), None, solver).lock
    request = resolve_install([located("base")], roots("a"), lock)
    assert request.specs == () and [spec.text for spec in request.add] == ["base"]


def test_install_no_add(solver: Solver) -> None:
    lock = concretize(alone(roots("a")), None, solver).lock
    request = resolve_install([located("base")], roots("a"), lock, no_add=True)
    assert [spec.name for spec in request.specs] == ["base"] and request.add == ()
    with pytest.raises(NotFoundError, match="spack add"):
        resolve_install([located("zlib")], roots("a"), lock, no_add=True)
    with pytest.raises(NotFoundError):
        resolve_install([located("a")], roots("a"), None, no_add=True)


def test_install_of_something_ambiguous(solver: Solver) -> None:
    lock = concretize(alone(roots("a@=1", "a@=2")), None, solver).lock
    with pytest.raises(AmbiguousError) as caught:
        resolve_install([located("a")], roots("a@=1", "a@=2"), lock)
    assert "a@1/" in str(caught.value) and "a@2/" in str(caught.value)
    request = resolve_install([located("a@=2")], roots("a@=1", "a@=2"), lock)
    assert [str(spec.version) for spec in request.specs] == ["2"]


# develop


def test_develop_entries() -> None:
    text = "develop:\n  a: {spec: a@1}\n  b: {spec: '@2+x', path: ../src/b}\n"
    section = parse_yaml(text, "spack.yaml").data["develop"]
    a, b = develop_entries(section, "/env/dir")
    assert (a.path, a.located.spec) == ("/env/dir/a", parse_spec("a@1"))
    assert (b.path, b.located.spec) == ("/env/src/b", parse_spec("b@2+x"))
    assert b.constraint.variants["dev_path"].values == ("/env/src/b",)
    assert develop_entries(None, "/env") == []


@pytest.mark.parametrize("entry", ["{path: x}", "{spec: other@1}"])
def test_develop_entries_that_cannot_be(entry: str) -> None:
    section = parse_yaml("develop:\n  a: " + entry, "spack.yaml").data["develop"]
    with pytest.raises(ConfigurationError) as caught:
        develop_entries(section, "/env")
    assert "spack.yaml:2" in str(caught.value)


def test_develop_is_edited() -> None:
    editor = ManifestEditor(parse_manifest_text("spack:\n  specs: [a]\n", "spack.yaml"))
    add_develop(editor, parse_spec("a@1"))
    add_develop(editor, parse_spec("b@2"), "/src")
    section = parse_manifest_text(editor.text(), "spack.yaml").sections["develop"]
    assert section.plain() == {"a": {"spec": "a@1"}, "b": {"spec": "b@2", "path": "/src"}}
    assert remove_develop(editor, parse_spec("a@2")) == []
    assert remove_develop(editor, parse_spec("a")) == ["a"]
    assert remove_develop(editor, parse_spec("b")) == ["b"]
    assert editor.text() == "spack:\n  specs: [a]\n"
    with pytest.raises(ConfigurationError):
        add_develop(editor, parse_spec("@1"))
