"""One kind of module files of one set: the place and the text of the file of any installed spec.

What is installed, and what recipes know, comes from a :class:`ModuleSource`.
"""

from __future__ import annotations

from spack.config.settings.module_settings import ModuleSetSettings
from spack.language.concrete_specs import ConcreteSpec
from spack.language.deptypes import LINK, RUN
from spack.modulefiles.content import PackageFacts, Related, context
from spack.modulefiles.layout import FilePlace, LmodLayout, TclLayout, Unlocked
from spack.modulefiles.rules import RecipeFacts, RuleBook, SpecRules
from spack.named_tuples import NamedTuple
from spack.system.files.templates import Templates
from spack.type_names import Protocol


class ModuleSource(Protocol):
    """The installed packages; names of modules of those that others installed."""

    def prefix(self, node: ConcreteSpec, /) -> str:
        """The directory of a package."""

    def is_explicit(self, node: ConcreteSpec, /) -> bool:
        """Whether a user asked for a package."""

    def facts(self, node: ConcreteSpec, kind: str, /) -> PackageFacts:
        """Facts about a package for its file; ``kind`` is ``tcl`` or ``lmod``."""

    def name_elsewhere(self, node: ConcreteSpec, kind: str, /) -> str | None:
        """The module of a package of an upstream; "" if it has none, None if that is unknown."""


class _Node(NamedTuple):
    """The rules for a spec, and the place of its file."""

    rules: SpecRules
    place: FilePlace | None


class ModuleSet:
    """The files of one kind in one set.

    Args:
        kind: ``tcl`` or ``lmod``.
        elsewhere: whether what an upstream has is left to its own module files.

    Raises:
        ConfigurationError, SpecSyntaxError: the settings are wrong.
    """

    def __init__(
        self,
        settings: ModuleSetSettings,
        kind: str,
        virtuals: RecipeFacts,
        templates: Templates,
        source: ModuleSource,
        *,
        elsewhere: bool = True,
    ) -> None:
        self.settings = settings
        self.kind = kind
        self.root = settings.roots[kind]
        self.rules = RuleBook(settings.kind(kind), virtuals)
        self.layout = (LmodLayout if kind == "lmod" else TclLayout)(settings, self.rules, virtuals)
        self._templates = templates
        self._source = source
        self._elsewhere = elsewhere
        self._nodes: dict[str, _Node] = {}

    def place(self, node: ConcreteSpec) -> FilePlace | None:
        """The place of the file of a spec; None if the settings leave it out."""
        return self._node(node).place

    def _node(self, node: ConcreteSpec) -> _Node:
        known = self._nodes.get(node.dag_hash())
        if known is None:
            explicit = self._source.is_explicit(node)
            rules = self.rules.of(node)
            place = None
            if not self.rules.is_excluded(node, explicit):
                place = self.layout.place(node, rules, explicit)
            known = self._nodes[node.dag_hash()] = _Node(rules, place)
        return known

    def name(self, node: ConcreteSpec) -> str | None:
        """The name of the module of a spec, here or in an upstream; None without one."""
        if self._elsewhere:
            name = self._source.name_elsewhere(node, self.kind)
            if name is not None:
                return name or None
        place = self.place(node)
        return None if place is None else place.use_name

    def text(self, node: ConcreteSpec) -> str:
        """The content of the file of a spec.

        Raises:
            TemplateError, FormatError: a template, or a text of the settings, cannot be filled in.
        """
        rules, place = self._node(node)
        assert place is not None
        facts = self._source.facts(node, self.kind)
        related = Related(
            (*self._names(node, rules.autoload), *rules.load),
            tuple(self._names(node, rules.prerequisites)),
        )
        unlocked = Unlocked()
        if isinstance(self.layout, LmodLayout):
            unlocked = self.layout.unlocked(node)
        verbose = self.rules.settings.verbose
        prefix = self._source.prefix
        values = context(node, facts, rules, place, related, unlocked, prefix, verbose=verbose)
        usual = f"modules/modulefile.{'lua' if self.kind == 'lmod' else 'tcl'}"
        name = rules.template or facts.template or usual
        return self._templates.fill(name, values, rules.origin)

    def _names(self, node: ConcreteSpec, which: str) -> list[str]:
        """Names of the modules of those dependencies that a rule names."""
        if which == "all":
            nodes = list(node.traverse(LINK | RUN, order="topo", root=False))
        elif which == "none":
            nodes = []
        else:
            types = RUN if which == "run" else LINK | RUN
            nodes = [edge.spec for edge in node.edges(types)]
        names = (self.name(below) for below in nodes)
        return list(dict.fromkeys(name for name in names if name is not None))
