"""Pushing for commands and after builds: which specs, signed by whom, and what is told of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spack.buildcache import trust
from spack.buildcache.caches import BinaryCache
from spack.buildcache.indexing import Indexed, update_index
from spack.buildcache.layout import spec_path
from spack.buildcache.oci_caches import OciTransport
from spack.buildcache.pushing import Pushed, Sign, push
from spack.buildcache.transports.port import Transport
from spack.config.settings.place_settings import Mirror
from spack.config.settings.settings import Settings
from spack.errors import SpackError, UsageError
from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec, distinct
from spack.language.matching import satisfies
from spack.named_tuples import NamedTuple
from spack.recipes.finding.repositories import RepositoryPath
from spack.store.store import Store
from spack.type_names import TYPE_CHECKING, Callable
from spack.work.caches.opened import build_place, opened
from spack.work.machine.signing_keys import keyring
from spack.work.queries.queries import InstalledQuery, find, no_match, parse_words

if TYPE_CHECKING:
    from spack.install.step_work import AfterBuild
    from spack.session.parts import Inventory, PushParts


class PushOptions(NamedTuple):
    """The choice of what is pushed.

    Attributes:
        packages, dependencies: the specs themselves, and what they need.
        build: their build dependencies, too: True, False, or None for those that are installed.
        private: also what its recipe forbids to pass on.
        unsigned: True, False, or None for what the entry of the mirror says.
        key: the key to sign with, None for the only one.
        force: also what is there already.
        update: make the index anew at the end.
        jobs: packages at a time.  fail_fast: stop after the first failure.
        base_image: image below those of the packages, in a registry.
        tag: tag of one image of all roots and what they need, in a registry.
    """

    packages: bool = True
    dependencies: bool = True
    build: bool | None = None
    private: bool = False
    unsigned: bool | None = None
    key: str | None = None
    force: bool = False
    update: bool = False
    jobs: int = 1
    fail_fast: bool = False
    base_image: str | None = None
    tag: str | None = None


class MissingPackagesError(SpackError):
    """Packages that are to be pushed are not installed."""


def roots_to_push(inventory: Inventory, words: Sequence[str]) -> list[ConcreteSpec]:
    """Installed specs that the words mean; without any, the roots of the active environment.

    Raises NoMatchError, UsageError.
    """
    if not words:
        if inventory.environment is None:
            raise UsageError(
                "no specs given", hint="name some, or activate an environment to push its specs"
            )
        return [spec for spec, _ in inventory.environment.concrete_roots()]
    chosen: list[ConcreteSpec] = []
    for wanted in parse_words(words):
        found = find(inventory, InstalledQuery((wanted.text,)))
        if not found:
            raise no_match(inventory, wanted.text)
        chosen += [item.spec for item in found]
    return distinct(chosen)


def specs_to_push(
    store: Store,
    repositories: RepositoryPath,
    roots: Sequence[ConcreteSpec],
    options: PushOptions,
) -> tuple[list[ConcreteSpec], list[str]]:
    """The specs to push, dependencies first, and why others are left out.

    Raises MissingPackagesError.
    """
    kinds = deptypes.LINK | deptypes.RUN
    needed = [n for root in roots for n in root.traverse(kinds, order="post")]
    wider = [n for root in roots for n in root.traverse(deptypes.ALL & ~deptypes.TEST, "post")]
    root_keys = {root.dag_hash() for root in roots}
    wanted = distinct(needed if options.build is False else [*wider, *needed])
    required = {n.dag_hash() for n in (wider if options.build else needed)}
    kept, missing, reasons = [], [], []
    for node in wanted:
        key = node.dag_hash()
        if node.external is not None:
            continue
        if not (options.packages if key in root_keys else options.dependencies):
            continue
        if not store.is_installed(node):
            if key in required:
                missing.append(node)
        elif not options.private and _is_private(repositories, node):
            reasons.append(f"{node.label} is left out: it must not be redistributed; see --private")
        else:
            kept.append(node)
    if missing:
        raise MissingPackagesError(
            f"{len(missing)} packages that are to be pushed are not installed",
            details="\n".join(f"    {node.label}" for node in missing),
            hint="install them, or push without them: --only package",
        )
    return kept, reasons


def _is_private(repositories: RepositoryPath, node: ConcreteSpec) -> bool:
    if not repositories.exists(node.name):
        return False
    record = repositories.record(node.name)
    return any(
        entry.binary_disabled and (entry.when is None or satisfies(node, entry.when))
        for entry in record.redistributions
    )


def push_specs(
    parts: PushParts,
    mirror: Mirror,
    specs: Sequence[ConcreteSpec],
    options: PushOptions,
    roots: Sequence[ConcreteSpec] = (),
) -> Iterator[Pushed]:
    """Push specs to a mirror; tells of each when it is done. ``roots`` are those to tag."""
    cache = opened(
        mirror.name,
        mirror.push,
        parts.settings,
        signed=mirror.signed,
        base_image=options.base_image,
    )
    place = build_place(parts.store, parts.instance.root)
    sign = signer(parts.settings, mirror, options)
    done = []
    for result in push(
        specs,
        cache,
        place,
        sign=sign,
        force=options.force,
        jobs=options.jobs,
        fail_fast=options.fail_fast,
    ):
        if result.error is None:
            done.append(result.spec)
        yield result
    if options.tag is not None:
        tag_image(cache.transport, options.tag, roots)
    if options.update:
        make_index(cache, done)


def make_index(cache: BinaryCache, extra: Sequence[ConcreteSpec] = ()) -> Indexed:
    """Make the index of a cache, or add to that of a view."""
    hashes = None if cache.view is None else frozenset(spec.dag_hash() for spec in extra)
    return update_index(cache, hashes=hashes, append=cache.view is not None, extra=extra)


def signer(settings: Settings, mirror: Mirror, options: PushOptions) -> Sign:
    """The function that signs manifests for a mirror, or leaves them as they are."""
    unsigned = not mirror.signed if options.unsigned is None else options.unsigned
    if unsigned:
        return lambda text: text
    ring = keyring(settings)
    chosen = ring.signing_key(options.key)
    return lambda text: trust.sign(text, ring, chosen.fingerprint)


def tag_image(transport: Transport, tag: str, roots: Sequence[ConcreteSpec]) -> None:
    """Make one image of packages that were pushed. Raises UsageError where there are no images."""
    if not isinstance(transport, OciTransport):
        raise UsageError(
            f"{transport.url} is not a registry of images", hint="leave out --tag and --base-image"
        )
    transport.tag_image(tag, [spec_path(root) for root in roots if root.external is None])


def pusher(parts: PushParts) -> AfterBuild | None:
    """A function that pushes every build to the mirrors that ask for it; None if none does."""
    mirrors = [m for m in parts.settings.mirrors.values() if m.binary and m.autopush]
    if not mirrors:
        return None
    options = PushOptions()

    def push_build(spec: ConcreteSpec, prefix: str, tell: Callable[[str], None]) -> None:
        # It is not recorded yet, so that the store tells where it is going to be.
        for mirror in mirrors:
            try:
                if _is_private(parts.repositories, spec):
                    continue
                for result in push_specs(parts, mirror, [spec], options):
                    tell(f"pushed to {mirror.name}" if result.error is None else str(result.error))
            except SpackError as error:
                tell(f"not pushed to {mirror.name}: {error.message}")

    return push_build
