"""The answer does not depend on the hash seed, on the order of recipes or on repetition."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from tests.solve.corpus import concretize, flag, package, world

from spack.recipes.records.package_records import PackageRecord
from spack.solve.problem.request import World

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

_PROGRAM = """
import hashlib
from spack.solve.problem.request import Request
from spack.solve.solver import solve
from tests.solve.corpus import located
from tests.solve.test_determinism import here, RECORDS
request = Request((located("app"), located("other ^tool@1")), keep_problem=True)
solution = solve(request, here(RECORDS), lambda spec, patches: "")
print(hashlib.sha256(solution.problem.encode()).hexdigest(), *solution.nodes())
"""

#: Ties everywhere: equal providers, either-or conflicts, tools that stand twice.
RECORDS = [
    package("app", depends=[("c", "build"), "left", "right", "v", ("tool", "build")]),
    package("other", depends=["left", ("tool", "build"), ("gen", "build")]),
    package("left", "1", "2", variants=[flag("x", True)], conflicts=[("^right+x", "+x", None)]),
    package("right", "1", "2", depends=["left"], variants=[flag("x", True)]),
    package("gen", depends=[("tool@2", "build")]),
    package("tool", "1", "2", tags=("build-tools",)),
    *(package(f"pv{number}", provides=["v"], depends=["w"]) for number in range(4)),
    *(package(f"pw{number}", provides=["w"]) for number in range(4)),
]


def here(records: list[PackageRecord]) -> World:
    found = world(records)
    return found._replace(max_duplicates={**found.max_duplicates, "tool": 2})


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_the_problem_and_the_answer_do_not_depend_on_the_hash_seed(seed: str) -> None:
    outputs = {
        subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            env={
                "PYTHONHASHSEED": value,
                "PYTHONPATH": os.pathsep.join([ROOT, os.path.join(ROOT, "lib", "spack")]),
            },
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for value in ("0", seed)
    }
    assert len(outputs) == 1


def test_the_answer_does_not_depend_on_the_order_of_recipes() -> None:
    answers = {
        tuple(sorted(str(node) for node in concretize(here(records), "app").nodes()))
        for records in (RECORDS, RECORDS[::-1], RECORDS[5:] + RECORDS[:5])
    }
    assert len(answers) == 1
