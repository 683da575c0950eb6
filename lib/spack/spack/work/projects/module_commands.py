"""``spack module``, and module files that follow what is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from spack.errors import SpackError
from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec, distinct
from spack.language.matching import satisfies
from spack.store.records import InstallRecord
from spack.type_names import TYPE_CHECKING
from spack.work.projects.module_names import Names
from spack.work.projects.module_sets import SetName, enabled_sets
from spack.work.queries.queries import InstalledQuery, find, no_match, one_installed, parse_words

if TYPE_CHECKING:
    from spack.config.settings.settings import Settings
    from spack.modulefiles.generation import RefreshReport
    from spack.modulefiles.index import Entry
    from spack.session.parts import Inventory, ViewParts

#: Shows a warning: what it is, and what to do.
Warn = Callable[[str], object]

_NEEDED = deptypes.LINK | deptypes.RUN


def matching(
    inventory: Inventory, texts: Sequence[str], *, upstream: bool = False
) -> list[InstallRecord]:
    """Installed packages that satisfy one of some constraints; without constraints all.

    Raises:
        NoMatchError: nothing satisfies a constraint.
    """
    tree = "all" if upstream else "local"
    found = find(inventory, InstalledQuery(tuple(texts), tree=tree))
    for text in texts if not found else ():
        raise no_match(inventory, text)
    return [item.known for item in found if isinstance(item.known, InstallRecord)]


def refresh(
    parts: ViewParts,
    name: str,
    kind: str,
    records: Sequence[InstallRecord],
    *,
    delete_tree: bool = False,
    upstream: bool = False,
    following: bool = False,
) -> RefreshReport:
    """Write the module files of some installed packages.

    Args:
        delete_tree: remove every other file of the set.
        upstream: also of what upstreams have.
        following: as in :func:`spack.modulefiles.generation.refresh`.

    Raises:
        UsageError, NotFoundError, ConfigurationError, NameClashError, OSError
    """
    from spack.modulefiles import generation
    from spack.work.projects.module_files import open_set

    opened = open_set(parts, name, kind, elsewhere=not upstream)
    return generation.refresh(
        opened.files,
        records,
        opened.kept,
        opened.packages.made_from,
        delete_tree=delete_tree,
        following=following,
    )


def warnings_of(outcome: RefreshReport) -> list[str]:
    """The lines that users are warned with."""
    lines = [f"no module file for {label}: {error}" for label, error in outcome.failures]
    return lines + [f"several packages have one module file: {line}" for line in outcome.clashes]


def modules_of(
    inventory: Inventory, name: str, kind: str, text: str, *, dependencies: bool
) -> list[Entry]:
    """The file of an installed spec, after those of what it needs at run time if wanted.

    Raises:
        NoMatchError, AmbiguousError: not one spec.
        NoModuleFileError: it has no file.
    """
    names = Names(inventory.settings, name, kind)
    spec = one_installed(inventory, text)
    entry = names.one(spec)
    if not dependencies:
        return [entry]
    below = (names.entry(node) for node in spec.traverse(_NEEDED, order="post", root=False))
    return [*(found for found in below if found is not None), entry]


def loads(
    inventory: Inventory,
    name: str,
    kind: str,
    texts: Sequence[str],
    exclude: Sequence[str],
    *,
    dependencies: bool,
    prefix: str,
    input_only: bool,
) -> str:
    """Commands that load the modules of installed specs, each after a comment that says what it is.

    Raises:
        NoMatchError, NoModuleFileError
    """
    names = Names(inventory.settings, name, kind)
    specs = [record.spec for record in matching(inventory, texts, upstream=True)]
    if dependencies:
        every = distinct(n for spec in specs for n in spec.traverse(_NEEDED, order="post"))
        specs = [node for node in every if node in specs or names.has(node)]
    unwanted = [located.spec for located in parse_words(exclude)]
    lines = []
    for spec in specs:
        left_out = any(satisfies(spec, constraint) for constraint in unwanted)
        if input_only and left_out:
            continue
        if not input_only:
            lines.append(f"# {_described(spec)}\n")
        lines.append(
            names.lines(
                [spec],
                prefix=prefix,
                input_only=input_only,
                commented=[spec] if left_out else [],
            )
        )
    return "".join(lines)


def _described(spec: ConcreteSpec) -> str:
    from spack.language.formatting import format_spec

    return format_spec(spec)


def to_remove(
    inventory: Inventory, name: str, kind: str, texts: Sequence[str]
) -> list[tuple[ConcreteSpec, Entry]]:
    """Installed specs that satisfy constraints and have module files in a set.

    Raises:
        NoMatchError: nothing installed satisfies them.
    """
    names = Names(inventory.settings, name, kind)
    return names.own([record.spec for record in matching(inventory, texts, upstream=True)])


def remove(settings: Settings, name: str, kind: str, specs: Iterable[ConcreteSpec]) -> list[str]:
    """Remove the module files of specs; the names of the modules."""
    from spack.modulefiles import generation

    root = Names(settings, name, kind).root
    return generation.remove(root, kind, [spec.dag_hash() for spec in specs])


def set_default(inventory: Inventory, name: str, kind: str, text: str) -> str:
    """Make the module of an installed spec the default of its package; its name.

    Raises:
        NoMatchError, AmbiguousError: not one spec.
        NoModuleFileError: it has no file.
    """
    from spack.modulefiles import generation, writing

    names = Names(inventory.settings, name, kind)
    entry = names.one(one_installed(inventory, text))
    with generation.locked(names.root).exclusive():
        writing.set_default(entry.path)
    return entry.use_name


# -- following what is installed ------------------------------------------------------------------


def follow_install(parts: ViewParts, specs: Sequence[ConcreteSpec], warn: Warn) -> None:
    """Bring the module files of what is installed of some graphs up to date, in enabled sets.

    What is wrong with a set, a template or a file is a warning: the packages are installed.
    """
    nodes = distinct(node for spec in specs for node in spec.traverse(order="post"))
    _follow(parts, specs, nodes, warn)


def follow_mark(parts: ViewParts, specs: Sequence[ConcreteSpec], warn: Warn) -> None:
    """Bring the module files of packages up to date that were marked; errors are warnings."""
    _follow(parts, specs, specs, warn)


def _follow(
    parts: ViewParts, marked: Sequence[ConcreteSpec], nodes: Iterable[ConcreteSpec], warn: Warn
) -> None:
    sets = enabled_sets(parts.settings.modules)
    if not sets:
        return
    from spack.store.graph import dependents_of_any

    database = parts.store.database
    above: list[InstallRecord] = []
    if any(_treats_implicits(parts.settings, one) for one in sets):
        # Their files name the modules of what was marked, which have other names or none now.
        digests = {spec.dag_hash() for spec in marked}
        above = dependents_of_any(database, digests, _NEEDED)
    records = {node.dag_hash(): database.local(node.dag_hash()) for node in nodes}
    records.update((record.hash, database.local(record.hash)) for record in above)
    own = [r for r in records.values() if r is not None and parts.store.has(r.hash)]
    for one in sets:
        try:
            outcome = refresh(parts, *one, own, following=True)
        except (SpackError, OSError) as error:
            warn(one.stale(error))
            continue
        for line in warnings_of(outcome):
            warn(line)


def _treats_implicits(settings: Settings, one: SetName) -> bool:
    """Whether it counts for the files of a set what a user asked for."""
    kind = settings.modules.sets[one.name].kind(one.kind)
    return kind.exclude_implicits or kind.hide_implicits
