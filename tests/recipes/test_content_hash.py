"""Content hashes: worked examples and the rules."""

from __future__ import annotations

import ast
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Callable

import pytest

from spack.recipes.hashing import content_hash as content_hash_module
from spack.recipes.hashing.canonical_expressions import CanonicalTextError
from spack.recipes.hashing.canonical_text import canonical_text
from spack.recipes.hashing.content_hash import content_hash, recipe_hash
from spack.recipes.hashing.recipe_text import recipe_text

IMPORT = "from spack.package import *\n\n\n"


def version_is(version: str) -> Callable[[str], bool | None]:
    """Conditions of the form ``@N``, for a spec with this version."""

    def satisfies(condition: str) -> bool | None:
        return condition == f"@{version}" if condition.startswith("@") else None

    return satisfies


def recipe(source: str, version: str = "1.0") -> str:
    return recipe_hash(source, version_is(version))


E1 = (
    IMPORT
    + '''\
class Hashone(Package):
    """Docstring."""

    homepage = "https://example.com"
    url = "https://example.com/hashone-1.0.tar.gz"
    maintainers("me")
    version("1.0", sha256="a" * 64)
    license("MIT")
'''
)

E2 = (
    IMPORT
    + '''\
class Hashtwo(Package):
    has_code = False
    tags = ["x"]
    version("2.0")
    "loose string"
    flavour = 'it"s'

    def install(self, spec, prefix):
        """gone"""
        # gone too
        mkdirp(prefix.bin)
        touch(join_path(prefix.bin, 'h'))
'''
)

E3 = (
    IMPORT
    + """\
class Hashthree(Package):
    has_code = False
    version("3")
    version("2")
    version("1")

    def setup(self):
        return 0

    @when("@1")
    def setup(self):
        return 1

    @when("@2")
    @on_package_attributes(run_tests=True)
    def setup(self):
        return 2

    @when("@" + "3")
    def setup(self):
        return 3

    def install(self, spec, prefix):
        touch(prefix.join("f"))
"""
)

E4 = (
    'import sys\n\nfrom spack.package import *\n\nLIST = ["a", "b"]\ndepends_on\n\n\n'
    + """\
class Hashfour(Package):
    has_code = False
    version("1")
    for n in LIST:
        variant(n, default=True, description=n)
    with when("+a"):
        conflicts("~b")
        extra = 1
    if sys.platform == "linux":
        conflicts("target=ppc64:")
    else:
        conflicts("target=ppc64le:")
    if sys.platform == "darwin":
        conflicts("+a")
    elif sys.platform == "win32":
        other = 2
    while False:
        conflicts("+b")
    else:
        z = 3
    try:
        conflicts("@2")
    except Exception:
        pass
    x = conflicts("@3")
    maintainers = ["q"]
    url: str = "https://example.com/f-1.tar.gz"
    git, svn = "a", "b"
    patches_ok = y = 1
    parallel = False

    class Inner:
        homepage = "kept"
        version("kept")

    def install(self, spec, prefix):
        depends_on("kept")
        touch(prefix.join("f"))


class Helper:
    version("dropped")
    homepage = "dropped"
"""
)

E5 = (
    IMPORT
    + r'''class Hashfive(Package):
    has_code = False
    version("1")

    async def co(self, *a, k: int = 0xFF, **kw) -> "str":
        """an async docstring"""
        async with self as z, z:
            return [i async for i in z if i]
        await z.f(1)

    def t(self, a, /, b=(1,), *, c=None):
        x = 1, 2
        y, z = x
        for q, r in [x]:
            yield q, r
        if (n := len(x)) > 1_000 and not (a or b):
            print(f"{n!r:>{x[0]}} {'q'} {{}}\n", "it's", 'say "hi"',
                  "a\tb\\", b"\x00", u"u", 1e3, 1e400, 2j, -1)
        f = lambda: 0
        g = lambda v, *w: (v, w)
        h = x[1:2, ::3] + x[(1, 2)] + x[()]
        s = {1, 2} | set() - {*x}
        d = {**{}, "k": ..., "l": None}
        m = """multi
line"""
        k = (a + b) * c ** -d // (not e) @ -(f) if a else (b if c else d)
        e = (yield) or (1).real or not a is not b
        del x[0], y
        assert a, "m"
        global G
        print(*x, end="")
        return (yield from a)

    @property
    def p(self): return 3 .real

    try:
        pass
    except (A, B) as e:
        raise X from e
    finally:
        pass
'''
)

E6 = (
    IMPORT
    + """\
class Hashsix(Package):
    url = "https://example.com/hashsix-1.0.tar.gz"
    version("1.0", sha256="b" * 64)
    patch("one.patch")
    patch("two.patch", level=0, when="@1:")
    patch("https://example.com/three.patch", sha256="c" * 64, level=2, when="@2:")

    def install(self, spec, prefix):
        touch(prefix.join("f"))
"""
)

E8 = (
    IMPORT
    + """\
class Hasheight(Package):
    url = "https://example.com/hasheight-1.0.tar.gz"
    version("1.0", md5="0" * 32)
    version("0.9")
    build_system("generic", default="generic")


class GenericBuilder(GenericBuilder):
    phases = ("configure", "install")

    @run_before("install")
    def pre(self):
        "docstring"

    def configure(self, pkg, spec, prefix):
        pass

    def install(self, pkg, spec, prefix):
        touch(prefix.join("f"))
"""
)

E9 = (
    "from spack.package import *\n\n"
    + """\
url = "module level"
homepage, other = 1, 2
version("9")
if True:
    "in if"
    homepage = 3


def helper():
    "gone"
    if 1:
        "kept in if"

        def nested():
            "gone too"
            f"kept"
    else:
        "kept"


class Hashnine(Package):
    version("1")
    has_code = False

    def common(self):
        return "package"

    @property
    def libs(self):
        return 1

    def install(self, spec, prefix):
        touch(prefix.join("f"))


class GenericBuilder(GenericBuilder):
    def common(self):
        return "builder"

    @property
    def libs(self):
        return 2

    @when("@1")
    def install(self, pkg, spec, prefix):
        touch(prefix.join("g"))
"""
)

E4_TEXT = """\
import sys
from spack.package import *
LIST = ['a', 'b']
depends_on

class Hashfour(Package):
    has_code = False
    with when('+a'):
        extra = 1
    if sys.platform == 'darwin':
        pass
    elif sys.platform == 'win32':
        other = 2
    try:
    except Exception:
        pass
    x = conflicts('@3')
    url: str = 'https://example.com/f-1.tar.gz'
    (git, svn) = ('a', 'b')
    patches_ok = y = 1

    class Inner:
        homepage = 'kept'
        version('kept')

    def install(self, spec, prefix):
        depends_on('kept')
        touch(prefix.join('f'))

class Helper:
    pass
"""


INSTALL = """
    def install(self, spec, prefix):
        touch(prefix.join("f"))
"""

E7 = (
    IMPORT
    + """\
class Hashseven(Package):
    git = "https://example.com/hashseven.git"
    version("main", branch="main")
    version("1.0", tag="v1.0", commit="d" * 40)
    version("0.9", tag="v0.9")
"""
    + INSTALL
)


@pytest.mark.parametrize(
    "source, version, identity, expected_recipe, expected_content",
    [
        (
            E1,
            "1.0",
            "a" * 64,
            "6l6vmig3vvagot6xaq2ajewpuw5krmdx",
            "yiavs6gmib7qyyz4moixkehj6cdbwygjhvobtd7v5mwtrv7qp24q====",
        ),
        (
            E2,
            "2.0",
            "",
            "scvkb7pqy6xam32lt2fuhdyj42jlhhtz",
            "lqbwfzlgoxygzvkhlb766kas4xhfjclvtc7rd67bw7hifckhpbsq====",
        ),
        (
            E3,
            "1",
            "",
            "ygsmuiln7bhqyjmxt7qoo6xxfpu55ach",
            "ge2scghztpydmiajz3rnrrnl6no3b3kytbp27v4e437fnmtctfua====",
        ),
        (
            E3,
            "2",
            "",
            "ufpczv7bhinljc2efmoans2gqynxdbu7",
            "7ux3ydhmpisc36jwbi6e2epynhqq4rxlkifzdwsrovpxdj6ek2aq====",
        ),
        (
            E3,
            "3",
            "",
            "oaxsw6wm47ogu2w2kr7ptvpmx5etduz3",
            "o3wioylpsqfyzvwj6naceo4tpws5ed2qum2cfrfffnwigdrmruwq====",
        ),
        (
            E4,
            "1",
            "",
            "npbq6v3yqygspjumsyaklarici7qyxi7",
            "ew7hbzrascy4pwg45o5dmctrupugujfienzdjoonfuv7gt2wi4za====",
        ),
        (
            E5,
            "1",
            "",
            "6gzrfbcxdeejebtn5ig4sh6rqsmsc6bm",
            "lmwuef7mhko35u75tkxctq5qwh3ktkpje4ggucl5dzpxp5dn6orq====",
        ),
        (
            E7,
            "1.0",
            "d" * 40,
            "e2e7mgysqxevnpltoziomsmofcuum2jm",
            "dazaemadtcbcnc2ujfzzkz35uhv3ieqzh7dmr4uyi4d7oqegfx6q====",
        ),
        (
            E7,
            "main",
            None,
            "e2e7mgysqxevnpltoziomsmofcuum2jm",
            "cronajpc6jhdwy3aqjsyzlaw56wdspjwt7zckbueuyemddcfslsa====",
        ),
        (
            E8,
            "1.0",
            "0" * 32,
            "ygupg4rhbbt7bw2xc63l2mup5hq3oe53",
            "r35e6n5f7dl3z6p2ukr7w7ehjovj4yge5uvgktcamkyfs2favdjq====",
        ),
        (
            E8,
            "0.9",
            None,
            "ygupg4rhbbt7bw2xc63l2mup5hq3oe53",
            "fjk37bwsbhen2iwivopz6sca42nzwdj35zlvtel246lr67wia4ra====",
        ),
    ],
)
def test_worked_examples_55(
    source: str, version: str, identity: str | None, expected_recipe: str, expected_content: str
) -> None:
    assert recipe(source, version) == expected_recipe
    assert content_hash(identity, [], expected_recipe) == expected_content


def test_text_of_an_empty_class() -> None:
    text = "from spack.package import *\n\nclass Hashone(Package):\n    pass\n"
    assert recipe_text(E1, version_is("1.0")) == text


def test_text_of_blocks_with_directives() -> None:
    assert recipe_text(E4, version_is("1")) == E4_TEXT


def test_patches_enter_with_their_level_54() -> None:
    one = "f877365d4a176e0ab1bc2ef268bbf9c64a7e9103f4a4e51bb201990e66553af3"
    two = "503884dd91a54f0f0edcc8927a5b075951542f7d688cc50cae0238529669b5f3"
    digest = recipe(E6)
    assert digest == "yap5icoteruhwlrvvd4ll3fylkxxqptw"
    whole = content_hash("b" * 64, [(one, 1), (two, 0)], digest)
    assert whole == "noelaw5apui6nicq4nqwmzqkb4y4gvgcfz6dhirfharb63agawbq===="
    assert content_hash("b" * 64, [(one, 0), (two, 0)], digest) != whole


def test_names_are_one_list_for_the_whole_file_58() -> None:
    assert recipe(E9, "1") == "eifbjbihntq265sxbm2hkps6zynqpnn6"
    text = recipe_text(E9, version_is("1"))
    assert "return 'builder'" in text
    assert "return 'package'" not in text
    assert text.count("def libs") == 2
    assert text.count("def install") == 1
    assert "@when" not in text


def test_comments_docstrings_directives_and_urls_do_not_count_52_53() -> None:
    changed = (
        IMPORT
        + '''\
# a comment
class Hashone(Package):
    """Another docstring."""

    homepage = "https://example.org"
    url = "https://example.org/hashone-1.0.tar.gz"
    version("2.0", sha256="c" * 64)
    depends_on("zlib")
'''
    )
    assert recipe(changed) == recipe(E1)
    assert content_hash("c" * 64, [], recipe(E1)) != content_hash("a" * 64, [], recipe(E1))


def test_annotated_url_counts_57() -> None:
    plain = IMPORT + 'class A(Package):\n    url = "x"\n'
    annotated = IMPORT + 'class A(Package):\n    url: str = "x"\n'
    assert recipe(plain) != recipe(annotated)


@pytest.mark.parametrize(
    "written, canonical",
    [
        ("x = 1, 2", "x = (1, 2)"),
        ("x = lambda: 0", "x = lambda : 0"),
        ("x = (a + b) * c ** -d", "x = (a + b) * c ** (-d)"),
        ("x = a ** (b ** c), (a ** b) ** c", "x = (a ** b ** c, (a ** b) ** c)"),
        ("x = a - (b - c) - d", "x = a - (b - c) - d"),
        ("x = not (not y)", "x = not not y"),
        ("x = -(-y)", "x = --y"),
        ("x = a == 1 and b == 2 and c == 3", "x = a == 1 and b == 2 and (c == 3)"),
        ("x = a and not b", "x = a and (not b)"),
        ("x = y[1, 2]", "x = y[1, 2]"),
        ("x = y[(1,)]", "x = y[1,]"),
        ("x = y[()]", "x = y[()]"),
        ("x = {*()}", "x = {*()}"),
        ("x = 3 .real", "x = 3 .real"),
        ("x = 1e999", "x = 1e309"),
        ("x = 'it\"s'", "x = 'it\"s'"),
        ('x = "it\'s"', 'x = "it\'s"'),
        ("x = f'{a}' 'b{{'", "x = f'{a}b{{{{'"),
        ("x = f\"{a['k']}\"", "x = f\"{a['k']}\""),
        ("x = f'{ {1: 2}[1] }'", "x = f'{ {1: 2}[1]}'"),
        ("x = f'{a!r:>{w}}'", "x = f'{a!r:>{w}}'"),
        ("x = f'{[i for i, j in k]}'", "x = f'{[i for i, j in k]}'"),
        ("x = f'{(lambda: 1)()}'", "x = f'{(lambda: 1)()}'"),
        ("x = [i for i, j in k]", "x = [i for (i, j) in k]"),
        ("f(x for x in y)", "f((x for x in y))"),
        ("f(*a, k=1, **d)", "f(*a, k=1, **d)"),
        ("(yield)", "yield"),
        ("del a, b", "del a, b"),
        ("raise E from C", "raise E from C"),
        ("from ..m import x as y", "from ..m import x as y"),
        ("x: int = 3", "x: int = 3"),
        ("(x): int = 3", "(x): int = 3"),
        ("if a:\n    b\nelse:\n    if c:\n        d", "if a:\n    b\nelif c:\n    d"),
        (
            "def f(a, /, b: T = 1, *, c=2, **d) -> R:\n  pass",
            "def f(a, /, b: T=1, *, c=2, **d) -> R:\n    pass",
        ),
    ],
)
def test_canonical_form(written: str, canonical: str) -> None:
    assert recipe_text(written + "\n", version_is("1")) == canonical + "\n"


def test_backslash_in_a_field_is_an_error() -> None:
    with pytest.raises(CanonicalTextError, match="backslash"):
        recipe_text("x = f'{b\"\t\"}'\n", version_is("1"))


def test_syntax_without_canonical_text_is_an_error() -> None:
    tree = ast.Module(body=[ast.Pass()], type_ignores=[])
    tree.body = [ast.Module(body=[], type_ignores=[])]  # type: ignore[list-item]
    with pytest.raises(CanonicalTextError, match="Module"):
        canonical_text(tree)


def test_same_hash_under_other_python_versions_59() -> None:
    """Runs the interpreters that are found beside the one of the tests; E5 has every construct."""
    code = (
        "import sys; from spack.recipes.hashing.content_hash import recipe_hash;"
        "print(recipe_hash(sys.stdin.read(), lambda text: None))"
    )
    library = str(Path(content_hash_module.__file__).parents[3])
    for minor in range(9, 15):
        interpreter = shutil.which(f"python3.{minor}")
        if interpreter is None:
            continue
        done = subprocess.run(
            [interpreter, "-c", code],
            input=E5,
            env={"PYTHONPATH": library, "PATH": os.environ["PATH"], "PYTHONUTF8": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            assert done.stdout.strip() == "6gzrfbcxdeejebtn5ig4sh6rqsmsc6bm", interpreter


@pytest.mark.skipif(
    sys.version_info[:2] != (3, 11) or "SPACK_PUBLIC_RECIPES" not in os.environ,
    reason="needs SPACK_PUBLIC_RECIPES, and Python 3.11, whose writer is the reference",
)
def test_public_recipes_are_written_as_python_3_11_does() -> None:
    class Reference(ast._Unparser):  # type: ignore[attr-defined,misc,name-defined]
        def visit_Tuple(self, node: ast.Tuple) -> None:
            with self.delimit("(", ")"):
                self.items_view(self.traverse, node.elts)

        def visit_Lambda(self, node: ast.Lambda) -> None:
            precedence = ast._Precedence.TEST  # type: ignore[attr-defined]
            with self.require_parens(precedence, node):
                self.write("lambda ")
                self.traverse(node.args)
                self.write(": ")
                self.set_precedence(precedence, node.body)
                self.traverse(node.body)

    root = Path(os.environ["SPACK_PUBLIC_RECIPES"])
    files = sorted(root.glob("spack_repo/builtin/packages/*/package.py"))
    for path in random.Random(11).sample(files, min(150, len(files))):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert canonical_text(tree) == Reference().visit(tree), path
