"""From the true atoms of an answer to concrete specs, children before parents."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from spack.errors import NotFoundError
from spack.language.concrete_specs import Architecture, ConcreteEdge, ConcreteSpec, Value
from spack.language.specs import FLAG_TYPES
from spack.language.versions import GitVersion, Version
from spack.named_tuples import NamedTuple
from spack.recipes.records.package_records import PatchRecord
from spack.solve.asp.control import Answer
from spack.solve.asp.instances import package_of
from spack.solve.encoding.encoding import Encoding
from spack.solve.encoding.flags import FLAG_RANKS, FlagSource
from spack.solve.problem.candidates import AUTOMATIC_VARIANTS, Word
from spack.solve.problem.request import ContentHash
from spack.solve.problem.splicing import respliced


class _Draft(NamedTuple):
    """One built node of the answer, before patches and hashes."""

    name: str
    version: Version
    os: str
    target: str
    values: Mapping[str, tuple[Word, ...]]
    flags: Mapping[str, tuple[str, ...]]
    edges: tuple[tuple[str, int, tuple[str, ...]], ...]


def decode(
    encoding: Encoding, answer: Answer, content_hash: ContentHash
) -> tuple[ConcreteSpec | None, ...]:
    """The concrete roots, in the order of the request; None for an optional one left out."""
    reader = _Reader(encoding, answer)
    drafts = {name: reader.draft(name) for name in reader.order if name not in reader.concrete}
    plain = _assemble(encoding, reader, drafts, {}, lambda spec, patches: "")
    patches = _patches(encoding, drafts, plain)
    done = _assemble(encoding, reader, drafts, patches, content_hash)
    return tuple(
        next(done[name] for name, atom in root.nodes if answer.holds(atom))
        if answer.holds(root.solved)
        else None
        for root in encoding.roots
    )


class _Reader:
    """Reads nodes and edges off an answer."""

    def __init__(self, encoding: Encoding, answer: Answer) -> None:
        self._encoding = encoding
        self._answer = answer
        self.concrete: dict[str, ConcreteSpec] = {}
        self._edges: dict[str, dict[str, tuple[int, list[str]]]] = {}
        chosen = encoding.nodes.present(answer.holds)
        for name in chosen:
            for row in encoding.rows(name):
                if answer.holds(row.literal):
                    self.concrete[name] = row.spec
        self.spliced: dict[str, dict[str, str]] = {}
        for splice in encoding.edges.splices:
            if answer.holds(splice.literal):
                self.spliced.setdefault(splice.parent, {})[splice.recorded] = splice.child
        below: dict[str, list[str]] = {}
        for parent, child, use in encoding.edges.used(answer.holds):
            if parent not in self.concrete:
                mask, virtuals = self._edges.setdefault(parent, {}).get(child, (0, []))
                if use.virtual is not None and use.virtual not in virtuals:
                    virtuals = [*virtuals, use.virtual]
                self._edges[parent][child] = (mask | use.mask, virtuals)
            elif self.spliced:
                below.setdefault(parent, []).append(child)
        self.order = self._children_first(chosen, below)

    def _children_first(
        self, names: Sequence[str], below: Mapping[str, Sequence[str]]
    ) -> list[str]:
        order: list[str] = []
        seen = set()

        def visit(name: str) -> None:
            if name not in seen:
                seen.add(name)
                for child in sorted((*self._edges.get(name, ()), *below.get(name, ()))):
                    visit(child)
                order.append(name)

        for name in sorted(names):
            visit(name)
        return order

    def draft(self, name: str) -> _Draft:
        encoding, holds = self._encoding, self._answer.holds
        chosen = next(c for atom, c in encoding.attributes.versions(name) if holds(atom))
        host = encoding.world.host
        system = next(
            s
            for s in encoding.architectures.systems
            if holds(encoding.architectures.built_for(name, s))
        )
        target = next(t for t in host.targets if holds(encoding.target(name, t)))
        values = {
            variant: tuple(value for value, atom in atoms.items() if holds(atom))
            for variant, atoms in encoding.attributes.mentioned(name).items()
        }
        edges = tuple(
            (child, mask, tuple(sorted(virtuals)))
            for child, (mask, virtuals) in sorted(self._edges.get(name, {}).items())
        )
        position = {key: index for index, key in enumerate(self.order)}
        sources = [s for s in encoding.flags.sources(name) if holds(s.literal)]
        flags = _ordered_flags(sources, position) if sources else {}
        return _Draft(name, chosen.version, system, target, values, flags, edges)


def _assemble(
    encoding: Encoding,
    reader: _Reader,
    drafts: Mapping[str, _Draft],
    patches: Mapping[str, tuple[PatchRecord, ...]],
    content_hash: ContentHash,
) -> dict[str, ConcreteSpec]:
    """Concrete specs of all nodes, with the given patches."""
    done: dict[str, ConcreteSpec] = dict(reader.concrete)
    renewed: dict[str, ConcreteSpec] = {}
    for name in reader.order:
        if name in done:
            taken = reader.spliced.get(name, {})
            changes = {**renewed, **{old: done[key] for old, key in taken.items()}}
            if changes:
                digest = done[name].dag_hash()
                done[name] = respliced(done[name], changes)
                if done[name].dag_hash() != digest:
                    renewed[digest] = done[name]
            continue
        draft = drafts[name]
        record = encoding.candidates.record(package_of(name))
        records = patches.get(name, ())
        applied = tuple(patch.sha256 for patch in records)
        node = ConcreteSpec(
            package_of(name),
            draft.version,
            Architecture(encoding.world.host.platform, draft.os, draft.target),
            namespace=record.namespace,
            flags=draft.flags,
            dependencies=tuple(
                ConcreteEdge(done[child], mask, virtuals) for child, mask, virtuals in draft.edges
            ),
            patches=applied,
        )
        variants = _complete_variants(encoding, draft, node)
        for variant in AUTOMATIC_VARIANTS:
            for value in draft.values.get(variant, ()):
                variants[variant] = value
        commit = None if "dev_path" in variants else _commit(encoding, draft)
        if commit is not None:
            variants["commit"] = commit
        if applied:
            variants["patches"] = tuple(sorted(applied))
        node = _with_variants(node, variants)
        digest = content_hash(node, records)
        done[name] = _with_variants(node, node.variants, digest) if digest else node
    return done


def _complete_variants(encoding: Encoding, draft: _Draft, node: ConcreteSpec) -> dict[str, Value]:
    """Values from the answer; a variant that no rule mentioned keeps its default."""
    candidates = encoding.candidates
    values: dict[str, Value] = {}
    open_names: list[str] = []
    package = package_of(draft.name)
    for variant in candidates.variant_names(package):
        if variant in draft.values:
            words = draft.values[variant]
            if words:
                multi = any(d.multi for d in candidates.definitions(package, variant))
                values[variant] = tuple(sorted(map(str, words))) if multi else words[0]
        else:
            open_names.append(variant)
    for _ in range(len(open_names) + 1):
        before = dict(values)
        known = _with_variants(node, values)
        for variant in open_names:
            definition = candidates.definition_on(known, variant)
            if definition is None:
                values.pop(variant, None)
                continue
            words = candidates.default(package, definition)
            values[variant] = tuple(sorted(map(str, words))) if definition.multi else words[0]
        if values == before:
            break
    return values


def _commit(encoding: Encoding, draft: _Draft) -> str | None:
    """The commit of a version that is a state of a git repository; branches and tags are asked."""
    name = package_of(draft.name)
    if isinstance(draft.version, GitVersion):
        if draft.version.is_commit:
            return draft.version.ref
        return encoding.world.packages.commit_of(name, draft.version)
    for declared in encoding.candidates.record(name).versions:
        if declared.version == draft.version and declared.commit is not None:
            return declared.commit
        if declared.version == draft.version and (declared.branch or declared.tag):
            return encoding.world.packages.commit_of(name, draft.version)
    return None


def _patches(
    encoding: Encoding, drafts: Mapping[str, _Draft], plain: Mapping[str, ConcreteSpec]
) -> dict[str, tuple[PatchRecord, ...]]:
    """The patches of each built node: its own, and those its dependents bring."""
    candidates = encoding.candidates
    found: dict[str, dict[str, PatchRecord]] = {name: {} for name in drafts}
    for name in drafts:
        record = candidates.record(package_of(name))
        node = plain[name]
        for patch in record.patches:
            if candidates.holds_on(node, patch.when):
                found[name].setdefault(patch.sha256, patch)
        for dependency in record.dependencies:
            if not dependency.patches or not candidates.holds_on(node, dependency.when):
                continue
            for child, _, _ in drafts[name].edges:
                if package_of(child) != dependency.spec.name or child not in found:
                    continue
                for patch in dependency.patches:
                    if candidates.holds_on(plain[child], patch.when):
                        found[child].setdefault(patch.sha256, patch)
    for patches in found.values():
        if "" in patches:
            raise _missing_patch(patches[""])
    return {
        name: tuple(sorted(patches.values(), key=lambda p: (p.ordering, p.sha256)))
        for name, patches in found.items()
        if patches
    }


def _missing_patch(patch: PatchRecord) -> NotFoundError:
    folder, name = os.path.split(patch.path or "")
    return NotFoundError(
        f"the patch {name} of {patch.owner} does not exist",
        origin=patch.origin,
        hint=f"put it into {folder}",
    )


def _ordered_flags(
    sources: Sequence[FlagSource], position: Mapping[str, int]
) -> dict[str, tuple[str, ...]]:
    """The flags of one node by type.

    Sources stand by rank, those of dependents from the root down, and alphabetically where nothing
    else orders them; those of the request in written order.
    """
    asked = FLAG_RANKS["request"]

    def place(source: FlagSource) -> tuple[int, int, tuple[str, ...]]:
        by_text = () if source.rank == asked else source.words
        return source.rank, -position.get(source.parent, 0), by_text

    flags: dict[str, tuple[str, ...]] = {}
    for kind in FLAG_TYPES:
        written = [s.words for s in sorted((s for s in sources if s.kind == kind), key=place)]
        if written:
            flags[kind] = _once([word for words in dict.fromkeys(written) for word in words])
    return flags


def _once(words: Sequence[str]) -> tuple[str, ...]:
    """Each flag with its arguments once, where it stands last."""
    groups: list[tuple[str, ...]] = []
    for word in words:
        if word.startswith("-") or not groups:
            groups.append((word,))
        else:
            groups[-1] = (*groups[-1], word)
    last = {group: index for index, group in enumerate(groups)}
    return tuple(w for index, group in enumerate(groups) if last[group] == index for w in group)


def _with_variants(
    node: ConcreteSpec, variants: Mapping[str, Value], package_hash: str = ""
) -> ConcreteSpec:
    """A copy of a node with other variants, and with its package hash once that is known."""
    return ConcreteSpec(
        node.name,
        node.version,
        node.arch,
        namespace=node.namespace,
        variants=dict(variants),
        flags=node.flags,
        dependencies=node.dependencies,
        patches=node.patches,
        package_hash=package_hash,
    )
