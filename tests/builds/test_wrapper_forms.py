"""The two forms of the compiler wrapper, program and script, make the same of any command line."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest

from spack.builds.wrapper import placing as wrapper

PATHS = ["/store/a/lib", "/store/b", "/usr/lib", "/usr/include/", "/opt/x", "rel/y", "/storehouse"]
WORDS = [
    "-c", "-E", "-S", "-o", "out.o", "a.c", "b.f90", "c.F03", "d.cc", "e.o", "@file", "-", "--",
    "-g", "-I", "-L", "-isystem", "-I-", "-I=x", "-lm", "-l", "m", "-loopopt=1", "-rpath",
    "--rpath", "-r", "-Xlinker", "-Wl,", "-Wl,-z,now", "-Wl,a,,b,", "-Wl,-rpath",
    "-Wl,--rpath,-Wl,--enable-new-dtags", "--enable-new-dtags", "-Wl,-Wl,,-rpath,,/store/n",
    "-Wl,-Wl,,-rpath=/opt/n", "-Wl,-Wl,,other", "-Wl,-Wl,,--enable-new-dtags", "-Werror",
    "-Werror=x", "-Werror-y", "-Wall", "-frandom-seed=7", "-x", "c++", "-MF", "-u", "-z",
    "-include", "-soname", "-h", "-T", "-V", "-v", "--version", "with blank", "quote's",
    "-Dx=\"a b\"", "$HOME", "*", "\\", "-Wl,-rpath,::::", "-Wl,-rpath,/a::/b",
]  # fmt: skip
NAMES = ["cc", "c++", "fc", "f77", "ld", "cpp", "gcc/gcc", "gcc/gfortran"]
LISTS = [
    *(
        f"SPACK_{store}{kind}_DIRS"
        for store in ("STORE_", "")
        for kind in ("INCLUDE", "LINK", "RPATH")
    ),
    "SPACK_COMPILER_EXTRA_RPATHS",
    "SPACK_COMPILER_IMPLICIT_RPATHS",
]
FLAGS = [
    *(f"SPACK_{when}{kind}FLAGS" for when in ("", "ALWAYS_") for kind in ("C", "CXX", "F", "CPP")),
    "SPACK_LDFLAGS",
    "SPACK_LDLIBS",
    *(f"SPACK_TARGET_ARGS_{language}" for language in ("CC", "CXX", "FORTRAN")),
]


def argument(chance: random.Random) -> str:
    if chance.random() < 0.6:
        return chance.choice(WORDS)
    option = chance.choice(["-I", "-L", "-isystem", "-Wl,-rpath,", "-Wl,-rpath=", "-rpath=", ""])
    return option + ":".join(chance.sample(PATHS, chance.choice([1, 1, 2])))


def variables(chance: random.Random, directory: Path) -> dict[str, str]:
    found = {
        "PATH": f"/usr/bin:{directory}/gcc/:{directory}::.:/bin",
        "SPACK_COMPILER_WRAPPER_PATH": f"{directory}:{directory}/gcc",
        "SPACK_DEBUG_LOG_DIR": "/nowhere",
        "SPACK_DEBUG_LOG_ID": "x",
        "SPACK_SHORT_SPEC": chance.choice(["foo arch=linux", "foo arch=darwin"]),
        "SPACK_SYSTEM_DIRS": wrapper.case_patterns(["/usr/include", "/usr/lib", "/it's"]),
        "SPACK_MANAGED_DIRS": wrapper.case_patterns(["/store"], below=True),
    }
    for tool in ("CC", "CXX", "FC", "F77"):
        found[f"SPACK_{tool}"] = f"/bin/my{tool}"
        found[f"SPACK_{tool}_RPATH_ARG"] = chance.choice(["-Wl,-rpath,", "-R"])
        found[f"SPACK_{tool}_LINKER_ARG"] = chance.choice(["-Wl,", "-Xlinker="])
        found[f"SPACK_{tool}_HAS_FRANDOM_SEED"] = chance.choice(["", "1"])
    for name in LISTS:
        found[name] = ":".join(chance.sample(PATHS, chance.randrange(4)))
    flags = ["-O2", "-g", "-I/store/f", "-L/opt/f", "-isystem /opt/i", "-Werror", "m", "-lx", "a.c"]
    for name in FLAGS:
        found[name] = "  ".join(chance.sample(flags, chance.randrange(3)))
    if chance.random() < 0.5:
        found["SPACK_DTAGS_TO_STRIP"] = "--enable-new-dtags"
        found["SPACK_DTAGS_TO_ADD"] = "--disable-new-dtags"
    if chance.random() < 0.5:
        found["SPACK_COMPILER_FLAGS_REPLACE"] = "-Werror-|-Wno-error= -Werror|-Wno-error"
        found["SPACK_COMPILER_FLAGS_KEEP"] = chance.choice(["", "-Werror-*|-Werror=*"])
    found["SPACK_ADD_DEBUG_FLAGS"] = chance.choice(["", "true", "custom"])
    found["SPACK_DEBUG_FLAGS"] = "-ggdb -O0"
    found["SPACK_CCACHE_BINARY"] = chance.choice(["", "/bin/ccache"])
    return found


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    made = []
    for compilers in (wrapper.COMPILERS, ()):
        directory = tmp_path_factory.mktemp("wrapper") / "libexec" / "spack"
        wrapper.install_into(str(directory.parents[1]), compilers)
        made.append(directory)
    return made[0], made[1]


@pytest.mark.parametrize("seed", range(8))
def test_both_forms_give_the_same_command(forms: tuple[Path, Path], seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(20):
        name = chance.choice(NAMES)
        arguments = [argument(chance) for _ in range(chance.randrange(12))]
        set_here = variables(chance, Path("/wrappers"))
        for question in ("dump-args", "dump-mode", "dump-env-PATH"):
            answers = {
                subprocess.run(
                    [os.path.join(directory, name), *arguments],
                    env={**set_here, "SPACK_TEST_COMMAND": question},
                    capture_output=True,
                    text=True,
                    check=True,
                ).stdout
                for directory in forms
            }
            assert len(answers) == 1, (name, arguments, set_here, *answers)
