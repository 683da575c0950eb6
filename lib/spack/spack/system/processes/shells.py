"""Text that shells read back as meant: quoted words, and lines that change process variables.

Knows the grammars of sh (bash, zsh, dash), csh (tcsh) and fish, and the lines that set variables in
batch files (``bat``) and PowerShell (``pwsh``); must not know why a variable changes.
"""

from __future__ import annotations

import re

from spack.errors import UsageError

_SAFE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+\Z")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")

#: Names under which each family of shells is asked for.
FAMILIES: dict[str, str] = {
    "sh": "sh",
    "bash": "sh",
    "dash": "sh",
    "ksh": "sh",
    "zsh": "sh",
    "csh": "csh",
    "tcsh": "csh",
    "fish": "fish",
}


class UnknownShellError(UsageError):
    """A shell that no code can be written for."""


def family(shell: str) -> str:
    """``sh``, ``csh`` or ``fish`` for the name of a shell. Raises UnknownShellError."""
    try:
        return FAMILIES[shell]
    except KeyError:
        raise UnknownShellError(
            f"the shell {shell!r} is not supported", hint="choose one of " + ", ".join(FAMILIES)
        ) from None


def is_variable_name(name: str) -> bool:
    """Whether every shell accepts the name."""
    return _NAME.match(name) is not None


def quote(text: str, shell: str = "sh") -> str:
    """One word of the shell's language that means exactly ``text``."""
    kind = family(shell)
    if _SAFE.match(text) and not (kind == "sh" and text.startswith("=")):
        return text
    if kind == "fish":
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    if kind == "csh":
        # History is substituted within quotes too, and a line ends a word unless escaped.
        text = text.replace("!", "\\!").replace("\n", "\\\n")
    return "'" + text.replace("'", "'\"'\"'") + "'"


def set_line(name: str, value: str, shell: str = "sh") -> str:
    """Give an exported variable a value. Raises UnknownShellError."""
    if shell == "pwsh":
        return "$Env:{} = '{}'".format(name, value.replace("'", "''"))
    if shell == "bat":
        if "\n" in value:
            raise UnknownShellError(f"batch files cannot give {name} a value of several lines")
        return 'set "{}={}"'.format(name, value.replace("%", "%%"))
    word = quote(value, shell)
    return {
        "sh": f"export {name}={word};",
        "csh": f"setenv {name} {word};",
        "fish": f"set -gx {name} {word};",
    }[family(shell)]


def unset_line(name: str, shell: str = "sh") -> str:
    """Remove a variable; not an error if it does not exist."""
    if shell == "pwsh":
        return f"if (Test-Path Env:{name}) {{ Remove-Item Env:{name} }}"
    if shell == "bat":
        return f'set "{name}="'
    return {"sh": f"unset {name};", "csh": f"unsetenv {name};", "fish": f"set -e {name};"}[
        family(shell)
    ]


def prepend_line(name: str, value: str, shell: str = "sh", separator: str = ":") -> str:
    """Put a value before what the variable has when the line runs (nothing: no separator)."""
    kind = family(shell)
    word, sign = quote(value, shell), quote(separator, shell)
    if kind == "sh":
        return f'export {name}={word}"${{{name}:+{_inside(separator)}${name}}}";'
    if kind == "csh":
        return (
            f'if ( ! $?{name} ) setenv {name} "";'
            f'\nif ( "${name}" != "" ) setenv {name} {sign}"${name}";'
            f'\nsetenv {name} {word}"${name}";'
        )
    return (
        f'if set -q {name}; and test -n "${name}"; set -gx {name} {word}{sign}"${name}"; '
        f"else; set -gx {name} {word}; end;"
    )


def append_line(name: str, value: str, shell: str = "sh", separator: str = ":") -> str:
    """Put a value behind what the variable has when the line runs (nothing: no separator)."""
    kind = family(shell)
    word, sign = quote(value, shell), quote(separator, shell)
    if kind == "sh":
        return f'export {name}="${{{name}:+${name}{_inside(separator)}}}"{word};'
    if kind == "csh":
        return (
            f'if ( ! $?{name} ) setenv {name} "";'
            f'\nif ( "${name}" != "" ) setenv {name} "${name}"{sign};'
            f'\nsetenv {name} "${name}"{word};'
        )
    return (
        f'if set -q {name}; and test -n "${name}"; set -gx {name} "${name}"{sign}{word}; '
        f"else; set -gx {name} {word}; end;"
    )


def _inside(text: str) -> str:
    """Text within double quotes of sh."""
    return re.sub(r'([$`"\\])', r"\\\1", text)
