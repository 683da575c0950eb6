"""Answers questions to the solver, from finished solves on disk where one still counts.

An entry is found by the question, the configuration, the host and this program; it counts as long
as every file that the solve looked at is as it was: recipes that were read with all beside them,
what recipes share, lists of providers, compilers, the store, the lock of the environment. An entry
that cannot be read or that no longer counts is as good as none. A hit needs no recipe and no
solver, so none of them is imported before.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from typing import (
    TYPE_CHECKING,
    Any,
    Dict,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
    Union,
)

import spack
from spack.errors import SpackError, UsageError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.lockfiles import Lockfile
from spack.language.modes import SolveOptions
from spack.language.serialization import graph_from_nodes
from spack.language.versions import GitVersion
from spack.system.files.writing import atomic_write
from spack.work.answers.questions import Question, question_in_words

if TYPE_CHECKING:
    from spack.session.session import Session
    from spack.solve.problem.request import Solution

#: Directory below the cache of what can be worked out again, and the version of entries.
DIRECTORY, FORMAT = "finished-solves", 2

#: Sections of the configuration that a solve depends on.
_SECTIONS = ("concretizer", "packages", "repos", "develop", "toolchains", "upstreams", "mirrors")
#: Keys of the section ``concretizer`` that say how to solve or what is asked, which is told apart.
_NOT_ASKED = ("concretization_cache", "error_on_timeout", "force", "timeout", "unify")
#: Folders of this program whose modules decide what the answer is.
_PARTS = ("config", "host", "language", "recipes", "session", "solve", "sources", "work")
#: Process variables that a solve depends on.
_VARIABLES = ("SPACK_CONCRETIZER_REQUIRE_CHECKSUM",)

#: File systems take times from a clock that may be so many ns behind.
_CLOCK_STEP = 10_000_000

Stamp = List[int]


class Answer(NamedTuple):
    """The concrete roots of a question, and what is known of the solves they come from.

    Attributes:
        solutions: in the order in which they were found; see :func:`solutions_of`.
        kept: how many of them are finished solves that were found again.
    """

    specs: List[ConcreteSpec]
    solutions: List[Union[Solution, KeptSolution]]
    kept: int = 0


class KeptSolution(NamedTuple):
    """A solution as an entry has it."""

    roots: Tuple[Optional[ConcreteSpec], ...]
    costs: Dict[str, int]
    statistics: List[Any]


def answer(session: Session, question: Question, *, keep_problem: bool = False) -> Answer:
    """The answer to a question; parts that were answered before are taken from the cache.

    Args:
        keep_problem: solve in any case, and let the solutions carry their programs.

    Raises:
        UnsatisfiableRequestError: a root has no answer.
    """
    if question.locked is None and session.environment_directory is None:
        question = question._replace(locked=())
    finished = FinishedSolves(session)
    if keep_problem or not finished.usable:
        return _solved(session, question, keep_problem)
    parts = question.parts()
    kept = finished.find_all(parts)
    open_parts = [part for part, found in zip(parts, kept) if found is None]
    rest = question
    if len(open_parts) < len(parts):
        rest = question._replace(roots=tuple(part.roots[0] for part in open_parts))
    read: Set[str] = set()
    new = iter(_by_part(_solved(session, rest, read=read), open_parts) if open_parts else ())
    finished.look_again()
    specs: List[ConcreteSpec] = []
    solutions: List[Union[Solution, KeptSolution]] = []
    for part, found in zip(parts, kept):
        if found is None:
            found = next(new)
            finished.keep(part, found, read)
        specs += found.specs
        solutions += found.solutions
    return Answer(specs, solutions, len(parts) - len(open_parts))


def answer_words(
    session: Session,
    words: Sequence[str],
    options: SolveOptions = SolveOptions(),
    *,
    keep_problem: bool = False,
) -> Answer:
    """:func:`answer` for specs from the command line."""
    question = question_in_words(session, words, options)
    return answer(session, question, keep_problem=keep_problem)


def concretized(
    session: Session, words: Sequence[str], options: SolveOptions = SolveOptions()
) -> List[ConcreteSpec]:
    """What specs from the command line would be; those of the environment if there are none.

    Raises:
        UsageError: no specs and no environment with roots.
    """
    if not words:
        if session.environment is None:
            raise UsageError("no specs were given", hint="spack spec zlib")
        return [spec for spec, _ in session.environment.concrete_roots()]
    return answer_words(session, words, options).specs


def solutions_of(found: Answer) -> List[Solution]:
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


def cost_lines(solution: Solution) -> List[Tuple[int, str, str, int]]:
    """Criteria of a solution by priority: number, kind (build, reuse), name and cost."""
    from spack.solve.asp.criteria import cost_rows

    return [(c.priority, c.kind, c.name, cost) for c, cost in cost_rows(solution.costs)]


def _solved(
    session: Session,
    question: Question,
    keep_problem: bool = False,
    read: Optional[Set[str]] = None,
) -> Answer:
    from spack.work.answers.concretization import solved

    specs, solutions = solved(session, question, keep_problem=keep_problem, read=read)
    return Answer(specs, list(solutions))


def _by_part(found: Answer, parts: Sequence[Question]) -> List[Answer]:
    """The answer of each part: one root and one solution, unless there is one part only."""
    if len(parts) == 1:
        return [found]
    return [Answer([spec], [solution]) for spec, solution in zip(found.specs, found.solutions)]


# -- entries -----------------------------------------------------------------------------------


class FinishedSolves:
    """Finished solves of one session, on disk."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._started = time.time_ns()
        self._stamps: Dict[str, Optional[Stamp]] = {}
        self._circumstances: Optional[List[Any]] = None
        self._shared: Optional[Set[str]] = None

    @property
    def usable(self) -> bool:
        """Whether solves are kept: switched on, and all that they depend on is watched.

        Without a configured compiler each solve looks for one on PATH.
        """
        settings = self._session.settings
        return (
            settings.concretizer.cache_enabled
            and any(
                entry.extra_attributes.get("compilers")
                for package in settings.packages.values()
                for entry in package.externals
            )
            and not any(
                source.type == "buildcache" for source in settings.concretizer.reuse.sources
            )
        )

    @property
    def directory(self) -> str:
        """Where the entries are."""
        configured = self._session.settings.concretizer.cache_url
        if configured:
            return self._session.configuration.paths.path(configured)
        return os.path.join(self._session.settings.config.misc_cache, DIRECTORY)

    def path(self, question: Question) -> str:
        """The file of a question."""
        if self._circumstances is None:
            self._circumstances = list(self._collect_circumstances())
        facts: List[Any] = [self._circumstances, question.facts()]
        if question.locked is None:
            facts.append(self._session.environment_directory)
        text = json.dumps(facts, sort_keys=True, default=str)
        key = hashlib.sha256(text.encode()).hexdigest()
        return os.path.join(self.directory, key[:2], key + ".json")

    def _collect_circumstances(self) -> Iterator[Any]:
        """All that answers depend on beside the question and files."""
        session = self._session
        settings = session.settings
        yield [FORMAT, spack.__version__, sys.version_info[:2], session.options.own_recipes]
        for name in _SECTIONS:
            data = _plain(session, name)
            if name == "concretizer" and isinstance(data, dict):
                data = {key: value for key, value in data.items() if key not in _NOT_ASKED}
            yield data
            yield list(_substituted(session, data))
        if _plain(session, "develop") or session.options.own_recipes:
            yield session.environment_directory
        yield [settings.config.deprecated, session.user_cache, *self._stores()]
        yield [place.path for place in settings.repos.values()]
        yield [session.host.platform, session.host.os, session.host.target, _libc()]
        yield [session.variables.get(name) for name in _VARIABLES]
        yield _program()

    def find_all(self, questions: Sequence[Question]) -> List[Optional[Answer]]:
        """For each question the answer of a solve that still counts, None without one."""
        entries = [self._find(question) for question in questions]
        known: Dict[str, ConcreteSpec] = {}
        found: List[Optional[Answer]] = []
        for entry in entries:
            read = None if entry is None else _read(entry, known)
            found.append(read)
        return found

    def _find(self, question: Question) -> Optional[Dict[str, Any]]:
        try:
            with open(self.path(question), encoding="utf-8") as file:
                entry: Dict[str, Any] = json.load(file)
            stamps: Dict[str, Any] = entry["stamps"]
            current = all(self._stamp(path) == stamp for path, stamp in stamps.items())
            return entry if current and stamps else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def look_again(self) -> None:
        """Files may have changed since they were looked at."""
        self._stamps.clear()

    def keep(self, question: Question, found: Answer, read: Iterable[str]) -> None:
        """Write an entry; ``read`` are names of packages whose records were read.

        Nothing is written where time ran out, when a file changed while the solve ran, where the
        answer depends on what a branch or tag of a git repository is now, or where nothing can be
        written.
        """
        solutions = solutions_of(found)
        if not all(solution.optimal for solution in solutions):
            return
        if any(_may_move(self._session, n) for solution in solutions for n in solution.nodes()):
            return
        names = set(read)
        for solution in solutions:
            names |= solution.packages
            names.update(node.name for node in solution.nodes())
        paths = self._standing(question) | _recipe_files(self._session, names)
        stamps = {path: self._stamp(path) for path in sorted(paths)}
        since = self._started - _CLOCK_STEP
        if any(stamp is not None and stamp[0] >= since for stamp in stamps.values()):
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
        path = self.path(question)
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            atomic_write(path, json.dumps(entry, separators=(",", ":")))
            self._drop_oldest()
        except OSError:
            return

    def _stamp(self, path: str) -> Optional[Stamp]:
        if path not in self._stamps:
            self._stamps[path] = _stamp(path)
        return self._stamps[path]

    def _stores(self) -> List[str]:
        settings = self._session.settings
        upstreams = [upstream.install_tree for upstream in settings.upstreams.values()]
        return [settings.config.install_tree_root, *upstreams]

    def _standing(self, question: Question) -> Set[str]:
        """Files and folders beside the recipes: stores, locks, compilers, repositories, indexes."""
        if self._shared is None:
            self._shared = self._shared_files()
        directory = self._session.environment_directory
        if question.locked is None and directory is not None:
            return self._shared | {os.path.join(directory, "spack.lock")}
        return self._shared

    def _shared_files(self) -> Set[str]:
        session = self._session
        settings = session.settings
        paths: Set[str] = set()
        for repository in session.repositories.repositories:
            paths |= _around(repository.root, repository.packages_dir)
            paths.add(os.path.join(repository.index().folder, "index"))
        for root in self._stores():
            paths.add(os.path.join(root, ".spack-db"))
            paths |= set(_files(os.path.join(root, ".spack-db")))
        for package in settings.packages.values():
            for entry in package.externals:
                compilers = entry.extra_attributes.get("compilers") or {}
                paths |= {str(path) for path in compilers.values()}
        others = [source.path for source in settings.concretizer.reuse.sources if source.path]
        if others:
            from spack.environments.locations import LOCK_NAME, ManagedEnvironments

            managed = ManagedEnvironments(session.base_settings.config.environments_root)
            paths |= {os.path.join(managed.find(path).directory, LOCK_NAME) for path in others}
        return paths

    def _drop_oldest(self) -> None:
        limit = self._session.settings.concretizer.cache_entry_limit
        found = []
        for folder, _, names in os.walk(self.directory):
            found += [os.path.join(folder, name) for name in names if name.endswith(".json")]
        if limit and len(found) > limit:
            stamped = sorted((_stamp(path) or [0], path) for path in found)
            for _, path in stamped[: len(found) - limit]:
                os.unlink(path)


def _read(entry: Dict[str, Any], known: Dict[str, ConcreteSpec]) -> Optional[Answer]:
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


# -- what is watched ---------------------------------------------------------------------------


def _may_move(session: Session, node: ConcreteSpec) -> bool:
    """The version of a node is a state of a git repository that the recipe does not pin."""
    if isinstance(node.version, GitVersion):
        return not (node.version.is_commit and "=" in node.version.string)
    if node.external is not None or not session.repositories.exists(node.name):
        return False
    declared = session.repositories.record(node.name).versions
    return any(
        v.commit is None and (v.branch or v.tag) and v.version == node.version for v in declared
    )


def _plain(session: Session, name: str) -> Any:
    configuration = session.configuration
    return configuration.section(name).plain() if configuration.has(name) else None


def _substituted(session: Session, data: Any) -> Iterator[str]:
    """What the texts with variables in configured data mean now."""
    if isinstance(data, str):
        if "$" in data or data.startswith("~"):
            yield session.configuration.paths.substitute(data)
    elif isinstance(data, dict):
        for value in data.values():
            yield from _substituted(session, value)
    elif isinstance(data, list):
        for value in data:
            yield from _substituted(session, value)


def _libc() -> str:
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (ValueError, OSError, AttributeError):
        return ""


def _program() -> List[Optional[Stamp]]:
    """Changes with the modules of this program that make answers."""
    root = os.path.dirname(os.path.abspath(spack.__file__))
    return [
        _stamp(path)
        for part in _PARTS
        for path in sorted(_files(os.path.join(root, part)))
        if path.endswith(".py")
    ]


def _around(root: str, packages: str) -> Set[str]:
    """What all recipes of a repository share: its files outside of the packages, its git state."""
    from spack.recipes.records.recipe_state import git_files

    found = {packages, *git_files(root)}
    for folder, folders, names in os.walk(root):
        folders[:] = [
            n for n in folders if os.path.join(folder, n) != packages and n[0] not in "._"
        ]
        found.add(folder)
        found |= {os.path.join(folder, name) for name in names}
    return found


def _recipe_files(session: Session, names: Iterable[str]) -> Set[str]:
    """Recipes by name, what they were made from, and everything beside them."""
    found: Set[str] = set()
    for name in names:
        if not session.repositories.exists(name):
            continue
        repository = session.repositories.repository_of(name)
        plain = name.rpartition(".")[2]
        folder = repository.package_dir(plain)
        found |= {folder, *_files(folder)}
        index = repository.index()
        row = index.row(plain)
        if row.length:
            found |= {path for path, _ in index.read(row)[0]}
    return found


def _files(folder: str) -> List[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.path for entry in entries if entry.name != "__pycache__"]
    except OSError:
        return []


def _stamp(path: str) -> Optional[Stamp]:
    """Time of the last change in ns, size and number of the file; None where there is nothing."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return [found.st_mtime_ns, found.st_size, found.st_ino]
