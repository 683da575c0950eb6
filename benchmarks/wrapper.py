#!/usr/bin/env python3
"""Time the compiler wrapper: milliseconds of a call over a call of the bare compiler.

    benchmarks/wrapper.py [--dependencies N] [--calls N] [--rounds N] [--compiler CC]

Both forms of the wrapper compile an empty file with the variables of a package with N dependencies,
as processor time of the processes, in rounds that alternate with the bare compiler; each number is
the median of the rounds. The last lines count a call whose compiler is ``true``.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "lib", "spack"))

from spack.builds.wrapper import placing  # noqa: E402


def variables(directory: str, store: str, count: int, compiler: str) -> dict[str, str]:
    """The environment of a build with so many dependencies."""
    prefixes = [f"{store}/linux-zen3/package-{n}-1.0-{'a' * 32}" for n in range(count)]
    gcc = os.path.join(directory, "gcc")
    found = {
        "PATH": f"{directory}:{gcc}:{os.environ['PATH']}",
        "SPACK_COMPILER_WRAPPER_PATH": f"{directory}:{gcc}",
        "SPACK_DEBUG_LOG_DIR": directory,
        "SPACK_DEBUG_LOG_ID": "x",
        "SPACK_SHORT_SPEC": "package@1.0",
        "SPACK_SYSTEM_DIRS": placing.case_patterns(
            [f"/usr{more}{part}" for more in ("", "/local") for part in ("", "/include", "/lib")]
        ),
        "SPACK_MANAGED_DIRS": placing.case_patterns([store], below=True),
        "SPACK_TARGET_ARGS_CC": "-march=x86-64-v3",
        "SPACK_CC": compiler,
        "SPACK_CC_RPATH_ARG": "-Wl,-rpath,",
        "SPACK_CC_LINKER_ARG": "-Wl,",
        "SPACK_DTAGS_TO_ADD": "--disable-new-dtags",
        "SPACK_DTAGS_TO_STRIP": "--enable-new-dtags",
    }
    for name, folder in (("INCLUDE", "include"), ("LINK", "lib"), ("RPATH", "lib")):
        found[f"SPACK_STORE_{name}_DIRS"] = ":".join(f"{p}/{folder}" for p in prefixes)
    return found


def spent(command: list[str], environment: dict[str, str], calls: int) -> float:
    """Milliseconds of processor time of a call, with starting it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(calls):
        subprocess.run(command, env=environment, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return total * 1000 / calls


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--dependencies", type=int, default=40)
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--compiler", default=shutil.which("cc"))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "empty.c")
        open(source, "w", encoding="utf-8").close()
        for form, compilers in (("compiled", placing.COMPILERS), ("script", ())):
            placing.install_into(os.path.join(folder, form), compilers)
        arguments = ["-O2", "-c", source, "-o", os.path.join(folder, "empty.o"), "-I.", "-Wall"]
        for compiler in (args.compiler, shutil.which("true") or "true"):
            times: dict[str, list[float]] = {"bare": [], "compiled": [], "script": []}
            for _ in range(args.rounds):
                for form in times:
                    directory = os.path.join(folder, form, "libexec", "spack")
                    environment = variables(directory, "/store", args.dependencies, compiler)
                    program = compiler if form == "bare" else os.path.join(directory, "gcc", "gcc")
                    command = [program, *arguments]
                    times[form].append(spent(command, environment, args.calls))
            bare = statistics.median(times.pop("bare"))
            print(f"{compiler}: {bare:.2f} ms a call")
            for form, found in times.items():
                print(f"  {form:<10} {statistics.median(found) - bare:+.2f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
