"""The files that activate an environment: ``<environment>/.spack-env/activate.{sh,csh,fish}``.

They are written when the view changes and sourced any number of times later, without starting an
interpreter, by the shell functions of ``share/spack/setup-env.*`` or by hand. Each is complete: it
undoes the environment that is active, saves what it is going to touch, and makes the changes.

Protocol with the shell functions: before sourcing they set ``_spack_ready`` to the directory they
found (not exported). Then the script first looks whether it is current, that is: it was written
for this directory, and after every file in :attr:`ActivationPlan.depends_on`. If not, it changes
nothing and sets ``_spack_stale``, and the function asks the program. ``_spack_prompt=1`` asks for
the name in front of the prompt.
"""

from __future__ import annotations

import functools
import os
import re

from spack.activation import shell_code
from spack.activation.actions import VariableAction, combine, set_value
from spack.named_tuples import NamedTuple
from spack.system.files.writing import atomic_write
from spack.system.processes import shells


class ActivationPlan(NamedTuple):
    """Everything an activation script says.

    Attributes:
        directory: absolute path of the environment.
        name: what the prompt shows.
        view: name of the view whose directories are added, None for none.
        actions: changes of variables, ``SPACK_ENV`` and ``SPACK_ENV_VIEW`` not among them.
        depends_on: files (absolute) that make the script outdated when they are newer.
    """

    directory: str
    name: str
    view: str | None
    actions: tuple[VariableAction, ...]
    depends_on: tuple[str, ...] = ()


def script_name(shell: str, view: str | None, *, default: bool) -> str:
    """File name of the script for a view (None: without view), default: the one taken unasked."""
    extension = shells.family(shell)
    if default:
        return f"activate.{extension}"
    if view is None:
        return f"activate-without-view.{extension}"
    return f"activate-view-{view}.{extension}"


def activation_code(shell: str, plan: ActivationPlan, *, prompt: bool | None = None) -> str:
    """Code that activates the environment.

    Args:
        prompt: whether to change the prompt; None leaves that to ``_spack_prompt`` at run time.
    """
    return _WRITERS[shells.family(shell)](plan, prompt, None)


def deactivation_code(shell: str) -> str:
    """Code that gives every touched variable back the value it had, whatever was activated."""
    kind = shells.family(shell)
    code = shell_code.restore_code(kind)
    if kind == "sh":
        return code + "_spack_restore\nunset -f _spack_restore _spack_take\n"
    return code if kind == "csh" else code + "_spack_restore\n"


def write_scripts(folder: str, plan: ActivationPlan, *, default: bool) -> list[str]:
    """Write the scripts of all shells into a folder; files with the same text are only touched.

    Returns the paths. The time stamps always move: they say until when the scripts were current.
    """
    written = []
    for shell, write in _WRITERS.items():
        path = os.path.join(folder, script_name(shell, plan.view, default=default))
        text = write(plan, None, path)
        if _text_of(path) == text:
            os.utime(path)
        else:
            atomic_write(path, text)
        written.append(path)
    return written


def _text_of(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as stream:
            return stream.read()
    except (OSError, UnicodeError):
        return None


def _all_actions(plan: ActivationPlan) -> list[VariableAction]:
    own = [set_value("SPACK_ENV", plan.directory)]
    if plan.view is not None:
        own.append(set_value("SPACK_ENV_VIEW", plan.view))
    return combine([*plan.actions, *own])


def _label(plan: ActivationPlan) -> str:
    """The prompt text, without characters that a prompt would interpret."""
    return "[" + re.sub(r"[^A-Za-z0-9_.+/@ -]", "_", plan.name) + "] "


def _header(plan: ActivationPlan) -> str:
    what = "without its view" if plan.view is None else f"with its view {plan.view}"
    return (
        f"# Activates the environment {_label(plan)[1:-2]} {what}. Written by spack, not to be\n"
        "# edited: it is replaced whenever the environment changes.\n"
    )


def _indent(text: str) -> str:
    """Indent code whose quoted values hold no newline; other code is left as it is."""
    if any(line.count("'") % 2 for line in text.splitlines()):
        return text
    return "".join(f"    {line}\n" for line in text.splitlines())


def _sh_code(plan: ActivationPlan, prompt: bool | None, path: str | None) -> str:
    quote = shells.quote
    actions = _all_actions(plan)
    parts = [
        _header(plan),
        shell_code.restore_code("sh"),
        shell_code.SH_SAVE,
        "_spack_change() {\n",
    ]
    parts.append('    [ -z "${ZSH_VERSION-}" ] || emulate -L sh\n')
    if path is not None:
        files = " ".join(quote(name) for name in plan.depends_on)
        parts.append('    if [ -n "${_spack_ready-}" ]; then\n')
        parts.append(f'        [ "$_spack_ready" -ef {quote(plan.directory)} ] || _spack_stale=1\n')
        if files:
            parts.append(f"        for _spack_name in {files}; do\n")
            parts.append(f'            [ ! "$_spack_name" -nt {quote(path)} ] || _spack_stale=1\n')
            parts.append("        done\n        unset _spack_name\n")
        parts.append('        [ -z "${_spack_stale-}" ] || return 0\n    fi\n')
    parts.append("    _spack_restore\n")
    parts.append("    _spack_save " + " ".join(shell_code.touched(actions)) + "\n")
    parts.append(_indent(shell_code.render("sh", [*actions, *shell_code.elements(actions)])))
    parts.append("    _spack_note " + " ".join(shell_code.touched(actions)) + "\n")
    if prompt is not False:
        if prompt is None:
            parts.append('    [ -n "${_spack_prompt-}" ] || return 0\n')
        parts.append(f'    _spack_save PS1\n    PS1={quote(_label(plan))}"${{PS1-}}"\n')
        parts.append("    _spack_note PS1\n")
    parts.append("}\n_spack_change\nunset -f _spack_change _spack_save _spack_note\n")
    parts.append("type despacktivate >/dev/null 2>&1 || despacktivate() { _spack_restore; }\n")
    return "".join(parts)


def _csh_code(plan: ActivationPlan, prompt: bool | None, path: str | None) -> str:
    quote = functools.partial(shells.quote, shell="csh")
    actions = _all_actions(plan)
    parts = [_header(plan)]
    if path is not None:
        # csh compares no time stamps itself: one run of test compares everything.
        clauses = [f'"${{_spack_ready:q}}" -ef {quote(plan.directory)}']
        clauses += [f"! {quote(name)} -nt {quote(path)}" for name in plan.depends_on]
        parts.append("set _spack_stale = ''\nif ( $?_spack_ready ) then\n")
        parts.append(f"    test {' -a '.join(clauses)}\n")
        parts.append("    if ( $status ) set _spack_stale = 1\n")
        parts.append("endif\nif ( \"$_spack_stale\" == '' ) then\n")
    parts.append(shell_code.restore_code("csh"))
    names = shell_code.touched(actions)
    parts.append(f"setenv SPACK_ENV_SAVED '{' '.join(names)}'\n")
    for name in names:
        parts.append(
            f'if ( $?{name} ) then\n    setenv SPACK_SAVED_{name} "${{{name}:q}}"\nendif\n'
        )
    parts.append(shell_code.render("csh", [*actions, *shell_code.elements(actions)]))
    for name in names:
        # Of an `if` on one line csh looks up the variables whatever the condition says.
        parts.append(f'if ( $?{name} ) then\n    setenv SPACK_MADE_{name} "${{{name}:q}}"\nendif\n')
    if prompt is not False:
        parts.append("if ( $?prompt ) then\n")
        if prompt is None:
            parts.append("if ( $?_spack_prompt ) then\n")
        parts.append('set _spack_old_prompt = "${prompt:q}"\n')
        parts.append(f'set prompt = {quote(_label(plan))}"${{prompt:q}}"\n')
        parts.append('set _spack_new_prompt = "${prompt:q}"\n')
        if prompt is None:
            parts.append("endif\n")
        parts.append("endif\n")
    if path is not None:
        parts.append("endif\n")
    return "".join(parts)


def _fish_code(plan: ActivationPlan, prompt: bool | None, path: str | None) -> str:
    quote = functools.partial(shells.quote, shell="fish")
    actions = _all_actions(plan)
    parts = [_header(plan), shell_code.restore_code("fish"), shell_code.FISH_SAVE]
    parts.append("function _spack_change\n")
    if path is not None:
        parts.append("    if set -q _spack_ready\n")
        parts.append(
            f'        test "$_spack_ready" -ef {quote(plan.directory)}; or set -g _spack_stale 1\n'
        )
        for name in plan.depends_on:
            parts.append(
                f"        test {quote(name)} -nt {quote(path)}; and set -g _spack_stale 1\n"
            )
        parts.append("        set -q _spack_stale; and return 0\n    end\n")
    parts.append("    _spack_restore\n")
    parts.append("    _spack_save " + " ".join(shell_code.touched(actions)) + "\n")
    parts.append(_indent(shell_code.render("fish", [*actions, *shell_code.elements(actions)])))
    parts.append("    _spack_note " + " ".join(shell_code.touched(actions)) + "\n")
    if prompt is not False:
        if prompt is None:
            parts.append("    set -q _spack_prompt; or return 0\n")
        parts.append(f"    set -g _spack_label {quote(_label(plan))}\n")
        # One that others have put their own around shows the label of whatever is active.
        parts.append("    functions -q _spack_old_prompt; and return 0\n")
        parts.append("    functions -q fish_prompt; or return 0\n")
        parts.append("    functions -c fish_prompt _spack_old_prompt\n")
        parts.append(
            "    function fish_prompt; printf '%s' \"$_spack_label\"; _spack_old_prompt; end\n"
        )
    parts.append(
        "    return 0\nend\n_spack_change\nfunctions -e _spack_change _spack_save _spack_note\n"
    )
    parts.append("functions -q despacktivate; or function despacktivate; _spack_restore; end\n")
    return "".join(parts)


#: By shell family: what writes the code of a plan, for the prompt or not, for a file or not.
_WRITERS = {"sh": _sh_code, "csh": _csh_code, "fish": _fish_code}
