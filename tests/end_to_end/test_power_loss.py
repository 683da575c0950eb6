"""The machine fails: what is recorded as installed was on the disk before its record was.

A library in front of the C library notes what is opened for writing, renamed and synced, so that
a test knows at every moment what a power failure would take away.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.end_to_end.small_instance import Instance

WATCHER = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int sink = -1;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("POWER_LOG");
    int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC;
    if (path) sink = syscall(SYS_openat, AT_FDCWD, path, flags, 0600);
}

static void note(const char *what, const char *one, const char *two) {
    char line[9000];
    int length = snprintf(line, sizeof line, "%s\t%s\t%s\n", what, one, two);
    if (sink >= 0) syscall(SYS_write, sink, line, length);
}

static void note_file(const char *what, int file) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
    if (length <= 0) return;
    path[length] = 0;
    note(what, path, "");
}

static int opened(int directory, const char *path, int flags, int mode) {
    int file = syscall(SYS_openat, directory, path, flags, mode);
    if (file >= 0 && (flags & (O_WRONLY | O_RDWR))) note_file("open", file);
    return file;
}

#define MODE va_list rest; va_start(rest, flags); int mode = va_arg(rest, int); va_end(rest)
int open(const char *path, int flags, ...) { MODE; return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE; return opened(AT_FDCWD, path, flags, mode); }
int openat(int d, const char *path, int flags, ...) { MODE; return opened(d, path, flags, mode); }
int openat64(int d, const char *path, int flags, ...) { MODE; return opened(d, path, flags, mode); }
int rename(const char *old, const char *new) {
    note("rename", old, new);
    return syscall(SYS_renameat2, AT_FDCWD, old, AT_FDCWD, new, 0);
}
int fsync(int file) { int r = syscall(SYS_fsync, file); note_file("fsync", file); return r; }
int syncfs(int file) { int r = syscall(SYS_syncfs, file); note("syncfs", "", ""); return r; }
"""


@pytest.fixture(scope="module")
def watcher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("watcher")
    (folder / "watcher.c").write_text(WATCHER)
    library = folder / "watcher.so"
    command = ["cc", "-shared", "-fPIC", "-O1", "-w", "-o", library, folder / "watcher.c", "-ldl"]
    subprocess.run(command, check=True)
    return library


def lost_at_records(log: Path, store: str) -> tuple[set[str], set[str]]:
    """Files in prefixes that were written, and those that would be lost while a record is not."""
    dirty: set[str] = set()
    written: set[str] = set()
    lost: set[str] = set()
    for line in log.read_text(errors="replace").splitlines():
        what, one, two = line.split("\t")
        if what == "open":
            dirty.add(one)
        elif what == "rename" and one in dirty:
            dirty.add(two)
        elif what == "syncfs":
            dirty.clear()
        elif what == "fsync":
            dirty.discard(one)
        in_prefixes = {p for p in dirty if p.startswith(store) and "/.spack-db" not in p}
        written |= in_prefixes
        if what == "fsync" and one.endswith("/.spack-db/journal"):
            lost |= in_prefixes
    return written, lost


def test_files_are_on_the_disk_before_their_record(
    instance: Instance, watcher: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    variables = {"LD_PRELOAD": str(watcher), "POWER_LOG": str(log)}
    instance.ok("install", "-p1", "asker", variables=variables)
    written, lost = lost_at_records(log, str(instance.state / "opt"))
    assert len({path.split("/.spack/")[0] for path in written}) >= 3
    assert lost == set()


def test_the_journal_is_synced_after_it_is_written(
    instance: Instance, watcher: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    variables = {"LD_PRELOAD": str(watcher), "POWER_LOG": str(log)}
    instance.ok("install", "-p1", "answer", variables=variables)
    last = [line.split("\t")[0] for line in log.read_text().splitlines() if "-db/journal" in line]
    assert last and last == ["open", "fsync"] * (len(last) // 2)
