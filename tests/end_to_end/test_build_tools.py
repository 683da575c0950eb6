"""One tiny package of each build system, built from source by the real tool and used afterwards.

The recipes of the tools are written here: each describes an installation of the machine, named in
``packages.yaml``. A test skips where its tool is missing; ``.ci/run`` installs all of them.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from tests.end_to_end.small_instance import Instance

#: Name of a tool to the file that must exist and the body of its recipe.
TOOLS: dict[str, tuple[str, str]] = {
    "meson": ("meson", "module.meson = Executable(self.prefix.bin.meson)"),
    "scons": ("scons", "module.scons = Executable(self.prefix.bin.scons)"),
    "go": ("go", "module.go = Executable(self.prefix.bin.go)"),
    "rust": ("cargo", "module.cargo = Executable(self.prefix.bin.cargo)"),
    "qmake": ("qmake", "module.qmake = Executable(self.prefix.bin.qmake)"),
    "octave": ("octave-cli", "module.octave = Executable(self.prefix.bin.join('octave-cli'))"),
    "ruby": (
        "gem",
        "module.gem = Executable(self.prefix.bin.gem)\n"
        "        module.rake = Executable(self.prefix.bin.rake)",
    ),
    "r": (
        "R",
        "module.R = Executable(self.prefix.bin.R)\n"
        "        module.r_lib_dir = dependent_spec.prefix.rlib.R.library",
    ),
    "lua": (
        "luarocks",
        "module.luarocks = Executable(self.prefix.bin.luarocks)\n"
        "        module.luarocks.add_default_arg('--lua-version=5.4')",
    ),
    "racket": ("raco", "pass"),
    "py-sip": ("sip-build", "pass"),
    "maven": ("mvn", "pass"),
    "openjdk": ("javac", "pass"),
}

TOOL_RECIPE = '''
class {class_name}(ExternalPackage):
    """A tool of the machine."""

    extendable = True
    {provides}

    def setup_dependent_package(self, module, dependent_spec):
        {body}
'''

HELLO = '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n'

#: Where Debian keeps plug-ins of Maven; nothing is downloaded.
MAVEN_REPOSITORY = "/usr/share/maven-repo"

#: Package to (class, module of the build system, further lines of the recipe, files).
PACKAGES: dict[str, tuple[str, str, str, dict[str, str]]] = {
    "by-makefile": (
        "MakefilePackage",
        "makefile",
        '    depends_on("c", type="build")\n'
        "    def edit(self, spec, prefix):\n"
        '        filter_file("nowhere", prefix, "Makefile")\n',
        {
            "hello.c": HELLO,
            "Makefile": "hello: hello.c\n\t$(CC) -o $@ $<\n"
            "install: hello\n\tmkdir -p nowhere/bin\n\tcp hello nowhere/bin\n",
        },
    ),
    "by-autotools": (
        "AutotoolsPackage",
        "autotools",
        '    depends_on("c", type="build")\n'
        '    variant("loud", default=True)\n'
        "    def configure_args(self):\n"
        '        return self.enable_or_disable("loud")\n',
        {
            "hello.c": HELLO,
            "configure": "#!/bin/sh\ntouch failed\nfor word do case $word in\n"
            "--prefix=*) prefix=${word#*=};;\n--enable-loud) rm failed;;\nesac; done\n"
            'test ! -f failed && printf "all: hello\\ninstall: hello\\n\\tmkdir -p $prefix/bin\\n'
            '\\tcp hello $prefix/bin\\n" > Makefile\n',
        },
    ),
    "by-cmake": (
        "CMakePackage",
        "cmake",
        '    depends_on("c", type="build")\n',
        {
            "hello.c": HELLO,
            "CMakeLists.txt": "cmake_minimum_required(VERSION 3.10)\nproject(hello C)\n"
            "add_executable(hello hello.c)\ninstall(TARGETS hello DESTINATION bin)\n",
        },
    ),
    "by-cached-cmake": (
        "CachedCMakePackage, cmake_cache_option, cmake_cache_string",
        "cached_cmake",
        '    depends_on("c", type="build")\n'
        "    def initconfig_compiler_entries(self):\n"
        "        entries = super().initconfig_compiler_entries()\n"
        '        entries.append(cmake_cache_string("SOMEWHERE", "/some\\\\where"))\n'
        "        return entries\n"
        "    def initconfig_package_entries(self):\n"
        '        return [cmake_cache_option("WANTED", True)]\n',
        {
            "hello.c": HELLO,
            "CMakeLists.txt": "cmake_minimum_required(VERSION 3.10)\nproject(hello C)\n"
            'if(NOT WANTED OR NOT SOMEWHERE STREQUAL "/some\\\\where")\n'
            'message(FATAL_ERROR "the cache was not read: ${SOMEWHERE}")\nendif()\n'
            "add_executable(hello hello.c)\ninstall(TARGETS hello DESTINATION bin)\n",
        },
    ),
    "by-meson": (
        "MesonPackage",
        "meson",
        '    depends_on("c", type="build")\n',
        {
            "hello.c": HELLO,
            "meson.build": "project('hello', 'c')\nexecutable('hello', 'hello.c', install: true)\n",
        },
    ),
    "by-scons": (
        "SConsPackage",
        "scons",
        '    depends_on("c", type="build")\n'
        "    def install_args(self, spec, prefix):\n"
        '        return [f"PREFIX={prefix}"]\n',
        {
            "hello.c": HELLO,
            "SConstruct": "import os\nenv = Environment(ENV=os.environ, CC=os.environ['CC'])\n"
            "program = env.Program('hello', 'hello.c')\n"
            "where = ARGUMENTS.get('PREFIX', 'nowhere')\n"
            "env.Alias('install', env.Install(where + '/bin', program))\nDefault(program)\n",
        },
    ),
    "by-qmake": (
        "QMakePackage",
        "qmake",
        '    depends_on("cxx", type="build")\n'
        "    def qmake_args(self):\n"
        '        return [f"PREFIX={self.prefix}"]\n',
        {
            "hello.cpp": '#include <cstdio>\nint main() { std::puts("hello"); }\n',
            "hello.pro": "CONFIG -= qt\nTEMPLATE = app\nTARGET = hello\nSOURCES = hello.cpp\n"
            "target.path = $$PREFIX/bin\nINSTALLS += target\n",
        },
    ),
    "by-go": (
        "GoPackage",
        "go",
        "",
        {
            "go.mod": "module example.org/hello\n\ngo 1.18\n",
            "main.go": 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("hello") }\n',
        },
    ),
    "by-cargo": (
        "CargoPackage",
        "cargo",
        '    depends_on("c", type="build")\n',
        {
            "Cargo.toml": '[package]\nname = "hello"\nversion = "1.0.0"\nedition = "2018"\n',
            "Cargo.lock": 'version = 3\n\n[[package]]\nname = "hello"\nversion = "1.0.0"\n',
            "src/main.rs": 'fn main() { println!("hello"); }\n',
        },
    ),
    "by-perl": (
        "PerlPackage",
        "perl",
        '    use_modules = ["Hello"]\n',
        {
            "Makefile.PL": "use ExtUtils::MakeMaker;\n"
            "WriteMakefile(NAME => 'Hello', VERSION_FROM => 'lib/Hello.pm');\n",
            "lib/Hello.pm": "package Hello;\nour $VERSION = '1.0';\nsub word { 'hello' }\n1;\n",
        },
    ),
    "by-ruby": (
        "RubyPackage",
        "ruby",
        "",
        {
            "hello.gemspec": "Gem::Specification.new do |s|\n  s.name = 'hello'\n"
            "  s.version = '1.0'\n  s.summary = 'Hello'\n  s.authors = ['One']\n"
            "  s.files = ['lib/hello.rb']\nend\n",
            "lib/hello.rb": "HELLO = 'hello'\n",
        },
    ),
    "by-lua": (
        "LuaPackage",
        "lua",
        '    depends_on("c", type="build")\n',
        {
            "hello-1.0-1.rockspec": "rockspec_format = '3.0'\npackage = 'hello'\n"
            "version = '1.0-1'\nsource = { url = 'file:///nowhere' }\n"
            "build = { type = 'builtin', modules = { hello = 'hello.c', word = 'word.lua' } }\n",
            "word.lua": "return 'hello'\n",
            "hello.c": "#include <lua.h>\nint luaopen_hello(lua_State *state)\n"
            '{ lua_pushstring(state, "hello"); return 1; }\n',
        },
    ),
    "needs-lua": (
        "LuaPackage",
        "lua",
        '    depends_on("by-lua")\n',
        {
            "needs-1.0-1.rockspec": "rockspec_format = '3.0'\npackage = 'needs'\n"
            "version = '1.0-1'\nsource = { url = 'file:///nowhere' }\n"
            "dependencies = { 'hello >= 1.0' }\n"
            "build = { type = 'builtin', modules = { needs = 'needs.lua' } }\n",
            "needs.lua": "return require('word') .. require('hello')\n",
        },
    ),
    "lacks-lua": (
        "LuaPackage",
        "lua",
        "",
        {
            "lacks-1.0-1.rockspec": "rockspec_format = '3.0'\npackage = 'lacks'\n"
            "version = '1.0-1'\nsource = { url = 'file:///nowhere' }\n"
            "dependencies = { 'hello >= 1.0' }\n"
            "build = { type = 'builtin', modules = {} }\n",
        },
    ),
    "by-r": (
        "RPackage",
        "r",
        "",
        {
            "DESCRIPTION": "Package: hello\nVersion: 1.0\nTitle: Hello\nDescription: Says hello.\n"
            "License: MIT\nAuthor: One\nMaintainer: One <one@example.org>\n",
            "NAMESPACE": "export(hello)\n",
            "R/hello.R": 'hello <- function() "hello"\n',
        },
    ),
    "by-octave": (
        "OctavePackage",
        "octave",
        "",
        {
            "DESCRIPTION": "Name: hello\nVersion: 1.0.0\nDate: 2020-01-01\nTitle: Hello\n"
            "Author: One\nMaintainer: One\nDescription: Says hello.\nCategories: Hello\n",
            "COPYING": "Do as you like.\n",
            "INDEX": "hello >> Hello\nHello\n hello\n",
            "inst/hello.m": 'function hello()\n  disp("hello")\nendfunction\n',
        },
    ),
    "by-racket": (
        "RacketPackage",
        "racket",
        '    racket_name = "hello"\n',
        {
            "info.rkt": '#lang info\n(define collection "hello")\n',
            "main.rkt": '#lang racket/base\n(provide word)\n(define word "hello")\n',
        },
    ),
    "needs-racket": (
        "RacketPackage",
        "racket",
        '    depends_on("by-racket", type=("build", "run"))\n',
        {
            "info.rkt": '#lang info\n(define collection "needs")\n(define deps (list "hello"))\n',
            "main.rkt": "#lang racket/base\n(require hello)\n(display word)\n",
        },
    ),
    "by-sip": (
        "SIPPackage",
        "sip",
        '    depends_on("cxx", type="build")\n    import_modules = ["hello"]\n',
        {
            "pyproject.toml": '[build-system]\nrequires = ["sip >=6"]\n'
            'build-backend = "sipbuild.api"\n\n'
            '[tool.sip.metadata]\nname = "hello"\nversion = "1.0"\n\n'
            "[tool.sip.bindings.hello]\n",
            "hello.sip": '%Module(name=hello, language="C++")\n'
            'const char *hello();\n%MethodCode\nsipRes = "hello";\n%End\n',
        },
    ),
    "by-pyqt": (
        "SIPPackage",
        "sip",
        '    depends_on("cxx", type="build")\n    depends_on("gmake", type="build")\n'
        '    import_modules = ["hello"]\n'
        "    def configure_args(self):\n"
        '        return ["--verbose"]\n',
        {
            "pyproject.toml": '[build-system]\nrequires = ["sip >=6", "PyQt-builder >=1.9"]\n'
            'build-backend = "sipbuild.api"\n\n'
            '[tool.sip]\nproject-factory = "pyqtbuild:PyQtProject"\n\n'
            '[tool.sip.metadata]\nname = "hello"\nversion = "1.0"\n\n'
            '[tool.sip.project]\nsip-files-dir = "."\n\n'
            '[tool.sip.bindings.hello]\nsip-file = "hello.sip"\nqmake-CONFIG = ["-qt"]\n',
            "hello.sip": '%Module(name=hello, language="C++")\n'
            'const char *hello();\n%MethodCode\nsipRes = "hello";\n%End\n',
        },
    ),
    "by-waf": (
        "WafPackage",
        "waf",
        '    depends_on("c", type="build")\n'
        "    def configure_args(self):\n"
        '        return ["--word=hello"]\n'
        "    def build_test(self):\n"
        '        self.waf("check")\n',
        {
            "waf": "#!/usr/bin/env python3\nimport os\nfrom waflib import Context, Scripting\n"
            "Scripting.waf_entry_point(os.getcwd(), Context.WAFVERSION, os.getcwd())\n",
            "wscript": "def options(opt):\n    opt.load('compiler_c')\n"
            "    opt.add_option('--word', default='nothing')\n\n"
            "def configure(conf):\n    conf.load('compiler_c')\n"
            "    conf.define('WORD', conf.options.word)\n\n"
            "def build(bld):\n    bld.program(source='hello.c', target='hello')\n\n"
            "def check(ctx):\n    ctx.exec_command('build/hello > checked')\n",
            "hello.c": HELLO.replace('"hello"', "WORD"),
        },
    ),
    "by-maven": (
        "MavenPackage",
        "maven",
        '    def build_args(self):\n        return ["--settings", "settings.xml"]\n',
        {
            "settings.xml": "<settings><mirrors><mirror><id>here</id><mirrorOf>*</mirrorOf>"
            f"<url>file://{MAVEN_REPOSITORY}</url></mirror></mirrors></settings>\n",
            "pom.xml": '<project xmlns="http://maven.apache.org/POM/4.0.0">'
            "<modelVersion>4.0.0</modelVersion><groupId>org.example</groupId>"
            "<artifactId>hello</artifactId><version>1.0</version><properties>"
            "<maven.compiler.source>11</maven.compiler.source>"
            "<maven.compiler.target>11</maven.compiler.target>"
            "<project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>"
            "</properties></project>\n",
            "src/main/java/hello/Hello.java": "package hello;\n\npublic class Hello {\n"
            "    public static void main(String[] words) {\n"
            '        System.out.println("hello");\n    }\n}\n',
        },
    ),
}


def _class_name(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("-"))


@pytest.fixture(scope="module")
def recipes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of the tools and the packages; the archives lie beside it."""
    directory = tmp_path_factory.mktemp("tools")
    root = directory / "spack_repo" / "tools"
    texts = {}
    for name, (_, body) in TOOLS.items():
        provides = {"lua": 'provides("lua-lang")', "openjdk": 'provides("java")'}.get(name, "")
        texts[name] = (
            "from spack_repo.builtin.build_systems.external import ExternalPackage\n"
            "from spack.package import *\n\n"
            + TOOL_RECIPE.format(class_name=_class_name(name), provides=provides, body=body)
        )
    for name, (base, module, body, files) in PACKAGES.items():
        tree = directory / "sources" / f"{name}-1.0"
        for file, content in files.items():
            (tree / file).parent.mkdir(parents=True, exist_ok=True)
            (tree / file).write_text(content)
        if "waf" in files:
            _bring_waf(tree)
        if "configure" in files:
            (tree / "configure").chmod(0o755)
        archive = directory / f"{name}-1.0.tar.gz"
        with tarfile.open(str(archive), "w:gz") as stream:
            stream.add(str(tree), arcname=tree.name)
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        texts[name] = (
            f"from spack_repo.builtin.build_systems.{module} import {base}\n"
            "from spack.package import *\n\n\n"
            f"class {_class_name(name)}({base.split(',')[0]}):\n"
            '    """Says hello."""\n\n'
            f'    url = "file://{archive}"\n    version("1.0", sha256="{digest}")\n{body}'
        )
    for name, text in texts.items():
        folder = root / "packages" / name.replace("-", "_")
        folder.mkdir(parents=True)
        (folder / "package.py").write_text(text)
    (root / "repo.yaml").write_text("repo:\n  namespace: tools\n  api: v2.2\n")
    return root


def _bring_waf(tree: Path) -> None:
    """Put the modules of waf beside its script, as packages that are built with it do."""
    found = importlib.util.find_spec("waflib")
    if found is not None and found.origin is not None:
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(os.path.dirname(found.origin), str(tree / "waflib"), ignore=ignore)


def _version_of(*command: str) -> str:
    text = subprocess.check_output(command, encoding="utf-8").split()[-1]
    return text.lstrip("v")


@pytest.fixture
def tools(tmp_path: Path, shared_cache: Path, recipes: Path) -> Instance:
    """An instance that knows the tools of the machine."""
    made = Instance(tmp_path / "instance", shared_cache, recipes)
    versions = dict.fromkeys((*TOOLS, "ninja", "cmake", "perl", "python"), "1.0")
    versions["lua"] = "5.4"
    if os.path.exists("/usr/bin/python3"):
        code = "import sys; print('%d.%d.%d' % sys.version_info[:3])"
        versions["python"] = _version_of("/usr/bin/python3", "-c", code)
    if os.path.exists("/usr/bin/cmake"):
        versions["cmake"] = subprocess.check_output(
            ["/usr/bin/cmake", "--version"], encoding="utf-8"
        ).split()[2]
    lines = "".join(
        f"  {name}:\n    buildable: false\n    externals:\n"
        f"    - spec: {name}@{version}\n      prefix: /usr\n"
        for name, version in versions.items()
    )
    with (made.config / "packages.yaml").open("a") as file:
        file.write(lines)
    return made


def _install(tools: Instance, name: str, *programs: str) -> Path:
    """Install a package with its own tests; its prefix. Skips where a program is missing."""
    for program in programs:
        if shutil.which(program, path="/usr/bin:/bin") is None:
            pytest.skip(f"{program} is not installed")
    tools.ok("install", name)
    return Path(tools.ok("location", "-i", name).strip())


def _output(*command: str, **variables: str) -> str:
    """The output of a command without any help from the environment."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C", **variables}
    return subprocess.check_output(command, env=environment, encoding="utf-8", cwd="/").strip()


@pytest.mark.parametrize(
    "name, programs",
    [
        ("by-makefile", ("make",)),
        ("by-autotools", ("make",)),
        ("by-cmake", ("cmake",)),
        ("by-cmake generator=ninja", ("cmake", "ninja")),
        ("by-cached-cmake", ("cmake",)),
        ("by-meson", ("meson", "ninja")),
        ("by-scons", ("scons",)),
        ("by-qmake", ("qmake",)),
        ("by-cargo", ("cargo",)),
    ],
)
def test_programs(name: str, programs: tuple[str, ...], tools: Instance) -> None:
    prefix = _install(tools, name, *programs)
    assert _output(str(prefix / "bin/hello")) == "hello"


def test_cached_cmake_keeps_its_cache(tools: Instance) -> None:
    prefix = _install(tools, "by-cached-cmake", "cmake")
    (cache,) = (prefix / "share/cmake").iterdir()
    text = cache.read_text()
    assert 'set(WANTED "ON" CACHE BOOL "")' in text
    assert "CMAKE_C_COMPILER" in text


def test_go(tools: Instance) -> None:
    prefix = _install(tools, "by-go", "go")
    assert _output(str(prefix / "bin/by-go")) == "hello"


def test_perl(tools: Instance) -> None:
    prefix = _install(tools, "by-perl", "perl")
    code = "use Hello; print Hello::word"
    assert _output("perl", "-e", code, PERL5LIB=str(prefix / "lib/perl5")) == "hello"


def test_ruby(tools: Instance) -> None:
    prefix = _install(tools, "by-ruby", "ruby", "gem")
    assert _output("ruby", "-e", "require 'hello'; puts HELLO", GEM_PATH=str(prefix)) == "hello"


def test_lua_with_a_rock_that_needs_another(tools: Instance) -> None:
    needs = _install(tools, "needs-lua", "lua5.4", "luarocks")
    other = Path(tools.ok("location", "-i", "by-lua").strip())
    assert (other / "lib/lua/5.4/hello.so").is_file()
    output = _output(
        "lua5.4",
        "-e",
        "print((require('needs')))",
        LUA_PATH=f"{needs}/share/lua/5.4/?.lua;{other}/share/lua/5.4/?.lua",
        LUA_CPATH=f"{other}/lib/lua/5.4/?.so",
    )
    assert output == "hellohello"


def test_lua_does_not_download_what_nobody_declared(tools: Instance) -> None:
    if shutil.which("luarocks", path="/usr/bin:/bin") is None:
        pytest.skip("luarocks is not installed")
    failed = tools.fails("install", "lacks-lua")
    assert "lacks-lua" in failed


def test_r(tools: Instance) -> None:
    prefix = _install(tools, "by-r", "R")
    library = str(prefix / "rlib/R/library")
    output = _output("Rscript", "--vanilla", "-e", "cat(hello::hello())", R_LIBS=library)
    assert output == "hello"


def test_octave(tools: Instance) -> None:
    prefix = _install(tools, "by-octave", "octave-cli")
    code = f"pkg local_list '{prefix}/octave_packages'; pkg load hello; hello()"
    assert _output("octave-cli", "--norc", "--quiet", "--eval", code) == "hello"


def test_racket_with_a_package_that_needs_another(tools: Instance) -> None:
    prefix = _install(tools, "needs-racket", "racket", "raco")
    assert list(prefix.glob("share/racket/pkgs/needs-racket/compiled/main_rkt.zo"))
    output = _output(
        "racket", "-l", "racket/base", "-l", "needs", PLTCONFIGDIR=f"{prefix}/etc/racket"
    )
    assert output == "hello"


def test_sip(tools: Instance) -> None:
    prefix = _install(tools, "by-sip", "sip-build", "python3")
    (module,) = prefix.glob("lib/python3*/site-packages/hello*.so")
    code = "import hello; print(hello.hello())"
    assert "hello" in _output("/usr/bin/python3", "-c", code, PYTHONPATH=str(module.parent))


def test_sip_with_the_builder_of_pyqt(tools: Instance) -> None:
    builder = "/usr/lib/python3/dist-packages/pyqtbuild"
    if not (os.path.isdir(builder) and os.path.isfile("/usr/bin/qmake")):
        pytest.skip("PyQt-builder or qmake is not installed")
    prefix = _install(tools, "by-pyqt", "sip-build", "make")
    (module,) = prefix.glob("lib/python3*/site-packages/hello*.so")
    code = "import hello; print(hello.hello())"
    assert "hello" in _output("/usr/bin/python3", "-c", code, PYTHONPATH=str(module.parent))


def test_waf_with_its_tests(tools: Instance) -> None:
    if importlib.util.find_spec("waflib") is None:
        pytest.skip("waflib is not installed")
    tools.ok("install", "--test=root", "--keep-stage", "by-waf")
    prefix = Path(tools.ok("location", "-i", "by-waf").strip())
    assert _output(str(prefix / "bin/hello")) == "hello"
    (checked,) = tools.stages.glob("**/spack-src/checked")
    assert checked.read_text() == "hello\n"


def test_maven(tools: Instance) -> None:
    if not os.path.isdir(f"{MAVEN_REPOSITORY}/org/apache/maven/plugins/maven-jar-plugin"):
        pytest.skip("the plug-ins of Maven are not installed")
    prefix = _install(tools, "by-maven", "mvn", "javac")
    assert _output("java", "-cp", str(prefix / "target/hello-1.0.jar"), "hello.Hello") == "hello"
    # What Maven downloads stays with the stage.
    assert not (tools.directory / "home" / ".m2").exists()
