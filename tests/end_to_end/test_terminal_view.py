"""An installation on a terminal, as somebody sees it who watches, presses keys and stops it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.clone import SPACK
from tests.end_to_end.screens import PATIENCE, Terminal, terminal
from tests.end_to_end.small_instance import HEADER, Instance

from spack.system.processes.children import children_by_parent, descendants, is_alive

#: A package that says something and goes on when there is a file of its name.
RECIPE = '''
class {class_name}(Package):
    """Takes as long as somebody wants."""

    has_code = False
    version("1.0")
    {needs}

    def install(self, spec, prefix):
        import os
        sh = Executable("sh")
        gate = os.path.join(os.environ["GATES"], self.name)
        says = "for n in 1 2 3; do echo " + self.name + " says $n; done;"
        waits = " while [ ! -e " + gate + " ]; do sleep 0.02; done; "
        sh("-c", "echo $$ >" + gate + ".pid; " + says + waits + "{last}")
        touch(prefix.done)
'''

#: Names, what they need, and what their builds do at the end.
PACKAGES = {
    "one": ((), "true"),
    "two": ((), "true"),
    "fails": ((), "echo 'error: it cannot be done' >&2; exit 3"),
    "later": (("one",), "true"),
    "top": (("later", "two", "fails"), "true"),
    "good": (("one", "two"), "true"),
}


class Watched:
    """An instance with packages that wait at gates."""

    def __init__(self, directory: Path) -> None:
        root = directory / "spack_repo" / "watched"
        for name, (needs, last) in PACKAGES.items():
            folder = root / "packages" / name
            folder.mkdir(parents=True)
            lines = "\n    ".join(f'depends_on("{need}")' for need in needs)
            recipe = RECIPE.format(class_name=name.capitalize(), needs=lines, last=last)
            (folder / "package.py").write_text(HEADER + recipe)
        (root / "repo.yaml").write_text("repo:\n  namespace: watched\n  api: v2.2\n")
        self.instance = Instance(directory / "instance", directory / "cache", root)
        self.gates = directory / "gates"
        self.gates.mkdir()
        self.variables = {**self.instance.variables, "GATES": str(self.gates)}

    def open(self, *names: str) -> None:
        for name in names:
            (self.gates / name).touch()

    def state_of(self, name: str) -> str:
        """The letter for the state of the process that waits at a gate."""
        pid = (self.gates / f"{name}.pid").read_text().strip()
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    made = Watched(tmp_path)
    yield made
    made.open(*PACKAGES)


def test_a_parallel_build_with_a_failure_in_the_middle(watched: Watched) -> None:
    command = (str(SPACK), "install", "--dirty", "-j4", "top")
    with terminal(*command, variables=watched.variables, lines=30) as seen:
        shown = seen.until("one says 3", "two says 3", "fails says 3", "3 running, 4 jobs")
        rows = [line for line in shown if " says 3" in line]
        assert all(re.match(r"[> ] \w+@1\.0 +install +\ds  \w+ says 3$", row) for row in rows)
        assert [row.startswith(">") for row in rows] == [True, False, False]
        first, second, third = (row.strip(" >").partition("@")[0] for row in rows)
        assert first == "one", "most depends on it"
        seen.press("+")
        seen.until("3 running, 5 jobs")
        seen.press("--")
        seen.until("3 running, 3 jobs")
        seen.press("nv")
        log = "\n".join(f"{second} says {number}" for number in (1, 2, 3))
        seen.until(f"{log}\n-- {second}@1.0  install", without=["one@1.0", f"{third}@1.0"])
        seen.press("p")
        seen.until("one says 1", "-- one@1.0", without=[f"{second} says"])
        seen.press("q/FAI\r")
        seen.until("/FAI\n", "fails says 3", without=["one@1.0", "two@1.0"])
        seen.press("q")
        seen.until("one says 3")
        watched.open("fails")
        seen.until("Failed fails@1.0", "2 running, 1 failed, 3 jobs")
        watched.open("one")
        seen.until("Installed one@1.0", "later says 3", "[3/5] 2 running")
        seen.resize(60, 40)
        shown = seen.until("two says 3", "later says 3")
        assert all(len(line) <= 60 for line in shown)
        assert len([line for line in shown if "running" in line]) == 1
        seen.press("\x03")
        text = "\n".join(seen.until_ended())
        assert seen.code == 130 and seen.echoes
        assert "interrupted" in text and "running" not in text and "Traceback" not in text
        assert text.index("Failed fails@1.0") < text.index("Installed one@1.0")
        assert "Error: fails@1.0" in text and "not tried because of it: top@1.0" in text
    assert watched.instance.installed() == ["one"]


def test_finished_packages_are_plain_lines_that_stay(watched: Watched) -> None:
    watched.open("one", "two", "good")
    command = (str(SPACK), "install", "--dirty", "good")
    with terminal(*command, variables=watched.variables, lines=8) as seen:
        lines = seen.until_ended()
        assert seen.code == 0 and seen.echoes
    said = [line for line in lines if line.startswith("==> Installed")]
    assert len(said) == 4 and said[2].startswith("==> Installed good@1.0")
    assert said[3].startswith("==> Installed 3 packages in ")
    assert not [line for line in lines if "running" in line or "log   n/p" in line]


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs /proc")
@pytest.mark.parametrize("group", [False, True])
def test_a_killed_program_leaves_the_terminal_as_it_was(watched: Watched, group: bool) -> None:
    script = f"set {'-m' if group else '+m'}; {SPACK} install --dirty good; echo ended $?; read x"
    with terminal("/bin/sh", "-c", script, variables=watched.variables) as seen:
        seen.until("one says 3", "two says 3")
        assert not seen.echoes
        (program,) = children_by_parent()[seen.pid]
        every = descendants(program)
        if group:
            os.killpg(program, signal.SIGKILL)
        else:
            os.kill(program, signal.SIGKILL)
        seen.until("ended 137")
        end = time.monotonic() + PATIENCE
        while not seen.echoes or any(is_alive(pid) for pid in every):
            assert time.monotonic() < end, "no echo, or processes are left"
            seen.look(0.05)
        seen.press("\n")
        seen.until_ended()


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs /proc")
def test_suspended_and_continued(watched: Watched) -> None:
    command = (str(SPACK), "install", "--dirty", "good")
    with terminal(*command, variables=watched.variables) as seen:
        seen.until("one says 3", "two says 3")
        assert not seen.echoes
        seen.press("\x1a")
        seen.until_stopped()
        seen.look(0.2)
        assert "running" not in "\n".join(seen.shown) and seen.echoes
        assert watched.state_of("one") == "T"
        os.kill(seen.pid, signal.SIGCONT)
        seen.until("one says 3", "2 running")
        assert watched.state_of("one") != "T"
        watched.open("one", "two", "good")
        seen.until_ended()
        assert seen.code == 0


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_in_the_background_only_lines_are_written(watched: Watched) -> None:
    shell = (shutil.which("bash") or "", "--norc", "--noprofile", "-i")
    variables = {**watched.variables, "PS1": "shell: "}
    with terminal(*shell, variables=variables) as seen:
        seen.until("shell:")
        seen.press(f"{SPACK} install --dirty good &\n")
        wait_for(watched, seen, "one")
        watched.open("one")
        seen.until("Installed one@1.0", without=["running"])
        seen.press("\nfg\n")
        seen.until("two says 3", "1 running")
        seen.press("\x1a")
        seen.until("Stopped", without=["running"])
        seen.press("bg\n")
        watched.open("two", "good")
        seen.until("Installed good@1.0", "Installed 3 packages", without=["running"])
        seen.press("exit\n")
        seen.until_ended()


def wait_for(watched: Watched, seen: Terminal, name: str) -> None:
    """Let the program run until a build waits at its gate."""
    for _ in range(600):
        if (watched.gates / f"{name}.pid").exists():
            return
        seen.look(0.1)
    raise AssertionError(f"{name} was not begun:\n" + "\n".join(seen.all))


def test_events_for_programs(watched: Watched) -> None:
    watched.open("one", "two", "fails", "later")
    words = ("install", "--dirty", "--json", "-v", "top")
    result = watched.instance(*words, variables=watched.variables)
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.returncode == 1 and "Error: fails@1.0" in result.stderr
    assert [told[0]["event"], told[-1]["event"]] == ["planned", "ended"]
    numbers = [event["number"] for event in told if event["event"] == "started"]
    assert numbers == [1, 2, 3, 4]
    assert {event["node"]["name"] for event in told if event["event"] == "finished"} == {
        "one", "two", "later",
    }  # fmt: skip
    assert any(e["event"] == "output" and "one says 1" in e["text"] for e in told)
    assert [node["name"] for node in told[-1]["blocked"]] == ["top"]


def test_a_dumb_terminal_has_lines(watched: Watched) -> None:
    watched.open("one", "two", "good")
    env = ("/usr/bin/env", "TERM=dumb", str(SPACK), "install", "--dirty", "good")
    with terminal(*env, variables=watched.variables) as seen:
        lines = seen.until_ended()
        assert seen.code == 0
    numbers = [line.split()[1] for line in lines if "Building" in line]
    assert numbers == ["[1/3]", "[2/3]", "[3/3]"]
