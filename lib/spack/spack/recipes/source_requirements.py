"""Requirements that a source tree states: dependencies for a new recipe.

Only files that state requirements are read (``pyproject.toml``, ``CMakeLists.txt``,
``configure.ac``, ``meson.build``, ``META.json``, ``DESCRIPTION``, ``go.mod``, …); nothing of the
tree is run. Names are turned into those that recipes use. Whether such a recipe exists is the
caller's question.
"""

from __future__ import annotations

import ast
import configparser
import json
import os
import re
from collections.abc import Iterator, Sequence

from spack.named_tuples import NamedTuple
from spack.type_names import Callable

BUILD = "build"
BUILD_AND_RUN = "build_and_run"
LINK = "link"


class Requirement(NamedTuple):
    """A dependency: its spec, and what for (build, build_and_run or link)."""

    spec: str
    purpose: str

    @property
    def name(self) -> str:
        """Package or virtual, without versions."""
        return self.spec.partition("@")[0]

    def directive(self) -> str:
        """The line of a recipe, without indentation."""
        types = {BUILD: ', type="build"', BUILD_AND_RUN: ', type=("build", "run")', LINK: ""}
        return f'depends_on("{self.spec}"{types[self.purpose]})'


#: Languages in the order in which recipes name them.
LANGUAGES = ("c", "cxx", "fortran")

_SUFFIXES = {
    ".c": "c",
    **dict.fromkeys((".cc", ".cpp", ".cxx", ".C"), "cxx"),
    **dict.fromkeys((".f", ".F", ".f90", ".F90", ".f03"), "fortran"),
}

#: Lower-case names of CMake modules and pkg-config files whose recipe is called differently.
_RECIPES = dict(
    pair.split("=")
    for pair in (
        "alsa=alsa-lib arpack=arpack-ng cudatoolkit=cuda eigen3=eigen fftw3=fftw fftw3f=fftw "
        "freetype2=freetype glib-2.0=glib gtest=googletest libcurl=curl libcrypto=openssl "
        "liblzma=xz libpcre=pcre libpcre2-8=pcre2 libssl=openssl libxml-2.0=libxml2 libzstd=zstd "
        "netcdf=netcdf-c opengl=gl perllibs=perl png=libpng pybind11=py-pybind11 python3=python "
        "qt5=qt qt6=qt-base sqlite3=sqlite tiff=libtiff zlib=zlib-api"
    ).split()
)

#: Requirements that every build has, or that are not a package.
_NOTHING = frozenset("threads openmp git pkgconfig dl m rt pthread cmake".split())

_R_ITSELF = frozenset(
    (
        "base compiler datasets graphics grDevices grid methods parallel splines stats stats4 "
        "tcltk tools utils"
    ).split()
)


def requirements(tree: str, template: str) -> list[Requirement]:
    """The requirements that a source tree states, for a template of ``create``.

    Unreadable files say nothing. Of several statements about one package the first counts.
    """
    found: dict[str, Requirement] = {}
    for requirement in _READERS.get(template, _nothing)(_Tree(tree)):
        found.setdefault(requirement.name, requirement)
    order = {name: place for place, name in enumerate(LANGUAGES)}
    kinds = {BUILD: 0, BUILD_AND_RUN: 1, LINK: 2}
    return sorted(
        found.values(), key=lambda one: (order.get(one.name, 9), kinds[one.purpose], one.name)
    )


class _Tree:
    """A directory of sources."""

    def __init__(self, root: str) -> None:
        self.root = root

    def text(self, name: str) -> str:
        """A file, empty if there is none."""
        try:
            with open(os.path.join(self.root, name), encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def named(self, ending: str) -> str | None:
        """The first file at the top with such a name."""
        return next((name for name in sorted(os.listdir(self.root)) if name.endswith(ending)), None)

    def languages(self) -> Iterator[Requirement]:
        """By the endings of the source files, two levels deep."""
        seen = set()
        for folder, folders, files in os.walk(self.root):
            if os.path.relpath(folder, self.root).count(os.sep) >= 1:
                folders.clear()
            seen |= {_SUFFIXES.get(os.path.splitext(name)[1]) for name in files}
        for language in LANGUAGES:
            if language in seen:
                yield Requirement(language, BUILD)


def _nothing(tree: _Tree) -> Iterator[Requirement]:
    yield from ()


def _library(name: str, least: str = "") -> Iterator[Requirement]:
    """A library by the name that CMake or pkg-config knows."""
    key = name.lower()
    if key not in _NOTHING:
        recipe = _RECIPES.get(key, re.sub(r"[^a-z0-9-]+", "-", key).strip("-"))
        # Of a virtual or renamed package the version would be another one's.
        versions = f"@{least}:" if least and recipe == key else ""
        yield Requirement(recipe + versions, LINK)


def _with_languages(tree: _Tree, stated: Sequence[str]) -> Iterator[Requirement]:
    if stated:
        yield from (Requirement(name, BUILD) for name in LANGUAGES if name in stated)
    else:
        yield from tree.languages()


# -- compiled languages --------------------------------------------------------------------------


def _of_cmake(tree: _Tree) -> Iterator[Requirement]:
    text = re.sub(r"#[^\n]*", "", tree.text("CMakeLists.txt"))
    stating = r"cmake_minimum_required\s*\(\s*VERSION\s+(\d+(?:\.\d+)*)"
    least = re.search(stating, text, re.IGNORECASE)
    if least:
        yield Requirement(f"cmake@{least.group(1)}:", BUILD)
    project = re.search(r"\bproject\s*\(([^)]*)\)", text, re.IGNORECASE)
    words = project.group(1).split()[1:] if project else []
    names = {"C": "c", "CXX": "cxx", "Fortran": "fortran"}
    stated = [names[word] for word in words if word in names]
    if project and not stated and "NONE" not in words and "LANGUAGES" not in words:
        stated = ["c", "cxx"]
    yield from _with_languages(tree, stated)
    for name, words_after in re.findall(r"\bfind_package\s*\(\s*([\w+-]+)([^)]*)\)", text):
        version = re.match(r"\s+(\d[\d.]*)", words_after)
        yield from _library(name, version.group(1) if version else "")
    for words_in in re.findall(r"\bpkg_(?:check|search)_modules?\s*\(\s*\w+([^)]*)\)", text):
        yield Requirement("pkgconfig", BUILD)
        for name, version_text in re.findall(r"([\w.+-]+)(?:>=([\d.]+))?", words_in):
            if name not in ("REQUIRED", "QUIET", "IMPORTED_TARGET", "GLOBAL"):
                yield from _library(name, version_text)


def _of_meson(tree: _Tree) -> Iterator[Requirement]:
    text = re.sub(r"#[^\n]*", "", tree.text("meson.build"))
    least = re.search(r"meson_version\s*:\s*'\s*>=?\s*([\d.]+)", text)
    if least:
        yield Requirement(f"meson@{least.group(1)}:", BUILD)
    project = re.search(r"\bproject\s*\(\s*'[^']*'((?:\s*,\s*'[^']*')*)", text)
    names = {"c": "c", "cpp": "cxx", "fortran": "fortran"}
    words = re.findall(r"'([^']*)'", project.group(1)) if project else []
    yield from _with_languages(tree, [names[word] for word in words if word in names])
    for name, rest in re.findall(r"\bdependency\s*\(\s*'([^']+)'([^)]*)\)", text):
        yield Requirement("pkgconfig", BUILD)
        version = re.search(r"version\s*:\s*'\s*>=\s*([\d.]+)", rest)
        yield from _library(name, version.group(1) if version else "")


def _of_autotools(tree: _Tree) -> Iterator[Requirement]:
    text = tree.text("configure.ac") or tree.text("configure.in")
    text = re.sub(r"(^|\s)(#|dnl\b)[^\n]*", "", text)
    macros = (("AC_PROG_CC", "c"), ("AC_PROG_CXX", "cxx"), ("AC_PROG_F(?:C|77)", "fortran"))
    stated = [name for macro, name in macros if re.search(rf"\b{macro}\b", text)]
    yield from _with_languages(tree, stated)
    pattern = r"\bPKG_CHECK_MODULES\s*\(\s*\[?\w+\]?\s*,\s*\[?([^],)]*)"
    for words in re.findall(pattern, text):
        yield Requirement("pkgconfig", BUILD)
        for name, version in re.findall(r"([A-Za-z][\w.+-]*)(?:\s*>=\s*([\d.]+))?", words):
            yield from _library(name, version)
    libraries = {"z": "zlib", "bz2": "bzip2", "lzma": "liblzma", "curl": "libcurl", "png": "png"}
    for name in re.findall(r"\bAC_(?:CHECK_LIB|SEARCH_LIBS)\s*\(\s*\[?(\w+)", text):
        if name in libraries:
            yield from _library(libraries[name])


# -- other languages -----------------------------------------------------------------------------


def _of_python(tree: _Tree) -> Iterator[Requirement]:
    project = tree.text("pyproject.toml")
    for text in _strings_of_toml(project, "build-system", "requires"):
        yield from _python_package(text, BUILD)
    python = _strings_of_toml(project, "project", "requires-python")
    needed = _strings_of_toml(project, "project", "dependencies")
    legacy_python, legacy = _legacy_python(tree)
    if not project:
        yield Requirement("py-setuptools", BUILD)
    for words in python or legacy_python:
        yield Requirement("python" + _versions(words), BUILD_AND_RUN)
    for text in needed or legacy:
        yield from _python_package(text, BUILD_AND_RUN)


def _legacy_python(tree: _Tree) -> tuple[list[str], list[str]]:
    """The same from ``setup.cfg`` or ``setup.py``: versions of Python, and packages."""
    config = configparser.ConfigParser(interpolation=None)
    try:
        config.read_string(tree.text("setup.cfg"))
    except configparser.Error:
        config = configparser.ConfigParser(interpolation=None)
    python = config.get("options", "python_requires", fallback="")
    needed = config.get("options", "install_requires", fallback="").splitlines()
    if python or needed:
        return [python] if python else [], [line.strip() for line in needed if line.strip()]
    try:
        module = ast.parse(tree.text("setup.py"))
    except (SyntaxError, ValueError):  # older Pythons raise ValueError for null bytes
        return [], []
    words: dict[str, list[str]] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.keyword) and node.arg in ("python_requires", "install_requires"):
            constants = [n for n in ast.walk(node.value) if isinstance(n, ast.Constant)]
            words[node.arg] = [str(n.value) for n in constants if isinstance(n.value, str)]
    return words.get("python_requires", [])[:1], words.get("install_requires", [])


def _strings_of_toml(text: str, table: str, key: str) -> list[str]:
    """The strings of one key: a single one, or a list over several lines."""
    section = re.search(rf"^\[{re.escape(table)}\][^\n]*\n(.*?)(?=^\[|\Z)", text, re.M | re.S)
    if section is None:
        return []
    string = r"\"([^\"]*)\"|'([^']*)'"
    start = re.search(rf"^{re.escape(key)}\s*=\s*", section.group(1), re.M)
    if start is None:
        return []
    rest = section.group(1)[start.end() :]
    if not rest.startswith("["):
        found = re.match(string, rest)
        return [found.group(1) or found.group(2) or ""] if found else []
    listed: list[str] = []
    for token in re.finditer(rf"{string}|#[^\n]*|\]", rest[1:]):
        if token.group(0) == "]":
            break
        if not token.group(0).startswith("#"):
            listed.append(token.group(1) or token.group(2) or "")
    return listed


def _python_package(text: str, purpose: str) -> Iterator[Requirement]:
    """A requirement as the Python packaging standards write it."""
    plain, _, marker = text.partition(";")
    if "extra" in marker or re.search(r"win32|Windows|Darwin|darwin", marker):
        return
    match = re.match(r"\s*([A-Za-z0-9][\w.-]*)\s*(?:\[[^]]*\])?\s*\(?([^)]*)\)?", plain)
    if match and "@" not in match.group(2):
        name = re.sub(r"[-_.]+", "-", match.group(1)).lower()
        yield Requirement(
            (name if name.startswith("py-") else f"py-{name}") + _versions(match.group(2)), purpose
        )


def _versions(text: str) -> str:
    """``@…`` for comparisons such as ``>=1.2,<2``; empty if they allow everything."""
    low, high = "", ""
    for sign, version in re.findall(r"(===?|~=|~>|!=|<=|>=|<|>)\s*v?(\d[\w.]*)", text):
        version = version.rstrip(".")
        if sign in ("==", "==="):
            return f"@{version}"
        if sign in ("~=", "~>"):
            low, high = version, version.rpartition(".")[0]
        elif sign in (">=", ">"):
            low = version
        elif sign == "<=":
            high = version
        elif sign == "<":
            high = _before(version)
    return f"@{low}:{high}" if low or high else ""


def _before(version: str) -> str:
    """The last release series before a version: 1 for 2.0, 2.4 for 2.5, nothing before 0."""
    parts = [int(part) for part in re.findall(r"\d+", version)]
    while parts and parts[-1] == 0:
        parts.pop()
    if not parts:
        return ""
    return ".".join(map(str, [*parts[:-1], parts[-1] - 1]))


def _of_perl(tree: _Tree) -> Iterator[Requirement]:
    needed: dict[str, str] = {}
    try:
        stated = json.loads(tree.text("META.json"))["prereqs"]["runtime"]["requires"]
        needed = {str(name): str(version) for name, version in stated.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        script = tree.text("Makefile.PL") + tree.text("Build.PL")
        for block in re.findall(r"(?:PREREQ_PM|\brequires)['\"]?\s*=>\s*\{([^}]*)\}", script):
            needed.update(re.findall(r"['\"]?([\w:]+)['\"]?\s*=>\s*['\"]?([\d.]*)", block))
    for name, version in needed.items():
        least = f"@{version}:" if re.fullmatch(r"v?\d[\d.]*", version) and version != "0" else ""
        recipe = "perl" if name == "perl" else "perl-" + name.replace("::", "-").lower()
        least = _perl_version(least) if name == "perl" else least
        yield Requirement(recipe + least, BUILD_AND_RUN)


def _perl_version(text: str) -> str:
    """Perl's own versions: 5.010001 is 5.10.1."""
    match = re.fullmatch(r"@5\.(\d{3})(\d{3})?:", text)
    if match is None:
        return text
    return f"@5.{int(match.group(1))}.{int(match.group(2) or 0)}:"


def _of_r(tree: _Tree) -> Iterator[Requirement]:
    fields = dict(
        re.findall(r"^([\w/@]+):[ \t]*(.*(?:\n[ \t]+.*)*)", tree.text("DESCRIPTION"), re.M)
    )
    for field in ("Depends", "Imports", "LinkingTo"):
        for name, words in re.findall(r"([\w.]+)\s*(?:\(([^)]*)\))?", fields.get(field, "")):
            if name == "R":
                yield Requirement("r" + _versions(words), BUILD_AND_RUN)
            elif name not in _R_ITSELF:
                recipe = "r-" + name.replace(".", "-").lower()
                yield Requirement(recipe + _versions(words), BUILD_AND_RUN)
    yield from (Requirement(one.name, BUILD) for one in tree.languages())


def _of_cargo(tree: _Tree) -> Iterator[Requirement]:
    for version in _strings_of_toml(tree.text("Cargo.toml"), "package", "rust-version"):
        yield Requirement(f"rust@{version}:", BUILD)


def _of_go(tree: _Tree) -> Iterator[Requirement]:
    version = re.search(r"^go\s+(\d[\d.]*)", tree.text("go.mod"), re.M)
    if version:
        yield Requirement(f"go@{version.group(1)}:", BUILD)


def _of_ruby(tree: _Tree) -> Iterator[Requirement]:
    text = tree.text(tree.named(".gemspec") or "")
    ruby = re.search(r"required_ruby_version\s*=\s*.*?['\"]([^'\"]*)", text)
    if ruby:
        yield Requirement("ruby" + _versions(ruby.group(1)), BUILD_AND_RUN)
    pattern = r"add_(?:runtime_)?dependency\W+([\w-]+)['\"]?\s*(?:,\s*['\"]([^'\"]*))?"
    for name, words in re.findall(pattern, text):
        yield Requirement(f"ruby-{name.lower()}" + _versions(words), BUILD_AND_RUN)


_READERS: dict[str, Callable[[_Tree], Iterator[Requirement]]] = {
    "autoreconf": _of_autotools,
    "autotools": _of_autotools,
    "cargo": _of_cargo,
    "cmake": _of_cmake,
    "go": _of_go,
    "meson": _of_meson,
    "perlbuild": _of_perl,
    "perlmake": _of_perl,
    "python": _of_python,
    "r": _of_r,
    "ruby": _of_ruby,
    **dict.fromkeys(("generic", "makefile", "qmake", "scons", "waf"), _Tree.languages),
}
