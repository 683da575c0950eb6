"""Uninstalling: which installed specs are meant, and their removal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spack.errors import SpackError
from spack.install import uninstall as removing
from spack.language.concrete_specs import ConcreteSpec
from spack.store.records import InstallRecord
from spack.work.projects import environment_work
from spack.work.queries.queries import InstalledQuery, find, no_match

if TYPE_CHECKING:
    from spack.session.session import Session
    from spack.store.store import Store
    from spack.work.queries.inventory import Inventory


class SeveralMatchError(SpackError):
    """A spec to uninstall means several installed ones."""


def to_uninstall(
    inventory: Inventory,
    texts: Sequence[str],
    *,
    all_matches: bool,
    dependents: bool,
    force: bool,
    origin: str | None = None,
) -> list[ConcreteSpec]:
    """What goes when these specs go, dependents first.

    ``origin`` limits it to records that came from there, such as ``external-db``.

    Raises:
        NoMatchError, SeveralMatchError, NeededByOthersError.
    """
    chosen: list[ConcreteSpec] = []
    for text in texts or [""]:
        found = find(inventory, InstalledQuery((text,) if text else (), origin=origin))
        found = [item for item in found if item.spec.external is None or text or origin]
        if not found and text:
            raise no_match(inventory, text)
        if len(found) > 1 and not all_matches:
            raise SeveralMatchError(
                f"{len(found)} installed specs match {text}:",
                details="\n".join(
                    f"    {i.spec.name}@{i.spec.version}/{i.spec.dag_hash()[:7]}" for i in found
                ),
                hint="specify one by /hash, or use --all",
            )
        chosen += [item.spec for item in found]
    records = _records(inventory.store, chosen)
    return [
        record.spec
        for record in removing.select(inventory.store, records, dependents=dependents, force=force)
    ]


def uninstall(
    session: Session, specs: Sequence[ConcreteSpec], *, force: bool, remove_roots: bool
) -> None:
    """Remove installed specs; in an environment its views follow."""
    removed = removing.uninstall(session.store, _records(session.store, specs), force=force)
    for record in removed:
        session.reporter.success(f"Removed {record.name}@{record.version}/{record.hash[:7]}")
    environment = session.environment
    if environment is None:
        return
    if remove_roots:
        gone = {spec.dag_hash() for spec in specs}
        texts = [text for spec, text in environment.concrete_roots() if spec.dag_hash() in gone]
        with environment.edit() as editor:
            for text in dict.fromkeys(texts):
                editor.remove_spec(text)
        environment_work.concretize(session)
    environment_work.update_views(session)


def _records(store: Store, specs: Sequence[ConcreteSpec]) -> list[InstallRecord]:
    records = [store.database.get(spec.dag_hash()) for spec in specs]
    return [record for record in records if record is not None]
