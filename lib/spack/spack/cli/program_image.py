"""The code of all modules that commands used so far, in one file that is read at once.

What it is for: file-system calls. Python asks some seven times for every module that it imports:
whether directories have changed, what the source looks like, twice, and for the compiled code. A
command needs a hundred modules, and on a parallel file system each question is a message to a
server. With an image there is one question for each module of this program and of installed
packages (is the source still what was compiled?) and one for all modules of Python together: about
half of what a command asks. Packages that hold nothing but a docstring are not asked about: with us
an ``__init__.py`` holds nothing else, which a test of the architecture proves.

What saves processor time are the regular expressions in it: a solve needs sixty, and Python takes
8 ms to translate them, as long as to load the code of all modules. An image holds the translations
of those that the modules asked for while it was made, and :mod:`re` finds them where it remembers
its own. The code of a module is unmarshalled and executed as ever.

An image is written by the first command that imports a module which it does not hold, from what
Python compiled and keeps itself. Whatever is wrong with an image, it is not used: modules are then
found as usual. The file is a marshalled tuple, after its length in eight bytes: the code of this
very module, which the launcher runs before it can import anything, a mark, the table of modules,
the code of the smallest ones, the translated patterns, and the size of what follows, the code of
the others end to end.

Imports only what the interpreter has loaded anyway; knows no command.
"""

import marshal
import posix
import sys
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import ExtensionFileLoader, SourceFileLoader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType, ModuleType
    from typing import Any, Optional, Union

    #: Path, is a package, modification time in ns or None for what is not asked about, size, and
    #: where the code begins and how long it is, both 0 for a module that is not written in Python.
    Entry = tuple[str, bool, Optional[int], int, int, int]

    #: The interpreter's prefix, one of its modules, modification time in ns and size of that.
    Mark = tuple[str, str, int, int]

    #: A pattern and its flags, and the arguments, marshalled, that make it of its translation.
    Patterns = dict[tuple[str, int], bytes]

    Head = tuple[CodeType, Mark, dict[str, Entry], dict[str, bytes], Patterns, int]

#: Bytes of a compiled module before its code: a number, flags, modification time, size.
_HEADER = 16

#: A module with fewer bytes of code comes with the head, which is read anyway.
_SMALL = 512

#: Patterns that an image holds at most; those of a command are some hundred.
_MOST_PATTERNS = 400

#: Names under which releases of Python know the module that translates patterns.
_TRANSLATORS = ("re._compiler", "sre_compile")


class _Loader(SourceFileLoader):
    """Loads one module from the image."""

    def __init__(self, name: str, path: str, compiled: bytes) -> None:
        super().__init__(name, path)
        self.compiled = compiled

    def get_code(self, fullname: str) -> "CodeType":
        code: CodeType = marshal.loads(self.compiled)
        return code

    def exec_module(self, module: "ModuleType") -> None:
        exec(self.get_code(module.__name__), module.__dict__)
        if module.__name__ == "re":
            _remember_patterns(module)


class ImageFinder:
    """Asked before Python looks for a module itself.

    Attributes:
        modules: name to entry of every module that the image holds.
        patterns: those that are translated.
    """

    def __init__(
        self,
        modules: "dict[str, Entry]",
        small: "dict[str, bytes]",
        patterns: "Patterns",
        file: int,
        start: int,
    ) -> None:
        self.modules = modules
        self.patterns = patterns
        self._small = small
        self._file = file
        self._start = start

    def code(self, name: str) -> bytes:
        """The marshalled code of a module."""
        *_, begin, length = self.modules[name]
        if length < _SMALL:
            return self._small.get(name, b"")
        return posix.pread(self._file, length, self._start + begin)

    def find_spec(
        self,
        name: str,
        path: "Optional[Sequence[str]]" = None,
        target: "Optional[ModuleType]" = None,
    ) -> "Optional[ModuleSpec]":
        """The module from the image, unless its source is not what it was."""
        entry = self.modules.get(name)
        if entry is None:
            return None
        file, is_package, time, size, _, length = entry
        if time is not None and _times(file) != (time, size):
            return None
        loader: Union[_Loader, ExtensionFileLoader] = ExtensionFileLoader(name, file)
        if length:
            loader = _Loader(name, file, self.code(name))
        spec = ModuleSpec(name, loader, origin=file, is_package=is_package)
        if is_package:
            spec.submodule_search_locations = [file.rpartition("/")[0]]
        spec.has_location = True
        # Python would work out a path for each module that nobody asks for.
        spec.cached = ""
        return spec


def install(file: int, head: "Head") -> bool:
    """Put a finder for an image in front of all others; called by the launcher.

    Nothing is done if the image is not one of this interpreter, of this clone (several may keep
    their state in one place) and of this module, or not complete.

    Args:
        file: descriptor of the image, which was read up to the end of the head.

    Returns:
        whether modules come from the image.
    """
    _, mark, modules, small, patterns, size = head
    own, start = modules[__name__], posix.lseek(file, 0, 1)
    ours = own[0].startswith(sys.path[0] + "/") and _times(own[0]) == own[2:4]
    usable = ours and mark == _mark(mark[1]) and posix.fstat(file).st_size == start + size
    if usable:
        sys.meta_path.insert(0, ImageFinder(modules, small, patterns, file, start))
    return usable


class _Remembered(dict):  # type: ignore[type-arg]
    """The patterns that :mod:`re` remembers, and those of the image."""

    def __init__(self, known: "dict[Any, Any]", patterns: "Patterns") -> None:
        super().__init__(known)
        self._patterns = patterns

    def __missing__(self, key: "tuple[type, str, int]") -> "Any":
        kind, text, flags = key
        translated = self._patterns.get((text, flags)) if kind is str else None
        if translated is None:
            raise KeyError(key)
        import _sre  # type: ignore[import-not-found]

        made = self[key] = _sre.compile(*marshal.loads(translated))
        return made


def _remember_patterns(module: "ModuleType") -> None:
    """Let :mod:`re`, which has just been loaded, find the patterns of the image."""
    finder = next((f for f in sys.meta_path if isinstance(f, ImageFinder)), None)
    name = "_cache2" if hasattr(module, "_cache2") else "_cache"
    known = getattr(module, name, None)
    if finder is not None and type(known) is dict:
        setattr(module, name, _Remembered(known, finder.patterns))


class _Recorder:
    """Takes the place of the module that makes patterns, to see what they are made of."""

    def __getattr__(self, name: str) -> "Any":
        return getattr(sys.modules["_sre"], name)

    def compile(self, text: str, flags: int, code: "list[int]", *groups: "Any") -> None:
        # Some of the numbers are of a class that knows their names.
        self.arguments = (text, int(flags), [int(number) for number in code], *groups)


def _translated(known: "Patterns") -> "Patterns":
    """The known translations, and those of the patterns that :mod:`re` met in this process."""
    found = dict(known)
    translator: Any = next((sys.modules[n] for n in _TRANSLATORS if n in sys.modules), None)
    for kind, text, flags in list(getattr(sys.modules.get("re"), "_cache", ())):
        if kind is not str or (text, flags) in found or len(found) >= _MOST_PATTERNS:
            continue
        usual, recorder = translator._sre, _Recorder()
        translator._sre = recorder
        try:
            translator.compile(text, flags)
            found[text, flags] = marshal.dumps(recorder.arguments)
        except (AttributeError, TypeError, ValueError):
            pass  # another release of Python: its own translation serves
        finally:
            translator._sre = usual
    return found


def keep(path: str, root: str) -> None:
    """Write the image anew if modules were imported that it does not hold.

    Args:
        path: of the image.
        root: folder of this program's modules.
    """
    finder = next((f for f in sys.meta_path if isinstance(f, ImageFinder)), None)
    known = {} if finder is None else finder.modules
    library = sys.modules["os"].__file__ or ""
    python = library.rpartition("/")[0] + "/"
    installed = tuple(p + "/" for p in sys.path if p.endswith(("/site-packages", "/dist-packages")))
    folders = root + "/", python, *installed
    added: dict[str, tuple[Entry, bytes]] = {}
    for name, module in list(sys.modules.items()):
        spec = getattr(module, "__spec__", None)
        file = None if spec is None else spec.origin
        if spec is None or file is None or not file.startswith(folders):
            continue
        if type(spec.loader) not in (SourceFileLoader, ExtensionFileLoader):
            continue
        if name in known and known[name][2] is None:
            continue
        times = _times(file)
        compiled = type(spec.loader) is SourceFileLoader
        code = _compiled(spec.cached, times) if compiled and times is not None else b""
        if times is None or code is None:
            continue
        is_package = spec.submodule_search_locations is not None
        lasting = file.startswith(python) and not file.startswith(installed)
        lasting |= is_package and compiled and _is_empty(code)
        time = None if lasting else times[0]
        added[name] = (file, is_package, time, times[1], 0, len(code)), code
    mark = _mark(library)
    if not added or mark is None:
        return
    for name in known:
        if name not in added and finder is not None:
            added[name] = known[name], finder.code(name)
    modules: dict[str, Entry] = {}
    small: dict[str, bytes] = {}
    parts: list[bytes] = []
    size = 0
    for name, (entry, code) in added.items():
        modules[name] = (*entry[:4], size if code else 0, len(code))
        if len(code) < _SMALL:
            small[name] = code
        else:
            parts.append(code)
            size += len(code)
    if __name__ in added:
        patterns = _translated({} if finder is None else finder.patterns)
        code = marshal.loads(added[__name__][1])
        head = marshal.dumps((code, mark, modules, small, patterns, size))
        _write(path, [len(head).to_bytes(8, "little"), head, *parts])


def _is_empty(compiled: bytes) -> bool:
    """Whether marshalled code does nothing but set the docstring of its module."""
    code: CodeType = marshal.loads(compiled)
    return set(code.co_names) <= {"__doc__"}


def _write(path: str, parts: "Sequence[bytes]") -> None:
    """Replace the file; there may be no room or no right to, and everything works without."""
    import os

    temporary = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(temporary, "xb") as stream:
            stream.writelines(parts)
        os.replace(temporary, path)
    except OSError:
        if os.path.exists(temporary):
            os.unlink(temporary)


def _mark(file: str) -> "Optional[Mark]":
    times = _times(file)
    return None if times is None else (sys.base_prefix, file, *times)


def _times(file: str) -> "Optional[tuple[int, int]]":
    """Modification time in ns, and size in bytes."""
    try:
        status = posix.stat(file)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _compiled(file: "Optional[str]", times: "tuple[int, int]") -> "Optional[bytes]":
    """Code that Python compiled from a source with these times; None if it was not kept."""
    if file is None:
        return None
    try:
        with open(file, "rb") as stream:
            content = stream.read()
    except OSError:
        return None
    try:
        marshal.loads(content[_HEADER:])
    except (EOFError, ValueError, TypeError):
        return None
    numbers = [int.from_bytes(content[at : at + 4], "little") for at in (4, 8, 12)]
    expected = [0, times[0] // 1_000_000_000 & 0xFFFFFFFF, times[1] & 0xFFFFFFFF]
    return content[_HEADER:] if numbers == expected else None
