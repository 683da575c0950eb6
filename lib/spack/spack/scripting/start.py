"""Start of the interpreter of ``spack python``: prepares the names, then the script.

A new interpreter has the modules of its site and all options of Python. Must not know how the
command line of ``spack`` was parsed.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from types import CodeType, TracebackType

import spack
from spack.errors import SpackError
from spack.scripting.current import CurrentSpack
from spack.scripting.names import offer_names
from spack.session.options import Options
from spack.session.session import Session
from spack.type_names import NoReturn

#: Executes what :func:`prepared` returns where a script runs: in the main module.
_PROGRAM = "from spack.scripting.start import prepared; exec(prepared(globals()))"


def start(
    session: Session,
    kind: str,
    words: Sequence[str],
    *,
    unbuffered: bool = False,
    interactive: bool = False,
) -> NoReturn:
    """Replace this process by an interpreter that runs a script.

    Args:
        kind: whether the first word is a ``file``, ``code``, a ``module``, or stands for standard
            ``input``, or for nothing (``shell``).
        words: that, and the arguments of the script.
        interactive: ask for more when the script has ended.
    """
    command = [sys.executable]
    command += ["-u"] if unbuffered else []
    command += ["-i"] if interactive or kind == "shell" else []
    command += ["-X", f"pycache_prefix={sys.pycache_prefix}"] if sys.pycache_prefix else []
    command += ["-c", _PROGRAM, json.dumps(session.options), kind, *words]
    library = os.path.join(session.root, "lib", "spack")
    others = session.variables.get("PYTHONPATH")
    path = f"{library}{os.pathsep}{others}" if others else library
    sys.stdout.flush()
    os.execve(sys.executable, command, {**session.variables, "PYTHONPATH": path})


def prepared(namespace: dict[str, object]) -> CodeType:
    """The code to execute in the namespace of the main module, with ``sys.argv`` made for it."""
    options, kind, *words = sys.argv[1:]
    fields = (tuple(v) if isinstance(v, list) else v for v in json.loads(options))
    chosen = Options._make(fields)
    offer_names(CurrentSpack(options=chosen))
    if not chosen.debug:
        sys.excepthook = _tell
    if kind == "module":
        sys.argv = words
        call = f"__import__('runpy').run_module({words[0]!r}, run_name='__main__', alter_sys=True)"
        return compile(call, "<spack python>", "exec")
    namespace["spack"] = spack
    if kind == "file":
        path = words[0]
        sys.argv, sys.path[0] = words, os.path.dirname(os.path.abspath(path))
        namespace["__file__"] = path
        with open(path, "rb") as stream:
            return compile(stream.read(), path, "exec")
    sys.argv = [{"code": "-c", "input": "-"}.get(kind, ""), *words[1:]]
    if kind == "input":
        return compile(sys.stdin.buffer.read(), "<stdin>", "exec")
    if kind == "shell":
        version = sys.version.split()[0]
        print(f"Spack {spack.__version__}, Python {version}, {sys.platform}")
    return compile(words[0], "<string>", "exec")


def _tell(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    """Say what went wrong: an error of Spack as commands do, others as Python does.

    The end of a script after which more is asked for is none.
    """
    if isinstance(error, SpackError):
        print(f"Error: {error}", file=sys.stderr)
    elif isinstance(error, SystemExit):
        if isinstance(error.code, str):
            print(error.code, file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, traceback)
