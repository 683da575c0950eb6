"""The first code that the interpreter runs: prepares imports, then runs the command line.

``bin/spack`` passes the folder of this file, the path of the program image without its ending, and
the words of the command. It executes the text of this file instead of running it by path, which
would cost a dozen more questions to the file system. Nothing is imported that the interpreter has
not loaded anyway.

Ctrl-C while modules are loaded, and after the command, ends the program quietly; ``main`` takes
over in between. Modules come from the program image where there is one (``cli/program_image.py``):
one for each clone, because several may share a state. Must not know any command.
"""

import _signal  # type: ignore[import-not-found]
import gc
import marshal
import posix
import sys
from _frozen_importlib_external import SourceFileLoader, cache_from_source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, NoReturn, Optional

    from spack.cli.program_image import Head

#: New objects between two searches for unreachable cycles. A command is short and makes few of
#: them; searching as often as Python does by default takes an eighth of a solve.
_COLLECT_RARELY = 1_000_000

#: Once that much memory was returned, the C library keeps what is freed for what is asked for next.
#: It would return and fetch it again for every larger module, which costs a fault for each page.
_KEPT_MEMORY = 1 << 24

#: Bytes that are read of an image at once: its head is in them as a rule.
_USUAL_HEAD = 1 << 17

#: A longer head of an image is damaged.
_LONGEST_HEAD = 1 << 24

_usual_get_code = SourceFileLoader.get_code


def _get_code(self: SourceFileLoader, fullname: str) -> "Optional[CodeType]":
    """Compiles a module anew whose compiled file is cut, as Python leaves it on a full disk."""
    try:
        return _usual_get_code(self, fullname)
    except EOFError:
        pass
    try:
        posix.unlink(cache_from_source(self.path))
    except OSError:
        pass
    code: CodeType = self.source_to_code(self.get_data(self.path), self.path)
    return code


def _use_image(path: str) -> "dict[str, Any]":
    """Let modules come from an image; its functions, none where it is missing or damaged."""
    try:
        file = posix.open(path, posix.O_RDONLY)
        data = posix.read(file, _USUAL_HEAD)
        end = 8 + min(int.from_bytes(data[:8], "little"), _LONGEST_HEAD)
        if end > len(data):
            data += posix.read(file, end - len(data))
        posix.lseek(file, end, 0)
        head: Head = marshal.loads(memoryview(data)[8:])
        image: dict[str, Any] = {"__name__": "spack.cli.program_image"}
        exec(head[0], image)
        return image if image["install"](file, head) else {}
    except (OSError, EOFError, ValueError, TypeError, KeyError):
        return {}


def _unraisable(lost: "sys.UnraisableHookArgs") -> None:
    """Imports its module when there is something to do."""
    from spack.system.processes.interruptions import unraisable

    unraisable(lost)


def run(library: str, image: str) -> int:
    """Run the command whose words are in ``sys.argv`` and keep what it imported; the exit code.

    Args:
        library: folder with the package ``spack``.
        image: path of the program image, to which version and clone are added.
    """
    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    gc.set_threshold(_COLLECT_RARELY)
    bytes(_KEPT_MEMORY)
    SourceFileLoader.get_code = _get_code  # type: ignore[assignment,method-assign]
    sys.path.insert(0, library)
    image = f"{image}-{sys.hexversion:x}{library.replace('/', '-')[-200:]}"
    from_image = _use_image(image)
    from spack.cli.main import main

    sys.unraisablehook = _unraisable
    code = main()
    interruptible = _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler
    if interruptible:
        _signal.signal(_signal.SIGINT, _signal.SIG_IGN)
    if not from_image:
        from spack.cli import program_image

        from_image["keep"] = program_image.keep
    from_image["keep"](image, library)
    if interruptible:
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    return code


def end(code: int) -> "NoReturn":
    """Leave without taking every object of the interpreter apart, which nothing here waits for."""
    if "threading" in sys.modules:
        sys.modules["threading"]._shutdown()
    if "atexit" in sys.modules:
        sys.modules["atexit"]._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            pass  # closed, or its reader has gone
    posix._exit(code)


if __name__ == "__main__":
    end(run(sys.argv.pop(1), sys.argv.pop(1)))
