"""The state that an activation saved in the process's variables, as Python sees it.

What is done with it is told in :mod:`spack.activation.shell_code`, whose shell functions do the
same.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Names of the touched variables; see :mod:`spack.activation.shell_code`.
SAVED_NAMES = "SPACK_ENV_SAVED"
LOCAL_NAMES = "SPACK_ENV_LOCAL"
SAVED_PREFIX = "SPACK_SAVED_"
MADE_PREFIX = "SPACK_MADE_"
FRONT_PREFIX = "SPACK_FRONT_"
BEHIND_PREFIX = "SPACK_BEHIND_"


def restored(variables: Mapping[str, str]) -> dict[str, str]:
    """The exported variables as they are after deactivation."""
    result = dict(variables)
    local = result.pop(LOCAL_NAMES, "").split()
    for name in result.pop(SAVED_NAMES, "").split():
        saved = result.pop(SAVED_PREFIX + name, None)
        made = result.pop(MADE_PREFIX + name, None)
        front = result.pop(FRONT_PREFIX + name, "")
        behind = result.pop(BEHIND_PREFIX + name, "")
        value = result.get(name)
        if value and value != made and front + behind:
            left = _taken(value, front, behind, saved)
            if left is not None:
                result[name] = left
                continue
        elif value != made:
            continue
        if saved is None or name in local:
            result.pop(name, None)
        else:
            result[name] = saved
    return result


def _taken(value: str, front: str, behind: str, saved: str | None) -> str | None:
    """A list without the elements that activation put in; None if nothing is left."""
    sign = (front + behind)[0]
    parts = value.split(sign)
    for part in front.split(sign)[1:]:
        if part in parts:
            parts.remove(part)
    for part in behind.split(sign)[1:]:
        # The empty element stands for directories of the system: others would hide them.
        if part in parts and (part or saved):
            del parts[len(parts) - 1 - parts[::-1].index(part)]
    value = sign.join(parts)
    return value if value.strip(sign) else None
