"""Changes of YAML files: whose comment is whose, and what stays as it was written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spack.system.files.yaml_documents import Document
from spack.system.files.yaml_files import YamlError, load_text, plain

MANIFEST = """\
# head
spack:
  # all of it
  specs:
  # the first one
  # in two lines
  - zlib  # short

  # on its own

  - 'bzip2'
  # the last one
  - hdf5+mpi
  # of the view
  view: true # yes
  packages:
    # of all
    all:
      require: ["%gcc", 'target=x86_64']  # both
    # of zlib
    zlib:
      version: [1.10]
"""


def changed(text: str, change: Any) -> str:
    document = Document(text)
    change(document.data)
    result = document.text()
    assert plain(load_text(result)) == plain(document.data)
    return result


def lines_gone(change: Any) -> list[str]:
    """Lines that a change takes out of the manifest; it adds none."""
    after = changed(MANIFEST, change).splitlines()
    before = MANIFEST.splitlines()
    gone = [line for line in before if line not in after]
    assert [line for line in before if line not in gone] == after
    return [line.strip() for line in gone]


def specs(data: Any) -> Any:
    return data["spack"]["specs"]


def test_an_entry_takes_its_own_comment_along_and_no_other() -> None:
    first = ["# the first one", "# in two lines", "- zlib  # short"]
    assert lines_gone(lambda data: specs(data).pop(0)) == first
    assert lines_gone(lambda data: specs(data).remove("bzip2")) == ["- 'bzip2'"]
    assert lines_gone(lambda data: specs(data).pop()) == ["# the last one", "- hdf5+mpi"]
    gone = ["# of zlib", "zlib:", "version: [1.10]"]
    assert lines_gone(lambda data: data["spack"]["packages"].pop("zlib")) == gone
    gone = ["# of the view", "view: true # yes"]
    assert lines_gone(lambda data: data["spack"].pop("view")) == gone


def test_a_new_entry_comes_before_the_comment_of_the_next_key() -> None:
    text = changed(MANIFEST, lambda data: specs(data).append("new"))
    assert "  - hdf5+mpi\n  - new\n  # of the view\n" in text
    text = changed(MANIFEST, lambda data: data["spack"]["packages"]["all"].update(buildable=False))
    assert "# both\n      buildable: false\n    # of zlib\n" in text
    text = changed(MANIFEST, lambda data: specs(data).insert(0, "new"))
    assert "  specs:\n  - new\n  # the first one\n" in text


def test_the_last_entry_leaves_an_empty_list() -> None:
    text = changed(MANIFEST, lambda data: specs(data).clear())
    assert "  specs: []\n\n  # on its own\n\n  # of the view\n" in text
    assert "  specs:\n  - a\n" in changed("spack:\n  specs: []\n", lambda d: specs(d).append("a"))


def test_values_change_where_they_stand() -> None:
    def change(data: Any) -> None:
        data["spack"]["view"] = "/there"
        specs(data)[1] = "bzip2@1"
        data["spack"]["packages"]["all"]["require"].append("target=zen2")
        data["spack"]["packages"]["zlib"]["version"][0] = "1.2"

    text = changed(MANIFEST, change)
    assert "  view: /there # yes\n" in text
    assert "  - 'bzip2@1'\n" in text
    assert """["%gcc", 'target=x86_64', target=zen2]  # both\n""" in text
    assert "[1.2]" in text or "['1.2']" in text


@pytest.mark.parametrize(
    "before, new, after",
    [
        ("a: 1 # c\n", {"x": 1}, "a: # c\n  x: 1\n"),
        ("a: [1] # c\nb: 2\n", {"x": [1]}, "a: # c\n  x:\n  - 1\nb: 2\n"),
        ("a:\n- 1\n# c\nb: 2\n", 5, "a: 5\n# c\nb: 2\n"),
        ("a:\nb: 2\n", "word", "a: word\nb: 2\n"),
        ("a: |\n  text\n  # no comment\n\nb: 2\n", "word", "a: word\n\nb: 2\n"),
        ("a: word\nb: 2\n", "two\nlines\n", "a: |\n  two\n  lines\nb: 2\n"),
        ("a: {x: 1, y: 2}\n", {"y": 2, "z": 3}, "a: {y: 2, z: 3}\n"),
        ("a: [\n  1,  # one\n  2\n]\n", [1, 2, 3], "a: [\n  1,  # one\n  2, 3\n]\n"),
        ("a: x", "y", "a: y\n"),
        ("a:\n  - b: 1\n    c: 2\n  - d\n", [{"c": 2}, "d"], "a:\n  - c: 2\n  - d\n"),
        ("a:\n  - b: 1 # x\n    c: 2\n", [{"b": 1, "c": 3}], "a:\n  - b: 1 # x\n    c: 3\n"),
    ],
)
def test_kinds_of_values(before: str, new: Any, after: str) -> None:
    assert changed(before, lambda data: data.update(a=new)) == after


def test_a_key_that_only_gets_another_sign_keeps_its_comments() -> None:
    text = "packages:\n  # of all\n  all: {} # x\nb: 1\n"

    def change(data: Any) -> None:
        entries = dict(data)
        data.clear()
        data["packages:"] = entries["packages"]
        data["b"] = 1

    assert changed(text, change) == "packages::\n  # of all\n  all: {} # x\nb: 1\n"


def test_what_others_refer_to_is_not_touched() -> None:
    text = "a: &x {y: 1} # c\nb: *x\nc: 1\n"
    assert changed(text, lambda data: data.update(c=2)) == text.replace("c: 1", "c: 2")
    for key in ("a", "b"):
        with pytest.raises(YamlError, match="refer"):
            changed(text, lambda data, key=key: data.update({key: 2}))


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_ends_of_lines_and_the_byte_order_mark_stay(
    mark: bytes, end: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "spack.yaml"
    file.write_bytes(mark + MANIFEST.encode().replace(b"\n", end))
    document = Document.read(file)
    specs(document.data).append("new")
    document.save()
    expected = MANIFEST.replace("- hdf5+mpi\n", "- hdf5+mpi\n  - new\n").encode()
    assert file.read_bytes() == mark + expected.replace(b"\n", end)
