"""The history of recipes: who wrote their lines, which came, went or changed between commits.

Works on a repository of recipes that lies in a git checkout. Nothing is written, apart from
:func:`stage_packages`.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence

from spack.errors import NotFoundError, UsageError
from spack.language.matching import intersects, satisfies
from spack.language.parser import SpecSyntaxError, parse_spec
from spack.named_tuples import NamedTuple
from spack.recipes.finding.repositories import Repository
from spack.recipes.repository_names import is_legal_directory, package_of
from spack.sources.fetching.git import Git
from spack.sources.fetching.tools import ToolFailedError
from spack.sources.repository_clones import network_settings
from spack.type_names import TYPE_CHECKING
from spack.work.queries.queries import parse_words

if TYPE_CHECKING:
    from spack.config.settings.settings import Settings
    from spack.recipes.finding.repositories import RepositoryPath
    from spack.system.terminal.output import Reporter


class AuthorLines(NamedTuple):
    """The lines of one author: how many, and the time of the last commit in seconds."""

    author: str
    email: str
    lines: int
    last_commit: int
    share: float

    def to_json(self) -> dict[str, object]:
        """Plain data, the time as the age in words too."""
        return {
            "author": self.author,
            "email": self.email,
            "last_commit": age(self.last_commit),
            "time": self.last_commit,
            "lines": self.lines,
            "percentage": f"{100 * self.share:.1f}",
        }


class Changes(NamedTuple):
    """Names of packages, sorted."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


def blame(
    repositories: RepositoryPath,
    settings: Settings,
    reporter: Reporter,
    subject: str,
    *,
    by_share: bool = False,
) -> list[AuthorLines]:
    """Return the authors of the lines of a recipe or file: last commit first, or largest share.

    Args:
        subject: a package, or the path of a file in any git checkout.

    Raises:
        UnknownPackageError, NotFoundError.
    """
    path = _file_of(repositories, subject)
    lines: dict[tuple[str, str], int] = {}
    last: dict[tuple[str, str], int] = {}
    author = email = ""
    when = 0
    for line in _blamed(settings, reporter, path, "--line-porcelain").splitlines():
        word, _, rest = line.partition(" ")
        if line.startswith("\t"):
            key = (author, email)
            lines[key] = lines.get(key, 0) + 1
            last[key] = max(last.get(key, 0), when)
        elif word == "author":
            author = rest
        elif word == "author-mail":
            email = rest.strip("<>")
        elif word == "author-time":
            when = int(rest)
    total = sum(lines.values()) or 1
    rows = [AuthorLines(*key, count, last[key], count / total) for key, count in lines.items()]
    return sorted(rows, key=lambda row: (-row.lines if by_share else -row.last_commit, row.author))


def blame_text(
    repositories: RepositoryPath, settings: Settings, reporter: Reporter, subject: str
) -> str:
    """Return the output of ``git blame``."""
    return _blamed(settings, reporter, _file_of(repositories, subject))


def age(moment: int) -> str:
    """The time that has passed since a time, in its largest unit."""
    passed = max(0, int(time.time()) - moment)
    for unit, seconds in (
        ("year", 31557600),
        ("month", 2629800),
        ("day", 86400),
        ("hour", 3600),
        ("minute", 60),
    ):
        count = passed // seconds
        if count:
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


def _file_of(repositories: RepositoryPath, subject: str) -> str:
    if os.path.isfile(subject):
        return os.path.abspath(subject)
    owner = repositories.repository_of(subject)
    path = owner.recipe_file(subject.rpartition(".")[2])
    if not os.path.isfile(path):
        raise owner.unknown(subject.rpartition(".")[2])
    return path


def _blamed(settings: Settings, reporter: Reporter, path: str, *options: str) -> str:
    git = _git(settings)
    directory, name = os.path.split(os.path.realpath(path))
    _require_checkout(reporter, git, directory)
    try:
        return git("blame", "-w", *options, "--", name, cwd=directory)
    except ToolFailedError as error:
        raise NotFoundError(f"{path} has no history: {error.reason}") from error


def _git(settings: Settings) -> Git:
    return Git(network_settings(settings), needed_for="read the history of recipes")


def _require_checkout(reporter: Reporter, git: Git, directory: str) -> None:
    """Raises NotFoundError outside of checkouts; says so if a checkout has only a part."""
    try:
        shallow = git("rev-parse", "--is-shallow-repository", cwd=directory).strip()
    except ToolFailedError as error:
        raise NotFoundError(
            f"{directory} is not in a git checkout", hint="the history of recipes needs git"
        ) from error
    if shallow == "true":
        reporter.warning(
            f"the clone of {directory} is shallow: get the rest with git -C {directory}"
            " fetch --unshallow"
        )


# -- packages of commits -------------------------------------------------------------------------


class History:
    """The packages of one repository at its commits."""

    def __init__(
        self,
        repositories: RepositoryPath,
        settings: Settings,
        reporter: Reporter,
        namespace: str | None = None,
    ) -> None:
        self.repository: Repository = (
            repositories.by_namespace(namespace) if namespace else repositories.repositories[0]
        )
        self._git = _git(settings)
        self._folder = os.path.realpath(self.repository.packages_dir)
        _require_checkout(reporter, self._git, self._folder)

    def names(self, revision: str = "HEAD") -> list[str]:
        """The packages at a commit. Raises :class:`NotFoundError`."""
        listed = self._run("ls-tree", "-r", "--name-only", self._commit(revision), "./")
        return sorted(self._packages(listed.splitlines(), recipes_only=True))

    def changes(self, old: str, new: str) -> Changes:
        """Return the changes between two commits. Raises :class:`NotFoundError`."""
        first, second = self._commit(old), self._commit(new)
        before, after = set(self.names(first)), set(self.names(second))
        differing = self._run("diff", "--name-only", "--relative", "--no-renames", first, second)
        changed = self._packages(differing.splitlines()) & before & after
        return Changes(
            tuple(sorted(after - before)), tuple(sorted(before - after)), tuple(sorted(changed))
        )

    def stage_packages(self, names: Sequence[str]) -> None:
        """``git add`` of the folders of packages. Raises UnknownPackageError."""
        for name in names:
            if not os.path.isfile(self.repository.recipe_file(name)):
                raise self.repository.unknown(name)
        folders = [os.path.basename(self.repository.package_dir(name)) for name in names]
        self._run("add", "--", *folders)

    def _run(self, *words: str) -> str:
        return self._git(*words, cwd=self._folder)

    def _commit(self, revision: str) -> str:
        try:
            asked = f"{revision}^{{commit}}"
            return self._run("rev-parse", "--verify", "--quiet", "--end-of-options", asked).strip()
        except ToolFailedError as error:
            raise NotFoundError(
                f"there is no commit '{revision}' in {self._folder}",
                hint="give a branch, a tag or a commit",
            ) from error

    def _packages(self, paths: Sequence[str], *, recipes_only: bool = False) -> set[str]:
        """The packages that files, relative to the folder of packages, belong to."""
        found = set()
        old_layout = self.repository.version_1
        for path in paths:
            directory, _, rest = path.partition("/")
            if not is_legal_directory(directory, version_1=old_layout):
                continue
            if rest == "package.py" or (rest and not recipes_only):
                found.add(directory if old_layout else package_of(directory))
        return found


def search(repositories: RepositoryPath, words: Sequence[str], namespace: str | None = None) -> int:
    """Run ``grep`` over all recipes of a repository; its exit code."""
    import subprocess

    if not words:
        raise UsageError("nothing to search for given", hint="spack pkg grep WORDS")
    chosen = repositories.by_namespace(namespace) if namespace else repositories.repositories[0]
    command = ["grep", "-r", "--include=package.py", *words, chosen.packages_dir]
    return subprocess.run(command, check=False).returncode


# -- recipes as texts ----------------------------------------------------------------------------


def recipe_source(repositories: RepositoryPath, text: str, *, canonical: bool = False) -> str:
    """The recipe of a package; ``canonical`` is the part of it that package hashes are made of.

    Conditional methods that a spec leaves open stay in the canonical text.
    """
    from spack.recipes.hashing.recipe_text import recipe_text

    spec = parse_words([text])[0].spec
    name = spec.name or text
    if spec.namespace:
        name = f"{spec.namespace}.{name}"
    with open(_file_of(repositories, name), encoding="utf-8") as file:
        source = file.read()
    if not canonical:
        return source

    def holds(condition: str) -> bool | None:
        try:
            wanted = parse_spec(condition)
        except SpecSyntaxError:
            return None
        if satisfies(spec, wanted):
            return True
        return None if intersects(spec, wanted) else False

    return recipe_text(source, holds)


def letters(text: str) -> set[str]:
    """The kinds of changes that a text such as ``AC`` names. Raises UsageError."""
    wanted = text.upper()
    if not re.fullmatch(r"[ARC]+", wanted):
        raise UsageError(
            f"'{text}' is not a set of change types", hint="A added, R removed, C changed"
        )
    return set(wanted)
