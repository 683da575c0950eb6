"""The manifest of an environment, ``spack.yaml``: what it says, and edits that keep comments.

Terms: the *body* is the mapping below ``spack:``; its *sections* are configuration and are checked
by the configuration layer; ``specs`` and ``include_concrete`` belong to this layer. Reading gives
values with file, line and column; editing changes the text as little as possible and replaces the
file whole or not at all. Knows no store and no solver.
"""

from __future__ import annotations

from collections.abc import Sequence

from spack.config.scopes.deprecations import Deprecation
from spack.config.scopes.reading import parse_manifest
from spack.config.scopes.validation import check_manifest_keys
from spack.config.values.merging import split_key
from spack.config.values.values import Value
from spack.config.values.yaml_values import parse_yaml
from spack.environments.manifests.groups import SpecGroup, read_groups
from spack.environments.manifests.projects import Project, feature_sections, read_project
from spack.environments.manifests.spec_lists import (
    REFERENCE,
    ROOTS,
    Condition,
    UserSpec,
    expand_definitions,
    user_specs,
)
from spack.errors import ConfigurationError, NotFoundError, Origin
from spack.language.matching import satisfies
from spack.language.parser import parse_spec
from spack.language.specs import Spec
from spack.named_tuples import NamedTuple
from spack.system.files.yaml_documents import Document
from spack.type_names import Any

TOP = "spack"


class Manifest(NamedTuple):
    """A manifest as read.

    Attributes:
        path: the file.
        text: its content.
        body: the mapping below ``spack:``.
        sections: configuration sections by name, in their present-day form.
        deprecations: old forms that were found.
        feature_sections: configuration sections of each feature, by raw key.
    """

    path: str
    text: str
    body: Value
    sections: dict[str, Value]
    deprecations: tuple[Deprecation, ...]
    feature_sections: dict[str, dict[str, Value]] = {}

    def section(self, name: str) -> Value | None:
        """A configuration section, None when the manifest has none of that name."""
        return self.sections.get(name)

    @property
    def project(self) -> Project | None:
        """The features and environments, None when it has no key of projects."""
        written = {split_key(raw)[0]: raw for raw in self.body.data}
        own = {written.get(name, name): value for name, value in self.sections.items()}
        return read_project(self.body, self.feature_sections, own)

    @property
    def specs(self) -> Value:
        """The list of roots, empty when there is none."""
        found = self.body.child(ROOTS)
        return found if found is not None else Value([], self.path)

    @property
    def groups(self) -> list[SpecGroup]:
        """The groups of roots in the order in which they are solved; one without groups."""
        return read_groups(self.specs)

    @property
    def solves_together(self) -> bool:
        """Whether it says ``concretization: together``, so that a new root solves all again."""
        found = self.body.child("concretization")
        return found is not None and found.data == "together"

    @property
    def include_concrete(self) -> list[Value]:
        """Texts of the paths of included environments."""
        found = self.body.child("include_concrete")
        return list(found.data or ()) if found is not None else []

    def user_specs(self, condition: Condition, definitions: Value | None = None) -> list[UserSpec]:
        """The roots of all groups, with matrices and references expanded.

        Args:
            condition: evaluates the ``when`` of a definition.
            definitions: instead of the manifest's own, the section after merging all scopes.
        """
        own = definitions if definitions is not None else self.section("definitions")
        lists = expand_definitions(own, condition) if own is not None else {}
        return [r for g in self.groups for r in user_specs(g.entries, lists, g.name)]


def read_manifest(path: str) -> Manifest:
    """Read and check a manifest.

    Raises:
        NotFoundError, ConfigurationError, YamlError
    """
    try:
        with open(path, encoding="utf-8-sig") as stream:
            text = stream.read()
    except FileNotFoundError:
        raise NotFoundError(
            f"there is no manifest {path}", hint="create one with 'spack env create'"
        ) from None
    except OSError as error:
        raise NotFoundError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise ConfigurationError("the file is not UTF-8 text", origin=Origin(path)) from None
    return parse_manifest_text(text, path)


def parse_manifest_text(text: str, path: str) -> Manifest:
    """The manifest in a text; ``path`` is used for error messages.

    Raises:
        ConfigurationError, YamlError
    """
    top = parse_yaml(text, path)
    if not isinstance(top.data, dict) or TOP not in top.data:
        found = next(iter(top.data), None) if isinstance(top.data, dict) else None
        raise ConfigurationError(
            "a manifest has only one top-level key, 'spack'",
            origin=top.data[found].origin if found else Origin(path, 1, 1),
            hint="write 'spack:' instead of 'env:'"
            if found == "env"
            else "move the keys of the environment below 'spack:'",
        )
    for key in top.data:
        if key != TOP:
            raise ConfigurationError(
                f"'{key}' is not allowed next to 'spack'",
                origin=top.key_origin(key),
                hint=f"indent it to move it below '{TOP}:'",
            )
    body = top.data[TOP]
    if body.data is None:
        body = body.with_data({})
    if not isinstance(body.data, dict):
        raise ConfigurationError("'spack' must be a mapping", origin=body.origin)
    check_manifest_keys(body)
    _check_list(body.child(ROOTS), "specs")
    read_groups(body.child(ROOTS) or body.with_data([]))
    _check_list(body.child("include_concrete"), "include_concrete")
    for entry in _entries(body.child("include_concrete")):
        if not isinstance(entry.data, str):
            raise ConfigurationError("an included environment is a path", origin=entry.origin)
    parsed = parse_manifest(body)
    sections = {split_key(raw)[0]: value for raw, value in parsed.sections.items()}
    found = Manifest(path, text, body, sections, parsed.deprecations, feature_sections(body))
    project = found.project
    for feature in project.features.values() if project is not None else ():
        read_groups(feature.specs)
    return found


def _entries(value: Value | None) -> Sequence[Value]:
    return value.data or () if value is not None else ()


def _check_list(value: Value | None, key: str) -> None:
    if value is not None and value.data is not None and not isinstance(value.data, list):
        raise ConfigurationError(
            f"'{key}' must be a list, not {value.plain()!r}",
            origin=value.origin,
            hint="start each entry on its own line with '- '",
        )


class _Entry(NamedTuple):
    """A spec in an editable list: the list, where in it, and what it says."""

    entries: Any
    place: int
    spec: Spec


def _always(clause: str, origin: Origin) -> bool:
    """Every ``when`` holds."""
    return True


class ManifestEditor:
    """Changes to a manifest's text; nothing is written until :meth:`save`.

    Args:
        manifest: as read, used to find what is to be changed.
    """

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest
        self._document = Document(manifest.text, manifest.path)
        if self._document.data[TOP] is None:
            self._document.data[TOP] = {}

    @property
    def _body(self) -> Any:
        return self._document.data[TOP]

    def text(self) -> str:
        """The changed text."""
        return self._document.text()

    def save(self) -> Manifest:
        """Check the result and replace the file; returns the new manifest.

        Raises:
            ConfigurationError: the change made the manifest invalid; the file is
                as it was.
        """
        changed = parse_manifest_text(self.text(), self.manifest.path)
        if changed.text != self.manifest.text:
            self._document.save(self.manifest.path)
        return changed

    def add_spec(
        self,
        text: str,
        list_name: str = ROOTS,
        condition: Condition = _always,
    ) -> bool:
        """Add a spec to a list; False when it is there already.

        Raises:
            SpecSyntaxError: not a spec.
            NotFoundError: no such list.
        """
        spec = parse_spec(text)
        entries = self._list(list_name, condition)
        for entry in entries or ():
            if isinstance(entry, str) and not entry.startswith("$") and parse_spec(entry) == spec:
                return False
        if entries:
            entries.append(text)
        else:
            self._replace_list(list_name, [text], condition)
        return True

    def remove_spec(
        self,
        text: str,
        list_name: str = ROOTS,
        condition: Condition = _always,
    ) -> list[str]:
        """Remove the entry equal to the spec, else all that satisfy it; returns their texts.

        Raises:
            SpecSyntaxError: not a spec.
            NotFoundError: nothing matches, or only a matrix or a reference does.
        """
        wanted = parse_spec(text)
        plain = self._plain(list_name, condition)
        matches = [place for place in plain if place.spec == wanted]
        if not matches:
            matches = [place for place in plain if satisfies(place.spec, wanted)]
        if not matches:
            raise self._nothing_to_remove(text, list_name, condition)
        removed = [str(found.entries[found.place]) for found in matches]
        for found in reversed(matches):
            del found.entries[found.place]
        return removed

    def change_spec(self, old: str, new: str, list_name: str = ROOTS) -> None:
        """Replace every entry equal to a spec, where it stands.

        Raises:
            NotFoundError: there is no such entry.
        """
        wanted = parse_spec(old)
        parse_spec(new)
        matches = [p for p in self._plain(list_name, _always) if p.spec == wanted]
        if not matches:
            raise self._nothing_to_remove(old, list_name, _always)
        for found in matches:
            found.entries[found.place] = new

    def plain_specs(self, list_name: str = ROOTS) -> list[str]:
        """Texts of the entries of a list, and of groups in it, that are one spec each."""
        return [str(p.entries[p.place]) for p in self._plain(list_name, _always)]

    def set_key(self, path: Sequence[str], value: Any) -> None:
        """Give the value at a path of keys below ``spack:``; mappings are made on the way."""
        here = self._body
        for key in path[:-1]:
            if not isinstance(here.get(key), dict):
                here[key] = {}
            here = here[key]
        here[path[-1]] = value

    def remove_key(self, path: Sequence[str]) -> bool:
        """Remove the value at a path of keys, and mappings that become empty by that."""
        chain = [self._body]
        for key in path[:-1]:
            if not isinstance(chain[-1], dict) or key not in chain[-1]:
                return False
            chain.append(chain[-1][key])
        if not isinstance(chain[-1], dict) or path[-1] not in chain[-1]:
            return False
        for mapping, key in zip(reversed(chain), reversed(list(path))):
            del mapping[key]
            if mapping:
                break
        return True

    def get_key(self, path: Sequence[str]) -> Any:
        """The raw value at a path of keys, None when there is none."""
        here = self._body
        for key in path:
            if not isinstance(here, dict) or key not in here:
                return None
            here = here[key]
        return here

    def enable_view(self, root: str | None = None) -> None:
        """``view: true``, or a view ``default`` with a root; other views stay."""
        present = self.get_key(["view"])
        if isinstance(present, dict):
            settings = present.get("default")
            if isinstance(settings, dict):
                if root is not None:
                    settings["root"] = root
            else:
                self.set_key(["view", "default"], {"root": root or DEFAULT_VIEW_ROOT})
        else:
            self.set_key(["view"], root if root is not None else True)

    def disable_view(self) -> None:
        """Remove the view ``default``; other views stay."""
        present = self.get_key(["view"])
        if isinstance(present, dict) and any(name != "default" for name in present):
            present.pop("default", None)
        else:
            self.set_key(["view"], False)

    def _plain(self, name: str, condition: Condition) -> list[_Entry]:
        """The entries of a list that are specs; of ``specs`` those of all groups."""
        if name == ROOTS:
            found = self._body.get(ROOTS) or []
            lists = [found, *(e.get("specs") or [] for e in found if isinstance(e, dict))]
        else:
            lists = [item[name] or [] for item in self._definitions(name, condition)]
        return [
            _Entry(entries, index, parse_spec(entry))
            for entries in lists
            for index, entry in enumerate(entries)
            if isinstance(entry, str) and not entry.startswith("$")
        ]

    def referenced_lists(self) -> list[str]:
        """Names of the lists that ``specs`` refers to, by itself or through others."""
        bodies: dict[str, list[Any]] = {}
        for item in self._body.get("definitions") or ():
            for name, entries in item.items():
                bodies.setdefault(name, []).append(entries)
        found: dict[str, None] = {}
        waiting: list[Any] = [self._body.get(ROOTS)]
        while waiting:
            value = waiting.pop()
            if isinstance(value, (dict, list)):
                waiting += value.values() if isinstance(value, dict) else value
                continue
            reference = REFERENCE.match(value.strip()) if isinstance(value, str) else None
            name = reference.group("name").strip("{}") if reference is not None else ""
            if name in bodies and name not in found:
                found[name] = None
                waiting += bodies[name]
        return list(found)

    def _list(self, name: str, condition: Condition) -> Any:
        """The editable list, None when ``specs`` is missing or empty."""
        if name == ROOTS:
            return self._body.get(ROOTS)
        return self._definition(name, condition)[name]

    def _replace_list(self, name: str, entries: list[str], condition: Condition) -> None:
        if name == ROOTS:
            self._body[ROOTS] = entries
        else:
            self._definition(name, condition)[name] = entries

    def _definition(self, name: str, condition: Condition) -> Any:
        """The first definition of a name that is in force."""
        return self._definitions(name, condition)[0]

    def _definitions(self, name: str, condition: Condition) -> list[Any]:
        """The definitions of a name that are in force. Raises NotFoundError for none."""
        present = list(self._body.get("definitions") or ())
        found = [
            item
            for item in present
            if name in item
            and (
                item.get("when") is None or condition(str(item["when"]), Origin(self.manifest.path))
            )
        ]
        if found:
            return found
        names = [key for item in present for key in item if key != "when"]
        raise NotFoundError(
            f"there is no list '{name}' in the definitions",
            origin=Origin(self.manifest.path),
            hint="the lists are " + ", ".join(dict.fromkeys(names))
            if names
            else "add it to 'definitions' first",
        )

    def _nothing_to_remove(self, text: str, list_name: str, condition: Condition) -> NotFoundError:
        """Says why there is nothing: not there, or there only through a matrix or reference."""
        if list_name == ROOTS:
            wanted = parse_spec(text)
            for root in self.manifest.user_specs(condition):
                if satisfies(root.spec, wanted):
                    return NotFoundError(
                        f"{root.text} comes from a matrix or from another list",
                        origin=root.origin,
                        hint="edit the entry, or leave out the combination with 'exclude'",
                    )
        return NotFoundError(
            f"'{list_name}' has no entry {text}",
            origin=Origin(self.manifest.path),
            hint="'spack find' lists the roots",
        )


#: The path of the view of ``view: true``, relative to the environment.
DEFAULT_VIEW_ROOT = ".spack-env/view"
