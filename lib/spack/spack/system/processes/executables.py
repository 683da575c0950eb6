"""Programs as functions: find one, give it default arguments and variables, call it.

Knows program files, arguments and process variables; must not know packages.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from contextlib import ExitStack
from pathlib import PurePath

from spack.errors import SpackError
from spack.system.processes.children import kill_tree
from spack.system.processes.jobserver import (
    HeldJobs,
    JobServer,
    SharedJobs,
    get_effective_jobs,
    makeflags_address,
    share_of,
)
from spack.system.terminal import messages
from spack.type_names import IO, Any, Callable, Protocol, Union


class EnvironmentChanges(Protocol):
    """Anything that can change a mapping of process variables in place."""

    def apply_modifications(self, env: MutableMapping[str, str] | None = None) -> None:
        """Change ``env``."""


#: A mapping that is merged, or changes that are applied.
Variables = Union[Mapping[str, str], EnvironmentChanges]

#: ``None``: inherited; a stream; a file name; the type ``str``: captured; ``str.split``: both.
Sink = Union[None, IO[Any], str, type, Callable[..., Any]]

PathList = Union[None, str, Iterable[str]]


class ProcessError(SpackError):
    """A program failed or could not be started.

    ``long_message`` has the command line and what was captured.
    """

    def __init__(self, message: str, long_message: str | None = None) -> None:
        super().__init__(message, details=long_message)

    @property
    def long_message(self) -> str | None:
        """Command line and captured text."""
        return self.details


class ProcessTimeoutError(ProcessError):
    """A program ran longer than it was allowed to and was ended."""


class CommandNotFoundError(SpackError):
    """No program of that name in the directories searched."""


class Executable:
    """A program with default arguments and variables; calling it runs it.

    Nothing is searched or checked when it is made.
    """

    def __init__(self, name: str | os.PathLike[str]) -> None:
        text = os.fspath(name)
        program = str(PurePath(text))
        if text.startswith("./"):
            # A name without a slash would be searched in PATH.
            program = os.path.join(".", program)
        self.exe: list[str] = [program]
        self.default_env: dict[str, str] = {}
        self.default_envmods: list[EnvironmentChanges] = []
        self.returncode: int | None = 1
        self.ignore_quotes = False

    def add_default_arg(self, *args: str) -> None:
        """Arguments that every call passes before its own."""
        self.exe.extend(args)

    def with_default_args(self, *args: str) -> Executable:
        """A copy that passes further arguments before those of the call."""
        new = self.copy()
        new.add_default_arg(*args)
        return new

    def copy(self) -> Executable:
        """An independent object that runs the same."""
        new = type(self).__new__(type(self))
        new.__dict__.update(self.__dict__)
        new.exe = list(self.exe)
        new.default_env = dict(self.default_env)
        new.default_envmods = list(self.default_envmods)
        new.returncode = 1
        return new

    def add_default_env(self, key: str, value: str) -> None:
        """A process variable that every call sets."""
        self.default_env[key] = value

    def add_default_envmod(self, envmod: EnvironmentChanges) -> None:
        """Changes of the process variables that every call makes."""
        self.default_envmods.append(envmod)

    @property
    def command(self) -> str:
        """Program and default arguments, joined by blanks."""
        return " ".join(self.exe)

    @property
    def path(self) -> str:
        """The program, without a leading ``./``."""
        return str(PurePath(self.exe[0]))

    @property
    def name(self) -> str:
        """The last part of the path."""
        return PurePath(self.path).name

    def __call__(
        self,
        *args: str,
        fail_on_error: bool = True,
        ignore_errors: int | Sequence[int] = (),
        ignore_quotes: bool | None = None,
        timeout: float | None = None,
        env: Variables | None = None,
        extra_env: Variables | None = None,
        input: IO[Any] | str | None = None,
        output: Sink = None,
        error: Sink = None,
        _dump_env: MutableMapping[str, str] | None = None,
    ) -> str | None:
        """Run the program; the text of everything captured, or None if nothing is.

        Args:
            fail_on_error: an exit code other than 0 raises.
            ignore_errors: exit codes that do not raise.
            ignore_quotes: do not warn about arguments in quotes.
            timeout: seconds after which the program and its children are ended.
            env: the variables, instead of those of this process.
            extra_env: variables set in addition.
            input: stream or name of a file to read.
            output, error: None inherits; a stream; a file name (emptied first); the type ``str``
                captures; ``str.split`` captures and passes on.

        Raises:
            ProcessError: it failed, or could not be started (whatever ``fail_on_error`` says).
            ProcessTimeoutError: the time was up.
        """
        variables = self._variables(env, extra_env)
        if _dump_env is not None:
            _dump_env.clear()
            _dump_env.update(variables)
        ignored = (ignore_errors,) if isinstance(ignore_errors, int) else tuple(ignore_errors)
        quiet = self.ignore_quotes if ignore_quotes is None else ignore_quotes
        command = self.exe + [str(arg) for arg in args]
        quoted = [arg for arg in command[1:] if _is_quoted(arg)]
        if quoted and not quiet:
            messages.warn(
                "quotes in arguments reach the program: no shell removes them", " ".join(quoted)
            )
        line = " ".join(shlex.quote(part) for part in command)
        messages.debug(line, level=2)
        if not (input is None or isinstance(input, (str, os.PathLike)) or hasattr(input, "read")):
            raise ValueError("input cannot be captured: pass a stream or the name of a file")

        with ExitStack() as files:
            source: Any = input
            if isinstance(input, (str, os.PathLike)):
                source = files.enter_context(open(input, "rb"))
            sinks = [_open_sink(sink, files) for sink in (output, error)]
            try:
                child = subprocess.Popen(
                    command,
                    stdin=source,
                    stdout=sinks[0],
                    stderr=sinks[1],
                    env=variables,
                    close_fds=False,
                )
            except OSError as problem:
                self.returncode = problem.errno
                message = f"{self.exe[0]}: {problem.strerror or problem}"
                details = f"Command: {line}"
                if " " in self.exe[0]:
                    details += "\nThe program name contains a space: does it include arguments?"
                raise ProcessError(message, details) from problem
            try:
                out, err = child.communicate(timeout=timeout)
                late = False
            except subprocess.TimeoutExpired:
                kill_tree(child.pid, grace=1.0)
                out, err = child.communicate()
                late = True
            except BaseException:
                kill_tree(child.pid)
                child.wait()
                raise
        self.returncode = child.returncode
        captured = self._captured(out, err, output, error)
        report = f"Command: {line}" + (f"\n\n{captured}" if captured else "")
        if late and fail_on_error:
            raise ProcessTimeoutError(
                f"{self.exe[0]} did not finish within {timeout} seconds", report
            )
        if not late and child.returncode != 0 and child.returncode not in ignored and fail_on_error:
            raise ProcessError(f"Command exited with status {child.returncode}:", report)
        return captured

    def _variables(self, env: Variables | None, extra: Variables | None) -> dict[str, str]:
        result: dict[str, str] = {} if env is not None else dict(os.environ)
        parts: list[Variables | None] = [*self.default_envmods, self.default_env, env, extra]
        for part in parts:
            if isinstance(part, Mapping):
                result.update(part)
            elif part is not None:
                part.apply_modifications(result)
        return result

    @staticmethod
    def _captured(out: Any, err: Any, output: Sink, error: Sink) -> str | None:
        if not _is_capture(output) and not _is_capture(error):
            return None
        text = ""
        for data, sink, stream in ((out, output, sys.stdout), (err, error, sys.stderr)):
            if data is None or not _is_capture(sink):
                continue
            part = data.decode("utf-8").replace("\r\n", "\n")
            text += part
            if sink is not str:
                stream.write(part)
        return text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Executable) and self.exe == other.exe

    def __hash__(self) -> int:
        return hash((type(self), tuple(self.exe)))

    def __repr__(self) -> str:
        return f"<exe: {self.exe}>"

    def __str__(self) -> str:
        return self.command


def _is_quoted(argument: str) -> bool:
    return len(argument) > 1 and argument[0] == argument[-1] and argument[0] in "\"'"


def _is_capture(sink: Sink) -> bool:
    return sink is str or sink == str.split


def _open_sink(sink: Any, files: ExitStack) -> Any:
    if _is_capture(sink):
        return subprocess.PIPE
    if isinstance(sink, (str, os.PathLike)):
        return files.enter_context(open(sink, "wb"))
    return sink


class MakeExecutable(Executable):
    """A build tool of the make family: each call says how many jobs may run.

    ``jobs`` is the number to ask for; ``supports_jobserver`` says whether the tool takes part in
    a job server named by ``MAKEFLAGS``, in which case no number is passed. For one that does not,
    jobs are taken from the server while it runs: those that are free, and for as many as ``jobs``
    it waits a while. It is told of those that it got.
    """

    def __init__(
        self,
        name: str | os.PathLike[str],
        *,
        jobs: int | SharedJobs,
        supports_jobserver: bool = True,
    ) -> None:
        super().__init__(name)
        self.supports_jobserver = supports_jobserver
        self.jobs = share_of(jobs)
        self._job_variables: dict[str, str] = {}

    def __call__(
        self,
        *args: str,
        parallel: bool = True,
        jobs_env: str | None = None,
        jobs_env_supports_jobserver: bool = False,
        **kwargs: Any,
    ) -> str | None:
        """Run with ``-jN`` first; ``jobs_env`` names a variable that gets a number, too.

        Other arguments as for :class:`Executable`.
        """
        with ExitStack() as held:
            self._job_variables = {}
            server = JobServer.join(os.environ.get("MAKEFLAGS", ""))
            if server is not None:
                held.enter_context(server)
            takes_part = self.supports_jobserver and self._finds(server)
            own = get_effective_jobs(self.jobs, parallel, takes_part)
            inner = get_effective_jobs(self.jobs, parallel, jobs_env_supports_jobserver)
            number = self.jobs
            numbers = [own, inner if jobs_env else None]
            if server is not None and any(told not in (None, 1) for told in numbers):
                number = 1 + server.acquire_many(number - 1, server.jobs - 1, HeldJobs.PATIENCE)
            if own is not None:
                args = (f"-j{1 if own == 1 else number}", *args)
            if jobs_env and inner is not None:
                self._job_variables[jobs_env] = str(1 if inner == 1 else number)
            return super().__call__(*args, **kwargs)

    def _finds(self, server: JobServer | None) -> bool:
        """Whether the tool finds a job server; ninja looks for a path, not for descriptors."""
        if server is None:
            return False
        address = makeflags_address(os.environ.get("MAKEFLAGS", "")) or ""
        if address.startswith("fifo:") or not self.name.startswith("ninja"):
            return True
        if server.has_path:
            self._job_variables = server.variables(path_in="self")
        return server.has_path

    def _variables(self, env: Variables | None, extra: Variables | None) -> dict[str, str]:
        return {**super()._variables(env, extra), **self._job_variables}


def _directories(path: PathList) -> list[str]:
    if path is None:
        path = os.environ.get("PATH", "")
    parts = path.split(os.pathsep) if isinstance(path, str) else [os.fspath(p) for p in path]
    return [part for part in parts if part]


def _is_program(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)


def which_string(*args: str, path: PathList = None, required: bool = False) -> str | None:
    """Path of the first program found, in the order of the names, then of the directories.

    Args:
        path: text split at ``:``, or a list; ``PATH`` if None.
        required: raise CommandNotFoundError instead of returning None.
    """
    directories = _directories(path)
    for name in args:
        here: tuple[str, ...] = (".",) if name.startswith(".") else ()
        for directory in (*here, *directories):
            candidate = name if os.path.isabs(name) else os.path.join(directory, name)
            if _is_program(candidate):
                return candidate
        if os.path.isabs(name) and _is_program(name):
            return name
    if required:
        raise CommandNotFoundError(
            f"the required program {args[0]!r} was not found",
            hint="install it, or add its directory to PATH",
        )
    return None


def which(*args: str, path: PathList = None, required: bool = False) -> Executable | None:
    """Like :func:`which_string`, as an object to call."""
    found = which_string(*args, path=path, required=required)
    return Executable(found) if found else None
