"""Methods of the package of a concrete spec for scripts: ``spec.package.do_stage()`` and others.

Knows what the commands do with sources and installations; must not know how specs are viewed.
"""

from __future__ import annotations

from functools import partial

from spack.builds.options import InstallOptions
from spack.language.concrete_specs import ConcreteSpec
from spack.scripting.current import current
from spack.type_names import Any, Callable


def with_actions(package: Any, spec: ConcreteSpec) -> Any:
    """The package object of a spec, with ``do_fetch``, ``do_stage``, ``do_patch``, ``do_clean``,
    ``do_install`` and ``do_uninstall``."""
    package.stage = _KnownStage(spec)
    for name, action in _ACTIONS.items():
        setattr(package, name, partial(action, package, spec))
    return package


class _KnownStage:
    """The place where the sources of a spec are or would be, found when a script first asks."""

    def __init__(self, spec: ConcreteSpec) -> None:
        self._spec = spec

    def __getattr__(self, name: str) -> Any:
        from spack.work.installing import staging

        stages = staging.source_of(current().session, self._spec).stages
        return getattr(stages, name)


def _staged(work: str, package: Any, spec: ConcreteSpec, *_: Any, **__: Any) -> None:
    """Fetch, unpack or patch the sources; ``package.stage`` is where they are."""
    from spack.work.installing import staging

    session = current().session
    getattr(staging, work)(session, spec)
    package.stage = staging.source_of(session, spec).stages


def _clean(package: Any, spec: ConcreteSpec) -> None:
    """Remove the stage."""
    from spack.work.installing import staging

    if not isinstance(package.stage, _KnownStage):
        package.stage.destroy()  # this process works in it
    else:
        staging.remove(current().session, spec)


def _install(package: Any, spec: ConcreteSpec, **settings: Any) -> None:
    """Install the spec; settings that have no field in ``InstallOptions`` are passed over."""
    current().install(spec, options=options_from(settings))


def _uninstall(package: Any, spec: ConcreteSpec, force: bool = False) -> None:
    """Uninstall the spec."""
    current().outside().uninstall(f"/{spec.dag_hash()}", force=force)


def options_from(settings: dict[str, Any]) -> InstallOptions:
    """The options that some settings of a script name; others are passed over."""
    known = {name: v for name, v in settings.items() if name in InstallOptions._fields and v}
    return InstallOptions()._replace(**known)


_ACTIONS: dict[str, Callable[..., None]] = {
    "do_fetch": partial(_staged, "fetch"),
    "do_stage": partial(_staged, "stage"),
    "do_patch": partial(_staged, "patch"),
    "do_clean": _clean,
    "do_install": _install,
    "do_uninstall": _uninstall,
}
