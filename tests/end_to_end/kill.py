"""Kills commands at random moments and looks whether anything was lost.

    python -m tests.end_to_end.kill --seed 1 --count 300

Each round starts one to three commands at once on one instance (install, uninstall, concretize,
views, marks), kills one of them, alone or with its group, or all, after a random part of a second,
and then checks everything that must hold at any time. At the end everything is finished once more.
Prints a line a round, and the seed's last words on a failure.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.end_to_end.small_instance import Instance, make_repository

SPECS = (
    "answer@1.0", "answer@2.0", "answer~shared", "answer mode=slow", "asker", "asker+loud",
    "asker ^answer@1.0",
)  # fmt: skip

#: Exit codes of commands that worked, or were refused what they were asked for.
ANSWERS = (0, 1, 2, 3)

#: Seconds after which a command that was not killed must have ended.
PATIENCE = 120


class Lost(AssertionError):
    """Something does not hold after a kill."""


class Rounds:
    """Commands on one instance, killed at moments that a seed decides."""

    def __init__(self, directory: Path, seed: int) -> None:
        self.random = random.Random(seed)
        repository = make_repository(directory / "recipes")
        self.instance = Instance(directory / "instance", directory / "cache", repository)
        self.instance.ok("env", "create", "work")
        self.instance.ok("-e", "work", "add", "asker")
        self.instance.ok("-e", "work", "concretize")
        self.ended: Counter[str] = Counter()
        self.environment = self.instance.state / "var" / "spack" / "environments" / "work"
        self.view = self.environment / ".spack-env" / "view"

    def command(self) -> list[str]:
        """The words of a random command."""
        spec = self.random.choice(SPECS)
        version = self.random.choice(("answer@1.0", "answer@2.0"))
        return self.random.choice(
            (
                ["-E", "install", *spec.split()],
                ["-E", "install", "--fake", *spec.split()],
                ["-E", "install", "--overwrite", "-y", *spec.split()],
                ["-E", "uninstall", "-y", "--all", "--dependents", *spec.split()],
                ["-E", "mark", self.random.choice(("-i", "-e")), "-a"],
                ["-E", "gc", "-y"],
                ["-E", "reindex"],
                ["-e", "work", "install"],
                ["-e", "work", "concretize", "-f", "--fresh"],
                ["-e", "work", "add", version],
                ["-e", "work", "remove", version],
                ["-e", "work", "env", "view", "regenerate"],
            )
        )

    def play(self) -> str:
        """One round; what was done, in words. Raises Lost."""
        commands = [self.command() for _ in range(self.random.choice((1, 1, 2, 3)))]
        running = [self.instance.start(*words) for words in commands]
        time.sleep(self.random.uniform(0, self.random.choice((0.3, 1, 3))))
        way = self.random.choice(("process", "group", "all"))
        victims = running if way == "all" else [self.random.choice(running)]
        hit = sum(process.poll() is None for process in victims)
        for process in victims:
            if process.poll() is None:
                kill = os.kill if way == "process" else os.killpg
                kill(process.pid, signal.SIGKILL)
        for words, process in zip(commands, running):
            self.end(words, process)
        self.check()
        text = ", ".join(" ".join(words) for words in commands)
        return f"{hit} killed ({way}): {text}"

    def end(self, words: list[str], process: subprocess.Popen[str]) -> None:
        """Wait for a command, which must have ended well, by its own refusal, or by the kill."""
        try:
            output, _ = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            raise Lost(f"{' '.join(words)} hangs") from None
        killed = process.returncode == -signal.SIGKILL
        self.ended["killed" if killed else f"exit {process.returncode}"] += 1
        if "Traceback" in output or not (killed or process.returncode in ANSWERS):
            raise Lost(f"{' '.join(words)} ended with {process.returncode}:\n{output}")

    def check(self) -> None:
        """Check everything that must hold at any time. Raises Lost."""
        listed = self.instance.ok("-E", "find", "--format", "{hash} {prefix}").splitlines()
        prefixes = dict(line.split() for line in listed)
        own = {
            key: path for key, path in prefixes.items() if path.startswith(str(self.instance.state))
        }
        for key, prefix in own.items():
            nodes = self.json(Path(prefix, ".spack", "spec.json"))["spec"]["nodes"]
            if nodes[0]["hash"] != key:
                raise Lost(f"{prefix} belongs to {nodes[0]['hash']}, not to {key}")
        if own:
            verified = self.instance("-E", "verify", "manifest", "--all")
            if verified.returncode != 0:
                raise Lost(f"files of installed packages changed:\n{verified.stdout}")
        lock = self.json(self.environment / "spack.lock")
        missing = [
            root["hash"] for root in lock["roots"] if root["hash"] not in lock["concrete_specs"]
        ]
        if missing:
            raise Lost(f"roots without a node in the lock file: {missing}")
        self.instance.ok("-e", "work", "find", "-c")
        for link in self.view.rglob("*"):
            target = os.path.realpath(link)
            if link.is_symlink() and not os.path.exists(target):
                owner = next((path for path in own.values() if target.startswith(f"{path}/")), None)
                if owner is not None:
                    raise Lost(f"{link} leads to {target}, which {owner} does not have")

    def json(self, path: Path) -> dict:  # type: ignore[type-arg]
        """A file's content. Raises Lost."""
        try:
            return json.loads(path.read_text())  # type: ignore[no-any-return]
        except (OSError, ValueError) as error:
            raise Lost(f"{path}: {error}") from error

    def finish(self) -> None:
        """Everything that was interrupted can be finished, and the view is whole."""
        # Fake packages, too, which nothing can be linked with.
        self.instance("-E", "uninstall", "-y", "--all", "--force", "--dependents", "answer")
        if "answer" in self.instance.installed():
            raise Lost("a package cannot be uninstalled")
        for spec in SPECS:
            self.instance.ok("-E", "install", *spec.split())
        self.instance.ok("-e", "work", "concretize", "-f")
        self.instance.ok("-e", "work", "install")
        self.check()
        output = subprocess.check_output([str(self.view / "bin" / "asker")], encoding="utf-8")
        if output not in ("the answer is 41\n", "the answer is 42\n"):
            raise Lost(f"the view's program says {output!r}")


def run(directory: Path, seed: int, count: int) -> Counter[str]:
    """Play so many rounds and finish; how commands ended. Raises Lost, which names the round."""
    rounds = Rounds(directory, seed)
    try:
        for number in range(count):
            try:
                print(f"{number + 1}/{count} {rounds.play()}", flush=True)
            except (AssertionError, subprocess.SubprocessError) as error:
                raise Lost(f"seed {seed}, round {number + 1}: {error}") from error
        rounds.finish()
    finally:
        rounds.instance.end()
    return rounds.ended


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=300)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="spack-kill-") as directory:
        try:
            ended = run(Path(directory), args.seed, args.count)
        except Lost as error:
            print(f"LOST: {error}")
            return 1
    print("nothing lost:", ", ".join(f"{how} {times}" for how, times in sorted(ended.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
