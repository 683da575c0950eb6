"""The saved state as Python reads it."""

from __future__ import annotations

from spack.activation.saved import restored

ACTIVE = {
    "PATH": "/v/bin:/bin",
    "NEW": "1",
    "EMPTY": "x",
    "PS1": "[e] $ ",
    "MANPATH": "/v/man:",
    "OTHER": "stays",
    "SPACK_ENV": "/e",
    "SPACK_ENV_SAVED": "EMPTY GONE MANPATH NEW PATH SPACK_ENV PS1",
    "SPACK_ENV_LOCAL": "PS1",
    "SPACK_SAVED_PATH": "/bin",
    "SPACK_SAVED_EMPTY": "",
    "SPACK_SAVED_GONE": "was here",
    "SPACK_SAVED_PS1": "$ ",
    "SPACK_MADE_PATH": "/v/bin:/bin",
    "SPACK_MADE_NEW": "1",
    "SPACK_MADE_EMPTY": "x",
    "SPACK_MADE_PS1": "[e] $ ",
    "SPACK_MADE_MANPATH": "/v/man:",
    "SPACK_MADE_SPACK_ENV": "/e",
    "SPACK_FRONT_PATH": ":/v/bin",
    "SPACK_FRONT_MANPATH": ":/v/man",
    "SPACK_BEHIND_MANPATH": ":",
}


def test_variables_before_the_activation() -> None:
    assert restored(ACTIVE) == {"PATH": "/bin", "EMPTY": "", "GONE": "was here", "OTHER": "stays"}


def test_what_the_user_did_meanwhile_stays() -> None:
    edited = {
        **ACTIVE,
        "PATH": "/mine:/v/bin:/bin:/last",
        "NEW": "2",
        "GONE": "set again",
        "MANPATH": "/mine/man:/v/man:",
    }
    assert restored(edited) == {
        "PATH": "/mine:/bin:/last",
        "NEW": "2",
        "EMPTY": "",
        "GONE": "set again",
        "MANPATH": "/mine/man:",
        "OTHER": "stays",
    }


def test_nothing_is_active() -> None:
    assert restored({"PATH": "/bin"}) == {"PATH": "/bin"}
