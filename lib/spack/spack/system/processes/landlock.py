"""Landlock: what a thread and the processes that it starts may do with files and the network.

A kernel feature of Linux that needs no privilege and cannot be undone; the system calls are made
through ``ctypes``, as the C library has no functions for them. Must not know what is built.
Source of the numbers: the kernel's ``linux/landlock.h``.
"""

from __future__ import annotations

import ctypes
import os
import stat
import sys
from collections.abc import Iterable

from spack.errors import SpackError

#: System calls, the same on all architectures.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_PR_SET_NO_NEW_PRIVS = 38
_PATH_BENEATH = 1
_VERSION_REQUEST = 1

#: Rights on files, and those of them that exist for what is not a directory.
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_TRUNCATE = 1 << 14
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
_READ = _EXECUTE | _READ_FILE | _READ_DIR
#: All rights up to making symbolic links, then renaming between directories, and truncation.
_FIRST_VERSION = (1 << 13) - 1
_RENAME = 1 << 13
#: TCP: to listen, and to connect.
_NETWORK = 1 | 2

#: Version of the interface that can rename between directories; builds need that.
_RENAMES = 2
_TRUNCATES = 3
_HAS_NETWORK = 4


class LandlockError(SpackError):
    """The kernel refused a restriction."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64))


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("directory", ctypes.c_int32))


def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def version() -> int:
    """Version of the interface of this kernel, 0 where there is none."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(0, int(_library().syscall(_CREATE_RULESET, None, 0, _VERSION_REQUEST)))


def missing() -> str:
    """The reason why threads cannot be restricted here; "" if they can."""
    found = version()
    if found == 0:
        return "this kernel has no Landlock, or it is switched off"
    if found < _RENAMES:
        return "the Landlock of this kernel cannot rename files between directories"
    return ""


def restrict_thread(
    *, readable: Iterable[str], writable: Iterable[str], listable: Iterable[str], network: bool
) -> None:
    """Take all rights on files away from this thread but those below some paths, for ever.

    What the thread starts is restricted, too; other threads of the process are not. Paths that do
    not exist are passed over. Programs cannot gain privileges any more (set-user-id is ignored).

    Args:
        readable: files and directories that may be read and run, with all below.
        writable: those that may also be changed.
        listable: directories whose names may be listed, with all below.
        network: whether TCP connections are allowed; kernels before 6.7 cannot forbid them.

    Raises LandlockError.
    """
    found = version()
    handled = _FIRST_VERSION | _RENAME | (_TRUNCATE if found >= _TRUNCATES else 0)
    forbidden = _NETWORK if found >= _HAS_NETWORK and not network else 0
    attributes = _Ruleset(handled, forbidden)
    size = ctypes.sizeof(attributes) if found >= _HAS_NETWORK else 8
    library = _library()
    rules = _checked(library.syscall(_CREATE_RULESET, ctypes.byref(attributes), size, 0))
    try:
        for paths, rights in ((listable, _READ_DIR), (readable, _READ), (writable, handled)):
            for path in paths:
                _allow(library, rules, path, rights)
        _checked(library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _checked(library.syscall(_RESTRICT_SELF, rules, 0))
    finally:
        os.close(rules)


def _allow(library: ctypes.CDLL, rules: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= _OF_FILES
        if rights:
            rule = _PathRule(rights, descriptor)
            _checked(library.syscall(_ADD_RULE, rules, _PATH_BENEATH, ctypes.byref(rule), 0))
    finally:
        os.close(descriptor)


def _checked(result: int) -> int:
    if result < 0:
        reason = os.strerror(ctypes.get_errno())
        raise LandlockError(f"the kernel refused to restrict the build: {reason}")
    return result
