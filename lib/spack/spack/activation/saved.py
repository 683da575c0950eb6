"""The state that an activation saved in the process's variables, as Python sees it."""

from __future__ import annotations

from collections.abc import Mapping

#: Names of the touched variables; see :mod:`spack.activation.shell_code`.
SAVED_NAMES = "SPACK_ENV_SAVED"
LOCAL_NAMES = "SPACK_ENV_LOCAL"
SAVED_PREFIX = "SPACK_SAVED_"


def restored(variables: Mapping[str, str]) -> dict[str, str]:
    """The exported variables as they are after deactivation."""
    result = dict(variables)
    local = result.pop(LOCAL_NAMES, "").split()
    for name in result.pop(SAVED_NAMES, "").split():
        saved = result.pop(SAVED_PREFIX + name, None)
        if saved is None or name in local:
            result.pop(name, None)
        else:
            result[name] = saved
    return result
