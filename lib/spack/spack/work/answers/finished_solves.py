"""Answers questions to the solver, from finished solves on disk where one still counts.

What counts is what the solve *read* (:mod:`.solve_reads`). Beside the entries of a question lies a
list of the names of all but files that its solves read: sections of the configuration, process
variables, the host. An entry is found by the question and what these are now; it counts as long as
every file that the solve read is as it was: recipes with all beside them, what recipes share,
compilers, the store, the lock of the environment, the modules of this program. An entry that
cannot be read or that no longer counts is as good as none. A hit needs no recipe and no solver, so
none of them is imported before.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence

import spack
from spack.errors import SpackError, UsageError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.digests import sha256
from spack.language.lockfiles import Lockfile
from spack.language.modes import SolveOptions
from spack.language.serialization import graph_from_nodes
from spack.language.versions import GitVersion
from spack.named_tuples import NamedTuple
from spack.system.files.kept import DamagedError, drop_oldest, lasting_stamp, read_kept, write_kept
from spack.type_names import TYPE_CHECKING, Any
from spack.work.answers.questions import Question, question_in_words
from spack.work.answers.solve_reads import Name, Reads, program_files, recipe_files, value_of

if TYPE_CHECKING:
    from spack.recipes.finding.repositories import RepositoryPath
    from spack.session.parts import SolverParts
    from spack.solve.problem.request import Solution

#: Directory below the cache of what can be worked out again, and the version of entries.
DIRECTORY, FORMAT = "finished-solves", 3


class Answer(NamedTuple):
    """The concrete roots of a question, and what is known of the solves they come from.

    Attributes:
        solutions: in the order in which they were found; see :func:`solutions_of`.
        kept: how many of them are finished solves that were found again.
    """

    specs: list[ConcreteSpec]
    solutions: list[Solution | KeptSolution]
    kept: int = 0


class KeptSolution(NamedTuple):
    """A solution as an entry has it."""

    roots: tuple[ConcreteSpec | None, ...]
    costs: dict[str, int]
    statistics: list[Any]


def answer(parts: SolverParts, question: Question, *, keep_problem: bool = False) -> Answer:
    """The answer to a question; parts that were answered before are taken from the cache.

    Args:
        keep_problem: solve in any case, and let the solutions carry their programs.

    Raises:
        UnsatisfiableRequestError: a root has no answer.
    """
    if question.locked is None and parts.environment_directory is None:
        question = question._replace(locked=())
    finished = FinishedSolves(parts)
    if keep_problem or not parts.settings.concretizer.cache_enabled:
        return _solved(parts, question, keep_problem)
    asked = question.parts()
    kept = finished.find_all(asked)
    open_parts = [part for part, found in zip(asked, kept) if found is None]
    rest = question
    if len(open_parts) < len(asked):
        rest = question._replace(roots=tuple(part.roots[0] for part in open_parts))
    reads = Reads()
    new = iter(_by_part(_solved(parts, rest, reads=reads), open_parts) if open_parts else ())
    finished.look_again()
    specs: list[ConcreteSpec] = []
    solutions: list[Solution | KeptSolution] = []
    for part, found in zip(asked, kept):
        if found is None:
            found = next(new)
            finished.keep(part, found, reads)
        specs += found.specs
        solutions += found.solutions
    return Answer(specs, solutions, len(asked) - len(open_parts))


def answer_words(
    parts: SolverParts,
    words: Sequence[str],
    options: SolveOptions = SolveOptions(),
    *,
    keep_problem: bool = False,
) -> Answer:
    """:func:`answer` for specs from the command line."""
    question = question_in_words(parts, words, options)
    return answer(parts, question, keep_problem=keep_problem)


def concretized(
    parts: SolverParts, words: Sequence[str], options: SolveOptions = SolveOptions()
) -> list[ConcreteSpec]:
    """The concrete specs of command line words; without any the locked roots, included ones too.

    With ``options.force`` what is locked counts as little as if it were not.

    Raises:
        UsageError: no specs and no environment.
    """
    if not words:
        if parts.environment is None:
            raise UsageError("no specs given", hint="spack spec zlib")
        locked = parts.environment.concrete_roots()
        if not (options.force and locked):
            lock = parts.environment.read_lock()
            return [spec for spec, _ in lock.every_root()] if lock is not None else []
        words = [text for _, text in locked]
    return answer_words(parts, words, options).specs


def solutions_of(found: Answer) -> list[Solution]:
    """The solutions of an answer with their costs and statistics; these are of the first time."""
    from spack.solve.problem.request import Solution, Statistics

    return [
        s
        if isinstance(s, Solution)
        else Solution(
            s.roots,
            {int(priority): cost for priority, cost in s.costs.items()},
            Statistics(*s.statistics),
        )
        for s in found.solutions
    ]


def cost_lines(solution: Solution) -> list[tuple[int, str, str, int]]:
    """Criteria of a solution by priority: number, kind (build, reuse), name and cost."""
    from spack.solve.asp.criteria import cost_rows

    return [(c.priority, c.kind, c.name, cost) for c, cost in cost_rows(solution.costs)]


def _solved(
    parts: SolverParts,
    question: Question,
    keep_problem: bool = False,
    reads: Reads | None = None,
) -> Answer:
    from spack.work.answers.concretization import solved

    specs, solutions = solved(parts, question, keep_problem=keep_problem, reads=reads)
    return Answer(specs, list(solutions))


def _by_part(found: Answer, parts: Sequence[Question]) -> list[Answer]:
    """The answer of each part: one root and one solution, unless there is one part only."""
    if len(parts) == 1:
        return [found]
    return [Answer([spec], [solution]) for spec, solution in zip(found.specs, found.solutions)]


# -- entries -----------------------------------------------------------------------------------


class FinishedSolves:
    """Finished solves of one session, on disk."""

    def __init__(self, parts: SolverParts) -> None:
        self._parts = parts
        self._started = time.time_ns()
        self._stamps: dict[str, list[int] | None] = {}
        self._values: dict[Name, Any] = {}
        self._program: set[str] | None = None

    @property
    def directory(self) -> str:
        """The directory of the entries."""
        configured = self._parts.settings.concretizer.cache_url
        if configured:
            return self._parts.configuration.paths.path(configured)
        return os.path.join(self._parts.settings.config.misc_cache, DIRECTORY)

    def _names_path(self, question: Question) -> str:
        """The list of what solves of a question read beside files."""
        options = self._parts.options
        program = [FORMAT, spack.__version__, sys.version_info[:2], options.own_recipes]
        own = self._parts.environment_directory if options.own_recipes else None
        return self._path([program, own, question.facts()], ".reads")

    def _path(self, facts: Sequence[Any], suffix: str) -> str:
        text = json.dumps(facts, sort_keys=True, default=str)
        key = sha256(text.encode()).hexdigest()
        return os.path.join(self.directory, key[:2], key + suffix)

    def _entry_path(self, names_path: str, names: Sequence[Name]) -> str:
        """The entry of a question for what was read beside files as it is now."""
        values = [[name, self._value(name)] for name in names]
        return self._path([os.path.basename(names_path), values], ".json")

    def _value(self, name: Name) -> Any:
        if name not in self._values:
            self._values[name] = value_of(self._parts, name)
        return self._values[name]

    def find_all(self, questions: Sequence[Question]) -> list[Answer | None]:
        """For each question the answer of a solve that still counts, None without one."""
        entries = [self._find(question) for question in questions]
        known: dict[str, ConcreteSpec] = {}
        return [None if entry is None else _read(entry, known) for entry in entries]

    def _find(self, question: Question) -> dict[str, Any] | None:
        names_path = self._names_path(question)
        try:
            path = self._entry_path(names_path, read_kept(names_path, _names))
            entry, stamps = read_kept(path, _entry)
        except DamagedError:
            return None
        current = all(self._stamp(path) == stamp for path, stamp in stamps.items())
        return entry if current and stamps else None

    def look_again(self) -> None:
        """Files may have changed since they were looked at."""
        self._stamps.clear()

    def keep(self, question: Question, found: Answer, reads: Reads) -> None:
        """Write an entry.

        Nothing is written where time ran out, when something that was read cannot be watched or
        changed while the solve ran, or where the answer depends on what a branch or tag of a git
        repository is now.
        """
        solutions = solutions_of(found)
        if reads.unwatched or not all(solution.optimal for solution in solutions):
            return
        repositories = self._parts.repositories
        if any(_may_move(repositories, n) for solution in solutions for n in solution.nodes()):
            return
        recipes = set(reads.recipes)
        for solution in solutions:
            recipes |= solution.packages
            recipes.update(node.name for node in solution.nodes())
        if self._program is None:
            self._program = program_files()
        paths = reads.files | self._program | recipe_files(repositories, recipes)
        stamps = {path: self._stamp(path) for path in sorted(paths)}
        if [] in stamps.values():
            return
        all_roots = [*found.specs, *(r for s in solutions for r in s.roots if r is not None)]
        roots = [(root, "") for root in all_roots]
        entry = {
            "stamps": stamps,
            "specs": [spec.dag_hash() for spec in found.specs],
            "solutions": [
                {
                    "roots": [None if root is None else root.dag_hash() for root in s.roots],
                    "costs": s.costs,
                    "statistics": s.statistics,
                }
                for s in solutions
            ],
            "nodes": {
                code: node.node_dict()
                for code, node in Lockfile.from_roots(roots).concrete_specs.items()
            },
        }
        names_path = self._names_path(question)
        try:
            known = read_kept(names_path, _names)
        except DamagedError:
            known = []
        names = sorted(reads.names.union(known))
        if names != known and not write_kept(names_path, json.dumps(names)):
            return
        path = self._entry_path(names_path, names)
        if write_kept(path, json.dumps(entry, separators=(",", ":"))):
            self._drop_oldest()

    def _stamp(self, path: str) -> list[int] | None:
        if path not in self._stamps:
            self._stamps[path] = lasting_stamp(path, self._started)
        return self._stamps[path]

    def _drop_oldest(self) -> None:
        limit = self._parts.settings.concretizer.cache_entry_limit
        found = [
            os.path.join(folder, name)
            for folder, _, names in os.walk(self.directory)
            for name in names
        ]
        for suffix in (".json", ".reads") if limit else ():
            drop_oldest([path for path in found if path.endswith(suffix)], limit)


def _names(content: bytes) -> list[Name]:
    return [(str(kind), str(name)) for kind, name in json.loads(content)]


def _entry(content: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """An entry, and the stamps in it."""
    entry = json.loads(content)
    return dict(entry), dict(entry["stamps"])


def _read(entry: dict[str, Any], known: dict[str, ConcreteSpec]) -> Answer | None:
    """The answer in an entry, None if it is damaged; its nodes are added to the known ones.

    Entries share the objects of nodes that several of them have.
    """
    try:
        nodes = entry["nodes"]
        new = [(code, data) for code, data in nodes.items() if code not in known]
        known.update(graph_from_nodes(new, known=known))
        solutions = [
            KeptSolution(
                tuple(None if code is None else known[code] for code in solution["roots"]),
                dict(solution["costs"]),
                list(solution["statistics"]),
            )
            for solution in entry["solutions"]
        ]
        return Answer([known[code] for code in entry["specs"]], list(solutions))
    except (ValueError, KeyError, TypeError, AttributeError, SpackError):
        return None


def _may_move(repositories: RepositoryPath, node: ConcreteSpec) -> bool:
    """The version of a node is a state of a git repository that the recipe does not pin."""
    if isinstance(node.version, GitVersion):
        return not (node.version.is_commit and "=" in node.version.string)
    if node.external is not None or not repositories.exists(node.name):
        return False
    declared = repositories.record(node.name).versions
    return any(
        v.commit is None and (v.branch or v.tag) and v.version == node.version for v in declared
    )
