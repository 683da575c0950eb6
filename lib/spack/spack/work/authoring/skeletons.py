"""New recipes: what an archive contains tells its build system, that gives the first text."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from spack.errors import ExistsError, UsageError
from spack.named_tuples import NamedTuple
from spack.recipes.finding.repositories import Repository
from spack.recipes.repository_names import class_name_of
from spack.recipes.source_requirements import LANGUAGES, Requirement, requirements
from spack.sources.fetching import network
from spack.sources.fetching.checksums import file_digest
from spack.system.files.archives import extract
from spack.system.files.writing import atomic_write, mkdirp
from spack.type_names import TYPE_CHECKING
from spack.work.authoring.upstream_versions import fetched, parse_url, passing_stage, version_line

if TYPE_CHECKING:
    from spack.recipes.finding.repositories import RepositoryPath
    from spack.session.parts import AuthoringParts


class Template(NamedTuple):
    """A kind of recipe.

    Attributes:
        base: class that it inherits from; it comes from the build system ``module``.
        lines: the rest of the class body.
        prefix: what names of such packages begin with.
    """

    base: str
    module: str
    lines: tuple[str, ...] = ()
    prefix: str = ""


def _method(name: str, first: str, *more: str) -> tuple[str, ...]:
    return (f"    def {name}:", *(f"        {line}" for line in (first, *more)))


_C = ('    depends_on("c", type="build")', "")

TEMPLATES: dict[str, Template] = {
    "autoreconf": Template(
        "AutotoolsPackage",
        "autotools",
        (
            *_C[:1],
            *(
                f'    depends_on("{tool}", type="build")'
                for tool in ("autoconf", "automake", "libtool", "m4")
            ),
            "",
            *_method("configure_args(self)", "return []"),
        ),
    ),
    "autotools": Template(
        "AutotoolsPackage", "autotools", (*_C, *_method("configure_args(self)", "return []"))
    ),
    "bazel": Template(
        "Package",
        "generic",
        (
            '    depends_on("bazel", type="build")',
            "",
            *_method("install(self, spec, prefix)", "bazel()"),
        ),
    ),
    "bundle": Template("BundlePackage", "bundle", ('    depends_on("zlib-api")',)),
    "cargo": Template("CargoPackage", "cargo"),
    "cmake": Template("CMakePackage", "cmake", (*_C, *_method("cmake_args(self)", "return []"))),
    "generic": Template(
        "Package",
        "generic",
        _method("install(self, spec, prefix)", "install_tree(self.stage.source_path, prefix)"),
    ),
    "go": Template("GoPackage", "go"),
    "lua": Template("LuaPackage", "lua", prefix="lua-"),
    "makefile": Template(
        "MakefilePackage",
        "makefile",
        (*_C, *_method("install(self, spec, prefix)", 'make("install", f"PREFIX={prefix}")')),
    ),
    "maven": Template("MavenPackage", "maven"),
    "meson": Template("MesonPackage", "meson", (*_C, *_method("meson_args(self)", "return []"))),
    "octave": Template("OctavePackage", "octave", ('    extends("octave")',), "octave-"),
    "perlbuild": Template("PerlPackage", "perl", prefix="perl-"),
    "perlmake": Template("PerlPackage", "perl", prefix="perl-"),
    "python": Template(
        "PythonPackage", "python", ('    depends_on("py-setuptools", type="build")',), "py-"
    ),
    "qmake": Template("QMakePackage", "qmake", _method("qmake_args(self)", "return []")),
    "r": Template("RPackage", "r", prefix="r-"),
    "racket": Template("RacketPackage", "racket", prefix="rkt-"),
    "ruby": Template("RubyPackage", "ruby", prefix="ruby-"),
    "scons": Template(
        "SConsPackage", "scons", _method("build_args(self, spec, prefix)", "return []")
    ),
    "sip": Template("SIPPackage", "sip", prefix="py-"),
    "waf": Template("WafPackage", "waf"),
}

#: Files that tell the build system, the strongest sign first; a name or a pattern.
_SIGNS: tuple[tuple[str, str], ...] = (
    (r"CMakeLists\.txt", "cmake"),
    (r"meson\.build", "meson"),
    (r"configure", "autotools"),
    (r"configure\.(ac|in)", "autoreconf"),
    (r"Cargo\.toml", "cargo"),
    (r"go\.mod", "go"),
    (r"pyproject\.toml|setup\.(py|cfg)", "python"),
    (r"Build\.PL", "perlbuild"),
    (r"Makefile\.PL", "perlmake"),
    (r"NAMESPACE", "r"),
    (r"DESCRIPTION", "octave"),
    (r".*\.gemspec|Rakefile", "ruby"),
    (r".*\.rockspec", "lua"),
    (r"pom\.xml", "maven"),
    (r"SConstruct", "scons"),
    (r"wscript|waf", "waf"),
    (r"info\.rkt", "racket"),
    (r"(BUILD|WORKSPACE|MODULE)(\.bazel)?", "bazel"),
    (r".*\.pro", "qmake"),
    (r"configure\.py", "sip"),
    (r"(GNU)?[Mm]akefile", "makefile"),
)

_BY_ENDING = {".gem": "ruby", ".rock": "lua", ".whl": "python"}


class Skeleton(NamedTuple):
    """A new recipe, written or yet to be."""

    name: str
    version: str | None
    template: str
    path: str
    text: str


def guess_template(names: Sequence[str], url: str = "") -> str:
    """The template for a source tree with these files at its top, or for such an archive."""
    for ending, template in _BY_ENDING.items():
        if url.endswith(ending):
            return template
    for pattern, template in _SIGNS:
        if any(re.fullmatch(pattern, name) for name in names):
            return template
    return "generic"


def create(
    parts: AuthoringParts,
    url: str | None,
    *,
    name: str | None,
    template: str | None,
    repository: str | None,
    namespace: str | None,
    force: bool,
    keep_stage: bool = False,
) -> Skeleton:
    """Fetch an archive, look what it is, write a recipe for it in a repository.

    Args:
        url: address or path of the archive; None for a template without a source.
        repository: directory of the repository; by default that of the namespace, or the first.

    Raises:
        UsageError, ExistsError, DownloadError, ArchiveError.
    """
    if url is not None and "://" not in url:
        url = network.address_of(os.path.abspath(url))
    parsed = parse_url(url) if url else None
    chosen = name or (parsed.name if parsed else None)
    if not chosen:
        raise UsageError("the name of the package is missing", hint="give -n NAME")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", chosen):
        raise UsageError(
            f"'{chosen}' is not a valid package name",
            hint="use lower-case letters, digits and dashes",
        )
    target = _repository(parts.repositories, repository, namespace)
    version = parsed.version if parsed else None
    digest = None
    needed: Sequence[Requirement] = ()
    kind = template
    if url is not None:
        digest, found, needed = _looked_at(parts, url, keep_stage, template)
        kind = template or found
    kind = kind or "generic"
    if name is None and not chosen.startswith(TEMPLATES[kind].prefix):
        chosen = TEMPLATES[kind].prefix + chosen
    path = target.recipe_file(chosen)
    if os.path.exists(path) and not force:
        raise ExistsError(
            f"the recipe {path} already exists",
            hint=f"edit it with spack edit {chosen}, or replace it with create -f",
        )
    text = recipe_text(
        parts.repositories, chosen, TEMPLATES[kind], target.namespace, url, version, digest, needed
    )
    mkdirp(os.path.dirname(path))
    atomic_write(path, text)
    return Skeleton(chosen, version, kind, path, text)


def _repository(
    repositories: RepositoryPath, directory: str | None, namespace: str | None
) -> Repository:
    if directory is not None:
        return Repository(directory)
    if namespace is not None:
        return repositories.by_namespace(namespace)
    return repositories.repositories[0]


def _looked_at(
    parts: AuthoringParts, url: str, keep_stage: bool, template: str | None
) -> tuple[str, str, list[Requirement]]:
    """The digest of an archive, the template for what it contains, and what that needs."""
    settings = parts.settings
    told = parts.reporter.information if keep_stage else None
    with passing_stage(settings, "create", "the sources are", told) as directory:
        archive = fetched(settings, url, directory)
        digest = file_digest(archive)
        if os.path.splitext(url)[1] in _BY_ENDING:
            return digest, guess_template([], url), []
        tree = os.path.join(directory, "tree")
        mkdirp(tree)
        extract(archive, tree)
        names = os.listdir(tree)
        if len(names) == 1 and os.path.isdir(os.path.join(tree, names[0])):
            tree = os.path.join(tree, names[0])
        found = guess_template(sorted(os.listdir(tree)), url)
        return digest, found, requirements(tree, template or found)


def recipe_text(
    repositories: RepositoryPath,
    name: str,
    template: Template,
    namespace: str,
    url: str | None,
    version: str | None,
    digest: str | None,
    needed: Sequence[Requirement] = (),
) -> str:
    """The text of a new recipe; requirements that no recipe meets are comments in it."""
    owner = _owner_of(repositories, template, namespace)
    module = f"spack_repo.{owner}.build_systems.{template.module}"
    lines: list[str] = [f"from {module} import {template.base}", "", "from spack.package import *"]
    lines += ["", "", f"class {class_name_of(name)}({template.base}):"]
    lines += [f'    """{name}: describe here what it does."""', ""]
    lines += ['    homepage = "https://www.example.com"']
    if url is not None:
        lines += [f'    url = "{url}"']
    lines += ["", '    license("UNKNOWN")']
    if version and digest:
        lines += ["", version_line(version, digest)]
    elif template.base == "BundlePackage":
        lines += ["", '    version("1.0")']
    rest = list(template.lines)
    if needed:
        known = [one for one in needed if _is_known(repositories, one)]
        lines += ["", *(f"    {one.directive()}" for one in known)]
        lines += [
            f"    # There is no recipe yet for {one.spec}." for one in needed if one not in known
        ]
        given = [line for line in rest if line.startswith("    depends_on(")]
        stated = {one.name for one in needed}
        if stated & {*LANGUAGES, "py-setuptools"} or template.base == "PythonPackage":
            rest = [line for line in rest if line not in given or line.split('"')[1] in _AUTORECONF]
        while rest and not rest[0]:
            rest.pop(0)
    if rest:
        lines += ["", *rest]
    return "\n".join(lines) + "\n"


#: Build tools that a template names because the sources do not.
_AUTORECONF = frozenset(("autoconf", "automake", "libtool", "m4"))


def _is_known(repositories: RepositoryPath, requirement: Requirement) -> bool:
    name = requirement.name
    return repositories.exists(name) or repositories.is_virtual(name)


def _owner_of(repositories: RepositoryPath, template: Template, namespace: str) -> str:
    """Namespace of the repository that has the build system."""
    for repository in repositories.repositories:
        path = os.path.join(repository.root, "build_systems", template.module + ".py")
        if os.path.isfile(path):
            return repository.namespace
    return namespace
