"""Random words of ``uninstall`` remove what they mean as one text, and nothing that is needed."""

from __future__ import annotations

import io
import itertools
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.install.graphs import node
from tests.work.hand_made import Parts

from spack.cli.parsing import command_parser
from spack.environments.environment import Environment
from spack.environments.locations import Location
from spack.errors import AmbiguousError, SpackError
from spack.install.uninstall import NeededByOthersError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.lockfiles import Lockfile
from spack.language.matching import satisfies
from spack.language.parser import parse_specs
from spack.recipes.finding.repositories import RepositoryPath
from spack.store.store import Store
from spack.system.terminal.output import Reporter
from spack.work.installing import removal
from spack.work.installing.removal import NamelessSpecError
from spack.work.queries.queries import NoMatchError

PLAIN = node("zlib", version="1.2.13", variants={"pic": False})
PIC = node("zlib", version="1.2.13", variants={"pic": True})
NEW = node("zlib", version="1.3", variants={"pic": True})
BZIP2 = node("bzip2", variants={"pic": True})
APP = node("app", PIC, (BZIP2, "run"))
TOOL = node("tool", (PLAIN, "build"), NEW)
TOP = node("top", APP)
ALL = (PLAIN, PIC, NEW, BZIP2, APP, TOOL, TOP)

pieces = st.sampled_from(
    ["zlib", "bzip2", "app", "tool", "top", "@1.2.13", "@1.2:", "+pic", "~pic", "^zlib@1.3"]
    + [f"/{spec.dag_hash()[:7]}" for spec in (PLAIN, APP)]
)
#: Pieces with what stands between them in one word: nothing is a new word.
texts = st.lists(st.tuples(pieces, st.sampled_from(["", " "])), min_size=1, max_size=5)
NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("uninstall")


@settings(max_examples=30)
@given(
    text=texts,
    every=st.booleans(),
    dependents=st.booleans(),
    force=st.booleans(),
    roots=st.lists(st.sampled_from([TOP, TOOL, PLAIN]), unique=True, max_size=2),
)
def test_words(
    folder: Path,
    text: list[tuple[str, str]],
    every: bool,
    dependents: bool,
    force: bool,
    roots: list[ConcreteSpec],
) -> None:
    parts = _parts(folder / str(next(NUMBERS)), roots)
    words = [""]
    for piece, between in text:
        words[-1] += f" {piece}" if words[-1] else piece
        words += [] if between else [""]
    words = [word for word in words if word]
    try:
        args = command_parser("uninstall").parse_args(words)
        wanted = parse_specs(" ".join(words))
    except SpackError:
        return
    meant = {s.dag_hash() for spec in wanted for s in ALL if satisfies(s, spec)}
    counts = [sum(satisfies(s, spec) for s in ALL) for spec in wanted]
    above = {s.dag_hash() for s in ALL if _needs(s, meant)} - meant
    gone = meant | above if dependents else meant
    needed = any(_needs(root, gone) or root.dag_hash() in gone for root in roots)
    try:
        plan = removal.plan_removal(
            parts, args.specs, all_matches=every, dependents=dependents, force=force
        )
    except NamelessSpecError:
        assert len(wanted) > 1 and any(not (s.name or s.abstract_hash) for s in wanted)
    except NoMatchError:
        assert 0 in counts
    except AmbiguousError:
        assert not every and max(counts) > 1
    except NeededByOthersError:
        assert not force and (needed or (above and not dependents))
    else:
        assert 0 not in counts and (every or max(counts) == 1)
        assert force or not needed
        assert {spec.dag_hash() for spec in plan.specs} == gone
        removal.uninstall(parts, plan, force=force)
        for spec in ALL:
            there = os.path.exists(os.path.join(parts.store.layout.prefix(spec), "file"))
            assert there == parts.store.is_installed(spec) == (spec.dag_hash() not in gone)


def _needs(spec: ConcreteSpec, hashes: set[str]) -> bool:
    """Whether a spec needs one of these at run time."""
    return any(
        edge.spec.dag_hash() in hashes or _needs(edge.spec, hashes)
        for edge in spec.dependencies
        if edge.deptypes & removal.removing.NEEDED
    )


def _parts(place: Path, roots: list[ConcreteSpec]) -> Parts:
    """A store with everything installed, and an environment with these roots."""
    environment = place / "environments" / "e"
    environment.mkdir(parents=True)
    (environment / "spack.yaml").write_text("spack:\n  specs: []\n  view: false\n")
    lock = Lockfile.from_roots([(root, root.name) for root in roots])
    (environment / "spack.lock").write_text(lock.to_text())
    store = Store(str(place / "store"))
    for spec in ALL:
        Path(store.begin_install(spec), "file").touch()
        store.commit_install(spec, explicit=True)

    def views_of(directory: str) -> Parts:
        """The same in an environment, which has no view."""
        inside = _in_no_environment(place, store)
        inside.environment = Environment(Location(directory, None))
        return inside

    parts = _in_no_environment(place, store)
    parts.for_environment = views_of
    return parts


def _in_no_environment(place: Path, store: Store) -> Parts:
    return Parts(
        place / "scope",
        {"config": {"environments_root": str(place / "environments")}, "view": False},
        store=store,
        repositories=RepositoryPath([]),
        reporter=Reporter(output=io.StringIO(), errors=io.StringIO()),
        variables={},
        environment=None,
        environment_directory=None,
        environment_name=None,
    )
