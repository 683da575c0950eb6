"""Installing packages from binary caches: find, download, verify, unpack, replace paths, check.

:class:`CacheSource` is what an installation sees of all caches. It writes into a prefix that the
installation has made and marked, and nothing else of the store; who calls holds the lock of the
prefix and records it when everything went well.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

from spack.buildcache.build_info import BuildInfo
from spack.buildcache.caches import BinaryCache, Offer, Verify, check_stream, offer_of, without_keys
from spack.buildcache.layout import spec_path
from spack.buildcache.unpacking import Unpacked, replacements, unpack
from spack.errors import NotFoundError, SpackError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.serialization import SpecfileError, load_json, specfile_from_dict
from spack.language.splices import exchanged
from spack.named_tuples import NamedTuple
from spack.store.layout import metadata
from spack.store.store import Store
from spack.system.binaries.path_replacement import Replacements
from spack.system.files.filesystem import remove_directory_contents
from spack.system.files.mounts import shortage
from spack.system.files.writing import atomic_write
from spack.type_names import IO, Any, Callable, Protocol

#: Number of the form of the file that says where an installed package came from.
_FORMAT = 1


class UnusableBinaryError(SpackError):
    """No cache has a copy of a package that can be used; says why of each."""


class WrongArchiveError(SpackError):
    """An archive that has another package than its manifest says."""


class ListsPackages(Protocol):
    """The packages that a cache has, as its index says."""

    def has(self, digest: str) -> bool:
        """Whether the package of a DAG hash is listed."""


class Destination(NamedTuple):
    """The place that packages are installed for.

    Attributes:
        store: their store; only prefixes and paths are asked.
        sbang: path of the program for long first lines of scripts.
        scratch: directory for downloads.
        unpack_limit: bytes that one package may have, 0 for any number.
    """

    store: Store
    sbang: str
    scratch: str
    unpack_limit: int = 0


class CacheSource:
    """Some caches, as an installation sees them.

    Args:
        caches: the first that has a package that can be used is taken.
        destination: where packages go.
        verify: checks manifests.
        index_of: the index of a cache; None where it has none that can be read.
        check: raises SpackError for a package that may not be taken from a cache.
    """

    def __init__(
        self,
        caches: Sequence[BinaryCache],
        destination: Destination,
        *,
        verify: Verify = without_keys,
        index_of: Callable[[BinaryCache], ListsPackages | None] = lambda cache: None,
        check: Callable[[BinaryCache, ConcreteSpec], None] = lambda cache, spec: None,
    ) -> None:
        self._caches = tuple(caches)
        self._destination = destination
        self._verify = verify
        self._index_of = index_of
        self._check = check
        #: The caches that have a hash, as far as they were asked.
        self._places: dict[str, list[BinaryCache]] = {}
        self._problems: dict[str, SpackError] = {}

    # -- what there is -----------------------------------------------------------------------------

    def available(self, specs: Iterable[ConcreteSpec]) -> set[str]:
        """Hashes of those specs that a cache has, as they are or as a spliced one was built.

        A cache that cannot be reached has nothing; :attr:`problems` says so.
        """
        wanted = {
            spec.dag_hash(): spec for node in specs for spec in (node, node.build_spec) if spec
        }
        unknown = {key: spec for key, spec in wanted.items() if key not in self._places}
        for key in unknown:
            self._places[key] = []
        for cache in self._caches if unknown else ():
            try:
                for key in self._had_by(cache, unknown):
                    self._places[key].append(cache)
            except SpackError as error:
                self._problems[cache.name] = error
        return {
            node.dag_hash()
            for node in specs
            if any(self._places.get(spec.dag_hash()) for spec in _forms(node))
        }

    def may_build(self, spec: ConcreteSpec) -> bool:
        """Whether a package that the caches have, but not in a usable form, may be built."""
        return all(
            cache.falls_back
            for form in _forms(spec)
            for cache in self._places.get(form.dag_hash(), ())
        )

    @property
    def problems(self) -> Mapping[str, SpackError]:
        """Caches that could not be asked, with the reason."""
        return self._problems

    def _had_by(self, cache: BinaryCache, specs: Mapping[str, ConcreteSpec]) -> set[str]:
        index = self._index_of(cache)
        found = set() if index is None else {key for key in specs if index.has(key)}
        # An index may be older than the cache.
        paths = {spec_path(spec): key for key, spec in specs.items() if key not in found}
        return found | {paths[path] for path in cache.transport.exists(paths)}

    # -- installing ------------------------------------------------------------------------------

    def install(
        self, spec: ConcreteSpec, prefix: str, begin: Callable[[str], None] = lambda phase: None
    ) -> None:
        """Fill a prefix with a package that is verified and works there.

        Args:
            begin: told of every part of the work.

        Raises:
            UnusableBinaryError: no cache has it, or none a copy that can be used.
        """
        reasons: list[str] = []
        for built_as in _forms(spec):
            for cache in self._places.get(built_as.dag_hash(), self._caches):
                try:
                    self._install_from(cache, spec, built_as, prefix, begin)
                    return
                except NotFoundError:
                    continue
                except (SpackError, OSError, EOFError, ValueError) as error:
                    reasons.append(f"    {cache.name}: {_reason(error)}")
                    remove_directory_contents(prefix)
        raise UnusableBinaryError(
            f"{spec.label} cannot be installed from a binary cache",
            details="\n".join(reasons) or "    no cache has it",
            hint="build it from source with --no-cache",
        )

    def _install_from(
        self,
        cache: BinaryCache,
        spec: ConcreteSpec,
        built_as: ConcreteSpec,
        prefix: str,
        begin: Callable[[str], None],
    ) -> None:
        self._check(cache, built_as)
        begin("download")
        places = self._places_for(spec, prefix)
        offer = offer_of(cache, built_as, self._verify)
        with self._archive(offer) as (path, stream):
            begin("unpack")

            def paths_for(info: BuildInfo) -> Replacements:
                return self._replacements(info, spec, built_as, places)

            result = unpack(stream, path, prefix, paths_for, limit=self._destination.unpack_limit)
        _check_archive(prefix, built_as, path)
        for key, place in places.items():
            if place in result.shortened:
                self._destination.store.link_short_path(key, place)
        _write_origin(prefix, offer, result)

    @contextlib.contextmanager
    def _archive(self, offer: Offer) -> Iterator[tuple[str, IO[bytes]]]:
        """The archive as an opened file whose bytes are verified. Raises BlobError."""
        transport, blob = offer.cache.transport, offer.archive
        where = f"{offer.cache.url}/{offer.path}"
        local = transport.local_file(offer.path)
        path = local
        if path is None:
            os.makedirs(self._destination.scratch, exist_ok=True)
            path = os.path.join(self._destination.scratch, blob.checksum)
            transport.download(offer.path, path, size=blob.size)
        try:
            try:
                stream = open(path, "rb", buffering=0)  # noqa: SIM115
            except FileNotFoundError:
                raise NotFoundError(f"there is no {offer.path} in {offer.cache.url}") from None
            with stream:
                check_stream(stream, blob, where)
                yield path, stream
        finally:
            if local is None:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path)

    def _places_for(self, spec: ConcreteSpec, prefix: str) -> dict[str, str]:
        """Hash to prefix of everything below a package that is going to a prefix, and of it."""
        store = self._destination.store
        nodes = (node for node in spec.traverse() if node.external is None)
        places = {node.dag_hash(): store.prefix(node) for node in nodes}
        places[spec.dag_hash()] = prefix
        return places

    def _replacements(
        self,
        info: BuildInfo,
        spec: ConcreteSpec,
        built_as: ConcreteSpec,
        places: Mapping[str, str],
    ) -> Replacements:
        layout = self._destination.store.layout
        changes = {old.dag_hash(): new.dag_hash() for old, new in exchanged(built_as, spec).items()}
        changes[built_as.dag_hash()] = spec.dag_hash()
        return replacements(
            info,
            layout.root,
            places,
            own=places[spec.dag_hash()],
            sbang=self._destination.sbang,
            exchanged=changes,
            aliases={place: layout.short_path(key) for key, place in places.items()},
        )


def _forms(spec: ConcreteSpec) -> list[ConcreteSpec]:
    """The specs whose archives can become a package: it, and what a spliced one was built as."""
    return [spec] if spec.build_spec is None else [spec, spec.build_spec]


def _reason(error: BaseException) -> str:
    if isinstance(error, SpackError):
        return error.message
    full = shortage(error) if isinstance(error, OSError) else None
    return full or str(error)


def _check_archive(prefix: str, spec: ConcreteSpec, archive: str) -> None:
    """Raises WrongArchiveError unless the specfile in an unpacked prefix is that of a spec."""
    path = metadata(prefix).spec_file
    try:
        with open(path, encoding="utf-8") as stream:
            found = specfile_from_dict(load_json(stream.read(), "specfile", None))
    except (OSError, ValueError, SpecfileError) as error:
        raise WrongArchiveError(f"{archive} has no specfile that can be read: {error}") from error
    if found.dag_hash() != spec.dag_hash():
        raise WrongArchiveError(
            f"{archive} has the files of {found.label}, not of {spec.label}",
            hint="do not trust this cache",
        )


def _write_origin(prefix: str, offer: Offer, result: Unpacked) -> None:
    """Note in the prefix where its files come from, and what the search for old paths found."""
    data: dict[str, Any] = {
        "format": _FORMAT,
        "cache": offer.cache.name,
        "url": offer.cache.url,
        "checksum": offer.archive.checksum,
        "signed_by": offer.key,
        "built_in": os.path.join(result.info.root, result.info.prefix),
        "files": result.files,
        "bytes": result.size,
        "relocated": result.changed,
        "old_paths_in": list(result.left),
        "short_paths": list(result.shortened),
    }
    text = json.dumps(data, indent=2) + "\n"
    atomic_write(metadata(prefix).cache_origin, text, mode=0o644, durable=False)
