"""The library of clingo, called without the Python modules that come with it.

``import clingo`` loads fourteen modules, most for what is not used here (syntax trees, theories,
symbols, propagators), and each of their calls goes through wrappers: 25 ms of a command, and a
third more for every rule. Their foundation, ``clingo._clingo``, has the functions of the library of
clingo (all releases from 5.5 on) and loads in 2 ms. The names here are those of the library's
documentation, without ``clingo_``. Knows no program; begin with :class:`Control`.
"""

from __future__ import annotations

import sys
from _frozen_importlib import module_from_spec
from collections.abc import Iterable, Sequence
from functools import cache

from spack.type_names import Any

_ASYNC, _YIELD = 1, 2
_SATISFIABLE, _UNSATISFIABLE = 1, 2
_SIGN = 1

_EXTENSION = "clingo._clingo"


@cache
def _library() -> tuple[Any, Any]:
    """The functions of clingo and what makes values for them, as cffi has them.

    Raises:
        ModuleNotFoundError: clingo is not installed.
    """
    module = sys.modules.get(_EXTENSION)
    if module is None:
        # The program image knows the extension by name; otherwise it is beside the package.
        spec = _find(_EXTENSION, None)
        if spec is None:
            package = _find("clingo", None)
            spec = package and _find(_EXTENSION, package.submodule_search_locations)
        if spec is None:
            raise ModuleNotFoundError(f"No module named '{_EXTENSION}'", name="clingo")
        module = sys.modules[_EXTENSION] = module_from_spec(spec)
        spec.loader.exec_module(module)
    return module.lib, module.ffi


def _find(name: str, path: Any) -> Any:
    """The place of a module, without the import of the package that it is part of."""
    found = (finder.find_spec(name, path) for finder in list(sys.meta_path))
    return next((spec for spec in found if spec is not None), None)


class Control:
    """A program and the search for its answers.

    Args:
        arguments: as on clingo's command line. Its messages are not shown.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        self._lib, self._ffi = _library()
        words = [self._ffi.new("char[]", word.encode()) for word in arguments]
        null = self._ffi.NULL
        self._control = None
        self._control = self._value(
            "clingo_control_t**", self._lib.clingo_control_new, words, len(words), null, null, 0
        )

    def __del__(self) -> None:
        if self._control is not None:
            self._lib.clingo_control_free(self._control)

    def _check(self, done: bool) -> None:
        if not done:
            text = self._lib.clingo_error_message()
            raise RuntimeError("clingo: " + (self._ffi.string(text).decode() if text else "fault"))

    def _value(self, kind: str, function: Any, *arguments: Any) -> Any:
        """The value that a function writes where its last argument points."""
        out = self._ffi.new(kind)
        self._check(function(*arguments, out))
        return out[0]

    def backend(self) -> Backend:
        """Writes rules; to be closed before the next search."""
        return Backend(self)

    def solve(self, assumptions: Sequence[int], *, models: bool = False) -> Handle:
        """Begin a search in another thread; with ``models`` it waits where it finds one."""
        return Handle(self, assumptions, _ASYNC | _YIELD if models else _ASYNC)

    def configure(self, name: str, text: str) -> None:
        """Set an option such as ``solve.opt_mode``."""
        lib, value = self._lib, self._value
        options = value("clingo_configuration_t**", lib.clingo_control_configuration, self._control)
        root = value("clingo_id_t*", lib.clingo_configuration_root, options)
        key = value("clingo_id_t*", lib.clingo_configuration_map_at, options, root, name.encode())
        self._check(lib.clingo_configuration_value_set(options, key, text.encode()))

    def lower_bounds(self) -> list[float]:
        """The least costs of any answer as far as they are known, highest priority first."""
        lib, value = self._lib, self._value
        facts, key = self._statistics(b"summary", b"lower")
        if key is None:
            return []
        size = value("size_t*", lib.clingo_statistics_array_size, facts, key)
        items = [
            value("uint64_t*", lib.clingo_statistics_array_at, facts, key, position)
            for position in range(size)
        ]
        return [value("double*", lib.clingo_statistics_value_get, facts, item) for item in items]

    def conflicts(self) -> int:
        """The number of conflicts of the last search."""
        facts, key = self._statistics(b"solving", b"solvers", b"conflicts")
        if key is None:
            return 0
        return int(self._value("double*", self._lib.clingo_statistics_value_get, facts, key))

    def _statistics(self, *names: bytes) -> tuple[Any, Any]:
        """All statistics, and the key of those of that name, None if there are none."""
        lib, value = self._lib, self._value
        facts = value("clingo_statistics_t**", lib.clingo_control_statistics, self._control)
        key = value("uint64_t*", lib.clingo_statistics_root, facts)
        for name in names:
            if not value("bool*", lib.clingo_statistics_map_has_subkey, facts, key, name):
                return facts, None
            key = value("uint64_t*", lib.clingo_statistics_map_at, facts, key, name)
        return facts, key


class Backend:
    """Adds to the program of a control while a ``with`` statement lasts.

    Programs have tens of thousands of rules: there are methods that add many in one go.
    """

    def __init__(self, control: Control) -> None:
        self._control = control
        self._lib = control._lib
        self._check = control._check
        self._backend = control._value(
            "clingo_backend_t**", self._lib.clingo_control_backend, control._control
        )

    def __enter__(self) -> Backend:
        self._check(self._lib.clingo_backend_begin(self._backend))
        return self

    def __exit__(self, *_: object) -> None:
        self._check(self._lib.clingo_backend_end(self._backend))

    def rules(self, rules: Iterable[tuple[int, Sequence[int]]]) -> None:
        """``head :- body.`` each."""
        rule, backend = self._lib.clingo_backend_rule, self._backend
        for head, body in rules:
            if not rule(backend, False, (head,), 1, body, len(body)):
                self._check(False)

    def choices(self, choices: Iterable[tuple[Sequence[int], Sequence[int]]]) -> None:
        """``{heads} :- body.`` each."""
        rule, backend = self._lib.clingo_backend_rule, self._backend
        for heads, body in choices:
            if not rule(backend, True, heads, len(heads), body, len(body)):
                self._check(False)

    def constraints(self, bodies: Iterable[Sequence[int]]) -> None:
        """``:- body.`` each."""
        rule, backend = self._lib.clingo_backend_rule, self._backend
        for body in bodies:
            if not rule(backend, False, (), 0, body, len(body)):
                self._check(False)

    def at_least(self, heads: Sequence[int], lower: int, literals: Sequence[int]) -> None:
        """``head :- #count{literals} >= lower.``, a constraint without a head."""
        body = [(literal, 1) for literal in literals]
        self._check(
            self._lib.clingo_backend_weight_rule(
                self._backend, False, heads, len(heads), lower, body, len(body)
            )
        )

    def minimize(self, priority: int, terms: Sequence[tuple[int, int]]) -> None:
        """Literals with their weights."""
        self._check(self._lib.clingo_backend_minimize(self._backend, priority, terms, len(terms)))

    def acyclic_edge(self, source: int, target: int, condition: Sequence[int]) -> None:
        """An edge that may close no cycle where all of the condition holds."""
        self._check(
            self._lib.clingo_backend_acyc_edge(
                self._backend, source, target, condition, len(condition)
            )
        )

    def prefer(self, hints: Iterable[tuple[int, int]]) -> None:
        """Atoms with the sign that is tried first."""
        heuristic, backend = self._lib.clingo_backend_heuristic, self._backend
        for atom, sign in hints:
            self._check(heuristic(backend, atom, _SIGN, sign, 1, (), 0))


class Handle:
    """A search that runs; ends with the ``with`` statement."""

    def __init__(self, control: Control, assumptions: Sequence[int], mode: int) -> None:
        self._control = control
        self._lib, self._ffi = control._lib, control._ffi
        self._value = control._value
        null = self._ffi.NULL
        self._handle = self._value(
            "clingo_solve_handle_t**",
            self._lib.clingo_control_solve,
            *(control._control, mode, assumptions, len(assumptions), null, null),
        )
        if mode & _YIELD:
            control._check(self._lib.clingo_solve_handle_resume(self._handle))

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *_: object) -> None:
        self._control._check(self._lib.clingo_solve_handle_close(self._handle))

    def wait(self, seconds: float) -> bool:
        """Whether the search has ended, or found a model to look at, within this time."""
        out = self._ffi.new("bool*")
        self._lib.clingo_solve_handle_wait(self._handle, seconds, out)
        return bool(out[0])

    def cancel(self) -> None:
        """Stop."""
        self._control._check(self._lib.clingo_solve_handle_cancel(self._handle))

    def unsatisfiable(self) -> bool:
        """Whether the search has shown that there is no answer; waits for its end.

        Raises:
            RuntimeError: the search failed.
        """
        return bool(self._result() & _UNSATISFIABLE)

    def satisfiable(self) -> bool:
        """Whether the search has found an answer; waits for its end."""
        return bool(self._result() & _SATISFIABLE)

    def _result(self) -> int:
        return int(
            self._value(
                "clingo_solve_result_bitset_t*", self._lib.clingo_solve_handle_get, self._handle
            )
        )

    def model(self, *, last: bool = False) -> Model | None:
        """The model at which the search waits, or the last one when it has ended."""
        lib = self._lib
        function = lib.clingo_solve_handle_last if last else lib.clingo_solve_handle_model
        model = self._value("clingo_model_t const**", function, self._handle)
        return Model(self._control, model) if model else None

    def core(self) -> list[int]:
        """Assumptions that cannot hold together."""
        core, size = self._ffi.new("clingo_literal_t const**"), self._ffi.new("size_t*")
        self._control._check(self._lib.clingo_solve_handle_core(self._handle, core, size))
        return list(self._ffi.unpack(core[0], size[0])) if size[0] else []


class Model:
    """An answer; read it before the search goes on or ends."""

    def __init__(self, control: Control, model: Any) -> None:
        self._control = control
        self._model = model

    def true(self, atoms: Iterable[int]) -> set[int]:
        """Those of the atoms that are true."""
        is_true, model = self._control._lib.clingo_model_is_true, self._model
        out = self._control._ffi.new("bool*")
        found = set()
        for atom in atoms:
            if not is_true(model, atom, out):
                self._control._check(False)
            if out[0]:
                found.add(atom)
        return found
