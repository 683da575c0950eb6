"""Definitions of what the rules mentioned: variants, versions, edges, targets, flags.

Run once all rules are written. What no rule asked about gets no atom; versions that no mentioned
range tells apart collapse into one.

::

    1 {version(P, v)} 1 :- built(P).                      % one v of each class
    version_in(P, Range) :- version(P, v).                % v is in the range
    {value(P, x, a)} :- in_force(P, x, Def), holds(P, When).     % Def allows a when=When
    :- in_force(P, x, Def), not value(P, x, a1), ..., not value(P, x, an).
    :- in_force(P, x, Def), value(P, x, a), value(P, x, b).      % x has one value
    :~ in_force(P, x, Def), value(P, x, a), not set(P, x, a). [penalty@variants]   % no default
    :- in_force(P, x, Def), not value(P, x, default), not set(P, x, _).            % sticky
    #edge (P, D) : edge(P, D), meant(P, D).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from spack.solve.asp import criteria
from spack.solve.asp.instances import package_of
from spack.solve.asp.program import FALSE, TRUE, Reason
from spack.solve.encoding.attributes import Charge
from spack.solve.encoding.encoding import Encoding
from spack.solve.encoding.flags import FLAG_RANKS
from spack.solve.encoding.sentences import FLAGS_DIFFER, STICKY, VALUES, VERSIONS
from spack.solve.problem.candidates import (
    AUTOMATIC_VARIANTS,
    Definition,
    Setting,
    VersionCandidate,
    Word,
)
from spack.solve.rules.architectures import define_systems, define_targets
from spack.solve.rules.hidden import encode_hidden_settings
from spack.solve.rules.unification import charge_further, define_open_below, define_sets


def define_mentioned(encoding: Encoding) -> None:
    """Define every atom that was mentioned. Nothing may be mentioned afterwards."""
    define_open_below(encoding)
    _flags(encoding)
    _variants(encoding)
    for name in encoding.nodes.encoded():
        encoding.check_time()
        _versions(encoding, name)
    define_targets(encoding)
    define_systems(encoding)
    define_sets(encoding)
    _edges(encoding)
    charge_further(encoding)


def _flags(encoding: Encoding) -> None:
    """Flags of concrete candidates; the request may put one text of a type on a node."""
    for (name, kind, word), atom in encoding.flags.asked():
        for row in encoding.rows(name):
            if word in row.spec.flags[kind]:
                encoding.program.rule(atom, (row.literal,))
    for name in encoding.flags.with_sources():
        asked = [s for s in encoding.flags.sources(name) if s.rank == FLAG_RANKS["request"]]
        for position, first in enumerate(asked):
            for second in asked[position + 1 :]:
                if first.kind == second.kind and first.words != second.words:
                    reason = Reason(FLAGS_DIFFER, (first.kind, package_of(name)))
                    encoding.program.forbid((first.literal, second.literal), reason)


def _variants(encoding: Encoding) -> None:
    """Mention what definitions ask about until nothing new appears, then define all values.

    Variants of concrete candidates count as mentioned, since their values may be charged, and
    so do variants whose default is not always allowed.
    """
    for name in encoding.nodes.encoded():
        for variant in encoding.candidates.uncertain_variants(package_of(name)):
            encoding.attributes.mention(name, variant)
    for name, row in encoding.nodes.all_rows():
        for variant in row.spec.variants:
            encoding.attributes.mention(name, variant)
    done: set[tuple[str, str]] = set()
    while True:
        pending = [
            (name, variant)
            for name, variant in encoding.attributes.mentioned_variants()
            if (name, variant) not in done and not encoding.is_stub(name)
        ]
        if not pending:
            break
        done.update(pending)
        for name, variant in pending:
            _mention_definitions(encoding, name, variant)
    for name, variant in sorted(done):
        encoding.check_time()
        _mention_another(encoding, name, variant)
        _variant(encoding, name, variant)
    encode_hidden_settings(encoding)


def _mention_definitions(encoding: Encoding, name: str, variant: str) -> None:
    package = package_of(name)
    for definition in encoding.candidates.definitions(package, variant):
        encoding.holds(name, definition.when)
        wanted: Iterable[Word] = definition.defaults
        if definition.value_when or definition.boolean:
            wanted = definition.values
        kept = list(encoding.candidates.default(package, definition))
        if definition.sticky:
            kept += encoding.candidates.unasked_default(package, definition)
        for value in (*wanted, *kept):
            encoding.value(name, variant, value)
        for when in definition.value_when.values():
            if when is not None:
                encoding.holds(name, when)


def _mention_another(encoding: Encoding, name: str, variant: str) -> None:
    """The cheapest value that no rule asks about stands for all such values of a definition.

    It is what is left where every other value is excluded; with disjoint sets, one in each set.
    """
    atoms = encoding.attributes.mention(name, variant)
    for definition in encoding.candidates.definitions(package_of(name), variant):
        others = [v for v in definition.values if v not in atoms]
        for group in definition.sets or (frozenset(map(str, others)),):
            able = [value for value in others if value in group]
            if able:
                value = min(able, key=definition.penalty)
                encoding.value(name, variant, value)
                encoding.attributes.stand_for(name, variant, able, value)


def _variant(encoding: Encoding, name: str, variant: str) -> None:
    program = encoding.program
    built = encoding.built(name)
    atoms = encoding.attributes.mention(name, variant)
    for row in encoding.rows(name):
        present = row.spec.variants.get(variant)
        for value, atom in atoms.items():
            if present is not None and (
                present == value or (isinstance(present, tuple) and value in present)
            ):
                program.rule(atom, (row.literal,))
    active = _active_definitions(encoding, name, variant)
    exists = encoding.attributes.known_variant(name, variant)
    if exists is not None:
        for literal, _ in active:
            program.rule(exists, (literal, built))
        for row in encoding.rows(name):
            if variant in row.spec.variants:
                program.rule(exists, (row.literal,))
    if not active and variant in AUTOMATIC_VARIANTS:
        for value, atom in atoms.items():
            program.rule(atom, (encoding.set_value(name, variant, value), built))
    for literal, definition in active:
        _values(encoding, name, variant, definition, program.all_of((literal, built)), atoms)
    _charge_rows(encoding, name, variant)


def _active_definitions(
    encoding: Encoding, name: str, variant: str
) -> list[tuple[int, Definition]]:
    """Definitions with the literal under which each is the one in force."""
    active: list[tuple[int, Definition]] = []
    later: list[int] = []
    for definition in reversed(encoding.candidates.definitions(package_of(name), variant)):
        condition = encoding.holds(name, definition.when)
        active.append((encoding.program.all_of((condition, *(-c for c in later))), definition))
        later.append(condition)
    return active


def _values(
    encoding: Encoding,
    name: str,
    variant: str,
    definition: Definition,
    in_force: int,
    atoms: dict[Word, int],
) -> None:
    """Choose values while the definition is in force, and charge what is not a default."""
    program = encoding.program
    shift = encoding.shift(name)
    defaults = encoding.candidates.default(package_of(name), definition)
    allowed: list[int] = []
    for value, atom in atoms.items():
        if not definition.allows(value):
            program.forbid((in_force, atom))
            continue
        allowed.append(atom)
        condition = _value_condition(encoding, name, definition, value)
        program.choice((atom,), (in_force, condition))
        if condition != TRUE:
            program.forbid((in_force, atom, -condition))
        if value in defaults:
            program.prefer(atom, True)
            if definition.multi:
                unused = program.all_of((in_force, -atom))
                _charge_unused(encoding, name, shift, 1, unused)
        else:
            free = -encoding.set_value(name, variant, value)
            charged = program.all_of((in_force, atom, free))
            _charge(encoding, (name, variant, value), shift, definition.penalty(value), charged)
    facts = (name, variant, tuple(definition.values))
    reason = Reason(VALUES, facts, definition.origin, (name, variant))
    program.forbid((in_force, *(-atom for atom in allowed)), reason)
    if not definition.multi:
        for position, first in enumerate(allowed):
            for second in allowed[position + 1 :]:
                program.forbid((in_force, first, second), reason)
    else:
        _exclude_sets(encoding, in_force, definition, atoms, reason)
    if definition.sticky:
        _stays(encoding, name, definition, in_force, atoms)


def _stays(
    encoding: Encoding, name: str, definition: Definition, in_force: int, atoms: dict[Word, int]
) -> None:
    """A sticky variant has its default unless a value is demanded.

    The default is what the request says, where it says something.
    """
    program, package, variant = encoding.program, package_of(name), definition.name
    unasked = [-encoding.set_value(name, variant, value) for value in atoms]
    given = encoding.roots.gives(package, variant)
    plain = encoding.candidates.unasked_default(package, definition)
    asked = encoding.candidates.default(package, definition)
    reason = Reason(STICKY, (name, variant), definition.origin)
    for literal, values in ((-given, plain), (given, asked)):
        for value in values:
            left = -encoding.value(name, variant, value)
            program.forbid((in_force, *unasked, literal, left), reason)


def known_versions(encoding: Encoding, name: str) -> Reason:
    """The rule that a built node has a version that is known."""
    candidates = encoding.candidates
    record = candidates.record(package_of(name))
    known = tuple(c.version for c in candidates.versions(package_of(name)) if c.buildable)
    declared = tuple(version.version for version in record.versions)
    deprecated = all(version.deprecated for version in record.versions)
    return Reason(VERSIONS, (name, known, declared, deprecated), record.origin, (name,))


def _value_condition(encoding: Encoding, name: str, definition: Definition, value: Word) -> int:
    if value not in definition.value_when:
        return TRUE
    when = definition.value_when[value]
    return FALSE if when is None else encoding.holds(name, when)


def _exclude_sets(
    encoding: Encoding,
    in_force: int,
    definition: Definition,
    atoms: dict[Word, int],
    reason: Reason,
) -> None:
    """``none`` stands alone, and values of two disjoint sets do not mix."""
    items = list(atoms.items())
    for position, (first, first_atom) in enumerate(items):
        for second, second_atom in items[position + 1 :]:
            if definition.excludes(first, second):
                encoding.program.forbid((in_force, first_atom, second_atom), reason)


def _charge(encoding: Encoding, setting: Setting, shift: int, penalty: int, literal: int) -> None:
    """A value deviates from the default where the literal holds."""
    program, root = encoding.program, encoding.roots.is_root(setting[0])
    for priority, place in ((criteria.ROOT_VARIANTS, root), (criteria.VARIANTS, -root)):
        charged = program.all_of((literal, place))
        if charged != FALSE:
            program.minimize(priority + shift, penalty, charged)
            encoding.attributes.charges.append(Charge(setting, priority + shift, penalty, charged))


def _charge_unused(encoding: Encoding, name: str, shift: int, number: int, literal: int) -> None:
    """So many default values are not used where the literal holds."""
    as_root, otherwise = criteria.ROOT_UNUSED_DEFAULTS, criteria.UNUSED_DEFAULTS
    encoding.roots.minimize(name, as_root + shift, otherwise + shift, number, literal)


def _charge_rows(encoding: Encoding, name: str, variant: str) -> None:
    """Deviations of concrete candidates from today's defaults, at the low priorities."""
    program = encoding.program
    for row in encoding.rows(name):
        for value, penalty in encoding.candidates.row_penalties(row.spec, variant):
            charged = program.all_of((row.literal, -encoding.set_value(name, variant, value)))
            _charge(encoding, (name, variant, value), 0, penalty, charged)
        unused = encoding.candidates.row_unused_defaults(row.spec, variant)
        _charge_unused(encoding, name, 0, unused, row.literal)


def _versions(encoding: Encoding, name: str) -> None:
    """One atom per class of versions that no mentioned range tells apart."""
    program = encoding.program
    built = encoding.built(name)
    ranges = encoding.attributes.ranges(name)
    classes: dict[tuple[bool, ...], VersionCandidate] = {}
    for candidate in encoding.candidates.versions(package_of(name)):
        if candidate.buildable:
            signature = tuple([wanted.contains(candidate.version) for wanted in ranges])
            best = classes.get(signature)
            if best is None or candidate.cost < best.cost:
                classes[signature] = candidate
    shift = encoding.shift(name)
    choices: list[tuple[int, VersionCandidate]] = []
    literals: list[int] = []
    for signature, candidate in classes.items():
        atom, cost = program.atom(), candidate.cost
        literals.append(atom)
        choices.append((atom, candidate))
        for range_atom, inside in zip(ranges.values(), signature):
            if inside:
                program.rule(range_atom, (atom,))
        _charge_age(encoding, name, shift, cost, atom)
        if candidate.deprecated:
            program.minimize(criteria.DEPRECATED + encoding.shift(name), 1, atom)
        program.prefer(atom, cost == 0)
    program.choice(literals, (built,))
    program.exactly_one(literals, built, known_versions(encoding, name))
    encoding.attributes.define_versions(name, choices)
    _charge_floors(encoding, name)
    for row in encoding.rows(name):
        for wanted, range_atom in ranges.items():
            if wanted.contains(row.spec.version):
                program.rule(range_atom, (row.literal,))
        weight = encoding.candidates.weight_of(row.spec)
        _charge_age(encoding, name, 0, weight, row.literal)
    if name not in encoding.roots.keys and encoding.candidates.duplicates.opens_set(
        package_of(name)
    ):
        _charge_edges(encoding, name, choices)


def _charge_age(encoding: Encoding, name: str, shift: int, weight: int, literal: int) -> None:
    """A version is as old as this where the literal holds; of a runtime root it counts twice."""
    if name not in encoding.nodes.runtimes:
        as_root, otherwise = criteria.ROOT_VERSION + shift, criteria.VERSION + shift
        encoding.roots.minimize(name, as_root, otherwise, weight, literal)
        return
    program = encoding.program
    program.minimize(criteria.RUNTIME_VERSION, weight, literal)
    as_root = program.all_of((literal, encoding.roots.is_root(name)))
    program.minimize(criteria.ROOT_VERSION, weight, as_root)


def _charge_floors(encoding: Encoding, name: str) -> None:
    """Demand that a further node is as old as others ask if the node itself is newer."""
    program = encoding.program
    floors = encoding.attributes.floors(name)
    unmet: list[int] = []
    for cost, asked in floors:
        old = program.any_of(
            atom for atom, candidate in encoding.attributes.versions(name) if candidate.cost >= cost
        )
        unmet.append(program.all_of((asked, -old)))
    for position, (cost, _) in enumerate(floors):
        oldest = program.all_of((unmet[position], *(-later for later in unmet[position + 1 :])))
        program.minimize(criteria.VERSION + encoding.shift(name), cost, oldest)


def _charge_edges(
    encoding: Encoding, name: str, choices: Sequence[tuple[int, VersionCandidate]]
) -> None:
    """The age of a build tool's version counts once for each of its dependents."""
    single = -encoding.further(name)
    for parent in encoding.edges.parents_of(name):
        edge = encoding.program.all_of((encoding.edge(parent, name), single))
        for atom, candidate in choices:
            if candidate.cost:
                literal = encoding.program.all_of((edge, atom))
                encoding.program.minimize(criteria.EDGE_VERSIONS, candidate.cost, literal)
        for row in encoding.rows(name):
            weight = encoding.candidates.weight_of(row.spec)
            if weight:
                literal = encoding.program.all_of((edge, row.literal))
                encoding.program.minimize(criteria.EDGE_VERSIONS, weight, literal)


def _edges(encoding: Encoding) -> None:
    program = encoding.program
    numbers: dict[str, int] = {}
    for parent, child in encoding.edges.pairs():
        source = numbers.setdefault(parent, len(numbers))
        target = numbers.setdefault(child, len(numbers))
        single = encoding.meant(parent, child)
        program.acyclic_edge(source, target, program.all_of((encoding.edge(parent, child), single)))
    program.labels.update((number, package_of(key)) for key, number in numbers.items())
    encoding.edges.define()
