"""Changes configuration files: one value, a list's elements, a whole section. Returns the files.

Comments, key order and quotes stay. A change is checked against the schema before the file is
replaced, and the file is replaced whole or not at all.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from spack.config.configuration import LIST_SECTIONS, Configuration
from spack.config.loading import parse_value
from spack.config.scopes.deprecations import Deprecation, modernize
from spack.config.scopes.scopes import ENVIRONMENT, Scope
from spack.config.scopes.validation import check_section_name, expects_list, validate
from spack.config.values.merging import split_key
from spack.config.values.values import located
from spack.config.values.yaml_values import from_marked, read_yaml
from spack.errors import ConfigurationError, Origin
from spack.named_tuples import NamedTuple
from spack.system.files.writing import mkdirp
from spack.system.files.yaml_documents import Document
from spack.system.files.yaml_files import load_text, plain
from spack.type_names import Any


def set_value(
    configuration: Configuration, keys: Sequence[str], value: Any, scope: str | None = None
) -> str:
    """Set ``keys`` (section first, with suffixes) to plain data in a scope.

    Raises:
        ConfigurationError: no such scope or section, or the schema forbids the value.
    """
    return _edit(configuration, keys, scope, lambda section: _assign(section, keys[1:], value))


def put_first(
    configuration: Configuration, section: str, name: str, value: Any, scope: str | None = None
) -> str:
    """Make an entry the first one of a mapping whose order counts, such as repos and mirrors."""

    def change(entries: Any) -> Any:
        entries.pop(name, None)
        return {name: value, **entries}

    return _edit(configuration, [section], scope, change)


def add(
    configuration: Configuration, keys: Sequence[str], text: str, scope: str | None = None
) -> str:
    """Set a value as typed; where a list is configured the value becomes its first element."""
    value = parse_value(text, "command line").plain()
    section, *inner = (split_key(key)[0] for key in keys)
    check_section_name(section, Origin("command line"))
    present = configuration.section(section).at(inner)

    def change(section: Any) -> Any:
        own = _lookup(section, keys[1:])
        if present is None:
            is_list = expects_list(split_key(keys[0])[0], inner)
        else:
            is_list = isinstance(own, list) or isinstance(present.data, list)
        if not is_list:
            return _assign(section, keys[1:], value)
        items = value if isinstance(value, list) else [value]
        return _assign(section, keys[1:], [*items, *(own or [])])

    return _edit(configuration, keys, scope, change)


def remove(
    configuration: Configuration,
    keys: Sequence[str],
    text: str | None = None,
    scope: str | None = None,
) -> str:
    """Remove a key, whatever its suffix in the file, or with ``text`` what has that value.

    That is an element of the list at the key, or the key itself if its value is the same.

    Raises:
        ConfigurationError: the scope does not have it.
    """
    target = configuration.write_target(scope)
    path = ":".join(keys)
    missing = ConfigurationError(
        f"the scope '{target.name}' has no {path}" + (f":{text}" if text is not None else ""),
        hint="find the scope of a value with spack config blame and pass it with --scope",
    )

    def change(section: Any) -> Any:
        parent = _lookup(section, keys[1:-1])
        present = _written(parent, keys[-1]) if len(keys) > 1 else None
        if text is not None:
            found = _lookup(section, keys[1:])
            value = parse_value(text, "command line").plain()
            if isinstance(found, list) and value in found:
                found.remove(value)
                return section
            if found is None or plain(found) != value:
                raise missing
        if present is None:
            raise missing
        del parent[present]
        return section

    return _edit(configuration, keys, target.name, change)


def merge_file(configuration: Configuration, source: str, scope: str | None = None) -> list[str]:
    """Put the sections of a YAML file over those of a scope.

    Raises:
        ConfigurationError: the file holds something else than sections.
    """
    top = read_yaml(source)
    if not isinstance(top.data, dict):
        raise ConfigurationError("the file must contain a mapping of sections", origin=top.origin)
    sections = top.data.get("spack", top).data
    files = []
    for raw, value in sections.items():
        check_section_name(split_key(raw)[0], top.key_origin(raw))
        plain = value.plain()

        def change(section: Any, plain: Any = plain) -> Any:
            return _merged(plain, section)

        files.append(_edit(configuration, [raw], scope, change))
    return files


class Update(NamedTuple):
    """Old forms of a section in a scope, and the file where the present form was written."""

    file: str
    deprecations: tuple[Deprecation, ...]
    backup: str


def update(configuration: Configuration, section: str, scope: str | None = None) -> Update | None:
    """Write a section in its present form; the old file is kept beside it with ``.bak``.

    Returns None when nothing in the scope's file is old.
    """
    target = configuration.write_target(scope)
    file = target.file_of(section)
    if file is None or not os.path.isfile(file):
        return None
    document = Document.read(file)
    body = _body(document, target)
    values = from_marked(load_text(document.text(), file), Origin(file))
    if target.is_file and "spack" in values.data:
        values = values.data["spack"]
    raw = {key: v for key, v in values.data.items() if split_key(key)[0] == section}
    modern, notes = modernize(raw)
    # Some old forms still mean something that only people can write differently.
    if {k: v.plain() for k, v in modern.items()} == {k: v.plain() for k, v in raw.items()}:
        return None
    backup = f"{file}.bak"
    os.replace(file, backup)
    for key in raw.keys() - modern.keys():
        del body[key]
    for key, value in modern.items():
        validate(split_key(key)[0], value)
        body[key] = value.plain()
    document.save(file)
    configuration.tell_change(file)
    return Update(file, tuple(notes), backup)


def former_file(configuration: Configuration, section: str, scope: str | None = None) -> str:
    """The file of a section whose earlier form :func:`update` kept.

    Raises:
        ConfigurationError: there is none.
    """
    target = configuration.write_target(scope)
    file = target.file_of(section)
    if file is None or not os.path.isfile(f"{file}.bak"):
        raise ConfigurationError(f"there is no backup of '{section}' in the scope '{target.name}'")
    return file


def revert(configuration: Configuration, section: str, scope: str | None = None) -> str:
    """Undo :func:`update`: put the file that was kept back.

    Raises:
        ConfigurationError: there is none.
    """
    file = former_file(configuration, section, scope)
    os.replace(f"{file}.bak", file)
    configuration.tell_change(file)
    return file


def _edit(configuration: Configuration, keys: Sequence[str], scope: str | None, change: Any) -> str:
    """Apply a function to a section's data in the target scope and save what it returns."""
    section = split_key(keys[0])[0]
    check_section_name(section, Origin("command line"))
    target = configuration.write_target(scope)
    file = target.file_of(section)
    assert file is not None
    exists = os.path.isfile(file)
    document = Document.read(file) if exists else Document("", file)
    body = _body(document, target)
    raw = _present_key(body, keys[0])
    _rename(body, split_key(raw)[0], raw)
    body[raw] = change(body.get(raw, _empty(section)))
    _check(section, document, target, raw)
    mkdirp(os.path.dirname(file))
    document.save(file)
    configuration.tell_change(file)
    return file


def _body(document: Document, scope: Scope) -> Any:
    """The mapping that holds sections: the top of the file, or what is below ``spack``."""
    if scope.kind == ENVIRONMENT and "spack" not in document.data:
        document.data["spack"] = {}
    if scope.is_file and "spack" in document.data:
        if document.data["spack"] is None:
            document.data["spack"] = {}
        return document.data["spack"]
    return document.data


def _present_key(body: dict[str, Any], wanted: str) -> str:
    """The key in the file, whatever its suffix, unless a suffix is asked for."""
    return wanted if split_key(wanted)[1] else _written(body, wanted) or wanted


def _rename(body: Any, section: str, wanted: str) -> None:
    """Give a key the suffix that is wanted: a mapping has it only once."""
    entries = list(body.items())
    body.clear()
    for key, value in entries:
        body[wanted if split_key(str(key))[0] == section else key] = value


def _empty(section: str) -> Any:
    return [] if section in LIST_SECTIONS else {}


def _written(mapping: Any, wanted: str) -> str | None:
    """The key of a mapping as it is in the file, whatever its suffix; None if it is not there."""
    name = split_key(wanted)[0]
    keys = map(str, mapping) if isinstance(mapping, dict) else ()
    return next((key for key in keys if split_key(key)[0] == name), None)


def _lookup(data: Any, keys: Sequence[str]) -> Any:
    for key in keys:
        present = _written(data, key)
        if present is None:
            return None
        data = data[present]
    return data


def _assign(data: Any, keys: Sequence[str], value: Any) -> Any:
    """``data`` with a value below some keys, changed in place where it is a mapping."""
    if not keys:
        return value
    mapping = data if isinstance(data, dict) else {}
    raw = _present_key(mapping, keys[0])
    _rename(mapping, split_key(raw)[0], raw)
    mapping[raw] = _assign(mapping.get(raw), keys[1:], value)
    return mapping


def _merged(above: Any, below: Any) -> Any:
    """Plain data over a document's data, which is changed in place to keep its comments."""
    if isinstance(above, dict) and isinstance(below, dict):
        for key, value in above.items():
            below[key] = _merged(value, below[key]) if key in below else value
        return below
    if isinstance(above, list) and isinstance(below, list):
        return [*above, *(item for item in below if item not in above)]
    return above


def _check(section: str, document: Document, scope: Scope, raw: str) -> None:
    """Refuse a change that the section's schema forbids."""
    written = from_marked(load_text(document.text(), document.file), Origin(document.file))
    if scope.is_file and "spack" in written.data:
        written = written.data["spack"]
    value = written.data[raw]
    modern, _ = modernize({raw: value})
    for key, changed in modern.items():
        validate(split_key(key)[0], located(changed.plain(), f"the change of {section}"))
