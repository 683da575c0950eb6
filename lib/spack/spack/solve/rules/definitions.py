"""Definitions of what the rules mentioned: variants, versions, edges, targets, flags.

Run once all rules are written. What no rule asked about gets no atom; versions that no mentioned
range tells apart collapse into one. Each function is one family.
"""

from __future__ import annotations

from typing import Dict, Iterable, List, Sequence, Set, Tuple

from spack.language import deptypes
from spack.language.targets import target_satisfies
from spack.solve.asp import criteria
from spack.solve.asp.instances import package_of
from spack.solve.asp.program import FALSE, TRUE, Reason
from spack.solve.encoding.encoding import AUTOMATIC_VARIANTS, FLAG_RANKS, Charge, Encoding, Setting
from spack.solve.problem.candidates import Definition, Word
from spack.solve.rules.hidden import encode_hidden_settings
from spack.solve.rules.unification import charge_further, define_open_below, define_sets

#: How many versions or values an explanation lists.
_SHOWN = 8


def define_mentioned(encoding: Encoding) -> None:
    """Define every atom that was mentioned. Nothing may be mentioned afterwards."""
    define_open_below(encoding)
    _flags(encoding)
    _variants(encoding)
    for name in [n for n in encoding.nodes if not encoding.is_stub(n)]:
        encoding.check_time()
        _versions(encoding, name)
    _targets(encoding)
    _systems(encoding)
    define_sets(encoding)
    _edges(encoding)
    charge_further(encoding)


def _flags(encoding: Encoding) -> None:
    """Flags of concrete candidates; the request may put one text of a type on a node."""
    for (name, kind, word), atom in encoding.flag_atoms.items():
        for row in encoding.rows.get(name, ()):
            if word in row.spec.flags[kind]:
                encoding.program.rule(atom, (row.literal,))
    for name, sources in encoding.flag_sources.items():
        asked = [s for s in sources if s.rank == FLAG_RANKS["request"]]
        for position, first in enumerate(asked):
            for second in asked[position + 1 :]:
                if first.kind == second.kind and first.words != second.words:
                    text = f"two requests for {first.kind} of {package_of(name)} differ"
                    encoding.program.forbid(
                        (first.literal, second.literal), Reason(text, None, "request")
                    )


def _variants(encoding: Encoding) -> None:
    """Mention what definitions ask about until nothing new appears, then define all values.

    Variants of concrete candidates count as mentioned, since their values may be charged, and
    so do variants whose default is not always allowed.
    """
    for name in [n for n in encoding.nodes if not encoding.is_stub(n)]:
        for variant in encoding.candidates.uncertain_variants(package_of(name)):
            encoding.value_atoms.setdefault(name, {}).setdefault(variant, {})
    for name, rows in encoding.rows.items():
        for row in rows:
            for variant in row.spec.variants:
                encoding.value_atoms.setdefault(name, {}).setdefault(variant, {})
    done: Set[Tuple[str, str]] = set()
    while True:
        pending = [
            (name, variant)
            for name, variants in encoding.value_atoms.items()
            if not encoding.is_stub(name)
            for variant in variants
            if (name, variant) not in done
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
        for value in (*wanted, *encoding.candidates.default(package, definition)):
            encoding.value(name, variant, value)
        for when in definition.value_when.values():
            if when is not None:
                encoding.holds(name, when)


def _mention_another(encoding: Encoding, name: str, variant: str) -> None:
    """The cheapest value that no rule asks about stands for all such values of a definition.

    It is what is left where every other value is excluded; with disjoint sets, one in each set.
    """
    atoms = encoding.value_atoms[name][variant]
    for definition in encoding.candidates.definitions(package_of(name), variant):
        others = [v for v in definition.values if v not in atoms]
        for group in definition.sets or (frozenset(map(str, others)),):
            able = [value for value in others if value in group]
            if able:
                encoding.value(name, variant, min(able, key=definition.penalty))


def _variant(encoding: Encoding, name: str, variant: str) -> None:
    program = encoding.program
    built = encoding.built(name)
    atoms = encoding.value_atoms[name][variant]
    for row in encoding.rows[name]:
        present = row.spec.variants.get(variant)
        for value, atom in atoms.items():
            if present is not None and (
                present == value or (isinstance(present, tuple) and value in present)
            ):
                program.rule(atom, (row.literal,))
    active = _active_definitions(encoding, name, variant)
    exists = encoding.variant_atoms.get((name, variant))
    if exists is not None:
        for literal, _ in active:
            program.rule(exists, (literal, built))
        for row in encoding.rows[name]:
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
) -> List[Tuple[int, Definition]]:
    """Definitions with the literal under which each is the one in force."""
    active: List[Tuple[int, Definition]] = []
    later: List[int] = []
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
    atoms: Dict[Word, int],
) -> None:
    """Choose values while the definition is in force, and charge what is not a default."""
    program = encoding.program
    shift = encoding.shift(name)
    defaults = encoding.candidates.default(package_of(name), definition)
    allowed: List[int] = []
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
    reason = Reason(
        f"{name}: variant {variant} is {_either(definition.values)}",
        definition.origin,
        "variant",
        (name, variant),
    )
    program.forbid((in_force, *(-atom for atom in allowed)), reason)
    if not definition.multi:
        for position, first in enumerate(allowed):
            for second in allowed[position + 1 :]:
                program.forbid((in_force, first, second), reason)
    else:
        _exclude_sets(encoding, in_force, definition, atoms, reason)
    if definition.sticky:
        asked = [encoding.set_value(name, variant, value) for value in atoms]
        for value in defaults:
            program.forbid(
                (in_force, -encoding.value(name, variant, value), *(-literal for literal in asked)),
                Reason(
                    f"{name}: sticky variant {variant} keeps its default unless asked",
                    definition.origin,
                    "sticky",
                ),
            )


def known_versions(encoding: Encoding, name: str) -> Reason:
    """The rule that a built node has a version that is known."""
    candidates = encoding.candidates
    record = candidates.record(package_of(name))
    known = [c.version for c in candidates.versions(package_of(name)) if c.buildable]
    text = f"the versions known of {name} are {listed(known)}"
    if len(known) == 1:
        text = f"the only version known of {name} is {known[0]}"
    if not known:
        left_out = listed([declared.version for declared in record.versions])
        text = f"no version of {name} is known that may be built"
        if left_out and all(declared.deprecated for declared in record.versions):
            text = f"all versions known of {name} are deprecated: {left_out}"
        elif left_out:
            text += f": deprecated or without checksum are {left_out}"
    return Reason(text, record.origin, "version", (name,))


def _either(values: Sequence[Word]) -> str:
    return "one of " + listed(values) if values else "one of its values"


def listed(items: Sequence[object]) -> str:
    """The first few of them, by comma."""
    shown = ", ".join(str(item) for item in items[:_SHOWN])
    return shown + (", …" if len(items) > _SHOWN else "")


def _value_condition(encoding: Encoding, name: str, definition: Definition, value: Word) -> int:
    if value not in definition.value_when:
        return TRUE
    when = definition.value_when[value]
    return FALSE if when is None else encoding.holds(name, when)


def _exclude_sets(
    encoding: Encoding,
    in_force: int,
    definition: Definition,
    atoms: Dict[Word, int],
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
    program, root = encoding.program, encoding.is_root(setting[0])
    for priority, place in ((criteria.ROOT_VARIANTS, root), (criteria.VARIANTS, -root)):
        charged = program.all_of((literal, place))
        if charged != FALSE:
            program.minimize(priority + shift, penalty, charged)
            encoding.charges.append(Charge(setting, priority + shift, penalty, charged))


def _charge_unused(encoding: Encoding, name: str, shift: int, number: int, literal: int) -> None:
    """So many default values are not used where the literal holds."""
    as_root, otherwise = criteria.ROOT_UNUSED_DEFAULTS, criteria.UNUSED_DEFAULTS
    encoding.minimize_as_root(name, as_root + shift, otherwise + shift, number, literal)


def _charge_rows(encoding: Encoding, name: str, variant: str) -> None:
    """Deviations of concrete candidates from today's defaults, at the low priorities."""
    program = encoding.program
    for row in encoding.rows[name]:
        for value, penalty in encoding.candidates.row_penalties(row.spec, variant):
            charged = program.all_of((row.literal, -encoding.set_value(name, variant, value)))
            _charge(encoding, (name, variant, value), 0, penalty, charged)
        unused = encoding.candidates.row_unused_defaults(row.spec, variant)
        _charge_unused(encoding, name, 0, unused, row.literal)


def _versions(encoding: Encoding, name: str) -> None:
    """One atom per class of versions that no mentioned range tells apart."""
    program = encoding.program
    built = encoding.built(name)
    mentioned = encoding.range_atoms.get(name, {})
    ranges = list(mentioned.items())
    classes: Dict[Tuple[bool, ...], Tuple[int, int, bool]] = {}
    for index, candidate in enumerate(encoding.candidates.versions(package_of(name))):
        if not candidate.buildable:
            continue
        signature = tuple(wanted.contains(candidate.version) for wanted, _ in ranges)
        best = classes.get(signature)
        if best is None or candidate.cost < best[0]:
            classes[signature] = (candidate.cost, index, candidate.deprecated)
    as_root, otherwise = criteria.ROOT_VERSION, criteria.VERSION
    if name in encoding.runtimes:
        as_root = otherwise = criteria.RUNTIME_VERSION
    shift = encoding.shift(name)
    atoms: List[Tuple[int, int]] = []
    literals: List[int] = []
    for signature, (cost, index, deprecated) in classes.items():
        atom = program.atom()
        literals.append(atom)
        atoms.append((atom, index))
        for (_, range_atom), inside in zip(ranges, signature):
            if inside:
                program.rule(range_atom, (atom,))
        encoding.minimize_as_root(name, as_root + shift, otherwise + shift, cost, atom)
        if deprecated:
            program.minimize(criteria.DEPRECATED + encoding.shift(name), 1, atom)
        program.prefer(atom, cost == 0)
    program.choice(literals, (built,))
    program.exactly_one(literals, built, known_versions(encoding, name))
    encoding.version_atoms[name] = atoms
    _charge_floors(encoding, name)
    for row in encoding.rows[name]:
        for wanted, range_atom in ranges:
            if wanted.contains(row.spec.version):
                program.rule(range_atom, (row.literal,))
        weight = encoding.candidates.weight_of(row.spec)
        encoding.minimize_as_root(name, as_root, otherwise, weight, row.literal)
    if name not in encoding.roots and encoding.candidates.opens_set(package_of(name)):
        _charge_edges(encoding, name, atoms)


def _charge_floors(encoding: Encoding, name: str) -> None:
    """Where others ask for an older version than the node has, a further node has to be as old."""
    program = encoding.program
    versions = encoding.candidates.versions(package_of(name))
    floors = sorted(
        (cost, atom) for (key, cost), atom in encoding.floor_atoms.items() if key == name
    )
    unmet: List[int] = []
    for cost, asked in floors:
        old = program.any_of(
            atom for atom, index in encoding.version_atoms[name] if versions[index].cost >= cost
        )
        unmet.append(program.all_of((asked, -old)))
    for position, (cost, _) in enumerate(floors):
        oldest = program.all_of((unmet[position], *(-later for later in unmet[position + 1 :])))
        program.minimize(criteria.VERSION + encoding.shift(name), cost, oldest)


def _charge_edges(encoding: Encoding, name: str, atoms: Sequence[Tuple[int, int]]) -> None:
    """The age of a build tool's version counts once for each of its dependents."""
    versions = encoding.candidates.versions(package_of(name))
    single = -encoding.further(name)
    for parent, child in list(encoding.uses):
        if child != name:
            continue
        edge = encoding.program.all_of((encoding.edge(parent, child), single))
        for atom, index in atoms:
            weight = versions[index].cost
            if weight:
                literal = encoding.program.all_of((edge, atom))
                encoding.program.minimize(criteria.EDGE_VERSIONS, weight, literal)
        for row in encoding.rows[name]:
            weight = encoding.candidates.weight_of(row.spec)
            if weight:
                literal = encoding.program.all_of((edge, row.literal))
                encoding.program.minimize(criteria.EDGE_VERSIONS, weight, literal)


def _edges(encoding: Encoding) -> None:
    program = encoding.program
    numbers: Dict[str, int] = {}
    for parent, child in encoding.uses:
        source = numbers.setdefault(parent, len(numbers))
        target = numbers.setdefault(child, len(numbers))
        single = encoding.meant(parent, child)
        program.acyclic_edge(source, target, program.all_of((encoding.edge(parent, child), single)))
    program.labels.update((number, package_of(key)) for key, number in numbers.items())
    for (parent, child, mask), atom in encoding.edge_atoms.items():
        for use in encoding.uses.get((parent, child), ()):
            if use.mask & mask:
                program.rule(atom, (use.literal,))


def _targets(encoding: Encoding) -> None:
    program = encoding.program
    host = encoding.world.host
    order = {target: weight for weight, target in enumerate(host.targets)}
    for name in [n for n in encoding.nodes if not encoding.is_stub(n)]:
        runtime = name in encoding.runtimes
        priority = criteria.RUNTIME_TARGETS if runtime else criteria.TARGETS
        for row in encoding.rows[name]:
            weight = order.get(row.spec.target, len(order))
            program.minimize(priority, weight, row.literal)
        if encoding.targets_vary:
            atoms = [encoding.target(name, target) for target in host.targets]
            program.choice(atoms, (encoding.built(name),))
            program.exactly_one(atoms, encoding.built(name))
            for weight, atom in enumerate(atoms):
                program.minimize(priority + encoding.shift(name), weight, atom)
    beyond_build = deptypes.ALL & ~deptypes.BUILD
    for (parent, child), uses in list(encoding.uses.items()):
        if encoding.is_stub(parent) or encoding.is_stub(child):
            continue
        if any(use.mask & beyond_build for use in uses):
            _relate_targets(encoding, parent, child)


def _systems(encoding: Encoding) -> None:
    """One operating system for each built node; others than the host's cost their position.

    Concrete candidates of a system that nothing is built for come after the host's.
    """
    program = encoding.program
    host = encoding.world.host.os
    present = {row.spec.os for rows in encoding.rows.values() for row in rows}
    foreign = sorted(present.difference(encoding.systems), reverse=True)
    order = [host, *foreign, *encoding.systems[1:]]
    if len(order) == 1:
        return
    for name in [n for n in encoding.nodes if not encoding.is_stub(n)]:
        for row in encoding.rows[name]:
            program.minimize(criteria.OPERATING_SYSTEMS, order.index(row.spec.os), row.literal)
        if len(encoding.systems) == 1:
            continue
        atoms = [encoding.built_for(name, system) for system in encoding.systems]
        program.choice(atoms, (encoding.built(name),))
        program.exactly_one(atoms, encoding.built(name))
        for system, atom in zip(encoding.systems, atoms):
            program.prefer(atom, system == host)
            priority = criteria.OPERATING_SYSTEMS + encoding.shift(name)
            program.minimize(priority, order.index(system), atom)


def _relate_targets(encoding: Encoding, parent: str, child: str) -> None:
    """Along link, run and test edges a target may only fall, and a difference is charged."""
    program = encoding.program
    edge = encoding.program.all_of(
        (
            encoding.edge(parent, child, deptypes.ALL & ~deptypes.BUILD),
            encoding.meant(parent, child),
        )
    )
    host = encoding.world.host
    options = {target: encoding.target(child, target) for target in host.targets}
    concrete = {row.literal: row.spec.target for row in encoding.rows[child]}
    for wanted in host.targets:
        above = encoding.target(parent, wanted)
        if above == FALSE:
            continue
        lower = [(lit, t, criteria.BUILT) for t, lit in options.items()]
        lower += [(lit, t, 0) for lit, t in concrete.items()]
        for literal, target, shift in lower:
            if literal == FALSE or target == wanted:
                continue
            both = (edge, above, literal)
            if not target_satisfies(wanted, target + ":"):
                program.forbid(both, Reason(f"{child} may not need a newer target than {parent}"))
            elif child not in encoding.runtimes:
                program.minimize(criteria.TARGET_MISMATCHES + shift, 1, program.all_of(both))
