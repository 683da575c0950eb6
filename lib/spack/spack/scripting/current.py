"""The instance of Spack that the older names mean: one at a time, for the whole process.

Knows :class:`Spack` and how specs are bound to it; must not know names.
"""

from __future__ import annotations

import contextvars

from spack.language.concrete_specs import ConcreteSpec
from spack.recipes.bound.bindings import Binding
from spack.scripting.interface import Spack
from spack.type_names import Any


class GraphBinding(Binding):
    """The binding of the nodes of one graph; nodes share their state with other graphs.

    Args:
        top: the node that the graph was reached by.
    """

    def __init__(self, shared: Binding, top: ConcreteSpec) -> None:
        super().__init__(shared.prefixes, shared.packages, shared.view_class)
        self._states = shared._states
        self.top = top


class CurrentSpack(Spack):
    """An instance whose specs are seen as views of one class, with prefixes and packages."""

    _binding: Binding | None = None

    def binding(self, view_class: type[Any], top: ConcreteSpec) -> GraphBinding:
        """The binding of a graph; what a node has is the same in every one."""
        if self._binding is None:
            self._binding = Binding(self.session.store, self.session.repositories, view_class)
        return GraphBinding(self._binding, top)


_current: contextvars.ContextVar[CurrentSpack | None] = contextvars.ContextVar(
    "current_spack", default=None
)


def use(chosen: CurrentSpack) -> None:
    """From now on the older names mean this instance."""
    _current.set(chosen)


def current() -> CurrentSpack:
    """The instance that the older names mean; one with the settings of the shell at first."""
    chosen = _current.get()
    if chosen is None:
        chosen = CurrentSpack()
        _current.set(chosen)
    return chosen
