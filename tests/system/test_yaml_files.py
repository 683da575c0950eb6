"""YAML with origins, and edited with comments kept."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spack.errors import Origin
from spack.system.files import yaml_files
from spack.system.files.yaml_documents import Document
from spack.system.files.yaml_files import (
    MarkedStr,
    YamlError,
    YamlReadError,
    dump,
    load,
    load_text,
    origin_of,
    plain,
    text_of,
)

TEXT = """\
# top
packages::
  all:
    version: [1.10, 2.0, develop, "3.10", 010, 1_0] # v
    compiler+: [gcc]
    x-:
    buildable: false
    on: yes
    d: 2024-01-01
    text: |
      a
      b
  hdf5:
    require:
      - "+mpi"   # keep
      - one_of: ["@1", "@2"]
base: &b {a: 1, c: 2}
m:
  <<: *b
  c: 3
"""


@pytest.fixture
def data() -> Any:
    return load_text(TEXT, "f.yaml")


def test_values_are_ordinary(data: Any) -> None:
    assert data == {
        "packages:": {
            "all": {
                "version": [1.10, 2.0, "develop", "3.10", 10, 10],
                "compiler+": ["gcc"],
                "x-": None,
                "buildable": False,
                "on": "yes",
                "d": "2024-01-01",
                "text": "a\nb\n",
            },
            "hdf5": {"require": ["+mpi", {"one_of": ["@1", "@2"]}]},
        },
        "base": {"a": 1, "c": 2},
        "m": {"a": 1, "c": 3},
    }
    assert json.loads(json.dumps(data)) == data
    assert type(plain(data)) is dict and type(plain(data)["base"]["a"]) is int


def test_written_texts(data: Any) -> None:
    version = data["packages:"]["all"]["version"]
    assert [text_of(value) for value in version] == ["1.10", "2.0", "develop", "3.10", "010", "1_0"]
    assert version[0].text == version.text(0) == "1.10"
    assert data["packages:"]["all"].text("buildable") == "false"
    assert (text_of(True), text_of(None), text_of(3)) == ("true", "", "3")


def test_origins(data: Any) -> None:
    every = data["packages:"]["all"]
    assert data.key_origin("packages:") == Origin("f.yaml", 2, 1)
    assert every.origin == Origin("f.yaml", 4, 5)
    assert every.value_origin("buildable") == Origin("f.yaml", 7, 16)
    assert every["version"].item_origin(2) == Origin("f.yaml", 4, 26)
    assert every["version"][2].origin == Origin("f.yaml", 4, 26)
    assert next(key for key in every if key == "on").origin == Origin("f.yaml", 8, 5)
    assert data["m"].value_origin("a") == Origin("f.yaml", 17, 14)
    assert origin_of(every, "x-") == Origin("f.yaml", 6, 5)
    assert origin_of(every["version"], 0) == Origin("f.yaml", 4, 15)
    assert origin_of(every) == every.origin and origin_of(5) is None
    every["new"] = 1
    assert every.key_origin("new") is None and origin_of(every, "new") == every.origin


def test_copies_keep_origins(data: Any) -> None:
    for other in (copy.deepcopy(data), pickle.loads(pickle.dumps(data))):
        assert other == data
        assert other["packages:"]["all"]["version"][2].origin == Origin("f.yaml", 4, 26)
        assert other.key_origin("m") == data.key_origin("m")


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("a: [1\nb: 2", 2, 2, "','"),
        ("a: 1\na: 2", 2, 1, "twice"),
        ("a:\n\t- b", 2, 1, "cannot start"),
        ("a: !foo b", 1, 4, "!foo"),
        ("? [a]\n: b", 1, 3, "key"),
        ("a: *q", 1, 4, "alias"),
        ("- a\nb: c", 2, 1, "block"),
        ("&a [*a]", 1, 1, "itself"),
        ("a:\n  <<: 1", 2, 7, "merged"),
    ],
)
def test_errors_say_where(text: str, line: int, column: int, said: str) -> None:
    with pytest.raises(YamlError, match=said) as caught:
        load_text(text, "bad.yaml")
    assert caught.value.origin == Origin("bad.yaml", line, column)


def test_errors_without_place(tmp_path: Path) -> None:
    with pytest.raises(YamlError, match="not allowed"):
        load_text("a: \x01")
    with pytest.raises(YamlReadError, match=r"no\.yaml"):
        load(tmp_path / "no.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"a: 1\nb: \xe9\n")
    with pytest.raises(YamlReadError) as caught:
        load(tmp_path / "latin.yaml")
    assert caught.value.origin == Origin(str(tmp_path / "latin.yaml"), 2, 4)


def test_nothing_in_it(tmp_path: Path) -> None:
    assert load_text("") is None and load_text("# only\n") is None
    (tmp_path / "f").write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert load(tmp_path / "f") == {"a": 1}


def test_dump(data: Any) -> None:
    assert dump({"a:": {"v": [1, "1.10", "true"]}, "e": []}) == (
        "a::\n  v:\n  - 1\n  - '1.10'\n  - 'true'\ne: []\n"
    )
    assert load_text(dump(data)) == data
    assert "- 1.10\n" in dump(data) and "    - 010\n" in dump(data)


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8))
KEYS = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=8)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(DATA)
def test_what_is_dumped_is_loaded(data: Any) -> None:
    printable = json.loads(json.dumps(data))
    text = dump({"root": printable})
    assert plain(load_text(text)) == {"root": printable}


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "spack:\n  specs:\n  - zlib # why\n  - hdf5\n  view: true\n",
        "spack:\n    specs:\n      - zlib\n    # comment\n    view: {default: {root: x}}\n",
        "a: 'x'\nb: \"y\"\nc: 1.10\n\n# end\n",
    ],
)
def test_a_document_that_is_not_changed_stays(text: str) -> None:
    assert Document(text).text() == text


def test_edit_keeps_comments_and_style(tmp_path: Path) -> None:
    file = tmp_path / "spack.yaml"
    file.write_text("# head\nspack:\n  specs:\n  - zlib # why\n  view: true # v\n")
    document = Document.read(file)
    document.data["spack"]["specs"].append(MarkedStr("hdf5@1.10"))
    document.data["spack"]["concretizer"] = {"unify": False, "list": ["1.10"]}
    document.save()
    assert file.read_text() == (
        "# head\nspack:\n  specs:\n  - zlib # why\n  - hdf5@1.10\n  view: true # v\n"
        "  concretizer:\n    unify: false\n    list:\n    - '1.10'\n"
    )


def test_edit_of_an_empty_file(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_text("# only\n# this\n")
    document = Document.read(file)
    document.data["a"] = {"b:": 1}
    document.save()
    assert file.read_text() == "# only\n# this\na:\n  b:: 1\n"
    document = Document.read(file)
    document.data["a"]["c"] = 2
    document.save(tmp_path / "g.yaml")
    assert (tmp_path / "g.yaml").read_text().endswith("  c: 2\n")


def test_the_library_is_imported_late() -> None:
    code = "import sys, spack.system.files.yaml_files; sys.exit('ruamel.yaml' in sys.modules)"
    source = Path(yaml_files.__file__).parents[3]
    subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(source)}, check=True)


@pytest.mark.parametrize("text", ["a\x85b", "a\u2028b", "a\u2029"])
def test_line_breaks_of_unicode_survive(text: str) -> None:
    assert load_text(dump({"k": text}))["k"] == text
