"""Changes of process variables as values: recorded, inspected, applied, written for a shell.

Knows variables, lists of paths and flags; must not know packages. Requests are kept in order;
:meth:`EnvironmentModifications.apply_modifications` carries them out variable by variable.
The names say environment where recipes do.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence

from spack.system.processes import shells
from spack.system.terminal import messages
from spack.type_names import Any, Callable, Union

Pattern = Union[str, "re.Pattern[str]"]

_TOPS = ("/", "/usr", "/usr/local")
_PARTS = ("bin", "bin64", "include", "lib", "lib64")

#: Directories that every search finds without being told.
SYSTEM_DIRECTORIES = frozenset(
    [*_TOPS, *(os.path.join(top, part) for top in _TOPS for part in _PARTS)]
)


def is_system_path(path: object) -> bool:
    """Whether the path is one of the directories that every search finds anyway."""
    return bool(path) and os.path.normpath(str(path)) in SYSTEM_DIRECTORIES


def filter_system_paths(paths: Iterable[str]) -> list[str]:
    """The paths that are not system directories, in order."""
    return [path for path in paths if not is_system_path(path)]


def deprioritize_system_paths(paths: Iterable[str]) -> list[str]:
    """The same paths, those of the system last, otherwise in order."""
    return sorted(paths, key=is_system_path)


def prune_duplicate_paths(paths: Iterable[str]) -> list[str]:
    """The first of equal paths, in order."""
    return list(dict.fromkeys(paths))


# --- requests ------------------------------------------------------------------------------------


class NameModifier:
    """One request on one variable.

    ``separator`` stands between the elements of a list.
    """

    def __init__(self, name: str, *, separator: str = ":") -> None:
        self.name = name
        self.separator = separator

    def _key(self) -> tuple[object, ...]:
        return (type(self), self.name, self.separator)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NameModifier) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash((type(self), self.name))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    def execute(self, env: MutableMapping[str, str]) -> None:
        """Carry the request out in ``env``."""
        env[self.name] = self.changed(env.get(self.name, ""))

    def changed(self, old: str) -> str:
        """The new value for an old one, which is empty for an unset variable."""
        raise NotImplementedError

    def _parts(self, old: str) -> list[str]:
        return [os.path.normpath(part) for part in old.split(self.separator)]


class NameValueModifier(NameModifier):
    """One request on one variable with a value (text, or a list for :class:`SetPath`)."""

    def __init__(self, name: str, value: Any, *, separator: str = ":") -> None:
        super().__init__(name, separator=separator)
        self.value = value

    def _key(self) -> tuple[object, ...]:
        return (*super()._key(), self.value)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {self.value!r})"


class SetEnv(NameValueModifier):
    """The variable has a value. ``force`` and ``raw`` matter to audits and module files only."""

    def __init__(self, name: str, value: str, *, force: bool = False, raw: bool = False) -> None:
        super().__init__(name, value)
        self.force = force
        self.raw = raw

    def changed(self, old: str) -> str:
        return str(self.value)


class UnsetEnv(NameModifier):
    """The variable does not exist."""

    def execute(self, env: MutableMapping[str, str]) -> None:
        env.pop(self.name, None)


class AppendFlagsEnv(NameValueModifier):
    """The value comes after what is there, behind the separator."""

    def changed(self, old: str) -> str:
        return f"{old}{self.separator}{self.value}" if old else str(self.value)


class RemoveFlagsEnv(NameValueModifier):
    """Words equal to the value go."""

    def changed(self, old: str) -> str:
        words = old.split(self.separator)
        return self.separator.join(word for word in words if word != self.value)


class SetPath(NameValueModifier):
    """The variable is the joined list, as it is."""

    def changed(self, old: str) -> str:
        return self.separator.join(str(part) for part in self.value)


class PrependPath(NameValueModifier):
    """A normalised path before what is there."""

    def changed(self, old: str) -> str:
        new = os.path.normpath(self.value)
        return f"{new}{self.separator}{old}" if old else new


class AppendPath(NameValueModifier):
    """A normalised path behind what is there."""

    def changed(self, old: str) -> str:
        new = os.path.normpath(self.value)
        return f"{old}{self.separator}{new}" if old else new


class RemovePath(NameValueModifier):
    """All elements equal to the path go; an unset variable becomes ``.``."""

    def changed(self, old: str) -> str:
        gone = os.path.normpath(self.value)
        return self.separator.join(part for part in self._parts(old) if part != gone)


class RemoveFirstPath(NameValueModifier):
    """The first element equal to the path goes; an unset variable becomes ``.``."""

    def changed(self, old: str) -> str:
        return self.separator.join(_without_one(self._parts(old), self.value))


class RemoveLastPath(NameValueModifier):
    """The last element equal to the path goes; an unset variable becomes ``.``."""

    def changed(self, old: str) -> str:
        return self.separator.join(_without_one(self._parts(old)[::-1], self.value)[::-1])


def _without_one(parts: list[str], path: str) -> list[str]:
    gone = os.path.normpath(path)
    if gone in parts:
        parts.remove(gone)
    return parts


class PruneDuplicatePaths(NameModifier):
    """Of equal elements the first stays."""

    def changed(self, old: str) -> str:
        return self.separator.join(prune_duplicate_paths(self._parts(old))) if old else ""


class DeprioritizeSystemPaths(NameModifier):
    """System directories come last."""

    def changed(self, old: str) -> str:
        return self.separator.join(deprioritize_system_paths(self._parts(old))) if old else ""


#: The inverse of each request; requests that are not here cannot be undone.
_INVERSE: dict[type[NameModifier], Callable[[Any], NameModifier]] = {
    SetEnv: lambda r: UnsetEnv(r.name),
    SetPath: lambda r: UnsetEnv(r.name, separator=r.separator),
    PrependPath: lambda r: RemoveFirstPath(r.name, r.value, separator=r.separator),
    AppendPath: lambda r: RemoveLastPath(r.name, r.value, separator=r.separator),
    AppendFlagsEnv: lambda r: RemoveFlagsEnv(r.name, r.value, separator=r.separator),
}


def _text(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, os.PathLike):
        messages.warn(
            f"the variable {name} has a value of type {type(value).__name__}: {value!r}",
            "pass a string instead",
        )
    return str(value)


class EnvironmentModifications:
    """An ordered list of requests to change process variables."""

    def __init__(self, other: EnvironmentModifications | None = None) -> None:
        self.env_modifications: list[NameModifier] = []
        if other is not None:
            self.extend(other)

    def __iter__(self) -> Iterator[NameModifier]:
        return iter(self.env_modifications)

    def __len__(self) -> int:
        return len(self.env_modifications)

    def __repr__(self) -> str:
        return f"EnvironmentModifications({self.env_modifications!r})"

    # requests

    def set(self, name: str, value: str, *, force: bool = False, raw: bool = False) -> None:
        """Give a variable a value; one that is not a string is converted, with a warning."""
        self.env_modifications.append(SetEnv(name, _text(name, value), force=force, raw=raw))

    def unset(self, name: str) -> None:
        """Remove a variable."""
        self.env_modifications.append(UnsetEnv(name))

    def append_flags(self, name: str, value: str, sep: str = " ") -> None:
        """Put flags behind the value, after ``sep``."""
        self.env_modifications.append(AppendFlagsEnv(name, _text(name, value), separator=sep))

    def remove_flags(self, name: str, value: str, sep: str = " ") -> None:
        """Remove the words equal to ``value``."""
        self.env_modifications.append(RemoveFlagsEnv(name, _text(name, value), separator=sep))

    def set_path(self, name: str, elements: Iterable[str], separator: str = ":") -> None:
        """Give a variable a list of paths."""
        paths = [_text(name, element) for element in elements]
        self.env_modifications.append(SetPath(name, paths, separator=separator))

    def prepend_path(self, name: str, path: str, separator: str = ":") -> None:
        """Put a path before the others."""
        self.env_modifications.append(PrependPath(name, _text(name, path), separator=separator))

    def append_path(self, name: str, path: str, separator: str = ":") -> None:
        """Put a path behind the others."""
        self.env_modifications.append(AppendPath(name, _text(name, path), separator=separator))

    def remove_path(self, name: str, path: str, separator: str = ":") -> None:
        """Remove all elements equal to the path."""
        self.env_modifications.append(RemovePath(name, _text(name, path), separator=separator))

    def prune_duplicate_paths(self, name: str, separator: str = ":") -> None:
        """Keep the first of equal elements."""
        self.env_modifications.append(PruneDuplicatePaths(name, separator=separator))

    def deprioritize_system_paths(self, name: str, separator: str = ":") -> None:
        """Move system directories behind the others."""
        self.env_modifications.append(DeprioritizeSystemPaths(name, separator=separator))

    # the list

    def extend(self, other: EnvironmentModifications) -> None:
        """The requests of another list come after those of this one."""
        self.env_modifications.extend(other.env_modifications)

    def clear(self) -> None:
        """Forget every request."""
        self.env_modifications = []

    def drop(self, *name: str) -> bool:
        """Forget the requests on these variables; whether there were any."""
        kept = [request for request in self if request.name not in name]
        dropped = len(kept) != len(self)
        self.env_modifications = kept
        return dropped

    def group_by_name(self) -> dict[str, list[NameModifier]]:
        """The requests of each variable, in order."""
        groups: dict[str, list[NameModifier]] = {}
        for request in self:
            groups.setdefault(request.name, []).append(request)
        return groups

    def reversed(self) -> EnvironmentModifications:
        """Requests that undo these, last first; what cannot be undone is skipped."""
        result = EnvironmentModifications()
        for request in self.env_modifications[::-1]:
            inverse = _INVERSE.get(type(request))
            if inverse is not None:
                result.env_modifications.append(inverse(request))
        return result

    # effects

    def apply_modifications(self, env: MutableMapping[str, str] | None = None) -> None:
        """Change ``env`` (the variables of this process if None), in sorted order of the names."""
        target = os.environ if env is None else env
        for _, requests in sorted(self.group_by_name().items()):
            for request in requests:
                request.execute(target)

    def changes(
        self, env: Mapping[str, str] | None = None, explicit: bool = False
    ) -> dict[str, str | None]:
        """New values of the variables that would change, sorted; None: the variable goes.

        ``explicit`` includes variables that are touched and keep their value.
        """
        before = dict(os.environ if env is None else env)
        after = dict(before)
        self.apply_modifications(after)
        return {
            name: after.get(name)
            for name in sorted(self.group_by_name())
            if explicit or after.get(name) != before.get(name)
        }

    def shell_modifications(
        self, shell: str = "sh", explicit: bool = False, env: Mapping[str, str] | None = None
    ) -> str:
        """Code of a shell, one line a variable that changes.

        ``MANPATH`` gets a trailing ``:`` so that the system's manual pages are still found.
        Raises UnknownShellError.
        """
        lines = []
        for name, value in self.changes(env, explicit).items():
            if value is None:
                lines.append(shells.unset_line(name, shell))
                continue
            if name == "MANPATH" and not value.endswith(":"):
                value += ":"
            lines.append(shells.set_line(name, value, shell))
        return "".join(line + "\n" for line in lines)

    # origins

    @staticmethod
    def from_environment_diff(
        before: Mapping[str, str], after: Mapping[str, str], clean: bool = False
    ) -> EnvironmentModifications:
        """Requests that make ``after`` of ``before``.

        Lists of paths become additions and removals, so that the requests also make sense for
        other values. ``clean`` drops duplicate elements.
        """
        result = EnvironmentModifications()
        for name in sorted(set(before) - set(after)):
            result.unset(name)
        for name in sorted(after):
            new = after[name]
            if name not in before:
                separator = _list_separator(name, new)
                if separator is None:
                    result.set(name, new)
                else:
                    parts = _split(new, separator, clean)
                    result.prepend_path(name, separator.join(parts), separator)
            elif before[name] != new:
                _add_change(result, name, before[name], new, clean)
        return result

    @staticmethod
    def from_sourcing_file(
        filename: str | os.PathLike[str],
        *arguments: str,
        shell: str = "/bin/bash",
        exclude: Sequence[Pattern] = (),
        include: Sequence[Pattern] = (),
        clean: bool = False,
        **options: Any,
    ) -> EnvironmentModifications:
        """Requests that do what sourcing a shell script does.

        Args:
            arguments: of the script.
            shell: program that sources it.
            exclude, include: names (patterns) left out, and kept although left out.
            clean: drop duplicate elements of lists.
            options: ``source_command``, ``suppress_output``, ``shell_options``,
                ``concatenate_on_success``: parts of the command line, for unusual shells.

        Raises:
            RuntimeError: the file does not exist, or sourcing it fails.
        """
        from spack.system.processes.sourcing import environment_after_sourcing_files, is_noise

        path = os.fspath(filename)
        if not os.path.isfile(path):
            raise RuntimeError(f"cannot source {path}: the file does not exist")
        after = environment_after_sourcing_files(
            " ".join([shells.quote(path), *(shells.quote(str(arg)) for arg in arguments)]),
            shell=shell,
            **options,
        )
        before = dict(os.environ)
        for names in (before, after):
            for name in [name for name in names if is_noise(name, exclude, include)]:
                del names[name]
        return EnvironmentModifications.from_environment_diff(before, after, clean)


def _list_separator(name: str, value: str) -> str | None:
    """The separator of a variable that looks like a list of paths, or None."""
    if ":" in value:
        return ":"
    if ";" in value:
        return ";"
    return ":" if "PATH" in name else None


def _split(value: str, separator: str, clean: bool) -> list[str]:
    parts = value.split(separator)
    return prune_duplicate_paths(parts) if clean else parts


def _add_change(
    result: EnvironmentModifications, name: str, before: str, after: str, clean: bool
) -> None:
    """Requests for a variable that exists before and after with different values."""
    separators = [sign for sign in (":", ";") if sign in before or sign in after]
    if not separators:
        result.set(name, after)
        return
    separator = separators[0]
    old, new = _split(before, separator, clean), _split(after, separator, clean)
    kept = [part for part in old if part in new]
    start = next((at for at in range(len(new)) if new[at : at + len(kept)] == kept), 0)
    if not kept or new[start : start + len(kept)] != kept:
        # No common part in the same order: everything old goes, everything new comes.
        kept, start = [], len(new)
    for part in dict.fromkeys(part for part in old if part not in kept):
        result.remove_path(name, part, separator)
    for part in reversed(new[:start]):
        result.prepend_path(name, part, separator)
    for part in new[start + len(kept) :]:
        result.append_path(name, part, separator)


@contextlib.contextmanager
def set_env(**kwargs: str | None) -> Iterator[None]:
    """Variables of this process have other values inside the block; None removes one."""
    before = {name: os.environ.get(name) for name in kwargs}
    _assign(kwargs)
    try:
        yield
    finally:
        _assign(before)


def _assign(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
