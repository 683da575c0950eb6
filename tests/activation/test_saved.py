"""The saved state as Python reads it."""

from __future__ import annotations

from spack.activation.saved import restored


def test_variables_before_the_activation() -> None:
    active = {
        "PATH": "/v/bin:/bin",
        "NEW": "1",
        "EMPTY": "x",
        "PS1": "[e] $ ",
        "OTHER": "stays",
        "SPACK_ENV": "/e",
        "SPACK_ENV_SAVED": "EMPTY NEW PATH SPACK_ENV PS1",
        "SPACK_ENV_LOCAL": "PS1",
        "SPACK_SAVED_PATH": "/bin",
        "SPACK_SAVED_EMPTY": "",
        "SPACK_SAVED_PS1": "$ ",
    }
    assert restored(active) == {"PATH": "/bin", "EMPTY": "", "OTHER": "stays"}


def test_nothing_is_active() -> None:
    assert restored({"PATH": "/bin"}) == {"PATH": "/bin"}
