"""Sixteen processes install overlapping graphs: each node once, and no record is lost."""

from __future__ import annotations

import collections
import json
import random
from pathlib import Path

from tests.end_to_end.small_instance import HEADER, Instance

RECIPE = '''
class {title}(Package):
    """One of many."""

    has_code = False
    version("1.0")
    {needs}

    def install(self, spec, prefix):
        touch(prefix.join("{name}"))
'''

COUNT, PROCESSES = 24, 16


def test_each_node_once_and_no_lost_record(tmp_path: Path) -> None:
    chance = random.Random(16)
    root = tmp_path / "spack_repo" / "many"
    names = [f"many-{number}" for number in range(COUNT)]
    for number, name in enumerate(names):
        folder = root / "packages" / name.replace("-", "_")
        folder.mkdir(parents=True)
        below = chance.sample(names[:number], min(number, 2))
        needs = "\n    ".join(f'depends_on("{need}")' for need in below)
        title = name.title().replace("-", "")
        (folder / "package.py").write_text(
            HEADER + RECIPE.format(title=title, name=name, needs=needs)
        )
    (root / "repo.yaml").write_text("repo:\n  namespace: many\n  api: v2.2\n")
    instance = Instance(tmp_path / "instance", tmp_path / "cache", root)
    instance.ok("spec", names[-1])
    chosen = [chance.sample(names[COUNT // 2 :], 3) for _ in range(PROCESSES)]
    started = [instance.start("install", "--json", *roots) for roots in chosen]
    finished: collections.Counter[str] = collections.Counter()
    for process in started:
        output, _ = process.communicate(timeout=600)
        assert process.returncode == 0, output
        told = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
        assert told[-1]["event"] == "ended" and not told[-1]["failed"]
        finished.update(node["name"] for node in told[-1]["installed"])
    assert set(finished.values()) == {1}, finished
    assert instance.installed() == sorted(finished)
    assert {name for roots in chosen for name in roots} <= set(finished)
    for name in finished:
        prefix = Path(instance.ok("location", "-i", name).strip())
        assert (prefix / name).exists() and (prefix / ".spack/spec.json").exists()
    marks = instance.state / "opt/spack/.spack-db/partial"
    assert list(marks.glob("*")) == []
