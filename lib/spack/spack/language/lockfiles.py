"""Lock files: the nodes of an environment and its roots with the texts that the user wrote.

Versions 1 to 6 are read, the newest is written. Nothing here opens a file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from spack.errors import Origin, SpackError
from spack.language.concrete_specs import ConcreteSpec, hash_of
from spack.language.parser import parse_spec
from spack.language.serialization import (
    SPECFILE_VERSION,
    SpecfileError,
    graph_from_nodes,
    load_json,
    text_of,
    with_build_specs,
)
from spack.type_names import Any, Callable

#: The version that is written.
LOCKFILE_VERSION = 6

LOCKFILE_TYPE = "spack-lockfile"

#: Lock version to the version of the node dictionaries in it.
_NODE_VERSION = {1: 1, 2: 1, 3: 2, 4: 3, 5: 4, 6: 5}

#: The key of a root or a node with the names of the environments that it is in.
MEMBERS = "environments"

#: Keys of the header that every lock has.
_META = ("file-type", "lockfile-version", "specfile-version")

_EDITED = "undo the edit of the file, or delete the file and concretize again"

#: What can follow the name of a package in a spec; nothing is among it.
_AFTER_NAME = "@+~^%/ "

_DAMAGED = "restore the file from a copy, or delete it and concretize again"


class Lockfile:
    """The locked state of an environment.

    Attributes:
        roots: pairs of the DAG hash and the text that the user wrote, in order.
        concrete_specs: every node, by DAG hash.
        program: what wrote the lock: ``version``, ``type`` and ``commit``.
        included: locks of included environments by their path, without header.
        root_attributes: further keys of a root, by its place in ``roots``.
        memberships: names of the environments that a node is in, by its hash; empty unless the
            lock is that of several environments.
        meta: further keys of the header.
        extra: top-level keys of the file that this program does not interpret.
        version: lock version of the file that was read.
    """

    __slots__ = (
        "concrete_specs",
        "extra",
        "included",
        "memberships",
        "meta",
        "program",
        "root_attributes",
        "roots",
        "version",
    )

    def __init__(
        self,
        roots: Sequence[tuple[str, str]] = (),
        concrete_specs: Mapping[str, ConcreteSpec] | None = None,
        *,
        program: Mapping[str, Any] | None = None,
        included: Mapping[str, Lockfile] | None = None,
        root_attributes: Mapping[int, Mapping[str, Any]] | None = None,
        memberships: Mapping[str, Sequence[str]] | None = None,
        meta: Mapping[str, Any] | None = None,
        extra: Mapping[str, Any] | None = None,
        version: int = LOCKFILE_VERSION,
    ) -> None:
        self.roots: list[tuple[str, str]] = list(roots)
        self.concrete_specs: dict[str, ConcreteSpec] = dict(concrete_specs or {})
        self.program: Mapping[str, Any] = dict(program or {})
        self.included: dict[str, Lockfile] = dict(included or {})
        self.root_attributes: dict[int, Mapping[str, Any]] = dict(root_attributes or {})
        self.memberships: Mapping[str, Sequence[str]] = memberships or {}
        self.meta: Mapping[str, Any] = meta or {}
        self.extra: dict[str, Any] = dict(extra or {})
        self.version = version

    @classmethod
    def from_roots(cls, roots: Sequence[tuple[ConcreteSpec, str]], **attributes: Any) -> Lockfile:
        """A lock of these roots, each with the user's text, and of all nodes below them."""
        nodes = with_build_specs(spec for spec, _ in roots)
        return cls(
            [(spec.dag_hash(), text) for spec, text in roots],
            {node.dag_hash(): node for node in nodes},
            **attributes,
        )

    def root_specs(self) -> list[tuple[ConcreteSpec, str]]:
        """The concrete roots with the user's texts."""
        return [(self.concrete_specs[code], text) for code, text in self.roots]

    def every_root(self) -> list[tuple[ConcreteSpec, str]]:
        """The concrete roots and those of included environments, each once, with their texts."""
        return self.root_specs() + self.included_roots()

    def every_spec(self) -> list[ConcreteSpec]:
        """Every node, and those of included environments, each once."""
        found = dict(self.concrete_specs)
        for other in self.included.values():
            for spec in other.every_spec():
                found.setdefault(spec.dag_hash(), spec)
        return list(found.values())

    def included_roots(self) -> list[tuple[ConcreteSpec, str]]:
        """The roots of included environments that this one does not have, with their texts."""
        own = {code for code, _ in self.roots}
        found: dict[str, tuple[ConcreteSpec, str]] = {}
        for other in self.included.values():
            for spec, text in other.every_root():
                if spec.dag_hash() not in own:
                    found.setdefault(spec.dag_hash(), (spec, text))
        return list(found.values())

    def check_names(self, stands_for: Callable[[str, str], bool]) -> None:
        """Refuse a root whose text names another package than the node that it is locked as.

        Args:
            stands_for: whether a name, the first, can be that of a package, the second: as a
                virtual that the package provides.

        Raises:
            SpecfileError: names the root and its node; without origin.
        """
        for spec, text in self.every_root():
            if text.startswith(spec.name) and text[len(spec.name) :][:1] in _AFTER_NAME:
                continue
            try:
                name = parse_spec(text).name
            except SpackError:
                continue
            if name and name != spec.name and not stands_for(name, spec.name):
                raise SpecfileError(
                    f"the root {text} is locked as {spec.label}, which is another package",
                    hint=_EDITED,
                )

    def to_dict(self) -> dict[str, Any]:
        """The newest form of the file, keys in their fixed order."""
        data: dict[str, Any] = {
            "_meta": {
                "file-type": LOCKFILE_TYPE,
                "lockfile-version": LOCKFILE_VERSION,
                "specfile-version": SPECFILE_VERSION,
                **self.meta,
            },
            "spack": dict(self.program),
        }
        data.update(self._body())
        return data

    def _body(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "roots": [
                {"hash": code, "spec": text, **self.root_attributes.get(place, {})}
                for place, (code, text) in enumerate(self.roots)
            ],
            "concrete_specs": {
                code: spec.node_dict() for code, spec in self.concrete_specs.items()
            },
        }
        for code, names in self.memberships.items():
            body["concrete_specs"][code] = {**body["concrete_specs"][code], MEMBERS: list(names)}
        if self.included:
            body["include_concrete"] = {path: lock._body() for path, lock in self.included.items()}
        body.update(self.extra)
        return body

    def to_text(self) -> str:
        """The file as compact JSON."""
        return json.dumps(self.to_dict(), separators=(",", ":"))

    @classmethod
    def from_dict(cls, data: Any, origin: Origin | None = None) -> Lockfile:
        """A lock of any version. Raises :class:`SpecfileError`."""
        try:
            meta = data["_meta"]
            version = meta["lockfile-version"]
        except (KeyError, TypeError):
            raise SpecfileError(
                "this is not a lock file",
                origin=origin,
                hint="a lock file has the key '_meta' with 'lockfile-version'",
            ) from None
        if not isinstance(version, int) or version not in _NODE_VERSION:
            raise SpecfileError(
                f"unknown lock file version {version!r}",
                origin=origin,
                hint=(
                    f"versions 1 to {LOCKFILE_VERSION} can be read; use a newer version"
                    " of Spack, or delete the file and concretize again"
                ),
            )
        found = cls._from_body(data, version, origin)
        found.meta = {key: value for key, value in meta.items() if key not in _META}
        return found

    @classmethod
    def _from_body(cls, data: Any, version: int, origin: Origin | None) -> Lockfile:
        try:
            nodes = list(data["concrete_specs"].items())
            entries = [dict(entry) for entry in data["roots"]]
            included = dict(data.get("include_concrete") or {})
            program = dict(data.get("spack") or {})
            roots = [(text_of(entry.pop("hash")), text_of(entry.pop("spec"))) for entry in entries]
            memberships: dict[str, Sequence[str]] = {}
            if MEMBERS in data:
                nodes = [(key, dict(node)) for key, node in nodes]
                memberships = {key: node.pop(MEMBERS) for key, node in nodes if MEMBERS in node}
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise SpecfileError(f"the lock file is damaged: {error}", origin=origin) from None
        by_key = graph_from_nodes(nodes, _NODE_VERSION[version], origin)
        if version == LOCKFILE_VERSION:
            for key, node in nodes:
                _check_hash(node, by_key[key], origin)
        for key, text in roots:
            if key not in by_key:
                raise SpecfileError(
                    f"the root {text} is locked as {key}, which is not in the file",
                    origin=origin,
                    hint=_EDITED,
                )
        known = ("_meta", "spack", "roots", "concrete_specs", "include_concrete")
        return cls(
            [(by_key[key].dag_hash(), text) for key, text in roots],
            {by_key[key].dag_hash(): by_key[key] for key, _ in nodes},
            program=program,
            included={
                path: cls._from_body(body, version, origin) for path, body in included.items()
            },
            root_attributes={place: entry for place, entry in enumerate(entries) if entry},
            memberships=memberships,
            extra={key: value for key, value in data.items() if key not in known},
            version=version,
        )

    @classmethod
    def from_text(cls, text: str, origin: Origin | None = None) -> Lockfile:
        """A lock from JSON. Raises :class:`SpecfileError`."""
        try:
            return cls.from_dict(load_json(text, "lock file", origin), origin)
        except SpecfileError as error:
            error.hint = error.hint or _DAMAGED
            raise


def _check_hash(node: Mapping[str, Any], spec: ConcreteSpec, origin: Origin | None) -> None:
    """Refuse a node whose content does not give its hash: somebody edited it by hand.

    The hashes of externals, and of nodes that came from older forms of the file, are not those of
    what the file says of them.
    """
    if spec.external is not None or spec.annotations["original_specfile_version"] < 5:
        return
    built = spec.build_spec.dag_hash() if spec.build_spec is not None else ""
    content = {key: value for key, value in node.items() if key != "hash"}
    wanted = spec.dag_hash()
    if hash_of(content, built) == wanted:
        return
    # Another program may have put the keys into another order.
    if hash_of(spec.node_dict(hash=False), built) != wanted:
        raise SpecfileError(
            f"{spec.name}@{spec.version} does not match its hash /{wanted[:7]}",
            origin=origin,
            hint=_EDITED,
        )
